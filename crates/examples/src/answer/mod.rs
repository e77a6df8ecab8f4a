//! The functions, each asked of the core.

mod account;
mod adl;
mod bankruptcy;
mod bitmex;
mod funding;
mod hyperliquid;
mod liquidation;
mod orders;
mod sizes;
mod table;
mod tiers;
mod values;

use crate::ask::Ask;
use crate::error::Trouble;
use crate::number::{Exact, show};
#[cfg(test)]
pub(crate) use table::names;
pub(crate) use table::row_of;

/// What the core answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A number.
    Number(Exact),
    /// There is no such price.
    Never,
    /// A word.
    Text(String),
    /// A quantity of one account.
    Share(String, Exact),
    /// Several.
    List(Vec<Answer>),
}

impl core::fmt::Display for Answer {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Number(value) => formatter.write_str(&show(value)),
            Self::Never => formatter.write_str("none"),
            Self::Text(text) => formatter.write_str(text),
            Self::Share(who, quantity) => write!(formatter, "{who}:{}", show(quantity)),
            Self::List(items) => {
                formatter.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{item}")?;
                }
                formatter.write_str("]")
            }
        }
    }
}

/// Asks one function at one scale.
pub(crate) type Handler = fn(&Ask<'_>) -> Result<Answer, Trouble>;
