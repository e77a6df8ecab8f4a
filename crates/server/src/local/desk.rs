//! All that one account sees at a moment: its money, its positions, its open orders and the markets they are in. What a page shows, read in one
//! look, so that every figure is of the same moment.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{OrderKind, Purpose, Trigger, Triggered};
use ringfence_engine::ids::AssetId;
use ringfence_engine::query::{AccountView, LegView, MarketView, OrderView, PoolView, PositionView};
use ringfence_engine::state::{Market, OrderStatus};
use ringfence_risk::fee::funding_payment;
use ringfence_risk::plan::{MarginMode, PositionMode};
use serde_json::{Value, json};

use super::ask::{account, answer};
use super::preview::{mode, position, ratio};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::order::algo_id::AlgoId;
use crate::api::order::{position_side, side};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::exchange::World;
use crate::record::Window;

/// `GET /local/v1/desk`.
pub(super) async fn desk(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let owner = account(&app, &call)?;
    let catalog = Arc::clone(&app.catalog);
    let body = app.read(move |world| look(world, catalog.symbols(), owner).map_err(super::preview::out_of_range)).await?;
    answer(&body, None)
}

type Told<T> = Result<T, ringfence_risk::arithmetic::OutOfRange>;

fn look(world: &World, symbols: &[Symbol], owner: AccountId) -> Told<Value> {
    let state = world.state();
    let mut balances = Vec::new();
    for (books, number) in state.assets().iter().zip(0_u8..) {
        let view = state.account_view(owner, AssetId(number))?;
        balances.extend(view.map(|view| balance(&books.asset().to_string(), &view)));
    }
    let (mut markets, mut legs, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for symbol in symbols {
        let Some(view) = state.market_view(symbol.market)? else { continue };
        markets.push(market(symbol, &view));
        for leg in state.leg_views(symbol.market, owner)? {
            legs.push(leg_row(symbol, state.market(symbol.market), &view, &leg)?);
        }
        orders.extend(state.open_orders(symbol.market, owner)?.iter().map(|view| order(symbol, view)));
    }
    let hedge = state.account(owner).map(ringfence_engine::state::Account::position_mode) == Some(PositionMode::Hedge);
    let latest = world.record().liquidations(Some(owner), &Window::latest(1));
    let latest = latest.last().map_or(0, |told| told.id);
    Ok(json!({
        "time": state.clock().ms(), "hedge": hedge, "latest_liquidation": latest, "balances": balances, "markets": markets, "legs": legs, "orders": orders,
    }))
}

fn balance(asset: &str, view: &AccountView) -> Value {
    let pool = |pool: &PoolView| {
        json!({
            "wallet": pool.wallet.to_string(), "order_margin": pool.order_margin.to_string(),
            "unrealised_pnl": pool.unrealised_pnl.to_string(), "equity": pool.equity.to_string(),
            "initial_margin": pool.initial_margin.to_string(), "maintenance_margin": pool.maintenance_margin.to_string(),
            "margin_ratio": ratio(pool.margin_ratio),
        })
    };
    json!({
        "asset": asset,
        "wallet": view.wallet.to_string(), "free": view.free.to_string(), "held": view.held.to_string(),
        "isolated_margin": view.isolated_margin.to_string(), "cross_wallet": view.cross_wallet.to_string(),
        "margin_balance": view.margin_balance.to_string(), "initial_margin": view.initial_margin.to_string(),
        "maintenance_margin": view.maintenance_margin.to_string(), "available": view.available.to_string(),
        "unrealised_pnl": view.unrealised_pnl.to_string(), "pool": view.cross.as_ref().map(pool),
    })
}

fn market(symbol: &Symbol, view: &MarketView) -> Value {
    json!({
        "symbol": symbol.symbol,
        "mark": view.mark.map(|mark| mark.to_string()), "index": view.index.map(|index| index.to_string()),
        "last": view.last.map(|last| last.to_string()),
        "best_bid": view.best_bid.map(|price| price.to_string()), "best_ask": view.best_ask.map(|price| price.to_string()),
        "funding_rate": view.funding_rate.to_string(),
        "next_funding_time": view.next_funding.map(ringfence_engine::time::Time::ms),
        "open_interest": view.open_interest.to_string(),
        "open_interest_value": view.open_interest_value.map(|value| value.to_string()),
        "insurance": view.insurance.to_string(),
    })
}

fn leg_row(symbol: &Symbol, market: Option<&Market>, view: &MarketView, leg: &LegView) -> Told<Value> {
    let shown = leg.position.as_ref().map(|held| shown(symbol, market, view, (leg, held))).transpose()?;
    Ok(json!({
        "symbol": symbol.symbol, "position_side": position_side(leg.side), "margin_mode": mode(leg.margin_mode),
        "leverage": leg.leverage.to_string(), "max_notional": leg.max_notional.to_string(),
        "order_margin": leg.order_margin.to_string(), "position": shown,
    }))
}

/// A position, and what it would pay if funding were settled now.
fn shown(symbol: &Symbol, market: Option<&Market>, view: &MarketView, (leg, held): (&LegView, &PositionView)) -> Told<Value> {
    let due = market.map(|market| funding_payment(market.contract(), held.side, held.quantity, held.mark, view.funding_rate));
    let due = due.transpose()?.map(|due| due.to_string());
    let mut row = position(held);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("symbol".to_owned(), json!(symbol.symbol));
        fields.insert("asset".to_owned(), json!(symbol.margin.to_string()));
        fields.insert("position_side".to_owned(), json!(position_side(leg.side)));
        fields.insert("margin".to_owned(), json!(held.margin.to_string()));
        fields.insert("adl".to_owned(), json!(held.adl_indicator));
        fields.insert("funding_due".to_owned(), json!(due));
        if held.margin_mode == MarginMode::Cross {
            fields.insert("margin".to_owned(), Value::Null);
        }
    }
    Ok(row)
}

