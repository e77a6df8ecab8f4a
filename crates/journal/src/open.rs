//! Opening a journal: looking at everything first, then deciding by the rules of [`crate::recovery`].

use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::batch::{self, Instance};
use crate::error::{Corrupt, NoWayAround, OpenError, ReadError, StoreError, Unread, not_a_directory};
use crate::journal::{Disk, Journal};
use crate::keeper::{Keeper, Space, Worker};
use crate::position::Position;
use crate::records::Records;
use crate::recovery::{Decision, EndDecision, Finding, Findings, LogEnd, Refusal, decide};
use crate::reserve::{Reserve, Room};
use crate::scan::{self, Place, Scan, place};
use crate::snapshot::{self, Loaded, Snapshot};
use crate::sqlite::SqliteStore;
use crate::store::{Files, Log, Store, Tail};
use crate::watermark::{Watermark, Watermarks};

/// How far the write-ahead log is written before it is used, at most.
const AHEAD_BYTES: u64 = 64 << 20;

/// How a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes kept for cancels when the disk is full.
    pub reserve_bytes: usize,
    /// How long to wait between attempts to get the reserve back.
    pub reserve_retry: Duration,
    /// After how many bytes of commits the store is tidied.
    pub upkeep_bytes: usize,
    /// Who writes watermarks and tidies.
    pub background: Background,
}

/// Who does what is not part of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// A thread of the journal.
    Thread,
    /// Whoever calls [`Journal::keep`]: tests that decide when.
    ByHand,
}

impl Options {
    /// 16 MiB of reserve, looked for every second; upkeep every 32 MiB, by a thread.
    pub const DEFAULT: Self = Self {
        reserve_bytes: 16 << 20,
        reserve_retry: Duration::from_secs(1),
        upkeep_bytes: 32 << 20,
        background: Background::Thread,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A journal and what was in it.
#[derive(Debug)]
pub struct Opened {
    /// The journal, after its last record.
    pub journal: Journal,
    /// The snapshot to start from; without, start from nothing.
    pub snapshot: Option<Snapshot>,
    /// The records after the snapshot. To be executed, every outcome compared, before anything is pushed. Damage inside a long log is found here.
    pub records: Records,
    /// What a person should know: a snapshot that was passed over, a torn row that was cut off. One line each.
    pub notes: Vec<String>,
}

impl Journal {
    /// Opens the journal in a directory, or makes one.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub fn open(directory: &Path, options: Options) -> Result<Opened, OpenError> {
        Self::open_reading(directory, options, &|_| Ok(()))
    }

    /// The same for an owner whose snapshots have a version: one that `reads` refuses is passed over, an older one or the log before it serves
    /// instead, and a note says so.
    ///
    /// # Errors
    /// [`OpenError`], of which [`OpenError::NoWayAround`] where the log begins too late for that; nothing was changed.
    pub fn open_reading(directory: &Path, options: Options, reads: Reads<'_>) -> Result<Opened, OpenError> {
        let io = |what: &Path, error: &std::io::Error| OpenError::Io(format!("{}: {error}", what.display()));
        if let Some(what) = not_a_directory(directory) {
            return Err(OpenError::Io(what));
        }
        std::fs::create_dir_all(directory).map_err(|error| io(directory, &error))?;
        let path = directory.join("lock");
        let lock = File::options().write(true).create(true).truncate(false).open(&path).map_err(|error| io(&path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse { path }),
            Err(std::fs::TryLockError::Error(error)) => return Err(io(&path, &error)),
        }
        let ahead_bytes = (options.upkeep_bytes as u64).saturating_mul(64).min(AHEAD_BYTES);
        open_locked(&SqliteStore::new(directory).preallocated(ahead_bytes), options, (Some(lock), reads))
    }

    /// Opens a journal in any store. Nothing keeps another process out.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub fn open_store(store: &dyn Store, options: Options) -> Result<Opened, OpenError> {
        open_locked(store, options, (None, &|_| Ok(())))
    }
}

/// Whether the owner of a snapshot reads it.
pub type Reads<'a> = &'a dyn Fn(&Snapshot) -> Result<(), Unread>;

