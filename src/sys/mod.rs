//! System calls, one a function. The only folder that makes any; `unsafe` is fenced here.
//!
//! Every function returns `io::Result` and never blocks. What a platform must provide:
//! sockets ([`socket`]), their options ([`options`]), a descriptor with readiness ([`pollable`]),
//! a wake-up descriptor and the search for tokio's epoll instance ([`epoll`]; elsewhere than on
//! Linux it finds none, and the engine runs its threaded driver).

pub mod claim;
pub mod epoll;
pub mod fd;
pub mod memory;
pub mod options;
pub mod pollable;
pub mod socket;

use std::io;

/// The negative error number that JS gets for `error`, as libuv counts them: `-errno`.
pub fn code(error: &io::Error) -> i32 {
    match error.raw_os_error() {
        Some(number) => -number,
        None if error.kind() == io::ErrorKind::WouldBlock => -libc::EAGAIN,
        None => -libc::EIO,
    }
}

/// `-1` becomes the error that the system call left in errno.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn check_size(result: libc::ssize_t) -> io::Result<usize> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as usize) }
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
