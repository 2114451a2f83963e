//! The calls that every read, write, accept and close makes. Numbers in, numbers out; negative results are `-errno`.

use super::call::{Call, add_function};
use super::gathered::Gathered;
use super::instance::Instance;
use super::scope::{Scope, Value};
use super::{count, parse, status};
use crate::engine::Engine;
use crate::net::stream;
use crate::sys::errno::{self, code_of};
use crate::sys::{self, memory::Source};
use std::rc::Rc;

/// Pieces that one sendmsg(2) may take: Linux's UIO_MAXIOV is 1024.
const MOST_PIECES: u32 = 1024;

/// Adds them to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "accept", accept);
    add_function(scope, object, instance, "close", close);
    add_function(scope, object, instance, "closedDue", closed_due);
    add_function(scope, object, instance, "completionsDone", completions_done);
    add_function(scope, object, instance, "completionsDue", completions_due);
    add_function(scope, object, instance, "connect", connect);
    add_function(scope, object, instance, "create", create);
    add_function(scope, object, instance, "fatal", fatal);
    add_function(scope, object, instance, "giveBack", give_back);
    add_function(scope, object, instance, "isHungUp", is_hung_up);
    add_function(scope, object, instance, "keepFreed", keep_freed);
    add_function(scope, object, instance, "mayWait", may_wait);
    add_function(scope, object, instance, "nextBatch", next_batch);
    add_function(scope, object, instance, "pageOffset", page_offset);
    add_function(scope, object, instance, "read", read);
    add_function(scope, object, instance, "readStart", read_start);
    add_function(scope, object, instance, "readStop", read_stop);
    add_function(scope, object, instance, "send", send);
    add_function(scope, object, instance, "sendArena", send_arena);
    add_function(scope, object, instance, "sendEntry", send_entry);
    add_function(scope, object, instance, "sendMany", send_many);
    add_function(scope, object, instance, "sendPending", send_pending);
    add_function(scope, object, instance, "sendRoom", send_room);
    add_function(scope, object, instance, "setArena", set_arena);
    add_function(scope, object, instance, "shutdown", shutdown);
    add_function(scope, object, instance, "takeError", take_error);
    #[cfg(target_arch = "x86_64")]
    if super::utf8::is_supported() {
        add_function(scope, object, instance, "encode", encode);
    }
}

/// `accept(listener)`: the new socket's id, or `-EAGAIN` when no connection is pending.
fn accept<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    let accepted = call.on(id, |engine, listening| engine.accept(listening));
    accepted.map_or_else(|error| sys::code(&error), |socket| socket.id() as i32)
}

/// `close(id)`: closes the descriptor, and unlinks a listener's path.
fn close<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    if let Some(engine) = call.instance.engine() {
        engine.close(call.small(id));
    }
    0
}

/// `create()`: the id of a socket or listener with nothing opened yet.
fn create<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    let made = call.instance.engine().and_then(|engine| engine.insert());
    made.map_or(code_of(errno::EMFILE), |socket| socket.id() as i32)
}

/// `connect(id, address, port)`: connect(2) to an IP address; a write event tells the end.
fn connect<'a>(call: &mut Call<'a>, [id, address, port]: [Value<'a>; 3]) -> i32 {
    let port = u16::try_from(call.small(port)).unwrap_or(0);
    let address = call.short_text(address);
    status(call.on(id, |engine, socket| engine.connect_ip(socket, &parse(&address, port)?)))
}

/// `takeError(id)`: what became of a connect, 0 or its error (`SO_ERROR`).
fn take_error<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    status(call.on(id, |engine, socket| engine.end_connect(socket)))
}

/// `sendRoom(id)`: how much memory the kernel is known to have for what is sent next.
fn send_room<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i64 {
    let room = call.on(id, |_, socket| socket.watched.with_fd(|fd| Ok(sys::sockopt::send_room(fd))));
    room.map_or(0, |room| room as i64)
}

/// `shutdown(id)`: sends FIN (shutdown(2)).
fn shutdown<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    status(call.on(id, |_, socket| stream::shutdown(socket)))
}

/// `encode(text, offset)`: writes the text as UTF-8 into the arena, where it needs three bytes for each unit and 16
/// more; the byte count. Only where the processor can do it faster than V8.
#[cfg(target_arch = "x86_64")]
fn encode<'a>(call: &mut Call<'a>, [text, offset]: [Value<'a>; 2]) -> i64 {
    let mut units = call.instance.units.borrow_mut();
    let mut gathered = call.instance.gathered.borrow_mut();
    let into = gathered.as_mut().and_then(|gathered| gathered.bytes_mut(call.size(offset)));
    let size = match into {
        Some(into) if call.utf16(text, &mut units) => super::utf8::encode(&units, into),
        _ => None,
    };
    size.map_or(code_of(errno::ENOBUFS).into(), |size| size as i64)
}

fn closed_due<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    if let Some(engine) = call.instance.engine() {
        engine.closed_due();
    }
    0
}

fn completions_done<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    if let Some(engine) = call.instance.engine() {
        engine.completions_done();
    }
    0
}

fn completions_due<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    if let Some(engine) = call.instance.engine() {
        engine.completions_due();
    }
    0
}

/// `fatal(error)`: an exception that a handler threw, reported as uncaught.
fn fatal<'a>(call: &mut Call<'a>, [error]: [Value<'a>; 1]) -> i32 {
    (**call).fatal(error);
    0
}

/// `isHungUp(id)`: 0 unless the latest events told of the peer's end, by FIN or RST.
fn is_hung_up<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    call.on(id, |_, socket| Ok(socket.watched.is_hung_up())).unwrap_or(true).into()
}

