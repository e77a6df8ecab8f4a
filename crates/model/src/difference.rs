//! What does not agree.

use num_bigint::BigInt;
use ringfence_engine::event::LedgerAccount;
use ringfence_engine::ids::AssetId;

use crate::fact::LegKey;

/// Where a figure was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The events of a command add up to it.
    Events,
    /// The state has it.
    State,
}

/// One disagreement. Amounts are in 10⁻⁸.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An account of the ledger holds something else.
    Money {
        /// Which asset.
        asset: AssetId,
        /// Which account.
        account: LedgerAccount,
        /// What the model has.
        expected: BigInt,
        /// What was found.
        found: BigInt,
        /// Where.
        seen: Seen,
    },
    /// A total of an asset is something else.
    Total {
        /// Which asset.
        asset: AssetId,
        /// Which total.
        what: &'static str,
        /// What the model has.
        expected: BigInt,
        /// What was found.
        found: BigInt,
    },
    /// A position is something else.
    Position {
        /// Which.
        leg: LegKey,
        /// What the model has: quantity, entry value, opening margin, added margin.
        expected: [BigInt; 4],
        /// What was found.
        found: [BigInt; 4],
        /// Where.
        seen: Seen,
    },
    /// Something that may not happen.
    Rule(String),
}

impl core::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Money { asset, account, expected, found, seen } => {
                write!(formatter, "{account:?} of asset {}: {expected} expected, {found} in the {seen:?}", asset.0)
            }
            Self::Total { asset, what, expected, found } => {
                write!(formatter, "{what} of asset {}: {expected} expected, {found} found", asset.0)
            }
            Self::Position { leg, expected: [quantity, entry, opening, added], found, seen } => write!(
                formatter,
                "{leg}: {quantity} worth {entry} with {opening} + {added} expected, {} worth {} with {} + {} in the {seen:?}",
                found[0], found[1], found[2], found[3]
            ),
            Self::Rule(what) => formatter.write_str(what),
        }
    }
}
