//! What may be wrong with a name that is asked for, or with the data.

use ringfence_risk::bracket::BracketError;
use ringfence_risk::contract::ListingError;

/// Why a rule set, a contract or brackets cannot be had. Each is one line that names the field, the limit and the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// Nothing has this name.
    #[error("no {kind} is called '{name}'{}", nearest_names(nearest))]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// Known names that look like it, nearest first.
        nearest: Vec<String>,
    },
    /// Several venues other than Binance list this symbol.
    #[error("'{symbol}' is listed by several venues: write one of {}", choices.join(", "))]
    Ambiguous {
        /// The symbol as given.
        symbol: String,
        /// The same symbol with the name of each venue.
        choices: Vec<String>,
    },
    /// A day that is not written as year, month and day.
    #[error("date must be written like 2022-02-12, got '{text}'")]
    NotADate {
        /// The text as given.
        text: String,
    },
    /// Nothing is known of the symbol's brackets so early.
    #[error("{symbol} has no brackets on {date}: the first known are of {first}")]
    TooEarly {
        /// The symbol.
        symbol: String,
        /// The day asked for.
        date: String,
        /// The first day that is known.
        first: String,
    },
    /// The symbol was taken off the venue.
    #[error("{symbol} has no brackets on {date}: it is gone since {since}, the first known are of {first}")]
    Gone {
        /// The symbol.
        symbol: String,
        /// The day asked for.
        date: String,
        /// The day from which it is gone.
        since: String,
        /// The first day on which it had brackets.
        first: String,
    },
    /// A line of a data file cannot be read.
    #[error("{file} line {line}: {reason}")]
    Unreadable {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A table of brackets is refused.
    #[error("{file} line {line}: {error}")]
    Brackets {
        /// Which file.
        file: String,
        /// Line on which the table begins.
        line: usize,
        /// Why.
        error: BracketError,
    },
    /// A contract is refused.
    #[error("contract {symbol}: {error}")]
    Listing {
        /// Which contract.
        symbol: String,
        /// Why.
        error: ListingError,
    },
    /// What a contract names does not fit it.
    #[error("contract {symbol}: {reason}")]
    Contract {
        /// Which contract, with its venue.
        symbol: String,
        /// The field, the limit and the value.
        reason: String,
    },
    /// Two statements about one thing.
    #[error("{file}: {what} is given twice")]
    Twice {
        /// Which file.
        file: String,
        /// What is given twice.
        what: String,
    },
}

fn nearest_names(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!(", did you mean {}?", nearest.join(" or ")) }
}
