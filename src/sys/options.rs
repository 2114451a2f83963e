//! Socket options, sorted by name. tcp(7), ip(7), ipv6(7), socket(7).

use super::os::BorrowedFd;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;

/// `IP_TOS` or, for IPv6, `IPV6_TCLASS`: the value in force.
pub fn type_of_service(fd: BorrowedFd<'_>, v6: bool) -> io::Result<u32> {
    let socket = SockRef::from(&fd);
    #[cfg(windows)]
    if v6 {
        return Err(io::Error::from_raw_os_error(super::errno::ENOTSUP));
    }
    #[cfg(unix)]
    if v6 {
        return socket.tclass_v6();
    }
    socket.tos_v4()
}

/// Sets `IP_TOS` or `IPV6_TCLASS`, 0 to 255.
pub fn set_type_of_service(fd: BorrowedFd<'_>, v6: bool, value: u32) -> io::Result<()> {
    let socket = SockRef::from(&fd);
    #[cfg(windows)]
    if v6 {
        return Err(io::Error::from_raw_os_error(super::errno::ENOTSUP));
    }
    #[cfg(unix)]
    if v6 {
        return socket.set_tclass_v6(value);
    }
    socket.set_tos_v4(value)
}

/// `TCP_CONGESTION`: the name of the algorithm in force, without trailing NULs. Linux; elsewhere an empty name.
pub fn congestion(fd: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    #[cfg(target_os = "linux")]
    {
        let mut name = SockRef::from(&fd).tcp_congestion()?;
        name.truncate(name.iter().position(|&byte| byte == 0).unwrap_or(name.len()));
        Ok(name)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = fd;
        Ok(Vec::new())
    }
}

/// `TCP_CONGESTION`: chooses the algorithm by name. Linux; elsewhere nothing.
pub fn set_congestion(fd: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return SockRef::from(&fd).set_tcp_congestion(name);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (fd, name);
        Ok(())
    }
}

/// `IPV6_V6ONLY`: whether an IPv6 listener leaves IPv4 alone.
pub fn set_only_v6(fd: BorrowedFd<'_>, on: bool) -> io::Result<()> {
    SockRef::from(&fd).set_only_v6(on)
}

/// `SO_KEEPALIVE` with `TCP_KEEPIDLE`, `TCP_KEEPINTVL` (seconds) and `TCP_KEEPCNT`; a zero leaves
/// that value as it is.
pub fn set_keepalive(fd: BorrowedFd<'_>, on: bool, idle: u32, interval: u32, count: u32) -> io::Result<()> {
    let socket = SockRef::from(&fd);
    if !on || idle == 0 {
        return socket.set_keepalive(on);
    }
    // set_tcp_keepalive() below turns SO_KEEPALIVE on itself.
    let mut probes = TcpKeepalive::new().with_time(Duration::from_secs(idle.into()));
    if interval > 0 {
        probes = probes.with_interval(Duration::from_secs(interval.into()));
    }
    if count > 0 {
        probes = probes.with_retries(count);
    }
    socket.set_tcp_keepalive(&probes)
}

/// `SO_REUSEADDR`: a listener may bind while old connections of the port are in TIME_WAIT. Windows lets it without, and
/// means by it that others may take the port.
pub fn set_reuse_address(fd: BorrowedFd<'_>) -> io::Result<()> {
    #[cfg(unix)]
    return SockRef::from(&fd).set_reuse_address(true);
    #[cfg(windows)]
    {
        let _ = fd;
        Ok(())
    }
}

/// `SO_REUSEPORT`: several sockets of this user share a port, the kernel spreads connections. Not on Windows.
pub fn set_reuse_port(fd: BorrowedFd<'_>) -> io::Result<()> {
    #[cfg(unix)]
    return SockRef::from(&fd).set_reuse_port(true);
    #[cfg(windows)]
    {
        let _ = fd;
        Err(io::Error::from_raw_os_error(super::errno::ENOTSUP))
    }
}

/// `TCP_NODELAY`: no waiting for more bytes (Nagle's algorithm off).
pub fn set_no_delay(fd: BorrowedFd<'_>, on: bool) -> io::Result<()> {
    SockRef::from(&fd).set_tcp_nodelay(on)
}
