//! The open orders of a market as bytes, and back.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Amount, Notional, Price, Quantity};

use super::{refused, write_length};
use crate::book::{AccountId, Lots, Order, SelfTrade, Ticks};
use crate::command::{NewOrder, OrderKind, PositionSide, Purpose, Trigger};
use crate::conditional::{Callback, Condition, ConditionalId};
use crate::ids::OrderId;
use crate::limits::Limits;
use crate::state::orders::fresh;
use crate::state::{Market, NOBODY, OrderDetail, OrderRecord, OrderStatus, broken, condition, expiry, index};
use crate::time::Time;
use crate::wire::{Reader, Wire, WireError, wire_enum, wire_struct};

impl Wire for OrderDetail {
    fn write(&self, to: &mut Vec<u8>) {
        // Its parts of the hash follow from the rest.
        let Self { placed, placed_at, original, executed, executed_value, open_loss, digest: _, record_digest: _ } = self;
        placed.write(to);
        (*placed_at, *original, *executed).write(to);
        (*executed_value, *open_loss).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let placed = Wire::read(from)?;
        let (placed_at, original, executed) = Wire::read(from)?;
        let (executed_value, open_loss) = Wire::read(from)?;
        Ok(Self { placed, placed_at, original, executed, executed_value, open_loss, digest: 0, record_digest: 0 })
    }
}

/// Where an order is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    /// At a place of the book.
    Book(u32),
    /// It waits; a trailing stop with its extreme so far.
    Waiting(Option<Price>),
    /// Its trigger was met, and it has not acted yet.
    SetOff,
}

wire_enum!(Whereabouts { 0 => Book(place), 1 => Waiting(extreme), 2 => SetOff });

/// An order without what follows from the others.
struct Kept {
    id: OrderId,
    price: Ticks,
    left: Lots,
    priority: u64,
    whereabouts: Whereabouts,
    detail: OrderDetail,
}

wire_struct!(Kept { id, price, left, priority, whereabouts, detail });

impl Market {
    /// Every place with its order, if it holds one, then the free places, then what was set off.
    pub(super) fn encode_orders(&self, to: &mut Vec<u8>) {
        let orders = &self.orders;
        (orders.sequence, orders.priority).write(to);
        write_length(orders.records.len(), to);
        for (record, detail) in orders.records.iter().zip(&orders.details) {
            let kept = (record.id.0 != 0).then(|| self.kept(record, *detail));
            kept.write(to);
        }
        orders.free.write(to);
        self.pending.write(to);
    }

    fn kept(&self, record: &OrderRecord, detail: OrderDetail) -> Kept {
        let OrderRecord { id, price, left, priority, .. } = *record;
        let whereabouts = match (record.status, record.handle) {
            (OrderStatus::Resting, Some(handle)) => Whereabouts::Book(handle.place()),
            (OrderStatus::Waiting, _) => match self.conditionals.get(ConditionalId(id.0)) {
                Some((_, Condition::Trailing(trailing))) => Whereabouts::Waiting(trailing.extreme),
                Some((_, Condition::AtOrAbove(_) | Condition::AtOrBelow(_))) => Whereabouts::Waiting(None),
                None => Whereabouts::SetOff,
            },
            (OrderStatus::Resting, None) | (OrderStatus::Active, _) => broken("a snapshot inside a command"),
        };
        Kept { id, price, left, priority, whereabouts, detail }
    }

    /// Reads the orders. The book and the participants are there already.
    pub(super) fn read_orders(&mut self, limits: &Limits, from: &mut Reader<'_>) -> Result<(), WireError> {
        let start = from.at();
        (self.orders.sequence, self.orders.priority) = Wire::read(from)?;
        let (mut live, mut set_off) = (Vec::new(), Vec::new());
        for (_, place) in (0..from.length()?).zip(0_u32..) {
            let at = from.at();
            let Some(kept) = Option::<Kept>::read(from)? else {
                self.orders.records.push(fresh(OrderId(0), NOBODY, &NOTHING, Ticks::LEAST, Lots::ZERO));
                self.orders.details.push(detail_of(NOTHING));
                continue;
            };
            self.restore(place, &kept).ok_or(refused(at, "order of a market"))?;
            live.push((kept.id, place));
            if kept.whereabouts == Whereabouts::SetOff {
                set_off.push(ConditionalId(kept.id.0));
            }
        }
        self.orders.live = u32::try_from(live.len()).unwrap_or(NOBODY);
        let fits = self.orders.live <= limits.orders && self.chain(live).is_some() && self.is_of_book();
        if !fits {
            return Err(refused(start, "orders of a market"));
        }
        self.read_free(from)?;
        let at = from.at();
        self.pending = Wire::read(from)?;
        let mut sorted = self.pending.clone();
        sorted.make_contiguous().sort_unstable();
        set_off.sort_unstable();
        if sorted == set_off { Ok(()) } else { Err(refused(at, "orders that were set off")) }
    }

