//! The heap by itself: its shape after every change.

use super::{ABSENT, ARITY, Entry, Heap};
use proptest::prelude::*;
use std::collections::BTreeMap;

impl Heap {
    /// Every entry is farther than its parent and lies where its slot says; no slot says anything else.
    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.families.len(), self.len.div_ceil(ARITY), "a family without an entry");
        for at in 0..self.len.next_multiple_of(ARITY) {
            let entry = self.entry(at);
            prop_assert_eq!(entry == Entry::NONE, at >= self.len, "a gap");
            prop_assert_eq!(self.place(entry.slot), Some(at).filter(|at| *at < self.len), "slot {} lies elsewhere", entry.slot);
            prop_assert!(
                self.parent(at).is_none_or(|(_, parent)| parent.is_nearer(entry)),
                "slot {} is nearer than its parent",
                entry.slot
            );
        }
        let placed = self.places.iter().filter(|place| **place != ABSENT).count();
        prop_assert_eq!(placed, self.len, "a place without an entry");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    /// After every change the heap is a heap, and its first entry and every rank are those of a map that is searched.
    #[test]
    fn it_is_a_heap_after_every_change(changes in prop::collection::vec((0..40_u32, prop::option::weighted(0.7, -9..9_i64)), 1..120)) {
        let (mut heap, mut naive) = (Heap::default(), BTreeMap::new());
        for (slot, rank) in changes {
            heap.set(slot, rank);
            match rank {
                Some(rank) => naive.insert(slot, rank),
                None => naive.remove(&slot),
            };
            heap.check()?;
            prop_assert_eq!(heap.first(), naive.iter().map(|(slot, rank)| Entry { rank: *rank, slot: *slot }).min_by_key(|entry| (entry.rank, entry.slot)));
            prop_assert_eq!(heap.rank(slot), rank);
            prop_assert_eq!(heap.len(), naive.len());
        }
    }
}
