//! Which levels of a book changed.

use ringfence_engine::book::{Book, Lots, Ticks};
use ringfence_risk::filters::OrderSide;
use serde::{Deserialize, Serialize};

use super::raw;

/// Changes of a book since they were taken last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookChanges {
    /// The first change.
    pub first: u64,
    /// The last change: the state of the book that the levels are of.
    pub last: u64,
    /// The levels that changed, as they are now: bids, then asks, each by ascending price. Empty where the changes were given up.
    pub levels: Vec<ChangedLevel>,
    /// Whether the levels are all that changed. Where more had piled up than [`RecordLimits::book_changes`](super::RecordLimits::book_changes)
    /// allows they were given up, and whoever follows the book has to read it anew.
    pub is_complete: bool,
}

/// A level of a book as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedLevel {
    /// Bids or asks.
    pub side: OrderSide,
    /// Its price.
    pub price: Ticks,
    /// The sum of the orders there; zero when nothing rests there any more.
    pub lots: Lots,
}

/// Whether anybody takes the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Following {
    /// Nobody ever took any: none are kept.
    Nobody,
    /// They are kept.
    Somebody,
    /// There were too many: none are kept until they are taken again.
    GivenUp,
}

/// The changes of one book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Levels {
    /// How many changes there were.
    changes: u64,
    /// How many of them were taken.
    taken: u64,
    following: Following,
    #[serde(with = "raw")]
    bids: Vec<Ticks>,
    #[serde(with = "raw")]
    asks: Vec<Ticks>,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self { changes: 0, taken: 0, following: Following::Nobody, bids: Vec::new(), asks: Vec::new() }
    }

    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// A level changed.
    pub(super) fn touch(&mut self, side: OrderSide, price: Ticks, bound: usize) {
        self.changes += 1;
        if self.following != Following::Somebody {
            return;
        }
        let changed = match side {
            OrderSide::Buy => &mut self.bids,
            OrderSide::Sell => &mut self.asks,
        };
        if changed.last() != Some(&price) {
            changed.push(price);
        }
        if self.bids.len() + self.asks.len() > bound {
            self.sort();
            // What is left after sorting must leave room, or every change would sort.
            if self.bids.len() + self.asks.len() > bound / 2 {
                (self.following, self.bids, self.asks) = (Following::GivenUp, Vec::new(), Vec::new());
            }
        }
    }

    fn sort(&mut self) {
        for changed in [&mut self.bids, &mut self.asks] {
            changed.sort_unstable();
            changed.dedup();
        }
    }

    /// Takes what changed. Whoever takes first begins to follow.
    pub(super) fn take(&mut self, book: &Book) -> Option<BookChanges> {
        let was = std::mem::replace(&mut self.following, Following::Somebody);
        let (first, last) = (self.taken + 1, self.changes);
        self.taken = self.changes;
        if was == Following::Nobody || first > last {
            return None;
        }
        self.sort();
        let level = |side, price| ChangedLevel { side, price, lots: book.lots_at(side, price) };
        let bids = self.bids.drain(..).map(|price| level(OrderSide::Buy, price));
        let asks = self.asks.drain(..).map(|price| level(OrderSide::Sell, price));
        let levels = bids.chain(asks).collect();
        Some(BookChanges { first, last, levels, is_complete: was == Following::Somebody })
    }
}