    /// Puts an order at its place, in no list yet; `None` when there can be no such order.
    fn restore(&mut self, place: u32, kept: &Kept) -> Option<()> {
        let Kept { id, price, left, priority, whereabouts, mut detail } = *kept;
        detail.digest = detail.compute(id);
        let placed = detail.placed;
        let sequence = id.sequence();
        let is_numbered = id.place() == place && sequence > 0 && sequence <= self.orders.sequence;
        if !is_numbered || priority > self.orders.priority || placed.market != self.id {
            return None;
        }
        let slot = self.find(placed.account)?;
        left.to_quantity(&self.contract).ok()?;
        price.to_price(&self.contract).ok()?;
        let mut record = fresh(id, slot, &placed, price, left);
        record.priority = priority;
        self.expiries.extend(expiry(&placed.kind).map(|until| (until, id)));
        match whereabouts {
            Whereabouts::Book(at) => {
                let handle = self.book.handle_at(at)?;
                let order = Order { account: placed.account, side: placed.side, price, lots: left };
                self.book.order(handle).filter(|known| *known == order)?;
                (record.status, record.handle) = (OrderStatus::Resting, Some(handle));
                self.orders.set_book(handle, place);
            }
            Whereabouts::Waiting(extreme) => {
                record.status = OrderStatus::Waiting;
                self.wait(id, &placed, extreme)?;
            }
            Whereabouts::SetOff => {
                record.status = OrderStatus::Waiting;
                trigger_of(&placed)?;
            }
        }
        detail.record_digest = record.digest();
        self.orders.records.push(record);
        self.orders.details.push(detail);
        Some(())
    }

    /// What an order waits for follows from how it was placed, but for how far a trailing stop has come.
    fn wait(&mut self, id: OrderId, placed: &NewOrder, extreme: Option<Price>) -> Option<()> {
        let OrderKind::Conditional { watched, .. } = placed.kind else { return None };
        let mut wanted = condition(placed.side, trigger_of(placed)?);
        match (&mut wanted, extreme) {
            (Condition::Trailing(trailing), extreme) => trailing.extreme = extreme,
            (Condition::AtOrAbove(_) | Condition::AtOrBelow(_), None) => {}
            (Condition::AtOrAbove(_) | Condition::AtOrBelow(_), Some(_)) => return None,
        }
        self.conditionals.insert(ConditionalId(id.0), watched, wanted, None);
        Some(())
    }

    /// Puts every order at the end of its participant's list, oldest first, and into its sums.
    fn chain(&mut self, mut live: Vec<(OrderId, u32)>) -> Option<()> {
        live.sort_unstable();
        let mut before = 0;
        for (id, place) in live {
            if id.sequence() == before {
                return None;
            }
            before = id.sequence();
            let slot = index(self.orders.record(place).participant);
            let participant = self.participants.get_mut(slot)?;
            participant.orders = participant.orders.checked_add(1)?;
            let last = core::mem::replace(&mut participant.last, place);
            if last == NOBODY {
                participant.first = place;
            } else {
                self.orders.links_mut(last).next = place;
            }
            self.orders.links_mut(place).previous = last;
            self.count(slot, place).ok()?;
        }
        Some(())
    }

    /// Takes an order into its participant's sums.
    fn count(&mut self, slot: usize, place: u32) -> Result<(), OutOfRange> {
        let (record, loss) = (*self.orders.record(place), self.orders.detail(place).open_loss);
        let (quantity, value) = (self.quantity(record.left), self.value(record.price, record.left));
        let Some(participant) = self.participants.get_mut(slot) else { return Ok(()) };
        let side = record.side.opens();
        match record.status {
            OrderStatus::Resting if record.is_held() => {
                let held = participant.held.of_mut(side);
                held.sum.quantity = held.sum.quantity.plus(quantity)?;
                held.sum.value = held.sum.value.plus(value?)?;
                held.open_loss = held.open_loss.plus(loss)?;
            }
            OrderStatus::Resting => {
                let reducing = participant.reducing.of_mut(side.opposite());
                *reducing = reducing.checked_add(record.left.raw()).ok_or(OutOfRange { what: "lots of orders" })?;
            }
            OrderStatus::Waiting => participant.waiting = participant.waiting.saturating_add(1),
            OrderStatus::Active => {}
        }
        Ok(())
    }

    /// Whether the resting orders are those of the book, one for one.
    fn is_of_book(&self) -> bool {
        let resting = || self.orders.records.iter().filter_map(|record| record.handle.map(|handle| (handle, record.id.place())));
        resting().all(|(handle, place)| self.orders.of_book(handle) == place)
            && u32::try_from(resting().count()) == Ok(self.book.orders())
    }

    /// The free places: all that hold no order, each once.
    fn read_free(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let free = Vec::<u32>::read(from)?;
        let mut sorted = free.clone();
        sorted.sort_unstable();
        let empty = self.orders.records.iter().zip(0_u32..).filter(|(record, _)| record.id.0 == 0).map(|(_, place)| place);
        if !empty.eq(sorted) {
            return Err(refused(at, "free places of a market"));
        }
        self.orders.free = free;
        Ok(())
    }
}

/// What an order waits for; `None` when it waits for nothing, or for what nobody may wait for.
fn trigger_of(placed: &NewOrder) -> Option<Trigger> {
    let OrderKind::Conditional { trigger, .. } = placed.kind else { return None };
    if let Trigger::Trailing { callback, .. } = trigger {
        Callback::new(callback).ok()?;
    }
    Some(trigger)
}

/// What lies in a free place: nobody looks at it.
const NOTHING: NewOrder = NewOrder {
    account: AccountId(0),
    market: crate::ids::MarketId(0),
    side: OrderSide::Buy,
    position_side: PositionSide::Both,
    quantity: Quantity::ZERO,
    kind: OrderKind::Market,
    purpose: Purpose::Any,
    self_trade: SelfTrade::ExpireTaker,
    client_id: None,
};

const fn detail_of(placed: NewOrder) -> OrderDetail {
    OrderDetail {
        placed,
        placed_at: Time::from_ms(0),
        original: Lots::ZERO,
        executed: Lots::ZERO,
        executed_value: Notional::ZERO,
        open_loss: Amount::ZERO,
        digest: 0,
        record_digest: 0,
    }
}
