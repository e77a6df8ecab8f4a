//! Marks with funding, and changes of contracts.

use ringfence_engine::command::MarketState;
use ringfence_engine::time::Time;
use serde::Serialize;

use super::{Subject, write};
use crate::api::text::Decimal;
use crate::stream::figures::symbol_type;

#[derive(Serialize)]
struct MarkFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    p: Decimal,
    ap: Decimal,
    #[serde(rename = "P")]
    settle: Decimal,
    i: Decimal,
    r: Decimal,
    #[serde(rename = "T")]
    next: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

/// A mark; `None` before the first. The average mark is the mark, and a perpetual contract would settle at it.
pub(super) fn mark(subject: &Subject<'_>) -> Option<String> {
    let market = subject.world.state().market(subject.symbol.market)?;
    let mark = Decimal::money(market.mark()?.wide());
    let (rate, next) = market.funding();
    write(&MarkFrame {
        e: "markPriceUpdate",
        at: subject.now.ms(),
        s: &subject.symbol.symbol,
        p: mark,
        ap: mark,
        settle: mark,
        i: Decimal::money(market.index().map_or(0, |index| index.wide())),
        r: Decimal::money(rate.wide()),
        next: next.map_or(0, Time::ms),
        st: symbol_type(subject.symbol),
    })
}

#[derive(Serialize)]
struct ContractFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    ps: &'a str,
    ct: &'static str,
    dt: u64,
    ot: u64,
    cs: &'static str,
}

/// A contract whose terms or state changed.
pub(super) fn contract(subject: &Subject<'_>) -> Option<String> {
    let market = subject.world.state().market(subject.symbol.market)?;
    write(&ContractFrame {
        e: "contractInfo",
        at: subject.now.ms(),
        s: &subject.symbol.symbol,
        ps: &subject.symbol.pair,
        ct: "PERPETUAL",
        dt: subject.symbol.delivery_ms,
        ot: subject.symbol.onboard_ms,
        cs: match market.state() {
            MarketState::Open | MarketState::PostOnly | MarketState::ReduceOnly | MarketState::CancelOnly => "TRADING",
            MarketState::Halted => "PENDING_TRADING",
            MarketState::Settled => "SETTLING",
        },
    })
}
