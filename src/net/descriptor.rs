//! One descriptor: open or not yet, registered with tokio or not yet, and what JS wants of it.

use crate::model::backoff::Backoff;
use crate::net::ready::{Event, READABLE, ReadyList, WRITABLE, waker};
use crate::sys::fd::FdKind;
use crate::sys::pollable::Pollable;
use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How often in a row readiness may turn out to be wrong. With the helper thread new readiness can
/// come between a failed call and its clearing, but hardly this often.
const MOST_FALSE_ALARMS: u32 = 100;

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

/// A descriptor by id. Lives on the JS thread; only its wakers travel.
#[derive(Debug)]
pub struct Descriptor {
    /// Its id.
    pub id: u32,
    /// What it is; decides which system calls move its bytes.
    pub kind: Cell<FdKind>,
    /// JS wants to read (or, on a listener, to accept).
    pub reading: Cell<bool>,
    /// A read event of ours is on the list: a second one would only find less.
    pub listed: Cell<bool>,
    /// Something is under way that must end: a connect, or bytes the kernel had no room for.
    pub waiting_write: Cell<bool>,
    /// The write event that is waited for ends a connect, which the engine started in this round.
    pub connecting: Cell<Option<u64>>,
    /// It has sent much at once before.
    pub bulk: Cell<bool>,
    /// Something was written since the engine last looked: an answer may be near.
    pub wrote: Cell<bool>,
    /// JS reads it in large pieces.
    pub streaming: Cell<bool>,
    /// When to wait for the next bytes of a large stream instead of asking for an event.
    pub waits: Cell<Backoff>,
    /// Whether reading keeps the process alive.
    pub refd: Cell<bool>,
    /// Whether it counts as alive in the engine, kept to find changes.
    pub counted: Cell<bool>,
    /// An error of bind(2) that Node reports only when listening or connecting (`EADDRINUSE`).
    pub delayed_error: Cell<i32>,
    /// The path to unlink when a listener closes.
    pub bound_path: RefCell<Option<std::path::PathBuf>>,
    state: RefCell<State>,
    list: Arc<ReadyList>,
    read_waker: OnceCell<Waker>,
    write_waker: OnceCell<Waker>,
}

/// What waiting for readiness came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Ready already: try at once or queue an event.
    Ready,
    /// An event will come.
    Armed,
}

impl Descriptor {
    /// An entry with nothing opened.
    pub fn new(id: u32, list: Arc<ReadyList>) -> Descriptor {
        Descriptor {
            id,
            kind: Cell::new(FdKind::Tcp),
            reading: Cell::new(false),
            listed: Cell::new(false),
            waiting_write: Cell::new(false),
            connecting: Cell::new(None),
            bulk: Cell::new(false),
            wrote: Cell::new(false),
            streaming: Cell::new(false),
            waits: Cell::default(),
            refd: Cell::new(true),
            counted: Cell::new(false),
            delayed_error: Cell::new(0),
            bound_path: RefCell::new(None),
            state: RefCell::new(State::Empty),
            list,
            read_waker: OnceCell::new(),
            write_waker: OnceCell::new(),
        }
    }

    /// Gives it an open descriptor.
    pub fn set_open(&self, fd: OwnedFd, kind: FdKind) {
        self.kind.set(kind);
        *self.state.borrow_mut() = State::Open(fd);
    }

    /// Whether something is open.
    pub fn is_open(&self) -> bool {
        !matches!(*self.state.borrow(), State::Empty)
    }

    /// The descriptor number, -1 when nothing is open.
    pub fn raw(&self) -> RawFd {
        self.with_fd(|fd| Ok(fd.as_raw_fd())).unwrap_or(-1)
    }

    /// Runs a system call on the descriptor.
    ///
    /// # Errors
    /// `EBADF` when nothing is open, else those of `call`.
    pub fn with_fd<T>(&self, call: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        match &*self.state.borrow() {
            State::Empty => Err(io::Error::from_raw_os_error(libc::EBADF)),
            State::Open(fd) => call(fd.as_fd()),
            State::Polled(pollable) => call(pollable.as_fd()),
        }
    }

