//! Sockets as things that are open, whatever they are used for.

use super::claim::Claim;
use super::os::{AsRawFd, BorrowedFd, OwnedFd};
use super::unsupported;
use crate::sys::kind::FdKind;
use crate::sys::memory::{Source, Target};
use std::io;
use std::os::windows::io::{FromRawSocket, IntoRawSocket};
use std::path::Path;
use windows_sys::Win32::Networking::WinSock::{POLLRDNORM, POLLWRNORM, SOCKET, WSAPOLLFD, WSAPoll};

/// JS sees none.
pub const HAS_NUMBERS: bool = false;

/// False: nobody can ask.
///
/// # Safety
/// None is needed here.
pub unsafe fn is_number_readable(_number: i32) -> bool {
    false
}

/// What JS shows for it, as core.
pub fn number(_socket: BorrowedFd<'_>) -> i32 {
    -1
}

/// A socket that is given away, for who owns it from now on: core's handles open it by this number, of which 32 bits count.
pub fn give(socket: OwnedFd) -> i32 {
    socket.into_raw_socket() as i32
}

/// A descriptor number of JS is none of a socket.
///
/// # Errors
/// Always.
pub fn kind_of(_number: i32) -> io::Result<FdKind> {
    unsupported()
}

/// See [`kind_of`].
///
/// # Errors
/// Always.
pub fn access_of(_number: i32) -> io::Result<(bool, bool)> {
    unsupported()
}

/// Takes back what [`give`] gave away, where nobody wanted it.
///
/// # Errors
/// `EBADF`, or what the system says of a number that is no socket.
pub fn adopt(number: i32) -> io::Result<(OwnedFd, Claim, FdKind)> {
    let Ok(socket) = u32::try_from(number) else {
        return Err(io::Error::from_raw_os_error(super::errno::EBADF));
    };
    // SAFETY: borrowed only to find out whether it is a socket, which the system tells of any number.
    let borrowed = unsafe { BorrowedFd::borrow_raw(socket.into()) };
    socket2::SockRef::from(&borrowed).r#type()?;
    socket2::SockRef::from(&borrowed).set_nonblocking(true)?;
    // SAFETY: a socket (just asked), which `give` gave to JS to own, and JS to us.
    let owned = unsafe { OwnedFd::from_raw_socket(socket.into()) };
    let claim = Claim::new(owned.as_raw_fd());
    Ok((owned, claim, FdKind::Tcp))
}

/// See [`kind_of`].
///
/// # Errors
/// Always.
pub fn close_on_exec(_number: i32) -> io::Result<()> {
    unsupported()
}

/// A second handle of the same socket. `WSADuplicateSocketW`.
pub fn duplicate(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    socket.try_clone_to_owned()
}

/// A descriptor number of JS is one of the C library's here.
///
/// # Errors
/// Always.
pub fn duplicate_number(_number: i32) -> io::Result<OwnedFd> {
    unsupported()
}

/// Sockets have calls of their own (`calls`).
///
/// # Errors
/// Always.
pub fn read(_fd: BorrowedFd<'_>, _into: &mut Target<'_>) -> io::Result<usize> {
    unsupported()
}

/// As [`read`].
///
/// # Errors
/// Always.
pub fn write(_fd: BorrowedFd<'_>, _bytes: Source<'_>) -> io::Result<usize> {
    unsupported()
}

/// Whether there is something to read now. `WSAPoll`.
pub fn is_readable(socket: BorrowedFd<'_>) -> bool {
    is_ready(socket, POLLRDNORM)
}

/// Whether there is room to write now. `WSAPoll`.
pub fn is_writable(socket: BorrowedFd<'_>) -> bool {
    is_ready(socket, POLLWRNORM)
}

fn is_ready(socket: BorrowedFd<'_>, events: i16) -> bool {
    let mut asked = WSAPOLLFD { fd: socket.as_raw_fd() as SOCKET, events, revents: 0 };
    // SAFETY: one entry, live and exclusively borrowed.
    unsafe { WSAPoll(&mut asked, 1, 0) > 0 }
}

/// Sockets are not scarce here: none is held in reserve.
///
/// # Errors
/// Always.
pub fn reserve() -> io::Result<OwnedFd> {
    unsupported()
}

/// No socket has a path here.
///
/// # Errors
/// Always.
pub fn unlink(_path: &Path) -> io::Result<()> {
    unsupported()
}

/// As [`unlink`].
///
/// # Errors
/// Always.
pub fn open_permissions(_path: &Path, _read: bool, _write: bool) -> io::Result<()> {
    unsupported()
}
