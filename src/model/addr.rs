//! Socket addresses as Node spells them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Bytes a Unix socket path may have on Linux: `sizeof(sun_path) - 1` (unix(7)).
#[cfg(target_os = "linux")]
pub const UNIX_PATH_MAX: usize = 107;
/// Bytes a Unix socket path may have elsewhere (macOS, BSD): `sizeof(sun_path) - 1`.
#[cfg(not(target_os = "linux"))]
pub const UNIX_PATH_MAX: usize = 103;

/// Parses an IP literal, for IPv6 with an optional `%scope`. `scope_of` turns an interface name
/// into its index.
pub fn parse_ip(text: &str, port: u16, scope_of: impl Fn(&str) -> Option<u32>) -> Option<SocketAddr> {
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some(SocketAddr::new(IpAddr::V4(v4), port));
    }
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let v6 = address.parse::<Ipv6Addr>().ok()?;
    let scope = match zone {
        None => 0,
        Some(zone) => match zone.parse::<u32>() {
            Ok(number) => number,
            // As libuv: the kernel says whether the address can do without.
            Err(_) => scope_of(zone).unwrap_or(0),
        },
    };
    Some(SocketAddr::V6(SocketAddrV6::new(v6, port, 0, scope)))
}

/// The address without its port; a link-local IPv6 address carries `%zone` as Node prints it.
pub fn ip_text(address: &SocketAddr, name_of: impl Fn(u32) -> Option<String>) -> String {
    match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => {
            let text = v6_text(*v6.ip());
            if v6.scope_id() == 0 || (v6.ip().segments()[0] & 0xffc0) != 0xfe80 {
                return text;
            }
            let zone = name_of(v6.scope_id()).unwrap_or_else(|| v6.scope_id().to_string());
            format!("{text}%{zone}")
        }
    }
}

/// As the C library and libuv write it: with the end as IPv4 where the first 96 bits are zero and not the next 16 (RFC 4291,
/// "IPv4-compatible"), too.
fn v6_text(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            format!("::{}", Ipv4Addr::from((u128::from(address) & 0xffff_ffff) as u32))
        }
        _ => address.to_string(),
    }
}

/// Whether a connection between these addresses stays within one machine.
pub fn same_machine(local: IpAddr, peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback() || local.to_canonical() == peer.to_canonical()
}

/// The bytes of a path that fit into a Unix socket address; the specification says that the rest
/// is cut off. An abstract name (leading NUL, Linux) may use one byte more.
pub fn unix_name(path: &[u8]) -> &[u8] {
    let most = if path.first() == Some(&0) { UNIX_PATH_MAX + 1 } else { UNIX_PATH_MAX };
    &path[..path.len().min(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_scope(_: &str) -> Option<u32> {
        None
    }

    #[test]
    fn literals_parse_as_in_node() {
        assert_eq!(parse_ip("127.0.0.1", 80, no_scope).unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(parse_ip("::1", 80, no_scope).unwrap().to_string(), "[::1]:80");
        assert!(parse_ip("01.2.3.4", 80, no_scope).is_none());
        assert!(parse_ip("localhost", 80, no_scope).is_none());
        assert!(parse_ip("", 80, no_scope).is_none());
        let scoped = parse_ip("fe80::1%eth7", 1, |name| (name == "eth7").then_some(7)).unwrap();
        assert_eq!(ip_text(&scoped, |_| Some("eth7".into())), "fe80::1%eth7");
        assert_eq!(ip_text(&parse_ip("fe80::1%9", 1, no_scope).unwrap(), |_| None), "fe80::1%9");
    }

    #[test]
    fn a_zone_that_does_not_exist_counts_as_none() {
        assert_eq!(parse_ip("::1%nosuchif0", 1, no_scope), parse_ip("::1", 1, no_scope));
        assert_eq!(parse_ip("::1%4294967296", 1, no_scope), parse_ip("::1", 1, no_scope));
    }

    #[test]
    fn a_scope_is_only_shown_for_link_local_addresses() {
        let address = parse_ip("2001:db8::1%3", 1, no_scope).unwrap();
        assert_eq!(ip_text(&address, |_| Some("x".into())), "2001:db8::1");
    }

    #[test]
    fn the_end_of_an_address_is_written_as_ipv4_where_node_does() {
        for text in ["::1.2.3.4", "::0.1.0.0", "::ffff:1.2.3.4", "::", "::1", "::2:3", "1::1:0"] {
            let written = if text == "::2:3" { "::0.2.0.3" } else { text };
            assert_eq!(ip_text(&parse_ip(text, 1, no_scope).unwrap(), |_| None), written);
        }
    }

    #[test]
    fn long_paths_are_cut_and_abstract_names_get_one_byte_more() {
        let long = vec![b'a'; 300];
        assert_eq!(unix_name(&long).len(), UNIX_PATH_MAX);
        let mut name = long.clone();
        name[0] = 0;
        assert_eq!(unix_name(&name).len(), UNIX_PATH_MAX + 1);
        assert_eq!(unix_name(b"/tmp/x"), b"/tmp/x");
    }

    #[test]
    fn connections_within_the_machine() {
        let same = |local: &str, peer: &str| same_machine(local.parse().unwrap(), peer.parse().unwrap());
        assert!(same("127.0.0.1", "127.0.0.2"));
        assert!(same("::1", "::1"));
        assert!(same("::ffff:127.0.0.1", "::ffff:127.0.0.1"));
        assert!(same("192.0.2.7", "::ffff:192.0.2.7"));
        assert!(!same("192.0.2.7", "192.0.2.8"));
        assert!(!same("2001:db8::1", "2001:db8::2"));
    }
}
