//! Whatever bytes the kernel gives, and however many: the JSON made of them is whole, and more bytes take nothing away.

use super::cases::config;
use oxinet::model::tcp_info::{self, Value};
use proptest::prelude::*;

fn told(bytes: &[u8]) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    tcp_info::read(bytes, |name, value| all.push((name, value)));
    all
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_give_whole_json(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = tcp_info::json(&bytes);
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let inner = inner.ok_or_else(|| TestCaseError::fail("no object"))?;
        let fields: Vec<&str> = if inner.is_empty() { Vec::new() } else { inner.split(',').collect() };
        prop_assert_eq!(fields.len(), told(&bytes).len());
        for (field, (name, value)) in fields.iter().zip(told(&bytes)) {
            let start = format!("\"{name}\":");
            prop_assert!(field.starts_with(&start), "{} is no {}", field, name);
            let shown = &field[start.len()..];
            match value {
                Value::Text(word) => prop_assert_eq!(shown, format!("\"{word}\"")),
                Value::Flag(on) => prop_assert_eq!(shown, on.to_string()),
                Value::Number(number) => prop_assert_eq!(shown.parse::<f64>().unwrap(), number),
            }
        }
    }

    #[test]
    fn more_bytes_take_nothing_away(bytes in proptest::collection::vec(any::<u8>(), 0..260), cut in 0_usize..260) {
        let (all, some) = (told(&bytes), told(&bytes[..cut.min(bytes.len())]));
        prop_assert!(some.iter().all(|field| all.contains(field)));
    }
}
