//! An exchange of one margin mode, and the commands it is given.

use crate::bracket_change::BracketChange;
use crate::error::ReplayError;
use crate::maker::{DEPOSIT, FURTHER_DEPOSIT, FURTHER_TIMES, MAKER, MARKET};
use crate::market::Market;
use crate::opening::{NotOpened, Opened, Scene};
use crate::record::{Now, Record};
use crate::regime::{Happening, Regime, Told, Watched};
use crate::time::UtcTime;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, NewOrder, PositionSide, Transfer};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::AssetId;
use ringfence_engine::limits::Limits;
use ringfence_engine::query::explain_liquidation;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::State;
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::explain::{Explanation, explain_cross, explain_leg};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, IndexPrice, Leverage, MarkPrice, Notional, Quantity, Rate, Side};

/// The only asset of a replay.
pub(crate) const ASSET: AssetId = AssetId(0);

/// An exchange with what was recorded of it.
#[derive(Debug)]
pub(crate) struct Exchange {
    engine: Engine,
    events: Vec<Event>,
    pub(crate) record: Record,
    pub(crate) regime: Regime,
    pub(crate) not_opened: Vec<NotOpened>,
    /// By number of the leg.
    pub(crate) opened: Vec<Option<Opened>>,
    pub(crate) commands: u64,
    /// Quotes that were refused, and why the first was.
    pub(crate) quotes_refused: (u64, Option<Reject>),
    pub(crate) watched: Option<Watched>,
    /// The accounts of the maker and what each came with: another where the brackets hold no more of the position of the one before. The last
    /// quotes.
    pub(crate) makers: Vec<(AccountId, Amount)>,
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
    pub(crate) fn open(scene: &Scene<'_>, (regime, watched): (Regime, Option<Watched>), now: Now) -> Result<Self, ReplayError> {
        let accounts = scene.cast.players.len().saturating_add(1);
        if accounts > usize::try_from(LIMITS.accounts).unwrap_or(usize::MAX) {
            return Err(ReplayError::TooManyAccounts { limit: LIMITS.accounts, accounts });
        }
        let mut opened = Self {
            engine: Engine::new(LIMITS),
            events: Vec::new(),
            record: Record::new(accounts),
            regime,
            not_opened: Vec::new(),
            opened: vec![None; scene.cast.legs.len()],
            commands: 0,
            quotes_refused: (0, None),
            watched,
            makers: vec![(MAKER, DEPOSIT)],
            now,
            is_quoting: false,
        };
        opened.list(scene, now)?;
        for (account, player) in scene.cast.accounts() {
            opened.admit(account, player)?;
        }
        let refused = opened.set_up_legs(scene)?;
        opened.trade(scene, &refused)?;
        opened.add_more(scene.cast)?;
        opened.note_liquidating_marks(scene.cast)?;
        opened.tell_opened()?;
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
        if self.watched.is_some() && reply.is_ok() {
            self.tell()?;
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

    fn has_position(&self, account: AccountId) -> bool {
        [Side::Long, Side::Short].into_iter().any(|side| self.position(account, side).is_some())
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

    /// The maker's account that quotes now.
    pub(crate) fn quoter(&self) -> AccountId {
        self.makers.last().map_or(MAKER, |(account, _)| *account)
    }

    /// What a further account of the maker comes with.
    fn further_deposit(&self) -> Amount {
        let most = self.state().market(MARKET).and_then(|market| market.listing().brackets.max_value(Leverage::ONE));
        let times = most.and_then(|most| Amount::from_wide(most.wide().checked_mul(FURTHER_TIMES)?).ok());
        times.unwrap_or(FURTHER_DEPOSIT).min(FURTHER_DEPOSIT)
    }

    /// Another account for the maker, where the present one holds a position: the brackets may not allow it more. Answers whether there is one.
    pub(crate) fn another_maker(&mut self) -> Result<bool, ReplayError> {
        let quoter = self.quoter();
        if !self.has_position(quoter) {
            return Ok(false);
        }
        self.must("a cancel", &Command::CancelAll { account: quoter, market: MARKET })?;
        if let Reply::Account(account) = self.must("an account", &Command::OpenAccount)? {
            let amount = self.further_deposit();
            self.must("a deposit", &Command::Deposit(Transfer { account, asset: ASSET, amount }))?;
            let leg = LegRef { account, market: MARKET, side: PositionSide::Both };
            self.must("a margin mode", &Command::SetMarginMode { leg, mode: MarginMode::Cross })?;
            self.makers.push((account, amount));
        }
        Ok(true)
    }

    /// Takes the maker's quotes away and puts others in their place.
    pub(crate) fn requote(&mut self, quotes: &[NewOrder]) -> Result<(), ReplayError> {
        if self.is_quoting {
            self.is_quoting = false;
            self.must("a cancel", &Command::CancelAll { account: self.quoter(), market: MARKET })?;
        }
        if quotes.is_empty() {
            return Ok(());
        }
        self.is_quoting = true;
        let mut refused = self.place_quotes(quotes)?;
        if !refused.is_empty() && self.another_maker()? {
            refused = self.place_quotes(quotes)?;
        }
        for reject in refused {
            self.quotes_refused.0 = self.quotes_refused.0.saturating_add(1);
            self.quotes_refused.1.get_or_insert(reject);
        }
        Ok(())
    }

    fn place_quotes(&mut self, quotes: &[NewOrder]) -> Result<Vec<Reject>, ReplayError> {
        let account = self.quoter();
        let quotes = quotes.iter().map(|quote| NewOrder { account, ..*quote }).collect();
        let reply = self.must("quotes", &Command::PlaceBatch(quotes))?;
        let refused =
            if let Reply::Orders(replies) = reply { replies.into_iter().filter_map(Result::err).collect() } else { Vec::new() };
        Ok(refused)
    }

    /// Puts other brackets in force: the engine liquidates at once what lacks their maintenance margin.
    pub(crate) fn change_brackets(&mut self, market: &Market, change: &BracketChange) -> Result<(), ReplayError> {
        if self.watched.as_ref().is_some_and(|watched| self.has_position(watched.account)) {
            self.say(Happening::Said("the brackets change".to_owned()));
        }
        let listing = Box::new(market.listing_with(&change.brackets));
        self.must("a change of brackets", &Command::ChangeMarket { market: MARKET, listing }).map(|_| ())
    }

    pub(crate) fn set_funding_rate(&mut self, rate: Rate) -> Result<(), ReplayError> {
        self.must("a funding rate", &Command::SetFundingRate { market: MARKET, rate }).map(|_| ())
    }

    pub(crate) fn settle_funding(&mut self) -> Result<(), ReplayError> {
        self.must("a funding settlement", &Command::SettleFunding { market: MARKET }).map(|_| ())
    }

    /// What the command's events say about the account that is watched.
    fn tell(&mut self) -> Result<(), OutOfRange> {
        let Some(watched) = &self.watched else { return Ok(()) };
        // Before the market is listed nothing happens in it.
        let Some(market) = self.state().market(MARKET) else { return Ok(()) };
        let (account, mut happened) = (watched.account, Vec::new());
        let contract = market.contract();
        if self.events.iter().any(|event| matches!(event, Event::LiquidationStarted(start) if start.account == Some(account))) {
            for story in explain_liquidation(&self.events).into_iter().filter(|story| story.start.account == Some(account)) {
                let position = match story.start.margin_mode {
                    MarginMode::Isolated => Some(self.explain(&story.start.position, story.start.mark)?),
                    MarginMode::Cross => None,
                };
                happened.push(Happening::Liquidated { position, text: story.lines(market, &watched.name)? });
            }
        }
        let mut waiting = watched.waiting.clone();
        happened.extend(waiting.read(&self.events, account, contract)?.into_iter().map(Happening::Said));
        for event in &self.events {
            if let Event::Deleveraged { account: of, side, lots, value, .. } = event
                && *of == account
            {
                let (quantity, asset) = (lots.to_quantity(contract)?, &contract.spec().settlement);
                let said = format!("{quantity} of the {side} were closed against a bankrupt position, worth {value} {asset}");
                happened.push(Happening::Said(said));
            }
        }
        for what in happened {
            self.say(what);
        }
        if let Some(watched) = &mut self.watched {
            watched.waiting = waiting;
        }
        Ok(())
    }

    /// Adds to the story of the account that is watched.
    pub(crate) fn say(&mut self, what: Happening) {
        let Now { time_ms, mark, recorded } = self.now;
        if let Some(watched) = &mut self.watched {
            watched.told.push(Told { time: UtcTime(time_ms), mark, recorded, what });
        }
    }

    fn explain(&self, position: &Position, mark: MarkPrice) -> Result<Explanation, OutOfRange> {
        let market = self.state().market(MARKET).ok_or(OutOfRange { what: "number of a market" })?;
        let owner = self.watched.as_ref().and_then(|watched| market.participant(watched.account));
        let leverage = owner.map_or(market.listing().default_leverage, |owner| owner.leverage().of(position.side));
        explain_leg(&Leg::isolated(market.terms(), position)?, leverage, mark)
    }

    /// What the account that is watched begins with: each position by itself, or the pool.
    fn tell_opened(&mut self) -> Result<(), OutOfRange> {
        let Some(account) = self.watched.as_ref().map(|watched| watched.account) else { return Ok(()) };
        for side in [Side::Long, Side::Short] {
            let Some(position) = self.position(account, side) else { continue };
            let participant = self.state().market(MARKET).and_then(|market| market.participant(account));
            let mode = participant.map_or(MarginMode::Isolated, |participant| participant.margin_mode(side));
            let explanation = match mode {
                MarginMode::Isolated => self.explain(&position, self.now.mark)?,
                MarginMode::Cross => self.state().with_pool(account, ASSET, |pool| explain_cross(pool, 0))?,
            };
            self.say(Happening::Opened(explanation));
            if mode == MarginMode::Cross {
                break;
            }
        }
        Ok(())
    }
}
