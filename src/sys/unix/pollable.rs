//! A descriptor known to tokio's I/O driver.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

/// Readiness that was found; says when it is used up.
pub type Guard<'a> = AsyncFdReadyGuard<'a, OwnedFd>;

/// A registered descriptor, edge-triggered. Dropping it deregisters and closes.
#[derive(Debug)]
pub struct Pollable {
    fd: AsyncFd<OwnedFd>,
    watches_writes: bool,
}

impl Pollable {
    /// Registers with the runtime whose context is entered. epoll_ctl(2), kevent(2). Room for writes is watched only
    /// if asked for: a Unix socket has news of it whenever its peer reads, and each would wake the process.
    ///
    /// # Errors
    /// Those of the system call, with the descriptor handed back; `EPERM` for files.
    pub fn register(fd: OwnedFd, watches_writes: bool) -> Result<Pollable, (Option<OwnedFd>, io::Error)> {
        let mut interest = Interest::READABLE;
        #[cfg(target_os = "linux")]
        {
            interest |= Interest::PRIORITY;
        }
        if watches_writes {
            interest |= Interest::WRITABLE;
        }
        // SAFETY: the OwnedFd is moved in and kept until drop, always answers the same descriptor,
        // and owning it keeps that descriptor open.
        match unsafe { AsyncFd::register_with_interest(fd, interest) } {
            Ok(fd) => Ok(Pollable { fd, watches_writes }),
            Err(error) => {
                let (fd, error) = error.into_parts();
                Err((Some(fd), error))
            }
        }
    }

    /// Takes the descriptor out of the driver.
    pub fn deregister(self) -> OwnedFd {
        self.fd.into_inner()
    }

    /// Whether [`Self::poll_write`] can be used.
    pub fn watches_writes(&self) -> bool {
        self.watches_writes
    }

    /// Whether urgent data has come (tcp(7)), which cuts a read short: `EPOLLPRI` was reported at some time. No system call.
    pub fn had_urgent_data(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.fd.try_io(Interest::PRIORITY, |_| Ok(())).is_ok();
        #[cfg(not(target_os = "linux"))]
        true
    }

    /// Whether the driver has told of the peer's end, by FIN or RST. `cx` is woken when there is news. No system call.
    pub fn is_hung_up(&self, cx: &mut Context<'_>) -> bool {
        match self.poll_read(cx) {
            Poll::Pending => false,
            Poll::Ready(Ok(mut guard)) => {
                guard.retain_ready();
                guard.ready().is_read_closed()
            }
            Poll::Ready(Err(_)) => true,
        }
    }

    /// Whether a read is worth trying; pending means that `cx` is woken when it is.
    pub fn poll_read(&self, cx: &mut Context<'_>) -> Poll<io::Result<Guard<'_>>> {
        self.fd.poll_read_ready(cx)
    }

    /// The same for writing.
    pub fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Result<Guard<'_>>> {
        self.fd.poll_write_ready(cx)
    }
}

impl AsFd for Pollable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.get_ref().as_fd()
    }
}
