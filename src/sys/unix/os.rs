//! The system's names for what all layers deal in.

pub use libc::iovec as Part;
pub use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Bytes as a path.
pub fn path(bytes: &[u8]) -> PathBuf {
    OsStr::from_bytes(bytes).into()
}

/// What the process has under a name; null if it has nothing. dlsym(3).
pub fn symbol(name: &CStr) -> *mut c_void {
    // SAFETY: dlsym takes a NUL-terminated name and has no other precondition.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}
