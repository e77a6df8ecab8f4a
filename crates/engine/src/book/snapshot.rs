//! A book as bytes, and back.

use ringfence_risk::filters::OrderSide;

use super::limits::BookLimits;
use super::order::Order;
use super::resting::Book;
use super::slab::{Place, Slab};
use super::units::{AccountId, Lots, Ticks};
use crate::wire::{Reader, Wire, WireError};

impl Book {
    /// Appends everything later answers depend on: what rests, in which line, at which places, and which places will be used next. Two books
    /// that answer every command alike, [handles](super::Handle) included, have the same bytes. 25 bytes per order.
    ///
    /// The layout, in the [encoding](crate::wire) of the crate: for every place, how often it was used before; the orders (side, price, place,
    /// account, lots), bids from the best down, then asks from the best up, first in line first; the free places, next to be used first.
    ///
    /// ```
    /// # use ringfence_engine::book::*;
    /// # use ringfence_engine::wire::Reader;
    /// # use ringfence_risk::filters::OrderSide;
    /// # let mut book = Book::new(BookLimits::DEFAULT);
    /// # let bid = NewOrder { account: AccountId(1), side: OrderSide::Buy, price: Ticks::LEAST, lots: Lots::new(5),
    /// #     time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
    /// book.place(&bid, &mut Vec::new())?;
    /// let mut bytes = Vec::new();
    /// book.encode(&mut bytes);
    /// let mut again = Book::decode(BookLimits::DEFAULT, &mut Reader::new(&bytes))?;
    /// assert_eq!(again.place(&bid, &mut Vec::new()), book.place(&bid, &mut Vec::new()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encode(&self, to: &mut Vec<u8>) {
        self.slab.generations().collect::<Vec<u32>>().write(to);
        self.orders().write(to);
        for side in [OrderSide::Buy, OrderSide::Sell] {
            for (handle, order) in self.depth(side).flat_map(|level| self.queue(level.price)) {
                let Order { account, side, price, lots } = order;
                (side, price, handle.place()).write(to);
                (account, lots).write(to);
            }
        }
        self.slab.free_places().map(Place::get).collect::<Vec<u32>>().write(to);
    }

    /// The book that wrote these bytes, within these limits. The window's size may be another than before: no answer depends on it.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are not those of a book that commands could have led to, or it holds more orders than the limit.
    pub fn decode(limits: BookLimits, from: &mut Reader<'_>) -> Result<Self, WireError> {
        let start = from.at();
        let generations = Vec::<u32>::read(from)?;
        let mut book = Self { slab: Slab::of_generations(limits.orders, &generations), ..Self::new(limits) };
        let mut last = None;
        for _ in 0..from.length()? {
            last = Some(book.decode_order(last, from)?);
        }
        let at = from.at();
        for place in Vec::<u32>::read(from)?.into_iter().rev() {
            let place = Place::new(place).and_then(|place| book.slab.restore_free(place));
            place.ok_or(WireError::Value { at, what: "free place of a book" })?;
        }
        book.check().map_err(|_| WireError::Value { at: start, what: "book" })?;
        Ok(book)
    }

    /// Reads one order to the end of its line. `last` is where the order before it rests. Answers where this one does.
    fn decode_order(&mut self, last: Option<(OrderSide, Ticks)>, from: &mut Reader<'_>) -> Result<(OrderSide, Ticks), WireError> {
        let at = from.at();
        let refused = |what| WireError::Value { at, what };
        let (side, price, place) = <(OrderSide, Ticks, u32)>::read(from)?;
        let (account, lots) = <(AccountId, Lots)>::read(from)?;
        let follows = last.is_none_or(|(before, nearer)| match (before, side) {
            (OrderSide::Buy, OrderSide::Buy) => price <= nearer,
            (OrderSide::Sell, OrderSide::Sell) => price >= nearer,
            (OrderSide::Buy, OrderSide::Sell) => self.crossed(side, price).is_none(),
            (OrderSide::Sell, OrderSide::Buy) => false,
        });
        if !follows {
            return Err(refused("price of an order: bids must fall, then asks rise above them"));
        }
        if lots == Lots::ZERO || self.ladder.level(price).lots.checked_add(lots.raw()).is_none() {
            return Err(refused("lots of an order"));
        }
        let place = Place::new(place).ok_or(refused("place of an order"))?;
        self.slab.restore(place, Order { account, side, price, lots }).ok_or(refused("place of an order"))?;
        self.chain(place);
        Ok((side, price))
    }
}
