//! What accounts do by will: a script of steps, each done once, at a time or when the mark reaches a price.

use core::cmp::Reverse;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Side};
use std::collections::BTreeMap;

/// Accounts that trade by script, beside those of the population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The accounts.
    pub accounts: Vec<ScriptAccount>,
}

/// An account that trades by script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptAccount {
    /// Its name: of no account of the population.
    pub name: String,
    /// Money it comes with.
    pub wallet: Amount,
    /// Its margin mode in a run with the stated modes.
    pub mode: MarginMode,
    /// Its steps. Of several that are due at one mark the first in this order is done first.
    pub steps: Vec<ScriptStep>,
}

/// A step: done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptStep {
    /// When.
    pub when: When,
    /// For which position.
    pub side: Side,
    /// What is done.
    pub act: Act,
    /// Line of the file it stands in; reports name it.
    pub line: usize,
}

/// When a step is done. A step is done at a mark of the series: the first at which its condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this time, in milliseconds since 1970, or the first mark after it.
    At(i64),
    /// When the mark is at or below this.
    MarkAtOrBelow(MarkPrice),
    /// When the mark is at or above this.
    MarkAtOrAbove(MarkPrice),
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sets the leverage and opens the position at the mark.
    Enter {
        /// How much.
        quantity: Quantity,
        /// At which leverage.
        leverage: Leverage,
    },
    /// Increases the position at the mark.
    Add {
        /// By how much.
        quantity: Quantity,
    },
    /// Reduces the position at the mark.
    Reduce {
        /// By how much.
        quantity: Quantity,
    },
    /// Closes the position at the mark.
    Close,
    /// Changes the leverage.
    Leverage {
        /// To what.
        leverage: Leverage,
    },
    /// Moves money of the wallet into the box.
    AddMargin {
        /// How much.
        amount: Amount,
    },
    /// Takes money out of the box.
    RemoveMargin {
        /// How much.
        amount: Amount,
    },
    /// Leaves an order that closes the position when the mark reaches a price in its favour.
    TakeProfit {
        /// The price.
        price: Price,
    },
    /// Leaves an order that closes the position when the mark reaches a price against it.
    StopLoss {
        /// The price.
        price: Price,
    },
}

impl core::fmt::Display for Act {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Enter { quantity, leverage } => write!(formatter, "enter {quantity} at {leverage}x"),
            Self::Add { quantity } => write!(formatter, "add {quantity}"),
            Self::Reduce { quantity } => write!(formatter, "reduce by {quantity}"),
            Self::Close => formatter.write_str("close"),
            Self::Leverage { leverage } => write!(formatter, "leverage {leverage}x"),
            Self::AddMargin { amount } => write!(formatter, "add margin {amount}"),
            Self::RemoveMargin { amount } => write!(formatter, "remove margin {amount}"),
            Self::TakeProfit { price } => write!(formatter, "take profit at {price}"),
            Self::StopLoss { price } => write!(formatter, "stop loss at {price}"),
        }
    }
}

impl ScriptAccount {
    /// The sides its steps are for, with the leverage each begins with.
    pub(crate) fn sides(&self) -> BTreeMap<Side, Leverage> {
        let mut sides = BTreeMap::new();
        for step in &self.steps {
            if let Act::Enter { leverage, .. } = step.act {
                sides.entry(step.side).or_insert(leverage);
            }
        }
        sides
    }
}

/// The steps that are not done yet, each by account and number. What is due first stands last: a step costs the same however many wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    times: Vec<(i64, usize, usize)>,
    below: Vec<(MarkPrice, usize, usize)>,
    above: Vec<(MarkPrice, usize, usize)>,
    next_ms: Option<i64>,
    highest_below: Option<MarkPrice>,
    lowest_above: Option<MarkPrice>,
}

impl Pending {
    pub(crate) fn of(script: &Script) -> Self {
        let mut pending = Self::default();
        for (account, steps) in script.accounts.iter().map(|account| &account.steps).enumerate() {
            for (number, step) in steps.iter().enumerate() {
                match step.when {
                    When::At(time_ms) => pending.times.push((time_ms, account, number)),
                    When::MarkAtOrBelow(mark) => pending.below.push((mark, account, number)),
                    When::MarkAtOrAbove(mark) => pending.above.push((mark, account, number)),
                }
            }
        }
        pending.times.sort_unstable_by_key(|step| Reverse(*step));
        pending.below.sort_unstable();
        pending.above.sort_unstable_by_key(|step| Reverse(*step));
        pending.bounds();
        pending
    }

    fn bounds(&mut self) {
        self.next_ms = self.times.last().map(|(time_ms, ..)| *time_ms);
        self.highest_below = self.below.last().map(|(mark, ..)| *mark);
        self.lowest_above = self.above.last().map(|(mark, ..)| *mark);
    }

    /// Whether a mark sets nothing off.
    #[inline]
    pub(crate) fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.highest_below.is_none_or(|highest| mark > highest) && self.lowest_above.is_none_or(|lowest| mark < lowest)
    }

    /// Whether no step's time has come.
    #[inline]
    pub(crate) fn is_early(&self, time_ms: i64) -> bool {
        self.next_ms.is_none_or(|next| next > time_ms)
    }

    /// Takes what is due, in order of the file.
    pub(crate) fn take(&mut self, time_ms: i64, mark: MarkPrice) -> Vec<(usize, usize)> {
        if self.is_early(time_ms) && self.is_quiet(mark) {
            return Vec::new();
        }
        let mut due = Vec::new();
        while let Some((_, account, number)) = self.times.pop_if(|(at, ..)| *at <= time_ms) {
            due.push((account, number));
        }
        while let Some((_, account, number)) = self.below.pop_if(|(at, ..)| mark <= *at) {
            due.push((account, number));
        }
        while let Some((_, account, number)) = self.above.pop_if(|(at, ..)| mark >= *at) {
            due.push((account, number));
        }
        self.bounds();
        due.sort_unstable();
        due
    }

    /// Steps that were never done.
    pub(crate) fn left(&self) -> Vec<(usize, usize)> {
        let times = self.times.iter().map(|(_, account, number)| (*account, *number));
        let marks = self.below.iter().chain(&self.above).map(|(_, account, number)| (*account, *number));
        let mut left: Vec<_> = times.chain(marks).collect();
        left.sort_unstable();
        left
    }
}
