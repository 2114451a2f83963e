//! Replacing what is at a path, and what must stay there.

use super::*;
use crate::sys::os::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const REPLACING: PathOptions = PathOptions { mode: None, unlinks: true, replaces_stale: true };

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("oxinet-named-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("socket")
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn bind_at(path: &Path, options: PathOptions) -> io::Result<Descriptor> {
    let descriptor = Descriptor::new(1, Arc::default());
    bind(&descriptor, path.as_os_str().as_encoded_bytes(), options).map(|()| descriptor)
}

fn errno_of(result: io::Result<Descriptor>) -> Option<i32> {
    result.unwrap_err().raw_os_error()
}

#[test]
fn a_socket_that_nobody_listens_on_is_replaced_and_nothing_is_left_beside_it() {
    let folder = Folder::new();
    drop(UnixListener::bind(folder.path()).unwrap());
    let ours = bind_at(&folder.path(), REPLACING).unwrap();
    let name = ours.watched.with_fd(sys::socket::local_address).unwrap();
    assert_eq!(name.as_pathname(), Some(folder.path().as_path()));
    ours.watched.with_fd(|fd| sys::socket::listen(fd, 1)).unwrap();
    UnixStream::connect(folder.path()).unwrap();
    assert_eq!(folder.names(), ["socket"]);
    ours.bound.unlink();
    assert!(folder.names().is_empty());
}

#[test]
fn what_is_alive_or_no_socket_stays() {
    let folder = Folder::new();
    let theirs = UnixListener::bind(folder.path()).unwrap();
    assert_eq!(errno_of(bind_at(&folder.path(), REPLACING)), Some(libc::EADDRINUSE));
    theirs.set_nonblocking(true).unwrap();
    assert!(theirs.accept().is_err(), "it has heard nothing of that");
    UnixStream::connect(folder.path()).unwrap();
    std::fs::remove_file(folder.path()).unwrap();
    std::fs::write(folder.path(), "a file").unwrap();
    assert_eq!(errno_of(bind_at(&folder.path(), REPLACING)), Some(libc::EADDRINUSE));
    assert_eq!(std::fs::read_to_string(folder.path()).unwrap(), "a file");
    std::fs::remove_file(folder.path()).unwrap();
    std::os::unix::fs::symlink(folder.0.join("nothing"), folder.path()).unwrap();
    assert_eq!(errno_of(bind_at(&folder.path(), REPLACING)), Some(libc::EADDRINUSE));
    assert_eq!(folder.names(), ["socket"]);
}

#[test]
fn what_is_about_to_listen_stays() {
    let folder = Folder::new();
    let theirs = sys::socket::unix().unwrap();
    sys::socket::bind_unix(theirs.as_fd(), folder.path().as_os_str().as_encoded_bytes()).unwrap();
    assert_eq!(errno_of(bind_at(&folder.path(), REPLACING)), Some(libc::EADDRINUSE));
    sys::socket::listen(theirs.as_fd(), 1).unwrap();
    UnixStream::connect(folder.path()).unwrap();
}

#[test]
fn what_was_put_there_meanwhile_is_put_back() {
    let folder = Folder::new();
    drop(UnixListener::bind(folder.path()).unwrap());
    let (expected, _) = path::look_at(&folder.path()).unwrap();
    std::fs::remove_file(folder.path()).unwrap();
    std::fs::write(folder.path(), "a file").unwrap();
    assert!(!move_away(&folder.path(), &folder.0.join("old"), expected).unwrap());
    assert_eq!(std::fs::read_to_string(folder.path()).unwrap(), "a file");
    assert_eq!(folder.names(), ["socket"]);
}

#[test]
fn a_folder_that_others_keep_locked_is_busy() {
    let folder = Folder::new();
    let theirs = path::open_folder(&folder.0).unwrap();
    local::lock(&theirs).unwrap();
    assert_eq!(errno_of(bind_at(&folder.path(), REPLACING)), Some(libc::EBUSY));
    drop(theirs);
    bind_at(&folder.path(), REPLACING).unwrap();
}

#[test]
fn nobody_can_connect_before_the_mode_is_set() {
    let folder = Folder::new();
    let options = PathOptions { mode: Some(0o666), unlinks: false, replaces_stale: false };
    let ours = bind_at(&folder.path(), options).unwrap();
    assert_eq!(std::fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o666);
    let refused = UnixStream::connect(folder.path()).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::ECONNREFUSED));
    ours.watched.with_fd(|fd| sys::socket::listen(fd, 1)).unwrap();
    UnixStream::connect(folder.path()).unwrap();
    ours.bound.unlink();
    assert_eq!(folder.names(), ["socket"]);
}

#[test]
fn closing_leaves_what_another_has_put_at_the_path() {
    let folder = Folder::new();
    let ours = bind_at(&folder.path(), REPLACING).unwrap();
    std::fs::remove_file(folder.path()).unwrap();
    let _theirs = UnixListener::bind(folder.path()).unwrap();
    ours.bound.unlink();
    assert_eq!(folder.names(), ["socket"]);
}
