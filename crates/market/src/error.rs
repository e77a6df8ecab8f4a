//! Why a file cannot be read: always one line with file, row, field, limit and value.

use crate::source::Compression;
use ringfence_risk::units::{MarkPrice, Rate};
use std::io;

/// A file that cannot be read, or not further.
///
/// Displays as one line, whatever the file contains: `crash.csv row 17: high must be a decimal number, got 'NaN'`.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {}", .0.file, Row(.0.row), .0.fault)]
pub struct ReadError(Box<Located>);

#[derive(Debug)]
struct Located {
    file: String,
    row: Option<u64>,
    fault: Fault,
}

/// Writes ` row 17`, or nothing for a fault of the whole file.
struct Row(Option<u64>);

impl core::fmt::Display for Row {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |row| write!(formatter, " row {row}"))
    }
}

impl ReadError {
    pub(crate) fn in_file(file: &str, fault: Fault) -> Self {
        Self(Box::new(Located { file: file.to_owned(), row: None, fault }))
    }

    pub(crate) fn in_row(file: &str, row: u64, fault: Fault) -> Self {
        Self(Box::new(Located { file: file.to_owned(), row: Some(row), fault }))
    }

    /// Whether the system failed to deliver the file; otherwise its content is at fault.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        matches!(self.0.fault, Fault::Io { .. })
    }

    /// The file as it was named when opened, control characters escaped.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The line of the file, from 1 (a header is row 1); `None` for a fault of the whole file.
    #[must_use]
    pub const fn row(&self) -> Option<u64> {
        self.0.row
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        &self.0.fault
    }
}

