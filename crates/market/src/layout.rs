//! Which columns a file has and which of them are read. A layout is recognised by the names in the header.

use crate::error::{Fault, LONGEST_HEADER, show};
use crate::number::{TimeUnit, is_decimal};

/// What the rows of a layout are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    Bar,
    Tick,
    Funding,
}

/// One way in which files are laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The layout in words.
    pub(crate) label: &'static str,
    pub(crate) kind: RowKind,
    pub(crate) unit: TimeUnit,
    /// Names of the columns that are read: the time, then the prices or the rate.
    pub(crate) columns: &'static [&'static str],
    told: Told,
}

/// How a layout is told from others.
#[derive(Debug)]
enum Told {
    /// By a header that has the columns that are read and these.
    ByNames(&'static [&'static str]),
    /// By a first line of so many numbers.
    ByNumbers(usize),
}

/// Most columns that are read of a row.
pub(crate) const MOST_COLUMNS: usize = 5;

const PRICES: [&str; 4] = ["open", "high", "low", "close"];

/// The layouts of price files.
pub(crate) const PRICE_LAYOUTS: &[Layout] = &[
    Layout {
        label: "bars (ts_ms,open,high,low,close)",
        kind: RowKind::Bar,
        unit: TimeUnit::Millis,
        columns: &["ts_ms", "open", "high", "low", "close"],
        told: Told::ByNames(&[]),
    },
    Layout {
        label: "bars (Binance klines: open_time,open,high,low,close,volume,close_time)",
        kind: RowKind::Bar,
        unit: TimeUnit::MillisOrMicros,
        columns: &["open_time", "open", "high", "low", "close"],
        told: Told::ByNames(&["volume", "close_time"]),
    },
    Layout {
        label: "bars (Binance klines without header: 12 numbers, open_time,open,high,low,close first)",
        kind: RowKind::Bar,
        unit: TimeUnit::MillisOrMicros,
        columns: &["open_time", "open", "high", "low", "close"],
        told: Told::ByNumbers(12),
    },
    Layout {
        label: "ticks (ts_ms,price)",
        kind: RowKind::Tick,
        unit: TimeUnit::Millis,
        columns: &["ts_ms", "price"],
        told: Told::ByNames(&[]),
    },
    Layout {
        label: "ticks (Binance trades: id,price,qty,quote_qty,time,is_buyer_maker)",
        kind: RowKind::Tick,
        unit: TimeUnit::MillisOrMicros,
        columns: &["time", "price"],
        told: Told::ByNames(&["id", "qty", "quote_qty", "is_buyer_maker"]),
    },
    Layout {
        label: "ticks (Binance aggTrades: agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker)",
        kind: RowKind::Tick,
        unit: TimeUnit::MillisOrMicros,
        columns: &["transact_time", "price"],
        told: Told::ByNames(&["agg_trade_id", "quantity", "first_trade_id", "last_trade_id", "is_buyer_maker"]),
    },
];

/// The layouts of funding files.
pub(crate) const FUNDING_LAYOUTS: &[Layout] = &[
    Layout {
        label: "funding (ts_ms,funding_rate)",
        kind: RowKind::Funding,
        unit: TimeUnit::Millis,
        columns: &["ts_ms", "funding_rate"],
        told: Told::ByNames(&[]),
    },
    Layout {
        label: "funding (Binance: calc_time,funding_interval_hours,last_funding_rate)",
        kind: RowKind::Funding,
        unit: TimeUnit::MillisOrMicros,
        columns: &["calc_time", "last_funding_rate"],
        told: Told::ByNames(&["funding_interval_hours"]),
    },
];

/// Where the columns of a layout are in one file.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) layout: &'static Layout,
    /// For each column of the file, its place among those that are read; [`MOST_COLUMNS`] or more when it is not.
    places: Vec<usize>,
}

/// What the first line of a file turned out to be.
#[derive(Debug)]
pub(crate) enum FirstLine {
    /// Names of columns.
    Header(Columns),
    /// Already a row.
    Row(Columns),
}

impl Columns {
    /// Tells from the first line which of the `known` layouts a file has.
    pub(crate) fn detect(line: &[u8], known: &'static [Layout]) -> Result<FirstLine, Fault> {
        let names: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
        let Some(layout) = known.iter().find(|layout| layout.matches(&names)) else {
            return Err(refuse(line, &names, known));
        };
        if let Told::ByNumbers(count) = layout.told {
            return Ok(FirstLine::Row(Self { layout, places: (0..count).collect() }));
        }
        let twice = |column: &&&str| names.iter().filter(|name| **name == column.as_bytes()).count() > 1;
        if let Some(column) = layout.columns.iter().find(twice) {
            return Err(Fault::RepeatedColumn { column, seen: show(line, LONGEST_HEADER) });
        }
        let place = |name: &&[u8]| layout.columns.iter().position(|column| column.as_bytes() == *name);
        let places = names.iter().map(|name| place(name).unwrap_or(MOST_COLUMNS)).collect();
        Ok(FirstLine::Header(Self { layout, places }))
    }

    /// The fields of a row that are read, in the layout's order.
    #[inline]
    pub(crate) fn pick<'a>(&self, line: &'a [u8]) -> Result<[&'a [u8]; MOST_COLUMNS], Fault> {
        let mut picked: [&[u8]; MOST_COLUMNS] = [&[]; MOST_COLUMNS];
        let mut found = 0_usize;
        for field in line.split(|byte| *byte == b',') {
            if let Some(slot) = self.places.get(found).and_then(|place| picked.get_mut(*place)) {
                *slot = field;
            }
            found = found.saturating_add(1);
        }
        // Every column counts: a row cut short or with a comma for a point would otherwise pass for a price.
        if found == self.places.len() { Ok(picked) } else { Err(Fault::FieldCount { expected: self.places.len(), found }) }
    }
}

impl Layout {
    fn matches(&self, names: &[&[u8]]) -> bool {
        let has = |name: &&str| has(names, name);
        match self.told {
            Told::ByNumbers(count) => names.len() == count && names.iter().all(|name| is_decimal(name)),
            Told::ByNames(further) => {
                let ambiguous = self.kind == RowKind::Tick && PRICES.iter().any(has);
                self.columns.iter().all(has) && further.iter().all(has) && !ambiguous
            }
        }
    }
}

fn has(names: &[&[u8]], name: &str) -> bool {
    names.contains(&name.as_bytes())
}

/// Says as precisely as possible why a header is none of the `known`.
fn refuse(line: &[u8], names: &[&[u8]], known: &'static [Layout]) -> Fault {
    let seen = show(line, LONGEST_HEADER);
    let has = |name: &str| has(names, name);
    let wants_prices = known.iter().any(|layout| layout.kind != RowKind::Funding);
    let timed = has("ts_ms") || has("open_time");
    if wants_prices
        && timed
        && PRICES.iter().any(|name| has(name))
        && let Some(column) = PRICES.into_iter().find(|name| !has(name))
    {
        return Fault::MissingColumn { column, seen };
    }
    if wants_prices && has("bid") && has("ask") && !has("price") {
        return Fault::NoTradePrice { seen };
    }
    let labels: Vec<&str> = known.iter().map(|layout| layout.label).collect();
    Fault::UnknownHeader { known: labels.join("; "), seen }
}
