//! Congestion control within one machine.
//!
//! BBR paces: it gives each segment its time and wakes itself by a timer for the next. On the loopback, where
//! nothing can be congested, that doubles the processor time of a bulk transfer (docs/PERFORMANCE.md). So a
//! connection whose two ends are on this machine leaves BBR when it begins to send much. Others keep what the
//! administrator chose, and so do all where that is not BBR.

use crate::model::addr;
use crate::sys;
use std::io;
use std::os::fd::BorrowedFd;

/// What all versions of BBR are called.
const PACED: &[u8] = b"bbr";
/// Does not pace, and is built into every Linux kernel, where every user may choose it (tcp(7)).
const UNPACED: &[u8] = b"reno";

/// Takes a TCP connection within this machine away from BBR.
///
/// # Errors
/// Those of getsockname(2), getpeername(2), getsockopt(2) and setsockopt(2).
pub fn unpace_local(fd: BorrowedFd<'_>) -> io::Result<()> {
    if !sys::options::congestion(fd)?.starts_with(PACED) {
        return Ok(());
    }
    let ends = (sys::socket::local_address(fd)?.as_socket(), sys::socket::peer_address(fd)?.as_socket());
    if let (Some(local), Some(peer)) = ends
        && addr::same_machine(local.ip(), peer.ip())
    {
        sys::options::set_congestion(fd, UNPACED)?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;

    fn congestion_after_unpacing(before: &[u8]) -> Option<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        if sys::options::set_congestion(stream.as_fd(), before).is_err() {
            return None;
        }
        unpace_local(stream.as_fd()).unwrap();
        Some(sys::options::congestion(stream.as_fd()).unwrap())
    }

    #[test]
    fn bbr_is_left_within_the_machine() {
        let Some(after) = congestion_after_unpacing(b"bbr") else {
            println!("skipped: this kernel has no BBR, or does not let this user choose it");
            return;
        };
        assert_eq!(after, UNPACED);
    }

    #[test]
    fn others_are_kept() {
        assert_eq!(congestion_after_unpacing(b"reno").unwrap(), b"reno");
        if let Some(after) = congestion_after_unpacing(b"cubic") {
            assert_eq!(after, b"cubic");
        }
    }

    #[test]
    fn a_socket_that_is_not_connected_is_an_error_or_nothing_to_do() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if sys::options::set_congestion(listener.as_fd(), b"bbr").is_ok() {
            assert_eq!(unpace_local(listener.as_fd()).unwrap_err().raw_os_error(), Some(libc::ENOTCONN));
        }
    }
}
