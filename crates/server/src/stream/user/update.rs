//! Which balances and positions a command changed, and why.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_engine::book::AccountId;
use ringfence_engine::event::{LedgerAccount, Posting, Reason};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::units::{Amount, Side};

/// Why balances or positions changed, in the words of Binance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Deposit,
    Withdraw,
    AssetTransfer,
    Order,
    MarginTransfer,
    MarginTypeChange,
    FundingFee,
    InsuranceClear,
}

impl Cause {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Deposit => "DEPOSIT",
            Self::Withdraw => "WITHDRAW",
            Self::AssetTransfer => "ASSET_TRANSFER",
            Self::Order => "ORDER",
            Self::MarginTransfer => "MARGIN_TRANSFER",
            Self::MarginTypeChange => "MARGIN_TYPE_CHANGE",
            Self::FundingFee => "FUNDING_FEE",
            Self::InsuranceClear => "INSURANCE_CLEAR",
        }
    }

    /// That of a posting; `None` for what is held for orders, which is not told.
    pub(super) const fn of(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::OrderHold => return None,
            Reason::Deposit => Self::Deposit,
            Reason::Withdrawal => Self::Withdraw,
            Reason::Transfer => Self::AssetTransfer,
            Reason::RealisedProfit | Reason::TradingFee | Reason::MarginPosted | Reason::MarginReleased => Self::Order,
            Reason::MarginMoved | Reason::MarginAutoAdded | Reason::LeverageChange => Self::MarginTransfer,
            Reason::ModeSwitch => Self::MarginTypeChange,
            Reason::Funding => Self::FundingFee,
            Reason::LiquidationFee | Reason::InsurancePayout | Reason::InsuranceTrade | Reason::Socialised => {
                Self::InsuranceClear
            }
        })
    }

    /// Whether the money that moved is told as a change of the balance: profits and fees of trades are not.
    const fn is_change(self) -> bool {
        match self {
            Self::Deposit | Self::Withdraw | Self::AssetTransfer | Self::FundingFee | Self::InsuranceClear => true,
            Self::Order | Self::MarginTransfer | Self::MarginTypeChange => false,
        }
    }
}

/// What a command changed for one reason.
#[derive(Clone, Debug)]
pub(super) struct Update {
    pub(super) account: AccountId,
    pub(super) cause: Cause,
    /// Assets, each with what came or went.
    pub(super) assets: BTreeMap<AssetId, Amount>,
    pub(super) positions: BTreeSet<(MarketId, Side)>,
}

/// All updates of a command, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Updates {
    pub(super) all: Vec<Update>,
}

/// Whose an account of the ledger is.
pub(super) const fn owner(account: LedgerAccount) -> Option<AccountId> {
    match account {
        LedgerAccount::Wallet(account) | LedgerAccount::Hold(account, _) | LedgerAccount::Margin(account, _, _) => Some(account),
        LedgerAccount::Outside
        | LedgerAccount::Fees
        | LedgerAccount::Insurance(_)
        | LedgerAccount::Settlement(_)
        | LedgerAccount::Funding(_)
        | LedgerAccount::Uncovered(_) => None,
    }
}

impl Updates {
    /// The update of an account for a reason: what comes next of it belongs there.
    pub(super) fn open(&mut self, account: AccountId, cause: Cause) -> &mut Update {
        let known = self.all.iter().position(|update| update.account == account && update.cause == cause);
        let at = known.unwrap_or_else(|| {
            self.all.push(Update { account, cause, assets: BTreeMap::new(), positions: BTreeSet::new() });
            self.all.len() - 1
        });
        &mut self.all[at]
    }

    /// Money came to an account or went.
    pub(super) fn posted(&mut self, account: AccountId, posting: &Posting) {
        let Some(cause) = Cause::of(posting.reason) else { return };
        let (left, came) = (owner(posting.from) == Some(account), owner(posting.to) == Some(account));
        let change = self.open(account, cause).assets.entry(posting.asset).or_insert(Amount::ZERO);
        let next = match (left, came) {
            (true, false) if cause.is_change() => change.minus(posting.amount),
            (false, true) if cause.is_change() => change.plus(posting.amount),
            (_, _) => Ok(*change),
        };
        *change = next.unwrap_or(*change);
    }

    /// Takes the update of an account for a reason.
    pub(super) fn take(&mut self, account: AccountId, cause: Cause) -> Option<Update> {
        let at = self.all.iter().position(|update| update.account == account && update.cause == cause)?;
        Some(self.all.remove(at))
    }
}
