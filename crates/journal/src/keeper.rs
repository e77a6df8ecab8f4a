//! What happens beside commits: watermarks, and the store's own upkeep.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::batch::Instance;
use crate::error::StoreError;
use crate::position::Position;
use crate::store::Upkeep;
use crate::watermark::{Watermark, Watermarks};

/// How long after the last commit the watermark is written, at the latest twice this.
const IDLE: Duration = Duration::from_millis(20);
/// How often it is written while commits go on.
const BUSY: Duration = Duration::from_secs(1);

/// What a store writes at least, in bytes.
const PAGE: usize = 4_096;

/// Who writes watermarks.
pub(crate) enum Keeper {
    /// Whoever holds the journal, when it asks for it.
    ByHand(Worker),
    /// A thread.
    Thread(Arc<Shared>, Option<JoinHandle<()>>),
}

/// What is to be done.
pub(crate) struct Worker {
    pub(crate) instance: Instance,
    pub(crate) watermarks: Watermarks,
    pub(crate) upkeep: Box<dyn Upkeep>,
    /// After how many bytes of commits the store wants upkeep.
    pub(crate) upkeep_bytes: usize,
    pub(crate) written: u64,
}

impl Worker {
    pub(crate) fn mark(&mut self, at: Position) -> Result<(), StoreError> {
        if at.index == self.written {
            return Ok(());
        }
        self.watermarks.write(Watermark { instance: self.instance, index: at.index, chain: at.chain })?;
        self.written = at.index;
        Ok(())
    }
}

pub(crate) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    at: Position,
    bytes: usize,
    space: Space,
    upkeep: Tidying,
    is_stopping: bool,
    failed: Option<StoreError>,
}

/// Whether there is space to tidy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Enough,
    /// What is left is for commits: a store that tidies may take all of it.
    Short,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tidying {
    Idle,
    Running,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn thread(worker: Worker, at: Position) -> std::io::Result<Self> {
        let state = State { at, bytes: 0, space: Space::Enough, upkeep: Tidying::Idle, is_stopping: false, failed: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let run = move || {
            if let Err(error) = keep(worker, &theirs) {
                theirs.lock().failed = Some(error);
                theirs.wake.notify_all();
            }
        };
        let thread = std::thread::Builder::new().name("journal-keeper".to_owned()).spawn(run)?;
        Ok(Self::Thread(shared, Some(thread)))
    }

    /// A batch became durable. Fails if something failed beside.
    pub(crate) fn committed(&mut self, at: Position, bytes: usize) -> Result<(), StoreError> {
        match self {
            Self::ByHand(_) => Ok(()),
            Self::Thread(shared, _) => {
                let mut state = shared.lock();
                state.at = at;
                // The store writes whole pages, and one more for its own order.
                state.bytes += bytes.next_multiple_of(PAGE) + PAGE;
                state.failed.clone().map_or(Ok(()), Err)
            }
        }
    }

    /// Says whether there is space to tidy with. Where there is none, waits until nobody tidies.
    pub(crate) fn set_space(&mut self, space: Space) {
        let Self::Thread(shared, _) = self else { return };
        let mut state = shared.lock();
        state.space = space;
        while space == Space::Short && state.upkeep == Tidying::Running && state.failed.is_none() {
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes the watermark now, where no thread does it.
    pub(crate) fn mark(&mut self, at: Position) -> Result<(), StoreError> {
        match self {
            Self::ByHand(worker) => worker.mark(at),
            Self::Thread(shared, _) => shared.lock().failed.clone().map_or(Ok(()), Err),
        }
    }

    /// Tidies now, where no thread does it.
    pub(crate) fn upkeep(&mut self) -> Result<(), StoreError> {
        match self {
            Self::ByHand(worker) => worker.upkeep.run(),
            Self::Thread(..) => Ok(()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Self::Thread(shared, thread) = self {
            shared.lock().is_stopping = true;
            shared.wake.notify_all();
            // A thread that panicked has nothing left to say: the journal is being closed.
            let _ = thread.take().map(JoinHandle::join);
        }
    }
}

fn keep(mut worker: Worker, shared: &Shared) -> Result<(), StoreError> {
    let (mut seen, mut marked) = (worker.written, Instant::now());
    loop {
        let state = shared.lock();
        let (mut state, _) =
            shared.wake.wait_timeout_while(state, IDLE, |state| !state.is_stopping).unwrap_or_else(PoisonError::into_inner);
        let (at, is_stopping) = (state.at, state.is_stopping);
        let is_upkeep_due = state.bytes >= worker.upkeep_bytes && state.space == Space::Enough && !is_stopping;
        if is_upkeep_due {
            (state.bytes, state.upkeep) = (0, Tidying::Running);
        }
        drop(state);
        if is_upkeep_due {
            worker.upkeep.run()?;
            shared.lock().upkeep = Tidying::Idle;
            shared.wake.notify_all();
        }
        if is_stopping || at.index == seen || marked.elapsed() >= BUSY {
            worker.mark(at)?;
            marked = Instant::now();
        }
        if is_stopping {
            return Ok(());
        }
        seen = at.index;
    }
}
