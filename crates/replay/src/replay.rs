//! The run: observations in, a comparison out.

use crate::assemble::{Ended, assemble};
use crate::bracket_change::BracketClock;
use crate::cast::{Cast, Desk, account_of};
use crate::driver::Driver;
use crate::error::ReplayError;
use crate::exchange::Exchange;
use crate::funding::FundingClock;
use crate::impact::Impact;
use crate::maker::Maker;
use crate::market::Market;
use crate::opening::Scene;
use crate::outcome::{Outcome, outcome};
use crate::path::{BarPath, MarkSteps};
use crate::population::Population;
use crate::record::Now;
use crate::recording::Recording;
use crate::regime::{Regime, Watch, Watched};
use crate::report::Comparison;
use crate::text::text;
use crate::time::UtcTime;
use ringfence_market::{FundingRow, Observation};
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
    /// How liquidations move the mark; `None` for marks as they were recorded. [`Replay::run`] takes none: its runs share their marks.
    pub impact: Option<Impact>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: BarPath::default(),
            steps: MarkSteps::default(),
            modes: Modes::default(),
            maker: Some(Maker::DEFAULT),
            insurance: Amount::ZERO,
            impact: None,
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
    /// is due is settled at the first mark of the observation, after what that mark liquidates. Brackets change at their time, at the mark of
    /// then. `progress` is called every few thousand
    /// observations and at the end. Where the recording holds the order book, the maker quotes that instead of its own levels.
    ///
    /// # Errors
    /// [`ReplayError`]: the series is empty, faulty or not in order, positions that one account cannot hold, or a number out of range.
    pub fn run<P: FnMut(Progress)>(&self, recording: impl Recording, progress: P) -> Result<Comparison, ReplayError> {
        let regimes: &[Regime] = match self.options.modes {
            Modes::Both => &[Regime::Isolated, Regime::Cross],
            Modes::Isolated => &[Regime::Isolated],
        };
        let shared = Replay { options: Options { impact: None, ..self.options }, ..*self };
        shared.drive((regimes, &Watch::default()), recording, progress, assemble)
    }

    /// The same for one run: all accounts isolated, all on cross, or each as stated; with what was watched along the way. Here liquidations
    /// may move the mark.
    ///
    /// # Errors
    /// [`ReplayError`], as for [`Replay::run`], and an account to be watched that is not there.
    pub fn carry<P: FnMut(Progress)>(
        &self,
        (regime, watch): (Regime, &Watch),
        recording: impl Recording,
        progress: P,
    ) -> Result<Outcome, ReplayError> {
        self.drive((&[regime], watch), recording, progress, outcome)
    }

    fn drive<R, P, T>(
        &self,
        (regimes, watch): (&[Regime], &Watch),
        mut recording: R,
        mut progress: P,
        finish: impl FnOnce(Ended<'_>) -> Result<T, ReplayError>,
    ) -> Result<T, ReplayError>
    where
        R: Recording,
        P: FnMut(Progress),
    {
        let first = recording.next_observation().ok_or(ReplayError::NoObservations)??;
        let (time_ms, price) = match first {
            Observation::Bar(bar) => (bar.open_time_ms, bar.open),
            Observation::Tick(tick) => (tick.time_ms, tick.price),
        };
        let clock = FundingClock::after(self.funding, time_ms)?;
        let brackets = BracketClock::after(&self.market.bracket_changes, time_ms)?;
        let now = Now::recorded(time_ms, self.market.on_grid(price)?);
        self.check(now)?;
        let desk = Desk { market: self.market, rate: clock.rate(), mark: now.mark };
        let cast = Cast::of(self.population, &desk)?;
        let scene = Scene { desk, population: self.population, cast: &cast, insurance: self.options.insurance };
        let find = |name: &str| find(&cast, name).map(|found| Watched::new(account_of(found), name));
        let watched = watch.account.as_deref().map(find).transpose()?;
        let open = |regime: &Regime| Exchange::open(&scene, (*regime, watched.clone()), now);
        let exchanges = regimes.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let mut driver = Driver::begin((self, &cast), exchanges, (clock, brackets, watch), now);
        let mut next = Some(first);
        while let Some(observation) = next {
            if let Some(book) = recording.book() {
                driver.look_at(book, &observation)?;
            }
            driver.observe(&observation)?;
            if driver.facts.observations().checked_rem(REPORT_EVERY) == Some(0) {
                progress(driver.progress());
            }
            next = recording.next_observation().transpose()?;
        }
        driver.end()?;
        progress(driver.progress());
        let Driver { exchanges, facts, sampler, script, .. } = driver;
        finish(Ended { scene, replay: self, exchanges, facts, samples: sampler.samples, script })
    }

    fn check(&self, now: Now) -> Result<(), ReplayError> {
        if let Some(maker) = &self.options.maker {
            maker.check(self.market, now.mark)?;
        }
        self.options.impact.as_ref().map_or(Ok(()), Impact::check)
    }
}

fn find(cast: &Cast, account: &str) -> Result<usize, ReplayError> {
    cast.find(account).ok_or_else(|| ReplayError::UnknownAccount { account: account.to_owned() })
}
