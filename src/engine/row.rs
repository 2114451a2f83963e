//! A row of turns: what Node's loop found ready goes to JS, then what that has made ready, and so on for a while.
//!
//! JS asks for batch after batch in one call of ours ([`Engine::next_batch`]), since each entry into JS costs what Node
//! does around a callback: 7 to 8 % of a hop within one process (docs/PERFORMANCE.md).

use super::{Due, Engine};
use crate::net::ready::{Event, READABLE};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Turns in a row before Node's loop gets its turn again: worth 10-15 % of throughput, since what JS
/// just sent often makes the next socket ready at once.
const MAX_TURNS: u32 = 32;
/// And the longest that such a row may take: timers have millisecond resolution.
const MAX_ROW: Duration = Duration::from_millis(1);

/// What is left of a row; an empty one is over.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// When it began; `None`: it is over.
    start: Option<Instant>,
    turns: u32,
    /// How long it took until its latest batch was through.
    took: Duration,
    /// What the latest turn found.
    events: Vec<Event>,
    /// How many of them JS has got.
    taken: usize,
}

impl Engine {
    /// A row of turns. Called by Node's loop in its poll; does nothing when one is already under way.
    pub fn run(&self) {
        if self.running.get() {
            return;
        }
        self.list.notification_taken();
        if self.may_report() {
            self.driver.turn();
            self.row();
        } else if !self.list.is_empty() {
            self.soon();
        }
    }

    /// The same before the poll, for what waits. What the helper thread has found is left to the poll that it wakes, as it
    /// comes between others there: reported here, it would make what follows it come a poll late.
    pub(super) fn run_early(&self) {
        if self.running.get() || !self.is_left() {
            return;
        }
        if self.may_report_early() {
            self.driver.turn();
            self.row();
        } else {
            self.soon();
        }
    }

    /// Whether something waits that nobody is going to look at by himself.
    pub(super) fn is_left(&self) -> bool {
        (!self.list.is_empty() && !self.list.is_notified()) || self.flows.are_waiting()
    }

    /// The same without its first turn.
    pub(super) fn row(&self) {
        if self.running.replace(true) {
            return;
        }
        let running = Running(&self.running);
        {
            let mut row = self.row.borrow_mut();
            row.start = Some(Instant::now());
            row.turns = 0;
            row.took = Duration::ZERO;
        }
        loop {
            let count = self.next_batch();
            if count == 0 {
                break;
            }
            self.deliver.deliver(Due::Events, count);
        }
        drop(running);
        if self.is_left() {
            self.soon();
        }
    }

    /// Hands over the next batch of events. How many there are: 0 when the row is over, or none is under way.
    pub fn next_batch(&self) -> usize {
        let mut row = self.row.borrow_mut();
        let Some(start) = row.start else { return 0 };
        if row.taken == row.events.len() && !self.refill(&mut row, start) {
            row.start = None;
            self.stats.row_took(row.took);
            return 0;
        }
        let batch = &row.events[row.taken..];
        let batch = &batch[..batch.len().min(self.deliver.batch())];
        self.deliver.hand_over(batch);
        let count = batch.len();
        row.taken += count;
        self.stats.batch(count);
        count
    }

    /// Takes what is ready now, after another turn unless the row has just begun. False: that is nothing, or the row
    /// has been long enough. Flows have their turn along with each of the driver's.
    fn refill(&self, row: &mut Row, start: Instant) -> bool {
        loop {
            if row.turns > 0 {
                row.took = start.elapsed();
                if row.turns == MAX_TURNS || self.others_are_due() || row.took > MAX_ROW {
                    return false;
                }
                self.driver.turn();
            }
            row.turns += 1;
            row.taken = 0;
            self.collect(&mut row.events);
            let has_flowed = self.pump_flows(&mut row.events);
            let found = !row.events.is_empty();
            if (found || has_flowed) && row.turns == 1 {
                self.stats.rows.one();
            }
            if found || !has_flowed {
                return found;
            }
        }
    }

    /// Replaces `events` by those on the list that are wanted.
    fn collect(&self, events: &mut Vec<Event>) {
        events.clear();
        self.stats.turns.one();
        if let Some(connects) = self.connects() {
            connects.take_held(events);
        }
        self.list.take(events);
        events.retain(|event| self.is_wanted(*event));
        if !events.is_empty() {
            let only = if let [event] = events[..] { Some(event) } else { None };
            self.only_again.set(self.only.replace(only) == only && only.is_some());
        }
    }

    fn is_wanted(&self, event: Event) -> bool {
        let table = self.table.borrow();
        let Some(descriptor) = table.get(event.id) else { return false };
        if self.connects().is_some_and(|connects| connects.hold(descriptor, event)) {
            return false;
        }
        let wanted = if event.what == READABLE {
            descriptor.watched.read_event_taken();
            descriptor.wants.reading()
        } else {
            let wanted = descriptor.wants.take_write_event();
            self.recount(descriptor);
            wanted
        };
        if !wanted {
            self.flows.wake(event);
        }
        wanted
    }

    /// Whether Node's loop has work that must not wait for another turn.
    pub(super) fn others_are_due(&self) -> bool {
        self.connects_wait() || self.phases.as_ref().is_none_or(|phases| phases.uv.sleep_time() == 0)
    }

