//! A journal in a directory.

mod support;

use ringfence_journal::error::NoteTooLong;
use ringfence_journal::{Journal, OpenError, Options, Reader, Room};
use support::{BY_HAND, Folder, World, execute, recover};

fn open(folder: &Folder) -> support::Recovered {
    recover(Journal::open(folder.path(), BY_HAND).expect("a journal"))
}

#[test]
fn what_was_committed_is_there_again_and_what_was_not_is_not() {
    let folder = Folder::new();
    let (mut world, mut journal) = (World::new(), open(&folder).journal);
    for batch in 1..20_u64 {
        (0..batch).for_each(|_| world.push(&mut journal));
        world.note(&mut journal, "alice");
        assert_eq!(journal.durable_index() + batch + 2, journal.next_index());
        assert_eq!(journal.commit().expect("durable"), journal.durable_index());
    }
    world.clone().push(&mut journal);
    drop(journal);
    let again = open(&folder);
    assert_eq!(again.records, world.pushed);
    assert_eq!((again.from, again.journal.durable_index()), (0, world.pushed.len() as u64));
    assert_eq!(again.notes, Vec::<String>::new());
}

#[test]
fn a_second_process_is_refused_and_the_first_goes_on() {
    let folder = Folder::new();
    let (mut world, mut journal) = (World::new(), open(&folder).journal);
    let error = Journal::open(folder.path(), BY_HAND).expect_err("in use");
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert_eq!(error.exit_code(), 5);
    world.push(&mut journal);
    assert_eq!(journal.commit(), Ok(1));
    drop(journal);
    assert_eq!(open(&folder).records, world.pushed);
}

#[test]
fn recovery_starts_from_the_newest_snapshot_and_two_are_kept() {
    let folder = Folder::new();
    let (mut world, mut journal) = (World::new(), open(&folder).journal);
    let reader = Reader::open(folder.path()).expect("a reader beside the writer");
    let mut snapshots = reader.snapshots().expect("snapshots");
    for _ in 0..4 {
        (0..10).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
        snapshots.write(&world.snapshot(&journal)).expect("a snapshot");
    }
    world.push(&mut journal);
    journal.commit().expect("durable");
    assert_eq!(snapshots.list(), Ok(vec![40, 30]));
    drop(journal);
    let again = open(&folder);
    assert_eq!((again.from, again.records.len()), (40, 1));
    drop(again);
    let newest = folder.path().join("snapshot-00000000000000000040.rf");
    let mut bytes = std::fs::read(&newest).expect("a snapshot's file");
    bytes[100] ^= 1;
    std::fs::write(&newest, bytes).expect("written");
    let again = open(&folder);
    assert_eq!((again.from, again.records.len()), (30, 11));
    assert_eq!(again.notes.len(), 1, "{:?}", again.notes);
}

#[test]
fn a_reader_follows_the_writer_batch_by_batch() {
    let folder = Folder::new();
    let (mut world, mut journal) = (World::new(), open(&folder).journal);
    let reader = Reader::open(folder.path()).expect("a reader");
    let mut batches = reader.batches_after(reader.origin()).expect("batches");
    let mut engine = World::new().engine;
    let mut seen = Vec::new();
    for size in [1, 3, 2] {
        assert_eq!(batches.next(), Ok(None));
        (0..size).for_each(|_| world.push(&mut journal));
        assert_eq!(batches.next(), Ok(None), "what is not durable is not seen");
        journal.commit().expect("durable");
        let batch = batches.next().expect("readable").expect("a batch");
        assert_eq!((batch.end, batches.position()), (journal.durable(), journal.durable()));
        batch.records.iter().for_each(|record| assert_eq!(execute(&mut engine, record), record.outcome));
        seen.extend(batch.records);
    }
    assert_eq!(seen, world.pushed);
    assert!(reader.has(journal.durable()).expect("readable"));
}

#[test]
fn a_journal_with_its_thread_marks_and_tidies_beside_the_writer() {
    let folder = Folder::new();
    let options = Options { reserve_bytes: 4_096, upkeep_bytes: 20_000, ..Options::DEFAULT };
    let mut world = World::new();
    let mut journal = Journal::open(folder.path(), options).expect("a journal").journal;
    for _ in 0..300 {
        (0..10).for_each(|_| world.push(&mut journal));
        journal.commit().expect("durable");
    }
    journal.keep().expect("nothing failed");
    drop(journal);
    assert_eq!(recover(Journal::open(folder.path(), options).expect("a journal")).records, world.pushed);
}

#[test]
fn an_old_database_restored_beside_a_newer_watermark_is_refused() {
    let folder = Folder::new();
    let (mut world, mut journal) = (World::new(), open(&folder).journal);
    world.push(&mut journal);
    journal.commit().expect("durable");
    drop(journal);
    let file = folder.path().join("journal.db");
    let old = std::fs::read(&file).expect("a database");
    let mut journal = open(&folder).journal;
    world.push(&mut journal);
    journal.commit().expect("durable");
    journal.keep().expect("a watermark");
    drop(journal);
    std::fs::write(&file, old).expect("restored");
    let error = Journal::open(folder.path(), BY_HAND).expect_err("lost");
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains("row 2, index 2: durable records are lost"), "{error}");
    std::fs::remove_file(&file).expect("removed");
    assert_eq!(Journal::open(folder.path(), BY_HAND).expect_err("gone").exit_code(), 3);
}

#[test]
fn files_of_two_journals_do_not_mix() {
    let (one, other) = (Folder::new(), Folder::new());
    for folder in [&one, &other] {
        let (mut world, mut journal) = (World::new(), open(folder).journal);
        world.push(&mut journal);
        journal.commit().expect("durable");
    }
    std::fs::copy(one.path().join("journal.db"), other.path().join("journal.db")).expect("copied");
    assert_eq!(Journal::open(other.path(), BY_HAND).expect_err("another journal's").exit_code(), 3);
}

#[test]
fn what_is_no_directory_is_an_input_output_error() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, b"no directory").expect("written");
    assert_eq!(Journal::open(&file, BY_HAND).expect_err("no directory").exit_code(), 4);
    assert!(Reader::open(folder.path()).is_err(), "a reader makes no journal");
    assert!(!folder.path().join("journal.db").exists());
}

#[test]
fn a_journal_in_memory_counts_and_keeps_nothing() {
    let (mut world, mut journal) = (World::new(), Journal::memory());
    (0..5).for_each(|_| world.push(&mut journal));
    assert_eq!((journal.durable_index(), journal.commit(), journal.commit()), (0, Ok(5), Ok(5)));
    assert_eq!(journal.room(), Ok(Room::Plenty));
    let long = vec![0; Journal::LARGEST_NOTE + 1];
    let refused = journal.push_note(&long, world.engine.hash());
    assert_eq!(refused, Err(NoteTooLong { bytes: long.len(), most: Journal::LARGEST_NOTE }));
    assert_eq!((journal.push_note(&long[1..], world.engine.hash()), journal.is_batch_full()), (Ok(6), true));
}
