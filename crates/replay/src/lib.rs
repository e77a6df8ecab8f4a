//! Isolated positions in a recorded market, and the same positions under cross.
//!
//! There is no order book here: the recorded series is the mark. Every position of a [`Population`] is opened at the first observed mark (or
//! at a price of its own), once in a box with its own margin and once on the pool of its account, and both are carried through the series.
//! What is liquidated when is answered by `ringfence-risk` alone; this crate only knows *when to ask*: a mark that liquidates nothing costs two
//! comparisons, however many positions are open.
//!
//! Amounts are whole numbers of 10⁻⁸ of the settlement asset, times are milliseconds since 1970-01-01 UTC. Money adds up exactly: a run whose
//! [`Audit`] does not is an error.
//!
//! ```
//! use ringfence_market::{Observation, Tick};
//! use ringfence_replay::{LadderSides, Market, Options, Population, Replay};
//! # use ringfence_risk::bracket::BracketTable;
//! # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
//! # use ringfence_risk::fee::FeeSchedule;
//! # use ringfence_risk::rule_set::RuleSet;
//! # use ringfence_risk::units::Rate;
//! # let contract = Contract::list(ContractSpec {
//! #     kind: ContractKind::Inverse, settlement: "BTC".parse()?, tick: "0.5".parse()?, mark_step: "0.5".parse()?,
//! #     lot: "1".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
//! # let brackets = BracketTable::flat("0.005".parse()?, "100".parse()?)?;
//! # let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
//! let market = Market { contract, brackets, rules: RuleSet::ringfence(), fees, symbol: "XBTUSD".to_owned() };
//! let population = Population::default_ladder(LadderSides::Both, "10000".parse()?)?;
//! let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
//! let ticks = [(0, "10000"), (60_000, "9800")];
//! let ticks = ticks.map(|(time_ms, price)| Ok(Observation::Tick(Tick { time_ms, price: price.parse().expect("a price") })));
//! let report = replay.run(ticks, |progress| eprintln!("{} {}", progress.time, progress.mark))?;
//! assert_eq!(report.isolated.liquidated, 3); // the longs at 50×, 75× and 100×
//! assert_eq!(report.refused[0].reason, "leverage must not be above 100, got 125");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic, clippy::indexing_slicing)]

mod assemble;
mod book;
mod cascade;
mod cross;
mod error;
mod funding;
mod isolated;
mod ledger;
mod market;
mod path;
mod population;
mod population_csv;
mod replay;
mod report;
mod report_accounts;
mod report_fates;
mod rows;
mod stated;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod triggers;
mod watch;

pub use error::{PopulationError, ReplayError};
pub use market::Market;
pub use path::{BarPath, MarkSteps};
pub use population::{DEFAULT_LADDER, LadderSides, Opening, Population, Uniform};
pub use replay::{Modes, Options, Progress, Replay};
pub use report::{
    AccountReport, Audit, Comparison, CrossAccountReport, CrossClose, CrossFate, CrossTotals, DataFacts, IsolatedAccountReport,
    IsolatedFate, IsolatedTotals, PositionReport, RefusedOpening,
};
pub use rows::Table;
pub use time::UtcTime;
