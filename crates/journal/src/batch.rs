//! A batch of records as one row, and the row that says what journal it is. The layout stands in the [crate's documentation](crate).

use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::state::StateHash;
use ringfence_engine::wire::Reader;

use crate::error::{Newer, ReadError};
use crate::position::{Chain, Position};
use crate::record::{self, Record};
use crate::store::Row;

/// The version of the layout of rows and snapshots.
pub const FORMAT: u16 = 1;
/// The version of the rules by which outcomes came about: raised when the engine answers a command of the past otherwise.
pub const RULES: u16 = 1;

const MAGIC: [u8; 8] = *b"ringjrnl";
const GENESIS_BYTES: usize = 8 + 2 + 2 + 16 + Chain::BYTES;
const HEAD_BYTES: usize = 2 + 2 + 4 + 8 + Chain::BYTES + 16;

/// Which journal it is: random, made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instance(pub(crate) [u8; 16]);

/// The first row: key 0.
pub(crate) fn genesis(instance: Instance) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&RULES.to_le_bytes());
    bytes.extend_from_slice(&instance.0);
    let chain = Chain::over(&bytes);
    bytes.extend_from_slice(&chain.bytes());
    bytes
}

/// Reads the first row: which journal, and where it begins.
pub(crate) fn read_genesis(file: &str, bytes: &[u8]) -> Result<(Instance, Position), ReadError> {
    let corrupt = |what: &str| ReadError::corrupt(file, 0, what);
    let (body, chain) = bytes.split_last_chunk().ok_or_else(|| corrupt("the first row is too short"))?;
    let chain = Chain::from_bytes(*chain);
    if Chain::over(body) != chain || !body.starts_with(&MAGIC) {
        return Err(corrupt("the first row does not match its hash"));
    }
    check_versions(file, number(body, 8), number(body, 10))?;
    let instance = body.get(12..28).and_then(|bytes| bytes.first_chunk()).ok_or_else(|| corrupt("the first row is too short"))?;
    if bytes.len() != GENESIS_BYTES {
        return Err(corrupt("the first row is too long"));
    }
    Ok((Instance(*instance), Position { index: 0, chain, outcome: nothing_happened() }))
}

/// The state hash before the first record.
pub(crate) fn nothing_happened() -> StateHash {
    Engine::new(Limits::DEFAULT).hash()
}

/// Refuses what a newer program wrote.
pub(crate) fn check_versions(file: &str, format: u16, rules: u16) -> Result<(), ReadError> {
    let newer = |what, found, known| Err(Newer { file: file.to_owned(), what, found, known }.into());
    match (format > FORMAT, rules > RULES) {
        (true, _) => newer("format", format, FORMAT),
        (false, true) => newer("rules version", rules, RULES),
        (false, false) => Ok(()),
    }
}

fn number(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

/// A batch being filled.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    bytes: Vec<u8>,
    /// Where the records end: behind it may stand the chain value of an attempt that failed for want of space.
    end: usize,
    count: u32,
    outcome: StateHash,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEAD_BYTES], end: HEAD_BYTES, count: 0, outcome: StateHash::EMPTY }
    }

    /// How many records it holds.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// How many bytes it takes so far.
    pub(crate) const fn len(&self) -> usize {
        self.end
    }

    /// Appends a record.
    pub(crate) fn push(&mut self, outcome: StateHash, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.truncate(self.end);
        write(&mut self.bytes);
        self.end = self.bytes.len();
        self.outcome = outcome;
        self.count = self.count.checked_add(1).expect("a batch is committed long before it holds 2^32 records");
    }

    /// Completes the row that follows `before`; where it ends.
    pub(crate) fn seal(&mut self, before: Position) -> Position {
        self.bytes.truncate(self.end);
        let first = before.index + 1;
        let mut head = Vec::with_capacity(HEAD_BYTES);
        head.extend_from_slice(&FORMAT.to_le_bytes());
        head.extend_from_slice(&RULES.to_le_bytes());
        head.extend_from_slice(&self.count.to_le_bytes());
        head.extend_from_slice(&first.to_le_bytes());
        head.extend_from_slice(&before.chain.bytes());
        head.extend_from_slice(&self.outcome.raw().to_le_bytes());
        self.bytes[..HEAD_BYTES].copy_from_slice(&head);
        let chain = Chain::over(&self.bytes);
        self.bytes.extend_from_slice(&chain.bytes());
        Position { index: before.index + u64::from(self.count), chain, outcome: self.outcome }
    }

    /// The sealed row's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Empty again.
    pub(crate) fn clear(&mut self) {
        self.bytes.truncate(HEAD_BYTES);
        (self.end, self.count) = (HEAD_BYTES, 0);
    }
}

