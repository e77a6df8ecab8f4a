//! Rows changed by hand in the database, each of them consistent by itself: what a journal says about them.

mod support;

use ringfence_journal::{Chain, FORMAT, Journal, RULES, Reader};
use rusqlite::Connection;
use support::{BY_HAND, Folder, World};

/// Five batches of two records; no snapshot.
fn written() -> Folder {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut world = World::new();
    for _ in 0..5 {
        (0..2).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
    }
    journal.keep().expect("a watermark");
    folder
}

/// Changes bytes of a row and makes its hash anew.
fn rewrite(database: &Connection, first: i64, at: usize, bytes: &[u8]) {
    let mut row: Vec<u8> =
        database.query_row("SELECT data FROM batches WHERE first = ?1", [first], |row| row.get(0)).expect("a row");
    row[at..at + bytes.len()].copy_from_slice(bytes);
    let end = row.len() - Chain::BYTES;
    let chain = Chain::over(&row[..end]);
    row[end..].copy_from_slice(&chain.bytes());
    let changed = database.execute("UPDATE batches SET data = ?2 WHERE first = ?1", rusqlite::params![first, row]);
    assert_eq!(changed, Ok(1));
}

/// What opening says after a change, with the exit code.
fn told(change: impl FnOnce(&Connection)) -> (u8, String) {
    let folder = written();
    change(&Connection::open(folder.path().join("journal.db")).expect("a database"));
    let error = Journal::open(folder.path(), BY_HAND).expect_err("a refusal");
    let text = error.to_string().replace(&folder.path().join("journal.db").display().to_string(), "journal.db");
    (error.exit_code(), text)
}

fn run(database: &Connection, statement: &str) {
    database.execute_batch(statement).expect("a statement that runs");
}

/// A name, the exit code, what is said, the change.
type Case<'a> = (&'a str, u8, String, &'a dyn Fn(&Connection));

#[test]
fn every_change_is_named_with_its_row_and_index() {
    let format = (FORMAT + 1).to_le_bytes();
    let rules = (RULES + 1).to_le_bytes();
    let newer = "this program reads up to 1: use the program that wrote it, or a newer one";
    let cases: [Case<'_>; 10] = [
        ("a newer format", 2, format!("journal.db has format 2, {newer}"), &|database| rewrite(database, 0, 8, &format)),
        ("newer rules", 2, format!("journal.db has rules version 2, {newer}"), &|database| rewrite(database, 0, 10, &rules)),
        ("a newer row", 2, format!("journal.db has format 2, {newer}"), &|database| rewrite(database, 5, 0, &format)),
        (
            "a row that is gone",
            3,
            "corrupt: journal.db, row 5, index 5: records 5 to 6 are missing".to_owned(),
            &|database| run(database, "DELETE FROM batches WHERE first = 5"),
        ),
        (
            "the last row is gone",
            3,
            "corrupt: journal.db, row 9, index 9: durable records are lost: the log ends at 8, a snapshot or a watermark is beyond it"
                .to_owned(),
            &|database| run(database, "DELETE FROM batches WHERE first = 9; VACUUM"),
        ),
        (
            "the first row is gone",
            3,
            "corrupt: journal.db, row 1, index 1: the first row is missing".to_owned(),
            &|database| run(database, "DELETE FROM batches WHERE first = 0"),
        ),
        (
            "two rows that change places",
            3,
            "corrupt: journal.db, row 3, index 3: the row stands under another row's key".to_owned(),
            &|database| run(database, "UPDATE batches SET first = -1 WHERE first = 3; UPDATE batches SET first = 3 WHERE first = 5"),
        ),
        (
            "a row of another history",
            3,
            "corrupt: journal.db, row 5, index 5: the row does not follow the one before it".to_owned(),
            &|database| rewrite(database, 3, 16 + 16, &[0xff]),
        ),
        (
            "a count that does not fit",
            3,
            "corrupt: journal.db, row 3, index 3: the row's count does not fit its length".to_owned(),
            &|database| rewrite(database, 3, 4, &[200]),
        ),
        (
            "another program's database",
            3,
            "corrupt: journal.db, row 0, index 0: application_id is 7, 1919512167 expected".to_owned(),
            &|database| run(database, "PRAGMA application_id = 7"),
        ),
    ];
    for (name, code, text, change) in cases {
        let (found, what) = told(change);
        assert_eq!((found, what.as_str()), (code, text.as_str()), "{name}");
    }
}

#[test]
fn a_record_that_cannot_be_read_ends_the_records_with_an_error() {
    let folder = written();
    let database = Connection::open(folder.path().join("journal.db")).expect("a database");
    // The first record's kind, in the last row: what follows it in the log does not matter then.
    rewrite(&database, 9, 48, &[9]);
    let reader = Reader::open(folder.path()).expect("a reader");
    let mut records = reader.records().expect("records");
    assert_eq!(records.by_ref().take_while(Result::is_ok).count(), 8);
    assert!(records.next().is_none(), "nothing follows what cannot be read");
    let error = Journal::open(folder.path(), BY_HAND).expect_err("the watermark knows another chain value");
    assert_eq!(error.exit_code(), 3, "{error}");
}
