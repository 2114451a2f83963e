//! Creating sockets and moving bytes through them, by Winsock.

use super::os::{AsRawFd, BorrowedFd, OwnedFd};
use super::{errno, unsupported};
use crate::sys::memory::{Source, Target};
use crate::sys::retry;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;
use windows_sys::Win32::Networking::WinSock::{
    MSG_PEEK, SOCKET, SOCKET_ERROR, WSABUF, WSAECONNRESET, WSASend, recv as winsock_recv,
};

/// The most that one call is asked for: lengths have 31 or 32 bits here.
const MOST: usize = 1 << 30;

/// A TCP socket for addresses like `address`, non-blocking and not inherited by child processes. `WSASocketW`.
pub fn tcp(address: &SocketAddr) -> io::Result<OwnedFd> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // As everywhere else: an address like ::ffff:127.0.0.1 is one of IPv4.
        socket.set_only_v6(false)?;
    }
    Ok(socket.into())
}

/// There is none.
///
/// # Errors
/// Always.
pub fn mptcp(_address: &SocketAddr) -> io::Result<OwnedFd> {
    unsupported()
}

/// Named pipes are core's, and Unix sockets are not used here, as in Node.
///
/// # Errors
/// Always.
pub fn unix() -> io::Result<OwnedFd> {
    unsupported()
}

/// As [`unix`].
///
/// # Errors
/// Always.
pub fn bind_unix(_fd: BorrowedFd<'_>, _path: &[u8]) -> io::Result<()> {
    unsupported()
}

/// As [`unix`].
///
/// # Errors
/// Always.
pub fn connect_unix(_fd: BorrowedFd<'_>, _path: &[u8]) -> io::Result<bool> {
    unsupported()
}

/// Those that are handed in have whatever options they have.
pub fn is_plain_tcp(_fd: BorrowedFd<'_>) -> bool {
    false
}

/// Starts to connect. True: it stands. False (`WSAEWOULDBLOCK`): writability tells the outcome. Without an address it is this
/// machine, as on Unix. `connect`.
pub fn connect_ip(fd: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<bool> {
    let mut address = *address;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    match SockRef::from(&fd).connect(&SockAddr::from(address)) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        result => result.map(|()| true),
    }
}

/// Takes one pending connection, non-blocking and not inherited by child processes. `accept`.
pub fn accept(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let (socket, _) = retry(|| SockRef::from(&fd).accept())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Hands bytes to the system; returns how many it took. `WSASend`.
pub fn send(fd: BorrowedFd<'_>, bytes: Source<'_>) -> io::Result<usize> {
    send_parts(fd, &[part(&bytes, MOST)])
}

/// Hands several pieces to the system in one call; returns how many bytes it took. `WSASend`.
pub fn send_vectored(fd: BorrowedFd<'_>, pieces: &[Source<'_>]) -> io::Result<usize> {
    let mut room = MOST;
    let parts = pieces.iter().map(|piece| {
        let part = part(piece, room);
        room -= part.len as usize;
        part
    });
    send_parts(fd, &parts.collect::<Vec<_>>())
}

fn part(bytes: &Source<'_>, most: usize) -> WSABUF {
    WSABUF { len: bytes.len().min(most) as u32, buf: bytes.as_ptr().cast_mut() }
}

/// Of what [`part`] makes of bytes that live until this returns.
fn send_parts(fd: BorrowedFd<'_>, parts: &[WSABUF]) -> io::Result<usize> {
    let (socket, count) = (fd.as_raw_fd() as SOCKET, parts.len() as u32);
    retry(|| {
        let mut sent = 0;
        // SAFETY: the list has so many pieces, each of bytes that can be read and that the call does not change. Without
        // OVERLAPPED it uses them only until it returns.
        let status = unsafe { WSASend(socket, parts.as_ptr(), count, &mut sent, 0, ptr::null_mut(), None) };
        if status == SOCKET_ERROR { Err(last_error()) } else { Ok(sent as usize) }
    })
}

/// Takes received bytes; 0 is the end of the stream. `recv`.
pub fn recv(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<usize> {
    receive(fd, into, 0)
}

/// Copies received bytes, which stay to be received; 0 is the end of the stream. `recv` with `MSG_PEEK`.
pub fn peek(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<usize> {
    receive(fd, into, MSG_PEEK)
}

fn receive(fd: BorrowedFd<'_>, into: &mut Target<'_>, flags: i32) -> io::Result<usize> {
    retry(|| {
        let length = into.len().min(MOST) as i32;
        // SAFETY: so many bytes can be written there.
        let count = unsafe { winsock_recv(fd.as_raw_fd() as SOCKET, into.as_mut_ptr(), length, flags) };
        if count == SOCKET_ERROR { Err(last_error()) } else { Ok(count as usize) }
    })
}

/// As [`recv`]: nothing comes along with bytes here.
pub fn recv_alone(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<(usize, bool)> {
    recv(fd, into).map(|count| (count, false))
}

/// A connection that broke has a second name here; others know the one.
fn last_error() -> io::Error {
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(errno::ECONNABORTED) {
        return io::Error::from_raw_os_error(WSAECONNRESET);
    }
    error
}

/// The index of a network interface, for IPv6 scope ids: interfaces are named by it.
pub fn interface_index(name: &str) -> Option<u32> {
    name.parse().ok()
}

/// The name of a network interface: its index.
pub fn interface_name(index: u32) -> Option<String> {
    Some(index.to_string())
}
