//! Who may take free money, and what for.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, Command};
use ringfence_engine::event::{LedgerAccount, Posting, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{PerSide, State};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::FundingSource;

/// What a command is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) command: &'a Command,
    /// The state after it.
    pub(crate) state: &'a State,
    /// Accounts whose orders filled in it.
    pub(crate) filled: &'a [AccountId],
}

impl Judged<'_> {
    /// Whether an entry that takes free money of an account may do so.
    pub(crate) fn may_take(&self, account: AccountId, posting: &Posting) -> bool {
        let market = market_of(posting.to);
        match posting.reason {
            Reason::OrderHold => matches!(posting.to, LedgerAccount::Hold(owner, _) if owner == account),
            Reason::TradingFee | Reason::MarginPosted => self.filled.contains(&account),
            Reason::RealisedProfit | Reason::LiquidationFee | Reason::Socialised => self.is_cross(account, market),
            Reason::Funding => self.is_cross(account, market) || self.pays_from_wallet(market),
            Reason::MarginAutoAdded => self.adds(account, market),
            Reason::Withdrawal | Reason::Transfer | Reason::MarginMoved | Reason::LeverageChange | Reason::ModeSwitch => {
                self.is_commanded(account, posting.reason)
            }
            Reason::Deposit | Reason::MarginReleased | Reason::InsurancePayout | Reason::InsuranceTrade => false,
        }
    }

    /// Whether the account asked for it.
    fn is_commanded(&self, account: AccountId, reason: Reason) -> bool {
        match self.command {
            Command::Withdraw(transfer) => reason == Reason::Withdrawal && transfer.account == account,
            Command::TransferBetween { from, .. } => reason == Reason::Transfer && *from == account,
            Command::MoveMargin { leg, .. } => reason == Reason::MarginMoved && leg.account == account,
            Command::SetLeverage { leg, .. } => reason == Reason::LeverageChange && leg.account == account,
            Command::SetMarginMode { leg, .. } => reason == Reason::ModeSwitch && leg.account == account,
            Command::SetPositionMode { account: own, .. } => reason == Reason::ModeSwitch && *own == account,
            Command::AdvanceTime { .. }
            | Command::OpenAccount
            | Command::ListAsset { .. }
            | Command::ListMarket(_)
            | Command::ChangeMarket { .. }
            | Command::SetMarketState { .. }
            | Command::Deposit(_)
            | Command::FundInsurance { .. }
            | Command::Place(_)
            | Command::PlaceBatch(_)
            | Command::Amend(_)
            | Command::Cancel(_)
            | Command::CancelBatch(_)
            | Command::CancelAll { .. }
            | Command::CountdownCancel { .. }
            | Command::SetAutoAddMargin { .. }
            | Command::QuoteIndex { .. }
            | Command::SetMark { .. }
            | Command::SetFundingRate { .. }
            | Command::SettleFunding { .. } => false,
        }
    }

    fn is_cross(&self, account: AccountId, market: Option<MarketId>) -> bool {
        // An entry that names no market may be for any of the account's.
        self.state.markets().iter().filter(|known| market.is_none_or(|market| known.id() == market)).any(|known| {
            known
                .participant(account)
                .is_some_and(|participant| participant.margin_modes() != &PerSide::both(MarginMode::Isolated))
        })
    }

    fn pays_from_wallet(&self, market: Option<MarketId>) -> bool {
        let known = market.and_then(|market| self.state.market(market));
        known.is_some_and(|known| known.listing().rules.funding_source == FundingSource::Wallet)
    }

    fn adds(&self, account: AccountId, market: Option<MarketId>) -> bool {
        let known = market.and_then(|market| self.state.market(market));
        let participant = known.and_then(|known| known.participant(account));
        participant.is_some_and(|participant| participant.auto_add() == AutoAdd::On)
    }
}

/// The market an account of the ledger belongs to.
pub(crate) const fn market_of(account: LedgerAccount) -> Option<MarketId> {
    match account {
        LedgerAccount::Outside | LedgerAccount::Wallet(_) | LedgerAccount::Fees => None,
        LedgerAccount::Hold(_, market)
        | LedgerAccount::Margin(_, market, _)
        | LedgerAccount::Insurance(market)
        | LedgerAccount::Settlement(market)
        | LedgerAccount::Funding(market)
        | LedgerAccount::Uncovered(market) => Some(market),
    }
}
