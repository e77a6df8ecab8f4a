//! Candles while they grow, and once more when they are closed.

use ringfence_engine::time::Time;
use serde::Serialize;

use super::{Subject, write};
use crate::api::text::Decimal;
use crate::record::{CandleWindow, Interval, TradeCandle};
use crate::stream::figures::{price, value, volume};

/// Closed candles that are told at most when the clock leaps over many.
const MOST_CLOSED: usize = 1_500;
/// A candle that does not change is told again after so many times.
const QUIET_TIMES: u8 = 4;

/// Whether candles are told by symbol or by pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OfSymbol,
    OfPair,
}

#[derive(Serialize)]
struct SymbolFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    s: &'a str,
    k: Bar<'a>,
}

#[derive(Serialize)]
struct PairFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    ps: &'a str,
    ct: &'static str,
    k: Bar<'a>,
}

#[derive(Serialize)]
struct Bar<'a> {
    t: u64,
    #[serde(rename = "T")]
    closes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    i: &'static str,
    f: i64,
    #[serde(rename = "L")]
    last: i64,
    o: Decimal,
    c: Decimal,
    h: Decimal,
    l: Decimal,
    v: Decimal,
    n: u64,
    x: bool,
    q: Decimal,
    #[serde(rename = "V")]
    taker_volume: Decimal,
    #[serde(rename = "Q")]
    taker_value: Decimal,
    #[serde(rename = "B")]
    ignored: &'static str,
}

/// What was told of candles.
#[derive(Default)]
pub(super) struct CandleFeed {
    told: Option<TradeCandle>,
    quiet: u8,
}

impl CandleFeed {
    /// The candles that closed since the last time, each for the last time, and the open one if it changed or was quiet for a second.
    pub(super) fn tell(&mut self, subject: &Subject<'_>, interval: Interval, kind: Kind) -> Vec<String> {
        let record = subject.world.record();
        let window = match &self.told {
            Some(told) => CandleWindow { start: Some(told.prices.open_time), end: None, limit: MOST_CLOSED },
            None => CandleWindow { start: None, end: None, limit: 1 },
        };
        let candles = record.candles(subject.symbol.market, interval, &window, subject.now);
        let Some((open, closed)) = candles.split_last() else { return Vec::new() };
        if closed.is_empty() && self.told == Some(*open) && self.quiet < QUIET_TIMES {
            self.quiet += 1;
            return Vec::new();
        }
        (self.told, self.quiet) = (Some(*open), 1);
        // The trades of a market are numbered without gaps: what the later candles hold tells where an earlier one ends.
        let mut last = record.last_trade(subject.symbol.market).map_or(0, |trade| trade.id.0);
        let mut frames = Vec::with_capacity(candles.len());
        for candle in candles.iter().rev() {
            frames.extend(frame((subject, kind), interval, candle, last));
            last = last.saturating_sub(candle.trades);
        }
        frames.reverse();
        frames
    }
}

fn frame((subject, kind): (&Subject<'_>, Kind), interval: Interval, candle: &TradeCandle, last: u64) -> Option<String> {
    let symbol = subject.symbol;
    let number = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
    let (first, last) = match candle.trades {
        0 => (-1, -1),
        trades => (number(last.saturating_sub(trades - 1)), number(last)),
    };
    let bar = Bar {
        t: candle.prices.open_time.ms(),
        closes: candle.prices.close_time.ms(),
        s: (kind == Kind::OfSymbol).then_some(symbol.symbol.as_str()),
        i: interval.name(),
        f: first,
        last,
        o: price(symbol, Some(candle.prices.open)),
        c: price(symbol, Some(candle.prices.close)),
        h: price(symbol, Some(candle.prices.high)),
        l: price(symbol, Some(candle.prices.low)),
        v: volume(symbol, candle.volume),
        n: candle.trades,
        x: is_over(interval, candle.prices.open_time, subject.now),
        q: value(symbol, candle.value),
        taker_volume: volume(symbol, candle.taker_buy_volume),
        taker_value: value(symbol, candle.taker_buy_value),
        ignored: "0",
    };
    let at = subject.now.ms();
    match kind {
        Kind::OfSymbol => write(&SymbolFrame { e: "kline", at, s: &symbol.symbol, k: bar }),
        Kind::OfPair => write(&PairFrame { e: "continuous_kline", at, ps: &symbol.pair, ct: "PERPETUAL", k: bar }),
    }
}

/// Whether a candle's time is over.
fn is_over(interval: Interval, begins: Time, now: Time) -> bool {
    interval.next(begins) <= now
}
