//! Trades, one by one and in aggregates.

use ringfence_engine::event::Trade;
use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use serde::Serialize;

use super::{Subject, write};
use crate::api::text::Decimal;
use crate::record::{AggregateTrade, Record, Window};
use crate::stream::figures::{price, quantity, symbol_type};

#[derive(Serialize)]
struct TradeFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    #[serde(rename = "T")]
    time: u64,
    s: &'a str,
    t: u64,
    p: Decimal,
    q: Decimal,
    #[serde(rename = "X")]
    kind: &'static str,
    m: bool,
}

/// A trade.
pub(super) fn trade(subject: &Subject<'_>, (trade, time): &(Trade, Time)) -> Option<String> {
    let (symbol, contract) = (subject.symbol, subject.world.state().market(trade.market)?.contract());
    write(&TradeFrame {
        e: "trade",
        at: subject.now.ms(),
        time: time.ms(),
        s: &symbol.symbol,
        t: trade.id.0,
        p: price(symbol, trade.price.to_price(contract).ok()),
        q: quantity(symbol, trade.lots.to_quantity(contract).ok()?),
        kind: "MARKET",
        m: trade.taker_side == OrderSide::Sell,
    })
}

#[derive(Serialize)]
struct AggregateFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    a: u64,
    p: Decimal,
    q: Decimal,
    nq: Decimal,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: u64,
    m: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

/// What was told of a market's aggregates.
pub(super) struct Aggregates {
    /// The last one told.
    last: u64,
    /// Trades since.
    trades: usize,
}

impl Aggregates {
    pub(super) fn beginning(record: &Record, market: MarketId) -> Self {
        let newest = record.aggregate_trades(market, &Window::latest(1));
        Self { last: newest.last().map_or(0, |newest| newest.id), trades: 0 }
    }

    pub(super) const fn note(&mut self) {
        self.trades = self.trades.saturating_add(1);
    }

    /// Another state: what comes next is told from there.
    pub(super) const fn reverted(&mut self) {
        *self = Self { last: 0, trades: 0 };
    }

    pub(super) fn tell(&mut self, subject: &Subject<'_>) -> Vec<String> {
        let most = std::mem::take(&mut self.trades);
        if most == 0 {
            return Vec::new();
        }
        // There are no more aggregates than trades.
        let newest = subject.world.record().aggregate_trades(subject.symbol.market, &Window::latest(most));
        let new: Vec<&AggregateTrade> = newest.into_iter().filter(|aggregate| aggregate.id > self.last).collect();
        self.last = new.last().map_or(self.last, |aggregate| aggregate.id);
        new.into_iter().filter_map(|aggregate| frame(subject, aggregate)).collect()
    }
}

fn frame(subject: &Subject<'_>, aggregate: &AggregateTrade) -> Option<String> {
    let symbol = subject.symbol;
    write(&AggregateFrame {
        e: "aggTrade",
        at: subject.now.ms(),
        s: &symbol.symbol,
        a: aggregate.id,
        p: price(symbol, Some(aggregate.price)),
        q: quantity(symbol, aggregate.quantity),
        nq: quantity(symbol, aggregate.quantity),
        f: aggregate.first.0,
        l: aggregate.last.0,
        time: aggregate.time.ms(),
        m: aggregate.taker_side == OrderSide::Sell,
        st: symbol_type(symbol),
    })
}
