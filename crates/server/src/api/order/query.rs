//! Asking for orders.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::OrderName;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::time::Time;
use serde::Serialize;

use super::change::{is_order, named};
use super::name::{OrderLabel, named_order};
use super::row::{FoundOrder, OrderRow};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, WEEK_MS, cut, window};
use crate::api::text::Decimal;
use crate::edge::error::{ApiError, Code};
use crate::exchange::World;
use crate::record::{ForcedOrder, RecordedOrder, Stage, Window};

/// `GET /order`.
pub(super) async fn order(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    one(&app, &call, is_order).await
}

/// `GET /openOrder`.
pub(super) async fn open_order(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    one(&app, &call, is_in_book).await
}

async fn one(app: &App, call: &Call, counts: fn(&RecordedOrder) -> bool) -> Result<Success, ApiError> {
    let symbol = app.symbol(call)?;
    let (account, market) = (call.account()?, symbol.market);
    let unknown = || ApiError::of(Code::NoSuchOrder);
    let name = named_order(&call.parameters, ("orderId", "origClientOrderId"), &unknown())?;
    let found = app
        .read(move |world| {
            let order = named(world, account, market, name).map(|order| FoundOrder::of(world, order));
            let order = order.or_else(|| forced(world, account, market, name));
            order.filter(|found| counts(&found.order)).ok_or_else(unknown)
        })
        .await?;
    Success::of(&OrderRow::new(&found, symbol))
}

/// A part of a position that was closed by force, by the name of its order; where several have one, the latest.
fn forced(world: &World, account: AccountId, market: MarketId, name: OrderName) -> Option<FoundOrder> {
    let is_it = |forced: &&&ForcedOrder| match name {
        OrderName::Id(order) => forced.number() == order.0,
        OrderName::Client(name) => forced.is_named(name.as_str()),
    };
    let all = world.record().forced_orders(account, Some(market), &Window::ALL);
    all.iter().rfind(is_it).and_then(|forced| FoundOrder::of_forced(world, forced))
}

/// Whether an order rests in the book.
fn is_in_book(order: &RecordedOrder) -> bool {
    order.is_open() && order.stage != Stage::Waiting
}

/// `GET /openOrders`.
pub(super) async fn open_orders(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = app.symbol_if_given(&call)?.map(|symbol| symbol.market);
    let account = call.account()?;
    let found = app
        .read(move |world| {
            let orders = world.record().open_orders(account, market).into_iter();
            Ok(orders.filter(|order| is_in_book(order)).map(|order| FoundOrder::of(world, order)).collect::<Vec<_>>())
        })
        .await?;
    rows(&app, &call, &found)
}

/// `GET /allOrders`.
pub(super) async fn all_orders(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = app.symbol_if_given(&call)?.map(|symbol| symbol.market);
    let account = call.account()?;
    let window = window(&call.parameters, &history_of("orderId", 500, 1_000))?;
    let (catalog, family) = (Arc::clone(&app.catalog), call.family);
    let counts = move |order: &RecordedOrder| is_order(order) && catalog.is_of(order.market(), family);
    let (of_family, family_catalog) = (call.family, Arc::clone(&app.catalog));
    let is_ours = move |forced: &ForcedOrder| family_catalog.is_of(forced.market, of_family);
    let found = app.read(move |world| Ok(every(world, (account, market), &window, (counts, is_ours)))).await?;
    rows(&app, &call, &found)
}

/// An order that was placed, or one of a liquidation.
enum Any<'a> {
    Placed(&'a RecordedOrder),
    Forced(&'a ForcedOrder),
}

impl Any<'_> {
    /// Where it stands among the orders of its market, and of all within a millisecond.
    const fn place(&self) -> (Time, u64, u64) {
        match self {
            Self::Placed(order) => (order.created, order.order.0, 0),
            Self::Forced(forced) => (forced.time, forced.follows.order, forced.id),
        }
    }

    const fn key(&self) -> (u64, Time) {
        match self {
            Self::Placed(order) => (order.order.0, order.created),
            Self::Forced(forced) => (forced.number(), forced.time),
        }
    }
}

