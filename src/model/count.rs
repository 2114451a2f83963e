//! Counts that only grow, of one thread.

use std::cell::Cell;

/// See the module.
#[derive(Debug, Default)]
pub struct Count(Cell<u64>);

impl Count {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: usize) {
        self.0.set(self.0.get().wrapping_add(more as u64));
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.get()
    }

    /// Raises it to `at_least`.
    pub fn raise(&self, at_least: usize) {
        self.0.set(self.0.get().max(at_least as u64));
    }
}
