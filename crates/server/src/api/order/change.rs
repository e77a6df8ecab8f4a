//! Amending and cancelling.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Amendment, Command, OrderName, OrderRef};
use ringfence_engine::engine::Reply;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Price, Quantity};
use serde_json::json;

use super::name::named_order;
use super::read::{PriceMatch, on_precision, price_match, quantity};
use super::row::{FoundOrder, OrderRow};
use super::words::SIDES;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::{Family, Symbol};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::{Answer, Lane, World};
use crate::record::{OrderType, RecordedOrder, Stage};

/// Orders cancelled by one command when many go.
const MANY: usize = 50;

/// An amendment as asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) account: AccountId,
    pub(super) market: MarketId,
    family: Family,
    name: OrderName,
    side: OrderSide,
    quantity: Quantity,
    price: Result<Price, PriceMatch>,
}

/// `PUT /order`.
pub(super) async fn amend(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let wanted = wanted(&call.parameters, symbol, call.account()?)?;
    let answer = amend_one(&app, &call, wanted).await?;
    Success::of(&OrderRow::new(&answer.value, symbol)).map(|success| success.at(answer.index))
}

/// What an amendment asks for.
pub(super) fn wanted(parameters: &Parameters, symbol: &Symbol, account: AccountId) -> Result<Wanted, ApiError> {
    let unknown = ApiError::of(Code::UnknownOrder);
    let side = parameters.choice_or("side", &SIDES, ApiError::of(Code::InvalidSide))?;
    let price = match (parameters.price("price")?, price_match(parameters)?) {
        (Some(price), None) => Ok(on_precision(price, symbol)?),
        (None, Some(wanted)) => Err(wanted),
        (Some(_), Some(_)) => return Err(ApiError::not_required("price")),
        (None, None) => return Err(ApiError::mandatory("price")),
    };
    Ok(Wanted {
        account,
        market: symbol.market,
        family: symbol.family,
        name: named_order(parameters, ("orderId", "origClientOrderId"), &unknown)?,
        side: side.ok_or_else(|| ApiError::mandatory("side"))?,
        quantity: quantity(parameters, symbol)?,
        price,
    })
}

/// Amends one order.
pub(super) async fn amend_one(app: &App, call: &Call, wanted: Wanted) -> Result<Answer<FoundOrder>, ApiError> {
    let prepare = move |world: &World| wanted.command(world);
    let finish = move |world: &World, _: &Reply, _: &[_]| {
        let order = named(world, wanted.account, wanted.market, wanted.name);
        order.map(|order| FoundOrder::of(world, order)).ok_or_else(|| ApiError::of(Code::UnknownOrder))
    };
    app.execute(call, Lane::Normal, prepare, finish).await
}

impl Wanted {
    fn command(self, world: &World) -> Result<Command, ApiError> {
        let order = open(world, self.account, self.market, self.name)?;
        if order.order_type() != OrderType::Limit {
            return Err(ApiError::of(Code::AmendOnlyLimit));
        }
        if order.placed.side != self.side {
            return Err(ApiError::of(Code::InvalidSide));
        }
        let reference = OrderRef { account: self.account, market: self.market, name: OrderName::Id(order.order) };
        // A quantity that has filled already leaves nothing: the order is cancelled.
        if self.quantity <= order.executed {
            return Ok(Command::Cancel(reference));
        }
        let price = match self.price {
            Ok(price) => price,
            Err(wanted) => wanted.price(world, &order.placed)?,
        };
        if order.price == Some(price) && order.quantity == self.quantity {
            return Err(ApiError::filled(Code::NoNeedToAmend, self.family, &[]));
        }
        Ok(Command::Amend(Amendment { order: reference, price, quantity: self.quantity }))
    }
}

/// An order of an account by its name.
pub(super) fn named(world: &World, account: AccountId, market: MarketId, name: OrderName) -> Option<&RecordedOrder> {
    let order = match name {
        OrderName::Id(order) => world.record().order(market, order),
        OrderName::Client(name) => world.record().order_named(account, &name),
    };
    order.filter(|order| order.account() == account && order.market() == market)
}

