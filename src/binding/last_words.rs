//! Reading what a broken connection has left.

use super::call::{Call, add_function};
use super::count;
use super::instance::Instance;
use super::scope::{Scope, Value};
use crate::sys::errno::{self, code_of};
use std::rc::Rc;

/// Adds it to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "readLeft", read_left);
}

/// `readLeft(id, buffer)`: reads what is there by now into a buffer; the byte count, 0 at the end of the stream.
fn read_left<'a>(call: &mut Call<'a>, [id, buffer]: [Value<'a>; 2]) -> i64 {
    match call.target(buffer) {
        Some(target) if !target.is_empty() => {
            count(call.on(id, |engine, socket| engine.read_left(socket, target)))
        }
        _ => code_of(errno::ENOBUFS).into(),
    }
}
