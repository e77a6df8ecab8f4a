//! How far the middle of the book has lain from the index.

use std::collections::VecDeque;

use ringfence_risk::arithmetic::{OutOfRange, Rounding, add, div, mul, narrow, sub};
use ringfence_risk::units::{IndexPrice, Price};

use super::rule::{BadRule, within};
use super::slots::Slots;
use crate::time::Time;

/// The last samples of (middle of the book − index), at most one per slot of time, and their mean: the second leg of the mark
/// ([`MarkInputs::average_basis`](ringfence_risk::mark::MarkInputs::average_basis)).
///
/// Slots are counted from the Unix epoch, so a sample a minute falls on the first call within every minute of the clock. A slot without a call
/// has no sample; then the window reaches further back.
///
/// The mean equals [`average_basis`](ringfence_risk::mark::average_basis) over the same samples, in O(1).
///
/// ```
/// use ringfence_engine::feed::BasisWindow;
/// use ringfence_engine::time::Time;
///
/// let mut window = BasisWindow::new(30, 1_000)?; // the last thirty seconds
/// assert_eq!(window.average(), None);
/// assert!(window.sample(Time::from_ms(1_000), "60010".parse()?, "60020".parse()?, "60000".parse()?)?); // + 15
/// assert!(!window.sample(Time::from_ms(1_999), "70000".parse()?, "70010".parse()?, "60000".parse()?)?); // the second has its sample
/// assert!(window.sample(Time::from_ms(2_000), "59990".parse()?, "60000".parse()?, "60000".parse()?)?); // − 5
/// assert_eq!(window.average(), Some(5 * 100_000_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasisWindow {
    pub(crate) samples: u16,
    pub(crate) slots: Slots,
    /// Best bid + best ask − 2 × index per sample, oldest first: twice the basis, so that it is exact.
    pub(crate) twice: VecDeque<i64>,
    pub(crate) sum: i128,
}

impl BasisWindow {
    /// The most samples a window may hold.
    pub const MOST_SAMPLES: u16 = 600;

    /// An empty window of so many samples (from 1 to 600), at most one per `every_ms` milliseconds (from 1 to a day).
    ///
    /// # Errors
    /// [`BadRule`] when a setting is outside its limits.
    pub fn new(samples: u16, every_ms: u64) -> Result<Self, BadRule> {
        let samples = within("samples", samples, 1, Self::MOST_SAMPLES)?;
        let slots = Slots::new(every_ms)?;
        Ok(Self { samples, slots, twice: VecDeque::with_capacity(samples.into()), sum: 0 })
    }

    /// Whether a sample would be taken at this moment: its slot has none yet, and no later slot has.
    #[must_use]
    pub fn due(&self, now: Time) -> bool {
        self.slots.is_due(now)
    }

    /// Takes a sample if one is due, and says whether. The oldest goes when the window is full. Without a bid or an ask, do not call.
    ///
    /// # Errors
    /// [`OutOfRange`] is never reached by prices; if it were, nothing would have changed.
    pub fn sample(&mut self, now: Time, best_bid: Price, best_ask: Price, index: IndexPrice) -> Result<bool, OutOfRange> {
        if !self.due(now) {
            return Ok(false);
        }
        let twice = sub(add(best_bid.wide(), best_ask.wide())?, mul(2, index.wide())?)?;
        let is_full = self.twice.len() >= usize::from(self.samples);
        let leaving = if is_full { self.twice.front().copied().unwrap_or(0) } else { 0 };
        let (newest, sum) = (narrow(twice, "twice the basis")?, sub(add(self.sum, twice)?, leaving.into())?);
        if is_full {
            self.twice.pop_front();
        }
        self.twice.push_back(newest);
        self.sum = sum;
        self.slots.take(now);
        Ok(true)
    }

    /// The mean of (middle of the book − index) in units of 10⁻⁸, to the nearest (halves to even); `None` without samples.
    #[must_use]
    pub fn average(&self) -> Option<i64> {
        let twice_count = mul(2, self.count().into()).ok()?;
        // Without samples the division is refused; a mean of samples fits where the samples do.
        let mean = div(self.sum, twice_count, Rounding::HalfEven).ok()?;
        i64::try_from(mean).ok()
    }

    /// How many samples it holds.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16::try_from(self.twice.len()).unwrap_or(self.samples)
    }
}
