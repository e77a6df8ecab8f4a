//! One run along the path.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Engine;
use ringfence_engine::event::Event;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::query::{LiquidationStory, explain_liquidation};
use ringfence_engine::reject::Reject;
use ringfence_engine::state::Market;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::{MarginModeScope, ModeSwitch};
use ringfence_risk::units::{MarkPrice, Rate, Side};
use serde_json::{Value, json};

use super::Moved;
use crate::boot::{MAKER, index};
use crate::edge::error::ApiError;
use crate::feed::changed;
use crate::local::ask::refused;
use crate::local::preview::{mode, out_of_range, position};

/// What is compared.
pub(super) struct Course {
    pub(super) account: AccountId,
    /// The markets that move; the first leads.
    pub(super) markets: Vec<Moved>,
    pub(super) names: Vec<(MarketId, String)>,
    pub(super) path: Vec<Rate>,
}

/// A position at the start, and its end where it has come to one.
struct Fate {
    market: MarketId,
    side: Side,
    start: Value,
    ended: Option<Value>,
}

impl Course {
    /// All positions of the account under one mode, from the present to the end of the path.
    pub(super) fn run(&self, mut engine: Engine, wanted: MarginMode) -> Result<Value, ApiError> {
        let mut refusals = Vec::new();
        for (market, name) in &self.names {
            if let Err(reject) = self.switch(&mut engine, *market, wanted) {
                refusals.push(json!({"symbol": name, "why": reject.to_string()}));
            }
        }
        let money_before = self.money(&engine)?;
        let mut fates = self.fates(&engine)?;
        let marks = self.marks(&engine)?;
        let mut curve = Vec::new();
        for (step, at) in marks.iter().enumerate() {
            let mut events = Vec::new();
            for (moved, mark) in self.markets.iter().zip(at) {
                set_mark(&mut engine, moved.market, *mark, &mut events)?;
            }
            for story in explain_liquidation(&events).iter().filter(|story| story.start.account == Some(self.account)) {
                note(&mut fates, story, step);
            }
            let leading = at.first().map(ToString::to_string);
            curve.push(json!({"mark": leading, "equity": self.equity(&engine)?}));
        }
        let positions = fates.iter().map(|fate| self.told(&engine, fate)).collect::<Result<Vec<_>, _>>()?;
        Ok(json!({
            "mode": mode(wanted), "refused": refusals, "before": money_before, "after": self.money(&engine)?,
            "positions": positions, "curve": curve,
        }))
    }

    /// Cancels the orders of a market and switches its positions, both legs of a hedge.
    fn switch(&self, engine: &mut Engine, market: MarketId, wanted: MarginMode) -> Result<(), Reject> {
        let account = self.account;
        let known = |engine: &Engine| {
            let part = engine.state().market(market).and_then(|market| market.participant(account));
            part.map(|part| (part.orders(), part.has_position()))
        };
        let Some((orders, true)) = known(engine) else { return Ok(()) };
        let mut events = Vec::new();
        if orders > 0 {
            engine.execute(&Command::CancelAll { account, market }, &mut events)?;
        }
        carry(engine, market)?;
        for side in switched_sides(engine, account, market) {
            let leg = LegRef { account, market, side: *side };
            match engine.execute(&Command::SetMarginMode { leg, mode: wanted }, &mut events) {
                Ok(_) | Err(Reject::Core(Refusal::NoChange { .. })) => {}
                Err(reject) => return Err(reject),
            }
        }
        Ok(())
    }

    fn money(&self, engine: &Engine) -> Result<Vec<Value>, ApiError> {
        let mut rows = Vec::new();
        for (books, number) in engine.state().assets().iter().zip(0_u8..) {
            let view = engine.state().account_view(self.account, AssetId(number)).map_err(out_of_range)?;
            rows.extend(view.map(|view| {
                json!({
                    "asset": books.asset().to_string(), "wallet": view.wallet.to_string(), "available": view.available.to_string(),
                    "margin_balance": view.margin_balance.to_string(), "isolated_margin": view.isolated_margin.to_string(),
                })
            }));
        }
        Ok(rows)
    }

