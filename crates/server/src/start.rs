//! From a data directory, or from nothing, to an exchange that can run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::StateHash;
use ringfence_engine::wire::WireError;
use ringfence_journal::{Journal, OpenError, Opened, Options, ReadError, RecordKind, Snapshot, Unread};

use crate::api::app::wall_time;
use crate::boot::listing::listing;
use crate::boot::{Boot, BootError, RuleChoice, Setup};
use crate::edge::keys::Registry;
use crate::edge::scopes::Scopes;
use crate::edge::secret::KeyEncryptionKey;
use crate::exchange::{Recorder, World};
use crate::record::{Record, RecordLimits};
use crate::users::{Note, UserError, Users, Verifier, test_key};

/// Names of a snapshot's sections.
pub mod section {
    /// The engine's state.
    pub const ENGINE: &str = "engine";
    /// The read model.
    pub const RECORD: &str = "record";
    /// The read model's format, two bytes, little-endian. Snapshots written before there was one have none.
    pub const RECORD_FORMAT: &str = "record-format";
    /// Notes about users.
    pub const USERS: &str = "users";
}

/// Requests remembered per account so that none has a second effect: at 10,000 orders a second of one account, those of 26 seconds. About 100 bytes
/// each.
const REPLAYS_PER_ACCOUNT: usize = 1 << 18;

/// Where an exchange keeps what it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In memory: gone with the process.
    Memory,
    /// In this directory.
    Directory(PathBuf),
}

/// An exchange that can run.
pub struct Started {
    /// Engine and read model.
    pub world: World,
    /// Where commands are written.
    pub journal: Journal,
    /// Markets, first commands, accounts.
    pub boot: Boot,
    /// Who the accounts belong to.
    pub users: Users,
    /// Who may sign.
    pub keys: Registry,
    /// What secrets are sealed with.
    pub sealing: KeyEncryptionKey,
    /// How it started.
    pub report: StartReport,
}

/// How an exchange started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartReport {
    /// Index of the last record.
    pub index: u64,
    /// Hash of the engine's state there.
    pub hash: StateHash,
    /// Records executed again to get there.
    pub replayed: u64,
    /// How long that took.
    pub took: Duration,
    /// What else is worth saying, such as a torn end that was cut off.
    pub notes: Vec<String>,
}

/// Why an exchange does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The markets or accounts asked for make no exchange.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// A first command was refused.
    #[error("the exchange refuses its own first commands: {0:?}")]
    Genesis(Reject),
    /// The journal does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal cannot be written.
    #[error(transparent)]
    Commit(#[from] ringfence_journal::CommitError),
    /// A note about users cannot be followed.
    #[error(transparent)]
    User(#[from] UserError),
    /// A note or a snapshot that cannot be read.
    #[error("record {index}: {what} cannot be read")]
    Unreadable {
        /// Of which record.
        index: u64,
        /// What.
        what: &'static str,
    },
    /// A snapshot that is not one of this engine.
    #[error("the snapshot's engine cannot be restored: {0}")]
    Restore(#[from] WireError),
    /// A recorded command had another outcome when it was executed again.
    #[error(
        "record {index}: executed again, its outcome is another than the one recorded; this program must not go on with this journal"
    )]
    Diverged {
        /// Which record.
        index: u64,
    },
    /// The journal is of other markets.
    #[error("the journal is of the markets {recorded}, not of {asked}: start with the same --market as before")]
    OtherMarkets {
        /// Those of the journal.
        recorded: String,
        /// Those asked for.
        asked: String,
    },
    /// The journal is of other rules.
    #[error(
        "the journal's market {symbol} follows the rules '{recorded}', not '{asked}': start with --rules {recorded} as before"
    )]
    OtherRules {
        /// The market.
        symbol: String,
        /// Those of the journal.
        recorded: &'static str,
        /// Those asked for.
        asked: String,
    },
    /// The file with the encryption key.
    #[error("{path}: {error}")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
}

