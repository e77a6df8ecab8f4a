//! What an account has realised in a market, before fees.

use std::collections::{HashMap, HashSet};

use ringfence_engine::book::AccountId;
use ringfence_engine::ids::MarketId;
use ringfence_risk::units::Amount;

use crate::exchange::World;
use crate::record::{Income, IncomeKind, Window};

/// Sums of the realised profits that the record keeps, with the last one that is in them.
#[derive(Default)]
pub(super) struct Realised {
    sums: HashMap<(AccountId, MarketId), (Amount, u64)>,
}

impl Realised {
    /// Forgets whom nobody watches: what happens meanwhile is not heard of.
    pub(super) fn keep(&mut self, watched: &HashSet<AccountId>) {
        self.sums.retain(|(account, _), _| watched.contains(account));
    }

    /// What an account has realised in a market; `most` incomes of it are new at most.
    pub(super) fn of(&mut self, world: &World, (account, market): (AccountId, MarketId), most: usize) -> Amount {
        let known = self.sums.get(&(account, market)).copied();
        let window = if known.is_some() { Window::latest(most) } else { Window::ALL };
        let (sum, last) = known.unwrap_or((Amount::ZERO, 0));
        let incomes = world.record().incomes(account, None, None, &window);
        let newest = incomes.last().map_or(last, |income| income.id.max(last));
        let counts =
            |income: &&&Income| income.id > last && income.market == Some(market) && income.kind == IncomeKind::RealisedProfit;
        let sum = incomes.iter().filter(counts).fold(sum, |sum, income| sum.plus(income.amount).unwrap_or(sum));
        self.sums.insert((account, market), (sum, newest));
        sum
    }
}
