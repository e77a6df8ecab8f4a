//! Checking a whole journal: by its hashes, and by executing everything again.

use std::collections::BTreeMap;
use std::path::Path;

use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::state::StateHash;

use crate::error::{Corrupt, ReadError};
use crate::position::Position;
use crate::reader::Reader;
use crate::record::{Record, RecordKind};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether everything is as it was written, and does again what it did.
    pub verdict: Verdict,
    /// The index of the last good record.
    pub last_index: u64,
    /// The state hash after it.
    pub state_hash: StateHash,
    /// The snapshots, newest first.
    pub snapshots: Vec<SnapshotReport>,
    /// The first thing that is wrong.
    pub first_bad: Option<Corrupt>,
}

/// Whether a journal is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Good,
    /// It is not: exit code 3.
    Bad,
}

impl Report {
    /// Whether everything is good.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.verdict == Verdict::Good
    }
}

/// What a check found about a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Its index.
    pub index: u64,
    /// What is wrong with it, if anything.
    pub fault: Option<String>,
}

/// How thoroughly to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The chain of hashes, every record readable.
    Chain,
    /// That, and every command executed again from the beginning under these limits, every outcome compared.
    Execution(Limits),
}

/// Checks the journal in a directory, also while another process writes it: then what is durable when the check gets there.
///
/// # Errors
/// [`ReadError::Io`] where it cannot be read, [`ReadError::Newer`] where a newer program wrote it. Damage is a [`Report`].
pub fn verify(directory: &Path, depth: Depth) -> Result<Report, ReadError> {
    match Reader::open(directory) {
        Ok(reader) => verify_reader(&reader, depth),
        Err(ReadError::Corrupt(corrupt)) => Ok(Report {
            verdict: Verdict::Bad,
            last_index: 0,
            state_hash: StateHash::EMPTY,
            snapshots: Vec::new(),
            first_bad: Some(corrupt),
        }),
        Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => Err(error),
    }
}

/// Checks the journal of a reader.
///
/// # Errors
/// As [`verify`].
pub fn verify_reader(reader: &Reader, depth: Depth) -> Result<Report, ReadError> {
    // First what lies beside the log, then the log, which may grow meanwhile.
    let watermark = reader.watermark()?;
    let mut snapshots = reader.snapshots()?;
    let indexes = snapshots.list().map_err(|error| ReadError::Io(error.to_string()))?;
    let mut ends: BTreeMap<u64, Option<Position>> = indexes.iter().map(|index| (*index, None)).collect();
    ends.insert(0, Some(reader.origin()));
    let mut engine = match depth {
        Depth::Chain => None,
        Depth::Execution(limits) => Some(Engine::new(limits)),
    };
    let (at, mut first_bad) = read_all(reader, engine.as_mut(), &mut ends)?;
    let mut reports = Vec::new();
    for index in indexes {
        let fault = match snapshots.load(index) {
            Ok(snapshot) if ends.get(&index) == Some(&Some(snapshot.position)) => None,
            Ok(_) => Some("it does not match the log".to_owned()),
            // The writer of snapshots removed it meanwhile.
            Err(ReadError::Corrupt(_)) if !snapshots.list().is_ok_and(|kept| kept.contains(&index)) => continue,
            Err(ReadError::Corrupt(corrupt)) => Some(corrupt.what),
            Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => return Err(error),
        };
        reports.push(SnapshotReport { index, fault });
    }
    if let (None, Some(durable)) = (&first_bad, watermark) {
        let what = format!("records up to {durable} were durable, the log ends at {}", at.index);
        first_bad = (durable > at.index).then(|| Corrupt {
            file: reader.name().to_owned(),
            row: at.index + 1,
            index: at.index + 1,
            what,
        });
    }
    let is_good = first_bad.is_none() && reports.iter().all(|report| report.fault.is_none());
    let verdict = if is_good { Verdict::Good } else { Verdict::Bad };
    Ok(Report { verdict, last_index: at.index, state_hash: at.outcome, snapshots: reports, first_bad })
}

type End = (Position, Option<Corrupt>);

/// Reads to the end or the first thing that is wrong; where the last good batch ends. Fills in where batches end that are asked for.
fn read_all(
    reader: &Reader,
    mut engine: Option<&mut Engine>,
    ends: &mut BTreeMap<u64, Option<Position>>,
) -> Result<End, ReadError> {
    let mut batches = reader.batches_after(reader.origin())?;
    let mut at = reader.origin();
    let mut events = Vec::new();
    loop {
        let batch = match batches.next() {
            Ok(Some(batch)) => batch,
            Ok(None) => return Ok((at, None)),
            Err(ReadError::Corrupt(corrupt)) => return Ok((at, Some(corrupt))),
            Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => return Err(error),
        };
        if let Some(engine) = engine.as_deref_mut() {
            let row = at.index + 1;
            let wrong = batch.records.iter().find_map(|record| {
                let what = execute(engine, record, &mut events).err()?;
                Some(Corrupt { file: reader.name().to_owned(), row, index: record.index, what })
            });
            if wrong.is_some() {
                return Ok((at, wrong));
            }
        }
        at = batch.end;
        ends.entry(at.index).and_modify(|end| *end = Some(at));
    }
}

/// Executes a record again and compares the outcome.
fn execute(engine: &mut Engine, record: &Record, events: &mut Vec<ringfence_engine::event::Event>) -> Result<(), String> {
    if let RecordKind::Command(command) = &record.kind {
        events.clear();
        engine
            .execute(command, events)
            .map_err(|reject| format!("the command is refused when it is executed again: {reject}"))?;
    }
    let (hash, expected) = (engine.hash(), record.outcome);
    if hash == expected {
        Ok(())
    } else {
        Err(format!("the state hash is {hash} when it is executed again, {expected} was recorded"))
    }
}
