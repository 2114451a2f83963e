//! How often something is tried that may be in vain. No clock of its own.

/// After misses in a row at most so many occasions pass before the next try, so trying in vain costs little.
const MOST_SKIPPED: u32 = 64;

/// The decision for one thing that is tried: after 1, 2, 4 ... occasions, at once again after a hit.
#[derive(Debug, Default, Clone, Copy)]
pub struct Backoff {
    /// Occasions to pass up before the next try.
    skip: u32,
    /// How many that were after the last miss.
    skipped: u32,
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

    /// It was worth it.
    pub fn hit(&mut self) {
        self.skipped = 0;
    }

    /// It was in vain.
    pub fn miss(&mut self) {
        self.skipped = (self.skipped * 2).clamp(1, MOST_SKIPPED);
        self.skip = self.skipped;
    }

    /// Passes up so many occasions.
    pub fn pause(&mut self, occasions: u32) {
        self.skip = occasions;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Occasions that pass before the next try.
    fn passed(backoff: &mut Backoff) -> u32 {
        (0..).find(|_| backoff.is_due()).expect("tried again at some time")
    }

    #[test]
    fn misses_double_the_pause_up_to_a_bound_and_a_hit_starts_over() {
        let mut backoff = Backoff::default();
        assert!(backoff.is_due());
        let counts: Vec<u32> = (0..9)
            .map(|_| {
                backoff.miss();
                passed(&mut backoff)
            })
            .collect();
        assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        backoff.hit();
        assert!(backoff.is_due());
        backoff.miss();
        assert_eq!(passed(&mut backoff), 1);
    }

    #[test]
    fn a_pause_is_as_long_as_asked_for() {
        let mut backoff = Backoff::default();
        backoff.pause(5);
        assert_eq!(passed(&mut backoff), 5);
    }
}
