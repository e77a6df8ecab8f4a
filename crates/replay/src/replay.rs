//! The run: observations in, a comparison out.

use crate::assemble::{Ended, assemble};
use crate::cast::{Cast, Desk};
use crate::error::ReplayError;
use crate::exchange::Exchange;
use crate::funding::FundingClock;
use crate::maker::Maker;
use crate::market::Market;
use crate::opening::Scene;
use crate::path::{BarPath, MarkSteps};
use crate::population::Population;
use crate::record::Now;
use crate::report::{Comparison, DataFacts};
use crate::text::text;
use crate::time::UtcTime;
use ringfence_market::{Bar, FundingRow, Observation, ReadError};
use ringfence_risk::arithmetic::{add, div, mul, sub};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, MarkPrice};
use serde::Serialize;

/// Which margin modes are carried through the series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modes {
    /// Isolated, and the same commands under cross.
    #[default]
    Both,
    /// Isolated only.
    Isolated,
}

/// What a recorded series leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Options {
    /// The way through a bar.
    pub path: BarPath,
    /// The way between two prices of a bar.
    pub steps: MarkSteps,
    /// Which margin modes.
    pub modes: Modes,
    /// How the maker quotes; `None` for a book that is empty once everybody is in.
    pub maker: Option<Maker>,
    /// What the insurance fund begins with.
    #[serde(serialize_with = "text")]
    pub insurance: Amount,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: BarPath::default(),
            steps: MarkSteps::default(),
            modes: Modes::default(),
            maker: Some(Maker::DEFAULT),
            insurance: Amount::ZERO,
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Observations used.
    pub observations: u64,
    /// Time of the last.
    pub time: UtcTime,
    /// The mark after it.
    pub mark: MarkPrice,
    /// Isolated positions open.
    pub isolated_open: usize,
    /// Cross positions open (zero when cross is not carried).
    pub cross_open: usize,
}

/// A run to be made: everything but the series.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// What the positions are in.
    pub market: &'a Market,
    /// The positions.
    pub population: &'a Population,
    /// Funding rates, times increasing; may be empty. Those not later than the first observation are left out.
    pub funding: &'a [FundingRow],
    /// Path, modes and maker.
    pub options: Options,
}

/// Progress is reported once in this many observations.
const REPORT_EVERY: u64 = 4096;

impl Replay<'_> {
    /// Opens the positions at the first mark and carries them through the observations.
    ///
    /// A mark that liquidates nobody costs a few comparisons. At any other the maker quotes around it anew, and then the mark is set. Funding that
    /// is due is settled at the first mark of the observation, after what that mark liquidates. `progress` is called every few thousand
    /// observations and at the end.
    ///
    /// # Errors
    /// [`ReplayError`]: the series is empty, faulty or not in order, positions that one account cannot hold, or a number out of range.
    pub fn run<I, P>(&self, observations: I, mut progress: P) -> Result<Comparison, ReplayError>
    where
        I: IntoIterator<Item = Result<Observation, ReadError>>,
        P: FnMut(Progress),
    {
        let mut observations = observations.into_iter();
        let first = observations.next().ok_or(ReplayError::NoObservations)??;
        let (time_ms, price) = match first {
            Observation::Bar(bar) => (bar.open_time_ms, bar.open),
            Observation::Tick(tick) => (tick.time_ms, tick.price),
        };
        let clock = FundingClock::after(self.funding, time_ms)?;
        let now = Now { time_ms, mark: self.market.on_grid(price)? };
        if let Some(maker) = &self.options.maker {
            maker.check(self.market, now.mark)?;
        }
        let desk = Desk { market: self.market, rate: clock.rate(), mark: now.mark };
        let cast = Cast::of(self.population, &desk)?;
        let scene = Scene { desk, population: self.population, cast: &cast, insurance: self.options.insurance };
        let modes: &[MarginMode] = match self.options.modes {
            Modes::Both => &[MarginMode::Isolated, MarginMode::Cross],
            Modes::Isolated => &[MarginMode::Isolated],
        };
        let exchanges = modes.iter().map(|mode| Exchange::open(&scene, *mode, now)).collect::<Result<Vec<_>, _>>()?;
        let mut driver = Driver { replay: self, exchanges, clock, facts: DataFacts::begin(UtcTime(time_ms), now.mark) };
        driver.observe(&first)?;
        for observation in observations {
            driver.observe(&observation?)?;
            if driver.facts.observations().checked_rem(REPORT_EVERY) == Some(0) {
                progress(driver.progress());
            }
        }
        driver.end()?;
        progress(driver.progress());
        assemble(Ended { scene, replay: self, exchanges: driver.exchanges, facts: driver.facts })
    }
}

