//! Finding the epoll instance inside a tokio runtime, which tokio does not publish (tokio#7348).

#[cfg(target_os = "linux")]
use super::os::AsRawFd;
use super::os::{BorrowedFd, OwnedFd};
use std::io;

/// A descriptor of ours to register with the runtime as a mark.
///
/// # Errors
/// Those of eventfd(2).
#[cfg(target_os = "linux")]
pub fn marker() -> io::Result<OwnedFd> {
    eventfd(0)
}

/// A descriptor that is readable at all times.
///
/// # Errors
/// Those of eventfd(2).
#[cfg(target_os = "linux")]
pub fn always_ready() -> io::Result<OwnedFd> {
    eventfd(1)
}

#[cfg(target_os = "linux")]
fn eventfd(count: libc::c_uint) -> io::Result<OwnedFd> {
    use super::os::FromRawFd;
    // SAFETY: no pointers are passed.
    let fd = super::unix::check(unsafe { libc::eventfd(count, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
    // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The epoll instance that watches `marker`: `/proc/self/fdinfo/N` of an epoll instance has a
/// `tfd:` line for each descriptor it watches (proc_pid_fdinfo(5)).
#[cfg(target_os = "linux")]
pub fn watching(marker: BorrowedFd<'_>) -> Option<i32> {
    let wanted = marker.as_raw_fd();
    for entry in std::fs::read_dir("/proc/self/fd").ok()?.flatten() {
        let is_epoll = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.as_os_str() == "anon_inode:[eventpoll]");
        if !is_epoll {
            continue;
        }
        let name = entry.file_name();
        let Ok(info) = std::fs::read_to_string(std::path::Path::new("/proc/self/fdinfo").join(&name)) else {
            continue;
        };
        if watches(&info, wanted) {
            return name.to_str()?.parse().ok();
        }
    }
    None
}

#[cfg(target_os = "linux")]
fn watches(fdinfo: &str, wanted: i32) -> bool {
    fdinfo.lines().any(|line| {
        line.strip_prefix("tfd:")
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<i32>().ok())
            == Some(wanted)
    })
}

/// Elsewhere there is nothing to find: the engine uses its threaded driver.
#[cfg(not(target_os = "linux"))]
pub fn marker() -> io::Result<OwnedFd> {
    Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
}

/// Elsewhere the order in which descriptors are reported is not known.
#[cfg(not(target_os = "linux"))]
pub fn always_ready() -> io::Result<OwnedFd> {
    Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
}

/// See [`marker`].
#[cfg(not(target_os = "linux"))]
pub fn watching(_marker: BorrowedFd<'_>) -> Option<i32> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::cases;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases::config())]

        #[test]
        fn any_text_names_the_descriptors_of_its_lines(numbers: Vec<(u16, bool)>, text: String, wanted: u16) {
            let lines = numbers.iter().map(|(number, counts)| {
                let name = if *counts { "tfd:" } else { "pos:" };
                format!("{name}{number:9} events: {wanted} data: {wanted}\n")
            });
            let info = lines.collect::<String>() + &text;
            let is_there = numbers.contains(&(wanted, true)) || watches(&text, wanted.into());
            prop_assert_eq!(watches(&info, wanted.into()), is_there);
        }
    }

    #[test]
    fn fdinfo_lines_are_understood() {
        let info =
            "pos:\t0\nflags:\t02\ntfd:        5 events: 8000201f data: 1 pos:0\ntfd:       17 events: 19\n";
        assert!(watches(info, 5));
        assert!(watches(info, 17));
        assert!(!watches(info, 1));
    }

    #[test]
    fn the_epoll_of_a_runtime_is_found_while_it_watches_the_marker() {
        use crate::sys::os::AsFd;
        use crate::sys::pollable::Pollable;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _context = runtime.enter();
        let registered = Pollable::register(marker().unwrap(), false).unwrap();
        assert!(watching(registered.as_fd()).is_some());
        let marker = registered.deregister();
        assert!(watching(marker.as_fd()).is_none());
    }
}
