//! Files to sockets without a copy in this process: sendfile(2). Linux; elsewhere who wants to send a file reads it.

use super::os::BorrowedFd;
use std::io;

/// Hands `count` bytes of a file, from `offset` on, to a socket; how many it took. 0: the file has none there.
///
/// # Errors
/// Those of sendfile(2). `ENOTSUP` where there is no such call, or somebody is between us and the calls on sockets who would
/// not see it.
#[cfg(target_os = "linux")]
pub fn send_file(to: BorrowedFd<'_>, file: BorrowedFd<'_>, offset: u64, count: usize) -> io::Result<usize> {
    use super::os::AsRawFd;
    if super::interposed::is_around(c"sendfile") {
        return Err(io::Error::from_raw_os_error(libc::ENOTSUP));
    }
    let offset = libc::off_t::try_from(offset).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    super::retry(|| {
        let mut offset = offset;
        // SAFETY: both descriptors are open (BorrowedFd), and the call writes to `offset` alone.
        let sent = unsafe { libc::sendfile(to.as_raw_fd(), file.as_raw_fd(), &mut offset, count) };
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(sent as usize) }
    })
}

/// There is no such call here.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn send_file(
    _to: BorrowedFd<'_>,
    _file: BorrowedFd<'_>,
    _offset: u64,
    _count: usize,
) -> io::Result<usize> {
    Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
}
