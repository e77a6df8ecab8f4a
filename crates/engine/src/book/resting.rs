//! The book itself: what rests in it, and the two moves everything else is made of, chaining an order in and out.

use ringfence_risk::filters::OrderSide;

use super::broken;
use super::ladder::{Ladder, Level};
use super::limits::BookLimits;
use super::order::Order;
use super::slab::{Handle, Place, Slab, Slot};
use super::units::{Lots, Ticks};

/// The order book of one market. See the [module](super) for its layout.
#[derive(Clone)]
pub struct Book {
    pub(super) slab: Slab,
    pub(super) ladder: Ladder,
    pub(super) best_bid: Option<Ticks>,
    pub(super) best_ask: Option<Ticks>,
}

impl core::fmt::Debug for Book {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let touch = (self.best_bid, self.best_ask);
        formatter.debug_struct("Book").field("orders", &self.orders()).field("touch", &touch).finish_non_exhaustive()
    }
}

/// One price of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthLevel {
    /// The price.
    pub price: Ticks,
    /// The sum of the orders there.
    pub lots: Lots,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new(limits: BookLimits) -> Self {
        Self { slab: Slab::new(limits.orders), ladder: Ladder::new(limits.window), best_bid: None, best_ask: None }
    }

    /// Makes room for this many resting orders now (at most the book's limit), so that the array need not grow on the way there.
    pub fn reserve(&mut self, orders: u32) {
        self.slab.reserve(orders);
    }

    /// How many orders rest.
    #[must_use]
    pub const fn orders(&self) -> u32 {
        self.slab.live()
    }

    /// The highest price bid.
    #[inline]
    #[must_use]
    pub const fn best_bid(&self) -> Option<Ticks> {
        self.best_bid
    }

    /// The lowest price asked.
    #[inline]
    #[must_use]
    pub const fn best_ask(&self) -> Option<Ticks> {
        self.best_ask
    }

    /// The best price of a side.
    #[inline]
    #[must_use]
    pub const fn best(&self, side: OrderSide) -> Option<Ticks> {
        match side {
            OrderSide::Buy => self.best_bid,
            OrderSide::Sell => self.best_ask,
        }
    }

    /// A resting order; `None` once it was filled or cancelled.
    #[inline]
    #[must_use]
    pub fn order(&self, handle: Handle) -> Option<Order> {
        self.slab.find(handle).map(Slot::order)
    }

    /// The order that rests at a [place](Handle::place), if one does.
    #[must_use]
    pub fn handle_at(&self, place: u32) -> Option<Handle> {
        self.slab.handle_at(place)
    }

    /// The place that the next order gets if it rests without taking (one that takes frees places first, and gets the last of those).
    ///
    /// ```
    /// # use ringfence_engine::book::*;
    /// # use ringfence_risk::filters::OrderSide;
    /// # let mut book = Book::new(BookLimits::DEFAULT);
    /// # let bid = NewOrder { account: AccountId(1), side: OrderSide::Buy, price: Ticks::LEAST, lots: Lots::new(5),
    /// #     time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
    /// let place = book.next_place();
    /// assert_eq!(book.handle_at(place), None);
    /// book.place(&bid, &mut Vec::new())?;
    /// assert_eq!(book.handle_at(place).map(Handle::place), Some(place));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn next_place(&self) -> u32 {
        self.slab.next_place()
    }

    /// The levels of one side, best first. `depth(side).take(20)` is the depth of 20 levels.
    ///
    /// ```
    /// # use ringfence_engine::book::*;
    /// # use ringfence_risk::filters::OrderSide;
    /// # let mut book = Book::new(BookLimits::DEFAULT);
    /// # let bid = |price| NewOrder { account: AccountId(1), side: OrderSide::Buy, price, lots: Lots::new(5),
    /// #     time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
    /// let (low, high) = (Ticks::new(99).ok_or("a price")?, Ticks::new(100).ok_or("a price")?);
    /// for price in [low, high, low] {
    ///     book.place(&bid(price), &mut Vec::new())?; // each buys 5 lots
    /// }
    /// let depth: Vec<_> = book.depth(OrderSide::Buy).take(20).map(|level| (level.price, level.lots.raw())).collect();
    /// assert_eq!(depth, [(high, 5), (low, 10)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn depth(&self, side: OrderSide) -> impl Iterator<Item = DepthLevel> {
        core::iter::successors(self.best(side), move |price| self.next_worse(side, *price))
            .map(|price| DepthLevel { price, lots: Lots::new(self.ladder.level(price).lots) })
    }

    /// The sum of a side's orders at one price: zero where none of that side rests. Costs as little as the best price does within the window.
    ///
    /// ```
    /// # use ringfence_engine::book::*;
    /// # use ringfence_risk::filters::OrderSide;
    /// # let mut book = Book::new(BookLimits::DEFAULT);
    /// # let price = Ticks::LEAST;
    /// # let bid = NewOrder { account: AccountId(1), side: OrderSide::Buy, price, lots: Lots::new(5),
    /// #     time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
    /// book.place(&bid, &mut Vec::new())?; // buys 5 lots
    /// assert_eq!(book.lots_at(OrderSide::Buy, price).raw(), 5);
    /// assert_eq!(book.lots_at(OrderSide::Sell, price), Lots::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lots_at(&self, side: OrderSide, price: Ticks) -> Lots {
        let is_of_side = match side {
            OrderSide::Buy => self.best_bid.is_some_and(|best| price <= best),
            OrderSide::Sell => self.best_ask.is_some_and(|best| price >= best),
        };
        if is_of_side { Lots::new(self.ladder.level(price).lots) } else { Lots::ZERO }
    }

    /// The orders at one price, first in line first.
    pub fn queue(&self, price: Ticks) -> impl Iterator<Item = (Handle, Order)> {
        core::iter::successors(self.ladder.level(price).first, |place| self.slab.at(*place).next)
            .map(|place| (self.slab.handle(place), self.slab.at(place).order()))
    }

    /// The next price of a side further from the touch.
    #[inline]
    pub(super) fn next_worse(&self, side: OrderSide, price: Ticks) -> Option<Ticks> {
        match side {
            OrderSide::Buy => self.ladder.below(price),
            OrderSide::Sell => self.ladder.above(price),
        }
    }

    /// The best price this order could trade at, if it crosses the book.
    #[inline]
    pub(super) fn crossed(&self, side: OrderSide, limit: Ticks) -> Option<Ticks> {
        match side {
            OrderSide::Buy => self.best_ask.filter(|ask| *ask <= limit),
            OrderSide::Sell => self.best_bid.filter(|bid| *bid >= limit),
        }
    }

    /// Puts an order of the slab, chained to nothing, at the end of the line at its price.
    #[inline]
    pub(super) fn chain(&mut self, place: Place) {
        let Slot { price, side, lots, .. } = *self.slab.at(place);
        let level = self.ladder.level_mut(price);
        let Some(sum) = level.lots.checked_add(lots) else { broken("a level beyond 64 bits") };
        level.lots = sum;
        match level.last.replace(place) {
            Some(last) => {
                self.slab.at_mut(place).previous = Some(last);
                self.slab.at_mut(last).next = Some(place);
            }
            None => {
                level.first = Some(place);
                self.ladder.occupy(price);
                let best = match side {
                    OrderSide::Buy => &mut self.best_bid,
                    OrderSide::Sell => &mut self.best_ask,
                };
                let is_better = best.is_none_or(|best| match side {
                    OrderSide::Buy => price > best,
                    OrderSide::Sell => price < best,
                });
                if is_better {
                    *best = Some(price);
                }
            }
        }
        if self.ladder.is_missed() {
            self.move_window(price);
        }
    }

    /// Takes an order out of the line at its price. It stays in the slab.
    #[inline]
    pub(super) fn unchain(&mut self, place: Place) {
        let slot = self.slab.at_mut(place);
        let (previous, next) = (slot.previous.take(), slot.next.take());
        let Slot { price, side, lots, .. } = *slot;
        if let Some(previous) = previous {
            self.slab.at_mut(previous).next = next;
        }
        if let Some(next) = next {
            self.slab.at_mut(next).previous = previous;
        }
        let level = self.ladder.level_mut(price);
        let Some(left) = level.lots.checked_sub(lots) else { broken("a level of less than its orders") };
        *level = Level {
            lots: left,
            first: if previous.is_none() { next } else { level.first },
            last: if next.is_none() { previous } else { level.last },
        };
        if previous.is_none() && next.is_none() {
            self.ladder.vacate(price);
            if self.best(side) == Some(price) {
                let best = self.next_worse(side, price);
                match side {
                    OrderSide::Buy => self.best_bid = best,
                    OrderSide::Sell => self.best_ask = best,
                }
            }
        }
    }

    /// Takes lots off a resting order, which keeps its place in line; one left with nothing leaves the book.
    #[inline]
    pub(super) fn take(&mut self, place: Place, lots: u64) {
        let slot = self.slab.at_mut(place);
        if slot.lots == lots {
            self.unchain(place);
            self.slab.remove(place);
            return;
        }
        let Some(left) = slot.lots.checked_sub(lots) else { broken("an order of fewer lots than were taken") };
        slot.lots = left;
        let price = slot.price;
        let level = self.ladder.level_mut(price);
        level.lots = level.lots.saturating_sub(lots);
    }

    /// Lets the window follow the touch; an empty window goes to the order that missed it.
    #[cold]
    fn move_window(&mut self, missed: Ticks) {
        let touch = self.best_bid.or(self.best_ask).filter(|_| !self.ladder.is_empty_inside());
        self.ladder.follow(touch.unwrap_or(missed));
    }
}
