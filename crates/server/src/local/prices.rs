//! Marks, where they come from, and who quotes and trades without being asked.

use std::sync::Arc;

use ringfence_engine::command::Command;
use ringfence_engine::ids::MarketId;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::Market;
use ringfence_market::walk::WalkTerms;
use ringfence_risk::units::MarkPrice;
use serde_json::json;

use super::ask::{answer, control, refused, symbol, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::MAKER;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::Sequencer;
use crate::feed::{Feed, FeedError, FlowTerms, MakerTerms, Nudge, SourceSetup, SourceStatus};

/// `POST /local/v1/mark`: pauses the source and sets the mark, to a price or by a fraction.
pub(super) async fn mark(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let market = symbol.market;
    let nudge = match (call.parameters.price("price")?, call.parameters.rate("change")?) {
        (Some(price), None) => Nudge::To(MarkPrice::from_wide(price.wide()).map_err(|error| wrong("price", error))?),
        (None, Some(change)) => Nudge::By(change),
        (Some(_), Some(_)) => return Err(ApiError::not_required("change")),
        (None, None) => return Err(ApiError::either("price", "change")),
    };
    let (index, mark) = control(&app, move |sequencer: &mut Sequencer| {
        let (feed, world) = sequencer.feed_and_world();
        let was_paused = feed.status(market).ok().map(|status| status == SourceStatus::Paused);
        let command = feed.nudge(market, nudge, world.state()).map_err(|error| wrong("price", error))?;
        let index = match set(sequencer, market, &command) {
            Ok(index) => index,
            Err(reject) => {
                if was_paused != Some(true) {
                    resume(sequencer.feed(), market);
                }
                return Err(refused(&reject));
            }
        };
        Ok((index, sequencer.world().state().market(market).and_then(Market::mark)))
    })
    .await?;
    let mark = mark.map(|mark| mark.to_string());
    answer(&json!({"symbol": symbol.symbol, "mark": mark, "source": "paused"}), Some(index))
}

/// Sets a mark. A maker that sees the price jump is gone before anybody can trade at the old one, and stands at the new one before it makes anybody
/// leave.
pub(super) fn set(sequencer: &mut Sequencer, market: MarketId, command: &Command) -> Result<u64, Reject> {
    sequencer.step(&Command::CancelAll { account: MAKER, market });
    quote_ahead(sequencer, command);
    let stepped = sequencer.try_step(command);
    quote(sequencer);
    stepped
}

/// The maker stands where a mark is about to be.
fn quote_ahead(sequencer: &mut Sequencer, command: &Command) {
    let Command::SetMark { market, mark, .. } = command else { return };
    let (feed, world) = sequencer.feed_and_world();
    let quotes = feed.ahead(*market, *mark, world.state());
    for quote in &quotes {
        sequencer.step(quote);
    }
}

/// The makers look at once instead of at their next turn.
fn quote(sequencer: &mut Sequencer) {
    let (feed, world) = sequencer.feed_and_world();
    let quotes = feed.orders(world.state().clock(), world.state());
    for command in &quotes {
        sequencer.step(command);
    }
}

/// What a price that was refused paused goes on.
fn resume(feed: &mut Feed, market: MarketId) {
    if let Err(error) = feed.resume(market) {
        tracing::debug!(%error, "a source could not be resumed");
    }
}

const ACTIONS: [(&str, Action); 4] =
    [("pause", Action::Pause), ("resume", Action::Resume), ("walk", Action::Walk), ("fixed", Action::Fixed)];

#[derive(Clone, Copy)]
enum Action {
    Pause,
    Resume,
    Walk,
    Fixed,
}

/// `POST /local/v1/source`. What a source does is no command and so not in the journal: after a restart it runs as the exchange was started.
pub(super) async fn source(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let market = symbol.market;
    let action = call.parameters.choice("action", &ACTIONS)?.ok_or_else(|| ApiError::mandatory("action"))?;
    change_feed(&app, move |feed| match action {
        Action::Pause => feed.pause(market),
        Action::Resume => feed.resume(market),
        Action::Walk => feed.set_source(market, &SourceSetup::Walk(WalkTerms::DEFAULT)),
        Action::Fixed => feed.set_source(market, &SourceSetup::Fixed),
    })
    .await?;
    answer(&json!({"symbol": symbol.symbol, "action": call.parameters.get("action")}), None)
}

/// `POST /local/v1/maker`.
pub(super) async fn maker(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (market, terms) = (symbol(&app, &call)?.market, switch(&call.parameters)?.then_some(MakerTerms::DEFAULT));
    change_feed(&app, move |feed| feed.set_maker(market, terms)).await?;
    answer(&json!({"symbol": call.parameters.get("symbol"), "on": terms.is_some()}), None)
}

/// `POST /local/v1/flow`.
pub(super) async fn flow(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (market, terms) = (symbol(&app, &call)?.market, switch(&call.parameters)?.then_some(FlowTerms::DEFAULT));
    change_feed(&app, move |feed| feed.set_flow(market, terms)).await?;
    answer(&json!({"symbol": call.parameters.get("symbol"), "on": terms.is_some()}), None)
}

fn switch(parameters: &Parameters) -> Result<bool, ApiError> {
    parameters.boolean("on")?.ok_or_else(|| ApiError::mandatory("on"))
}

async fn change_feed(
    app: &App,
    change: impl FnOnce(&mut Feed) -> Result<(), FeedError> + Send + 'static,
) -> Result<(), ApiError> {
    let act = move |sequencer: &mut Sequencer| change(sequencer.feed()).map_err(|error| error.to_string());
    let done = app.exchange.control(act).await.map_err(crate::api::app::unavailable)?;
    done.map_err(|text| ApiError::saying(Code::InvalidParameter, text))
}
