//! The system's names for what all layers deal in: a descriptor is a SOCKET.

pub use std::os::windows::io::{BorrowedSocket as BorrowedFd, OwnedSocket as OwnedFd, RawSocket as RawFd};

use std::ffi::{CStr, c_void};
use std::os::windows::io::{AsRawSocket, AsSocket};
use std::path::PathBuf;
use std::ptr;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

/// Where bytes are, and how many; named as on Unix.
#[derive(Clone, Copy)]
pub struct Part {
    pub(in crate::sys) iov_base: *mut c_void,
    pub(in crate::sys) iov_len: usize,
}

/// The borrowed form of what has a socket.
pub trait AsFd {
    /// See the trait.
    fn as_fd(&self) -> BorrowedFd<'_>;
}

impl<T: AsSocket> AsFd for T {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.as_socket()
    }
}

/// The bare form of what has a socket.
pub trait AsRawFd {
    /// See the trait.
    fn as_raw_fd(&self) -> RawFd;
}

impl<T: AsRawSocket> AsRawFd for T {
    fn as_raw_fd(&self) -> RawFd {
        self.as_raw_socket()
    }
}

/// Bytes as a path.
pub fn path(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// What the program has under a name; null if it has nothing. `GetProcAddress`.
pub fn symbol(name: &CStr) -> *mut c_void {
    // SAFETY: null stands for the program itself, which stays loaded; the name ends with a NUL.
    let found = unsafe { GetProcAddress(GetModuleHandleW(ptr::null()), name.as_ptr().cast()) };
    found.map_or(ptr::null_mut(), |function| function as *mut c_void)
}