impl StartError {
    /// The exit code of a process that stops for this reason: 2 configuration, 3 corrupt, 4 input/output, 5 in use.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Boot(error) => error.exit_code(),
            Self::Genesis(_) | Self::OtherMarkets { .. } | Self::OtherRules { .. } => 2,
            Self::Open(error) => error.exit_code(),
            Self::Read(error) => error.exit_code(),
            Self::User(_) | Self::Unreadable { .. } | Self::Restore(_) | Self::Diverged { .. } => 3,
            Self::Commit(_) | Self::KeyFile { .. } => 4,
        }
    }
}

/// Starts an exchange: recovers what a directory holds, or lists markets and opens accounts as the setup says.
///
/// # Errors
/// [`StartError`].
pub fn start(setup: &Setup, keeping: &Keeping, limits: RecordLimits) -> Result<Started, StartError> {
    let began = Instant::now();
    let now = wall_time();
    let boot = Boot::build(setup, now)?;
    let opened = match keeping {
        Keeping::Memory => None,
        Keeping::Directory(directory) => Some(Journal::open_reading(directory, Options::DEFAULT, &reads)?),
    };
    let sealing_file = SealingFile::read(keeping)?;
    let sealing = KeyEncryptionKey::new(sealing_file.key);
    let keys = match &opened {
        Some(opened) if opened.journal.durable_index() > 0 => Registry::resumed(REPLAYS_PER_ACCOUNT, now),
        Some(_) | None => Registry::new(REPLAYS_PER_ACCOUNT),
    };
    let mut recovery = Recovery { world: nothing(limits), limits, users: Users::default(), keys, replayed: 0 };
    let (mut journal, mut notes) = match opened {
        None => (Journal::memory(), Vec::new()),
        Some(opened) => recovery.recover(opened, &sealing).map_err(|error| sealing_file.explained(error))?,
    };
    sealing_file.keep()?;
    if journal.durable_index() == 0 {
        recovery.begin(&boot, &mut journal, &sealing)?;
    }
    check_markets(&recovery.world, &boot)?;
    notes.extend(check_rules(&recovery.world, setup)?);
    notes.extend(absent(&recovery.users, setup));
    let hash = recovery.world.hash();
    let report = StartReport { index: journal.durable_index(), hash, replayed: recovery.replayed, took: began.elapsed(), notes };
    let Recovery { world, users, keys, .. } = recovery;
    Ok(Started { world, journal, boot, users, keys, sealing, report })
}

/// A world being brought to where its journal ends.
struct Recovery {
    world: World,
    limits: RecordLimits,
    users: Users,
    keys: Registry,
    replayed: u64,
}

impl Recovery {
    fn recover(&mut self, opened: Opened, sealing: &KeyEncryptionKey) -> Result<(Journal, Vec<String>), StartError> {
        if let Some(snapshot) = &opened.snapshot {
            self.restore(snapshot, sealing)?;
        }
        let no_thread = |error: std::io::Error| StartError::KeyFile { path: PathBuf::from("recorder"), error: error.to_string() };
        let mut world = Recorder::start(std::mem::replace(&mut self.world, nothing(self.limits))).map_err(no_thread)?;
        let mut records = opened.records;
        loop {
            let portion = records.portion()?;
            if portion.is_empty() {
                break;
            }
            portion.iter().try_for_each(|record| self.again(&mut world, record, sealing))?;
        }
        self.world = world.finish();
        Ok((opened.journal, opened.notes))
    }

    /// Executes a record again.
    fn again(
        &mut self,
        world: &mut Recorder,
        record: &ringfence_journal::Record,
        sealing: &KeyEncryptionKey,
    ) -> Result<(), StartError> {
        match &record.kind {
            RecordKind::Command(command) => {
                if world.step(command).is_err() || world.hash() != record.outcome {
                    return Err(StartError::Diverged { index: record.index });
                }
            }
            RecordKind::Note(bytes) => {
                let unreadable = |_| StartError::Unreadable { index: record.index, what: "a note about users" };
                let note: Note = postcard::from_bytes(bytes).map_err(unreadable)?;
                self.users.follow(&note, &self.keys, sealing)?;
            }
        }
        self.replayed += 1;
        Ok(())
    }

