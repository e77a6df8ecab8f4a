//! The durable log of an exchange: every command that was accepted, in order, with the hash of the state after it; snapshots; recovery.
//!
//! The one thread that executes commands goes execute, [`push`](Journal::push), [`commit`](Journal::commit), publish: nothing is seen outside
//! before it is durable, and what is refused leaves no trace. A commit makes everything pushed since the last one durable at once.
//!
//! ```
//! use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
//! use ringfence_journal::{Journal, Options, RecordKind};
//! let directory = std::env::temp_dir().join(format!("ringfence-journal-example-{}", std::process::id()));
//!
//! let opened = Journal::open(&directory, Options { reserve_bytes: 4_096, upkeep_bytes: 4_096, ..Options::DEFAULT })?;
//! let (mut engine, mut journal) = (Engine::new(Limits::DEFAULT), opened.journal);
//! engine.execute(&Command::OpenAccount, &mut Vec::new())?;
//! journal.push(&Command::OpenAccount, engine.hash());
//! journal.push_note(b"alice", engine.hash())?;
//! assert_eq!(journal.commit()?, 2);
//! drop(journal);
//!
//! let opened = Journal::open(&directory, Options { reserve_bytes: 4_096, upkeep_bytes: 4_096, ..Options::DEFAULT })?;
//! let mut again = Engine::new(Limits::DEFAULT);
//! for record in opened.records {
//!     let record = record?;
//!     if let RecordKind::Command(command) = &record.kind {
//!         again.execute(command, &mut Vec::new())?;
//!     }
//!     assert_eq!(again.hash(), record.outcome);
//! }
//! # drop(opened.journal);
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Read in this order:
//!
//! | part | holds |
//! |---|---|
//! | [`Journal`], [`Opened`], [`Record`] | what an exchange uses |
//! | [`recovery`] | what is done with what is found: a table |
//! | [`Reader`], [`Snapshots`] | reading beside the writer, and keeping snapshots from another thread |
//! | [`verify`], [`show`] | checking everything, also by executing it again; records as text |
//! | [`tables`] | tables of a history in a SQLite file, for whoever asks with SQL |
//! | [`store`], [`sqlite`], [`faulty`] | what a store must do; the one on disk; one in memory that fails on request |
//! | [`error`] | what can go wrong, by what a person has to do about it |
//!
//! # What is promised
//!
//! | fault | promise |
//! |---|---|
//! | the process is killed, the power is lost | what was acknowledged is there once, what was not is there or not |
//! | a flush fails | the commit fails for good ([`CommitError::Failed`]): the process must stop |
//! | the disk is full | the batch goes into the reserve's space and [`Journal::room`] says [`Room::CancelsOnly`] until the reserve is back; if the reserve is used up, too, [`CommitError::Full`] keeps the batch |
//! | rot, swapped files, an old database beside newer watermarks | refused, with file, row and index, unless a snapshot and what follows it are whole |
//! | a snapshot in a format its owner does not read | an older one or the log serves ([`Journal::open_reading`]); refused, and not as corrupt, where the log begins too late for that |
//! | a flush that lies | noticed when a watermark or a snapshot written later survived |
//! | a whole directory put back as it once was | not noticed: nothing in it knows better |
//! | somebody who edits files and makes the hashes anew | not noticed: there is no key |
//!
//! # Files
//!
//! Numbers are little-endian. *hash* is the first 16 bytes of the BLAKE3 hash of everything before it in the row or file.
//!
//! | file | holds |
//! |---|---|
//! | `lock` | nothing; locked by the one process that writes |
//! | `journal.db`, `-wal`, `-shm` | SQLite: table `batches(first INTEGER PRIMARY KEY, data BLOB NOT NULL)`, a row per commit |
//! | `snapshot-<index>.rf` | a snapshot at the end of a batch; the two newest are kept |
//! | `watermark-0.rf`, `watermark-1.rf` | how far the log was durable, written in turn |
//! | `reserve.rf` | space for cancels on a full disk |
//! | `torn-<index>.rf` | a row that was cut off, where a store can tear |
//!
//! | row 0 | bytes | · | other rows | bytes |
//! |---|---|---|---|---|
//! | `ringjrnl` | 8 | · | format, now 1 | 2 |
//! | format | 2 | · | rules version, now 1 | 2 |
//! | rules version | 2 | · | number of records | 4 |
//! | instance: random, which journal it is | 16 | · | index of the first record | 8 |
//! | hash | 16 | · | hash at the end of the row before | 16 |
//! | | | · | state hash after the last record | 16 |
//! | | | · | the records | … |
//! | | | · | hash | 16 |
//!
//! | record | bytes | · | watermark | bytes | · | snapshot | bytes |
//! |---|---|---|---|---|---|---|---|
//! | 0 command, 1 note | 1 | · | `ringmark` | 8 | · | `ringsnap` | 8 |
//! | state hash after it | 16 | · | format, rules version | 4 | · | format, rules version | 4 |
//! | length | 4 | · | instance | 16 | · | instance | 16 |
//! | command in the engine's [encoding](ringfence_engine::wire), or note | length | · | index | 8 | · | index | 8 |
//! | | | · | hash at the end of its row | 16 | · | hash at the end of its row | 16 |
//! | | | · | hash | 16 | · | state hash | 16 |
//! | | | · | | | · | number of sections; of each: name (length in 4), content (length in 8) | 4 + … |
//! | | | · | | | · | whole BLAKE3 hash | 32 |
//!
//! # What is absent
//!
//! The log is never shortened: recovery needs only what follows a snapshot, but everything can be executed again. There are no keyed hashes, and no
//! way to start with a loss accepted.

mod batch;
mod directory;
pub mod error;
pub mod faulty;
mod journal;
mod keeper;
mod open;
mod position;
mod reader;
mod record;
mod records;
pub mod recovery;
mod reserve;
mod scan;
pub mod show;
mod snapshot;
pub mod sqlite;
pub mod store;
pub mod tables;
pub mod verify;
mod watermark;

pub use batch::{FORMAT, RULES};
pub use error::{CommitError, OpenError, ReadError, Unread};
pub use journal::Journal;
pub use open::{Background, Opened, Options, Reads};
pub use position::{Chain, Position};
pub use reader::{Batches, Reader};
pub use record::{Record, RecordKind};
pub use records::Records;
pub use reserve::Room;
pub use scan::Batch;
pub use snapshot::{Snapshot, Snapshots};
