//! The client order ids that every account has used, so that an order sent twice is known as such.
//!
//! Bounded and deterministic: a function of what was inserted and when, in milliseconds of the caller's time; no clock.
//!
//! # What is forgotten
//!
//! Nothing, until as many ids are recorded as [`ClientIdLimits::total`] allows. A new one then takes the place of an old one, and only of one that
//! is older than [`ClientIdLimits::keep_ms`] and of whose account more than [`ClientIdLimits::per_account`] newer ones are recorded (the new one
//! counts): the oldest of the same account if that may be forgotten, otherwise the oldest of those of all accounts that may. If none may, the new
//! one is refused. So recording one costs O(log accounts) and never a sweep.

mod id;
mod index;
mod refusal;
mod slots;

pub use id::{ClientOrderId, ClientOrderIdError};
pub use refusal::{ClientIdRefusal, ClientIdsFull};

use crate::book::AccountId;
use index::Index;
use slots::{Slot, Slots};
use std::collections::{BTreeMap, BTreeSet};

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

/// The ids of one account, in the order in which they were recorded.
#[derive(Clone, Copy, Debug)]
struct Account {
    /// The slot of the oldest.
    first: u32,
    /// The slot of the youngest.
    last: u32,
    count: u32,
    /// When the oldest was recorded: who may be forgotten is known without looking for it.
    oldest: u64,
}

impl Account {
    const NONE: Self = Self { first: slots::NONE, last: slots::NONE, count: 0, oldest: 0 };

    /// When the oldest id was recorded, if more than `kept` ids are recorded that are newer, `coming` ones counted.
    fn spare(&self, coming: u32, kept: u32) -> Option<u64> {
        let newer = self.count.checked_sub(1)?.saturating_add(coming);
        (newer > kept).then_some(self.oldest)
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
#[derive(Clone, Debug)]
pub struct ClientIds {
    limits: ClientIdLimits,
    slots: Slots,
    /// The slots by the hash of account and id.
    index: Index,
    accounts: BTreeMap<AccountId, Account>,
    /// The accounts whose oldest id may be forgotten once it is old enough, by when it was recorded.
    spare: BTreeSet<(u64, AccountId)>,
    len: u32,
}

impl ClientIds {
    /// No ids yet.
    #[must_use]
    pub const fn new(limits: ClientIdLimits) -> Self {
        Self { limits, slots: Slots::new(), index: Index::new(), accounts: BTreeMap::new(), spare: BTreeSet::new(), len: 0 }
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

    /// What an account used an id for; `None` when it never did or the id is forgotten. O(1).
    #[must_use]
    pub fn get(&self, account: AccountId, id: &ClientOrderId) -> Option<&ClientRecord> {
        self.find(hash(account, id), account, id).map(|slot| &slot.record)
    }

    fn find(&self, hash: u64, account: AccountId, id: &ClientOrderId) -> Option<&Slot> {
        let is_meant = |slot| self.slots.get(slot).is_some_and(|found| found.account == account && found.id == *id);
        self.index.get(hash, is_meant).and_then(|slot| self.slots.get(slot))
    }

    /// Whether an account could record a new id at a time in milliseconds. Changes nothing.
    ///
    /// # Errors
    /// [`ClientIdsFull`] when the total is reached and nothing may be forgotten.
    pub fn room(&self, account: AccountId, now: u64) -> Result<(), ClientIdsFull> {
        let is_free = self.len < self.limits.total || self.forgettable(account, now).is_some();
        if is_free { Ok(()) } else { Err(ClientIdsFull { total: self.limits.total }) }
    }

    /// Records a new id; the record's time is now. Times are expected not to fall from one to the next.
    ///
    /// # Errors
    /// [`ClientIdRefusal`] when the account has used the id already, or when there is no [room](ClientIds::room); nothing is changed.
    pub fn insert(&mut self, account: AccountId, id: ClientOrderId, record: ClientRecord) -> Result<(), ClientIdRefusal> {
        let hash = hash(account, &id);
        if let Some(before) = self.find(hash, account, &id) {
            return Err(ClientIdRefusal::Used { id, order: before.record.order });
        }
        if self.len >= self.limits.total {
            self.room(account, record.time)?;
            if let Some(oldest) = self.forgettable(account, record.time) {
                self.forget_oldest(oldest);
            }
        }
        let slot = self.slots.add(Slot { id, account, next: slots::NONE, record });
        self.index.insert(hash, slot);
        self.append(account, slot, record.time);
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    /// All ids: ascending by account, those of an account in the order in which they were recorded. All that there is to encode: inserting them in
    /// this order, with the same limits, rebuilds an equal structure and forgets nothing.
    pub fn entries(&self) -> impl Iterator<Item = (AccountId, ClientOrderId, ClientRecord)> {
        self.accounts.values().flat_map(|account| {
            let oldest = self.slots.get(account.first);
            let all = core::iter::successors(oldest, |slot| self.slots.get(slot.next));
            all.map(|slot| (slot.account, slot.id, slot.record))
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
        let Some(known) = self.accounts.get(&account) else { return };
        let (first, Some(oldest)) = (known.first, self.slots.get(known.first).copied()) else { return };
        self.index.remove(hash(account, &oldest.id), first);
        self.slots.free(first);
        let next = self.slots.get(oldest.next).map_or(0, |next| next.record.time);
        self.change(account, |known| {
            (known.first, known.oldest, known.count) = (oldest.next, next, known.count.saturating_sub(1));
            if oldest.next == slots::NONE {
                known.last = slots::NONE;
            }
        });
        self.len = self.len.saturating_sub(1);
    }

    /// Makes a slot the youngest of its account.
    fn append(&mut self, account: AccountId, slot: u32, time: u64) {
        let youngest = self.change(account, |known| {
            if known.count == 0 {
                (known.first, known.oldest) = (slot, time);
            }
            known.count = known.count.saturating_add(1);
            core::mem::replace(&mut known.last, slot)
        });
        if let Some(youngest) = self.slots.get_mut(youngest) {
            youngest.next = slot;
        }
    }

    /// Changes what is known of an account, and keeps the list of those that have ids to spare.
    fn change<T>(&mut self, account: AccountId, change: impl FnOnce(&mut Account) -> T) -> T {
        let known = self.accounts.entry(account).or_insert(Account::NONE);
        let was = known.spare(0, self.limits.per_account);
        let changed = change(known);
        let is = known.spare(0, self.limits.per_account);
        if was != is {
            was.map(|time| self.spare.remove(&(time, account)));
            is.map(|time| self.spare.insert((time, account)));
        }
        changed
    }
}

/// The same ids, recorded in the same order: where they are kept is nobody's business.
impl PartialEq for ClientIds {
    fn eq(&self, other: &Self) -> bool {
        self.limits == other.limits && self.len == other.len && self.entries().eq(other.entries())
    }
}

impl Eq for ClientIds {}

/// The hash of an account's id. Anybody can compute it, and search for ids that stand in each other's way: a thousand of them take some 2³⁰ attempts
/// and as many accepted orders, and then cost each other about a microsecond.
fn hash(account: AccountId, id: &ClientOrderId) -> u64 {
    use core::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    (account.0, id).hash(&mut hasher);
    hasher.finish()
}
