//! Files of bars, ticks or quotes, read as a stream.

use crate::error::{Fault, ReadError};
use crate::layout::{PRICE_LAYOUTS, RowKind};
use crate::number::price;
use crate::observation::{Bar, Observation, SeriesKind, Tick, middle};
use crate::order::{Order, Sequence, Summary, Verdict};
#[cfg(feature = "parquet")]
use crate::parquet::ParquetBars;
use crate::reading::Reading;
use crate::source::Progress;
use crate::table::{Opened, Table};
use std::path::Path;

/// A file of bars, ticks or quotes read as a stream: constant memory whatever its length.
///
/// Yields the rows in the order of the file. Unless the [`Reading`] says otherwise, times never go back and two bars never share one. After an error it
/// yields nothing: what came before the error is a part of the file, not the file.
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
    rows: Rows,
    kind: SeriesKind,
    order: Order,
    ended: bool,
}

/// Where rows come from.
enum Rows {
    Text(Box<Table>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetBars>),
}

/// A row with the number of its trade, where it has one.
type Row = (Observation, Option<(&'static str, u64)>);

impl PriceFile {
    /// Opens a file and detects its compression (plain, gzip, zip, by content) and its columns (by header, or by the shape of the first row of a dump
    /// without one). Reads the first line only: a header that nothing follows is reported by the first `next`.
    ///
    /// # Errors
    /// [`ReadError`] when the file cannot be opened, is empty, is damaged at its start, or has a header that is not understood.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Self::open_with(path, &Reading::default())
    }

    /// As [`Self::open`], with columns, step and policies as stated.
    ///
    /// # Errors
    /// As [`Self::open`], and when a stated column is not in the file or a step that is needed is not stated.
    pub fn open_with(path: &Path, reading: &Reading) -> Result<Self, ReadError> {
        if crate::source::is_parquet(path) {
            return Self::open_parquet(path, reading);
        }
        Self::new(Opened::file(path)?, reading)
    }

    #[cfg(feature = "parquet")]
    fn open_parquet(path: &Path, reading: &Reading) -> Result<Self, ReadError> {
        let bars = ParquetBars::open(path)?;
        let order = Order::new(Sequence::Times, reading.policies, reading.step_ms);
        Ok(Self { rows: Rows::Parquet(Box::new(bars)), kind: SeriesKind::Bars, order, ended: false })
    }

    #[cfg(not(feature = "parquet"))]
    fn open_parquet(path: &Path, _: &Reading) -> Result<Self, ReadError> {
        let name = crate::error::show(path.as_os_str().as_encoded_bytes(), usize::MAX);
        let detail = "this program was built without the feature 'parquet'".to_owned();
        Err(ReadError::in_file(&name, Fault::Parquet { detail }))
    }

    pub(crate) fn new(opened: Opened, reading: &Reading) -> Result<Self, ReadError> {
        let table = Table::new(opened, reading, PRICE_LAYOUTS)?;
        let kind = match table.layout().kind {
            RowKind::Bar => SeriesKind::Bars,
            RowKind::Quote => SeriesKind::Quotes,
            // No layout of a price file is one of funding.
            RowKind::Tick | RowKind::Funding | RowKind::Premium => SeriesKind::Ticks,
        };
        let sequence = match kind {
            SeriesKind::Bars => Sequence::Times,
            SeriesKind::Ticks | SeriesKind::Quotes => Sequence::Moments,
        };
        let order = Order::new(sequence, reading.policies, reading.step_ms);
        Ok(Self { rows: Rows::Text(Box::new(table)), kind, order, ended: false })
    }

    /// What its rows are.
    #[must_use]
    pub const fn kind(&self) -> SeriesKind {
        self.kind
    }

    /// What was detected, in words: `bars (ts_ms,open,high,low,close), gzip`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.rows {
            Rows::Text(table) => table.describe(),
            #[cfg(feature = "parquet")]
            Rows::Parquet(bars) => bars.describe(),
        }
    }

    /// How far the file is read. Cheap: fit to be asked at every row.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match &self.rows {
            Rows::Text(table) => table.progress(),
            #[cfg(feature = "parquet")]
            Rows::Parquet(bars) => bars.progress(),
        }
    }

    /// What was counted so far; of the whole file once its last row is read.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { unended: self.rows.is_unended(), ..self.order.summary() }
    }

    #[inline]
    fn observe(&mut self) -> Result<Option<Observation>, ReadError> {
        loop {
            let Some((observed, id)) = self.rows.next(self.kind)? else {
                return Ok(None);
            };
            let time_ms = match &observed {
                Observation::Bar(bar) => bar.open_time_ms,
                Observation::Tick(tick) => tick.time_ms,
            };
            match self.order.place(self.rows.time_field(), time_ms, id) {
                Ok(Verdict::Taken) => return Ok(Some(observed)),
                Ok(Verdict::PassedOver) => {}
                Err(fault) => return Err(self.rows.refuse(fault)),
            }
        }
    }
}

impl Rows {
    #[inline]
    fn next(&mut self, kind: SeriesKind) -> Result<Option<Row>, ReadError> {
        match self {
            Self::Text(table) => {
                if !table.advance()? {
                    return Ok(None);
                }
                table.check_symbol()?;
                let row = match kind {
                    SeriesKind::Bars => bar(table).map(|bar| (Observation::Bar(bar), None)),
                    SeriesKind::Ticks => tick(table),
                    SeriesKind::Quotes => quote(table),
                };
                row.map(Some).map_err(|fault| table.refuse(fault))
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(bars) => Ok(bars.next()?.map(|bar| (Observation::Bar(bar), None))),
        }
    }

    fn time_field(&self) -> &'static str {
        match self {
            Self::Text(table) => table.time_field(),
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => "ts_ms",
        }
    }

    fn is_unended(&self) -> bool {
        match self {
            Self::Text(table) => table.is_unended(),
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => false,
        }
    }

    fn refuse(&self, fault: Fault) -> ReadError {
        match self {
            Self::Text(table) => table.refuse(fault),
            #[cfg(feature = "parquet")]
            Self::Parquet(bars) => bars.refuse(fault),
        }
    }
}

#[inline]
fn bar(table: &Table) -> Result<Bar, Fault> {
    let [time, open, high, low, close, ..] = table.fields()?;
    let bar = Bar {
        open_time_ms: table.time(time)?,
        open: price("open", open)?,
        high: price("high", high)?,
        low: price("low", low)?,
        close: price("close", close)?,
    };
    bar.check()?;
    Ok(bar)
}

#[inline]
fn tick(table: &Table) -> Result<Row, Fault> {
    let [time, traded, _, _, _, id, _] = table.fields()?;
    let tick = Tick { time_ms: table.time(time)?, price: price("price", traded)? };
    Ok((Observation::Tick(tick), table.identifier(id)?))
}

#[inline]
fn quote(table: &Table) -> Result<Row, Fault> {
    let [time, bid, ask, ..] = table.fields()?;
    let (bid_field, ask_field) = match table.layout().columns {
        [_, bid, ask, ..] => (*bid, *ask),
        _ => ("bid", "ask"),
    };
    let price = middle(price(bid_field, bid)?, price(ask_field, ask)?)?;
    Ok((Observation::Tick(Tick { time_ms: table.time(time)?, price }), None))
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
