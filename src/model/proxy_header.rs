//! The header of the PROXY protocol, versions 1 and 2, by which a proxy says for whom it connects (HAProxy,
//! doc/proxy-protocol.txt).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

/// What a header begins with.
const V1: &[u8] = b"PROXY ";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The longest line of version 1, its end included.
const MOST_V1: usize = 107;
/// What is fixed of version 2: the signature, the command, the family and a length.
const FIXED_V2: usize = V2.len() + 4;
/// What two paths take in version 2.
const UNIX_PATH: usize = 108;
/// The type of the TLV with the checksum of the whole.
const CHECKSUM: u8 = 0x03;

/// The longest header that is taken. Version 2 allows 65,551 bytes, of which senders use some hundred.
pub const MOST: usize = 4096;

/// What some bytes are that a connection begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No header.
    Absent,
    /// More of them would tell.
    Incomplete,
    /// They begin with a header.
    Header(Header),
    /// They begin like a header, and are none.
    Invalid(Fault),
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not as the protocol wants it.
    Malformed,
    /// It is longer than its version allows, or than [`MOST`].
    TooLong,
    /// Its checksum is another one.
    Checksum,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// 1 or 2.
    pub version: u8,
    /// How many bytes it has.
    pub size: usize,
    /// The proxy speaks for itself (to see whether we live).
    pub is_local: bool,
    /// Who connected to whom.
    pub ends: Ends,
    /// Where its TLVs are: a type, a length of two bytes, a value, and so on until the end.
    pub tlvs: Range<usize>,
}

/// Who connected to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    /// It does not say.
    Unknown,
    /// Over IP.
    Ip {
        /// The client.
        source: SocketAddr,
        /// What it connected to.
        destination: SocketAddr,
    },
    /// Over a Unix socket.
    Unix {
        /// The client's path; mostly empty.
        source: Vec<u8>,
        /// What it connected to.
        destination: Vec<u8>,
    },
}

/// Whether there is a whole signature: an ordinary connection begins otherwise.
pub fn has_begun(bytes: &[u8]) -> bool {
    bytes.starts_with(V1) || bytes.starts_with(V2)
}

/// What the first bytes of a connection are.
pub fn parse(bytes: &[u8]) -> Outcome {
    if bytes.starts_with(V2) {
        parse_v2(bytes)
    } else if bytes.starts_with(V1) {
        parse_v1(bytes)
    } else if V1.starts_with(bytes) || V2.starts_with(bytes) {
        Outcome::Incomplete
    } else {
        Outcome::Absent
    }
}

fn parse_v1(bytes: &[u8]) -> Outcome {
    let most = &bytes[..bytes.len().min(MOST_V1)];
    let Some(end) = most.iter().position(|&byte| byte == b'\n') else {
        return if most.len() == MOST_V1 { Outcome::Invalid(Fault::TooLong) } else { Outcome::Incomplete };
    };
    let line = bytes[..end].strip_suffix(b"\r").and_then(|line| std::str::from_utf8(line).ok());
    let Some(ends) = line.and_then(|line| ends_v1(&line[V1.len()..])) else {
        return Outcome::Invalid(Fault::Malformed);
    };
    let size = end + 1;
    let is_local = ends == Ends::Unknown;
    Outcome::Header(Header { version: 1, size, is_local, ends, tlvs: size..size })
}

/// `TCP4 192.0.2.1 198.51.100.1 56324 443`; after `UNKNOWN` anything may follow.
fn ends_v1(text: &str) -> Option<Ends> {
    let mut words = text.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(Ends::Unknown);
    }
    let ip: fn(&str) -> Option<IpAddr> = match family {
        "TCP4" => |word| word.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        "TCP6" => |word| word.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => return None,
    };
    let [source, destination] = [ip(words.next()?)?, ip(words.next()?)?];
    let [from, to] = [port(words.next()?)?, port(words.next()?)?];
    if words.next().is_some() {
        return None;
    }
    Some(Ends::Ip { source: SocketAddr::new(source, from), destination: SocketAddr::new(destination, to) })
}

/// Digits without a leading zero.
fn port(word: &str) -> Option<u16> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    if is_plain { word.parse().ok() } else { None }
}

fn parse_v2(bytes: &[u8]) -> Outcome {
    let (&[version_and_command, family], &[high, low]) = match bytes[V2.len()..] {
        [a, b, c, d, ..] => (&[a, b], &[c, d]),
        [other, ..] if !matches!(other, 0x20 | 0x21) => return Outcome::Invalid(Fault::Malformed),
        _ => return Outcome::Incomplete,
    };
    let size = FIXED_V2 + usize::from(u16::from_be_bytes([high, low]));
    if !matches!(version_and_command, 0x20 | 0x21) || family >> 4 > 3 || family & 15 > 2 {
        return Outcome::Invalid(Fault::Malformed);
    }
    if size > MOST {
        return Outcome::Invalid(Fault::TooLong);
    }
    if bytes.len() < size {
        return Outcome::Incomplete;
    }
    let header = Header { version: 2, size, is_local: true, ends: Ends::Unknown, tlvs: size..size };
    // What else is in it counts for nothing, whatever it is.
    if version_and_command == 0x20 {
        return Outcome::Header(header);
    }
    match body_v2(family, &bytes[..size]) {
        Ok((ends, tlvs)) => Outcome::Header(Header { is_local: false, ends, tlvs, ..header }),
        Err(fault) => Outcome::Invalid(fault),
    }
}

