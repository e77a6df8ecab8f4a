//! Every byte of a journal's files is damaged once, one bit of it: it is refused, or it starts with everything that was acknowledged and goes on.
//! (The store in memory has every bit of it turned round, in `faults.rs`.)

mod support;

use std::path::Path;

use ringfence_journal::{Background, Journal, OpenError, Options, ReadError, Reader, Records};
use support::{BY_HAND, Folder, World, recover};

/// A journal with two snapshots and its watermarks, stopped so that SQLite left its write-ahead log (`-wal`) behind or not.
fn written(ending: Ending) -> (Folder, World) {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    for batch in 0..4_u8 {
        (0..3).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
        if batch == 1 {
            // Half of it in the database, half in the write-ahead log.
            journal.keep().expect("a watermark and a checkpoint");
        }
    }
    if ending == Ending::Stopped {
        journal.keep().expect("a watermark");
        drop(journal);
        return (folder, world);
    }
    let copy = Folder::new();
    journal.mark().expect("a watermark");
    copy_all(folder.path(), copy.path());
    (copy, world)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Closed.
    Stopped,
    /// Killed: the files as they were at a moment.
    Killed,
}

fn copy_all(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

/// Damages one file byte by byte; how often the journal was refused and how often it started.
fn damage(ending: Ending, name: &str, step: usize) -> (usize, usize) {
    let (folder, world) = written(ending);
    let bytes = std::fs::read(folder.path().join(name)).expect("the file");
    // Behind what SQLite wrote there are zeros only.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let (mut refused, mut started) = (0, 0);
    for at in (0..used).step_by(step) {
        let trial = Folder::new();
        copy_all(folder.path(), trial.path());
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at / step % 8);
        std::fs::write(trial.path().join(name), &damaged).expect("written");
        match Journal::open(trial.path(), BY_HAND) {
            Err(error) => {
                assert!([2, 3, 4].contains(&error.exit_code()), "byte {at}: {error}");
                refused += 1;
            }
            Ok(opened) => {
                let mut recovered = recover(opened);
                assert_eq!(recovered.records, world.pushed, "byte {at}");
                started += 1;
                let mut world = World { engine: recovered.engine, ..world.clone() };
                world.push(&mut recovered.journal);
                if recovered.journal.commit().is_ok() {
                    drop(recovered.journal);
                    let reader = Reader::open(trial.path()).expect("a reader");
                    let records: Vec<_> = reader.records().expect("records").collect::<Result<_, _>>().expect("readable");
                    assert_eq!(records, world.pushed, "byte {at}, after going on");
                }
            }
        }
    }
    println!("{name}: {refused} refused, {started} started of {used} bytes, every {step}th");
    (refused, started)
}

#[test]
fn a_damaged_database_is_refused_or_harmless() {
    let (refused, started) = damage(Ending::Stopped, "journal.db", 29);
    assert!(refused > 10 && started > 50, "{refused} refused, {started} started");
}

#[test]
fn a_damaged_write_ahead_log_is_refused_or_harmless() {
    let (refused, started) = damage(Ending::Killed, "journal.db-wal", 37);
    assert!(refused > 10 && started > 50, "{refused} refused, {started} started");
}

#[test]
fn a_damaged_watermark_is_harmless() {
    assert_eq!(damage(Ending::Stopped, "watermark-0.rf", 1).0, 0);
    assert_eq!(damage(Ending::Stopped, "watermark-1.rf", 1).0, 0);
}

#[test]
fn a_journal_of_a_killed_process_starts_with_everything() {
    let (folder, world) = written(Ending::Killed);
    assert_eq!(recover(Journal::open(folder.path(), BY_HAND).expect("a journal")).records, world.pushed);
}

/// Flips a bit of a row in the database, in the middle of its bytes.
fn damage_row(path: &Path, first: u64) {
    let connection = rusqlite::Connection::open(path.join("journal.db")).expect("the database");
    let read = "SELECT data FROM batches WHERE first = ?1";
    let mut bytes: Vec<u8> = connection.query_row(read, [first.cast_signed()], |row| row.get(0)).expect("the row");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    connection
        .execute("UPDATE batches SET data = ?1 WHERE first = ?2", rusqlite::params![bytes, first.cast_signed()])
        .expect("written");
}

#[test]
fn damage_of_a_long_log_is_named_as_that_of_a_short_one() {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    for _ in 0..60 {
        (0..1_000).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
    }
    journal.keep().expect("a watermark and a checkpoint");
    drop(journal);
    for options in [BY_HAND, Options { background: Background::Thread, ..BY_HAND }] {
        assert_eq!(recover(Journal::open(folder.path(), options).expect("a whole journal")).records, world.pushed);
        for first in [1, 10_001, 30_001, 57_001, 58_001, 59_001] {
            damage_row(folder.path(), first);
            // Either at once or, far from the end, when the records are read: none from the damaged row on is handed out.
            let found = match Journal::open(folder.path(), options) {
                Ok(mut opened) => read(&mut opened.records),
                Err(OpenError::Corrupt(corrupt)) => Err(ReadError::Corrupt(corrupt)),
                Err(other) => panic!("row {first} is damaged, and: {other:?}"),
            };
            match found {
                Err(ReadError::Corrupt(corrupt)) => assert_eq!(corrupt.row, first),
                other => panic!("row {first} is damaged, and: {other:?}"),
            }
            damage_row(folder.path(), first);
        }
    }
    assert_eq!(recover(Journal::open(folder.path(), BY_HAND).expect("repaired")).records.len(), 60_000);
}

/// Reads to the end; how many there are.
fn read(records: &mut Records) -> Result<usize, ReadError> {
    let mut count = 0;
    loop {
        match records.portion()?.len() {
            0 => return Ok(count),
            more => count += more,
        }
    }
}

#[test]
fn portions_hold_what_is_read_one_by_one() {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    for count in [1, 700, 3, 2_000, 40] {
        (0..count).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
    }
    drop(journal);
    for options in [BY_HAND, Options { background: Background::Thread, ..BY_HAND }] {
        // Some one by one, the rest together.
        for taken in [0, 1, 2, 700, 701, 2_744] {
            let mut records = Journal::open(folder.path(), options).expect("a journal").records;
            let mut found: Vec<_> = records.by_ref().take(taken).map(|record| record.expect("readable")).collect();
            loop {
                match records.portion().expect("readable") {
                    [] => break,
                    more => found.extend_from_slice(more),
                }
            }
            assert_eq!(found.iter().map(|record| record.index).collect::<Vec<_>>(), (1..=2_744).collect::<Vec<_>>(), "{taken}");
            assert!(records.next().is_none());
        }
    }
}
