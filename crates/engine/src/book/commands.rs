//! Commands: place, amend, reduce, cancel, and the fill of one order. Each checks everything before it changes anything.

use super::order::{Amendment, Crossing, NewOrder, Order, Taker, TimeInForce};
use super::outcome::{End, Expiry, Match, Outcome, Refusal};
use super::resting::Book;
use super::slab::{Handle, Place, Slab};
use super::units::{Lots, Ticks};

/// What taking left of an order.
struct Taken {
    left: Lots,
    is_expired: bool,
}

impl Book {
    /// Places an order: it takes what it crosses and the rest does as its time in force says. `matches` is emptied and then tells what
    /// it met, in order.
    ///
    /// # Errors
    /// In this order: [`Refusal::ZeroLots`]; [`Refusal::WouldTake`] for a post-only order that crosses; for an order that would rest
    /// without trading, [`Refusal::BookFull`] and [`Refusal::PriceFull`].
    #[inline]
    pub fn place(&mut self, order: &NewOrder, matches: &mut Vec<Match>) -> Result<Outcome, Refusal> {
        matches.clear();
        if order.lots == Lots::ZERO {
            return Err(Refusal::ZeroLots);
        }
        let Some(best) = self.crossed(order.side, order.price) else {
            return match order.time_in_force {
                TimeInForce::GoodTillCancel | TimeInForce::PostOnly => self.rest(order, order.lots),
                TimeInForce::ImmediateOrCancel => Ok(expired(order.lots, order.lots, Expiry::ImmediateOrCancel)),
                TimeInForce::FillOrKill => Ok(expired(order.lots, order.lots, Expiry::FillOrKill)),
            };
        };
        match order.time_in_force {
            TimeInForce::PostOnly => Err(Refusal::WouldTake { best }),
            TimeInForce::FillOrKill => Ok(self.fill_or_kill(order, matches)),
            TimeInForce::GoodTillCancel | TimeInForce::ImmediateOrCancel => self.take_and_rest(order, matches),
        }
    }

    /// Gives a resting order new terms. At the same price with no more lots it keeps its place in line; otherwise it goes to the end of the
    /// line at the new price, after taking what it crosses there. Its handle stays valid while any of it rests. `matches` is emptied and
    /// then tells what it met.
    ///
    /// # Errors
    /// In this order: [`Refusal::UnknownOrder`], [`Refusal::ZeroLots`], [`Refusal::WouldTake`], [`Refusal::PriceFull`].
    #[inline(always)]
    pub fn amend(&mut self, handle: Handle, to: &Amendment, matches: &mut Vec<Match>) -> Result<Outcome, Refusal> {
        matches.clear();
        let Order { account, side, price, lots: open } = self.order(handle).ok_or(Refusal::UnknownOrder)?;
        if to.lots == Lots::ZERO {
            return Err(Refusal::ZeroLots);
        }
        let place = Slab::place(handle);
        if to.price == price && to.lots <= open {
            if to.lots < open {
                self.take(place, open.minus(to.lots).raw());
            }
            return Ok(Outcome { traded: Lots::ZERO, end: End::Resting { order: handle, lots: to.lots } });
        }
        if let Some(best) = self.crossed(side, to.price) {
            let Crossing::Take(self_trade) = to.crossing else { return Err(Refusal::WouldTake { best }) };
            self.unchain(place);
            let taken = self.take_from(&Taker { account, side, limit: to.price, lots: to.lots, self_trade }, matches);
            return Ok(self.rest_of_amended(handle, to, &taken));
        }
        let others = self.ladder.level(to.price).lots.wrapping_sub(if to.price == price { open.raw() } else { 0 });
        if others.checked_add(to.lots.raw()).is_none() {
            return Err(Refusal::PriceFull { price: to.price });
        }
        self.unchain(place);
        self.rechain(place, to.price, to.lots);
        Ok(Outcome { traded: Lots::ZERO, end: End::Resting { order: handle, lots: to.lots } })
    }

    /// Takes lots off a resting order; it keeps its place in line, and leaves the book when nothing is left. Answers what is left.
    ///
    /// # Errors
    /// In this order: [`Refusal::UnknownOrder`], [`Refusal::ZeroLots`], [`Refusal::MoreThanOpen`].
    #[inline]
    pub fn reduce(&mut self, handle: Handle, by: Lots) -> Result<Lots, Refusal> {
        let open = self.order(handle).ok_or(Refusal::UnknownOrder)?.lots;
        if by == Lots::ZERO {
            return Err(Refusal::ZeroLots);
        }
        if by > open {
            return Err(Refusal::MoreThanOpen { open });
        }
        self.take(Slab::place(handle), by.raw());
        Ok(open.minus(by))
    }

