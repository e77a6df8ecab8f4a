//! A run as JSON.

use ringfence_engine::book::AccountId;
use ringfence_engine::query::LiquidationStory;
use ringfence_risk::arithmetic::OutOfRange;
use serde_json::{Value, json};

use super::run::{Fate, Purse, Run};
use crate::local::preview::{mode, position};

/// The whole run.
///
/// # Errors
/// [`OutOfRange`], never for what the engine did.
pub(super) fn told(run: &Run, (account, owner): (AccountId, &str)) -> Result<Value, OutOfRange> {
    let refused = run.refused.iter().map(|(symbol, why)| json!({"symbol": symbol, "why": why.to_string()}));
    let curve = run.points.iter();
    let curve = curve.map(|point| json!({"mark": point.mark.to_string(), "equity": point.money.margin_balance.to_string()}));
    let positions = run.fates.iter().map(|fate| one(run, fate, (account, owner))).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "mode": mode(run.mode), "refused": refused.collect::<Vec<_>>(), "before": money(&run.before), "after": money(&run.after),
        "positions": positions, "curve": curve.collect::<Vec<_>>(),
    }))
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
fn one(run: &Run, fate: &Fate, (account, owner): (AccountId, &str)) -> Result<Value, OutOfRange> {
    let [_, after] = &run.engines;
    let first = run.ends(fate, account).next().zip(after.state().market(fate.market));
    let liquidated = first.map(|((step, story), market)| Ok(ended(*step, story, &story.lines(market, owner)?))).transpose()?;
    Ok(json!({
        "symbol": fate.name, "side": fate.side.to_string(), "start": position(&fate.start),
        "liquidated": liquidated, "end": fate.end.as_ref().map(position),
    }))
}

fn ended(step: usize, story: &LiquidationStory, text: &[String]) -> Value {
    let start = &story.start;
    json!({
        "step": step, "mark": start.mark.to_string(), "margin_balance": start.margin_balance.to_string(),
        "maintenance_margin": start.maintenance_margin.to_string(), "lost": story.lost.to_string(),
        "insurance_paid": story.insurance_paid.to_string(), "fee": story.fee.to_string(),
        "text": text,
    })
}
