//! What everybody but the sequencer holds.

use std::sync::Arc;

use ringfence_engine::command::Command;
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;
use tokio::sync::oneshot;

use super::clock::Clock;
use super::job::{Ask, Work};
use super::queue::{Lane, Queue, Shed};
use super::sequencer::Sequencer;
use super::world::World;

/// An answer and what made it durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// Index of the journal's record; `None` where nothing was written, because nothing changed.
    pub index: Option<u64>,
}

/// Why there is no answer. All but [`Unavailable::Unknown`] mean that the command was certainly not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// More waits than may wait.
    #[error("the exchange is busy: too many requests wait")]
    Busy,
    /// The disk is full: only what lowers risk is done.
    #[error("the disk is full: only cancels are accepted until there is room again")]
    DiskFull,
    /// The exchange is stopping.
    #[error("the exchange is stopping")]
    Stopping,
    /// The exchange went away while it was at it: whether it was done can be asked for after a restart.
    #[error("the exchange stopped while it was at it: whether the request was executed is not known")]
    Unknown,
}

/// A handle on the exchange; cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    pub(super) queue: Arc<Queue>,
    pub(super) clock: Arc<Clock>,
}

impl Exchange {
    /// Executes the command that `prepare` makes of the state, and answers with what `finish` makes of the outcome, once it is durable.
    ///
    /// Both closures run on the sequencer's thread: they read, they never wait. `prepare` may answer by itself (`Err`): then nothing is executed.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was done.
    pub async fn execute<T, P, F>(&self, lane: Lane, prepare: P, finish: F) -> Result<Answer<T>, Unavailable>
    where
        T: Send + 'static,
        P: FnOnce(&World) -> Result<Command, T> + Send + 'static,
        F: FnOnce(&World, &Command, Result<&Reply, &Reject>, &[Event]) -> T + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let job = Ask { prepare: Some(prepare), finish: Some(finish), value: None, to };
        self.put(lane, Work::Execute(lane, Box::new(job)))?;
        answer.await.map_err(|_| Unavailable::Unknown)?
    }

    /// Executes a command as it is and gives back what it answered.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was done.
    pub async fn command(&self, lane: Lane, command: Command) -> Result<Answer<Result<Reply, Reject>>, Unavailable> {
        self.execute(lane, move |_| Ok(command), |_, _, outcome, _| outcome.cloned().map_err(Clone::clone)).await
    }

    /// What `look` finds in a state that is durable.
    ///
    /// # Errors
    /// [`Unavailable`] when too many look already.
    pub async fn read<T, L>(&self, look: L) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        L: FnOnce(&World) -> T + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let look = move |world: &World| drop(to.send(look(world)));
        self.put(Lane::Read, Work::Read(Box::new(look)))?;
        answer.await.map_err(|_| Unavailable::Unknown)
    }

    /// Does something to the sequencer itself: sources of prices, snapshots, observers.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was done.
    pub async fn control<T, A>(&self, act: A) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        A: FnOnce(&mut Sequencer) -> T + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let act = move |sequencer: &mut Sequencer| drop(to.send(act(sequencer)));
        self.put(Lane::Protected, Work::Control(Box::new(act)))?;
        answer.await.map_err(|_| Unavailable::Unknown)
    }

    /// The exchange's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many requests wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Takes no more requests; what waits is still done, then the sequencer's thread ends.
    pub fn stop(&self) {
        self.queue.close();
    }

    fn put(&self, lane: Lane, work: Work) -> Result<(), Unavailable> {
        self.queue.put(lane, work).map_err(|shed| match shed {
            Shed::Full => Unavailable::Busy,
            Shed::Closed => Unavailable::Stopping,
        })
    }
}
