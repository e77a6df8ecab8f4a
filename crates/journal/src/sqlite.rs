//! The log in SQLite: a row per batch, written ahead, flushed at every commit.
//!
//! The writer never copies its write-ahead log into the database: a thread does, most of it beside the writer, the last of it in a moment in which
//! the writer waits, and the write-ahead log is then written from its beginning again without giving its space back.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::directory::{self, Directory};
use crate::error::StoreError;
use crate::store::{Files, Log, Row, Rows, Store, Tail, Upkeep};

const FILE: &str = "journal.db";
/// Says that a database is a journal of ours: "ring".
const APPLICATION: i64 = 0x7269_6e67;
const MANY: i64 = 4096;
/// A page in the write-ahead log, with its head.
const FRAME: u64 = 4_096 + 24;

/// A journal in a directory.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    directory: PathBuf,
    file: PathBuf,
    name: String,
    ahead_bytes: u64,
}

impl SqliteStore {
    /// In this directory, which exists.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        let file = directory.join(FILE);
        Self { directory: directory.to_owned(), name: file.display().to_string(), file, ahead_bytes: 0 }
    }

    /// With so many bytes of the write-ahead log written with zeros when the writer opens it: a commit then changes no file's size, which
    /// costs as much as the commit.
    #[must_use]
    pub fn preallocated(self, bytes: u64) -> Self {
        Self { ahead_bytes: bytes, ..self }
    }

    /// SQLite takes whatever is behind the last frame of its write-ahead log for frames of an earlier round.
    fn preallocate(&self) -> Result<(), StoreError> {
        let mut path = self.file.clone().into_os_string();
        path.push("-wal");
        let path = PathBuf::from(path);
        let fill = || -> std::io::Result<()> {
            let mut file = File::options().append(true).create(true).open(&path)?;
            let length = file.metadata()?.len();
            if length < self.ahead_bytes {
                std::io::copy(&mut std::io::repeat(0).take(self.ahead_bytes - length), &mut file)?;
                file.sync_all()?;
            }
            Ok(())
        };
        match fill().map_err(|error| directory::failed(&path, &error)) {
            // A commit will find out.
            Ok(()) | Err(StoreError::NoSpace(_)) => Ok(()),
            Err(error @ (StoreError::Io(_) | StoreError::Damaged(_))) => Err(error),
        }
    }

    /// Where the log is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let connect = || {
            let mut connection = Connection::open(&self.file)?;
            connection.busy_handler(Some(wait))?;
            connection.pragma_update(None, "cell_size_check", true)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            Ok(connection)
        };
        connect().map_err(failed)
    }
}

/// Waits a moment for a lock: a checkpoint's last part, or a reader that just started. Gives up after some ten seconds.
fn wait(times: i32) -> bool {
    std::thread::sleep(Duration::from_micros(if times < 100 { 50 } else { 1_000 }));
    times < 10_000
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn failed(error: rusqlite::Error) -> StoreError {
    let what = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::NoSpace(what),
        // Our statements are fixed: one that does not compile finds another schema than ours; so does a column of another type.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) | None => StoreError::Damaged(what),
        Some(_) => StoreError::Io(what),
    }
}

impl Store for SqliteStore {
    fn log_name(&self) -> &str {
        &self.name
    }

    fn log(&self) -> Result<Box<dyn Log>, StoreError> {
        let connection = self.connect()?;
        prepare(&connection).map_err(failed)?.map_or(Ok(()), |what| Err(StoreError::Damaged(what)))?;
        self.preallocate()?;
        // The database's name must survive a crash, too.
        self.files()?.sync_names()?;
        Ok(Box::new(SqliteLog { connection }))
    }

    fn rows(&self) -> Result<Box<dyn Rows>, StoreError> {
        Ok(Box::new(SqliteRows { connection: self.connect()? }))
    }

    fn files(&self) -> Result<Box<dyn Files>, StoreError> {
        Ok(Box::new(Directory::new(&self.directory)))
    }

