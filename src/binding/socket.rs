//! The class `Socket`: a stream by id, for all that is not hot.

use super::{Address, count, env, on, parse, status};
use crate::engine::Engine;
use crate::net::descriptor::Descriptor;
use crate::net::listener::{BindOptions, bind_ip};
use crate::sys::{self, fd::FdKind};
use napi::bindgen_prelude::*;
use std::io;
use std::os::fd::{BorrowedFd, IntoRawFd};

/// A stream socket. JS owns it by its id: it lives until `close(id)`.
#[napi_derive::napi]
#[derive(Debug)]
pub struct Socket {
    id: u32,
}

#[napi_derive::napi]
impl Socket {
    /// A socket with nothing opened yet.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Result<Self> {
        let engine = env::engine().ok_or_else(|| Error::from_reason("oxinet: the engine is not started"))?;
        let made = engine.insert().ok_or_else(|| Error::from_reason("oxinet: too many sockets"))?;
        Ok(Socket { id: made.id })
    }

    /// The socket of an id that `accept` or `create` returned.
    #[napi(factory, catch_unwind)]
    pub fn from(id: u32) -> Self {
        Socket { id }
    }

    /// Its id.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The descriptor number; -1 while nothing is open.
    #[napi(getter, catch_unwind)]
    pub fn fd(&self) -> i32 {
        on(self.id, |_, socket| Ok(socket.raw())).unwrap_or(-1)
    }

    /// Takes over an open descriptor and makes it non-blocking. 0, `-EBADF`.
    #[napi(catch_unwind)]
    pub fn open(&self, fd: i32) -> i32 {
        status(on(self.id, |_, socket| {
            let kind = sys::fd::kind_of(fd)?;
            socket.set_open(sys::fd::adopt(fd)?, kind);
            Ok(())
        }))
    }

    /// bind(2) to an IP address before connecting.
    #[napi(catch_unwind)]
    pub fn bind(&self, address: String, port: u16, v6_only: bool) -> i32 {
        status(on(self.id, |_, socket| {
            bind_ip(socket, &parse(&address, port)?, BindOptions { v6_only, reuse_port: false })
        }))
    }

    /// connect(2) to a Unix socket: a write event tells the end.
    #[napi(catch_unwind)]
    pub fn connect_path(&self, path: Buffer) -> i32 {
        status(on(self.id, |engine, socket| {
            if !socket.is_open() {
                socket.set_open(sys::socket::unix()?, FdKind::Unix);
            }
            start_connect(engine, socket, |fd| sys::socket::connect_unix(fd, &path))
        }))
    }

    /// `SO_LINGER` 0, so that closing sends RST.
    #[napi(catch_unwind)]
    pub fn set_reset_on_close(&self) -> i32 {
        status(on(self.id, |_, socket| socket.with_fd(sys::options::set_linger_zero)))
    }

    /// `TCP_NODELAY`.
    #[napi(catch_unwind)]
    pub fn set_no_delay(&self, on_: bool) -> i32 {
        status(on(self.id, |_, socket| socket.with_fd(|fd| sys::options::set_no_delay(fd, on_))))
    }

    /// `SO_KEEPALIVE`; idle and interval in seconds, 0 leaves a value as it is.
    #[napi(catch_unwind)]
    pub fn set_keep_alive(&self, on_: bool, idle: u32, interval: u32, probes: u32) -> i32 {
        status(on(self.id, |_, socket| {
            socket.with_fd(|fd| sys::options::set_keepalive(fd, on_, idle, interval, probes))
        }))
    }

    /// `IP_TOS` or `IPV6_TCLASS`.
    #[napi(catch_unwind)]
    pub fn set_type_of_service(&self, value: u32) -> i32 {
        status(on(self.id, |_, socket| {
            let v6 = is_v6(socket)?;
            socket.with_fd(|fd| sys::options::set_type_of_service(fd, v6, value))
        }))
    }

    /// The type of service in force.
    #[napi(catch_unwind)]
    pub fn type_of_service(&self) -> i32 {
        count(on(self.id, |_, socket| {
            let v6 = is_v6(socket)?;
            Ok(socket.with_fd(|fd| sys::options::type_of_service(fd, v6))? as usize)
        }))
    }

    /// The own address, if it is an IP address. A number is an error.
    #[napi(catch_unwind)]
    pub fn local_address(&self) -> Either<Address, i32> {
        address(on(self.id, |_, socket| socket.with_fd(sys::socket::local_address)))
    }

    /// The other side's address, if it is an IP address. A number is an error.
    #[napi(catch_unwind)]
    pub fn peer_address(&self) -> Either<Address, i32> {
        address(on(self.id, |_, socket| socket.with_fd(sys::socket::peer_address)))
    }

    /// Whether the loop stays alive while it reads.
    #[napi(catch_unwind)]
    pub fn set_ref(&self, on_: bool) {
        // A socket closed already keeps nothing alive.
        let _closed = on(self.id, |engine, socket| {
            engine.set_ref(socket, on_);
            Ok(())
        });
    }

    /// Gives the descriptor away: no longer ours to watch or close. The number, or `-EBADF`.
    #[napi(catch_unwind)]
    pub fn detach(&self) -> i32 {
        let fd = env::engine().and_then(|engine| engine.remove(self.id)).and_then(|(_, fd)| fd);
        fd.map_or(-libc::EBADF, IntoRawFd::into_raw_fd)
    }

    /// A second descriptor for the same socket. The number, or an error.
    #[napi(catch_unwind)]
    pub fn duplicate(&self) -> i32 {
        count(on(self.id, |_, socket| {
            let copy = socket.with_fd(sys::fd::duplicate)?;
            Ok(copy.into_raw_fd() as usize)
        }))
    }
}

/// Connects; a write event will tell the end, also of a connection that stands at once.
pub(super) fn start_connect(
    engine: &Engine,
    socket: &Descriptor,
    connect: impl FnOnce(BorrowedFd<'_>) -> io::Result<bool>,
) -> io::Result<()> {
    socket.deregister();
    let stands = socket.with_fd(connect)?;
    engine.start_connecting(socket, stands)?;
    if socket.reading.get() {
        engine.start_reading(socket)?;
    }
    Ok(())
}

fn is_v6(socket: &Descriptor) -> io::Result<bool> {
    Ok(socket.with_fd(sys::socket::local_address)?.is_ipv6())
}

pub(super) fn address(result: io::Result<socket2::SockAddr>) -> Either<Address, i32> {
    match result {
        Ok(found) => match Address::of(&found) {
            Some(address) => Either::A(address),
            None => Either::B(-libc::EAFNOSUPPORT),
        },
        Err(error) => Either::B(sys::code(&error)),
    }
}

/// What kind of thing a descriptor is: `TCP`, `PIPE` (Unix sockets and FIFOs), `OTHER`, or `INVALID`.
#[napi_derive::napi(catch_unwind)]
pub fn descriptor_kind(fd: i32) -> &'static str {
    match sys::fd::kind_of(fd) {
        Ok(FdKind::Tcp) => "TCP",
        Ok(FdKind::Unix | FdKind::Fifo) => "PIPE",
        Ok(FdKind::Other) => "OTHER",
        Err(_) => "INVALID",
    }
}

/// Whether IPv6 sockets can be opened here.
#[napi_derive::napi(catch_unwind)]
pub fn has_ipv6() -> bool {
    sys::socket::has_ipv6()
}
