//! Files of bars or ticks, read as a stream.

use crate::error::{Fault, ReadError};
use crate::layout::{PRICE_LAYOUTS, RowKind};
use crate::number::price;
use crate::observation::{Bar, Observation, SeriesKind, Tick};
use crate::source::Progress;
use crate::table::{Repeat, Table};
use std::path::Path;

/// A file of bars or ticks read as a stream: constant memory whatever its length.
///
/// Yields the rows in the order of the file. Times never go back; two bars never share one. After an error it yields nothing.
///
/// ```no_run
/// use ringfence_market::{Observation, PriceFile};
/// let file = PriceFile::open("crash.csv.gz".as_ref())?;
/// println!("{}", file.describe()); // bars (ts_ms,open,high,low,close), gzip
/// for row in file {
///     match row? {
///         Observation::Bar(bar) => println!("{} {}", bar.open_time_ms, bar.low),
///         Observation::Tick(tick) => println!("{} {}", tick.time_ms, tick.price),
///     }
/// }
/// # Ok::<(), ringfence_market::ReadError>(())
/// ```
pub struct PriceFile {
    table: Table,
    kind: SeriesKind,
    ended: bool,
}

impl PriceFile {
    /// Opens a file and detects its compression (plain, gzip, zip, by content) and its columns (by header, or by the twelve
    /// numbers of a Binance kline). Reads the first line only: a header that nothing follows is reported by the first `next`.
    ///
    /// # Errors
    /// [`ReadError`] when the file cannot be opened, is empty, is damaged at its start, or has a header that is not understood.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Table::open(path, PRICE_LAYOUTS).map(Self::new)
    }

    pub(crate) const fn new(table: Table) -> Self {
        let kind = match table.layout().kind {
            RowKind::Bar => SeriesKind::Bars,
            // No layout of a price file is one of funding.
            RowKind::Tick | RowKind::Funding => SeriesKind::Ticks,
        };
        Self { table, kind, ended: false }
    }

    /// What its rows are.
    #[must_use]
    pub const fn kind(&self) -> SeriesKind {
        self.kind
    }

    /// What was detected, in words: `bars (ts_ms,open,high,low,close), gzip`.
    #[must_use]
    pub fn describe(&self) -> String {
        self.table.describe()
    }

    /// How far the file is read. Cheap: fit to be asked at every row.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.table.progress()
    }

    #[inline]
    fn observe(&mut self) -> Result<Option<Observation>, ReadError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let (observed, time_ms) = match self.kind {
            SeriesKind::Bars => self.bar().map(|bar| (Observation::Bar(bar), bar.open_time_ms)),
            SeriesKind::Ticks => self.tick().map(|tick| (Observation::Tick(tick), tick.time_ms)),
        }
        .map_err(|fault| self.table.refuse(fault))?;
        self.table.accept(time_ms);
        Ok(Some(observed))
    }

    #[inline]
    fn bar(&self) -> Result<Bar, Fault> {
        let [time, open, high, low, close] = self.table.fields()?;
        let bar = Bar {
            open_time_ms: self.table.time(time, Repeat::Refused)?,
            open: price("open", open)?,
            high: price("high", high)?,
            low: price("low", low)?,
            close: price("close", close)?,
        };
        let Bar { high, low, .. } = bar;
        if high < low {
            return Err(Fault::HighBelowLow { low, high });
        }
        for (field, value) in [("open", bar.open), ("close", bar.close)] {
            if value < low || value > high {
                return Err(Fault::OutsideBar { field, low, high, value });
            }
        }
        Ok(bar)
    }

    #[inline]
    fn tick(&self) -> Result<Tick, Fault> {
        let [time, traded, ..] = self.table.fields()?;
        Ok(Tick { time_ms: self.table.time(time, Repeat::Allowed)?, price: price("price", traded)? })
    }
}

impl Iterator for PriceFile {
    type Item = Result<Observation, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.observe().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

impl core::iter::FusedIterator for PriceFile {}

impl core::fmt::Debug for PriceFile {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "PriceFile({})", self.describe())
    }
}
