//! Which code each refusal of the engine becomes.
//!
//! Some refusals mean different codes for different requests: no balance is -2019 for an order, -2028 for a leverage,
//! -4050 for margin. So the request is given along.

use ringfence_engine::command::MarketState;
use ringfence_engine::reject::{Field, Limited, Reject, Thing};
use ringfence_risk::filters::{FilterError, OrderSide};
use ringfence_risk::refusal::Refusal;

use super::{ApiError, Code, Family};

/// What was asked for when the engine refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// To place an order, waiting or not.
    Place,
    /// To amend an order.
    Amend,
    /// To cancel orders.
    Cancel,
    /// To set a leverage.
    Leverage,
    /// To set a margin mode.
    MarginMode,
    /// To set the position mode.
    PositionMode,
    /// To add or remove margin, or to add it automatically.
    Margin,
    /// Anything else: money, markets, prices, time.
    Other,
}

impl Asked {
    /// Every kind of request.
    pub const ALL: [Self; 8] =
        [Self::Place, Self::Amend, Self::Cancel, Self::Leverage, Self::MarginMode, Self::PositionMode, Self::Margin, Self::Other];
}

/// The answer to a refusal of the engine.
#[must_use]
pub fn from_reject(reject: &Reject, asked: Asked, family: Family) -> ApiError {
    let code = |code| ApiError::filled(code, family, &[]);
    match reject {
        Reject::Core(refusal) => from_refusal(refusal, asked, family),
        Reject::Leverage(refused) => from_refusal(&refused.refusal, asked, family),
        Reject::Unknown { what: Thing::Market, .. } => code(Code::InvalidSymbol),
        Reject::Unknown { what: what @ (Thing::Account | Thing::Asset), .. } => ApiError::invalid(&what.to_string()),
        Reject::LimitReached { what, .. } => limit_code(*what).map_or_else(|| ApiError::refused(reject.to_string()), code),
        Reject::MarketNot { state, .. } => code(state_code(*state, asked)),
        Reject::NoMark { since } => match (asked, since) {
            (Asked::Place | Asked::Amend, Some(_)) => code(Code::OnlyReduceOnly),
            (Asked::Place | Asked::Amend, None) => code(Code::CannotPlace),
            (
                Asked::Cancel | Asked::Leverage | Asked::MarginMode | Asked::PositionMode | Asked::Margin | Asked::Other,
                Some(_) | None,
            ) => ApiError::refused(reject.to_string()),
        },
        Reject::WrongPositionSide { .. } => code(Code::WrongPositionSide),
        Reject::Invalid { field, why } => from_invalid(*field, why, family),
        Reject::WouldTriggerAtOnce { .. } => code(Code::WouldTrigger),
        Reject::WouldTake { .. } => code(Code::PostOnlyRejected),
        Reject::NoLiquidity => code(Code::UnableToFill),
        Reject::DuplicateClientId { .. } => code(Code::DuplicateClientOrderId),
        Reject::UnknownOrder => code(Code::UnknownOrder),
        Reject::NotAmendable { .. } => code(Code::AmendOnlyLimit),
        Reject::NotIsolated => code(Code::AddMarginIsolatedOnly),
        Reject::OpenInterestCap { .. } => code(Code::AboveMaxPosition),
        Reject::InsufficientFunds { .. } => code(Code::BalanceInsufficient),
        Reject::BadListing { field, why } => ApiError::saying(Code::InvalidParameter, format!("{field} {why}")),
        Reject::TimeGoesBack { .. } | Reject::MarkNotBelieved { .. } | Reject::UncoveredLoss { .. } => {
            ApiError::refused(reject.to_string())
        }
    }
}

/// The code of a limit of the engine; `None` for those that no order meets.
const fn limit_code(what: Limited) -> Option<Code> {
    match what {
        Limited::OrdersInBatch => Some(Code::BatchSize),
        Limited::ClientIds | Limited::OrdersOfAccount | Limited::Orders => Some(Code::TooManyOpenOrders),
        Limited::WaitingOfAccount | Limited::Waiting => Some(Code::TooManyStopOrders),
        Limited::Accounts | Limited::Assets | Limited::Markets => None,
    }
}

const fn state_code(state: MarketState, asked: Asked) -> Code {
    match (state, asked) {
        (MarketState::Settled, _) => Code::SymbolClosed,
        (MarketState::PostOnly | MarketState::ReduceOnly, Asked::Place) => Code::NotOpening,
        (_, Asked::Amend) => Code::AmendNotPermitted,
        (
            MarketState::Open | MarketState::PostOnly | MarketState::ReduceOnly | MarketState::CancelOnly | MarketState::Halted,
            Asked::Place
            | Asked::Cancel
            | Asked::Leverage
            | Asked::MarginMode
            | Asked::PositionMode
            | Asked::Margin
            | Asked::Other,
        ) => Code::InvalidSymbolStatus,
    }
}

/// A field that does not fit the others, under the name it has in a request.
fn from_invalid(field: Field, why: &str, family: Family) -> ApiError {
    let code = |code| ApiError::filled(code, family, &[]);
    match field {
        Field::Price => code(Code::BeyondPriceBand),
        Field::GoodTillDate => code(Code::GoodTillDate),
        Field::QuantityOfClose => code(Code::ClosePositionQuantity),
        Field::Quantity => code(Code::QuantityBelowZero),
        Field::Callback => ApiError::invalid("callbackRate"),
        Field::Purpose => ApiError::invalid("closePosition"),
        Field::Asset | Field::MarkSource | Field::Rate | Field::To => {
            ApiError::saying(Code::InvalidParameter, format!("{field} {why}"))
        }
    }
}

