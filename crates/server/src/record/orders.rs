//! All orders: the open ones where the engine keeps them, the finished ones in a log.

use std::collections::{BTreeSet, HashMap};

use ringfence_engine::book::{AccountId, Lots, Ticks};
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::{NewOrder, OrderKind};
use ringfence_engine::event::OrderEnd;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::time::Time;
use ringfence_risk::contract::Contract;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Notional, Price, Quantity};
use serde::{Deserialize, Serialize};

use super::limits::RecordLimits;
use super::log::{AccountLog, index};
use super::order::{RecordedOrder, Stage, broken, price_of, quantity_of};
use super::pairs;
use super::raw::Raw;
use super::window::Window;

/// An order of the exchange: numbers are a market's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key(MarketId, OrderId);

impl Raw for Key {
    type Form = (u16, u64);
    fn to_form(&self) -> Self::Form {
        (self.0.0, self.1.0)
    }
    fn of_form((market, order): Self::Form) -> Option<Self> {
        Some(Self(MarketId(market), OrderId(order)))
    }
}

/// An order as its owner named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name(AccountId, ClientOrderId);

impl Raw for Name {
    type Form = (u32, String);
    fn to_form(&self) -> Self::Form {
        (self.0.0, self.1.to_form())
    }
    fn of_form((account, name): Self::Form) -> Option<Self> {
        Some(Self(AccountId(account), ClientOrderId::of_form(name)?))
    }
}

/// All orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Orders {
    /// Open orders by market and by the place that their number names, which no two open orders share.
    open: Vec<Vec<Option<RecordedOrder>>>,
    /// The open orders of each account.
    open_of: Vec<BTreeSet<(u16, u64)>>,
    finished: AccountLog<RecordedOrder>,
    /// Where a finished order lies in the log.
    #[serde(with = "pairs")]
    places: HashMap<Key, u32>,
    /// Which order a client id names.
    #[serde(with = "pairs")]
    names: HashMap<Name, (u16, u64)>,
}

/// Where an order is, and in which book it lies if it rests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) stage: Stage,
    pub(super) side: OrderSide,
    pub(super) ticks: Ticks,
}

impl Spot {
    pub(super) const fn of(order: &RecordedOrder) -> Self {
        Self { stage: order.stage, side: order.placed.side, ticks: order.ticks }
    }
}

impl Orders {
    pub(super) fn new(limits: &RecordLimits) -> Self {
        Self {
            open: Vec::new(),
            open_of: Vec::new(),
            finished: AccountLog::new(limits.orders),
            places: HashMap::new(),
            names: HashMap::new(),
        }
    }

    pub(super) fn accept(
        &mut self,
        (order, lots, ticks): (OrderId, Lots, Ticks),
        placed: &NewOrder,
        contract: &Contract,
        now: Time,
    ) {
        let quantity = quantity_of(contract, lots);
        let mut recorded = RecordedOrder {
            order,
            placed: *placed,
            price: None,
            quantity,
            executed: Quantity::ZERO,
            left: quantity,
            executed_value: Notional::ZERO,
            stage: if matches!(placed.kind, OrderKind::Conditional { .. }) { Stage::Waiting } else { Stage::Acting },
            triggered: None,
            created: now,
            updated: now,
            amendments: 0,
            ticks,
        };
        recorded.price = limit_of(&recorded, contract, ticks);
        let key = (placed.market.0, order.0);
        if let Some(name) = placed.client_id {
            self.names.insert(Name(placed.account, name), key);
        }
        let account = index(placed.account.0);
        if account >= self.open_of.len() {
            self.open_of.resize_with(account + 1, BTreeSet::new);
        }
        self.open_of[account].insert(key);
        *self.place_mut(placed.market, order) = Some(recorded);
    }

    /// The place of an open order, made where there is none yet.
    fn place_mut(&mut self, market: MarketId, order: OrderId) -> &mut Option<RecordedOrder> {
        let (market, place) = (usize::from(market.0), index(order.place()));
        if market >= self.open.len() {
            self.open.resize_with(market + 1, Vec::new);
        }
        let places = &mut self.open[market];
        if place >= places.len() {
            places.resize_with(place + 1, || None);
        }
        &mut places[place]
    }

