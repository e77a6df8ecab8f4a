//! Reading the log row by row, every row checked against the one before.

use std::collections::VecDeque;

use ringfence_engine::state::StateHash;

use crate::batch::{self, Sound};
use crate::error::ReadError;
use crate::position::{Chain, Position};
use crate::record::Record;
use crate::store::{Row, Rows, Store};

/// How much is read from the store at a time: bounds memory, and how long a reader keeps the writer's log from being tidied.
const PAGE_BYTES: usize = 1 << 20;

/// The records of one commit, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The records.
    pub records: Vec<Record>,
    /// Where the batch ends. A snapshot belongs to such a place.
    pub end: Position,
}

/// Rows in order, each checked.
pub(crate) struct Scan {
    rows: Box<dyn Rows>,
    file: String,
    at: Position,
    page: VecDeque<Row>,
}

impl Scan {
    /// Reads what follows a position.
    pub(crate) fn new(store: &dyn Store, at: Position) -> Result<Self, ReadError> {
        let file = store.log_name().to_owned();
        let rows = store.rows().map_err(|error| ReadError::store(&file, at.index + 1, error))?;
        Ok(Self { rows, file, at, page: VecDeque::new() })
    }

    /// Where the last row read ends.
    pub(crate) const fn at(&self) -> Position {
        self.at
    }

    /// Appends the records of the next batch; where it ends, or `None` where the log ends for now. With an error nothing is appended.
    pub(crate) fn next_batch(&mut self, to: &mut Vec<Record>) -> Result<Option<Position>, ReadError> {
        let Some(row) = self.next_row()? else { return Ok(None) };
        let sound = follows(&self.file, &row, self.at)?;
        let before = to.len();
        if let Err(error) = sound.records(&self.file, to) {
            to.truncate(before);
            return Err(error);
        }
        self.at = sound.end();
        Ok(Some(self.at))
    }

    /// Goes past the next row without reading its records; whether there was one.
    pub(crate) fn skip(&mut self) -> Result<Option<Position>, ReadError> {
        let Some(row) = self.next_row()? else { return Ok(None) };
        self.at = follows(&self.file, &row, self.at)?.end();
        Ok(Some(self.at))
    }

    fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        if self.page.is_empty() {
            let next = self.at.index + 1;
            let page = self.rows.from(next, PAGE_BYTES).map_err(|error| ReadError::store(&self.file, next, error))?;
            self.page = page.into();
        }
        Ok(self.page.pop_front())
    }

    /// Whether a sound row stands anywhere after the place where reading stopped.
    pub(crate) fn goes_on_after(&mut self, index: u64) -> Result<bool, ReadError> {
        let mut key = index + 1;
        loop {
            let page = self.rows.from(key, PAGE_BYTES).map_err(|error| ReadError::store(&self.file, key, error))?;
            let Some(last) = page.last() else { return Ok(false) };
            if page.iter().any(|row| batch::check(&self.file, row).is_ok()) {
                return Ok(true);
            }
            key = last.first.saturating_add(1);
        }
    }
}

/// Checks a row against where the row before it ended.
fn follows<'a>(file: &str, row: &'a Row, before: Position) -> Result<Sound<'a>, ReadError> {
    let sound = batch::check(file, row)?;
    if sound.first != before.index + 1 {
        let what = format!("records {} to {} are missing", before.index + 1, sound.first.saturating_sub(1));
        return Err(ReadError::corrupt(file, before.index + 1, what));
    }
    if sound.previous != before.chain {
        return Err(ReadError::corrupt(file, row.first, "the row does not follow the one before it"));
    }
    Ok(sound)
}

/// Where the row before a row ends, as far as the row knows: not its outcome.
pub(crate) fn before(sound: &Sound<'_>) -> Position {
    Position { index: sound.first - 1, chain: sound.previous, outcome: StateHash::EMPTY }
}

/// What the log says about one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A batch ends there, with this chain value.
    Ends(Chain),
    /// No sound batch ends there.
    Elsewhere,
}

/// Where the batch that holds an index ends.
pub(crate) fn place(rows: &mut dyn Rows, file: &str, origin: Position, index: u64) -> Result<Place, ReadError> {
    if index == 0 {
        return Ok(Place::Ends(origin.chain));
    }
    let row = rows.holding(index).map_err(|error| ReadError::store(file, index, error))?;
    let end = row.as_ref().and_then(|row| batch::check(file, row).ok()).map(|sound| sound.end());
    Ok(end.filter(|end| end.index == index).map_or(Place::Elsewhere, |end| Place::Ends(end.chain)))
}
