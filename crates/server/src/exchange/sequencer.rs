//! The loop: take, execute, write down, wait for the disk, answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringfence_engine::command::Command;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::StateHash;
use ringfence_journal::{CommitError, Journal, Room};

use super::clock::Clock;
use super::handle::{Exchange, Unavailable};
use super::job::{Job, Work};
use super::observer::{Committed, Executed, Observer};
use super::queue::{Lane, Queue, QueueLimits, Taken};
use super::world::World;
use crate::feed::Feed;

/// How a sequencer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequencerSettings {
    /// What may wait.
    pub queue: QueueLimits,
    /// How often the feed is asked for prices and quotes.
    pub feed_every: Duration,
    /// How often observers are called when nothing happens: what streams are timed by.
    pub pulse: Duration,
}

impl SequencerSettings {
    /// Prices four times a second, streams looked at twenty times.
    pub const DEFAULT: Self =
        Self { queue: QueueLimits::DEFAULT, feed_every: Duration::from_millis(250), pulse: Duration::from_millis(50) };
}

/// Why a sequencer stopped before it was told to. The process must end: what is in memory is ahead of the disk.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The journal could not be made durable.
    #[error("the journal cannot be written: {0}")]
    Journal(#[from] ringfence_journal::CommitError),
}

/// How long to wait before a full disk is tried again.
const FULL_DISK_REST: Duration = Duration::from_millis(100);

/// Owner of the world and the journal.
pub struct Sequencer {
    queue: Arc<Queue>,
    clock: Arc<Clock>,
    world: World,
    journal: Journal,
    feed: Feed,
    observers: Vec<Box<dyn Observer>>,
    settings: SequencerSettings,
    feed_due: Instant,
    room: Room,
    events: Vec<Event>,
    answered: Vec<(Box<dyn Job>, Option<u64>)>,
}

impl Sequencer {
    /// A sequencer and the handle on it. It does nothing before it is [run](Self::run).
    #[must_use]
    pub fn new(world: World, journal: Journal, feed: Feed, settings: SequencerSettings) -> (Self, Exchange) {
        let queue = Arc::new(Queue::new(settings.queue));
        let clock = Arc::new(Clock::starting_at(world.state().clock()));
        let exchange = Exchange { queue: Arc::clone(&queue), clock: Arc::clone(&clock) };
        let sequencer = Self {
            queue,
            clock,
            world,
            journal,
            feed,
            observers: Vec::new(),
            settings,
            feed_due: Instant::now(),
            room: Room::Plenty,
            events: Vec::new(),
            answered: Vec::new(),
        };
        (sequencer, exchange)
    }

    /// Somebody more to tell.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    /// What the exchange knows and remembers.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Where prices come from.
    pub const fn feed(&mut self) -> &mut Feed {
        &mut self.feed
    }

    /// What the last command did.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The hash of the engine's state.
    pub fn hash(&mut self) -> StateHash {
        self.world.hash()
    }

