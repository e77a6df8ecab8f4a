//! A bounded log per account.

use std::collections::VecDeque;

use ringfence_engine::book::AccountId;
use serde::{Deserialize, Serialize};

use super::limits::LogLimits;
use super::segments::Segments;

/// No place: the end of the chain.
const NONE: u32 = u32::MAX;

/// Entries of accounts, oldest first. Each account keeps so many, and all of them together so many; where a bound is reached the oldest goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountLog<T> {
    limits: LogLimits,
    slots: Segments<Slot<T>>,
    free: Vec<u32>,
    /// How many entries are in the chain.
    chained: usize,
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
        Self { limits, slots: Segments::new(), free: Vec::new(), chained: 0, oldest: NONE, newest: NONE, accounts: Vec::new() }
    }

    /// Adds an entry. Answers its place, and what went for it.
    pub(super) fn push(&mut self, account: AccountId, entry: T) -> (u32, Option<T>) {
        let gone = self.make_room(account);
        let place = self.hold(account, entry);
        self.chain(place, account);
        (place, gone)
    }

    /// Keeps an entry that is not one of the log yet: no bound counts it.
    pub(super) fn hold(&mut self, account: AccountId, entry: T) -> u32 {
        let slot = Slot { entry: Some(entry), account: account.0, before: NONE, after: NONE };
        let free = self.free.pop();
        let place = free.unwrap_or_else(|| u32::try_from(self.slots.len()).unwrap_or(NONE));
        match free.and_then(|place| self.slots.get_mut(index(place))) {
            Some(free) => *free = slot,
            None => self.slots.push(slot),
        }
        place
    }

    /// Makes what is held the newest entry of the log. Answers what went for it.
    pub(super) fn add_held(&mut self, place: u32) -> Option<T> {
        let account = AccountId(self.slots.get(index(place))?.account);
        let gone = self.make_room(account);
        self.chain(place, account);
        gone
    }

    fn make_room(&mut self, account: AccountId) -> Option<T> {
        let at = index(account.0);
        if at >= self.accounts.len() {
            self.accounts.resize_with(at + 1, VecDeque::new);
        }
        if self.accounts[at].len() >= self.limits.account.max(1) {
            self.drop_oldest_of(at)
        } else if self.chained >= self.limits.total.max(1) {
            self.slots.get(index(self.oldest)).map(|slot| index(slot.account)).and_then(|owner| self.drop_oldest_of(owner))
        } else {
            None
        }
    }

    fn chain(&mut self, place: u32, account: AccountId) {
        if let Some(slot) = self.slots.get_mut(index(place)) {
            (slot.before, slot.after) = (self.newest, NONE);
        }
        match self.slots.get_mut(index(self.newest)) {
            Some(newest) => newest.after = place,
            None => self.oldest = place,
        }
        self.newest = place;
        self.chained += 1;
        self.accounts[index(account.0)].push_back(place);
    }

    fn drop_oldest_of(&mut self, account: usize) -> Option<T> {
        let place = self.accounts[account].pop_front()?;
        let slot = self.slots.get_mut(index(place))?;
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
        self.chained -= 1;
        entry
    }

    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.slots.get(index(place))?.entry.as_ref()
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.slots.get_mut(index(place))?.entry.as_mut()
    }

    /// An account's entries, oldest first.
    pub(super) fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &T> {
        self.accounts.get(index(account.0)).into_iter().flatten().filter_map(|place| self.get(*place))
    }

    /// All entries with their places, those that are held, too, in the order of these.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..)
            .map_while(|place| Some((place, self.slots.get(index(place))?)))
            .filter_map(|(place, slot)| Some((place, slot.entry.as_ref()?)))
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
    fn what_is_held_counts_from_when_it_is_added() {
        let mut log = AccountLog::new(LogLimits { account: 10, total: 2 });
        let held: Vec<u32> = (0..4).map(|entry| log.hold(AccountId(0), entry)).collect();
        assert_eq!((of(&log, 0), log.get(held[3])), (vec![], Some(&3)));
        let gone: Vec<Option<u32>> = [2, 0, 3].map(|at| log.add_held(held[at])).into();
        assert_eq!((gone, of(&log, 0)), (vec![None, None, Some(2)], vec![0, 3]));
        assert_eq!(log.hold(AccountId(1), 9), held[2], "the place that became free");
        assert_eq!(log.get(held[1]), Some(&1));
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
