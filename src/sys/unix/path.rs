//! Paths of bound sockets and their folders: lstat(2), chmod(2), rename(2), link(2), mkdir(2), rmdir(2).

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// Tells a file from another that has got its number after it: device, number, and when it was made or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity(u64, u64, i64, i64);

/// What is at a path itself, and whether it is a socket. lstat(2).
pub fn look_at(path: &Path) -> io::Result<(Identity, bool)> {
    let found = fs::symlink_metadata(path)?;
    Ok((identity(&found), found.file_type().is_socket()))
}

fn identity(found: &Metadata) -> Identity {
    Identity(found.dev(), found.ino(), found.mtime(), found.mtime_nsec())
}

/// Sets the permission bits. chmod(2).
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Opens a folder to lock it. open(2).
pub fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Makes a folder for this user alone. mkdir(2).
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Removes an empty folder. rmdir(2).
pub fn remove_folder(path: &Path) -> io::Result<()> {
    fs::remove_dir(path)
}

/// Moves what is at a path, over what is at the other. rename(2).
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// A second name, where there is nothing yet. link(2).
pub fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}
