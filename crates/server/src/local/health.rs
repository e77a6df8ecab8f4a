//! How the exchange is doing, and whether the money adds up.

use std::sync::Arc;

use ringfence_engine::state::{Audit, State};
use ringfence_journal::Room;
use serde_json::{Value, json};

use super::ask::answer;
use crate::api::app::{App, unavailable};
use crate::api::call::{Call, Success};
use crate::api::text::Decimal;
use crate::edge::error::ApiError;
use crate::exchange::{ClockSetting, Sequencer};

/// `GET /local/v1/health`. An exchange that recovers or has stopped answers nobody, so it is open, or takes cancels only while the disk is full.
pub(super) async fn health(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let look = |sequencer: &mut Sequencer| {
        let state = match sequencer.room() {
            Room::Plenty => "OPEN",
            Room::CancelsOnly => "CANCEL_ONLY",
        };
        (state, sequencer.journal().durable_index(), sequencer.world().state().clock())
    };
    let (state, durable, time) = app.exchange.control(look).await.map_err(unavailable)?;
    let (clock, speed) = match app.exchange.clock().setting() {
        ClockSetting::Frozen => ("frozen", 0),
        ClockSetting::Running(speed) => ("running", speed),
    };
    let body = json!({
        "state": state, "durable_index": durable, "waiting": app.exchange.waiting(), "time": time.ms(),
        "clock": clock, "speed": speed, "version": env!("CARGO_PKG_VERSION"),
    });
    answer(&body, None)
}

/// `GET /local/v1/audit`: everything recomputed from every wallet, order and position, and compared with what is kept.
pub(super) async fn audit(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let look = |sequencer: &mut Sequencer| {
        let (index, hash) = (sequencer.journal().next_index().saturating_sub(1), sequencer.hash().to_string());
        let state = sequencer.world().state();
        match state.audit() {
            Ok(audits) => {
                let assets: Vec<Value> = audits.iter().map(|audit| asset(state, audit)).collect();
                json!({"ok": true, "index": index, "state_hash": hash, "assets": assets})
            }
            Err(difference) => json!({"ok": false, "index": index, "state_hash": hash, "what": difference.to_string()}),
        }
    };
    let body = app.exchange.control(look).await.map_err(unavailable)?;
    answer(&body, None)
}

/// What a rounding leaves over is paid into the insurance funds at once: there is no account for dust.
fn asset(state: &State, audit: &Audit) -> Value {
    let text = |raw: i128| Decimal::new(raw, 0).to_string();
    let totals = &audit.totals;
    let of_asset = state.markets().iter().filter(|market| state.asset_named(audit.asset) == Some(market.asset()));
    let funds = of_asset.map(|market| json!({"symbol": market.listing().symbol, "insurance": text(market.ledger().insurance())}));
    json!({
        "asset": audit.asset.to_string(),
        "deposits_less_withdrawals": text(totals.outside.saturating_neg()),
        "free": text(totals.wallets),
        "held": text(totals.holds),
        "isolated_margins": text(totals.margins),
        "cost_basis": text(totals.settlement.saturating_neg()),
        "insurance": text(totals.insurance),
        "insurance_by_market": funds.collect::<Vec<_>>(),
        "fees": text(totals.fees),
        "funding_in_transit": text(totals.funding),
        "uncovered": text(totals.uncovered.saturating_neg()),
        "difference": text(audit.difference),
    })
}
