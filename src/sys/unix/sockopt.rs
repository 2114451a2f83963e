//! Socket options by name, and what the kernel tells of a connection: getsockopt(2), setsockopt(2). socket(7), ip(7),
//! ipv6(7), tcp(7).

use super::check;
use crate::model::socket_option::{Kind, OptionValue, SocketOption};
use crate::sys::options;
use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET, c_int, c_void, socklen_t};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Level and number of an option whose value is an int; `None` where this system has none.
const fn place(option: SocketOption) -> Option<(c_int, c_int)> {
    use SocketOption as O;
    Some(match option {
        O::KeepAlive => (SOL_SOCKET, libc::SO_KEEPALIVE),
        O::KeepAliveCount => (IPPROTO_TCP, libc::TCP_KEEPCNT),
        #[cfg(not(any(target_os = "macos", target_os = "ios")))]
        O::KeepAliveInitialDelay => (IPPROTO_TCP, libc::TCP_KEEPIDLE),
        #[cfg(any(target_os = "macos", target_os = "ios"))]
        O::KeepAliveInitialDelay => (IPPROTO_TCP, libc::TCP_KEEPALIVE),
        O::KeepAliveInterval => (IPPROTO_TCP, libc::TCP_KEEPINTVL),
        O::MaxSegmentSize => (IPPROTO_TCP, libc::TCP_MAXSEG),
        O::NoDelay => (IPPROTO_TCP, libc::TCP_NODELAY),
        O::ReceiveBufferSize => (SOL_SOCKET, libc::SO_RCVBUF),
        O::ReusePort => (SOL_SOCKET, libc::SO_REUSEPORT),
        O::SendBufferSize => (SOL_SOCKET, libc::SO_SNDBUF),
        #[cfg(target_os = "linux")]
        O::FastOpen => (IPPROTO_TCP, linux::TCP_FASTOPEN_CONNECT),
        #[cfg(target_os = "linux")]
        O::FastOpenQueue => (IPPROTO_TCP, libc::TCP_FASTOPEN),
        #[cfg(target_os = "linux")]
        O::Freebind => (IPPROTO_IP, libc::IP_FREEBIND),
        #[cfg(target_os = "linux")]
        O::Mark => (SOL_SOCKET, libc::SO_MARK),
        #[cfg(target_os = "linux")]
        O::NotSentLowWaterMark => (IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT),
        #[cfg(target_os = "linux")]
        O::Priority => (SOL_SOCKET, libc::SO_PRIORITY),
        #[cfg(target_os = "linux")]
        O::QuickAck => (IPPROTO_TCP, libc::TCP_QUICKACK),
        #[cfg(target_os = "linux")]
        O::Transparent => (IPPROTO_IP, libc::IP_TRANSPARENT),
        #[cfg(target_os = "linux")]
        O::UserTimeout => (IPPROTO_TCP, libc::TCP_USER_TIMEOUT),
        _ => return None,
    })
}

#[cfg(target_os = "linux")]
mod linux {
    // linux/tcp.h, linux/socket.h, linux/mptcp.h: not every libc names them.
    pub(super) const TCP_FASTOPEN_CONNECT: libc::c_int = 30;
    pub(super) const SOL_MPTCP: libc::c_int = 284;
    pub(super) const MPTCP_INFO: libc::c_int = 1;
    pub(super) const IPPROTO_MPTCP: libc::c_int = 262;
    // linux/sock_diag.h: the row of SO_MEMINFO, and where in it the send buffer stands: how much is allocated of it (Unix sockets),
    // its size, how much is queued (TCP).
    pub(super) const SO_MEMINFO: libc::c_int = 55;
    pub(super) const MEMORY_FIELDS: usize = 9;
    pub(super) const ALLOCATED: usize = 2;
    pub(super) const BUFFER: usize = 3;
    pub(super) const QUEUED: usize = 5;

