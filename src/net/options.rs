//! Socket options that the program asks for, and sockets that are opened before their time so that they can be set.

use super::descriptor::Descriptor;
use crate::model::socket_option::{OptionValue, SocketOption};
use crate::sys::{self, errno, kind::FdKind};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// For paths.
    Unix,
    /// For IPv4 addresses.
    V4,
    /// For IPv6 addresses.
    V6,
}

/// Opens a socket that is to be bound or connected later; one that is open stays what it is.
///
/// # Errors
/// Those of socket(2); `ENOTSUP` if an open one, or one for paths, were to be one of Multipath TCP.
pub fn open(descriptor: &Descriptor, domain: Domain, mptcp: bool) -> io::Result<()> {
    let watched = &descriptor.watched;
    if mptcp && (watched.is_open() || domain == Domain::Unix) {
        return Err(io::Error::from_raw_os_error(errno::ENOTSUP));
    }
    if watched.is_open() {
        return Ok(());
    }
    let address = match domain {
        Domain::Unix => {
            watched.set_open(sys::socket::unix()?, FdKind::Unix);
            return Ok(());
        }
        Domain::V4 => (Ipv4Addr::UNSPECIFIED, 0).into(),
        Domain::V6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    if mptcp {
        watched.set_open_mptcp(sys::socket::mptcp(&address)?);
    } else {
        watched.set_open(sys::socket::tcp(&address)?, FdKind::Tcp);
    }
    Ok(())
}

/// Sets an option.
///
/// # Errors
/// `EBADF` when nothing is open, `ENOTSUP` where the system has none; else those of setsockopt(2).
pub fn set(descriptor: &Descriptor, option: SocketOption, value: &OptionValue) -> io::Result<()> {
    descriptor.watched.with_fd(|fd| sys::sockopt::set(fd, option, value))?;
    match (option, value) {
        (SocketOption::CongestionControl, _) => descriptor.habits.keeps_congestion.set(true),
        (_, &OptionValue::Linger(seconds)) => {
            descriptor.habits.lingers.set(seconds.is_some_and(|seconds| seconds > 0));
        }
        _ => {}
    }
    Ok(())
}

/// What the system says of it.
///
/// # Errors
/// As [`set`], of getsockopt(2).
pub fn get(descriptor: &Descriptor, option: SocketOption) -> io::Result<OptionValue> {
    descriptor.watched.with_fd(|fd| sys::sockopt::get(fd, option))
}
