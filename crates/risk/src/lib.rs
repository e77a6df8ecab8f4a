//! Exact margin, leverage, liquidation and loss for perpetual positions.
//!
//! Pure integer arithmetic in units of 10⁻⁸: no floats, no clock, no randomness, no I/O. Every number that ringfence shows or decides by is
//! computed here once; everything else asks.
//!
//! Read in this order:
//!
//! | module | answers |
//! |---|---|
//! | [`arithmetic`], [`ratio`], [`exact_sum`], [`decimal`] | how numbers scale, multiply, divide, round, compare and print |
//! | [`units`] | prices, quantities, values, money, rates, leverage: types that do not mix |
//! | [`contract`], [`filters`], [`bracket`], [`rule_set`] | what is traded and by which rules |
//! | [`position`], [`margin`], [`hold`], [`fee`] | what a position is, what it posts and pays |
//! | [`maintenance`], [`isolated`], [`cross`] | when a position or a pool is liquidated, and at which mark |
//! | [`plan`], [`refusal`] | what a command would do, or why not |
//! | [`solve`] | the same questions asked the other way round |
//! | [`mark`], [`funding`], [`adl`] | what a venue computes around positions |
//! | [`explain`] | how each answer came about |
//!
//! ```
//! use ringfence_risk::{bracket::BracketTable, contract::{Contract, ContractKind, ContractSpec, ValueRounding}};
//! use ringfence_risk::{fee::FeeSchedule, isolated::Leg, maintenance::Terms, position, rule_set::RuleSet};
//! use ringfence_risk::units::{Rate, Side};
//!
//! let contract = Contract::list(ContractSpec {
//!     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.01".parse()?,
//!     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill,
//! })?;
//! let brackets = BracketTable::flat("0.005".parse()?, "125".parse()?)?;
//! let rules = RuleSet::ringfence();
//! let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
//! let terms = Terms { contract: &contract, brackets: &brackets, rules: &rules, fees, funding_rate: Rate::ZERO };
//!
//! let long = position::open(Side::Long, "1".parse()?, "10000".parse()?, "100".parse()?)?;
//! let leg = Leg::isolated(terms, &long)?;
//! let price = leg.liquidation_price("10000".parse()?)?.expect("a leveraged long can be liquidated");
//! assert_eq!(price.trigger.to_string(), "9949.74");
//! assert!(leg.is_liquidatable("9949.74".parse()?)? && !leg.is_liquidatable("9949.75".parse()?)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_types
)]

pub mod adl;
pub mod arithmetic;
pub mod bracket;
pub mod contract;
pub mod cross;
pub mod decimal;
pub mod exact_sum;
pub mod explain;
pub mod fee;
pub mod filters;
pub mod funding;
pub mod hold;
pub mod isolated;
pub mod maintenance;
pub mod margin;
pub mod mark;
mod narrow;
#[cfg(test)]
mod narrow_tests;
pub mod plan;
pub mod position;
pub mod ratio;
pub mod refusal;
pub mod rule_set;
pub mod solve;
pub mod units;