    fn restore(&mut self, snapshot: &Snapshot, sealing: &KeyEncryptionKey) -> Result<(), StartError> {
        let (world, notes) = restore(snapshot)?;
        notes.iter().try_for_each(|note| self.users.follow(note, &self.keys, sealing))?;
        self.world = world;
        Ok(())
    }

    /// The first commands of an exchange, and the test keys of its accounts.
    fn begin(&mut self, boot: &Boot, journal: &mut Journal, sealing: &KeyEncryptionKey) -> Result<(), StartError> {
        let mut events = Vec::new();
        for command in &boot.commands {
            events.clear();
            self.world.step(command, &mut events).map_err(StartError::Genesis)?;
            let outcome = self.world.hash();
            journal.push(command, outcome);
        }
        for (name, account) in &boot.accounts {
            for note in test_user(name, account.0) {
                self.users.follow(&note, &self.keys, sealing)?;
                push_note(journal, &note, self.world.hash())?;
            }
        }
        journal.commit()?;
        Ok(())
    }
}

/// A world in which nothing happened yet.
pub(crate) fn nothing(limits: RecordLimits) -> World {
    World::new(Engine::new(Limits::DEFAULT), Record::new(limits))
}

/// Whether this program reads a snapshot's read model. If not, the model is made anew from an older snapshot or the log: it is a function of that.
///
/// # Errors
/// [`Unread`]: another version wrote it.
pub fn reads(snapshot: &Snapshot) -> Result<(), Unread> {
    let found = snapshot.section(section::RECORD_FORMAT).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
    if found == Record::FORMAT {
        return Ok(());
    }
    Err(Unread { what: "read model of format", found, known: Record::FORMAT })
}

