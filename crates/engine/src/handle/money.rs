//! Accounts, assets and money that moves by itself.

use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, Asset};

use crate::book::AccountId;
use crate::command::Transfer;
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, Reason};
use crate::ids::{AssetId, MarketId};
use crate::reject::{Field, Limited, Reject, Thing};

impl Run<'_> {
    pub(super) fn open_account(&mut self) -> Result<Reply, Reject> {
        let limit = self.state.limits().accounts;
        let account = u32::try_from(self.state.accounts().len()).unwrap_or(u32::MAX);
        if account >= limit {
            return Err(Reject::LimitReached { what: Limited::Accounts, limit: limit.into() });
        }
        let account = AccountId(account);
        self.emit(Event::AccountOpened { account });
        Ok(Reply::Account(account))
    }

    pub(super) fn list_asset(&mut self, asset: Asset) -> Result<Reply, Reject> {
        if self.state.asset_named(asset).is_some() {
            return Err(Reject::Invalid { field: Field::Asset, why: "is listed already" });
        }
        let limit = self.state.limits().assets;
        let number = u8::try_from(self.state.assets().len()).unwrap_or(u8::MAX);
        if number >= limit {
            return Err(Reject::LimitReached { what: Limited::Assets, limit: limit.into() });
        }
        self.emit(Event::AssetListed { asset });
        Ok(Reply::Asset(AssetId(number)))
    }

    /// Account, asset and amount of a transfer.
    fn check_transfer(&self, transfer: &Transfer) -> Result<(), Reject> {
        self.account(transfer.account)?;
        if usize::from(transfer.asset.0) >= self.state.assets().len() {
            return Err(Reject::Unknown { what: Thing::Asset, number: transfer.asset.0.into() });
        }
        if transfer.amount <= Amount::ZERO {
            return Err(Refusal::AmountNotPositive { amount: transfer.amount }.into());
        }
        Ok(())
    }

    /// What comes in must leave room for every sum there is.
    fn check_room(&self, asset: AssetId, amount: Amount) -> Result<(), Reject> {
        let held = self.state.assets().get(usize::from(asset.0)).map_or(0, |books| books.totals().outside);
        // An eighth of the range stays free: profits that are not realised yet must fit beside all that was deposited.
        let greatest = Amount::GREATEST.raw() >> 3;
        if amount.raw().wrapping_sub(held) > greatest {
            let available = Amount::from_wide(greatest.wrapping_add(held).max(0))?;
            return Err(Reject::InsufficientFunds { amount, available });
        }
        Ok(())
    }

    pub(super) fn deposit(&mut self, transfer: &Transfer) -> Result<Reply, Reject> {
        self.check_transfer(transfer)?;
        self.check_room(transfer.asset, transfer.amount)?;
        let accounts = (LedgerAccount::Outside, LedgerAccount::Wallet(transfer.account));
        self.post(transfer.asset, accounts, transfer.amount, Reason::Deposit);
        Ok(Reply::Done)
    }

    /// Free money only, and of a cross account only what its positions leave available.
    fn check_leaves(&self, transfer: &Transfer) -> Result<(), Reject> {
        self.check_pool_fresh(transfer.account, transfer.asset)?;
        let available = self.state.available(transfer.account, transfer.asset)?;
        if transfer.amount > available {
            return Err(Reject::InsufficientFunds { amount: transfer.amount, available });
        }
        Ok(())
    }

    /// Whether everything the venue owes in an asset is there.
    fn check_covered(&self, asset: AssetId) -> Result<(), Reject> {
        let uncovered = self.state.assets().get(usize::from(asset.0)).map_or(0, |books| books.totals().uncovered);
        if uncovered < 0 {
            return Err(Reject::UncoveredLoss { amount: Amount::from_wide(uncovered.wrapping_neg())? });
        }
        Ok(())
    }

    /// Nothing leaves a pool while a market it stands behind is halted or has a stale mark: nobody knows then what it is worth.
    fn check_pool_fresh(&self, account: AccountId, asset: AssetId) -> Result<(), Reject> {
        for (market, participant) in self.state.cross_markets(account, asset) {
            if participant.has_cross_position() {
                if !market.liquidates() {
                    return Err(Reject::MarketNot { state: market.state(), what: "taking money from a pool" });
                }
                self.check_fresh(market)?;
            }
        }
        Ok(())
    }

    /// Free money that is available, and only while the venue owes nobody a loss: otherwise whoever comes first would leave the loss to the rest.
    pub(super) fn withdraw(&mut self, transfer: &Transfer) -> Result<Reply, Reject> {
        self.check_transfer(transfer)?;
        self.check_covered(transfer.asset)?;
        self.check_leaves(transfer)?;
        let accounts = (LedgerAccount::Wallet(transfer.account), LedgerAccount::Outside);
        self.post(transfer.asset, accounts, transfer.amount, Reason::Withdrawal);
        Ok(Reply::Done)
    }

    pub(super) fn transfer(&mut self, from: AccountId, to: &Transfer) -> Result<Reply, Reject> {
        let leaves = Transfer { account: from, ..*to };
        self.check_transfer(&leaves)?;
        self.check_transfer(to)?;
        if from == to.account {
            return Err(Reject::Invalid { field: Field::To, why: "must be another account" });
        }
        self.check_leaves(&leaves)?;
        let accounts = (LedgerAccount::Wallet(from), LedgerAccount::Wallet(to.account));
        self.post(to.asset, accounts, to.amount, Reason::Transfer);
        Ok(Reply::Done)
    }

    /// Pays the market's uncovered losses first; what is left stays in its insurance fund.
    pub(super) fn fund_insurance(&mut self, market: MarketId, amount: Amount) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        let (asset, uncovered) = (known.asset(), Amount::from_wide(known.ledger().uncovered())?);
        if amount <= Amount::ZERO {
            return Err(Refusal::AmountNotPositive { amount }.into());
        }
        self.check_room(asset, amount)?;
        let covered = amount.min(uncovered);
        self.post(asset, (LedgerAccount::Outside, LedgerAccount::Uncovered(market)), covered, Reason::Transfer);
        let rest = amount.minus(covered)?;
        self.post(asset, (LedgerAccount::Outside, LedgerAccount::Insurance(market)), rest, Reason::Transfer);
        Ok(Reply::Done)
    }
}
