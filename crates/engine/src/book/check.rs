//! What must always hold, recomputed from scratch.

use ringfence_risk::filters::OrderSide;

use super::ladder::Level;
use super::resting::Book;
use super::units::Ticks;

/// A law of the book that does not hold: a defect of this module, never of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The best bid is not below the best ask.
    Crossed,
    /// The bitmap, the counters or the tree disagree with the levels.
    Ladder,
    /// A place holds an order and is free, is lost, or is listed as free twice.
    Places,
    /// The best price of a side is not that of its best order.
    Best(OrderSide),
    /// An order rests at a price or on a side that is not its own, or holds no lots.
    Misplaced(Ticks),
    /// The chain of a level does not read the same backwards, or does not end at its last order.
    Chain(Ticks),
    /// A level's sum is not that of its orders.
    Sum(Ticks),
    /// The number of orders is not what the levels hold.
    Count,
}

impl Book {
    /// Recomputes everything the book keeps and compares. Walks every order and level: for tests and audits.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        if self.best_bid.zip(self.best_ask).is_some_and(|(bid, ask)| bid >= ask) {
            return Err(Broken::Crossed);
        }
        if !self.ladder.is_consistent() {
            return Err(Broken::Ladder);
        }
        if !self.slab.is_consistent() {
            return Err(Broken::Places);
        }
        let (mut orders, mut best_bid, mut best_ask) = (0_u32, None, None);
        for (price, level) in self.ladder.iter() {
            let is_bid = self.best_bid.is_some_and(|best| price <= best);
            let side = if is_bid { OrderSide::Buy } else { OrderSide::Sell };
            orders = orders.saturating_add(self.check_level(price, level, side)?);
            match side {
                OrderSide::Buy => best_bid = Some(price),
                OrderSide::Sell => best_ask = best_ask.or(Some(price)),
            }
        }
        match (best_bid == self.best_bid, best_ask == self.best_ask, orders == self.orders()) {
            (false, _, _) => Err(Broken::Best(OrderSide::Buy)),
            (_, false, _) => Err(Broken::Best(OrderSide::Sell)),
            (_, _, false) => Err(Broken::Count),
            (true, true, true) => Ok(()),
        }
    }

    /// The number of orders of a level that is in order.
    fn check_level(&self, price: Ticks, level: Level, side: OrderSide) -> Result<u32, Broken> {
        let (mut orders, mut sum, mut previous, mut at) = (0_u32, 0_u64, None, level.first);
        while let Some(place) = at {
            let slot = self.slab.at(place);
            if slot.price != price || slot.side != side || slot.lots == 0 {
                return Err(Broken::Misplaced(price));
            }
            if slot.previous != previous || orders >= self.orders() {
                return Err(Broken::Chain(price));
            }
            orders = orders.saturating_add(1);
            sum = sum.checked_add(slot.lots).ok_or(Broken::Sum(price))?;
            (previous, at) = (at, slot.next);
        }
        if level.last != previous || orders == 0 {
            return Err(Broken::Chain(price));
        }
        if sum != level.lots { Err(Broken::Sum(price)) } else { Ok(orders) }
    }
}
