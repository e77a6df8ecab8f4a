//! Changing settings and moving margin.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::Account;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::Side;
use ringfence_risk::units::{Leverage, Notional};
use serde::Serialize;
use serde_json::json;

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

const SIDES: [(&str, PositionSide); 3] =
    [("BOTH", PositionSide::Both), ("LONG", PositionSide::Long), ("SHORT", PositionSide::Short)];

fn done(index: Option<u64>) -> Result<Success, ApiError> {
    Success::of(&json!({"code": 200, "msg": "success"})).map(|success| success.at(index))
}

/// Executes a command whose answer is that it is done.
async fn execute(app: &App, call: &Call, lane: Lane, command: Command) -> Result<Option<u64>, ApiError> {
    let answer = app.execute(call, lane, move |_| Ok(command), |_, _, _| Ok(())).await?;
    Ok(answer.index)
}

/// The legs whose leverage is set: one setting for both, unless the rules give each hedge leg its own.
fn legs_to_set(world: &World, account: AccountId, market: MarketId) -> Result<&'static [PositionSide], ApiError> {
    let known = present(world.state().market(market))?;
    let listing = known.listing();
    let position_mode = present(world.state().account(account).map(Account::position_mode))?;
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

/// The leverage a call asks for.
///
/// # Errors
/// −1102 without one, −1100 for no whole number, −4028 for one that nothing has.
fn wanted_leverage(parameters: &Parameters) -> Result<Leverage, ApiError> {
    let times = parameters.need("leverage", Parameters::integer)?;
    Leverage::whole(times).map_err(|_| ApiError::leverage(&times.to_string()))
}

/// `POST /leverage`. In hedge mode for both legs: where the rules give each its own, one after the other, and neither unless both are accepted.
pub(super) async fn leverage(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market, family) = (call.account()?, symbol.market, call.family);
    let leverage = wanted_leverage(&call.parameters)?;
    let command = move |side| Command::SetLeverage { leg: LegRef { account, market, side }, leverage };
    let sides = app.read(move |world| legs_to_set(world, account, market)).await?;
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
    let modes = [("ISOLATED", MarginMode::Isolated), ("CROSSED", MarginMode::Cross)];
    let mode = call.parameters.choice("marginType", &modes)?.ok_or_else(|| ApiError::mandatory("marginType"))?;
    done(
        execute(
            &app,
            &call,
            Lane::Normal,
            Command::SetMarginMode { leg: LegRef { account, market, side: PositionSide::Both }, mode },
        )
        .await?,
    )
}

/// `POST /positionSide/dual`.
pub(super) async fn dual(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let mode = match call.parameters.need("dualSidePosition", Parameters::boolean)? {
        true => PositionMode::Hedge,
        false => PositionMode::OneWay,
    };
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

/// Which way margin is to move.
#[derive(Clone, Copy)]
enum Way {
    Add,
    Remove,
}

/// `POST /positionMargin`. Adding is never shed.
pub(super) async fn margin(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol(&call)?.market);
    let amount = call.parameters.need("amount", Parameters::amount)?;
    let way = call.parameters.choice("type", &[("1", Way::Add), ("2", Way::Remove)])?;
    let (movement, lane, kind) = match way.ok_or_else(|| ApiError::mandatory("type"))? {
        Way::Add => (MarginMove::Add(amount), Lane::Protected, 1),
        Way::Remove => (MarginMove::Remove(amount), Lane::Normal, 2),
    };
    let invalid = ApiError::of(Code::InvalidPositionSide);
    let side = call.parameters.choice_or("positionSide", &SIDES, invalid)?.unwrap_or(PositionSide::Both);
    let command = Command::MoveMargin { leg: LegRef { account, market, side }, movement };
    let index = execute(&app, &call, lane, command).await?;
    let amount = Number(Decimal::new(amount.wide(), 1));
    let body = Moved { code: 200, msg: "Successfully modify position margin.", amount, kind };
    Success::of(&body).map(|success| success.at(index))
}