/// All orders of a history, in the order in which they began; `orderId` says after which of its own kind it goes on.
fn every(
    world: &World,
    (account, market): (AccountId, Option<MarketId>),
    window: &Window,
    (counts, is_ours): (impl Fn(&RecordedOrder) -> bool, impl Fn(&ForcedOrder) -> bool),
) -> Vec<FoundOrder> {
    let placed = world.record().orders(account, market, &Window::ALL).into_iter().filter(|order| counts(order));
    let forced = world.record().forced_orders(account, market, &Window::ALL).into_iter().filter(|forced| is_ours(forced));
    let mut all: Vec<Any<'_>> = placed.map(Any::Placed).chain(forced.map(Any::Forced)).collect();
    all.sort_by_key(Any::place);
    let mut window = *window;
    if let (None, Some(from)) = (market, window.from) {
        // Numbers of several markets do not grow together.
        all.retain(|order| order.key().0 >= from);
        (window.from, window.start) = (None, window.start.or(Some(Time::from_ms(0))));
    }
    let wanted = window.go_on(all, Any::key).into_iter();
    let found = wanted.filter_map(|order| match order {
        Any::Placed(order) => Some(FoundOrder::of(world, order)),
        Any::Forced(forced) => FoundOrder::of_forced(world, forced),
    });
    found.collect()
}

/// Those orders of a list that belong to the API that was asked.
fn rows(app: &App, call: &Call, found: &[FoundOrder]) -> Result<Success, ApiError> {
    let rows = found.iter().filter_map(|found| {
        let symbol = app.catalog.get(found.order.market()).filter(|symbol| symbol.family == call.family)?;
        Some(OrderRow::new(found, symbol))
    });
    Success::of(&rows.collect::<Vec<_>>())
}

/// The histories of orders, by the number that a page begins with.
pub(super) const fn history_of(from: &'static str, default: usize, most: usize) -> Bounds {
    Bounds { from: Some(from), default, most, longest_ms: Some(WEEK_MS) }
}

/// The orders of a history that an API shows: first those that count, then so many of them, so that a page is full while there are more.
pub(super) fn page(
    world: &World,
    (account, market): (AccountId, Option<MarketId>),
    window: &Window,
    counts: impl Fn(&RecordedOrder) -> bool,
) -> Vec<FoundOrder> {
    let all = Window { limit: usize::MAX, page: None, ..*window };
    let orders = world.record().orders(account, market, &all).into_iter();
    let wanted = orders.filter(|order| counts(order)).collect();
    cut(wanted, window).into_iter().map(|order| FoundOrder::of(world, order)).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AmendmentRow<'a> {
    amendment_id: u64,
    symbol: &'a str,
    pair: &'a str,
    order_id: u64,
    client_order_id: OrderLabel,
    time: u64,
    amendment: Changes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    price: Change,
    orig_qty: Change,
    count: u64,
}

#[derive(Serialize)]
struct Change {
    before: Decimal,
    after: Decimal,
}

/// `GET /orderAmendment`.
pub(super) async fn amendments(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market) = (call.account()?, symbol.market);
    let order = call.parameters.unsigned("orderId")?.map(OrderId);
    let window = window(&call.parameters, &history_of("fromId", 50, 100))?;
    let found = app.read(move |world| Ok(found_amendments(world, (account, market), order, &window))).await?;
    let digits = |precision: u32| u8::try_from(precision).unwrap_or(u8::MAX);
    let (price, quantity) = (digits(symbol.price_precision), digits(symbol.quantity_precision));
    let rows = found.iter().map(|(amendment, label)| AmendmentRow {
        amendment_id: amendment.id,
        symbol: &symbol.symbol,
        pair: &symbol.pair,
        order_id: amendment.order.0,
        client_order_id: *label,
        time: amendment.time.ms(),
        amendment: Changes {
            price: Change {
                before: Decimal::new(amendment.before.price.wide(), price),
                after: Decimal::new(amendment.after.price.wide(), price),
            },
            orig_qty: Change {
                before: Decimal::new(amendment.before.quantity.wide(), quantity),
                after: Decimal::new(amendment.after.quantity.wide(), quantity),
            },
            count: u64::from(amendment.count),
        },
    });
    Success::of(&rows.collect::<Vec<_>>())
}

fn found_amendments(
    world: &World,
    (account, market): (AccountId, MarketId),
    order: Option<OrderId>,
    window: &Window,
) -> Vec<(crate::record::RecordedAmendment, OrderLabel)> {
    let amendments = world.record().amendments(account, Some(market), window).into_iter();
    let wanted = amendments.filter(|amendment| order.is_none_or(|order| amendment.order == order));
    let labelled = wanted.map(|amendment| {
        let order = world.record().order(market, amendment.order);
        (*amendment, order.map_or(OrderLabel::Number(amendment.order), OrderLabel::of))
    });
    labelled.collect()
}
