//! Files that are sent.

use super::call::{Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use crate::sys;
use std::rc::Rc;

/// libuv's number for the end of a stream or file, on all systems.
const UV_EOF: i64 = -4095;

/// Adds the calls to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "fileOpen", file_open);
    add_function(scope, object, instance, "fileSend", file_send);
}

/// `fileOpen(fd)`: the id of an entry with a second descriptor for the same open file, which `close(id)` closes; or `-errno`.
fn file_open<'a>(call: &mut Call<'a>, [fd]: [Value<'a>; 1]) -> i32 {
    let fd = call.signed(fd);
    let Some(engine) = call.instance.engine() else { return sys::errno::code_of(sys::errno::EBADF) };
    engine.open_file(fd).map_or_else(|error| sys::code(&error), |entry| entry.id() as i32)
}

/// `fileSend(id, file, offset, count)`: how many of so many bytes of a file the kernel took for the socket, or `-errno`; that
/// of EOF where the file has none from `offset` on. Fewer than all: a write event will come.
fn file_send<'a>(call: &mut Call<'a>, [id, file, offset, count]: [Value<'a>; 4]) -> i64 {
    let (offset, count) = (call.size(offset) as u64, call.size(count));
    let sent =
        call.on(id, |engine, socket| call.on(file, |_, file| engine.send_file(socket, file, offset, count)));
    match sent {
        Ok(Some(taken)) => taken as i64,
        Ok(None) => UV_EOF,
        Err(error) => sys::code(&error).into(),
    }
}