/// What is wrong with a file or row. Texts taken from the file are shortened and free of control characters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those every variant has: the column, its limits and the text found")]
pub enum Fault {
    /// The system refused to open or deliver the file.
    #[error("cannot {action}: {error}")]
    Io { action: &'static str, error: io::Error },
    /// Nothing, or nothing but blank lines.
    #[error("the file must have a header and rows, got an empty file")]
    Empty,
    /// A header, then nothing.
    #[error("the header must be followed by rows, got none")]
    NoRows,
    /// A header that none of the known layouts matches.
    #[error("header must be a known one or its columns be stated, got '{seen}'; known are {known}")]
    UnknownHeader { known: String, seen: String },
    /// A header that more than one layout matches.
    #[error("header must fit one layout, got one that fits {first} and {second}: state the columns of '{seen}'")]
    AmbiguousHeader { first: &'static str, second: &'static str, seen: String },
    /// A stated column that the file does not have.
    #[error("stated column {column} must be in the file, got '{seen}'")]
    NoSuchColumn { column: String, seen: String },
    /// Columns stated for another kind of file.
    #[error("stated columns must be those of {wanted}, got those of {stated}")]
    OtherColumns { wanted: &'static str, stated: &'static str },
    /// Times at the end of bars, without the length of a bar.
    #[error("times of {layout} are those of the end of a bar: the length of a bar must be stated")]
    StepNeeded { layout: &'static str },
    /// A header of bars that lacks a price.
    #[error("header of bars must name open, high, low and close, '{column}' is missing in '{seen}'")]
    MissingColumn { column: &'static str, seen: String },
    /// A header that names a needed column twice.
    #[error("header must name '{column}' once, got '{seen}'")]
    RepeatedColumn { column: &'static str, seen: String },
    /// A row cut short, or with a comma inside a number.
    #[error("a row must have {expected} fields like row 1, got {found}")]
    FieldCount { expected: usize, found: usize },
    /// A blank line that rows follow.
    #[error("a line between rows must hold a row, got a blank line")]
    BlankLine,
    /// Bytes that are not text.
    #[error("a line must be UTF-8 text, got other bytes")]
    NotText,
    /// A line beyond what is held in memory.
    #[error("a line must have at most {limit} bytes, got more")]
    LineTooLong { limit: usize },
    /// Not an optional sign, digits and at most one point.
    #[error("{field} must be a decimal number, got '{value}'")]
    NotADecimal { field: &'static str, value: String },
    /// Digits that would have to be rounded away.
    #[error("{field} must have at most 8 digits after the point, got '{value}'")]
    TooPrecise { field: &'static str, value: String },
    /// A price of zero or less.
    #[error("{field} must be greater than 0, got '{value}'")]
    NotPositive { field: &'static str, value: String },
    /// A number the rules do not compute with.
    #[error("{field} must be between {least} and {greatest}, got '{value}'")]
    OutOfRange { field: &'static str, least: String, greatest: String, value: String },
    /// A bar upside down.
    #[error("high must be at least the low of {low}, got {high}")]
    HighBelowLow { low: MarkPrice, high: MarkPrice },
    /// An open or close outside its bar.
    #[error("{field} must be between the low of {low} and the high of {high}, got {value}")]
    OutsideBar { field: &'static str, low: MarkPrice, high: MarkPrice, value: MarkPrice },
    /// A premium that opens or closes outside its bar.
    #[error("{field} must be between the low of {low} and the high of {high}, got {value}")]
    PremiumOutsideBar { field: &'static str, low: Rate, high: Rate, value: Rate },
    /// A time that is not a whole number.
    #[error("{field} must be a whole number of {unit} since 1970, got '{value}'")]
    TimeNotANumber { field: &'static str, unit: &'static str, value: String },
    /// A time that is not written as day and time in UTC.
    #[error("{field} must be a time in UTC from 1970 to 2286 like 2020-03-12T10:44:00.000Z, got '{value}'")]
    TimeNotText { field: &'static str, value: String },
    /// A time in milliseconds that would lie in early 1970.
    #[error("{field} must be milliseconds since 1970, got '{value}', which reads as seconds: state the unit")]
    TimeInSeconds { field: &'static str, value: String },
    /// A time too far in the future, or in another unit.
    #[error("{field} must be {limit}, got '{value}'")]
    TimeOutOfRange { field: &'static str, limit: &'static str, value: String },
    /// A time before that of the row before.
    #[error("{field} must not go back from {previous} in the row before, got {value}")]
    TimeGoesBack { field: &'static str, previous: i64, value: i64 },
    /// A bar or funding rate given twice.
    #[error("{field} must be later than in the row before, got {value} again")]
    TimeRepeated { field: &'static str, value: i64 },
    /// A bar that does not follow on the one before.
    #[error("{field} must be {step_ms} ms after {previous} in the row before, got {value}")]
    Gap { field: &'static str, step_ms: i64, previous: i64, value: i64 },
    /// A trade given twice, or out of order.
    #[error("{field} must be greater than {previous} in the row before, got {value}")]
    IdentifierNotGreater { field: &'static str, previous: u64, value: u64 },
    /// Trades that are missing.
    #[error("{field} must follow on {previous} in the row before, got {value}")]
    IdentifierGap { field: &'static str, previous: u64, value: u64 },
    /// A number of a trade that is none.
    #[error("{field} must be a whole number, got '{value}'")]
    NotAnIdentifier { field: &'static str, value: String },
    /// Rows of two markets.
    #[error("{field} must be '{first}' like in the rows before, got '{value}': a file must hold one market")]
    MixedSymbols { field: &'static str, first: String, value: String },
    /// A best bid above the best ask.
    #[error("bid must not be above the ask of {ask}, got {bid}")]
    Crossed { bid: MarkPrice, ask: MarkPrice },
    /// A line of a recorded feed that is none.
    #[error("a line must be a receive time and a message of a stream or a snapshot: {detail}")]
    NotAMessage { detail: String },
    /// Changes of the book that are missing.
    #[error("change {first} of the book must follow on {previous}: changes are missing")]
    BookGap { previous: u64, first: u64 },
    /// A feed that never gives the whole book.
    #[error("the feed must hold a snapshot of the book, got none in the first {messages} changes")]
    NoSnapshot { messages: usize },
    /// A feed without what was asked of it.
    #[error("the feed must hold {what}, got none")]
    NothingRecorded { what: &'static str },
    /// A column file that is damaged, or of a shape that is not read.
    #[error("Parquet data must be readable: {detail}")]
    Parquet { detail: String },
    /// A compressed file that ends early.
    #[error("{compression} data must be complete, got a file cut short")]
    Truncated { compression: Compression },
    /// A compressed file that does not decompress.
    #[error("{compression} data must be undamaged, got: {detail}")]
    Corrupt { compression: Compression, detail: String },
    /// An archive of none or several files, or of another kind of file.
    #[error("a zip archive must hold one .csv file and nothing else, got {seen}")]
    ZipMembers { seen: String },
    /// More rows than a file that is held in memory may have.
    #[error("the file must have at most {limit} rows, got more")]
    TooManyRows { limit: usize },
}

/// A text from the file, fit for one line of a message: at most `longest` characters, control characters escaped.
pub(crate) fn show(bytes: &[u8], longest: usize) -> String {
    let most_bytes = longest.saturating_mul(4);
    let text = String::from_utf8_lossy(bytes.get(..most_bytes).unwrap_or(bytes));
    let mut shown = String::new();
    for character in text.chars().take(longest) {
        if is_printable(character) { shown.push(character) } else { shown.extend(character.escape_unicode()) }
    }
    if bytes.len() > most_bytes || text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// Neither moves the cursor nor reverses the line it stands in.
fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Longest text of a field in a message, in characters.
pub(crate) const LONGEST_VALUE: usize = 40;
/// Longest header, name or reason in a message, in characters.
pub(crate) const LONGEST_HEADER: usize = 160;
