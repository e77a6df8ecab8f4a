//! A resting order, filled: what its owner would then have.

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Command, LegRef, Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Transfer};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::ids::OrderId;
use ringfence_engine::reject::Reject;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Amount, Leverage};
use serde_json::{Value, json};

use super::view::{Eye, fees, out_of_range, standing};
use crate::edge::error::ApiError;

/// What whoever takes the other side brings along on the copy: 10⁹ units.
const PLENTY: Amount = match Amount::from_raw(100_000_000_000_000_000) {
    Ok(amount) => amount,
    Err(_) => Amount::ZERO,
};

/// Lets somebody with plenty take the order on the copy, at its price and with everybody else's orders out of the way. `null` where nobody may
/// trade at that price now, because it lies outside the band around the mark.
pub(super) fn if_filled(mut engine: Engine, eye: Eye, order: OrderId) -> Result<Value, ApiError> {
    let mut events = Vec::new();
    let taken = take(&mut engine, eye, order, &mut events);
    let left = engine.state().order_view(eye.market, order).map_err(out_of_range)?;
    match (taken, left) {
        (Ok(()), None) => Ok(json!({"fee": fees(&events, eye), "after": standing(engine.state(), eye)?})),
        (Ok(()), Some(_)) | (Err(_), _) => Ok(Value::Null),
    }
}

fn take(engine: &mut Engine, eye: Eye, order: OrderId, events: &mut Vec<ringfence_engine::event::Event>) -> Result<(), Reject> {
    let market = eye.market;
    let Some(view) = engine.state().order_view(market, order)? else { return Err(Reject::UnknownOrder) };
    let Some(price) = view.price else { return Err(Reject::UnknownOrder) };
    let others = (0..u32::try_from(engine.state().accounts().len()).unwrap_or(u32::MAX)).map(AccountId);
    let busy: Vec<AccountId> = others
        .filter(|other| *other != eye.account)
        .filter(|other| {
            engine.state().market(market).and_then(|market| market.participant(*other)).is_some_and(|part| part.orders() > 0)
        })
        .collect();
    for account in busy {
        engine.execute(&Command::CancelAll { account, market }, events)?;
    }
    let Reply::Account(taker) = engine.execute(&Command::OpenAccount, events)? else { return Err(Reject::UnknownOrder) };
    engine.execute(&Command::Deposit(Transfer { account: taker, asset: eye.asset, amount: PLENTY }), events)?;
    let leg = LegRef { account: taker, market, side: PositionSide::Both };
    engine.execute(&Command::SetLeverage { leg, leverage: Leverage::ONE }, events)?;
    let against = NewOrder {
        account: taker,
        market,
        side: match view.side {
            OrderSide::Buy => OrderSide::Sell,
            OrderSide::Sell => OrderSide::Buy,
        },
        position_side: PositionSide::Both,
        quantity: view.left,
        kind: OrderKind::Limit { price, lifetime: Lifetime::ImmediateOrCancel },
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireMaker,
        client_id: None,
    };
    engine.execute(&Command::Place(against), events).map(|_| ())
}
