//! Every call to the store goes wrong once, in every way. What was acknowledged must be there afterwards, once, with equal outcomes.

mod support;

use ringfence_journal::faulty::{Fault, FaultyStore, Leftover};
use ringfence_journal::store::Tail;
use ringfence_journal::{CommitError, Journal, OpenError, Reader, Record, Room};
use support::{BY_HAND, World, recover};

/// What a program does: `p` executes and pushes a command, `n` pushes a note, `c` commits, `k` writes the watermark, `s` writes a snapshot,
/// `r` stops and starts again.
const SCRIPTS: [(&str, &str); 24] = [
    ("nothing", ""),
    ("a batch that is not committed", "pp"),
    ("one record", "pc"),
    ("one record and its watermark", "pck"),
    ("a note", "nck"),
    ("a commit without a batch", "cpcc"),
    ("single records", "pcpcpcpcpck"),
    ("batches", "pppcppppcppck"),
    ("batches with notes among them", "pnpcnnpckpnc"),
    ("watermarks in turn", "pckpckpckpck"),
    ("watermarks without records", "kkpckk"),
    ("a snapshot at once", "spc"),
    ("a snapshot at the end", "ppcpcs"),
    ("a snapshot and more", "ppcspcpck"),
    ("a snapshot twice at one place", "pcsspc"),
    ("two snapshots", "pcspcspc"),
    ("a third snapshot, the first is removed", "pcspcspcsk"),
    ("snapshots and watermarks", "pckspckspcks"),
    ("a snapshot while a batch waits", "pcpspc"),
    ("a restart", "pcrpc"),
    ("restarts with watermarks", "pckrpckrpck"),
    ("restarts from snapshots", "ppcsrpcsrpc"),
    ("a restart with a batch that is lost", "pcpprpc"),
    ("everything", "ppcknspcrnpcspcksrppcpck"),
];

const FAULTS: [Fault; 5] = [Fault::CrashBefore, Fault::CrashAfter, Fault::TornWrite, Fault::Io, Fault::NoSpace];
const LEFTOVERS: [Leftover; 4] = [Leftover::Nothing, Leftover::Everything, Leftover::Names, Leftover::Torn];
const TAILS: [Tail; 2] = [Tail::Atomic, Tail::MayTear];

/// What a program did until it ended or was stopped.
struct Run {
    world: World,
    acknowledged: u64,
}

/// Runs a script until its end or the first failure.
fn run(store: &FaultyStore, script: &str) -> Run {
    let mut run = Run { world: World::new(), acknowledged: 0 };
    // What a fault stopped is looked at after the reboot.
    let _ = try_run(store, script, &mut run);
    run
}

fn try_run(store: &FaultyStore, script: &str, run: &mut Run) -> Result<(), String> {
    let open = || Journal::open_store(store, BY_HAND).map_err(|error| error.to_string());
    let mut journal = open()?.journal;
    let mut committed = run.world.clone();
    for step in script.chars() {
        match step {
            'p' => run.world.push(&mut journal),
            'n' => run.world.note(&mut journal, "bob"),
            'c' => match journal.commit() {
                Ok(index) => {
                    run.acknowledged = index;
                    committed = run.world.clone();
                }
                Err(CommitError::Full) => {}
                Err(error @ CommitError::Failed(_)) => return Err(error.to_string()),
            },
            'k' => journal.keep().map_err(|error| error.to_string())?,
            's' => {
                let mut snapshot = committed.snapshot(&journal);
                snapshot.position = journal.durable();
                let reader = Reader::open_store(Box::new(store.clone())).map_err(|error| error.to_string())?;
                let mut snapshots = reader.snapshots().map_err(|error| error.to_string())?;
                snapshots.write(&snapshot).map_err(|error| error.to_string())?;
            }
            'r' => {
                drop(journal);
                store.reboot(Leftover::Nothing);
                run.world = committed.clone();
                journal = open()?.journal;
            }
            other => panic!("no step is called {other}"),
        }
    }
    Ok(())
}

