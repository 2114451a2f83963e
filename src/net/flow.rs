//! A flow: the bytes that come in at one socket go out at another, and JS sees none of them. A relay is two of them.
//!
//! Who calls whom: an event that JS does not want is looked up by the engine (`engine/flows.rs`), which has the flow
//! pumped. That first sends what is held, then takes more, until there is nothing to take (a read event will come), no room
//! (a write event will come) or enough was done for one turn. As nothing is taken while something is held, a pipe is empty when
//! it is filled: then `WouldBlock` can only mean that the socket has nothing. The end, an EOF or an error, is told to JS as
//! an event of the flow's own entry in the engine's table.

use super::carrier::{BUFFER, Carrier, Carriers};
use super::descriptor::Descriptor;
use super::stream;
use super::watched::{Next, Sent};
use crate::sys::memory::{Source, Target};
use crate::sys::os::BorrowedFd;
use crate::sys::{self, errno, interposed, kind::FdKind, splice};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What one flow moves in one turn, about: others want theirs.
const MOST: usize = 1024 * 1024;
/// What a call counts for at least: without that a peer with many small segments, or a relay of two ends of one connection,
/// would have a turn of 100,000s of calls.
const LEAST: usize = 16 * 1024;

/// How a flow ended. Errors are as JS gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The peer that sends has ended, and all that it sent is handed on.
    Eof,
    /// Reading failed.
    Read(i32),
    /// Writing failed.
    Write(i32),
}

/// How far a flow came in a turn.
#[derive(Debug, PartialEq, Eq)]
pub enum Pumped {
    /// Nothing more to take: an event will come.
    Idle,
    /// No room, and when the next event comes.
    Blocked(Next),
    /// Enough for a turn.
    More,
    /// It is over.
    Ended(End),
}

/// See the module.
#[derive(Debug)]
pub struct Flow {
    entry: Rc<Descriptor>,
    from: Rc<Descriptor>,
    to: Rc<Descriptor>,
    carrier: RefCell<Option<Carrier>>,
    /// Neither has refused to be spliced.
    splices: Cell<bool>,
    taken: Cell<u64>,
    sent: Cell<u64>,
    last: Cell<Instant>,
    /// It waits for its turn.
    pub queued: Cell<bool>,
    /// How it ended, once it has.
    pub end: Cell<Option<End>>,
}

impl Flow {
    /// One from `from` to `to`, both registered; `entry` is its own place in the table.
    pub fn new(entry: Rc<Descriptor>, from: Rc<Descriptor>, to: Rc<Descriptor>) -> Flow {
        let is_socket = |end: &Descriptor| matches!(end.watched.kind(), FdKind::Tcp | FdKind::Unix);
        let splices = is_socket(&from) && is_socket(&to) && !interposed::is_around(c"splice");
        Flow {
            entry,
            from,
            to,
            carrier: RefCell::new(None),
            splices: Cell::new(splices),
            taken: Cell::new(0),
            sent: Cell::new(0),
            last: Cell::new(Instant::now()),
            queued: Cell::new(false),
            end: Cell::new(None),
        }
    }

    /// Its own place in the table.
    pub fn entry(&self) -> &Rc<Descriptor> {
        &self.entry
    }

    /// Where the bytes come from.
    pub fn from(&self) -> &Rc<Descriptor> {
        &self.from
    }

    /// Where they go.
    pub fn to(&self) -> &Rc<Descriptor> {
        &self.to
    }

    /// How many bytes it has taken.
    pub fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// How many of them the other socket's kernel has.
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// For how long no byte has moved.
    pub fn idle(&self) -> Duration {
        self.last.get().elapsed()
    }

    /// Gives up what carries its bytes, with those that are in it.
    pub fn drop_carrier(&self, carriers: &mut Carriers) {
        if let Some(carrier) = self.carrier.take() {
            carriers.give_back(carrier);
        }
    }

    /// Moves bytes for a turn. `watch_writes` is called when nobody watches yet whether there is room.
    pub fn pump(&self, carriers: &mut Carriers, watch_writes: impl Fn() -> io::Result<()>) -> Pumped {
        let before = (self.taken.get(), self.sent.get());
        let pumped = self.move_bytes(carriers, watch_writes);
        if (self.taken.get(), self.sent.get()) != before {
            self.last.set(Instant::now());
        }
        if !matches!(pumped, Pumped::Blocked(_)) {
            self.drop_carrier(carriers);
        }
        pumped
    }

    fn move_bytes(&self, carriers: &mut Carriers, watch_writes: impl Fn() -> io::Result<()>) -> Pumped {
        let mut left = MOST;
        loop {
            match self.send(carriers, &watch_writes) {
                Ok(None) => {}
                Ok(Some(next)) => return Pumped::Blocked(next),
                Err(error) => return Pumped::Ended(End::Write(sys::code(&error))),
            }
            if left == 0 {
                return Pumped::More;
            }
            match self.take(carriers) {
                Ok(0) => return Pumped::Ended(End::Eof),
                Ok(count) => left = left.saturating_sub(count.max(LEAST)),
                Err(error) if would_block(&error) => return Pumped::Idle,
                Err(error) => return Pumped::Ended(End::Read(sys::code(&error))),
            }
        }
    }

