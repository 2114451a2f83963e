//! What the kernel tells of a TCP connection: `struct tcp_info` of linux/tcp.h, read from its bytes. It has grown with the
//! kernel and never changed: an older one gives fewer bytes, and what lies beyond them is not known.

use std::fmt::Write;

/// A value of the struct.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A name.
    Text(&'static str),
    /// A yes or no.
    Flag(bool),
    /// A count, of segments or bytes; a rate in bytes a second; a time in milliseconds.
    Number(f64),
}

/// How a field's bytes are to be read.
#[derive(Debug, Clone, Copy)]
enum Form {
    Byte,
    /// A 32-bit count.
    Count,
    /// A 32-bit count whose largest signed value means that there is no limit.
    Limit,
    /// A 64-bit count.
    Long,
    /// The same whose largest value means that there is no limit.
    LongLimit,
    /// 32 bits of microseconds.
    Micros,
    /// The same whose largest value means that it is not known yet.
    MicrosSeen,
    /// 64 bits of microseconds.
    LongMicros,
    /// 32 bits of milliseconds.
    Millis,
    /// A bit of the byte.
    Bit(u8),
}

/// Name, place and form of each field, in the order of the struct.
const FIELDS: [(&str, usize, Form); 52] = [
    ("retransmits", 2, Form::Byte),
    ("probes", 3, Form::Byte),
    ("backoff", 4, Form::Byte),
    ("timestamps", 5, Form::Bit(0)),
    ("selectiveAcks", 5, Form::Bit(1)),
    ("windowScaling", 5, Form::Bit(2)),
    ("congestionNotification", 5, Form::Bit(3)),
    ("fastOpenData", 5, Form::Bit(5)),
    ("deliveryRateAppLimited", 7, Form::Bit(0)),
    ("retransmissionTimeout", 8, Form::Micros),
    ("ackTimeout", 12, Form::Micros),
    ("sendMss", 16, Form::Count),
    ("receiveMss", 20, Form::Count),
    ("unacked", 24, Form::Count),
    ("sacked", 28, Form::Count),
    ("lost", 32, Form::Count),
    ("retransmitted", 36, Form::Count),
    ("sinceDataSent", 44, Form::Millis),
    ("sinceDataReceived", 52, Form::Millis),
    ("sinceAckReceived", 56, Form::Millis),
    ("pathMtu", 60, Form::Count),
    ("receiveSlowStartThreshold", 64, Form::Count),
    ("rtt", 68, Form::Micros),
    ("rttVariance", 72, Form::Micros),
    ("slowStartThreshold", 76, Form::Limit),
    ("congestionWindow", 80, Form::Count),
    ("advertisedMss", 84, Form::Count),
    ("reordering", 88, Form::Count),
    ("receiveRtt", 92, Form::Micros),
    ("receiveSpace", 96, Form::Count),
    ("totalRetransmits", 100, Form::Count),
    ("pacingRate", 104, Form::LongLimit),
    ("maxPacingRate", 112, Form::LongLimit),
    ("bytesAcked", 120, Form::Long),
    ("bytesReceived", 128, Form::Long),
    ("segmentsOut", 136, Form::Count),
    ("segmentsIn", 140, Form::Count),
    ("notSentBytes", 144, Form::Count),
    ("minRtt", 148, Form::MicrosSeen),
    ("dataSegmentsIn", 152, Form::Count),
    ("dataSegmentsOut", 156, Form::Count),
    ("deliveryRate", 160, Form::Long),
    ("busyTime", 168, Form::LongMicros),
    ("receiveWindowLimitedTime", 176, Form::LongMicros),
    ("sendBufferLimitedTime", 184, Form::LongMicros),
    ("delivered", 192, Form::Count),
    ("deliveredCongestionMarked", 196, Form::Count),
    ("bytesSent", 200, Form::Long),
    ("bytesRetransmitted", 208, Form::Long),
    ("duplicateSacks", 216, Form::Count),
    ("sendWindow", 228, Form::Count),
    ("receiveWindow", 232, Form::Count),
];

/// So many bytes hold all that is read.
pub const SIZE: usize = 248;

const STATES: [&str; 13] = [
    "UNKNOWN",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECEIVED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "TIME_WAIT",
    "CLOSED",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "SYN_RECEIVED",
];

const CONGESTION_STATES: [&str; 5] = ["open", "disorder", "cwr", "recovery", "loss"];

/// Calls `tell` with the name and value of each field that is within `bytes`, and known.
pub fn read(bytes: &[u8], mut tell: impl FnMut(&'static str, Value)) {
    for (name, place, names) in [("state", 0, &STATES[..]), ("congestionState", 1, &CONGESTION_STATES)] {
        if let Some(&number) = bytes.get(place) {
            tell(name, Value::Text(names.get(usize::from(number)).unwrap_or(&"UNKNOWN")));
        }
    }
    for (name, place, form) in FIELDS {
        if let Some(value) = bytes.get(place..).and_then(|rest| value(rest, form)) {
            tell(name, value);
        }
    }
}

/// The same as JSON: one string is made into an object sooner than an object is made through Node-API, property by property.
pub fn json(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2048);
    read(bytes, |name, value| {
        let before = if text.is_empty() { '{' } else { ',' };
        let _never_fails = match value {
            Value::Text(word) => write!(text, "{before}\"{name}\":\"{word}\""),
            Value::Flag(on) => write!(text, "{before}\"{name}\":{on}"),
            // JSON has no word for it, but any number that is too large is it.
            Value::Number(number) if number.is_infinite() => write!(text, "{before}\"{name}\":1e999"),
            Value::Number(number) => write!(text, "{before}\"{name}\":{number}"),
        };
    });
    text.push_str(if text.is_empty() { "{}" } else { "}" });
    text
}