/// Opens after a fault: everything acknowledged is there once, what was never acknowledged is there or not, and the journal goes on.
fn check(store: &FaultyStore, run: &Run, story: &str) {
    let opened = Journal::open_store(store, BY_HAND).unwrap_or_else(|error| panic!("{story}: {error}"));
    let mut recovered = recover(opened);
    let last = recovered.journal.durable_index();
    assert!(last >= run.acknowledged, "{story}: {last} of {} are there", run.acknowledged);
    let expected = &run.world.pushed[..usize::try_from(last).expect("a short log")];
    assert_eq!(all(store), expected, "{story}");
    assert_eq!(recovered.records, expected[usize::try_from(recovered.from).expect("a short log")..], "{story}");
    assert_eq!(
        recovered.engine.hash(),
        expected.last().map_or_else(|| World::new().engine.hash(), |record| record.outcome),
        "{story}"
    );
    let commands = expected.iter().filter(|record| matches!(record.kind, ringfence_journal::RecordKind::Command(_))).count();
    let mut world = World { engine: recovered.engine, commands: commands as u64, pushed: expected.to_vec() };
    world.push(&mut recovered.journal);
    assert_eq!(recovered.journal.commit(), Ok(last + 1), "{story}");
    drop(recovered.journal);
    store.reboot(Leftover::Nothing);
    let again = Journal::open_store(store, BY_HAND).unwrap_or_else(|error| panic!("{story}, once more: {error}"));
    assert_eq!(again.journal.durable_index(), last + 1, "{story}, once more");
    assert_eq!(all(store), world.pushed, "{story}, once more");
}

fn all(store: &FaultyStore) -> Vec<Record> {
    let reader = Reader::open_store(Box::new(store.clone())).expect("a reader");
    reader.records().expect("records").collect::<Result<_, _>>().expect("readable records")
}

/// How many calls a script takes: a fault at any of them is met, since restarts count on.
fn calls(script: &str, tail: Tail) -> u64 {
    let store = FaultyStore::new(tail);
    run(&store, script);
    store.calls()
}

#[test]
fn every_call_fails_once_in_every_way() {
    let mut recoveries = 0;
    for (name, script) in SCRIPTS {
        for tail in TAILS {
            for call in 1..=calls(script, tail) {
                for (fault, leftover) in FAULTS.into_iter().flat_map(|fault| LEFTOVERS.map(|leftover| (fault, leftover))) {
                    let store = FaultyStore::new(tail);
                    store.fail_at(call, fault);
                    let done = run(&store, script);
                    store.reboot(leftover);
                    let story = format!("{name} ({script}), {tail:?}, {fault:?} at call {call}, {leftover:?} left");
                    check(&store, &done, &story);
                    recoveries += 1;
                }
            }
        }
    }
    assert!(recoveries > 40_000, "{recoveries}");
}

