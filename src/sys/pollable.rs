//! A descriptor known to tokio's I/O driver.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

/// A registered descriptor, edge-triggered. Dropping it deregisters and closes.
#[derive(Debug)]
pub struct Pollable(AsyncFd<OwnedFd>);

impl Pollable {
    /// Registers with the runtime whose context is entered. epoll_ctl(2), kevent(2).
    ///
    /// # Errors
    /// Those of the system call, with the descriptor handed back; `EPERM` for files.
    pub fn register(fd: OwnedFd) -> Result<Pollable, (OwnedFd, io::Error)> {
        // SAFETY: the OwnedFd is moved in and kept until drop, always answers the same descriptor,
        // and owning it keeps that descriptor open.
        match unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE | Interest::WRITABLE) } {
            Ok(registered) => Ok(Pollable(registered)),
            Err(error) => Err(error.into_parts()),
        }
    }

    /// Takes the descriptor out of the driver.
    pub fn deregister(self) -> OwnedFd {
        self.0.into_inner()
    }

    /// Whether a read is worth trying; pending means that `cx` is woken when it is.
    pub fn poll_read(&self, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'_, OwnedFd>>> {
        self.0.poll_read_ready(cx)
    }

    /// The same for writing.
    pub fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'_, OwnedFd>>> {
        self.0.poll_write_ready(cx)
    }
}

impl AsFd for Pollable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}
