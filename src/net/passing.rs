//! Descriptors on their way through a Unix socket: copies that wait to be sent, and what has come and JS has not taken yet. They
//! are ours, so that closing the socket, or the end of the environment, closes them.

use crate::sys::local::{self, Received};
use crate::sys::memory::{Source, Target};
use crate::sys::os::{BorrowedFd, OwnedFd};
use crate::sys::{self, errno};
use std::cell::{Cell, OnceCell, RefCell};
use std::io;

/// See the module. Few sockets have any.
#[derive(Debug, Default)]
pub struct Passing(OnceCell<Box<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// JS wants what comes.
    is_wanted: Cell<bool>,
    arrived: RefCell<Vec<OwnedFd>>,
    /// Why some that came were lost, if any were.
    lost: Cell<Option<i32>>,
    /// By ticket: what is to leave.
    waiting: RefCell<Vec<(u32, Vec<OwnedFd>)>>,
    tickets: Cell<u32>,
}

impl Passing {
    fn held(&self) -> &Held {
        self.0.get_or_init(Box::default)
    }

    /// From now on what comes along with bytes is kept for JS. Before it is closed by the kernel.
    pub fn want(&self) {
        self.held().is_wanted.set(true);
    }

    /// Reads, and keeps what came along if JS wants it: the count of bytes, and whether something ended the read early.
    pub(super) fn receive(&self, fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<(usize, bool)> {
        match self.0.get().filter(|held| held.is_wanted.get()) {
            None => sys::socket::recv_alone(fd, into),
            Some(held) => held.receive(fd, into),
        }
    }

    /// What came with the bytes that were read last.
    ///
    /// # Errors
    /// Some were lost; then all were closed. `EMFILE` and the like where no descriptor can be had, else `EMSGSIZE`.
    pub fn take_arrived(&self) -> io::Result<Vec<OwnedFd>> {
        let Some(held) = self.0.get() else { return Ok(Vec::new()) };
        let arrived = held.arrived.take();
        match held.lost.take() {
            Some(number) => Err(io::Error::from_raw_os_error(number)),
            None => Ok(arrived),
        }
    }

    /// Keeps copies of what these numbers stand for until they can be sent: a ticket for them.
    ///
    /// # Errors
    /// `EBADF`, `EMFILE`: of one of them there is no copy, and none is kept of the others.
    pub fn hold(&self, numbers: &[i32]) -> io::Result<u32> {
        let copies: Vec<_> =
            numbers.iter().map(|&number| local::duplicate_number(number)).collect::<io::Result<_>>()?;
        let held = self.held();
        let ticket = held.tickets.get().wrapping_add(1) & (i32::MAX as u32);
        held.tickets.set(ticket);
        held.waiting.borrow_mut().push((ticket, copies));
        Ok(ticket)
    }

    /// Takes out what is kept under a ticket; nothing if that was sent, or let go.
    pub fn take(&self, ticket: u32) -> Option<Vec<OwnedFd>> {
        let mut waiting = self.0.get()?.waiting.borrow_mut();
        let place = waiting.iter().position(|(one, _)| *one == ticket)?;
        Some(waiting.remove(place).1)
    }

    /// Keeps them again under their ticket.
    pub(super) fn put_back(&self, ticket: u32, copies: Vec<OwnedFd>) {
        self.held().waiting.borrow_mut().push((ticket, copies));
    }
}

impl Held {
    fn receive(&self, fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<(usize, bool)> {
        let mut arrived = Vec::new();
        let Received { count, is_cut, is_truncated } = local::recv_with(fd, into, &mut arrived)?;
        if is_truncated {
            // Those that fitted are closed after the look for the reason, which their numbers may be.
            self.lost.set(Some(reason_of_loss(fd)));
            arrived.clear();
            self.arrived.borrow_mut().clear();
        }
        self.arrived.borrow_mut().append(&mut arrived);
        Ok((count, is_cut))
    }
}

/// The kernel says only that it could not hand over all: mostly as there was no number left.
fn reason_of_loss(fd: BorrowedFd<'_>) -> i32 {
    match sys::fd::duplicate(fd) {
        Err(error) => error.raw_os_error().unwrap_or(errno::EMSGSIZE),
        Ok(_) => errno::EMSGSIZE,
    }
}

/// Sends bytes, and along with the first of them what is in `along`, which then is gone.
pub(super) fn send_along(
    fd: BorrowedFd<'_>,
    bytes: Source<'_>,
    along: &mut Option<Vec<OwnedFd>>,
) -> io::Result<usize> {
    let Some(descriptors) = along.as_deref() else { return sys::socket::send(fd, bytes) };
    let count = local::send_with(fd, bytes, descriptors)?;
    if count > 0 {
        *along = None;
    }
    Ok(count)
}
