//! The question asked the other way round: what puts the liquidation price there?

use ringfence_engine::state::State;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::solve::{attainable_leverage, margin_for_liquidation_price};
use ringfence_risk::units::{Amount, MarkPrice, Side};
use serde_json::{Value, json};

use super::view::{Eye, out_of_range};
use crate::edge::error::{ApiError, Code};
use crate::local::ask::wrong;

/// For every leg on isolated: the margin with which it still lives at this mark and with one unit less does not, what of that is to be added
/// (below zero: to be taken out), and the leverage that would post as much.
pub(super) fn target(state: &State, eye: Eye, wanted: MarkPrice) -> Result<Value, ApiError> {
    let market = state.market(eye.market).ok_or_else(|| ApiError::of(Code::InvalidSymbol))?;
    let Some(part) = market.participant(eye.account).filter(|part| part.has_position()) else {
        return Err(wrong("account", "there is no position here whose liquidation price could move"));
    };
    let mut legs = Vec::new();
    for side in [Side::Long, Side::Short] {
        let Some(position) = part.positions().of(side) else { continue };
        legs.push(match part.margin_mode(side) {
            MarginMode::Isolated => solved(market, &position, wanted).map_err(out_of_range)?,
            MarginMode::Cross => {
                json!({"side": side.to_string(), "why": "on cross the whole pool decides, not a margin of its own"})
            }
        });
    }
    Ok(json!(legs))
}

fn solved(market: &ringfence_engine::state::Market, position: &Position, wanted: MarkPrice) -> Result<Value, OutOfRange> {
    let terms = market.terms();
    let (needed, posted) = (margin_for_liquidation_price(&terms, position, wanted)?, position.margin()?);
    let leverage = attainable_leverage(&terms, position, wanted)?;
    let change = needed.minus(posted)?;
    let movement = if change >= Amount::ZERO { ("1", change) } else { ("2", Amount::ZERO.minus(change)?) };
    Ok(json!({
        "side": position.side.to_string(), "margin": needed.to_string(), "posted": posted.to_string(),
        "type": movement.0, "amount": movement.1.to_string(), "leverage": leverage.map(|leverage| leverage.to_string()),
    }))
}
