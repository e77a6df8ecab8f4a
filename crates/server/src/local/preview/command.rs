//! Settings as asked for, and the commands they become.

use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Engine;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::{Leverage, Side};

use super::view::Eye;
use crate::api::account::asked;
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
pub(super) fn commands(engine: &Engine, eye: Eye, changes: &[Change]) -> Vec<Command> {
    let market = engine.state().market(eye.market);
    let part = market.and_then(|market| market.participant(eye.account));
    let listing = market.map(ringfence_engine::state::Market::listing);
    let present_mode = part.map(|part| part.margin_mode(Side::Long)).or(listing.map(|listing| listing.default_margin_mode));
    let present = part.map(|part| part.leverage().long).or(listing.map(|listing| listing.default_leverage));
    let is_alone = changes.len() == 1;
    let command = |change: &Change| match *change {
        Change::Leverage(leverage) => {
            let leg = LegRef { account: eye.account, market: eye.market, side: PositionSide::Both };
            (Some(leverage) != present).then_some(Command::SetLeverage { leg, leverage })
        }
        Change::MarginMode(mode) if Some(mode) == present_mode && !is_alone => None,
        Change::MarginMode(mode) => {
            let leg = LegRef { account: eye.account, market: eye.market, side: PositionSide::Both };
            Some(Command::SetMarginMode { leg, mode })
        }
        Change::PositionMode(mode) => Some(Command::SetPositionMode { account: eye.account, mode }),
        Change::Margin(side, movement) => {
            let leg = LegRef { account: eye.account, market: eye.market, side };
            Some(Command::MoveMargin { leg, movement })
        }
    };
    changes.iter().filter_map(command).collect()
}
