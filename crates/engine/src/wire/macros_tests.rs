//! The macros are for this crate only, so they are tested from inside.

use super::{Reader, WireError, from_bytes, to_bytes, wire_enum, wire_struct};

#[derive(Debug, PartialEq)]
enum Mixed {
    Unit,
    One(u16),
    Pair(u8, bool),
    Named { to: u8, from: Option<u16>, at: u8, tag: u8 },
    Deep(Box<Mixed>),
    Wide(Vec<Mixed>),
}

wire_enum!(Mixed { 0 => Unit, 1 => One(a), 2 => Pair(a, b), 5 => Named { to, from, at, tag }, 7 => Deep(inside), 8 => Wide(items) });

#[derive(Debug, PartialEq)]
struct Plain {
    value: u8,
    to: Mixed,
}

wire_struct!(Plain { value, to });

#[derive(Debug, PartialEq)]
struct Pair(u8, u16);

wire_struct!(Pair(first, second));

#[test]
fn every_kind_of_variant_has_its_bytes() {
    let cases = [
        (Mixed::Unit, vec![0]),
        (Mixed::One(258), vec![1, 2, 1]),
        (Mixed::Pair(9, true), vec![2, 9, 1]),
        (Mixed::Named { to: 1, from: Some(2), at: 3, tag: 4 }, vec![5, 1, 1, 2, 0, 3, 4]),
        (Mixed::Deep(Box::new(Mixed::Unit)), vec![7, 0]),
        (Mixed::Wide(vec![Mixed::Unit, Mixed::One(1)]), vec![8, 2, 0, 0, 0, 0, 1, 1, 0]),
    ];
    for (value, bytes) in cases {
        assert_eq!(to_bytes(&value), bytes);
        assert_eq!(from_bytes(&bytes), Ok(value));
    }
    assert_eq!(to_bytes(&Plain { value: 7, to: Mixed::One(1) }), [7, 1, 1, 0]);
    assert_eq!(from_bytes(&[7, 1, 1, 0]), Ok(Plain { value: 7, to: Mixed::One(1) }));
    assert_eq!(to_bytes(&Pair(7, 1)), [7, 1, 0]);
    assert_eq!(from_bytes(&[7, 1, 0]), Ok(Pair(7, 1)));
}

#[test]
fn an_unknown_tag_is_named_where_it_stands() {
    assert_eq!(from_bytes::<Mixed>(&[3]), Err(WireError::Tag { at: 0, what: "Mixed", tag: 3 }));
    assert_eq!(from_bytes::<Plain>(&[7, 9]), Err(WireError::Tag { at: 1, what: "Mixed", tag: 9 }));
    assert_eq!(from_bytes::<Mixed>(&[2, 9, 2]), Err(WireError::Tag { at: 2, what: "bool", tag: 2 }));
    assert_eq!(from_bytes::<Mixed>(&[]), Err(WireError::Short { at: 0, needed: 1 }));
}

#[test]
fn nothing_nests_without_bound() {
    let deep = |boxes: usize| [vec![7; boxes], vec![0]].concat();
    let limit = usize::try_from(Reader::DEPTH).unwrap();
    assert!(from_bytes::<Mixed>(&deep(limit)).is_ok());
    let beyond = limit.saturating_add(1);
    assert_eq!(from_bytes::<Mixed>(&deep(beyond)), Err(WireError::Depth { at: beyond }));
    let lists = [8, 1, 0, 0, 0].repeat(1_000_000);
    assert!(matches!(from_bytes::<Mixed>(&lists), Err(WireError::Depth { .. })));
}
