//! Settings and margin as calls name them: the calls and their previews read them alike.

use ringfence_engine::command::PositionSide;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::Leverage;

use crate::api::order::POSITION_SIDES;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;

const MARGIN_MODES: [(&str, MarginMode); 2] = [("ISOLATED", MarginMode::Isolated), ("CROSSED", MarginMode::Cross)];

/// Which way margin is to move.
#[derive(Clone, Copy)]
enum Way {
    Add,
    Remove,
}

const WAYS: [(&str, Way); 2] = [("1", Way::Add), ("2", Way::Remove)];

/// The leverage a call asks for.
///
/// # Errors
/// −1102 without one, −1100 for no whole number, −4028 outside 1 to 1000.
pub(crate) fn leverage(parameters: &Parameters) -> Result<Leverage, ApiError> {
    parameters.need("leverage", Parameters::leverage)
}

/// The margin mode a call asks for.
///
/// # Errors
/// −1102 without one, −1130 for one there is not.
pub(crate) fn margin_mode(parameters: &Parameters) -> Result<MarginMode, ApiError> {
    parameters.choice("marginType", &MARGIN_MODES)?.ok_or_else(|| ApiError::mandatory("marginType"))
}

/// The position mode a call asks for.
///
/// # Errors
/// −1102 without one, −1130 for anything but true and false.
pub(crate) fn position_mode(parameters: &Parameters) -> Result<PositionMode, ApiError> {
    Ok(match parameters.need("dualSidePosition", Parameters::boolean)? {
        true => PositionMode::Hedge,
        false => PositionMode::OneWay,
    })
}

/// The leg a call moves margin of, and how. Whether the amount is above zero is the engine's to say.
///
/// # Errors
/// −1102 without `amount` or `type`, −1130 for a `type` there is not, −4060 for a `positionSide` there is not.
pub(crate) fn margin(parameters: &Parameters) -> Result<(PositionSide, MarginMove), ApiError> {
    let amount = parameters.need("amount", Parameters::amount)?;
    let way = parameters.choice("type", &WAYS)?.ok_or_else(|| ApiError::mandatory("type"))?;
    let movement = match way {
        Way::Add => MarginMove::Add(amount),
        Way::Remove => MarginMove::Remove(amount),
    };
    let side = parameters.choice_or("positionSide", &POSITION_SIDES, ApiError::of(Code::InvalidPositionSide))?;
    Ok((side.unwrap_or(PositionSide::Both), movement))
}
