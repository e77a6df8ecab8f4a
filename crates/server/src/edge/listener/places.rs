//! How many connections there are, in all and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::edge::limits::counted_address;

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The places for connections.
#[derive(Clone, Debug)]
pub(super) struct Places {
    total: usize,
    per_address: usize,
    taken: Arc<Mutex<Taken>>,
}

/// A place for one connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self { total, per_address, taken: Arc::default() }
    }

    /// A place, if there is one for this address.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let address = counted_address(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_address.get(&address).copied().unwrap_or_default();
        if taken.total >= self.total || own >= self.per_address {
            return None;
        }
        taken.total = taken.total.saturating_add(1);
        taken.by_address.insert(address, own.saturating_add(1));
        Some(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        let left = taken.by_address.get(&self.address).map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            taken.by_address.remove(&self.address);
        } else {
            taken.by_address.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_limited_and_come_back() {
        let places = Places::new(3, 2);
        let take = |address: &str| places.take(address.parse().unwrap());
        let first = take("192.0.2.1").unwrap();
        let _second = take("192.0.2.1").unwrap();
        assert!(take("192.0.2.1").is_none(), "per address");
        let _third = take("192.0.2.2").unwrap();
        assert!(take("192.0.2.3").is_none(), "in all");
        drop(first);
        assert!(take("192.0.2.3").is_some());
        assert!(take("2001:db8::1").is_some());
        assert_eq!(places.taken.lock().unwrap().by_address.len(), 2, "nothing is kept of those who left");
    }
}