fn open_locked(store: &dyn Store, options: Options, (lock, reads): (Option<File>, Reads<'_>)) -> Result<Opened, OpenError> {
    let failed = |error| OpenError::from(ReadError::store(store.log_name(), 0, error));
    let mut files = store.files().map_err(failed)?;
    let watermarks = Watermarks::read(store.files().map_err(failed)?)?;
    let mut log = store.log().map_err(failed)?;
    let (instance, origin) = begin(store, log.as_mut(), files.as_mut(), &watermarks)?;
    let mut found = look(store, files.as_mut(), (log.tail(), reads), (instance, origin, watermarks.newest()))?;
    let mut notes = std::mem::take(&mut found.notes);
    match decide(&found.findings) {
        Decision::Refuse(refusal) => return Err(found.refused(store, refusal)),
        Decision::Start { end: EndDecision::Keep, .. } => {}
        Decision::Start { end: EndDecision::CutTornRow, .. } => {
            notes.push(cut(store, log.as_mut(), files.as_mut(), found.end.index + 1).map_err(failed)?);
        }
    }
    let written = watermarks.newest().map_or(u64::MAX, |mark| mark.index);
    let mut upkeep = store.upkeep().map_err(failed)?;
    // What a killed process left may be in the system's memory only: nothing of it may be built upon, nor marked, before it is durable.
    upkeep.run().map_err(failed)?;
    let mut worker = Worker { instance, watermarks, upkeep, upkeep_bytes: options.upkeep_bytes, written };
    worker.mark(found.end).map_err(failed)?;
    let mut keeper = match options.background {
        Background::ByHand => Keeper::ByHand(worker),
        Background::Thread => Keeper::thread(worker, found.end).map_err(|error| OpenError::Io(error.to_string()))?,
    };
    let reserve = Reserve::open(files, options.reserve_bytes, options.reserve_retry).map_err(failed)?;
    if reserve.state() == Room::CancelsOnly {
        keeper.set_space(Space::Short);
    }
    let from = found.snapshot.as_ref().map_or(origin, |snapshot| snapshot.position);
    let scan = Scan::new(store, from)?;
    let records = match options.background {
        Background::ByHand => Records::new(scan),
        Background::Thread => Records::ahead(scan),
    };
    let disk = Disk { log, reserve, keeper, failed: None, _lock: lock };
    Ok(Opened { journal: Journal::at(found.end, Some(disk)), snapshot: found.snapshot, records, notes })
}

/// Which journal it is: reads the first row, or writes it where nothing was.
fn begin(
    store: &dyn Store,
    log: &mut dyn Log,
    files: &mut dyn Files,
    marks: &Watermarks,
) -> Result<(Instance, Position), OpenError> {
    let name = store.log_name();
    let failed = |error| OpenError::from(ReadError::store(name, 0, error));
    let mut rows = store.rows().map_err(failed)?;
    let page = rows.from(0, 1).map_err(failed)?;
    let is_new = marks.newest().is_none() && snapshot::indexes(files).map_err(failed)?.is_empty();
    match page.first() {
        Some(row) if row.first == 0 => match batch::read_genesis(name, &row.bytes) {
            Err(ReadError::Corrupt(_))
                if is_new && log.tail() == Tail::MayTear && rows.from(1, 1).map_err(failed)?.is_empty() =>
            {
                log.cut(0).map_err(failed)?;
            }
            read => return Ok(read?),
        },
        Some(row) => return Err(ReadError::corrupt(name, row.first, "the first row is missing").into()),
        None if is_new => {}
        None => return Err(ReadError::corrupt(name, 0, "the log is gone; snapshots or watermarks of it are there").into()),
    }
    let bytes = batch::genesis(new_instance());
    log.append(0, &bytes).and_then(|()| log.sync()).map_err(failed)?;
    Ok(batch::read_genesis(name, &bytes)?)
}

/// A number that no other journal has: from the clock, the process and the standard library's random keys.
fn new_instance() -> Instance {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&now.to_le_bytes()).update(&std::process::id().to_le_bytes());
    for _ in 0..4 {
        let random = std::hash::RandomState::new().build_hasher().finish();
        hasher.update(&random.to_le_bytes());
    }
    let mut instance = [0; 16];
    hasher.finalize_xof().fill(&mut instance);
    Instance(instance)
}

