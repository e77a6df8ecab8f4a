//! What waits for the sequencer: commands in the order they came, and looks, each bounded.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::job::Work;

/// What is refused when there is more than can be done. Commands of both kinds are done in the order they came: a cancel never overtakes its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Orders that open and everything else: refused at once when the lane is full.
    Normal,
    /// Cancels, orders that only reduce, margin added: what lowers a risk. Never shed; bounded by how many connections there may be, since each
    /// has only so many requests under way.
    Protected,
    /// A look at the state: has a lane of its own, so that whoever polls cannot keep orders out.
    Read,
}

/// Most requests that may wait in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Orders: at 100,000 a second, 4,096 of them wait for 41 ms, and so does a cancel behind them.
    pub normal: usize,
    /// What lowers risk: as many as connections may have under way.
    pub protected: usize,
    /// Looks.
    pub reads: usize,
    /// Most of all lanes that are taken at a time, and written to disk together.
    pub batch: usize,
}

impl QueueLimits {
    /// Thousands waiting, a thousand a batch.
    pub const DEFAULT: Self = Self { normal: 4_096, protected: 65_536, reads: 8_192, batch: 1_024 };
}

/// Why nothing was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    Full,
    Closed,
}

#[derive(Default)]
struct Lanes {
    commands: VecDeque<(Lane, Work)>,
    normal: usize,
    protected: usize,
    reads: VecDeque<Work>,
    closed: Option<Closed>,
    taker: Taker,
}

/// What the sequencer is doing: only one that waits need be woken, which costs a system call.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Taker {
    #[default]
    Works,
    Waits,
}

/// Nothing more is taken in.
struct Closed;

impl Lanes {
    fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.reads.is_empty()
    }
}

impl Lanes {
    fn push(&mut self, lane: Lane, work: Work) {
        match lane {
            Lane::Normal => self.normal += 1,
            Lane::Protected => self.protected += 1,
            Lane::Read => return self.reads.push_back(work),
        }
        self.commands.push_back((lane, work));
    }
}

/// The queue between those who ask and the one who executes.
pub(crate) struct Queue {
    limits: QueueLimits,
    lanes: Mutex<Lanes>,
    filled: Condvar,
}

/// What [`Queue::take`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Something, or the time was up.
    Some,
    /// The queue is closed and empty.
    End,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, lanes: Mutex::default(), filled: Condvar::new() }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, lane: Lane, work: Work) -> Result<(), Shed> {
        let mut lanes = self.lanes();
        if lanes.closed.is_some() {
            return Err(Shed::Closed);
        }
        let (waiting, most) = match lane {
            Lane::Normal => (lanes.normal, self.limits.normal),
            Lane::Protected => (lanes.protected, self.limits.protected),
            Lane::Read => (lanes.reads.len(), self.limits.reads),
        };
        if waiting >= most {
            return Err(Shed::Full);
        }
        lanes.push(lane, work);
        let taker = std::mem::take(&mut lanes.taker);
        drop(lanes);
        if taker == Taker::Waits {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Moves what waits into `batch`, commands before looks; waits for something so long.
    pub(crate) fn take(&self, batch: &mut Vec<Work>, wait: Duration) -> Taken {
        let lanes = self.lanes();
        let waiting = |lanes: &mut Lanes| {
            let waits = lanes.is_empty() && lanes.closed.is_none();
            lanes.taker = if waits { Taker::Waits } else { Taker::Works };
            waits
        };
        let (mut lanes, _) = self.filled.wait_timeout_while(lanes, wait, waiting).unwrap_or_else(PoisonError::into_inner);
        if lanes.is_empty() && lanes.closed.is_some() {
            return Taken::End;
        }
        let most = self.limits.batch;
        let lanes = &mut *lanes;
        lanes.taker = Taker::Works;
        let room = most.saturating_sub(batch.len()).min(lanes.commands.len());
        for (lane, work) in lanes.commands.drain(..room) {
            match lane {
                Lane::Normal => lanes.normal -= 1,
                Lane::Protected | Lane::Read => lanes.protected -= 1,
            }
            batch.push(work);
        }
        let room = most.saturating_sub(batch.len()).min(lanes.reads.len());
        batch.extend(lanes.reads.drain(..room));
        Taken::Some
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        let lanes = self.lanes();
        lanes.commands.len() + lanes.reads.len()
    }

    /// Takes nothing more in; what waits is still done.
    pub(crate) fn close(&self) {
        self.lanes().closed = Some(Closed);
        self.filled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> Work {
        Work::Read(Box::new(|_| {}))
    }

    #[test]
    fn a_full_lane_sheds_and_the_others_do_not() {
        let queue = Queue::new(QueueLimits { normal: 1, protected: 2, reads: 1, batch: 10 });
        assert_eq!(queue.put(Lane::Normal, look()), Ok(()));
        assert_eq!(queue.put(Lane::Normal, look()), Err(Shed::Full));
        assert_eq!(queue.put(Lane::Protected, look()), Ok(()));
        assert_eq!(queue.put(Lane::Read, look()), Ok(()));
        let mut batch = Vec::new();
        assert_eq!(queue.take(&mut batch, Duration::ZERO), Taken::Some);
        assert_eq!(batch.len(), 3);
    }

    #[test]
    fn a_closed_queue_ends_after_what_waits() {
        let queue = Queue::new(QueueLimits::DEFAULT);
        assert_eq!(queue.put(Lane::Normal, look()), Ok(()));
        queue.close();
        assert_eq!(queue.put(Lane::Protected, look()), Err(Shed::Closed));
        let mut batch = Vec::new();
        assert_eq!(queue.take(&mut batch, Duration::ZERO), Taken::Some);
        batch.clear();
        assert_eq!(queue.take(&mut batch, Duration::from_secs(60)), Taken::End);
    }
}
