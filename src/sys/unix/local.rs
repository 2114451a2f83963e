//! What only Unix sockets have: who the peer is, and descriptors that travel along with bytes (unix(7)). And locks on folders
//! that sockets are bound in.

use super::calls::SEND_FLAGS;
use super::{check, check_size};
use crate::sys::memory::{Source, Target};
use crate::sys::retry;
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

/// Descriptors that one message can carry: Linux's `SCM_MAX_FD`. Others take fewer (`EINVAL`).
pub const MOST_DESCRIPTORS: usize = 253;

/// Room for so many and their header, and for what else options of an adopted socket may have the kernel add.
#[repr(C, align(8))]
struct Control([u8; 1536]);

/// Who is at the other end, as of its connect(2), listen(2) or socketpair(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// The process, where the system tells, and it can be seen from here.
    pub pid: Option<i32>,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// Who is at the other end. getsockopt(2) `SO_PEERCRED`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn peer_credentials(fd: BorrowedFd<'_>) -> io::Result<Credentials> {
    let mut found = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: `found` has `length` bytes, all of which may take any value.
    check(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut found).cast(),
            &mut length,
        )
    })?;
    // What the kernel says of a socket that nobody is at the other end of.
    if found.uid == u32::MAX && found.pid == 0 {
        return Err(io::Error::from_raw_os_error(libc::ENOTCONN));
    }
    // 0: in a namespace of processes that is not ours.
    Ok(Credentials { pid: (found.pid != 0).then_some(found.pid), uid: found.uid, gid: found.gid })
}

/// The same. getpeereid(3), and on macOS getsockopt(2) `LOCAL_PEERPID`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn peer_credentials(fd: BorrowedFd<'_>) -> io::Result<Credentials> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: both are writable.
    check(unsafe { libc::getpeereid(fd.as_raw_fd(), &mut uid, &mut gid) })?;
    Ok(Credentials { pid: peer_process(fd), uid, gid })
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
fn peer_process(fd: BorrowedFd<'_>) -> Option<i32> {
    let mut pid: libc::pid_t = 0;
    let mut length = size_of::<libc::pid_t>() as libc::socklen_t;
    // SAFETY: `pid` has `length` bytes.
    let status = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_LOCAL,
            libc::LOCAL_PEERPID,
            (&raw mut pid).cast(),
            &mut length,
        )
    };
    (status == 0 && pid != 0).then_some(pid)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "ios")))]
fn peer_process(_fd: BorrowedFd<'_>) -> Option<i32> {
    None
}

/// A second descriptor for what somebody's number stands for, close-on-exec. fcntl(2) `F_DUPFD_CLOEXEC`.
///
/// # Errors
/// `EBADF` when the number is not an open descriptor.
pub fn duplicate_number(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointer; a wrong number is reported as EBADF.
    let copy = check(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) })?;
    // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Hands bytes to the kernel, and with the first of them descriptors, at most [`MOST_DESCRIPTORS`]; how many bytes it took. With
/// any, it has the descriptors. sendmsg(2), unix(7) `SCM_RIGHTS`.
pub fn send_with(fd: BorrowedFd<'_>, bytes: Source<'_>, along: &[OwnedFd]) -> io::Result<usize> {
    if along.is_empty() || along.len() > MOST_DESCRIPTORS {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let mut control = Control([0; 1536]);
    let size = (along.len() * size_of::<RawFd>()) as u32;
    // SAFETY: all-zero bytes are a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    let pieces = [bytes];
    message.msg_iov = Source::as_parts(&pieces).cast_mut();
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    // SAFETY: the most descriptors and their header fit into the memory, which is aligned for the header.
    unsafe {
        message.msg_controllen = libc::CMSG_SPACE(size) as _;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(size) as _;
        let numbers = libc::CMSG_DATA(header).cast::<RawFd>();
        for (index, descriptor) in along.iter().enumerate() {
            numbers.add(index).write_unaligned(descriptor.as_raw_fd());
        }
    }
    retry(|| {
        // SAFETY: one piece, of bytes that can be read, and the control data just written; sendmsg(2) changes neither.
        check_size(unsafe { libc::sendmsg(fd.as_raw_fd(), &message, SEND_FLAGS) })
    })
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Bytes; 0 is the end of the stream.
    pub count: usize,
    /// Something came along, which ends a read: there may be more.
    pub is_cut: bool,
    /// Of what came along, the kernel could not hand over all.
    pub is_truncated: bool,
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
const RECEIVE_FLAGS: libc::c_int = libc::MSG_DONTWAIT;
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const RECEIVE_FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;

/// Takes received bytes, and the descriptors that came with them, close-on-exec, which are added to `arrived`. recvmsg(2), unix(7)
/// `SCM_RIGHTS`.
pub fn recv_with(
    fd: BorrowedFd<'_>,
    into: &mut Target<'_>,
    arrived: &mut Vec<OwnedFd>,
) -> io::Result<Received> {
    let mut control = Control([0; 1536]);
    let mut part = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    // SAFETY: all-zero bytes are a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    let count = retry(|| {
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
        // SAFETY: so many bytes can be written there, and as many of control data as it says.
        check_size(unsafe { libc::recvmsg(fd.as_raw_fd(), &mut message, RECEIVE_FLAGS) })
    })?;
    let is_truncated = message.msg_flags & libc::MSG_CTRUNC != 0;
    // SAFETY: the kernel has filled the control data of the call that was just made, and nobody has taken them.
    let has_control = unsafe { take_descriptors(&message, arrived) };
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    for descriptor in arrived.iter() {
        // SAFETY: takes no pointer, and the descriptor is open.
        unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    Ok(Received { count, is_cut: has_control || is_truncated, is_truncated })
}

/// Makes the descriptors of a message ours. Whether there was anything along with the bytes.
///
/// # Safety
/// The message is one that recvmsg(2) has just received, with its control data in place, and this is called once for it.
unsafe fn take_descriptors(message: &libc::msghdr, arrived: &mut Vec<OwnedFd>) -> bool {
    // SAFETY: within the control data, as the kernel has laid them out; it owns none of the numbers any more.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        let has_control = !header.is_null();
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let size = ((*header).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
                let numbers = libc::CMSG_DATA(header).cast::<RawFd>();
                for index in 0..size / size_of::<RawFd>() {
                    arrived.push(OwnedFd::from_raw_fd(numbers.add(index).read_unaligned()));
                }
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
        has_control
    }
}

/// Whether a socket at a path is what a process left that has ended, or closed it: there is no open socket behind it any more.
/// connect(2) of a datagram socket, of which a listener hears nothing: it is of another type (`EPROTOTYPE`).
pub fn is_dead(path: &Path) -> io::Result<bool> {
    let probe = Socket::new(Domain::UNIX, Type::DGRAM, None)?;
    let connected = probe.connect(&SockAddr::unix(path)?);
    Ok(connected.is_err_and(|error| error.raw_os_error() == Some(libc::ECONNREFUSED)))
}

/// Locks an open folder against others who lock it, until it is closed. flock(2).
///
/// # Errors
/// `WouldBlock` while somebody else has it locked.
pub fn lock(folder: &File) -> io::Result<()> {
    // SAFETY: takes no pointer, and the descriptor is open.
    retry(|| check(unsafe { libc::flock(folder.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) }).map(drop))
}
