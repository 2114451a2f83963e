//! A descriptor, and who is told when it can be read from or written to.

use super::ready::{Event, READABLE, ReadyList, WRITABLE, waker};
use crate::sys::claim::Claim;
use crate::sys::errno;
use crate::sys::fd;
use crate::sys::interposed;
use crate::sys::kind::FdKind;
use crate::sys::os::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use crate::sys::pollable::Pollable;
use crate::sys::socket;
use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How often in a row readiness may turn out to be wrong, or a write go on that makes progress. With the helper thread new
/// readiness can come between a failed call and its clearing. After that the loop's next round goes on.
const MOST_TRIES: u32 = 32;

/// Where a descriptor is in its life.
#[derive(Debug)]
enum State {
    /// Nothing opened yet: a socket that was neither bound nor connected.
    Empty,
    /// Open, unknown to tokio: nobody has waited for it yet.
    Open(OwnedFd),
    /// Registered with tokio's driver.
    Polled(Pollable),
}

/// See the module. Lives on the JS thread; only its wakers travel.
#[derive(Debug)]
pub struct Watched {
    id: u32,
    kind: Cell<FdKind>,
    /// A read that got less than it asked for has left nothing behind, unless urgent data came, or something along with it.
    reads_whole: Cell<bool>,
    // Before the descriptor: dropped first.
    claim: RefCell<Option<Claim>>,
    state: RefCell<State>,
    list: Arc<ReadyList>,
    /// A read event of ours is on the list: a second one would only find less.
    listed: Cell<bool>,
    read_waker: OnceCell<Waker>,
    write_waker: OnceCell<Waker>,
}

/// When the next event comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is on the list: outside a row of turns somebody must have the list looked at.
    Listed,
    /// When the kernel reports it.
    Reported,
}

/// How far a call came that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// All is with the kernel.
    All,
    /// It took a part, or nothing, as it had no more room.
    Part,
    /// It had no memory, which it will not report the end of.
    Starved,
}

impl Watched {
    pub(super) fn new(id: u32, list: Arc<ReadyList>) -> Watched {
        Watched {
            id,
            kind: Cell::new(FdKind::Tcp),
            reads_whole: Cell::new(false),
            claim: RefCell::new(None),
            state: RefCell::new(State::Empty),
            list,
            listed: Cell::new(false),
            read_waker: OnceCell::new(),
            write_waker: OnceCell::new(),
        }
    }

    /// Gives it a descriptor that the kernel has just given us.
    pub fn set_open(&self, fd: OwnedFd, kind: FdKind) {
        let claim = Claim::new(fd.as_raw_fd());
        let is_socket = matches!(kind, FdKind::Tcp | FdKind::Unix);
        self.set(fd, claim, kind, is_socket && !interposed::is_between());
    }

    /// The same for one of Multipath TCP, of which a read may leave something that another part of the connection brought.
    pub fn set_open_mptcp(&self, fd: OwnedFd) {
        let claim = Claim::new(fd.as_raw_fd());
        self.set(fd, claim, FdKind::Tcp, false);
    }

    /// The same for a connection that came in at `listener`.
    pub fn set_accepted(&self, fd: OwnedFd, listener: &Watched) {
        let claim = Claim::new(fd.as_raw_fd());
        self.set(fd, claim, listener.kind.get(), listener.reads_whole.get());
    }

    /// Takes over a descriptor number from somebody else.
    ///
    /// # Errors
    /// `EBUSY` when something is open already, `EEXIST` when we have this descriptor already, `EBADF` when there is none.
    pub fn adopt(&self, number: i32) -> io::Result<()> {
        if self.is_open() {
            return Err(io::Error::from_raw_os_error(errno::EBUSY));
        }
        let (fd, claim, kind) = fd::adopt(number)?;
        let reads_whole =
            kind == FdKind::Tcp && socket::is_plain_tcp(fd.as_fd()) && !interposed::is_between();
        self.set(fd, claim, kind, reads_whole);
        Ok(())
    }

    fn set(&self, fd: OwnedFd, claim: Claim, kind: FdKind, reads_whole: bool) {
        drop(self.take());
        self.kind.set(kind);
        self.reads_whole.set(reads_whole);
        self.claim.replace(Some(claim));
        *self.state.borrow_mut() = State::Open(fd);
    }

