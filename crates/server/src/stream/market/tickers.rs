//! A day's statistics, and best bid and ask.

use std::collections::HashMap;

use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::units::{Price, Quantity};
use serde::Serialize;

use super::{Subject, write};
use crate::api::text::Decimal;
use crate::record::Ticker;
use crate::stream::figures::{change, price, quantity, symbol_type, touch, value, volume};

#[derive(Serialize)]
struct MiniFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    ps: &'a str,
    c: Decimal,
    o: Decimal,
    h: Decimal,
    l: Decimal,
    v: Decimal,
    q: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

fn ticker(subject: &Subject<'_>) -> Option<Ticker> {
    subject.world.record().ticker(subject.world.state(), subject.symbol.market)
}

/// A day in short; `None` before the first trade.
pub(super) fn mini(subject: &Subject<'_>) -> Option<String> {
    let (symbol, day) = (subject.symbol, ticker(subject)?);
    write(&MiniFrame {
        e: "24hrMiniTicker",
        at: subject.now.ms(),
        s: &symbol.symbol,
        ps: &symbol.pair,
        c: price(symbol, Some(day.last)),
        o: price(symbol, Some(day.open)),
        h: price(symbol, Some(day.high)),
        l: price(symbol, Some(day.low)),
        v: volume(symbol, day.volume),
        q: value(symbol, day.value),
        st: symbol_type(symbol),
    })
}

#[derive(Serialize)]
struct FullFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    ps: &'a str,
    p: Decimal,
    #[serde(rename = "P")]
    percent: String,
    w: Decimal,
    c: Decimal,
    #[serde(rename = "Q")]
    last_quantity: Decimal,
    o: Decimal,
    h: Decimal,
    l: Decimal,
    v: Decimal,
    q: Decimal,
    #[serde(rename = "O")]
    opens: u64,
    #[serde(rename = "C")]
    closes: u64,
    #[serde(rename = "F")]
    first: i64,
    #[serde(rename = "L")]
    last: i64,
    n: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

/// A day in full; `None` before the first trade.
pub(super) fn full(subject: &Subject<'_>) -> Option<String> {
    let (symbol, day) = (subject.symbol, ticker(subject)?);
    let (difference, percent) = change(symbol, day.open, day.last);
    let number = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
    write(&FullFrame {
        e: "24hrTicker",
        at: subject.now.ms(),
        s: &symbol.symbol,
        ps: &symbol.pair,
        p: difference,
        percent,
        w: price(symbol, day.weighted_average.or(Some(day.last))),
        c: price(symbol, Some(day.last)),
        last_quantity: quantity(symbol, day.last_quantity),
        o: price(symbol, Some(day.open)),
        h: price(symbol, Some(day.high)),
        l: price(symbol, Some(day.low)),
        v: volume(symbol, day.volume),
        q: value(symbol, day.value),
        opens: day.open_time.ms(),
        closes: day.close_time.ms(),
        first: day.ids.map_or(-1, |(first, _)| number(first.0)),
        last: day.ids.map_or(-1, |(_, last)| number(last.0)),
        n: day.trades,
        st: symbol_type(symbol),
    })
}

/// Frames as one array; none where there is nothing to list.
pub(super) fn listed(frames: impl Iterator<Item = String>) -> Vec<String> {
    let listed: Vec<String> = frames.collect();
    if listed.is_empty() { Vec::new() } else { vec![format!("[{}]", listed.join(","))] }
}

#[derive(Serialize)]
struct TouchFrame<'a> {
    e: &'static str,
    u: u64,
    #[serde(rename = "E")]
    at: u64,
    #[serde(rename = "T")]
    time: u64,
    s: &'a str,
    ps: &'a str,
    b: Decimal,
    #[serde(rename = "B")]
    bid_quantity: Decimal,
    a: Decimal,
    #[serde(rename = "A")]
    ask_quantity: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

/// Best bids and asks as they were told last, and at which update of the book.
#[derive(Default)]
pub(super) struct Touches {
    told: HashMap<MarketId, (u64, [(Price, Quantity); 2])>,
}

impl Touches {
    /// Best bid and ask if they changed. Nothing while a side of the book is empty.
    pub(super) fn tell(&mut self, subject: &Subject<'_>) -> Option<String> {
        let Subject { world, symbol, now } = *subject;
        let update = world.record().book_update_id(symbol.market);
        let told = self.told.get(&symbol.market);
        if told.is_some_and(|(at, _)| *at == update) {
            return None;
        }
        let best = touch(world.state().market(symbol.market)?)?;
        let is_same = told.is_some_and(|(_, known)| *known == best);
        self.told.insert(symbol.market, (update, best));
        if is_same {
            return None;
        }
        let [(bid, bid_quantity), (ask, ask_quantity)] = best;
        write(&TouchFrame {
            e: "bookTicker",
            u: update,
            at: now.ms(),
            time: Time::ms(now),
            s: &symbol.symbol,
            ps: &symbol.pair,
            b: price(symbol, Some(bid)),
            bid_quantity: quantity(symbol, bid_quantity),
            a: price(symbol, Some(ask)),
            ask_quantity: quantity(symbol, ask_quantity),
            st: symbol_type(symbol),
        })
    }
}
