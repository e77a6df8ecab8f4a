//! What everybody may know of a market: its trades, prices, funding and open interest.

use std::collections::VecDeque;

use ringfence_engine::book::AccountId;
use ringfence_engine::event::Trade;
use ringfence_engine::ids::{OrderId, TradeId};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::{Rounding, SCALE, mul_div};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional, Price, Quantity, Rate};
use serde::{Deserialize, Serialize};

use super::around::Known;
use super::bars::{PriceBar, Series, TradeBar};
use super::interval::Interval;
use super::limits::RecordLimits;
use super::order::{price_of, quantity_of};
use super::raw;
use super::volume::Volume;

/// A trade as everybody may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTrade {
    /// Its number: from 1, without gaps.
    #[serde(with = "raw")]
    pub id: TradeId,
    /// At what price.
    #[serde(with = "raw")]
    pub price: Price,
    /// How much.
    #[serde(with = "raw")]
    pub quantity: Quantity,
    /// What it is worth, in the settlement asset.
    #[serde(with = "raw")]
    pub value: Notional,
    /// Whether the taker bought or sold. The maker did the opposite.
    #[serde(with = "raw")]
    pub taker_side: OrderSide,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// Trades of one order that took, at one price and one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateTrade {
    /// Its number: from 1, without gaps.
    pub id: u64,
    /// At what price.
    #[serde(with = "raw")]
    pub price: Price,
    /// How much.
    #[serde(with = "raw")]
    pub quantity: Quantity,
    /// The first of the trades; the others follow without gaps.
    #[serde(with = "raw")]
    pub first: TradeId,
    /// The last of the trades.
    #[serde(with = "raw")]
    pub last: TradeId,
    /// Whether the taker bought or sold.
    #[serde(with = "raw")]
    pub taker_side: OrderSide,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// A funding settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingSettlement {
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
    /// At which rate: above zero, longs paid shorts.
    #[serde(with = "raw")]
    pub rate: Rate,
    /// At which mark.
    #[serde(with = "raw")]
    pub mark: MarkPrice,
}

/// The open interest of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInterest {
    /// When: a whole five minutes.
    #[serde(with = "raw")]
    pub time: Time,
    /// How much was open, one side counted.
    pub quantity: Volume,
    /// What it was worth at the mark, in the settlement asset, rounded down; zero without a mark.
    pub value: Volume,
}

/// Who took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taker {
    #[serde(with = "raw")]
    order: Option<OrderId>,
    #[serde(with = "raw")]
    account: Option<AccountId>,
}

/// A market's public past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tape {
    pub(super) trades: VecDeque<PublicTrade>,
    pub(super) aggregates: VecDeque<AggregateTrade>,
    /// Who took in the last trade.
    taker: Option<Taker>,
    pub(super) traded: Series<TradeBar>,
    pub(super) marks: Series<PriceBar>,
    pub(super) indices: Series<PriceBar>,
    pub(super) premiums: Series<PriceBar>,
    pub(super) funding: VecDeque<FundingSettlement>,
    pub(super) interest: VecDeque<OpenInterest>,
}

/// Adds to the end; beyond the bound the oldest goes.
pub(super) fn push_bounded<T>(entries: &mut VecDeque<T>, entry: T, bound: usize) {
    entries.push_back(entry);
    if entries.len() > bound.max(1) {
        entries.pop_front();
    }
}

impl Tape {
    pub(super) fn new() -> Self {
        Self {
            trades: VecDeque::new(),
            aggregates: VecDeque::new(),
            taker: None,
            traded: Series::new(),
            marks: Series::new(),
            indices: Series::new(),
            premiums: Series::new(),
            funding: VecDeque::new(),
            interest: VecDeque::new(),
        }
    }

    pub(super) fn trade(&mut self, trade: &Trade, market: &Known<'_>, limits: &RecordLimits, now: Time) {
        let (price, quantity) = (price_of(market.contract, trade.price), quantity_of(market.contract, trade.lots));
        let Trade { id, value, taker_side, .. } = *trade;
        push_bounded(&mut self.trades, PublicTrade { id, price, quantity, value, taker_side, time: now }, limits.public_trades);
        self.aggregate(trade, (price, quantity), limits, now);
        let bar = TradeBar::of(minute(now), id.0, (price, quantity, value), taker_side);
        self.traded.add(bar, limits.bars());
    }

    fn aggregate(&mut self, trade: &Trade, (price, quantity): (Price, Quantity), limits: &RecordLimits, now: Time) {
        let taker = Taker { order: trade.taker_order, account: trade.taker };
        let is_same = self.taker.replace(taker) == Some(taker);
        let next = self.aggregates.back().map_or(0, |last| last.id).saturating_add(1);
        if let Some(last) = self.aggregates.back_mut()
            && is_same
            && (last.price, last.time, last.taker_side) == (price, now, trade.taker_side)
            && let Ok(sum) = last.quantity.plus(quantity)
        {
            (last.quantity, last.last) = (sum, trade.id);
            return;
        }
        let (id, taker_side) = (trade.id, trade.taker_side);
        let aggregate = AggregateTrade { id: next, price, quantity, first: id, last: id, taker_side, time: now };
        push_bounded(&mut self.aggregates, aggregate, limits.public_trades);
    }

    pub(super) fn mark(&mut self, mark: MarkPrice, limits: &RecordLimits, now: Time) {
        if self.traded.is_empty() {
            self.traded.add(TradeBar::silent(minute(now), mark.raw()), limits.bars());
        }
        self.marks.add(PriceBar::at(minute(now), mark.raw()), limits.bars());
    }

    pub(super) fn index(&mut self, index: IndexPrice, limits: &RecordLimits, now: Time) {
        self.indices.add(PriceBar::at(minute(now), index.raw()), limits.bars());
    }

    /// Mark ÷ index − 1 once both have moved as far as the command moved them, rounded down.
    pub(super) fn premium(&mut self, market: &Known<'_>, limits: &RecordLimits, now: Time) {
        let (Some(mark), Some(index)) = (market.mark, market.index) else { return };
        let Ok(premium) = mul_div(mark.wide() - index.wide(), SCALE, index.wide(), Rounding::Floor) else { return };
        let premium = premium.clamp(Rate::LEAST.wide(), Rate::GREATEST.wide());
        if let Ok(premium) = Rate::from_wide(premium) {
            self.premiums.add(PriceBar::at(minute(now), premium.raw()), limits.bars());
        }
    }

    pub(super) fn sample_interest(&mut self, market: &Known<'_>, limits: &RecordLimits, time: Time) {
        let quantity = market.open_interest;
        let value = market.mark.and_then(|mark| {
            let contract = market.contract;
            let exposure = contract.exposure(Quantity::from_wide(quantity).ok()?).ok()?;
            contract.mark_value(exposure, mark).ok()?.rounded(Rounding::Floor).ok()
        });
        let sample = OpenInterest { time, quantity: Volume::new(quantity), value: Volume::new(value.unwrap_or(0)) };
        push_bounded(&mut self.interest, sample, limits.open_interest);
    }
}

/// The minute of a moment.
const fn minute(now: Time) -> u64 {
    Interval::Minute1.start(now).ms()
}
