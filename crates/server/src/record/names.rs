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

    /// Takes an order out; where it was.
    pub(super) fn remove(&mut self, key: Key) -> Option<u32> {
        let (number, at) = spot(key);
        let sheet = self.sheets.get_mut(&number)?;
        let place = std::mem::replace(&mut sheet.places[at], NONE);
        if place == NONE {
            return None;
        }
        sheet.used -= 1;
        if sheet.used == 0 {
            self.sheets.remove(&number);
        }
        Some(place)
    }
}

/// The tables that names are spread over: one grows at a time, and none holds more than a few thousand, so that no command waits for all of them.
const TABLES: usize = 256;

/// Which order a name means: the last that was given it. The name itself stands in the order, wherever that is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    tables: Vec<HashTable<Named>>,
    hasher: DefaultHashBuilder,
}

/// Where an order is kept, and the hash of its name: 8 bytes.
#[derive(Clone, Copy, Debug)]
struct Named {
    hash: u32,
    place: u32,
}

/// 32 bits of hash as the table wants them: all of them in its low bits, and spread over its high bits.
const fn spread(hash: u32) -> u64 {
    let wide = hash as u64;
    wide << 32 | wide
}

impl Names {
    /// Which table, and which hash in it.
    fn split(&self, name: (AccountId, &ClientOrderId)) -> (usize, u32) {
        let bytes = self.hasher.hash_one(name).to_le_bytes();
        (usize::from(bytes[0]) % TABLES, u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]))
    }

    /// The place of a name's order; `is_named` looks whether the order at a place has it.
    pub(super) fn get(&self, name: (AccountId, &ClientOrderId), mut is_named: impl FnMut(u32) -> bool) -> Option<u32> {
        let (table, hash) = self.split(name);
        let found = self.tables.get(table)?.find(spread(hash), |named| named.hash == hash && is_named(named.place));
        found.map(|named| named.place)
    }

    /// Gives the order at a place a name, in place of the one that had it.
    pub(super) fn insert(&mut self, name: (AccountId, &ClientOrderId), place: u32, mut is_named: impl FnMut(u32) -> bool) {
        if self.tables.is_empty() {
            self.tables.resize_with(TABLES, HashTable::new);
        }
        let (table, hash) = self.split(name);
        let has_it = |known: &Named| known.hash == hash && is_named(known.place);
        self.tables[table].entry(spread(hash), has_it, |named| spread(named.hash)).insert(Named { hash, place });
    }

    /// Forgets the name of the order at a place, unless another order has it since.
    pub(super) fn remove(&mut self, name: (AccountId, &ClientOrderId), place: u32) {
        let (table, hash) = self.split(name);
        let Some(table) = self.tables.get_mut(table) else { return };
        if let Ok(found) = table.find_entry(spread(hash), |named| named.place == place) {
            found.remove();
        }
    }

    /// Where the orders are that names mean, in the order of the places.
    pub(super) fn places(&self) -> Vec<u32> {
        let mut places: Vec<u32> = self.tables.iter().flatten().map(|named| named.place).collect();
        places.sort_unstable();
        places
    }
}

/// The same orders have names. That they have the same names is for whoever compares the orders.
impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.places() == other.places()
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
        assert_eq!([1, 1, 2, 63].map(|sequence| places.remove(key(sequence))), [Some(1), None, None, Some(63)]);
        assert_eq!((places.sheets.len(), places.get(key(63)), places.get(key(64))), (2, None, Some(64)));
    }

    #[test]
    fn a_name_means_the_last_order_that_was_given_it() {
        let name: ClientOrderId = "a".parse().expect("a name");
        let name = (AccountId(3), &name);
        let mut names = Names::default();
        names.insert(name, 1, |_| false);
        assert_eq!(names.get(name, |found| found == 1), Some(1));
        names.insert(name, 2, |found| found == 1);
        assert_eq!((names.places(), names.get(name, |_| true)), (vec![2], Some(2)));
        names.remove(name, 1);
        assert_eq!(names.places(), [2], "the name is the other order's by then");
        names.remove(name, 2);
        assert_eq!(names.get(name, |_| true), None);
    }

    #[test]
    fn no_table_has_more_than_its_share_of_many_names() {
        let mut names = Names::default();
        for number in 0..100_000_u32 {
            let name: ClientOrderId = format!("order-{number}").parse().expect("a name");
            names.insert((AccountId(number % 7), &name), number, |_| false);
        }
        let longest = names.tables.iter().map(HashTable::len).max();
        assert!(longest.is_some_and(|longest| longest < 100_000 / TABLES * 3 / 2), "{longest:?}");
        assert_eq!(names.places().len(), 100_000);
    }
}