    /// Takes the descriptor out, for closing or for handing it over.
    pub fn take(&self) -> Option<OwnedFd> {
        *self.claim.borrow_mut() = None;
        match std::mem::replace(&mut *self.state.borrow_mut(), State::Empty) {
            State::Empty => None,
            State::Open(fd) => Some(fd),
            State::Polled(pollable) => Some(pollable.deregister()),
        }
    }

    /// What it is; decides which system calls move its bytes.
    pub fn kind(&self) -> FdKind {
        self.kind.get()
    }

    /// Whether something is open.
    pub fn is_open(&self) -> bool {
        !matches!(*self.state.borrow(), State::Empty)
    }

    /// The descriptor number, -1 when nothing is open, and where descriptors have none.
    pub fn number(&self) -> i32 {
        self.with_fd(|fd| Ok(fd::number(fd))).unwrap_or(-1)
    }

    /// Runs a system call on the descriptor.
    ///
    /// # Errors
    /// `EBADF` when nothing is open, else those of `call`.
    pub fn with_fd<T>(&self, call: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match &*self.state.borrow() {
            State::Empty => Err(io::Error::from_raw_os_error(errno::EBADF)),
            State::Open(fd) => call(fd.as_fd()),
            State::Polled(pollable) => call(pollable.as_fd()),
        }
    }

    /// Registers with tokio for reading, and for writing if `writes`; the caller has entered the runtime's context.
    /// `reading`: the next read event was asked for, which a new registration knows nothing of.
    ///
    /// # Errors
    /// Those of the registration; where the system gives the descriptor back, it stays open and usable.
    pub fn register(&self, writes: bool, reading: bool) -> io::Result<Next> {
        let was_registered = self.is_registered();
        {
            let mut state = self.state.borrow_mut();
            let fd = match std::mem::replace(&mut *state, State::Empty) {
                State::Open(fd) => fd,
                State::Polled(pollable) if writes && !pollable.watches_writes() => pollable.deregister(),
                other => {
                    *state = other;
                    return Ok(Next::Reported);
                }
            };
            match Pollable::register(fd, writes) {
                Ok(pollable) => *state = State::Polled(pollable),
                Err((fd, error)) => {
                    if let Some(fd) = fd {
                        *state = State::Open(fd);
                    }
                    return Err(error);
                }
            }
        }
        // What is ready by now the new registration reports once more.
        if was_registered && reading { self.arm_read() } else { Ok(Next::Reported) }
    }

    /// Makes tokio forget it. An unconnected socket that was registered has been reported as hung up,
    /// which tokio takes as final; connecting must start from a clean state.
    pub fn deregister(&self) {
        let mut state = self.state.borrow_mut();
        match std::mem::replace(&mut *state, State::Empty) {
            State::Polled(pollable) => *state = State::Open(pollable.deregister()),
            other => *state = other,
        }
    }

    /// Whether tokio knows it.
    pub fn is_registered(&self) -> bool {
        matches!(*self.state.borrow(), State::Polled(_))
    }

    /// Whether tokio tells when there is room for writes.
    pub fn watches_writes(&self) -> bool {
        matches!(&*self.state.borrow(), State::Polled(pollable) if pollable.watches_writes())
    }

