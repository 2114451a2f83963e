//! The class `Server`: a listener by id.

use super::socket::address;
use super::{Address, count, env, on, parse, status};
use crate::net::descriptor::Descriptor;
use crate::net::listener::{self, BindOptions};
use crate::sys;
use napi::bindgen_prelude::*;
use std::io;
use std::os::fd::IntoRawFd;

/// A listening socket. JS owns it by its id: it lives until `close(id)`.
#[napi_derive::napi]
#[derive(Debug)]
pub struct Server {
    id: u32,
}

#[napi_derive::napi]
impl Server {
    /// A listener with nothing opened yet.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Result<Self> {
        let engine = env::engine().ok_or_else(|| Error::from_reason("oxinet: the engine is not started"))?;
        let made = engine.insert().ok_or_else(|| Error::from_reason("oxinet: too many sockets"))?;
        Ok(Server { id: made.id })
    }

    /// Its id.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The descriptor number; -1 while nothing is open.
    #[napi(getter, catch_unwind)]
    pub fn fd(&self) -> i32 {
        on(self.id, |_, listener| Ok(listener.raw())).unwrap_or(-1)
    }

    /// Takes over a bound (or already listening) descriptor.
    #[napi(catch_unwind)]
    pub fn open(&self, fd: i32) -> i32 {
        status(on(self.id, |_, listener| {
            let kind = sys::fd::kind_of(fd)?;
            listener.set_open(sys::fd::adopt(fd)?, kind);
            Ok(())
        }))
    }

    /// bind(2) to an IP address.
    #[napi(catch_unwind)]
    pub fn bind(&self, address: String, port: u16, v6_only: bool, reuse_port: bool) -> i32 {
        status(on(self.id, |_, listener| {
            listener::bind_ip(listener, &parse(&address, port)?, BindOptions { v6_only, reuse_port })
        }))
    }

    /// bind(2) to a Unix socket path, which closing unlinks, or to an abstract name.
    #[napi(catch_unwind)]
    pub fn bind_path(&self, path: Buffer) -> i32 {
        status(on(self.id, |_, listener| listener::bind_unix(listener, &path)))
    }

    /// Lets everybody read and/or write a bound path (chmod(2)).
    #[napi(catch_unwind)]
    pub fn open_permissions(&self, read: bool, write: bool) -> i32 {
        status(on(self.id, |_, listener| match &*listener.bound_path.borrow() {
            Some(path) => sys::fd::open_permissions(path, read, write),
            None => Err(io::Error::from_raw_os_error(libc::EINVAL)),
        }))
    }

    /// listen(2). Connections come as read events after `readStart(id)`.
    #[napi(catch_unwind)]
    pub fn listen(&self, backlog: i32) -> i32 {
        status(on(self.id, |_, listener| {
            let delayed = listener.delayed_error.get();
            if delayed != 0 {
                return Err(io::Error::from_raw_os_error(-delayed));
            }
            listener.with_fd(|fd| sys::socket::listen(fd, backlog))
        }))
    }

    /// The bound address, if it is an IP address. A number is an error.
    #[napi(catch_unwind)]
    pub fn local_address(&self) -> Either<Address, i32> {
        address(on(self.id, |_, listener| listener.with_fd(sys::socket::local_address)))
    }

    /// Whether the loop stays alive while it listens.
    #[napi(catch_unwind)]
    pub fn set_ref(&self, on_: bool) {
        // A listener closed already keeps nothing alive.
        let _closed = on(self.id, |engine, listener| {
            engine.set_ref(listener, on_);
            Ok(())
        });
    }

    /// A second descriptor for the same listener. The number, or an error.
    #[napi(catch_unwind)]
    pub fn duplicate(&self) -> i32 {
        count(on(self.id, |_, listener| {
            let copy = listener.with_fd(sys::fd::duplicate)?;
            Ok(copy.into_raw_fd() as usize)
        }))
    }
}

/// Removes the path that a listener was bound to.
pub(super) fn unlink(descriptor: &Descriptor) {
    if let Some(path) = descriptor.bound_path.take() {
        // Somebody may have removed it already, which is what we want anyway.
        let _gone = std::fs::remove_file(path);
    }
}
