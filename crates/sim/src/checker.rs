//! Executes commands and looks, after each, whether every law still holds.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::Command;
use ringfence_engine::engine::{Engine, OrderFate, Reply};
use ringfence_engine::event::{Event, LedgerAccount, Reason};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::{Market, State};
use ringfence_model::Model;
use ringfence_risk::plan::PositionMode;

use crate::others::Before;
use crate::shadow::Shadow;
use crate::sometimes::Marks;
use crate::violation::{Ignored, Law, Violation};
use crate::wallet::{Judged, market_of};

/// What is looked at, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Slow laws are looked at after every so many commands.
    pub every: u64,
    /// Laws that are not looked at.
    pub ignored: Ignored,
    /// Who recomputes the money.
    pub auditor: Auditor,
}

/// Who recomputes the money of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auditor {
    /// The books kept from events.
    Books,
    /// The independent model, too: it recomputes everything from the history, about thirty times slower.
    Model,
}

impl Options {
    /// All laws, the slow ones after every sixteenth command.
    pub const DEFAULT: Self = Self { every: 16, ignored: Ignored::NONE, auditor: Auditor::Books };
}

/// An engine under observation.
#[derive(Clone, Debug)]
pub struct Checker {
    options: Options,
    limits: Limits,
    engine: Engine,
    follower: Engine,
    shadow: Shadow,
    model: Model,
    before: Before,
    events: Vec<Event>,
    filled: Vec<AccountId>,
    /// What happened so far.
    pub marks: Marks,
    /// Commands executed.
    pub commands: u64,
    /// Events emitted.
    pub emitted: u64,
    /// How often a law was looked at.
    pub checks: u64,
}

impl Checker {
    /// An exchange in which nothing happened yet.
    #[must_use]
    pub fn new(limits: Limits, options: Options) -> Self {
        Self {
            options,
            limits,
            engine: Engine::new(limits),
            follower: Engine::new(limits),
            shadow: Shadow::default(),
            model: Model::new(),
            before: Before::default(),
            events: Vec::new(),
            filled: Vec::new(),
            marks: Marks::default(),
            commands: 0,
            emitted: 0,
            checks: 0,
        }
    }

