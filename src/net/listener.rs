//! Listeners: binding, listening, accepting.

use super::congestion;
use super::descriptor::Descriptor;
use super::watched::Watched;
use crate::model::addr;
use crate::model::count::Count;
use crate::sys::os::{self, BorrowedFd, OwnedFd};
use crate::sys::{self, errno, kind::FdKind};
use std::io;
use std::net::SocketAddr;

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
        if !descriptor.habits.keeps_congestion.get() {
            congestion::prepare(fd, address);
        }
        match sys::socket::bind_ip(fd, address) {
            Err(error) if error.raw_os_error() == Some(errno::EADDRINUSE) => {
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
    if !descriptor.watched.is_open() {
        descriptor.watched.set_open(sys::socket::unix()?, FdKind::Unix);
    }
    match descriptor.watched.with_fd(|fd| sys::socket::bind_unix(fd, path)) {
        Err(error) if error.raw_os_error() == Some(errno::ENOENT) => {
            return Err(io::Error::from_raw_os_error(errno::EACCES));
        }
        result => result?,
    }
    if path.first().is_some_and(|&byte| byte != 0) {
        descriptor.bound.set_path(os::path(addr::unix_name(path)));
    }
    Ok(())
}

/// Listens. listen(2).
///
/// # Errors
/// One that was kept by [`bind_ip`], else those of the call.
pub fn listen(descriptor: &Descriptor, backlog: i32) -> io::Result<()> {
    descriptor.bound.check()?;
    descriptor.watched.with_fd(|fd| sys::socket::listen(fd, backlog))?;
    descriptor.bound.set_listens();
    Ok(())
}

/// Takes one pending connection.
///
/// Any error but `WouldBlock` has to do with the one connection, or with a shortage that will pass (accept(2)). As in Node
/// nobody hears of it, and the next try is made in the loop's next round: that the listener was found ready may not happen
/// again.
///
/// When the process has run out of descriptors (`EMFILE`, `ENFILE`), the pending connections are accepted with the one held
/// in `reserve` and closed at once, so that clients see an end and the listener does not spin. `turned_away` counts them.
///
/// # Errors
/// `WouldBlock`: an event will come.
pub fn accept(listener: &Watched, reserve: &mut Option<OwnedFd>, turned_away: &Count) -> io::Result<OwnedFd> {
    accept_by(sys::socket::accept, listener, reserve, turned_away)
}

/// The same by another system call.
fn accept_by(
    mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<OwnedFd>,
    listener: &Watched,
    reserve: &mut Option<OwnedFd>,
    turned_away: &Count,
) -> io::Result<OwnedFd> {
    loop {
        let error = match listener.try_read(&mut call, |_| false) {
            Ok(accepted) => {
                if reserve.is_none() {
                    *reserve = sys::fd::reserve().ok();
                }
                return Ok(accepted);
            }
            Err(error) => error,
        };
        let error = if is_out_of_descriptors(&error) && reserve.take().is_some() {
            let end = turn_away(&mut call, listener, turned_away);
            *reserve = sys::fd::reserve().ok();
            end
        } else {
            error
        };
        match error.raw_os_error() {
            // The peer went away while it waited; the next one may be fine.
            Some(errno::ECONNABORTED) => {}
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
fn turn_away(
    mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<OwnedFd>,
    listener: &Watched,
    count: &Count,
) -> io::Error {
    loop {
        match listener.try_read(&mut call, |_| false) {
            Ok(turned_away) => {
                drop(turned_away);
                count.one();
            }
            Err(error) => return error,
        }
    }
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(errno::EMFILE | errno::ENFILE))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::net::ready::{READABLE, ReadyList};
    use crate::net::watched::Next;
    use std::net::TcpStream;
    use std::sync::Arc;
    use tokio::runtime::{Builder, Runtime};

    /// A listener that was found ready, as a client waits.
    fn with_a_client(runtime: &Runtime) -> (Descriptor, Arc<ReadyList>, TcpStream) {
        let list = Arc::new(ReadyList::default());
        let listener = Descriptor::new(1, list.clone());
        bind_ip(&listener, &"127.0.0.1:0".parse().unwrap(), BindOptions::default()).unwrap();
        listen(&listener, 5).unwrap();
        let address = listener.watched.with_fd(sys::socket::local_address).unwrap();
        let _context = runtime.enter();
        listener.watched.register(false, false).unwrap();
        assert_eq!(listener.watched.arm_read().unwrap(), Next::Reported);
        let client = TcpStream::connect(address.as_socket().unwrap()).unwrap();
        wait(runtime, &listener, &list);
        (listener, list, client)
    }

    /// A connection takes its time to arrive.
    fn wait(runtime: &Runtime, listener: &Descriptor, list: &ReadyList) {
        while turn(runtime, listener, list).is_empty() {}
    }

    /// What the next round finds.
    fn turn(runtime: &Runtime, listener: &Descriptor, list: &ReadyList) -> Vec<u32> {
        runtime.block_on(tokio::task::yield_now());
        let mut events = Vec::new();
        list.take(&mut events);
        listener.watched.read_event_taken();
        events.iter().map(|event| event.what).collect()
    }

    #[test]
    fn after_an_accept_that_failed_the_client_is_accepted_in_the_next_round() {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        for errno in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM, libc::EPROTO, libc::EPERM] {
            let (listener, list, _client) = with_a_client(&runtime);
            let fail = |_: BorrowedFd<'_>| Err(io::Error::from_raw_os_error(errno));
            let accepted = accept_by(fail, &listener.watched, &mut None, &Count::default());
            assert_eq!(accepted.unwrap_err().kind(), io::ErrorKind::WouldBlock, "errno {errno}");
            assert_eq!(turn(&runtime, &listener, &list), [READABLE], "errno {errno}");
            accept(&listener.watched, &mut None, &Count::default()).unwrap();
        }
    }

    #[test]
    fn after_a_connection_that_was_aborted_comes_the_next_one() {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let (listener, _list, _client) = with_a_client(&runtime);
        let mut errors = vec![libc::ECONNABORTED; 2];
        let call = |fd: BorrowedFd<'_>| match errors.pop() {
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => sys::socket::accept(fd),
        };
        accept_by(call, &listener.watched, &mut None, &Count::default()).unwrap();
    }

    #[test]
    fn without_descriptors_clients_are_turned_away_and_the_reserve_is_taken_back() {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let (listener, list, client) = with_a_client(&runtime);
        let mut is_full = true;
        let call = |fd: BorrowedFd<'_>| match std::mem::take(&mut is_full) {
            true => Err(io::Error::from_raw_os_error(libc::EMFILE)),
            false => sys::socket::accept(fd),
        };
        let mut reserve = sys::fd::reserve().ok();
        assert!(reserve.is_some());
        let count = Count::default();
        assert_eq!(
            accept_by(call, &listener.watched, &mut reserve, &count).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        assert_eq!(count.get(), 1);
        assert!(reserve.is_some());
        assert_eq!(io::Read::read(&mut &client, &mut [0]).unwrap(), 0);
        let _next = TcpStream::connect(client.peer_addr().unwrap()).unwrap();
        wait(&runtime, &listener, &list);
    }

    #[test]
    fn a_loopback_listener_begins_without_pacing() {
        let listener = Descriptor::new(1, Arc::default());
        bind_ip(&listener, &"127.0.0.1:0".parse().unwrap(), BindOptions::default()).unwrap();
        let name = listener.watched.with_fd(sys::options::congestion).unwrap();
        assert!(!name.starts_with(b"bbr"), "it is {}", String::from_utf8_lossy(&name));
    }
}
