//! A store in memory that fails on request: for tests of whoever keeps a journal.
//!
//! It has two images, what a program sees and what survives, and counts every call. A fault happens at a call of one's choice; after a crash
//! [`FaultyStore::reboot`] decides what is left of what was never synced.
//!
//! ```
//! use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
//! use ringfence_journal::faulty::{FaultyStore, Leftover};
//! use ringfence_journal::store::Tail;
//! use ringfence_journal::{Background, Journal, Options};
//! let options = Options { background: Background::ByHand, reserve_bytes: 100, ..Options::DEFAULT };
//! let store = FaultyStore::new(Tail::Atomic);
//! let mut journal = Journal::open_store(&store, options)?.journal;
//! let mut engine = Engine::new(Limits::DEFAULT);
//! engine.execute(&Command::OpenAccount, &mut Vec::new())?;
//! journal.push(&Command::OpenAccount, engine.hash());
//! journal.commit()?;
//! journal.push(&Command::OpenAccount, engine.hash());
//! drop(journal);
//! store.reboot(Leftover::Nothing);
//! assert_eq!(Journal::open_store(&store, options)?.records.count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::StoreError;
use crate::store::{Files, Log, Row, Rows, Store, Tail, Upkeep};

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Power is lost before it does anything.
    CrashBefore,
    /// Power is lost when it is done, before it answers.
    CrashAfter,
    /// Power is lost in the middle of a write: half of it is done. A call that writes nothing is not done.
    TornWrite,
    /// The device fails. What a failed sync should have made durable is gone, as operating systems have it.
    Io,
    /// No space is left. A call that writes nothing does not mind.
    NoSpace,
    /// A sync answers well and does nothing. Another call is done as it should be.
    LostSync,
}

/// What is left, after a crash, of what was never synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// The names of files, new and gone, but not what was written into them.
    Names,
    /// The first half of every file written, and of the row where rows can tear, under the names that were synced.
    Torn,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Read,
    Write(usize),
    Sync,
}

/// One image of a disk.
#[derive(Clone, Debug, Default)]
struct Image {
    rows: BTreeMap<u64, Vec<u8>>,
    /// The number of the content a name stands for.
    names: BTreeMap<String, u64>,
    contents: BTreeMap<u64, Vec<u8>>,
}

impl Image {
    fn bytes(&self) -> usize {
        let files: usize = self.names.values().filter_map(|number| self.contents.get(number)).map(Vec::len).sum();
        files + self.rows.values().map(Vec::len).sum::<usize>()
    }
}

#[derive(Clone, Debug)]
struct Disk {
    live: Image,
    durable: Image,
    appended: Vec<Row>,
    next_content: u64,
    calls: u64,
    plan: Option<(u64, Fault)>,
    capacity: usize,
    is_down: bool,
}

/// The store. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct FaultyStore {
    disk: Arc<Mutex<Disk>>,
    tail: Tail,
}

impl FaultyStore {
    /// An empty disk without end and without faults.
    #[must_use]
    pub fn new(tail: Tail) -> Self {
        let disk = Disk {
            live: Image::default(),
            durable: Image::default(),
            appended: Vec::new(),
            next_content: 0,
            calls: 0,
            plan: None,
            capacity: usize::MAX,
            is_down: false,
        };
        Self { disk: Arc::new(Mutex::new(disk)), tail }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Lets this call, counted from 1, go wrong.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.lock().plan = Some((call, fault));
    }

    /// How many bytes the disk holds.
    pub fn set_capacity(&self, bytes: usize) {
        self.lock().capacity = bytes;
    }

    /// How many bytes are in use.
    #[must_use]
    pub fn used(&self) -> usize {
        self.lock().live.bytes()
    }

