//! Everything the exchange knows. It changes in exactly one place: [`State::apply`], which cannot fail.

mod apply;
mod apply_orders;
mod apply_settings;
mod check;
pub(crate) mod digest;
mod hold;
mod ledger;
mod market;
mod market_digest;
mod market_ledger;
mod orders;
mod participant;
mod pool;
mod snapshot;

pub(crate) use apply_orders::{condition, expiry, share};
pub use check::{Audit, AuditDifference};
pub use digest::StateHash;
pub(crate) use digest::{Touched, fingerprint};
pub(crate) use hold::{hold_of, hold_with, isolated_hold, pool_hold};
pub use ledger::{AssetBooks, Totals};
pub(crate) use market::contract_of;
pub use market::{FundingState, Market, Prices};
pub use market_ledger::MarketLedger;
pub(crate) use orders::{NOBODY, closes_leg};
pub use orders::{OrderDetail, OrderRecord, OrderStatus, Orders};
pub use participant::{Participant, PerSide};
pub(crate) use pool::PoolChange;

use ringfence_risk::plan::PositionMode;
use ringfence_risk::units::{Amount, Asset, MarkPrice};

use crate::book::{AccountId, Match};
use crate::client_ids::ClientIds;
use crate::ids::{AssetId, MarketId};
use crate::limits::Limits;
use crate::time::Time;
use digest::{Kind, digest};

/// Stops at a broken invariant: going on would be going on with wrong money.
#[cold]
#[inline(never)]
pub(crate) fn broken(what: &'static str) -> ! {
    unreachable!("exchange: {what}")
}

/// A 32-bit number as an index.
#[inline]
pub(crate) const fn index(number: u32) -> usize {
    #![expect(clippy::as_conversions, reason = "32 bits fit every index this crate is built for; From is not const")]
    number as usize
}

/// What is known of an account beyond its wallets and markets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) position_mode: PositionMode,
    /// The markets it takes part in, ascending.
    pub(crate) markets: Vec<MarketId>,
    /// In how many of them it holds a cross position.
    pub(crate) cross_markets: u32,
}

impl Account {
    /// One-way or hedge.
    #[must_use]
    pub const fn position_mode(&self) -> PositionMode {
        self.position_mode
    }

    /// The markets it takes part in.
    #[must_use]
    pub fn markets(&self) -> &[MarketId] {
        &self.markets
    }

    fn digest(&self, number: u32) -> u128 {
        let mode = match self.position_mode {
            PositionMode::OneWay => 1,
            PositionMode::Hedge => 2,
        };
        digest(Kind::Account, [u64::from(number), mode])
    }
}

/// The state of an exchange.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) limits: Limits,
    pub(crate) clock: Time,
    pub(crate) accounts: Vec<Account>,
    pub(crate) assets: Vec<AssetBooks>,
    pub(crate) markets: Vec<Market>,
    pub(crate) client_ids: ClientIds,
    /// Sum over all client order ids ever recorded.
    client_sum: u64,
    hash: StateHash,
    clock_touched: bool,
    /// Markets in which the present command did something.
    pub(crate) visited: Vec<MarketId>,
    matches: Vec<Match>,
}

impl State {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            clock: Time::from_ms(0),
            accounts: Vec::new(),
            assets: Vec::new(),
            markets: Vec::new(),
            client_ids: ClientIds::new(limits.client_ids),
            client_sum: 0,
            hash: StateHash::EMPTY,
            clock_touched: true,
            visited: Vec::new(),
            matches: Vec::new(),
        }
    }

    /// Its limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The present time.
    #[must_use]
    pub const fn clock(&self) -> Time {
        self.clock
    }

    /// The accounts, by number.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// An account.
    #[must_use]
    pub fn account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(index(account.0))
    }

    /// The assets, by number.
    #[must_use]
    pub fn assets(&self) -> &[AssetBooks] {
        &self.assets
    }

    /// The number of an asset.
    #[must_use]
    pub fn asset_named(&self, asset: Asset) -> Option<AssetId> {
        let at = self.assets.iter().position(|books| books.asset == asset)?;
        u8::try_from(at).ok().map(AssetId)
    }

    /// The markets, by number.
    #[must_use]
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// A market.
    #[inline]
    #[must_use]
    pub fn market(&self, market: MarketId) -> Option<&Market> {
        self.markets.get(usize::from(market.0))
    }

    /// Whether a mark would liquidate nobody and set nothing off: a few comparisons, however many positions and orders there are.
    ///
    /// Who replays a recorded market may leave out marks that are quiet: nothing happens at them.
    #[inline]
    #[must_use]
    pub fn is_quiet(&self, market: MarketId, mark: MarkPrice) -> bool {
        self.market(market).is_some_and(|market| market.is_quiet(mark))
    }

    /// A market by name.
    #[must_use]
    pub fn market_named(&self, symbol: &str) -> Option<MarketId> {
        self.markets.iter().find(|market| market.listing.symbol == symbol).map(Market::id)
    }

    /// Free money of an account: not held, not margin.
    #[inline]
    #[must_use]
    pub fn free(&self, account: AccountId, asset: AssetId) -> Amount {
        let wallets = self.assets.get(usize::from(asset.0)).map(|books| &books.wallets);
        wallets.and_then(|wallets| wallets.get(index(account.0))).map_or(Amount::ZERO, |wallet| wallet.free)
    }

    /// A market that is known to be there.
    #[inline]
    pub(crate) fn known(&self, market: MarketId) -> &Market {
        match self.market(market) {
            Some(market) => market,
            None => broken("a market that is not there"),
        }
    }

    /// The hash of the whole state: costs as much as what was touched since it was asked for last.
    #[inline]
    pub fn hash(&mut self) -> StateHash {
        if self.clock_touched {
            self.clock_touched = false;
            self.hash.add(self.clock_digest());
        }
        for (asset, number) in self.assets.iter_mut().zip(0_u8..) {
            if asset.touched {
                asset.touched = false;
                self.hash.add(asset.digest(number));
            }
            asset.settle(number, &mut self.hash);
        }
        for market in &mut self.markets {
            market.settle(&mut self.hash);
        }
        self.hash
    }

    /// The hash of the whole state, from scratch: the same, slowly.
    #[must_use]
    pub fn rehash(&self) -> StateHash {
        let mut hash = StateHash::EMPTY;
        hash.add(self.clock_digest());
        for (asset, number) in self.assets.iter().zip(0_u8..) {
            hash.add(asset.digest(number));
            for (wallet, account) in asset.wallets.iter().zip(0_u32..) {
                hash.add(wallet.digest(account, number));
            }
        }
        for (account, number) in self.accounts.iter().zip(0_u32..) {
            hash.add(account.digest(number));
        }
        for market in &self.markets {
            market.rehash(&mut hash);
        }
        hash
    }

    fn clock_digest(&self) -> u128 {
        digest(Kind::Clock, [self.clock.ms(), self.client_sum])
    }

    fn touch_clock(&mut self) {
        if !self.clock_touched {
            self.clock_touched = true;
            self.hash.remove(self.clock_digest());
        }
    }
}
