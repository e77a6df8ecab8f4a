//! A run as JSON.

use ringfence_engine::book::AccountId;
use ringfence_engine::query::LiquidationStory;
use serde_json::{Value, json};

use super::run::{Fate, Purse, Run};
use crate::local::preview::{mode, position};

/// The whole run.
pub(super) fn told(run: &Run, account: AccountId) -> Value {
    let refused = run.refused.iter().map(|(symbol, why)| json!({"symbol": symbol, "why": why.to_string()}));
    let curve = run.points.iter();
    let curve = curve.map(|point| json!({"mark": point.mark.to_string(), "equity": point.money.margin_balance.to_string()}));
    json!({
        "mode": mode(run.mode), "refused": refused.collect::<Vec<_>>(), "before": money(&run.before), "after": money(&run.after),
        "positions": run.fates.iter().map(|fate| one(run, fate, account)).collect::<Vec<_>>(), "curve": curve.collect::<Vec<_>>(),
    })
}

fn money(purses: &[Purse]) -> Vec<Value> {
    let row = |Purse { name, view, .. }: &Purse| {
        json!({
            "asset": name, "wallet": view.wallet.to_string(), "available": view.available.to_string(),
            "margin_balance": view.margin_balance.to_string(), "isolated_margin": view.isolated_margin.to_string(),
        })
    };
    purses.iter().map(row).collect()
}

/// The first liquidation of a position is told; one that goes on later adds nothing to it.
fn one(run: &Run, fate: &Fate, account: AccountId) -> Value {
    json!({
        "symbol": fate.name, "side": fate.side.to_string(), "start": position(&fate.start),
        "liquidated": run.ends(fate, account).next().map(|(step, story)| ended(*step, story)),
        "end": fate.end.as_ref().map(position),
    })
}

fn ended(step: usize, story: &LiquidationStory) -> Value {
    let start = &story.start;
    json!({
        "step": step, "mark": start.mark.to_string(), "margin_balance": start.margin_balance.to_string(),
        "maintenance_margin": start.maintenance_margin.to_string(), "lost": story.lost.to_string(),
        "insurance_paid": story.insurance_paid.to_string(), "fee": story.fee.to_string(),
        "text": story.to_string().lines().collect::<Vec<_>>(),
    })
}
