//! Messages of a recorded feed: one line each, a receive time and what a stream of Binance said.

use crate::error::{Fault, LONGEST_HEADER, show};
use crate::number::{price, quantity};
use crate::time::TimeUnit;
use ringfence_risk::units::{MarkPrice, Price, Quantity};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Levels of both sides; a quantity of zero takes a level away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) bids: Vec<(Price, Quantity)>,
    pub(crate) asks: Vec<(Price, Quantity)>,
}

impl Levels {
    pub(crate) const fn count(&self) -> usize {
        self.bids.len().saturating_add(self.asks.len())
    }
}

/// The whole book.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) last_update: u64,
    pub(crate) levels: Levels,
}

/// What changed in the book.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Number of the change before; spot markets give none.
    pub(crate) previous: Option<u64>,
    pub(crate) levels: Levels,
}

/// What a line says.
#[derive(Debug)]
pub(crate) enum Message {
    Snapshot(Snapshot),
    Change(Change),
    Trade {
        time_ms: i64,
        price: MarkPrice,
    },
    Quote {
        time_ms: i64,
        bid: MarkPrice,
        ask: MarkPrice,
    },
    /// Of a stream that is not read.
    Other,
}

/// Pairs of price and quantity as they are written.
type Pairs<'a> = Vec<[&'a str; 2]>;

#[derive(Deserialize)]
struct Line<'a> {
    stream: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "lastUpdateId")]
    last_update: Option<u64>,
    symbol: Option<&'a str>,
    #[serde(borrow)]
    bids: Option<Pairs<'a>>,
    #[serde(borrow)]
    asks: Option<Pairs<'a>>,
}

#[derive(Deserialize)]
struct DepthUpdate<'a> {
    #[serde(rename = "s")]
    symbol: &'a str,
    #[serde(rename = "U")]
    first: u64,
    #[serde(rename = "u")]
    last: u64,
    #[serde(rename = "pu")]
    previous: Option<u64>,
    #[serde(rename = "b", borrow)]
    bids: Pairs<'a>,
    #[serde(rename = "a", borrow)]
    asks: Pairs<'a>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(rename = "s")]
    symbol: &'a str,
    #[serde(rename = "T")]
    time: i64,
    #[serde(rename = "p")]
    price: &'a str,
}

#[derive(Deserialize)]
struct BookTicker<'a> {
    #[serde(rename = "s")]
    symbol: &'a str,
    #[serde(rename = "T")]
    time: i64,
    #[serde(rename = "b")]
    bid: &'a str,
    #[serde(rename = "a")]
    ask: &'a str,
}

/// Whether a line begins like one of a recorded feed: digits, a blank, an object.
pub(crate) fn is_message(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=19).contains(&digits) && line.get(digits..).is_some_and(|rest| rest.starts_with(b" {"))
}

/// Reads a line: the market it is about, if it says, and what it says of it.
pub(crate) fn parse(line: &[u8]) -> Result<(Option<&str>, Message), Fault> {
    if !is_message(line) {
        return Err(not_a_message(&format!("got '{}'", show(line, LONGEST_HEADER))));
    }
    let start = line.iter().position(|byte| *byte == b' ').unwrap_or(0);
    let line: Line<'_> = json(line.get(start..).unwrap_or_default())?;
    match line {
        Line { stream: Some(stream), data: Some(data), .. } => {
            let kind = stream.split('@').nth(1).unwrap_or_default();
            streamed(kind, data.get().as_bytes())
        }
        Line { last_update: Some(last_update), bids: Some(bids), asks: Some(asks), symbol, .. } => {
            Ok((symbol, Message::Snapshot(Snapshot { last_update, levels: levels(&bids, &asks)? })))
        }
        Line { .. } => Err(not_a_message("it must have stream and data, or lastUpdateId, bids and asks")),
    }
}

fn streamed<'a>(kind: &str, data: &'a [u8]) -> Result<(Option<&'a str>, Message), Fault> {
    match kind {
        "depth" => {
            let DepthUpdate { symbol, first, last, previous, bids, asks } = json(data)?;
            Ok((Some(symbol), Message::Change(Change { first, last, previous, levels: levels(&bids, &asks)? })))
        }
        "trade" | "aggTrade" => {
            let trade: Trade<'a> = json(data)?;
            let price = price("p", trade.price.as_bytes())?;
            Ok((Some(trade.symbol), Message::Trade { time_ms: millis(trade.time)?, price }))
        }
        "bookTicker" => {
            let quote: BookTicker<'a> = json(data)?;
            let (bid, ask) = (price("b", quote.bid.as_bytes())?, price("a", quote.ask.as_bytes())?);
            Ok((Some(quote.symbol), Message::Quote { time_ms: millis(quote.time)?, bid, ask }))
        }
        _ => Ok((None, Message::Other)),
    }
}

fn json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(text).map_err(|error| not_a_message(&error.to_string()))
}

fn not_a_message(detail: &str) -> Fault {
    Fault::NotAMessage { detail: show(detail.as_bytes(), LONGEST_HEADER) }
}

fn millis(time: i64) -> Result<i64, Fault> {
    let unit = TimeUnit::MillisOrMicros;
    unit.millis(time).filter(|time| *time >= 0).ok_or_else(|| Fault::TimeOutOfRange {
        field: "T",
        limit: "milliseconds since 1970 of at most 13 digits or microseconds of 16",
        value: time.to_string(),
    })
}

fn levels(bids: &Pairs<'_>, asks: &Pairs<'_>) -> Result<Levels, Fault> {
    let side = |pairs: &Pairs<'_>| {
        let level = |[at, offered]: &[&str; 2]| {
            Ok((price("price", at.as_bytes())?.as_price(), quantity("quantity", offered.as_bytes())?))
        };
        pairs.iter().map(level).collect::<Result<Vec<_>, Fault>>()
    };
    Ok(Levels { bids: side(bids)?, asks: side(asks)? })
}