    /// What the account is worth in the asset that the leading market settles in.
    fn equity(&self, engine: &Engine) -> Result<Option<String>, ApiError> {
        let leading = self.markets.first().and_then(|moved| engine.state().market(moved.market));
        let Some(asset) = leading.map(Market::asset) else { return Ok(None) };
        let view = engine.state().account_view(self.account, asset).map_err(out_of_range)?;
        Ok(view.map(|view| view.margin_balance.to_string()))
    }

    fn fates(&self, engine: &Engine) -> Result<Vec<Fate>, ApiError> {
        let mut fates = Vec::new();
        for (market, _) in &self.names {
            for side in [Side::Long, Side::Short] {
                let view = engine.state().position_view(*market, self.account, side).map_err(out_of_range)?;
                fates.extend(view.map(|view| Fate { market: *market, side, start: position(&view), ended: None }));
            }
        }
        Ok(fates)
    }

    /// The marks of every step, one for each market that moves.
    fn marks(&self, engine: &Engine) -> Result<Vec<Vec<MarkPrice>>, ApiError> {
        let state = engine.state();
        let at = |change: &Rate| -> Result<Vec<MarkPrice>, ApiError> {
            let one = |moved: &Moved| changed(state, moved.market, *change, moved.grid);
            self.markets.iter().map(one).collect::<Result<_, _>>().map_err(|error| ApiError::refused(error.to_string()))
        };
        self.path.iter().map(at).collect()
    }

    fn told(&self, engine: &Engine, fate: &Fate) -> Result<Value, ApiError> {
        let view = engine.state().position_view(fate.market, self.account, fate.side).map_err(out_of_range)?;
        let name = self.names.iter().find(|(market, _)| *market == fate.market).map(|(_, name)| name.as_str());
        Ok(json!({
            "symbol": name, "side": fate.side.to_string(), "start": fate.start, "liquidated": fate.ended,
            "end": view.map(|view| position(&view)),
        }))
    }
}

/// On the copy a position may be carried from one mode to the other, whatever the market's rules say of it.
fn carry(engine: &mut Engine, market: MarketId) -> Result<(), Reject> {
    let Some(mut listing) = engine.state().market(market).map(|market| market.listing().clone()) else { return Ok(()) };
    if listing.rules.margin_mode_switch == ModeSwitch::CarriesPosition {
        return Ok(());
    }
    listing.rules.margin_mode_switch = ModeSwitch::CarriesPosition;
    engine.execute(&Command::ChangeMarket { market, listing: Box::new(listing) }, &mut Vec::new()).map(|_| ())
}

/// The sides for which a margin mode is set in this market.
fn switched_sides(engine: &Engine, account: AccountId, market: MarketId) -> &'static [PositionSide] {
    let state = engine.state();
    let hedge = state.account(account).map(ringfence_engine::state::Account::position_mode);
    let scope = state.market(market).map(|market| market.listing().rules.margin_mode_scope);
    match (hedge, scope) {
        (Some(PositionMode::Hedge), Some(MarginModeScope::PerLeg)) => &[PositionSide::Long, PositionSide::Short],
        (Some(PositionMode::Hedge | PositionMode::OneWay) | None, _) => &[PositionSide::Both],
    }
}

fn set_mark(engine: &mut Engine, market: MarketId, mark: MarkPrice, events: &mut Vec<Event>) -> Result<(), ApiError> {
    let present = engine.state().market(market).and_then(Market::mark);
    if present == Some(mark) {
        return Ok(());
    }
    let index = index(mark).map_err(out_of_range)?;
    for command in [Command::CancelAll { account: MAKER, market }, Command::SetMark { market, mark, index }] {
        engine.execute(&command, events).map_err(|reject| refused(&reject))?;
    }
    Ok(())
}

/// The first liquidation of a position stays; one that goes on later adds nothing to it.
fn note(fates: &mut [Fate], story: &LiquidationStory, step: usize) {
    let start = &story.start;
    let of_it = |fate: &&mut Fate| fate.market == start.market && fate.side == start.side;
    let Some(fate) = fates.iter_mut().find(of_it).filter(|fate| fate.ended.is_none()) else { return };
    fate.ended = Some(json!({
        "step": step, "mark": start.mark.to_string(), "margin_balance": start.margin_balance.to_string(),
        "maintenance_margin": start.maintenance_margin.to_string(), "lost": story.lost.to_string(),
        "insurance_paid": story.insurance_paid.to_string(), "fee": story.fee.to_string(),
        "text": story.to_string().lines().collect::<Vec<_>>(),
    }));
}
