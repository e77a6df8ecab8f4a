//! The open orders of a market: what the exchange knows of each beyond what the book does.

use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Amount, Notional};

use super::broken;
use super::digest::{Kind, StateHash, digest, halves, word};
use crate::book::{Handle, Lots, Ticks};
use crate::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Trigger, Triggered};
use crate::ids::OrderId;
use crate::time::Time;

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// Taken in; it acts next.
    Active,
    /// In the book.
    Resting,
    /// Waiting for its trigger.
    Waiting,
}

/// No order: the end of a list.
pub(crate) const NOBODY: u32 = u32::MAX;

/// What is looked at whenever an order moves: one cache line.
#[derive(Clone, Copy, Debug)]
pub struct OrderRecord {
    /// Its number; [`OrderId`] 0 in a free place.
    pub(crate) id: OrderId,
    /// Which participant's.
    pub(crate) participant: u32,
    /// The participant's order before.
    pub(crate) previous: u32,
    /// The participant's next order.
    pub(crate) next: u32,
    /// Its limit.
    pub(crate) price: Ticks,
    /// Its name in the book.
    pub(crate) handle: Option<Handle>,
    /// What is left of it.
    pub(crate) left: Lots,
    /// Its place in line: smaller is earlier.
    pub(crate) priority: u64,
    pub(crate) side: OrderSide,
    pub(crate) position_side: PositionSide,
    pub(crate) purpose: Purpose,
    pub(crate) status: OrderStatus,
    /// Whether its digest was taken out of the hash.
    touched: bool,
}

const _: () = assert!(size_of::<OrderRecord>() <= 64, "one cache line");

impl OrderRecord {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> OrderId {
        self.id
    }

    /// Its limit.
    #[must_use]
    pub const fn price(&self) -> Ticks {
        self.price
    }

    /// What is left of it.
    #[must_use]
    pub const fn left(&self) -> Lots {
        self.left
    }

    /// Where it is.
    #[must_use]
    pub const fn status(&self) -> OrderStatus {
        self.status
    }

    /// Whether margin is held for it: it rests and may open.
    #[inline]
    pub(crate) const fn is_held(&self) -> bool {
        matches!(self.purpose, Purpose::Any) && !closes_leg(self.side, self.position_side)
    }

    #[inline]
    pub(crate) fn digest(&self) -> u128 {
        #![expect(clippy::as_conversions, reason = "the numbers of enum variants")]
        let flags =
            self.side as u64 | (self.position_side as u64) << 8 | (self.purpose as u64) << 16 | (self.status as u64) << 24;
        let words = [self.id.0, u64::from(self.price.raw()) << 32 | flags, self.left.raw(), self.priority];
        digest(Kind::Order, words)
    }
}

/// Whether an order can only close: in hedge mode a sell of the long leg, a buy of the short leg.
#[inline]
#[must_use]
pub(crate) const fn closes_leg(side: OrderSide, position_side: PositionSide) -> bool {
    matches!((side, position_side), (OrderSide::Sell, PositionSide::Long) | (OrderSide::Buy, PositionSide::Short))
}

/// What is looked at when an order is shown, filled or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderDetail {
    /// The order as it was placed.
    pub placed: NewOrder,
    /// When.
    pub placed_at: Time,
    /// Its quantity in lots, as last amended.
    pub original: Lots,
    /// How much has filled.
    pub executed: Lots,
    /// The value of what has filled.
    pub executed_value: Notional,
    /// What the rest would lose at once against the mark at which it was placed.
    pub open_loss: Amount,
    /// Its part of the state hash.
    pub(crate) digest: u128,
    /// The part of its record, unless that is touched: kept here, so that a record stays within a cache line.
    pub(crate) record_digest: u128,
}

impl OrderDetail {
    pub(crate) fn compute(&self, id: OrderId) -> u128 {
        #![expect(clippy::as_conversions, reason = "the number of an enum's variant")]
        let ([value, value_high], [loss, loss_high]) = (halves(self.executed_value.raw()), halves(self.open_loss.raw()));
        let [kind, price, more, limit] = kind_words(&self.placed.kind);
        let name = self.placed.client_id.map_or(0, |name| name.fingerprint());
        let progress = [id.0, self.original.raw(), self.executed.raw(), value, value_high, loss, loss_high];
        let [a, b, c, d, e, f, g] = progress;
        let NewOrder { account, market, self_trade, .. } = self.placed;
        let owner = u64::from(account.0) << 32 | u64::from(market.0) << 8 | self_trade as u64;
        digest(Kind::OrderDetail, [a, b, c, d, e, f, g, kind, price, more, limit, name, self.placed_at.ms(), owner])
    }
}

