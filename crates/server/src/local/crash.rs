//! A price that falls, or rises, within seconds.

use std::sync::Arc;
use std::time::Duration;

use ringfence_engine::command::Command;
use ringfence_engine::ids::MarketId;
use ringfence_risk::units::Rate;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::ask::{answer, control, refused, symbol, wrong};
use super::prices::set;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::exchange::Sequencer;

/// Time between two marks.
const EVERY: Duration = Duration::from_millis(250);
/// Marks in a second.
const PER_SECOND: u32 = 4;
/// Most seconds it may take.
const LONGEST_SECONDS: u64 = 60;

/// `POST /local/v1/crash`: answers at once and goes on by itself, by the wall's clock; it ends early where a mark is refused. The source stays
/// paused.
pub(super) async fn crash(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let market = symbol.market;
    let change = call.parameters.need("change", Parameters::rate)?;
    let seconds = call.parameters.unsigned("seconds")?.unwrap_or(5);
    let known = u32::try_from(seconds).ok().filter(|_| (1..=LONGEST_SECONDS).contains(&seconds));
    let known = known.ok_or_else(|| wrong("seconds", format!("must be 1 to {LONGEST_SECONDS}, got {seconds}")))?;
    let steps = known.saturating_mul(PER_SECOND);
    if change == Rate::ZERO {
        return Err(wrong("change", "must not be 0"));
    }
    let marks = control(&app, move |sequencer: &mut Sequencer| {
        let (feed, world) = sequencer.feed_and_world();
        feed.slide(market, (change, steps), world.state()).map_err(|error| wrong("change", error))
    })
    .await?;
    let target =
        marks.last().and_then(|last| if let Command::SetMark { mark, .. } = last { Some(mark.to_string()) } else { None });
    tokio::spawn(fall(Arc::clone(&app), market, marks));
    answer(&json!({"symbol": symbol.symbol, "to": target, "steps": steps, "seconds": seconds}), None)
}

async fn fall(app: Arc<App>, market: MarketId, marks: Vec<Command>) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for command in marks {
        beat.tick().await;
        let step = move |sequencer: &mut Sequencer| set(sequencer, market, &command).map_err(|reject| refused(&reject));
        if let Err(error) = control(&app, step).await {
            tracing::warn!(%error, "a crash ended early");
            return;
        }
    }
}
