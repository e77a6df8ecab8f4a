//! Conditional orders.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Lifetime, NewOrder, OrderKind, OrderName, OrderRef, Purpose, Trigger, Triggered};
use ringfence_engine::conditional::{Callback, WatchedPrice};
use ringfence_engine::engine::Reply;
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{MarkPrice, Price, Quantity, Rate};
use serde_json::json;

use super::algo_id::{AlgoId, AlgoLabel, Within};
use super::algo_row::AlgoRow;
use super::change::{Which, cancel_every};
use super::name::new_client_id;
use super::place::found;
use super::query::{history_of, page};
use super::read::{check_mode, common, lane, lifetime, on_precision, price_match, quantity};
use super::row::FoundOrder;
use super::words::{CONDITIONAL_TYPES, WORKING_TYPES};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{page_number, window};
use crate::boot::{Catalog, Family, Symbol};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::{Lane, World};
use crate::record::{OrderType, RecordedOrder, Stage};

/// `POST /algoOrder`.
pub(super) async fn place(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let order = conditional(&call.parameters, symbol, call.account()?)?;
    let market = symbol.market;
    let prepare = move |world: &World| check(world, &order).map(|()| Command::Place(order));
    let finish = move |world: &World, reply: &Reply, _: &[_]| match reply {
        Reply::Order(reply) => found(world, market, reply),
        Reply::Done
        | Reply::Account(_)
        | Reply::Asset(_)
        | Reply::Market(_)
        | Reply::Orders(_)
        | Reply::Cancelled(_)
        | Reply::Leverage(_)
        | Reply::Margin(_)
        | Reply::MarginMode(_) => Err(ApiError::of(Code::Unknown)),
    };
    let answer = app.execute(&call, lane(&order), prepare, finish).await?;
    let row = AlgoRow::new(&answer.value, symbol).ok_or_else(|| ApiError::of(Code::Unknown))?;
    Success::of(&row).map(|success| success.at(answer.index))
}

/// A conditional order as asked for.
pub(super) fn conditional(parameters: &Parameters, symbol: &Symbol, account: AccountId) -> Result<NewOrder, ApiError> {
    if parameters.get("algoType").is_some_and(|kind| kind != "CONDITIONAL") {
        return Err(ApiError::invalid("algoType"));
    }
    let common = common(parameters)?;
    let kind = parameters.choice_or("type", &CONDITIONAL_TYPES, ApiError::of(Code::InvalidOrderType))?;
    let kind = kind.ok_or_else(|| ApiError::mandatory("type"))?;
    let purpose = purpose(parameters, kind)?;
    if parameters.boolean("priceProtect")? == Some(true) {
        return Err(ApiError::saying(
            Code::InvalidParameter,
            "Data sent for parameter 'priceProtect' is not valid: price protection is not offered.",
        ));
    }
    if price_match(parameters)?.is_some() {
        return Err(ApiError::saying(
            Code::InvalidParameter,
            "Data sent for parameter 'priceMatch' is not valid: not offered for conditional orders.",
        ));
    }
    let quantity = match purpose {
        Purpose::ClosePosition => Quantity::ZERO,
        Purpose::Any | Purpose::ReduceOnly => quantity(parameters, symbol)?,
    };
    let watched = parameters.choice("workingType", &WORKING_TYPES)?.unwrap_or(WatchedPrice::Last);
    Ok(NewOrder {
        account,
        market: symbol.market,
        side: common.side,
        position_side: common.position_side,
        quantity,
        kind: OrderKind::Conditional {
            watched,
            trigger: trigger(parameters, symbol, kind)?,
            then: then(parameters, symbol, kind)?,
        },
        purpose,
        self_trade: common.self_trade,
        client_id: new_client_id(parameters, "clientAlgoId")?,
    })
}

