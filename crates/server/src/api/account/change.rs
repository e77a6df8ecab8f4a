//! Changing settings and moving margin.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Account, State};
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::{Notional, Side};
use serde::Serialize;
use serde_json::json;

use super::asked;
use super::leg::cap;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::market::present;
use crate::api::text::{Decimal, Number};
use crate::boot::Family;
use crate::edge::error::reject::{Asked, from_reject};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::{Lane, World};

fn done(index: Option<u64>) -> Result<Success, ApiError> {
    Success::of(&json!({"code": 200, "msg": "success"})).map(|success| success.at(index))
}

/// Executes a command whose answer is that it is done.
async fn execute(app: &App, call: &Call, lane: Lane, command: Command) -> Result<Option<u64>, ApiError> {
    let answer = app.execute(call, lane, move |_| Ok(command), |_, _, _| Ok(())).await?;
    Ok(answer.index)
}

/// The legs whose leverage is set: one setting for both, unless the rules give each hedge leg its own.
pub(crate) fn legs_to_set(state: &State, account: AccountId, market: MarketId) -> Result<&'static [PositionSide], ApiError> {
    let known = present(state.market(market))?;
    let listing = known.listing();
    let position_mode = present(state.account(account).map(Account::position_mode))?;
    let margin_mode = known.participant(account).map_or(listing.default_margin_mode, |known| known.margin_mode(Side::Long));
    Ok(match (position_mode, margin_mode, listing.rules.leverage_scope) {
        (PositionMode::Hedge, MarginMode::Isolated, LeverageScope::PerLeg) => &[PositionSide::Long, PositionSide::Short],
        (PositionMode::Hedge | PositionMode::OneWay, MarginMode::Isolated | MarginMode::Cross, _) => &[PositionSide::Both],
    })
}

/// Whether all of some commands would be accepted one after the other.
fn try_all(world: &World, commands: &[Command], family: Family) -> Result<(), ApiError> {
    let mut copy = world.engine().clone();
    commands.iter().try_for_each(|command| {
        let outcome = copy.execute(command, &mut Vec::new());
        outcome.map(|_| ()).map_err(|refused| from_reject(&refused, Asked::Leverage, family))
    })
}

/// `POST /leverage`. In hedge mode for both legs: where the rules give each its own, one after the other, and neither unless both are accepted.
pub(super) async fn leverage(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market, family) = (call.account()?, symbol.market, call.family);
    let leverage = asked::leverage(&call.parameters)?;
    let command = move |side| Command::SetLeverage { leg: LegRef { account, market, side }, leverage };
    let sides = app.read(move |world| legs_to_set(world.state(), account, market)).await?;
    let (mut greatest, mut index) = (Notional::ZERO, None);
    for (side, number) in sides.iter().zip(0..) {
        let prepare = move |world: &World| {
            if number == 0 && sides.len() > 1 {
                try_all(world, &sides.iter().map(|side| command(*side)).collect::<Vec<_>>(), family)?;
            }
            Ok(command(*side))
        };
        let finish = move |world: &World, _: &Reply, _: &[Event]| {
            let brackets = &present(world.state().market(market))?.listing().brackets;
            Ok(brackets.max_value(leverage).unwrap_or(Notional::ZERO))
        };
        let answer = app.execute(&call, Lane::Normal, prepare, finish).await?;
        (greatest, index) = (answer.value, answer.index);
    }
    let name = match family {
        Family::UsdM => "maxNotionalValue",
        Family::CoinM => "maxQty",
    };
    let times = super::leg::whole(leverage);
    let body = json!({"leverage": times, name: cap(greatest), "symbol": symbol.symbol});
    Success::of(&body).map(|success| success.at(index))
}

/// `POST /marginType`.
pub(super) async fn margin_type(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol(&call)?.market);
    let mode = asked::margin_mode(&call.parameters)?;
    let leg = LegRef { account, market, side: PositionSide::Both };
    done(execute(&app, &call, Lane::Normal, Command::SetMarginMode { leg, mode }).await?)
}

/// `POST /positionSide/dual`.
pub(super) async fn dual(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let mode = asked::position_mode(&call.parameters)?;
    done(execute(&app, &call, Lane::Normal, Command::SetPositionMode { account: call.account()?, mode }).await?)
}

/// `POST /multiAssetsMargin`: it is off, and cannot be on.
pub(super) async fn multi_assets(_: Arc<App>, call: Call) -> Result<Success, ApiError> {
    match call.parameters.need("multiAssetsMargin", Parameters::boolean)? {
        true => Err(ApiError::of(Code::MultiAssetsIsolated)),
        false => Err(ApiError::of(Code::AssetModeUnchanged)),
    }
}

#[derive(Serialize)]
struct Moved {
    code: u32,
    msg: &'static str,
    amount: Number,
    #[serde(rename = "type")]
    kind: u8,
}

/// `POST /positionMargin`. Adding is never shed.
pub(super) async fn margin(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol(&call)?.market);
    let (side, movement) = asked::margin(&call.parameters)?;
    let (amount, lane, kind) = match movement {
        MarginMove::Add(amount) => (amount, Lane::Protected, 1),
        MarginMove::Remove(amount) => (amount, Lane::Normal, 2),
    };
    let command = Command::MoveMargin { leg: LegRef { account, market, side }, movement };
    let index = execute(&app, &call, lane, command).await?;
    let amount = Number(Decimal::new(amount.wide(), 1));
    let body = Moved { code: 200, msg: "Successfully modify position margin.", amount, kind };
    Success::of(&body).map(|success| success.at(index))
}
