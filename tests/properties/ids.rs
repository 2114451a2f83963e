//! The table of descriptors against a map: an id finds what it was given for, or nothing.

use super::cases::config;
use oxinet::model::id::Table;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::HashMap;

#[derive(Debug, Clone)]
enum Step {
    Insert,
    /// One of all ids that there ever were.
    Remove(Index),
    Get(Index),
    /// Any number, as JavaScript could hand in.
    RemoveAny(u32),
    GetAny(u32),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Insert),
        4 => any::<Index>().prop_map(Step::Remove),
        3 => any::<Index>().prop_map(Step::Get),
        1 => any::<u32>().prop_map(Step::RemoveAny),
        1 => any::<u32>().prop_map(Step::GetAny),
    ]
}

/// Bits of an id that number the slot, and how many generations a slot has.
const SLOT_MASK: u32 = (1 << 22) - 1;
const GENERATIONS: usize = 256;

#[derive(Default)]
struct Model {
    /// What each id stands for.
    live: HashMap<u32, usize>,
    /// All that were handed out, in order.
    ever: Vec<u32>,
}

impl Model {
    fn pick(&self, index: &Index) -> u32 {
        if self.ever.is_empty() { 0 } else { self.ever[index.index(self.ever.len())] }
    }

    fn inserted(&mut self, id: u32, value: usize) -> Result<(), TestCaseError> {
        prop_assert!(id < 1 << 30, "a small integer");
        prop_assert!(id & SLOT_MASK != 0, "0 stands for none");
        prop_assert_eq!(self.live.insert(id, value), None, "somebody has the id");
        let of_slot: Vec<u32> =
            self.ever.iter().copied().filter(|old| old & SLOT_MASK == id & SLOT_MASK).collect();
        let recent = &of_slot[of_slot.len().saturating_sub(GENERATIONS - 1)..];
        prop_assert!(!recent.contains(&id), "somebody may still know it by this id");
        self.ever.push(id);
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_table_is_a_map_whose_ids_come_back_late(steps in proptest::collection::vec(any_step(), 1..200)) {
        let (mut table, mut model) = (Table::default(), Model::default());
        for (value, step) in steps.into_iter().enumerate() {
            match step {
                Step::Insert => {
                    let mut told = None;
                    let id = table.insert_with(|id| { told = Some(id); value });
                    prop_assert_eq!(id, told);
                    model.inserted(id.unwrap(), value)?;
                }
                Step::Remove(index) => {
                    let id = model.pick(&index);
                    prop_assert_eq!(table.remove(id), model.live.remove(&id));
                }
                Step::Get(index) => {
                    let id = model.pick(&index);
                    prop_assert_eq!(table.get(id), model.live.get(&id));
                }
                Step::RemoveAny(id) => prop_assert_eq!(table.remove(id), model.live.remove(&id)),
                Step::GetAny(id) => prop_assert_eq!(table.get(id), model.live.get(&id)),
            }
            prop_assert_eq!(table.len(), model.live.len());
            prop_assert_eq!(table.is_empty(), model.live.is_empty());
        }
        let mut left = table.drain();
        left.sort_unstable();
        let mut expected: Vec<usize> = model.live.into_values().collect();
        expected.sort_unstable();
        prop_assert_eq!(left, expected);
        prop_assert!(table.is_empty());
    }

    #[test]
    fn a_slot_that_is_used_again_and_again_keeps_old_ids_out(others in 0..4_usize, times in 1..300_usize) {
        let (mut table, mut model) = (Table::default(), Model::default());
        for value in 0..others {
            model.inserted(table.insert_with(|_| value).unwrap(), value)?;
        }
        for value in others..others + times {
            let id = table.insert_with(|_| value).unwrap();
            model.inserted(id, value)?;
            prop_assert_eq!(table.remove(id), model.live.remove(&id));
            prop_assert_eq!(table.get(id), None);
        }
    }
}
