//! Trying in vain must cost little, and never end for good.

use super::cases::config;
use oxinet::model::backoff::Backoff;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum End {
    Hit,
    Miss,
    Preempted,
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![3 => Just(End::Hit), 3 => Just(End::Miss), 1 => Just(End::Preempted)]
}

/// Occasions that pass before the next try: more than this would be for ever.
const MOST: u32 = 65_536;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_next_try_comes_after_a_bounded_pause(ends in proptest::collection::vec(any_end(), 1..30)) {
        let mut backoff = Backoff::default();
        for end in ends {
            let before = (0..=MOST).find(|_| backoff.is_due());
            prop_assert!(before.is_some());
            match end {
                End::Hit => backoff.hit(),
                End::Miss => backoff.miss(),
                End::Preempted => backoff.preempted(),
            }
            let mut next = backoff;
            let passed = (0..=MOST).find(|_| next.is_due()).expect("tried again at some time");
            match end {
                End::Hit => prop_assert_eq!(passed, 0),
                End::Miss => prop_assert!(passed <= 64),
                End::Preempted => prop_assert!((256..=MOST).contains(&passed)),
            }
        }
    }
}
