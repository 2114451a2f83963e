//! A socket known to tokio's I/O driver, by AFD: what Winsock's own select() is made of.
//!
//! tokio offers no `AsyncFd` here, but a `TcpStream` can be made of any socket, and its readiness asked for without reading or
//! writing. An event comes once, and again after a call that would have blocked: mio asks AFD anew then, which answers at
//! once if there is something by now. So nothing is lost between a call and the clearing of readiness.

use super::os::{BorrowedFd, OwnedFd};
use std::future::Future;
use std::io;
use std::os::windows::io::AsSocket;
use std::pin::pin;
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// A registered socket: one that listens too. Dropping it deregisters and closes.
#[derive(Debug)]
pub struct Pollable {
    stream: TcpStream,
}

/// Readiness that was found; says when it is used up.
#[derive(Debug)]
pub struct Guard<'a> {
    stream: &'a TcpStream,
    interest: Interest,
}

impl Guard<'_> {
    /// The call would have blocked, or has left nothing: the next event is asked for.
    pub fn clear_ready(&mut self) {
        let _cleared: io::Result<()> =
            self.stream.try_io(self.interest, || Err(io::ErrorKind::WouldBlock.into()));
    }

    /// It is still there.
    pub fn retain_ready(&mut self) {}
}

impl Pollable {
    /// Registers with the runtime whose context is entered. Room for writes is always watched: it is told of once.
    ///
    /// # Errors
    /// Those of the registration; the socket is closed then.
    pub fn register(fd: OwnedFd, _watches_writes: bool) -> Result<Pollable, (Option<OwnedFd>, io::Error)> {
        match TcpStream::from_std(fd.into()) {
            Ok(stream) => Ok(Pollable { stream }),
            Err(error) => Err((None, error)),
        }
    }

    /// Takes the socket out of the driver.
    pub fn deregister(self) -> OwnedFd {
        self.stream.into_std().expect("the driver only marks it as gone").into()
    }

    /// Whether [`Self::poll_write`] can be used.
    pub fn watches_writes(&self) -> bool {
        true
    }

    /// Whether urgent data may have cut a read short. It need not be known: clearing asks AFD again (see the module).
    pub fn had_urgent_data(&self) -> bool {
        false
    }

    /// Whether the driver has told of the peer's end, by FIN or RST.
    pub fn is_hung_up(&self, cx: &mut Context<'_>) -> bool {
        match pin!(self.stream.ready(Interest::READABLE)).poll(cx) {
            Poll::Pending => false,
            Poll::Ready(Ok(ready)) => ready.is_read_closed(),
            Poll::Ready(Err(_)) => true,
        }
    }

    /// Whether a read is worth trying; pending means that `cx` is woken when it is.
    pub fn poll_read(&self, cx: &mut Context<'_>) -> Poll<io::Result<Guard<'_>>> {
        let guard = Guard { stream: &self.stream, interest: Interest::READABLE };
        self.stream.poll_read_ready(cx).map_ok(|()| guard)
    }

    /// The same for writing.
    pub fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Result<Guard<'_>>> {
        let guard = Guard { stream: &self.stream, interest: Interest::WRITABLE };
        self.stream.poll_write_ready(cx).map_ok(|()| guard)
    }
}

impl AsSocket for Pollable {
    fn as_socket(&self) -> BorrowedFd<'_> {
        self.stream.as_socket()
    }
}
