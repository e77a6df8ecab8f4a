//! Double entry: what leaves one account enters another, so that the sum over all accounts of an asset is always zero.

use ringfence_risk::units::{Amount, Asset};

use super::broken;
use super::digest::{Kind, digest, halves};
use crate::event::LedgerAccount;

/// What the accounts of one asset hold in total, by kind. The total of [`Totals::outside`] is negative: what the venue owes to depositors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Minus what was deposited and not withdrawn.
    pub outside: i128,
    /// Free money of all accounts.
    pub wallets: i128,
    /// Held for orders.
    pub holds: i128,
    /// Margins of isolated positions.
    pub margins: i128,
    /// Fees earned.
    pub fees: i128,
    /// Insurance funds.
    pub insurance: i128,
    /// Counterpart of realised profits: minus the cost basis of open positions.
    pub settlement: i128,
    /// Funding on its way.
    pub funding: i128,
    /// Losses that nobody covered (negative: they are the venue's).
    pub uncovered: i128,
}

impl Totals {
    /// The sum over all accounts: zero, or money appeared or vanished.
    #[inline]
    #[must_use]
    pub const fn difference(&self) -> i128 {
        let users = self.outside.wrapping_add(self.wallets).wrapping_add(self.holds).wrapping_add(self.margins);
        let venue = self.fees.wrapping_add(self.insurance).wrapping_add(self.uncovered);
        users.wrapping_add(venue).wrapping_add(self.settlement).wrapping_add(self.funding)
    }

    #[inline]
    pub(crate) const fn of_mut(&mut self, account: LedgerAccount) -> &mut i128 {
        match account {
            LedgerAccount::Outside => &mut self.outside,
            LedgerAccount::Wallet(_) => &mut self.wallets,
            LedgerAccount::Hold(..) => &mut self.holds,
            LedgerAccount::Margin(..) => &mut self.margins,
            LedgerAccount::Fees => &mut self.fees,
            LedgerAccount::Insurance(_) => &mut self.insurance,
            LedgerAccount::Settlement(_) => &mut self.settlement,
            LedgerAccount::Funding(_) => &mut self.funding,
            LedgerAccount::Uncovered(_) => &mut self.uncovered,
        }
    }
}

/// One asset and the wallets of it.
#[derive(Clone, Debug)]
pub struct AssetBooks {
    pub(crate) asset: Asset,
    /// Free money, by account.
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) totals: Totals,
    pub(crate) touched: bool,
    touched_wallets: Vec<u32>,
    /// How many wallets are below zero: none between commands.
    below_zero: u32,
}

/// Free money of one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wallet {
    pub(crate) free: Amount,
    /// Its part of the state hash, unless it is touched.
    digest: u128,
    touched: bool,
}

impl Wallet {
    /// The wallet of an account for an asset, both by number.
    pub(crate) fn new(account: u32, asset: u8, free: Amount) -> Self {
        let mut wallet = Self { free, digest: 0, touched: false };
        wallet.digest = wallet.digest(account, asset);
        wallet
    }

    #[inline]
    pub(crate) fn digest(self, account: u32, asset: u8) -> u128 {
        let [free, free_high] = halves(self.free.raw());
        digest(Kind::Wallet, [u64::from(account) << 8 | u64::from(asset), free, free_high])
    }
}

impl AssetBooks {
    pub(crate) fn new(asset: Asset, wallets: Vec<Wallet>) -> Self {
        Self { asset, wallets, totals: Totals::default(), touched: true, touched_wallets: Vec::new(), below_zero: 0 }
    }

    /// Its name.
    #[must_use]
    pub const fn asset(&self) -> Asset {
        self.asset
    }

    /// What its accounts hold in total.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Changes the free money of an account.
    #[inline]
    pub(crate) fn change_wallet(&mut self, account: u32, by: i128, hash: &mut super::digest::StateHash) {
        let Some(wallet) = self.wallets.get_mut(super::index(account)) else { broken("a wallet of nobody") };
        if !wallet.touched {
            wallet.touched = true;
            hash.remove(wallet.digest);
            self.touched_wallets.push(account);
        }
        match Amount::from_wide(wallet.free.raw().wrapping_add(by)) {
            Ok(free) => {
                match (wallet.free < Amount::ZERO, free < Amount::ZERO) {
                    (false, true) => self.below_zero = self.below_zero.saturating_add(1),
                    (true, false) => self.below_zero = self.below_zero.saturating_sub(1),
                    (true, true) | (false, false) => {}
                }
                wallet.free = free;
            }
            Err(_) => broken("a wallet beyond the greatest amount"),
        }
    }

    /// Puts touched wallets back into the hash. No wallet may be below zero.
    #[inline]
    pub(crate) fn settle(&mut self, number: u8, hash: &mut super::digest::StateHash) {
        for account in self.touched_wallets.drain(..) {
            if let Some(wallet) = self.wallets.get_mut(super::index(account)) {
                wallet.touched = false;
                wallet.digest = wallet.digest(account, number);
                hash.add(wallet.digest);
            }
        }
    }

    /// Whether no wallet is below zero.
    #[inline]
    pub(crate) const fn is_covered(&self) -> bool {
        self.below_zero == 0
    }

    pub(crate) fn digest(&self, number: u8) -> u128 {
        let ([outside, outside_high], [fees, fees_high]) = (halves(self.totals.outside), halves(self.totals.fees));
        digest(Kind::Asset, [u64::from(number), outside, outside_high, fees, fees_high])
    }
}