    /// Takes what has come in, into a carrier that holds nothing.
    fn take(&self, carriers: &mut Carriers) -> io::Result<usize> {
        let taken = match self.try_take(carriers) {
            Err(error) if self.splices.get() && splice::is_refused(&error) => {
                self.splices.set(false);
                self.try_take(carriers)
            }
            taken => taken,
        };
        taken.inspect(|count| self.taken.set(self.taken.get() + *count as u64))
    }

    fn try_take(&self, carriers: &mut Carriers) -> io::Result<usize> {
        let splices = self.splices.get();
        let mut slot = self.carrier.borrow_mut();
        let is_wrong =
            |carrier: &Carrier| matches!(carrier, Carrier::Pipe(..)) && !splices || !carrier.is_whole();
        if slot.as_ref().is_some_and(is_wrong)
            && let Some(carrier) = slot.take()
        {
            carriers.give_back(carrier);
        }
        let carrier = slot.get_or_insert_with(|| carriers.take(splices));
        match carrier {
            Carrier::Pipe(pipe, held) => {
                let mut memory = None;
                let filled = self.from.watched.try_read(
                    |fd| match pipe.fill(fd) {
                        // At the mark of urgent data splice(2) finds nothing for ever, where recv(2) goes on.
                        Err(error) if would_block(&error) && self.from.watched.may_have_urgent_data() => self
                            .receive(memory.get_or_insert_with(|| carriers.take(false)), fd)
                            .map(|(count, _)| count),
                        filled => filled,
                    },
                    |_| false,
                );
                match (filled, memory) {
                    // It was read after all. Empty memory is left of tries in vain.
                    (Ok(count), Some(memory)) if memory.held() > 0 => {
                        carriers.give_back(std::mem::replace(carrier, memory));
                        Ok(count)
                    }
                    (filled, memory) => {
                        memory.into_iter().for_each(|memory| carriers.give_back(memory));
                        *held = *filled.as_ref().unwrap_or(&0);
                        filled
                    }
                }
            }
            memory @ Carrier::Memory(..) => {
                let is_short = |&(count, is_cut): &(usize, bool)| !is_cut && count > 0 && count < BUFFER;
                let read = self.from.watched.try_read(|fd| self.receive(memory, fd), is_short)?;
                Ok(read.0)
            }
        }
    }

    /// Reads into memory. The number of bytes, and whether they are known to be fewer than there are.
    fn receive(&self, into: &mut Carrier, fd: BorrowedFd<'_>) -> io::Result<(usize, bool)> {
        let Carrier::Memory(memory, range) = into else { return Err(io::ErrorKind::Unsupported.into()) };
        let read = stream::receive(self.from.watched.kind(), fd, &mut Target::from(&mut memory[..]))?;
        *range = 0..read.0;
        Ok(read)
    }

    /// Sends what is held. `None`: all of it.
    fn send(
        &self,
        carriers: &mut Carriers,
        watch_writes: &impl Fn() -> io::Result<()>,
    ) -> io::Result<Option<Next>> {
        let mut slot = self.carrier.borrow_mut();
        let Some(carrier) = slot.as_mut().filter(|carrier| carrier.held() > 0) else { return Ok(None) };
        stream::begin_bulk_of(&self.to, carrier.held());
        let next = stream::hand_over(&self.to, watch_writes, |fd| {
            let sent = match &*carrier {
                Carrier::Pipe(pipe, held) => pipe.drain(fd, *held),
                Carrier::Memory(memory, range) => {
                    stream::send(self.to.watched.kind(), fd, Source::from(&memory[range.clone()]))
                }
            };
            let count = match sent {
                // Nothing of something is no progress that any event would follow.
                Ok(0) => return Err(io::Error::from_raw_os_error(errno::EIO)),
                Ok(count) => count,
                Err(error) if would_block(&error) => 0,
                Err(error) if error.raw_os_error() == Some(errno::ENOBUFS) => return Ok(Sent::Starved),
                Err(error) => return Err(error),
            };
            self.sent.set(self.sent.get() + count as u64);
            match carrier {
                Carrier::Pipe(_, held) => *held -= count,
                Carrier::Memory(_, range) => range.start += count,
            }
            Ok(if carrier.held() == 0 { Sent::All } else { Sent::Part })
        });
        match next {
            Err(error) if splice::is_refused(&error) && matches!(carrier, Carrier::Pipe(..)) => {
                self.splices.set(false);
                let held = carrier.held();
                let memory = slot.take().map(Carrier::into_memory);
                carriers.pipe_is_gone();
                if memory.as_ref().map(Carrier::held) != Some(held) {
                    return Err(error);
                }
                *slot = memory;
                drop(slot);
                self.send(carriers, watch_writes)
            }
            next => next,
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