    /// The power was lost and is back: what was never synced is gone but for what is left.
    pub fn reboot(&self, leftover: Leftover) {
        let mut disk = self.lock();
        let (live, appended) = (disk.live.clone(), std::mem::take(&mut disk.appended));
        match leftover {
            Leftover::Nothing => {}
            Leftover::Everything => {
                disk.durable = live;
                disk.durable.rows.extend(appended.into_iter().map(|row| (row.first, row.bytes)));
            }
            Leftover::Names => disk.durable.names = live.names,
            Leftover::Torn => {
                for (number, written) in live.contents {
                    let whole = disk.durable.contents.entry(number).or_default();
                    if *whole != written {
                        let half = written.len() / 2;
                        whole.resize(whole.len().max(half), 0);
                        whole[..half].copy_from_slice(&written[..half]);
                    }
                }
                if self.tail == Tail::MayTear {
                    let half = |row: Row| (row.first, row.bytes[..row.bytes.len() / 2].to_vec());
                    disk.durable.rows.extend(appended.into_iter().map(half));
                }
            }
        }
        disk.live = disk.durable.clone();
        disk.is_down = false;
    }

    /// Another disk with the same on it.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self { disk: Arc::new(Mutex::new(self.lock().clone())), tail: self.tail }
    }

    /// How many bits are durable, in rows and files.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.lock().durable.bytes() * 8
    }

    /// Turns one of them round.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn flip(&self, bit: usize) {
        let mut disk = self.lock();
        let Image { rows, names, contents } = &mut disk.durable;
        let files = contents.iter_mut().filter(|(number, _)| names.values().any(|named| named == *number));
        let mut at = bit / 8;
        for bytes in rows.values_mut().chain(files.map(|(_, bytes)| bytes)) {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
                disk.live = disk.durable.clone();
                return;
            }
            at -= bytes.len();
        }
        panic!("there is no bit {bit}");
    }

    fn call<T>(&self, sort: Sort, effect: impl FnOnce(&mut Disk, usize) -> T) -> Result<T, StoreError> {
        let mut disk = self.lock();
        if disk.is_down {
            return Err(StoreError::Io("the power is off".to_owned()));
        }
        disk.calls += 1;
        let fault = disk.plan.filter(|(call, _)| *call == disk.calls).map(|(_, fault)| fault);
        let length = if let Sort::Write(length) = sort { length } else { 0 };
        let appended: usize = disk.appended.iter().map(|row| row.bytes.len()).sum();
        let is_full = length > 0 && disk.live.bytes() + appended + length > disk.capacity;
        match (fault, sort) {
            (Some(Fault::NoSpace), Sort::Write(_)) => Err(StoreError::NoSpace("injected".to_owned())),
            (Some(Fault::CrashBefore), _) | (Some(Fault::TornWrite), Sort::Read | Sort::Sync) => {
                disk.is_down = true;
                Err(StoreError::Io("the power went off".to_owned()))
            }
            (Some(Fault::CrashAfter), _) => {
                effect(&mut disk, length);
                disk.is_down = true;
                Err(StoreError::Io("the power went off".to_owned()))
            }
            (Some(Fault::TornWrite), Sort::Write(_)) => {
                effect(&mut disk, length / 2);
                disk.is_down = true;
                Err(StoreError::Io("the power went off".to_owned()))
            }
            (Some(Fault::Io), _) => {
                if sort == Sort::Sync {
                    disk.appended.clear();
                    disk.live = disk.durable.clone();
                }
                Err(StoreError::Io("injected".to_owned()))
            }
            (None | Some(Fault::NoSpace | Fault::LostSync), _) if is_full => {
                Err(StoreError::NoSpace("the disk is full".to_owned()))
            }
            (Some(Fault::LostSync), Sort::Sync) => {
                let durable = disk.durable.clone();
                let answer = effect(&mut disk, length);
                disk.durable = durable;
                Ok(answer)
            }
            (None | Some(Fault::NoSpace | Fault::LostSync), _) => Ok(effect(&mut disk, length)),
        }
    }
}

