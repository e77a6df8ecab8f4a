//! Who waits for a mark, and moving the mark past those who wait.

use crate::error::ReplayError;
use ringfence_risk::units::{MarkPrice, Rate};

/// A mark and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) time_ms: i64,
    pub(crate) mark: MarkPrice,
}

/// Marks strictly between the two (in units of 10⁻⁸) liquidate nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) below: i64,
    pub(crate) above: i64,
}

impl Band {
    /// Nothing waits.
    pub(crate) const ALL: Self = Self { below: i64::MIN, above: i64::MAX };

    pub(crate) fn of(below: Option<MarkPrice>, above: Option<MarkPrice>) -> Self {
        Self { below: below.map_or(i64::MIN, MarkPrice::raw), above: above.map_or(i64::MAX, MarkPrice::raw) }
    }

    #[inline]
    pub(crate) fn holds(self, low: MarkPrice, high: MarkPrice) -> bool {
        low.raw() > self.below && high.raw() < self.above
    }

    pub(crate) fn narrowed(self, other: Self) -> Self {
        Self { below: self.below.max(other.below), above: self.above.min(other.above) }
    }
}

/// One way of carrying the positions through the series.
pub(crate) trait Watch {
    /// The nearest marks at which something happens.
    fn band(&self) -> Band;

    /// The mark is outside the band: liquidates what is to be liquidated there; afterwards the band holds the mark.
    fn fire(&mut self, now: Now) -> Result<(), ReplayError>;

    /// Exchanges funding at `rate`; `next` is the rate of the settlement after it.
    fn settle(&mut self, now: Now, rate: Rate, next: Rate) -> Result<(), ReplayError>;
}

/// Moves the mark at once.
pub(crate) fn jump(watch: &mut dyn Watch, now: Now) -> Result<(), ReplayError> {
    if watch.band().holds(now.mark, now.mark) { Ok(()) } else { watch.fire(now) }
}

/// Moves the mark through every grid price from `from` (where nothing is left to happen) to `to`: it stops only where something waits.
pub(crate) fn sweep(watch: &mut dyn Watch, from: MarkPrice, to: Now) -> Result<(), ReplayError> {
    loop {
        let band = watch.band();
        if band.holds(to.mark, to.mark) {
            return Ok(());
        }
        let (here, end) = (from.raw(), to.mark.raw());
        let stop = if end < here { band.below.clamp(end, here) } else { band.above.clamp(here, end) };
        watch.fire(Now { time_ms: to.time_ms, mark: MarkPrice::from_raw(stop)? })?;
    }
}
