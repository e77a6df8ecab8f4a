//! Leverage brackets that change while a series runs.

use crate::error::ReplayError;
use crate::time::UtcTime;
use ringfence_risk::bracket::BracketTable;

/// Brackets that hold from a time on, in place of those before.
///
/// The exchange of a replay takes them as a venue puts them in force: at their time, at the mark of then, before the first recorded price at or
/// after it, and for open positions at once. A position that has less than the new maintenance margin is liquidated there. Any other keeps its
/// leverage and its margin, even where the new brackets allow less leverage to what is opened or added from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketChange {
    /// From when.
    pub time: UtcTime,
    /// The brackets.
    pub brackets: BracketTable,
}

/// Changes not yet made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BracketClock<'a> {
    rest: &'a [BracketChange],
}

impl<'a> BracketClock<'a> {
    /// Changes must come after the opening of the positions, each after the one before.
    pub(crate) fn after(changes: &'a [BracketChange], opening_ms: i64) -> Result<Self, ReplayError> {
        let mut previous = UtcTime(opening_ms);
        for BracketChange { time, .. } in changes {
            if *time <= previous {
                return Err(ReplayError::BracketsOutOfOrder { previous, time: *time });
            }
            previous = *time;
        }
        Ok(Self { rest: changes })
    }

    /// When the next is due; the end of time without one.
    pub(crate) fn next_ms(&self) -> i64 {
        self.rest.first().map_or(i64::MAX, |change| change.time.0)
    }

    /// Takes the next if it is due at this time.
    pub(crate) fn take(&mut self, time_ms: i64) -> Option<&'a BracketChange> {
        let (change, rest) = self.rest.split_first().filter(|(change, _)| change.time.0 <= time_ms)?;
        self.rest = rest;
        Some(change)
    }
}
