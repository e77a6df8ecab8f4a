//! How it came to a liquidation, or how the numbers of a position come about.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::LiquidationStory;
use ringfence_engine::state::{Market, Participant};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::explain::{Explanation, explain_cross, explain_leg};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Leverage, Side};
use serde_json::{Value, json};

use super::ask::{account, answer};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};
use crate::exchange::World;
use crate::record::Window;

#[derive(Clone, Copy)]
enum About {
    Liquidation,
    Position,
}

/// What is explained: lines for people, steps for machines.
struct Told {
    market: Option<MarketId>,
    title: String,
    text: Vec<String>,
    steps: Vec<Value>,
}

/// `GET /local/v1/explain`: the latest liquidation of an account, or else its present position; in one market, or in the first that has any.
pub(super) async fn explain(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let owner = account(&app, &call)?;
    let find = |name: &str| app.catalog.find(name).ok_or_else(|| ApiError::of(Code::InvalidSymbol));
    let market = call.parameters.get("symbol").map(find).transpose()?.map(|symbol| symbol.market);
    let about = call.parameters.choice("about", &[("liquidation", About::Liquidation), ("position", About::Position)])?;
    let name = call.parameters.required("account")?.to_owned();
    let told = app
        .read(move |world| {
            let of_liquidation = || liquidation(world, (owner, &name), market).transpose();
            let of_position = || position(world, owner, market).transpose();
            let told = match about {
                Some(About::Liquidation) => of_liquidation(),
                Some(About::Position) => of_position(),
                None => of_liquidation().or_else(of_position),
            };
            told.unwrap_or_else(|| Ok(nothing())).map_err(|error| ApiError::refused(error.to_string()))
        })
        .await?;
    let symbol = told.market.and_then(|market| app.catalog.get(market)).map(|symbol| symbol.symbol.as_str());
    let body = json!({
        "account": call.parameters.get("account"), "symbol": symbol.or(call.parameters.get("symbol")),
        "title": told.title, "text": told.text, "steps": told.steps,
    });
    answer(&body, None)
}

fn nothing() -> Told {
    let text = "It has no position here and was never liquidated here.".to_owned();
    Told { market: None, title: "nothing to explain".to_owned(), text: vec![text], steps: Vec::new() }
}

fn liquidation(world: &World, (owner, name): (AccountId, &str), wanted: Option<MarketId>) -> Result<Option<Told>, OutOfRange> {
    let told = world.record().liquidations(Some(owner), &Window::ALL);
    let of_market = |market: MarketId| wanted.is_none_or(|wanted| wanted == market);
    let Some(latest) = told.into_iter().rev().find(|told| of_market(told.story.start.market)) else { return Ok(None) };
    let start = &latest.story.start;
    let Some(market) = world.state().market(start.market) else { return Ok(None) };
    let steps = match start.margin_mode {
        MarginMode::Isolated => {
            let leverage = leverage(market, owner, start.side);
            steps(&explain_leg(&Leg::isolated(market.terms(), &start.position)?, leverage, start.mark)?)
        }
        MarginMode::Cross => vec![pool_step(&latest.story)],
    };
    Ok(Some(Told {
        market: Some(start.market),
        title: format!("liquidation of the {} in {} at mark {}", start.side, market.listing().symbol, start.mark),
        text: latest.story.lines(market, name)?,
        steps,
    }))
}

/// The pool as it was: what else stood in it then is not kept.
fn pool_step(story: &LiquidationStory) -> Value {
    let start = &story.start;
    json!({
        "name": "liquidated at this mark", "formula": "liquidated when the pool's equity does not cover the maintenance of all its positions",
        "inputs": [
            {"name": "equity", "value": start.margin_balance.to_string()},
            {"name": "maintenance", "value": start.maintenance_margin.to_string()},
            {"name": "mark", "value": start.mark.to_string()},
        ],
        "rounding": "equity down, maintenance up, each position", "result": "yes", "source": "a choice of the rule set",
    })
}

fn leverage(market: &Market, owner: AccountId, side: Side) -> Leverage {
    market.participant(owner).map_or(market.listing().default_leverage, |part| part.leverage().of(side))
}

fn position(world: &World, owner: AccountId, wanted: Option<MarketId>) -> Result<Option<Told>, OutOfRange> {
    let markets = world.state().markets().iter().filter(|market| wanted.is_none_or(|wanted| wanted == market.id()));
    let held = |market: &'_ Market| market.participant(owner).is_some_and(Participant::has_position);
    let Some(market) = markets.into_iter().find(|market| held(market)) else { return Ok(None) };
    let (Some(part), Some(mark)) = (market.participant(owner), market.mark()) else { return Ok(None) };
    let mut explanations = Vec::new();
    for position in [part.positions().long, part.positions().short].into_iter().flatten() {
        match part.margin_mode(position.side) {
            MarginMode::Isolated => {
                let leverage = part.leverage().of(position.side);
                explanations.push(explain_leg(&Leg::isolated(market.terms(), &position)?, leverage, mark)?);
            }
            MarginMode::Cross if explanations.is_empty() => {
                let number = usize::from(market.id().0);
                explanations.push(world.state().with_pool(owner, market.asset(), |pool| explain_cross(pool, number))?);
            }
            MarginMode::Cross => {}
        }
    }
    let text = explanations.iter().flat_map(|told| told.to_string().lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    Ok(Some(Told {
        market: Some(market.id()),
        title: format!("position in {} at mark {mark}", market.listing().symbol),
        text,
        steps: explanations.iter().flat_map(steps).collect(),
    }))
}

fn steps(explanation: &Explanation) -> Vec<Value> {
    let step = |step: &ringfence_risk::explain::Step| {
        let inputs: Vec<Value> = step.inputs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({
            "name": step.name, "formula": step.formula, "inputs": inputs, "rounding": step.rounding, "result": step.result,
            "source": step.source,
        })
    };
    explanation.steps.iter().map(step).collect()
}
