//! What is remembered about a stream from call to call.

use crate::model::backoff::Backoff;
use std::cell::Cell;

/// What is remembered about a stream, to serve it well.
#[derive(Debug, Default)]
pub struct Habits {
    /// It has sent much at once before.
    pub(super) sent_much: Cell<bool>,
    /// Something was written since the engine last asked.
    pub(super) wrote: Cell<bool>,
    /// JS reads it in large pieces.
    pub(super) reads_much: Cell<bool>,
    /// Its congestion control was chosen by the program.
    pub(super) keeps_congestion: Cell<bool>,
    /// Closing it may wait (`SO_LINGER`).
    pub(super) lingers: Cell<bool>,
    /// When to ask for the next bytes of a large stream instead of asking for an event.
    pub(super) patience: Cell<Backoff>,
}

impl Habits {
    /// Whether something was written since this was last asked: an answer may be near.
    pub fn take_wrote(&self) -> bool {
        self.wrote.take()
    }

    /// Whether JS reads it in large pieces.
    pub fn reads_much(&self) -> bool {
        self.reads_much.get()
    }

    /// What a connection has from the listener that it came in at.
    pub fn inherit(&self, listener: &Habits) {
        self.keeps_congestion.set(listener.keeps_congestion.get());
        self.lingers.set(listener.lingers.get());
    }

    #[cfg(test)]
    pub(crate) fn pretend(&self, wrote: bool, reads_much: bool) {
        self.wrote.set(wrote);
        self.reads_much.set(reads_much);
    }
}
