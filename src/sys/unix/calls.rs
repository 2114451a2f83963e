//! Creating sockets and moving bytes through them: socket(2), connect(2), accept4(2), send(2), recv(2), sendmsg(2).

use super::check_size;
use crate::model::addr;
use crate::sys::memory::{Source, Target};
use crate::sys::retry;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// A TCP socket for addresses like `address`, non-blocking and close-on-exec. socket(2).
pub fn tcp(address: &SocketAddr) -> io::Result<OwnedFd> {
    stream(Domain::for_address(*address), None)
}

/// The same for Multipath TCP, which a peer need not know: then it is TCP. socket(2) `IPPROTO_MPTCP`.
pub fn mptcp(address: &SocketAddr) -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    return stream(Domain::for_address(*address), Some(Protocol::MPTCP));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = address;
        Err(io::Error::from_raw_os_error(libc::ENOTSUP))
    }
}

/// A Unix stream socket, non-blocking and close-on-exec. socket(2), unix(7).
pub fn unix() -> io::Result<OwnedFd> {
    stream(Domain::UNIX, None)
}

fn stream(domain: Domain, protocol: Option<Protocol>) -> io::Result<OwnedFd> {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    let socket = Socket::new(domain, Type::STREAM.nonblocking(), protocol)?;
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let socket = {
        let socket = Socket::new(domain, Type::STREAM, protocol)?;
        socket.set_nonblocking(true)?;
        socket
    };
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    socket.set_nosigpipe(true)?;
    Ok(socket.into())
}

/// Whether it is TCP and nothing else, with nothing laid over it: what else is a stream of an IP family (SCTP, TLS in the
/// kernel) may cut reads at the bounds of messages. getsockopt(2) `SO_PROTOCOL`, `TCP_ULP`.
#[cfg(target_os = "linux")]
pub fn is_plain_tcp(fd: BorrowedFd<'_>) -> bool {
    let mut name = [0_u8; 16];
    let mut length = name.len() as libc::socklen_t;
    // SAFETY: the buffer has so many bytes.
    let status = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_ULP,
            name.as_mut_ptr().cast(),
            &mut length,
        )
    };
    let nothing_over_it = status == 0 && length == 0;
    nothing_over_it && matches!(SockRef::from(&fd).protocol(), Ok(Some(Protocol::TCP)))
}

/// Elsewhere that is not known.
#[cfg(not(target_os = "linux"))]
pub fn is_plain_tcp(_fd: BorrowedFd<'_>) -> bool {
    false
}

/// Binds to a path or, with a leading NUL, to an abstract name. bind(2), unix(7).
pub fn bind_unix(fd: BorrowedFd<'_>, path: &[u8]) -> io::Result<()> {
    SockRef::from(&fd).bind(&unix_address(path)?)
}

