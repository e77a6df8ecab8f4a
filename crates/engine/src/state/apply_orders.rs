//! What events do to the orders and the money of a market.

use ringfence_risk::arithmetic::{Rounding, mul_div};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Quantity};

use super::broken;
use super::digest::StateHash;
use super::market::Market;
use super::market_ledger::MarketLedger;
use super::orders::{NOBODY, OrderDetail, OrderStatus, fresh};
use crate::book::{AccountId, Amendment, Crossing, End, Lots, Match, NewOrder as BookOrder, SelfTrade, Ticks, TimeInForce};
use crate::command::{Lifetime, NewOrder, OrderKind, Trigger, Triggered};
use crate::conditional::{Callback, Condition, ConditionalId, Trailing, WatchedPrice};
use crate::event::{LedgerAccount, QueuePlace, Reason};
use crate::ids::OrderId;
use crate::time::Time;

/// What sets a waiting order off, as a condition on the watched price.
pub(crate) fn condition(side: OrderSide, trigger: Trigger) -> Condition {
    match (trigger, side) {
        (Trigger::Stop(price), OrderSide::Buy) | (Trigger::TakeProfit(price), OrderSide::Sell) => Condition::AtOrAbove(price),
        (Trigger::Stop(price), OrderSide::Sell) | (Trigger::TakeProfit(price), OrderSide::Buy) => Condition::AtOrBelow(price),
        (Trigger::Trailing { callback, activation }, side) => {
            let Ok(callback) = Callback::new(callback) else { broken("a callback that was not checked") };
            Condition::Trailing(Trailing { side, callback, activation, extreme: None })
        }
    }
}

/// When an order expires, once it acts.
pub(crate) const fn expiry(kind: &OrderKind) -> Option<Time> {
    match kind {
        OrderKind::Limit { lifetime, .. } | OrderKind::Conditional { then: Triggered::Limit { lifetime, .. }, .. } => {
            match lifetime {
                Lifetime::GoodTillDate(until) => Some(*until),
                Lifetime::GoodTillCancel | Lifetime::ImmediateOrCancel | Lifetime::FillOrKill | Lifetime::PostOnly => None,
            }
        }
        OrderKind::Market | OrderKind::Conditional { then: Triggered::Market, .. } => None,
    }
}

/// What a resting order counts for in the sums of its participant.
#[derive(Clone, Copy, Debug)]
struct Held {
    price: Ticks,
    lots: Lots,
    open_loss: Amount,
}

impl Held {
    const fn nothing(price: Ticks) -> Self {
        Self { price, lots: Lots::ZERO, open_loss: Amount::ZERO }
    }
}

impl Market {
    /// An account that takes part.
    #[inline]
    pub(crate) fn slot(&self, account: AccountId) -> u32 {
        match self.find(account) {
            Some(slot) => slot,
            None => broken("an account that does not take part"),
        }
    }

    pub(super) fn recount(&mut self, before: Option<Position>, after: Option<Position>) {
        if let Some(before) = before {
            self.ledger.count(&self.contract, &before, -1);
        }
        if let Some(after) = after {
            self.ledger.count(&self.contract, &after, 1);
        }
    }

    pub(super) fn enter(&mut self, account: LedgerAccount, by: i128, hash: &mut StateHash) {
        let entry = match account {
            LedgerAccount::Hold(owner, _) => return self.change_hold(owner, by),
            LedgerAccount::Margin(..) => &mut self.ledger.margins,
            LedgerAccount::Insurance(_) => &mut self.own_money(hash).insurance,
            LedgerAccount::Settlement(_) => &mut self.own_money(hash).settlement,
            LedgerAccount::Funding(_) => &mut self.own_money(hash).funding,
            LedgerAccount::Uncovered(_) => &mut self.own_money(hash).uncovered,
            LedgerAccount::Outside | LedgerAccount::Fees | LedgerAccount::Wallet(_) => broken("an account of no market"),
        };
        *entry = entry.wrapping_add(by);
    }

    /// What the insurance fund loses counts towards its cap.
    pub(super) fn count_insurance(&mut self, by: i128, reason: Reason, now: Time, hash: &mut StateHash) {
        self.own_money(hash).count_loss(by, reason, now);
    }

