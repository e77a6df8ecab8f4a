//! Open orders, and what is held for them.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{NewOrder, PositionSide, Purpose};
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Leverage, Side};

use crate::books::{Books, index};
use crate::exact::ceiling;
use crate::fact::LegKey;
use crate::terms::{Terms, fee, initial};

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It acts, or waits: nothing is held.
    Outside,
    /// In the book.
    Book,
}

/// An open order.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) placed: NewOrder,
    pub(crate) lots: u64,
    pub(crate) ticks: u32,
    pub(crate) place: Place,
    pub(crate) open_loss: BigInt,
    /// What is left of it at its price.
    pub(crate) value: BigInt,
}

/// All open orders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    open: BTreeMap<(MarketId, OrderId), Open>,
    of: BTreeMap<(AccountId, MarketId), BTreeSet<OrderId>>,
}

/// Quantity, value and open loss of some orders.
#[derive(Clone, Debug, Default)]
struct Sum {
    quantity: BigInt,
    value: BigInt,
    open_loss: BigInt,
}

impl Sum {
    fn add(&mut self, order: &Open, terms: &Terms) {
        self.quantity += terms.quantity(order.lots);
        self.value += &order.value;
        self.open_loss += &order.open_loss;
    }

    /// The part that opens when so much of the other side is closed first: pro rata, up.
    fn beyond(self, closes: &BigInt) -> Self {
        let opens = &self.quantity - closes;
        if !opens.is_positive() {
            return Self::default();
        }
        let part = |whole: &BigInt| ceiling(&(whole * &opens), &self.quantity);
        Self { value: part(&self.value), open_loss: part(&self.open_loss), quantity: opens }
    }
}

impl Orders {
    pub(crate) fn get(&self, market: MarketId, order: OrderId) -> Option<&Open> {
        self.open.get(&(market, order))
    }

    /// How many orders an account has open in a market.
    pub(crate) fn count(&self, account: AccountId, market: MarketId) -> usize {
        self.of.get(&(account, market)).map_or(0, BTreeSet::len)
    }

    pub(crate) fn insert(&mut self, order: OrderId, open: Open) {
        let market = open.placed.market;
        self.of.entry((open.placed.account, market)).or_default().insert(order);
        self.open.insert((market, order), open);
    }

    /// Changes an order and values what is left of it again.
    pub(crate) fn change(&mut self, market: MarketId, order: OrderId, terms: &Terms, change: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.get_mut(&(market, order)) {
            change(open);
            open.value = terms.fill_value(&terms.quantity(open.lots), &terms.price(open.ticks));
        }
    }

    pub(crate) fn remove(&mut self, market: MarketId, order: OrderId) {
        if let Some(open) = self.open.remove(&(market, order))
            && let Some(orders) = self.of.get_mut(&(open.placed.account, market))
        {
            orders.remove(&order);
        }
    }

    /// Resting orders that may open: buys and sells of one-way mode, and of the legs of hedge mode.
    fn gather(&self, terms: &Terms, account: AccountId, market: MarketId) -> [[Sum; 2]; 2] {
        let [mut one_way, mut hedge] = [[Sum::default(), Sum::default()], [Sum::default(), Sum::default()]];
        for order in self.of.get(&(account, market)).into_iter().flatten() {
            let Some(order) = self.open.get(&(market, *order)) else { continue };
            if order.place == Place::Outside || order.placed.purpose != Purpose::Any {
                continue;
            }
            match (order.placed.position_side, order.placed.side) {
                (PositionSide::Both, OrderSide::Buy) => one_way[0].add(order, terms),
                (PositionSide::Both, OrderSide::Sell) => one_way[1].add(order, terms),
                (PositionSide::Long, OrderSide::Buy) => hedge[0].add(order, terms),
                (PositionSide::Short, OrderSide::Sell) => hedge[1].add(order, terms),
                // These only close.
                (PositionSide::Long, OrderSide::Sell) | (PositionSide::Short, OrderSide::Buy) => {}
            }
        }
        [one_way, hedge]
    }

    /// Quantity, value and open loss of the resting buys and sells that may open.
    pub(crate) fn sums(&self, terms: &Terms, account: AccountId, market: MarketId) -> [[BigInt; 3]; 2] {
        let [[buys, sells], [long, short]] = self.gather(terms, account, market);
        [(buys, long), (sells, short)].map(|(one_way, hedge)| {
            [one_way.quantity + hedge.quantity, one_way.value + hedge.value, one_way.open_loss + hedge.open_loss]
        })
    }

    /// What is held for an account's orders in a market.
    pub(crate) fn hold(&self, books: &Books, account: AccountId, market: MarketId) -> BigInt {
        let Some(terms) = books.terms(market) else { return BigInt::zero() };
        let Some(settings) = books.settings.get(&(market, account)) else { return BigInt::zero() };
        if self.count(account, market) == 0 {
            return BigInt::zero();
        }
        let [[buys, sells], [long, short]] = self.gather(terms, account, market);
        let held = |side| books.legs.get(&LegKey { market, account: Some(account), side }).map(|leg| leg.quantity.clone());
        let buys = buys.beyond(&held(Side::Short).unwrap_or_default());
        let sells = sells.beyond(&held(Side::Long).unwrap_or_default());
        let worse =
            Sum { quantity: BigInt::zero(), value: buys.value.max(sells.value), open_loss: buys.open_loss.max(sells.open_loss) };
        one_side(terms, &worse, settings.leverage[index(Side::Long)])
            + one_side(terms, &long, settings.leverage[index(Side::Long)])
            + one_side(terms, &short, settings.leverage[index(Side::Short)])
    }
}

impl Orders {
    /// What is held for the orders of isolated legs: all, nothing, or that of one leg of a hedge.
    pub(crate) fn isolated_hold(&self, books: &Books, account: AccountId, market: MarketId) -> BigInt {
        let (Some(terms), Some(settings)) = (books.terms(market), books.settings.get(&(market, account))) else {
            return BigInt::zero();
        };
        let own = |side| {
            let [_, hedge] = self.gather(terms, account, market);
            one_side(terms, &hedge[index(side)], settings.leverage[index(side)])
        };
        match settings.mode {
            [MarginMode::Isolated, MarginMode::Isolated] => self.hold(books, account, market),
            [MarginMode::Cross, MarginMode::Cross] => BigInt::zero(),
            [MarginMode::Isolated, MarginMode::Cross] => own(Side::Long),
            [MarginMode::Cross, MarginMode::Isolated] => own(Side::Short),
        }
    }
}

/// Initial margin, the fee to open where the rule set wants it, and the open loss.
fn one_side(terms: &Terms, sum: &Sum, leverage: Leverage) -> BigInt {
    let charged = if terms.holds_fee() { fee(&sum.value, terms.taker) } else { BigInt::zero() };
    initial(&sum.value, leverage) + charged + &sum.open_loss
}
