//! Runs over the cores, and finished runs on disk.

use super::*;
use crate::{COLUMNS, CompareError, Shard, Store, over_cores};
use std::fs;
use std::path::PathBuf;

/// A directory of its own that is gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringfence-compare-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn fields(number: usize) -> Vec<String> {
    (0..COLUMNS.len()).map(|field| format!("{number}-{field}")).collect()
}

#[test]
fn every_number_runs_once_on_any_number_of_threads() {
    let numbers: Vec<usize> = (0..500).step_by(3).collect();
    for workers in [0, 1, 2, 8] {
        let mut seen = Vec::new();
        over_cores(
            &numbers,
            workers,
            |number| Ok::<_, ()>(number * 2),
            |number, twice| {
                assert_eq!(twice, number * 2);
                seen.push(number);
                Ok(())
            },
        )
        .unwrap();
        seen.sort_unstable();
        assert_eq!(seen, numbers);
    }
    let failed = over_cores(&numbers, 4, |number| if number > 30 { Err(number) } else { Ok(()) }, |_, ()| Ok(()));
    assert_eq!(failed, Err(33));
}

#[test]
fn finished_runs_are_kept_and_a_torn_row_is_computed_anew() {
    let scratch = Scratch::new("kept");
    let (first, second) = (Shard { number: 1, of: 2 }, Shard { number: 2, of: 2 });
    let mut store = Store::open(&scratch.0, "plan\n", first).unwrap();
    store.keep(0, &fields(0)).unwrap();
    store.keep(2, &fields(2)).unwrap();
    // Nobody else works on a shard that is open.
    let busy = Store::open(&scratch.0, "plan\n", first).unwrap_err();
    assert!(matches!(busy, CompareError::InUse { .. }), "{busy}");
    drop(store);
    let file = scratch.0.join("shard-1-of-2.csv");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let mut store = Store::open(&scratch.0, "plan\n", first).unwrap();
    assert_eq!((store.row(0).is_some(), store.row(2), store.finished()), (true, None, 1));
    store.keep(2, &fields(2)).unwrap();
    assert_eq!(store.merge(4).unwrap(), Err(2));
    assert!(!scratch.0.join("table.csv").exists(), "a part is no table");
    let mut other = Store::open(&scratch.0, "plan\n", second).unwrap();
    other.keep(3, &fields(3)).unwrap();
    other.keep(1, &fields(1)).unwrap();
    let table = other.merge(4).unwrap().unwrap();
    let text = fs::read_to_string(table).unwrap();
    let cells: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(cells, ["0", "1", "2", "3"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), whole);
}

#[test]
fn another_sweep_and_changed_results_are_refused() {
    let scratch = Scratch::new("refused");
    drop(Store::open(&scratch.0, "runs: 4\nfile: a\n", Shard::WHOLE).unwrap());
    let other = Store::open(&scratch.0, "runs: 4\nfile: b\n", Shard::WHOLE).unwrap_err().to_string();
    assert!(other.ends_with("holds results of another sweep (it differs at 'file: b'): give another directory"), "{other}");
    let file = scratch.0.join("shard-9-of-9.csv");
    let header = format!("cell,{}\n", COLUMNS.join(","));
    let row = |number: usize| format!("1,{}\n", fields(number).join(","));
    for (text, expect) in [
        ("cell,mode\n".to_owned(), "row 1: the header is not that of this version"),
        (format!("{header}x,y\n"), "row 2: the cell number is not a number"),
        (format!("{header}1,2\n"), "row 2: the row does not have the fields of the header"),
        (format!("{header}{}{}", row(1), row(2)), "row 3: the cell is there twice with different results"),
    ] {
        fs::write(&file, text).unwrap();
        let error = Store::open(&scratch.0, "runs: 4\nfile: a\n", Shard::WHOLE).unwrap_err().to_string();
        assert!(error.ends_with(expect), "{error}");
    }
}

#[test]
fn a_cell_gives_the_same_row_alone_and_beside_others() {
    let axes = Axes::default();
    let row = |number: usize| {
        let done = ran(axes.cell(number).unwrap(), &prepared(None), &Watch::default());
        done.summary.fields(&done.cell)
    };
    let alone: Vec<Vec<String>> = (0..2).map(row).collect();
    let mut beside = vec![Vec::new(); 2];
    over_cores(
        &[0, 1],
        2,
        |number| Ok::<_, ()>(row(number)),
        |number, fields| {
            beside[number] = fields;
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(alone, beside);
}
