//! Binding Unix sockets to paths with more care than bind(2) takes: a mode, a path that stays, one that a dead server has left.

use super::descriptor::Descriptor;
use crate::model::addr;
use crate::sys::os::BorrowedFd;
use crate::sys::path::{self, Identity};
use crate::sys::{self, errno, kind::FdKind, local, os};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to bind to a path.
#[derive(Debug, Clone, Copy)]
pub struct PathOptions {
    /// The permission bits of the path, whatever the umask; `None` leaves them as bind(2) makes them.
    pub mode: Option<u32>,
    /// Closing removes the path.
    pub unlinks: bool,
    /// A socket at the path that is nobody's any more is replaced. Closing then leaves alone what others have put there.
    pub replaces_stale: bool,
}

/// How often others that replace sockets in the same folder are waited for, and for how long each time: they need less.
const MOST_WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(1);
/// How often what others do meanwhile has us begin again.
const MOST_ROUNDS: u32 = 8;

/// Opens a Unix socket and binds it to a path. Nobody can connect before it listens, so it is never open to more than its mode
/// allows.
///
/// # Errors
/// Those of socket(2), bind(2) and chmod(2); `ENOENT` becomes `EACCES` as in every Node. `EADDRINUSE` if there is anything at the
/// path that may not be replaced, `EBUSY` while others keep its folder locked.
pub fn bind(descriptor: &Descriptor, name: &[u8], options: PathOptions) -> io::Result<()> {
    let path = os::path(addr::unix_name(name));
    if !descriptor.watched.is_open() {
        descriptor.watched.set_open(sys::socket::unix()?, FdKind::Unix);
    }
    let bound = descriptor.watched.with_fd(|fd| match options.replaces_stale {
        false => bind_to(fd, &path, options.mode),
        true => bind_or_replace(fd, &path, options.mode),
    });
    match bound {
        Err(error) if error.raw_os_error() == Some(errno::ENOENT) => {
            return Err(io::Error::from_raw_os_error(errno::EACCES));
        }
        bound => bound?,
    }
    if options.unlinks && options.replaces_stale {
        descriptor.bound.unlink_only(path::look_at(&path)?.0);
    }
    if options.unlinks {
        descriptor.bound.set_path(path);
    } else {
        descriptor.bound.set_lasting_path(path);
    }
    Ok(())
}

fn bind_to(fd: BorrowedFd<'_>, path: &Path, mode: Option<u32>) -> io::Result<()> {
    sys::socket::bind_unix(fd, path.as_os_str().as_encoded_bytes())?;
    let set = mode.map_or(Ok(()), |mode| path::set_mode(path, mode));
    if set.is_err() {
        let _gone = sys::fd::unlink(path);
    }
    set
}

/// Who else replaces sockets in this folder waits meanwhile: of two that find the same dead one, the second finds the first.
fn bind_or_replace(fd: BorrowedFd<'_>, path: &Path, mode: Option<u32>) -> io::Result<()> {
    let folder = path::open_folder(folder_of(path))?;
    lock(&folder)?;
    for _ in 0..MOST_ROUNDS {
        match bind_to(fd, path, mode) {
            Err(error) if error.raw_os_error() == Some(errno::EADDRINUSE) => {
                if !remove_if_stale(path)? {
                    return Err(error);
                }
            }
            bound => return bound,
        }
    }
    Err(io::Error::from_raw_os_error(errno::EADDRINUSE))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn lock(folder: &File) -> io::Result<()> {
    for _ in 0..MOST_WAITS {
        match local::lock(folder) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(WAIT),
            result => return result,
        }
    }
    Err(io::Error::from_raw_os_error(errno::EBUSY))
}

/// Whether what was at the path is gone, as it was a socket that is nobody's any more.
fn remove_if_stale(path: &Path) -> io::Result<bool> {
    let (expected, is_socket) = match path::look_at(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        found => found?,
    };
    if !is_socket || !local::is_dead(path)? {
        return Ok(false);
    }
    let folder = make_folder(folder_of(path))?;
    let removed = move_away(path, &folder.join("old"), expected);
    let _empty = path::remove_folder(&folder);
    removed
}

/// A folder that nobody else has, so that nothing in it is overwritten.
fn make_folder(beside: &Path) -> io::Result<PathBuf> {
    let mut number = std::process::id();
    loop {
        let folder = beside.join(format!(".oxinet-{number:x}"));
        match path::make_folder(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number = number.wrapping_add(1),
            made => return made.map(|()| folder),
        }
    }
}

/// Takes what is at the path out of the way and removes it, if it is what was looked at. Somebody may have put something else
/// there since, who gets it back.
fn move_away(path: &Path, to: &Path, expected: Identity) -> io::Result<bool> {
    match path::rename(path, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        moved => moved?,
    }
    let is_stale = path::look_at(to)?.0 == expected;
    if !is_stale {
        // Not by rename(2), which would overwrite what is there by now.
        path::link(to, path)?;
    }
    sys::fd::unlink(to)?;
    Ok(is_stale)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
