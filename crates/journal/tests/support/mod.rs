//! A small exchange whose commands are journaled.
#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ringfence_engine::command::{Command, Transfer};
use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::state::StateHash;
use ringfence_engine::time::Time;
use ringfence_journal::{Background, Journal, Opened, Options, Record, RecordKind, Snapshot};

/// No thread, a small reserve that is looked for at once.
pub(crate) const BY_HAND: Options =
    Options { reserve_bytes: 2_000, reserve_retry: Duration::ZERO, upkeep_bytes: 1 << 14, background: Background::ByHand };

/// A directory that is removed in the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ringfence-journal-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command with this number: accounts, assets, money and time.
pub(crate) fn command(number: u64) -> Command {
    use ringfence_engine::book::AccountId;
    use ringfence_engine::ids::AssetId;
    match number {
        0 => Command::ListAsset { asset: "USDT".parse().expect("an asset") },
        1 => Command::OpenAccount,
        number if number % 5 == 1 => Command::OpenAccount,
        number if number % 5 == 2 => Command::AdvanceTime { to: Time::from_ms(number * 1_000) },
        number => {
            let amount = number.to_string().parse().expect("an amount");
            Command::Deposit(Transfer { account: AccountId(0), asset: AssetId(0), amount })
        }
    }
}

/// The exchange and everything that was pushed.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) commands: u64,
    pub(crate) pushed: Vec<Record>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { engine: Engine::new(Limits::DEFAULT), commands: 0, pushed: Vec::new() }
    }

    /// Executes and pushes the next command.
    pub(crate) fn push(&mut self, journal: &mut Journal) {
        let command = command(self.commands);
        self.commands += 1;
        self.engine.execute(&command, &mut Vec::new()).expect("a command that is accepted");
        let outcome = self.engine.hash();
        let index = journal.push(&command, outcome);
        self.pushed.push(Record { index, kind: RecordKind::Command(command), outcome });
    }

    /// Pushes a note.
    pub(crate) fn note(&mut self, journal: &mut Journal, text: &str) {
        let outcome = self.engine.hash();
        let index = journal.push_note(text.as_bytes(), outcome).expect("a short note");
        self.pushed.push(Record { index, kind: RecordKind::Note(text.as_bytes().to_vec()), outcome });
    }

    /// A snapshot of the engine where the journal stands.
    pub(crate) fn snapshot(&mut self, journal: &Journal) -> Snapshot {
        let sections = vec![("engine".to_owned(), self.engine.snapshot()), ("names".to_owned(), b"alice".to_vec())];
        Snapshot { position: journal.durable(), sections }
    }
}

/// The state that an opened journal stands for: its hash, which of the records were executed, and the last index.
pub(crate) struct Recovered {
    pub(crate) journal: Journal,
    pub(crate) engine: Engine,
    pub(crate) records: Vec<Record>,
    pub(crate) from: u64,
    pub(crate) notes: Vec<String>,
}

/// Starts from the snapshot and executes the rest, every outcome compared.
pub(crate) fn recover(opened: Opened) -> Recovered {
    let mut engine = Engine::new(Limits::DEFAULT);
    let mut from = 0;
    if let Some(snapshot) = &opened.snapshot {
        engine = Engine::restore(Limits::DEFAULT, snapshot.section("engine").expect("the engine's section")).expect("a state");
        assert_eq!(engine.hash(), snapshot.position.outcome, "the snapshot's state hash");
        from = snapshot.position.index;
    }
    let mut records = Vec::new();
    for record in opened.records {
        let record = record.expect("a readable record");
        execute(&mut engine, &record);
        records.push(record);
    }
    Recovered { journal: opened.journal, engine, records, from, notes: opened.notes }
}

/// Executes a record and compares the outcome.
pub(crate) fn execute(engine: &mut Engine, record: &Record) -> StateHash {
    if let RecordKind::Command(command) = &record.kind {
        engine.execute(command, &mut Vec::new()).expect("a command that was accepted before");
    }
    assert_eq!(engine.hash(), record.outcome, "outcome of record {}", record.index);
    record.outcome
}
