//! What the stop, take-profit and trailing-stop orders of one market wait for, and which of them a new price triggers.
//!
//! Pure and deterministic. It knows ids, conditions and prices; not accounts, nor what an order does once it is triggered. Two prices are watched,
//! the mark and the last trade, independently of each other.
//!
//! A price strictly between the nearest edges of its kind triggers nothing and moves no trailing stop: two comparisons, however many orders wait.
//! Any other price touches only the orders that it triggers or moves, each in O(log n).
//!
//! # Structure
//!
//! One map of conditions by id, and per watched price four ordered sets of (price, id): triggers met by a falling price, triggers met by a rising
//! one, and likewise the prices that make a trailing stop active or move its extreme. The sets follow from the map, so equal conditions make equal
//! structures: inserting what [`Conditionals::iter`] gives, with no current price, rebuilds one that is equal.

mod condition;
mod watch;

pub use condition::{Callback, CallbackOutOfRange, Condition, ConditionalId, Trailing, WatchedPrice};

use ringfence_risk::units::Price;
use std::collections::BTreeMap;
use watch::{Event, Watch, Way};

/// The conditional orders of one market.
///
/// ```
/// use ringfence_engine::conditional::{Callback, Condition, ConditionalId, Conditionals, Trailing, WatchedPrice::Last};
/// use ringfence_risk::filters::OrderSide;
///
/// let now = Some("100".parse()?);
/// let callback = Callback::new("0.01".parse()?)?;
/// let trailing = Trailing { side: OrderSide::Sell, callback, activation: None, extreme: None };
/// let mut orders = Conditionals::default();
/// orders.insert(ConditionalId(1), Last, Condition::AtOrBelow("95".parse()?), now);
/// orders.insert(ConditionalId(2), Last, Condition::AtOrAbove("110".parse()?), now);
/// orders.insert(ConditionalId(3), Last, Condition::Trailing(trailing), now);
/// assert!(orders.is_quiet(Last, "99.5".parse()?) && !orders.is_quiet(Last, "99".parse()?));
///
/// let mut triggered = Vec::new();
/// orders.moved(Last, "105".parse()?, &mut triggered); // moves the trailing stop: it now triggers at 103.95
/// assert!(triggered.is_empty());
/// orders.moved(Last, "94".parse()?, &mut triggered);
/// assert_eq!(triggered, [ConditionalId(3), ConditionalId(1)]); // in the order in which a falling price meets them
/// assert_eq!(orders.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditionals {
    conditions: BTreeMap<ConditionalId, (WatchedPrice, Condition)>,
    mark: Watch,
    last: Watch,
}

impl Conditionals {
    /// Adds a condition, and gives back the one that the id had before, if any. O(log n).
    ///
    /// `current` is the watched price now, if there is one: a trailing stop follows it at once. A condition that it already meets is the caller's
    /// to refuse or to execute ([`Condition::is_met`]); inserted all the same, it waits for the next price that meets it.
    pub fn insert(
        &mut self,
        id: ConditionalId,
        watched: WatchedPrice,
        condition: Condition,
        current: Option<Price>,
    ) -> Option<(WatchedPrice, Condition)> {
        let before = self.remove(id);
        let condition = current.map_or(condition, |price| condition.followed(price));
        let watch = self.watch_mut(watched);
        watch.insert(id, &condition);
        watch.settle();
        self.conditions.insert(id, (watched, condition));
        before
    }

    /// Removes a condition; `None` when there is none of this id. O(log n).
    ///
    /// ```
    /// # use ringfence_engine::conditional::{Condition, ConditionalId, Conditionals, WatchedPrice};
    /// let (id, stop) = (ConditionalId(7), Condition::AtOrBelow("95".parse()?));
    /// let mut orders = Conditionals::default();
    /// orders.insert(id, WatchedPrice::Mark, stop, None);
    /// assert_eq!(orders.remove(id), Some((WatchedPrice::Mark, stop)));
    /// assert_eq!(orders, Conditionals::default());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&mut self, id: ConditionalId) -> Option<(WatchedPrice, Condition)> {
        let (watched, condition) = self.conditions.remove(&id)?;
        let watch = self.watch_mut(watched);
        watch.remove(id, &condition);
        watch.settle();
        Some((watched, condition))
    }

    /// The condition of an id, a trailing stop with its extreme so far. O(log n).
    #[must_use]
    pub fn get(&self, id: ConditionalId) -> Option<(WatchedPrice, Condition)> {
        self.conditions.get(&id).copied()
    }

    /// How many conditions wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.conditions.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// All conditions, ascending by id: all that there is to encode. Inserting them with no current price rebuilds an equal structure.
    pub fn iter(&self) -> impl Iterator<Item = (ConditionalId, WatchedPrice, Condition)> {
        self.conditions.iter().map(|(id, (watched, condition))| (*id, *watched, *condition))
    }

    /// Whether this price triggers nothing and moves no trailing stop. O(1): two comparisons of integers.
    #[inline]
    #[must_use]
    pub const fn is_quiet(&self, watched: WatchedPrice, price: Price) -> bool {
        match watched {
            WatchedPrice::Mark => self.mark.is_quiet(price),
            WatchedPrice::Last => self.last.is_quiet(price),
        }
    }

    /// Takes a new price: appends and removes all that it triggers, and lets trailing stops follow it.
    ///
    /// The order: first those met by a falling price, highest trigger first, then those met by a rising one, lowest first; equal triggers by id. The
    /// trigger of a trailing stop is [`Trailing::trigger`]. No price triggers a trailing stop that it moves or makes active.
    ///
    /// O(k log n) for k triggered or moved; a quiet price costs two comparisons.
    #[inline]
    pub fn moved(&mut self, watched: WatchedPrice, price: Price, triggered: &mut Vec<ConditionalId>) {
        if !self.is_quiet(watched, price) {
            self.pass_edges(watched, price, triggered);
        }
    }

    #[cold]
    fn pass_edges(&mut self, watched: WatchedPrice, price: Price, triggered: &mut Vec<ConditionalId>) {
        let watch = match watched {
            WatchedPrice::Mark => &mut self.mark,
            WatchedPrice::Last => &mut self.last,
        };
        for way in Way::BOTH {
            while let Some(id) = watch.first_met(way, Event::Trigger, price)
                && let Some((_, condition)) = self.conditions.remove(&id)
            {
                watch.remove(id, &condition);
                triggered.push(id);
            }
        }
        for way in Way::BOTH {
            while let Some(id) = watch.first_met(way, Event::Move, price)
                && let Some((_, condition)) = self.conditions.get_mut(&id)
            {
                watch.remove(id, condition);
                *condition = condition.followed(price);
                watch.insert(id, condition);
            }
        }
        watch.settle();
    }

    const fn watch_mut(&mut self, watched: WatchedPrice) -> &mut Watch {
        match watched {
            WatchedPrice::Mark => &mut self.mark,
            WatchedPrice::Last => &mut self.last,
        }
    }
}