/// Whether an order is one at all, and not a conditional one that was never triggered.
pub(super) fn is_order(order: &RecordedOrder) -> bool {
    order.conditional().is_none() || order.triggered.is_some()
}

/// An open order that is not waiting for a trigger. Others' orders are as unknown as those that never were.
fn open(world: &World, account: AccountId, market: MarketId, name: OrderName) -> Result<&RecordedOrder, ApiError> {
    let order = named(world, account, market, name).filter(|order| order.is_open() && order.stage != Stage::Waiting);
    order.ok_or_else(|| ApiError::of(Code::UnknownOrder))
}

/// `DELETE /order`.
pub(super) async fn cancel(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market) = (call.account()?, symbol.market);
    let name = named_order(&call.parameters, ("orderId", "origClientOrderId"), &ApiError::of(Code::UnknownOrder))?;
    let prepare = move |world: &World| {
        let order = open(world, account, market, name)?.order;
        Ok(Command::Cancel(OrderRef { account, market, name: OrderName::Id(order) }))
    };
    let finish = move |world: &World, _: &Reply, _: &[_]| {
        let order = named(world, account, market, name).ok_or_else(|| ApiError::of(Code::UnknownOrder))?;
        Ok(FoundOrder::of(world, order))
    };
    let answer = app.execute(&call, Lane::Protected, prepare, finish).await?;
    Success::of(&OrderRow::new(&answer.value, symbol)).map(|success| success.at(answer.index))
}

/// Which orders go when all go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those in the book.
    Orders,
    /// Those that wait for a trigger.
    Conditional,
}

/// `DELETE /allOpenOrders`.
pub(super) async fn cancel_all(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    cancel_every(&app, &call, Which::Orders).await
}

/// Cancels all orders of one kind in a market, so many a command.
pub(super) async fn cancel_every(app: &App, call: &Call, which: Which) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol(call)?.market);
    let mut index = None;
    loop {
        let prepare = move |world: &World| {
            let orders = to_cancel(world, account, market, which);
            if orders.is_empty() { Err(nothing_left()) } else { Ok(Command::CancelBatch(orders)) }
        };
        match app.execute(call, Lane::Protected, prepare, |_, _, _| Ok(())).await {
            Ok(answer) => index = answer.index,
            Err(error) if error == nothing_left() => break,
            Err(error) => return Err(error),
        }
    }
    let done = json!({"code": 200, "msg": "The operation of cancel all open order is done."});
    Success::of(&done).map(|success| success.at(index))
}

/// Never reaches a client: it ends the loop above.
fn nothing_left() -> ApiError {
    ApiError::saying(Code::UnknownOrder, "nothing is left to cancel")
}

fn to_cancel(world: &World, account: AccountId, market: MarketId, which: Which) -> Vec<OrderRef> {
    let orders = world.record().open_orders(account, Some(market)).into_iter();
    let wanted = orders.filter(|order| (order.stage == Stage::Waiting) == (which == Which::Conditional));
    wanted.take(MANY).map(|order| OrderRef { account, market, name: OrderName::Id(order.order) }).collect()
}

/// `POST /countdownCancelAll`.
pub(super) async fn countdown(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market) = (call.account()?, symbol.market);
    let after_ms = call.parameters.need("countdownTime", Parameters::unsigned)?;
    let prepare = move |_: &World| Ok(Command::CountdownCancel { account, market, after_ms });
    let answer = app.execute(&call, Lane::Protected, prepare, |_, _, _| Ok(())).await?;
    let body = json!({"symbol": symbol.symbol, "countdownTime": after_ms.to_string()});
    Success::of(&body).map(|success| success.at(answer.index))
}

/// A number of an order as the batch endpoints name it.
pub(super) const fn by_number(number: u64) -> OrderName {
    OrderName::Id(OrderId(number))
}