/// The world of a snapshot, and the notes about its users.
///
/// # Errors
/// [`StartError::Unreadable`] and [`StartError::Restore`].
pub(crate) fn restore(snapshot: &Snapshot) -> Result<(World, Vec<Note>), StartError> {
    let index = snapshot.position.index;
    let section = |what: &'static str| snapshot.section(what).ok_or(StartError::Unreadable { index, what });
    let unreadable = |what: &'static str| move |_| StartError::Unreadable { index, what };
    let (engine, record) = (section(section::ENGINE)?, section(section::RECORD)?);
    // Both are large, and neither needs the other.
    let (engine, record) = std::thread::scope(|threads| {
        let record = threads.spawn(|| postcard::from_bytes(record).map_err(unreadable(section::RECORD)));
        let engine = Engine::restore(Limits::DEFAULT, engine);
        (engine, record.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (engine, record) = (engine?, record?);
    let notes = postcard::from_bytes(section(section::USERS)?).map_err(unreadable(section::USERS))?;
    Ok((World::new(engine, record), notes))
}

/// Writes a note into the journal.
///
/// # Errors
/// [`StartError::Unreadable`] for a note of more than a mebibyte, which none is.
pub fn push_note(journal: &mut Journal, note: &Note, outcome: StateHash) -> Result<u64, StartError> {
    let too_long = StartError::Unreadable { index: journal.next_index(), what: "a note that is too long" };
    match postcard::to_allocvec(note) {
        Ok(bytes) => journal.push_note(&bytes, outcome).map_err(|_| too_long),
        Err(_) => Err(too_long),
    }
}

/// What makes a test user of an account: its name, and a key that may do everything.
#[must_use]
pub fn test_user(name: &str, account: u32) -> [Note; 2] {
    let named = Note::Named { account, name: name.to_owned() };
    let key = Note::Key { key: test_key(name), account, scopes: Scopes::ALL.bits(), verifier: Verifier::Test };
    [named, key]
}

/// A journal belongs to its markets, in their order.
fn check_markets(world: &World, boot: &Boot) -> Result<(), StartError> {
    let recorded: Vec<&str> = world.state().markets().iter().map(|market| market.listing().symbol.as_str()).collect();
    let asked: Vec<&str> = boot.catalog.symbols().iter().map(|symbol| symbol.symbol.as_str()).collect();
    if recorded == asked {
        return Ok(());
    }
    Err(StartError::OtherMarkets { recorded: recorded.join(", "), asked: asked.join(", ") })
}

/// A market goes on with the rules it began with; a note where they are those of neither choice, as in a journal of an earlier version.
fn check_rules(world: &World, setup: &Setup) -> Result<Option<String>, StartError> {
    let mut unknown = Vec::new();
    for (market, asked) in world.state().markets().iter().zip(&setup.markets) {
        let (recorded, symbol) = (&market.listing().rules, &market.listing().symbol);
        let contract = ringfence_venues::contract(&asked.symbol).map_err(BootError::from)?;
        let follows = |rules: &RuleChoice| Ok::<_, BootError>(listing(&contract, rules)?.rules == *recorded);
        if follows(&asked.rules)? {
            continue;
        }
        let mut other = None;
        for choice in [RuleChoice::Ringfence, RuleChoice::Venue] {
            if follows(&choice)? {
                other = Some(choice);
            }
        }
        match other {
            Some(RuleChoice::Ringfence) => return Err(other_rules(symbol, "ringfence", &asked.rules)),
            Some(RuleChoice::Venue | RuleChoice::Named(_)) => return Err(other_rules(symbol, "binance", &asked.rules)),
            None => unknown.push(symbol.as_str()),
        }
    }
    let note = || format!("the rules in the journal stay in force for {}: this version's are others", unknown.join(", "));
    Ok((!unknown.is_empty()).then(note))
}

fn other_rules(symbol: &str, recorded: &'static str, asked: &RuleChoice) -> StartError {
    StartError::OtherRules { symbol: symbol.to_owned(), recorded, asked: asked.to_string() }
}

/// A note about accounts that were asked for and are not there: an exchange that began before opens none by itself.
fn absent(users: &Users, setup: &Setup) -> Option<String> {
    let names: Vec<&str> =
        setup.accounts.iter().map(|account| account.name.as_str()).filter(|name| users.find(name).is_none()).collect();
    let note = || format!("accounts are opened at the first start only; open {} with POST /local/v1/accounts", names.join(", "));
    (!names.is_empty()).then(note)
}

/// The key that secrets are sealed with: of the directory, in a file that only its owner may read; a fresh one where nothing is kept.
struct SealingFile {
    key: [u8; 32],
    /// Where it is kept, and whether it was found there.
    path: Option<(PathBuf, Found)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    There,
    Not,
}

impl SealingFile {
    fn read(keeping: &Keeping) -> Result<Self, StartError> {
        let mut key = [0_u8; 32];
        let path = match keeping {
            Keeping::Memory => None,
            Keeping::Directory(directory) => Some(directory.join("sealing.key")),
        };
        if let Some(path) = path.as_ref().filter(|path| path.exists()) {
            let failed = |error: String| StartError::KeyFile { path: path.clone(), error };
            let found = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            key = found.as_slice().try_into().map_err(|_| failed(format!("must hold 32 bytes, got {}", found.len())))?;
            return Ok(Self { key, path: Some((path.clone(), Found::There)) });
        }
        let no_random = |error: getrandom::Error| StartError::KeyFile { path: PathBuf::new(), error: error.to_string() };
        getrandom::fill(&mut key).map_err(no_random)?;
        Ok(Self { key, path: path.map(|path| (path, Found::Not)) })
    }

    /// A secret that does not open is this file's matter.
    fn explained(&self, error: StartError) -> StartError {
        match (error, &self.path) {
            (StartError::User(UserError::Secret(key)), Some((path, found))) => {
                let what = match found {
                    Found::Not => "is not there",
                    Found::There => "is another than it was",
                };
                let error =
                    format!("{what}, and the secret of API key '{key}' does not open without it: put the file back from a copy");
                StartError::KeyFile { path: path.clone(), error }
            }
            (error, _) => error,
        }
    }

    /// Writes a fresh key down, once nothing is left that only a lost one would open.
    fn keep(&self) -> Result<(), StartError> {
        match &self.path {
            Some((path, Found::Not)) => write_private(path, &self.key)
                .map_err(|error| StartError::KeyFile { path: path.clone(), error: error.to_string() }),
            Some((_, Found::There)) | None => Ok(()),
        }
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
