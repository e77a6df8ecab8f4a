//! Ids with what is known of them, each in a slot that never moves.

use super::{ClientOrderId, ClientRecord};
use crate::book::AccountId;

/// Slots of a segment: what is asked of the system at a time.
const SEGMENT: usize = 1_024;

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// An id of an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) id: ClientOrderId,
    pub(super) account: AccountId,
    /// The account's next younger id.
    pub(super) next: u32,
    pub(super) record: ClientRecord,
}

/// Slots, those given back used again.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    segments: Vec<Vec<Slot>>,
    free: Vec<u32>,
}

#[inline]
fn place(slot: u32) -> (usize, usize) {
    #![expect(clippy::as_conversions, reason = "32 bits fit every index this crate is built for")]
    (slot as usize / SEGMENT, slot as usize % SEGMENT)
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self { segments: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&Slot> {
        let (segment, at) = place(slot);
        self.segments.get(segment)?.get(at)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Slot> {
        let (segment, at) = place(slot);
        self.segments.get_mut(segment)?.get_mut(at)
    }

    /// Keeps an id; where.
    #[inline]
    pub(super) fn add(&mut self, slot: Slot) -> u32 {
        if let Some(free) = self.free.pop()
            && let Some(kept) = self.get_mut(free)
        {
            *kept = slot;
            return free;
        }
        if self.segments.last().is_none_or(|last| last.len() == SEGMENT) {
            self.segments.push(Vec::with_capacity(SEGMENT));
        }
        let full = self.segments.len().saturating_sub(1).saturating_mul(SEGMENT);
        let at = self.segments.last_mut().map_or(0, |last| {
            last.push(slot);
            last.len().saturating_sub(1)
        });
        // The limits allow no 2³² ids.
        u32::try_from(full.saturating_add(at)).unwrap_or(NONE)
    }

    /// Gives a slot back.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }
}
