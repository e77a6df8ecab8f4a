//! Leverage brackets and fees. Brackets are in JSON numbers, and in COIN-M in coins.

use std::sync::Arc;

use ringfence_risk::bracket::Bracket;
use ringfence_risk::units::Rate;
use serde::Serialize;
use serde_json::json;

use super::found::symbols;
use super::leg::{cap, whole};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::market::present;
use crate::api::text::{Decimal, Number};
use crate::boot::Family;
use crate::edge::error::ApiError;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MarketRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    notional_coef: Number,
    brackets: Vec<BracketRow>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BracketRow {
    bracket: usize,
    initial_leverage: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    notional_cap: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notional_floor: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qty_cap: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qty_floor: Option<Number>,
    /// The original's own spelling of the field before.
    #[serde(rename = "qtylFloor", skip_serializing_if = "Option::is_none")]
    misspelt_floor: Option<Number>,
    maint_margin_ratio: Number,
    cum: Number,
}

impl BracketRow {
    fn of(bracket: &Bracket, number: usize, family: Family) -> Self {
        let (floor, top) = (Some(Number(cap(bracket.floor))), Some(Number(cap(bracket.cap))));
        let row = Self {
            bracket: number,
            initial_leverage: whole(bracket.max_leverage),
            notional_cap: None,
            notional_floor: None,
            qty_cap: None,
            qty_floor: None,
            misspelt_floor: None,
            maint_margin_ratio: Number(Decimal::new(bracket.maintenance_rate.wide(), 1)),
            cum: Number(Decimal::new(bracket.cum.wide(), 1)),
        };
        match family {
            Family::UsdM => Self { notional_cap: top, notional_floor: floor, ..row },
            Family::CoinM => Self { qty_cap: top, qty_floor: floor, misspelt_floor: floor, ..row },
        }
    }
}

/// By what a row is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Called {
    Symbol,
    Pair,
}

async fn rows(app: &App, call: &Call, called: Called) -> Result<Success, ApiError> {
    let symbols = symbols(app, call)?;
    let ids: Vec<_> = symbols.iter().map(|symbol| symbol.market).collect();
    let tables = app
        .read(move |world| {
            let table = |market| present(world.state().market(market)).map(|market| market.listing().brackets.clone());
            ids.into_iter().map(table).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let rows = symbols.iter().zip(&tables).map(|(symbol, table)| {
        let brackets = table.brackets().iter().zip(1..);
        MarketRow {
            symbol: (called == Called::Symbol).then_some(symbol.symbol.as_str()),
            pair: (called == Called::Pair).then_some(symbol.pair.as_str()),
            notional_coef: Number(Decimal::new(100_000_000, 1)),
            brackets: brackets.map(|(bracket, number)| BracketRow::of(bracket, number, symbol.family)).collect(),
        }
    });
    Success::of(&rows.collect::<Vec<_>>())
}

/// `GET /fapi/v1/leverageBracket`, `GET /dapi/v2/leverageBracket`.
pub(super) async fn by_symbol(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    rows(&app, &call, Called::Symbol).await
}

/// `GET /dapi/v1/leverageBracket`.
pub(super) async fn by_pair(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    rows(&app, &call, Called::Pair).await
}

/// `GET /commissionRate`.
pub(super) async fn fees(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let market = symbol.market;
    let fees = app.read(move |world| present(world.state().market(market)).map(|market| market.listing().fees)).await?;
    let rate = |rate: Rate| Decimal::new(rate.wide(), 6);
    let mut row = json!({
        "symbol": symbol.symbol, "makerCommissionRate": rate(fees.maker), "takerCommissionRate": rate(fees.taker),
    });
    if symbol.family == Family::UsdM {
        row["rpiCommissionRate"] = json!(rate(fees.maker));
    }
    Success::of(&row)
}
