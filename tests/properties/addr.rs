//! Addresses as text: against the standard library and the C library, which know the same notation.

use super::cases::config;
use oxinet::model::addr::{UNIX_PATH_MAX, ip_text, parse_ip, same_machine, unix_name};
use proptest::prelude::*;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

unsafe extern "C" {
    fn inet_ntop(family: c_int, address: *const c_void, into: *mut c_char, size: u32) -> *const c_char;
    fn inet_pton(family: c_int, text: *const c_char, into: *mut c_void) -> c_int;
}

/// How the C library writes an IPv6 address: as libuv, and so Node, does.
fn c_text(address: Ipv6Addr) -> String {
    let mut text: [c_char; 64] = [0; 64];
    // SAFETY: 16 bytes are read, and at most as many written as there are, with a NUL at the end.
    unsafe {
        assert!(
            !inet_ntop(libc::AF_INET6, address.octets().as_ptr().cast(), text.as_mut_ptr(), 64).is_null()
        );
        CStr::from_ptr(text.as_ptr()).to_str().unwrap().to_owned()
    }
}

/// How it reads one.
fn c_parse(text: &str) -> Option<IpAddr> {
    let name = CString::new(text).ok()?;
    let mut bytes = [0_u8; 16];
    // SAFETY: the text ends with a NUL; 4 or 16 bytes are written.
    unsafe {
        if inet_pton(libc::AF_INET, name.as_ptr(), bytes.as_mut_ptr().cast()) == 1 {
            return Some(Ipv4Addr::from(*bytes.first_chunk::<4>().unwrap()).into());
        }
        let found = inet_pton(libc::AF_INET6, name.as_ptr(), bytes.as_mut_ptr().cast()) == 1;
        found.then(|| Ipv6Addr::from(bytes).into())
    }
}

/// Any address, those with runs of zeros and the reserved kinds more often than they would come up.
fn any_v6() -> impl Strategy<Value = Ipv6Addr> {
    let group = prop_oneof![3 => Just(0_u16), 1 => Just(0xffff), 1 => Just(0xfe80), 1 => 1..16_u16, 2 => any::<u16>()];
    let of_v4 = |prefix: [u16; 6], v4: u32| {
        let [a, b, c, d, e, f] = prefix;
        Ipv6Addr::from([a, b, c, d, e, f, (v4 >> 16) as u16, v4 as u16])
    };
    prop_oneof![
        4 => proptest::array::uniform8(group).prop_map(Ipv6Addr::from),
        1 => any::<u32>().prop_map(move |v4| of_v4([0, 0, 0, 0, 0, 0], v4)),
        1 => any::<u32>().prop_map(move |v4| of_v4([0, 0, 0, 0, 0, 0xffff], v4)),
        1 => (0..=0xffff_u32).prop_map(move |v4| of_v4([0, 0, 0, 0, 0, 0], v4)),
    ]
}

/// What looks like an address, or nearly.
fn almost_address() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[0-9a-f]{1,4}", 3 => Just(":".to_owned()), 2 => Just("::".to_owned()), 2 => "[0-9]{1,3}",
        2 => Just(".".to_owned()), 1 => Just("%".to_owned()), 1 => "[A-Zx+ -]", 1 => Just("é".to_owned()),
    ];
    let pieces = proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat());
    let changed = (any_v6(), any::<prop::sample::Index>(), "[0-9a-f:.%]?").prop_map(|(address, at, new)| {
        let mut text = address.to_string();
        let at = at.index(text.len());
        text.replace_range(at..=at, &new);
        text
    });
    prop_oneof![pieces, changed, any_v6().prop_map(|address| address.to_string()), any::<String>()]
}

fn no_scope(_: &str) -> Option<u32> {
    None
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_texts_are_addresses_as_for_the_c_library(text in almost_address(), port: u16) {
        prop_assume!(!text.contains('%'));
        let ours = parse_ip(&text, port, no_scope);
        prop_assert_eq!(ours, c_parse(&text).map(|ip| SocketAddr::new(ip, port)));
    }

    #[test]
    fn a_zone_is_a_number_or_else_a_name(address in any_v6(), zone in "[^%]{0,12}", port: u16) {
        let known = |name: &str| (name.len() < 5).then_some(7);
        let parsed = parse_ip(&format!("{address}%{zone}"), port, known);
        let scope = zone.parse().unwrap_or_else(|_| known(&zone).unwrap_or(0));
        prop_assert_eq!(parsed, Some(SocketAddrV6::new(address, port, 0, scope).into()));
    }

    #[test]
    fn no_text_makes_it_panic(text: String, port: u16) {
        let _parsed = parse_ip(&text, port, no_scope);
    }

    #[test]
    fn an_address_is_written_as_the_c_library_does(address in any_v6()) {
        let ours = ip_text(&SocketAddr::new(address.into(), 1), |_| None);
        prop_assert_eq!(ours, c_text(address));
    }

    #[test]
    fn what_is_written_is_read_as_the_same(address in any_v6(), v4: u32, scope: u32, port: u16) {
        let v4 = SocketAddr::new(Ipv4Addr::from(v4).into(), port);
        prop_assert_eq!(parse_ip(&ip_text(&v4, |_| None), port, no_scope), Some(v4));
        let is_link_local = address.segments()[0] & 0xffc0 == 0xfe80;
        let v6 = SocketAddr::V6(SocketAddrV6::new(address, port, 0, if is_link_local { scope } else { 0 }));
        prop_assert_eq!(parse_ip(&ip_text(&v6, |_| None), port, no_scope), Some(v6));
    }

    #[test]
    fn it_is_one_machine_whichever_way_the_addresses_are_written(local: u32, peer in any_v6(), v4: u32) {
        let (local, v4) = (Ipv4Addr::from(local), Ipv4Addr::from(v4));
        let mapped = |ip: Ipv4Addr| IpAddr::from(ip.to_ipv6_mapped());
        let expected = v4.is_loopback() || v4 == local;
        for local in [local.into(), mapped(local)] {
            prop_assert_eq!(same_machine(local, v4.into()), expected);
            prop_assert_eq!(same_machine(local, mapped(v4)), expected);
        }
        prop_assert!(same_machine(peer.into(), peer.into()));
    }

    #[test]
    fn a_path_is_cut_at_its_end_only(path: Vec<u8>, long in 0..300_usize) {
        let path: Vec<u8> = path.into_iter().chain(std::iter::repeat_n(b'x', long)).collect();
        let most = UNIX_PATH_MAX + usize::from(path.first() == Some(&0));
        prop_assert_eq!(unix_name(&path), &path[..path.len().min(most)]);
    }
}
