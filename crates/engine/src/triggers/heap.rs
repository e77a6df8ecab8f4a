//! A 4-ary heap that knows where each of its slots lies, so that any trigger can be moved or removed and not only the nearest.
//!
//! Entries lie in families of four, one line of cache each. The first family has no parent; family `n + 1` lies below entry `n`, so that going down
//! a level is reading one line, and a million entries are ten levels deep.

/// Entries per family.
const ARITY: usize = 4;
/// The place of a slot that has no entry.
const ABSENT: u32 = u32::MAX;

/// A slot and how soon it is met: the least rank first, equal ranks by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) rank: i64,
    pub(super) slot: u32,
}

impl Entry {
    /// Stands where there is no entry: farther than any.
    const NONE: Self = Self { rank: i64::MAX, slot: u32::MAX };

    /// Rank and slot as one number: compared without a branch that could be mispredicted.
    #[inline]
    fn order(self) -> i128 {
        (i128::from(self.rank) << 64) | i128::from(self.slot)
    }

    #[inline]
    fn is_nearer(self, other: Self) -> bool {
        self.order() < other.order()
    }
}

/// Four entries of 16 bytes: a line of cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Family([Entry; ARITY]);

impl Family {
    /// The nearest and its offset.
    #[inline]
    fn nearest(&self) -> (usize, Entry) {
        let [a, b, c, d] = self.0;
        let nearer = |one: (usize, Entry), other: (usize, Entry)| if other.1.is_nearer(one.1) { other } else { one };
        nearer(nearer((0, a), (1, b)), nearer((2, c), (3, d)))
    }
}

/// Ranked slots, the nearest first. Every operation costs at most O(log n), whatever the ranks are.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    families: Vec<Family>,
    /// The number of entries. They are numbered from zero without gaps; what is left of the last family is [`Entry::NONE`].
    len: usize,
    /// By slot: the number of its entry.
    places: Vec<u32>,
}

/// A number of 32 bits as an index. Slots are below 2²⁸, so that no sum or product of indices wraps.
#[inline]
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Heap {
    /// Room for this many slots, so that nothing is allocated until there are more.
    pub(super) fn with_capacity(slots: u32) -> Self {
        let slots = index(slots);
        Self { families: Vec::with_capacity(slots.div_ceil(ARITY)), len: 0, places: Vec::with_capacity(slots) }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Bytes reserved.
    pub(super) const fn reserved(&self) -> usize {
        let entries = self.families.capacity().saturating_mul(size_of::<Family>());
        entries.saturating_add(self.places.capacity().saturating_mul(size_of::<u32>()))
    }

    /// The nearest entry.
    #[inline]
    pub(super) fn first(&self) -> Option<Entry> {
        self.families.first().map(|family| family.nearest().1).filter(|entry| *entry != Entry::NONE)
    }

    pub(super) fn rank(&self, slot: u32) -> Option<i64> {
        self.place(slot).map(|at| self.entry(at).rank)
    }

    /// Inserts, moves or removes a slot's entry.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, rank: Option<i64>) {
        match (self.place(slot), rank) {
            (Some(at), Some(rank)) => self.settle(at, Entry { rank, slot }),
            (Some(at), None) => self.remove(at),
            (None, Some(rank)) => self.insert(Entry { rank, slot }),
            (None, None) => {}
        }
    }

    /// The entries that have nothing above them: the nearest is one of them.
    pub(super) fn top(&self) -> impl Iterator<Item = Entry> {
        self.family(0)
    }

    /// The entries that lie directly below a slot's: none of them is nearer than it.
    #[inline]
    pub(super) fn below(&self, slot: u32) -> impl Iterator<Item = Entry> {
        self.family(self.place(slot).map_or(usize::MAX, |at| at.wrapping_add(1)))
    }

    #[inline]
    fn family(&self, number: usize) -> impl Iterator<Item = Entry> {
        let family = self.families.get(number).map_or([Entry::NONE; ARITY], |family| family.0);
        family.into_iter().filter(|entry| *entry != Entry::NONE)
    }

    #[inline]
    fn place(&self, slot: u32) -> Option<usize> {
        self.places.get(index(slot)).filter(|place| **place != ABSENT).map(|place| index(*place))
    }

    #[inline]
    fn entry(&self, at: usize) -> Entry {
        self.families.get(at / ARITY).and_then(|family| family.0.get(at % ARITY)).copied().unwrap_or(Entry::NONE)
    }

    #[inline]
    fn write(&mut self, at: usize, entry: Entry) {
        if let Some(here) = self.families.get_mut(at / ARITY).and_then(|family| family.0.get_mut(at % ARITY)) {
            *here = entry;
        }
    }

    #[inline]
    fn put(&mut self, at: usize, entry: Entry) {
        self.write(at, entry);
        if let Some(place) = self.places.get_mut(index(entry.slot)) {
            *place = u32::try_from(at).unwrap_or(ABSENT);
        }
    }

    fn insert(&mut self, entry: Entry) {
        let slots = index(entry.slot).wrapping_add(1);
        if self.places.len() < slots {
            self.places.resize(slots, ABSENT);
        }
        let at = self.len;
        if at.is_multiple_of(ARITY) {
            self.families.push(Family([Entry::NONE; ARITY]));
        }
        self.len = at.wrapping_add(1);
        self.rise(at, entry);
    }

    fn remove(&mut self, at: usize) {
        let removed = self.entry(at);
        if let Some(place) = self.places.get_mut(index(removed.slot)) {
            *place = ABSENT;
        }
        let end = self.len.saturating_sub(1);
        let last = self.entry(end);
        self.write(end, Entry::NONE);
        self.len = end;
        if end.is_multiple_of(ARITY) {
            self.families.pop();
        }
        if at < end {
            self.settle(at, last);
        }
    }

    /// Puts an entry in the place of another: nearer or farther from there until it fits.
    #[inline]
    fn settle(&mut self, at: usize, entry: Entry) {
        let is_nearer = self.parent(at).is_some_and(|(_, parent)| entry.is_nearer(parent));
        if is_nearer { self.rise(at, entry) } else { self.sink(at, entry) }
    }

    #[inline]
    fn parent(&self, at: usize) -> Option<(usize, Entry)> {
        let above = (at / ARITY).checked_sub(1)?;
        Some((above, self.entry(above)))
    }

    #[inline]
    fn rise(&mut self, mut at: usize, entry: Entry) {
        while let Some((above, parent)) = self.parent(at).filter(|(_, parent)| entry.is_nearer(*parent)) {
            self.put(at, parent);
            at = above;
        }
        self.put(at, entry);
    }

    #[inline]
    fn sink(&mut self, mut at: usize, entry: Entry) {
        while let Some(family) = self.families.get(at.wrapping_add(1)) {
            let (offset, child) = family.nearest();
            if !child.is_nearer(entry) {
                break;
            }
            self.put(at, child);
            at = at.wrapping_add(1).wrapping_mul(ARITY).wrapping_add(offset);
        }
        self.put(at, entry);
    }
}

#[cfg(test)]
mod tests;