    /// Tries `call` while reading looks possible. `WouldBlock` means that an event will come.
    /// `is_short` tells from a result that it is less than was asked for, for no reason that it shows.
    ///
    /// # Errors
    /// Those of `call`, after which the same call is worth a try at any time.
    pub fn try_read<T>(
        &self,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<T>,
        is_short: impl FnOnce(&T) -> bool,
    ) -> io::Result<T> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(errno::EBADF));
        };
        let mut context = Context::from_waker(self.read_waker());
        for _ in 0..MOST_TRIES {
            match pollable.poll_read(&mut context) {
                Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Ready(Ok(mut guard)) => match call(pollable.as_fd()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if !interposed::is_between() || !fd::is_readable(pollable.as_fd()) {
                            guard.clear_ready();
                        }
                    }
                    Ok(value) => {
                        // Edge-triggered: what comes after the descriptor was emptied makes a new edge. A closed peer
                        // stays ready whatever is cleared here.
                        if is_short(&value) && self.is_drained(pollable) {
                            guard.clear_ready();
                        }
                        return Ok(value);
                    }
                    error => return error,
                },
            }
        }
        // Nothing to read although hung up, which no clearing changes: never connected. If the kernel says so.
        if !interposed::is_between()
            && socket::peer_address(pollable.as_fd()).is_err()
            && self.kind.get() != FdKind::Fifo
        {
            return Err(io::Error::from_raw_os_error(errno::ENOTCONN));
        }
        self.list_read();
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Whether a short read has left nothing. Those of sockets that we have made always have, unless urgent data cut them, so
    /// nobody need be asked. On others there may be options that cut reads (`SO_PASSCRED`), and pipes have packets (pipe(2)).
    fn is_drained(&self, pollable: &Pollable) -> bool {
        if self.reads_whole.get() && !pollable.had_urgent_data() {
            return true;
        }
        !fd::is_readable(pollable.as_fd())
    }

    /// Whether urgent data may have come, at some time. No system call.
    pub fn may_have_urgent_data(&self) -> bool {
        matches!(&*self.state.borrow(), State::Polled(pollable) if pollable.had_urgent_data())
    }

    /// Whether the driver has told of the peer's end, by FIN or RST, or may not have been asked. No system call.
    pub fn is_hung_up(&self) -> bool {
        let State::Polled(pollable) = &*self.state.borrow() else { return true };
        let mut context = Context::from_waker(self.read_waker());
        pollable.is_hung_up(&mut context)
    }

    /// Asks for the next read event.
    ///
    /// # Errors
    /// `EBADF` when not registered; those of a driver that is shutting down.
    pub fn arm_read(&self) -> io::Result<Next> {
        let next = self.poll(self.read_waker(), true)?;
        if next == Next::Listed {
            self.list_read();
        }
        Ok(next)
    }

    /// Puts a read event on the list.
    pub fn list_read(&self) {
        if !self.listed.replace(true) {
            self.list.push(Event { id: self.id, what: READABLE });
        }
    }

    /// A read event was taken from the list.
    pub fn read_event_taken(&self) {
        self.listed.set(false);
    }

    /// Puts a write event on the list.
    pub fn list_write(&self) {
        self.list.push(Event { id: self.id, what: WRITABLE });
    }

    /// Whether more could be sent right now.
    pub fn has_room(&self) -> bool {
        self.with_fd(|fd| Ok(fd::is_writable(fd))).unwrap_or(false)
    }

    /// Calls `call` until all is sent (`None`), or until a write event is sure to come. A call that was cut short is not
    /// repeated before the event.
    ///
    /// # Errors
    /// Those of `call`.
    pub fn write_until_short(
        &self,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Sent>,
    ) -> io::Result<Option<Next>> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(errno::EBADF));
        };
        let mut context = Context::from_waker(self.write_waker());
        let mut was_short = false;
        for _ in 0..MOST_TRIES {
            let (sent, guard) = match pollable.poll_write(&mut context) {
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending if was_short => return Ok(Some(Next::Reported)),
                // Armed already; but before its first turn tokio calls everything not ready.
                Poll::Pending => (call(pollable.as_fd())?, None),
                Poll::Ready(Ok(guard)) => (call(pollable.as_fd())?, Some(guard)),
            };
            match (sent, guard) {
                (Sent::All, _) => return Ok(None),
                (Sent::Starved, _) => break,
                (Sent::Part, None) => return Ok(Some(Next::Reported)),
                // The guard was taken before the call, so this clears no readiness that came after it.
                (Sent::Part, Some(mut guard)) => guard.clear_ready(),
            }
            was_short = true;
        }
        self.list_write();
        Ok(Some(Next::Listed))
    }

    /// Asks for a write event even if tokio believes that writing is possible now; for a connect
    /// that has just been started.
    ///
    /// # Errors
    /// As [`Self::arm_read`].
    pub fn arm_write(&self) -> io::Result<Next> {
        let next = self.poll(self.write_waker(), false)?;
        if next == Next::Listed {
            self.list_write();
        }
        Ok(next)
    }

    fn poll(&self, waker: &Waker, read: bool) -> io::Result<Next> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(errno::EBADF));
        };
        let mut context = Context::from_waker(waker);
        let polled = if read { pollable.poll_read(&mut context) } else { pollable.poll_write(&mut context) };
        match polled {
            Poll::Pending => Ok(Next::Reported),
            Poll::Ready(Ok(mut guard)) => {
                guard.retain_ready();
                Ok(Next::Listed)
            }
            Poll::Ready(Err(error)) => Err(error),
        }
    }

    fn read_waker(&self) -> &Waker {
        self.read_waker.get_or_init(|| waker(&self.list, Event { id: self.id, what: READABLE }))
    }

    fn write_waker(&self) -> &Waker {
        self.write_waker.get_or_init(|| waker(&self.list, Event { id: self.id, what: WRITABLE }))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
