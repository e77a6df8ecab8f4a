//! Which columns a file has and which of them are read. A layout is recognised by the names in the header or by the shape of the first row, or it is
//! stated.

use crate::error::{Fault, LONGEST_HEADER, show};
use crate::mapping::{Column, Mapping, Stamp};
use crate::number::is_decimal;
use crate::time::TimeUnit;

/// What the rows of a layout are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// Time, open, high, low, close.
    Bar,
    /// Time, price.
    Tick,
    /// Time, best bid, best ask.
    Quote,
    /// Time, rate.
    Funding,
    /// Time, rate, premium.
    Premium,
}

impl RowKind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Bar => "bars",
            Self::Tick => "ticks",
            Self::Quote => "quotes",
            Self::Funding => "funding rates",
            Self::Premium => "funding rates and premiums",
        }
    }
}

/// One way in which files are laid out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The layout in words.
    pub(crate) label: &'static str,
    pub(crate) kind: RowKind,
    pub(crate) unit: TimeUnit,
    /// Names of the columns that are read: the time, then the values.
    pub(crate) columns: &'static [&'static str],
    /// Name of the column of numbers of trades, greater from row to row, which is read where there is one.
    pub(crate) identifier: Option<&'static str>,
    pub(crate) stamp: Stamp,
    pub(crate) told: Told,
}

/// How a layout is told from others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// By a header that has the columns that are read and these, and none of [`Self::ByNames::1`].
    ByNames(&'static [&'static str], &'static [&'static str]),
    /// By a first row of this shape (`T` a time of 13 or 16 digits, `N` a number, `B` true or false), and the columns that are read of it: the
    /// last is that of the numbers of trades, if there are any.
    ByShape(&'static str, &'static [usize]),
    /// Not at all: its columns are stated.
    Stated,
}

/// Most columns that are read of a row.
pub(crate) const MOST_COLUMNS: usize = 7;
/// Where the number of a trade is among those that are read.
pub(crate) const IDENTIFIER: usize = 5;
/// Where the market is among those that are read: it is the same in every row.
pub(crate) const SYMBOL: usize = 6;
/// How venues name the column of the market.
const SYMBOL_NAMES: [&str; 2] = ["symbol", "coin"];

pub(crate) use crate::layouts::{
    FUNDING_LAYOUTS, PREMIUM_BAR_LAYOUTS, PREMIUM_LAYOUTS, PRICE_LAYOUTS, STATED_BARS, STATED_FUNDING, STATED_QUOTES,
    STATED_TICKS,
};