/// What follows the fixed part: the addresses, and the TLVs.
fn body_v2(family: u8, header: &[u8]) -> Result<(Ends, Range<usize>), Fault> {
    let body = &header[FIXED_V2..];
    let (ends, length) = match family >> 4 {
        1 => (ip_v2::<4>(body), 12),
        2 => (ip_v2::<16>(body), 36),
        3 => (unix_v2(body), 2 * UNIX_PATH),
        _ => (Some(Ends::Unknown), 0),
    };
    let ends = ends.ok_or(Fault::Malformed)?;
    let tlvs = FIXED_V2 + length..header.len();
    match check_tlvs(header, tlvs.clone()) {
        // Without addresses nothing says what the rest is.
        Err(Fault::Malformed) if ends == Ends::Unknown => Ok((ends, header.len()..header.len())),
        checked => checked.map(|()| (ends, tlvs)),
    }
}

/// Two addresses of `N` bytes and two ports.
fn ip_v2<const N: usize>(body: &[u8]) -> Option<Ends>
where
    IpAddr: From<[u8; N]>,
{
    let (source, rest) = body.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let [a, b, c, d] = *rest.first_chunk::<4>()?;
    Some(Ends::Ip {
        source: SocketAddr::new(IpAddr::from(*source), u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(IpAddr::from(*destination), u16::from_be_bytes([c, d])),
    })
}

fn unix_v2(body: &[u8]) -> Option<Ends> {
    let (source, rest) = body.split_first_chunk::<UNIX_PATH>()?;
    let destination = rest.first_chunk::<UNIX_PATH>()?;
    Some(Ends::Unix { source: path(source), destination: path(destination) })
}

/// Up to the first NUL; of an abstract name, which begins with one, up to the NULs that fill the field.
fn path(field: &[u8]) -> Vec<u8> {
    let end = match field.first() {
        Some(0) => field.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1),
        _ => field.iter().position(|&byte| byte == 0).unwrap_or(field.len()),
    };
    field[..end].to_vec()
}

/// That they fill their place, and that the checksum among them, if there is one, is right.
fn check_tlvs(header: &[u8], place: Range<usize>) -> Result<(), Fault> {
    let mut at = place.start;
    let mut checksum = None;
    while at < place.end {
        let [kind, high, low] = *header[at..].first_chunk::<3>().ok_or(Fault::Malformed)?;
        let value = at + 3..at + 3 + usize::from(u16::from_be_bytes([high, low]));
        if value.end > place.end || (kind == CHECKSUM && value.len() != 4) {
            return Err(Fault::Malformed);
        }
        at = value.end;
        if kind == CHECKSUM {
            checksum = Some(value);
        }
    }
    match checksum {
        Some(place) if header[place.clone()] != crc32c(header, &place).to_be_bytes() => Err(Fault::Checksum),
        _ => Ok(()),
    }
}

