//! Files of funding rates. They are short, so they are read whole.

use crate::error::{Fault, ReadError};
use crate::layout::FUNDING_LAYOUTS;
use crate::number::rate;
use crate::observation::FundingRow;
use crate::table::{Repeat, Table};
use std::path::Path;

/// Most rows of a funding file: a century of hourly rates, and a bound on memory when a small file inflates to a large one.
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
    read_table(Table::open(path, FUNDING_LAYOUTS)?)
}

pub(crate) fn read_table(mut table: Table) -> Result<Vec<FundingRow>, ReadError> {
    let mut rows = Vec::new();
    while table.advance()? {
        let row = read_row(&table).map_err(|fault| table.refuse(fault))?;
        if rows.len() == MOST_ROWS {
            return Err(table.refuse(Fault::TooManyRows { limit: MOST_ROWS }));
        }
        table.accept(row.time_ms);
        rows.push(row);
    }
    Ok(rows)
}

fn read_row(table: &Table) -> Result<FundingRow, Fault> {
    let [time, fraction, ..] = table.fields()?;
    let field = table.layout().columns.get(1).copied().unwrap_or_default();
    // A rate given twice would be paid twice.
    Ok(FundingRow { time_ms: table.time(time, Repeat::Refused)?, rate: rate(field, fraction)? })
}
