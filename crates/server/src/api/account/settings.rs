//! An account's settings, as they are.

use std::sync::Arc;

use ringfence_engine::command::AutoAdd;
use ringfence_engine::state::Account;
use ringfence_risk::plan::{MarginMode, PositionMode};
use serde_json::json;

use super::found::{legs, symbols};
use super::leg::{cap, whole};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::market::{OrderRate, present};
use crate::edge::error::ApiError;

async fn is_hedged(app: &App, call: &Call) -> Result<(bool, u64), ApiError> {
    let account = call.account()?;
    app.read(move |world| {
        let mode = present(world.state().account(account).map(Account::position_mode))?;
        Ok((mode == PositionMode::Hedge, world.state().clock().ms()))
    })
    .await
}

/// `GET /positionSide/dual`.
pub(super) async fn dual(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (hedged, _) = is_hedged(&app, &call).await?;
    Success::of(&json!({"dualSidePosition": hedged}))
}

/// `GET /accountConfig`.
pub(super) async fn account(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (hedged, now) = is_hedged(&app, &call).await?;
    Success::of(&json!({
        "feeTier": 0, "canTrade": true, "canDeposit": true, "canWithdraw": true, "dualSidePosition": hedged,
        "updateTime": now, "multiAssetsMargin": false, "tradeGroupId": -1,
    }))
}

/// `GET /symbolConfig`: a list, also of one. Hedge legs with leverages of their own show the long one's.
pub(super) async fn symbol(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (_, found) = legs(&app, &call, symbols(&app, &call)?).await?;
    let rows = found.iter().filter_map(|legs| {
        let leg = legs.views.first()?;
        let margin_type = match leg.margin_mode {
            MarginMode::Isolated => "ISOLATED",
            MarginMode::Cross => "CROSSED",
        };
        Some(json!({
            "symbol": legs.symbol.symbol, "marginType": margin_type, "isAutoAddMargin": leg.auto_add == AutoAdd::On,
            "leverage": whole(leg.leverage), "maxNotionalValue": cap(leg.max_notional),
        }))
    });
    Success::of(&rows.collect::<Vec<_>>())
}

/// `GET /multiAssetsMargin`: each asset stands for its own markets.
pub(super) async fn multi_assets(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&json!({"multiAssetsMargin": false}))
}

/// `GET /feeBurn`: fees are paid in the settlement asset.
pub(super) async fn fee_burn(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&json!({"feeBurn": false}))
}

/// `GET /apiTradingStatus`: nobody is restricted for how he trades.
pub(super) async fn trading_status(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let now = app.read(|world| Ok(world.state().clock().ms())).await?;
    Success::of(&json!({"indicators": {}, "updateTime": now}))
}

/// `GET /rateLimit/order`.
pub(super) async fn order_rates(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&OrderRate::of_orders(app.orders.limits()))
}
