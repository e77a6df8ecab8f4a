//! The next command: mostly meaningful, sometimes nonsense, now and then a scheme.

mod order;
mod price;
mod scene;
mod scheme;
mod setting;

use std::collections::VecDeque;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, MarketState, NewOrder};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::State;

use crate::genesis::genesis;
use crate::random::Random;
use crate::shadow::Shadow;
pub(crate) use scene::Scene;

/// What kinds of commands there are, and how often a calm world sees them.
const KINDS: [(Kind, u64); 12] = [
    (Kind::Place, 420),
    (Kind::Batch, 30),
    (Kind::Amend, 55),
    (Kind::Cancel, 60),
    (Kind::Leverage, 55),
    (Kind::Margin, 65),
    (Kind::Mode, 30),
    (Kind::Price, 130),
    (Kind::Time, 60),
    (Kind::Money, 45),
    (Kind::Terms, 20),
    (Kind::Scheme, 12),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Place,
    Batch,
    Amend,
    Cancel,
    Leverage,
    Margin,
    Mode,
    Price,
    Time,
    Money,
    Terms,
    Scheme,
}

/// Makes the commands of a world.
#[derive(Clone, Debug)]
pub struct Generator {
    random: Random,
    queue: VecDeque<Command>,
    /// How often this world sees each kind.
    weights: [u64; KINDS.len()],
    /// Times in a thousand that a command is nonsense.
    nonsense: u64,
    /// The greatest move of a price that is usual here, in millionths.
    pace: i64,
    names: u64,
    /// Named orders that were placed lately: some are sent again.
    sent: VecDeque<NewOrder>,
}

impl Generator {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(Random::new(seed))
    }

    /// The generator whose every draw bytes decide, two for each.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::with(Random::of_bytes(bytes))
    }

    /// Whether its bytes are used up and everything they began is done.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.random.is_spent() && self.queue.is_empty()
    }

    fn with(mut random: Random) -> Self {
        let queue = genesis(&mut random).into();
        // Every world has a temper of its own.
        let weights = KINDS.map(|(_, weight)| weight * random.pick(&[1, 2, 2, 2, 3, 6]));
        let nonsense = random.pick(&[0, 10, 30, 100]);
        let pace = random.pick(&[500, 3_000, 20_000, 150_000]);
        Self { random, queue, weights, nonsense, pace, names: 0, sent: VecDeque::new() }
    }

    /// The next command.
    pub fn next(&mut self, state: &State, shadow: &Shadow) -> Command {
        if self.random.chance(8) && !self.sent.is_empty() {
            let at = self.random.below(self.sent.len() as u64) as usize;
            return Command::Place(self.sent[at]);
        }
        let command = self.fresh(state, shadow);
        if let Command::Place(order) = &command
            && order.client_id.is_some()
        {
            self.sent.push_back(*order);
            self.sent.drain(..self.sent.len().saturating_sub(8));
        }
        command
    }

    fn fresh(&mut self, state: &State, shadow: &Shadow) -> Command {
        if let Some(command) = self.queue.pop_front() {
            return command;
        }
        if let Some(market) = self.closed(state) {
            return Command::SetMarketState { market, state: MarketState::Open };
        }
        let (kind, _) = KINDS[self.random.weighted(&self.weights)];
        let nonsense = self.random.chance(self.nonsense);
        let mut scene = Scene { state, shadow, random: &mut self.random, names: &mut self.names, pace: self.pace };
        if nonsense {
            return scene.nonsense();
        }
        let mut commands = match kind {
            Kind::Place => vec![scene.place()],
            Kind::Batch => vec![scene.batch()],
            Kind::Amend => vec![scene.amend()],
            Kind::Cancel => vec![scene.cancel()],
            Kind::Leverage => vec![scene.leverage()],
            Kind::Margin => vec![scene.margin()],
            Kind::Mode => vec![scene.mode()],
            Kind::Price => scene.prices(),
            Kind::Time => vec![scene.time()],
            Kind::Money => vec![scene.money()],
            Kind::Terms => vec![scene.terms()],
            Kind::Scheme => scene.scheme(),
        };
        if commands.is_empty() {
            return scene.place();
        }
        self.queue.extend(commands.drain(1..));
        commands.remove(0)
    }

    /// A market that does not let everything through: it is opened again before long.
    fn closed(&mut self, state: &State) -> Option<MarketId> {
        let market = state.markets().iter().find(|market| !matches!(market.state(), MarketState::Open | MarketState::Settled))?;
        self.random.chance(60).then(|| market.id())
    }
}

/// An account that is not there.
pub(crate) const NOBODY: AccountId = AccountId(u32::MAX);
