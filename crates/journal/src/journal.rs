//! The journal as its one writer holds it.

use std::fs::File;

use ringfence_engine::command::Command;
use ringfence_engine::state::StateHash;

use crate::batch::{Pending, nothing_happened};
use crate::error::{CommitError, NoteTooLong, StoreError};
use crate::keeper::{Keeper, Space};
use crate::position::{Chain, Position};
use crate::record;
use crate::reserve::{Reserve, Room};
use crate::store::Log;

/// The log of an exchange, for the thread that executes commands: execute, push, commit, and only then publish.
///
/// ```
/// use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
/// use ringfence_journal::Journal;
/// let (mut engine, mut journal) = (Engine::new(Limits::DEFAULT), Journal::memory());
/// engine.execute(&Command::OpenAccount, &mut Vec::new())?;
/// assert_eq!(journal.push(&Command::OpenAccount, engine.hash()), 1);
/// assert_eq!(journal.durable_index(), 0);
/// assert_eq!(journal.commit()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Journal {
    pending: Pending,
    durable: Position,
    disk: Option<Disk>,
}

/// The parts of a journal that is kept. The order matters: what is dropped last is the lock.
pub(crate) struct Disk {
    pub(crate) log: Box<dyn Log>,
    pub(crate) reserve: Reserve,
    pub(crate) keeper: Keeper,
    pub(crate) failed: Option<StoreError>,
    pub(crate) _lock: Option<File>,
}

impl core::fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Journal").field("durable", &self.durable).finish_non_exhaustive()
    }
}

impl Journal {
    /// The longest note, in bytes.
    pub const LARGEST_NOTE: usize = 1 << 20;
    /// A batch of this many bytes should be committed before more is pushed.
    pub const FULL_BATCH: usize = 1 << 20;

    /// A journal that keeps nothing: it counts and chains what is pushed, and commits at once.
    #[must_use]
    pub fn memory() -> Self {
        Self::at(Position { index: 0, chain: Chain::over(b"memory"), outcome: nothing_happened() }, None)
    }

    pub(crate) fn at(durable: Position, disk: Option<Disk>) -> Self {
        Self { pending: Pending::new(), durable, disk }
    }

    /// Adds a command that the engine accepted, and the state hash after it, to the batch; its index.
    pub fn push(&mut self, command: &Command, outcome: StateHash) -> u64 {
        self.pending.push(outcome, |to| record::write_command(command, outcome, to));
        self.next_index() - 1
    }

    /// Adds a note; its index. The outcome is the state hash, which a note does not change.
    ///
    /// # Errors
    /// [`NoteTooLong`]: nothing was added.
    pub fn push_note(&mut self, note: &[u8], outcome: StateHash) -> Result<u64, NoteTooLong> {
        if note.len() > Self::LARGEST_NOTE {
            return Err(NoteTooLong { bytes: note.len(), most: Self::LARGEST_NOTE });
        }
        self.pending.push(outcome, |to| record::write_note(note, outcome, to));
        Ok(self.next_index() - 1)
    }

    /// The index that the next record gets.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.durable.index + u64::from(self.pending.count()) + 1
    }

    /// Whether the batch is as long as one should get.
    #[must_use]
    pub const fn is_batch_full(&self) -> bool {
        self.pending.len() >= Self::FULL_BATCH
    }

    /// Makes the batch durable; the index of its last record. Without a batch nothing is done.
    ///
    /// When the disk is full, the reserve is given up and the batch still becomes durable; [`Journal::room`] says so from then on.
    ///
    /// # Errors
    /// [`CommitError`]: nothing of the batch may be published.
    pub fn commit(&mut self) -> Result<u64, CommitError> {
        if self.pending.count() == 0 {
            return Ok(self.durable.index);
        }
        let end = self.pending.seal(self.durable);
        if let Some(disk) = &mut self.disk {
            disk.write(self.durable.index + 1, self.pending.bytes())?;
            // What was written is durable. If something failed beside, the next commit says so.
            disk.failed = disk.keeper.committed(end, self.pending.bytes().len()).err();
        }
        self.pending.clear();
        self.durable = end;
        Ok(end.index)
    }

    /// The index of the last durable record; 0 before the first.
    #[must_use]
    pub const fn durable_index(&self) -> u64 {
        self.durable.index
    }

    /// The end of the last durable batch.
    #[must_use]
    pub const fn durable(&self) -> Position {
        self.durable
    }

    /// What there is room for: to be asked before a command is executed. Cheap while there is plenty; with a full disk it tries once in a while
    /// to get the reserve back.
    ///
    /// # Errors
    /// [`CommitError::Failed`]: the process must stop.
    pub fn room(&mut self) -> Result<Room, CommitError> {
        match &mut self.disk {
            None => Ok(Room::Plenty),
            Some(disk) => {
                disk.check()?;
                let before = disk.reserve.state();
                let room = disk.reserve.room().map_err(|error| disk.fail(error))?;
                if (before, room) == (Room::CancelsOnly, Room::Plenty) {
                    disk.keeper.set_space(Space::Enough);
                }
                Ok(room)
            }
        }
    }

    /// Writes the watermark and does the store's upkeep now, where [`Background::ByHand`](crate::Background::ByHand) asks for it. Where a thread
    /// does it, only says whether it failed.
    ///
    /// # Errors
    /// [`CommitError::Failed`]: the process must stop.
    pub fn keep(&mut self) -> Result<(), CommitError> {
        self.mark()?;
        self.disk.as_mut().map_or(Ok(()), |disk| {
            let kept = disk.keeper.upkeep();
            kept.map_err(|error| disk.fail(error))
        })
    }

    /// Writes the watermark only; otherwise as [`Journal::keep`].
    ///
    /// # Errors
    /// [`CommitError::Failed`]: the process must stop.
    pub fn mark(&mut self) -> Result<(), CommitError> {
        let at = self.durable;
        self.disk.as_mut().map_or(Ok(()), |disk| {
            disk.check()?;
            let marked = disk.keeper.mark(at);
            marked.map_err(|error| disk.fail(error))
        })
    }
}

impl Disk {
    fn check(&self) -> Result<(), CommitError> {
        self.failed.clone().map_or(Ok(()), |error| Err(CommitError::Failed(error)))
    }

    fn fail(&mut self, error: StoreError) -> CommitError {
        self.failed = Some(error.clone());
        CommitError::Failed(error)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), CommitError> {
        self.check()?;
        match self.try_write(first, bytes) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => return Err(self.fail(error)),
        }
        self.keeper.set_space(Space::Short);
        let again = match self.reserve.release() {
            Ok(true) => self.try_write(first, bytes),
            Ok(false) => Ok(false),
            Err(error) => Err(error),
        };
        match again {
            Ok(true) => Ok(()),
            Ok(false) => Err(CommitError::Full),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Whether there was room.
    fn try_write(&mut self, first: u64, bytes: &[u8]) -> Result<bool, StoreError> {
        match self.log.append(first, bytes).and_then(|()| self.log.sync()) {
            Ok(()) => Ok(true),
            Err(StoreError::NoSpace(_)) => self.log.abandon().map(|()| false),
            Err(error @ (StoreError::Io(_) | StoreError::Damaged(_))) => Err(error),
        }
    }
}
