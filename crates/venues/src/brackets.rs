//! Leverage brackets by symbol and day.

use ringfence_risk::bracket::{BracketStyle, BracketTable};
use ringfence_risk::units::Asset;

use crate::error::VenueError;
use crate::names::{VenueSymbol, resolve};
use crate::reading::check_date;
use crate::tables::{Entry, SOURCES, State};

/// The brackets of a symbol from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketEntry {
    /// The venue.
    pub venue: &'static str,
    /// The symbol.
    pub symbol: &'static str,
    /// The asset its margins are in.
    pub margin_asset: Asset,
    /// The first day on which this table is known to hold.
    pub date: &'static str,
    /// The table, checked.
    pub table: BracketTable,
    /// Where the figures come from; "(unverified)" marks what nothing confirmed.
    pub source: &'static str,
}

/// The latest brackets of a symbol, with or without its venue (`bitmex:XBTUSD`).
///
/// The style is the rule set's: tables published as marginal may be applied as slabs and the other way round.
///
/// # Errors
/// [`VenueError::Unknown`] with the nearest symbols, [`VenueError::Ambiguous`], or [`VenueError::Gone`].
///
/// ```
/// use ringfence_risk::bracket::BracketStyle::Marginal;
/// let entry = ringfence_venues::brackets("SOLUSDT", Marginal)?;
/// assert_eq!(entry.table.brackets()[0].max_leverage.to_string(), "100");
/// let error = ringfence_venues::brackets("BTCUSTD", Marginal).unwrap_err();
/// assert!(error.to_string().starts_with("no bracket table is called 'BTCUSTD', did you mean "), "{error}");
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn brackets(symbol: &str, style: BracketStyle) -> Result<BracketEntry, VenueError> {
    let (venue, history) = history(symbol)?;
    let latest = history.last().map(|entry| entry.date).unwrap_or_default();
    in_force(venue, &history, latest, style)
}

/// The brackets of a symbol in force on a day, written `2022-02-12`.
///
/// # Errors
/// As [`brackets`], [`VenueError::TooEarly`] before the first known day, and [`VenueError::NotADate`].
///
/// ```
/// use ringfence_risk::bracket::BracketStyle::Marginal;
/// let early = ringfence_venues::brackets_on("BTCUSDT", "2022-02-28", Marginal)?;
/// assert_eq!(early.table.brackets()[0].cap.to_string(), "50000");
/// let error = ringfence_venues::brackets_on("BTCUSDT", "2021-01-01", Marginal).unwrap_err();
/// assert_eq!(error.to_string(), "BTCUSDT has no brackets on 2021-01-01: the first known are of 2022-02-12");
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn brackets_on(symbol: &str, date: &str, style: BracketStyle) -> Result<BracketEntry, VenueError> {
    check_date(date)?;
    let (venue, history) = history(symbol)?;
    in_force(venue, &history, date, style)
}

/// Every table of a symbol, first to last. From the day a symbol is gone there is none.
///
/// # Errors
/// [`VenueError::Unknown`] with the nearest symbols, or [`VenueError::Ambiguous`].
///
/// ```
/// use ringfence_risk::bracket::BracketStyle::Marginal;
/// let history = ringfence_venues::bracket_history("BTCUSDT", Marginal)?;
/// assert_eq!((history[0].date, history[0].table.brackets()[0].cap.to_string()), ("2022-02-12", "50000".to_owned()));
/// assert_eq!(history[1].date, "2022-05-21");
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn bracket_history(symbol: &str, style: BracketStyle) -> Result<Vec<BracketEntry>, VenueError> {
    let (venue, history) = history(symbol)?;
    history.iter().filter_map(|entry| listed(venue, entry, style)).collect()
}

/// The days on which a symbol's brackets are known to have changed, first to last; the last may be the day it is gone.
///
/// # Errors
/// [`VenueError::Unknown`] with the nearest symbols, or [`VenueError::Ambiguous`].
pub fn bracket_dates(symbol: &str) -> Result<Vec<&'static str>, VenueError> {
    Ok(history(symbol)?.1.iter().map(|entry| entry.date).collect())
}

/// Every symbol that has or had brackets, with its venue, sorted.
#[must_use]
pub fn bracket_symbols() -> Vec<VenueSymbol> {
    let mut all: Vec<VenueSymbol> =
        SOURCES.iter().flat_map(|source| source.symbols().map(|symbol| VenueSymbol { venue: source.venue, symbol })).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The venue of a symbol and everything said about it, by day.
fn history(symbol: &str) -> Result<(&'static str, Vec<Entry<'static>>), VenueError> {
    let of = |venue: &str| SOURCES.into_iter().filter(move |source| source.venue == venue).collect::<Vec<_>>();
    let lists = |venue: &str, symbol: &str| of(venue).iter().any(|source| source.mentions(symbol));
    let (venue, symbol) = resolve("bracket table", symbol, lists, bracket_symbols)?;
    let mut entries = Vec::new();
    for source in of(venue) {
        entries.extend(source.entries(Some(symbol))?);
    }
    entries.sort_by_key(|entry| entry.date);
    Ok((venue, entries))
}

fn in_force(
    venue: &'static str,
    history: &[Entry<'static>],
    date: &str,
    style: BracketStyle,
) -> Result<BracketEntry, VenueError> {
    let first = history.first().map(|entry| (entry.symbol, entry.date));
    let (symbol, first) = first.map(|(symbol, first)| (symbol.to_owned(), first.to_owned())).unwrap_or_default();
    let date_asked = date.to_owned();
    match history.iter().rev().find(|entry| entry.date <= date) {
        None => Err(VenueError::TooEarly { symbol, date: date_asked, first }),
        Some(entry) => listed(venue, entry, style)
            .unwrap_or_else(|| Err(VenueError::Gone { symbol, date: date_asked, since: entry.date.to_owned(), first })),
    }
}

/// What an entry lists; `None` where it says that the symbol is gone.
fn listed(venue: &'static str, entry: &Entry<'static>, style: BracketStyle) -> Option<Result<BracketEntry, VenueError>> {
    let State::Listed { asset, block } = entry.state else { return None };
    let asset = asset.parse().map_err(|error| VenueError::Unreadable {
        file: block.file.to_owned(),
        line: block.line,
        reason: format!("{error}"),
    });
    let (symbol, date, source) = (entry.symbol, entry.date, block.origin);
    Some(asset.and_then(|margin_asset| {
        block.table(style).map(|table| BracketEntry { venue, symbol, margin_asset, date, table, source })
    }))
}