    /// Where prices come from, and what they are asked for.
    pub const fn feed_and_world(&mut self) -> (&mut Feed, &World) {
        (&mut self.feed, &self.world)
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the disk has room for.
    #[must_use]
    pub const fn room(&self) -> Room {
        self.room
    }

    /// The journal.
    pub const fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Puts another world in the place of this one, with the clock at its time: going back to a snapshot in memory.
    pub fn replace_world(&mut self, world: World) {
        self.clock.set(world.state().clock());
        self.world = world;
        for observer in &mut self.observers {
            observer.reverted(&self.world);
        }
    }

    /// Works until the exchange is [stopped](Exchange::stop).
    ///
    /// # Errors
    /// [`Fatal`]: the process must end.
    pub fn run(mut self) -> Result<(), Fatal> {
        let mut batch = Vec::new();
        let mut looks = Vec::new();
        while self.queue.take(&mut batch, self.until_feed().min(self.settings.pulse)) == Taken::Some {
            self.room = self.journal.room()?;
            if !batch.is_empty() || self.until_feed().is_zero() {
                self.advance_clock();
            }
            self.ask_feed();
            for work in batch.drain(..) {
                match work {
                    Work::Execute(lane, job) => {
                        self.execute(lane, job);
                        if self.journal.is_batch_full() {
                            self.commit()?;
                        }
                    }
                    Work::Read(look) => looks.push(look),
                    Work::Control(act) => act(&mut self),
                }
            }
            self.commit()?;
            for look in looks.drain(..) {
                look(&self.world);
            }
        }
        Ok(())
    }

    fn until_feed(&self) -> Duration {
        self.feed_due.saturating_duration_since(Instant::now())
    }

    /// The engine's time follows the clock: at most once a batch. While the disk is full it stands: the reserve is not for time that passes.
    fn advance_clock(&mut self) {
        let now = self.clock.now();
        if self.room == Room::Plenty && now > self.world.state().clock() {
            self.step(&Command::AdvanceTime { to: now });
        }
    }

    /// While the disk is full, time is written down with a command that is written down itself. A copy of the engine tells whether it will be: what
    /// is refused leaves no record. For the first command of a batch only, since a copy takes milliseconds.
    fn advance_clock_with(&mut self, command: &Command) {
        let now = self.clock.now();
        if self.room == Room::Plenty || now <= self.world.state().clock() || !self.answered.is_empty() {
            return;
        }
        let (time, mut copy) = (Command::AdvanceTime { to: now }, self.world.engine().clone());
        let mut is_accepted = |command| copy.execute(command, &mut Vec::new()).is_ok();
        if is_accepted(&time) && is_accepted(command) {
            self.step(&time);
        }
    }

    fn ask_feed(&mut self) {
        if !self.until_feed().is_zero() {
            return;
        }
        self.feed_due = Instant::now() + self.settings.feed_every;
        if self.room == Room::CancelsOnly {
            return;
        }
        // Quotes are for the prices as they are after the mark moved.
        for command in self.feed.prices(self.world.state().clock(), self.world.state()) {
            self.step(&command);
        }
        for command in self.feed.orders(self.world.state().clock(), self.world.state()) {
            self.step(&command);
        }
    }

    /// Executes a command that nobody waits for, such as time, prices and quotes. Gives whether it was accepted.
    pub fn step(&mut self, command: &Command) -> Option<u64> {
        let refused = |reject| tracing::debug!(?command, ?reject, "a command of the exchange's own was refused");
        self.try_step(command).map_err(refused).ok()
    }

    /// Executes a command that somebody in control waits for. It is durable once a look at the state is answered.
    ///
    /// # Errors
    /// [`Reject`]: nothing was changed.
    pub fn try_step(&mut self, command: &Command) -> Result<u64, Reject> {
        self.events.clear();
        let reply = self.world.step(command, &mut self.events)?;
        let outcome = self.world.hash();
        let index = self.journal.push(command, outcome);
        let executed = Executed { index, command, reply: &reply, events: &self.events };
        for observer in &mut self.observers {
            observer.executed(&self.world, &executed);
        }
        Ok(index)
    }

    fn execute(&mut self, lane: Lane, mut job: Box<dyn Job>) {
        if lane != Lane::Protected && self.room == Room::CancelsOnly {
            return job.refuse(Unavailable::DiskFull);
        }
        let Some(command) = job.prepare(&self.world) else {
            return self.answered.push((job, None));
        };
        self.advance_clock_with(&command);
        self.events.clear();
        let outcome = self.world.step(&command, &mut self.events);
        let index = outcome.as_ref().ok().map(|reply| {
            let hash = self.world.hash();
            let index = self.journal.push(&command, hash);
            let executed = Executed { index, command: &command, reply, events: &self.events };
            for observer in &mut self.observers {
                observer.executed(&self.world, &executed);
            }
            index
        });
        job.finish(&self.world, &command, outcome.as_ref(), &self.events);
        self.answered.push((job, index));
    }

    /// Makes what was executed durable, and only then tells anybody.
    fn commit(&mut self) -> Result<(), Fatal> {
        let before = self.journal.durable_index();
        let began = Instant::now();
        let durable = loop {
            match self.journal.commit() {
                Ok(durable) => break durable,
                // Not even the reserve had room. What was executed is kept and written once there is some; until then nobody hears of it.
                Err(CommitError::Full) => {
                    tracing::error!("the disk is full: waiting for room");
                    std::thread::sleep(FULL_DISK_REST);
                }
                Err(error @ CommitError::Failed(_)) => return Err(error.into()),
            }
        };
        if durable > before {
            let batch = Committed { records: durable - before, took: began.elapsed() };
            self.observers.iter_mut().for_each(|observer| observer.committed(batch));
        }
        for (job, index) in self.answered.drain(..) {
            job.release(index);
        }
        for observer in &mut self.observers {
            observer.durable(&mut self.world, durable);
        }
        Ok(())
    }
}