/// The price and lifetime of an order as words.
fn kind_words(kind: &OrderKind) -> [u64; 4] {
    #![expect(clippy::as_conversions, reason = "the number of an enum's variant")]
    let lifetime = |lifetime: Lifetime| match lifetime {
        Lifetime::GoodTillCancel => 1,
        Lifetime::ImmediateOrCancel => 2,
        Lifetime::FillOrKill => 3,
        Lifetime::PostOnly => 4,
        Lifetime::GoodTillDate(until) => until.ms() | 1 << 63,
    };
    match kind {
        OrderKind::Limit { price, lifetime: until } => [1, word(price.raw()), lifetime(*until), 0],
        OrderKind::Market => [2, 0, 0, 0],
        OrderKind::Conditional { watched, trigger, then } => {
            let (code, at, callback) = match trigger {
                Trigger::Stop(price) => (1, word(price.raw()), 0),
                Trigger::TakeProfit(price) => (2, word(price.raw()), 0),
                Trigger::Trailing { callback, activation } => {
                    (3, activation.map_or(0, |price| word(price.raw())), word(callback.raw()))
                }
            };
            let (limit, until) = match then {
                Triggered::Market => (0, 0),
                Triggered::Limit { price, lifetime: until } => (word(price.raw()), lifetime(*until)),
            };
            [3 | code << 8 | (*watched as u64) << 16, at, callback ^ until.rotate_left(17), limit]
        }
    }
}

/// All open orders of a market.
#[derive(Clone, Debug)]
pub struct Orders {
    pub(crate) records: Vec<OrderRecord>,
    pub(crate) details: Vec<OrderDetail>,
    /// Freed places, last freed first used again.
    pub(crate) free: Vec<u32>,
    /// Which order lies at a place of the book.
    by_book: Vec<u32>,
    pub(crate) live: u32,
    /// Orders ever taken in.
    pub(crate) sequence: u64,
    /// Places in line ever given.
    pub(crate) priority: u64,
    touched: Vec<u32>,
}

impl Orders {
    pub(crate) const fn new() -> Self {
        Self {
            records: Vec::new(),
            details: Vec::new(),
            free: Vec::new(),
            by_book: Vec::new(),
            live: 0,
            sequence: 0,
            priority: 0,
            touched: Vec::new(),
        }
    }

    /// The number that the next order gets.
    #[inline]
    pub(crate) fn next_id(&self) -> OrderId {
        let place = self.free.last().copied().unwrap_or_else(|| u32::try_from(self.records.len()).unwrap_or(NOBODY));
        OrderId::new(self.sequence.saturating_add(1), place)
    }

    /// The place of an open order.
    #[inline]
    pub(crate) fn find(&self, id: OrderId) -> Option<u32> {
        let place = id.place();
        self.records.get(index(place)).filter(|record| record.id == id && id.0 != 0).map(|_| place)
    }

    #[inline]
    pub(crate) fn record(&self, place: u32) -> &OrderRecord {
        match self.records.get(index(place)) {
            Some(record) => record,
            None => broken("a place without an order"),
        }
    }

    #[inline]
    pub(crate) fn detail(&self, place: u32) -> &OrderDetail {
        match self.details.get(index(place)) {
            Some(detail) => detail,
            None => broken("a place without an order"),
        }
    }

    /// The order at a place of the book.
    #[inline]
    pub(crate) fn of_book(&self, handle: Handle) -> u32 {
        match self.by_book.get(index(handle.place())) {
            Some(place) => *place,
            None => broken("an order of the book that nobody knows"),
        }
    }

    /// The record, about to change.
    #[inline(always)]
    pub(crate) fn record_mut(&mut self, place: u32, hash: &mut StateHash) -> &mut OrderRecord {
        let Some(record) = self.records.get_mut(index(place)) else { broken("a place without an order") };
        if !record.touched {
            record.touched = true;
            hash.remove(self.details.get(index(place)).map_or(0, |detail| detail.record_digest));
            self.touched.push(place);
        }
        record
    }

