//! Observation after observation: which marks are set, and what happens at them.

use crate::bracket_change::{BracketChange, BracketClock};
use crate::cast::{Cast, account_of};
use crate::error::ReplayError;
use crate::exchange::Exchange;
use crate::funding::FundingClock;
use crate::impact::Displacement;
use crate::outcome::{Done, Scripted};
use crate::path::MarkSteps;
use crate::record::Now;
use crate::recording::recorded_quotes;
use crate::regime::{Happening, Regime, Watch};
use crate::replay::{Progress, Replay};
use crate::report::DataFacts;
use crate::script::Pending;
use crate::time::UtcTime;
use crate::timeline::Sampler;
use ringfence_engine::command::NewOrder;
use ringfence_market::{Bar, Book, Observation};
use ringfence_risk::arithmetic::{add, div, mul, sub};
use ringfence_risk::units::MarkPrice;

pub(crate) struct Driver<'a> {
    replay: &'a Replay<'a>,
    cast: &'a Cast,
    /// Isolated, and cross if it is carried; or one of a regime.
    pub(crate) exchanges: Vec<Exchange>,
    clock: FundingClock<'a>,
    brackets: BracketClock<'a>,
    pub(crate) facts: DataFacts,
    displacement: Displacement,
    pending: Pending,
    pub(crate) script: Scripted,
    pub(crate) sampler: Sampler,
    /// The recorded book at this observation as quotes, where there is one and it matters.
    recorded_quotes: Option<Vec<NewOrder>>,
}

impl<'a> Driver<'a> {
    pub(crate) fn begin(
        (replay, cast): (&'a Replay<'a>, &'a Cast),
        exchanges: Vec<Exchange>,
        (clock, brackets, watch): (FundingClock<'a>, BracketClock<'a>, &Watch),
        now: Now,
    ) -> Self {
        Self {
            replay,
            cast,
            exchanges,
            clock,
            brackets,
            facts: DataFacts::begin(UtcTime(now.time_ms), now.mark),
            displacement: Displacement::default(),
            pending: Pending::of(replay.population.script()),
            script: Scripted::default(),
            sampler: Sampler::new(watch.samples, watch.expected),
            recorded_quotes: None,
        }
    }
}

impl Driver<'_> {
    /// Keeps the recorded book of the coming observation, unless it is a tick at which nothing happens.
    pub(crate) fn look_at(&mut self, book: &Book, observation: &Observation) -> Result<(), ReplayError> {
        self.recorded_quotes = None;
        if let Observation::Tick(tick) = observation {
            let due_ms = self.clock.next_ms().min(self.brackets.next_ms());
            let is_early = due_ms > tick.time_ms && self.pending.is_early(tick.time_ms);
            if is_early && self.displacement.is_zero() && self.is_quiet(self.replay.market.on_grid(tick.price)?) {
                return Ok(());
            }
        }
        self.recorded_quotes = Some(recorded_quotes(book, self.replay.market)?);
        Ok(())
    }

    #[inline]
    pub(crate) fn observe(&mut self, observation: &Observation) -> Result<(), ReplayError> {
        match observation {
            Observation::Bar(bar) => {
                self.change_brackets(bar.open_time_ms)?;
                self.bar(bar)
            }
            Observation::Tick(tick) => {
                self.change_brackets(tick.time_ms)?;
                let mark = self.facts.put_on_grid(self.replay.market, tick.price)?;
                self.facts.advance(tick.time_ms, mark, mark)?;
                self.facts.ticks = self.facts.ticks.saturating_add(1);
                self.facts.last_mark = mark;
                let now = Now::recorded(tick.time_ms, mark);
                self.jump(now)?;
                self.settle(now)?;
                self.watch(mark, mark)
            }
        }
    }

    /// Makes the changes of brackets that came since the observation before.
    #[inline]
    fn change_brackets(&mut self, time_ms: i64) -> Result<(), ReplayError> {
        while let Some(change) = self.brackets.take(time_ms) {
            self.change_to(change)?;
        }
        Ok(())
    }

    /// Other brackets, at the mark that is there: the exchanges skip marks that do nothing, so it is set first.
    #[cold]
    fn change_to(&mut self, change: &BracketChange) -> Result<(), ReplayError> {
        let now = self.displaced(Now::recorded(change.time.0, self.facts.last_mark))?;
        let (before, quotes) = (self.net_lots(), self.quotes(now.mark)?);
        for exchange in &mut self.exchanges {
            exchange.tell_time(now)?;
            exchange.requote(&quotes)?;
            exchange.set_mark(now)?;
            exchange.change_brackets(self.replay.market, change)?;
        }
        self.pressed(now, before)?.map_or(Ok(()), |next| self.set_marks(next))
    }

