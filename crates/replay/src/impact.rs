//! How liquidations move the mark, for runs in which they do: a recorded mark does not know the positions of a replay.

use crate::error::ReplayError;
use crate::market::Market;
use crate::text::text;
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div};
use ringfence_risk::units::{MarkPrice, Quantity, Rate};
use serde::Serialize;

/// The mark is the recorded one, displaced by what liquidations closed: each million of the quote currency that they sell in the book or leave
/// to the insurance fund moves it down by a stated share of the price, each million they buy moves it up, and the displacement halves in a
/// stated time.
///
/// The model is linear, and it is the mark that moves: the maker quotes around the displaced mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Impact {
    /// Share of the price that a million of the quote currency moves it by.
    #[serde(serialize_with = "text")]
    pub per_million: Rate,
    /// Time in which half of a displacement is gone, in milliseconds; greater than zero.
    pub half_life_ms: u64,
}

impl Impact {
    /// A displacement is never more than half of the price.
    pub const MOST: Rate = match Rate::from_raw(50_000_000) {
        Ok(rate) => rate,
        Err(_) => Rate::ZERO,
    };

    /// Refuses what cannot be computed with.
    pub(crate) fn check(&self) -> Result<(), ReplayError> {
        if self.per_million <= Rate::ZERO || self.per_million > Self::MOST {
            let given = self.per_million.to_string();
            return Err(ReplayError::Impact { field: "share per million", rule: "greater than 0 and at most 0.5", given });
        }
        if self.half_life_ms == 0 {
            return Err(ReplayError::Impact { field: "half-life", rule: "greater than 0", given: "0 ms".to_owned() });
        }
        Ok(())
    }
}

/// A million, in 10⁻⁸.
const MILLION: i128 = 100_000_000_000_000;
/// Beyond this many half-lives nothing is left of the greatest displacement.
const FORGOTTEN: i64 = 40;

/// Where the mark stands off the recorded one, in 10⁻⁸ of the price, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Displacement {
    share: i128,
    since_ms: i64,
}

impl Displacement {
    pub(crate) const fn is_zero(&self) -> bool {
        self.share == 0
    }

    /// What is left of it at a time: halved for each whole half-life, straight in between, toward zero.
    fn at(&self, impact: Impact, now_ms: i64) -> Result<i128, OutOfRange> {
        let half_life = i64::try_from(impact.half_life_ms).unwrap_or(i64::MAX).max(1);
        let passed = now_ms.saturating_sub(self.since_ms).max(0);
        let halvings = passed.checked_div(half_life).unwrap_or(0);
        if self.share == 0 || halvings >= FORGOTTEN {
            return Ok(0);
        }
        let halved = self.share.signum().saturating_mul(self.share.abs() >> halvings);
        let rest = i128::from(passed.checked_rem(half_life).unwrap_or(0));
        let whole = mul(2, i128::from(half_life))?;
        let left = mul_div(halved.abs(), whole.saturating_sub(rest), whole, Rounding::Floor)?;
        Ok(halved.signum().saturating_mul(left))
    }

    /// Forgets what has decayed to nothing.
    pub(crate) fn settle(&mut self, impact: Impact, now_ms: i64) -> Result<(), OutOfRange> {
        if !self.is_zero() && self.at(impact, now_ms)? == 0 {
            *self = Self::default();
        }
        Ok(())
    }

    /// Liquidations bought this much more than they sold (negative: sold), valued at the recorded mark.
    pub(crate) fn press(
        &mut self,
        impact: Impact,
        market: &Market,
        now: (i64, MarkPrice),
        net_lots: i128,
    ) -> Result<(), OutOfRange> {
        let (now_ms, recorded) = now;
        let lots = mul(net_lots.abs(), market.contract.spec().lot.wide())?;
        let value = market.contract.quote_value(Quantity::from_wide(lots)?, recorded.as_price())?;
        let moved = mul_div(value.wide(), impact.per_million.wide(), MILLION, Rounding::HalfEven)?;
        let most = Impact::MOST.wide();
        let share = add(self.at(impact, now_ms)?, mul(moved, net_lots.signum())?)?.clamp(most.saturating_neg(), most);
        *self = Self { share, since_ms: now_ms };
        Ok(())
    }

    /// The recorded mark, displaced, on the grid.
    pub(crate) fn mark(&self, impact: Impact, market: &Market, now: (i64, MarkPrice)) -> Result<MarkPrice, OutOfRange> {
        let share = self.at(impact, now.0)?;
        if share == 0 {
            return Ok(now.1);
        }
        market.on_grid(MarkPrice::from_wide(mul_div(now.1.wide(), add(SCALE, share)?, SCALE, Rounding::HalfEven)?.max(1))?)
    }
}
