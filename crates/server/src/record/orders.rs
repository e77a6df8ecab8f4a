//! All orders: each stays where it was put when it was accepted, and becomes an entry of the log when it is finished.

use std::collections::BTreeSet;

use ringfence_engine::book::{AccountId, Lots, Ticks};
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::{NewOrder, OrderKind};
use ringfence_engine::event::OrderEnd;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::time::Time;
use ringfence_risk::contract::Contract;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Notional, Price, Quantity};
use serde::{Deserialize, Serialize, Serializer};

use super::limits::RecordLimits;
use super::log::{AccountLog, index};
use super::names::{Key, Names, Places};
use super::order::{RecordedOrder, Stage, broken, price_of, quantity_of};
use super::window::Window;

/// All orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub(super) struct Orders {
    /// Where open orders are held, by market and by the place that their number names, which no two open orders share.
    open: Open,
    /// The open orders of each account.
    open_of: Vec<BTreeSet<(u16, u64)>>,
    log: AccountLog<RecordedOrder>,
    /// Where a finished order lies in the log.
    #[serde(skip)]
    places: Places,
    /// Which order a client id names.
    #[serde(serialize_with = "named_orders")]
    names: Names,
}

type Open = Vec<Vec<Option<u32>>>;

/// What of it is in a snapshot: the rest follows from the orders.
#[derive(Deserialize)]
struct Kept {
    open: Open,
    open_of: Vec<BTreeSet<(u16, u64)>>,
    log: AccountLog<RecordedOrder>,
    /// Where the orders are kept that names mean.
    names: Vec<u32>,
}

fn named_orders<S: Serializer>(names: &Names, serializer: S) -> Result<S::Ok, S::Error> {
    names.places().serialize(serializer)
}

impl From<Kept> for Orders {
    fn from(Kept { open, open_of, log, names: named }: Kept) -> Self {
        let (mut places, mut names) = (Places::default(), Names::default());
        for (place, order) in log.places().filter(|(_, order)| !order.is_open()) {
            places.insert(Key(order.market(), order.order), place);
        }
        for place in named {
            if let Some((account, name)) = log.get(place).and_then(|order| Some((order.account(), order.placed.client_id?))) {
                names.insert((account, &name), place, |_| false);
            }
        }
        Self { open, open_of, log, places, names }
    }
}

fn open_place(open: &Open, Key(market, order): Key) -> Option<u32> {
    *open.get(usize::from(market.0))?.get(index(order.place()))?
}

/// An order, open or finished.
fn find<'a>((open, log, places): (&Open, &'a AccountLog<RecordedOrder>, &Places), key: Key) -> Option<&'a RecordedOrder> {
    let at = |place: u32| log.get(place).filter(|found| Key(found.market(), found.order) == key);
    open_place(open, key).and_then(at).or_else(|| places.get(key).and_then(at))
}

/// Whether an order has this name.
fn has_name(order: Option<&RecordedOrder>, (account, name): (AccountId, &ClientOrderId)) -> bool {
    order.is_some_and(|order| order.account() == account && order.placed.client_id.as_ref() == Some(name))
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
            log: AccountLog::new(limits.orders),
            places: Places::default(),
            names: Names::default(),
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
        let account = index(placed.account.0);
        if account >= self.open_of.len() {
            self.open_of.resize_with(account + 1, BTreeSet::new);
        }
        self.open_of[account].insert(key);
        let held = self.log.hold(placed.account, recorded);
        if let Some(name) = &placed.client_id {
            let (name, log) = ((placed.account, name), &self.log);
            self.names.insert(name, held, |known| has_name(log.get(known), name));
        }
        *self.place_mut(placed.market, order) = Some(held);
    }

    /// The place of an open order, made where there is none yet.
    fn place_mut(&mut self, market: MarketId, order: OrderId) -> &mut Option<u32> {
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

    /// An open order that changes now.
    pub(super) fn change(&mut self, market: MarketId, order: OrderId, now: Time) -> &mut RecordedOrder {
        let held = open_place(&self.open, Key(market, order));
        let found = held.and_then(|held| self.log.get_mut(held)).filter(|found| found.order == order);
        let found = found.unwrap_or_else(|| broken("a change of an order that is not open"));
        found.updated = now;
        found
    }

    /// An order is gone: it becomes an entry of the log. Answers where it was.
    pub(super) fn end(&mut self, market: MarketId, order: OrderId, end: OrderEnd, now: Time) -> Spot {
        let ended = self.change(market, order, now);
        let (spot, account) = (Spot::of(ended), ended.account());
        (ended.stage, ended.left) = (Stage::Ended(end), Quantity::ZERO);
        if let Some(open) = self.open_of.get_mut(index(account.0)) {
            open.remove(&(market.0, order.0));
        }
        if let Some(place) = self.place_mut(market, order).take() {
            if let Some(gone) = self.log.add_held(place) {
                self.forget(&gone);
            }
            self.places.insert(Key(market, order), place);
        }
        spot
    }

    fn forget(&mut self, gone: &RecordedOrder) {
        let place = self.places.remove(Key(gone.market(), gone.order));
        if let (Some(place), Some(name)) = (place, &gone.placed.client_id) {
            self.names.remove((gone.account(), name), place);
        }
    }

    /// An order, open or finished.
    pub(super) fn get(&self, market: MarketId, order: OrderId) -> Option<&RecordedOrder> {
        self.find(Key(market, order))
    }

    fn find(&self, key: Key) -> Option<&RecordedOrder> {
        find((&self.open, &self.log, &self.places), key)
    }

    pub(super) fn named(&self, account: AccountId, name: &ClientOrderId) -> Option<&RecordedOrder> {
        let name = (account, name);
        self.log.get(self.names.get(name, |place| has_name(self.log.get(place), name))?)
    }

    pub(super) fn open_of(&self, account: AccountId, market: Option<MarketId>) -> Vec<&RecordedOrder> {
        let wanted = self.open_of.get(index(account.0)).into_iter().flatten();
        let wanted = wanted.filter(|(of, _)| market.is_none_or(|market| market.0 == *of));
        let mut found: Vec<_> = wanted.filter_map(|(market, order)| self.find(Key(MarketId(*market), OrderId(*order)))).collect();
        found.sort_unstable_by_key(|found| (found.order, found.market()));
        found
    }

    pub(super) fn all_of(&self, account: AccountId, market: Option<MarketId>, window: &Window) -> Vec<&RecordedOrder> {
        let finished = self.log.of(account).filter(|found| market.is_none_or(|market| market == found.market()));
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