    fn upkeep(&self) -> Result<Box<dyn Upkeep>, StoreError> {
        Ok(Box::new(Checkpoint { connection: self.connect()?, restart_bytes: self.ahead_bytes / 2 }))
    }
}

/// Makes the table, or looks whether the database is one of ours; what is wrong with it.
fn prepare(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 && number("application_id")? == 0 {
        connection.pragma_update(None, "auto_vacuum", "NONE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(&format!(
            "BEGIN; CREATE TABLE batches (first INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT; PRAGMA application_id = {APPLICATION}; COMMIT"
        ))?;
        return Ok(None);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Nothing is ever deleted, so that a list of free pages is damage, which would be found too late: when a page in use is written over.
    for (name, expected) in [("application_id", APPLICATION), ("auto_vacuum", 0), ("freelist_count", 0)] {
        let found = number(name)?;
        if found != expected {
            return Ok(Some(format!("{name} is {found}, {expected} expected")));
        }
    }
    Ok(None)
}

struct SqliteLog {
    connection: Connection,
}

impl Log for SqliteLog {
    fn tail(&self) -> Tail {
        Tail::Atomic
    }

    fn append(&mut self, first: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let append = || {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let mut insert = self.connection.prepare_cached("INSERT INTO batches (first, data) VALUES (?1, ?2)")?;
            insert.execute(params![first.cast_signed(), bytes])
        };
        append().map(|_| ()).map_err(failed)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let commit = || self.connection.prepare_cached("COMMIT")?.execute([]);
        commit().map(|_| ()).map_err(failed)
    }

    fn abandon(&mut self) -> Result<(), StoreError> {
        // SQLite may have done it by itself.
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("ROLLBACK").map_err(failed) }
    }

    fn cut(&mut self, key: u64) -> Result<(), StoreError> {
        // A transaction is whole or absent, so the rules never ask for it.
        Err(StoreError::Damaged(format!("row {key} cannot be cut off: it was never written in part")))
    }
}

struct SqliteRows {
    connection: Connection,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { first: row.get::<_, i64>(0)?.cast_unsigned(), bytes: row.get(1)? })
}

impl Rows for SqliteRows {
    fn from(&mut self, key: u64, bytes: usize) -> Result<Vec<Row>, StoreError> {
        let read = || {
            let mut select =
                self.connection.prepare_cached("SELECT first, data FROM batches WHERE first >= ?1 ORDER BY first LIMIT ?2")?;
            let (mut page, mut length) = (Vec::new(), 0);
            for found in select.query_map([key.cast_signed(), MANY], row)? {
                let found = found?;
                length += found.bytes.len();
                page.push(found);
                if length >= bytes {
                    break;
                }
            }
            Ok(page)
        };
        read().map_err(failed)
    }

    fn holding(&mut self, key: u64) -> Result<Option<Row>, StoreError> {
        let read = || {
            let mut select = self
                .connection
                .prepare_cached("SELECT first, data FROM batches WHERE first <= ?1 ORDER BY first DESC LIMIT 1")?;
            select.query_row([key.cast_signed()], row).optional()
        };
        read().map_err(failed)
    }
}

struct Checkpoint {
    connection: Connection,
    /// From how many bytes of the write-ahead log on it is begun anew.
    restart_bytes: u64,
}

impl Checkpoint {
    /// Copies what it can; how many bytes the write-ahead log has.
    fn copy(&self, mode: &str) -> Result<u64, StoreError> {
        let done = self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(1));
        match done.map_err(failed) {
            Ok(frames) => Ok(u64::try_from(frames).unwrap_or(0) * FRAME),
            // A full disk: the write-ahead log grows until the next time.
            Err(StoreError::NoSpace(_)) => Ok(0),
            Err(error @ (StoreError::Io(_) | StoreError::Damaged(_))) => Err(error),
        }
    }
}

impl Upkeep for Checkpoint {
    fn run(&mut self) -> Result<(), StoreError> {
        // Most of it beside the writer; only when that was much, the part for which the writer waits.
        if self.copy("PASSIVE")? >= self.restart_bytes {
            self.copy("RESTART")?;
        }
        Ok(())
    }
}