    /// Carries out one match seen in [`Book::matches`]: the resting order loses these lots and leaves the book when nothing is left.
    /// Answers what is left.
    ///
    /// # Errors
    /// As [`Book::reduce`].
    #[inline]
    pub fn apply_fill(&mut self, maker: Handle, lots: Lots) -> Result<Lots, Refusal> {
        self.reduce(maker, lots)
    }

    /// Takes an order out of the book. Answers what it was.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrder`].
    #[inline]
    pub fn cancel(&mut self, handle: Handle) -> Result<Order, Refusal> {
        let order = self.order(handle).ok_or(Refusal::UnknownOrder)?;
        self.take(Slab::place(handle), order.lots.raw());
        Ok(order)
    }

    /// Puts an order that crosses nothing into the book.
    #[inline]
    fn rest(&mut self, order: &NewOrder, lots: Lots) -> Result<Outcome, Refusal> {
        if self.slab.is_full() {
            return Err(Refusal::BookFull { orders: self.slab.limit() });
        }
        if self.ladder.level(order.price).lots.checked_add(lots.raw()).is_none() {
            return Err(Refusal::PriceFull { price: order.price });
        }
        let place = self.slab.insert(Order { account: order.account, side: order.side, price: order.price, lots });
        self.chain(place);
        Ok(Outcome { traded: order.lots.minus(lots), end: End::Resting { order: self.slab.handle(place), lots } })
    }

    /// Takes, then rests or expires. Resting cannot be refused any more: an order that is not used up has emptied the level it crossed, and
    /// with that made room in the book; and its own side holds nothing at a price that crossed.
    fn take_and_rest(&mut self, order: &NewOrder, matches: &mut Vec<Match>) -> Result<Outcome, Refusal> {
        let Taken { left, is_expired } = self.take_from(&order.taker(), matches);
        if left == Lots::ZERO {
            return Ok(Outcome { traded: order.lots, end: End::Filled });
        }
        if is_expired {
            return Ok(expired(order.lots, left, Expiry::SelfTrade));
        }
        if order.time_in_force == TimeInForce::ImmediateOrCancel {
            return Ok(expired(order.lots, left, Expiry::ImmediateOrCancel));
        }
        self.rest(order, left)
    }

    fn fill_or_kill(&mut self, order: &NewOrder, matches: &mut Vec<Match>) -> Outcome {
        let taker = order.taker();
        let is_filled = self.holds_enough(&taker) && {
            let mut plan = self.matches(&taker);
            matches.extend(plan.by_ref());
            plan.left() == Lots::ZERO
        };
        if !is_filled {
            matches.clear();
            return expired(order.lots, order.lots, Expiry::FillOrKill);
        }
        self.apply(matches);
        Outcome { traded: order.lots, end: End::Filled }
    }

    #[inline]
    fn take_from(&mut self, taker: &Taker, matches: &mut Vec<Match>) -> Taken {
        let mut plan = self.matches(taker);
        matches.extend(plan.by_ref());
        let taken = Taken { left: plan.left(), is_expired: plan.is_expired() };
        self.apply(matches);
        taken
    }

    #[inline]
    fn apply(&mut self, matches: &[Match]) {
        for met in matches {
            self.take(Slab::place(met.maker), met.lots.raw());
        }
    }

    /// What becomes of an amended order that took; it is chained to nothing.
    fn rest_of_amended(&mut self, handle: Handle, to: &Amendment, taken: &Taken) -> Outcome {
        let (place, lots) = (Slab::place(handle), taken.left);
        if lots == Lots::ZERO {
            self.slab.remove(place);
            return Outcome { traded: to.lots, end: End::Filled };
        }
        if taken.is_expired {
            self.slab.remove(place);
            return expired(to.lots, lots, Expiry::SelfTrade);
        }
        self.rechain(place, to.price, lots);
        Outcome { traded: to.lots.minus(lots), end: End::Resting { order: handle, lots } }
    }

    #[inline]
    fn rechain(&mut self, place: Place, price: Ticks, lots: Lots) {
        let slot = self.slab.at_mut(place);
        slot.price = price;
        slot.lots = lots.raw();
        self.chain(place);
    }
}

#[inline]
fn expired(asked: Lots, lots: Lots, reason: Expiry) -> Outcome {
    Outcome { traded: asked.minus(lots), end: End::Expired { lots, reason } }
}