    #[inline]
    fn bar(&mut self, recorded: &Bar) -> Result<(), ReplayError> {
        let market = self.replay.market;
        let bar = Bar {
            open_time_ms: recorded.open_time_ms,
            open: self.facts.put_on_grid(market, recorded.open)?,
            high: self.facts.put_on_grid(market, recorded.high)?,
            low: self.facts.put_on_grid(market, recorded.low)?,
            close: self.facts.put_on_grid(market, recorded.close)?,
        };
        let Bar { open_time_ms: time_ms, open, high, low, close } = bar;
        if open < low || open > high || close < low || close > high {
            return Err(ReplayError::BarUpsideDown { time: UtcTime(time_ms), low: recorded.low, high: recorded.high });
        }
        self.facts.advance(time_ms, low, high)?;
        self.facts.bars = self.facts.bars.saturating_add(1);
        self.facts.last_mark = close;
        // What is quiet at both ends is quiet in between.
        let is_early = self.clock.next_ms() > time_ms && self.pending.is_early(time_ms) && self.displacement.is_zero();
        if !(is_early && self.is_quiet(low) && self.is_quiet(high)) {
            self.walk(&bar)?;
        }
        self.watch(low, high)
    }

    #[inline]
    fn watch(&mut self, low: MarkPrice, high: MarkPrice) -> Result<(), ReplayError> {
        if self.sampler.observe(low, high) { self.sample() } else { Ok(()) }
    }

    #[cold]
    fn sample(&mut self) -> Result<(), ReplayError> {
        let now = self.displaced(Now::recorded(self.facts.last_time.0, self.facts.last_mark))?;
        if let Some(exchange) = self.exchanges.first() {
            self.sampler.take(exchange, self.cast, (self.facts.last_time, now.mark))?;
        }
        Ok(())
    }

