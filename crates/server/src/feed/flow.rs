//! Small market orders, so that there are trades.

use ringfence_engine::book::SelfTrade;
use ringfence_engine::command::{Command, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::Market;
use ringfence_engine::time::Time;
use ringfence_market::walk::{SplitMix, mix};
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, mul_div};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{MarkPrice, Notional, Price};

use crate::boot::{BootError, FLOW};

/// How the taker flow trades in a market: one market order per slot of time, at a moment of the slot's first half that the seed decides, so
/// that they are half a slot to one and a half slots apart. A slot that nobody asked in is left out.
///
/// It buys or sells at random, more often what is cheap: with the middle of the book 0.02 % or more below the mark it buys nine times out of
/// ten, above it sells as often. A maker that lowers its prices while it is long so gets rid of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowTerms {
    /// Milliseconds of a slot: 500 to 3,600,000.
    pub every_ms: u64,
    /// An order is worth a tenth to four times this in quote currency, on average 1.4 times; at least the smallest quantity.
    pub size: Notional,
}

impl FlowTerms {
    /// An order every 1 to 3 seconds, worth 1,400 on average.
    pub const DEFAULT: Self = Self {
        every_ms: 2_000,
        size: match Notional::from_raw(100_000_000_000) {
            Ok(size) => size,
            Err(_) => Notional::ZERO,
        },
    };

    /// Refuses settings outside their limits.
    pub(crate) fn check(&self) -> Result<(), BootError> {
        let fault = |field, limit, value| Err(BootError::House { who: "the taker flow", field, limit, value });
        if !(500..=3_600_000).contains(&self.every_ms) {
            return fault("interval", "500 to 3600000 milliseconds", self.every_ms.to_string());
        }
        if self.size <= Notional::ZERO {
            return fault("size", "above 0", self.size.to_string());
        }
        Ok(())
    }
}

/// The middle of the book so far from the mark leans the flow as far as it leans: 0.02 %.
const LEANS_AT: i128 = 20_000;
/// What the seed is used for here.
const FOR_FLOW: u64 = 3;

/// The taker flow of a market.
#[derive(Debug)]
pub(super) struct Flow {
    market: MarketId,
    seed: u64,
    /// The last slot in which it acted.
    acted: Option<u64>,
}

impl Flow {
    pub(super) const fn new(market: MarketId, seed: u64) -> Self {
        Self { market, seed, acted: None }
    }

    /// The order that is due now, if one is and somebody is there to trade with.
    pub(super) fn act(&mut self, terms: &FlowTerms, now: Time, known: &Market) -> Result<Option<Command>, OutOfRange> {
        let slot = now.ms().checked_div(terms.every_ms).unwrap_or(0);
        let into = now.ms().saturating_sub(slot.saturating_mul(terms.every_ms));
        let mut random = SplitMix::new(mix(&[self.seed, self.market.0.into(), FOR_FLOW, slot]));
        let due = random.below(terms.every_ms.checked_div(2).unwrap_or(0).saturating_add(1));
        if into < due || self.acted == Some(slot) {
            return Ok(None);
        }
        self.acted = Some(slot);
        let Some(mark) = known.mark() else { return Ok(None) };
        let side = if i128::from(random.below(1_000)) < buys_per_mille(known, mark)? { OrderSide::Buy } else { OrderSide::Sell };
        if !finds_somebody(known, side, mark)? {
            return Ok(None);
        }
        let drawn = i128::from(random.below(100));
        let parts = drawn.saturating_mul(drawn).checked_div(25).unwrap_or(0).saturating_add(10);
        let worth = Notional::from_wide(mul_div(terms.size.raw(), parts, 100, Rounding::HalfEven)?)?;
        let filters = &known.listing().filters;
        let least = filters.min_quantity.max(known.contract().spec().lot);
        let quantity = quantity_worth(known.contract(), worth, mark.as_price())?.max(least).min(filters.max_quantity);
        Ok(Some(Command::Place(NewOrder {
            account: FLOW,
            market: self.market,
            side,
            position_side: PositionSide::Both,
            quantity,
            kind: OrderKind::Market,
            purpose: Purpose::Any,
            self_trade: SelfTrade::ExpireTaker,
            client_id: None,
        })))
    }
}

fn touch(known: &Market, side: OrderSide) -> Result<Option<Price>, OutOfRange> {
    known.book().best(side).map(|ticks| ticks.to_price(known.contract())).transpose()
}

/// How often in a thousand times it buys.
fn buys_per_mille(known: &Market, mark: MarkPrice) -> Result<i128, OutOfRange> {
    let (Some(bid), Some(ask)) = (touch(known, OrderSide::Buy)?, touch(known, OrderSide::Sell)?) else { return Ok(500) };
    // Twice the distance of the middle, against twice the distance at which it leans fully.
    let below = mark.wide().saturating_mul(2).saturating_sub(bid.wide()).saturating_sub(ask.wide());
    let full = mul_div(mark.wide(), LEANS_AT.saturating_mul(2), SCALE, Rounding::Ceiling)?;
    let lean = mul_div(400, below.clamp(full.saturating_neg(), full), full, Rounding::HalfEven)?;
    Ok(lean.saturating_add(500))
}

/// Whether there is a price on the other side within the band that a market order keeps to.
fn finds_somebody(known: &Market, side: OrderSide, mark: MarkPrice) -> Result<bool, OutOfRange> {
    let filters = &known.listing().filters;
    Ok(match side {
        OrderSide::Buy => {
            let most = mul_div(mark.wide(), filters.band_up.wide(), SCALE, Rounding::Floor)?;
            touch(known, OrderSide::Sell)?.is_some_and(|ask| ask.wide() <= most)
        }
        OrderSide::Sell => {
            let least = mul_div(mark.wide(), filters.band_down.wide(), SCALE, Rounding::Ceiling)?;
            touch(known, OrderSide::Buy)?.is_some_and(|bid| bid.wide() >= least)
        }
    })
}
