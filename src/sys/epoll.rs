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

/// How far numbers are looked at after the marker's: another thread may have closed a descriptor, however low its number, before
/// it was made. More than a million takes a system that was told to allow it (`fs.nr_open`).
#[cfg(target_os = "linux")]
const LAST: i32 = 1 << 20;

/// The epoll instance that watches `marker`, which is ours alone and never ready. Numbers are asked to change what they
/// watch it for: what is no epoll instance, or does not watch it, refuses (epoll_ctl(2)). Unlike `/proc/self/fdinfo` this is
/// there in every chroot, and takes no descriptor. The runtime was made just before the marker, so its number is near.
///
/// # Errors
/// Nothing watches it.
#[cfg(target_os = "linux")]
pub fn watching(marker: BorrowedFd<'_>) -> io::Result<i32> {
    around(marker.as_raw_fd())
        .find(|number| watches(*number, marker))
        .ok_or_else(|| io::Error::other("tokio's epoll instance is not found"))
}

#[cfg(target_os = "linux")]
fn around(own: i32) -> impl Iterator<Item = i32> {
    (0..own).rev().chain(own.saturating_add(1)..=LAST)
}

#[cfg(target_os = "linux")]
fn watches(number: i32, marker: BorrowedFd<'_>) -> bool {
    let mut nothing = libc::epoll_event { events: 0, u64: 0 };
    // SAFETY: the event outlives the call. What watches the marker, whoever has the number, reports nothing of it before and after.
    unsafe { libc::epoll_ctl(number, libc::EPOLL_CTL_MOD, marker.as_raw_fd(), &raw mut nothing) == 0 }
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
pub fn watching(_marker: BorrowedFd<'_>) -> io::Result<i32> {
    Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sys::os::AsFd;
    use crate::sys::pollable::Pollable;
    use tokio::runtime::{Builder, Runtime};

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_io().build().unwrap()
    }

    fn register(runtime: &Runtime, fd: OwnedFd) -> Pollable {
        let _context = runtime.enter();
        Pollable::register(fd, false).unwrap()
    }

    #[test]
    fn the_epoll_of_a_runtime_is_found_while_it_watches_the_marker() {
        let runtime = runtime();
        let registered = register(&runtime, marker().unwrap());
        let found = watching(registered.as_fd()).unwrap();
        assert_eq!(watching(registered.as_fd()).unwrap(), found);
        let marker = registered.deregister();
        assert!(watching(marker.as_fd()).is_err());
    }

    #[test]
    fn the_nearest_is_looked_at_first_and_none_is_left_out() {
        let seen: Vec<_> = around(3).take(5).collect();
        assert_eq!(seen, [2, 1, 0, 4, 5]);
        assert!(around(20).any(|number| number == 500_000));
        assert_eq!(around(i32::MAX).next(), Some(i32::MAX - 1));
    }

    #[test]
    fn each_runtime_has_its_own() {
        let runtimes = [runtime(), runtime()];
        let markers = runtimes.each_ref().map(|one| register(one, marker().unwrap()));
        let [first, second] = markers.each_ref().map(|one| watching(one.as_fd()).unwrap());
        assert_ne!(first, second);
    }

    #[test]
    fn the_runtime_hears_of_others_afterwards() {
        let runtime = runtime();
        let registered = register(&runtime, marker().unwrap());
        let epoll = watching(registered.as_fd()).unwrap();
        let ready = register(&runtime, always_ready().unwrap());
        // SAFETY: the runtime has it open.
        assert!(unsafe { crate::sys::fd::is_number_readable(epoll) });
        drop(ready);
    }
}