struct Driver<'a> {
    replay: &'a Replay<'a>,
    /// Isolated, and cross if it is carried.
    exchanges: Vec<Exchange>,
    clock: FundingClock<'a>,
    facts: DataFacts,
}

impl Driver<'_> {
    #[inline]
    fn observe(&mut self, observation: &Observation) -> Result<(), ReplayError> {
        match observation {
            Observation::Bar(bar) => self.bar(bar),
            Observation::Tick(tick) => {
                let mark = self.facts.put_on_grid(self.replay.market, tick.price)?;
                self.facts.advance(tick.time_ms, mark, mark)?;
                self.facts.ticks = self.facts.ticks.saturating_add(1);
                self.facts.last_mark = mark;
                let now = Now { time_ms: tick.time_ms, mark };
                self.jump(now)?;
                self.settle(now)
            }
        }
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
        if self.clock.next_ms() > time_ms && self.is_quiet(low) && self.is_quiet(high) {
            return Ok(());
        }
        self.walk(&bar)
    }

    #[inline]
    fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.exchanges.iter().all(|exchange| exchange.is_quiet(mark))
    }

    /// A bar in which something happens: mark by mark.
    #[cold]
    fn walk(&mut self, bar: &Bar) -> Result<(), ReplayError> {
        let (time_ms, options) = (bar.open_time_ms, self.replay.options);
        let [open, ..] = options.path.marks(bar);
        self.jump(Now { time_ms, mark: open })?;
        self.settle(Now { time_ms, mark: open })?;
        let mut from = open;
        for mark in options.path.marks(bar).into_iter().skip(1) {
            let now = Now { time_ms, mark };
            match options.steps {
                MarkSteps::Recorded => self.jump(now)?,
                MarkSteps::EveryStep => self.sweep(from, now)?,
            }
            from = mark;
        }
        Ok(())
    }

    /// Moves the mark at once.
    #[inline]
    fn jump(&mut self, now: Now) -> Result<(), ReplayError> {
        if self.is_quiet(now.mark) { Ok(()) } else { self.set_mark(now) }
    }

    /// Moves the mark through every grid price from `from` (where nothing is left to happen) to `to`: it stops only where something happens.
    fn sweep(&mut self, mut from: MarkPrice, to: Now) -> Result<(), ReplayError> {
        while from != to.mark && !self.is_quiet(to.mark) {
            from = self.first_loud(from, to.mark)?;
            self.set_mark(Now { mark: from, ..to })?;
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
        let quotes = match &self.replay.options.maker {
            Some(maker) => maker.quotes(self.replay.market, now.mark)?,
            None => Vec::new(),
        };
        for exchange in &mut self.exchanges {
            exchange.tell_time(now)?;
            exchange.requote(&quotes)?;
            exchange.set_mark(now)?;
        }
        Ok(())
    }

    /// Exchanges funding that is due, at the mark.
    fn settle(&mut self, now: Now) -> Result<(), ReplayError> {
        while let Some(row) = self.clock.take(now.time_ms) {
            self.facts.fundings = self.facts.fundings.saturating_add(1);
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
    fn end(&mut self) -> Result<(), ReplayError> {
        let now = Now { time_ms: self.facts.last_time.0, mark: self.facts.last_mark };
        for exchange in &mut self.exchanges {
            exchange.tell_time(now)?;
            exchange.requote(&[])?;
            exchange.set_mark(now)?;
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let open = |mode| {
            let carried = self.exchanges.iter().find(|exchange| exchange.mode == mode);
            carried.map_or(0, |exchange| exchange.record.open)
        };
        Progress {
            observations: self.facts.observations(),
            time: self.facts.last_time,
            mark: self.facts.last_mark,
            isolated_open: open(MarginMode::Isolated),
            cross_open: open(MarginMode::Cross),
        }
    }
}
