//! The client order ids that every account has used, so that an order sent twice is known as such.
//!
//! Bounded and deterministic: a function of what was inserted and when, in milliseconds of the caller's time; no clock.
//!
//! # What is forgotten
//!
//! Nothing, until as many ids are recorded as [`ClientIdLimits::total`] allows. A new one then takes the place of an old one, and only of one that
//! is older than [`ClientIdLimits::keep_ms`] and of whose account more than [`ClientIdLimits::per_account`] newer ones are recorded (the new one
//! counts): the oldest of the same account if that may be forgotten, otherwise the oldest of those of all accounts that may. If none may, the new
//! one is refused. So recording one costs O(log n) and never a sweep.

mod id;
mod refusal;

pub use id::{ClientOrderId, ClientOrderIdError};
pub use refusal::{ClientIdRefusal, ClientIdsFull};

use crate::book::AccountId;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is known of a client order id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientRecord {
    /// The number of the order it was given to.
    pub order: u64,
    /// What the order said, as a number: equal for an order sent twice, different for another order of the same id.
    pub fingerprint: u128,
    /// When it was recorded, in milliseconds.
    pub time: u64,
}

/// How many ids are kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientIdLimits {
    /// So many ids of an account are kept at least, however old.
    pub per_account: u32,
    /// At most so many ids are kept, of all accounts.
    pub total: u32,
    /// No id is forgotten before it is older than this, in milliseconds.
    pub keep_ms: u64,
}

impl ClientIdLimits {
    /// Four million ids of all accounts; none is forgotten before a day has passed and its account has used 1,024 newer ones.
    pub const DEFAULT: Self = Self { per_account: 1_024, total: 1 << 22, keep_ms: 86_400_000 };
}

/// The ids of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    records: BTreeMap<ClientOrderId, ClientRecord>,
    /// In the order in which they were recorded, the oldest first, and when: who may be forgotten is known without looking for it.
    order: VecDeque<(ClientOrderId, u64)>,
}

impl Account {
    /// When the oldest id was recorded, if more than `kept` ids are recorded that are newer, `coming` ones counted.
    fn spare(&self, coming: usize, kept: u32) -> Option<u64> {
        let newer = self.order.len().checked_sub(1)?.saturating_add(coming);
        let (_, oldest) = self.order.front()?;
        let is_spare = u32::try_from(newer).map_or(true, |newer| newer > kept);
        is_spare.then_some(*oldest)
    }
}

/// The client order ids that every account has used.
///
/// ```
/// use ringfence_engine::book::AccountId;
/// use ringfence_engine::client_ids::{ClientIdLimits, ClientIds, ClientRecord};
///
/// let mut ids = ClientIds::new(ClientIdLimits { per_account: 1, total: 2, keep_ms: 1_000 });
/// let record = |order, time| ClientRecord { order, fingerprint: 7, time };
/// let account = AccountId(1);
/// ids.insert(account, "a".parse()?, record(10, 0))?;
/// ids.insert(account, "b".parse()?, record(11, 500))?;
/// assert_eq!(ids.get(account, &"a".parse()?).map(|record| record.order), Some(10));
///
/// let error = ids.room(account, 1_000).unwrap_err(); // "a" is not older than a second yet
/// assert_eq!(error.to_string(), "no more than 2 client order ids may be kept, and none of them may be forgotten yet");
/// ids.insert(account, "c".parse()?, record(12, 1_001))?;
/// assert_eq!(ids.get(account, &"a".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIds {
    limits: ClientIdLimits,
    accounts: BTreeMap<AccountId, Account>,
    /// The accounts whose oldest id may be forgotten once it is old enough, by when it was recorded.
    spare: BTreeSet<(u64, AccountId)>,
    len: u32,
}

impl ClientIds {
    /// No ids yet.
    #[must_use]
    pub const fn new(limits: ClientIdLimits) -> Self {
        Self { limits, accounts: BTreeMap::new(), spare: BTreeSet::new(), len: 0 }
    }