    /// What the last command did, as far as it got.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.engine.state()
    }

    /// The books kept from events.
    #[must_use]
    pub const fn shadow(&self) -> &Shadow {
        &self.shadow
    }

    /// Executes a command.
    ///
    /// # Errors
    /// The first broken law.
    pub fn step(&mut self, command: &Command) -> Result<(), Violation> {
        let now_and_then = self.commands.is_multiple_of(self.options.every);
        self.commands += 1;
        let copy = now_and_then.then(|| self.engine.clone());
        let (hash, clock) = (self.engine.hash(), self.state().clock());
        self.before.look(self.engine.state());
        self.events.clear();
        let outcome = self.engine.execute(command, &mut self.events);
        self.emitted += self.events.len() as u64;
        if self.state().clock() < clock {
            self.tolerate(Err(Law::Time.broken(format!("from {clock} to {}", self.state().clock()))))?;
        }
        if let Some(copy) = copy {
            let same = self.same_again(copy, command, &outcome);
            self.tolerate(same)?;
        }
        self.checks += 4;
        match &outcome {
            Err(reject) => {
                self.marks.refusal(reject);
                let after = self.engine.hash();
                if !self.events.is_empty() || after != hash {
                    return Err(
                        Law::RefusedChangesNothing.broken(format!("{reject}: {hash:?} became {after:?}, {:?}", self.events))
                    );
                }
            }
            Ok(reply) => self.accepted(command, reply)?,
        }
        if self.options.auditor == Auditor::Model {
            let seen = if outcome.is_ok() { ringfence_model::Outcome::Accepted } else { ringfence_model::Outcome::Refused };
            self.model.observe(command, seen, &self.events);
        }
        let looked = self.look(command);
        self.tolerate(looked)?;
        let looked = if now_and_then { self.look_closely() } else { Ok(()) };
        self.tolerate(looked)
    }

    /// A broken law that nobody looks at is none.
    fn tolerate(&self, outcome: Result<(), Violation>) -> Result<(), Violation> {
        outcome.or_else(|violation| if self.options.ignored.contains(violation.law) { Ok(()) } else { Err(violation) })
    }

    /// A copy does the same.
    fn same_again(&mut self, mut copy: Engine, command: &Command, outcome: &Result<Reply, Reject>) -> Result<(), Violation> {
        let mut events = Vec::new();
        let again = copy.execute(command, &mut events);
        if again != *outcome || events != self.events || copy.hash() != self.engine.hash() {
            return Err(Law::Deterministic.broken(format!("{outcome:?} and {again:?}; {:?} and {events:?}", self.events)));
        }
        self.checks += 1;
        Ok(())
    }

    fn accepted(&mut self, command: &Command, reply: &Reply) -> Result<(), Violation> {
        self.marks.count(command, reply, &self.events, &self.shadow);
        self.filled.clear();
        self.shadow.touched.clear();
        for event in &self.events {
            if let Event::OrderFilled { market, order, .. } = event {
                self.filled.extend(self.shadow.order(*market, *order).map(|order| order.placed.account));
            }
            if let Event::LiquidationStarted(start) = event
                && let Some(account) = start.account.and_then(|account| self.engine.state().account(account))
                && account.position_mode() == PositionMode::Hedge
            {
                self.marks.hedge_liquidated();
                let other = start.side.opposite();
                let known = self.engine.state().market(start.market);
                let participant = known.and_then(|market| market.participant(start.account?));
                let modes = participant.map(|of| (of.margin_mode(other), of.positions().of(other).is_some()));
                if modes.is_some_and(|(mode, is_open)| is_open && mode != start.margin_mode) {
                    self.marks.liquidated_beside_another_mode();
                }
            }
            let applied = self.shadow.apply(event);
            self.tolerate(applied)?;
        }
        let (state, losing) = (self.engine.state(), |market| {
            let is_from =
                |event: &Event| matches!(event, Event::Posted(posting) if posting.from == LedgerAccount::Insurance(market));
            self.events.iter().any(is_from)
        });
        let is_capped = |market: &Market| market.ledger().insurance() > 0 && market.insurance_left(state.clock()) == 0;
        if state.markets().iter().any(|market| is_capped(market) && losing(market.id())) {
            self.marks.insurance_capped();
        }
        self.follower.follow(&self.events);
        let (hash, followed) = (self.engine.hash(), self.follower.hash());
        if hash != followed {
            return Err(Law::Follow.broken(format!("{hash:?}, but events lead to {followed:?}: {:?}", self.events)));
        }
        self.tolerate(self.before.compare(command, &self.events, self.engine.state()))?;
        self.tolerate(self.money(command))?;
        self.tolerate(self.funding())?;
        self.checks += 5;
        let retried = if self.commands % 4 == 1 { self.retry(command, reply) } else { Ok(()) };
        self.tolerate(retried)
    }

    /// Who may take free money and insurance, and that fees never sum to less than nothing.
    fn money(&self, command: &Command) -> Result<(), Violation> {
        let judged = Judged { command, state: self.engine.state(), filled: &self.filled };
        let mut fees: [i128; 2] = [0; 2];
        for posting in
            self.events.iter().filter_map(|event| if let Event::Posted(posting) = event { Some(posting) } else { None })
        {
            if let LedgerAccount::Wallet(account) = posting.from
                && !judged.may_take(account, posting)
            {
                return Err(Law::FreeMoney.broken(format!("{posting:?} by {command:?}")));
            }
            // What payers of funding lack is covered, too.
            let covers_funding = matches!((posting.to, posting.reason), (LedgerAccount::Funding(_), Reason::InsurancePayout));
            if let LedgerAccount::Insurance(market) = posting.from
                && !covers_funding
                && !self.spends_insurance(market)
            {
                return Err(Law::Insurance.broken(format!("{posting:?} by {command:?}")));
            }
            let sign = i128::from(posting.to == LedgerAccount::Fees) - i128::from(posting.from == LedgerAccount::Fees);
            if let Some(sum) = fees.get_mut(usize::from(posting.asset.0)) {
                *sum += sign * posting.amount.raw();
            }
        }
        if fees.iter().any(|sum| *sum < 0) { Err(Law::Fees.broken(format!("{fees:?}: {:?}", self.events))) } else { Ok(()) }
    }

    /// Whether something in the command may cost a market's insurance: a liquidation, or a position of the fund.
    fn spends_insurance(&self, id: MarketId) -> bool {
        let fund = self.state().market(id).is_some_and(|market| market.fund_position().is_some());
        fund || self.events.iter().any(|event| {
            matches!(event, Event::LiquidationStarted(start) if start.market == id)
                || matches!(event, Event::PositionSet { market, account: None, .. } | Event::MarketStateSet { market, .. } if *market == id)
        })
    }

    /// What is lost in rounding funding goes to the insurance fund: less than a unit per position.
    fn funding(&self) -> Result<(), Violation> {
        for event in &self.events {
            let Event::FundingSettled { market, .. } = event else { continue };
            // What the fund's own position receives is what is left over: it cannot be told from dust.
            let is_fund = |event: &Event| matches!(event, Event::PositionSet { market: of, account: None, .. } if of == market);
            let fund_held = self.events.iter().any(is_fund);
            let Some(known) = self.state().market(*market).filter(|known| known.fund_position().is_none() && !fund_held) else {
                continue;
            };
            let (mut dust, mut entries) = (0_i128, 0_i128);
            for posting in
                self.events.iter().filter_map(|event| if let Event::Posted(posting) = event { Some(posting) } else { None })
            {
                if posting.reason == Reason::Funding && [market_of(posting.from), market_of(posting.to)].contains(&Some(*market))
                {
                    let fund = LedgerAccount::Insurance(*market);
                    dust += posting.amount.raw() * (i128::from(posting.to == fund) - i128::from(posting.from == fund));
                    entries += 1;
                }
            }
            // A receipt below one unit is nothing, and leaves no entry: every leg there can be may have lost its fraction.
            let legs = 2 * self.state().accounts().len() as i128;
            if dust < 0 || dust > entries.max(legs) {
                return Err(Law::Funding.broken(format!("{dust} left over in {:?}: {:?}", known.id(), self.events)));
            }
        }
        Ok(())
    }

    /// The same order again is recognised.
    fn retry(&mut self, command: &Command, reply: &Reply) -> Result<(), Violation> {
        let (Command::Place(order), Reply::Order(placed)) = (command, reply) else { return Ok(()) };
        if order.client_id.is_none() {
            return Ok(());
        }
        let (mut copy, mut events) = (self.engine.clone(), Vec::new());
        let again = copy.execute(command, &mut events);
        let known = matches!(&again, Ok(Reply::Order(reply)) if reply.fate == OrderFate::Repeated && reply.order == placed.order);
        if !known || !events.is_empty() || copy.hash() != self.engine.hash() {
            return Err(Law::Retry.broken(format!("{again:?}, {events:?}")));
        }
        self.checks += 1;
        Ok(())
    }

    /// Laws that are quick to look at.
    fn look(&mut self, command: &Command) -> Result<(), Violation> {
        for (asset, account) in &self.shadow.touched {
            self.agrees(*asset, *account, self.shadow.balance(*asset, *account))?;
        }
        for market in self.state().markets() {
            if let (Some(bid), Some(ask)) = (market.book().best_bid(), market.book().best_ask())
                && bid >= ask
            {
                return Err(Law::Book.broken(format!("in {:?}: {bid:?} meets {ask:?}", market.id())));
            }
        }
        self.checks += 2;
        let prices = matches!(
            command,
            Command::SetMark { .. } | Command::QuoteIndex { .. } | Command::AdvanceTime { .. } | Command::SettleFunding { .. }
        );
        if prices { self.nobody_overdue() } else { Ok(()) }
    }

    fn nobody_overdue(&mut self) -> Result<(), Violation> {
        self.checks += 1;
        match self.state().overdue() {
            Some(overdue) => self.tolerate(Err(Law::Liquidation.broken(format!("{overdue:?}")))),
            None => Ok(()),
        }
    }

    /// An account of the ledger is what the state says, and not below zero if it holds money.
    fn agrees(&self, asset: AssetId, account: LedgerAccount, kept: i128) -> Result<(), Violation> {
        let state = self.state();
        let participant = |market, account| state.market(market).and_then(|market| market.participant(account));
        let found = match account {
            LedgerAccount::Wallet(account) => state.free(account, asset).raw(),
            LedgerAccount::Hold(account, market) => participant(market, account).map_or(0, |found| found.hold().raw()),
            LedgerAccount::Margin(account, market, side) => {
                let position = participant(market, account).and_then(|found| found.positions().of(side));
                position.and_then(|position| position.margin().ok()).map_or(0, |margin| margin.raw())
            }
            LedgerAccount::Insurance(market) => state.market(market).map_or(0, |market| market.ledger().insurance()),
            LedgerAccount::Fees => state.assets().get(usize::from(asset.0)).map_or(0, |books| books.totals().fees),
            LedgerAccount::Funding(_) => 0,
            LedgerAccount::Outside | LedgerAccount::Settlement(_) | LedgerAccount::Uncovered(_) => return Ok(()),
        };
        if found != kept {
            return Err(Law::LedgerAgrees.broken(format!("{account:?}: events say {kept}, the state says {found}")));
        }
        if kept < 0 { Err(Law::DoubleEntry.broken(format!("{account:?} holds {kept}"))) } else { Ok(()) }
    }

    /// Laws that are slow to look at.
    ///
    /// # Errors
    /// The first broken one.
    pub fn look_closely(&mut self) -> Result<(), Violation> {
        self.checks += 4;
        if self.options.auditor == Auditor::Model {
            self.checks += 1;
            let seen = self.model.differences().first().cloned();
            if let Some(difference) = seen.or_else(|| self.model.check(self.engine.state()).into_iter().next()) {
                return Err(Law::Model.broken(difference.to_string()));
            }
        }
        self.nobody_overdue()?;
        self.state().audit().map_err(|difference| Law::Audit.broken(difference.to_string()))?;
        let (hash, again) = (self.engine.hash(), self.state().rehash());
        if hash != again {
            return Err(Law::Hash.broken(format!("{hash:?}, recomputed {again:?}")));
        }
        for (asset, account, kept) in self.shadow.balances() {
            self.agrees(asset, account, kept)?;
        }
        for market in self.state().markets() {
            for account in (0..u32::try_from(self.state().accounts().len()).unwrap_or(u32::MAX)).map(AccountId) {
                let open = market.participant(account).map_or(0, |participant| participant.orders() as usize);
                let kept = self.shadow.count(market.id(), account);
                if open != kept {
                    return Err(Law::OrderStory.broken(format!("{account:?} has {open} orders in {:?}, not {kept}", market.id())));
                }
            }
        }
        Ok(())
    }

    /// The commands alone lead to the same state.
    ///
    /// # Errors
    /// When they do not.
    pub fn replay(&mut self, commands: &[Command]) -> Result<(), Violation> {
        let (mut engine, mut events, mut emitted) = (Engine::new(self.limits), Vec::new(), 0);
        for command in commands {
            events.clear();
            // What was refused is refused again; the hash says so.
            drop(engine.execute(command, &mut events));
            emitted += events.len() as u64;
        }
        let (hash, again) = (self.engine.hash(), engine.hash());
        self.checks += 1;
        if hash == again && emitted == self.emitted {
            return Ok(());
        }
        Err(Law::Replay.broken(format!("{hash:?} after {} events, then {again:?} after {emitted}", self.emitted)))
    }
}
