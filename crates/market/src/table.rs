//! A file of rows whose layout is known.

use crate::error::{Fault, ReadError, show};
use crate::layout::{Columns, FirstLine, Layout, MOST_COLUMNS};
use crate::lines::Lines;
use crate::number;
use crate::source::{Progress, Source};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// A file that is read row by row.
pub(crate) struct Table {
    name: String,
    lines: Lines,
    columns: Columns,
    next: NextRow,
    previous_ms: Option<i64>,
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

/// Whether two rows may have the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Allowed,
    Refused,
}

impl Table {
    /// Opens a file of one of the `known` layouts.
    pub(crate) fn open(path: &Path, known: &'static [Layout]) -> Result<Self, ReadError> {
        let name = show(path.as_os_str().as_encoded_bytes(), usize::MAX);
        let failed = |error| ReadError::in_file(&name, Fault::Io { action: "open", error });
        let file = File::open(path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        Self::from_bytes(&name, file, total, known)
    }

    /// As [`Self::open`], for `total` bytes from anywhere.
    pub(crate) fn from_bytes<R: Read + Seek + Send + 'static>(
        name: &str,
        file: R,
        total: u64,
        known: &'static [Layout],
    ) -> Result<Self, ReadError> {
        let source = Source::new(file, total).map_err(|fault| ReadError::in_file(name, fault))?;
        let mut lines = Lines::new(source);
        match lines.advance() {
            Ok(true) => {}
            Ok(false) => return Err(ReadError::in_file(name, Fault::Empty)),
            Err(fault) => return Err(ReadError::in_row(name, lines.row(), fault)),
        }
        let (columns, next) = match Columns::detect(lines.line(), known) {
            Ok(FirstLine::Header(columns)) => (columns, NextRow::AfterHeader),
            Ok(FirstLine::Row(columns)) => (columns, NextRow::Current),
            Err(fault) => return Err(ReadError::in_row(name, lines.row(), fault)),
        };
        Ok(Self { name: name.to_owned(), lines, columns, next, previous_ms: None })
    }

    pub(crate) const fn layout(&self) -> &'static Layout {
        self.columns.layout
    }

    /// Layout and compression in words.
    pub(crate) fn describe(&self) -> String {
        format!("{}, {}", self.layout().label, self.lines.source.compression)
    }

    pub(crate) fn progress(&self) -> Progress {
        self.lines.source.progress()
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

    /// Reads the current row's time and holds it against that of the row before.
    #[inline]
    pub(crate) fn time(&self, text: &[u8], repeat: Repeat) -> Result<i64, Fault> {
        let layout = self.layout();
        let field = layout.columns.first().copied().unwrap_or_default();
        let value = number::time(field, text, layout.unit)?;
        match self.previous_ms {
            Some(previous) if value < previous => Err(Fault::TimeGoesBack { field, previous, value }),
            Some(previous) if value == previous && repeat == Repeat::Refused => Err(Fault::TimeRepeated { field, value }),
            Some(_) | None => Ok(value),
        }
    }

    /// Keeps the time of a row that was accepted.
    #[inline]
    pub(crate) const fn accept(&mut self, time_ms: i64) {
        self.previous_ms = Some(time_ms);
    }

    /// A fault of the current row.
    #[cold]
    pub(crate) fn refuse(&self, fault: Fault) -> ReadError {
        ReadError::in_row(&self.name, self.lines.row(), fault)
    }
}
