//! The text format of bracket tables, described in `data/brackets/README.md`: found by symbol without reading the other tables.

use core::fmt::Display;
use core::str::FromStr;

use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::units::{Amount, Notional};

use crate::error::VenueError;

/// A file of tables.
#[derive(Clone, Copy)]
pub(crate) struct Source<'text> {
    pub(crate) venue: &'static str,
    pub(crate) file: &'static str,
    pub(crate) text: &'text str,
}

/// All files, in the order of the venues.
pub(crate) const SOURCES: [Source<'static>; 7] = [
    source("binance-usdm", "brackets/binance-usdm.txt", include_str!("../data/brackets/binance-usdm.txt")),
    source("binance-usdm", "brackets/binance-usdm-history.txt", include_str!("../data/brackets/binance-usdm-history.txt")),
    source("binance-coinm", "brackets/binance-coinm.txt", include_str!("../data/brackets/binance-coinm.txt")),
    source("bybit", "brackets/bybit.txt", include_str!("../data/brackets/bybit.txt")),
    source("okx", "brackets/okx.txt", include_str!("../data/brackets/okx.txt")),
    source("bitmex", "brackets/bitmex.txt", include_str!("../data/brackets/bitmex.txt")),
    source("hyperliquid", "brackets/hyperliquid.txt", include_str!("../data/brackets/hyperliquid.txt")),
];

const fn source(venue: &'static str, file: &'static str, text: &'static str) -> Source<'static> {
    Source { venue, file, text }
}

/// A paragraph of a file: a table and its users.
#[derive(Clone, Copy)]
pub(crate) struct Block<'text> {
    pub(crate) file: &'static str,
    /// Line on which it begins, from 1.
    pub(crate) line: usize,
    text: &'text str,
    pub(crate) origin: &'text str,
    published: BracketStyle,
}

/// What holds for a symbol from a day on.
#[derive(Clone, Copy)]
pub(crate) enum State<'text> {
    /// It uses this table, margined in this asset.
    Listed { asset: &'text str, block: Block<'text> },
    /// It is no longer listed.
    Gone,
}

/// A dated statement about one symbol.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'text> {
    pub(crate) symbol: &'text str,
    pub(crate) date: &'text str,
    pub(crate) state: State<'text>,
}

impl<'text> Source<'text> {
    /// Every symbol on every line that says since when it has brackets or is gone.
    pub(crate) fn symbols(self) -> impl Iterator<Item = &'text str> {
        // After "since" come a day and an asset, after "gone" a day.
        self.text.lines().flat_map(|line| {
            let since = line.strip_prefix("since ").map(|rest| rest.split(' ').skip(2));
            since.or_else(|| line.strip_prefix("gone ").map(|rest| rest.split(' ').skip(1))).into_iter().flatten()
        })
    }

    /// Whether anything is said about a symbol.
    pub(crate) fn mentions(self, symbol: &str) -> bool {
        self.text.contains(symbol) && self.symbols().any(|known| known == symbol)
    }

    /// The statements about one symbol, or about all, in the order of the file. Tables of other symbols are passed over unread.
    ///
    /// # Errors
    /// [`VenueError::Unreadable`] for a line that is none of the format's.
    pub(crate) fn entries(self, only: Option<&str>) -> Result<Vec<Entry<'text>>, VenueError> {
        let mut entries = Vec::new();
        let mut block = Block { file: self.file, line: 1, text: "", origin: "", published: BracketStyle::Marginal };
        for text in self.text.split("\n\n") {
            block.text = text;
            if only.is_none_or(|only| !text.starts_with("table") || text.contains(only)) {
                block.statements(only, &mut entries)?;
            }
            block.line = text.lines().count().saturating_add(1).saturating_add(block.line);
        }
        Ok(entries)
    }
}

fn style(text: &str) -> Option<BracketStyle> {
    [BracketStyle::Marginal, BracketStyle::Slab].into_iter().find(|style| style.to_string() == text)
}

