//! Sockets: what each system does in its own way, and what all do alike: bind(2), listen(2), shutdown(2), getsockname(2),
//! getpeername(2).

#[cfg(unix)]
pub use super::unix::calls::*;
#[cfg(windows)]
pub use super::windows::calls::*;

use super::os::BorrowedFd;
use super::retry;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;

/// Binds to an IP address. bind(2).
pub fn bind_ip(fd: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<()> {
    SockRef::from(&fd).bind(&SockAddr::from(*address))
}

/// What became of a connect: `SO_ERROR`, cleared by reading it. getsockopt(2).
pub fn take_error(fd: BorrowedFd<'_>) -> io::Result<()> {
    match SockRef::from(&fd).take_error()? {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Listens with room for `backlog` pending connections. listen(2).
pub fn listen(fd: BorrowedFd<'_>, backlog: i32) -> io::Result<()> {
    SockRef::from(&fd).listen(backlog)
}

/// Whether a read would not wait: there is a byte, the end or an error. Nothing is taken.
pub fn has_pending_read(fd: BorrowedFd<'_>) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    match retry(|| SockRef::from(&fd).peek(&mut byte)) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected),
    }
}

/// Ends the sending direction (FIN). shutdown(2).
pub fn shutdown_write(fd: BorrowedFd<'_>) -> io::Result<()> {
    SockRef::from(&fd).shutdown(std::net::Shutdown::Write)
}

/// The own address. getsockname(2).
pub fn local_address(fd: BorrowedFd<'_>) -> io::Result<SockAddr> {
    SockRef::from(&fd).local_addr()
}

/// The other side's address. getpeername(2).
pub fn peer_address(fd: BorrowedFd<'_>) -> io::Result<SockAddr> {
    SockRef::from(&fd).peer_addr()
}

/// Whether this machine can open IPv6 sockets; decides between `::` and `0.0.0.0`.
pub fn has_ipv6() -> bool {
    Socket::new(Domain::IPV6, Type::STREAM, None).is_ok()
}
