//! The index of liquidation triggers of one market: whom a new mark liquidates, without looking at anyone else.
//!
//! A long is liquidated at the first mark at or below its trigger, a short at the first at or above it
//! ([`LiquidationPrice::trigger`](ringfence_risk::isolated::LiquidationPrice::trigger)), so what a mark liquidates is all triggers up to it,
//! nearest first. A mark between the two nearest triggers liquidates nobody: two comparisons, however many positions are open.
//!
//! The index says who is to be liquidated, not what happens then: a crossed trigger stays until it is moved, removed or taken. It holds for
//! positions that all marks past their trigger liquidate, as with marginal brackets; a position or pool that can be liquidated both ways has a
//! trigger on either side, see [`BandIndex`].
//!
//! # Structure
//!
//! Two 4-ary heaps, one per side, each with a table of where every key lies. The benchmark `triggers` races it with the alternatives. At a quiet
//! mark an ordered set, a heap with lazy deletion and a ladder of price buckets are all as fast, with the nearest trigger cached. An ordered set
//! takes eight times as long to move a trigger and fifty times to re-arm a million. At a million a lazy heap moves them faster, but pays for it in a crash, when all
//! that it left behind comes up at once. A ladder is about as fast at everything, until many triggers share a bucket: whoever crowds a hundred
//! thousand into one makes it walk them all, two thousand times the cost of the heap, which is O(log n) wherever triggers lie. And a heap needs no
//! window of prices, bucket width or overflow to be chosen, moved and tested. (Eight entries per family were slower than four.)
//!
//! # Memory
//!
//! 16 bytes per trigger and 4 per key and side: 24 bytes per open position with one trigger, 40 per pool with two. The tables grow to the
//! greatest key in use, so keys are to be dense. Nothing is allocated as long as no more keys are in use than the index was made for.

mod band;
mod crossing;
mod heap;

pub use band::{BandIndex, SafeBand};
pub use crossing::{Crossing, TriggerKey};

use crossing::{rank, sort};
use heap::{Entry, Heap};
use ringfence_risk::units::{MarkPrice, Side};

/// The liquidation triggers of one market.
///
/// ```
/// use ringfence_engine::triggers::{TriggerIndex, TriggerKey};
/// use ringfence_risk::units::Side;
///
/// let (first, second, third) = (TriggerKey::new(0)?, TriggerKey::new(1)?, TriggerKey::new(2)?);
/// let mut index = TriggerIndex::with_capacity(3);
/// index.set(first, Side::Long, Some("9000".parse()?));
/// index.set(second, Side::Long, Some("9500".parse()?));
/// index.set(third, Side::Short, Some("11000".parse()?));
/// assert!(index.is_quiet("10000".parse()?) && !index.is_quiet("9500".parse()?));
///
/// let mut crossed = Vec::new();
/// index.crossed("8999".parse()?, &mut crossed);
/// let keys: Vec<_> = crossed.iter().map(|crossing| crossing.key).collect();
/// assert_eq!(keys, [second, first]); // in the order in which a falling mark meets them
///
/// index.set(second, Side::Long, None);
/// index.set(first, Side::Long, Some("8000".parse()?));
/// assert!(index.is_quiet("8999".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TriggerIndex {
    /// Raw marks: nobody is liquidated strictly between the two.
    below: i64,
    above: i64,
    longs: Heap,
    shorts: Heap,
}

impl Default for TriggerIndex {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl TriggerIndex {
    /// An empty index that allocates nothing more for slots below `slots`.
    #[must_use]
    pub fn with_capacity(slots: u32) -> Self {
        Self { below: i64::MIN, above: i64::MAX, longs: Heap::with_capacity(slots), shorts: Heap::with_capacity(slots) }
    }

    /// Inserts, moves or (with `None`) removes the trigger that a key has on a side. O(log n).
    ///
    /// A key may have a trigger on either side or on both; the two are independent.
    #[inline]
    pub fn set(&mut self, key: TriggerKey, side: Side, trigger: Option<MarkPrice>) {
        let rank = trigger.map(|trigger| rank(side, trigger));
        let (heap, nearest) = match side {
            Side::Long => (&mut self.longs, &mut self.below),
            Side::Short => (&mut self.shorts, &mut self.above),
        };
        heap.set(key.slot(), rank);
        *nearest = nearest_mark(side, heap);
    }

    /// The trigger that a key has on a side. O(1).
    #[must_use]
    pub fn trigger(&self, key: TriggerKey, side: Side) -> Option<MarkPrice> {
        self.side(side).rank(key.slot()).and_then(|rank| crossing::mark(side, rank))
    }

    /// Whether this mark crosses no trigger. O(1): two comparisons of integers.
    #[inline]
    #[must_use]
    pub const fn is_quiet(&self, mark: MarkPrice) -> bool {
        mark.raw() > self.below && mark.raw() < self.above
    }

