//! What a commit costs beside a plain preallocated file, and how fast a journal is read back and executed.
//!
//! `cargo run --release -p ringfence-journal --example commit -- DIRECTORY [COMMITS [UPKEEP_KIB]]`
//!
//! With `UPKEEP_KIB` only batches of 64 are measured, with upkeep after that many KiB.
//!
//! Rounds of both alternate, so that what the neighbours do to the disk meets both alike.
#![allow(clippy::unwrap_used, reason = "a measurement may stop at the first surprise")]

#[path = "../../engine/tests/world/mod.rs"]
mod world;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ringfence_engine::command::Command;
use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::state::StateHash;
use ringfence_journal::{Journal, Options, Reader, RecordKind, Snapshot};
use ringfence_risk::filters::OrderSide;

const ROUNDS: usize = 10;

/// A file whose space was written before.
struct Plain {
    file: File,
    at: u64,
    length: u64,
}

impl Plain {
    fn new(path: &Path, length: u64) -> Self {
        let file = File::create(path).unwrap();
        let zeros = vec![0_u8; 1 << 20];
        for start in (0..length).step_by(zeros.len()) {
            file.write_all_at(&zeros, start).unwrap();
        }
        file.sync_all().unwrap();
        Self { file, at: 0, length }
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.at + bytes.len() as u64 > self.length {
            self.at = 0;
        }
        self.file.write_all_at(bytes, self.at).unwrap();
        self.file.sync_data().unwrap();
        self.at += bytes.len() as u64;
    }
}

fn report(name: &str, batch: usize, mut times: Vec<Duration>) {
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    let rate = (batch * times.len()) as f64 / total.as_secs_f64();
    println!("| {name} | {batch} | {:.0} | {:.0} | {:.0} | {:.0} | {rate:.0} |", at(0.5), at(0.99), at(0.999), at(1.0));
}

fn order() -> Command {
    Command::Place(world::limit(0, world::LINEAR, OrderSide::Buy, "0.001", "9000"))
}

fn commits(directory: &Path, batch: usize, commits: usize, options: Options) {
    let folder = directory.join(format!("batch-{batch}"));
    let mut journal = Journal::open(&folder, options).unwrap().journal;
    let mut plain = Plain::new(&folder.join("plain"), 64 << 20);
    let (mut kept, mut flat) = (Vec::new(), Vec::new());
    let bytes = vec![7_u8; batch * 100];
    let order = order();
    for _ in 0..ROUNDS {
        for _ in 0..commits / ROUNDS {
            let start = Instant::now();
            plain.append(&bytes);
            flat.push(start.elapsed());
        }
        for _ in 0..commits / ROUNDS {
            (0..batch).for_each(|_| {
                journal.push(&order, StateHash::EMPTY);
            });
            let start = Instant::now();
            journal.commit().unwrap();
            kept.push(start.elapsed());
        }
    }
    report("plain file, fdatasync", batch, flat);
    report("journal", batch, kept);
    drop(journal);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Commits while another thread writes snapshots of 32 MiB one after the other.
fn beside_snapshots(directory: &Path, batch: usize, commits: usize) {
    let folder = directory.join("snapshots");
    let mut journal = Journal::open(&folder, Options::DEFAULT).unwrap().journal;
    let order = order();
    journal.push(&order, StateHash::EMPTY);
    journal.commit().unwrap();
    let position = journal.durable();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut snapshots = Reader::open(&folder).unwrap().snapshots().unwrap();
            let snapshot = Snapshot { position, sections: vec![("state".to_owned(), vec![7; 32 << 20])] };
            while !is_done.load(Ordering::Relaxed) {
                snapshots.write(&snapshot).unwrap();
            }
        });
        let mut times = Vec::new();
        for _ in 0..commits {
            (0..batch).for_each(|_| {
                journal.push(&order, StateHash::EMPTY);
            });
            let start = Instant::now();
            journal.commit().unwrap();
            times.push(start.elapsed());
        }
        is_done.store(true, Ordering::Relaxed);
        report("journal beside snapshots", batch, times);
    });
    drop(journal);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Orders, each cancelled by the next command.
fn orders_and_cancels(pairs: u32) -> Vec<Command> {
    let placed = world::limit(0, world::LINEAR, OrderSide::Buy, "0.001", "9000");
    let cancel = Command::CancelAll { account: placed.account, market: placed.market };
    (0..pairs).flat_map(|_| [Command::Place(placed), cancel.clone()]).collect()
}

/// Journals commands and reads everything back.
fn recovery(directory: &Path, pairs: u32) {
    let folder = directory.join("recovery");
    let mut journal = Journal::open(&folder, Options::DEFAULT).unwrap().journal;
    let mut engine = world::World::new().engine;
    let (start, mut events) = (engine.snapshot(), Vec::new());
    journal.push_note(&start, engine.hash()).unwrap();
    let commands = orders_and_cancels(pairs);
    let mut outcomes = Vec::with_capacity(commands.len());
    let begun = Instant::now();
    for command in &commands {
        events.clear();
        engine.execute(command, &mut events).unwrap();
        outcomes.push(engine.hash());
    }
    println!("execute and hash: {:.0} commands/s", commands.len() as f64 / begun.elapsed().as_secs_f64());
    for (command, outcome) in commands.iter().zip(outcomes) {
        journal.push(command, outcome);
        if journal.next_index().is_multiple_of(256) {
            journal.commit().unwrap();
        }
    }
    journal.commit().unwrap();
    drop(journal);
    let begun = Instant::now();
    let opened = Journal::open(&folder, Options::DEFAULT).unwrap();
    let open = begun.elapsed();
    let read = opened.records.map(Result::unwrap).count();
    let decode = begun.elapsed().saturating_sub(open);
    drop(opened.journal);
    let begun = Instant::now();
    let opened = Journal::open(&folder, Options::DEFAULT).unwrap();
    let mut engine = Engine::new(Limits::DEFAULT);
    for record in opened.records {
        let record = record.unwrap();
        match &record.kind {
            RecordKind::Note(start) => engine = Engine::restore(Limits::DEFAULT, start).unwrap(),
            RecordKind::Command(command) => {
                events.clear();
                engine.execute(command, &mut events).unwrap();
            }
        }
        assert_eq!(engine.hash(), record.outcome);
    }
    let all = begun.elapsed();
    println!("{read} records: open (every hash) {open:?}, decode {decode:?}; open, decode, execute, compare {all:?}");
    println!("recover: {:.0} commands/s", read as f64 / all.as_secs_f64());
    std::fs::remove_dir_all(&folder).unwrap();
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().expect("a directory to write in"));
    let count = arguments.next().map_or(10_000, |count| count.parse().expect("a number of commits"));
    println!("| what | batch | p50 µs | p99 µs | p99.9 µs | worst µs | records/s |\n|---|---|---|---|---|---|---|");
    if let Some(kib) = arguments.next() {
        let upkeep_bytes = kib.parse::<usize>().expect("a number of KiB") << 10;
        return commits(&directory, 64, count, Options { upkeep_bytes, ..Options::DEFAULT });
    }
    for batch in [1, 16, 64, 256, 1024] {
        commits(&directory, batch, count, Options::DEFAULT);
    }
    beside_snapshots(&directory, 64, count);
    recovery(&directory, 500_000);
}
