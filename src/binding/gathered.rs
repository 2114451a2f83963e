//! Small writes that JS has gathered: in memory of theirs, with a table that says whose they are. JS writes both; Rust sends
//! them, many sockets in one call, and also when the environment ends without JS having a say.

use super::count;
use super::kept::Lent;
use crate::engine::Engine;
use crate::sys::errno::{self, code_of};
use crate::sys::memory::{Source, give_back};

/// The fields of an entry of the table, in lib/engine/gather.js too. The first entry is nobody's.
const ID: usize = 0;
const START: usize = 1;
const END: usize = 2;
const RESULT: usize = 4;
const FIELDS: usize = 5;
/// The id in an entry whose bytes were sent: JS may be terminated before it takes them out of the table, and then all that
/// is left in it is sent.
const NOBODY: i32 = 0;

/// See the module.
pub(super) struct Gathered {
    arena: Lent,
    table: Lent,
}

impl Gathered {
    /// Over the memory that JS writes to.
    pub(super) fn new(arena: Lent, table: Lent) -> Gathered {
        Gathered { arena, table }
    }

    /// Takes another arena, with the same contents.
    pub(super) fn set_arena(&mut self, arena: Lent) {
        self.arena = arena;
    }

    /// A part of the arena, to send; `None` if it is not within it.
    pub(super) fn source(&self, start: usize, length: usize) -> Option<Source<'_>> {
        self.arena.source(start, length)
    }

    /// The arena from `start` on.
    pub(super) fn bytes_mut(&mut self, start: usize) -> Option<&mut [u8]> {
        self.arena.bytes_mut(start)
    }

    /// Sends what the entry in that place of the table names: how many bytes the kernel took, or `-errno`. Fewer than all: a
    /// write event will come. `None`: it names nothing.
    pub(super) fn send_at(&mut self, engine: &Engine, at: usize) -> Option<i32> {
        let (id, start, length) = self.read(at)?;
        self.table.store(at + ID, NOBODY);
        Some(match (engine.get(id), self.arena.source(start, length)) {
            (Some(socket), Some(bytes)) => {
                let written = engine.write(&socket, bytes);
                engine.stats.flushed(*written.as_ref().unwrap_or(&0));
                count(written) as i32
            }
            _ => code_of(errno::EBADF),
        })
    }

    /// The same for the first entries of the table, where the results are.
    pub(super) fn send(&mut self, engine: &Engine, entries: usize) {
        for at in (1..entries).map(|entry| entry * FIELDS) {
            if let Some(sent) = self.send_at(engine, at) {
                self.table.store(at + RESULT, sent);
            }
        }
    }

    /// Sends all that is left.
    pub(super) fn send_all(&mut self, engine: &Engine) {
        self.send(engine, self.table.len() / 4 / FIELDS);
    }

    /// That part of the arena is not needed for now.
    pub(super) fn give_back(&mut self, start: usize, end: usize) {
        let part = end.checked_sub(start).and_then(|length| self.bytes_mut(start)?.get_mut(..length));
        if let Some(part) = part {
            give_back(part);
        }
    }

    /// Whose bytes an entry names, and where they are; `None` if there are none.
    fn read(&mut self, at: usize) -> Option<(u32, usize, usize)> {
        let id = u32::try_from(self.table.load(at + ID).filter(|&id| id != NOBODY)?).ok()?;
        let start = usize::try_from(self.table.load(at + START)?).ok()?;
        let end = usize::try_from(self.table.load(at + END)?).ok()?;
        (start < end).then_some((id, start, end - start))
    }
}
