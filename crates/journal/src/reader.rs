//! Reading a journal beside its writer.

use std::path::Path;

use crate::batch::{self, Instance};
use crate::error::{ReadError, not_a_directory};
use crate::position::Position;
use crate::records::Records;
use crate::scan::{self, Batch, Place, Scan, place};
use crate::snapshot::Snapshots;
use crate::sqlite::SqliteStore;
use crate::store::Store;
use crate::watermark::Watermarks;

/// Reads what is durable, while another thread or process writes. It never makes the writer wait.
///
/// A thread that makes snapshots loads the last one, takes [`Reader::batches_after`] its position, executes, compares outcomes, and writes the next
/// snapshot at the end of a batch.
pub struct Reader {
    store: Box<dyn Store>,
    instance: Instance,
    origin: Position,
}

impl core::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Reader").field("log", &self.store.log_name()).finish_non_exhaustive()
    }
}

impl Reader {
    /// Of the journal in a directory.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::Io`] where there is none.
    pub fn open(directory: &Path) -> Result<Self, ReadError> {
        if let Some(what) = not_a_directory(directory) {
            return Err(ReadError::Io(what));
        }
        let store = SqliteStore::new(directory);
        match store.file().try_exists() {
            Ok(true) => Self::open_store(Box::new(store)),
            Ok(false) => Err(ReadError::Io(format!("{}: no journal is there", directory.display()))),
            Err(error) => Err(ReadError::Io(format!("{}: {error}", directory.display()))),
        }
    }

    /// Of the journal in any store.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn open_store(store: Box<dyn Store>) -> Result<Self, ReadError> {
        let name = store.log_name();
        let first = store.rows().and_then(|mut rows| rows.holding(0)).map_err(|error| ReadError::store(name, 0, error))?;
        let first = first.ok_or_else(|| ReadError::corrupt(name, 0, "the first row is missing"))?;
        let (instance, origin) = batch::read_genesis(name, &first.bytes)?;
        Ok(Self { store, instance, origin })
    }

    /// Before the first record.
    #[must_use]
    pub const fn origin(&self) -> Position {
        self.origin
    }

    /// The batches after a position of this journal, one by one.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn batches_after(&self, position: Position) -> Result<Batches, ReadError> {
        Ok(Batches { scan: Scan::new(self.store.as_ref(), position)? })
    }

    /// All records from the first on.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn records(&self) -> Result<Records, ReadError> {
        Ok(Records::new(Scan::new(self.store.as_ref(), self.origin)?))
    }

    /// The snapshots: to be read and written.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn snapshots(&self) -> Result<Snapshots, ReadError> {
        let files = self.store.files().map_err(|error| ReadError::store(self.store.log_name(), 0, error))?;
        Ok(Snapshots::new(files, self.instance))
    }

    /// Whether a batch of this journal ends at a position.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn has(&self, position: Position) -> Result<bool, ReadError> {
        let name = self.store.log_name();
        let mut rows = self.store.rows().map_err(|error| ReadError::store(name, position.index, error))?;
        Ok(place(rows.as_mut(), name, self.origin, position.index)? == Place::Ends(position.chain))
    }

    /// Records from an index on: the first is the first of the batch that holds it.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn records_from(&self, index: u64) -> Result<Records, ReadError> {
        let name = self.store.log_name();
        let mut rows = self.store.rows().map_err(|error| ReadError::store(name, index, error))?;
        let holding = rows.holding(index).map_err(|error| ReadError::store(name, index, error))?;
        let before = match holding {
            Some(row) if row.first > 0 => scan::before(&batch::check(name, &row)?),
            Some(_) | None => self.origin,
        };
        Ok(Records::new(Scan::new(self.store.as_ref(), before)?))
    }

    /// The index up to which the watermark says that the log was durable.
    pub(crate) fn watermark(&self) -> Result<Option<u64>, ReadError> {
        let files = self.store.files().map_err(|error| ReadError::store(self.name(), 0, error))?;
        let newest = Watermarks::read(files)?.newest();
        match newest {
            Some(mark) if mark.instance != self.instance => {
                Err(ReadError::corrupt(self.name(), 0, "the watermark is another journal's"))
            }
            Some(mark) => Ok(Some(mark.index)),
            None => Ok(None),
        }
    }

    /// The log's name in errors.
    pub(crate) fn name(&self) -> &str {
        self.store.log_name()
    }
}

/// Batches in order.
pub struct Batches {
    scan: Scan,
}

impl core::fmt::Debug for Batches {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Batches").field("position", &self.scan.at()).finish_non_exhaustive()
    }
}

impl Batches {
    /// The next batch; `None` where the log ends for now: ask again later.
    ///
    /// # Errors
    /// [`ReadError`].
    #[expect(clippy::should_implement_trait, reason = "an iterator that has ended stays so; a log goes on")]
    pub fn next(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut records = Vec::new();
        let end = self.scan.next_batch(&mut records)?;
        Ok(end.map(|end| Batch { records, end }))
    }

    /// Where the last batch read ends.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.scan.at()
    }
}
