//! Whether somebody stands between us and libc.
//!
//! The kernel says that there is nothing only when there is nothing, and reads less than it was asked for only when it has no
//! more (epoll(7)), so nobody need be asked whether a socket is drained. Libraries that put functions of their own in the
//! place of libc's - sockets over other networks, proxies, what injects faults - need not keep that.

use std::sync::OnceLock;

/// Whether the calls that take bytes or connections from sockets are somebody else's than libc's. dlsym(3), dladdr(3).
pub fn is_between() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| [c"recv", c"recvmsg", c"accept4"].into_iter().any(is_replaced))
}

/// Whether the calls that send are: then the kernel's room says nothing of what they take.
pub fn sends() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| [c"send", c"sendmsg"].into_iter().any(is_replaced))
}

/// Whether somebody is between us and the calls on sockets who would not see the bytes that `name` moves: that is the system's own.
pub fn is_around(name: &std::ffi::CStr) -> bool {
    is_between() && !is_replaced(name)
}

#[cfg(target_os = "linux")]
fn is_replaced(name: &std::ffi::CStr) -> bool {
    // SAFETY: a NUL-terminated name.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if address.is_null() {
        return false;
    }
    // SAFETY: all-zero bytes are a valid `Dl_info`.
    let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: `info` is writable.
    if unsafe { libc::dladdr(address, &mut info) } == 0 || info.dli_fname.is_null() {
        return false;
    }
    // SAFETY: dladdr left a NUL-terminated string, which lives as long as the library that it names.
    let file = unsafe { std::ffi::CStr::from_ptr(info.dli_fname) };
    !is_libc(&file.to_string_lossy())
}

/// Elsewhere nobody has been seen to.
#[cfg(not(target_os = "linux"))]
fn is_replaced(_name: &std::ffi::CStr) -> bool {
    false
}

/// Whether that is a file of glibc's (before 2.34 some calls were in libpthread) or musl's.
#[cfg(target_os = "linux")]
fn is_libc(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    ["libc.", "libc-", "libpthread.", "libpthread-", "ld-musl-"].iter().any(|start| name.starts_with(start))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn nobody_stands_between_in_a_test_run() {
        assert!(!is_between() && !sends());
    }

    #[test]
    fn libc_is_known_by_its_file() {
        for file in
            ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libpthread-2.28.so", "/lib/ld-musl-x86_64.so.1"]
        {
            assert!(is_libc(file), "{file}");
        }
        for file in ["/usr/lib/libvma.so", "/tmp/interpose.so", "libcaller.so"] {
            assert!(!is_libc(file), "{file}");
        }
    }
}
