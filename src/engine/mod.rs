//! The engine: one per environment (the main thread, each worker thread), living on its JS thread.
//!
//! Who calls whom: Node's loop (uv_poll on tokio's epoll descriptor, or a wake from the helper
//! thread) calls [`Engine::run`]; it turns the driver, whose wakers fill the ready list; the list
//! goes to JS in batches through [`Deliver`]; JS reads, writes, accepts and closes by id, which comes
//! back into [`Engine`] through the binding while the batch runs.

mod busy;
mod connects;
pub mod driver;
pub mod uv;

use crate::model::id::Table;
use crate::net::descriptor::{Descriptor, Wait};
use crate::net::ready::{Event, READABLE, ReadyList};
use connects::Connects;
use driver::Driver;
use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uv::{Phase, Uv};

/// Turns in a row before Node's loop gets its turn again: worth 10-15 % of throughput, since what JS
/// just sent often makes the next socket ready at once.
const MAX_TURNS: u32 = 32;
/// And the longest that such a row may take: timers have millisecond resolution.
const MAX_ROW: Duration = Duration::from_millis(1);

/// Which part of JS is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Events have become possible.
    Events,
    /// Operations that ended at once report so (libuv's pending queue).
    Completions,
    /// Sockets that were closed emit 'close'.
    Closed,
}

/// The way into JS; implemented by the binding.
pub trait Deliver {
    /// Hands over events (only for [`Due::Events`]), then runs JS.
    fn deliver(&self, due: Due, events: &[Event]);
    /// How many events fit into one batch.
    fn batch(&self) -> usize;
    /// Reports a panic of the engine as an uncaught exception; the process goes on if JS handles it.
    fn panicked(&self, message: &str);
}

/// See the module.
pub struct Engine {
    /// The descriptors by id.
    pub table: RefCell<Table<Rc<Descriptor>>>,
    /// A descriptor to give up when the process has run out of them.
    pub reserve: RefCell<Option<OwnedFd>>,
    list: Arc<ReadyList>,
    driver: Box<dyn Driver>,
    phases: Option<Phases>,
    deliver: Box<dyn Deliver>,
    running: Cell<bool>,
    /// The last events delivered, if that was one only.
    lone: Cell<Option<Event>>,
    /// And it was the same one before.
    alone: Cell<bool>,
    alive: Cell<u32>,
    completions: Cell<bool>,
    batch: RefCell<Vec<Event>>,
    busy: busy::Busy,
}

struct Phases {
    uv: Uv,
    before_sleep: Phase,
    before_poll: Phase,
    after_poll: Phase,
    connects: Option<Connects>,
}

impl Engine {
    /// Builds the engine. `make_driver` gets the list and what to call when something is ready.
    ///
    /// # Errors
    /// Those of `make_driver`.
    pub fn start(
        uv: Option<Uv>,
        deliver: Box<dyn Deliver>,
        make_driver: impl FnOnce(&Arc<ReadyList>, Box<dyn Fn()>) -> io::Result<Box<dyn Driver>>,
    ) -> io::Result<Rc<Engine>> {
        let list = Arc::new(ReadyList::default());
        let engine: Rc<OnceCell<Weak<Engine>>> = Rc::default();
        let run = calling(&engine, Engine::run);
        let driver = make_driver(&list, run)?;
        let phases = uv.map(|uv| Phases {
            uv,
            before_sleep: Phase::before_sleep(uv, calling(&engine, Engine::on_before_sleep)),
            before_poll: Phase::before_poll(uv, calling(&engine, Engine::on_before_poll)),
            after_poll: Phase::after_poll(uv, calling(&engine, Engine::deliver_completions)),
            connects: Connects::new(
                uv,
                calling(&engine, Engine::on_before_connects_polled),
                calling(&engine, Engine::on_connects_due),
            ),
        });
        let made = Rc::new(Engine {
            table: RefCell::default(),
            reserve: RefCell::new(crate::sys::fd::reserve().ok()),
            list,
            driver,
            phases,
            deliver,
            running: Cell::new(false),
            lone: Cell::new(None),
            alone: Cell::new(false),
            alive: Cell::new(0),
            completions: Cell::new(false),
            batch: RefCell::default(),
            busy: busy::Busy::default(),
        });
        let _first = engine.set(Rc::downgrade(&made));
        made.set_busy_poll(None);
        Ok(made)
    }

