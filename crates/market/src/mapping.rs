//! Columns that are stated, for files whose layout is not known.

use crate::layout::{IDENTIFIER, Layout, STATED_BARS, STATED_FUNDING, STATED_QUOTES, STATED_TICKS, SYMBOL};
use crate::time::TimeUnit;
use core::str::FromStr;

/// Which column of a file holds what.
///
/// Written as `time=0,unit=ms,open=1,high=2,low=3,close=4`: columns by their place from 0 or by their name in the header, and the unit of the times
/// (`s`, `ms`, `us`, `ns` or `text`). With `open`, `high`, `low` and `close` it is a file of bars; with `price` of ticks; with `bid` and `ask` of
/// quotes; with `rate` of funding. `symbol=` names a column that must be the same in every row, `id=` the numbers of trades; `stamp=end` says that
/// times are those of the end of a bar.
///
/// ```
/// use ringfence_market::Mapping;
/// let mapping: Mapping = "time=Date,unit=s,price=Last".parse()?;
/// assert_eq!(mapping.to_string(), "time=Date,unit=s,price=Last");
/// let error = "time=0,price=1".parse::<Mapping>().unwrap_err();
/// assert_eq!(error.to_string(), "columns must state unit: s, ms, us, ns or text");
/// # Ok::<(), ringfence_market::MappingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    text: String,
    pub(crate) layout: &'static Layout,
    pub(crate) unit: TimeUnit,
    pub(crate) stamp: Stamp,
    /// In the order of the layout: time, values, then number of the trade and symbol.
    pub(crate) columns: Vec<(usize, Column)>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// By its place, from 0.
    Place(usize),
    /// By its name in the header.
    Name(String),
}

/// Which time of a bar is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    Begin,
    End,
}

/// Columns that are stated wrongly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// A part that is not `what=column`.
    #[error("columns must be stated as what=column,…, got '{0}'")]
    NotAPair(String),
    /// A name that means nothing.
    #[error("columns are time, unit, open, high, low, close, price, bid, ask, rate, symbol, id and stamp, got '{0}'")]
    Unknown(String),
    /// Something stated twice.
    #[error("columns must state {0} once")]
    Twice(String),
    /// No unit, or one that is none.
    #[error("columns must state unit: s, ms, us, ns or text")]
    Unit,
    /// A stamp that is none.
    #[error("stamp must be begin or end")]
    Stamp,
    /// Not the columns of one kind of file.
    #[error("columns must state time and either open, high, low and close, or price, or bid and ask, or rate: {0}")]
    Kind(String),
    /// Places and names side by side.
    #[error("columns must all be places or all be names")]
    Mixed,
    /// A place beyond what a row may have.
    #[error("a place of a column must be below {limit}, got {place}")]
    Place {
        /// The bound.
        limit: usize,
        /// What was given.
        place: usize,
    },
    /// One column for two things.
    #[error("column {0} must be stated for one thing only")]
    Shared(String),
}

/// Most columns that a file may have where they are stated by place.
pub(crate) const MOST_PLACES: usize = 1_000;

/// What a column may be stated to be, other than symbol and number.
const VALUES: [&str; 9] = ["time", "open", "high", "low", "close", "price", "bid", "ask", "rate"];

impl core::fmt::Display for Column {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Place(place) => write!(formatter, "{place}"),
            Self::Name(name) => write!(formatter, "'{}'", crate::error::show(name.as_bytes(), crate::error::LONGEST_VALUE)),
        }
    }
}

impl core::fmt::Display for Mapping {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let mut stated: Vec<(&str, &str)> = Vec::new();
        for pair in text.split(',') {
            let (what, column) = pair.split_once('=').map(|(what, column)| (what.trim(), column.trim())).unwrap_or_default();
            if what.is_empty() || column.is_empty() {
                return Err(MappingError::NotAPair(crate::error::show(pair.as_bytes(), crate::error::LONGEST_VALUE)));
            }
            if !VALUES.contains(&what) && !["unit", "symbol", "id", "stamp"].contains(&what) {
                return Err(MappingError::Unknown(crate::error::show(what.as_bytes(), crate::error::LONGEST_VALUE)));
            }
            if stated.iter().any(|(earlier, _)| *earlier == what) {
                return Err(MappingError::Twice(what.to_owned()));
            }
            stated.push((what, column));
        }
        let of = |what: &str| stated.iter().find(|(stated, _)| *stated == what).map(|(_, column)| *column);
        let layout = kind(&stated)?;
        let unit = of("unit").and_then(TimeUnit::parse).ok_or(MappingError::Unit)?;
        let stamp = match of("stamp") {
            None | Some("begin") => Stamp::Begin,
            Some("end") => Stamp::End,
            Some(_) => return Err(MappingError::Stamp),
        };
        let columns = columns(layout, &of)?;
        Ok(Self { text: text.to_owned(), layout, unit, stamp, columns })
    }
}

/// The kind of file that has exactly these columns.
fn kind(stated: &[(&str, &str)]) -> Result<&'static Layout, MappingError> {
    let values: Vec<&str> = stated.iter().map(|(what, _)| *what).filter(|what| VALUES.contains(what)).collect();
    let fits =
        |layout: &&Layout| layout.columns.len() == values.len() && layout.columns.iter().all(|column| values.contains(column));
    let layout = [&STATED_BARS, &STATED_TICKS, &STATED_QUOTES, &STATED_FUNDING].into_iter().find(fits);
    layout.ok_or_else(|| MappingError::Kind(format!("got {}", values.join(", "))))
}

fn columns<'a>(layout: &Layout, of: &impl Fn(&str) -> Option<&'a str>) -> Result<Vec<(usize, Column)>, MappingError> {
    let further = [(IDENTIFIER, of("id")), (SYMBOL, of("symbol"))];
    let further = further.into_iter().filter_map(|(slot, column)| Some((slot, column?)));
    let values = layout.columns.iter().filter_map(|column| of(column)).zip(0_usize..);
    let all: Vec<(usize, &str)> = values.map(|(column, slot)| (slot, column)).chain(further).collect();
    for (slot, column) in &all {
        if all.iter().any(|(other, earlier)| other < slot && earlier == column) {
            return Err(MappingError::Shared(crate::error::show(column.as_bytes(), crate::error::LONGEST_VALUE)));
        }
    }
    let is_place = |column: &str| column.bytes().all(|byte| byte.is_ascii_digit());
    let places = all.iter().filter(|(_, column)| is_place(column)).count();
    if places != 0 && places != all.len() {
        return Err(MappingError::Mixed);
    }
    let column = |(slot, column): (usize, &str)| {
        if places == 0 {
            return Ok((slot, Column::Name(column.to_owned())));
        }
        let place = column.parse().unwrap_or(usize::MAX);
        if place < MOST_PLACES {
            Ok((slot, Column::Place(place)))
        } else {
            Err(MappingError::Place { limit: MOST_PLACES, place })
        }
    };
    all.into_iter().map(column).collect()
}
