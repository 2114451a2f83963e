//! What JS asks of a descriptor by its id, as far as it takes more than one step. Each ends with the next event arranged for,
//! or with an error that ends the descriptor's use.

use super::Engine;
use crate::net::descriptor::Descriptor;
use crate::net::proxy::{self, Beginning};
use crate::net::watched::Next;
use crate::net::{listener, stream};
use crate::sys::memory::{Source, Target};
use crate::sys::os::OwnedFd;
use std::io;
use std::rc::Rc;

impl Engine {
    /// Makes an entry. `None` when the table is full.
    pub fn insert(&self) -> Option<Rc<Descriptor>> {
        let mut made = None;
        if self.table.borrow().is_empty() {
            self.deliver.keep(true);
        }
        self.table.borrow_mut().insert_with(|id| {
            let descriptor = Rc::new(Descriptor::new(id, self.list.clone()));
            made = Some(descriptor.clone());
            descriptor
        });
        made
    }

    /// The entry of `id`.
    pub fn get(&self, id: u32) -> Option<Rc<Descriptor>> {
        self.table.borrow().get(id).cloned()
    }

    /// Takes the entry of `id` out; its descriptor is no longer watched, and the caller's.
    pub fn detach(&self, id: u32) -> Option<OwnedFd> {
        let fd = self.release(id);
        if fd.is_some() {
            self.stats.handed_over.one();
        }
        fd
    }

    /// The same for one that was the caller's all along.
    pub fn release(&self, id: u32) -> Option<OwnedFd> {
        let descriptor = self.table.borrow_mut().remove(id)?;
        self.remove(&descriptor)
    }

    /// Takes the entry of `id` out and closes its descriptor; a listener's path is removed.
    pub fn close(&self, id: u32) {
        let removed = self.table.borrow_mut().remove(id);
        if let Some(descriptor) = removed {
            let fd = self.remove(&descriptor);
            descriptor.bound.unlink();
            drop(fd);
        }
    }

    fn remove(&self, descriptor: &Descriptor) -> Option<OwnedFd> {
        self.forget_flows(descriptor.id());
        descriptor.wants.set_nothing();
        self.recount(descriptor);
        self.keep_while_needed();
        descriptor.take()
    }

    /// Closes all descriptors, as the environment does.
    pub fn close_all(&self) {
        self.flows.clear();
        for descriptor in self.table.borrow_mut().drain() {
            drop(descriptor.take());
            descriptor.bound.unlink();
        }
    }

    /// Takes a pending connection of a listener: its entry.
    ///
    /// # Errors
    /// `WouldBlock`: an event will come.
    pub fn accept(&self, listening: &Descriptor) -> io::Result<Rc<Descriptor>> {
        let accepted =
            listener::accept(&listening.watched, &mut self.reserve.borrow_mut(), &self.stats.turned_away);
        if accepted.is_err() {
            self.soon_if_listed();
        }
        let fd = accepted?;
        // With a full table it is closed, as if there were no descriptor left.
        let socket = self.insert().ok_or(io::ErrorKind::WouldBlock);
        if socket.is_err() {
            listening.watched.list_read();
            self.soon_if_listed();
        }
        let socket = socket?;
        socket.watched.set_accepted(fd, &listening.watched);
        socket.habits.inherit(&listening.habits);
        self.stats.accepts.one();
        Ok(socket)
    }

    /// See [`stream::read`]. Reads nothing if JS does not want events.
    ///
    /// # Errors
    /// As there.
    pub fn read(&self, socket: &Descriptor, target: Target<'_>) -> io::Result<usize> {
        if !socket.wants.reading() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = stream::read(socket, target, || self.may_poll());
        self.soon_if_listed();
        if let Ok(bytes) = read {
            self.stats.read(bytes);
        }
        read
    }

    /// See [`proxy::take_header`].
    ///
    /// # Errors
    /// As there.
    pub fn take_proxy_header(
        &self,
        socket: &Descriptor,
        bytes: &mut Vec<u8>,
        is_last: bool,
    ) -> io::Result<Beginning> {
        let beginning = proxy::take_header(&socket.watched, bytes, is_last);
        self.soon_if_listed();
        beginning
    }