    fn open_order(&self, market: MarketId, order: OrderId) -> Option<&RecordedOrder> {
        let found = self.open.get(usize::from(market.0))?.get(index(order.place()))?.as_ref();
        found.filter(|found| found.order == order)
    }

    /// An open order that changes now.
    pub(super) fn change(&mut self, market: MarketId, order: OrderId, now: Time) -> &mut RecordedOrder {
        let places = self.open.get_mut(usize::from(market.0));
        let found = places.and_then(|places| places.get_mut(index(order.place()))).and_then(Option::as_mut);
        match found.filter(|found| found.order == order) {
            Some(found) => {
                found.updated = now;
                found
            }
            None => broken("a change of an order that is not open"),
        }
    }

    /// An order is gone: it moves to the log. Answers where it was.
    pub(super) fn end(&mut self, market: MarketId, order: OrderId, end: OrderEnd, now: Time) -> Spot {
        let taken = self.place_mut(market, order).take().filter(|taken| taken.order == order);
        let Some(mut ended) = taken else { broken("an end of an order that is not open") };
        let spot = Spot::of(&ended);
        let key = Key(market, order);
        if let Some(open) = self.open_of.get_mut(index(ended.account().0)) {
            open.remove(&key.to_form());
        }
        (ended.stage, ended.left, ended.updated) = (Stage::Ended(end), Quantity::ZERO, now);
        let (place, gone) = self.finished.push(ended.account(), ended);
        if let Some(gone) = gone {
            self.forget(&gone);
        }
        self.places.insert(key, place);
        spot
    }

    fn forget(&mut self, gone: &RecordedOrder) {
        let key = Key(gone.market(), gone.order);
        self.places.remove(&key);
        if let Some(name) = gone.placed.client_id {
            let name = Name(gone.account(), name);
            if self.names.get(&name) == Some(&key.to_form()) {
                self.names.remove(&name);
            }
        }
    }

    /// An order, open or finished.
    pub(super) fn get(&self, market: MarketId, order: OrderId) -> Option<&RecordedOrder> {
        let finished = || self.places.get(&Key(market, order)).and_then(|place| self.finished.get(*place));
        self.open_order(market, order).or_else(finished)
    }

    pub(super) fn named(&self, account: AccountId, name: &ClientOrderId) -> Option<&RecordedOrder> {
        let (market, order) = *self.names.get(&Name(account, *name))?;
        self.get(MarketId(market), OrderId(order))
    }

    pub(super) fn open_of(&self, account: AccountId, market: Option<MarketId>) -> Vec<&RecordedOrder> {
        let wanted = self.open_of.get(index(account.0)).into_iter().flatten();
        let wanted = wanted.filter(|(of, _)| market.is_none_or(|market| market.0 == *of));
        let mut found: Vec<_> =
            wanted.filter_map(|(market, order)| self.open_order(MarketId(*market), OrderId(*order))).collect();
        found.sort_unstable_by_key(|found| (found.order, found.market()));
        found
    }

    pub(super) fn all_of(&self, account: AccountId, market: Option<MarketId>, window: &Window) -> Vec<&RecordedOrder> {
        let finished = self.finished.of(account).filter(|found| market.is_none_or(|market| market == found.market()));
        let mut all = self.open_of(account, market);
        all.extend(finished);
        all.sort_unstable_by_key(|found| (found.order, found.market()));
        window.select(all.into_iter(), |found| (found.order.0, found.created))
    }
}

/// The price to show: none for what is or becomes a market order.
pub(super) fn limit_of(order: &RecordedOrder, contract: &Contract, ticks: Ticks) -> Option<Price> {
    match order.becomes() {
        ringfence_engine::command::Triggered::Limit { .. } => Some(price_of(contract, ticks)),
        ringfence_engine::command::Triggered::Market => None,
    }
}
