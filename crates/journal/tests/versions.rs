//! Snapshots whose owner does not read them, because another version wrote them: what a journal starts from then.

mod support;

use ringfence_journal::{Journal, OpenError, Opened, Snapshot, Unread};
use rusqlite::Connection;
use support::{BY_HAND, Folder, World, recover};

/// Five batches of two records, with snapshots at these indexes.
fn written(snapshots: &[u64]) -> (Folder, World) {
    let folder = Folder::new();
    let mut journal = Journal::open(folder.path(), BY_HAND).expect("a journal").journal;
    let mut keeper = ringfence_journal::Reader::open(folder.path()).expect("a reader").snapshots().expect("snapshots");
    let mut world = World::new();
    for _ in 0..5 {
        (0..2).for_each(|_| world.push(&mut journal));
        let end = journal.commit().expect("durable");
        if snapshots.contains(&end) {
            keeper.write(&world.snapshot(&journal)).expect("a snapshot");
        }
    }
    journal.keep().expect("a watermark");
    (folder, world)
}

/// Opens it for an owner that reads snapshots up to this index only.
fn open(folder: &Folder, up_to: u64) -> Result<Opened, OpenError> {
    Journal::open_reading(folder.path(), BY_HAND, &|snapshot: &Snapshot| {
        if snapshot.position.index <= up_to {
            return Ok(());
        }
        Err(Unread { what: "read model of format", found: 2, known: 1 })
    })
}

#[test]
fn an_older_snapshot_or_the_log_serves_instead_and_one_line_says_so() {
    let old = "snapshot-00000000000000000004.rf";
    let new = "snapshot-00000000000000000008.rf";
    let why = "passed over (read model of format 2, this program reads 1)";
    let rows = [
        (9, 8, None),
        (5, 4, Some(format!("{new} {why}: {old} and the log behind it are used, which takes longer"))),
        (1, 0, Some(format!("{new}, {old} {why}: the log is executed from its first record on, which takes longer"))),
    ];
    for (up_to, from, note) in rows {
        let (folder, mut world) = written(&[4, 8]);
        let mut found = recover(open(&folder, up_to).expect("a journal"));
        assert_eq!((found.from, found.notes), (from, note.into_iter().collect::<Vec<_>>()));
        assert_eq!((found.journal.durable_index(), found.engine.hash()), (10, world.engine.hash()));
    }
}

#[test]
fn without_a_way_around_it_is_refused_as_another_versions_and_damage_as_damage() {
    let gone = |first: &str| format!("DELETE FROM batches WHERE first IN ({first})");
    let rows = [
        ("the log begins before a snapshot that is read", gone("1"), 5, 0),
        ("the log begins behind every snapshot that is read", gone("1"), 1, 2),
        ("it begins right before the one that is not read", gone("1, 5"), 1, 2),
        ("something is missing before the snapshot", gone("5"), 1, 2),
        ("something is missing behind the snapshot", gone("9"), 1, 3),
        ("before it and behind it", gone("5, 9"), 1, 3),
    ];
    for (name, change, up_to, code) in rows {
        let (folder, _) = written(&[4, 8]);
        let database = Connection::open(folder.path().join("journal.db")).expect("a database");
        database.execute_batch(&change).expect("a statement that runs");
        drop(database);
        let refused = open(&folder, up_to).err();
        assert_eq!(refused.as_ref().map_or(0, OpenError::exit_code), code, "{name}: {refused:?}");
        if code == 2 {
            let said = refused.expect("a refusal").to_string();
            assert!(said.contains("snapshot-00000000000000000008.rf has read model of format 2, this program reads 1"), "{said}");
        }
    }
}
