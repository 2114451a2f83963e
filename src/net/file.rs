//! Files that are sent without a copy in this process.

use super::descriptor::Descriptor;
use super::stream;
use super::watched::{Next, Sent};
use crate::sys::kind::FdKind;
use crate::sys::os::BorrowedFd;
use crate::sys::{self, errno};
use std::io;

/// What one call sends at most: others want their turn, and what is not in memory is read from the disk meanwhile.
const MOST: usize = 1024 * 1024;

/// Sends `count` bytes of `file` from `offset` on, or the first of them: how many the kernel took, and when the write event
/// comes that is to go on if there was no room. `None`: the file has no bytes there.
///
/// # Errors
/// Those of sendfile(2) before anything was sent; never `WouldBlock`, nor `ENOBUFS`, which passes.
pub fn send(
    stream: &Descriptor,
    file: &Descriptor,
    offset: u64,
    count: usize,
    watch_writes: impl FnOnce() -> io::Result<()>,
) -> io::Result<Option<(usize, Option<Next>)>> {
    if !matches!(stream.watched.kind(), FdKind::Tcp | FdKind::Unix) {
        return Err(io::Error::from_raw_os_error(errno::ENOTSUP));
    }
    let most = count.min(MOST);
    let mut taken = 0;
    let mut ended = false;
    stream::begin_bulk_of(stream, most);
    let next = stream::hand_over(stream, watch_writes, |fd: BorrowedFd<'_>| {
        let from = offset + taken as u64;
        let sent = file.watched.with_fd(|file| sys::sendfile::send_file(fd, file, from, most - taken));
        match sent {
            Ok(0) => ended = true,
            Ok(count) => taken += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Sent::Part),
            Err(error) if error.raw_os_error() == Some(errno::ENOBUFS) => return Ok(Sent::Starved),
            Err(error) if taken == 0 => return Err(error),
            // The next call meets it again.
            Err(_) => return Ok(Sent::All),
        }
        Ok(if ended || taken == most { Sent::All } else { Sent::Part })
    })?;
    Ok(if ended && taken == 0 { None } else { Some((taken, next)) })
}
