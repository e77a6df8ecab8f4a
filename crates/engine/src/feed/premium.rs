//! The time-weighted premium since the last settlement.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, add, div, mul};
use ringfence_risk::units::Rate;

use super::rule::BadRule;
use super::slots::Slots;
use crate::time::Time;

/// The premiums since the last settlement, at most one per slot of time, as their weighted mean: the n-th counts n times.
///
/// The mean equals [`average_premium`](ringfence_risk::funding::average_premium) over the same samples, in O(1) and without keeping them. Slots
/// are those of [`BasisWindow`](super::BasisWindow).
///
/// ```
/// use ringfence_engine::feed::PremiumWindow;
/// use ringfence_engine::time::Time;
///
/// let mut window = PremiumWindow::new(60_000)?; // a sample a minute
/// assert!(window.sample(Time::from_ms(60_000), "0.0001".parse()?)?);
/// assert!(!window.sample(Time::from_ms(60_500), "0.09".parse()?)?); // the minute has its sample
/// assert!(window.sample(Time::from_ms(120_000), "0.0004".parse()?)?);
/// assert_eq!(window.average()?, "0.0003".parse()?); // (1 × 0.0001 + 2 × 0.0004) ÷ 3
/// window.clear(); // settled
/// assert_eq!((window.count(), window.average()?), (0, "0".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PremiumWindow {
    pub(crate) slots: Slots,
    pub(crate) count: u64,
    /// The sum of n × the n-th premium, in 10⁻⁸.
    pub(crate) weighted: i128,
}

impl PremiumWindow {
    /// An empty window, at most one sample per `every_ms` milliseconds (from 1 to a day).
    ///
    /// # Errors
    /// [`BadRule`] when `every_ms` is outside its limits.
    pub fn new(every_ms: u64) -> Result<Self, BadRule> {
        Ok(Self { slots: Slots::new(every_ms)?, count: 0, weighted: 0 })
    }

    /// Whether a sample would be taken at this moment: its slot has none yet, and no later slot has.
    #[must_use]
    pub fn due(&self, now: Time) -> bool {
        self.slots.is_due(now)
    }

    /// Adds a premium if one is due, and says whether.
    ///
    /// # Errors
    /// As [`add`](Self::add); nothing was changed.
    pub fn sample(&mut self, now: Time, premium: Rate) -> Result<bool, OutOfRange> {
        if !self.due(now) {
            return Ok(false);
        }
        self.add(premium)?;
        self.slots.take(now);
        Ok(true)
    }

    /// Adds a premium, whatever the time: the n-th weighs n.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum does not fit, which takes more than 10¹⁴ samples; nothing was changed.
    pub fn add(&mut self, premium: Rate) -> Result<(), OutOfRange> {
        let count = self.count.checked_add(1).ok_or(OutOfRange { what: "a number of samples" })?;
        self.weighted = add(self.weighted, mul(premium.wide(), count.into())?)?;
        self.count = count;
        Ok(())
    }

    /// The weighted mean, to the nearest 10⁻⁸ (halves to even); zero without samples.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum of the weights does not fit, which takes more than 10¹⁸ samples.
    pub fn average(&self) -> Result<Rate, OutOfRange> {
        if self.count == 0 {
            return Ok(Rate::ZERO);
        }
        let count = i128::from(self.count);
        let weights = div(mul(count, add(count, 1)?)?, 2, Rounding::Floor)?;
        Rate::from_wide(div(self.weighted, weights, Rounding::HalfEven)?)
    }

    /// How many premiums there are since it was made or cleared.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Begins anew, as after a settlement. A slot that has had its sample gets no second one.
    pub fn clear(&mut self) {
        (self.count, self.weighted) = (0, 0);
    }
}
