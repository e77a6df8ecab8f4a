//! Lines of a file, one at a time, in a buffer that is reused and bounded.

use crate::error::Fault;
use crate::source::Source;
use std::io::{BufRead, Read};

/// Longest line, in bytes without its end: what a file without line ends may cost in memory.
pub(crate) const LONGEST_LINE: usize = 64 * 1024;
/// Longest message of a feed: a snapshot of ten thousand levels.
pub(crate) const LONGEST_MESSAGE: usize = 1024 * 1024;
/// `\r\n`.
const LINE_END: u64 = 2;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file's lines and the number of the current one.
pub(crate) struct Lines {
    pub(crate) source: Source,
    line: Vec<u8>,
    row: u64,
    is_unended: bool,
    longest: usize,
}

impl Lines {
    pub(crate) const fn new(source: Source) -> Self {
        Self { source, line: Vec::new(), row: 0, is_unended: false, longest: LONGEST_LINE }
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

    /// Allows longer lines from here on.
    pub(crate) const fn allow(&mut self, longest: usize) {
        self.longest = longest;
    }

    /// Whether the last line that was read has no line end.
    pub(crate) const fn is_unended(&self) -> bool {
        self.is_unended
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
        let most = u64::try_from(self.longest).unwrap_or(u64::MAX).saturating_add(LINE_END);
        let bounded = &mut self.source.reader.by_ref().take(most);
        if let Err(error) = bounded.read_until(b'\n', &mut self.line) {
            return Err(self.source.fault(error));
        }
        if self.line.is_empty() {
            return Ok(false);
        }
        if self.line.pop_if(|byte| *byte == b'\n').is_some() {
            self.line.pop_if(|byte| *byte == b'\r');
        } else {
            self.is_unended = true;
        }
        if self.line.len() > self.longest {
            return Err(Fault::LineTooLong { limit: self.longest });
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
