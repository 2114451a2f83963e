//! The flows of an engine: which sockets' events are theirs, and whose turn it is. A socket in a flow reads (or writes) for
//! nobody else: JS wants no such events of it, and what JS does not want is looked up here. Where there are no flows that is one
//! comparison, for events that nobody wants.

use super::Engine;
use crate::net::carrier::Carriers;
use crate::net::descriptor::Descriptor;
use crate::net::flow::{End, Flow, Pumped};
use crate::net::ready::{Event, READABLE, ReadyList, WRITABLE};
use crate::net::watched::Next;
use crate::sys::errno::{self, code_of};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// For how long flows may move bytes before others have their turn.
const MOST_TIME: Duration = Duration::from_millis(1);

/// The key of a flow by its own id; the others are the ids of its ends with the event that each waits for.
const OWN: u32 = 0;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Flows {
    all: RefCell<HashMap<(u32, u32), Rc<Flow>>>,
    /// Those whose turn it is.
    queue: RefCell<VecDeque<Rc<Flow>>>,
    carriers: RefCell<Carriers>,
    /// Those that have not ended.
    running: Cell<usize>,
}

impl Flows {
    fn get(&self, id: u32, key: u32) -> Option<Rc<Flow>> {
        self.all.borrow().get(&(id, key)).cloned()
    }

    fn queue(&self, flow: Rc<Flow>) {
        if !flow.queued.replace(true) {
            self.queue.borrow_mut().push_back(flow);
        }
    }

    /// An event that JS does not want: a flow's, if there is one for it.
    pub(super) fn wake(&self, event: Event) {
        if self.running.get() > 0
            && let Some(flow) = self.get(event.id, event.what)
            // One without room has no use for more.
            && !(event.what == READABLE && flow.entry().wants.write_event())
        {
            self.queue(flow);
        }
    }

    /// Whether a flow waits for what comes in at that socket.
    pub(super) fn reads(&self, id: u32) -> bool {
        self.running.get() > 0 && self.all.borrow().contains_key(&(id, READABLE))
    }

    /// Whether some wait for their turn.
    pub(super) fn are_waiting(&self) -> bool {
        !self.queue.borrow().is_empty()
    }

    fn next(&self) -> Option<Rc<Flow>> {
        let flow = self.queue.borrow_mut().pop_front()?;
        flow.queued.set(false);
        Some(flow)
    }

    /// Its ends are free again. Without any that run there is no need for carriers.
    fn stop(&self, flow: &Flow) {
        let mut all = self.all.borrow_mut();
        if all.remove(&(flow.from().id(), READABLE)).is_none() {
            return;
        }
        all.remove(&(flow.to().id(), WRITABLE));
        let mut carriers = self.carriers.borrow_mut();
        flow.drop_carrier(&mut carriers);
        self.running.set(self.running.get() - 1);
        if self.running.get() == 0 {
            carriers.clear();
        }
    }

    /// An entry leaves the table: the flows of a socket end, and a flow whose own entry it is is forgotten.
    fn forget(&self, id: u32, list: &ReadyList) {
        for key in [READABLE, WRITABLE] {
            if let Some(flow) = self.get(id, key) {
                self.stop(&flow);
                flow.end.set(Some(End::Read(code_of(errno::EBADF))));
                list.push(Event { id: flow.entry().id(), what: READABLE });
            }
        }
        if let Some(flow) = self.get(id, OWN) {
            self.stop(&flow);
            self.all.borrow_mut().remove(&(id, OWN));
        }
    }

    pub(super) fn clear(&self) {
        self.queue.borrow_mut().clear();
        self.all.borrow_mut().clear();
        self.running.set(0);
        self.carriers.take();
    }
}

/// What JS may ask of a flow.
#[derive(Debug, Clone, Copy)]
pub struct FlowState {
    /// Bytes taken from the one socket.
    pub taken: u64,
    /// Bytes that the other socket's kernel has.
    pub sent: u64,
    /// For how long none has moved.
    pub idle: Duration,
    /// How it ended, once it has.
    pub end: Option<End>,
}

