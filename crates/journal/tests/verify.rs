//! Checking and showing a journal.

mod support;

use ringfence_engine::command::Command;
use ringfence_engine::limits::Limits;
use ringfence_engine::state::StateHash;
use ringfence_journal::show::{Form, show};
use ringfence_journal::verify::{Depth, Report, SnapshotReport, Verdict, verify};
use ringfence_journal::{Journal, Reader};
use support::{BY_HAND, Folder, World};

const EXECUTION: Depth = Depth::Execution(Limits::DEFAULT);

/// Twelve commands in batches of three with a note, and two snapshots.
fn written() -> (Folder, World) {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    for batch in 0..4 {
        (0..3).for_each(|_| world.push(&mut journal));
        world.note(&mut journal, "a \"name\"");
        journal.commit().expect("durable");
        if batch % 2 == 1 {
            let snapshot = world.snapshot(&journal);
            let mut snapshots = Reader::open(folder.path()).expect("a reader").snapshots().expect("snapshots");
            snapshots.write(&snapshot).expect("written");
        }
    }
    journal.keep().expect("a watermark");
    (folder, world)
}

#[test]
fn a_good_journal_is_good_by_its_hashes_and_by_execution() {
    let (folder, mut world) = written();
    let snapshots = vec![SnapshotReport { index: 16, fault: None }, SnapshotReport { index: 8, fault: None }];
    let good = Report { verdict: Verdict::Good, last_index: 16, state_hash: world.engine.hash(), snapshots, first_bad: None };
    assert_eq!(verify(folder.path(), Depth::Chain), Ok(good.clone()));
    assert_eq!(verify(folder.path(), EXECUTION), Ok(good));
}

#[test]
fn an_outcome_that_does_not_come_again_is_found_by_execution_only() {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    world.push(&mut journal);
    journal.commit().expect("durable");
    journal.push(&Command::OpenAccount, StateHash::from_raw(7));
    journal.commit().expect("durable");
    assert!(verify(folder.path(), Depth::Chain).expect("readable").ok());
    let report = verify(folder.path(), EXECUTION).expect("readable");
    assert_eq!((report.ok(), report.last_index), (false, 1));
    let bad = report.first_bad.expect("what is wrong");
    assert_eq!((bad.row, bad.index), (2, 2));
    assert!(bad.what.contains("00000000000000000000000000000007 was recorded"), "{bad}");
}

#[test]
fn a_damaged_snapshot_is_reported_with_its_index() {
    let (folder, _) = written();
    let file = folder.path().join("snapshot-00000000000000000008.rf");
    std::fs::write(&file, b"short").expect("written");
    let report = verify(folder.path(), Depth::Chain).expect("readable");
    assert_eq!((report.ok(), report.last_index, report.first_bad), (false, 16, None));
    assert_eq!(report.snapshots[1], SnapshotReport { index: 8, fault: Some("the snapshot is too short".to_owned()) });
}

#[test]
fn records_are_shown_by_range_in_three_forms() {
    let (folder, world) = written();
    let reader = Reader::open(folder.path()).expect("a reader");
    let lines = |range, form| {
        let mut bytes = Vec::new();
        let count = show(&reader, &range, form, &mut bytes).expect("shown");
        (count, String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let hash = world.pushed[3].outcome;
    assert_eq!(lines(2..=4, Form::Text).0, 3);
    assert_eq!(lines(4..=4, Form::Text).1, [format!("4 {hash} 8 bytes")]);
    assert_eq!(lines(4..=4, Form::Csv).1, ["index,outcome,kind,what".to_owned(), format!("4,{hash},note,\"8 bytes\"")]);
    let json = format!("{{\"index\":4,\"outcome\":\"{hash}\",\"kind\":\"note\",\"what\":\"8 bytes\"}}");
    assert_eq!(lines(4..=4, Form::JsonLines).1, [json]);
    assert!(lines(2..=2, Form::Text).1[0].ends_with(" OpenAccount"), "a command is written as its fields");
    assert_eq!((lines(0..=u64::MAX, Form::Csv).0, lines(17..=20, Form::Text).0), (16, 0));
}
