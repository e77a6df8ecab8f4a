//! Where orders lie: one array, freed places used again, each place counting how often.

use core::num::NonZeroU32;

use ringfence_risk::filters::OrderSide;

use super::order::Order;
use super::units::{AccountId, Lots, Ticks};
use super::{broken, index};

/// A place in the array of orders. Place 0 is never used.
pub(super) type Place = NonZeroU32;

/// The name of a resting order: where it lies and how often that place was used before, so that the name of an order that is gone is
/// recognised. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    place: Place,
    generation: u32,
}

impl Handle {
    /// The place of the order: a small number, unique among the resting orders, for keeping more about an order in an array of one's own.
    #[inline]
    #[must_use]
    pub const fn place(self) -> u32 {
        self.place.get()
    }
}

/// One order and its neighbours at the same price. A free place holds no lots; only `generation` and `next` (the next
/// free place) mean anything there.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) lots: u64,
    pub(super) account: AccountId,
    pub(super) price: Ticks,
    pub(super) previous: Option<Place>,
    pub(super) next: Option<Place>,
    generation: u32,
    pub(super) side: OrderSide,
}

impl Slot {
    #[inline]
    const fn alone(order: Order) -> Self {
        let Order { account, side, price, lots } = order;
        Self { lots: lots.raw(), account, price, previous: None, next: None, generation: 0, side }
    }

    #[inline]
    pub(super) const fn order(&self) -> Order {
        Order { account: self.account, side: self.side, price: self.price, lots: Lots::new(self.lots) }
    }
}

const _: () = assert!(size_of::<Slot>() == 32, "memory per order as documented");

/// All orders of a book.
#[derive(Clone)]
pub(super) struct Slab {
    slots: Vec<Slot>,
    free: Option<Place>,
    live: u32,
    limit: u32,
}

impl Slab {
    pub(super) fn new(limit: u32) -> Self {
        let order = Order { account: AccountId(0), side: OrderSide::Buy, price: Ticks::LEAST, lots: Lots::ZERO };
        let never_used = Slot { generation: u32::MAX, ..Slot::alone(order) };
        Self { slots: vec![never_used], free: None, live: 0, limit }
    }

    pub(super) fn reserve(&mut self, orders: u32) {
        self.slots.reserve(index(orders.min(self.limit).saturating_sub(self.live)));
    }

    pub(super) const fn live(&self) -> u32 {
        self.live
    }

    pub(super) const fn limit(&self) -> u32 {
        self.limit
    }

    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.live >= self.limit
    }

    /// The order a handle names, if it still rests.
    #[inline]
    pub(super) fn find(&self, handle: Handle) -> Option<&Slot> {
        self.slots.get(index(handle.place.get())).filter(|slot| slot.generation == handle.generation && slot.lots > 0)
    }

    #[inline]
    pub(super) fn at(&self, place: Place) -> &Slot {
        match self.slots.get(index(place.get())) {
            Some(slot) => slot,
            None => broken("a link to no order"),
        }
    }

    #[inline]
    pub(super) fn at_mut(&mut self, place: Place) -> &mut Slot {
        match self.slots.get_mut(index(place.get())) {
            Some(slot) => slot,
            None => broken("a link to no order"),
        }
    }

    #[inline]
    pub(super) fn handle(&self, place: Place) -> Handle {
        Handle { place, generation: self.at(place).generation }
    }

    /// The place a handle names, without asking whether its order still rests.
    #[inline]
    pub(super) const fn place(handle: Handle) -> Place {
        handle.place
    }

    /// The order that lies at a place, if one does.
    pub(super) fn handle_at(&self, place: u32) -> Option<Handle> {
        let (place, slot) = Place::new(place).zip(self.slots.get(index(place)))?;
        (slot.lots > 0).then_some(Handle { place, generation: slot.generation })
    }

    /// Where the next order will lie.
    pub(super) fn next_place(&self) -> u32 {
        self.free.map_or_else(|| u32::try_from(self.slots.len()).unwrap_or(u32::MAX), Place::get)
    }

    /// How often each place was used before, from place 1 on.
    pub(super) fn generations(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().skip(1).map(|slot| slot.generation)
    }

    /// The free places in the order in which they will be used again.
    pub(super) fn free_places(&self) -> impl Iterator<Item = Place> {
        core::iter::successors(self.free, |place| self.at(*place).next)
    }

    /// A slab of places that were used this often before and hold nothing yet.
    pub(super) fn of_generations(limit: u32, generations: &[u32]) -> Self {
        let mut slab = Self::new(limit);
        let Some(empty) = slab.slots.first().copied() else { broken("no place 0") };
        slab.slots.extend(generations.iter().map(|generation| Slot { generation: *generation, ..empty }));
        slab
    }

    /// Puts an order at a place, chained to nothing yet; `None` when there is no such place or it holds one already.
    pub(super) fn restore(&mut self, place: Place, order: Order) -> Option<()> {
        let slot = self.slots.get_mut(index(place.get())).filter(|slot| slot.lots == 0)?;
        *slot = Slot { generation: slot.generation, ..Slot::alone(order) };
        self.live = self.live.saturating_add(1);
        Some(())
    }

    /// Puts a place before all other free ones; `None` when there is no such place or it holds an order.
    pub(super) fn restore_free(&mut self, place: Place) -> Option<()> {
        let slot = self.slots.get_mut(index(place.get())).filter(|slot| slot.lots == 0)?;
        slot.next = self.free.replace(place);
        Some(())
    }

    /// Whether every place holds an order, is free and listed once, or is never used again.
    pub(super) fn is_consistent(&self) -> bool {
        let (mut live, mut free) = (0_u32, 0_u32);
        for slot in self.slots.iter().skip(1) {
            match (slot.lots, slot.generation) {
                (0, u32::MAX) => {}
                (0, 0) | (1.., u32::MAX) => return false,
                (0, _) => free = free.saturating_add(1),
                (1.., _) => live = live.saturating_add(1),
            }
        }
        let is_free = |place: Place| self.at(place).lots == 0 && self.at(place).generation < u32::MAX;
        // A list that comes back to a place never ends: one place more than are free is enough to tell.
        let listed = || self.free_places().take(index(free).saturating_add(1));
        let is_listed = listed().all(is_free) && listed().count() == index(free);
        is_listed && live == self.live && live.saturating_add(free) <= self.limit
    }

    /// Takes in an order, chained to nothing yet. The caller has asked [`is_full`](Self::is_full).
    #[inline]
    pub(super) fn insert(&mut self, order: Order) -> Place {
        self.live = self.live.saturating_add(1);
        let Some(place) = self.free else {
            return self.append(order);
        };
        let slot = self.at_mut(place);
        let next_free = slot.next;
        *slot = Slot { generation: slot.generation, ..Slot::alone(order) };
        self.free = next_free;
        place
    }

    #[cold]
    fn append(&mut self, order: Order) -> Place {
        let Some(place) = u32::try_from(self.slots.len()).ok().and_then(Place::new) else {
            broken("more places than 32 bits count");
        };
        self.slots.push(Slot::alone(order));
        place
    }

    /// Frees a place whose order is chained to nothing any more. After 2³² − 1 orders a place is never used again.
    #[inline]
    pub(super) fn remove(&mut self, place: Place) {
        let free = self.free;
        let slot = self.at_mut(place);
        slot.generation = slot.generation.saturating_add(1);
        slot.lots = 0;
        slot.next = free;
        if slot.generation < u32::MAX {
            self.free = Some(place);
        }
        self.live = self.live.saturating_sub(1);
    }
}
