//! Which descriptor numbers this library has open, in all threads of the process: a number that is handed in a second time
//! would be closed by the one owner while the other still uses it.

use std::os::fd::RawFd;
use table::{Ordering, place};

/// A bit for each number.
#[cfg(not(oxinet_loom))]
mod table {
    use std::os::fd::RawFd;
    use std::sync::OnceLock;
    pub(super) use std::sync::atomic::{AtomicU64, Ordering};

    const WORDS: usize = 1024;
    const CHUNK: usize = WORDS * 64;
    /// Numbers from here on are not looked after: more than Linux lets a process have.
    const CHUNKS: usize = 64;

    type Chunk = Box<[AtomicU64; WORDS]>;

    static TAKEN: [OnceLock<Chunk>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];

    /// Each bit stands on its own, and who has closed a number and who gets it next are ordered by the kernel.
    pub(super) fn place(fd: RawFd) -> Option<(&'static AtomicU64, u64)> {
        let fd = usize::try_from(fd).ok()?;
        let chunk = TAKEN.get(fd / CHUNK)?.get_or_init(|| Box::new([const { AtomicU64::new(0) }; WORDS]));
        Some((&chunk[fd % CHUNK / 64], 1 << (fd % 64)))
    }
}

/// All orders in which threads can claim numbers, with the bits of a few: `npm run test:loom`.
#[cfg(oxinet_loom)]
mod table {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
    use std::os::fd::RawFd;

    loom::lazy_static! {
        static ref WORD: AtomicU64 = AtomicU64::new(0);
    }

    pub(super) fn place(fd: RawFd) -> Option<(&'static AtomicU64, u64)> {
        Some((&WORD, 1 << fd))
    }
}

/// The number is ours until this is dropped, which must happen before the descriptor is closed or given away.
#[derive(Debug)]
pub struct Claim(RawFd);

impl Claim {
    /// For a number that the kernel has just given us.
    pub fn new(fd: RawFd) -> Claim {
        if let Some((word, bit)) = place(fd) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
        Claim(fd)
    }

    /// For a number that somebody hands in; `None` where it is ours already.
    pub fn of_given(fd: RawFd) -> Option<Claim> {
        let is_taken = place(fd).is_some_and(|(word, bit)| word.fetch_or(bit, Ordering::Relaxed) & bit != 0);
        (!is_taken).then_some(Claim(fd))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some((word, bit)) = place(self.0) {
            word.fetch_and(!bit, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, oxinet_loom))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;

    /// No descriptor of a test run has such a number.
    const FAR: RawFd = 3_000_000;

    #[test]
    fn a_number_is_given_once_until_it_is_dropped() {
        let first = Claim::of_given(FAR).unwrap();
        assert!(Claim::of_given(FAR).is_none());
        let neighbour = Claim::of_given(FAR + 1).unwrap();
        drop(first);
        let again = Claim::new(FAR);
        assert!(Claim::of_given(FAR).is_none());
        drop((again, neighbour));
        assert!(Claim::of_given(FAR).is_some());
    }

    #[test]
    fn numbers_out_of_range_are_not_looked_after() {
        for fd in [-1, RawFd::MAX] {
            let _one = Claim::new(fd);
            assert!(Claim::of_given(fd).is_some());
        }
    }
}
