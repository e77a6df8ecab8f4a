//! Why a population or a replay is refused: always one line.

use crate::time::UtcTime;
use ringfence_market::ReadError;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, MarkPrice};
use std::io;

/// A replay that cannot go on. Displays as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The recorded series cannot be read further.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A number left the range the rules compute with.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The series is empty, so there is no mark to open at.
    #[error("the series must have at least one observation, got none")]
    NoObservations,
    /// Observations must be in order.
    #[error("time must not go back from {previous} of the observation before, got {time}")]
    TimeGoesBack {
        /// Time of the observation before.
        previous: UtcTime,
        /// Time given.
        time: UtcTime,
    },
    /// A bar whose open or close lies outside its low and high.
    #[error("open and close of the bar at {time} must lie between its low of {low} and its high of {high}")]
    BarUpsideDown {
        /// When it opens.
        time: UtcTime,
        /// Its low.
        low: MarkPrice,
        /// Its high.
        high: MarkPrice,
    },
    /// Funding rates must be in order, one per time.
    #[error("funding times must increase, got {time} after {previous}")]
    FundingOutOfOrder {
        /// Time of the row before.
        previous: UtcTime,
        /// Time given.
        time: UtcTime,
    },
    /// The trigger of a position and the exact test disagree: a fault of the program, never of the input.
    #[error("the trigger of position {position} was passed at mark {mark}, but the exact test keeps it")]
    Disagreement {
        /// Number of the position, from 0.
        position: usize,
        /// The mark.
        mark: MarkPrice,
    },
    /// Money was lost or made: a fault of the program, never of the input.
    #[error("the books must balance to the last unit, got a difference of {difference}")]
    Unbalanced {
        /// What is missing (negative: too much).
        difference: Amount,
    },
}

/// A population that cannot be used. Displays as one line; a file's names file, row, field, limit and value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PopulationError {
    /// The system refused to open or deliver the file.
    #[error("{file}: cannot read: {error}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// What the file holds is at fault.
    #[error("{file}{}: {fault}", Row(*.row))]
    Content {
        /// The file.
        file: String,
        /// The line, from 1 (the header is row 1); `None` for a fault of the whole file.
        row: Option<u64>,
        /// Field, limit and value.
        fault: String,
    },
    /// A wallet for an account that has no position.
    #[error("a wallet must be of an account that has positions, got '{account}'")]
    UnknownAccount {
        /// Account given.
        account: String,
    },
    /// A wallet below zero.
    #[error("wallet of account '{account}' must not be below 0, got {amount}")]
    NegativeWallet {
        /// The account.
        account: String,
        /// Amount given.
        amount: Amount,
    },
    /// A number left the range the rules compute with.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// Writes ` row 17`, or nothing for a fault of the whole file.
struct Row(Option<u64>);

impl core::fmt::Display for Row {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |row| write!(formatter, " row {row}"))
    }
}
