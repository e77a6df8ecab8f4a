//! An account's trades.

use std::sync::Arc;

use ringfence_engine::ids::OrderId;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::Liquidity;
use serde::Serialize;

use super::found::symbols;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, WEEK_MS, window};
use crate::api::order::{position_side, side};
use crate::api::text::{Decimal, Flag, price, quantity, value};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::record::{ForcedOrder, TradeOrder, UserTrade};

/// No more fields than these: by some names, such as `isMaker` or `m`, clients take a trade for another kind of trade.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    buyer: Flag,
    commission: Decimal,
    commission_asset: String,
    id: u64,
    maker: Flag,
    order_id: u64,
    price: Decimal,
    qty: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_qty: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_qty: Option<Decimal>,
    realized_pnl: Decimal,
    side: &'static str,
    position_side: &'static str,
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    time: u64,
    margin_asset: String,
}

fn row<'a>(symbol: &'a Symbol, trade: &UserTrade) -> Row<'a> {
    let is_usd = symbol.family == Family::UsdM;
    let worth = value(symbol, trade.value.wide());
    let margin = symbol.margin.to_string();
    Row {
        buyer: Flag(trade.side == OrderSide::Buy),
        commission: Decimal::money(trade.fee.wide()),
        commission_asset: margin.clone(),
        id: trade.id.0,
        maker: Flag(trade.liquidity == Liquidity::Maker),
        order_id: match trade.order {
            TradeOrder::Placed(order) => order.0,
            TradeOrder::Forced(forced) => ForcedOrder::FIRST.saturating_add(forced),
        },
        price: price(symbol, trade.price),
        qty: quantity(symbol, trade.quantity),
        quote_qty: is_usd.then_some(worth),
        base_qty: (!is_usd).then_some(worth),
        realized_pnl: Decimal::money(trade.realised.wide()),
        side: side(trade.side),
        position_side: position_side(trade.position_side),
        symbol: &symbol.symbol,
        pair: (!is_usd).then_some(symbol.pair.as_str()),
        time: trade.time.ms(),
        margin_asset: margin,
    }
}

/// `GET /userTrades`: of one market, or of one order of it; what was closed by force without a trade is a row like the others.
pub(super) async fn trades(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let by_pair = call.family == Family::CoinM && call.parameters.get("pair").is_some();
    let symbol = match symbols(&app, &call)?.first() {
        Some(symbol) if by_pair => symbol,
        Some(_) | None => app.symbol(&call)?,
    };
    let (account, market) = (call.account()?, symbol.market);
    let named = |number: u64| match number.checked_sub(ForcedOrder::FIRST) {
        Some(forced) => TradeOrder::Forced(forced),
        None => TradeOrder::Placed(OrderId(number)),
    };
    let order = call.parameters.unsigned("orderId")?.map(named);
    let bounds = Bounds { from: Some("fromId"), default: 500, most: 1_000, longest_ms: Some(WEEK_MS) };
    let window = window(&call.parameters, &bounds)?;
    let found = app
        .read(move |world| {
            let Some(known) = world.state().market(market) else { return Ok(Vec::new()) };
            Ok(world.record().fills(account, (market, known.contract(), known.asset()), order, &window))
        })
        .await?;
    Success::of(&found.iter().map(|trade| row(symbol, trade)).collect::<Vec<_>>())
}