/// What was found.
struct Found {
    findings: Findings,
    /// What is wrong with the log.
    damage: Option<Corrupt>,
    /// The last good row.
    end: Position,
    snapshot: Option<Snapshot>,
    /// Whole snapshots in a format that their owner does not read, newest first.
    passed: Vec<(Position, Unread)>,
    /// How far the log was durable once, as the watermark says.
    marked: Option<u64>,
    notes: Vec<String>,
}

type Known = (Instance, Position, Option<Watermark>);

fn look(
    store: &dyn Store,
    files: &mut dyn Files,
    (tail, reads): (Tail, Reads<'_>),
    (instance, origin, mark): Known,
) -> Result<Found, OpenError> {
    let name = store.log_name();
    let mut rows = store.rows().map_err(|error| ReadError::store(name, 0, error))?;
    let (mut notes, mut others, mut passed, mut fitting) = (Vec::new(), Vec::new(), Vec::new(), None);
    let indexes = snapshot::indexes(files).map_err(|error| OpenError::Io(error.to_string()))?;
    for index in indexes {
        let file = snapshot::name(index);
        match snapshot::load(files, instance, index)? {
            Loaded::Foreign => others.push((index, Finding::Foreign)),
            Loaded::Damaged(what) => {
                notes.push(format!("{file} was passed over: {what}"));
                others.push((index, Finding::Unreadable));
            }
            Loaded::Own(snapshot) => match place(rows.as_mut(), name, origin, index)? {
                Place::Ends(chain) if chain == snapshot.position.chain => {
                    let Err(unread) = reads(&snapshot) else {
                        fitting = Some(snapshot);
                        break;
                    };
                    passed.push((snapshot.position, unread));
                    others.push((index, Finding::Unreadable));
                }
                Place::Ends(_) | Place::Elsewhere => others.push((index, Finding::Differs)),
            },
        }
    }
    notes.extend(passed_over(&passed, fitting.as_ref()));
    let from = fitting.as_ref().map_or(origin, |snapshot| snapshot.position);
    let (mut scan, damage) = match by_its_end(store, from)? {
        Some(scan) => (scan, None),
        None => {
            let mut scan = Scan::new(store, from)?;
            let damage = to_the_end(&mut scan)?;
            (scan, damage)
        }
    };
    let end = match &damage {
        None => LogEnd::Whole,
        Some(_) if scan.goes_on_after(scan.at().index)? => LogEnd::DamagedInside,
        Some(_) => LogEnd::DamagedLast,
    };
    let last = scan.at().index;
    let ahead = |(index, finding)| if finding == Finding::Differs && index > last { Finding::Ahead } else { finding };
    let mut snapshots: Vec<Finding> = others.into_iter().map(ahead).collect();
    snapshots.extend(fitting.iter().map(|_| Finding::Fits));
    let watermark = match mark {
        None => Finding::Unreadable,
        Some(mark) if mark.instance != instance => Finding::Foreign,
        Some(mark) if mark.index > last => Finding::Ahead,
        Some(mark) => match place(rows.as_mut(), name, origin, mark.index)? {
            Place::Ends(chain) if chain == mark.chain => Finding::Fits,
            Place::Ends(_) | Place::Elsewhere => Finding::Differs,
        },
    };
    if watermark == Finding::Unreadable && last > 0 {
        notes.push("no watermark is readable: it cannot be told whether the log lost its end".to_owned());
    }
    let findings = Findings { tail, end, watermark, snapshots };
    Ok(Found { findings, damage, end: scan.at(), snapshot: fitting, passed, marked: mark.map(|mark| mark.index), notes })
}

/// One line about the snapshots of other versions, and what serves instead.
fn passed_over(passed: &[(Position, Unread)], fitting: Option<&Snapshot>) -> Option<String> {
    let (_, unread) = passed.first()?;
    let files: Vec<String> = passed.iter().map(|(position, _)| snapshot::name(position.index)).collect();
    let instead = fitting.map_or_else(
        || "the log is executed from its first record on".to_owned(),
        |fitting| format!("{} and the log behind it are used", snapshot::name(fitting.position.index)),
    );
    Some(format!("{} passed over ({unread}): {instead}, which takes longer", files.join(", ")))
}

impl Found {
    /// Why it is not opened. Where the log is whole behind a snapshot of another version, that version is all that is wrong.
    fn refused(self, store: &dyn Store, refusal: Refusal) -> OpenError {
        let is_whole = |from| {
            let Ok(mut scan) = Scan::new(store, from) else { return false };
            matches!(to_the_end(&mut scan), Ok(None)) && self.marked.is_none_or(|marked| marked <= scan.at().index)
        };
        let before = self.damage.as_ref().map_or(u64::MAX, |damage| damage.index);
        let needed = self.passed.iter().find(|(position, _)| before <= position.index && is_whole(*position));
        match (refusal, needed) {
            (Refusal::Damaged | Refusal::Lost, Some((position, unread))) => {
                NoWayAround { file: snapshot::name(position.index), unread: *unread }.into()
            }
            (Refusal::Damaged | Refusal::Lost | Refusal::Foreign | Refusal::Differs, _) => {
                refused(store, refusal, self.damage, self.end.index)
            }
        }
    }
}

/// Records from which on a log is not read twice.
const LONG: u64 = 50_000;

/// The end of a long log whose first row after `from` and whose last two rows are sound. What lies between is checked while the records are read, which
/// everybody does before a record is added. `None` for a short log, and for one with a row of these that is not sound: reading it in order finds what is wrong.
fn by_its_end(store: &dyn Store, from: Position) -> Result<Option<Scan>, OpenError> {
    let name = store.log_name();
    let mut rows = store.rows().map_err(|error| ReadError::store(name, from.index, error))?;
    let mut holding = |index| rows.holding(index).map_err(|error| ReadError::store(name, index, error));
    let Some(row) = holding(i64::MAX.unsigned_abs())? else { return Ok(None) };
    let Ok(before) = batch::check(name, &row).map(|sound| scan::before(&sound)) else { return Ok(None) };
    if before.index.saturating_sub(from.index) < LONG {
        return Ok(None);
    }
    let (Some(first), Some(row)) = (holding(from.index + 1)?, holding(before.index)?) else { return Ok(None) };
    if !batch::check(name, &first).is_ok_and(|sound| (sound.first, sound.previous) == (from.index + 1, from.chain)) {
        return Ok(None);
    }
    let follows = batch::check(name, &row).is_ok_and(|sound| (sound.last(), sound.chain) == (before.index, before.chain));
    let mut scan = Scan::new(store, before)?;
    Ok((follows && to_the_end(&mut scan)?.is_none()).then_some(scan))
}

/// Reads the log to its end; what is wrong there.
fn to_the_end(scan: &mut Scan) -> Result<Option<Corrupt>, OpenError> {
    loop {
        match scan.skip() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(ReadError::Corrupt(corrupt)) => return Ok(Some(corrupt)),
            Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => return Err(error.into()),
        }
    }
}