/// What of a conditional order depends on the state: the mode, and on which side of the watched price a trailing stop begins.
///
/// # Errors
/// −1106 for `reduceOnly` in hedge mode; −4135 for an activation below the price for a sell, above it for a buy.
pub(super) fn check(world: &World, order: &NewOrder) -> Result<(), ApiError> {
    check_mode(world, order)?;
    let OrderKind::Conditional { watched, trigger: Trigger::Trailing { activation: Some(activation), .. }, .. } = order.kind
    else {
        return Ok(());
    };
    let market = world.state().market(order.market);
    let now = market.and_then(|market| match watched {
        WatchedPrice::Last => market.last().or_else(|| market.mark().map(MarkPrice::as_price)),
        WatchedPrice::Mark => market.mark().map(MarkPrice::as_price),
    });
    let fits = now.is_none_or(|now| match order.side {
        OrderSide::Sell => activation >= now,
        OrderSide::Buy => activation <= now,
    });
    if fits { Ok(()) } else { Err(ApiError::of(Code::InvalidActivationPrice)) }
}

fn purpose(parameters: &Parameters, kind: OrderType) -> Result<Purpose, ApiError> {
    let closes = parameters.boolean("closePosition")? == Some(true);
    let reduces = parameters.boolean("reduceOnly")? == Some(true);
    if !closes {
        return Ok(if reduces { Purpose::ReduceOnly } else { Purpose::Any });
    }
    if !matches!(kind, OrderType::StopMarket | OrderType::TakeProfitMarket) {
        return Err(ApiError::invalid("closePosition"));
    }
    if parameters.quantity("quantity")?.is_some_and(|quantity| quantity != Quantity::ZERO) {
        return Err(ApiError::of(Code::ClosePositionQuantity));
    }
    if reduces { Err(ApiError::not_required("reduceOnly")) } else { Ok(Purpose::ClosePosition) }
}

/// What sets it off. Clients of before the conditional orders moved say `stopPrice`.
fn trigger(parameters: &Parameters, symbol: &Symbol, kind: OrderType) -> Result<Trigger, ApiError> {
    let price = || -> Result<Price, ApiError> {
        let given = parameters.price("triggerPrice")?.or(parameters.price("stopPrice")?);
        on_precision(given.ok_or_else(|| ApiError::mandatory("triggerPrice"))?, symbol)
    };
    match kind {
        OrderType::Stop | OrderType::StopMarket => price().map(Trigger::Stop),
        OrderType::TakeProfit | OrderType::TakeProfitMarket => price().map(Trigger::TakeProfit),
        OrderType::TrailingStopMarket | OrderType::TrailingStopLimit | OrderType::Limit | OrderType::Market => {
            let activation = parameters.price("activatePrice")?.or(parameters.price("activationPrice")?);
            let activation = activation.map(|price| on_precision(price, symbol)).transpose()?;
            Ok(Trigger::Trailing { callback: callback(parameters)?, activation })
        }
    }
}

/// The distance of a trailing stop: percent on the wire.
fn callback(parameters: &Parameters) -> Result<Rate, ApiError> {
    let range =
        || ApiError::saying(Code::InvalidParameter, "Data sent for parameter 'callbackRate' is not valid: must be 0.1 to 20.");
    let rate = parameters.percent("callbackRate")?.ok_or_else(|| ApiError::mandatory("callbackRate"))?;
    Callback::new(rate).map(Callback::rate).map_err(|_| range())
}

fn then(parameters: &Parameters, symbol: &Symbol, kind: OrderType) -> Result<Triggered, ApiError> {
    match kind {
        OrderType::Stop | OrderType::TakeProfit => {
            let price = on_precision(parameters.need("price", Parameters::price)?, symbol)?;
            Ok(Triggered::Limit { price, lifetime: lifetime(parameters)?.unwrap_or(Lifetime::GoodTillCancel) })
        }
        OrderType::StopMarket
        | OrderType::TakeProfitMarket
        | OrderType::TrailingStopMarket
        | OrderType::TrailingStopLimit
        | OrderType::Limit
        | OrderType::Market => Ok(Triggered::Market),
    }
}

