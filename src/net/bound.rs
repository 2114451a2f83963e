//! What a socket remembers of bind(2).

use crate::sys;
use std::cell::{Cell, RefCell};
use std::io;
use std::path::PathBuf;

/// See the module.
#[derive(Debug, Default)]
pub struct Bound {
    failed: Cell<Option<i32>>,
    path: RefCell<Option<PathBuf>>,
    listens: Cell<bool>,
    /// Closing leaves the path.
    lasts: Cell<bool>,
    /// Closing removes nothing else.
    #[cfg(unix)]
    only: Cell<Option<sys::path::Identity>>,
}

impl Bound {
    /// Keeps an error (`EADDRINUSE`) for the listen or connect that follows, which is where Node reports it.
    pub(super) fn fail_later(&self, error: &io::Error) {
        self.failed.set(error.raw_os_error());
    }

    /// # Errors
    /// The one that was kept.
    pub fn check(&self) -> io::Result<()> {
        self.failed.get().map_or(Ok(()), |number| Err(io::Error::from_raw_os_error(number)))
    }

    /// Keeps that listen(2) has succeeded.
    pub(super) fn set_listens(&self) {
        self.listens.set(true);
    }

    /// Whether it is a listener.
    pub fn listens(&self) -> bool {
        self.listens.get()
    }

    /// Keeps the path that closing unlinks.
    pub(super) fn set_path(&self, path: PathBuf) {
        self.path.replace(Some(path));
    }

    /// Keeps the path, which stays when it closes.
    #[cfg(unix)]
    pub(super) fn set_lasting_path(&self, path: PathBuf) {
        self.lasts.set(true);
        self.set_path(path);
    }

    /// Closing removes this and nothing that others have put in its place.
    #[cfg(unix)]
    pub(super) fn unlink_only(&self, bound: sys::path::Identity) {
        self.only.set(Some(bound));
    }

    /// Lets everybody read and/or write the path. chmod(2).
    ///
    /// # Errors
    /// `EINVAL` when there is none, else those of the call.
    pub fn open_permissions(&self, read: bool, write: bool) -> io::Result<()> {
        match &*self.path.borrow() {
            Some(path) => sys::fd::open_permissions(path, read, write),
            None => Err(io::Error::from_raw_os_error(sys::errno::EINVAL)),
        }
    }

    /// Removes the path, unless it is to stay. unlink(2).
    pub fn unlink(&self) {
        if let Some(path) = self.path.take().filter(|path| !self.lasts.get() && self.is_ours(path)) {
            // Somebody may have removed it already, which is what we want anyway.
            let _gone = sys::fd::unlink(&path);
        }
    }

    #[cfg(unix)]
    fn is_ours(&self, path: &std::path::Path) -> bool {
        self.only.get().is_none_or(|bound| sys::path::look_at(path).is_ok_and(|(found, _)| found == bound))
    }

    #[cfg(windows)]
    fn is_ours(&self, _path: &std::path::Path) -> bool {
        true
    }
}