/// The answer to a refusal of the rules.
fn from_refusal(refusal: &Refusal, asked: Asked, family: Family) -> ApiError {
    let code = |code| ApiError::filled(code, family, &[]);
    match refusal {
        Refusal::OutOfRange(_) => code(Code::InvalidData),
        Refusal::Filter(error) => from_filter(error, family),
        Refusal::AmountNotPositive { .. } => code(Code::AmountNotPositive),
        Refusal::NotOffered { .. } => code(Code::NotSupported),
        Refusal::NoPosition
        | Refusal::NoChange { .. }
        | Refusal::OpenOrders { .. }
        | Refusal::PositionOpen { .. }
        | Refusal::InsufficientBalance { .. }
        | Refusal::WouldLiquidate { .. } => {
            code_of_request(refusal, asked).map_or_else(|| ApiError::refused(refusal.to_string()), code)
        }
        Refusal::LeverageAboveContract { leverage, .. } => {
            ApiError::filled(Code::InvalidLeverage, family, &[&leverage.to_string()])
        }
        Refusal::LeverageAboveBracket { .. } => code(Code::AboveMaxPosition),
        Refusal::LoweringRefused { .. } => code(Code::LeverageReduction),
        Refusal::WouldOpen { .. } => code(Code::ReduceOnlyRejected),
        Refusal::AboveRemovable { .. } => code(Code::IsolatedBalanceInsufficient),
        Refusal::BeyondBankruptcy { .. } => ApiError::saying(Code::OrderRejected, refusal.to_string()),
        Refusal::InLiquidation { .. } => code(Code::InLiquidation),
    }
}

/// The code of a refusal that means something else for each request; `None` where Binance has none.
const fn code_of_request(refusal: &Refusal, asked: Asked) -> Option<Code> {
    let rows = match refusal {
        Refusal::NoPosition => by_request([Some(Code::ReduceOnlyRejected), None, None, None, Some(Code::NoPosition)], asked),
        Refusal::NoChange { .. } => by_request(
            [
                Some(Code::NoNeedToAmend),
                None,
                Some(Code::MarginTypeUnchanged),
                Some(Code::PositionModeUnchanged),
                Some(Code::AutoAddMarginUnchanged),
            ],
            asked,
        ),
        Refusal::OpenOrders { .. } => {
            by_request([None, None, Some(Code::MarginTypeOpenOrders), Some(Code::PositionModeOpenOrders), None], asked)
        }
        Refusal::PositionOpen { .. } => {
            by_request([None, None, Some(Code::MarginTypePosition), Some(Code::PositionModePosition), None], asked)
        }
        Refusal::InsufficientBalance { .. } => by_request(
            [
                Some(Code::MarginInsufficient),
                Some(Code::LeverageTooSmall),
                Some(Code::CrossBalanceInsufficient),
                Some(Code::MarginInsufficient),
                Some(Code::CrossBalanceInsufficient),
            ],
            asked,
        ),
        Refusal::WouldLiquidate { .. } => by_request(
            [
                Some(Code::MarginInsufficient),
                Some(Code::LeverageTooSmall),
                Some(Code::IsolatedBalanceInsufficient),
                Some(Code::MarginInsufficient),
                Some(Code::IsolatedBalanceInsufficient),
            ],
            asked,
        ),
        Refusal::OutOfRange(_)
        | Refusal::Filter(_)
        | Refusal::AmountNotPositive { .. }
        | Refusal::NotOffered { .. }
        | Refusal::LeverageAboveContract { .. }
        | Refusal::LeverageAboveBracket { .. }
        | Refusal::LoweringRefused { .. }
        | Refusal::WouldOpen { .. }
        | Refusal::AboveRemovable { .. }
        | Refusal::BeyondBankruptcy { .. }
        | Refusal::InLiquidation { .. } => None,
    };
    match (rows, refusal, asked) {
        (None, Refusal::InsufficientBalance { .. }, Asked::Other) => Some(Code::BalanceInsufficient),
        (found, _, _) => found,
    }
}

/// Picks from a row: order, leverage, margin mode, position mode, margin.
const fn by_request(row: [Option<Code>; 5], asked: Asked) -> Option<Code> {
    let [order, leverage, margin_mode, position_mode, margin] = row;
    match asked {
        Asked::Place | Asked::Amend | Asked::Cancel => order,
        Asked::Leverage => leverage,
        Asked::MarginMode => margin_mode,
        Asked::PositionMode => position_mode,
        Asked::Margin => margin,
        Asked::Other => None,
    }
}

fn from_filter(error: &FilterError, family: Family) -> ApiError {
    let code = |code| ApiError::filled(code, family, &[]);
    match error {
        FilterError::OffTick { .. } => code(Code::OffTick),
        FilterError::OffLot { quantity, .. } if quantity.raw() == 0 => code(Code::QuantityBelowZero),
        FilterError::OffLot { .. } => code(Code::OffLot),
        FilterError::QuantityOutOfRange { quantity, least, .. } if quantity < least => code(Code::QuantityBelowLeast),
        FilterError::QuantityOutOfRange { .. } => code(Code::QuantityAboveGreatest),
        FilterError::NotionalTooSmall { least, .. } => ApiError::filled(Code::NotionalTooSmall, family, &[&least.to_string()]),
        FilterError::OutsidePriceBand { side: OrderSide::Buy, .. } => code(Code::PriceAboveBand),
        FilterError::OutsidePriceBand { side: OrderSide::Sell, .. } => code(Code::PriceBelowBand),
        FilterError::OutOfRange(_) => code(Code::InvalidData),
    }
}

#[cfg(test)]
mod tests;
