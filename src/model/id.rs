//! Ids of descriptors: the only names by which JS and Rust speak of a socket.
//!
//! An id is a slot number plus a generation, so that an event which was collected for a closed
//! socket can never reach the socket that took its slot. 30 bits: always a small integer in V8.

/// Bits of an id that number the slot: at most about four million descriptors an environment.
const SLOT_BITS: u32 = 22;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;
const GENERATION_MASK: u32 = 0xff;

/// A table whose entries are found by id; slots are reused oldest first.
#[derive(Debug)]
pub struct Table<T> {
    slots: Vec<Slot<T>>,
    free: std::collections::VecDeque<u32>,
    used: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { slots: Vec::new(), free: std::collections::VecDeque::new(), used: 0 }
    }
}

impl<T> Table<T> {
    /// Stores what `make` returns for the new id. `None` when every slot is taken.
    pub fn insert_with(&mut self, make: impl FnOnce(u32) -> T) -> Option<u32> {
        let slot = match self.free.pop_front() {
            Some(slot) => slot,
            None if self.slots.len() < SLOT_MASK as usize => {
                // Slot 0 is never handed out: id 0 means "none" on the JS side.
                if self.slots.is_empty() {
                    self.slots.push(Slot { generation: 0, value: None });
                }
                self.slots.push(Slot { generation: 0, value: None });
                (self.slots.len() - 1) as u32
            }
            None => return None,
        };
        let entry = &mut self.slots[slot as usize];
        let id = (entry.generation << SLOT_BITS) | slot;
        entry.value = Some(make(id));
        self.used += 1;
        Some(id)
    }

    /// The entry of `id`, if it is still there.
    pub fn get(&self, id: u32) -> Option<&T> {
        let slot = self.slots.get((id & SLOT_MASK) as usize)?;
        if slot.generation != id >> SLOT_BITS { None } else { slot.value.as_ref() }
    }

    /// Takes the entry of `id` out; its slot gets a new generation.
    pub fn remove(&mut self, id: u32) -> Option<T> {
        let index = id & SLOT_MASK;
        let slot = self.slots.get_mut(index as usize)?;
        if slot.generation != id >> SLOT_BITS {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = (slot.generation + 1) & GENERATION_MASK;
        self.free.push_back(index);
        self.used -= 1;
        Some(value)
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.value.as_ref())
    }

    /// Empties the table.
    pub fn drain(&mut self) -> Vec<T> {
        self.free.clear();
        self.used = 0;
        std::mem::take(&mut self.slots).into_iter().filter_map(|slot| slot.value).collect()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_id_does_not_reach_the_new_owner_of_its_slot() {
        let mut table = Table::default();
        let first = table.insert_with(|id| id).unwrap();
        assert_eq!(table.remove(first), Some(first));
        let second = table.insert_with(|id| id).unwrap();
        assert_eq!(first & SLOT_MASK, second & SLOT_MASK);
        assert_ne!(first, second);
        assert!(table.get(first).is_none());
        assert!(table.remove(first).is_none());
        assert_eq!(table.get(second), Some(&second));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn zero_is_never_an_id_at_first_use() {
        let mut table = Table::default();
        for _ in 0..10 {
            assert_ne!(table.insert_with(|_| ()).unwrap() & SLOT_MASK, 0);
        }
        assert!(table.get(0).is_none());
        assert_eq!(table.drain().len(), 10);
        assert!(table.is_empty());
    }

    #[test]
    fn ids_stay_below_two_to_the_thirty() {
        let mut table = Table::default();
        for _ in 0..1000 {
            let id = table.insert_with(|_| ()).unwrap();
            assert!(id < 1 << 30);
            table.remove(id);
        }
    }
}
