//! Recorded markets on the exchange engine: the same commands with isolated and with cross margin.
//!
//! Every row of a [`Population`] is an order of an account. Two exchanges of `ringfence-engine` get the same commands but for the margin mode: the
//! market, the accounts and their money, the orders, and then the recorded series as marks. A synthetic [`Maker`] stands on the other side of
//! everybody and quotes around the recorded price, so liquidations go through the order book, have impact, and fall through to the insurance
//! fund and to auto-deleveraging where the book is empty.
//!
//! This crate decides nothing about money: it sends commands, adds up what the engine's events say, and asks `ringfence-risk` for figures that are
//! only shown. A mark that liquidates nobody costs a few comparisons and no command, however many positions are open.
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
//! let market = Market { contract, brackets, rules: RuleSet::ringfence(), fees, symbol: "XBTUSD".to_owned(), bracket_changes: Vec::new() };
//! let population = Population::default_ladder(LadderSides::Both, "10000".parse()?)?;
//! let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
//! let ticks = [(0, "10000"), (60_000, "9800")];
//! let ticks = ticks.into_iter().map(|(time_ms, price)| Ok(Observation::Tick(Tick { time_ms, price: price.parse().expect("a price") })));
//! let report = replay.run(ticks, |progress| eprintln!("{} {}", progress.time, progress.mark))?;
//! assert_eq!(report.isolated.liquidated, 3); // the longs at 50×, 75× and 100×
//! assert_eq!(report.isolated.audit.audit_difference.to_string(), "0");
//! assert_eq!(report.refused[0].reason, "leverage must not be above 100, got 125");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic, clippy::indexing_slicing)]

mod act;
mod assemble;
mod bracket_change;
mod cast;
mod crowd;
mod driver;
mod error;
mod exchange;
mod funding;
mod funding_check;
mod impact;
mod lives;
mod maker;
mod market;
mod opening;
mod outcome;
mod path;
mod population;
mod population_csv;
mod random;
mod record;
mod recording;
mod regime;
mod replay;
mod report;
mod report_positions;
mod report_runs;
mod rows;
mod script;
mod script_toml;
mod set_off;
mod stated;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod timeline;

pub use bracket_change::BracketChange;
pub use crowd::{Crowd, Weighted};
pub use error::{PopulationError, ReplayError};
pub use funding_check::{
    Agreement, CheckedRate, Premiums, RatePair, check_funding, compute_funding, mean_distance, pair_funding, premiums,
};
pub use impact::Impact;
pub use maker::Maker;
pub use market::Market;
pub use outcome::{AccountOutcome, Done, Outcome, PositionOutcome};
pub use path::{BarPath, MarkSteps};
pub use population::{DEFAULT_LADDER, LadderSides, Opening, Population, Uniform};
pub use recording::{Recording, WithBook};
pub use regime::{Happening, Regime, Told, Watch};
pub use replay::{Modes, Options, Progress, Replay};
pub use report::{
    AccountLife, AccountReport, Audit, Comparison, DataFacts, End, InsuranceReport, Life, LiquidationReport, MakerReport,
    PositionReport, RefusedOpening, RunReport,
};
pub use rows::Table;
pub use script::{Act, Script, ScriptAccount, ScriptStep, When};
pub use time::UtcTime;
pub use timeline::{BoxBalance, Sample};
