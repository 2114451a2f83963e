//! Moving bytes from socket to socket within the kernel, by way of a pipe: pipe2(2), splice(2), fcntl(2) `F_SETPIPE_SZ`.
//! Linux; elsewhere no such pipe can be made, and who wants one copies.

use super::os::BorrowedFd;
use std::io;

/// What a large pipe is to hold, if the system lets this user have so much (`/proc/sys/fs/pipe-max-size`).
#[cfg(target_os = "linux")]
const LARGE: libc::c_int = 1024 * 1024;
/// What an ordinary pipe holds. One that holds less, as the system gives it to users with many of them, is slower than a copy.
#[cfg(target_os = "linux")]
const LEAST: libc::c_int = 64 * 1024;

/// A pipe with both its ends.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Pipe {
    read: super::os::OwnedFd,
    write: super::os::OwnedFd,
    size: usize,
}

#[cfg(target_os = "linux")]
impl Pipe {
    /// An empty one, non-blocking and close-on-exec: one that holds 1 MiB if that is wanted and to be had, else 64 KiB.
    ///
    /// # Errors
    /// Those of pipe2(2); `ENOBUFS` where it would be too small to pay.
    pub fn new(is_large: bool) -> io::Result<Pipe> {
        use super::os::{AsRawFd, FromRawFd, OwnedFd};
        use super::unix::check;
        let mut ends = [0; 2];
        // SAFETY: room for both numbers.
        check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK | libc::O_CLOEXEC) })?;
        // SAFETY: the kernel has just given us these; nobody else owns them.
        let [read, write] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
        // SAFETY: neither call takes a pointer. Of a size that is refused the one before stays.
        let size = unsafe {
            if is_large {
                libc::fcntl(write.as_raw_fd(), libc::F_SETPIPE_SZ, LARGE);
            }
            check(libc::fcntl(write.as_raw_fd(), libc::F_GETPIPE_SZ))?
        };
        if size < LEAST {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        Ok(Pipe { read, write, size: size as usize })
    }

    /// What it holds at most; of many small packets less.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Moves what has come in at a socket into the pipe; 0 is the end of the stream. Into an empty pipe `WouldBlock` means
    /// that nothing has come in.
    ///
    /// # Errors
    /// Those of splice(2).
    pub fn fill(&self, from: BorrowedFd<'_>) -> io::Result<usize> {
        use super::os::AsFd;
        splice(from, self.write.as_fd(), self.size)
    }

    /// Hands `count` bytes, which the pipe has, to a socket; how many it took.
    ///
    /// # Errors
    /// Those of splice(2).
    pub fn drain(&self, to: BorrowedFd<'_>, count: usize) -> io::Result<usize> {
        use super::os::AsFd;
        splice(self.read.as_fd(), to, count)
    }

    /// Takes `count` bytes out again, which the pipe has. read(2)
    ///
    /// # Errors
    /// Those of the call.
    pub fn take_out(&self, count: usize) -> io::Result<Vec<u8>> {
        use super::os::AsFd;
        let mut bytes = vec![0; count];
        let mut taken = 0;
        while taken < count {
            let mut room = super::memory::Target::from(&mut bytes[taken..]);
            match super::unix::fd::read(self.read.as_fd(), &mut room)? {
                0 => break,
                more => taken += more,
            }
        }
        bytes.truncate(taken);
        Ok(bytes)
    }
}

#[cfg(target_os = "linux")]
fn splice(from: BorrowedFd<'_>, to: BorrowedFd<'_>, most: usize) -> io::Result<usize> {
    use super::os::AsRawFd;
    use std::ptr::null_mut;
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    super::retry(|| {
        // SAFETY: both descriptors are open (BorrowedFd); without offsets no memory is passed.
        let count =
            unsafe { libc::splice(from.as_raw_fd(), null_mut(), to.as_raw_fd(), null_mut(), most, flags) };
        if count < 0 { Err(io::Error::last_os_error()) } else { Ok(count as usize) }
    })
}

/// Whether the error says that these two can't be spliced, and not that something is wrong with one of them.
#[cfg(target_os = "linux")]
pub fn is_refused(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EINVAL | libc::ENOSYS | libc::EPERM | libc::EOPNOTSUPP | libc::ENOMEM | libc::ESPIPE)
    )
}

/// None can be made here.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub enum Pipe {}

#[cfg(not(target_os = "linux"))]
impl Pipe {
    /// None.
    ///
    /// # Errors
    /// `ENOTSUP`, always.
    pub fn new(_is_large: bool) -> io::Result<Pipe> {
        Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
    }

    /// Of none.
    pub fn size(&self) -> usize {
        match *self {}
    }

    /// Of none.
    ///
    /// # Errors
    /// None.
    pub fn fill(&self, _from: BorrowedFd<'_>) -> io::Result<usize> {
        match *self {}
    }

    /// Of none.
    ///
    /// # Errors
    /// None.
    pub fn drain(&self, _to: BorrowedFd<'_>, _count: usize) -> io::Result<usize> {
        match *self {}
    }

    /// Of none.
    ///
    /// # Errors
    /// None.
    pub fn take_out(&self, _count: usize) -> io::Result<Vec<u8>> {
        match *self {}
    }
}

/// Nothing is spliced here.
#[cfg(not(target_os = "linux"))]
pub fn is_refused(_error: &io::Error) -> bool {
    false
}
