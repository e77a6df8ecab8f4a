//! Why a population or a replay is refused: always one line.

use crate::time::UtcTime;
use ringfence_engine::reject::Reject;
use ringfence_market::ReadError;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Side};
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
    /// Brackets must change after the first observation, and in order.
    #[error("times at which brackets change must increase and be later than the first observation, got {time} after {previous}")]
    BracketsOutOfOrder {
        /// Time of the change before, or of the first observation.
        previous: UtcTime,
        /// Time given.
        time: UtcTime,
    },
    /// Funding is exchanged a whole number of times in eight hours.
    #[error("hours between two fundings must be 1, 2, 4 or 8, got {hours}")]
    FundingInterval {
        /// Hours given.
        hours: i64,
    },
    /// An account has one position per side, and so one leverage.
    #[error("{name}: leverage must be {before} like the other {side} of account '{account}', got {leverage}")]
    TwoLeverages {
        /// The position.
        name: String,
        /// Its account.
        account: String,
        /// Its side.
        side: Side,
        /// Leverage of the positions before.
        before: Leverage,
        /// Leverage given.
        leverage: Leverage,
    },
    /// A rule set under which both sides of an account share one leverage.
    #[error("account '{account}': long and short must have one leverage under this rule set, got {long} and {short}")]
    SidesDiffer {
        /// The account.
        account: String,
        /// Leverage of the long.
        long: Leverage,
        /// Leverage of the short.
        short: Leverage,
    },
    /// More accounts than the exchange holds.
    #[error("accounts must be at most {limit}, got {accounts}")]
    TooManyAccounts {
        /// The most.
        limit: u32,
        /// How many there are.
        accounts: usize,
    },
    /// A maker that cannot quote.
    #[error("the maker's {field} must be {rule}, got {given}")]
    Maker {
        /// Which setting.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        given: String,
    },
    /// An impact that cannot be computed with.
    #[error("the impact's {field} must be {rule}, got {given}")]
    Impact {
        /// Which setting.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        given: String,
    },
    /// An account that trades by script and stands in the population, too.
    #[error("an account that trades by script must not stand in the population, but '{account}' does")]
    ScriptedTwice {
        /// The account.
        account: String,
    },
    /// An account to be watched that nobody has.
    #[error("an account to be explained must be one of the population, got '{account}'")]
    UnknownAccount {
        /// Account given.
        account: String,
    },
    /// The exchange refused what a replay does with every market: the market cannot be listed, or a number is out of range.
    #[error("the exchange refused {what}: {reason}")]
    Refused {
        /// What was asked of it.
        what: &'static str,
        /// Why.
        reason: Reject,
    },
    /// Somebody should have been liquidated and was not: a fault of the program, never of the input.
    #[error("an account must not be below its maintenance margin at the end, but account {account} is ({side})")]
    Overdue {
        /// Number of the account on the exchange.
        account: u32,
        /// Which side.
        side: Side,
    },
    /// Money was lost or made: a fault of the program, never of the input.
    #[error("the books must balance to the last unit: {what}")]
    Unbalanced {
        /// What does not add up.
        what: String,
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
    /// A random population that cannot be drawn.
    #[error("the {field} of a random population must be {rule}, got {given}")]
    Crowd {
        /// Which setting.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        given: String,
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