    /// The limits it was made with.
    #[must_use]
    pub const fn limits(&self) -> ClientIdLimits {
        self.limits
    }

    /// How many ids are recorded.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether none is recorded.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What an account used an id for; `None` when it never did or the id is forgotten. O(log n).
    #[must_use]
    pub fn get(&self, account: AccountId, id: &ClientOrderId) -> Option<&ClientRecord> {
        self.accounts.get(&account)?.records.get(id)
    }

    /// Whether an account could record a new id at a time in milliseconds. Changes nothing. O(log n).
    ///
    /// # Errors
    /// [`ClientIdsFull`] when the total is reached and nothing may be forgotten.
    pub fn room(&self, account: AccountId, now: u64) -> Result<(), ClientIdsFull> {
        let is_free = self.len < self.limits.total || self.forgettable(account, now).is_some();
        if is_free { Ok(()) } else { Err(ClientIdsFull { total: self.limits.total }) }
    }

    /// Records a new id; the record's time is now. Times are expected not to fall from one to the next. O(log n).
    ///
    /// # Errors
    /// [`ClientIdRefusal`] when the account has used the id already, or when there is no [room](ClientIds::room); nothing is changed.
    pub fn insert(&mut self, account: AccountId, id: ClientOrderId, record: ClientRecord) -> Result<(), ClientIdRefusal> {
        if self.len >= self.limits.total {
            self.make_room((account, &id), record.time)?;
        }
        self.change(account, |ids| match ids.records.entry(id) {
            Entry::Occupied(before) => Err(ClientIdRefusal::Used { id, order: before.get().order }),
            Entry::Vacant(place) => {
                place.insert(record);
                ids.order.push_back((id, record.time));
                Ok(())
            }
        })?;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    /// Forgets one id for a new one, unless that is used already.
    fn make_room(&mut self, (account, id): (AccountId, &ClientOrderId), now: u64) -> Result<(), ClientIdRefusal> {
        if let Some(before) = self.get(account, id) {
            return Err(ClientIdRefusal::Used { id: *id, order: before.order });
        }
        self.room(account, now)?;
        if let Some(oldest) = self.forgettable(account, now) {
            self.forget_oldest(oldest);
        }
        Ok(())
    }

    /// All ids: ascending by account, those of an account in the order in which they were recorded. All that there is to encode: inserting them in
    /// this order, with the same limits, rebuilds an equal structure and forgets nothing.
    pub fn entries(&self) -> impl Iterator<Item = (AccountId, ClientOrderId, ClientRecord)> {
        self.accounts.iter().flat_map(|(account, ids)| {
            let record = |(id, _): &(ClientOrderId, u64)| ids.records.get(id).map(|record| (*account, *id, *record));
            ids.order.iter().filter_map(record)
        })
    }

    /// Whose oldest id a new one of this account would replace.
    fn forgettable(&self, account: AccountId, now: u64) -> Option<AccountId> {
        let is_old = |time: &u64| now.saturating_sub(*time) > self.limits.keep_ms;
        let own = self.accounts.get(&account).and_then(|ids| ids.spare(1, self.limits.per_account)).filter(is_old);
        let other = || self.spare.first().filter(|(time, _)| is_old(time)).map(|(_, account)| *account);
        own.map(|_| account).or_else(other)
    }

    fn forget_oldest(&mut self, account: AccountId) {
        self.change(account, |ids| {
            if let Some((oldest, _)) = ids.order.pop_front() {
                ids.records.remove(&oldest);
            }
        });
        self.len = self.len.saturating_sub(1);
    }

    /// Changes the ids of an account, and keeps the list of those that have some to spare.
    fn change<T>(&mut self, account: AccountId, change: impl FnOnce(&mut Account) -> T) -> T {
        let ids = self.accounts.entry(account).or_default();
        let before = ids.spare(0, self.limits.per_account);
        let changed = change(ids);
        let after = ids.spare(0, self.limits.per_account);
        if before != after {
            before.map(|time| self.spare.remove(&(time, account)));
            after.map(|time| self.spare.insert((time, account)));
        }
        changed
    }
}
