//! What Unix systems have of their own: descriptors are small numbers, and anything may be one.

pub(super) mod calls;
pub mod claim;
pub mod errno;
pub mod fd;
pub mod local;
pub mod os;
pub mod path;
pub mod pollable;
pub mod sockopt;

use std::io;

/// `-1` becomes the error that the system call left in errno.
pub(super) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn check_size(result: libc::ssize_t) -> io::Result<usize> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as usize) }
}
