//! One record, and how it is written.

use ringfence_engine::command::Command;
use ringfence_engine::state::StateHash;
use ringfence_engine::wire::{Reader, Wire, WireError};

/// One thing that happened, and the state after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The how-manieth it is, from 1, without gaps.
    pub index: u64,
    /// What happened.
    pub kind: RecordKind,
    /// The state hash after it.
    pub outcome: StateHash,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// A command that the engine accepted.
    Command(Command),
    /// Bytes of whoever owns the journal, which the engine never sees: names of accounts, encrypted keys.
    Note(Vec<u8>),
}

const COMMAND: u8 = 0;
const NOTE: u8 = 1;

/// The least a record takes: kind, outcome, length.
pub(crate) const LEAST_BYTES: usize = 1 + 16 + 4;

/// Appends a command.
pub(crate) fn write_command(command: &Command, outcome: StateHash, to: &mut Vec<u8>) {
    let length_at = write_head(COMMAND, outcome, to);
    command.write(to);
    let length = u32::try_from(to.len() - length_at - 4).expect("the engine bounds a command far below 2^32 bytes");
    to[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Appends a note of less than 2³² bytes.
pub(crate) fn write_note(note: &[u8], outcome: StateHash, to: &mut Vec<u8>) {
    let length_at = write_head(NOTE, outcome, to);
    let length = u32::try_from(note.len()).expect("the journal bounds a note far below 2^32 bytes");
    to[length_at..].copy_from_slice(&length.to_le_bytes());
    to.extend_from_slice(note);
}

fn write_head(kind: u8, outcome: StateHash, to: &mut Vec<u8>) -> usize {
    to.push(kind);
    to.extend_from_slice(&outcome.raw().to_le_bytes());
    let length_at = to.len();
    to.extend_from_slice(&[0; 4]);
    length_at
}

/// Reads a record.
///
/// # Errors
/// [`WireError`] where the bytes are not those of a record.
pub(crate) fn read(index: u64, from: &mut Reader<'_>) -> Result<Record, WireError> {
    let at = from.at();
    let kind = u8::read(from)?;
    let outcome = StateHash::from_raw(u128::read(from)?);
    let length = from.length()?;
    let end = from.at() + length;
    let kind = match kind {
        COMMAND => RecordKind::Command(Command::read(from)?),
        NOTE => RecordKind::Note(from.bytes(length)?.to_vec()),
        tag => return Err(WireError::Tag { at, what: "record", tag }),
    };
    if from.at() != end {
        return Err(WireError::Value { at, what: "length of a record" });
    }
    Ok(Record { index, kind, outcome })
}