/// A row whose own hash is right.
#[derive(Clone, Debug)]
pub(crate) struct Sound<'a> {
    pub(crate) previous: Chain,
    pub(crate) chain: Chain,
    pub(crate) first: u64,
    pub(crate) count: u32,
    outcome: StateHash,
    records: &'a [u8],
}

/// Looks at a row by itself.
///
/// # Errors
/// [`ReadError`]: it does not match its hash or its key, or it is a newer program's.
pub(crate) fn check<'a>(file: &str, row: &'a Row) -> Result<Sound<'a>, ReadError> {
    let corrupt = |what: &str| ReadError::corrupt(file, row.first, what);
    let (body, chain) = row.bytes.split_last_chunk().ok_or_else(|| corrupt("the row is too short"))?;
    let chain = Chain::from_bytes(*chain);
    if Chain::over(body) != chain {
        return Err(corrupt("the row does not match its hash"));
    }
    check_versions(file, number(body, 0), number(body, 2))?;
    let (head, records) = body.split_at_checked(HEAD_BYTES).ok_or_else(|| corrupt("the row is too short"))?;
    let mut reader = Reader::new(head);
    let mut part = || -> Result<_, ringfence_engine::wire::WireError> {
        reader.bytes(4)?;
        Ok((
            u32::from_le_bytes(reader.array()?),
            u64::from_le_bytes(reader.array()?),
            reader.array()?,
            u128::from_le_bytes(reader.array()?),
        ))
    };
    let (count, first, previous, outcome) = part().map_err(|error| corrupt(&error.to_string()))?;
    if first != row.first {
        return Err(corrupt("the row stands under another row's key"));
    }
    if count == 0 || usize::try_from(count).map_or(true, |count| count > records.len() / record::LEAST_BYTES) {
        return Err(corrupt("the row's count does not fit its length"));
    }
    Ok(Sound { previous: Chain::from_bytes(previous), chain, first, count, outcome: StateHash::from_raw(outcome), records })
}

impl Sound<'_> {
    /// The index of its last record.
    pub(crate) fn last(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count) - 1)
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> Position {
        Position { index: self.last(), chain: self.chain, outcome: self.outcome }
    }

    /// Appends its records.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] for a record that cannot be read; some before it may have been appended.
    pub(crate) fn records(&self, file: &str, to: &mut Vec<Record>) -> Result<(), ReadError> {
        let mut reader = Reader::new(self.records);
        // The count was checked against the bytes there are.
        to.reserve(usize::try_from(self.count).unwrap_or(0));
        for index in self.first..=self.last() {
            let record = record::read(index, &mut reader).map_err(|error| self.unreadable(file, index, &error.to_string()))?;
            to.push(record);
        }
        reader.finish().map_err(|error| self.unreadable(file, self.last(), &error.to_string()))?;
        match to.last() {
            Some(last) if last.outcome == self.outcome => Ok(()),
            Some(_) | None => Err(self.unreadable(file, self.last(), "the last outcome is not the row's")),
        }
    }

    fn unreadable(&self, file: &str, index: u64, what: &str) -> ReadError {
        let what = format!("a record cannot be read: {what}");
        ReadError::Corrupt(crate::error::Corrupt { file: file.to_owned(), row: self.first, index, what })
    }
}
