//! Socket options by name, and what the kernel tells of a connection. JS has checked the values.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use super::status;
use crate::model::socket_option::{Kind, OptionValue, SocketOption};
use crate::model::tcp_info;
use crate::net::options::{self, Domain};
use crate::sys;
use crate::sys::errno::{self, code_of};
use std::io;
use std::rc::Rc;

/// What `setOption` answers where the system has no such option.
const UNAVAILABLE: i32 = 1;

/// Adds them to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "getOption", get_option);
    add_function(scope, object, instance, "hasOption", has_option);
    add_function(scope, object, instance, "openSocket", open_socket);
    add_function(scope, object, instance, "release", release);
    add_function(scope, object, instance, "setOption", set_option);
    add_function(scope, object, instance, "tcpInfo", tcp_info);
}

/// `openSocket(id, family, mptcp)`: socket(2) before bind or connect, `family` 4, 6 or 0 for paths; an open one stays.
fn open_socket<'a>(call: &mut Call<'a>, [id, family, mptcp]: [Value<'a>; 3]) -> i32 {
    let domain = match call.small(family) {
        4 => Domain::V4,
        6 => Domain::V6,
        _ => Domain::Unix,
    };
    let mptcp = call.is_true(mptcp);
    status(call.on(id, |_, descriptor| options::open(descriptor, domain, mptcp)))
}

/// `release(id)`: forgets a descriptor that was only borrowed from somebody else, by `open`.
fn release<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> i32 {
    let taken = call.instance.engine().and_then(|engine| engine.release(call.small(id)));
    taken.map_or(code_of(errno::EBADF), sys::fd::give)
}

/// `hasOption(name)`: whether the system has it.
fn has_option<'a>(call: &mut Call<'a>, [name]: [Value<'a>; 1]) -> bool {
    SocketOption::from_name(&call.short_text(name)).is_some_and(sys::sockopt::has)
}

/// `setOption(id, name, value)`: 0, a negative errno, or [`UNAVAILABLE`]. `linger` takes -1 for off.
fn set_option<'a>(call: &mut Call<'a>, [id, name, value]: [Value<'a>; 3]) -> i32 {
    let option = SocketOption::from_name(&call.short_text(name)).filter(|&option| sys::sockopt::has(option));
    let Some(option) = option else { return UNAVAILABLE };
    let value = match option.kind() {
        Kind::Switch => OptionValue::Switch(call.is_true(value)),
        Kind::Number => OptionValue::Number(call.small(value)),
        Kind::Text => OptionValue::Text(call.short_text(value)),
        Kind::Linger => OptionValue::Linger(u32::try_from(call.signed(value)).ok()),
    };
    status(call.on(id, |_, descriptor| options::set(descriptor, option, &value)))
}

/// `getOption(id, name)`: the value that the system says, `linger` false for off; a negative errno, or null where the system
/// has no such option.
fn get_option<'a>(call: &mut Call<'a>, [id, name]: [Value<'a>; 2]) -> Told {
    let option = SocketOption::from_name(&call.short_text(name)).filter(|&option| sys::sockopt::has(option));
    Told(option.map(|option| call.on(id, |_, descriptor| options::get(descriptor, option))))
}

/// See `getOption`.
struct Told(Option<io::Result<OptionValue>>);

impl Answer for Told {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        match self.0 {
            None => scope.null(),
            Some(Err(error)) => scope.int(sys::code(&error)),
            Some(Ok(OptionValue::Switch(on))) => scope.boolean(on),
            Some(Ok(OptionValue::Number(number) | OptionValue::Linger(Some(number)))) => {
                scope.number(number.into())
            }
            Some(Ok(OptionValue::Text(text))) => scope.string(&text),
            Some(Ok(OptionValue::Linger(None))) => scope.boolean(false),
        }
    }
}

/// `tcpInfo(id)`: what the kernel tells of the connection, as JSON; a negative errno, or null where the system tells nothing.
fn tcp_info<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> Info {
    if !sys::sockopt::HAS_TCP_INFO {
        return Info(None);
    }
    let mut bytes = [0; tcp_info::SIZE];
    let told = call.on(id, |_, socket| socket.watched.with_fd(|fd| sys::sockopt::tcp_info(fd, &mut bytes)));
    Info(Some(told.map(|length| tcp_info::json(&bytes[..length.min(bytes.len())]))))
}

/// See `tcpInfo`.
struct Info(Option<io::Result<String>>);

impl Answer for Info {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        match self.0 {
            None => scope.null(),
            Some(Err(error)) => scope.int(sys::code(&error)),
            Some(Ok(text)) => scope.string(&text),
        }
    }
}
