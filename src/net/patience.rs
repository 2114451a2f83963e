//! Waiting a bounded time for what is probably only microseconds away, instead of sleeping and being woken.

use crate::model::backoff::{Backoff, PREEMPTED};
use std::thread;
use std::time::{Duration, Instant};

/// A clock that starts now: how long it has been going.
pub fn from_now() -> impl FnMut() -> Duration {
    let start = Instant::now();
    move || start.elapsed()
}

/// Repeats `attempt` until it gives something, for at most `limit` by the clock `elapsed`, if that has paid before. Whoever
/// needs this processor gets it meanwhile.
pub fn poll_for<T>(
    limit: Duration,
    mut elapsed: impl FnMut() -> Duration,
    tries: &mut Backoff,
    mut attempt: impl FnMut() -> Option<T>,
) -> Option<T> {
    if !tries.is_due() {
        return None;
    }
    let mut waited = Duration::ZERO;
    loop {
        thread::yield_now();
        let found = attempt();
        let now = elapsed();
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

    /// A clock that goes on by `step` each time it is read.
    fn clock(step: Duration) -> impl FnMut() -> Duration {
        let mut now = Duration::ZERO;
        move || {
            now += step;
            now
        }
    }

    const STEP: Duration = Duration::from_micros(1);

    fn in_vain(limit: Duration, step: Duration, tries: &mut Backoff) -> u32 {
        let mut attempts = 0;
        let found = poll_for(limit, clock(step), tries, || {
            attempts += 1;
            None::<()>
        });
        assert_eq!(found, None);
        attempts
    }

    #[test]
    fn it_ends_with_what_was_found() {
        let mut attempts = 0;
        let found = poll_for(50 * STEP, clock(STEP), &mut Backoff::default(), || {
            attempts += 1;
            (attempts == 3).then_some("bytes")
        });
        assert_eq!((found, attempts), (Some("bytes"), 3));
    }

    #[test]
    fn in_vain_it_ends_at_the_limit_and_passes_up_the_next_occasion() {
        let mut tries = Backoff::default();
        assert_eq!(in_vain(50 * STEP, STEP, &mut tries), 50);
        assert_eq!(in_vain(50 * STEP, STEP, &mut tries), 0, "it is not due");
        assert_eq!(in_vain(50 * STEP, STEP, &mut tries), 50);
    }

    #[test]
    fn where_another_process_had_the_processor_it_ends_at_once() {
        let mut tries = Backoff::default();
        assert_eq!(in_vain(50 * STEP, PREEMPTED + STEP, &mut tries), 1);
        assert_eq!(in_vain(50 * STEP, STEP, &mut tries), 0, "it is not due");
    }

    #[test]
    fn the_clock_goes_on() {
        let mut elapsed = from_now();
        let first = elapsed();
        assert!(elapsed() >= first);
    }
}
