//! Bars from Parquet files: a batch of rows of one row group at a time.

use crate::error::{Fault, LONGEST_HEADER, ReadError, show};
use crate::number::price;
use crate::observation::Bar;
use crate::source::Progress;
use crate::time::TimeUnit;
use ::parquet::basic::Type;
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ringfence_risk::units::MarkPrice;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Rows decoded in one go.
const BATCH: usize = 8_192;
/// One in 10⁻⁸.
const SCALE: i64 = 100_000_000;

/// Where the five columns are, and in what they count.
#[derive(Clone, Copy, Debug)]
struct Places {
    time: usize,
    /// Open, high, low, close.
    prices: [usize; 4],
    /// What a price is divided by.
    divisor: i64,
}

const FIELDS: [&str; 4] = ["open", "high", "low", "close"];

/// A file of the columns `ts_ms,open,high,low,close`, or `open_x2` and so on for prices times two. Prices are whole numbers, or floating-point
/// numbers taken as the shortest decimal that names them.
pub(crate) struct ParquetBars {
    name: String,
    reader: SerializedFileReader<File>,
    places: Places,
    /// The row group that is read next.
    next_group: usize,
    columns: Option<[ColumnReader; 5]>,
    batch: Vec<Bar>,
    /// The next row of the batch.
    at: usize,
    rows_read: u64,
    rows: u64,
    bytes: u64,
}

impl ParquetBars {
    pub(crate) fn open(path: &Path) -> Result<Self, ReadError> {
        let name = show(path.as_os_str().as_encoded_bytes(), usize::MAX);
        let failed = |error| ReadError::in_file(&name, Fault::Io { action: "open", error });
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let opened = contained(|| SerializedFileReader::new(file).map_err(|error| fault(&error)));
        let reader = opened.map_err(|fault| ReadError::in_file(&name, fault))?;
        let places = Places::of(&reader).map_err(|fault| ReadError::in_file(&name, fault))?;
        let rows = u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0);
        let batch = Vec::with_capacity(BATCH);
        Ok(Self { name, reader, places, next_group: 0, columns: None, batch, at: 0, rows_read: 0, rows, bytes })
    }

    pub(crate) fn describe(&self) -> String {
        let label = if self.places.divisor == 1 { "ts_ms,open,high,low,close" } else { "ts_ms,open_x2,high_x2,low_x2,close_x2" };
        format!("bars ({label}), Parquet")
    }

    pub(crate) fn progress(&self) -> Progress {
        let read = u128::from(self.bytes).saturating_mul(self.rows_read.into()).checked_div(self.rows.into());
        Progress { read: read.and_then(|read| u64::try_from(read).ok()).unwrap_or(0), total: self.bytes }
    }

    /// A fault of the last row: rows are counted from 1.
    pub(crate) fn refuse(&self, fault: Fault) -> ReadError {
        ReadError::in_row(&self.name, self.rows_read, fault)
    }

    pub(crate) fn next(&mut self) -> Result<Option<Bar>, ReadError> {
        while self.at == self.batch.len() {
            if !contained(|| self.fill())
                .map_err(|fault| ReadError::in_row(&self.name, self.rows_read.saturating_add(1), fault))?
            {
                return if self.rows_read == 0 { Err(ReadError::in_file(&self.name, Fault::Empty)) } else { Ok(None) };
            }
        }
        let bar = self.batch.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        self.rows_read = self.rows_read.saturating_add(1);
        bar.map(|bar| bar.check().map(|()| bar)).transpose().map_err(|fault| self.refuse(fault))
    }

    /// Decodes the next rows; false at the end.
    fn fill(&mut self) -> Result<bool, Fault> {
        (self.at, _) = (0, self.batch.clear());
        if self.columns.is_none() {
            if self.next_group == self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self.reader.get_row_group(self.next_group).map_err(|error| fault(&error))?;
            let column = |place| group.get_column_reader(place).map_err(|error| fault(&error));
            let [open, high, low, close] = self.places.prices;
            self.columns = Some([column(self.places.time)?, column(open)?, column(high)?, column(low)?, column(close)?]);
            self.next_group = self.next_group.saturating_add(1);
        }
        let Some([time, prices @ ..]) = &mut self.columns else { return Ok(false) };
        let times = times(time)?;
        if times.is_empty() {
            self.columns = None;
            return Ok(true);
        }
        let mut decoded: [Vec<MarkPrice>; 4] = Default::default();
        for ((column, into), field) in prices.iter_mut().zip(&mut decoded).zip(FIELDS) {
            *into = self.places.decode(column, field)?;
            if into.len() != times.len() {
                return Err(Fault::Parquet {
                    detail: format!("column {field} has {} rows where ts_ms has {}", into.len(), times.len()),
                });
            }
        }
        let [open, high, low, close] = decoded;
        let rows = times.into_iter().zip(open).zip(high).zip(low.into_iter().zip(close));
        self.batch.extend(rows.map(|(((open_time_ms, open), high), (low, close))| Bar { open_time_ms, open, high, low, close }));
        Ok(true)
    }
}

