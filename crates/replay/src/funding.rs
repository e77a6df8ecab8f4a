//! Which funding rate is due next.

use crate::error::ReplayError;
use crate::time::UtcTime;
use ringfence_market::FundingRow;
use ringfence_risk::units::Rate;

/// Funding rows not yet exchanged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FundingClock<'a> {
    rows: &'a [FundingRow],
}

impl<'a> FundingClock<'a> {
    /// Rows later than the opening of the positions.
    pub(crate) fn after(rows: &'a [FundingRow], opening_ms: i64) -> Result<Self, ReplayError> {
        for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
            if row.time_ms <= before.time_ms {
                return Err(ReplayError::FundingOutOfOrder { previous: UtcTime(before.time_ms), time: UtcTime(row.time_ms) });
            }
        }
        let first = rows.partition_point(|row| row.time_ms <= opening_ms);
        Ok(Self { rows: rows.get(first..).unwrap_or_default() })
    }

    /// When the next is due; the end of time without one.
    pub(crate) fn next_ms(&self) -> i64 {
        self.rows.first().map_or(i64::MAX, |row| row.time_ms)
    }

    /// The rate of the next; zero without one.
    pub(crate) fn rate(&self) -> Rate {
        self.rows.first().map_or(Rate::ZERO, |row| row.rate)
    }

    /// Takes the next if it is due at this time.
    pub(crate) fn take(&mut self, time_ms: i64) -> Option<FundingRow> {
        let (row, rest) = self.rows.split_first().filter(|(row, _)| row.time_ms <= time_ms)?;
        self.rows = rest;
        Some(*row)
    }
}
