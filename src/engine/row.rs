//! A row of turns: what Node's loop found ready goes to JS, then what that has made ready, and so on for a while.
//!
//! JS asks for batch after batch in one call of ours ([`Engine::next_batch`]), since each entry into JS costs what Node
//! does around a callback: a microsecond, half of a hop within one process.

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
    /// What the latest turn found.
    events: Vec<Event>,
    /// How many of them JS has got.
    taken: usize,
}

impl Engine {
    /// A row of turns. Called by Node's loop; does nothing when it is already under way.
    pub fn run(&self) {
        if !self.running.get() {
            self.driver.turn();
            self.row();
        }
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
        }
        loop {
            let count = self.next_batch();
            if count == 0 {
                break;
            }
            self.deliver.deliver(Due::Events, count);
        }
        drop(running);
        if !self.list.is_empty() {
            self.soon();
        }
    }

    /// Hands over the next batch of events. How many there are: 0 when the row is over, or none is under way.
    pub fn next_batch(&self) -> usize {
        let mut row = self.row.borrow_mut();
        let Some(start) = row.start else { return 0 };
        if row.taken == row.events.len() && !self.refill(&mut row, start) {
            row.start = None;
            return 0;
        }
        let batch = &row.events[row.taken..];
        let batch = &batch[..batch.len().min(self.deliver.batch())];
        self.deliver.hand_over(batch);
        let count = batch.len();
        row.taken += count;
        count
    }

    /// Takes what is ready now, after another turn unless the row has just begun. False: that is nothing, or the row
    /// has been long enough.
    fn refill(&self, row: &mut Row, start: Instant) -> bool {
        if row.turns > 0 {
            if row.turns == MAX_TURNS || self.others_are_due() || start.elapsed() > MAX_ROW {
                return false;
            }
            self.driver.turn();
        }
        row.turns += 1;
        row.taken = 0;
        self.collect(&mut row.events);
        !row.events.is_empty()
    }

    /// Replaces `events` by those on the list that are wanted.
    fn collect(&self, events: &mut Vec<Event>) {
        events.clear();
        if let Some(connects) = self.connects() {
            connects.take_held(events);
        }
        self.list.take(events);
        events.retain(|event| self.is_wanted(*event));
        if !events.is_empty() {
            let lone = if let [event] = events[..] { Some(event) } else { None };
            self.alone.set(self.lone.replace(lone) == lone && lone.is_some());
        }
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

    /// Whether Node's loop has work that must not wait for another turn.
    fn others_are_due(&self) -> bool {
        self.connects_wait() || self.phases.as_ref().is_none_or(|phases| phases.uv.sleep_time() == 0)
    }

    /// Whether the socket that reads may wait some microseconds: nobody else has had anything to do lately.
    pub fn may_wait(&self) -> bool {
        self.running.get() && self.alone.get() && !self.busy.is_off() && !self.others_are_due()
    }
}

/// Ends a row of turns, also when JS or we panicked in it.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