    /// Whether it keeps the process alive: as libuv counts it, active reading while ref'd, or
    /// something under way.
    pub fn is_alive(&self) -> bool {
        (self.reading.get() && self.refd.get()) || self.waiting_write.get()
    }

    /// Registers with tokio for reading, and for writing if `writes`; the caller has entered the runtime's context.
    /// `Ready`: a read event is on the list, and somebody must look at it.
    ///
    /// # Errors
    /// Those of the registration; the descriptor stays open and usable.
    pub fn register(&self, writes: bool) -> io::Result<Wait> {
        let was_registered = self.is_registered();
        {
            let mut state = self.state.borrow_mut();
            let fd = match std::mem::replace(&mut *state, State::Empty) {
                State::Open(fd) => fd,
                State::Polled(pollable) if writes && !pollable.watches_writes() => pollable.deregister(),
                other => {
                    *state = other;
                    return Ok(Wait::Armed);
                }
            };
            match Pollable::register(fd, writes) {
                Ok(pollable) => *state = State::Polled(pollable),
                Err((fd, error)) => {
                    *state = State::Open(fd);
                    return Err(error);
                }
            }
        }
        // The new registration knows of nobody who waits; what is ready by now it reports once more.
        if was_registered && self.reading.get() { self.arm_read() } else { Ok(Wait::Armed) }
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

    /// Takes the descriptor out, for closing or for handing it over.
    pub fn take(&self) -> Option<OwnedFd> {
        match std::mem::replace(&mut *self.state.borrow_mut(), State::Empty) {
            State::Empty => None,
            State::Open(fd) => Some(fd),
            State::Polled(pollable) => Some(pollable.deregister()),
        }
    }

    /// Tries `call` while reading looks possible. `WouldBlock` means that an event is armed.
    /// `drained` tells from a result that nothing is left to read for now.
    ///
    /// # Errors
    /// Those of `call`.
    pub fn try_read<T>(
        &self,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<T>,
        drained: impl FnOnce(&T) -> bool,
    ) -> io::Result<T> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        };
        let mut context = Context::from_waker(self.read_waker());
        // Nothing to read although hung up, which no clearing changes: never connected.
        for _ in 0..MOST_FALSE_ALARMS {
            match pollable.poll_read(&mut context) {
                Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Ready(Ok(mut guard)) => match call(pollable.as_fd()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => guard.clear_ready(),
                    Ok(value) => {
                        // Edge-triggered: a short read has emptied the socket, and the next bytes
                        // make a new edge. A closed peer stays ready whatever is cleared here.
                        if drained(&value) {
                            guard.clear_ready();
                        }
                        return Ok(value);
                    }
                    error => return error,
                },
            }
        }
        Err(io::Error::from_raw_os_error(libc::ENOTCONN))
    }

    /// Asks for the next read event; one that is possible already goes on the ready list.
    ///
    /// # Errors
    /// `EBADF` when not registered; those of a driver that is shutting down.
    pub fn arm_read(&self) -> io::Result<Wait> {
        let wait = self.poll(self.read_waker(), true)?;
        if wait == Wait::Ready && !self.listed.replace(true) {
            self.list.push(Event { id: self.id, what: READABLE });
        }
        Ok(wait)
    }

    /// Calls `call` until it says that it is through (`Ready`), or until it was cut short and a write
    /// event is armed (`Armed`). A call that was cut short is not repeated before the event.
    ///
    /// # Errors
    /// Those of `call`.
    pub fn write_until_short(
        &self,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<bool>,
    ) -> io::Result<Wait> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        };
        let mut context = Context::from_waker(self.write_waker());
        let mut was_short = false;
        for _ in 0..MOST_FALSE_ALARMS {
            match pollable.poll_write(&mut context) {
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending if was_short => return Ok(Wait::Armed),
                // Armed already; but before its first turn tokio calls everything not ready.
                Poll::Pending => {
                    return call(pollable.as_fd()).map(|done| if done { Wait::Ready } else { Wait::Armed });
                }
                Poll::Ready(Ok(mut guard)) => {
                    if call(pollable.as_fd())? {
                        guard.retain_ready();
                        return Ok(Wait::Ready);
                    }
                    // The guard was taken before the call, so this clears no readiness that came after it.
                    guard.clear_ready();
                    was_short = true;
                }
            }
        }
        Err(io::Error::from_raw_os_error(libc::EPIPE))
    }

    /// Asks for a write event even if tokio believes that writing is possible now; for a connect
    /// that has just been started.
    ///
    /// # Errors
    /// As [`Self::arm_read`].
    pub fn arm_write(&self) -> io::Result<Wait> {
        self.poll(self.write_waker(), false)
    }

    fn poll(&self, waker: &Waker, read: bool) -> io::Result<Wait> {
        let state = self.state.borrow();
        let State::Polled(pollable) = &*state else {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        };
        let mut context = Context::from_waker(waker);
        let polled = if read { pollable.poll_read(&mut context) } else { pollable.poll_write(&mut context) };
        match polled {
            Poll::Pending => Ok(Wait::Armed),
            Poll::Ready(Ok(mut guard)) => {
                guard.retain_ready();
                Ok(Wait::Ready)
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
mod tests {
    use super::*;
    use crate::net::stream;
    use crate::sys::memory::{Source, Target};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use tokio::runtime::{Builder, Runtime};

    /// Our end, watched for reading only, and the other one.
    fn pair(runtime: &Runtime) -> (Descriptor, UnixStream, Arc<ReadyList>) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let list = Arc::new(ReadyList::default());
        let descriptor = Descriptor::new(1, list.clone());
        descriptor.set_open(ours.into(), FdKind::Unix);
        descriptor.reading.set(true);
        let _context = runtime.enter();
        descriptor.register(false).unwrap();
        assert_eq!(descriptor.arm_read().unwrap(), Wait::Armed);
        (descriptor, theirs, list)
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_io().build().unwrap()
    }

    /// What a turn of the driver finds.
    fn turn(runtime: &Runtime, list: &ReadyList) -> Vec<u32> {
        runtime.block_on(tokio::task::yield_now());
        let mut events = Vec::new();
        list.take(&mut events);
        events.iter().map(|event| event.what).collect()
    }

    #[test]
    fn a_peer_that_reads_is_no_event() {
        let runtime = runtime();
        let (ours, mut theirs, list) = pair(&runtime);
        assert_eq!(ours.arm_write().unwrap(), Wait::Armed);
        assert_eq!(stream::write(&ours, Source::from(&b"hello"[..]), || unreachable!("it fits")).unwrap(), 5);
        theirs.read_exact(&mut [0; 5]).unwrap();
        assert_eq!(turn(&runtime, &list), []);
        theirs.write_all(b"!").unwrap();
        assert_eq!(turn(&runtime, &list), [READABLE]);
    }

    #[test]
    fn room_after_a_short_write_is_an_event_and_reading_goes_on() {
        let runtime = runtime();
        let (ours, mut theirs, list) = pair(&runtime);
        let bytes = vec![1; 4 << 20];
        let watch = || {
            let _context = runtime.enter();
            ours.register(true).map(|wait| assert_eq!(wait, Wait::Armed))
        };
        let taken = stream::write(&ours, Source::from(&bytes[..]), watch).unwrap();
        assert!(taken < bytes.len() && ours.waiting_write.get());
        assert_eq!(turn(&runtime, &list), []);
        theirs.write_all(b"!").unwrap();
        assert_eq!(turn(&runtime, &list), [READABLE]);
        assert_eq!(stream::read(&ours, Target::from(&mut [0; 8][..]), || false).unwrap(), 1);
        theirs.read_exact(&mut vec![0; taken]).unwrap();
        assert_eq!(turn(&runtime, &list), [WRITABLE]);
    }
}
