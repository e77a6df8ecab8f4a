//! Axes, cells, shards and counterfactuals as they are written.

use super::*;
use crate::{Shard, WhatIf, share, span};

#[test]
fn every_cell_has_one_number() {
    let axes =
        Axes::default().swept("leverage=2..10/4,25 rules=ringfence,okx seeds=1..3 paths=olhc,ohlc dates=2022-02-12").unwrap();
    let cells: Vec<Cell> = (0..axes.count().unwrap()).map(|number| axes.cell(number).unwrap()).collect();
    assert_eq!(cells.len(), 4 * 2 * 3 * 2 * 2);
    let mut sorted = cells.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((sorted.len(), axes.cell(cells.len())), (cells.len(), None));
    assert_eq!(cells[0].name(), "isolated ringfence 2022-02-12 2x seed 1");
    assert_eq!(cells[95].name(), "cross okx 2022-02-12 25x seed 3 ohlc");
    for shards in [1, 2, 7] {
        let held = |cell| (1..=shards).filter(|number| Shard { number: *number, of: shards }.holds(cell)).count();
        assert!((0..96).all(|cell| held(cell) == 1));
    }
}

#[test]
fn what_is_not_understood_is_named() {
    for (text, expect) in [
        ("", "--sweep: '' must be at least one key with values"),
        ("leverage", "--sweep: 'leverage' must be a key, =, and values"),
        ("size=1", "--sweep: 'size=1' must be one of the keys leverage, rules, dates, seeds, modes, paths"),
        ("seeds=1 seeds=2", "--sweep: 'seeds=2' must be named once"),
        ("leverage=9..2", "--sweep: 'leverage=9..2' must be whole numbers or ranges like 2..125 or 2..100/7, each number once"),
        ("leverage=2,2", "--sweep: 'leverage=2,2' must be whole numbers or ranges like 2..125 or 2..100/7, each number once"),
        ("leverage=0", "--sweep: 'leverage=0' must be whole leverages from 1"),
        ("seeds=1..5/0", "--sweep: 'seeds=1..5/0' must be whole numbers or ranges like 2..125 or 2..100/7, each number once"),
        ("seeds=0..18446744073709551615", "a comparison must have at most 1000000 runs, got more"),
        ("rules=a,,b", "--sweep: 'rules=a,,b' must be names with commas between, each once"),
        ("modes=half", "--sweep: 'modes=half' must be modes among isolated, cross, stated"),
        ("paths=up", "--sweep: 'paths=up' must be paths among olhc, ohlc"),
    ] {
        assert_eq!(Axes::default().swept(text).unwrap_err().to_string(), expect);
    }
    for text in ["0/2", "3/2", "1", "a/b", "1/0"] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
    for text in ["leverage=0.5", "margin=100", "margin=+0", "margin=+x", "size=2", "leverage"] {
        assert!(text.parse::<WhatIf>().is_err(), "{text}");
    }
    assert_eq!("leverage=20x".parse::<WhatIf>().unwrap(), WhatIf::Leverage(parsed("20")));
    assert_eq!("margin=+0.5".parse::<WhatIf>().unwrap(), WhatIf::Margin(parsed("0.5")));
}

#[test]
fn shares_and_spans_are_written_for_people() {
    for (part, whole, expect) in [
        ("1", "3", "33.33"),
        ("-1", "8", "-12.50"),
        ("0", "5", "0.00"),
        ("1", "0", "-"),
        ("2", "1", "200.00"),
        ("-0.001", "1", "-0.10"),
    ] {
        assert_eq!(share(parsed(part), parsed(whole)), expect);
    }
    let spans = [40_000, 3_480_000, 36_600_000, 123_900_000].map(span);
    assert_eq!(spans, ["40 s", "58 min", "10 h 10 min", "1 d 10 h 25 min"]);
}