    /// Whether the system bounds what every connection may have unsent. Looked up once: it is set when a machine starts.
    pub(super) fn bounds_unsent() -> bool {
        static BOUNDS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        *BOUNDS.get_or_init(|| {
            let text = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_notsent_lowat").unwrap_or_default();
            text.trim() != u32::MAX.to_string()
        })
    }
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
const LINGER: c_int = libc::SO_LINGER_SEC;
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
const LINGER: c_int = libc::SO_LINGER;

/// Whether this system has the option.
pub fn has(option: SocketOption) -> bool {
    use SocketOption as O;
    match option {
        O::Linger | O::Ttl | O::TypeOfService => true,
        O::BindToDevice | O::CongestionControl | O::Mptcp => cfg!(target_os = "linux"),
        _ => place(option).is_some(),
    }
}

/// Sets it. setsockopt(2).
///
/// # Errors
/// `ENOTSUP` where there is none, or the value is none of its kind; else those of the call.
pub fn set(fd: BorrowedFd<'_>, option: SocketOption, value: &OptionValue) -> io::Result<()> {
    match (option, value) {
        (SocketOption::Linger, &OptionValue::Linger(seconds)) => {
            let linger = libc::linger {
                l_onoff: c_int::from(seconds.is_some()),
                l_linger: int(seconds.unwrap_or_default()),
            };
            set_value(fd, (SOL_SOCKET, LINGER), &linger)
        }
        (SocketOption::Ttl, &OptionValue::Number(hops)) => set_ttl(fd, int(hops)),
        (SocketOption::TypeOfService, &OptionValue::Number(value)) => set_type_of_service(fd, value),
        #[cfg(target_os = "linux")]
        (SocketOption::BindToDevice, OptionValue::Text(name)) => {
            set_bytes(fd, (SOL_SOCKET, libc::SO_BINDTODEVICE), name.as_bytes())
        }
        #[cfg(target_os = "linux")]
        (SocketOption::CongestionControl, OptionValue::Text(name)) => {
            set_bytes(fd, (IPPROTO_TCP, libc::TCP_CONGESTION), name.as_bytes())
        }
        (_, value) => {
            let number = match *value {
                OptionValue::Switch(on) => c_int::from(on),
                OptionValue::Number(number) => int(number),
                OptionValue::Text(_) | OptionValue::Linger(_) => return Err(unsupported()),
            };
            set_value(fd, place(option).ok_or_else(unsupported)?, &number)
        }
    }
}

/// Asks the kernel for it. getsockopt(2).
///
/// # Errors
/// `ENOTSUP` where there is none; else those of the call.
pub fn get(fd: BorrowedFd<'_>, option: SocketOption) -> io::Result<OptionValue> {
    match option {
        SocketOption::Linger => {
            let mut linger = libc::linger { l_onoff: 0, l_linger: 0 };
            get_value(fd, (SOL_SOCKET, LINGER), &mut linger)?;
            Ok(OptionValue::Linger((linger.l_onoff != 0).then_some(linger.l_linger as u32)))
        }
        SocketOption::Ttl => ttl(fd).map(|hops| OptionValue::Number(hops as u32)),
        SocketOption::TypeOfService => {
            let v6 = is_v6(fd)?;
            options::type_of_service(fd, v6).map(OptionValue::Number)
        }
        #[cfg(target_os = "linux")]
        SocketOption::BindToDevice => text(fd, (SOL_SOCKET, libc::SO_BINDTODEVICE)),
        #[cfg(target_os = "linux")]
        SocketOption::CongestionControl => text(fd, (IPPROTO_TCP, libc::TCP_CONGESTION)),
        #[cfg(target_os = "linux")]
        SocketOption::Mptcp => is_mptcp(fd).map(OptionValue::Switch),
        _ => {
            let mut number: c_int = 0;
            get_value(fd, place(option).ok_or_else(unsupported)?, &mut number)?;
            Ok(match option.kind() {
                Kind::Switch => OptionValue::Switch(number != 0),
                _ => OptionValue::Number(number as u32),
            })
        }
    }
}

/// As the kernel's ints hold it: a mark may have all 32 bits.
const fn int(number: u32) -> c_int {
    number as c_int
}

fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOTSUP)
}

/// Those of IPv4 count on a socket for both families too.
fn set_ttl(fd: BorrowedFd<'_>, hops: c_int) -> io::Result<()> {
    if !is_v6(fd)? {
        return set_value(fd, (IPPROTO_IP, libc::IP_TTL), &hops);
    }
    set_value(fd, (IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS), &hops)?;
    // Not every system has it on such a socket, and not every such socket is for both.
    let _ipv4 = set_value(fd, (IPPROTO_IP, libc::IP_TTL), &hops);
    Ok(())
}

fn ttl(fd: BorrowedFd<'_>) -> io::Result<c_int> {
    let mut hops = 0;
    let v6 = (IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS);
    get_value(fd, if is_v6(fd)? { v6 } else { (IPPROTO_IP, libc::IP_TTL) }, &mut hops)?;
    Ok(hops)
}

/// As [`set_ttl`].
fn set_type_of_service(fd: BorrowedFd<'_>, value: u32) -> io::Result<()> {
    let v6 = is_v6(fd)?;
    options::set_type_of_service(fd, v6, value)?;
    if v6 {
        let _ipv4 = set_value(fd, (IPPROTO_IP, libc::IP_TOS), &int(value));
    }
    Ok(())
}

