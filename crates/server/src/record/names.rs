//! Orders found by their number, or by the name that their owner gave them, without keeping either a second time.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use ringfence_engine::book::AccountId;
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::ids::{MarketId, OrderId};

/// An order of the exchange: numbers are a market's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(pub(super) MarketId, pub(super) OrderId);

/// How many orders of a market that follow one another share a sheet.
const SHEET: u64 = 64;
/// No place.
const NONE: u32 = u32::MAX;

/// Where finished orders lie in their log: by their place in the sequence of their market, on sheets that go with the last order on them. Orders end
/// about as they began, so that the sheet is at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    sheets: HashMap<(u16, u64), Box<Sheet>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sheet {
    places: [u32; 64],
    used: u8,
}

/// Which sheet, and where on it.
fn spot(Key(market, order): Key) -> ((u16, u64), usize) {
    let sequence = order.sequence();
    ((market.0, sequence / SHEET), usize::try_from(sequence % SHEET).unwrap_or(0))
}

impl Places {
    /// Where this order lies, or another one of the same number.
    pub(super) fn get(&self, key: Key) -> Option<u32> {
        let (sheet, at) = spot(key);
        self.sheets.get(&sheet)?.places.get(at).copied().filter(|place| *place != NONE)
    }

    pub(super) fn insert(&mut self, key: Key, place: u32) {
        let (sheet, at) = spot(key);
        let sheet = self.sheets.entry(sheet).or_insert_with(|| Box::new(Sheet { places: [NONE; 64], used: 0 }));
        if std::mem::replace(&mut sheet.places[at], place) == NONE {
            sheet.used += 1;
        }
    }

    pub(super) fn remove(&mut self, key: Key) {
        let (number, at) = spot(key);
        let Some(sheet) = self.sheets.get_mut(&number) else { return };
        if std::mem::replace(&mut sheet.places[at], NONE) != NONE {
            sheet.used -= 1;
        }
        if sheet.used == 0 {
            self.sheets.remove(&number);
        }
    }
}

/// Which order a name means: the last that was given it. The name itself stands in the order.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    table: HashTable<Named>,
    hasher: DefaultHashBuilder,
}

/// An order and the hash of its name: 16 bytes.
#[derive(Clone, Copy, Debug)]
struct Named {
    order: OrderId,
    market: MarketId,
    hash: u32,
}

impl Named {
    const fn key(&self) -> Key {
        Key(self.market, self.order)
    }
}

/// 32 bits of hash as the table wants them: all of them in its low bits, and spread over its high bits.
const fn spread(hash: u32) -> u64 {
    let wide = hash as u64;
    wide << 32 | wide
}

impl Names {
    fn hash(&self, name: (AccountId, &ClientOrderId)) -> u32 {
        let bytes = self.hasher.hash_one(name).to_le_bytes();
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
            ^ u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]])
    }

    /// The order of a name; `is_named` looks whether an order has it.
    pub(super) fn get(&self, name: (AccountId, &ClientOrderId), mut is_named: impl FnMut(Key) -> bool) -> Option<Key> {
        let hash = self.hash(name);
        self.table.find(spread(hash), |named| named.hash == hash && is_named(named.key())).map(Named::key)
    }

    /// Gives an order a name, in place of the one that had it.
    pub(super) fn insert(
        &mut self,
        name: (AccountId, &ClientOrderId),
        Key(market, order): Key,
        mut is_named: impl FnMut(Key) -> bool,
    ) {
        let hash = self.hash(name);
        let named = Named { order, market, hash };
        let has_it = |known: &Named| known.hash == hash && is_named(known.key());
        self.table.entry(spread(hash), has_it, |named| spread(named.hash)).insert(named);
    }

    /// Forgets an order's name, unless another order has it since.
    pub(super) fn remove(&mut self, name: (AccountId, &ClientOrderId), key: Key) {
        let hash = self.hash(name);
        if let Ok(found) = self.table.find_entry(spread(hash), |named| named.key() == key) {
            found.remove();
        }
    }

    /// The orders that names mean, in their order.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.table.iter().map(Named::key).collect();
        keys.sort_unstable();
        keys
    }
}

/// The same orders have names. That they have the same names is for whoever compares the orders.
impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.table.len() == other.table.len() && self.keys() == other.keys()
    }
}

impl Eq for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(sequence: u64) -> Key {
        Key(MarketId(1), OrderId::new(sequence, 7))
    }

    #[test]
    fn a_sheet_goes_with_its_last_order() {
        let mut places = Places::default();
        for sequence in [1, 63, 64, 640] {
            places.insert(key(sequence), u32::try_from(sequence).expect("small"));
        }
        assert_eq!([1, 2, 63, 64, 640].map(|sequence| places.get(key(sequence))), [Some(1), None, Some(63), Some(64), Some(640)]);
        assert_eq!(places.get(Key(MarketId(0), OrderId::new(1, 7))), None, "another market's");
        [1, 1, 2, 63].into_iter().for_each(|sequence| places.remove(key(sequence)));
        assert_eq!((places.sheets.len(), places.get(key(63)), places.get(key(64))), (2, None, Some(64)));
    }

    #[test]
    fn a_name_means_the_last_order_that_was_given_it() {
        let name: ClientOrderId = "a".parse().expect("a name");
        let name = (AccountId(3), &name);
        let mut names = Names::default();
        names.insert(name, key(1), |_| false);
        assert_eq!(names.get(name, |found| found == key(1)), Some(key(1)));
        names.insert(name, key(2), |found| found == key(1));
        assert_eq!((names.keys(), names.get(name, |_| true)), (vec![key(2)], Some(key(2))));
        names.remove(name, key(1));
        assert_eq!(names.keys(), [key(2)], "the name is the other order's by then");
        names.remove(name, key(2));
        assert_eq!(names.get(name, |_| true), None);
    }
}
