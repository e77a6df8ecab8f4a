//! Markets as the owner of the exchange sees them.

use std::sync::Arc;

use ringfence_engine::command::{Command, MarketState};
use ringfence_engine::query::MarketView;
use ringfence_risk::plan::MarginMode;
use serde_json::{Value, json};

use super::ask::{answer, symbol};
use crate::api::app::{App, unavailable};
use crate::api::call::{Call, Success};
use crate::boot::{Family, Symbol};
use crate::edge::error::{ApiError, Code};
use crate::exchange::{ClockSetting, Lane, Sequencer, World};
use crate::feed::SourceStatus;

/// States of a market by their words.
const STATES: [(&str, MarketState); 6] = [
    ("OPEN", MarketState::Open),
    ("POST_ONLY", MarketState::PostOnly),
    ("REDUCE_ONLY", MarketState::ReduceOnly),
    ("CANCEL_ONLY", MarketState::CancelOnly),
    ("HALTED", MarketState::Halted),
    ("SETTLED", MarketState::Settled),
];

fn word(state: MarketState) -> &'static str {
    STATES.iter().find(|(_, known)| *known == state).map_or("", |(word, _)| word)
}

/// `GET /local/v1/markets`.
pub(super) async fn list(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let catalog = Arc::clone(&app.catalog);
    let look = move |sequencer: &mut Sequencer| -> Result<Vec<Value>, String> {
        let (feed, world) = sequencer.feed_and_world();
        let row = |symbol: &Symbol| {
            let view = world.state().market_view(symbol.market).map_err(|error| error.to_string())?;
            let status = feed.status(symbol.market).map_err(|error| error.to_string())?;
            Ok(view.map(|view| market(world, symbol, &view, &status)))
        };
        catalog.symbols().iter().filter_map(|symbol| row(symbol).transpose()).collect()
    };
    let rows = app.exchange.control(look).await.map_err(unavailable)?.map_err(ApiError::refused)?;
    let (clock, speed) = match app.exchange.clock().setting() {
        ClockSetting::Frozen => ("frozen", 0),
        ClockSetting::Running(speed) => ("running", speed),
    };
    let time = app.read(|world| Ok(world.state().clock().ms())).await?;
    answer(&json!({"time": time, "clock": clock, "speed": speed, "markets": rows}), None)
}

fn market(world: &World, symbol: &Symbol, view: &MarketView, status: &SourceStatus) -> Value {
    let (source, reason) = match status {
        SourceStatus::Running => ("running", None),
        SourceStatus::Paused => ("paused", None),
        SourceStatus::Ended => ("ended", None),
        SourceStatus::Failed { reason } => ("failed", Some(reason)),
    };
    let listing = world.state().market(symbol.market).map(ringfence_engine::state::Market::listing);
    let mode = listing.map(|listing| match listing.default_margin_mode {
        MarginMode::Isolated => "isolated",
        MarginMode::Cross => "cross",
    });
    let brackets: Vec<Value> = listing.map_or_else(Vec::new, |listing| {
        let row = |bracket: &ringfence_risk::bracket::Bracket| {
            json!({
                "floor": bracket.floor.to_string(), "cap": bracket.cap.to_string(),
                "max_leverage": bracket.max_leverage.to_string(), "maintenance_rate": bracket.maintenance_rate.to_string(),
                "cum": bracket.cum.to_string(),
            })
        };
        listing.brackets.brackets().iter().map(row).collect()
    });
    json!({
        "symbol": symbol.symbol,
        "api": match symbol.family { Family::UsdM => "/fapi", Family::CoinM => "/dapi" },
        "settles_in": symbol.margin.to_string(),
        "state": word(view.state),
        "mark": view.mark.map(|mark| mark.to_string()),
        "index": view.index.map(|index| index.to_string()),
        "last": view.last.map(|last| last.to_string()),
        "best_bid": view.best_bid.map(|price| price.to_string()),
        "best_ask": view.best_ask.map(|price| price.to_string()),
        "funding_rate": view.funding_rate.to_string(),
        "last_funding_rate": view.last_funding_rate.to_string(),
        "next_funding_time": view.next_funding.map(ringfence_engine::time::Time::ms),
        "funding_interval_ms": symbol.funding_interval_ms,
        "open_interest": view.open_interest.to_string(),
        "open_interest_value": view.open_interest_value.map(|value| value.to_string()),
        "insurance": view.insurance.to_string(),
        "uncovered": view.uncovered.to_string(),
        "trades": view.trades,
        "max_leverage": symbol.max_leverage.to_string(),
        "default_leverage": listing.map(|listing| listing.default_leverage.to_string()),
        "default_margin_mode": mode,
        "tick": symbol.tick.to_string(), "lot": symbol.lot.to_string(), "mark_step": symbol.mark_step.to_string(),
        "brackets": brackets,
        "source": source, "source_failed": reason,
    })
}

/// `POST /local/v1/market-state`.
pub(super) async fn set_state(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let market = symbol.market;
    let wanted = call.parameters.choice_or("state", &STATES, ApiError::of(Code::InvalidSymbolStatus))?;
    let state = wanted.ok_or_else(|| ApiError::mandatory("state"))?;
    let prepare = move |_: &World| Ok(Command::SetMarketState { market, state });
    let done = app.execute(&call, Lane::Normal, prepare, |_, _, _| Ok(())).await?;
    answer(&json!({"symbol": symbol.symbol, "state": word(state)}), done.index)
}
