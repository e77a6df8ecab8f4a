//! Lines of a file, one at a time, in a buffer that is reused and bounded.

use crate::error::Fault;
use crate::source::Source;
use std::io::{BufRead, Read};

/// Longest line, in bytes without its end: what a file without line ends may cost in memory.
pub(crate) const LONGEST_LINE: usize = 64 * 1024;
/// The longest line with `\r\n`.
const LONGEST_READ: u64 = 64 * 1024 + 2;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file's lines and the number of the current one.
pub(crate) struct Lines {
    pub(crate) source: Source,
    line: Vec<u8>,
    row: u64,
}

impl Lines {
    pub(crate) const fn new(source: Source) -> Self {
        Self { source, line: Vec::new(), row: 0 }
    }

    /// The current line, without its end.
    #[inline]
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Number of the current line, from 1; after a fault, of the line at fault.
    pub(crate) const fn row(&self) -> u64 {
        self.row
    }

    /// Moves to the next line that is not blank; false at the end. Blank lines may only stand at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, Fault> {
        let mut blank = None;
        while self.read_line()? {
            if self.line.first().is_none_or(u8::is_ascii_whitespace) && self.line.trim_ascii().is_empty() {
                blank = blank.or(Some(self.row));
            } else if let Some(row) = blank {
                self.row = row;
                return Err(Fault::BlankLine);
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads one line, blank or not; false at the end.
    fn read_line(&mut self) -> Result<bool, Fault> {
        self.row = self.row.saturating_add(1);
        self.line.clear();
        let bounded = &mut self.source.reader.by_ref().take(LONGEST_READ);
        if let Err(error) = bounded.read_until(b'\n', &mut self.line) {
            return Err(self.source.fault(error));
        }
        if self.line.is_empty() {
            return Ok(false);
        }
        if self.line.pop_if(|byte| *byte == b'\n').is_some() {
            self.line.pop_if(|byte| *byte == b'\r');
        }
        if self.line.len() > LONGEST_LINE {
            return Err(Fault::LineTooLong { limit: LONGEST_LINE });
        }
        if self.row == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        if !self.line.is_ascii() && core::str::from_utf8(&self.line).is_err() {
            return Err(Fault::NotText);
        }
        Ok(true)
    }
}
