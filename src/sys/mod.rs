//! System calls, one a function. The only folder that makes any; `unsafe` is fenced here.
//!
//! Every function returns `io::Result` and never blocks. What a platform must provide, in a folder of its own (`unix`,
//! `windows`): names for what a descriptor is ([`os`]), error numbers ([`errno`]), descriptors ([`fd`], [`claim`]), one
//! with readiness ([`pollable`]), options by name ([`sockopt`]), and the calls on sockets that are not alike everywhere (the
//! rest is in [`socket`]). The
//! others have a line or two for a platform at most. The search for tokio's epoll instance ([`epoll`]) finds none elsewhere
//! than on Linux, and the engine runs its threaded driver.

pub mod epoll;
pub mod interposed;
pub mod kind;
pub mod memory;
pub mod options;
pub mod sendfile;
pub mod socket;
pub mod splice;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{claim, errno, fd, local, os, path, pollable, sockopt};
#[cfg(windows)]
pub use windows::{claim, errno, fd, os, pollable, sockopt};

use std::io;

/// The negative error number that JS gets for `error`, as libuv counts them.
pub fn code(error: &io::Error) -> i32 {
    match error.raw_os_error() {
        Some(number) => errno::code_of(number),
        None if error.kind() == io::ErrorKind::WouldBlock => errno::code_of(errno::EAGAIN),
        None => errno::code_of(errno::EIO),
    }
}

/// Repeats a call that a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