/// CRC-32C (RFC 4960, appendix B) of the bytes, with those of `zeroed` taken for zeros.
pub fn crc32c(bytes: &[u8], zeroed: &Range<usize>) -> u32 {
    let step = |crc: u32, (at, &byte): (usize, &u8)| {
        let byte = if zeroed.contains(&at) { 0 } else { byte };
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().enumerate().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Header {
        match parse(bytes) {
            Outcome::Header(header) => header,
            other => panic!("{other:?}"),
        }
    }

    fn v2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = V2.to_vec();
        bytes.extend([command, family]);
        bytes.extend((body.len() as u16).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn is_malformed(bytes: &[u8]) -> bool {
        parse(bytes) == Outcome::Invalid(Fault::Malformed)
    }

    #[test]
    fn the_line_of_version_1() {
        let one = header(b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nGET /");
        assert_eq!((one.version, one.size, one.is_local), (1, 45, false));
        let [source, destination] = ["192.0.2.1:56324", "198.51.100.7:443"].map(|text| text.parse().unwrap());
        assert_eq!(one.ends, Ends::Ip { source, destination });
        let [source, destination] = ["[2001:db8::1]:1", "[::1]:0"].map(|text| text.parse().unwrap());
        assert_eq!(header(b"PROXY TCP6 2001:db8::1 ::1 1 0\r\n").ends, Ends::Ip { source, destination });
        for line in [&b"PROXY UNKNOWN\r\n"[..], b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"] {
            assert!(header(line).is_local);
        }
    }

    #[test]
    fn lines_that_are_none() {
        for text in [
            "TCP4 1.2.3.4 1.2.3.4 1",
            "TCP4 1.2.3.4 1.2.3.4 1 2 3",
            "TCP4  1.2.3.4 1.2.3.4 1 2",
            "TCP4 1.2.3.4 1.2.3.4 1 65536",
            "TCP4 1.2.3.4 1.2.3.4 01 2",
            "TCP4 1.2.3.4 1.2.3.4 +1 2",
            "TCP4 ::1 ::1 1 2",
            "TCP6 1.2.3.4 1.2.3.4 1 2",
            "TCP4 01.2.3.4 1.2.3.4 1 2",
            "UDP4 1.2.3.4 1.2.3.4 1 2",
            "TCP6 fe80::1%lo ::1 1 2",
            "tcp4 1.2.3.4 1.2.3.4 1 2",
            "",
            "TCP4 1.2.3.4 1.2.3.4 1 2 ",
            "UNKNOWNS",
        ] {
            assert!(is_malformed(format!("PROXY {text}\r\n").as_bytes()), "{text}");
        }
        assert!(is_malformed(b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n"), "no CR");
        assert!(is_malformed(b"PROXY \xff\r\n"));
        let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat();
        assert_eq!(parse(&long[..106]), Outcome::Incomplete);
        assert_eq!(parse(&long[..107]), Outcome::Invalid(Fault::TooLong));
        let most = [&long[..105], b"\r\n"].concat();
        assert_eq!(header(&most).size, 107);
    }

    #[test]
    fn addresses_of_version_2() {
        let v4 = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 0xbb];
        let [source, destination] = ["192.0.2.1:56324", "198.51.100.7:443"].map(|text| text.parse().unwrap());
        let one = header(&v2(0x21, 0x11, &v4));
        assert_eq!((one.version, one.size, one.is_local, one.tlvs), (2, 28, false, 28..28));
        assert_eq!(one.ends, Ends::Ip { source, destination });
        let mut paths = vec![0; 216];
        paths[..3].copy_from_slice(b"/cl");
        paths[108..112].copy_from_slice(b"\0ser");
        let ends = Ends::Unix { source: b"/cl".to_vec(), destination: b"\0ser".to_vec() };
        assert_eq!(header(&v2(0x21, 0x31, &paths)).ends, ends);
        assert!(is_malformed(&v2(0x21, 0x11, &v4[1..])));
        assert!(is_malformed(&v2(0x21, 0x21, &v4)));
        assert!(is_malformed(&v2(0x21, 0x31, &paths[1..])));
        assert!(
            [(0x22, 0x11), (0x11, 0x11), (0x21, 0x41), (0x21, 0x13)]
                .iter()
                .all(|&(a, b)| is_malformed(&v2(a, b, &v4)))
        );
        let local = header(&v2(0x20, 0x11, b"anything"));
        assert_eq!((local.is_local, local.ends, local.size), (true, Ends::Unknown, 24));
        assert_eq!(header(&v2(0x21, 0, b"no TLVs")).tlvs, 23..23);
        assert_eq!(header(&v2(0x21, 0, b"\x04\0\x01x")).tlvs, 16..20);
    }

    #[test]
    fn more_than_is_taken() {
        let long = v2(0x21, 0, &[0; MOST - FIXED_V2 + 1]);
        assert_eq!(parse(&long[..16]), Outcome::Invalid(Fault::TooLong), "at once");
        assert_eq!(header(&v2(0x21, 0, &[0; MOST - FIXED_V2])).size, MOST);
    }

    #[test]
    fn tlvs_and_their_checksum() {
        assert_eq!(crc32c(b"123456789", &(0..0)), 0xe306_9283);
        let mut body = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 0xbb].to_vec();
        body.extend(b"\x02\0\x02ab\x03\0\x04\0\0\0\0\xea\0\0");
        let mut bytes = v2(0x21, 0x11, &body);
        assert_eq!(parse(&bytes), Outcome::Invalid(Fault::Checksum));
        let sum = crc32c(&bytes, &(0..0)).to_be_bytes();
        bytes[36..40].copy_from_slice(&sum);
        assert_eq!(header(&bytes).tlvs, 28..43);
        bytes[20] ^= 1;
        assert_eq!(parse(&bytes), Outcome::Invalid(Fault::Checksum));
        for cut in [&b"\x02\0\x03ab"[..], b"\x02", b"\x02\0", b"\x03\0\x03abc"] {
            assert!(is_malformed(&v2(0x21, 0x11, &[&body[..12], cut].concat())), "{cut:?}");
        }
    }

    #[test]
    fn what_is_no_header() {
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"PROX ", b"PROXYTCP4", b"\r\n\r\n\r", b"\0", b"proxy "] {
            assert_eq!(parse(bytes), Outcome::Absent);
            assert!(!has_begun(bytes));
        }
        for bytes in [&b""[..], b"P", b"PROXY", b"\r", b"\r\n\r\n\0\r\nQUIT"] {
            assert_eq!(parse(bytes), Outcome::Incomplete);
            assert!(!has_begun(bytes));
        }
    }
}
