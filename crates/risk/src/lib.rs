//! Exact margin, leverage, liquidation and loss for perpetual positions.
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
pub mod fee;
pub mod filters;
pub mod funding;
pub mod isolated;
pub mod maintenance;
pub mod margin;
pub mod mark;
pub mod plan;
pub mod position;
pub mod ratio;
pub mod refusal;
pub mod rule_set;
pub mod solve;
pub mod units;
