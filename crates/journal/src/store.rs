//! What a journal needs of a store. [`crate::sqlite`] keeps it in a directory, [`crate::faulty`] in memory, with faults on request.
//!
//! Nothing is durable before its `sync` answered, and a failed `sync` says nothing about what is.

use crate::error::StoreError;

/// One batch as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key: the index of the first record, 0 for the row that says what journal this is.
    pub first: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What a crash may leave of a row that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// All of it or nothing: a damaged last row is damage.
    Atomic,
    /// Any part of it: a damaged last row may be one that nobody was told of.
    MayTear,
}

/// Opens the parts of a store, each with a connection of its own.
pub trait Store: Send + Sync {
    /// What is shown in errors as the file of the log.
    fn log_name(&self) -> &str;
    /// The log for its one writer. Creates it when it is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn log(&self) -> Result<Box<dyn Log>, StoreError>;
    /// The log for a reader beside the writer.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows(&self) -> Result<Box<dyn Rows>, StoreError>;
    /// The files beside the log.
    ///
    /// # Errors
    /// [`StoreError`].
    fn files(&self) -> Result<Box<dyn Files>, StoreError>;
    /// What is to be done in the background.
    ///
    /// # Errors
    /// [`StoreError`].
    fn upkeep(&self) -> Result<Box<dyn Upkeep>, StoreError>;
}

/// Reads rows that are durable, or, in a log just opened by its writer, that survived.
pub trait Rows: Send {
    /// Rows from a key on, ascending: at least one if there is one, and no more once these many bytes are reached.
    ///
    /// # Errors
    /// [`StoreError`].
    fn from(&mut self, key: u64, bytes: usize) -> Result<Vec<Row>, StoreError>;
    /// The row with the greatest key up to this one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn holding(&mut self, key: u64) -> Result<Option<Row>, StoreError>;
}

/// Appends rows.
pub trait Log: Send {
    /// What a crash may leave of the last row.
    fn tail(&self) -> Tail;
    /// Appends a row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn append(&mut self, first: u64, bytes: &[u8]) -> Result<(), StoreError>;
    /// Makes what was appended durable, and visible to readers.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sync(&mut self) -> Result<(), StoreError>;
    /// Takes back what was appended and not synced, after [`StoreError::NoSpace`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn abandon(&mut self) -> Result<(), StoreError>;
    /// Removes all rows from a key on, durably: a torn tail.
    ///
    /// # Errors
    /// [`StoreError`].
    fn cut(&mut self, key: u64) -> Result<(), StoreError>;
}

/// The files beside the log, by name.
pub trait Files: Send {
    /// The names.
    ///
    /// # Errors
    /// [`StoreError`].
    fn list(&mut self) -> Result<Vec<String>, StoreError>;
    /// The content; `None` if there is no such file.
    ///
    /// # Errors
    /// [`StoreError`].
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Writes a file from its beginning, over what was there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
    /// Makes the content durable.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sync(&mut self, name: &str) -> Result<(), StoreError>;
    /// Gives a file another name, over the file that has it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError>;
    /// Removes a file if it is there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn remove(&mut self, name: &str) -> Result<(), StoreError>;
    /// Makes names, new and gone, durable.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sync_names(&mut self) -> Result<(), StoreError>;
}

/// Work for a thread of its own, so that a commit never waits for it long.
pub trait Upkeep: Send {
    /// Does it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn run(&mut self) -> Result<(), StoreError>;
}