impl Store for FaultyStore {
    fn log_name(&self) -> &'static str {
        "log"
    }

    fn log(&self) -> Result<Box<dyn Log>, StoreError> {
        self.call(Sort::Read, |_, _| Box::new(self.clone()) as Box<dyn Log>)
    }

    fn rows(&self) -> Result<Box<dyn Rows>, StoreError> {
        self.call(Sort::Read, |_, _| Box::new(self.clone()) as Box<dyn Rows>)
    }

    fn files(&self) -> Result<Box<dyn Files>, StoreError> {
        self.call(Sort::Read, |_, _| Box::new(self.clone()) as Box<dyn Files>)
    }

    fn upkeep(&self) -> Result<Box<dyn Upkeep>, StoreError> {
        self.call(Sort::Read, |_, _| Box::new(self.clone()) as Box<dyn Upkeep>)
    }
}

impl Upkeep for FaultyStore {
    fn run(&mut self) -> Result<(), StoreError> {
        self.call(Sort::Sync, |_, _| ())
    }
}

impl Rows for FaultyStore {
    fn from(&mut self, key: u64, bytes: usize) -> Result<Vec<Row>, StoreError> {
        self.call(Sort::Read, |disk, _| {
            let (mut page, mut length) = (Vec::new(), 0);
            for (first, row) in disk.live.rows.range(key..) {
                page.push(Row { first: *first, bytes: row.clone() });
                length += row.len();
                if length >= bytes {
                    break;
                }
            }
            page
        })
    }

    fn holding(&mut self, key: u64) -> Result<Option<Row>, StoreError> {
        self.call(Sort::Read, |disk, _| {
            disk.live.rows.range(..=key).next_back().map(|(first, bytes)| Row { first: *first, bytes: bytes.clone() })
        })
    }
}

impl Log for FaultyStore {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn append(&mut self, first: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let tail = self.tail;
        self.call(Sort::Write(bytes.len()), |disk, length| {
            if length == bytes.len() || tail == Tail::MayTear {
                disk.appended.push(Row { first, bytes: bytes[..length].to_vec() });
            }
        })
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.call(Sort::Sync, |disk, _| {
            let appended = std::mem::take(&mut disk.appended);
            disk.live.rows.extend(appended.into_iter().map(|row| (row.first, row.bytes)));
            disk.durable.rows = disk.live.rows.clone();
        })
    }

    fn abandon(&mut self) -> Result<(), StoreError> {
        self.call(Sort::Read, |disk, _| disk.appended.clear())
    }

    fn cut(&mut self, key: u64) -> Result<(), StoreError> {
        self.call(Sort::Sync, |disk, _| {
            disk.live.rows.split_off(&key);
            disk.durable.rows = disk.live.rows.clone();
        })
    }
}

impl Files for FaultyStore {
    fn list(&mut self) -> Result<Vec<String>, StoreError> {
        self.call(Sort::Read, |disk, _| disk.live.names.keys().cloned().collect())
    }

    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let content = |disk: &mut Disk, _| {
            let number = disk.live.names.get(name)?;
            Some(disk.live.contents.get(number).cloned().unwrap_or_default())
        };
        self.call(Sort::Read, content)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.call(Sort::Write(bytes.len()), |disk, length| {
            let fresh = disk.next_content;
            let number = *disk.live.names.entry(name.to_owned()).or_insert(fresh);
            disk.next_content += 1;
            let content = disk.live.contents.entry(number).or_default();
            // What a torn write does not reach stays as it was.
            let rest = if length < bytes.len() { content.split_off(length.min(content.len())) } else { Vec::new() };
            *content = [&bytes[..length], &rest].concat();
        })
    }

    fn sync(&mut self, name: &str) -> Result<(), StoreError> {
        self.call(Sort::Sync, |disk, _| {
            let Some(number) = disk.live.names.get(name) else { return };
            let content = disk.live.contents.get(number).cloned().unwrap_or_default();
            disk.durable.contents.insert(*number, content);
        })
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.call(Sort::Read, |disk, _| {
            if let Some(number) = disk.live.names.remove(from) {
                disk.live.names.insert(to.to_owned(), number);
            }
        })
    }

    fn remove(&mut self, name: &str) -> Result<(), StoreError> {
        self.call(Sort::Read, |disk, _| {
            disk.live.names.remove(name);
        })
    }

    fn sync_names(&mut self) -> Result<(), StoreError> {
        self.call(Sort::Sync, |disk, _| disk.durable.names = disk.live.names.clone())
    }
}
