//! Small writes that JS has gathered: in memory of the instance, with a table that says whose they are. JS writes both; Rust
//! sends them, many sockets in one call, and also when the environment ends without JS having a say.

use super::call::{Call, add_function};
use super::count;
use super::instance::Instance;
use super::kept::Lent;
use super::scope::{Scope, Value};
use crate::sys::memory::give_back;
use std::rc::Rc;

/// The fields of an entry of the table, in lib/engine/gather.js too. The first entry is nobody's.
const ID: usize = 0;
const START: usize = 1;
const END: usize = 2;
const RESULT: usize = 4;
const FIELDS: usize = 5;
/// The id in an entry whose bytes were sent: JS may be terminated before it takes them out of the table, and then all that
/// is left in it is sent.
const NOBODY: i32 = 0;

/// Adds the calls to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "giveBack", give_back_part);
    add_function(scope, object, instance, "sendEntry", send_entry);
    add_function(scope, object, instance, "sendPending", send_pending);
}

/// `sendEntry(at)`: sends what the entry in that place of the table names. How many bytes the kernel took, or `-errno`; fewer
/// than all: a write event will come.
fn send_entry<'a>(call: &mut Call<'a>, [at]: [Value<'a>; 1]) -> i32 {
    let at = call.size(at);
    let arena = call.instance.arena.borrow();
    let mut table = call.instance.pending.borrow_mut();
    match (arena.as_ref(), table.as_mut()) {
        (Some(arena), Some(table)) => send_at(call.instance, arena, table, at).unwrap_or(-libc::EINVAL),
        _ => -libc::EBADF,
    }
}

/// `sendPending(entries)`: the same for the first entries of the table, where the results are.
fn send_pending<'a>(call: &mut Call<'a>, [entries]: [Value<'a>; 1]) -> i32 {
    send(call.instance, call.size(entries));
    0
}

/// `giveBack(start, end)`: that part of the arena is not needed for now.
fn give_back_part<'a>(call: &mut Call<'a>, [start, end]: [Value<'a>; 2]) -> i32 {
    let (start, end) = (call.size(start), call.size(end));
    let mut arena = call.instance.arena.borrow_mut();
    if let Some(part) =
        arena.as_mut().and_then(|arena| arena.bytes_mut(start)?.get_mut(..end.checked_sub(start)?))
    {
        give_back(part);
    }
    0
}

/// Sends all that is left.
pub(super) fn send_all(instance: &Instance) {
    let entries = instance.pending.borrow().as_ref().map_or(0, |table| table.len() / 4 / FIELDS);
    send(instance, entries);
}

fn send(instance: &Instance, entries: usize) {
    let arena = instance.arena.borrow();
    let mut table = instance.pending.borrow_mut();
    let (Some(arena), Some(table)) = (arena.as_ref(), table.as_mut()) else { return };
    for at in (1..entries).map(|entry| entry * FIELDS) {
        if let Some(sent) = send_at(instance, arena, table, at) {
            table.store(at + RESULT, sent);
        }
    }
}

fn send_at(instance: &Instance, arena: &Lent, table: &mut Lent, at: usize) -> Option<i32> {
    let (id, start, length) = read(table, at)?;
    table.store(at + ID, NOBODY);
    Some(send_one(instance, arena, id, start, length))
}

/// Whose bytes an entry names, and where they are; `None` if there are none.
fn read(table: &mut Lent, entry: usize) -> Option<(u32, usize, usize)> {
    let id = u32::try_from(table.load(entry + ID).filter(|&id| id != NOBODY)?).ok()?;
    let start = usize::try_from(table.load(entry + START)?).ok()?;
    let end = usize::try_from(table.load(entry + END)?).ok()?;
    (start < end).then_some((id, start, end - start))
}

fn send_one(instance: &Instance, arena: &Lent, id: u32, start: usize, length: usize) -> i32 {
    let found = instance.engine().and_then(|engine| Some((engine.get(id)?, engine)));
    match (found, arena.source(start, length)) {
        (Some((socket, engine)), Some(bytes)) => count(engine.write(&socket, bytes)) as i32,
        _ => -libc::EBADF,
    }
}