    /// See [`stream::read_left`].
    ///
    /// # Errors
    /// As there.
    pub fn read_left(&self, socket: &Descriptor, target: Target<'_>) -> io::Result<usize> {
        let bytes = stream::read_left(socket, target)?;
        self.stats.read(bytes);
        Ok(bytes)
    }

    /// See [`stream::write`]. Fewer bytes than all: a write event will come.
    ///
    /// # Errors
    /// As there.
    pub fn write(&self, socket: &Descriptor, source: Source<'_>) -> io::Result<usize> {
        let written = stream::write(socket, source, || self.register(socket, true));
        self.written(socket, written)
    }

    /// See [`stream::write_with`].
    ///
    /// # Errors
    /// As there.
    #[cfg(unix)]
    pub fn write_with(&self, socket: &Descriptor, source: Source<'_>, ticket: u32) -> io::Result<usize> {
        let written = stream::write_with(socket, source, ticket, || self.register(socket, true));
        self.written(socket, written)
    }

    fn written(&self, socket: &Descriptor, written: io::Result<(usize, Option<Next>)>) -> io::Result<usize> {
        self.recount(socket);
        let (taken, next) = written?;
        self.stats.wrote(taken);
        match next {
            Some(Next::Listed) => self.soon(),
            // The kernel tells when there is room again only if there was none.
            Some(Next::Reported) if socket.watched.has_room() => {
                socket.watched.list_write();
                self.soon();
            }
            Some(Next::Reported) | None => {}
        }
        Ok(taken)
    }

    /// See [`stream::write_vectored`].
    ///
    /// # Errors
    /// As there.
    pub fn write_vectored(&self, socket: &Descriptor, pieces: &[Source<'_>]) -> io::Result<usize> {
        let taken = stream::write_vectored(socket, pieces)?;
        self.stats.wrote(taken);
        Ok(taken)
    }

    /// Makes tokio watch the descriptor, and whether there is room for writes if `writes`.
    ///
    /// # Errors
    /// Those of the registration.
    pub fn register(&self, descriptor: &Descriptor, writes: bool) -> io::Result<()> {
        let watched = &descriptor.watched;
        if watched.watches_writes() || (watched.is_registered() && !writes) {
            return Ok(());
        }
        let runtime = self.driver.handle();
        let _entered = runtime.enter();
        let reading = descriptor.wants.reading() || self.flows.reads(descriptor.id());
        if watched.register(writes, reading)? == Next::Listed {
            self.soon();
        }
        Ok(())
    }

    /// Starts reading (or accepting): events come until [`Self::stop_reading`].
    ///
    /// # Errors
    /// Those of the registration.
    pub fn start_reading(&self, descriptor: &Descriptor) -> io::Result<()> {
        self.register(descriptor, false)?;
        descriptor.wants.set_reading(true);
        self.recount(descriptor);
        if descriptor.watched.arm_read()? == Next::Listed {
            self.soon();
        }
        Ok(())
    }

    /// No more read events.
    pub fn stop_reading(&self, descriptor: &Descriptor) {
        descriptor.wants.set_reading(false);
        self.recount(descriptor);
    }

    /// Whether reading keeps the process alive.
    pub fn set_referenced(&self, descriptor: &Descriptor, on: bool) {
        descriptor.wants.set_referenced(on);
        self.recount(descriptor);
        self.reference_flow(descriptor);
    }

    /// Keeps the number of entries that keep the loop alive; called after any change of what JS wants.
    pub(super) fn recount(&self, descriptor: &Descriptor) {
        let Some(alive) = descriptor.wants.newly_alive() else { return };
        let before = self.alive.get();
        let after = if alive { before + 1 } else { before - 1 };
        self.alive.set(after);
        if before == 0 || after == 0 {
            self.driver.set_ref(after > 0);
        }
    }

    /// An event is on the list: outside a row of turns it must be looked at in the loop's next round.
    pub(super) fn soon(&self) {
        if self.running.get() {
            return;
        }
        match &self.phases {
            Some(phases) => phases.before_poll.arm(),
            // Without libuv the driver is the threaded one, which always has a way to tell us.
            None => {
                self.list.notify();
            }
        }
    }

    fn soon_if_listed(&self) {
        if !self.running.get() && !self.list.is_empty() {
            self.soon();
        }
    }
}