#[test]
fn a_recovery_that_is_interrupted_is_as_if_it_had_not_begun() {
    for (name, script) in SCRIPTS {
        for tail in TAILS {
            let stopped = |leftover| {
                let store = FaultyStore::new(tail);
                store.fail_at(calls(script, tail), Fault::CrashBefore);
                let done = run(&store, script);
                store.reboot(leftover);
                (store, done)
            };
            for leftover in LEFTOVERS {
                let (store, _) = stopped(leftover);
                let before = store.calls();
                drop(Journal::open_store(&store, BY_HAND).expect("a journal"));
                for call in before + 1..=store.calls() {
                    for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::TornWrite] {
                        let (store, done) = stopped(leftover);
                        store.fail_at(call, fault);
                        let _ = Journal::open_store(&store, BY_HAND);
                        assert!(store.calls() >= call, "the fault was met");
                        store.reboot(leftover);
                        check(
                            &store,
                            &done,
                            &format!("{name}, {tail:?}, {leftover:?}, {fault:?} at call {call} of the recovery"),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_sync_that_lies_is_noticed_or_harmless() {
    let mut noticed = 0;
    for (name, script) in SCRIPTS {
        let marked = format!("{script}k");
        for call in 1..=calls(&marked, Tail::Atomic) {
            let store = FaultyStore::new(Tail::Atomic);
            store.fail_at(call, Fault::LostSync);
            let done = run(&store, &marked);
            store.reboot(Leftover::Nothing);
            match Journal::open_store(&store, BY_HAND) {
                Ok(opened) => {
                    let last = opened.journal.durable_index();
                    assert!(
                        last >= done.acknowledged || script.contains('r'),
                        "{name}, call {call}: {last} of {}",
                        done.acknowledged
                    );
                }
                Err(error) => {
                    noticed += 1;
                    assert_eq!(error.exit_code(), 3, "{name}, call {call}: {error}");
                }
            }
        }
    }
    assert!(noticed >= 10, "{noticed}");
}

#[test]
fn a_failed_sync_stops_the_journal_for_good() {
    let store = FaultyStore::new(Tail::Atomic);
    let (mut world, mut journal) = (World::new(), Journal::open_store(&store, BY_HAND).expect("a journal").journal);
    world.push(&mut journal);
    store.fail_at(store.calls() + 2, Fault::Io);
    let error = journal.commit().expect_err("the sync fails");
    assert!(matches!(error, CommitError::Failed(_)), "{error}");
    assert_eq!(journal.durable_index(), 0);
    assert_eq!((journal.commit(), journal.room(), journal.keep()), (Err(error.clone()), Err(error.clone()), Err(error)));
}

#[test]
fn a_full_disk_takes_cancels_and_recovers_without_a_restart() {
    let store = FaultyStore::new(Tail::Atomic);
    let (mut world, mut journal) = (World::new(), Journal::open_store(&store, BY_HAND).expect("a journal").journal);
    let mut commit = |journal: &mut Journal| {
        world.push(journal);
        journal.commit()
    };
    assert_eq!((commit(&mut journal), journal.room()), (Ok(1), Ok(Room::Plenty)));
    store.set_capacity(store.used() + 50);
    assert_eq!((commit(&mut journal), journal.room()), (Ok(2), Ok(Room::CancelsOnly)), "out of the reserve");
    let mut cancels = 0;
    let full = loop {
        match commit(&mut journal) {
            Ok(_) => cancels += 1,
            Err(error) => break error,
        }
        assert_eq!(journal.room(), Ok(Room::CancelsOnly));
    };
    assert_eq!(full, CommitError::Full);
    assert!(cancels >= 5, "{cancels} batches went into a reserve of 2,000 bytes");
    let durable = journal.durable_index();
    assert_eq!(journal.commit(), Err(CommitError::Full), "the batch is kept, and nothing is published");
    store.set_capacity(usize::MAX);
    assert_eq!(journal.commit(), Ok(durable + 1), "the same batch");
    assert_eq!(journal.room(), Ok(Room::Plenty));
    assert_eq!((commit(&mut journal), journal.room()), (Ok(durable + 2), Ok(Room::Plenty)));
    drop(journal);
    store.reboot(Leftover::Nothing);
    assert_eq!(all(&store), world.pushed);
}

#[test]
fn a_journal_opens_on_a_full_disk_and_says_so() {
    let store = FaultyStore::new(Tail::Atomic);
    run(&store, "pcpck");
    store.reboot(Leftover::Nothing);
    let mut journal = Journal::open_store(&store, BY_HAND).expect("a journal").journal;
    store.set_capacity(store.used());
    let mut world = World::new();
    (0..2).for_each(|_| world.push(&mut Journal::memory()));
    world.push(&mut journal);
    assert_eq!(journal.commit(), Ok(3));
    drop(journal);
    store.reboot(Leftover::Nothing);
    let mut journal = Journal::open_store(&store, BY_HAND).expect("a journal").journal;
    assert_eq!((journal.durable_index(), journal.room()), (3, Ok(Room::CancelsOnly)));
}

#[test]
fn every_bit_turned_round_is_refused_or_harmless() {
    let (mut refused, mut started) = (0, 0);
    for (script, tail) in ["ppcpncpck", "ppcspnpcspcpck"].into_iter().flat_map(|script| TAILS.map(|tail| (script, tail))) {
        let store = FaultyStore::new(tail);
        let done = run(&store, script);
        store.reboot(Leftover::Nothing);
        for bit in 0..store.bits() {
            let store = store.duplicate();
            store.flip(bit);
            match Journal::open_store(&store, BY_HAND) {
                Ok(opened) => {
                    let mut recovered = recover(opened);
                    let from = usize::try_from(recovered.from).expect("a short log");
                    assert_eq!(recovered.records, done.world.pushed[from..], "bit {bit} of {script}");
                    assert_eq!(recovered.engine.hash(), done.world.clone().engine.hash(), "bit {bit} of {script}");
                    started += 1;
                }
                Err(error) => {
                    assert!(matches!(error, OpenError::Corrupt(_)), "bit {bit} of {script}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 5_000 && started > 5_000, "{refused} refused, {started} started");
}
