//! Why a feed is not changed.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{MarkPrice, Rate};

use crate::boot::BootError;

/// Why a feed is not changed: one line naming field, limit and value.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No market of this number.
    #[error("there is no market {market}")]
    UnknownMarket {
        /// The number.
        market: u16,
    },
    /// A price between two steps.
    #[error("price must be a multiple of the mark's step {grid}, got {price}")]
    OffGrid {
        /// The price.
        price: MarkPrice,
        /// The step.
        grid: MarkPrice,
    },
    /// A change that leaves no price.
    #[error("change must be above -1, got {change}")]
    Change {
        /// The change.
        change: Rate,
    },
    /// A change of a price that is not there.
    #[error("the market has no mark yet")]
    NoMark,
    /// A setting or a file.
    #[error(transparent)]
    Setup(#[from] BootError),
    /// A price beyond what the rules compute with.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}
