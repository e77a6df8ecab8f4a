//! Placing one order.

use std::sync::Arc;

use ringfence_engine::command::Command;
use ringfence_engine::engine::{OrderFate, OrderReply, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;

use super::read::draft;
use super::row::{FoundOrder, OrderRow};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};
use crate::exchange::World;
use crate::record::{Record, RecordLimits};

/// `POST /order`.
pub(super) async fn place(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let draft = draft(&call.parameters, symbol, call.account()?)?;
    let market = symbol.market;
    let prepare = move |world: &World| draft.resolve(world).map(Command::Place);
    let finish = move |world: &World, reply: &Reply, _: &[_]| placed(world, market, reply);
    let answer = app.execute(&call, draft.lane(), prepare, finish).await?;
    Success::of(&OrderRow::new(&answer.value, symbol)).map(|success| success.at(answer.index))
}

/// `POST /order/test`: everything but the order itself. The answer is the order as it would be accepted.
pub(super) async fn test(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let draft = draft(&call.parameters, symbol, call.account()?)?;
    let (market, family) = (symbol.market, call.family);
    let found = app
        .read(move |world| {
            let command = Command::Place(draft.resolve(world)?);
            let (mut copy, mut events) = (world.engine().clone(), Vec::new());
            let reply = copy.execute(&command, &mut events).map_err(|refused| {
                crate::edge::error::reject::from_reject(&refused, crate::edge::error::reject::Asked::Place, family)
            })?;
            // Of what would happen only that it is accepted: what it meets is in no record that is worth copying.
            events.retain(|event| matches!(event, Event::OrderAccepted { .. }));
            let mut record = Record::new(RecordLimits::DEFAULT);
            record.apply(copy.state(), &command, &events);
            let copy = World::new(copy, record);
            placed(&copy, market, &reply)
        })
        .await?;
    Success::of(&OrderRow::new(&found, symbol))
}

fn placed(world: &World, market: MarketId, reply: &Reply) -> Result<FoundOrder, ApiError> {
    let Reply::Order(order) = reply else { return Err(ApiError::of(Code::Unknown)) };
    found(world, market, order)
}

/// The order of a reply; a repetition under a name that was used is a duplicate.
pub(super) fn found(world: &World, market: MarketId, reply: &OrderReply) -> Result<FoundOrder, ApiError> {
    if reply.fate == OrderFate::Repeated {
        return Err(ApiError::of(Code::DuplicateClientOrderId));
    }
    FoundOrder::find(world, market, reply.order).ok_or_else(|| ApiError::of(Code::Unknown))
}
