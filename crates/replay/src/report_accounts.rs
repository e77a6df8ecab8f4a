//! What became of accounts, and of the money as a whole.

use crate::text::text;
use ringfence_risk::units::Amount;
use serde::Serialize;

/// An account under both margin modes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// Its name.
    pub name: String,
    /// Positions opened.
    pub positions: usize,
    /// Money it came with.
    #[serde(serialize_with = "text")]
    pub wallet_before: Amount,
    /// Opening fees, the same in both modes.
    #[serde(serialize_with = "text")]
    pub fees: Amount,
    /// With a box per position.
    pub isolated: IsolatedAccountReport,
    /// With one pool; `None` when cross was not carried.
    pub cross: Option<CrossAccountReport>,
}

/// An account whose positions stand in boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IsolatedAccountReport {
    /// Positions liquidated.
    pub liquidated: usize,
    /// Margin posted to all boxes.
    #[serde(serialize_with = "text")]
    pub posted: Amount,
    /// Margin posted to boxes that were liquidated: what the account lost to liquidation.
    #[serde(serialize_with = "text")]
    pub lost: Amount,
    /// Money in the boxes that survived.
    #[serde(serialize_with = "text")]
    pub left_in_boxes: Amount,
    /// Their profit or loss at the last mark.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
    /// Free wallet at the end: no liquidation touches it.
    #[serde(serialize_with = "text")]
    pub free_wallet_after: Amount,
}

/// An account whose positions share a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CrossAccountReport {
    /// Positions closed in cascades.
    pub closed: usize,
    /// The pool at the start: the wallet after fees.
    #[serde(serialize_with = "text")]
    pub pool_before: Amount,
    /// The pool at the end, without unrealised profit.
    #[serde(serialize_with = "text")]
    pub pool_after: Amount,
    /// Profit or loss of what is still open at the last mark.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
    /// Funding paid (negative: received).
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// What the insurance fund paid for the emptied pool.
    #[serde(serialize_with = "text")]
    pub deficit: Amount,
}

/// Sums of the isolated run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IsolatedTotals {
    /// Positions opened.
    pub positions: usize,
    /// Liquidated.
    pub liquidated: usize,
    /// Margin posted.
    #[serde(serialize_with = "text")]
    pub posted: Amount,
    /// Margin lost to liquidations.
    #[serde(serialize_with = "text")]
    pub lost: Amount,
    /// What was left of liquidated boxes, to the insurance fund.
    #[serde(serialize_with = "text")]
    pub to_insurance: Amount,
    /// What the insurance fund paid for gaps past bankruptcy.
    #[serde(serialize_with = "text")]
    pub gap_deficit: Amount,
    /// Funding paid (negative: received).
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// Funding that could not be covered.
    #[serde(serialize_with = "text")]
    pub funding_unpaid: Amount,
    /// Where the money is at the end.
    pub audit: Audit,
}

/// Sums of the cross run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CrossTotals {
    /// Positions opened.
    pub positions: usize,
    /// Closed in cascades.
    pub closed: usize,
    /// Pools at the start.
    #[serde(serialize_with = "text")]
    pub pools_before: Amount,
    /// Pools at the end.
    #[serde(serialize_with = "text")]
    pub pools_after: Amount,
    /// Liquidation fees to the insurance fund.
    #[serde(serialize_with = "text")]
    pub to_insurance: Amount,
    /// What the insurance fund paid for emptied pools.
    #[serde(serialize_with = "text")]
    pub deficit: Amount,
    /// Funding paid (negative: received).
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// Funding that could not be covered.
    #[serde(serialize_with = "text")]
    pub funding_unpaid: Amount,
    /// Where the money is at the end.
    pub audit: Audit,
}

/// Where the money is at the end: `deposits = wallets + margins + unrealised + fees + insurance + outside`, to the last unit.
///
/// Wallets, margins and unrealised profits are read from the positions and accounts as they stand; fees, insurance and outside were counted
/// as money moved. The outside counterparty holds the other side of every position and every funding payment: what traders win it loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Money all accounts came with.
    #[serde(serialize_with = "text")]
    pub deposits: Amount,
    /// Free wallets, or pools.
    #[serde(serialize_with = "text")]
    pub wallets: Amount,
    /// Money in boxes; zero under cross.
    #[serde(serialize_with = "text")]
    pub margins: Amount,
    /// Profit or loss of what is open, at the last mark.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
    /// Opening fees.
    #[serde(serialize_with = "text")]
    pub fees: Amount,
    /// The insurance fund: it begins at zero and pays every deficit, so it may end below zero.
    #[serde(serialize_with = "text")]
    pub insurance: Amount,
    /// The outside counterparty: its cash and its unrealised profit.
    #[serde(serialize_with = "text")]
    pub outside: Amount,
    /// Deposits less all the others: zero.
    #[serde(serialize_with = "text")]
    pub audit_difference: Amount,
}