/// Where the columns of a layout are in one file.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) layout: &'static Layout,
    pub(crate) unit: TimeUnit,
    pub(crate) stamp: Stamp,
    /// Name of the column of numbers of trades, if there is one.
    pub(crate) identifier: Option<&'static str>,
    /// Name of the column of the market, if there is one.
    pub(crate) symbol: Option<&'static str>,
    /// As stated, where they were.
    stated: Option<String>,
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
        let mut fitting = known.iter().filter(|layout| layout.matches(&names));
        let Some(layout) = fitting.next() else {
            return Err(refuse(line, &names, known));
        };
        if let Some(other) = fitting.next() {
            let seen = show(line, LONGEST_HEADER);
            return Err(Fault::AmbiguousHeader { first: layout.label, second: other.label, seen });
        }
        let columns = |places, identifier, symbol| {
            let (unit, stamp) = (layout.unit, layout.stamp);
            Self { layout, unit, stamp, identifier, symbol, stated: None, places }
        };
        if let Told::ByShape(shape, read) = layout.told {
            let mut places = vec![MOST_COLUMNS; shape.len()];
            for (slot, place) in read.iter().enumerate() {
                if let Some(found) = places.get_mut(*place) {
                    *found = if slot < layout.columns.len() { slot } else { IDENTIFIER };
                }
            }
            return Ok(FirstLine::Row(columns(places, layout.identifier, None)));
        }
        let symbol = SYMBOL_NAMES.into_iter().find(|name| has(&names, name));
        let identifier = layout.identifier.filter(|name| has(&names, name));
        let read = layout.columns.iter().copied().chain(identifier).chain(symbol);
        let twice = |column: &&str| names.iter().filter(|name| **name == column.as_bytes()).count() > 1;
        if let Some(column) = read.clone().find(twice) {
            return Err(Fault::RepeatedColumn { column, seen: show(line, LONGEST_HEADER) });
        }
        let slot = |name: &&[u8]| {
            let is = |column: &&str| column.as_bytes() == *name;
            let further = || identifier.filter(is).map(|_| IDENTIFIER).or_else(|| symbol.filter(is).map(|_| SYMBOL));
            layout.columns.iter().position(is).or_else(further)
        };
        let places: Vec<usize> = names.iter().map(|name| slot(name).unwrap_or(MOST_COLUMNS)).collect();
        Ok(FirstLine::Header(columns(places, identifier, symbol)))
    }

    /// Finds the stated columns in the first line. Where they are places, a line in which none of them holds a number is a header.
    pub(crate) fn stated(line: &[u8], mapping: &Mapping) -> Result<FirstLine, Fault> {
        let names: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
        let seen = || show(line, LONGEST_HEADER);
        let mut places = vec![MOST_COLUMNS; names.len()];
        let (mut is_named, mut has_numbers) = (false, false);
        for (slot, column) in &mapping.columns {
            let place = match column {
                Column::Place(place) => Some(*place),
                Column::Name(name) => {
                    is_named = true;
                    let mut found =
                        names.iter().enumerate().filter(|(_, seen)| **seen == name.as_bytes()).map(|(place, _)| place);
                    let place = found.next();
                    if found.next().is_some() {
                        return Err(Fault::NoSuchColumn { column: format!("{column} once"), seen: seen() });
                    }
                    place
                }
            };
            let absent = || Fault::NoSuchColumn { column: column.to_string(), seen: seen() };
            let place = place.ok_or_else(absent)?;
            *places.get_mut(place).ok_or_else(absent)? = *slot;
            has_numbers = has_numbers || (*slot < IDENTIFIER && names.get(place).is_some_and(|name| is_decimal(name)));
        }
        let states = |further: usize| mapping.columns.iter().any(|(slot, _)| *slot == further);
        let (identifier, symbol) = (Some("id").filter(|_| states(IDENTIFIER)), Some("symbol").filter(|_| states(SYMBOL)));
        let (layout, unit, stamp) = (mapping.layout, mapping.unit, mapping.stamp);
        let columns = Self { layout, unit, stamp, identifier, symbol, stated: Some(mapping.to_string()), places };
        Ok(if is_named || !has_numbers { FirstLine::Header(columns) } else { FirstLine::Row(columns) })
    }

    /// The layout in words.
    pub(crate) fn describe(&self) -> String {
        self.stated.as_ref().map_or_else(|| self.layout.label.to_owned(), |stated| format!("{} ({stated})", self.layout.label))
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
            Told::ByShape(shape, _) => {
                names.len() == shape.len() && names.iter().zip(shape.bytes()).all(|(field, kind)| is_of(field, kind))
            }
            Told::ByNames(further, without) => {
                self.columns.iter().all(has) && further.iter().all(has) && !without.iter().any(has)
            }
            Told::Stated => false,
        }
    }
}

/// Whether a field is what a letter of a shape says.
fn is_of(field: &[u8], kind: u8) -> bool {
    match kind {
        b'T' => matches!(field.len(), 13 | 16) && field.iter().all(u8::is_ascii_digit),
        b'B' => field.eq_ignore_ascii_case(b"true") || field.eq_ignore_ascii_case(b"false"),
        _ => is_decimal(field),
    }
}

fn has(names: &[&[u8]], name: &str) -> bool {
    names.contains(&name.as_bytes())
}

/// Says as precisely as possible why a header is none of the `known`.
fn refuse(line: &[u8], names: &[&[u8]], known: &'static [Layout]) -> Fault {
    const PRICES: [&str; 4] = ["open", "high", "low", "close"];
    let seen = show(line, LONGEST_HEADER);
    let has = |name: &str| has(names, name);
    let wants_prices = known.iter().any(|layout| layout.kind == RowKind::Bar);
    let timed = has("ts_ms") || has("open_time");
    if wants_prices
        && timed
        && PRICES.iter().any(|name| has(name))
        && let Some(column) = PRICES.into_iter().find(|name| !has(name))
    {
        return Fault::MissingColumn { column, seen };
    }
    let is_named = |layout: &&Layout| matches!(layout.told, Told::ByNames(..));
    let labels: Vec<&str> = known.iter().filter(is_named).map(|layout| layout.label).collect();
    Fault::UnknownHeader { known: labels.join("; "), seen }
}
