//! Listeners: binding, listening, accepting.

use super::congestion;
use super::descriptor::Descriptor;
use crate::model::addr;
use crate::sys::{self, fd::FdKind};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

/// How to bind to an IP address.
#[derive(Debug, Clone, Copy, Default)]
pub struct BindOptions {
    /// An IPv6 listener leaves IPv4 alone.
    pub v6_only: bool,
    /// Several sockets may share the port.
    pub reuse_port: bool,
}

/// Opens a TCP socket and binds it. `EADDRINUSE` is kept for the listen or connect that follows,
/// which is where Node reports it.
///
/// # Errors
/// Those of socket(2), setsockopt(2) and bind(2).
pub fn bind_ip(descriptor: &Descriptor, address: &SocketAddr, options: BindOptions) -> io::Result<()> {
    if !descriptor.is_open() {
        descriptor.set_open(sys::socket::tcp(address)?, FdKind::Tcp);
    }
    descriptor.with_fd(|fd| {
        sys::options::set_reuse_address(fd)?;
        if options.reuse_port {
            sys::options::set_reuse_port(fd)?;
        }
        if address.is_ipv6() {
            sys::options::set_only_v6(fd, options.v6_only)?;
        }
        congestion::prepare(fd, address);
        match sys::socket::bind_ip(fd, address) {
            Err(error) if error.raw_os_error() == Some(libc::EADDRINUSE) => {
                descriptor.delayed_error.set(sys::code(&error));
                Ok(())
            }
            result => result,
        }
    })
}

/// Opens a Unix socket and binds it to `path` (cut to what fits), which closing unlinks.
///
/// # Errors
/// Those of socket(2) and bind(2); `ENOENT` becomes `EACCES` as in every Node.
pub fn bind_unix(descriptor: &Descriptor, path: &[u8]) -> io::Result<()> {
    descriptor.set_open(sys::socket::unix()?, FdKind::Unix);
    match descriptor.with_fd(|fd| sys::socket::bind_unix(fd, path)) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        result => result?,
    }
    if path.first().is_some_and(|&byte| byte != 0) {
        let bound = std::ffi::OsStr::from_bytes(addr::unix_name(path));
        *descriptor.bound_path.borrow_mut() = Some(bound.into());
    }
    Ok(())
}

/// Removes the path that a listener was bound to.
pub fn unlink(descriptor: &Descriptor) {
    if let Some(path) = descriptor.bound_path.take() {
        // Somebody may have removed it already, which is what we want anyway.
        let _gone = sys::fd::unlink(&path);
    }
}

/// Takes one pending connection.
///
/// # Errors
/// `WouldBlock` when there is none (an event will come). When the process has run out of descriptors
/// (`EMFILE`, `ENFILE`), the pending connections are accepted with the one held in `reserve` and
/// closed at once, so that clients see an end and the listener does not spin; that error is returned
/// only when the reserve is gone too.
pub fn accept(listener: &Descriptor, reserve: &mut Option<OwnedFd>) -> io::Result<OwnedFd> {
    loop {
        match accept_one(listener) {
            Err(error) if is_out_of_descriptors(&error) && reserve.take().is_some() => {
                // With the reserve given up there is one to accept with. Linux says EMFILE for an empty
                // queue too, so the end of the queue must be found before the reserve is taken back.
                let end = loop {
                    match accept_one(listener) {
                        Ok(turned_away) => drop(turned_away),
                        Err(error) => break error,
                    }
                };
                *reserve = sys::fd::reserve().ok();
                return Err(end);
            }
            // The peer went away while it waited; the next one may be fine (accept(2)).
            Err(error) if error.raw_os_error() == Some(libc::ECONNABORTED) => {}
            result => return result,
        }
    }
}

fn accept_one(listener: &Descriptor) -> io::Result<OwnedFd> {
    listener.try_read(sys::socket::accept, |_| false)
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_loopback_listener_begins_without_pacing() {
        let listener = Descriptor::new(1, Arc::default());
        bind_ip(&listener, &"127.0.0.1:0".parse().unwrap(), BindOptions::default()).unwrap();
        let name = listener.with_fd(sys::options::congestion).unwrap();
        assert!(!name.starts_with(b"bbr"), "it is {}", String::from_utf8_lossy(&name));
    }
}
