//! What JS wants of a descriptor, and whether that keeps Node's loop alive.

use std::cell::Cell;

/// See the module. The one place that knows whether events are to come and whether JS has called unref(): JS asks.
#[derive(Debug)]
pub struct Wants {
    reading: Cell<bool>,
    referenced: Cell<bool>,
    write_event: Cell<bool>,
    connect_round: Cell<Option<u64>>,
    counted: Cell<bool>,
}

impl Wants {
    pub(super) fn new() -> Wants {
        Wants {
            reading: Cell::new(false),
            referenced: Cell::new(true),
            write_event: Cell::new(false),
            connect_round: Cell::new(None),
            counted: Cell::new(false),
        }
    }

    /// Whether it wants read events (on a listener: connections).
    pub fn reading(&self) -> bool {
        self.reading.get()
    }

    /// See [`Self::reading`].
    pub fn set_reading(&self, on: bool) {
        self.reading.set(on);
    }

    /// Whether reading keeps the loop alive.
    pub fn is_referenced(&self) -> bool {
        self.referenced.get()
    }

    /// See [`Self::is_referenced`].
    pub fn set_referenced(&self, on: bool) {
        self.referenced.set(on);
    }

    /// Whether a write event is to come: the end of a connect, or room for what the kernel has not taken.
    pub fn write_event(&self) -> bool {
        self.write_event.get()
    }

    /// See [`Self::write_event`].
    pub fn set_write_event(&self, on: bool) {
        self.write_event.set(on);
    }

    /// A write event has come. Whether it was wanted.
    pub fn take_write_event(&self) -> bool {
        self.connect_round.set(None);
        self.write_event.replace(false)
    }

    /// The round of the engine's connects in which the one was started that the write event ends.
    pub fn connect_round(&self) -> Option<u64> {
        self.connect_round.get()
    }

    /// See [`Self::connect_round`].
    pub fn set_connect_round(&self, round: u64) {
        self.connect_round.set(Some(round));
    }

    /// It is closed: nothing.
    pub fn set_nothing(&self) {
        self.reading.set(false);
        self.take_write_event();
    }

    /// Whether it keeps the loop alive, if that has changed since this was last asked. As libuv counts: reading while
    /// ref'd, or something under way.
    pub fn newly_alive(&self) -> Option<bool> {
        let alive = (self.reading.get() && self.referenced.get()) || self.write_event.get();
        (self.counted.replace(alive) != alive).then_some(alive)
    }
}
