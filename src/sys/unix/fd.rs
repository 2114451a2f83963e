//! Descriptors that are no sockets, or not yet known to be: read(2), write(2), fcntl(2), fstat(2),
//! dup(2), chmod(2), unlink(2).

use super::claim::Claim;
use super::{check, check_size};
use crate::sys::kind::FdKind;
use crate::sys::memory::{Source, Target};
use crate::sys::retry;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

/// Descriptors are numbers, of which each means the same to everybody in the process.
pub const HAS_NUMBERS: bool = true;

/// Whether there is something to read now from a descriptor of somebody else. poll(2).
///
/// # Safety
/// It is open.
pub unsafe fn is_number_readable(number: i32) -> bool {
    // SAFETY: the caller promises it.
    is_readable(unsafe { BorrowedFd::borrow_raw(number) })
}

/// The number of a descriptor, as JS shows it.
pub fn number(fd: BorrowedFd<'_>) -> i32 {
    fd.as_raw_fd()
}

/// The number of a descriptor that is given away, for who owns it from now on.
pub fn give(fd: OwnedFd) -> i32 {
    fd.into_raw_fd()
}

/// Looks at an open descriptor. fstat(2), getsockname(2), getsockopt(2) `SO_TYPE`.
///
/// # Errors
/// `EBADF` when the number is not an open descriptor.
pub fn kind_of(fd: RawFd) -> io::Result<FdKind> {
    // SAFETY: all-zero bytes are a valid `stat`.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` is writable; a wrong descriptor number is reported, not dereferenced.
    check(unsafe { libc::fstat(fd, &mut stat) })?;
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFIFO => Ok(FdKind::Fifo),
        libc::S_IFSOCK => Ok(socket_kind(fd)),
        _ => Ok(FdKind::Other),
    }
}

fn socket_kind(fd: RawFd) -> FdKind {
    // SAFETY: `kind_of` just saw with fstat that the descriptor is open; it is borrowed for this call only.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let socket = socket2::SockRef::from(&borrowed);
    if !matches!(socket.r#type(), Ok(socket2::Type::STREAM)) {
        return FdKind::Other;
    }
    match socket.local_addr() {
        Ok(address) if address.is_unix() => FdKind::Unix,
        Ok(address) if address.is_ipv4() || address.is_ipv6() => FdKind::Tcp,
        // macOS reports an empty address for an unnamed Unix socket.
        Ok(_) => FdKind::Unix,
        Err(_) => FdKind::Other,
    }
}

/// Whether an open descriptor can be read from, and written to. fcntl(2) `F_GETFL`.
///
/// # Errors
/// `EBADF` when the number is not an open descriptor.
pub fn access_of(fd: RawFd) -> io::Result<(bool, bool)> {
    // SAFETY: F_GETFL takes no pointer; a wrong number is reported as EBADF.
    let mode = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })? & libc::O_ACCMODE;
    Ok((mode != libc::O_WRONLY, mode != libc::O_RDONLY))
}

/// Takes over a descriptor number that JS handed in, and makes it non-blocking.
///
/// # Errors
/// `EEXIST` when it is ours already, `EBADF` when it is not open.
pub fn adopt(fd: RawFd) -> io::Result<(OwnedFd, Claim, FdKind)> {
    let kind = kind_of(fd)?;
    let claim = Claim::of_given(fd).ok_or_else(|| io::Error::from_raw_os_error(libc::EEXIST))?;
    // SAFETY: F_GETFL takes no pointer; a wrong number is reported as EBADF.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) })?;
    // SAFETY: the descriptor is open (just checked); its owner passed the number to us to own, as
    // Node's `new net.Socket({ fd })` and `listen({ fd })` say.
    Ok((unsafe { OwnedFd::from_raw_fd(fd) }, claim, kind))
}

/// Keeps an open descriptor from programs that are executed. fcntl(2) `F_SETFD`.
///
/// # Errors
/// `EBADF` when the number is not an open descriptor.
pub fn close_on_exec(fd: RawFd) -> io::Result<()> {
    // SAFETY: F_SETFD takes no pointer; a wrong number is reported as EBADF.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    Ok(())
}

/// A second descriptor for the same open file, close-on-exec. fcntl(2) `F_DUPFD_CLOEXEC`.
pub fn duplicate(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    fd.try_clone_to_owned()
}

/// The same for a number that JS hands in, which stays whoever's it is.
///
/// # Errors
/// `EBADF` when it is not an open descriptor.
pub fn duplicate_number(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointer; a wrong number is reported as EBADF.
    let new = check(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) })?;
    // SAFETY: the kernel has just given us this descriptor; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

/// read(2).
pub fn read(fd: BorrowedFd<'_>, into: &mut Target<'_>) -> io::Result<usize> {
    retry(|| {
        // SAFETY: so many bytes can be written there.
        check_size(unsafe { libc::read(fd.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) })
    })
}

/// write(2). Node ignores SIGPIPE, so a closed pipe is `EPIPE`.
pub fn write(fd: BorrowedFd<'_>, bytes: Source<'_>) -> io::Result<usize> {
    retry(|| {
        // SAFETY: so many bytes can be read there.
        check_size(unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })
    })
}

/// Whether there is something to read now, or that can't be told. poll(2).
pub fn is_readable(fd: BorrowedFd<'_>) -> bool {
    is_ready(fd, libc::POLLIN)
}

/// Whether there is room to write now, or that can't be told. poll(2).
pub fn is_writable(fd: BorrowedFd<'_>) -> bool {
    is_ready(fd, libc::POLLOUT)
}

fn is_ready(fd: BorrowedFd<'_>, events: libc::c_short) -> bool {
    let mut asked = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    // SAFETY: one entry, live and exclusively borrowed. After a failure a try tells, where a no would be the last word.
    unsafe { libc::poll(&mut asked, 1, 0) != 0 }
}

/// A descriptor held in reserve, to be given up when a process has run out of them.
pub fn reserve() -> io::Result<OwnedFd> {
    Ok(std::fs::File::open("/dev/null")?.into())
}

/// Removes a bound socket's path. unlink(2).
pub fn unlink(path: &std::path::Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

/// Gives everybody read and/or write permission for a bound socket's path, and nothing else, as Node
/// from 22 on does. chmod(2).
pub fn open_permissions(path: &std::path::Path, read: bool, write: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if read { 0o444 } else { 0 } | if write { 0o222 } else { 0 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// A pipe in packet mode: each write is a packet, of which a read gets one. pipe2(2) `O_DIRECT`.
#[cfg(all(test, target_os = "linux"))]
pub(crate) fn packet_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: room for both numbers.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_DIRECT | libc::O_CLOEXEC) })?;
    // SAFETY: the kernel has just given us these.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}
