//! A level-triggered epoll instance.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// How many events one wait takes at most.
const EVENTS_PER_WAIT: usize = 1024;

/// What a descriptor is watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes to read, a connection to accept, or the end of the stream.
    Read,
    /// Room to write, or the end of a connect.
    Write,
    /// Both.
    Both,
}

impl Interest {
    fn bits(self) -> u32 {
        let bits = match self {
            Self::Read => libc::EPOLLIN,
            Self::Write => libc::EPOLLOUT,
            Self::Both => libc::EPOLLIN | libc::EPOLLOUT,
        };
        bits.cast_unsigned()
    }
}

/// What became possible on one descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// The number given to [`Poller::add`].
    pub token: usize,
    /// A read won't block (an error or a hang-up counts: the read tells which).
    pub readable: bool,
    /// A write won't block.
    pub writable: bool,
}

/// An epoll instance and the room for its events.
pub struct Poller {
    epoll: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Poller {
    /// `epoll_create1(2)`.
    ///
    /// # Errors
    /// When the system call fails.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the call above just returned this descriptor, nobody else owns it.
        let epoll = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self { epoll, events: vec![libc::epoll_event { events: 0, u64: 0 }; EVENTS_PER_WAIT] })
    }

    /// Watches a descriptor; closing it ends that.
    ///
    /// # Errors
    /// When `epoll_ctl(2)` fails.
    pub fn add(&self, source: &impl AsRawFd, token: usize, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, source, token, interest)
    }

    /// Changes what a descriptor is watched for.
    ///
    /// # Errors
    /// When `epoll_ctl(2)` fails.
    pub fn change(&self, source: &impl AsRawFd, token: usize, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, source, token, interest)
    }

    fn control(
        &self,
        operation: i32,
        source: &impl AsRawFd,
        token: usize,
        interest: Interest,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event { events: interest.bits(), u64: token as u64 };
        // SAFETY: both descriptors are open for the call, and the event outlives it.
        check(unsafe {
            libc::epoll_ctl(self.epoll.as_raw_fd(), operation, source.as_raw_fd(), &raw mut event)
        })?;
        Ok(())
    }

    /// Waits for events, without end when `block` is set and not at all otherwise, and appends them to `ready`.
    ///
    /// # Errors
    /// When `epoll_wait(2)` fails for another reason than a signal.
    pub fn wait(&mut self, block: bool, ready: &mut Vec<Readiness>) -> io::Result<()> {
        let timeout = if block { -1 } else { 0 };
        let room = i32::try_from(self.events.len()).unwrap_or(i32::MAX);
        // SAFETY: the pointer and the length describe a vector that lives across the call.
        let count =
            unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), self.events.as_mut_ptr(), room, timeout) };
        let count = match check(count) {
            Ok(count) => count.unsigned_abs() as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        ready.extend(self.events[..count].iter().map(|event| {
            let bits = event.events.cast_signed();
            Readiness {
                token: event.u64 as usize,
                readable: bits & (libc::EPOLLIN | libc::EPOLLERR | libc::EPOLLHUP) != 0,
                writable: bits & libc::EPOLLOUT != 0,
            }
        }));
        Ok(())
    }
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
