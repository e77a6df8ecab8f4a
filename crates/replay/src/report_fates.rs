//! What became of positions.

use crate::text::{text, text_or_null};
use crate::time::UtcTime;
use ringfence_risk::units::{Amount, MarkPrice};
use serde::Serialize;

/// What became of a position in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum IsolatedFate {
    /// It was open when the series ended.
    Survived {
        /// The first liquidating mark at the end.
        #[serde(serialize_with = "text_or_null")]
        liquidating_mark: Option<MarkPrice>,
        /// Funding it paid (negative: received).
        #[serde(serialize_with = "text")]
        funding: Amount,
        /// Money in the box.
        #[serde(serialize_with = "text")]
        margin: Amount,
        /// Profit or loss at the last mark, rounded down.
        #[serde(serialize_with = "text")]
        unrealised: Amount,
    },
    /// It was liquidated.
    Liquidated {
        /// When (of a bar: when it opens).
        time: UtcTime,
        /// At which mark.
        #[serde(serialize_with = "text")]
        mark: MarkPrice,
        /// The trigger the mark reached or passed.
        #[serde(serialize_with = "text_or_null")]
        liquidating_mark: Option<MarkPrice>,
        /// Funding it had paid (negative: received).
        #[serde(serialize_with = "text")]
        funding: Amount,
        /// Money that was in the box: posted less funding.
        #[serde(serialize_with = "text")]
        margin: Amount,
        /// Margin balance at the mark, rounded down; below zero past bankruptcy.
        #[serde(serialize_with = "text")]
        balance: Amount,
        /// Maintenance requirement at the mark, rounded up.
        #[serde(serialize_with = "text")]
        maintenance: Amount,
        /// What its owner lost: the margin posted, never more.
        #[serde(serialize_with = "text")]
        loss: Amount,
        /// What was left of the box: to the insurance fund, which took over at the bankruptcy price.
        #[serde(serialize_with = "text")]
        to_insurance: Amount,
        /// What the box was short of: paid by the insurance fund.
        #[serde(serialize_with = "text")]
        gap_deficit: Amount,
    },
}

/// What became of a position on the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum CrossFate {
    /// It was open when the series ended.
    Survived {
        /// Profit or loss at the last mark, rounded down.
        #[serde(serialize_with = "text")]
        unrealised: Amount,
    },
    /// It was closed in a liquidation of the pool.
    Closed {
        /// When (of a bar: when it opens).
        time: UtcTime,
        /// At which mark.
        #[serde(serialize_with = "text")]
        mark: MarkPrice,
        /// Profit or loss, rounded down, to the pool.
        #[serde(serialize_with = "text")]
        realised: Amount,
    },
}

/// One position closed in the liquidation of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrossClose {
    /// When (of a bar: when it opens).
    pub time: UtcTime,
    /// At which mark.
    #[serde(serialize_with = "text")]
    pub mark: MarkPrice,
    /// Whose pool.
    pub account: String,
    /// Which position.
    pub position: String,
    /// Its profit or loss, rounded down.
    #[serde(serialize_with = "text")]
    pub realised: Amount,
    /// Liquidation fee, as far as the pool had it; to the insurance fund.
    #[serde(serialize_with = "text")]
    pub fee: Amount,
    /// Money of the pool before.
    #[serde(serialize_with = "text")]
    pub pool_before: Amount,
    /// Money of the pool after; below zero until the insurance fund covers it or a profit does.
    #[serde(serialize_with = "text")]
    pub pool_after: Amount,
    /// Equity of the pool before: its money plus the profit of all its positions.
    #[serde(serialize_with = "text")]
    pub equity_before: Amount,
    /// Maintenance requirement of the pool before.
    #[serde(serialize_with = "text")]
    pub maintenance_before: Amount,
}
