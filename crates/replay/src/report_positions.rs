//! What became of positions.

use crate::text::{text, text_or_null};
use crate::time::UtcTime;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Side};
use serde::{Serialize, Serializer};

/// A position and its two lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionReport {
    /// Its name: of its only row, or account and side.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Its side.
    #[serde(serialize_with = "text")]
    pub side: Side,
    /// Its leverage.
    #[serde(serialize_with = "text")]
    pub leverage: Leverage,
    /// How many rows of the population it adds up.
    pub rows: usize,
    /// Isolated; `None` when it was not opened there.
    pub isolated: Option<Life>,
    /// On cross; `None` when it was not opened there, or cross was not carried.
    pub cross: Option<Life>,
}

/// How a position ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It was open when the series ended; a part of it may have been liquidated or deleveraged.
    Open,
    /// It was liquidated.
    Liquidated,
    /// It was closed against bankrupt positions of the other side.
    Deleveraged,
    /// Its script closed it.
    Closed,
}

impl core::fmt::Display for End {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Open => "open",
            Self::Liquidated => "liquidated",
            Self::Deleveraged => "deleveraged",
            Self::Closed => "closed",
        })
    }
}

/// A position under one margin mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Life {
    /// What was opened.
    #[serde(serialize_with = "text")]
    pub quantity: Quantity,
    /// The price it was opened at; of several, the average entry price.
    #[serde(serialize_with = "text")]
    pub entry: Price,
    /// Margin posted to it at opening; zero on cross, where the pool stands behind it.
    #[serde(serialize_with = "text")]
    pub posted: Amount,
    /// Fee for opening.
    #[serde(serialize_with = "text")]
    pub opening_fee: Amount,
    /// The first liquidating mark once its account had opened everything.
    #[serde(serialize_with = "text_or_null")]
    pub liquidating_mark: Option<MarkPrice>,
    /// How it ended.
    pub end: End,
    /// How often it was liquidated; more than once where a liquidation closes a part.
    pub liquidations: usize,
    /// When it was first liquidated (of a bar: when it opens).
    pub time: Option<UtcTime>,
    /// At which mark.
    #[serde(serialize_with = "text_or_null")]
    pub mark: Option<MarkPrice>,
    /// What its account lost by its liquidations: realised losses and liquidation fees.
    #[serde(serialize_with = "text")]
    pub loss: Amount,
    /// Liquidation fees, part of the loss; to the insurance fund.
    #[serde(serialize_with = "text")]
    pub liquidation_fee: Amount,
    /// Margin that liquidations left and gave back to the wallet.
    #[serde(serialize_with = "text")]
    pub returned: Amount,
    /// Funding that its own margin and profit paid (negative: received). What a wallet pays stands with the account.
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// Closed by its liquidations against the book.
    #[serde(serialize_with = "text")]
    pub closed_in_book: Quantity,
    /// Taken over by the insurance fund.
    #[serde(serialize_with = "text")]
    pub taken_over: Quantity,
    /// Closed by auto-deleveraging others, or with its loss socialised.
    #[serde(serialize_with = "text")]
    pub closed_against_others: Quantity,
    /// What of it was closed against bankrupt positions of the other side.
    #[serde(serialize_with = "text")]
    pub deleveraged: Quantity,
    /// What was taken from its profit for losses nobody covered.
    #[serde(serialize_with = "text")]
    pub socialised: Amount,
    /// What is left of it at the end.
    #[serde(serialize_with = "text")]
    pub left: Quantity,
    /// Its margin at the end.
    #[serde(serialize_with = "text")]
    pub margin: Amount,
    /// Its profit or loss at the last mark, rounded down.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
}

/// One liquidation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiquidationReport {
    /// When (of a bar: when it opens).
    pub time: UtcTime,
    /// At which mark.
    #[serde(serialize_with = "text")]
    pub mark: MarkPrice,
    /// The recorded mark: another where liquidations move it.
    #[serde(serialize_with = "text")]
    pub recorded: MarkPrice,
    /// Whose.
    pub account: String,
    /// Which side.
    #[serde(serialize_with = "text")]
    pub side: Side,
    /// How much was held.
    #[serde(serialize_with = "text")]
    pub quantity: Quantity,
    /// Its box, or the pool.
    #[serde(serialize_with = "mode")]
    pub margin_mode: MarginMode,
    /// The first liquidating mark of the isolated position; `None` on cross.
    #[serde(serialize_with = "text_or_null")]
    pub liquidating_mark: Option<MarkPrice>,
    /// Margin balance of the position, or of the pool, rounded down.
    #[serde(serialize_with = "text")]
    pub margin_balance: Amount,
    /// Maintenance requirement of the position, or of the pool, rounded up.
    #[serde(serialize_with = "text")]
    pub maintenance_margin: Amount,
    /// Closed against the book.
    #[serde(serialize_with = "text")]
    pub closed_in_book: Quantity,
    /// Taken over by the insurance fund at the bankruptcy price.
    #[serde(serialize_with = "text")]
    pub taken_over: Quantity,
    /// Closed by auto-deleveraging others.
    #[serde(serialize_with = "text")]
    pub deleveraged: Quantity,
    /// Closed with its loss socialised.
    #[serde(serialize_with = "text")]
    pub socialised: Quantity,
    /// What the account lost: realised loss and fee.
    #[serde(serialize_with = "text")]
    pub loss: Amount,
    /// Liquidation fee.
    #[serde(serialize_with = "text")]
    pub fee: Amount,
    /// What the insurance fund paid in for it.
    #[serde(serialize_with = "text")]
    pub insurance_paid: Amount,
    /// Margin that was left and went back to the wallet.
    #[serde(serialize_with = "text")]
    pub returned: Amount,
}

fn mode<S: Serializer>(mode: &MarginMode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match mode {
        MarginMode::Isolated => "isolated",
        MarginMode::Cross => "cross",
    })
}
