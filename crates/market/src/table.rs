//! A file of rows whose layout is known.

use crate::error::{Fault, LONGEST_VALUE, ReadError, show};
use crate::layout::{Columns, FirstLine, Layout, MOST_COLUMNS};
use crate::lines::Lines;
use crate::mapping::Stamp;
use crate::number::identifier;
use crate::reading::Reading;
use crate::source::{Progress, Source};
use crate::time;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// A file's lines, before it is known what they are: the first is read.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) lines: Lines,
}

impl Opened {
    pub(crate) fn file(path: &Path) -> Result<Self, ReadError> {
        let name = show(path.as_os_str().as_encoded_bytes(), usize::MAX);
        let failed = |error| ReadError::in_file(&name, Fault::Io { action: "open", error });
        let file = File::open(path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        Self::bytes(&name, file, total)
    }

    /// As [`Self::file`], for `total` bytes from anywhere.
    pub(crate) fn bytes<R: Read + Seek + Send + 'static>(name: &str, file: R, total: u64) -> Result<Self, ReadError> {
        let source = Source::new(file, total).map_err(|fault| ReadError::in_file(name, fault))?;
        let mut lines = Lines::new(source);
        match lines.advance() {
            Ok(true) => Ok(Self { name: name.to_owned(), lines }),
            Ok(false) => Err(ReadError::in_file(name, Fault::Empty)),
            Err(fault) => Err(ReadError::in_row(name, lines.row(), fault)),
        }
    }
}

/// A file that is read row by row.
pub(crate) struct Table {
    name: String,
    lines: Lines,
    columns: Columns,
    next: NextRow,
    /// Added to a time to make it that of the beginning.
    shift_ms: i64,
    symbol: Option<Vec<u8>>,
}

/// Where the next row is.
enum NextRow {
    /// In the line that was read to detect the layout.
    Current,
    /// Behind the header, which something must follow.
    AfterHeader,
    /// In the next line, if there is one.
    Next,
}

impl Table {
    /// Tells which of the `known` layouts an opened file has, or finds the stated columns.
    pub(crate) fn new(opened: Opened, reading: &Reading, known: &'static [Layout]) -> Result<Self, ReadError> {
        let Opened { name, lines } = opened;
        let first = match &reading.columns {
            Some(mapping) if !known.iter().any(|layout| layout.kind == mapping.layout.kind) => {
                let (stated, wanted) = (mapping.layout.kind.word(), known.first().map_or("", |layout| layout.kind.word()));
                Err(Fault::OtherColumns { wanted, stated })
            }
            Some(mapping) => Columns::stated(lines.line(), mapping),
            None => Columns::detect(lines.line(), known),
        };
        let (columns, next) = match first {
            Ok(FirstLine::Header(columns)) => (columns, NextRow::AfterHeader),
            Ok(FirstLine::Row(columns)) => (columns, NextRow::Current),
            Err(fault) => return Err(ReadError::in_row(&name, lines.row(), fault)),
        };
        let shift_ms = match (columns.stamp, reading.step_ms) {
            (Stamp::Begin, _) => 0,
            (Stamp::End, Some(step)) => step.saturating_neg(),
            (Stamp::End, None) => {
                return Err(ReadError::in_file(&name, Fault::StepNeeded { layout: columns.layout.label }));
            }
        };
        Ok(Self { name, lines, columns, next, shift_ms, symbol: None })
    }

    pub(crate) const fn layout(&self) -> &'static Layout {
        self.columns.layout
    }

    /// Layout and compression in words.
    pub(crate) fn describe(&self) -> String {
        format!("{}, {}", self.columns.describe(), self.lines.source.compression)
    }

    pub(crate) fn progress(&self) -> Progress {
        self.lines.source.progress()
    }

    /// Whether the last line that was read has no line end.
    pub(crate) const fn is_unended(&self) -> bool {
        self.lines.is_unended()
    }

    /// Moves to the next row; false at the end.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<bool, ReadError> {
        let found = match core::mem::replace(&mut self.next, NextRow::Next) {
            NextRow::Current => Ok(true),
            NextRow::Next => self.lines.advance(),
            NextRow::AfterHeader => match self.lines.advance() {
                Ok(false) => return Err(ReadError::in_row(&self.name, 1, Fault::NoRows)),
                other => other,
            },
        };
        found.map_err(|fault| self.refuse(fault))
    }

    /// The fields of the current row that the layout names.
    #[inline]
    pub(crate) fn fields(&self) -> Result<[&[u8]; MOST_COLUMNS], Fault> {
        self.columns.pick(self.lines.line())
    }

    /// Name of the column of times.
    #[inline]
    pub(crate) fn time_field(&self) -> &'static str {
        self.layout().columns.first().copied().unwrap_or_default()
    }

    /// Reads a time of the current row: that of its beginning.
    #[inline]
    pub(crate) fn time(&self, text: &[u8]) -> Result<i64, Fault> {
        Ok(time::time(self.time_field(), text, self.columns.unit)?.saturating_add(self.shift_ms))
    }

    /// Reads the number of a trade, where rows have one.
    #[inline]
    pub(crate) fn identifier(&self, text: &[u8]) -> Result<Option<(&'static str, u64)>, Fault> {
        let Some(field) = self.columns.identifier else { return Ok(None) };
        Ok(Some((field, identifier(field, text)?)))
    }

    /// Holds the symbol of the current row, where rows have one, against that of the first.
    #[inline]
    pub(crate) fn check_symbol(&mut self) -> Result<(), ReadError> {
        let Some(field) = self.columns.symbol else { return Ok(()) };
        let Ok([.., seen]) = self.columns.pick(self.lines.line()) else { return Ok(()) };
        match &self.symbol {
            Some(first) if first != seen => {
                let (first, value) = (show(first, LONGEST_VALUE), show(seen, LONGEST_VALUE));
                Err(self.refuse(Fault::MixedSymbols { field, first, value }))
            }
            Some(_) => Ok(()),
            None => {
                self.symbol = Some(seen.to_vec());
                Ok(())
            }
        }
    }

    /// A fault of the current row.
    #[cold]
    pub(crate) fn refuse(&self, fault: Fault) -> ReadError {
        ReadError::in_row(&self.name, self.lines.row(), fault)
    }
}
