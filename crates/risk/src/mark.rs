//! The mark price: the median of three legs, so that no single book or trade can move it alone.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, div, mul, mul_div, sub};
use crate::units::{IndexPrice, MarkPrice, Price, Rate};

/// What the mark is made of. The index is the only leg that may not be missing: without it there is no mark and liquidation must pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkInputs {
    /// Price of the underlying on its spot markets.
    pub index: IndexPrice,
    /// Rate of the last funding settlement.
    pub funding_rate: Rate,
    /// Time until the next settlement, in milliseconds.
    pub until_funding_ms: i64,
    /// Length of a funding interval, in milliseconds; greater than zero.
    pub funding_interval_ms: i64,
    /// Moving average of (middle of the book − index), in units of 10⁻⁸; `None` when the book has been empty.
    pub average_basis: Option<i64>,
    /// Last traded price; `None` before the first trade.
    pub last: Option<Price>,
}

/// The mark and its three legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// `index × (1 + funding rate × time to funding ÷ interval)`.
    pub funding_leg: MarkPrice,
    /// `index + average basis`; the index when there is no book.
    pub basis_leg: MarkPrice,
    /// Last traded price; the index before the first trade.
    pub last_leg: MarkPrice,
    /// The median, on the mark's grid.
    pub mark: MarkPrice,
}

/// `index × (1 + rate × time ÷ interval)`, to the nearest 10⁻⁸ (halves to even): the fair price of BitMEX, the first leg of Binance.
///
/// # Errors
/// [`OutOfRange`] for an interval of zero or a result that is not a price.
///
/// ```
/// use ringfence_risk::mark::funding_basis_price;
/// let fair = funding_basis_price("143.807".parse()?, "0.0001".parse()?, 7_805_000, 28_800_000)?;
/// assert_eq!(fair.to_string(), "143.81089727");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn funding_basis_price(index: IndexPrice, rate: Rate, until_ms: i64, interval_ms: i64) -> Result<MarkPrice, OutOfRange> {
    let time = mul(rate.wide(), until_ms.into())?;
    let whole = mul(interval_ms.into(), SCALE)?;
    let basis = mul_div(index.wide(), time, whole, Rounding::HalfEven)?;
    MarkPrice::from_wide(add(index.wide(), basis)?)
}

/// The mean of (middle of the book − index) over samples of (best bid, best ask, index); `None` without samples. To the nearest 10⁻⁸.
///
/// # Errors
/// [`OutOfRange`] when the sum does not fit.
pub fn average_basis(samples: &[(Price, Price, IndexPrice)]) -> Result<Option<i64>, OutOfRange> {
    let mut twice = 0_i128;
    for (bid, ask, index) in samples {
        twice = add(twice, sub(add(bid.wide(), ask.wide())?, mul(2, index.wide())?)?)?;
    }
    let count = i128::try_from(samples.len()).map_err(|_| OutOfRange { what: "a number of samples" })?;
    if count == 0 {
        return Ok(None);
    }
    let mean = div(twice, mul(2, count)?, Rounding::HalfEven)?;
    crate::arithmetic::narrow(mean, "average basis").map(Some)
}

/// The median of the three legs, put on the mark's grid (nearest, halves to even).
///
/// A missing leg is replaced by the index: with no book and no trades the mark leans on the index alone, and one leg can never decide.
///
/// # Errors
/// [`OutOfRange`] when a leg is not a price.
pub fn mark_price(inputs: &MarkInputs, step: MarkPrice) -> Result<Mark, OutOfRange> {
    let index = inputs.index.wide();
    let funding_leg =
        funding_basis_price(inputs.index, inputs.funding_rate, inputs.until_funding_ms, inputs.funding_interval_ms)?;
    let basis_leg = MarkPrice::from_wide(add(index, inputs.average_basis.unwrap_or(0).into())?)?;
    let last_leg = MarkPrice::from_wide(inputs.last.map_or(index, Price::wide))?;
    let median = median(funding_leg, basis_leg, last_leg);
    let steps = div(median.wide(), step.wide(), Rounding::HalfEven)?.max(1);
    Ok(Mark { funding_leg, basis_leg, last_leg, mark: MarkPrice::from_wide(mul(steps, step.wide())?)? })
}

/// The middle one of three.
#[must_use]
pub fn median(first: MarkPrice, second: MarkPrice, third: MarkPrice) -> MarkPrice {
    first.min(second).max(first.max(second).min(third))
}
