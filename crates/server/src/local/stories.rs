//! The liquidations of an account, newest first, each with its numbers.

use std::sync::Arc;

use ringfence_engine::state::State;
use ringfence_risk::plan::MarginMode;
use serde_json::{Value, json};

use super::ask::{account, answer};
use super::preview::{mode, out_of_range};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::Symbol;
use crate::edge::error::{ApiError, Code};
use crate::record::{RecordedLiquidation, Window};

/// Most that are told.
const MOST: usize = 50;

/// `GET /local/v1/liquidations`.
pub(super) async fn liquidations(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let owner = account(&app, &call)?;
    let catalog = Arc::clone(&app.catalog);
    let name = call.parameters.required("account")?.to_owned();
    let rows = app
        .read(move |world| {
            let told = world.record().liquidations(Some(owner), &Window::latest(MOST));
            let row = |told: &RecordedLiquidation| {
                catalog.get(told.story.start.market).map(|symbol| row(world.state(), (symbol, &name), told))
            };
            told.into_iter().rev().filter_map(row).collect::<Result<Vec<Value>, ApiError>>()
        })
        .await?;
    answer(&Value::Array(rows), None)
}

fn row(state: &State, (symbol, owner): (&Symbol, &str), told: &RecordedLiquidation) -> Result<Value, ApiError> {
    let (story, start) = (&told.story, &told.story.start);
    let isolated = start.margin_mode == MarginMode::Isolated;
    let posted = isolated.then(|| start.position.margin()).transpose().map_err(out_of_range)?;
    let market = state.market(symbol.market).ok_or_else(|| ApiError::of(Code::Internal))?;
    let entry = start.position.average_entry_price(market.contract()).map_err(out_of_range)?;
    Ok(json!({
        "id": told.id, "time": told.time.ms(), "symbol": symbol.symbol, "side": start.side.to_string(),
        "margin_mode": mode(start.margin_mode), "asset": symbol.margin.to_string(), "mark": start.mark.to_string(),
        "quantity": start.position.quantity.to_string(), "entry_price": entry.to_string(),
        "posted": posted.map(|posted| posted.to_string()),
        "margin_balance": start.margin_balance.to_string(), "maintenance_margin": start.maintenance_margin.to_string(),
        "lost": story.lost.to_string(), "returned": story.returned.to_string(), "fee": story.fee.to_string(),
        "insurance_paid": story.insurance_paid.to_string(), "deleveraged": story.deleveraged.len(),
        "socialised": story.socialised.to_string(), "uncovered": story.uncovered.to_string(),
        "text": story.lines(market, owner).map_err(out_of_range)?,
    }))
}
