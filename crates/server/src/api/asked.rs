//! What a command asks for, as far as the codes of refusals tell it apart.

use ringfence_engine::command::Command;

use crate::edge::error::reject::Asked;

/// Which kind of request a command is.
#[must_use]
pub(super) const fn asked(command: &Command) -> Asked {
    match command {
        Command::Place(_) | Command::PlaceBatch(_) => Asked::Place,
        Command::Amend(_) => Asked::Amend,
        Command::Cancel(_) | Command::CancelBatch(_) | Command::CancelAll { .. } | Command::CountdownCancel { .. } => {
            Asked::Cancel
        }
        Command::SetLeverage { .. } => Asked::Leverage,
        Command::SetMarginMode { .. } => Asked::MarginMode,
        Command::SetPositionMode { .. } => Asked::PositionMode,
        Command::MoveMargin { .. } | Command::SetAutoAddMargin { .. } => Asked::Margin,
        Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::Deposit(_)
        | Command::Withdraw(_)
        | Command::TransferBetween { .. }
        | Command::FundInsurance { .. }
        | Command::QuoteIndex { .. }
        | Command::SetMark { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => Asked::Other,
    }
}
