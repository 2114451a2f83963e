//! Socket options by name. `getsockopt`, `setsockopt`.

use crate::model::socket_option::{OptionValue, SocketOption};
use crate::sys::{errno, options};
use socket2::SockRef;
use std::io;
use std::time::Duration;

use super::os::BorrowedFd;

/// Whether this system has the option.
pub fn has(option: SocketOption) -> bool {
    use SocketOption as O;
    matches!(
        option,
        O::KeepAlive
            | O::Linger
            | O::NoDelay
            | O::ReceiveBufferSize
            | O::SendBufferSize
            | O::Ttl
            | O::TypeOfService
    )
}

/// Sets it.
///
/// # Errors
/// `ENOTSUP` where there is none, or the value is none of its kind; else those of the call.
pub fn set(fd: BorrowedFd<'_>, option: SocketOption, value: &OptionValue) -> io::Result<()> {
    use SocketOption as O;
    let socket = SockRef::from(&fd);
    match (option, value) {
        (O::KeepAlive, &OptionValue::Switch(on)) => socket.set_keepalive(on),
        (O::NoDelay, &OptionValue::Switch(on)) => options::set_no_delay(fd, on),
        (O::Linger, &OptionValue::Linger(seconds)) => {
            socket.set_linger(seconds.map(|seconds| Duration::from_secs(seconds.into())))
        }
        (O::ReceiveBufferSize, &OptionValue::Number(bytes)) => socket.set_recv_buffer_size(bytes as usize),
        (O::SendBufferSize, &OptionValue::Number(bytes)) => socket.set_send_buffer_size(bytes as usize),
        // A socket for IPv6 alone has no IP_TTL, one for IPv4 no hop limit.
        (O::Ttl, &OptionValue::Number(hops)) => match socket.set_unicast_hops_v6(hops) {
            Ok(()) => {
                let _ipv4 = socket.set_ttl_v4(hops);
                Ok(())
            }
            Err(_) => socket.set_ttl_v4(hops),
        },
        // As `setTypeOfService()`: IPv4 alone.
        (O::TypeOfService, &OptionValue::Number(value)) => socket.set_tos_v4(value),
        _ => Err(unsupported()),
    }
}

/// Asks the system for it.
///
/// # Errors
/// `ENOTSUP` where there is none; else those of the call.
pub fn get(fd: BorrowedFd<'_>, option: SocketOption) -> io::Result<OptionValue> {
    use SocketOption as O;
    let socket = SockRef::from(&fd);
    let number = |number: usize| OptionValue::Number(u32::try_from(number).unwrap_or(u32::MAX));
    Ok(match option {
        O::KeepAlive => OptionValue::Switch(socket.keepalive()?),
        O::NoDelay => OptionValue::Switch(socket.tcp_nodelay()?),
        O::Linger => OptionValue::Linger(
            socket.linger()?.map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
        ),
        O::ReceiveBufferSize => number(socket.recv_buffer_size()?),
        O::SendBufferSize => number(socket.send_buffer_size()?),
        O::Ttl => OptionValue::Number(socket.unicast_hops_v6().or_else(|_| socket.ttl_v4())?),
        O::TypeOfService => OptionValue::Number(socket.tos_v4()?),
        _ => return Err(unsupported()),
    })
}

/// Whether there is a `struct tcp_info` to be had.
pub const HAS_TCP_INFO: bool = false;

/// There is none.
///
/// # Errors
/// Always.
pub fn tcp_info(_fd: BorrowedFd<'_>, _into: &mut [u8]) -> io::Result<usize> {
    Err(unsupported())
}

/// Nobody tells.
pub fn send_room(_fd: BorrowedFd<'_>) -> usize {
    0
}

fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(errno::ENOTSUP)
}
