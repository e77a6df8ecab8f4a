//! No input makes a reader panic, and no error takes more than one line.

use super::{BARS, funding, gzip, open, zip};
use crate::number::digits;
use proptest::prelude::*;
use ringfence_risk::decimal;
use ringfence_risk::units::MarkPrice;

/// Reads everything as prices and as funding, and judges what comes out.
fn survive(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut errors = Vec::new();
    match open(bytes) {
        Err(error) => errors.push(error),
        Ok(mut file) => {
            let found = file.by_ref().find_map(Result::err);
            prop_assert!(file.next().is_none(), "a row after the end");
            errors.extend(found);
        }
    }
    errors.extend(funding(bytes).err());
    for error in errors {
        let text = error.to_string();
        prop_assert!(!text.chars().any(char::is_control), "{text:?}");
        prop_assert!(text.len() < 2_000, "{text:?}");
    }
    Ok(())
}

/// Good files of every compression.
fn good() -> impl Strategy<Value = Vec<u8>> {
    let funding = b"ts_ms,funding_rate\n1,0.0001\n2,-0.0001\n";
    prop_oneof![
        Just(BARS.as_bytes().to_vec()),
        Just(b"ts_ms,price\r\n1,5\r\n1,6\r\n".to_vec()),
        Just(funding.to_vec()),
        Just(gzip(BARS.as_bytes())),
        Just(zip(&[("a.csv", BARS.as_bytes())], zip::CompressionMethod::Deflated)),
        Just(zip(&[("a.csv", funding)], zip::CompressionMethod::Stored)),
    ]
}

/// What happens to a file: a byte replaced, removed or inserted, or everything after it cut off.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(u8),
    Remove,
    Insert(u8),
    Cut,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let telling = prop_oneof![any::<u8>(), prop::sample::select(b"0123456789.,-+\r\n\0 e".to_vec())];
    prop_oneof![
        8 => telling.clone().prop_map(Mutation::Replace),
        4 => Just(Mutation::Remove),
        4 => telling.prop_map(Mutation::Insert),
        1 => Just(Mutation::Cut),
    ]
}

fn mutate(bytes: &mut Vec<u8>, place: prop::sample::Index, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    let index = place.index(bytes.len());
    match mutation {
        Mutation::Replace(byte) => bytes[index] = *byte,
        Mutation::Remove => drop(bytes.remove(index)),
        Mutation::Insert(byte) => bytes.insert(index, *byte),
        Mutation::Cut => bytes.truncate(index),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(head in prop::sample::select(vec![&b""[..], b"ts_ms,price\n", b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06"]),
                    tail in prop::collection::vec(any::<u8>(), 0..300)) {
        survive(&[head, &tail].concat())?;
    }

    #[test]
    fn mutated_files(mut bytes in good(), changes in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 1..6)) {
        for (place, change) in &changes {
            mutate(&mut bytes, *place, change);
        }
        survive(&bytes)?;
    }

    #[test]
    fn the_fast_reader_of_prices_agrees_with_the_exact_one(text in "[0-9]{0,12}[.]?[0-9]{0,10}[-+. e]?") {
        if let Some(raw) = digits(text.as_bytes()) {
            prop_assert_eq!(decimal::parse(&text), Ok(i128::from(raw)));
        }
    }

    #[test]
    fn a_price_as_it_is_written_takes_the_fast_way(raw in MarkPrice::LEAST.raw()..=MarkPrice::GREATEST.raw() / 10) {
        let text = MarkPrice::from_raw(raw).unwrap().to_string();
        prop_assert_eq!(digits(text.as_bytes()), Some(raw));
    }
}
