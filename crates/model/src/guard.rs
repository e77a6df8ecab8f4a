//! Whose free money may fall, and by what.

use num_bigint::BigInt;
use num_traits::Signed;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::Command;
use ringfence_engine::event::{LedgerAccount, Posting, Reason};
use ringfence_risk::rule_set::FundingSource;

use crate::books::index;
use crate::fact::LegKey;
use crate::model::Model;

/// Whose command it is.
fn issuer(command: &Command) -> Vec<AccountId> {
    match command {
        Command::Withdraw(transfer) | Command::Deposit(transfer) => vec![transfer.account],
        Command::TransferBetween { from, .. } => vec![*from],
        Command::Place(order) => vec![order.account],
        Command::PlaceBatch(orders) => orders.iter().map(|order| order.account).collect(),
        Command::Amend(amendment) => vec![amendment.order.account],
        Command::Cancel(order) => vec![order.account],
        Command::CancelBatch(orders) => orders.iter().map(|order| order.account).collect(),
        Command::CancelAll { account, .. }
        | Command::CountdownCancel { account, .. }
        | Command::SetPositionMode { account, .. }
        | Command::SetAutoAddMargin { account, .. } => vec![*account],
        Command::SetLeverage { leg, .. } | Command::SetMarginMode { leg, .. } | Command::MoveMargin { leg, .. } => {
            vec![leg.account]
        }
        Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::FundInsurance { .. }
        | Command::QuoteIndex { .. }
        | Command::SetMark { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => Vec::new(),
    }
}

impl Model {
    /// A wallet under isolated margin never pays for liquidations, insurance or losses of others, nor for its own losses.
    pub(crate) fn guard_posting(&mut self, posting: &Posting) {
        let LedgerAccount::Wallet(account) = posting.from else { return };
        let forbidden = match posting.reason {
            Reason::LiquidationFee | Reason::InsurancePayout | Reason::InsuranceTrade | Reason::Socialised => true,
            Reason::RealisedProfit => true,
            Reason::Funding => !self.funding_from_wallets(posting),
            Reason::Deposit
            | Reason::Withdrawal
            | Reason::Transfer
            | Reason::OrderHold
            | Reason::TradingFee
            | Reason::MarginPosted
            | Reason::MarginReleased
            | Reason::MarginMoved
            | Reason::MarginAutoAdded
            | Reason::LeverageChange
            | Reason::ModeSwitch => false,
        };
        if forbidden && !self.has_pool(account, posting.asset) {
            self.rule(format!("{:?} of {} from the wallet of account {}", posting.reason, posting.amount, account.0));
        }
    }

    /// Margin leaves a box by hand only as far as it may.
    pub(crate) fn guard_removal(&mut self, key: LegKey, amount: &BigInt) {
        let Some(settings) = key.account.and_then(|account| self.books.settings.get(&(key.market, account))) else { return };
        let leverage = settings.leverage[index(key.side)];
        if let Some(most) = self.removable(key, leverage).filter(|most| amount.is_negative() && -amount > *most) {
            self.rule(format!("{key}: {} were removed, {most} may be", -amount));
        }
    }

    fn funding_from_wallets(&self, posting: &Posting) -> bool {
        let LedgerAccount::Funding(market) = posting.to else { return false };
        self.books.terms(market).is_some_and(|terms| terms.rules.funding_source == FundingSource::Wallet)
    }

    /// Nobody's free money fell by somebody else's command, save by an own order that acted, automatic margin, or a pool.
    pub(crate) fn guard_wallets(&mut self, command: &Command) {
        let issuers = issuer(command);
        let mut all_held = core::mem::take(&mut self.posted.held);
        for ((asset, account), before) in core::mem::take(&mut self.posted.before) {
            // What is held for own orders is own money, too: new terms may hold more of it.
            let held = all_held.remove(&(asset, account)).unwrap_or_default();
            let now = self.posted.balance(asset, LedgerAccount::Wallet(account)) + held;
            let draws = self.auto_add.iter().any(|(_, owner)| *owner == account);
            let acted = issuers.contains(&account) || self.present.acted.contains(&account);
            let pays = || self.books.markets.values().any(|market| market.terms.rules.funding_source == FundingSource::Wallet);
            if now < before && !acted && !draws && !self.has_pool(account, asset) && !pays() {
                self.rule(format!("free money of account {} fell from {before} to {now} by somebody else's command", account.0));
            }
        }
    }
}