fn value(bytes: &[u8], form: Form) -> Option<Value> {
    let word = || bytes.first_chunk().map(|&word| u32::from_ne_bytes(word));
    let long = || bytes.first_chunk().map(|&long| u64::from_ne_bytes(long));
    let number = match form {
        Form::Bit(bit) => return Some(Value::Flag(bytes.first()? >> bit & 1 != 0)),
        Form::Byte => f64::from(*bytes.first()?),
        Form::Count | Form::Millis => f64::from(word()?),
        Form::Limit => match word()? {
            0x7fff_ffff.. => f64::INFINITY,
            count => f64::from(count),
        },
        Form::Long => long()? as f64,
        Form::LongLimit => match long()? {
            u64::MAX => f64::INFINITY,
            rate => rate as f64,
        },
        Form::Micros => f64::from(word()?) / 1000.0,
        Form::MicrosSeen => match word()? {
            u32::MAX => return None,
            micros => f64::from(micros) / 1000.0,
        },
        Form::LongMicros => long()? as f64 / 1000.0,
    };
    Some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(&'static str, Value)> {
        let mut told = Vec::new();
        read(bytes, |name, value| told.push((name, value)));
        told
    }

    fn find(bytes: &[u8], name: &str) -> Option<Value> {
        all(bytes).into_iter().find(|(one, _)| *one == name).map(|(_, value)| value)
    }

    #[test]
    fn names_and_units() {
        let mut bytes = [0_u8; SIZE];
        (bytes[0], bytes[1], bytes[5]) = (8, 4, 0b10_0101);
        bytes[68..72].copy_from_slice(&1_500_u32.to_ne_bytes());
        bytes[76..80].copy_from_slice(&0x7fff_ffff_u32.to_ne_bytes());
        bytes[104..112].copy_from_slice(&u64::MAX.to_ne_bytes());
        bytes[120..128].copy_from_slice(&(1_u64 << 40).to_ne_bytes());
        bytes[148..152].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert_eq!(find(&bytes, "state"), Some(Value::Text("CLOSE_WAIT")));
        assert_eq!(find(&bytes, "congestionState"), Some(Value::Text("loss")));
        let flags =
            ["timestamps", "selectiveAcks", "windowScaling", "congestionNotification", "fastOpenData"];
        assert_eq!(
            flags.map(|name| find(&bytes, name)),
            [true, false, true, false, true].map(|flag| Some(Value::Flag(flag)))
        );
        assert_eq!(find(&bytes, "rtt"), Some(Value::Number(1.5)));
        assert_eq!(find(&bytes, "slowStartThreshold"), Some(Value::Number(f64::INFINITY)));
        assert_eq!(find(&bytes, "pacingRate"), Some(Value::Number(f64::INFINITY)));
        assert_eq!(find(&bytes, "bytesAcked"), Some(Value::Number(1_099_511_627_776.0)));
        assert_eq!(find(&bytes, "minRtt"), None);
    }

    #[test]
    fn as_json() {
        assert_eq!(json(&[]), "{}");
        assert_eq!(json(&[1, 0, 7]), r#"{"state":"ESTABLISHED","congestionState":"open","retransmits":7}"#);
        let text = json(&[0xFF; SIZE]);
        assert!(text.contains(r#""state":"UNKNOWN","#) && text.contains(r#""timestamps":true,"#));
        assert!(text.contains(r#""rtt":4294967.295,"#) && text.contains(r#""pacingRate":1e999,"#), "{text}");
        assert!(text.ends_with(r#""receiveWindow":4294967295}"#), "{text}");
    }

    #[test]
    fn fields_follow_each_other_within_the_struct() {
        let size = |form| match form {
            Form::Byte | Form::Bit(_) => 1,
            Form::Long | Form::LongLimit | Form::LongMicros => 8,
            _ => 4,
        };
        assert!(FIELDS.iter().all(|&(_, place, form)| place % size(form) == 0 && place + size(form) <= SIZE));
        assert!(FIELDS.is_sorted_by_key(|&(_, place, _)| place));
    }

    /// Any number of bytes gives what is whole within them.
    #[test]
    fn a_shorter_struct_gives_fewer_fields() {
        let bytes = [0xA5_u8; SIZE];
        let mut before = 0;
        for length in 0..=SIZE {
            let told = all(&bytes[..length]);
            assert!(told.len() >= before);
            before = told.len();
        }
        assert_eq!(before, FIELDS.len() + 2);
        assert_eq!(find(&bytes[..103], "totalRetransmits"), None);
        assert!(find(&bytes[..104], "totalRetransmits").is_some());
    }
}
