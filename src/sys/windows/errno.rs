//! Error numbers by name, and what JS gets for them. Our own errors carry Winsock's numbers, as those of the system do; libuv,
//! and so Node, has numbers of its own for each name.

use windows_sys::Win32::Foundation as win32;
use windows_sys::Win32::Networking::WinSock as winsock;

pub use winsock::{
    WSAEACCES as EACCES, WSAEADDRINUSE as EADDRINUSE, WSAEAFNOSUPPORT as EAFNOSUPPORT, WSAEBADF as EBADF,
    WSAECONNABORTED as ECONNABORTED, WSAEINPROGRESS as EINPROGRESS, WSAEINVAL as EINVAL, WSAEMFILE as EMFILE,
    WSAENOBUFS as ENOBUFS, WSAENOTCONN as ENOTCONN, WSAEOPNOTSUPP as ENOTSUP, WSAEWOULDBLOCK as EAGAIN,
};

/// The ones that Winsock has no number for.
pub const EBUSY: i32 = win32::ERROR_BUSY as i32;
/// See [`EBUSY`].
pub const EIO: i32 = win32::ERROR_IO_DEVICE as i32;
/// See [`EBUSY`].
pub const ENFILE: i32 = win32::ERROR_TOO_MANY_OPEN_FILES as i32;
/// See [`EBUSY`].
pub const ENOENT: i32 = win32::ERROR_FILE_NOT_FOUND as i32;

/// `UV_UNKNOWN`.
const UNKNOWN: i32 = -4094;

/// What a call on sockets may fail with, of Winsock or Win32, and libuv's number (uv/errno.h).
const NUMBERS: [(i32, i32); 41] = [
    (winsock::WSAEACCES, -4092),
    (winsock::WSAEADDRINUSE, -4091),
    (winsock::WSAEADDRNOTAVAIL, -4090),
    (winsock::WSAEAFNOSUPPORT, -4089),
    (winsock::WSAEWOULDBLOCK, -4088),
    (winsock::WSAEALREADY, -4084),
    (winsock::WSAEBADF, -4083),
    (win32::ERROR_INVALID_HANDLE as i32, -4083),
    (EBUSY, -4082),
    (winsock::WSAEINTR, -4081),
    (win32::ERROR_OPERATION_ABORTED as i32, -4081),
    (winsock::WSAECONNABORTED, -4079),
    (win32::ERROR_CONNECTION_ABORTED as i32, -4079),
    (winsock::WSAECONNREFUSED, -4078),
    (win32::ERROR_CONNECTION_REFUSED as i32, -4078),
    (winsock::WSAECONNRESET, -4077),
    (win32::ERROR_NETNAME_DELETED as i32, -4077),
    (winsock::WSAEDESTADDRREQ, -4076),
    (winsock::WSAEFAULT, -4074),
    (winsock::WSAEHOSTUNREACH, -4073),
    (winsock::WSAEINVAL, -4071),
    (winsock::WSAEPFNOSUPPORT, -4071),
    (win32::ERROR_INVALID_PARAMETER as i32, -4071),
    (EIO, -4070),
    (winsock::WSAEISCONN, -4069),
    (winsock::WSAEMFILE, -4066),
    (ENFILE, -4066),
    (winsock::WSAEMSGSIZE, -4065),
    (winsock::WSAENETDOWN, -4063),
    (winsock::WSAENETUNREACH, -4062),
    (winsock::WSAENOBUFS, -4060),
    (ENOENT, -4058),
    (win32::ERROR_NOT_ENOUGH_MEMORY as i32, -4057),
    (winsock::WSAENOTCONN, -4053),
    (winsock::WSAENOTSOCK, -4050),
    (winsock::WSAEOPNOTSUPP, -4049),
    (win32::ERROR_ACCESS_DENIED as i32, -4048),
    (winsock::WSAESHUTDOWN, -4047),
    (winsock::WSAEPROTONOSUPPORT, -4045),
    (winsock::WSAETIMEDOUT, -4039),
    (winsock::WSAENOPROTOOPT, -4035),
];

/// As JS gets it.
pub const fn code_of(number: i32) -> i32 {
    let mut index = 0;
    while index < NUMBERS.len() {
        if NUMBERS[index].0 == number {
            return NUMBERS[index].1;
        }
        index += 1;
    }
    UNKNOWN
}
