//! `positionRisk` and `adlQuantile`.

use std::sync::Arc;

use ringfence_engine::command::{AutoAdd, PositionSide};
use serde::Serialize;
use serde_json::json;

use super::found::{legs, symbols};
use super::leg::Leg;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::text::Decimal;
use crate::edge::error::ApiError;

/// What all versions have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RiskRow<'a, T: Serialize> {
    symbol: &'a str,
    position_side: &'static str,
    position_amt: Decimal,
    entry_price: Decimal,
    break_even_price: Decimal,
    mark_price: Decimal,
    un_realized_profit: Decimal,
    liquidation_price: Decimal,
    leverage: String,
    margin_type: &'static str,
    isolated_margin: Decimal,
    isolated_wallet: Decimal,
    #[serde(flatten)]
    version: T,
    update_time: u64,
}

/// What version 3 has beside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Third {
    notional: Decimal,
    margin_asset: String,
    initial_margin: Decimal,
    maint_margin: Decimal,
    position_initial_margin: Decimal,
    open_order_initial_margin: Decimal,
    adl: u8,
    bid_notional: Decimal,
    ask_notional: Decimal,
}

/// What version 2 has beside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Second {
    notional: Decimal,
    max_notional_value: Decimal,
    is_auto_add_margin: &'static str,
}

/// What COIN-M has beside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Coin {
    notional_value: Decimal,
    max_qty: Decimal,
    is_auto_add_margin: &'static str,
}

/// A text here, though a flag elsewhere.
const fn auto_add(leg: &Leg<'_>) -> &'static str {
    match leg.view.auto_add {
        AutoAdd::On => "true",
        AutoAdd::Off => "false",
    }
}

fn row<'a, T: Serialize>(leg: &Leg<'a>, mark: i128, version: T) -> RiskRow<'a, T> {
    RiskRow {
        symbol: &leg.symbol.symbol,
        position_side: leg.side(),
        position_amt: leg.amount(),
        entry_price: leg.entry_price(),
        break_even_price: leg.break_even_price(),
        mark_price: Decimal::money(mark),
        un_realized_profit: leg.unrealised(),
        liquidation_price: leg.liquidation_price(),
        leverage: leg.leverage(),
        margin_type: if leg.is_isolated() { "isolated" } else { "cross" },
        isolated_margin: leg.isolated_margin(),
        isolated_wallet: leg.isolated_wallet(),
        version,
        update_time: leg.update_time(),
    }
}

/// Rows of a version for the legs that it shows.
async fn rows<T: Serialize>(app: &App, call: &Call, shown: Shown, version: fn(&Leg<'_>) -> T) -> Result<Success, ApiError> {
    let (now, found) = legs(app, call, symbols(app, call)?).await?;
    let mut rows = Vec::new();
    for legs in &found {
        let all = legs.views.iter().map(|view| Leg { symbol: legs.symbol, view, now });
        let wanted = all.filter(|leg| shown == Shown::All || leg.is_used());
        rows.extend(wanted.map(|leg| row(&leg, legs.mark, version(&leg))));
    }
    Success::of(&rows)
}

/// Which legs a version shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    /// Those with a position or orders.
    Used,
}

/// `GET /fapi/v3/positionRisk`: legs with a position or orders. Leverage and margin type are here, though the original has dropped them.
pub(super) async fn third(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let version = |leg: &Leg<'_>| Third {
        notional: leg.notional(),
        margin_asset: leg.symbol.margin.to_string(),
        initial_margin: leg.initial_margin(),
        maint_margin: leg.maintenance_margin(),
        position_initial_margin: leg.position_initial_margin(),
        open_order_initial_margin: leg.order_margin(),
        adl: leg.queue_place(),
        bid_notional: leg.bids(),
        ask_notional: leg.asks(),
    };
    rows(&app, &call, Shown::Used, version).await
}

/// `GET /fapi/v2/positionRisk`: every leg.
pub(super) async fn second(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let version = |leg: &Leg<'_>| Second {
        notional: leg.notional(),
        max_notional_value: leg.max_notional(),
        is_auto_add_margin: auto_add(leg),
    };
    rows(&app, &call, Shown::All, version).await
}

/// `GET /dapi/v1/positionRisk`: every leg.
pub(super) async fn coin(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let version =
        |leg: &Leg<'_>| Coin { notional_value: leg.notional(), max_qty: leg.max_notional(), is_auto_add_margin: auto_add(leg) };
    rows(&app, &call, Shown::All, version).await
}

/// `GET /adlQuantile`: markets with a position, or the one asked for.
pub(super) async fn queue(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbols = symbols(&app, &call)?;
    let is_named = call.parameters.get("symbol").is_some();
    let (now, found) = legs(&app, &call, symbols).await?;
    let held = found.iter().filter(|legs| is_named || legs.views.iter().any(|view| view.position.is_some()));
    let rows = held.map(|legs| {
        let place = |side: PositionSide| {
            let view = legs.views.iter().find(|view| view.side == side);
            view.map_or(0, |view| Leg { symbol: legs.symbol, view, now }.queue_place())
        };
        let (long, short, both) = (place(PositionSide::Long), place(PositionSide::Short), place(PositionSide::Both));
        json!({"symbol": legs.symbol.symbol, "adlQuantile": {"LONG": long, "SHORT": short, "BOTH": both}})
    });
    Success::of(&rows.collect::<Vec<_>>())
}