    /// Changes what is held for the orders of an account.
    #[inline]
    pub(super) fn change_hold(&mut self, owner: AccountId, by: i128) {
        let slot = self.slot(owner);
        let participant = self.sums_mut(slot);
        match Amount::from_wide(participant.hold.raw().wrapping_add(by)) {
            Ok(hold) if hold >= Amount::ZERO => participant.hold = hold,
            Ok(_) | Err(_) => broken("a hold below zero"),
        }
    }

    /// Whether both legs of an account are on cross.
    #[inline]
    pub(super) fn is_all_cross(&self, owner: AccountId) -> bool {
        let modes = self.at(self.slot(owner)).margin_mode;
        modes.long == MarginMode::Cross && modes.short == MarginMode::Cross
    }

    fn own_money(&mut self, hash: &mut StateHash) -> &mut MarketLedger {
        self.touch(hash);
        &mut self.ledger
    }

    pub(super) fn accept(
        &mut self,
        (id, lots, price): (OrderId, Lots, Ticks),
        placed: &NewOrder,
        now: Time,
        hash: &mut StateHash,
    ) {
        let slot = self.slot(placed.account);
        self.touch_counters(hash);
        let waits = matches!(placed.kind, OrderKind::Conditional { .. });
        let last = {
            let participant = self.sums_mut(slot);
            participant.orders = participant.orders.saturating_add(1);
            participant.waiting = participant.waiting.saturating_add(u32::from(waits));
            core::mem::replace(&mut participant.last, id.place())
        };
        if last == NOBODY {
            self.sums_mut(slot).first = id.place();
        } else {
            self.orders.links_mut(last).next = id.place();
        }
        let mut record = fresh(id, slot, placed, price, lots);
        record.previous = last;
        if waits {
            record.status = OrderStatus::Waiting;
        }
        let detail = OrderDetail {
            placed: *placed,
            placed_at: now,
            original: lots,
            executed: Lots::ZERO,
            executed_value: Notional::ZERO,
            open_loss: Amount::ZERO,
            digest: 0,
            record_digest: 0,
        };
        self.orders.insert(record, detail, hash);
        match placed.kind {
            OrderKind::Conditional { watched, trigger, .. } => {
                let current = match watched {
                    WatchedPrice::Mark => self.prices.mark.map(MarkPrice::as_price),
                    WatchedPrice::Last => self.last(),
                };
                self.touch_trailing(hash);
                self.conditionals.insert(ConditionalId(id.0), watched, condition(placed.side, trigger), current);
            }
            OrderKind::Limit { .. } | OrderKind::Market => {}
        }
        if let Some(until) = expiry(&placed.kind) {
            self.expiries.insert((until, id));
        }
    }

