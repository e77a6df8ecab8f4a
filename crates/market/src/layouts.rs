//! The layouts that are known.

use crate::layout::{Layout, RowKind, Told};
use crate::mapping::Stamp;
use crate::time::TimeUnit;

const PRICES: &[&str] = &["open", "high", "low", "close"];

/// A layout of this project or of a venue, told by its header.
const fn named(
    label: &'static str,
    kind: RowKind,
    unit: TimeUnit,
    columns: &'static [&'static str],
    told: (&'static [&'static str], &'static [&'static str]),
) -> Layout {
    Layout { label, kind, unit, columns, identifier: None, stamp: Stamp::Begin, told: Told::ByNames(told.0, told.1) }
}

/// A dump of Binance without header, told by the shape of its first row.
const fn shaped(
    label: &'static str,
    kind: RowKind,
    columns: &'static [&'static str],
    identifier: Option<&'static str>,
    shape: (&'static str, &'static [usize]),
) -> Layout {
    let told = Told::ByShape(shape.0, shape.1);
    Layout { label, kind, unit: TimeUnit::MillisOrMicros, columns, identifier, stamp: Stamp::Begin, told }
}

/// The same with the numbers of trades in a column of this name.
const fn numbered(layout: Layout, id: &'static str) -> Layout {
    Layout { identifier: Some(id), ..layout }
}

const KLINES: &[&str] = &["open_time", "open", "high", "low", "close"];

/// The layouts of price files.
pub(crate) const PRICE_LAYOUTS: &[Layout] = &[
    named(
        "bars (ts_ms,open,high,low,close)",
        RowKind::Bar,
        TimeUnit::Millis,
        &["ts_ms", "open", "high", "low", "close"],
        (&[], &["price"]),
    ),
    named(
        "bars (Binance klines: open_time,open,high,low,close,volume,close_time)",
        RowKind::Bar,
        TimeUnit::MillisOrMicros,
        KLINES,
        (&["volume", "close_time"], &[]),
    ),
    shaped(
        "bars (Binance klines without header: 12 numbers, open_time,open,high,low,close first)",
        RowKind::Bar,
        KLINES,
        None,
        ("TNNNNNTNNNNN", &[0, 1, 2, 3, 4]),
    ),
    Layout {
        label: "bars (BitMEX: timestamp,symbol,open,high,low,close; a timestamp is the end of its bar)",
        kind: RowKind::Bar,
        unit: TimeUnit::Text,
        columns: &["timestamp", "open", "high", "low", "close"],
        identifier: None,
        stamp: Stamp::End,
        told: Told::ByNames(&["symbol"], &[]),
    },
    numbered(named("ticks (ts_ms,price)", RowKind::Tick, TimeUnit::Millis, &["ts_ms", "price"], (&[], PRICES)), "trade_id"),
    named(
        "ticks (BitMEX: timestamp,symbol,side,size,price)",
        RowKind::Tick,
        TimeUnit::Text,
        &["timestamp", "price"],
        (&["symbol", "side", "size"], PRICES),
    ),
    numbered(
        named(
            "ticks (Binance trades: id,price,qty,time,is_buyer_maker)",
            RowKind::Tick,
            TimeUnit::MillisOrMicros,
            &["time", "price"],
            (&["id", "qty", "is_buyer_maker"], &[]),
        ),
        "id",
    ),
    shaped(
        "ticks (Binance trades without header: id,price,qty,quote_qty,time,is_buyer_maker)",
        RowKind::Tick,
        &["time", "price"],
        Some("id"),
        ("NNNNTB", &[4, 1, 0]),
    ),
    shaped(
        "ticks (Binance spot trades without header: the same and is_best_match)",
        RowKind::Tick,
        &["time", "price"],
        Some("id"),
        ("NNNNTBB", &[4, 1, 0]),
    ),
    numbered(
        named(
            "ticks (Binance aggTrades: agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker)",
            RowKind::Tick,
            TimeUnit::MillisOrMicros,
            &["transact_time", "price"],
            (&["agg_trade_id", "quantity", "first_trade_id", "last_trade_id", "is_buyer_maker"], &[]),
        ),
        "agg_trade_id",
    ),
    shaped(
        "ticks (Binance aggTrades without header: the same 7 columns)",
        RowKind::Tick,
        &["transact_time", "price"],
        Some("agg_trade_id"),
        ("NNNNNTB", &[5, 1, 0]),
    ),
    shaped(
        "ticks (Binance spot aggTrades without header: the same and is_best_match)",
        RowKind::Tick,
        &["transact_time", "price"],
        Some("agg_trade_id"),
        ("NNNNNTBB", &[5, 1, 0]),
    ),
    named("quotes (ts_ms,bid,ask)", RowKind::Quote, TimeUnit::Millis, &["ts_ms", "bid", "ask"], (&[], &["price"])),
    named(
        "quotes (Binance bookTicker: update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time)",
        RowKind::Quote,
        TimeUnit::MillisOrMicros,
        &["transaction_time", "best_bid_price", "best_ask_price"],
        (&["update_id"], &[]),
    ),
    shaped(
        "quotes (Binance bookTicker without header: the same 7 columns)",
        RowKind::Quote,
        &["transaction_time", "best_bid_price", "best_ask_price"],
        None,
        ("NNNNNTT", &[5, 1, 3]),
    ),
];

