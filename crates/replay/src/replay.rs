//! The run: observations in, a comparison out.

use crate::assemble::{Ended, assemble};
use crate::book::Book;
use crate::cross::Cross;
use crate::error::ReplayError;
use crate::funding::FundingClock;
use crate::isolated::Isolated;
use crate::market::Market;
use crate::path::{BarPath, MarkSteps};
use crate::population::Population;
use crate::report::{Comparison, DataFacts};
use crate::time::UtcTime;
use crate::watch::{Band, Now, Watch, jump, sweep};
use ringfence_market::{Bar, FundingRow, Observation, ReadError};
use ringfence_risk::units::MarkPrice;
use serde::Serialize;

/// Which margin modes are carried through the series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modes {
    /// Isolated boxes, and the same positions on pools.
    #[default]
    Both,
    /// Isolated boxes only.
    Isolated,
}

/// What a recorded series leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Options {
    /// The way through a bar.
    pub path: BarPath,
    /// The way between two prices of a bar.
    pub steps: MarkSteps,
    /// Which margin modes.
    pub modes: Modes,
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
    /// Path and modes.
    pub options: Options,
}

/// Progress is reported once in this many observations.
const REPORT_EVERY: u64 = 4096;

impl Replay<'_> {
    /// Opens the positions at the first mark and carries them through the observations.
    ///
    /// At each mark: first what the mark liquidates is liquidated; funding that is due is then exchanged at the first mark of the observation,
    /// and what it makes liquidatable is liquidated at the same mark. `progress` is called every few thousand observations and at the end.
    ///
    /// # Errors
    /// [`ReplayError`]: the series is empty, faulty or not in order, or a number leaves the range of the rules.
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
        let mark = self.market.on_grid(price)?;
        let book = Book::open(self.market, self.population, clock.rate(), mark)?;
        let isolated = Isolated::new(self.market, &book, clock.rate(), mark)?;
        let cross = match self.options.modes {
            Modes::Both => Some(Cross::new(self.market, &book, clock.rate(), mark)?),
            Modes::Isolated => None,
        };
        let facts = DataFacts::begin(UtcTime(time_ms), mark);
        let mut driver = Driver { replay: self, isolated, cross, clock, facts, band: Band::ALL };
        driver.narrow();
        driver.observe(&first)?;
        for observation in observations {
            driver.observe(&observation?)?;
            if driver.facts.observations().checked_rem(REPORT_EVERY) == Some(0) {
                progress(driver.progress());
            }
        }
        progress(driver.progress());
        let Driver { isolated, cross, facts, .. } = driver;
        assemble(&Ended { replay: self, book: &book, isolated: &isolated, cross: cross.as_ref(), facts })
    }
}

struct Driver<'a> {
    replay: &'a Replay<'a>,
    isolated: Isolated<'a>,
    cross: Option<Cross<'a>>,
    clock: FundingClock<'a>,
    facts: DataFacts,
    /// The narrowest of all bands.
    band: Band,
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
                if self.clock.next_ms() > tick.time_ms && self.band.holds(mark, mark) {
                    return Ok(());
                }
                self.each(|watch| jump(watch, Now { time_ms: tick.time_ms, mark }))?;
                self.settle(Now { time_ms: tick.time_ms, mark })
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
        if self.clock.next_ms() > time_ms && self.band.holds(low, high) {
            return Ok(());
        }
        self.walk(&bar)
    }

    /// A bar in which something happens: mark by mark.
    #[cold]
    fn walk(&mut self, bar: &Bar) -> Result<(), ReplayError> {
        let (time_ms, options) = (bar.open_time_ms, self.replay.options);
        let [open, ..] = options.path.marks(bar);
        self.each(|watch| jump(watch, Now { time_ms, mark: open }))?;
        self.settle(Now { time_ms, mark: open })?;
        let mut from = open;
        for mark in options.path.marks(bar).into_iter().skip(1) {
            let now = Now { time_ms, mark };
            match options.steps {
                MarkSteps::Recorded => self.each(|watch| jump(watch, now))?,
                MarkSteps::EveryStep => self.each(|watch| sweep(watch, from, now))?,
            }
            from = mark;
        }
        Ok(())
    }

    /// Exchanges funding that is due, at the mark.
    fn settle(&mut self, now: Now) -> Result<(), ReplayError> {
        while let Some(row) = self.clock.take(now.time_ms) {
            let next = self.clock.rate();
            self.facts.fundings = self.facts.fundings.saturating_add(1);
            self.each(|watch| {
                watch.settle(now, row.rate, next)?;
                jump(watch, now)
            })?;
        }
        Ok(())
    }

    /// Does the same with both modes.
    fn each(&mut self, mut act: impl FnMut(&mut dyn Watch) -> Result<(), ReplayError>) -> Result<(), ReplayError> {
        act(&mut self.isolated)?;
        if let Some(cross) = &mut self.cross {
            act(cross)?;
        }
        self.narrow();
        Ok(())
    }

    fn narrow(&mut self) {
        self.band = self.cross.as_ref().map_or(Band::ALL, Watch::band).narrowed(self.isolated.band());
    }

    fn progress(&self) -> Progress {
        Progress {
            observations: self.facts.observations(),
            time: self.facts.last_time,
            mark: self.facts.last_mark,
            isolated_open: self.isolated.alive,
            cross_open: self.cross.as_ref().map_or(0, Cross::alive),
        }
    }
}
