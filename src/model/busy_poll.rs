//! When to poll instead of sleeping, decided by what polling has brought so far. No clock of its own.

use super::backoff::Backoff;
use std::time::Duration;

/// How many sleeps pass before it is tried again after the processor was lost to others, for the first time and at most. Once is nothing;
/// again and again is a loaded machine, on which polling only takes time away, also from the peer.
const LOADED_SKIPPED: (u32, u32) = (32, 4096);
/// So many hits without losing the processor: the load is gone.
const CALM: u32 = 1024;

/// The decision for one engine. Off until [`BusyPoll::set_limit`].
#[derive(Debug, Default)]
pub struct BusyPoll {
    limit: Duration,
    /// Over the sleeps of the loop.
    tries: Backoff,
    /// How many sleeps passed after the processor was lost last.
    loaded: u32,
    /// Hits since it was lost.
    hits: u32,
}

impl BusyPoll {
    /// Polls for at most `limit` before a sleep; zero turns polling off.
    pub fn set_limit(&mut self, limit: Duration) {
        *self = BusyPoll { limit, ..BusyPoll::default() };
    }

    /// How long to poll now that the loop is about to sleep; `None`: sleep at once.
    pub fn budget(&mut self) -> Option<Duration> {
        (!self.limit.is_zero() && self.tries.is_due()).then_some(self.limit)
    }

    /// Polling found something.
    pub fn hit(&mut self) {
        self.tries.hit();
        self.hits += 1;
        if self.hits >= CALM {
            self.hits = 0;
            self.loaded = 0;
        }
    }

    /// Polling found nothing.
    pub fn miss(&mut self) {
        self.tries.miss();
    }

    /// Others needed the processor meanwhile.
    pub fn preempted(&mut self) {
        self.hits = 0;
        self.loaded = (self.loaded * 2).clamp(LOADED_SKIPPED.0, LOADED_SKIPPED.1);
        self.tries.pause(self.loaded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_micros(50);

    fn on() -> BusyPoll {
        let mut busy = BusyPoll::default();
        busy.set_limit(LIMIT);
        busy
    }

    /// Sleeps until polling is tried again.
    fn sleeps(busy: &mut BusyPoll) -> u32 {
        (0..).find(|_| busy.budget().is_some()).expect("tried again at some time")
    }

    #[test]
    fn off_until_a_limit_is_set_and_off_again_with_zero() {
        let mut busy = BusyPoll::default();
        assert_eq!(busy.budget(), None);
        busy.set_limit(LIMIT);
        assert_eq!(busy.budget(), Some(LIMIT));
        busy.set_limit(Duration::ZERO);
        assert_eq!(busy.budget(), None);
    }

    #[test]
    fn hits_keep_it_polling() {
        let mut busy = on();
        for _ in 0..1000 {
            assert_eq!(busy.budget(), Some(LIMIT));
            busy.hit();
        }
    }

    #[test]
    fn a_miss_lets_a_sleep_pass() {
        let mut busy = on();
        busy.miss();
        assert_eq!(sleeps(&mut busy), 1);
    }

    #[test]
    fn losing_the_processor_again_and_again_backs_off_far_until_it_was_calm() {
        let mut busy = on();
        let counts: Vec<u32> = (0..9)
            .map(|_| {
                busy.preempted();
                sleeps(&mut busy)
            })
            .collect();
        assert_eq!(counts, [32, 64, 128, 256, 512, 1024, 2048, 4096, 4096]);
        for _ in 0..CALM {
            busy.hit();
        }
        busy.preempted();
        assert_eq!(sleeps(&mut busy), 32);
    }
}