/// The layouts of funding files.
pub(crate) const FUNDING_LAYOUTS: &[Layout] = &[
    named("funding (ts_ms,funding_rate)", RowKind::Funding, TimeUnit::Millis, &["ts_ms", "funding_rate"], (&[], &[])),
    named(
        "funding (Binance: calc_time,funding_interval_hours,last_funding_rate)",
        RowKind::Funding,
        TimeUnit::MillisOrMicros,
        &["calc_time", "last_funding_rate"],
        (&["funding_interval_hours"], &[]),
    ),
];

/// The layouts of files that say from which premium a funding rate was made.
pub(crate) const PREMIUM_LAYOUTS: &[Layout] = &[named(
    "funding with its premium (ts_ms,funding_rate,premium)",
    RowKind::Premium,
    TimeUnit::Millis,
    &["ts_ms", "funding_rate", "premium"],
    (&[], &[]),
)];

/// The layouts of files of premium indices, whose "prices" are fractions of either sign.
pub(crate) const PREMIUM_BAR_LAYOUTS: &[Layout] = &[
    named(
        "premiums (Binance premiumIndexKlines: open_time,open,high,low,close,volume,close_time)",
        RowKind::Bar,
        TimeUnit::MillisOrMicros,
        KLINES,
        (&["volume", "close_time"], &[]),
    ),
    shaped(
        "premiums (Binance premiumIndexKlines without header)",
        RowKind::Bar,
        KLINES,
        None,
        ("TNNNNNTNNNNN", &[0, 1, 2, 3, 4]),
    ),
    named(
        "premiums (ts_ms,open,high,low,close)",
        RowKind::Bar,
        TimeUnit::Millis,
        &["ts_ms", "open", "high", "low", "close"],
        (&[], &[]),
    ),
];

const fn stated(label: &'static str, kind: RowKind, columns: &'static [&'static str]) -> Layout {
    Layout { label, kind, unit: TimeUnit::Millis, columns, identifier: None, stamp: Stamp::Begin, told: Told::Stated }
}

/// Bars whose columns are stated.
pub(crate) static STATED_BARS: Layout = stated("bars", RowKind::Bar, &["time", "open", "high", "low", "close"]);
/// Ticks whose columns are stated.
pub(crate) static STATED_TICKS: Layout = stated("ticks", RowKind::Tick, &["time", "price"]);
/// Quotes whose columns are stated.
pub(crate) static STATED_QUOTES: Layout = stated("quotes", RowKind::Quote, &["time", "bid", "ask"]);
/// Funding rates whose columns are stated.
pub(crate) static STATED_FUNDING: Layout = stated("funding", RowKind::Funding, &["time", "rate"]);
