//! Several orders in one request, each on its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, NewOrder, OrderName, OrderRef};
use ringfence_engine::engine::Reply;
use ringfence_engine::ids::MarketId;
use serde::Serialize;

use super::change::{Wanted, amend_one, by_number, named, wanted};
use super::name::label;
use super::place::found;
use super::read::{Draft, draft};
use super::row::{FoundOrder, OrderRow};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::Symbol;
use crate::edge::error::reject::{Asked, from_reject};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::{Lane, World};
use crate::record::Stage;

/// Orders in one request, as at Binance.
const MOST_PLACED: usize = 5;
/// Cancels in one request.
const MOST_CANCELLED: usize = 10;

type Each = Vec<Result<FoundOrder, ApiError>>;

#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Order(Box<OrderRow<'a>>),
    Error(serde_json::Value),
}

fn listed(call: &Call) -> Result<Vec<Parameters>, ApiError> {
    let orders = call.parameters.objects("batchOrders")?.ok_or_else(|| ApiError::mandatory("batchOrders"))?;
    if orders.is_empty() || orders.len() > MOST_PLACED { Err(ApiError::of(Code::BatchSize)) } else { Ok(orders) }
}

fn rows(app: &App, each: &Each) -> Result<Success, ApiError> {
    let row = |one: &Result<FoundOrder, ApiError>| match one {
        Ok(found) => {
            let symbol = app.catalog.get(found.order.market());
            symbol.map_or_else(
                || Row::Error(ApiError::of(Code::Unknown).body()),
                |symbol| Row::Order(Box::new(OrderRow::new(found, symbol))),
            )
        }
        Err(error) => Row::Error(error.body()),
    };
    // The rows borrow their symbols from the catalog.
    let rows: Vec<Row<'_>> = each.iter().map(row).collect();
    Success::of(&rows)
}

fn symbol_of<'a>(app: &'a App, call: &Call, order: &Parameters) -> Result<&'a Symbol, ApiError> {
    app.named(call, order.required("symbol")?)
}

/// `POST /batchOrders`.
pub(super) async fn place(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, family) = (call.account()?, call.family);
    let read = |order: &Parameters| draft(order, symbol_of(&app, &call, order)?, account);
    let drafts: Vec<Result<Draft, ApiError>> = listed(&call)?.iter().map(read).collect();
    if drafts.iter().all(Result::is_err) {
        return rows(&app, &drafts.into_iter().filter_map(Result::err).map(Err).collect());
    }
    let only_reduces = drafts.iter().flatten().all(|draft| draft.lane() == Lane::Protected);
    let lane = if only_reduces { Lane::Protected } else { Lane::Normal };
    // What the drafts become depends on the book: known when the command is made, and needed when it is answered.
    let slot: Arc<Mutex<Vec<Result<NewOrder, ApiError>>>> = Arc::default();
    let kept = Arc::clone(&slot);
    let prepare = move |world: &World| {
        let resolved: Vec<_> = drafts.into_iter().map(|draft| draft.and_then(|draft| draft.resolve(world))).collect();
        let orders = resolved.iter().flatten().copied().collect();
        *lock(&kept) = resolved;
        Ok(Command::PlaceBatch(orders))
    };
    let finish = move |world: &World, reply: &Reply, _: &[_]| {
        let Reply::Orders(replies) = reply else { return Err(ApiError::of(Code::Unknown)) };
        let mut replies = replies.iter();
        let mut one = |order: NewOrder| match replies.next() {
            Some(Ok(reply)) => found(world, order.market, reply),
            Some(Err(refused)) => Err(from_reject(refused, Asked::Place, family)),
            None => Err(ApiError::of(Code::Unknown)),
        };
        Ok(std::mem::take(&mut *lock(&slot)).into_iter().map(|order| order.and_then(&mut one)).collect::<Each>())
    };
    let answer = app.execute(&call, lane, prepare, finish).await?;
    rows(&app, &answer.value).map(|success| success.at(answer.index))
}

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `PUT /batchOrders`: one after the other.
pub(super) async fn amend(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let account = call.account()?;
    let read = |order: &Parameters| wanted(order, symbol_of(&app, &call, order)?, account);
    let asked: Vec<Result<Wanted, ApiError>> = listed(&call)?.iter().map(read).collect();
    let (mut each, mut index) = (Each::new(), None);
    for one in asked {
        each.push(match one {
            Ok(one) => match amend_one(&app, &call, one).await {
                Ok(answer) => {
                    index = answer.index.or(index);
                    Ok(answer.value)
                }
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        });
    }
    rows(&app, &each).map(|success| success.at(index))
}

/// `DELETE /batchOrders`.
pub(super) async fn cancel(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market, family) = (call.account()?, symbol.market, call.family);
    let names = names(&call.parameters)?;
    let kept = names.clone();
    let prepare = move |world: &World| {
        let orders = kept.iter().map(|name| OrderRef { account, market, name: in_book(world, (account, market), *name) });
        Ok(Command::CancelBatch(orders.collect()))
    };
    let finish = move |world: &World, reply: &Reply, _: &[_]| {
        let Reply::Orders(replies) = reply else { return Err(ApiError::of(Code::Unknown)) };
        let each = names.iter().zip(replies).map(|(name, reply)| match reply {
            Ok(_) => cancelled(world, (account, market), *name),
            Err(refused) => Err(from_reject(refused, Asked::Cancel, family)),
        });
        Ok(each.collect::<Each>())
    };
    let answer = app.execute(&call, Lane::Protected, prepare, finish).await?;
    rows(&app, &answer.value).map(|success| success.at(answer.index))
}

/// A conditional order that waits is no order here: it is named by a number that no order has.
fn in_book(world: &World, (account, market): (AccountId, MarketId), name: OrderName) -> OrderName {
    match named(world, account, market, name) {
        Some(order) if order.stage == Stage::Waiting => by_number(0),
        Some(order) => OrderName::Id(order.order),
        None => name,
    }
}

fn cancelled(world: &World, (account, market): (AccountId, MarketId), name: OrderName) -> Result<FoundOrder, ApiError> {
    let order = named(world, account, market, name).ok_or_else(|| ApiError::of(Code::UnknownOrder))?;
    Ok(FoundOrder::of(world, order))
}

/// The orders to cancel: by number or by name, in either spelling of the parameters.
fn names(parameters: &Parameters) -> Result<Vec<OrderName>, ApiError> {
    let list = |field: &str| match parameters.list(field)? {
        Some(list) => Ok(Some(list)),
        None => parameters.list(&field.to_ascii_lowercase()),
    };
    let names: Vec<OrderName> = if let Some(numbers) = list("orderIdList")? {
        let number = |text: &String| text.parse().map(by_number).map_err(|_| ApiError::invalid("orderIdList"));
        numbers.iter().map(number).collect::<Result<_, _>>()?
    } else {
        let given = list("origClientOrderIdList")?.ok_or_else(|| ApiError::either("orderIdList", "origClientOrderIdList"))?;
        // A name that no order can have is unknown like any other: only its own row says so.
        given.iter().map(|text| label(text).unwrap_or(by_number(0))).collect()
    };
    if names.is_empty() || names.len() > MOST_CANCELLED { Err(ApiError::of(Code::BatchSize)) } else { Ok(names) }
}