/// Starts to connect. True: it stands. False (`EINPROGRESS`): writability tells the outcome. connect(2).
pub fn connect_ip(fd: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<bool> {
    let address = SockAddr::from(*address);
    start(|| SockRef::from(&fd).connect(&address))
}

/// The same for a path or abstract name. connect(2), unix(7).
pub fn connect_unix(fd: BorrowedFd<'_>, path: &[u8]) -> io::Result<bool> {
    let address = unix_address(path)?;
    start(|| SockRef::from(&fd).connect(&address))
}

/// Repeats a call that a signal interrupted, which may have got somewhere: then it goes on in the background, or stands.
fn start(mut call: impl FnMut() -> io::Result<()>) -> io::Result<bool> {
    let mut interrupted = false;
    loop {
        match call().map_err(|error| (error.raw_os_error(), error)) {
            Err((Some(libc::EINTR), _)) => interrupted = true,
            Err((Some(libc::EINPROGRESS), _)) => return Ok(false),
            Err((Some(libc::EALREADY), _)) if interrupted => return Ok(false),
            Err((Some(libc::EISCONN), _)) if interrupted => return Ok(true),
            result => return result.map(|()| true).map_err(|(_, error)| error),
        }
    }
}

fn unix_address(path: &[u8]) -> io::Result<SockAddr> {
    SockAddr::unix(std::ffi::OsStr::from_bytes(addr::unix_name(path)))
}

/// Takes one pending connection, non-blocking and close-on-exec. accept4(2).
pub fn accept(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    retry(|| {
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        {
            use std::os::fd::FromRawFd;
            // SAFETY: the descriptor is open (BorrowedFd), and accept4 allows null for the address.
            let new = super::check(unsafe {
                libc::accept4(
                    fd.as_raw_fd(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
                )
            })?;
            // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
            Ok(unsafe { OwnedFd::from_raw_fd(new) })
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        {
            let (socket, _) = SockRef::from(&fd).accept()?;
            socket.set_nonblocking(true)?;
            #[cfg(any(target_os = "macos", target_os = "ios"))]
            socket.set_nosigpipe(true)?;
            Ok(socket.into())
        }
    })
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
pub(super) const SEND_FLAGS: libc::c_int = libc::MSG_DONTWAIT;
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
pub(super) const SEND_FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// Hands bytes to the kernel; returns how many it took. send(2).
pub fn send(fd: BorrowedFd<'_>, bytes: Source<'_>) -> io::Result<usize> {
    retry(|| {
        // SAFETY: so many bytes can be read there.
        check_size(unsafe { libc::send(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), SEND_FLAGS) })
    })
}

/// Hands several pieces to the kernel in one call; returns how many bytes it took. sendmsg(2).
pub fn send_vectored(fd: BorrowedFd<'_>, pieces: &[Source<'_>]) -> io::Result<usize> {
    // SAFETY: all-zero bytes are a valid `msghdr`: no address, no pieces, no control data.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = Source::as_parts(pieces).cast_mut();
    message.msg_iovlen = pieces.len() as _;
    retry(|| {
        // SAFETY: the list has so many pieces, each of bytes that can be read; sendmsg(2) changes neither.
        check_size(unsafe { libc::sendmsg(fd.as_raw_fd(), &message, SEND_FLAGS) })
    })
}

/// Takes received bytes; 0 is the end of the stream. recv(2).
pub fn recv(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<usize> {
    retry(|| {
        // SAFETY: so many bytes can be written there.
        check_size(unsafe {
            libc::recv(fd.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), libc::MSG_DONTWAIT)
        })
    })
}

/// Copies received bytes, which stay to be received; 0 is the end of the stream. recv(2) `MSG_PEEK`.
pub fn peek(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<usize> {
    const FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_PEEK;
    retry(|| {
        // SAFETY: so many bytes can be written there.
        check_size(unsafe { libc::recv(fd.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), FLAGS) })
    })
}

/// [`recv`] from a Unix socket, and whether something came along with the bytes that ends a read there, such as descriptors
/// (unix(7)), which are closed. recvmsg(2).
pub fn recv_alone(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<(usize, bool)> {
    let mut part = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    // SAFETY: all-zero bytes are a valid `msghdr`: no room for an address or control data.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    let count = retry(|| {
        // SAFETY: so many bytes can be written there, and `message` names nothing else.
        check_size(unsafe { libc::recvmsg(fd.as_raw_fd(), &mut message, libc::MSG_DONTWAIT) })
    })?;
    Ok((count, message.msg_flags & libc::MSG_CTRUNC != 0))
}

/// The index of a network interface, for IPv6 scope ids. if_nametoindex(3).
pub fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: a NUL-terminated string that outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => None,
        index => Some(index),
    }
}

/// The name of a network interface. if_indextoname(3).
pub fn interface_name(index: u32) -> Option<String> {
    let mut name = [MaybeUninit::<u8>::zeroed(); libc::IF_NAMESIZE];
    // SAFETY: the buffer has the IF_NAMESIZE bytes that the call may write.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: on success the call left a NUL-terminated string in our buffer.
    let text = unsafe { std::ffi::CStr::from_ptr(found) };
    Some(text.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a connect whose calls end so.
    fn outcome(calls: &[libc::c_int]) -> Result<bool, Option<i32>> {
        let mut calls = calls.iter();
        start(|| match calls.next() {
            Some(&0) | None => Ok(()),
            Some(&number) => Err(io::Error::from_raw_os_error(number)),
        })
        .map_err(|error| error.raw_os_error())
    }

    #[test]
    fn an_interrupted_connect_is_tried_again() {
        assert_eq!(outcome(&[0]), Ok(true));
        assert_eq!(outcome(&[libc::EINTR, libc::EINPROGRESS]), Ok(false));
        assert_eq!(outcome(&[libc::EINTR, libc::EINTR, 0]), Ok(true));
        assert_eq!(outcome(&[libc::EINTR, libc::EALREADY]), Ok(false));
        assert_eq!(outcome(&[libc::EINTR, libc::EISCONN]), Ok(true));
        assert_eq!(outcome(&[libc::EINTR, libc::ECONNREFUSED]), Err(Some(libc::ECONNREFUSED)));
        // Of a first call these are the caller's fault.
        assert_eq!(outcome(&[libc::EALREADY]), Err(Some(libc::EALREADY)));
        assert_eq!(outcome(&[libc::EISCONN]), Err(Some(libc::EISCONN)));
    }
}
