//! At most one sample per slot of time.

use super::rule::{BadRule, within};
use crate::time::Time;

/// One day: the longest slot.
const DAY_MS: u64 = 86_400_000;

/// Slots of equal length, counted from the Unix epoch, and the last one that has its sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) every_ms: u64,
    pub(crate) last: Option<u64>,
}

impl Slots {
    /// Slots from 1 ms to a day; none has a sample.
    pub(crate) fn new(every_ms: u64) -> Result<Self, BadRule> {
        Ok(Self { every_ms: within("every_ms", every_ms, 1, DAY_MS)?, last: None })
    }

    /// Whether a sample is due: the slot of this moment is later than the last one that has its sample.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        self.slot(now) > self.last
    }

    /// The slot of this moment has its sample.
    pub(crate) fn take(&mut self, now: Time) {
        self.last = self.slot(now).max(self.last);
    }

    /// Never `None`: a slot is at least 1 ms long.
    fn slot(&self, now: Time) -> Option<u64> {
        now.ms().checked_div(self.every_ms)
    }
}
