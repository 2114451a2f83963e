//! The engine: one per environment (the main thread, each worker thread), living on its JS thread.
//!
//! Who calls whom: Node's loop (uv_poll on tokio's epoll descriptor, or a wake from the helper
//! thread) calls [`Engine::run`]; it turns the driver, whose wakers fill the ready list; the list
//! goes to JS in batches through [`Deliver`], and JS asks for more ([`Engine::next_batch`]); JS reads,
//! writes, accepts and closes by id, which comes back into [`Engine`] through the binding while a batch runs.

mod busy;
mod connects;
pub mod driver;
mod files;
pub mod flows;
mod operations;
mod row;
mod stats;
pub mod uv;

use crate::model::id::Table;
use crate::net::descriptor::Descriptor;
use crate::net::ready::{Event, ReadyList};
use crate::sys::os::OwnedFd;
use connects::Connects;
use driver::Driver;
use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use uv::{Phase, Uv};

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
    /// Puts a batch of events where JS finds it.
    fn hand_over(&self, events: &[Event]);
    /// Runs JS; `count` is the size of the batch (only for [`Due::Events`]).
    fn deliver(&self, due: Due, count: usize);
    /// How many events fit into one batch.
    fn batch(&self) -> usize;
    /// Whether there is something that JS may have to hear of. Until then JS may be given up if nobody else holds it.
    fn keep(&self, needed: bool);
    /// Reports a panic of the engine as an uncaught exception; the process goes on if JS handles it.
    fn panicked(&self, message: &str);
}

/// See the module.
pub struct Engine {
    /// The descriptors by id.
    table: RefCell<Table<Rc<Descriptor>>>,
    /// A descriptor to give up when the process has run out of them.
    reserve: RefCell<Option<OwnedFd>>,
    list: Arc<ReadyList>,
    driver: Box<dyn Driver>,
    phases: Option<Phases>,
    deliver: Box<dyn Deliver>,
    running: Cell<bool>,
    row: RefCell<row::Row>,
    /// The event of the latest collection, if it found no other.
    only: Cell<Option<Event>>,
    /// The collection before had found only that one too.
    only_again: Cell<bool>,
    /// How many descriptors keep the loop alive.
    alive: Cell<u32>,
    completions: Cell<bool>,
    /// Node's loop has not turned since events were last reported.
    reported: Cell<Reported>,
    /// 'close' events are to be reported.
    closing: Cell<bool>,
    busy: busy::Busy,
    flows: flows::Flows,
    /// What has happened.
    pub stats: stats::Stats,
}

/// What was reported in a turn of Node's loop.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Reported {
    #[default]
    Nothing,
    /// Events, before its poll.
    Early,
    /// Events, in its poll.
    InPoll,
}

struct Phases {
    uv: Uv,
    before_sleep: Phase,
    before_poll: Phase,
    after_poll: Phase,
    turned: Phase,
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
            turned: Phase::after_poll(uv, calling(&engine, Engine::on_turned)).unreferenced(),
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
            row: RefCell::default(),
            only: Cell::new(None),
            only_again: Cell::new(false),
            alive: Cell::new(0),
            completions: Cell::new(false),
            reported: Cell::default(),
            closing: Cell::new(false),
            busy: busy::Busy::default(),
            flows: flows::Flows::default(),
            stats: stats::Stats::default(),
        });
        let _first = engine.set(Rc::downgrade(&made));
        made.set_busy_poll(None);
        made.deliver.keep(false);
        Ok(made)
    }

    /// The driver's name.
    pub fn driver_name(&self) -> &'static str {
        self.driver.name()
    }

    /// Why it is not the other, where that could have been.
    pub fn driver_reason(&self) -> &str {
        self.driver.reason()
    }

    /// Whether libuv's phases can be used; else JS takes immediates for them.
    pub fn has_phases(&self) -> bool {
        self.phases.is_some()
    }

    /// JS is to stay as long as there is a descriptor, or something to report.
    fn keep_while_needed(&self) {
        let needed = !self.table.borrow().is_empty() || self.completions.get() || self.closing.get();
        self.deliver.keep(needed);
    }

    /// JS has completions to report soon: in the loop's next round before polling, or after
    /// polling if that comes first.
    pub fn completions_due(&self) {
        self.completions.set(true);
        self.deliver.keep(true);
        if let Some(phases) = &self.phases {
            phases.before_poll.arm();
            phases.after_poll.arm();
        }
    }

    /// JS has none left.
    pub fn completions_done(&self) {
        self.completions.set(false);
        self.keep_while_needed();
        if let Some(phases) = &self.phases {
            phases.after_poll.disarm();
            if !self.is_left() {
                phases.before_poll.disarm();
            }
        }
    }

    /// libuv has polled, and Node's immediates are next.
    fn on_turned(&self) {
        self.reported.set(Reported::Nothing);
        if let Some(phases) = &self.phases {
            phases.turned.disarm();
        }
    }

    /// Whether events may be reported in the poll: once in a turn of Node's loop, so that what a handler left to an immediate
    /// is done before the next events. Those that were reported before the poll don't count if nothing was left to do.
    fn may_report(&self) -> bool {
        let Some(phases) = &self.phases else { return true };
        phases.turned.arm();
        match self.reported.replace(Reported::InPoll) {
            Reported::Nothing => true,
            Reported::Early => !self.others_are_due(),
            Reported::InPoll => false,
        }
    }

    fn may_report_early(&self) -> bool {
        let Some(phases) = &self.phases else { return true };
        phases.turned.arm();
        let may = self.reported.get() == Reported::Nothing;
        if may {
            self.reported.set(Reported::Early);
        }
        may
    }

    fn deliver_completions(&self) {
        if self.completions.get() {
            self.deliver.deliver(Due::Completions, 0);
        }
    }

    /// JS has closed sockets: tell it in this round's closing phase.
    pub fn closed_due(self: &Rc<Self>) {
        if let Some(phases) = &self.phases {
            let engine = Rc::downgrade(self);
            self.closing.set(true);
            self.deliver.keep(true);
            uv::in_closing_phase(
                phases.uv,
                Box::new(move || {
                    if let Some(engine) = engine.upgrade() {
                        engine.closing.set(false);
                        engine.deliver.deliver(Due::Closed, 0);
                        engine.keep_while_needed();
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
        self.run_early();
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
