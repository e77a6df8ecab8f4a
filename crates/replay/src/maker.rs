//! The synthetic maker: who stands on the other side of everybody.

use crate::error::ReplayError;
use crate::market::Market;
use crate::text::text;
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::ids::MarketId;
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, div, mul, mul_div, sub};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Price, Quantity, Rate};
use serde::Serialize;

/// The only market of a replay.
pub(crate) const MARKET: MarketId = MarketId(0);
/// The maker's account.
pub(crate) const MAKER: AccountId = AccountId(0);
/// Money the maker has: 10¹² units of the settlement asset, so that it can always quote.
pub(crate) const DEPOSIT: Amount = match Amount::from_raw(100_000_000_000_000_000_000) {
    Ok(amount) => amount,
    Err(_) => Amount::ZERO,
};

/// Most money of a further account of the maker: so little that an asset holds a hundred of them.
pub(crate) const FURTHER_DEPOSIT: Amount = match Amount::from_raw(200_000_000_000_000_000) {
    Ok(amount) => amount,
    Err(_) => Amount::ZERO,
};
/// What it has otherwise: this many times the greatest position that it may hold, so that it cannot lose it.
pub(crate) const FURTHER_TIMES: i128 = 100;

/// How the synthetic maker quotes around the recorded price. What it shows is all the market there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Maker {
    /// Prices on each side, 1 to [`Maker::MOST_LEVELS`].
    pub levels: u16,
    /// What is offered at each, worth this much of the quote currency at the mark.
    #[serde(serialize_with = "text")]
    pub depth: Notional,
    /// Distance of the first price from the mark, as a share of the mark.
    #[serde(serialize_with = "text")]
    pub half_spread: Rate,
    /// Distance from one price to the next.
    #[serde(serialize_with = "text")]
    pub spacing: Rate,
}

const fn rate(raw: i64) -> Rate {
    match Rate::from_raw(raw) {
        Ok(rate) => rate,
        Err(_) => Rate::ZERO,
    }
}

impl Maker {
    /// Most prices on each side.
    pub const MOST_LEVELS: u16 = 500;
    /// Ten prices worth 10,000 each, the first 0.01 % from the mark, 0.05 % apart: 100,000 within half a percent.
    pub const DEFAULT: Self = Self {
        levels: 10,
        depth: match Notional::from_raw(1_000_000_000_000) {
            Ok(depth) => depth,
            Err(_) => Notional::ZERO,
        },
        half_spread: rate(10_000),
        spacing: rate(50_000),
    };

    /// Refuses what cannot be quoted at this mark.
    pub(crate) fn check(&self, market: &Market, mark: MarkPrice) -> Result<(), ReplayError> {
        let fault = |field, rule, given: String| Err(ReplayError::Maker { field, rule, given });
        if self.levels == 0 || self.levels > Self::MOST_LEVELS {
            return fault("levels", "between 1 and 500", self.levels.to_string());
        }
        for (field, rate) in [("half spread", self.half_spread), ("spacing", self.spacing)] {
            if rate < Rate::ZERO || rate >= Rate::WHOLE {
                return fault(field, "at least 0 and below 1", rate.to_string());
            }
        }
        if self.offset(self.levels.saturating_sub(1))? >= SCALE {
            return fault("spacing", "so that the last bid is above 0", self.spacing.to_string());
        }
        if self.quantity(market, mark)? == Quantity::ZERO {
            return fault("depth", "worth at least one lot", self.depth.to_string());
        }
        Ok(())
    }

    fn quantity(&self, market: &Market, mark: MarkPrice) -> Result<Quantity, OutOfRange> {
        quantity_worth(&market.contract, self.depth, mark.as_price())
    }

    /// Distance of a price from the mark, in 10⁻⁸ of it.
    fn offset(&self, level: u16) -> Result<i128, OutOfRange> {
        add(self.half_spread.wide(), mul(self.spacing.wide(), level.into())?)
    }

    /// Its quotes around a mark: on the tick, rounded away from the mark.
    pub(crate) fn quotes(&self, market: &Market, mark: MarkPrice) -> Result<Vec<NewOrder>, OutOfRange> {
        let (tick, quantity) = (market.contract.spec().tick.wide(), self.quantity(market, mark)?);
        let mut quotes = Vec::with_capacity(usize::from(self.levels).saturating_mul(2));
        if quantity == Quantity::ZERO {
            return Ok(quotes);
        }
        for level in 0..self.levels {
            let offset = self.offset(level)?;
            for (side, factor, rounding) in [
                (OrderSide::Buy, sub(SCALE, offset)?, Rounding::Floor),
                (OrderSide::Sell, add(SCALE, offset)?, Rounding::Ceiling),
            ] {
                let raw = mul_div(mark.wide(), factor, SCALE, rounding)?;
                let ticks = div(raw, tick, rounding)?;
                if ticks > 0 {
                    quotes.push(quote(side, quantity, Price::from_wide(mul(ticks, tick)?)?));
                }
            }
        }
        Ok(quotes)
    }
}

/// An order of the maker that only rests.
pub(crate) const fn quote(side: OrderSide, quantity: Quantity, price: Price) -> NewOrder {
    NewOrder {
        account: MAKER,
        market: MARKET,
        side,
        position_side: PositionSide::Both,
        quantity,
        kind: OrderKind::Limit { price, lifetime: Lifetime::PostOnly },
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    }
}