/// `GET /algoOrder`.
pub(super) async fn query(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let account = call.account()?;
    let unknown = || ApiError::of(Code::NoSuchOrder);
    let name = AlgoLabel::read(&call.parameters, &unknown())?;
    let (market, family, catalog) = asked_within(&app, &call)?;
    let found = app
        .read(move |world| {
            let within = Within { catalog: &catalog, family, market };
            let order = name.find(world, account, &within).ok_or_else(unknown)?;
            Ok(FoundOrder::of(world, order))
        })
        .await?;
    let symbol = app.catalog.get(found.order.market());
    let row = symbol.and_then(|symbol| AlgoRow::new(&found, symbol)).ok_or_else(unknown)?;
    Success::of(&row)
}

/// Where a call asks for conditional orders: the market it names, its interface, all markets.
fn asked_within(app: &App, call: &Call) -> Result<(Option<MarketId>, Family, Arc<Catalog>), ApiError> {
    let market = app.symbol_if_given(call)?.map(|symbol| symbol.market);
    Ok((market, call.family, Arc::clone(&app.catalog)))
}

/// `DELETE /algoOrder`.
pub(super) async fn cancel(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let account = call.account()?;
    let unknown = || ApiError::of(Code::UnknownOrder);
    let name = AlgoLabel::read(&call.parameters, &unknown())?;
    let (market, family, catalog) = asked_within(&app, &call)?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let prepare = move |world: &World| {
        let within = Within { catalog: &catalog, family, market };
        let order = name.find(world, account, &within).filter(|order| order.stage == Stage::Waiting).ok_or_else(unknown)?;
        // Whoever asked may be gone.
        let _ = sender.send((AlgoId::of(order), AlgoLabel::of(order)));
        Ok(Command::Cancel(OrderRef { account, market: order.market(), name: OrderName::Id(order.order) }))
    };
    let answer = app.execute(&call, Lane::Protected, prepare, |_, _, _| Ok(())).await?;
    let (number, label) = receiver.await.map_err(|_| ApiError::of(Code::Unknown))?;
    let body = json!({"algoId": number, "clientAlgoId": label, "code": "200", "msg": "success"});
    Success::of(&body).map(|success| success.at(answer.index))
}

/// `DELETE /algoOpenOrders`.
pub(super) async fn cancel_all(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    cancel_every(&app, &call, Which::Conditional).await
}

/// `GET /openAlgoOrders`.
pub(super) async fn open_orders(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = app.symbol_if_given(&call)?.map(|symbol| symbol.market);
    let (account, number) = (call.account()?, call.parameters.unsigned("algoId")?.map(AlgoId::sent));
    let found = app
        .read(move |world| {
            let orders = world.record().open_orders(account, market).into_iter();
            let wanted =
                orders.filter(|order| order.stage == Stage::Waiting && number.is_none_or(|number| AlgoId::of(order) == number));
            Ok(wanted.map(|order| FoundOrder::of(world, order)).collect::<Vec<_>>())
        })
        .await?;
    rows(&app, &call, &found)
}

/// `GET /allAlgoOrders`.
pub(super) async fn all_orders(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let account = call.account()?;
    let mut window = window(&call.parameters, &history_of("algoId", 500, 1_000))?;
    let from = window.from.map(AlgoId::sent);
    window.from = from.map(AlgoId::least_order);
    window.page = page_number(&call.parameters)?;
    let (market, family, catalog) = asked_within(&app, &call)?;
    let found = app
        .read(move |world| {
            let within = Within { catalog: &catalog, family, market };
            let counts = |order: &RecordedOrder| within.has(order) && from.is_none_or(|from| AlgoId::of(order) >= from);
            Ok(page(world, (account, market), &window, counts))
        })
        .await?;
    rows(&app, &call, &found)
}

fn rows(app: &App, call: &Call, found: &[FoundOrder]) -> Result<Success, ApiError> {
    let rows = found.iter().filter_map(|found| {
        let symbol = app.catalog.get(found.order.market()).filter(|symbol| symbol.family == call.family)?;
        AlgoRow::new(found, symbol)
    });
    Success::of(&rows.collect::<Vec<_>>())
}