impl Engine {
    /// Begins a flow. JS neither reads from the one nor writes to the other, and nothing that it wrote waits for room. The flow's
    /// own entry, for which a read event tells the end, lives until it is closed.
    ///
    /// # Errors
    /// `EBUSY` where one of them is in such a flow already, those of the registration, `EMFILE` when the table is full.
    pub fn start_flow(&self, from: &Rc<Descriptor>, to: &Rc<Descriptor>) -> io::Result<Rc<Descriptor>> {
        let is_taken = |id, key| self.flows.all.borrow().contains_key(&(id, key));
        if from.id() == to.id() || is_taken(from.id(), READABLE) || is_taken(to.id(), WRITABLE) {
            return Err(io::Error::from_raw_os_error(errno::EBUSY));
        }
        self.register(from, false)?;
        if !to.watched.is_open() {
            return Err(io::Error::from_raw_os_error(errno::EBADF));
        }
        let entry = self.insert().ok_or_else(|| io::Error::from_raw_os_error(errno::EMFILE))?;
        entry.wants.set_referenced(from.wants.is_referenced());
        entry.wants.set_reading(true);
        self.recount(&entry);
        let flow = Rc::new(Flow::new(entry.clone(), from.clone(), to.clone()));
        {
            let mut all = self.flows.all.borrow_mut();
            all.insert((from.id(), READABLE), flow.clone());
            all.insert((to.id(), WRITABLE), flow.clone());
            all.insert((entry.id(), OWN), flow.clone());
        }
        self.flows.running.set(self.flows.running.get() + 1);
        self.flows.queue(flow);
        self.soon();
        Ok(entry)
    }

    /// An entry leaves the table.
    pub(super) fn forget_flows(&self, id: u32) {
        if self.flows.all.borrow().is_empty() {
            return;
        }
        self.flows.forget(id, &self.list);
        if !self.list.is_empty() {
            self.soon();
        }
    }

    /// How a flow stands, by its own entry.
    pub fn flow_state(&self, entry: &Descriptor) -> Option<FlowState> {
        self.flows.get(entry.id(), OWN).map(|flow| FlowState {
            taken: flow.taken(),
            sent: flow.sent(),
            idle: flow.idle(),
            end: flow.end.get(),
        })
    }

    /// A socket was ref'd or unref'd: so is the flow that reads from it.
    pub(super) fn reference_flow(&self, from: &Descriptor) {
        if self.flows.running.get() > 0
            && let Some(flow) = self.flows.get(from.id(), READABLE)
        {
            flow.entry().wants.set_referenced(from.wants.is_referenced());
            self.recount(flow.entry());
        }
    }

    /// Gives those flows their turn whose turn it was when this began, for a bounded time. Whether any had one. Ends are added to
    /// `events`.
    pub(super) fn pump_flows(&self, events: &mut Vec<Event>) -> bool {
        let count = self.flows.queue.borrow().len();
        if count == 0 {
            return false;
        }
        let start = Instant::now();
        for _ in 0..count {
            let Some(flow) = self.flows.next() else { break };
            self.pump(&flow, events);
            if start.elapsed() > MOST_TIME {
                break;
            }
        }
        true
    }

    fn pump(&self, flow: &Rc<Flow>, events: &mut Vec<Event>) {
        // Stopped while it waited for its turn.
        if self.flows.get(flow.from().id(), READABLE).is_none_or(|current| !Rc::ptr_eq(&current, flow)) {
            return;
        }
        let before = (flow.taken(), flow.sent());
        let pumped = flow.pump(&mut self.flows.carriers.borrow_mut(), || self.register(flow.to(), true));
        self.stats.read((flow.taken() - before.0) as usize);
        self.stats.wrote((flow.sent() - before.1) as usize);
        let blocked = matches!(pumped, Pumped::Blocked(_));
        flow.entry().wants.set_write_event(blocked);
        self.recount(flow.entry());
        match pumped {
            Pumped::Idle => {}
            Pumped::More => self.flows.queue(flow.clone()),
            Pumped::Blocked(Next::Listed) => {}
            // As after a write of JS's.
            Pumped::Blocked(Next::Reported) => {
                if flow.to().watched.has_room() {
                    self.flows.queue(flow.clone());
                }
            }
            Pumped::Ended(end) => {
                flow.end.set(Some(end));
                self.flows.stop(flow);
                events.push(Event { id: flow.entry().id(), what: READABLE });
            }
        }
    }
}
