//! One account, had it been otherwise: with another leverage, or with more money.

use crate::error::CompareError;
use core::str::FromStr;
use ringfence_replay::{Population, PopulationError};
use ringfence_risk::units::{Amount, Leverage};

/// What would have been otherwise. Whatever it is, the account begins with the same money: leverage changes only what it posts, and more
/// money comes on top, into the box of its position or into its pool on cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhatIf {
    /// Its positions are opened at this leverage.
    Leverage(Leverage),
    /// It has this much more.
    Margin(Amount),
}

impl FromStr for WhatIf {
    type Err = CompareError;

    /// `leverage=20` or `margin=+100`.
    fn from_str(text: &str) -> Result<Self, CompareError> {
        let wrong = || CompareError::WhatIf { given: text.to_owned() };
        match text.split_once('=').ok_or_else(wrong)? {
            ("leverage", times) => {
                let leverage: Leverage = times.trim_end_matches(['x', '×']).parse().map_err(|_| wrong())?;
                Some(leverage).filter(|leverage| *leverage >= Leverage::ONE).map(Self::Leverage).ok_or_else(wrong)
            }
            ("margin", amount) => {
                let amount: Amount = amount.strip_prefix('+').ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
                Some(amount).filter(|amount| *amount > Amount::ZERO).map(Self::Margin).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl core::fmt::Display for WhatIf {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Leverage(leverage) => write!(formatter, "at {leverage}x"),
            Self::Margin(amount) => write!(formatter, "with {amount} more"),
        }
    }
}

impl WhatIf {
    /// The population as it would have been; `before` is what the account came with as it was.
    ///
    /// # Errors
    /// [`PopulationError`] when there is no such account.
    pub fn change(self, population: Population, account: &str, before: Amount) -> Result<Population, PopulationError> {
        match self {
            Self::Leverage(leverage) => population.with_wallet(account, before)?.with_leverage(Some(account), leverage),
            Self::Margin(amount) => population.with_wallet(account, before)?.with_more(account, amount),
        }
    }
}
