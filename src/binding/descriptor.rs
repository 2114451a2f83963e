//! The calls that are not hot, on sockets and listeners by id. Those that answer with a number give 0 or `-errno` unless it
//! says otherwise.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use super::{count, parse, status};
use crate::model::addr;
use crate::model::socket_option::{OptionValue, SocketOption};
use crate::net::descriptor::Descriptor;
use crate::net::listener::{self, BindOptions};
use crate::net::options;
use crate::sys;
use crate::sys::errno::{self, code_of};
use std::io;
use std::rc::Rc;
use std::time::Duration;

/// Adds them to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "bind", bind);
    add_function(scope, object, instance, "bindPath", bind_path);
    add_function(scope, object, instance, "connectPath", connect_path);
    add_function(scope, object, instance, "detach", detach);
    add_function(scope, object, instance, "duplicate", duplicate);
    add_function(scope, object, instance, "fd", fd);
    add_function(scope, object, instance, "hasPendingRead", has_pending_read);
    add_function(scope, object, instance, "isReferenced", is_referenced);
    add_function(scope, object, instance, "listen", listen);
    add_function(scope, object, instance, "localAddress", local_address);
    add_function(scope, object, instance, "open", open);
    add_function(scope, object, instance, "openPermissions", open_permissions);
    add_function(scope, object, instance, "panicNext", panic_next);
    add_function(scope, object, instance, "peerAddress", peer_address);
    add_function(scope, object, instance, "setBusyPoll", set_busy_poll);
    add_function(scope, object, instance, "setKeepAlive", set_keep_alive);
    add_function(scope, object, instance, "setNoDelay", set_no_delay);
    add_function(scope, object, instance, "setRef", set_ref);
    add_function(scope, object, instance, "setResetOnClose", set_reset_on_close);
    add_function(scope, object, instance, "setTypeOfService", set_type_of_service);
    add_function(scope, object, instance, "typeOfService", type_of_service);
}

/// `bind(id, address, port, ipv6Only, reusePort)`: bind(2) to an IP address.
fn bind<'a>(call: &mut Call<'a>, [id, address, port, v6_only, reuse_port]: [Value<'a>; 5]) -> i32 {
    let address = call.short_text(address);
    let port = u16::try_from(call.small(port)).unwrap_or(0);
    let options = BindOptions { v6_only: call.is_true(v6_only), reuse_port: call.is_true(reuse_port) };
    status(call.on(id, |_, descriptor| listener::bind_ip(descriptor, &parse(&address, port)?, options)))
}

/// `bindPath(id, path)`: bind(2) to a Unix socket path, which closing unlinks, or to an abstract name.
fn bind_path<'a>(call: &mut Call<'a>, [id, path]: [Value<'a>; 2]) -> i32 {
    let path = call.copy_of(path);
    status(call.on(id, |_, listener| listener::bind_unix(listener, &path)))
}

/// `connectPath(id, path)`: connect(2) to a Unix socket: a write event tells the end.
fn connect_path<'a>(call: &mut Call<'a>, [id, path]: [Value<'a>; 2]) -> i32 {
    let path = call.copy_of(path);
    status(call.on(id, |engine, socket| engine.connect_unix(socket, &path)))
}

/// `detach(id)`: gives the descriptor away: no longer ours to watch or close. The number, or `-EBADF`.
fn detach<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    let taken = call.instance.engine().and_then(|engine| engine.detach(call.small(id)));
    taken.map_or(code_of(errno::EBADF), sys::fd::give)
}

/// `duplicate(id)`: a second descriptor for the same socket. The number, or an error.
fn duplicate<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    let copy = call.on(id, |_, descriptor| descriptor.watched.with_fd(sys::fd::duplicate));
    copy.map_or_else(|error| sys::code(&error), sys::fd::give)
}

/// `fd(id)`: the descriptor number; -1 while nothing is open.
fn fd<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    call.on(id, |_, descriptor| Ok(descriptor.watched.number())).unwrap_or(-1)
}

/// `hasPendingRead(id)`: whether a read would find something at once. Takes nothing.
fn has_pending_read<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> bool {
    call.on(id, |_, socket| socket.watched.with_fd(|fd| Ok(sys::socket::has_pending_read(fd))))
        .unwrap_or(false)
}

/// `isReferenced(id)`: whether the loop stays alive while it reads or listens.
fn is_referenced<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> bool {
    call.on(id, |_, descriptor| Ok(descriptor.wants.is_referenced())).unwrap_or(false)
}

/// `listen(id, backlog)`: listen(2). Connections come as read events after `readStart(id)`.
fn listen<'a>(call: &mut Call<'a>, [id, backlog]: [Value<'a>; 2]) -> i32 {
    let backlog = call.signed(backlog);
    status(call.on(id, |_, descriptor| listener::listen(descriptor, backlog)))
}

/// `localAddress(id)`: the own address, if it is an IP address. A number is an error.
fn local_address<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> Address {
    Address(call.on(id, |_, descriptor| {
        // One that is not bound has no name on Windows: what kept it from being bound is said instead, as libuv does.
        let name = descriptor.watched.with_fd(sys::socket::local_address);
        name.or_else(|error| descriptor.bound.check().and(Err(error)))
    }))
}

