//! Files of funding rates and premiums. They are short, so they are read whole.

use crate::error::{Fault, ReadError};
use crate::layout::{FUNDING_LAYOUTS, Layout, PREMIUM_BAR_LAYOUTS, PREMIUM_LAYOUTS};
use crate::number::{funding_rate, rate};
use crate::observation::{FundingRow, PremiumRow, PremiumSample};
use crate::order::{Order, Sequence, Verdict};
use crate::reading::Reading;
use crate::table::{Opened, Table};
use std::path::Path;

/// Most rows of a file that is held: a century of hourly rates or two years of premiums by the minute, and a bound on memory when a small file
/// inflates to a large one.
const MOST_ROWS: usize = 1_000_000;

/// Reads a file of funding rates: `ts_ms,funding_rate` with any further columns, or Binance's
/// `calc_time,funding_interval_hours,last_funding_rate`; plain, gzip or zip. Times increase from row to row.
///
/// # Errors
/// [`ReadError`] at the first fault, or beyond a million rows.
///
/// ```no_run
/// let rows = ringfence_market::read_funding("funding.csv".as_ref())?;
/// println!("{} rates", rows.len());
/// # Ok::<(), ringfence_market::ReadError>(())
/// ```
pub fn read_funding(path: &Path) -> Result<Vec<FundingRow>, ReadError> {
    read_funding_with(path, &Reading::default())
}

/// As [`read_funding`], with columns and policies as stated.
///
/// # Errors
/// As [`read_funding`], and when a stated column is not in the file.
pub fn read_funding_with(path: &Path, reading: &Reading) -> Result<Vec<FundingRow>, ReadError> {
    funding_rows(Opened::file(path)?, reading)
}

pub(crate) fn funding_rows(opened: Opened, reading: &Reading) -> Result<Vec<FundingRow>, ReadError> {
    rows(opened, reading, FUNDING_LAYOUTS, |table| {
        let [time, fraction, ..] = table.fields()?;
        let row = FundingRow { time_ms: table.time(time)?, rate: funding_rate(column(table, 1), fraction)? };
        Ok((row.time_ms, row))
    })
}

/// Reads a file of funding rates with the premiums they were made from: `ts_ms,funding_rate,premium` and any further columns; of one coin, if
/// there is a column `coin`.
///
/// # Errors
/// As [`read_funding`].
pub fn read_premiums(path: &Path) -> Result<Vec<PremiumRow>, ReadError> {
    premium_rows(Opened::file(path)?)
}

pub(crate) fn premium_rows(opened: Opened) -> Result<Vec<PremiumRow>, ReadError> {
    rows(opened, &Reading::default(), PREMIUM_LAYOUTS, |table| {
        let [time, fraction, premium, ..] = table.fields()?;
        let time_ms = table.time(time)?;
        let row =
            PremiumRow { time_ms, rate: funding_rate(column(table, 1), fraction)?, premium: rate(column(table, 2), premium)? };
        Ok((time_ms, row))
    })
}

/// Reads a file of premium indices in the layout of klines: the close of each bar is a sample. Nothing in such a file tells it from one of prices,
/// so whoever reads it must know.
///
/// # Errors
/// As [`read_funding`].
pub fn read_premium_index(path: &Path) -> Result<Vec<PremiumSample>, ReadError> {
    premium_samples(Opened::file(path)?)
}

pub(crate) fn premium_samples(opened: Opened) -> Result<Vec<PremiumSample>, ReadError> {
    rows(opened, &Reading::default(), PREMIUM_BAR_LAYOUTS, |table| {
        let [time, open, high, low, close, ..] = table.fields()?;
        let (low, high) = (rate("low", low)?, rate("high", high)?);
        let sample = PremiumSample { time_ms: table.time(time)?, premium: rate("close", close)? };
        for (field, value) in [("open", rate("open", open)?), ("close", sample.premium)] {
            if value < low || value > high {
                return Err(Fault::PremiumOutsideBar { field, low, high, value });
            }
        }
        Ok((sample.time_ms, sample))
    })
}

fn column(table: &Table, number: usize) -> &'static str {
    table.layout().columns.get(number).copied().unwrap_or_default()
}

fn rows<T>(
    opened: Opened,
    reading: &Reading,
    known: &'static [Layout],
    read: impl Fn(&Table) -> Result<(i64, T), Fault>,
) -> Result<Vec<T>, ReadError> {
    let mut table = Table::new(opened, reading, known)?;
    let mut order = Order::new(Sequence::Increasing, reading.policies, None);
    let mut rows = Vec::new();
    while table.advance()? {
        table.check_symbol()?;
        let (time_ms, row) = read(&table).map_err(|fault| table.refuse(fault))?;
        if order.place(table.time_field(), time_ms, None).map_err(|fault| table.refuse(fault))? == Verdict::PassedOver {
            continue;
        }
        if rows.len() == MOST_ROWS {
            return Err(table.refuse(Fault::TooManyRows { limit: MOST_ROWS }));
        }
        rows.push(row);
    }
    Ok(rows)
}
