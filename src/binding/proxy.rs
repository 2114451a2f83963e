//! What servers do that speak the PROXY protocol, or that were given their sockets.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use super::status;
use crate::model::addr::ip_text;
use crate::model::proxy_header::{Ends, Fault, Header, Outcome};
use crate::net::proxy::Beginning;
use crate::sys;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

/// Adds the functions to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "closeOnExec", close_on_exec);
    add_function(scope, object, instance, "takeProxyHeader", take_proxy_header);
}

/// `closeOnExec(fd)`: programs that are executed don't get the descriptor. 0, or `-EBADF`.
fn close_on_exec<'a>(call: &mut Call<'a>, [fd]: [Value<'a>; 1]) -> i32 {
    status(sys::fd::close_on_exec(call.signed(fd)))
}

/// `takeProxyHeader(id, isLast)`: the header of the PROXY protocol that a connection begins with, which is no longer to be read
/// then. `-EAGAIN`: an event will come, unless it was the last look. 0: there is none. Above: see [`Taken`]; below: what recv(2) says.
fn take_proxy_header<'a>(call: &mut Call<'a>, [id, is_last]: [Value<'a>; 2]) -> Taken {
    let mut bytes = Vec::new();
    let is_last = call.is_true(is_last);
    let beginning = call.on(id, |engine, socket| engine.take_proxy_header(socket, &mut bytes, is_last));
    Taken { beginning, bytes }
}

struct Taken {
    beginning: io::Result<Beginning>,
    bytes: Vec<u8>,
}

impl Answer for Taken {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        // lib/server/proxy.js knows the numbers.
        let number = match self.beginning {
            Ok(Beginning::Parsed(Outcome::Header(header))) => {
                return header_to_js(scope, &header, &self.bytes);
            }
            Ok(Beginning::Parsed(Outcome::Absent | Outcome::Incomplete)) => 0,
            Ok(Beginning::Parsed(Outcome::Invalid(Fault::Malformed))) => 1,
            Ok(Beginning::Parsed(Outcome::Invalid(Fault::TooLong))) => 2,
            Ok(Beginning::Parsed(Outcome::Invalid(Fault::Checksum))) => 3,
            Ok(Beginning::Ended(false)) => 4,
            Ok(Beginning::Ended(true)) => 5,
            Err(error) => sys::code(&error),
        };
        scope.int(number)
    }
}

/// `{ version, isLocal, source, destination, tlvs }`; the ends are undefined where the header does not say them.
fn header_to_js<'a>(scope: &Scope<'a>, header: &Header, bytes: &[u8]) -> Value<'a> {
    let object = scope.object(&[
        (c"version", scope.int(header.version.into())),
        (c"isLocal", scope.boolean(header.is_local)),
        (c"tlvs", scope.buffer(&bytes[header.tlvs.clone()])),
    ]);
    let ends = match &header.ends {
        Ends::Unknown => return object,
        Ends::Ip { source, destination } => [source, destination].map(|end| ip_to_js(scope, end)),
        Ends::Unix { source, destination } => [source, destination].map(|path| path_to_js(scope, path)),
    };
    scope.set(object, c"source", ends[0]);
    scope.set(object, c"destination", ends[1]);
    object
}

fn ip_to_js<'a>(scope: &Scope<'a>, end: &SocketAddr) -> Value<'a> {
    scope.object(&[
        (c"address", scope.string(&ip_text(end, |_| None))),
        (c"family", scope.string(if end.is_ipv4() { "IPv4" } else { "IPv6" })),
        (c"port", scope.int(end.port().into())),
    ])
}

fn path_to_js<'a>(scope: &Scope<'a>, path: &[u8]) -> Value<'a> {
    scope.object(&[(c"path", scope.string(&String::from_utf8_lossy(path)))])
}