    pub(super) fn rest(&mut self, id: OrderId, open_loss: Amount, matches: &mut Vec<Match>, hash: &mut StateHash) {
        let place = self.place(id);
        self.touch_counters(hash);
        let priority = self.orders.next_priority();
        let record = self.orders.record_mut(place, hash);
        record.status = OrderStatus::Resting;
        record.priority = priority;
        let (price, lots, side, slot) = (record.price, record.left, record.side, record.participant);
        let account = self.at(slot).account;
        let order =
            BookOrder { account, side, price, lots, time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
        let handle = match self.book.place(&order, matches).map(|outcome| outcome.end) {
            Ok(End::Resting { order, .. }) => order,
            Ok(_) | Err(_) => broken("an order that cannot rest"),
        };
        self.orders.record_mut(place, hash).handle = Some(handle);
        self.orders.set_book(handle, place);
        if open_loss != Amount::ZERO {
            self.orders.change_detail(place, hash, |detail| detail.open_loss = open_loss);
        }
        self.hold_for(place, Held::nothing(price), Held { price, lots, open_loss });
    }

    /// The sums over a participant's resting orders follow one of them: from these terms to those.
    #[inline(always)]
    fn hold_for(&mut self, place: u32, from: Held, to: Held) {
        let record = self.orders.record(place);
        let (side, slot) = (record.side.opens(), record.participant);
        if !record.is_held() {
            let change = to.lots.raw().wrapping_sub(from.lots.raw());
            let reduced = self.sums_mut(slot).reducing.of_mut(side.opposite());
            *reduced = reduced.wrapping_add(change);
            return;
        }
        let value = |held: &Held| match held.lots {
            Lots::ZERO => Ok(0),
            lots => self.value(held.price, lots).map(Notional::raw),
        };
        let (Ok(before), Ok(after)) = (value(&from), value(&to)) else {
            broken("an order worth more than the greatest notional")
        };
        // No quantity wraps 64 bits, and neither does the difference of two.
        let lots = to.lots.raw().wrapping_sub(from.lots.raw()).cast_signed();
        let quantity = lots.wrapping_mul(self.contract.spec().lot.raw());
        let held = self.sums_mut(slot).held.of_mut(side);
        let (Ok(quantity), Ok(value)) = (
            Quantity::from_raw(held.sum.quantity.raw().wrapping_add(quantity)),
            Notional::from_wide(held.sum.value.raw().wrapping_add(after).wrapping_sub(before)),
        ) else {
            broken("a sum over orders out of range")
        };
        (held.sum.quantity, held.sum.value) = (quantity, value);
        if from.open_loss != to.open_loss {
            let loss = held.open_loss.raw().wrapping_add(to.open_loss.raw()).wrapping_sub(from.open_loss.raw());
            held.open_loss = Amount::from_wide(loss).unwrap_or_else(|_| broken("a sum over orders out of range"));
        }
    }

    #[inline]
    fn place(&self, id: OrderId) -> u32 {
        match self.orders.find(id) {
            Some(place) => place,
            None => broken("an order that is not there"),
        }
    }

    /// Takes lots off an order, resting or not; its open loss shrinks with it.
    fn take(&mut self, place: u32, lots: Lots, hash: &mut StateHash) {
        let record = *self.orders.record(place);
        let Some(left) = record.left.raw().checked_sub(lots.raw()).map(Lots::new) else { broken("more filled than was left") };
        if record.status == OrderStatus::Resting {
            let Some(handle) = record.handle else { broken("a resting order without a place in the book") };
            if self.book.reduce(handle, lots).is_err() {
                broken("an order that the book does not know");
            }
            let loss = self.orders.detail(place).open_loss;
            let kept = if loss == Amount::ZERO { loss } else { share(loss, left, record.left) };
            let held = |lots, open_loss| Held { price: record.price, lots, open_loss };
            self.hold_for(place, held(record.left, loss), held(left, kept));
            if loss != kept {
                self.orders.change_detail(place, hash, |detail| detail.open_loss = kept);
            }
        }
        let record = self.orders.record_mut(place, hash);
        record.left = left;
        if left == Lots::ZERO {
            record.handle = None;
            record.status = OrderStatus::Active;
        }
    }

    pub(super) fn fill(&mut self, id: OrderId, lots: Lots, value: Notional, hash: &mut StateHash) {
        let place = self.place(id);
        self.take(place, lots, hash);
        self.orders.change_detail(place, hash, |detail| {
            detail.executed = Lots::new(detail.executed.raw().saturating_add(lots.raw()));
            detail.executed_value = detail.executed_value.plus(value).unwrap_or(Notional::GREATEST);
        });
    }

    pub(super) fn shrink(&mut self, id: OrderId, lots: Lots, hash: &mut StateHash) {
        let place = self.place(id);
        self.take(place, lots, hash);
    }

    #[inline(always)]
    pub(super) fn amend(
        &mut self,
        id: OrderId,
        (price, lots, open_loss): (Ticks, Lots, Amount),
        queue: QueuePlace,
        hash: &mut StateHash,
    ) {
        let place = self.place(id);
        let record = *self.orders.record(place);
        let Some(handle) = record.handle else { broken("a resting order without a place in the book") };
        let loss = if record.is_held() { self.orders.detail(place).open_loss } else { Amount::ZERO };
        let amendment = Amendment { price, lots, crossing: Crossing::Refuse };
        if self.book.amend(handle, &amendment, &mut Vec::new()).is_err() {
            broken("an order that cannot be amended");
        }
        let priority = match queue {
            QueuePlace::Kept => record.priority,
            QueuePlace::Lost => {
                self.touch_counters(hash);
                self.orders.next_priority()
            }
        };
        let after = self.orders.record_mut(place, hash);
        (after.price, after.left, after.priority) = (price, lots, priority);
        let before = Held { price: record.price, lots: record.left, open_loss: loss };
        self.hold_for(place, before, Held { price, lots, open_loss });
        if lots != record.left || open_loss != loss {
            self.orders.change_detail(place, hash, |detail| {
                detail.original = Lots::new(detail.executed.raw().saturating_add(lots.raw()));
                detail.open_loss = open_loss;
            });
        }
    }

    /// Takes a resting order out of the book, to act again.
    pub(super) fn pull(&mut self, id: OrderId, (price, lots): (Ticks, Lots), hash: &mut StateHash) {
        let place = self.place(id);
        self.unrest(place, hash);
        let record = self.orders.record_mut(place, hash);
        (record.price, record.left) = (price, lots);
        self.orders.change_detail(place, hash, |detail| {
            detail.original = Lots::new(detail.executed.raw().saturating_add(lots.raw()));
            detail.open_loss = Amount::ZERO;
        });
    }

    /// Takes a resting order out of the book and out of its participant's sums.
    fn unrest(&mut self, place: u32, hash: &mut StateHash) {
        let record = *self.orders.record(place);
        let Some(handle) = record.handle else { broken("a resting order without a place in the book") };
        if self.book.cancel(handle).is_err() {
            broken("an order that the book does not know");
        }
        let loss = if record.is_held() { self.orders.detail(place).open_loss } else { Amount::ZERO };
        let before = Held { price: record.price, lots: record.left, open_loss: loss };
        self.hold_for(place, before, Held::nothing(record.price));
        let record = self.orders.record_mut(place, hash);
        record.handle = None;
        record.status = OrderStatus::Active;
    }

    fn stop_waiting(&mut self, place: u32, hash: &mut StateHash) {
        let (id, slot) = (self.orders.record(place).id, self.orders.record(place).participant);
        self.touch_trailing(hash);
        let waiting = ConditionalId(id.0);
        self.conditionals.remove(waiting);
        if self.pending.front() == Some(&waiting) {
            self.pending.pop_front();
        } else {
            self.pending.retain(|pending| *pending != waiting);
        }
        let participant = self.sums_mut(slot);
        participant.waiting = participant.waiting.saturating_sub(1);
    }

    pub(super) fn set_off(&mut self, id: OrderId, (price, lots): (Ticks, Lots), hash: &mut StateHash) {
        let place = self.place(id);
        self.stop_waiting(place, hash);
        let record = self.orders.record_mut(place, hash);
        record.status = OrderStatus::Active;
        (record.price, record.left) = (price, lots);
        self.orders.change_detail(place, hash, |detail| detail.original = lots);
    }

    pub(super) fn end(&mut self, id: OrderId, hash: &mut StateHash) {
        let place = self.place(id);
        match self.orders.record(place).status {
            OrderStatus::Resting => self.unrest(place, hash),
            OrderStatus::Waiting => self.stop_waiting(place, hash),
            OrderStatus::Active => {}
        }
        if let Some(until) = expiry(&self.orders.detail(place).placed.kind) {
            self.expiries.remove(&(until, id));
        }
        let (previous, next, slot) = {
            let record = self.orders.record(place);
            (record.previous, record.next, record.participant)
        };
        let participant = self.sums_mut(slot);
        participant.orders = participant.orders.saturating_sub(1);
        if previous == NOBODY {
            participant.first = next;
        }
        if next == NOBODY {
            participant.last = previous;
        }
        if previous != NOBODY {
            self.orders.links_mut(previous).next = next;
        }
        if next != NOBODY {
            self.orders.links_mut(next).previous = previous;
        }
        self.orders.remove(place, hash);
    }
}

/// The part of an amount that belongs to what is left, rounded up.
pub(crate) fn share(amount: Amount, left: Lots, of: Lots) -> Amount {
    let part = mul_div(amount.raw(), left.raw().into(), i128::from(of.raw()).max(1), Rounding::Ceiling);
    part.and_then(Amount::from_wide).unwrap_or(amount)
}
