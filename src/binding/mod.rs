//! Node-API: the classes `Server` and `Socket` and the hot calls. Argument conversion only; results
//! are numbers, negative ones are `-errno`.

pub mod env;
pub mod guard;
pub mod hot;
mod loop_waker;
mod raw;
pub mod server;
pub mod socket;
#[cfg(target_arch = "x86_64")]
mod utf8;

use crate::engine::Engine;
use crate::net::descriptor::Descriptor;
use crate::sys;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

/// An address as `server.address()` and `socket.address()` return it.
#[napi_derive::napi(object)]
#[derive(Debug)]
pub struct Address {
    /// The IP address as text.
    pub address: String,
    /// `IPv4` or `IPv6`.
    pub family: String,
    /// The port.
    pub port: u32,
}

impl Address {
    fn of(address: &socket2::SockAddr) -> Option<Address> {
        let ip = address.as_socket()?;
        Some(Address {
            address: crate::model::addr::ip_text(&ip, sys::socket::interface_name),
            family: if ip.is_ipv4() { "IPv4" } else { "IPv6" }.into(),
            port: ip.port().into(),
        })
    }
}

/// 0, or the error as JS gets it.
fn status(result: io::Result<()>) -> i32 {
    result.map_or_else(|error| sys::code(&error), |()| 0)
}

/// A count, or the error as JS gets it. Counts stay far below 2^31: JS asks for one buffer's worth.
fn count(result: io::Result<usize>) -> i32 {
    match result {
        Ok(count) => i32::try_from(count).unwrap_or(i32::MAX),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => -libc::EAGAIN,
        Err(error) => sys::code(&error),
    }
}

fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}

/// Runs `call` on the entry of `id` in this environment's engine.
fn on<T>(id: u32, call: impl FnOnce(&Rc<Engine>, &Rc<Descriptor>) -> io::Result<T>) -> io::Result<T> {
    let engine = env::engine().ok_or_else(bad_descriptor)?;
    let descriptor = engine.get(id).ok_or_else(bad_descriptor)?;
    call(&engine, &descriptor)
}

fn parse(ip: &str, port: u16) -> io::Result<SocketAddr> {
    crate::model::addr::parse_ip(ip, port, sys::socket::interface_index)
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))
}