    /// The first of the triggers that this mark has reached or passed, in the order of [`TriggerIndex::crossed`]. O(1).
    ///
    /// Liquidating one position may move the triggers of others. Whoever handles this one, sets what has changed and asks again until there is
    /// none leaves nobody behind, whatever the gap that the mark jumped.
    ///
    /// ```
    /// # use ringfence_engine::triggers::{TriggerIndex, TriggerKey};
    /// # use ringfence_risk::units::{MarkPrice, Side};
    /// # let (key, mark) = (TriggerKey::new(0)?, "90".parse::<MarkPrice>()?);
    /// let mut index = TriggerIndex::default();
    /// index.set(key, Side::Long, Some("95".parse()?));
    /// while let Some(crossing) = index.first_crossed(mark) {
    ///     index.set(crossing.key, crossing.side, None); // after closing the position
    /// }
    /// assert!(index.is_quiet(mark));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn first_crossed(&self, mark: MarkPrice) -> Option<Crossing> {
        if mark.raw() <= self.below {
            self.next_long()
        } else if mark.raw() >= self.above {
            self.next_short()
        } else {
            None
        }
    }

    /// Appends every trigger that this mark has reached or passed: first the longs, highest trigger first, then the shorts, lowest first: in the
    /// order in which the mark meets them. Equal triggers of a side by key. They stay in the index until they are set anew.
    ///
    /// O(k log k) for k found; a quiet mark costs two comparisons.
    #[inline]
    pub fn crossed(&self, mark: MarkPrice, found: &mut Vec<Crossing>) {
        if !self.is_quiet(mark) {
            self.append(Side::Long, mark, found);
            self.append(Side::Short, mark, found);
        }
    }

    /// Appends the same as [`TriggerIndex::crossed`], in the same order, and removes it: cheaper than removing one by one where many are crossed.
    ///
    /// What survives its liquidation is to be set again. As handling one may move others, ask until the mark is quiet.
    #[inline]
    pub fn take_crossed(&mut self, mark: MarkPrice, found: &mut Vec<Crossing>) {
        if !self.is_quiet(mark) {
            self.take(Side::Long, mark, found);
            self.take(Side::Short, mark, found);
        }
    }

    /// The trigger that a falling mark meets first. O(1).
    #[must_use]
    pub fn next_long(&self) -> Option<Crossing> {
        self.longs.first().and_then(|entry| Crossing::of(Side::Long, entry))
    }

    /// The trigger that a rising mark meets first. O(1).
    #[must_use]
    pub fn next_short(&self) -> Option<Crossing> {
        self.shorts.first().and_then(|entry| Crossing::of(Side::Short, entry))
    }

    /// The marks at which nobody is liquidated: strictly between the nearest triggers.
    #[must_use]
    pub fn safe_band(&self) -> SafeBand {
        let trigger = |crossing: Crossing| crossing.trigger;
        SafeBand { below: self.next_long().map(trigger), above: self.next_short().map(trigger) }
    }

    /// The number of triggers, of both sides.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.longs.len().saturating_add(self.shorts.len())
    }

    /// Whether there is no trigger.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of bytes that the index has reserved.
    #[must_use]
    pub const fn reserved_bytes(&self) -> usize {
        self.longs.reserved().saturating_add(self.shorts.reserved())
    }

    const fn side(&self, side: Side) -> &Heap {
        match side {
            Side::Long => &self.longs,
            Side::Short => &self.shorts,
        }
    }

    #[cold]
    fn append(&self, side: Side, mark: MarkPrice, found: &mut Vec<Crossing>) {
        let before = found.len();
        self.walk(side, mark, found);
        sort(found, before);
    }

    #[cold]
    fn take(&mut self, side: Side, mark: MarkPrice, found: &mut Vec<Crossing>) {
        let before = found.len();
        self.walk(side, mark, found);
        // Those lowest in the heap first: what fills their places then has the shortest way down.
        let (heap, nearest) = match side {
            Side::Long => (&mut self.longs, &mut self.below),
            Side::Short => (&mut self.shorts, &mut self.above),
        };
        found.iter().skip(before).rev().for_each(|crossing| heap.set(crossing.key.slot(), None));
        *nearest = nearest_mark(side, heap);
        sort(found, before);
    }

    /// Goes down from the nearest triggers, using the list of what is found as its queue: looks at no more than five times as many.
    fn walk(&self, side: Side, mark: MarkPrice, found: &mut Vec<Crossing>) {
        let (heap, most, mut next) = (self.side(side), rank(side, mark), found.len());
        let reached = |entry: Entry| if entry.rank <= most { Crossing::of(side, entry) } else { None };
        found.extend(heap.top().filter_map(reached));
        while let Some(parent) = found.get(next).map(|crossing| crossing.key) {
            found.extend(heap.below(parent.slot()).filter_map(reached));
            next = next.saturating_add(1);
        }
    }
}

/// The raw mark that the nearest trigger is at, or one that no mark reaches.
#[inline]
fn nearest_mark(side: Side, heap: &Heap) -> i64 {
    match side {
        Side::Long => heap.first().map_or(i64::MIN, |entry| entry.rank.wrapping_neg()),
        Side::Short => heap.first().map_or(i64::MAX, |entry| entry.rank),
    }
}
