//! Waiting a bounded time for what is probably only microseconds away, instead of sleeping and being woken.

use crate::model::backoff::{Backoff, PREEMPTED};
use std::thread;
use std::time::{Duration, Instant};

/// Repeats `attempt` until it gives something, for at most `limit`, if that has paid before. Whoever needs this processor
/// gets it meanwhile.
pub fn poll_for<T>(
    limit: Duration,
    tries: &mut Backoff,
    mut attempt: impl FnMut() -> Option<T>,
) -> Option<T> {
    if !tries.is_due() {
        return None;
    }
    let start = Instant::now();
    let mut waited = Duration::ZERO;
    loop {
        thread::yield_now();
        let found = attempt();
        let now = start.elapsed();
        if now - waited > PREEMPTED {
            tries.preempted();
            return found;
        }
        if found.is_some() {
            tries.hit();
            return found;
        }
        if now >= limit {
            tries.miss();
            return None;
        }
        waited = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_what_was_found() {
        let mut attempts = 0;
        let found = poll_for(Duration::from_secs(60), &mut Backoff::default(), || {
            attempts += 1;
            (attempts == 3).then_some("bytes")
        });
        assert_eq!((found, attempts), (Some("bytes"), 3));
    }

    #[test]
    fn in_vain_it_ends_at_the_limit_and_passes_up_the_next_occasion() {
        let mut tries = Backoff::default();
        let start = Instant::now();
        let limit = Duration::from_micros(50);
        assert_eq!(poll_for(limit, &mut tries, || None::<()>), None);
        assert!(start.elapsed() >= limit);
        let not_due = poll_for(limit, &mut tries, || -> Option<()> { unreachable!("it is not due") });
        assert_eq!(not_due, None);
    }
}
