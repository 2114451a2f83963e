//! Congestion control within one machine.
//!
//! BBR paces: it gives each segment its time and wakes itself by a timer for the next. On the loopback, where
//! nothing can be congested, that doubles the processor time of a bulk transfer (docs/PERFORMANCE.md). So
//! connections whose two ends are on this machine leave BBR. Others keep what the administrator chose, and so do
//! all where that is not BBR.
//!
//! A failure costs only speed, and what is wrong with a socket, the call that needs it will tell: hence no errors.

use crate::model::addr;
use crate::sys;
use crate::sys::os::BorrowedFd;
use std::net::SocketAddr;
use std::sync::OnceLock;

/// What all versions of BBR are called.
const PACED: &[u8] = b"bbr";
/// Does not pace, and is built into every Linux kernel, where every user may choose it (tcp(7)).
const UNPACED: &[u8] = b"reno";

/// Before a TCP socket connects to `peer`, or listens there: once BBR has begun, some of its pacing stays.
pub fn prepare(fd: BorrowedFd<'_>, peer: &SocketAddr) {
    static DEFAULT_IS_PACED: OnceLock<bool> = OnceLock::new();
    if peer.ip().to_canonical().is_loopback() && *DEFAULT_IS_PACED.get_or_init(|| is_paced(fd)) {
        leave(fd);
    }
}

/// When a TCP connection begins to send much: of a listener on all addresses only this shows where the peer is.
pub fn begin_bulk(fd: BorrowedFd<'_>) {
    if is_paced(fd) && is_local(fd) {
        leave(fd);
    }
}

fn is_paced(fd: BorrowedFd<'_>) -> bool {
    sys::options::congestion(fd).is_ok_and(|name| name.starts_with(PACED))
}

fn is_local(fd: BorrowedFd<'_>) -> bool {
    let local = sys::socket::local_address(fd).ok().and_then(|address| address.as_socket());
    let peer = sys::socket::peer_address(fd).ok().and_then(|address| address.as_socket());
    matches!((local, peer), (Some(local), Some(peer)) if addr::same_machine(local.ip(), peer.ip()))
}

fn leave(fd: BorrowedFd<'_>) {
    let _kept = sys::options::set_congestion(fd, UNPACED);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sys::os::AsFd;
    use socket2::{Domain, Socket, Type};
    use std::net::{TcpListener, TcpStream};

    /// With the listener: when that is gone, so is the other end.
    fn connection() -> (TcpStream, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (TcpStream::connect(listener.local_addr().unwrap()).unwrap(), listener)
    }

    fn congestion(socket: &impl AsFd) -> Vec<u8> {
        sys::options::congestion(socket.as_fd()).unwrap()
    }

    /// False, with a word why, where the kernel does not let this user choose it.
    fn choose(socket: &impl AsFd, name: &str) -> bool {
        let chosen = sys::options::set_congestion(socket.as_fd(), name.as_bytes());
        if let Err(error) = &chosen {
            println!("skipped: {name} can't be chosen here: {error}");
        }
        chosen.is_ok()
    }

    #[test]
    fn a_connection_within_the_machine_leaves_bbr() {
        let (stream, _listener) = connection();
        if choose(&stream, "bbr") {
            begin_bulk(stream.as_fd());
            assert_eq!(congestion(&stream), UNPACED);
        }
    }

    #[test]
    fn others_are_kept() {
        for name in ["reno", "cubic"] {
            let (stream, _listener) = connection();
            if choose(&stream, name) {
                begin_bulk(stream.as_fd());
                assert_eq!(congestion(&stream), name.as_bytes());
            }
        }
    }

    #[test]
    fn a_socket_without_a_peer_is_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if choose(&listener, "bbr") {
            begin_bulk(listener.as_fd());
            assert_eq!(congestion(&listener), b"bbr");
        }
    }

    #[test]
    fn before_connecting_only_the_loopback_counts() {
        let fresh = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let (near, far) = (fresh(), fresh());
        let default = congestion(&far);
        prepare(far.as_fd(), &"192.0.2.1:80".parse().unwrap());
        prepare(near.as_fd(), &"127.0.0.1:80".parse().unwrap());
        assert_eq!(congestion(&far), default);
        let expected = if default.starts_with(PACED) { UNPACED } else { &default };
        assert_eq!(congestion(&near), expected);
    }
}
