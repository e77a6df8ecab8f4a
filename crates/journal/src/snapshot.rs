//! Snapshots: the state at the end of a batch, as sections that the journal does not look into, in files of their own.

use ringfence_engine::state::StateHash;
use ringfence_engine::wire::{Reader, Wire, WireError};

use crate::batch::{FORMAT, Instance, RULES, check_versions};
use crate::error::{ReadError, StoreError};
use crate::position::{Chain, Position};
use crate::store::Files;

const MAGIC: [u8; 8] = *b"ringsnap";
const PREFIX: &str = "snapshot-";
const SUFFIX: &str = ".rf";
const UNFINISHED: &str = "snapshot.tmp";
/// How many are kept.
const KEPT: usize = 2;

/// A state at the end of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where in the log it belongs.
    pub position: Position,
    /// Named bytes: the engine's snapshot and whatever else its owner needs.
    pub sections: Vec<(String, Vec<u8>)>,
}

impl Snapshot {
    /// A section by name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        self.sections.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice())
    }

    fn encode(&self, instance: Instance) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&RULES.to_le_bytes());
        bytes.extend_from_slice(&instance.0);
        bytes.extend_from_slice(&self.position.index.to_le_bytes());
        bytes.extend_from_slice(&self.position.chain.bytes());
        bytes.extend_from_slice(&self.position.outcome.raw().to_le_bytes());
        let sections = u32::try_from(self.sections.len()).expect("a snapshot has a handful of sections");
        bytes.extend_from_slice(&sections.to_le_bytes());
        for (name, section) in &self.sections {
            name.write(&mut bytes);
            bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
            bytes.extend_from_slice(section);
        }
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    /// Reads a file; the journal it belongs to.
    fn decode(file: &str, bytes: &[u8]) -> Result<(Instance, Self), ReadError> {
        let damaged = |what: &str| ReadError::corrupt(file, 0, what);
        let (body, hash) = bytes.split_last_chunk::<32>().ok_or_else(|| damaged("the snapshot is too short"))?;
        if blake3::hash(body) != *hash || !body.starts_with(&MAGIC) {
            return Err(damaged("the snapshot does not match its hash"));
        }
        let mut reader = Reader::new(body);
        let mut head = || -> Result<_, WireError> {
            reader.bytes(MAGIC.len())?;
            Ok((u16::read(&mut reader)?, u16::read(&mut reader)?))
        };
        let (format, rules) = head().map_err(|error| damaged(&error.to_string()))?;
        check_versions(file, format, rules)?;
        Self::read(&mut reader).map_err(|error| damaged(&error.to_string()))
    }

    fn read(reader: &mut Reader<'_>) -> Result<(Instance, Self), WireError> {
        let instance = Instance(reader.array()?);
        let (index, chain) = (u64::read(reader)?, Chain::from_bytes(reader.array()?));
        let outcome = StateHash::from_raw(u128::read(reader)?);
        let mut sections = Vec::new();
        for _ in 0..reader.length()? {
            let (name, at) = (String::read(reader)?, reader.at());
            let length = usize::try_from(u64::read(reader)?).map_err(|_| WireError::Value { at, what: "section's length" })?;
            sections.push((name, reader.bytes(length)?.to_vec()));
        }
        reader.finish()?;
        Ok((instance, Self { position: Position { index, chain, outcome }, sections }))
    }
}

/// The snapshots of a journal, for the thread that writes them.
pub struct Snapshots {
    files: Box<dyn Files>,
    instance: Instance,
}

impl core::fmt::Debug for Snapshots {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Snapshots").finish_non_exhaustive()
    }
}

impl Snapshots {
    pub(crate) fn new(files: Box<dyn Files>, instance: Instance) -> Self {
        Self { files, instance }
    }

    /// Keeps a snapshot: writes it to a file of its own, makes it durable, reads it back and compares, and only then gives it its name. The two
    /// newest are kept. Never waits for the writer of the log, nor makes it wait.
    ///
    /// # Errors
    /// [`StoreError`]: the snapshots there were are still there.
    pub fn write(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let bytes = snapshot.encode(self.instance);
        if let Err(error) = self.write_unfinished(&bytes) {
            // What is left of it is no harm, but room for the journal is worth more.
            let _ = self.files.remove(UNFINISHED);
            return Err(error);
        }
        self.files.rename(UNFINISHED, &name(snapshot.position.index))?;
        self.files.sync_names()?;
        for index in indexes(self.files.as_mut())?.into_iter().skip(KEPT) {
            self.files.remove(&name(index))?;
        }
        Ok(())
    }

    fn write_unfinished(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.files.write(UNFINISHED, bytes)?;
        self.files.sync(UNFINISHED)?;
        match self.files.read(UNFINISHED)? {
            Some(read) if read == bytes => Ok(()),
            Some(_) | None => Err(StoreError::Damaged(format!("{UNFINISHED} is not what was written"))),
        }
    }

    /// The indexes of the snapshots there are, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&mut self) -> Result<Vec<u64>, StoreError> {
        indexes(self.files.as_mut())
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    /// [`ReadError`]; one of another journal is [`ReadError::Corrupt`].
    pub fn load(&mut self, index: u64) -> Result<Snapshot, ReadError> {
        match load(self.files.as_mut(), self.instance, index)? {
            Loaded::Own(snapshot) => Ok(snapshot),
            Loaded::Foreign => Err(ReadError::corrupt(&name(index), index, "the snapshot is another journal's")),
            Loaded::Damaged(what) => Err(ReadError::corrupt(&name(index), index, what)),
        }
    }
}

/// What a snapshot's file turned out to be.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// A snapshot of this journal.
    Own(Snapshot),
    /// A snapshot of another journal.
    Foreign,
    /// Damaged or gone; how.
    Damaged(String),
}

/// Reads a snapshot.
pub(crate) fn load(files: &mut dyn Files, instance: Instance, index: u64) -> Result<Loaded, ReadError> {
    let file = name(index);
    let bytes = match files.read(&file) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Loaded::Damaged("the snapshot is gone".to_owned())),
        Err(error) => return Err(ReadError::Io(format!("{file}: {error}"))),
    };
    match Snapshot::decode(&file, &bytes) {
        Ok((other, _)) if other != instance => Ok(Loaded::Foreign),
        Ok((_, snapshot)) if snapshot.position.index != index => Ok(Loaded::Damaged("it has another snapshot's name".to_owned())),
        Ok((_, snapshot)) => Ok(Loaded::Own(snapshot)),
        Err(ReadError::Corrupt(corrupt)) => Ok(Loaded::Damaged(corrupt.what)),
        Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => Err(error),
    }
}

/// The file's name: 20 digits, so that names sort as numbers do.
pub(crate) fn name(index: u64) -> String {
    format!("{PREFIX}{index:020}{SUFFIX}")
}

/// The indexes of the snapshots by their names, newest first.
pub(crate) fn indexes(files: &mut dyn Files) -> Result<Vec<u64>, StoreError> {
    let number = |name: &String| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse::<u64>().ok();
    let mut found: Vec<u64> = files.list()?.iter().filter_map(number).collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found)
}