fn order(symbol: &Symbol, view: &OrderView) -> Value {
    // By which number it is cancelled.
    let id =
        if view.status == OrderStatus::Waiting { json!(AlgoId::new(symbol.market, view.order)) } else { json!(view.order.0) };
    let reduces = match view.purpose {
        Purpose::Any => false,
        Purpose::ReduceOnly | Purpose::ClosePosition => true,
    };
    json!({
        "symbol": symbol.symbol,
        "api": match symbol.family { Family::UsdM => "/fapi", Family::CoinM => "/dapi" },
        "id": id, "side": side(view.side), "position_side": position_side(view.position_side),
        "kind": kind(&view.kind), "waiting": view.status == OrderStatus::Waiting,
        "price": view.price.map(|price| price.to_string()), "trigger": view.trigger.map(|price| price.to_string()),
        "quantity": view.quantity.to_string(), "executed": view.executed.to_string(), "left": view.left.to_string(),
        "reduces": reduces, "closes": view.purpose == Purpose::ClosePosition, "time": view.placed_at.ms(),
    })
}

const fn kind(kind: &OrderKind) -> &'static str {
    match kind {
        OrderKind::Limit { .. } => "LIMIT",
        OrderKind::Market => "MARKET",
        OrderKind::Conditional { trigger: Trigger::Stop(_), then: Triggered::Market, .. } => "STOP_MARKET",
        OrderKind::Conditional { trigger: Trigger::Stop(_), then: Triggered::Limit { .. }, .. } => "STOP",
        OrderKind::Conditional { trigger: Trigger::TakeProfit(_), then: Triggered::Market, .. } => "TAKE_PROFIT_MARKET",
        OrderKind::Conditional { trigger: Trigger::TakeProfit(_), then: Triggered::Limit { .. }, .. } => "TAKE_PROFIT",
        OrderKind::Conditional { trigger: Trigger::Trailing { .. }, .. } => "TRAILING_STOP_MARKET",
    }
}
