//! The names of commands.

use ringfence_engine::command::Command;

/// What a kind of command is called.
pub(super) const fn command(command: &Command) -> &'static str {
    match command {
        Command::AdvanceTime { .. } => "advance_time",
        Command::OpenAccount => "open_account",
        Command::ListAsset { .. } => "list_asset",
        Command::ListMarket(_) => "list_market",
        Command::ChangeMarket { .. } => "change_market",
        Command::SetMarketState { .. } => "set_market_state",
        Command::Deposit(_) => "deposit",
        Command::Withdraw(_) => "withdraw",
        Command::TransferBetween { .. } => "transfer",
        Command::FundInsurance { .. } => "fund_insurance",
        Command::Place(_) => "place",
        Command::PlaceBatch(_) => "place_batch",
        Command::Amend(_) => "amend",
        Command::Cancel(_) => "cancel",
        Command::CancelBatch(_) => "cancel_batch",
        Command::CancelAll { .. } => "cancel_all",
        Command::CountdownCancel { .. } => "countdown_cancel",
        Command::SetLeverage { .. } => "set_leverage",
        Command::MoveMargin { .. } => "move_margin",
        Command::SetMarginMode { .. } => "set_margin_mode",
        Command::SetPositionMode { .. } => "set_position_mode",
        Command::SetAutoAddMargin { .. } => "set_auto_add_margin",
        Command::QuoteIndex { .. } => "quote_index",
        Command::SetMark { .. } => "set_mark",
        Command::SetFundingRate { .. } => "set_funding_rate",
        Command::SettleFunding { .. } => "settle_funding",
    }
}
