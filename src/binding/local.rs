//! What only Unix sockets have, by id: the peer's credentials, descriptors that go along with bytes, careful binding. Those that
//! answer with a number give 0 or `-errno` unless it says otherwise.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use super::{count, status};
use crate::net::named::{self, PathOptions};
use crate::sys::errno::{self, code_of};
use crate::sys::local::{Credentials, MOST_DESCRIPTORS};
use crate::sys::os::OwnedFd;
use crate::sys::{self, kind::FdKind};
use std::io;
use std::rc::Rc;

/// Adds them to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "bindPathAs", bind_path_as);
    add_function(scope, object, instance, "holdDescriptors", hold_descriptors);
    add_function(scope, object, instance, "isUnixSocket", is_unix_socket);
    add_function(scope, object, instance, "letGoDescriptors", let_go_descriptors);
    add_function(scope, object, instance, "peerCredentials", peer_credentials);
    add_function(scope, object, instance, "sendDescriptors", send_descriptors);
    add_function(scope, object, instance, "takeDescriptors", take_descriptors);
    add_function(scope, object, instance, "wantDescriptors", want_descriptors);
}

/// `bindPathAs(id, path, mode, unlinks, replacesStale)`: bind(2) to a path that gets this mode (-1: as bind(2) makes it) and that
/// closing removes if `unlinks`. What a dead listener has left there can be replaced.
fn bind_path_as<'a>(call: &mut Call<'a>, [id, path, mode, unlinks, replaces_stale]: [Value<'a>; 5]) -> i32 {
    let path = call.copy_of(path);
    let options = PathOptions {
        mode: u32::try_from(call.signed(mode)).ok(),
        unlinks: call.is_true(unlinks),
        replaces_stale: call.is_true(replaces_stale),
    };
    status(call.on(id, |_, listener| named::bind(listener, &path, options)))
}

/// `holdDescriptors(id, numbers)`: keeps copies of these until they are sent: a ticket, or an error.
fn hold_descriptors<'a>(call: &mut Call<'a>, [id, numbers]: [Value<'a>; 2]) -> i32 {
    let values = call.elements(numbers, 0, MOST_DESCRIPTORS as u32);
    let numbers: Vec<i32> = values.into_iter().map(|value| call.signed(value)).collect();
    let ticket = call.on(id, |_, socket| socket.passing.hold(&numbers));
    ticket.map_or_else(|error| sys::code(&error), |ticket| ticket as i32)
}

/// `isUnixSocket(id)`: whether it is one, and open.
fn is_unix_socket<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> bool {
    call.on(id, |_, socket| Ok(socket.watched.is_open() && socket.watched.kind() == FdKind::Unix))
        .unwrap_or(false)
}

/// `letGoDescriptors(id, ticket)`: closes the copies that were kept, if they still are.
fn let_go_descriptors<'a>(call: &mut Call<'a>, [id, ticket]: [Value<'a>; 2]) -> i32 {
    let ticket = call.small(ticket);
    status(call.on(id, |_, socket| {
        drop(socket.passing.take(ticket));
        Ok(())
    }))
}

/// `peerCredentials(id)`: `{ pid, uid, gid }`, without a pid where that is not known; a number is an error.
fn peer_credentials<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> Peer {
    Peer(call.on(id, |_, socket| socket.watched.with_fd(sys::local::peer_credentials)))
}

/// `sendDescriptors(id, ticket, buffer, start, end)`: as `send`, with what is kept along with the first byte.
fn send_descriptors<'a>(call: &mut Call<'a>, [id, ticket, buffer, start, end]: [Value<'a>; 5]) -> i64 {
    let (ticket, start, end) = (call.small(ticket), call.size(start), call.size(end));
    match call.source(buffer) {
        Some(source) if start <= end && end <= source.len() => {
            let bytes = source.first(end).after(start);
            count(call.on(id, |engine, socket| engine.write_with(socket, bytes, ticket)))
        }
        _ => code_of(errno::EINVAL).into(),
    }
}

/// `takeDescriptors(id)`: what came along with the last read, an array of numbers that the caller owns; 0: nothing did. A number
/// below that is an error: some were lost, and all are closed.
fn take_descriptors<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> Arrived {
    Arrived(call.on(id, |_, socket| socket.passing.take_arrived()))
}

/// `wantDescriptors(id)`: what comes along with bytes is kept from now on, for `takeDescriptors`.
fn want_descriptors<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    status(call.on(id, |_, socket| {
        socket.passing.want();
        Ok(())
    }))
}

struct Peer(io::Result<Credentials>);

impl Answer for Peer {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        let Credentials { pid, uid, gid } = match self.0 {
            Ok(credentials) => credentials,
            Err(error) => return scope.int(sys::code(&error)),
        };
        let ids = [(c"uid", scope.number(uid.into())), (c"gid", scope.number(gid.into()))];
        let object = scope.object(&[]);
        if let Some(pid) = pid {
            scope.set(object, c"pid", scope.int(pid));
        }
        for (name, value) in ids {
            scope.set(object, name, value);
        }
        object
    }
}

struct Arrived(io::Result<Vec<OwnedFd>>);

impl Answer for Arrived {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        match self.0 {
            Ok(arrived) if arrived.is_empty() => scope.int(0),
            Ok(arrived) => {
                let numbers: Vec<_> = arrived.into_iter().map(|fd| scope.int(sys::fd::give(fd))).collect();
                scope.array(&numbers)
            }
            Err(error) => scope.int(sys::code(&error)),
        }
    }
}
