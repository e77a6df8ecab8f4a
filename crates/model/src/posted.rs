//! What the events themselves add up to: balances by posting, positions as they were set. Held against the books after every command.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;
use ringfence_engine::book::AccountId;
use ringfence_engine::event::{LedgerAccount, Posting};
use ringfence_engine::ids::AssetId;
use ringfence_risk::position::Position;

use crate::fact::LegKey;
use crate::leg::Leg;

/// Balances and positions by the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posted {
    pub(crate) balances: BTreeMap<(AssetId, LedgerAccount), BigInt>,
    pub(crate) positions: BTreeMap<LegKey, Position>,
    pub(crate) touched: BTreeSet<(AssetId, LedgerAccount)>,
    pub(crate) set: BTreeSet<LegKey>,
    /// What touched wallets held before the command.
    pub(crate) before: BTreeMap<(AssetId, AccountId), BigInt>,
    /// What wallets gave to holds for their own orders (negative: got back).
    pub(crate) held: BTreeMap<(AssetId, AccountId), BigInt>,
}

impl Posted {
    pub(crate) fn balance(&self, asset: AssetId, account: LedgerAccount) -> BigInt {
        self.balances.get(&(asset, account)).cloned().unwrap_or_default()
    }

    pub(crate) fn post(&mut self, posting: &Posting) {
        let amount = BigInt::from(posting.amount.raw());
        for (account, sign) in [(posting.to, 1), (posting.from, -1)] {
            if let LedgerAccount::Hold(owner, _) = account {
                *self.held.entry((posting.asset, owner)).or_default() += &amount * sign;
            }
        }
        self.change(posting.asset, posting.from, &-&amount);
        self.change(posting.asset, posting.to, &amount);
    }

    fn change(&mut self, asset: AssetId, account: LedgerAccount, by: &BigInt) {
        if let LedgerAccount::Wallet(owner) = account
            && !self.before.contains_key(&(asset, owner))
        {
            let before = self.balance(asset, account);
            self.before.insert((asset, owner), before);
        }
        *self.balances.entry((asset, account)).or_insert_with(BigInt::zero) += by;
        self.touched.insert((asset, account));
    }

    pub(crate) fn set_position(&mut self, key: LegKey, position: Option<Position>) {
        match position {
            Some(position) => self.positions.insert(key, position),
            None => self.positions.remove(&key),
        };
        self.set.insert(key);
    }

    /// The next command begins.
    pub(crate) fn next(&mut self) {
        self.touched.clear();
        self.set.clear();
        self.before.clear();
        self.held.clear();
    }
}

/// Quantity, entry value, opening and added margin.
pub(crate) fn figures(position: Option<&Position>) -> [BigInt; 4] {
    position.map_or_else(Default::default, |position| {
        [
            position.quantity.raw().into(),
            position.entry_value.raw().into(),
            position.opening_margin.raw().into(),
            position.added_margin.raw().into(),
        ]
    })
}

/// The same of the model's.
pub(crate) fn figures_of(leg: &Leg) -> [BigInt; 4] {
    if leg.is_open() {
        [leg.quantity.clone(), leg.entry.clone(), leg.opening.clone(), leg.added.clone()]
    } else {
        // What is left in an empty position's place belongs to nobody: it shows.
        [BigInt::zero(), leg.entry.clone(), leg.opening.clone(), leg.added.clone()]
    }
}