impl Places {
    fn of(reader: &SerializedFileReader<File>) -> Result<Self, Fault> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let names: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
        let place = |wanted: &str| names.iter().position(|name| *name == wanted);
        let of = |suffix: &str| -> Option<[usize; 4]> {
            let [open, high, low, close] = FIELDS.map(|field| place(&format!("{field}{suffix}")));
            Some([open?, high?, low?, close?])
        };
        let found = of("").map(|prices| (prices, 1)).or_else(|| of("_x2").map(|prices| (prices, 2)));
        match (place("ts_ms"), found) {
            (Some(time), Some((prices, divisor))) => Ok(Self { time, prices, divisor }),
            (None, _) | (_, None) => {
                let seen = show(names.join(",").as_bytes(), LONGEST_HEADER);
                Err(Fault::UnknownHeader {
                    known: "ts_ms,open,high,low,close; ts_ms,open_x2,high_x2,low_x2,close_x2".to_owned(),
                    seen,
                })
            }
        }
    }

    fn decode(self, column: &mut ColumnReader, field: &'static str) -> Result<Vec<MarkPrice>, Fault> {
        let whole = |value: i64| {
            let raw = value.checked_mul(SCALE).and_then(|raw| raw.checked_div(self.divisor)).unwrap_or(i64::MAX);
            MarkPrice::from_raw(raw).map_err(|_| Fault::OutOfRange {
                field,
                least: MarkPrice::LEAST.to_string(),
                greatest: MarkPrice::GREATEST.to_string(),
                value: value.to_string(),
            })
        };
        match column {
            ColumnReader::Int32ColumnReader(reader) => {
                values(reader, field)?.into_iter().map(|value| whole(value.into())).collect()
            }
            ColumnReader::Int64ColumnReader(reader) => values(reader, field)?.into_iter().map(whole).collect(),
            ColumnReader::DoubleColumnReader(reader) if self.divisor == 1 => {
                values(reader, field)?.into_iter().map(|value| price(field, value.to_string().as_bytes())).collect()
            }
            other @ (ColumnReader::BoolColumnReader(_)
            | ColumnReader::Int96ColumnReader(_)
            | ColumnReader::FloatColumnReader(_)
            | ColumnReader::DoubleColumnReader(_)
            | ColumnReader::ByteArrayColumnReader(_)
            | ColumnReader::FixedLenByteArrayColumnReader(_)) => {
                Err(of_type(field, other, "INT32, INT64 or (not times two) DOUBLE"))
            }
        }
    }
}

/// The decoder panics on some damaged files: that is a fault of the file, too.
fn contained<T>(decode: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let ended = catch_unwind(AssertUnwindSafe(decode));
    ended.unwrap_or_else(|_| Err(Fault::Parquet { detail: "the data are damaged".to_owned() }))
}

fn times(column: &mut ColumnReader) -> Result<Vec<i64>, Fault> {
    let ColumnReader::Int64ColumnReader(reader) = column else {
        return Err(of_type("ts_ms", column, "INT64"));
    };
    let millis = |time: i64| {
        let refused = || Fault::TimeOutOfRange {
            field: "ts_ms",
            limit: "milliseconds since 1970 of at most 13 digits",
            value: time.to_string(),
        };
        TimeUnit::Millis.millis(time).filter(|time| *time >= 0).ok_or_else(refused)
    };
    values(reader, "ts_ms")?.into_iter().map(millis).collect()
}

/// The next values of a column, none of which may be missing.
fn values<T: DataType>(reader: &mut ColumnReaderImpl<T>, field: &'static str) -> Result<Vec<T::T>, Fault> {
    let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let (records, found, _) = reader.read_records(BATCH, Some(&mut levels), None, &mut values).map_err(|error| fault(&error))?;
    if found == records { Ok(values) } else { Err(Fault::Parquet { detail: format!("column {field} lacks values") }) }
}

fn of_type(field: &'static str, column: &ColumnReader, wanted: &str) -> Fault {
    let seen = match column {
        ColumnReader::BoolColumnReader(_) => Type::BOOLEAN,
        ColumnReader::Int32ColumnReader(_) => Type::INT32,
        ColumnReader::Int64ColumnReader(_) => Type::INT64,
        ColumnReader::Int96ColumnReader(_) => Type::INT96,
        ColumnReader::FloatColumnReader(_) => Type::FLOAT,
        ColumnReader::DoubleColumnReader(_) => Type::DOUBLE,
        ColumnReader::ByteArrayColumnReader(_) => Type::BYTE_ARRAY,
        ColumnReader::FixedLenByteArrayColumnReader(_) => Type::FIXED_LEN_BYTE_ARRAY,
    };
    Fault::Parquet { detail: format!("column {field} must be {wanted}, got {seen}") }
}

fn fault(error: &ParquetError) -> Fault {
    Fault::Parquet { detail: show(error.to_string().as_bytes(), LONGEST_HEADER) }
}