/// Where the family is none of IP's the call that follows says so.
fn is_v6(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(crate::sys::socket::local_address(fd)?.is_ipv6())
}

/// Whether both ends speak it: a connection that fell back to TCP has nothing to tell of it.
#[cfg(target_os = "linux")]
fn is_mptcp(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let mut protocol: c_int = 0;
    get_value(fd, (SOL_SOCKET, libc::SO_PROTOCOL), &mut protocol)?;
    let mut info = [0_u8; 8];
    let told = get_bytes(fd, (linux::SOL_MPTCP, linux::MPTCP_INFO), &mut info);
    Ok(protocol == linux::IPPROTO_MPTCP && told.is_ok())
}

/// What the kernel tells of a TCP connection: `struct tcp_info`. So many bytes were filled. getsockopt(2) `TCP_INFO`.
///
/// # Errors
/// Those of the call; `ENOTSUP` on what is no TCP socket.
pub fn tcp_info(fd: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    return get_bytes(fd, (IPPROTO_TCP, libc::TCP_INFO), into);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (fd, into);
        Err(unsupported())
    }
}

/// How much memory the kernel has for what this socket is to send next: `SO_SNDBUF` without what waits there. 0 where it does not
/// tell, where something else bounds it too (`TCP_NOTSENT_LOWAT`), and where somebody else than it takes what is sent. getsockopt(2)
/// `SO_MEMINFO`, Linux 4.12.
pub fn send_room(fd: BorrowedFd<'_>) -> usize {
    #[cfg(target_os = "linux")]
    {
        if crate::sys::interposed::sends() {
            return 0;
        }
        let mut memory = [0_u32; linux::MEMORY_FIELDS];
        let told = get_value(fd, (SOL_SOCKET, linux::SO_MEMINFO), &mut memory);
        let mut lowest: c_int = -1;
        // There is none on a Unix socket, which stays -1: no bound. 0 is one that was not set: the system's.
        let _none = get_value(fd, (IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT), &mut lowest);
        let is_free = lowest == -1 || (lowest == 0 && !linux::bounds_unsent());
        if told.is_err() || !is_free {
            return 0;
        }
        let waiting = memory[linux::ALLOCATED].max(memory[linux::QUEUED]);
        memory[linux::BUFFER].saturating_sub(waiting) as usize
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = fd;
        0
    }
}

/// Whether the struct of [`tcp_info`] is Linux's: others have structs of their own.
pub const HAS_TCP_INFO: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
fn text(fd: BorrowedFd<'_>, place: (c_int, c_int)) -> io::Result<OptionValue> {
    let mut name = [0_u8; 16];
    let length = get_bytes(fd, place, &mut name)?.min(name.len());
    let end = name[..length].iter().position(|&byte| byte == 0).unwrap_or(length);
    Ok(OptionValue::Text(String::from_utf8_lossy(&name[..end]).into_owned()))
}

#[cfg(target_os = "linux")]
fn set_bytes(fd: BorrowedFd<'_>, (level, name): (c_int, c_int), bytes: &[u8]) -> io::Result<()> {
    // SAFETY: so many bytes can be read there, and are during the call only.
    check(unsafe {
        libc::setsockopt(fd.as_raw_fd(), level, name, bytes.as_ptr().cast(), bytes.len() as socklen_t)
    })?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn get_bytes(fd: BorrowedFd<'_>, (level, name): (c_int, c_int), into: &mut [u8]) -> io::Result<usize> {
    let mut length = into.len() as socklen_t;
    // SAFETY: at most `length` bytes are written there.
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, into.as_mut_ptr().cast(), &mut length) })?;
    Ok(length as usize)
}

/// What an option's value may be: plain memory, of which any bytes are a value.
trait Plain {}
impl Plain for c_int {}
impl Plain for libc::linger {}
#[cfg(target_os = "linux")]
impl Plain for [u32; linux::MEMORY_FIELDS] {}

fn set_value<T: Plain>(fd: BorrowedFd<'_>, (level, name): (c_int, c_int), value: &T) -> io::Result<()> {
    let at: *const c_void = std::ptr::from_ref(value).cast();
    // SAFETY: so many bytes can be read there, and are during the call only.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, at, size_of::<T>() as socklen_t) })?;
    Ok(())
}

fn get_value<T: Plain>(fd: BorrowedFd<'_>, (level, name): (c_int, c_int), into: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as socklen_t;
    let at: *mut c_void = std::ptr::from_mut(into).cast();
    // SAFETY: at most `length` bytes are written there, and any bytes are a value (`Plain`).
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, at, &mut length) })?;
    Ok(())
}
