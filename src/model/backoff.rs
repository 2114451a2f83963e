//! How often something is tried that costs processor time and may be in vain. No clock of its own.

use std::time::Duration;

/// A try takes about a microsecond. In one that took so long, another process had the processor. A peer that was
/// woken on this very processor answers sooner and sleeps again.
pub const PREEMPTED: Duration = Duration::from_millis(1);
/// So many misses are forgiven after as many hits: a pause makes the peer sleep too, and its next answer come late.
const FORGIVEN: u32 = 8;
/// After misses in a row at most so many occasions pass before the next try, so trying in vain costs little.
const MOST_SKIPPED: u32 = 64;
/// The same after the processor was lost to others, for the first time and at most. Once is nothing;
/// again and again is a loaded machine, on which trying only takes time away, also from the peer.
const LOADED_SKIPPED: (u32, u32) = (256, 65_536);
/// So many hits without losing the processor: the load is gone.
const CALM: u32 = 1024;

/// The decision for one thing that is tried.
#[derive(Debug, Default, Clone, Copy)]
pub struct Backoff {
    /// Occasions to pass up before the next try.
    skip: u32,
    /// How many that were after the last miss.
    skipped: u32,
    /// And will be when the processor is lost again.
    loaded: u32,
    /// Hits since it was lost.
    hits: u32,
    /// Misses that are forgiven.
    credit: u32,
}

impl Backoff {
    /// Whether to try, now that there is an occasion.
    pub fn is_due(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        true
    }

    /// It was worth it: the next occasion is taken too.
    pub fn hit(&mut self) {
        self.skipped = 0;
        self.credit = (self.credit + 1).min(FORGIVEN);
        self.hits += 1;
        if self.hits >= CALM {
            self.hits = 0;
            self.loaded = 0;
        }
    }

    /// It was in vain: unless that is forgiven, twice as many occasions pass as before.
    pub fn miss(&mut self) {
        if self.credit > 0 {
            self.credit -= 1;
            return;
        }
        self.skipped = (self.skipped * 2).clamp(1, MOST_SKIPPED);
        self.skip = self.skipped;
    }

    /// Others needed the processor meanwhile.
    pub fn preempted(&mut self) {
        self.hits = 0;
        self.loaded = (self.loaded * 2).clamp(LOADED_SKIPPED.0, LOADED_SKIPPED.1);
        self.skip = self.loaded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Occasions that pass before the next try, after each of `times` tries that ended like this.
    fn passed(backoff: &mut Backoff, times: usize, end: fn(&mut Backoff)) -> Vec<u32> {
        let mut counts = Vec::new();
        for _ in 0..times {
            end(backoff);
            counts.push((0..).find(|_| backoff.is_due()).expect("tried again at some time"));
        }
        counts
    }

    #[test]
    fn hits_keep_it_trying() {
        let mut backoff = Backoff::default();
        for _ in 0..2 * CALM {
            assert!(backoff.is_due());
            backoff.hit();
        }
    }

    #[test]
    fn misses_double_the_pause_up_to_a_bound_and_a_hit_starts_over() {
        let mut backoff = Backoff::default();
        let counts = passed(&mut backoff, 9, Backoff::miss);
        assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        backoff.hit();
        assert_eq!(passed(&mut backoff, 3, Backoff::miss), [0, 1, 2]);
    }

    #[test]
    fn after_many_hits_some_misses_are_forgiven() {
        let mut backoff = Backoff::default();
        for _ in 0..2 * FORGIVEN {
            backoff.hit();
        }
        let forgiven = passed(&mut backoff, FORGIVEN as usize, Backoff::miss);
        assert!(forgiven.iter().all(|&skipped| skipped == 0));
        assert_eq!(passed(&mut backoff, 2, Backoff::miss), [1, 2]);
    }

    #[test]
    fn losing_the_processor_again_and_again_backs_off_far_until_it_was_calm() {
        let mut backoff = Backoff::default();
        let counts = passed(&mut backoff, 10, Backoff::preempted);
        assert_eq!(counts, [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 65_536]);
        for _ in 0..CALM {
            backoff.hit();
        }
        assert_eq!(passed(&mut backoff, 1, Backoff::preempted), [256]);
    }
}