fn refused(store: &dyn Store, refusal: Refusal, damage: Option<Corrupt>, last: u64) -> OpenError {
    let what = match (refusal, damage) {
        (_, Some(damage)) => return damage.into(),
        (Refusal::Foreign, None) => "a snapshot or a watermark beside it is another journal's".to_owned(),
        (Refusal::Lost, None) => {
            format!("durable records are lost: the log ends at {last}, a snapshot or a watermark is beyond it")
        }
        (Refusal::Differs, None) => "a snapshot or a watermark does not match it".to_owned(),
        (Refusal::Damaged, None) => "a row is damaged".to_owned(),
    };
    ReadError::corrupt(store.log_name(), last + 1, what).into()
}

/// Copies a torn row to a file and cuts it off; a note about it.
fn cut(store: &dyn Store, log: &mut dyn Log, files: &mut dyn Files, key: u64) -> Result<String, StoreError> {
    let torn: Vec<u8> = store.rows()?.from(key, usize::MAX)?.into_iter().flat_map(|row| row.bytes).collect();
    let copy = format!("torn-{key:020}.rf");
    files.write(&copy, &torn)?;
    files.sync(&copy)?;
    files.sync_names()?;
    log.cut(key)?;
    Ok(format!("an unfinished row at index {key} was cut off: nobody was told of it; a copy is in {copy}"))
}
