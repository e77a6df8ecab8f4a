//! Where an id stands, by its hash: tables that are only ever asked for a hash, never walked.

/// The tables an index is spread over: one grows at a time, and holds at most a few thousand places, so that no command waits for all of them.
const TABLES: usize = 256;
/// Places of a table that holds anything.
const LEAST: usize = 8;

/// Slots by hash.
#[derive(Clone, Debug)]
pub(super) struct Index {
    tables: Vec<Table>,
}

/// Open addressing: a hash stands at its own place, or behind it without a gap. At most three places in four are taken.
#[derive(Clone, Debug, Default)]
struct Table {
    places: Vec<Place>,
    taken: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    slot: u32,
}

/// A place that nobody took.
const FREE: Place = Place { hash: 0, slot: u32::MAX };

/// Which table, and which hash in it.
#[inline]
fn split(hash: u64) -> (usize, u32) {
    #![expect(clippy::as_conversions, reason = "parts of a hash")]
    (hash as usize % TABLES, (hash >> 32) as u32)
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { tables: Vec::new() }
    }

    /// The slot of this hash for which `is_meant` holds.
    #[inline]
    pub(super) fn get(&self, hash: u64, is_meant: impl FnMut(u32) -> bool) -> Option<u32> {
        let (table, hash) = split(hash);
        let table = self.tables.get(table)?;
        table.find(hash, is_meant).and_then(|at| table.places.get(at)).map(|place| place.slot)
    }

    /// Adds a slot that is not there yet.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, slot: u32) {
        if self.tables.is_empty() {
            self.tables.resize_with(TABLES, Table::default);
        }
        let (table, hash) = split(hash);
        if let Some(table) = self.tables.get_mut(table) {
            table.insert(Place { hash, slot });
        }
    }

    /// Takes a slot out.
    pub(super) fn remove(&mut self, hash: u64, slot: u32) {
        let (table, hash) = split(hash);
        if let Some(table) = self.tables.get_mut(table)
            && let Some(at) = table.find(hash, |found| found == slot)
        {
            table.clear(at);
        }
    }
}

impl Table {
    /// Where a hash would stand.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        #![expect(clippy::as_conversions, reason = "32 bits fit every index this crate is built for")]
        hash as usize & self.places.len().wrapping_sub(1)
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }

    #[inline]
    fn find(&self, hash: u32, mut is_meant: impl FnMut(u32) -> bool) -> Option<usize> {
        let mut at = self.home(hash);
        loop {
            let place = self.places.get(at).filter(|place| place.slot != FREE.slot)?;
            if place.hash == hash && is_meant(place.slot) {
                return Some(at);
            }
            at = self.after(at);
        }
    }

    fn insert(&mut self, place: Place) {
        if self.taken.saturating_mul(4) >= self.places.len().saturating_mul(3) {
            let length = self.places.len().saturating_mul(2).max(LEAST);
            for place in core::mem::replace(&mut self.places, vec![FREE; length]) {
                self.put(place);
            }
        }
        self.put(place);
        self.taken = self.taken.saturating_add(1);
    }

    /// Puts a place where it belongs; there is room.
    #[inline]
    fn put(&mut self, place: Place) {
        if place.slot == FREE.slot {
            return;
        }
        let mut at = self.home(place.hash);
        loop {
            match self.places.get_mut(at) {
                Some(free) if free.slot == FREE.slot => {
                    *free = place;
                    return;
                }
                Some(_) => at = self.after(at),
                None => return,
            }
        }
    }

    /// Frees a place, and moves up those behind it that would not be found beyond a gap.
    fn clear(&mut self, mut gap: usize) {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = gap;
        self.taken = self.taken.saturating_sub(1);
        loop {
            at = self.after(at);
            let Some(place) = self.places.get(at).copied().filter(|place| place.slot != FREE.slot) else { break };
            let (strayed, beyond) = (at.wrapping_sub(self.home(place.hash)) & mask, at.wrapping_sub(gap) & mask);
            if strayed >= beyond {
                if let Some(free) = self.places.get_mut(gap) {
                    *free = place;
                }
                gap = at;
            }
        }
        if let Some(free) = self.places.get_mut(gap) {
            *free = FREE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// As a map of the standard library would have it, also where many hashes are equal or stand in each other's way.
        #[test]
        fn it_knows_what_a_map_knows(steps in prop::collection::vec((0_u64..24, 0_u32..40, any::<bool>()), 0..300)) {
            let (mut index, mut known) = (Index::new(), BTreeMap::new());
            // One table; the hash in it is one of 24 with many homes in common.
            let hash = |step: u64| ((step.wrapping_mul(5) % 16) << 32) | (step << 60);
            for (step, slot, is_added) in steps {
                match (is_added, known.contains_key(&slot)) {
                    (true, false) => {
                        index.insert(hash(step), slot);
                        known.insert(slot, hash(step));
                    }
                    (false, true) => {
                        let was = known.remove(&slot).unwrap_or_default();
                        index.remove(was, slot);
                        prop_assert_eq!(index.get(was, |found| found == slot), None);
                    }
                    (true, true) | (false, false) => {}
                }
                for (slot, hash) in &known {
                    prop_assert_eq!(index.get(*hash, |found| found == *slot), Some(*slot));
                }
                let taken: usize = index.tables.iter().map(|table| table.taken).sum();
                prop_assert_eq!(taken, known.len());
            }
        }
    }
}
