//! The watermark: how far the log was durable, kept apart from the log. A log that ends before it has lost something.
//!
//! Two files are written in turn, so that one is whole whatever happens to the other.

use ringfence_engine::wire::{Reader, Wire, WireError};

use crate::batch::{FORMAT, Instance, RULES, check_versions};
use crate::error::{ReadError, StoreError};
use crate::position::Chain;
use crate::store::Files;

const MAGIC: [u8; 8] = *b"ringmark";
const SLOTS: [&str; 2] = ["watermark-0.rf", "watermark-1.rf"];

/// What was durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watermark {
    pub(crate) instance: Instance,
    pub(crate) index: u64,
    pub(crate) chain: Chain,
}

impl Watermark {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&RULES.to_le_bytes());
        bytes.extend_from_slice(&self.instance.0);
        bytes.extend_from_slice(&self.index.to_le_bytes());
        bytes.extend_from_slice(&self.chain.bytes());
        let check = Chain::over(&bytes);
        bytes.extend_from_slice(&check.bytes());
        bytes
    }

    /// `None` where the bytes are not those of a watermark.
    fn decode(file: &str, bytes: &[u8]) -> Result<Option<Self>, ReadError> {
        let Some((body, check)) = bytes.split_last_chunk() else { return Ok(None) };
        if Chain::over(body) != Chain::from_bytes(*check) || !body.starts_with(&MAGIC) {
            return Ok(None);
        }
        let read = |body: &[u8]| -> Result<_, WireError> {
            let mut reader = Reader::new(body);
            reader.bytes(MAGIC.len())?;
            let versions = (u16::read(&mut reader)?, u16::read(&mut reader)?);
            let (instance, index) = (Instance(reader.array()?), u64::read(&mut reader)?);
            Ok((versions, Self { instance, index, chain: Chain::from_bytes(reader.array()?) }))
        };
        let Ok(((format, rules), mark)) = read(body) else { return Ok(None) };
        check_versions(file, format, rules)?;
        Ok(Some(mark))
    }
}

/// Both files.
pub(crate) struct Watermarks {
    files: Box<dyn Files>,
    slots: [Option<Watermark>; 2],
}

impl Watermarks {
    /// Reads both.
    pub(crate) fn read(mut files: Box<dyn Files>) -> Result<Self, ReadError> {
        let mut slots = [None; 2];
        for (slot, name) in slots.iter_mut().zip(SLOTS) {
            let bytes = files.read(name).map_err(|error| ReadError::Io(format!("{name}: {error}")))?;
            *slot = bytes.map_or(Ok(None), |bytes| Watermark::decode(name, &bytes))?;
        }
        Ok(Self { files, slots })
    }

    /// The one that says most.
    pub(crate) fn newest(&self) -> Option<Watermark> {
        self.slots.iter().flatten().max_by_key(|mark| mark.index).copied()
    }

    /// Writes over the older of the two, durably.
    pub(crate) fn write(&mut self, mark: Watermark) -> Result<(), StoreError> {
        let [first, second] = self.slots;
        let slot = usize::from(first.map(|mark| mark.index) > second.map(|mark| mark.index));
        let is_new = self.slots[slot].is_none();
        // If this fails half-way, the slot may hold anything.
        self.slots[slot] = None;
        self.files.write(SLOTS[slot], &mark.encode())?;
        self.files.sync(SLOTS[slot])?;
        if is_new {
            self.files.sync_names()?;
        }
        self.slots[slot] = Some(mark);
        Ok(())
    }
}
