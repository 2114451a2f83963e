//! Headers of the PROXY protocol: what was written is read, whatever else comes is refused or waited for, and where a header ends
//! does not depend on what follows, or on the pieces in which it comes.

use super::cases::config;
use oxinet::model::proxy_header::{Ends, Fault, Header, MOST, Outcome, crc32c, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{IpAddr, SocketAddr};

const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn any_ends() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
    prop_oneof![
        any::<([u8; 4], [u8; 4], u16, u16)>().prop_map(|(a, b, c, d)| (
            IpAddr::from(a),
            c,
            IpAddr::from(b),
            d
        )),
        any::<([u8; 16], [u8; 16], u16, u16)>().prop_map(|(a, b, c, d)| (
            IpAddr::from(a),
            c,
            IpAddr::from(b),
            d
        )),
    ]
    .prop_map(|(source, from, destination, to)| {
        (SocketAddr::new(source, from), SocketAddr::new(destination, to))
    })
}

fn v1(source: &SocketAddr, destination: &SocketAddr) -> Vec<u8> {
    let (family, [from, to]) =
        (if source.is_ipv4() { 4 } else { 6 }, [source, destination].map(SocketAddr::port));
    format!("PROXY TCP{family} {} {} {from} {to}\r\n", source.ip(), destination.ip()).into_bytes()
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

fn v2(source: &SocketAddr, destination: &SocketAddr, tlvs: &[(u8, Vec<u8>)], checksum: bool) -> Vec<u8> {
    let mut body = [octets(source.ip()), octets(destination.ip())].concat();
    body.extend(source.port().to_be_bytes());
    body.extend(destination.port().to_be_bytes());
    let mut add = |kind: u8, value: &[u8]| {
        body.push(kind);
        body.extend((value.len() as u16).to_be_bytes());
        body.extend(value);
    };
    // Of the type of the checksum there is at most one.
    tlvs.iter().for_each(|(kind, value)| add(if *kind == 3 { 4 } else { *kind }, value));
    if checksum {
        add(3, &[0; 4]);
    }
    let mut bytes = [V2, &[0x21, if source.is_ipv4() { 0x11 } else { 0x21 }]].concat();
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(body);
    if checksum {
        let at = bytes.len() - 4;
        let sum = crc32c(&bytes, &(0..0));
        bytes[at..].copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}

fn any_tlvs() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    vec((any::<u8>(), vec(any::<u8>(), 0..40)), 0..6)
}

/// A header, mostly with something changed in it.
fn almost_header() -> impl Strategy<Value = Vec<u8>> {
    let whole = (any_ends(), any_tlvs(), any::<bool>(), any::<bool>())
        .prop_map(|((a, b), tlvs, sum, first)| if first { v1(&a, &b) } else { v2(&a, &b, &tlvs, sum) });
    let change = prop_oneof![
        1 => Just(None),
        4 => (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'\r'), Just(0)]).prop_map(Some),
    ];
    (whole, change, any::<bool>()).prop_map(|(mut bytes, change, insert)| {
        if let Some((index, byte)) = change {
            let at = index.index(bytes.len());
            if insert {
                bytes.insert(at, byte)
            } else {
                bytes[at] = byte
            };
        }
        bytes
    })
}

/// That a longer beginning of the same bytes never takes back what a shorter one has told.
fn check_beginnings(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut told: Option<Outcome> = None;
    for length in 0..=bytes.len() {
        let outcome = parse(&bytes[..length]);
        match (&told, &outcome) {
            (None, Outcome::Incomplete) => {}
            (None, Outcome::Header(header)) => {
                prop_assert_eq!(header.size, length, "told with its last byte");
                prop_assert!(header.size <= MOST && header.tlvs.end <= header.size);
                told = Some(outcome);
            }
            (None, _) => told = Some(outcome),
            (Some(before), _) => prop_assert_eq!(before, &outcome, "{} bytes", length),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_proxy_writes_is_read((source, destination) in any_ends(), tail in vec(any::<u8>(), 0..20)) {
        let line = v1(&source, &destination);
        let found = parse(&[&line[..], &tail].concat());
        let (size, ends) = (line.len(), Ends::Ip { source, destination });
        prop_assert!(size <= 107);
        prop_assert_eq!(found, Outcome::Header(Header { version: 1, size, is_local: false, ends, tlvs: size..size }));
    }

    #[test]
    fn tlvs_are_found_and_the_checksum_is_right(
        (source, destination) in any_ends(),
        tlvs in any_tlvs(),
        checksum in any::<bool>(),
        tail in vec(any::<u8>(), 0..20),
        flipped in any::<prop::sample::Index>(),
    ) {
        let mut bytes = v2(&source, &destination, &tlvs, checksum);
        let size = bytes.len();
        let start = 16 + if source.is_ipv4() { 12 } else { 36 };
        let ends = Ends::Ip { source, destination };
        let found = parse(&[&bytes[..], &tail].concat());
        prop_assert_eq!(found, Outcome::Header(Header { version: 2, size, is_local: false, ends, tlvs: start..size }));
        if checksum {
            // An address that is not what it was.
            bytes[16 + flipped.index(start - 16)] ^= 0x10;
            prop_assert_eq!(parse(&bytes), Outcome::Invalid(Fault::Checksum));
        }
    }

    #[test]
    fn what_a_beginning_tells_stays(bytes in almost_header(), tail in vec(any::<u8>(), 0..20)) {
        check_beginnings(&[&bytes[..], &tail].concat())?;
    }

    #[test]
    fn any_bytes_at_all(
        start in prop_oneof![Just(&b""[..]), Just(V2), Just(&b"PROXY "[..]), Just(&b"PROXY TCP4 "[..])],
        bytes in vec(any::<u8>(), 0..300),
    ) {
        check_beginnings(&[start, &bytes].concat())?;
    }

    #[test]
    fn the_bytes_of_lines(text in "PROXY (TCP4|TCP6|UNKNOWN|)[ 0-9a-f.:]{0,120}\r?\n?") {
        check_beginnings(text.as_bytes())?;
    }
}
