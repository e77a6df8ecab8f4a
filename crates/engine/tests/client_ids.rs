//! The client order ids against a list, and what a client order id may look like.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use ringfence_engine::book::AccountId;
use ringfence_engine::client_ids::{
    ClientIdLimits, ClientIdRefusal, ClientIds, ClientIdsFull, ClientOrderId, ClientOrderIdError, ClientRecord,
};

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(10_000) }
}

fn id(number: u32) -> ClientOrderId {
    format!("id-{number}").parse().unwrap()
}

#[test]
fn client_order_ids_have_a_length_and_an_alphabet() {
    let length = |bytes| Err(ClientOrderIdError::Length { bytes });
    let character = |found, position| Err(ClientOrderIdError::Character { found, position });
    let (longest, longer) = ("x".repeat(36), "x".repeat(37));
    let cases = [
        ("a", Ok("a")),
        ("azAZ09._:/-", Ok("azAZ09._:/-")),
        (longest.as_str(), Ok(longest.as_str())),
        (longer.as_str(), length(37)),
        ("", length(0)),
        (" a", character(' ', 1)),
        ("ab\n", character('\n', 3)),
        ("a\0", character('\0', 2)),
        ("é€", character('é', 1)),
        ("aé", character('é', 2)),
        ("a+b", character('+', 2)),
    ];
    for (text, expected) in cases {
        let parsed = text.parse::<ClientOrderId>();
        assert_eq!(parsed.as_ref().map(ClientOrderId::as_str), expected.as_ref().copied(), "{text:?}");
        assert_eq!(parsed.ok().map(|id| id.to_string()).as_deref(), expected.ok());
    }
}

/// The same ids in a list, in the order in which they were recorded.
#[derive(Default)]
struct Naive(Vec<(AccountId, ClientOrderId, ClientRecord)>);

impl Naive {
    /// Places of the ids of an account, the oldest first.
    fn of(&self, account: AccountId) -> Vec<usize> {
        (0..self.0.len()).filter(|place| self.0[*place].0 == account).collect()
    }

    /// The place of the id to be forgotten for a new one of an account.
    fn forgettable(&self, limits: ClientIdLimits, account: AccountId, now: u64) -> Option<usize> {
        let may = |account: AccountId, coming: usize| {
            let places = self.of(account);
            let oldest = *places.first()?;
            let is_old = now > self.0[oldest].2.time + limits.keep_ms;
            let newer = places.len() - 1 + coming;
            (is_old && newer > limits.per_account as usize).then_some(oldest)
        };
        let others = (0..4).filter_map(|other| may(AccountId(other), 0));
        may(account, 1).or_else(|| others.min_by_key(|place| (self.0[*place].2.time, self.0[*place].0)))
    }

    fn insert(
        &mut self,
        limits: ClientIdLimits,
        account: AccountId,
        id: ClientOrderId,
        record: ClientRecord,
    ) -> Result<(), ClientIdRefusal> {
        if let Some(before) = self.0.iter().find(|entry| entry.0 == account && entry.1 == id) {
            return Err(ClientIdRefusal::Used { id, order: before.2.order });
        }
        if self.0.len() >= limits.total as usize {
            let place = self.forgettable(limits, account, record.time);
            self.0.remove(place.ok_or(ClientIdsFull { total: limits.total })?);
        }
        self.0.push((account, id, record));
        Ok(())
    }
}

/// (account, id, milliseconds since the one before)
fn inserts() -> impl Strategy<Value = Vec<(u32, u32, u64)>> {
    prop::collection::vec((0..4_u32, 0..12_u32, 0..6_u64), 1..80)
}

proptest! {
    #![proptest_config(cases())]

    /// Every id is recorded, refused, found and forgotten as in the list, and inserting the entries anew gives an equal structure.
    #[test]
    fn client_ids_are_kept_as_in_a_list(per_account in 0..4_u32, total in 0..12_u32, keep_ms in 0..25_u64, inserts in inserts()) {
        let limits = ClientIdLimits { per_account, total, keep_ms };
        let (mut ids, mut naive, mut now) = (ClientIds::new(limits), Naive::default(), 0);
        for (order, (account, number, later)) in (0..).zip(inserts) {
            now += later;
            let (account, record) = (AccountId(account), ClientRecord { order, fingerprint: u128::from(order) << 70, time: now });
            let (room, before) = (ids.room(account, now), ids.clone());
            let result = ids.insert(account, id(number), record);
            prop_assert_eq!(result, naive.insert(limits, account, id(number), record));
            match result {
                Ok(()) => prop_assert_eq!(room, Ok(())),
                Err(ClientIdRefusal::Full(full)) => prop_assert_eq!(room, Err(full)),
                Err(ClientIdRefusal::Used { .. }) => {}
            }
            prop_assert!(result.is_ok() || ids == before);
            prop_assert!(ids.len() <= total && ids.len() as usize == naive.0.len());
            for entry in &naive.0 {
                prop_assert_eq!(ids.get(entry.0, &entry.1), Some(&entry.2));
            }
        }
        naive.0.sort_by_key(|entry| entry.0); // stable: the order within an account stays
        prop_assert_eq!(ids.entries().collect::<Vec<_>>(), naive.0);
        let mut rebuilt = ClientIds::new(limits);
        for (account, id, record) in ids.entries() {
            prop_assert_eq!(rebuilt.insert(account, id, record), Ok(()));
        }
        prop_assert_eq!(rebuilt, ids);
    }

    /// Ids are ordered as their texts.
    #[test]
    fn client_order_ids_are_ordered_as_texts(left in "[A-Za-z0-9._:/-]{1,36}", right in "[A-Za-z0-9._:/-]{1,36}") {
        let (first, second): (ClientOrderId, ClientOrderId) = (left.parse().unwrap(), right.parse().unwrap());
        prop_assert_eq!(first.cmp(&second), left.cmp(&right));
        prop_assert_eq!(first.to_string(), left);
    }
}
