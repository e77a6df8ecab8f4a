//! What became of accounts, and of the exchange as a whole.

use crate::report_positions::LiquidationReport;
use crate::text::text;
use ringfence_risk::units::{Amount, Quantity};
use serde::Serialize;

/// An account under both margin modes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// Its name.
    pub name: String,
    /// Money it came with.
    #[serde(serialize_with = "text")]
    pub wallet_before: Amount,
    /// Isolated.
    pub isolated: AccountLife,
    /// On cross; `None` when cross was not carried.
    pub cross: Option<AccountLife>,
}

/// An account under one margin mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AccountLife {
    /// Opening fees.
    #[serde(serialize_with = "text")]
    pub fees: Amount,
    /// Funding paid (negative: received).
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// Liquidations.
    pub liquidations: usize,
    /// Lost by them.
    #[serde(serialize_with = "text")]
    pub lost: Amount,
    /// Wallet at the end.
    #[serde(serialize_with = "text")]
    pub wallet: Amount,
    /// Margins of isolated positions at the end.
    #[serde(serialize_with = "text")]
    pub margins: Amount,
    /// Profit or loss of what is open at the last mark.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
    /// Wallet, margins and unrealised profit.
    #[serde(serialize_with = "text")]
    pub equity: Amount,
}

/// One run: everything under one margin mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// Positions opened.
    pub positions: usize,
    /// Of those, liquidated whole or in part.
    pub liquidated: usize,
    /// Open at the end.
    pub open: usize,
    /// Margin posted at opening.
    #[serde(serialize_with = "text")]
    pub posted: Amount,
    /// Lost by liquidations.
    #[serde(serialize_with = "text")]
    pub lost: Amount,
    /// Gap deficit: how far below zero the marks that liquidated left the balances of boxes and pools.
    #[serde(serialize_with = "text")]
    pub gap: Amount,
    /// Most liquidations that one mark set off.
    pub most_at_one_mark: usize,
    /// Closed by liquidations against the book.
    #[serde(serialize_with = "text")]
    pub closed_in_book: Quantity,
    /// Taken over by the insurance fund.
    #[serde(serialize_with = "text")]
    pub taken_over: Quantity,
    /// Closings of profitable positions against bankrupt ones (the maker's counted).
    pub deleveragings: u64,
    /// How much they closed.
    #[serde(serialize_with = "text")]
    pub deleveraged: Quantity,
    /// Losses spread over the profits of others.
    #[serde(serialize_with = "text")]
    pub socialised: Amount,
    /// Losses nobody covered: the venue's own.
    #[serde(serialize_with = "text")]
    pub uncovered: Amount,
    /// Funding the positions paid (negative: received).
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// The insurance fund.
    pub insurance: InsuranceReport,
    /// The maker.
    pub maker: MakerReport,
    /// Every liquidation, in order.
    pub liquidations: Vec<LiquidationReport>,
    /// Trades made.
    pub trades: u64,
    /// Commands executed.
    pub commands: u64,
    /// Where the money is at the end.
    pub audit: Audit,
    /// Hash of the exchange's state at the end.
    pub state_hash: String,
}

/// What the insurance fund received and paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InsuranceReport {
    /// What it began with.
    #[serde(serialize_with = "text")]
    pub before: Amount,
    /// Liquidation fees.
    #[serde(serialize_with = "text")]
    pub fees: Amount,
    /// Profit (negative: loss) of closing what it took over, what was given to it counted.
    #[serde(serialize_with = "text")]
    pub trades: Amount,
    /// Paid for others.
    #[serde(serialize_with = "text")]
    pub paid: Amount,
    /// Funding received (negative: paid) for its own position, remainders counted.
    #[serde(serialize_with = "text")]
    pub funding: Amount,
    /// What it ends with.
    #[serde(serialize_with = "text")]
    pub after: Amount,
    /// What it still holds.
    #[serde(serialize_with = "text")]
    pub held: Quantity,
    /// The profit or loss of that at the last mark.
    #[serde(serialize_with = "text")]
    pub unrealised: Amount,
}

/// What became of the maker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MakerReport {
    /// Money it came with, in all of its accounts.
    #[serde(serialize_with = "text")]
    pub deposit: Amount,
    /// Profit or loss at the last mark: of trading, fees and funding.
    #[serde(serialize_with = "text")]
    pub result: Amount,
    /// What it holds at the end, its accounts netted, as text: `long 5`, `short 5` or `none`.
    pub held: String,
    /// Quotes of it that were refused, and so were not in the book.
    pub quotes_refused: u64,
    /// Why the first of them was.
    pub refusal: Option<String>,
}

/// Where the money is at the end. All of it, deposits as minus what is owed to depositors, sums to zero to the last unit.
///
/// `deposits = wallets + holds + margins + fees + insurance + settlement + uncovered`, where the last is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Money that came in: of the accounts, of the maker, and the insurance fund's first.
    #[serde(serialize_with = "text")]
    pub deposits: Amount,
    /// Free wallets, the maker's counted.
    #[serde(serialize_with = "text")]
    pub wallets: Amount,
    /// Held for orders.
    #[serde(serialize_with = "text")]
    pub holds: Amount,
    /// Margins of isolated positions.
    #[serde(serialize_with = "text")]
    pub margins: Amount,
    /// Trading fees earned.
    #[serde(serialize_with = "text")]
    pub fees: Amount,
    /// The insurance fund.
    #[serde(serialize_with = "text")]
    pub insurance: Amount,
    /// Realised profits still owed by open positions: minus their cost basis.
    #[serde(serialize_with = "text")]
    pub settlement: Amount,
    /// Minus what nobody covered.
    #[serde(serialize_with = "text")]
    pub uncovered: Amount,
    /// The sum, recomputed from every wallet, order and position: zero.
    #[serde(serialize_with = "text")]
    pub audit_difference: Amount,
}
