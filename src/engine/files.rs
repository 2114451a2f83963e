//! Files that JS sends.

use super::Engine;
use crate::net::descriptor::Descriptor;
use crate::net::file;
use crate::net::watched::Next;
use crate::sys::errno;
use crate::sys::kind::FdKind;
use crate::sys::{self};
use std::io;
use std::rc::Rc;

impl Engine {
    /// An entry for a second descriptor of an open file, which is closed with the entry.
    ///
    /// # Errors
    /// `EBADF`, those of dup(2); `EMFILE` when the table is full.
    pub fn open_file(&self, number: i32) -> io::Result<Rc<Descriptor>> {
        let fd = sys::fd::duplicate_number(number)?;
        let entry = self.insert().ok_or_else(|| io::Error::from_raw_os_error(errno::EMFILE))?;
        entry.watched.set_open(fd, FdKind::Other);
        Ok(entry)
    }

    /// See [`file::send`]. Fewer bytes than all: a write event will come.
    ///
    /// # Errors
    /// As there.
    pub fn send_file(
        &self,
        socket: &Descriptor,
        file: &Descriptor,
        offset: u64,
        count: usize,
    ) -> io::Result<Option<usize>> {
        let sent = file::send(socket, file, offset, count, || self.register(socket, true))?;
        let Some((taken, next)) = sent else { return Ok(None) };
        self.stats.wrote(taken);
        if taken < count {
            socket.wants.set_write_event(true);
            self.recount(socket);
            match next {
                Some(Next::Listed) => self.soon(),
                Some(Next::Reported) if !socket.watched.has_room() => {}
                // Enough for now, or cut short without need.
                Some(Next::Reported) | None => {
                    socket.watched.list_write();
                    self.soon();
                }
            }
        }
        Ok(Some(taken))
    }
}
