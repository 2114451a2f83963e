//! What has happened in an instance, in numbers. Always counted: each costs an addition on a path that makes a system call,
//! or a batch of events. What is open is not kept but counted when somebody asks.

use super::Engine;
use crate::model::count::Count;
use crate::sys::kind::FdKind;
use std::cell::Cell;
use std::time::Duration;

/// See the module. Counts only grow.
#[derive(Debug, Default)]
pub struct Stats {
    /// Connections that were taken from the kernel.
    pub accepts: Count,
    /// Connections that were closed at once as no descriptor was left.
    pub turned_away: Count,
    /// Connects that were begun, one for each address.
    pub connects: Count,
    /// Those that stand.
    pub connected: Count,
    /// Those that failed.
    pub connect_failures: Count,
    /// Descriptors that were given to somebody else.
    pub handed_over: Count,
    /// Bytes from the kernel.
    pub bytes_read: Count,
    /// Bytes that the kernel took.
    pub bytes_written: Count,
    /// Reads that brought bytes.
    pub reads: Count,
    /// Writes of which the kernel took bytes.
    pub writes: Count,
    /// Those of them that sent gathered bytes.
    pub flushes: Count,
    /// Gathered bytes that the kernel took.
    pub gathered_bytes: Count,
    /// Rows of turns.
    pub rows: Count,
    /// Turns: how often events were looked for.
    pub turns: Count,
    /// Batches of events.
    pub batches: Count,
    /// Events in them.
    pub events: Count,
    /// Events in the largest of them.
    pub largest_batch: Count,
    /// From the beginning of a row to the return of its last handler, summed up.
    turn_time: Cell<Duration>,
}

impl Stats {
    /// The kernel gave so many bytes.
    pub(super) fn read(&self, bytes: usize) {
        if bytes > 0 {
            self.reads.one();
            self.bytes_read.add(bytes);
        }
    }

    /// The kernel took so many bytes.
    pub(super) fn wrote(&self, bytes: usize) {
        if bytes > 0 {
            self.writes.one();
            self.bytes_written.add(bytes);
        }
    }

    /// What was sent just now had been gathered.
    pub fn flushed(&self, bytes: usize) {
        if bytes > 0 {
            self.flushes.one();
            self.gathered_bytes.add(bytes);
        }
    }

    /// JS has got a batch.
    pub(super) fn batch(&self, events: usize) {
        self.batches.one();
        self.events.add(events);
        self.largest_batch.raise(events);
    }

    /// A row of turns has taken so long.
    pub(super) fn row_took(&self, time: Duration) {
        self.turn_time.set(self.turn_time.get() + time);
    }

    /// The time that rows of turns have taken.
    pub fn turn_time(&self) -> Duration {
        self.turn_time.get()
    }
}

/// What is open.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Connections, or what is to become one, over TCP.
    pub tcp: usize,
    /// Over Unix sockets.
    pub unix: usize,
    /// Pipes and what else was adopted.
    pub other: usize,
    /// Listeners over TCP.
    pub tcp_listeners: usize,
    /// Listeners over Unix sockets.
    pub unix_listeners: usize,
}

impl Engine {
    /// What is open now. Goes through all descriptors.
    pub fn open(&self) -> Open {
        let mut open = Open::default();
        for descriptor in self.table.borrow().iter().filter(|descriptor| descriptor.watched.is_open()) {
            let count = match (descriptor.watched.kind(), descriptor.bound.listens()) {
                (FdKind::Tcp, false) => &mut open.tcp,
                (FdKind::Tcp, true) => &mut open.tcp_listeners,
                (FdKind::Unix, false) => &mut open.unix,
                (FdKind::Unix, true) => &mut open.unix_listeners,
                (FdKind::Fifo | FdKind::Other, _) => &mut open.other,
            };
            *count += 1;
        }
        open
    }
}
