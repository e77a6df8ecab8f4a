//! A bounded log per account.

use std::collections::VecDeque;

use ringfence_engine::book::AccountId;
use serde::{Deserialize, Serialize};

use super::limits::LogLimits;

/// No place: the end of the chain.
const NONE: u32 = u32::MAX;

/// Entries of accounts, oldest first. Each account keeps so many, and all of them together so many; where a bound is reached the oldest goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountLog<T> {
    limits: LogLimits,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
    /// Places of an account's entries, oldest first.
    accounts: Vec<VecDeque<u32>>,
}

/// One entry in the chain of all entries, oldest to newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slot<T> {
    entry: Option<T>,
    account: u32,
    before: u32,
    after: u32,
}

impl<T> AccountLog<T> {
    pub(super) const fn new(limits: LogLimits) -> Self {
        Self { limits, slots: Vec::new(), free: Vec::new(), oldest: NONE, newest: NONE, accounts: Vec::new() }
    }

    /// Adds an entry. Answers its place, and what went for it.
    pub(super) fn push(&mut self, account: AccountId, entry: T) -> (u32, Option<T>) {
        let at = index(account.0);
        if at >= self.accounts.len() {
            self.accounts.resize_with(at + 1, VecDeque::new);
        }
        let is_full = self.slots.len() - self.free.len() >= self.limits.total.max(1);
        let gone = if self.accounts[at].len() >= self.limits.account.max(1) {
            self.drop_oldest_of(at)
        } else if is_full {
            self.slots.get(index(self.oldest)).map(|slot| index(slot.account)).and_then(|owner| self.drop_oldest_of(owner))
        } else {
            None
        };
        let slot = Slot { entry: Some(entry), account: account.0, before: self.newest, after: NONE };
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[index(place)] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
            }
        };
        match self.slots.get_mut(index(self.newest)) {
            Some(newest) => newest.after = place,
            None => self.oldest = place,
        }
        self.newest = place;
        self.accounts[at].push_back(place);
        (place, gone)
    }

    fn drop_oldest_of(&mut self, account: usize) -> Option<T> {
        let place = self.accounts[account].pop_front()?;
        let slot = &mut self.slots[index(place)];
        let (entry, before, after) = (slot.entry.take(), slot.before, slot.after);
        match self.slots.get_mut(index(before)) {
            Some(slot) => slot.after = after,
            None => self.oldest = after,
        }
        match self.slots.get_mut(index(after)) {
            Some(slot) => slot.before = before,
            None => self.newest = before,
        }
        self.free.push(place);
        entry
    }

    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.slots.get(index(place))?.entry.as_ref()
    }

    /// An account's entries, oldest first.
    pub(super) fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &T> {
        self.accounts.get(index(account.0)).into_iter().flatten().filter_map(|place| self.get(*place))
    }

    /// Everybody's entries, newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &T> {
        let slot = |place: u32| self.slots.get(index(place));
        std::iter::successors(slot(self.newest), move |at| slot(at.before)).filter_map(|slot| slot.entry.as_ref())
    }
}

/// A 32-bit number as an index; one beyond every array where it does not fit.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(log: &AccountLog<u32>, account: u32) -> Vec<u32> {
        log.of(AccountId(account)).copied().collect()
    }

    #[test]
    fn an_account_at_its_bound_loses_its_own_oldest() {
        let mut log = AccountLog::new(LogLimits { account: 2, total: 10 });
        log.push(AccountId(1), 100);
        for entry in 0..3 {
            log.push(AccountId(0), entry);
        }
        assert_eq!((of(&log, 0), of(&log, 1)), (vec![1, 2], vec![100]));
        assert_eq!(log.newest().copied().collect::<Vec<_>>(), [2, 1, 100]);
    }

    #[test]
    fn at_the_common_bound_the_oldest_of_all_goes() {
        let mut log = AccountLog::new(LogLimits { account: 10, total: 3 });
        for (account, entry) in [(0, 1), (1, 2), (0, 3), (2, 4), (2, 5)] {
            log.push(AccountId(account), entry);
        }
        assert_eq!((of(&log, 0), of(&log, 1), of(&log, 2)), (vec![3], vec![], vec![4, 5]));
        assert_eq!(log.newest().copied().collect::<Vec<_>>(), [5, 4, 3]);
    }

    #[test]
    fn the_one_that_goes_is_answered() {
        let mut log = AccountLog::new(LogLimits { account: 1, total: 1 });
        assert_eq!(log.push(AccountId(0), 7), (0, None));
        assert_eq!(log.push(AccountId(3), 8), (0, Some(7)));
        assert_eq!(log.push(AccountId(3), 9), (0, Some(8)));
        assert_eq!(log.get(0), Some(&9));
    }
}
