//! When the end of a connect may be reported: as core, in libuv's first poll after its start, and there
//! behind what was ready before. So a listener of core's in this process accepts before JS hears 'connect'.
//!
//! libuv begins to watch core's sockets in that poll, while tokio's epoll descriptor may stand far ahead
//! in the order of ready descriptors: one that was reported keeps its place, and so it may even be in the
//! batch that libuv is going through when the connect is started. Taking it out and adding it again moves
//! it to the end, but makes the kernel walk through all sockets. Something else is added instead, which is
//! always ready; the ends of connects wait until libuv reports it.

use super::Engine;
use super::uv::{Phase, Uv, Watch};
use crate::net::descriptor::Descriptor;
use crate::net::ready::Event;
use crate::net::stream;
use crate::net::watched::Next;
use crate::sys::kind::FdKind;
use crate::sys::os::{AsFd, BorrowedFd, OwnedFd};
use crate::sys::{self, epoll};
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;

/// See the module.
pub(super) struct Connects {
    before_poll: Phase,
    // Before its descriptor: libuv must let go of it first.
    last: Watch,
    _always_ready: OwnedFd,
    /// Polls that were begun with connects waiting for them.
    round: Cell<u64>,
    /// In which round the latest connect was started.
    latest: Cell<u64>,
    /// Connects of the rounds before this one may be reported.
    reported: Cell<u64>,
    /// What was found too early.
    held: RefCell<Vec<Event>>,
}

impl Connects {
    /// `on_before_poll` and `on_last` are to call the methods of these names. `None` where no descriptor
    /// is last in a known order.
    pub(super) fn new(uv: Uv, on_before_poll: Box<dyn Fn()>, on_last: Box<dyn Fn()>) -> Option<Connects> {
        let always_ready = epoll::always_ready().ok()?;
        let last = Watch::new(uv, sys::fd::number(always_ready.as_fd()), on_last)?;
        Some(Connects {
            before_poll: Phase::before_sleep(uv, on_before_poll),
            last,
            _always_ready: always_ready,
            round: Cell::new(1),
            latest: Cell::new(0),
            reported: Cell::new(1),
            held: RefCell::default(),
        })
    }

    /// A connect was started.
    pub(super) fn started(&self, descriptor: &Descriptor) {
        descriptor.wants.set_connect_round(self.round.get());
        self.latest.set(self.round.get());
        self.before_poll.arm();
    }

    /// Whether a connect was started that libuv's next poll must come before.
    pub(super) fn are_waiting(&self) -> bool {
        self.latest.get() >= self.reported.get()
    }

    /// libuv is about to poll.
    pub(super) fn on_before_poll(&self) {
        self.before_poll.disarm();
        self.round.set(self.round.get() + 1);
        self.last.arm();
    }

    /// libuv has polled, and has reported what was ready before.
    pub(super) fn on_last(&self) {
        self.last.disarm();
        self.reported.set(self.round.get());
    }

    /// Whether it is too early for this event, which then is kept.
    pub(super) fn hold(&self, descriptor: &Descriptor, event: Event) -> bool {
        let early = descriptor.wants.connect_round().is_some_and(|round| round >= self.reported.get());
        if early {
            self.held.borrow_mut().push(event);
        }
        early
    }

    /// Moves what was kept to the end of `into`.
    pub(super) fn take_held(&self, into: &mut Vec<Event>) {
        into.append(&mut self.held.borrow_mut());
    }
}

impl Engine {
    /// Starts to connect to an IP address; a write event tells the end, also of a connection that stands at once.
    ///
    /// # Errors
    /// One of bind(2) that was kept, those of socket(2), connect(2) and of the registration.
    pub fn connect_ip(&self, socket: &Descriptor, address: &SocketAddr) -> io::Result<()> {
        self.counted(|| {
            socket.bound.check()?;
            if !socket.watched.is_open() {
                socket.watched.set_open(sys::socket::tcp(address)?, FdKind::Tcp);
            }
            self.connect(socket, |fd| stream::connect(socket, fd, address))
        })
    }

    /// The same to a Unix path or abstract name.
    ///
    /// # Errors
    /// As [`Self::connect_ip`].
    pub fn connect_unix(&self, socket: &Descriptor, path: &[u8]) -> io::Result<()> {
        self.counted(|| {
            if !socket.watched.is_open() {
                socket.watched.set_open(sys::socket::unix()?, FdKind::Unix);
            }
            self.connect(socket, |fd| sys::socket::connect_unix(fd, path))
        })
    }

    /// What became of a connect: takes the socket's error.
    ///
    /// # Errors
    /// The one that it failed with.
    pub fn end_connect(&self, socket: &Descriptor) -> io::Result<()> {
        let end = socket.watched.with_fd(sys::socket::take_error);
        let count = if end.is_ok() { &self.stats.connected } else { &self.stats.connect_failures };
        count.one();
        end
    }

    fn counted(&self, begin: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.stats.connects.one();
        begin().inspect_err(|_| self.stats.connect_failures.one())
    }

    fn connect(
        &self,
        socket: &Descriptor,
        connect: impl FnOnce(BorrowedFd<'_>) -> io::Result<bool>,
    ) -> io::Result<()> {
        socket.watched.deregister();
        let started = socket.watched.with_fd(connect).and_then(|stands| self.connecting(socket, stands));
        // Also after an error: it may have been connected before.
        if socket.wants.reading() {
            self.start_reading(socket)?;
        }
        started
    }

    /// Reports the end of a connect that was started; `stands`: it has ended already.
    fn connecting(&self, descriptor: &Descriptor, stands: bool) -> io::Result<()> {
        // The listener in this process was ready first. Where another thread finds that out, only its epoll instance knows
        // the order, and must report this end too.
        let stands = stands && self.driver.finds_all();
        if !stands {
            self.register(descriptor, true)?;
        }
        descriptor.wants.set_write_event(true);
        if let Some(connects) = self.connects() {
            connects.started(descriptor);
        }
        self.recount(descriptor);
        if stands {
            descriptor.watched.list_write();
            self.soon();
        } else if descriptor.watched.arm_write()? == Next::Listed {
            self.soon();
        }
        Ok(())
    }

    /// `None` where ends are reported as they are found.
    pub(super) fn connects(&self) -> Option<&Connects> {
        self.phases.as_ref().and_then(|phases| phases.connects.as_ref())
    }

    pub(super) fn on_before_connects_polled(&self) {
        if let Some(connects) = self.connects() {
            connects.on_before_poll();
        }
    }

    pub(super) fn on_connects_due(&self) {
        if let Some(connects) = self.connects() {
            connects.on_last();
        }
        // Their ends were found by now, or will be reported.
        self.row();
    }

    /// Whether connects wait for libuv's next poll.
    pub(super) fn connects_wait(&self) -> bool {
        self.connects().is_some_and(Connects::are_waiting)
    }
}