/// `open(id, fd)`: takes over an open descriptor and makes it non-blocking. `-EEXIST` when we have it already.
fn open<'a>(call: &mut Call<'a>, [id, fd]: [Value<'a>; 2]) -> i32 {
    let fd = call.signed(fd);
    status(call.on(id, |_, descriptor| descriptor.watched.adopt(fd)))
}

/// `openPermissions(id, read, write)`: lets everybody read and/or write a bound path (chmod(2)).
fn open_permissions<'a>(call: &mut Call<'a>, [id, read, write]: [Value<'a>; 3]) -> i32 {
    let (read, write) = (call.is_true(read), call.is_true(write));
    status(call.on(id, |_, listener| listener.bound.open_permissions(read, write)))
}

/// `panicNext()`: makes the next read panic, so that a test can see what becomes of it.
fn panic_next<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> i32 {
    call.instance.panic_next.set(true);
    0
}

/// `peerAddress(id)`: the other side's address, if it is an IP address. A number is an error.
fn peer_address<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> Address {
    Address(call.on(id, |_, socket| socket.watched.with_fd(sys::socket::peer_address)))
}

/// `setBusyPoll(micros)`: polls for at most so long before each sleep of Node's loop; 0 turns that off, a negative number
/// leaves it to the engine. False where the loop cannot be told to.
fn set_busy_poll<'a>(call: &mut Call<'a>, [micros]: [Value<'a>; 1]) -> bool {
    let limit = u64::try_from(call.signed(micros)).ok().map(Duration::from_micros);
    call.instance.engine().is_some_and(|engine| engine.set_busy_poll(limit))
}

/// `setKeepAlive(id, on, idle, interval, probes)`: `SO_KEEPALIVE`; idle and interval in seconds, 0 leaves a value as it is.
fn set_keep_alive<'a>(call: &mut Call<'a>, [id, on, idle, interval, probes]: [Value<'a>; 5]) -> i32 {
    let on = call.is_true(on);
    let [idle, interval, probes] = [idle, interval, probes].map(|value| call.small(value));
    status(call.on(id, |_, socket| {
        socket.watched.with_fd(|fd| sys::options::set_keepalive(fd, on, idle, interval, probes))
    }))
}

/// `setNoDelay(id, on)`: `TCP_NODELAY`.
fn set_no_delay<'a>(call: &mut Call<'a>, [id, on]: [Value<'a>; 2]) -> i32 {
    let on = call.is_true(on);
    status(call.on(id, |_, socket| socket.watched.with_fd(|fd| sys::options::set_no_delay(fd, on))))
}

/// `setRef(id, on)`: whether the loop stays alive while it reads or listens. One closed already keeps nothing alive.
fn set_ref<'a>(call: &mut Call<'a>, [id, on]: [Value<'a>; 2]) -> i32 {
    let on = call.is_true(on);
    status(call.on(id, |engine, descriptor| {
        engine.set_referenced(descriptor, on);
        Ok(())
    }))
}

/// `setResetOnClose(id)`: `SO_LINGER` 0, so that closing sends RST.
fn set_reset_on_close<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    let no_time = OptionValue::Linger(Some(0));
    status(call.on(id, |_, socket| options::set(socket, SocketOption::Linger, &no_time)))
}

/// `setTypeOfService(id, value)`: `IP_TOS` or `IPV6_TCLASS`.
fn set_type_of_service<'a>(call: &mut Call<'a>, [id, value]: [Value<'a>; 2]) -> i32 {
    let value = call.small(value);
    status(call.on(id, |_, socket| {
        let v6 = is_v6(socket)?;
        socket.watched.with_fd(|fd| sys::options::set_type_of_service(fd, v6, value))
    }))
}

/// `typeOfService(id)`: the one in force.
fn type_of_service<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i64 {
    count(call.on(id, |_, socket| {
        let v6 = is_v6(socket)?;
        Ok(socket.watched.with_fd(|fd| sys::options::type_of_service(fd, v6))? as usize)
    }))
}

fn is_v6(socket: &Descriptor) -> io::Result<bool> {
    Ok(socket.watched.with_fd(sys::socket::local_address)?.is_ipv6())
}

/// `{ address, family, port }` as `server.address()` and `socket.address()` return it, or a negative number.
struct Address(io::Result<socket2::SockAddr>);

impl Answer for Address {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        let ip = match self.0.map(|address| address.as_socket()) {
            Ok(Some(ip)) => ip,
            Ok(None) => return scope.int(code_of(errno::EAFNOSUPPORT)),
            Err(error) => return scope.int(sys::code(&error)),
        };
        scope.object(&[
            (c"address", scope.string(&addr::ip_text(&ip, sys::socket::interface_name))),
            (c"family", scope.string(if ip.is_ipv4() { "IPv4" } else { "IPv6" })),
            (c"port", scope.int(ip.port().into())),
        ])
    }
}
