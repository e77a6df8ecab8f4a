//! Whose trigger it is, and how the marks of both sides become one order.

use super::heap::Entry;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{MarkPrice, Side};

/// Who a trigger belongs to: the slot of a position, or of a pool. Slots are to be dense: tables grow to the greatest in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerKey(u32);

impl TriggerKey {
    /// The greatest slot: 2²⁸ − 1.
    pub const GREATEST: Self = Self(0x0fff_ffff);

    /// The key of a slot.
    ///
    /// # Errors
    /// [`OutOfRange`] above [`TriggerKey::GREATEST`].
    ///
    /// ```
    /// # use ringfence_engine::triggers::TriggerKey;
    /// assert_eq!(TriggerKey::new(7)?.slot(), 7);
    /// assert!(TriggerKey::new(u32::MAX).is_err());
    /// # Ok::<(), ringfence_risk::arithmetic::OutOfRange>(())
    /// ```
    pub const fn new(slot: u32) -> Result<Self, OutOfRange> {
        if slot > Self::GREATEST.0 { Err(OutOfRange { what: "slot of a trigger" }) } else { Ok(Self(slot)) }
    }

    /// The slot.
    #[must_use]
    pub const fn slot(self) -> u32 {
        self.0
    }
}

/// A trigger that a mark has reached or passed, or the one it would reach first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Long: met as the mark falls. Short: met as it rises.
    pub side: Side,
    /// The trigger itself, not the mark that crossed it.
    pub trigger: MarkPrice,
    /// Whose it is.
    pub key: TriggerKey,
}

impl Crossing {
    pub(super) fn of(side: Side, entry: Entry) -> Option<Self> {
        Some(Self { side, trigger: mark(side, entry.rank)?, key: TriggerKey(entry.slot) })
    }
}

/// The order in which triggers of a side are met, the first the least: marks as they rise, or negated as they fall.
#[inline]
pub(super) const fn rank(side: Side, mark: MarkPrice) -> i64 {
    match side {
        Side::Long => mark.raw().wrapping_neg(),
        Side::Short => mark.raw(),
    }
}

/// The mark of a rank. There is none only for a rank that no mark has.
#[inline]
pub(super) fn mark(side: Side, rank: i64) -> Option<MarkPrice> {
    let raw = match side {
        Side::Long => rank.wrapping_neg(),
        Side::Short => rank,
    };
    MarkPrice::from_raw(raw).ok()
}

/// Puts what was found into the order in which the mark meets it: all of one side.
pub(super) fn sort(found: &mut [Crossing], before: usize) {
    if let Some(new) = found.get_mut(before..) {
        new.sort_unstable_by_key(|crossing| (rank(crossing.side, crossing.trigger), crossing.key));
    }
}