/// `keepFreed()`: see [`sys::memory::keep_freed`].
fn keep_freed<'a>(_: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    sys::memory::keep_freed();
    0
}

/// `mayWait()`: 1 when a large [`read`] that finds nothing would ask for its bytes for a while, if that has paid before; else 0.
fn may_wait<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    call.instance.engine().is_some_and(|engine| engine.may_poll()).into()
}

/// `nextBatch()`: how many more events there are, in the memory given to `start`; 0: the row of turns is over.
fn next_batch<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    call.instance.engine().map_or(0, |engine| engine.next_batch() as i32)
}

/// `read(id, buffer, offset, most)`: reads at most `most` bytes into a buffer from `offset` on; the byte
/// count, 0 at the end of the stream.
fn read<'a>(call: &mut Call<'a>, [id, buffer, offset, most]: [Value<'a>; 4]) -> i64 {
    call.instance.panic_point();
    let target = call.target(buffer).map(|target| target.part(call.size(offset), call.size(most)));
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        return code_of(errno::ENOBUFS).into();
    };
    count(call.on(id, |engine, socket| engine.read(socket, target)))
}

/// `pageOffset(buffer)`: where in its 4 KiB page the memory begins, for [`read`]s that the kernel can copy fast.
fn page_offset<'a>(call: &mut Call<'a>, [buffer]: [Value<'a>; 1]) -> i32 {
    (call.target(buffer).map_or(0, |target| target.address()) % 4096) as i32
}

/// `readStart(id)`: events come from now on.
fn read_start<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    status(call.on(id, |engine, socket| engine.start_reading(socket)))
}

/// `readStop(id)`: no more events.
fn read_stop<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    status(call.on(id, |engine, socket| {
        engine.stop_reading(socket);
        Ok(())
    }))
}

/// `send(id, buffer, start, end)`: hands that part of a buffer to the kernel; how many bytes it took.
/// Fewer than all: a write event will come.
fn send<'a>(call: &mut Call<'a>, [id, buffer, start, end]: [Value<'a>; 4]) -> i64 {
    let (start, end) = (call.size(start), call.size(end));
    match call.source(buffer) {
        Some(source) if start <= end && end <= source.len() => {
            write(call, id, source.first(end).after(start))
        }
        _ => code_of(errno::EINVAL).into(),
    }
}

/// `sendArena(id, offset, length)`: the same for a piece of the arena.
fn send_arena<'a>(call: &mut Call<'a>, [id, offset, length]: [Value<'a>; 3]) -> i64 {
    let gathered = call.instance.gathered.borrow();
    match gathered.as_ref().and_then(|gathered| gathered.source(call.size(offset), call.size(length))) {
        Some(source) => write(call, id, source),
        None => code_of(errno::EINVAL).into(),
    }
}

/// `sendEntry(at)`: sends what the entry in that place of the table of gathered writes names. How many bytes the kernel took, or
/// `-errno`; fewer than all: a write event will come.
fn send_entry<'a>(call: &mut Call<'a>, [at]: [Value<'a>; 1]) -> i32 {
    with_gathered(call, |gathered, engine| gathered.send_at(engine, call.size(at)))
        .flatten()
        .unwrap_or(code_of(errno::EBADF))
}

/// `sendPending(entries)`: the same for the first entries of the table, where the results are.
fn send_pending<'a>(call: &mut Call<'a>, [entries]: [Value<'a>; 1]) -> i32 {
    with_gathered(call, |gathered, engine| gathered.send(engine, call.size(entries)))
        .map_or(code_of(errno::EBADF), |()| 0)
}

/// `setArena(array)`: a larger arena, with the contents of the one before; 0, or a negative errno.
fn set_arena<'a>(call: &mut Call<'a>, [array]: [Value<'a>; 1]) -> i32 {
    if call.instance.set_arena(call, array) { 0 } else { code_of(errno::EINVAL) }
}

/// `giveBack(start, end)`: that part of the arena is not needed for now.
fn give_back<'a>(call: &mut Call<'a>, [start, end]: [Value<'a>; 2]) -> i32 {
    with_gathered(call, |gathered, _| gathered.give_back(call.size(start), call.size(end)))
        .map_or(code_of(errno::EBADF), |()| 0)
}

/// `None` when the environment has ended.
fn with_gathered<T>(call: &Call<'_>, run: impl FnOnce(&mut Gathered, &Engine) -> T) -> Option<T> {
    let engine = call.instance.engine()?;
    call.instance.gathered.borrow_mut().as_mut().map(|gathered| run(gathered, &engine))
}

/// `sendMany(id, buffers, first, offset)`: several buffers in one call, the first from `offset` on.
/// Fewer bytes than all: the caller sends the rest with `send`.
fn send_many<'a>(call: &mut Call<'a>, [id, array, first, offset]: [Value<'a>; 4]) -> i64 {
    let first = call.small(first);
    let buffers = call.elements(array, first, MOST_PIECES);
    let mut skip = call.size(offset);
    let mut pieces = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        let Some(source) = call.source(buffer) else { return code_of(errno::EINVAL).into() };
        pieces.push(source.after(std::mem::take(&mut skip)));
    }
    count(call.on(id, |engine, socket| engine.write_vectored(socket, &pieces)))
}

fn write<'a>(call: &Call<'a>, id: Value<'a>, bytes: Source<'_>) -> i64 {
    count(call.on(id, |engine, socket| engine.write(socket, bytes)))
}
