//! How the maker quotes.

use ringfence_engine::state::Market;
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div};
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{MarkPrice, Notional, Quantity, Rate, Side};

use crate::boot::{BootError, MAKER};

/// How the maker quotes a market: the same quantity at neighbouring round prices on both sides of its centre.
///
/// Prices are multiples of the spacing, rounded down to 1, 2 or 5 times a power of ten ticks, so a moving mark passes them one by one and each
/// pass costs one price on either side, not all. The centre is the mark, lowered while the maker holds long and raised while it holds short, by
/// at most one spacing.
///
/// A side's best price moves when the centre has come nearer to it than half of the half spread, or is further from it than the half spread and
/// one and a quarter spacings. A price is filled up when less than half of its quantity is left. An order of somebody else that a quote would
/// meet is taken, so a resting order fills when the mark passes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MakerTerms {
    /// Prices on each side, 1 to 25.
    pub levels: u16,
    /// Least distance of a new best price from the centre, as a fraction of it: above 0, at most 0.01.
    pub half_spread: Rate,
    /// Greatest distance from one price to the next, as a fraction of the mark: above 0, at most 0.01. At least one tick in any case.
    pub spacing: Rate,
    /// What is offered at each price, worth at most this much of the quote currency, but at least what the filters ask for.
    pub depth: Notional,
    /// The value of a position, in quote currency, from which on the centre is a whole spacing off the mark.
    pub inventory: Notional,
}

const fn rate(raw: i64) -> Rate {
    match Rate::from_raw(raw) {
        Ok(rate) => rate,
        Err(_) => Rate::ZERO,
    }
}

const fn notional(whole: i128) -> Notional {
    match Notional::from_raw(whole.saturating_mul(SCALE)) {
        Ok(notional) => notional,
        Err(_) => Notional::ZERO,
    }
}

impl MakerTerms {
    /// Ten prices worth 30,000 each on both sides, the best 0.005 to 0.025 % from the centre, up to 0.02 % apart.
    pub const DEFAULT: Self = Self {
        levels: 10,
        half_spread: rate(5_000),
        spacing: rate(20_000),
        depth: notional(30_000),
        inventory: notional(300_000),
    };
    /// Most prices on each side: both fit one batch.
    pub const MOST_LEVELS: u16 = 25;
    const WIDEST: Rate = rate(1_000_000);

    /// Refuses settings outside their limits.
    pub(crate) fn check(&self) -> Result<(), BootError> {
        let fault = |field, limit, value| Err(BootError::House { who: "the maker", field, limit, value });
        if self.levels == 0 || self.levels > Self::MOST_LEVELS {
            return fault("levels", "between 1 and 25", self.levels.to_string());
        }
        for (field, rate) in [("half spread", self.half_spread), ("spacing", self.spacing)] {
            if rate <= Rate::ZERO || rate > Self::WIDEST {
                return fault(field, "above 0 and at most 0.01", rate.to_string());
            }
        }
        for (field, value) in [("depth", self.depth), ("inventory", self.inventory)] {
            if value <= Notional::ZERO {
                return fault(field, "above 0", value.to_string());
            }
        }
        Ok(())
    }

    /// What is offered at each price.
    pub(super) fn quantity(&self, market: &Market, mark: MarkPrice) -> Result<Quantity, OutOfRange> {
        let filters = &market.listing().filters;
        // Twice the least notional: what rounding to lots takes away leaves enough.
        let depth = self.depth.max(filters.min_notional.plus(filters.min_notional)?);
        let quantity = quantity_worth(market.contract(), depth, mark.as_price())?;
        let least = filters.min_quantity.max(market.contract().spec().lot);
        Ok(quantity.max(least).min(filters.max_quantity))
    }

    /// The middle of the quotes, in 10⁻⁸.
    pub(super) fn centre(&self, market: &Market, mark: MarkPrice) -> Result<i128, OutOfRange> {
        let mut held = 0;
        if let Some(maker) = market.participant(MAKER) {
            for side in [Side::Long, Side::Short] {
                if let Some(position) = maker.positions().of(side) {
                    let value = market.contract().quote_value(position.quantity, mark.as_price())?;
                    held = add(held, mul(side.sign(), value.raw())?)?;
                }
            }
        }
        let full = self.inventory.raw();
        let skew = mul_div(self.spacing.wide(), held.clamp(full.saturating_neg(), full), full, Rounding::HalfEven)?;
        mul_div(mark.wide(), SCALE.saturating_sub(skew), SCALE, Rounding::HalfEven)
    }
}
