//! Listeners: binding, listening, accepting.

use super::congestion;
use super::descriptor::Descriptor;
use super::watched::Watched;
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
    if !descriptor.watched.is_open() {
        descriptor.watched.set_open(sys::socket::tcp(address)?, FdKind::Tcp);
    }
    descriptor.watched.with_fd(|fd| {
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
                descriptor.bound.fail_later(&error);
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
    descriptor.watched.set_open(sys::socket::unix()?, FdKind::Unix);
    match descriptor.watched.with_fd(|fd| sys::socket::bind_unix(fd, path)) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        result => result?,
    }
    if path.first().is_some_and(|&byte| byte != 0) {
        descriptor.bound.set_path(std::ffi::OsStr::from_bytes(addr::unix_name(path)).into());
    }
    Ok(())
}

/// Listens. listen(2).
///
/// # Errors
/// One that was kept by [`bind_ip`], else those of the call.
pub fn listen(descriptor: &Descriptor, backlog: i32) -> io::Result<()> {
    descriptor.bound.check()?;
    descriptor.watched.with_fd(|fd| sys::socket::listen(fd, backlog))
}

/// Takes one pending connection.
///
/// Any error but `WouldBlock` has to do with the one connection, or with a shortage that will pass (accept(2)). As in Node
/// nobody hears of it, and the next try is made in the loop's next round: that the listener was found ready may not happen
/// again.
///
/// When the process has run out of descriptors (`EMFILE`, `ENFILE`), the pending connections are accepted with the one held
/// in `reserve` and closed at once, so that clients see an end and the listener does not spin.
///
/// # Errors
/// `WouldBlock`: an event will come.
pub fn accept(listener: &Watched, reserve: &mut Option<OwnedFd>) -> io::Result<OwnedFd> {
    loop {
        let error = match accept_one(listener) {
            Ok(accepted) => {
                if reserve.is_none() {
                    *reserve = sys::fd::reserve().ok();
                }
                return Ok(accepted);
            }
            Err(error) => error,
        };
        let error = if is_out_of_descriptors(&error) && reserve.take().is_some() {
            let end = turn_away(listener);
            *reserve = sys::fd::reserve().ok();
            end
        } else {
            error
        };
        match error.raw_os_error() {
            // The peer went away while it waited; the next one may be fine.
            Some(libc::ECONNABORTED) => {}
            Some(_) => {
                listener.list_read();
                return Err(io::ErrorKind::WouldBlock.into());
            }
            None => return Err(error),
        }
    }
}

/// Accepts and closes what is pending; what ended that. With the reserve given up there is a descriptor to accept with, unless
/// another thread takes it. Linux says `EMFILE` for an empty queue too, so the end of the queue must be found before the
/// reserve is taken back.
fn turn_away(listener: &Watched) -> io::Error {
    loop {
        match accept_one(listener) {
            Ok(turned_away) => drop(turned_away),
            Err(error) => return error,
        }
    }
}

fn accept_one(listener: &Watched) -> io::Result<OwnedFd> {
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
        let name = listener.watched.with_fd(sys::options::congestion).unwrap();
        assert!(!name.starts_with(b"bbr"), "it is {}", String::from_utf8_lossy(&name));
    }
}
