//! Why an exchange cannot begin.

use ringfence_market::ReadError;
use ringfence_market::walk::BadWalk;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, Asset, MarkPrice};
use ringfence_venues::VenueError;

/// Why an exchange cannot begin: one line, naming what is wrong with which part of the setup. Nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A contract, a bracket table or a rule set that is not there.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// A market named twice.
    #[error("market '{symbol}' is named twice")]
    MarketTwice {
        /// Its symbol.
        symbol: String,
    },
    /// No market at all.
    #[error("an exchange needs at least one market, got none")]
    NoMarket,
    /// A venue other than Binance: the network layer speaks of these only.
    #[error("market '{symbol}' must be one of Binance's, got one of {venue}")]
    OtherVenue {
        /// Its symbol.
        symbol: String,
        /// Its venue.
        venue: String,
    },
    /// An account named twice, or with a name of the house.
    #[error("account '{name}' is named twice or is the house's own")]
    AccountTwice {
        /// Its name.
        name: String,
    },
    /// An account with a name that is none.
    #[error("account must be named with 1 to 32 lower-case letters, digits, '-' or '_', got '{name}'")]
    NotAName {
        /// The name.
        name: String,
    },
    /// A deposit of nothing or less.
    #[error("deposit of '{name}' must be greater than 0, got {amount} {asset}")]
    Deposit {
        /// The account.
        name: String,
        /// The asset.
        asset: Asset,
        /// How much.
        amount: Amount,
    },
    /// An insurance fund below zero.
    #[error("insurance fund of '{symbol}' must not be below 0, got {amount}")]
    Insurance {
        /// The market.
        symbol: String,
        /// How much.
        amount: Amount,
    },
    /// A start price that is not on the grid of the mark.
    #[error("start price of '{symbol}' must be a multiple of {grid}, got {price}")]
    StartPrice {
        /// The market.
        symbol: String,
        /// The grid.
        grid: MarkPrice,
        /// The price.
        price: MarkPrice,
    },
    /// A walk outside its limits.
    #[error("market '{symbol}': {error}")]
    Walk {
        /// The market.
        symbol: String,
        /// What is wrong.
        error: BadWalk,
    },
    /// A recorded file that cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// A recorded file played at no speed.
    #[error("speed must be between 1 and 1000000, got {speed}")]
    Speed {
        /// The speed given.
        speed: u32,
    },
    /// A setting of the maker or the taker flow outside its limits.
    #[error("{field} of {who} must be {limit}, got {value}")]
    House {
        /// The maker or the taker flow.
        who: &'static str,
        /// Which field.
        field: &'static str,
        /// What it must be.
        limit: &'static str,
        /// What it was.
        value: String,
    },
    /// A number beyond what the rules compute with.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl BootError {
    /// The exit code of a process that stops for this reason: 4 where a file cannot be read, else 2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(error) if error.is_io() => 4,
            Self::File(_)
            | Self::Venue(_)
            | Self::MarketTwice { .. }
            | Self::NoMarket
            | Self::OtherVenue { .. }
            | Self::AccountTwice { .. }
            | Self::NotAName { .. }
            | Self::Deposit { .. }
            | Self::Insurance { .. }
            | Self::StartPrice { .. }
            | Self::Walk { .. }
            | Self::Speed { .. }
            | Self::House { .. }
            | Self::OutOfRange(_) => 2,
        }
    }
}
