//! Finished cells of a sweep on disk: a file per shard that only grows, and a table once all are there.

use crate::error::CompareError;
use crate::summary::COLUMNS;
use core::str::FromStr;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A part of a sweep: cells whose number leaves the same rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// All of a sweep.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether a cell is its.
    #[must_use]
    pub fn holds(self, cell: usize) -> bool {
        cell.checked_rem(self.of) == self.number.checked_sub(1)
    }
}

impl FromStr for Shard {
    type Err = CompareError;

    fn from_str(text: &str) -> Result<Self, CompareError> {
        let number = |part: &str| part.parse::<usize>().ok().filter(|number| (1..=1_000_000).contains(number));
        let parts = text.split_once('/').and_then(|(shard, of)| Some(Self { number: number(shard)?, of: number(of)? }));
        parts.filter(|shard| shard.number <= shard.of).ok_or_else(|| CompareError::Shard { given: text.to_owned() })
    }
}

/// The directory of a sweep.
///
/// `plan.txt` says what is computed: another sweep is refused there. Each shard appends a row to its own file for each cell that is finished;
/// a row that was cut off is dropped when the file is opened again, so that it is computed anew. `table.csv` is written when every cell is
/// there, in their order, and not before.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    file: File,
    finished: BTreeMap<usize, String>,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CompareError + '_ {
    move |error| CompareError::Io { file: path.display().to_string(), error }
}

fn header() -> String {
    format!("cell,{}", COLUMNS.join(","))
}

impl Store {
    /// Opens a shard's part of the directory, which is made if it is not there, and reads what all shards have finished.
    ///
    /// # Errors
    /// [`CompareError`]: another sweep's directory, a shard that another process works on, a file that was changed or cannot be used.
    pub fn open(directory: &Path, plan: &str, shard: Shard) -> Result<Self, CompareError> {
        fs::create_dir_all(directory).map_err(failed(directory))?;
        check_plan(directory, plan)?;
        let own = directory.join(format!("shard-{}-of-{}.csv", shard.number, shard.of));
        let file = OpenOptions::new().create(true).append(true).read(true).open(&own).map_err(failed(&own))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => CompareError::InUse { file: own.display().to_string() },
            TryLockError::Error(error) => CompareError::Io { file: own.display().to_string(), error },
        })?;
        let text = fs::read_to_string(&own).map_err(failed(&own))?;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        if whole < text.len() {
            file.set_len(u64::try_from(whole).unwrap_or(0)).map_err(failed(&own))?;
        }
        let mut store = Self { directory: directory.to_owned(), file, finished: BTreeMap::new() };
        if whole == 0 {
            store.append(&header())?;
        }
        store.read_all()?;
        Ok(store)
    }

    /// The row of a cell, if it is finished.
    #[must_use]
    pub fn row(&self, cell: usize) -> Option<&str> {
        self.finished.get(&cell).map(String::as_str)
    }

    /// How many cells are finished, by all shards, as far as was read.
    #[must_use]
    pub fn finished(&self) -> usize {
        self.finished.len()
    }

    /// Keeps a cell that is finished: its row is on disk when this returns.
    ///
    /// # Errors
    /// [`CompareError::Io`].
    pub fn keep(&mut self, cell: usize, fields: &[String]) -> Result<(), CompareError> {
        let row = fields.join(",");
        self.append(&format!("{cell},{row}"))?;
        self.finished.insert(cell, row);
        Ok(())
    }

    fn append(&mut self, line: &str) -> Result<(), CompareError> {
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.flush());
        written.map_err(failed(&self.directory))
    }

    /// Reads the rows of all shards. A last row without an end is another process's, not finished yet.
    fn read_all(&mut self) -> Result<(), CompareError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed(&self.directory))? {
            let path = entry.map_err(failed(&self.directory))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with("shard-") && name.ends_with(".csv") {
                files.push(path);
            }
        }
        files.sort();
        for path in files {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let whole = text.get(..text.rfind('\n').unwrap_or(0)).unwrap_or_default();
            for (line, row) in whole.lines().zip(1_usize..) {
                let wrong =
                    |fault: &str| CompareError::Results { file: path.display().to_string(), row, fault: fault.to_owned() };
                if row == 1 {
                    if line != header() {
                        return Err(wrong("the header is not that of this version"));
                    }
                    continue;
                }
                let (cell, fields) = line.split_once(',').ok_or_else(|| wrong("there is no cell number"))?;
                let cell: usize = cell.parse().map_err(|_| wrong("the cell number is not a number"))?;
                if fields.split(',').count() != COLUMNS.len() {
                    return Err(wrong("the row does not have the fields of the header"));
                }
                let earlier = self.finished.insert(cell, fields.to_owned());
                if earlier.is_some_and(|earlier| earlier != fields) {
                    return Err(wrong("the cell is there twice with different results"));
                }
            }
        }
        Ok(())
    }

    /// Writes the table if all cells are finished, by whatever shards. Answers its path, or how many cells are.
    ///
    /// # Errors
    /// [`CompareError`].
    pub fn merge(&mut self, cells: usize) -> Result<Result<PathBuf, usize>, CompareError> {
        self.read_all()?;
        if (0..cells).any(|cell| !self.finished.contains_key(&cell)) {
            return Ok(Err(self.finished.len()));
        }
        let mut text = header();
        text.push('\n');
        for (cell, row) in self.finished.range(..cells) {
            text.push_str(&format!("{cell},{row}\n"));
        }
        let path = self.directory.join("table.csv");
        write_whole(&path, &text)?;
        Ok(Ok(path))
    }
}

fn check_plan(directory: &Path, plan: &str) -> Result<(), CompareError> {
    let path = directory.join("plan.txt");
    match fs::read_to_string(&path) {
        Ok(there) if there == plan => Ok(()),
        Ok(there) => {
            let differs = plan.lines().zip(there.lines().chain(std::iter::repeat(""))).find(|(wanted, found)| wanted != found);
            let line = differs.map_or_else(|| "the last line".to_owned(), |(wanted, _)| wanted.to_owned());
            Err(CompareError::OtherSweep { directory: directory.display().to_string(), line })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_whole(&path, plan),
        Err(error) => Err(failed(&path)(error)),
    }
}

/// The whole file or none of it.
fn write_whole(path: &Path, text: &str) -> Result<(), CompareError> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&beside, text).map_err(failed(&beside))?;
    fs::rename(&beside, path).map_err(failed(path))
}
