//! A market as everybody sees it.

use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, IndexPrice, MarkPrice, Notional, Price, Quantity, Rate};

use crate::book::Ticks;
use crate::command::MarketState;
use crate::ids::MarketId;
use crate::state::{Market, State};
use crate::time::Time;

/// A market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketView {
    /// What it lets through.
    pub state: MarketState,
    /// The mark.
    pub mark: Option<MarkPrice>,
    /// The index.
    pub index: Option<IndexPrice>,
    /// The price of the last trade.
    pub last: Option<Price>,
    /// The highest price bid.
    pub best_bid: Option<Price>,
    /// The lowest price asked.
    pub best_ask: Option<Price>,
    /// Rate of the next funding settlement, as it stands.
    pub funding_rate: Rate,
    /// Rate of the last one.
    pub last_funding_rate: Rate,
    /// When the next one is due.
    pub next_funding: Option<Time>,
    /// Quantity held long, as much as is held short; the insurance fund's counted.
    pub open_interest: Quantity,
    /// Its value at the mark, rounded up.
    pub open_interest_value: Option<Notional>,
    /// The insurance fund.
    pub insurance: Amount,
    /// What the insurance fund may still lose in the present hour: all of it without a cap.
    pub insurance_left: Amount,
    /// Losses that nobody could cover, and nobody has funded since. While there are any, nothing of the settlement asset can be withdrawn.
    pub uncovered: Amount,
    /// What the insurance fund took over and has not closed yet.
    pub fund_position: Option<Position>,
    /// Trades ever made.
    pub trades: u64,
}

impl State {
    /// A market; `None` where there is none of this number.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest quantity, notional or amount.
    pub fn market_view(&self, market: MarketId) -> Result<Option<MarketView>, OutOfRange> {
        self.market(market).map(|market| view(market, self.clock)).transpose()
    }

    /// The best prices of a side and how much rests there, best first; none where there is no such market.
    ///
    /// # Errors
    /// [`OutOfRange`] where more rests at a price than the greatest quantity.
    pub fn depth(&self, market: MarketId, side: OrderSide, levels: usize) -> Result<Vec<(Price, Quantity)>, OutOfRange> {
        let Some(market) = self.market(market) else { return Ok(Vec::new()) };
        let contract = market.contract();
        let found = market.book().depth(side).take(levels);
        found.map(|level| Ok((level.price.to_price(contract)?, level.lots.to_quantity(contract)?))).collect()
    }
}

fn view(market: &Market, now: Time) -> Result<MarketView, OutOfRange> {
    let contract = market.contract();
    let price = |ticks: Option<Ticks>| ticks.map(|ticks| ticks.to_price(contract)).transpose();
    let open_interest = Quantity::from_wide(market.ledger().open_interest())?;
    let value = |mark| -> Result<Notional, OutOfRange> {
        Notional::from_wide(contract.mark_value(contract.exposure(open_interest)?, mark)?.rounded(Rounding::Ceiling)?)
    };
    let (funding_rate, next_funding) = market.funding();
    Ok(MarketView {
        state: market.state(),
        mark: market.mark(),
        index: market.index(),
        last: market.last(),
        best_bid: price(market.book().best_bid())?,
        best_ask: price(market.book().best_ask())?,
        funding_rate,
        last_funding_rate: market.funding.last_rate,
        next_funding,
        open_interest,
        open_interest_value: market.mark().map(value).transpose()?,
        insurance: Amount::from_wide(market.ledger().insurance())?,
        insurance_left: Amount::from_wide(market.insurance_left(now))?,
        uncovered: Amount::from_wide(market.ledger().uncovered())?,
        fund_position: market.fund_position().copied(),
        trades: market.trades(),
    })
}
