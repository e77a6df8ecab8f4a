//! Trades, one by one or those of one taker in one.

use std::sync::Arc;

use ringfence_risk::filters::OrderSide;
use serde::Serialize;

use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, limit, window};
use crate::api::text::{Decimal, Flag, price, quantity, value};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::record::{PublicTrade, Window};

const HOUR_MS: u64 = 3_600_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TradeRow {
    id: u64,
    price: Decimal,
    qty: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_qty: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_qty: Option<Decimal>,
    time: u64,
    is_buyer_maker: Flag,
    #[serde(rename = "isRPITrade", skip_serializing_if = "Option::is_none")]
    is_retail: Option<Flag>,
}

impl TradeRow {
    fn of(symbol: &Symbol, trade: &PublicTrade) -> Self {
        let is_usd = symbol.family == Family::UsdM;
        let worth = value(symbol, trade.value.wide());
        Self {
            id: trade.id.0,
            price: price(symbol, trade.price),
            qty: quantity(symbol, trade.quantity),
            quote_qty: is_usd.then_some(worth),
            base_qty: (!is_usd).then_some(worth),
            time: trade.time.ms(),
            is_buyer_maker: Flag(trade.taker_side == OrderSide::Sell),
            is_retail: is_usd.then_some(Flag(false)),
        }
    }
}

async fn answer(app: &App, symbol: &Symbol, window: Window) -> Result<Success, ApiError> {
    let market = symbol.market;
    let found =
        app.read(move |world| Ok(world.record().trades(market, &window).into_iter().copied().collect::<Vec<_>>())).await?;
    Success::of(&found.iter().map(|trade| TradeRow::of(symbol, trade)).collect::<Vec<_>>())
}

/// `GET /trades`: the latest.
pub(super) async fn trades(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    answer(&app, symbol, Window::latest(limit(&call.parameters, (500, 1_000))?)).await
}

/// `GET /historicalTrades`: from a number on.
pub(super) async fn historical(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let from = call.parameters.unsigned("fromId")?;
    answer(&app, symbol, Window { from, ..Window::latest(limit(&call.parameters, (100, 500))?) }).await
}

/// Trades of one taker at one price and time.
#[derive(Serialize)]
struct AggregateRow {
    #[serde(rename = "a")]
    id: u64,
    #[serde(rename = "p")]
    price: Decimal,
    #[serde(rename = "q")]
    quantity: Decimal,
    #[serde(rename = "nq", skip_serializing_if = "Option::is_none")]
    without_retail: Option<Decimal>,
    #[serde(rename = "f")]
    first: u64,
    #[serde(rename = "l")]
    last: u64,
    #[serde(rename = "T")]
    time: u64,
    #[serde(rename = "m")]
    is_buyer_maker: bool,
}

/// `GET /aggTrades`.
pub(super) async fn aggregates(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let bounds = Bounds { from: Some("fromId"), default: 500, most: 1_000, longest_ms: Some(HOUR_MS) };
    let (market, window) = (symbol.market, window(&call.parameters, &bounds)?);
    let found = app
        .read(move |world| Ok(world.record().aggregate_trades(market, &window).into_iter().copied().collect::<Vec<_>>()))
        .await?;
    let rows = found.iter().map(|trade| {
        let much = quantity(symbol, trade.quantity);
        AggregateRow {
            id: trade.id,
            price: price(symbol, trade.price),
            quantity: much,
            without_retail: (symbol.family == Family::UsdM).then_some(much),
            first: trade.first.0,
            last: trade.last.0,
            time: trade.time.ms(),
            is_buyer_maker: trade.taker_side == OrderSide::Sell,
        }
    });
    Success::of(&rows.collect::<Vec<_>>())
}
