//! Rule sets, contracts and leverage brackets of the venues: dated data with sources, and nothing computed.
//!
//! Everything is embedded, read when asked for and checked on the way in. [`rule_set`] and [`contract`] read TOML, [`brackets`] a compact text
//! whose format is described beside it (`data/brackets/README.md`); [`check_all`] reads and checks everything.
//!
//! ```
//! use ringfence_risk::bracket::BracketStyle;
//! let listed = ringfence_venues::contract("BTCUSDT")?;
//! let rules = ringfence_venues::rule_set(&listed.default_rules)?;
//! let entry = ringfence_venues::brackets(&listed.brackets_key, rules.rules.bracket_style)?;
//! assert_eq!(entry.table.style(), BracketStyle::Marginal);
//! assert_eq!(entry.date, "2025-07-10");
//! # Ok::<(), ringfence_venues::VenueError>(())
//! ```
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_types
)]

mod brackets;
mod check;
mod choices;
mod contracts;
mod error;
mod names;
mod reading;
mod rules;
mod tables;
#[cfg(test)]
mod tampered;

pub use brackets::{BracketEntry, bracket_dates, bracket_history, bracket_symbols, brackets, brackets_on};
pub use check::{CheckSummary, SourceSummary, check_all};
pub use contracts::{ListedContract, contract, contracts};
pub use error::VenueError;
pub use names::VenueSymbol;
pub use rules::{Checked, NamedRuleSet, rule_set, rule_set_names};
