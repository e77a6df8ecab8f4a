//! Settings as asked for, and the commands they become.

use std::borrow::Cow;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Engine;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::{Leverage, Side};

use super::view::Eye;
use crate::api::account::{asked, legs_to_set};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;

/// A setting as asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Leverage(Leverage),
    MarginMode(MarginMode),
    PositionMode(PositionMode),
    Margin(PositionSide, MarginMove),
}

impl Change {
    pub(super) fn leverage(parameters: &Parameters) -> Result<Self, ApiError> {
        asked::leverage(parameters).map(Self::Leverage)
    }

    pub(super) fn margin_mode(parameters: &Parameters) -> Result<Self, ApiError> {
        asked::margin_mode(parameters).map(Self::MarginMode)
    }

    pub(super) fn position_mode(parameters: &Parameters) -> Result<Self, ApiError> {
        asked::position_mode(parameters).map(Self::PositionMode)
    }

    pub(super) fn margin(parameters: &Parameters) -> Result<Self, ApiError> {
        asked::margin(parameters).map(|(side, movement)| Self::Margin(side, movement))
    }

    /// What is set before an order, where the call says so.
    pub(super) fn settings(parameters: &Parameters) -> Result<Vec<Self>, ApiError> {
        let mode = parameters.get("marginType").map(|_| Self::margin_mode(parameters)).transpose()?;
        let leverage = parameters.get("leverage").map(|_| Self::leverage(parameters)).transpose()?;
        Ok(mode.into_iter().chain(leverage).collect())
    }
}

/// The commands of some settings. What is set that way already needs none before something else.
pub(super) fn commands(engine: &Engine, eye: Eye, changes: &[Change]) -> Result<Vec<Command>, ApiError> {
    let market = engine.state().market(eye.market);
    let part = market.and_then(|market| market.participant(eye.account));
    let listing = market.map(ringfence_engine::state::Market::listing);
    let present_mode = part.map(|part| part.margin_mode(Side::Long)).or(listing.map(|listing| listing.default_margin_mode));
    let is_alone = changes.len() == 1;
    let leg = |side| LegRef { account: eye.account, market: eye.market, side };
    let mut all = Vec::new();
    for change in changes {
        match *change {
            Change::Leverage(leverage) => all.extend(leverages(&after(engine, eye.account, &all), eye, leverage)?),
            Change::MarginMode(mode) if Some(mode) == present_mode && !is_alone => {}
            Change::MarginMode(mode) => all.push(Command::SetMarginMode { leg: leg(PositionSide::Both), mode }),
            Change::PositionMode(mode) => all.push(Command::SetPositionMode { account: eye.account, mode }),
            Change::Margin(side, movement) => all.push(Command::MoveMargin { leg: leg(side), movement }),
        }
    }
    Ok(all)
}

/// The exchange as some commands leave it: the mode that is set before a leverage decides whether each hedge leg has its own; in one-way mode it
/// decides nothing. As it is, where one of them is refused.
fn after<'a>(engine: &'a Engine, account: AccountId, commands: &[Command]) -> Cow<'a, Engine> {
    let mode = engine.state().account(account).map(ringfence_engine::state::Account::position_mode);
    if commands.is_empty() || mode == Some(PositionMode::OneWay) {
        return Cow::Borrowed(engine);
    }
    let mut copy = engine.clone();
    let done = commands.iter().try_for_each(|command| copy.execute(command, &mut Vec::new()).map(|_| ()));
    if done.is_ok() { Cow::Owned(copy) } else { Cow::Borrowed(engine) }
}

/// The leverage of every leg that has another, as the real call sets it.
fn leverages(engine: &Engine, eye: Eye, leverage: Leverage) -> Result<Vec<Command>, ApiError> {
    let state = engine.state();
    let market = state.market(eye.market);
    let part = market.and_then(|market| market.participant(eye.account));
    let otherwise = market.map(|market| market.listing().default_leverage);
    let present = |side: PositionSide| match side {
        PositionSide::Both | PositionSide::Long => part.map(|part| part.leverage().long).or(otherwise),
        PositionSide::Short => part.map(|part| part.leverage().short).or(otherwise),
    };
    let sides = legs_to_set(state, eye.account, eye.market)?.iter().copied();
    let leg = |side| LegRef { account: eye.account, market: eye.market, side };
    Ok(sides
        .filter(|side| present(*side) != Some(leverage))
        .map(|side| Command::SetLeverage { leg: leg(side), leverage })
        .collect())
}