    /// Links of the participant's list change without changing what the order is.
    #[inline]
    pub(crate) fn links_mut(&mut self, place: u32) -> &mut OrderRecord {
        match self.records.get_mut(index(place)) {
            Some(record) => record,
            None => broken("a place without an order"),
        }
    }

    /// Changes what is known of an order beyond its record.
    #[inline]
    pub(crate) fn change_detail(&mut self, place: u32, hash: &mut StateHash, change: impl FnOnce(&mut OrderDetail)) {
        let id = self.record(place).id;
        let Some(detail) = self.details.get_mut(index(place)) else { broken("a place without an order") };
        hash.remove(detail.digest);
        change(detail);
        detail.digest = detail.compute(id);
        hash.add(detail.digest);
    }

    /// Takes in an order at the place its number names; it is in no list yet.
    #[inline]
    pub(crate) fn insert(&mut self, record: OrderRecord, mut detail: OrderDetail, hash: &mut StateHash) {
        detail.digest = detail.compute(record.id);
        let place = record.id.place();
        self.sequence = self.sequence.saturating_add(1);
        self.live = self.live.saturating_add(1);
        hash.add(detail.digest);
        let was_touched = if self.free.pop().is_some() {
            let (Some(slot), Some(more)) = (self.records.get_mut(index(place)), self.details.get_mut(index(place))) else {
                broken("a free place beyond the last")
            };
            let was_touched = slot.touched;
            (*slot, *more) = (OrderRecord { touched: true, ..record }, detail);
            was_touched
        } else {
            self.records.push(OrderRecord { touched: true, ..record });
            self.details.push(detail);
            false
        };
        if !was_touched {
            self.touched.push(place);
        }
    }

    /// Frees the place of an order that is in no list and not in the book.
    #[inline]
    pub(crate) fn remove(&mut self, place: u32, hash: &mut StateHash) {
        hash.remove(self.detail(place).digest);
        self.record_mut(place, hash).id = OrderId(0);
        self.live = self.live.saturating_sub(1);
        self.free.push(place);
    }

    /// Remembers which order lies at a place of the book.
    #[inline]
    pub(crate) fn set_book(&mut self, handle: Handle, place: u32) {
        let at = index(handle.place());
        if at >= self.by_book.len() {
            self.by_book.resize(at.saturating_add(1), NOBODY);
        }
        if let Some(slot) = self.by_book.get_mut(at) {
            *slot = place;
        }
    }

    #[inline]
    pub(crate) const fn next_priority(&mut self) -> u64 {
        self.priority = self.priority.saturating_add(1);
        self.priority
    }

    /// Puts what was touched back into the hash.
    #[inline]
    pub(crate) fn settle(&mut self, hash: &mut StateHash) {
        for place in self.touched.drain(..) {
            let at = index(place);
            if let (Some(record), Some(detail)) = (self.records.get_mut(at), self.details.get_mut(at)) {
                record.touched = false;
                if record.id.0 != 0 {
                    detail.record_digest = record.digest();
                    hash.add(detail.record_digest);
                }
            }
        }
    }

    /// Every open order, by place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OrderRecord, &OrderDetail)> {
        self.records.iter().zip(&self.details).filter(|(record, _)| record.id.0 != 0)
    }

    /// The hash of all orders, from scratch.
    pub(crate) fn rehash(&self, hash: &mut StateHash) {
        for (record, detail) in self.iter() {
            hash.add(record.digest());
            hash.add(detail.compute(record.id));
        }
    }

    /// Bytes reserved for orders.
    pub(crate) const fn reserved_bytes(&self) -> usize {
        self.records
            .capacity()
            .saturating_mul(size_of::<OrderRecord>())
            .saturating_add(self.details.capacity().saturating_mul(size_of::<OrderDetail>()))
            .saturating_add(self.by_book.capacity().saturating_mul(4))
    }
}

/// A record that is in no list and no book.
#[inline]
pub(crate) const fn fresh(id: OrderId, participant: u32, placed: &NewOrder, price: Ticks, left: Lots) -> OrderRecord {
    OrderRecord {
        id,
        participant,
        previous: NOBODY,
        next: NOBODY,
        price,
        handle: None,
        left,
        priority: 0,
        side: placed.side,
        position_side: placed.position_side,
        purpose: placed.purpose,
        status: OrderStatus::Active,
        touched: false,
    }
}

#[inline]
const fn index(place: u32) -> usize {
    #![expect(clippy::as_conversions, reason = "32 bits fit every index this crate is built for; From is not const")]
    place as usize
}