    #[inline]
    fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.pending.is_quiet(mark) && self.exchanges.iter().all(|exchange| exchange.is_quiet(mark))
    }

    /// A bar in which something happens: mark by mark.
    #[cold]
    fn walk(&mut self, bar: &Bar) -> Result<(), ReplayError> {
        let (time_ms, options) = (bar.open_time_ms, self.replay.options);
        let [open, ..] = options.path.marks(bar);
        self.jump(Now::recorded(time_ms, open))?;
        self.settle(Now::recorded(time_ms, open))?;
        let mut from = open;
        for mark in options.path.marks(bar).into_iter().skip(1) {
            let now = Now::recorded(time_ms, mark);
            match options.steps {
                MarkSteps::EveryStep if self.displacement.is_zero() => self.sweep(from, now)?,
                MarkSteps::Recorded | MarkSteps::EveryStep => self.jump(now)?,
            }
            from = mark;
        }
        Ok(())
    }

    /// Moves the mark at once, and where liquidations move it, on until nothing more happens.
    #[inline]
    fn jump(&mut self, recorded: Now) -> Result<(), ReplayError> {
        let now = self.displaced(recorded)?;
        if self.pending.is_early(now.time_ms) && self.is_quiet(now.mark) { Ok(()) } else { self.set_marks(now) }
    }

    /// Sets a mark, and those that its liquidations make of it.
    #[cold]
    fn set_marks(&mut self, mut now: Now) -> Result<(), ReplayError> {
        loop {
            let before = self.net_lots();
            self.set_mark(now)?;
            match self.pressed(now, before)? {
                Some(next) => now = next,
                None => return Ok(()),
            }
        }
    }

    /// Where liquidations since there were so many lots move the mark; `None` where nothing happens there.
    fn pressed(&mut self, now: Now, before: i128) -> Result<Option<Now>, ReplayError> {
        let Some(impact) = self.replay.options.impact else { return Ok(None) };
        let net_lots = self.net_lots().saturating_sub(before);
        if net_lots == 0 {
            return Ok(None);
        }
        self.displacement.press(impact, self.replay.market, (now.time_ms, now.recorded), net_lots)?;
        let next = self.displaced(now)?;
        Ok((!self.is_quiet(next.mark)).then_some(next))
    }

    fn net_lots(&self) -> i128 {
        self.exchanges.first().map_or(0, |exchange| exchange.record.net_lots)
    }

    /// The mark where the recorded one is displaced to.
    #[inline]
    fn displaced(&mut self, now: Now) -> Result<Now, ReplayError> {
        let Some(impact) = self.replay.options.impact.filter(|_| !self.displacement.is_zero()) else {
            return Ok(Now { mark: now.recorded, ..now });
        };
        self.displacement.settle(impact, now.time_ms)?;
        let mark = self.displacement.mark(impact, self.replay.market, (now.time_ms, now.recorded))?;
        Ok(Now { mark, ..now })
    }

    /// Moves the mark through every grid price from `from` (where nothing is left to happen) to `to`: it stops only where something happens.
    fn sweep(&mut self, mut from: MarkPrice, to: Now) -> Result<(), ReplayError> {
        while from != to.mark && !self.is_quiet(to.mark) {
            from = self.first_loud(from, to.mark)?;
            self.set_marks(Now::recorded(to.time_ms, from))?;
            if !self.displacement.is_zero() {
                return self.jump(to);
            }
        }
        Ok(())
    }

    /// The first mark after `from` on the way to `to` at which something happens: the quiet marks around a mark have no gaps.
    fn first_loud(&self, from: MarkPrice, to: MarkPrice) -> Result<MarkPrice, ReplayError> {
        let step = self.replay.market.contract.spec().mark_step.wide();
        let way = sub(to.wide(), from.wide())?;
        let at =
            |steps: i128| Ok::<_, ReplayError>(MarkPrice::from_wide(add(from.wide(), mul(mul(step, steps)?, way.signum())?)?)?);
        let (mut quiet, mut loud) = (0_i128, div(way.saturating_abs(), step, ringfence_risk::arithmetic::Rounding::Floor)?);
        while sub(loud, quiet)? > 1 {
            let middle = quiet.midpoint(loud);
            if self.is_quiet(at(middle)?) { quiet = middle } else { loud = middle }
        }
        at(loud)
    }

    /// Somebody may trade: the maker quotes around the mark, and then it is set.
    #[cold]
    fn set_mark(&mut self, now: Now) -> Result<(), ReplayError> {
        let quotes = self.quotes(now.mark)?;
        for exchange in &mut self.exchanges {
            exchange.tell_time(now)?;
            exchange.requote(&quotes)?;
            exchange.set_mark(now)?;
        }
        self.act(now)
    }

    /// What the maker quotes at a mark.
    fn quotes(&mut self, mark: MarkPrice) -> Result<Vec<NewOrder>, ReplayError> {
        match (&self.replay.options.maker, &self.recorded_quotes) {
            (Some(_), Some(recorded)) => {
                self.facts.from_book = self.facts.from_book.saturating_add(1);
                Ok(recorded.clone())
            }
            (Some(maker), None) => Ok(maker.quotes(self.replay.market, mark)?),
            (None, _) => Ok(Vec::new()),
        }
    }

    /// Does the steps of the script that are due.
    fn act(&mut self, now: Now) -> Result<(), ReplayError> {
        for (scripted, number) in self.pending.take(now.time_ms, now.mark) {
            let script = self.replay.population.script();
            let Some(account) = script.accounts.get(scripted) else { continue };
            let (Some(step), Some(place)) = (account.steps.get(number), self.cast.find(&account.name)) else { continue };
            let Some(player) = self.cast.players.get(place) else { continue };
            for exchange in &mut self.exchanges {
                let own = account_of(place);
                let before = exchange.record.account(own).fees;
                let acted = exchange.act(self.replay.market, step, (own, player.position_side(step.side)), now)?;
                if let (Some(price), Some(leg)) = (acted.opened_at, player.legs.of(step.side)) {
                    let fee = exchange.record.account(own).fees.minus(before)?;
                    exchange.note_opened(leg, (own, step.side), (fee, price))?;
                }
                if exchange.watched.as_ref().is_some_and(|watched| watched.account == own) {
                    exchange.say(Happening::Said(format!("{} {}: {}", step.side, step.act, acted.said)));
                }
                let (time, mark, regime) = (UtcTime(now.time_ms), now.mark, exchange.regime);
                let (account, line) = (account.name.clone(), step.line);
                let (side, act) = (step.side, step.act.to_string());
                self.script.done.push(Done { time, mark, regime, account, line, side, act, said: acted.said });
            }
        }
        Ok(())
    }

    /// Exchanges funding that is due, at the mark.
    fn settle(&mut self, now: Now) -> Result<(), ReplayError> {
        while let Some(row) = self.clock.take(now.time_ms) {
            self.facts.fundings = self.facts.fundings.saturating_add(1);
            let now = self.displaced(now)?;
            self.set_mark(now)?;
            for exchange in &mut self.exchanges {
                exchange.set_funding_rate(row.rate)?;
                exchange.settle_funding()?;
                exchange.set_funding_rate(self.clock.rate())?;
            }
            self.jump(now)?;
        }
        Ok(())
    }

    /// The maker goes home, and the last mark is set.
    pub(crate) fn end(&mut self) -> Result<(), ReplayError> {
        let now = self.displaced(Now::recorded(self.facts.last_time.0, self.facts.last_mark))?;
        for exchange in &mut self.exchanges {
            exchange.tell_time(now)?;
            exchange.requote(&[])?;
            exchange.set_mark(now)?;
        }
        if self.sampler.is_waiting() {
            self.sample()?;
        }
        self.facts.last_mark = now.mark;
        let script = self.replay.population.script();
        for (account, number) in self.pending.left() {
            let Some(account) = script.accounts.get(account) else { continue };
            let Some(step) = account.steps.get(number) else { continue };
            self.script.never.push(format!("line {}: {} {} of '{}'", step.line, step.side, step.act, account.name));
        }
        Ok(())
    }

    pub(crate) fn progress(&self) -> Progress {
        let open = |regime| {
            let carried = self.exchanges.iter().find(|exchange| exchange.regime == regime);
            carried.map_or(0, |exchange| exchange.record.open)
        };
        Progress {
            observations: self.facts.observations(),
            time: self.facts.last_time,
            mark: self.facts.last_mark,
            isolated_open: open(Regime::Isolated),
            cross_open: open(Regime::Cross),
        }
    }
}