    /// Whether the socket that reads may ask for its bytes for some microseconds: nobody else has had anything to do lately.
    pub fn may_poll(&self) -> bool {
        self.running.get() && self.only_again.get() && !self.busy.is_off() && !self.others_are_due()
    }
}

/// Ends a row of turns, also when JS or we panicked in it.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Deliver;
    use crate::engine::driver::Idle;
    use crate::engine::stats::Stats;
    use crate::model::count::Count;
    use crate::net::ready::waker;
    use std::cell::{OnceCell, RefCell};
    use std::rc::{Rc, Weak};

    const BATCH: usize = 16;

    /// What JS got: the ids of each batch, a list for each call.
    #[derive(Default)]
    struct Js {
        engine: OnceCell<Weak<Engine>>,
        asks_for_more: bool,
        handed: RefCell<Vec<u32>>,
        calls: RefCell<Vec<Vec<Vec<u32>>>>,
    }

    impl Deliver for Rc<Js> {
        fn hand_over(&self, events: &[Event]) {
            self.handed.replace(events.iter().map(|event| event.id).collect());
        }
        fn deliver(&self, _due: Due, count: usize) {
            let mut batches = Vec::new();
            let mut left = count;
            while left > 0 {
                assert_eq!(self.handed.borrow().len(), left);
                batches.push(self.handed.take());
                left = if self.asks_for_more {
                    self.engine.get().unwrap().upgrade().unwrap().next_batch()
                } else {
                    0
                };
            }
            self.calls.borrow_mut().push(batches);
        }
        fn batch(&self) -> usize {
            BATCH
        }
        fn keep(&self, _needed: bool) {}
        fn panicked(&self, message: &str) {
            panic!("{message}");
        }
    }

    /// A row over `count` sockets that can be read; what JS got, and the sockets' ids.
    fn row_over(count: usize, asks_for_more: bool) -> (Vec<Vec<Vec<u32>>>, Vec<u32>) {
        let (calls, ids, _) = counted_row_over(count, asks_for_more);
        (calls, ids)
    }

    fn counted_row_over(count: usize, asks_for_more: bool) -> (Vec<Vec<Vec<u32>>>, Vec<u32>, Rc<Engine>) {
        let js = Rc::new(Js { asks_for_more, ..Js::default() });
        let engine = Engine::start(None, Box::new(js.clone()), |_, _| Ok(Box::new(Idle))).unwrap();
        js.engine.set(Rc::downgrade(&engine)).unwrap();
        let ids: Vec<u32> = (0..count)
            .map(|_| {
                let socket = engine.insert().unwrap();
                socket.wants.set_reading(true);
                engine.list.push(Event { id: socket.id(), what: READABLE });
                socket.id()
            })
            .collect();
        engine.run();
        assert_eq!(engine.next_batch(), 0, "the row is over");
        (js.calls.take(), ids, engine)
    }

    #[test]
    fn js_that_asks_gets_a_row_in_one_call() {
        let (calls, ids) = row_over(40, true);
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 8]);
        assert_eq!(calls.concat().concat(), ids);
    }

    #[test]
    fn rows_batches_and_events_are_counted() {
        for asks_for_more in [true, false] {
            let (_, _, engine) = counted_row_over(40, asks_for_more);
            engine.run();
            let Stats { rows, turns, batches, events, largest_batch, .. } = &engine.stats;
            // The second row found nothing.
            let counts = [rows, turns, batches, events, largest_batch].map(Count::get);
            assert_eq!(counts, [1, 2, 3, 40, 16]);
            assert!(engine.stats.turn_time() > Duration::ZERO);
        }
    }

    #[test]
    fn js_that_does_not_ask_is_called_for_each_batch() {
        let (calls, ids) = row_over(40, false);
        assert_eq!(calls.len(), 3);
        assert_eq!(calls.concat().concat(), ids);
    }

    #[test]
    fn what_the_helper_thread_found_is_left_to_its_wake() {
        let js = Rc::new(Js::default());
        let engine = Engine::start(None, Box::new(js.clone()), |_, _| Ok(Box::new(Idle))).unwrap();
        let socket = engine.insert().unwrap();
        socket.wants.set_reading(true);
        let event = Event { id: socket.id(), what: READABLE };
        engine.list.set_notify(Some(Box::new(|| {})));
        waker(&engine.list, event).wake();
        engine.run_early();
        assert!(js.calls.take().is_empty());
        engine.run();
        assert_eq!(js.calls.take().concat().concat(), [socket.id()]);
        engine.list.push(event);
        engine.run_early();
        assert_eq!(js.calls.take().concat().concat(), [socket.id()]);
    }

    #[test]
    fn events_of_sockets_that_stopped_reading_are_left_out() {
        let js = Rc::new(Js::default());
        let engine = Engine::start(None, Box::new(js.clone()), |_, _| Ok(Box::new(Idle))).unwrap();
        let socket = engine.insert().unwrap();
        engine.list.push(Event { id: socket.id(), what: READABLE });
        engine.run();
        assert!(js.calls.take().is_empty());
    }
}