impl<'text> Block<'text> {
    /// Adds what the paragraph says of one symbol, or of all, and remembers where it says the tables come from.
    fn statements(&mut self, only: Option<&str>, entries: &mut Vec<Entry<'text>>) -> Result<(), VenueError> {
        let wanted = |symbol: &&str| only.is_none_or(|only| only == *symbol);
        for (line, number) in self.text.lines().zip(self.line..) {
            let unreadable = |reason| VenueError::Unreadable { file: self.file.to_owned(), line: number, reason };
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let mut words = rest.split(' ');
            match word {
                "source" => self.origin = rest,
                "published" => {
                    let style = style(rest);
                    self.published =
                        style.ok_or_else(|| unreadable(format!("published must be marginal or slab, got '{rest}'")))?;
                }
                "since" => {
                    let (date, asset) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                    let state = State::Listed { asset, block: *self };
                    entries.extend(words.filter(wanted).map(|symbol| Entry { symbol, date, state }));
                }
                "gone" => {
                    let date = words.next().unwrap_or_default();
                    entries.extend(words.filter(wanted).map(|symbol| Entry { symbol, date, state: State::Gone }));
                }
                "" | "#" | "table" => {}
                row if row.starts_with(|first: char| first.is_ascii_digit()) => {}
                other => {
                    let known = "a number, source, published, table, since, gone or #";
                    return Err(unreadable(format!("a line must begin with {known}, got '{other}'")));
                }
            }
        }
        Ok(())
    }

    /// The table, in the style asked for; published constants are checked when both that style and the published one are marginal.
    ///
    /// # Errors
    /// [`VenueError::Unreadable`] for a row that is not five numbers, [`VenueError::Brackets`] for a table that is refused.
    pub(crate) fn table(&self, style: BracketStyle) -> Result<BracketTable, VenueError> {
        let (mut rows, mut constants) = (Vec::new(), Vec::new());
        for (line, number) in self.text.lines().zip(self.line..) {
            if line.starts_with(|first: char| first.is_ascii_digit()) {
                let (row, constant) = self.row(line).map_err(|reason| VenueError::Unreadable {
                    file: self.file.to_owned(),
                    line: number,
                    reason,
                })?;
                rows.push(row);
                constants.extend(constant);
            }
        }
        match (style, self.published) {
            (BracketStyle::Marginal, BracketStyle::Marginal) => BracketTable::with_published_cums(style, &rows, &constants),
            (BracketStyle::Marginal, BracketStyle::Slab) | (BracketStyle::Slab, _) => BracketTable::new(style, &rows),
        }
        .map_err(|error| VenueError::Brackets { file: self.file.to_owned(), line: self.line, error })
    }

    fn row(&self, line: &str) -> Result<(BracketRow, Option<Amount>), String> {
        let mut words = line.split(' ');
        let mut next = |field| words.next().map(|word| (field, word)).ok_or_else(|| format!("{field} is missing"));
        let floor = number(next("floor")?)?;
        let cap = match next("cap")? {
            (_, "*") => Notional::GREATEST,
            cap => number(cap)?,
        };
        let row = BracketRow { floor, cap, max_leverage: number(next("leverage")?)?, maintenance_rate: number(next("rate")?)? };
        let constant = match (self.published, next("cum")?) {
            (BracketStyle::Marginal, cum) => Some(number(cum)?),
            (BracketStyle::Slab, (_, "-")) => None,
            (BracketStyle::Slab, (_, cum)) => {
                return Err(format!("cum must be - where brackets are published as slabs, got '{cum}'"));
            }
        };
        match words.next() {
            None => Ok((row, constant)),
            Some(more) => Err(format!("a row has five numbers, got a sixth: '{more}'")),
        }
    }
}

fn number<T: FromStr<Err: Display>>((field, word): (&str, &str)) -> Result<T, String> {
    word.parse().map_err(|error| format!("{field}: {error}"))
}
