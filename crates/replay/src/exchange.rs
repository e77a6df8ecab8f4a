//! An exchange of one margin mode, and the commands it is given.

use crate::error::ReplayError;
use crate::maker::{MAKER, MARKET};
use crate::opening::{NotOpened, Opened, Scene};
use crate::record::{Now, Record};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, NewOrder};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::AssetId;
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::State;
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional, Quantity, Rate, Side};

/// The only asset of a replay.
pub(crate) const ASSET: AssetId = AssetId(0);

/// An exchange with what was recorded of it.
#[derive(Debug)]
pub(crate) struct Exchange {
    engine: Engine,
    events: Vec<Event>,
    pub(crate) record: Record,
    pub(crate) mode: MarginMode,
    pub(crate) not_opened: Vec<NotOpened>,
    /// By number of the leg.
    pub(crate) opened: Vec<Option<Opened>>,
    pub(crate) commands: u64,
    /// Quotes that were refused, and why the first was.
    pub(crate) quotes_refused: (u64, Option<Reject>),
    now: Now,
    is_quoting: bool,
}

/// The whole book of quotes is one batch.
const LIMITS: Limits = Limits { batch: 2_000, accounts: 1 << 24, ..Limits::DEFAULT };

/// The hash is asked for once in this many commands.
const HASH_EVERY: u64 = 16;

fn index(mark: MarkPrice) -> Result<IndexPrice, ReplayError> {
    Ok(IndexPrice::from_wide(mark.wide())?)
}

impl Exchange {
    /// Lists the market, opens the accounts and lets the population trade, row by row, with the maker.
    pub(crate) fn open(scene: &Scene<'_>, mode: MarginMode, now: Now) -> Result<Self, ReplayError> {
        let accounts = scene.cast.players.len().saturating_add(1);
        if accounts > usize::try_from(LIMITS.accounts).unwrap_or(usize::MAX) {
            return Err(ReplayError::TooManyAccounts { limit: LIMITS.accounts, accounts });
        }
        let mut opened = Self {
            engine: Engine::new(LIMITS),
            events: Vec::new(),
            record: Record::new(accounts),
            mode,
            not_opened: Vec::new(),
            opened: vec![None; scene.cast.legs.len()],
            commands: 0,
            quotes_refused: (0, None),
            now,
            is_quoting: false,
        };
        opened.list(scene, now)?;
        for (account, player) in scene.cast.accounts() {
            opened.admit(account, player)?;
        }
        let refused = opened.set_up_legs(scene)?;
        opened.trade(scene, &refused)?;
        opened.note_liquidating_marks(scene.cast)?;
        Ok(opened)
    }

    pub(crate) const fn state(&self) -> &State {
        self.engine.state()
    }

    pub(crate) fn hash(&mut self) -> String {
        self.engine.hash().to_string()
    }

    /// Whether a mark would do nothing.
    #[inline]
    pub(crate) fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.engine.state().is_quiet(MARKET, mark)
    }

    /// Executes a command and records what happened.
    pub(crate) fn send(&mut self, command: &Command) -> Result<Result<Reply, Reject>, ReplayError> {
        self.events.clear();
        self.commands = self.commands.saturating_add(1);
        let reply = self.engine.execute(command, &mut self.events);
        for event in &self.events {
            self.record.note(event, self.now)?;
        }
        // The engine looks at every wallet touched since it was asked for its hash last.
        if self.commands.is_multiple_of(HASH_EVERY) {
            self.engine.hash();
        }
        Ok(reply)
    }

    /// Executes a command that has no reason to be refused.
    pub(crate) fn must(&mut self, what: &'static str, command: &Command) -> Result<Reply, ReplayError> {
        self.send(command)?.map_err(|reason| ReplayError::Refused { what, reason })
    }

    pub(crate) fn position(&self, account: AccountId, side: Side) -> Option<Position> {
        self.state().market(MARKET)?.participant(account)?.positions().of(side)
    }

    /// Moves the clock. Times before 1970 are its beginning.
    pub(crate) fn tell_time(&mut self, now: Now) -> Result<(), ReplayError> {
        self.now = now;
        let to = Time::from_ms(u64::try_from(now.time_ms).unwrap_or(0));
        self.must("the time", &Command::AdvanceTime { to }).map(|_| ())
    }

    pub(crate) fn set_mark(&mut self, now: Now) -> Result<(), ReplayError> {
        self.now = now;
        self.check_value(now.mark)?;
        let command = Command::SetMark { market: MARKET, mark: now.mark, index: index(now.mark)? };
        self.must("a mark", &command).map(|_| ())
    }

    /// What is open must have a value that can be counted.
    fn check_value(&self, mark: MarkPrice) -> Result<(), ReplayError> {
        let Some(market) = self.state().market(MARKET) else { return Ok(()) };
        let exposure = market.contract().exposure(Quantity::from_wide(market.ledger().open_interest())?)?;
        let value = market.contract().mark_value(exposure, mark)?.rounded(Rounding::Ceiling)?;
        Notional::from_wide(value)?;
        Ok(())
    }

    /// Takes the maker's quotes away and puts others in their place.
    pub(crate) fn requote(&mut self, quotes: &[NewOrder]) -> Result<(), ReplayError> {
        if self.is_quoting {
            self.is_quoting = false;
            self.must("a cancel", &Command::CancelAll { account: MAKER, market: MARKET })?;
        }
        if quotes.is_empty() {
            return Ok(());
        }
        self.is_quoting = true;
        if let Reply::Orders(replies) = self.must("quotes", &Command::PlaceBatch(quotes.to_vec()))? {
            for reject in replies.into_iter().filter_map(Result::err) {
                self.quotes_refused.0 = self.quotes_refused.0.saturating_add(1);
                self.quotes_refused.1.get_or_insert(reject);
            }
        }
        Ok(())
    }

    pub(crate) fn set_funding_rate(&mut self, rate: Rate) -> Result<(), ReplayError> {
        self.must("a funding rate", &Command::SetFundingRate { market: MARKET, rate }).map(|_| ())
    }

    pub(crate) fn settle_funding(&mut self) -> Result<(), ReplayError> {
        self.must("a funding settlement", &Command::SettleFunding { market: MARKET }).map(|_| ())
    }
}
