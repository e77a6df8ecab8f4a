//! Tables of a history in a SQLite file of their own, for whoever asks with SQL.
//!
//! A file is made anew beside its name and put in its place when it is whole: nobody sees a part of one.
//!
//! ```
//! use ringfence_journal::tables::{TableColumn, TableFile, Value};
//! let path = std::env::temp_dir().join(format!("ringfence-tables-example-{}.sqlite", std::process::id()));
//! let mut file = TableFile::create(&path)?;
//! let columns = [TableColumn::Integer("time"), TableColumn::Text("symbol")];
//! let mut table = file.table("funding", &columns)?;
//! table.insert(&[Value::Integer(1), Value::Text("BTCUSDT")])?;
//! drop(table);
//! file.finish()?;
//! # std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::{Path, PathBuf};

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, ToSql, params_from_iter};

/// A column and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableColumn {
    /// Whole numbers.
    Integer(&'static str),
    /// Text.
    Text(&'static str),
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'row> {
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(&'row str),
    /// Nothing.
    Empty,
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Integer(value) => value.to_sql(),
            Self::Text(text) => text.to_sql(),
            Self::Empty => rusqlite::types::Null.to_sql(),
        }
    }
}

/// Why a file of tables was not written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}", path = path.display())]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub reason: String,
}

/// A file that is being written.
#[derive(Debug)]
pub struct TableFile {
    connection: Connection,
    path: PathBuf,
    partial: PathBuf,
}

impl TableFile {
    /// Begins a file; one of this name is replaced when the new one is whole.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be written.
    pub fn create(path: &Path) -> Result<Self, TableError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let failed = |reason: String| TableError { path: partial.clone(), reason };
        if let Err(error) = std::fs::remove_file(&partial)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(error.to_string()));
        }
        let connection = Connection::open(&partial).map_err(|error| failed(error.to_string()))?;
        // What is lost with the power is made again: the file counts only once it has its name.
        let settings = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN";
        connection.execute_batch(settings).map_err(|error| failed(error.to_string()))?;
        Ok(Self { connection, path: path.to_owned(), partial })
    }

    fn failed(&self, error: &impl ToString) -> TableError {
        TableError { path: self.partial.clone(), reason: error.to_string() }
    }

    /// Begins a table. Its name and its columns' are words of the program, never a user's.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be written.
    pub fn table(&mut self, name: &'static str, columns: &[TableColumn]) -> Result<TableWriter<'_>, TableError> {
        let mut definitions = Vec::with_capacity(columns.len());
        for column in columns {
            definitions.push(match column {
                TableColumn::Integer(name) => format!("\"{name}\" INTEGER"),
                TableColumn::Text(name) => format!("\"{name}\" TEXT"),
            });
        }
        let create = format!("CREATE TABLE \"{name}\" ({})", definitions.join(", "));
        self.connection.execute_batch(&create).map_err(|error| self.failed(&error))?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO \"{name}\" VALUES ({places})");
        let statement = self.connection.prepare_cached(&insert).map_err(|error| self.failed(&error))?;
        Ok(TableWriter { statement, partial: &self.partial })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.connection.execute_batch("COMMIT").map_err(|error| self.failed(&error))?;
        let Self { connection, path, partial } = self;
        let failed = |reason: String| TableError { path: partial.clone(), reason };
        connection.close().map_err(|(_, error)| failed(error.to_string()))?;
        std::fs::File::open(&partial).and_then(|file| file.sync_all()).map_err(|error| failed(error.to_string()))?;
        std::fs::rename(&partial, &path).map_err(|error| failed(error.to_string()))
    }
}

/// A table that is being written.
#[expect(missing_debug_implementations, reason = "a prepared statement has none")]
pub struct TableWriter<'file> {
    statement: CachedStatement<'file>,
    partial: &'file Path,
}

impl TableWriter<'_> {
    /// Adds a row.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be written, or has another number of cells than the table columns.
    pub fn insert(&mut self, row: &[Value<'_>]) -> Result<(), TableError> {
        let inserted = self.statement.execute(params_from_iter(row));
        inserted.map(drop).map_err(|error| TableError { path: self.partial.to_owned(), reason: error.to_string() })
    }
}
