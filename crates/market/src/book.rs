//! An order book as a venue publishes it: a snapshot, and changes of single levels.

use crate::error::Fault;
use crate::message::{Change, Levels, Snapshot};
use ringfence_risk::units::{Price, Quantity};
use std::collections::BTreeMap;

/// What is offered at each price, best first.
///
/// ```no_run
/// use ringfence_market::{Reading, Recorded};
/// let mut feed = Recorded::open("feed.jsonl.gz".as_ref(), &Reading::default())?;
/// while let Some(row) = feed.next() {
///     row?;
///     if let Some((price, quantity)) = feed.book().and_then(|book| book.best_bid()) {
///         println!("best bid {price}, {quantity}");
///     }
/// }
/// # Ok::<(), ringfence_market::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    bids: BTreeMap<Price, Quantity>,
    asks: BTreeMap<Price, Quantity>,
    last_update: u64,
    /// Whether a change was applied to the snapshot: from then on every change names the one before.
    is_joined: bool,
}

impl Book {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut book = Self { bids: BTreeMap::new(), asks: BTreeMap::new(), last_update: snapshot.last_update, is_joined: false };
        book.set(&snapshot.levels);
        book
    }

    /// Number of the last change it holds, as the venue counts.
    #[must_use]
    pub const fn last_update(&self) -> u64 {
        self.last_update
    }

    /// The highest price bid and what is bid there.
    #[must_use]
    pub fn best_bid(&self) -> Option<(Price, Quantity)> {
        self.bids().next()
    }

    /// The lowest price asked and what is offered there.
    #[must_use]
    pub fn best_ask(&self) -> Option<(Price, Quantity)> {
        self.asks().next()
    }

    /// What is bid, from the highest price down.
    pub fn bids(&self) -> impl Iterator<Item = (Price, Quantity)> {
        self.bids.iter().rev().map(|(price, quantity)| (*price, *quantity))
    }

    /// What is offered, from the lowest price up.
    pub fn asks(&self) -> impl Iterator<Item = (Price, Quantity)> {
        self.asks.iter().map(|(price, quantity)| (*price, *quantity))
    }

    /// Applies a change. One that the snapshot already holds does nothing.
    ///
    /// The first that counts must begin at or before the snapshot's number; each later one must name the number of the one before (`pu`), or
    /// begin right behind it where the venue gives no such number.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), Fault> {
        let last = self.last_update;
        if change.last <= last && !self.is_joined {
            return Ok(());
        }
        let follows = match (change.previous, self.is_joined) {
            (Some(previous), true) => previous == last,
            (Some(previous), false) => previous <= last,
            (None, true) => change.first == last.saturating_add(1),
            (None, false) => change.first <= last.saturating_add(1),
        };
        if !follows {
            return Err(Fault::BookGap { previous: last, first: change.first });
        }
        (self.last_update, self.is_joined) = (change.last, true);
        self.set(&change.levels);
        Ok(())
    }

    fn set(&mut self, levels: &Levels) {
        for (side, levels) in [(&mut self.bids, &levels.bids), (&mut self.asks, &levels.asks)] {
            for (price, quantity) in levels {
                if *quantity == Quantity::ZERO {
                    side.remove(price);
                } else {
                    side.insert(*price, *quantity);
                }
            }
        }
    }
}