    /// The driver's name.
    pub fn driver_name(&self) -> &'static str {
        self.driver.name()
    }

    /// Whether libuv's phases can be used; else JS takes immediates for them.
    pub fn has_phases(&self) -> bool {
        self.phases.is_some()
    }

    /// Makes an entry. `None` when the table is full.
    pub fn insert(&self) -> Option<Rc<Descriptor>> {
        let mut made = None;
        self.table.borrow_mut().insert_with(|id| {
            let descriptor = Rc::new(Descriptor::new(id, self.list.clone()));
            made = Some(descriptor.clone());
            descriptor
        });
        made
    }

    /// The entry of `id`.
    pub fn get(&self, id: u32) -> Option<Rc<Descriptor>> {
        self.table.borrow().get(id).cloned()
    }

    /// Takes the entry of `id` out and returns its descriptor, no longer watched.
    pub fn remove(&self, id: u32) -> Option<(Rc<Descriptor>, Option<OwnedFd>)> {
        let descriptor = self.table.borrow_mut().remove(id)?;
        descriptor.reading.set(false);
        descriptor.waiting_write.set(false);
        descriptor.connecting.set(None);
        self.count(&descriptor);
        let fd = descriptor.take();
        Some((descriptor, fd))
    }

    /// Makes tokio know the descriptor.
    ///
    /// # Errors
    /// Those of the registration.
    pub fn register(&self, descriptor: &Descriptor) -> io::Result<()> {
        if descriptor.is_registered() {
            return Ok(());
        }
        let _context = self.driver.handle();
        let _entered = _context.enter();
        descriptor.register()
    }

    /// Starts reading (or accepting): events come until [`Self::stop_reading`].
    ///
    /// # Errors
    /// Those of the registration.
    pub fn start_reading(&self, descriptor: &Descriptor) -> io::Result<()> {
        self.register(descriptor)?;
        descriptor.reading.set(true);
        self.count(descriptor);
        if descriptor.arm_read()? == Wait::Ready {
            self.soon();
        }
        Ok(())
    }

    /// No more read events.
    pub fn stop_reading(&self, descriptor: &Descriptor) {
        descriptor.reading.set(false);
        self.count(descriptor);
    }

    /// Whether reading keeps the process alive.
    pub fn set_ref(&self, descriptor: &Descriptor, on: bool) {
        descriptor.refd.set(on);
        self.count(descriptor);
    }

    /// Keeps the number of entries that keep the loop alive; call it after any change.
    pub fn count(&self, descriptor: &Descriptor) {
        let alive = descriptor.is_alive();
        if descriptor.counted.replace(alive) == alive {
            return;
        }
        let before = self.alive.get();
        let after = if alive { before + 1 } else { before - 1 };
        self.alive.set(after);
        if before == 0 || after == 0 {
            self.driver.set_ref(after > 0);
        }
    }

    /// Something waits on the ready list outside a row of turns: look at it in the loop's next round.
    fn soon(&self) {
        if self.running.get() {
            return;
        }
        match &self.phases {
            Some(phases) => phases.before_poll.arm(),
            // Without libuv the driver is the threaded one, which always has a way to tell us.
            None => {
                self.list.notify();
            }
        }
    }

    /// JS has completions to report soon: in the loop's next round before polling, or after
    /// polling if that comes first.
    pub fn completions_due(&self) {
        self.completions.set(true);
        if let Some(phases) = &self.phases {
            phases.before_poll.arm();
            phases.after_poll.arm();
        }
    }

    /// JS has none left.
    pub fn completions_done(&self) {
        self.completions.set(false);
        if let Some(phases) = &self.phases {
            phases.after_poll.disarm();
            if self.list.is_empty() {
                phases.before_poll.disarm();
            }
        }
    }

    fn deliver_completions(&self) {
        if self.completions.get() {
            self.deliver.deliver(Due::Completions, &[]);
        }
    }

    /// JS has closed sockets: tell it in this round's closing phase.
    pub fn closed_due(self: &Rc<Self>) {
        if let Some(phases) = &self.phases {
            let engine = Rc::downgrade(self);
            uv::in_closing_phase(
                phases.uv,
                Box::new(move || {
                    if let Some(engine) = engine.upgrade() {
                        engine.deliver.deliver(Due::Closed, &[]);
                    }
                }),
            );
        }
    }

    fn on_before_poll(&self) {
        if let Some(phases) = &self.phases {
            phases.before_poll.disarm();
        }
        self.deliver_completions();
        if !self.list.is_empty() {
            self.run();
        }
    }

    /// A row of turns. Called by Node's loop; does nothing when it is already under way.
    pub fn run(&self) {
        if !self.running.get() {
            self.driver.turn();
            self.row();
        }
    }

    fn row(&self) {
        if self.running.replace(true) {
            return;
        }
        let running = Running(&self.running);
        self.deliver_row();
        drop(running);
        if !self.list.is_empty() {
            self.soon();
        }
    }

    /// Delivers what a turn has found, and goes on turning for as long as that finds more.
    fn deliver_row(&self) {
        let start = Instant::now();
        for _ in 0..MAX_TURNS {
            if !self.deliver_ready() || self.others_are_due() || start.elapsed() > MAX_ROW {
                break;
            }
            self.driver.turn();
        }
    }

    /// Whether Node's loop has work that must not wait for another turn.
    fn others_are_due(&self) -> bool {
        self.connects_wait() || self.phases.as_ref().is_none_or(|phases| phases.uv.sleep_time() == 0)
    }

    /// Whether the socket that reads may wait some microseconds: nobody else has had anything to do lately.
    pub fn may_wait(&self) -> bool {
        self.running.get() && self.alone.get() && !self.busy.is_off() && !self.others_are_due()
    }

    /// Hands all that is on the list to JS; false when that was nothing.
    fn deliver_ready(&self) -> bool {
        let mut events = self.batch.take();
        if let Some(connects) = self.connects() {
            connects.take_held(&mut events);
        }
        self.list.take(&mut events);
        events.retain(|event| self.is_wanted(*event));
        let any = !events.is_empty();
        if any {
            let lone = if let [event] = events[..] { Some(event) } else { None };
            self.alone.set(self.lone.replace(lone) == lone && lone.is_some());
        }
        for batch in events.chunks(self.deliver.batch()) {
            self.deliver.deliver(Due::Events, batch);
        }
        events.clear();
        self.batch.replace(events);
        any
    }

    fn is_wanted(&self, event: Event) -> bool {
        let table = self.table.borrow();
        let Some(descriptor) = table.get(event.id) else { return false };
        if self.connects().is_some_and(|connects| connects.hold(descriptor, event)) {
            return false;
        }
        if event.what == READABLE {
            descriptor.listed.set(false);
            return descriptor.reading.get();
        }
        let waited = descriptor.waiting_write.replace(false);
        descriptor.connecting.set(None);
        self.count(descriptor);
        waited
    }
}

/// Ends a row of turns, also when JS or we panicked in it.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// A callback for Node's loop that finds the engine and lets no panic out.
fn calling(engine: &Rc<OnceCell<Weak<Engine>>>, call: impl Fn(&Engine) + 'static) -> Box<dyn Fn()> {
    let engine = engine.clone();
    Box::new(move || {
        let Some(engine) = engine.get().and_then(Weak::upgrade) else { return };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| call(&engine))) {
            engine.deliver.panicked(panic_message(&*panic));
        }
    })
}

/// What a caught panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown cause")
}
