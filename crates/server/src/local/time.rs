//! The exchange's time, and funding settled now.

use std::sync::Arc;

use ringfence_engine::command::Command;
use ringfence_engine::event::Event;
use ringfence_engine::time::Time;
use serde_json::json;

use super::ask::{answer, control, refused, symbol, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::exchange::{Clock, Sequencer};

/// The longest jump: 31 days.
const LONGEST_JUMP_MS: u64 = 31 * 86_400_000;

#[derive(Clone, Copy)]
enum Action {
    Freeze,
    Run,
    Advance,
}

const ACTIONS: [(&str, Action); 3] = [("freeze", Action::Freeze), ("run", Action::Run), ("advance", Action::Advance)];

/// `POST /local/v1/time`. What falls due meanwhile happens at the end of the jump; funding is settled once, however long it was.
pub(super) async fn time(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let action = call.parameters.choice("action", &ACTIONS)?.ok_or_else(|| ApiError::mandatory("action"))?;
    let (ms, speed) = (jump(&call.parameters, action)?, speed(&call.parameters, action)?);
    let (time, index) = control(&app, move |sequencer: &mut Sequencer| {
        let clock = sequencer.clock();
        match action {
            Action::Freeze => clock.freeze(),
            Action::Run => clock.run(speed),
            Action::Advance => clock.advance(ms),
        }
        let to = clock.now().max(sequencer.world().state().clock());
        let index = sequencer.try_step(&Command::AdvanceTime { to }).map_err(|reject| refused(&reject))?;
        Ok((to, index))
    })
    .await?;
    answer(&json!({"action": call.parameters.get("action"), "time": time.ms(), "speed": speed}), Some(index))
}

fn jump(parameters: &Parameters, action: Action) -> Result<u64, ApiError> {
    let ms = match action {
        Action::Advance => parameters.need("ms", Parameters::unsigned)?,
        Action::Freeze | Action::Run => 0,
    };
    if ms <= LONGEST_JUMP_MS { Ok(ms) } else { Err(wrong("ms", format!("must be at most {LONGEST_JUMP_MS}, got {ms}"))) }
}

fn speed(parameters: &Parameters, action: Action) -> Result<u32, ApiError> {
    let speed = match action {
        Action::Run => parameters.unsigned("speed")?.unwrap_or(1),
        Action::Freeze | Action::Advance => return Ok(0),
    };
    let fits = u32::try_from(speed).ok().filter(|speed| (1..=Clock::FASTEST).contains(speed));
    fits.ok_or_else(|| wrong("speed", format!("must be 1 to {}, got {speed}", Clock::FASTEST)))
}

/// `POST /local/v1/funding`: settles a market's funding now, at a rate of one's own where one is given.
pub(super) async fn funding(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let (market, rate) = (symbol.market, call.parameters.rate("rate")?);
    let (index, settled) = control(&app, move |sequencer: &mut Sequencer| {
        if let Some(rate) = rate {
            sequencer.try_step(&Command::SetFundingRate { market, rate }).map_err(|reject| refused(&reject))?;
        }
        let index = sequencer.try_step(&Command::SettleFunding { market }).map_err(|reject| refused(&reject))?;
        let is_settlement = |event: &&Event| matches!(event, Event::FundingSettled { .. });
        Ok((index, sequencer.events().iter().find(is_settlement).cloned()))
    })
    .await?;
    let body = match settled {
        Some(Event::FundingSettled { rate, mark, next, .. }) => json!({
            "symbol": symbol.symbol, "rate": rate.to_string(), "mark": mark.to_string(), "next_funding_time": Time::ms(next),
        }),
        Some(_) | None => json!({"symbol": symbol.symbol, "rate": null}),
    };
    answer(&body, Some(index))
}
