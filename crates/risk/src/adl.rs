//! Auto-deleveraging: whose position is closed when nobody else can pay.
//!
//! Scores are whole numbers of 10⁻¹⁶, cut once after each factor, so that a ranking is the same on every machine; ties go to the lower account
//! number.

use core::cmp::Reverse;

use crate::arithmetic::{OutOfRange, Rounding, SCALE, mul, mul_div, sub};
use crate::contract::Contract;
use crate::margin::value_at_bankruptcy;
use crate::position::Position;
use crate::rule_set::AdlRanking;
use crate::units::{Amount, MarkPrice, Quantity, Side};

/// How early a position is deleveraged: the higher, the earlier. In units of 10⁻¹⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdlScore(i128);

impl AdlScore {
    /// From a number of 10⁻¹⁶.
    #[must_use]
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }

    /// The number of 10⁻¹⁶.
    #[must_use]
    pub const fn raw(self) -> i128 {
        self.0
    }
}

/// What a score is made of.
#[derive(Clone, Copy, Debug)]
pub struct AdlCandidate<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The position.
    pub position: &'a Position,
    /// Money behind it without unrealised profit: isolated margin, or the wallet of a cross account.
    pub collateral: Amount,
    /// Its maintenance margin at the mark.
    pub maintenance: Amount,
    /// The mark.
    pub mark: MarkPrice,
}

/// The score of a position under a ranking.
///
/// * Binance: `max(0, U) ÷ max(1, wallet) × maintenance ÷ (wallet + U)`, the second factor zero when its denominator is not above zero.
/// * BitMEX: `PnL % × effective leverage` in profit, `PnL % ÷ effective leverage` in loss; effective leverage = mark value ÷ (mark value −
///   bankrupt value).
/// * Hyperliquid: `mark ÷ entry × value ÷ account value` (inverted for shorts).
/// * Entry price: the lower a long's entry, the higher a short's, the earlier.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn adl_score(ranking: AdlRanking, candidate: &AdlCandidate<'_>) -> Result<AdlScore, OutOfRange> {
    let AdlCandidate { contract, position, collateral, maintenance, mark } = *candidate;
    let pnl = position.unrealised_pnl(contract, mark)?.raw();
    let equity = crate::arithmetic::add(collateral.raw(), pnl)?;
    let raw = match ranking {
        AdlRanking::ProfitTimesMarginRatio => {
            let profit = fine(pnl.max(0), collateral.raw().max(SCALE))?;
            if equity > 0 { mul_div(profit, maintenance.raw(), equity, Rounding::TowardZero)? } else { 0 }
        }
        AdlRanking::ProfitTimesEffectiveLeverage => {
            let profit = fine(pnl, position.entry_value.raw())?;
            let value = contract.mark_value(contract.exposure(position.quantity)?, mark)?.rounded(Rounding::Floor)?;
            let bankrupt = value_at_bankruptcy(contract, position.side, position.entry_value, collateral)?;
            let cushion = sub(value, bankrupt)?.abs().max(1);
            let (value, cushion) = if pnl > 0 { (value, cushion) } else { (cushion, value.max(1)) };
            mul_div(profit, value, cushion, Rounding::TowardZero)?
        }
        AdlRanking::PriceRatioTimesAccountLeverage => {
            let value = contract.mark_value(contract.exposure(position.quantity)?, mark)?.rounded(Rounding::Floor)?;
            let gained = if contract.value_sign(position.side) > 0 {
                fine(value, position.entry_value.raw())?
            } else {
                fine(position.entry_value.raw(), value.max(1))?
            };
            mul_div(gained, value, equity.max(1), Rounding::TowardZero)?
        }
        AdlRanking::EntryPrice => {
            let entry = position.exact_entry_price(contract)?.rounded(Rounding::HalfEven)?;
            mul(if position.side == Side::Long { sub(0, entry)? } else { entry }, SCALE)?
        }
    };
    Ok(AdlScore(raw))
}

/// A quotient in units of 10⁻¹⁶.
fn fine(numerator: i128, denominator: i128) -> Result<i128, OutOfRange> {
    mul_div(numerator, mul(SCALE, SCALE)?, denominator, Rounding::TowardZero)
}

/// A position in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdlEntry {
    /// Whose it is.
    pub account: u64,
    /// Its size.
    pub quantity: Quantity,
    /// Its score.
    pub score: AdlScore,
}

impl AdlEntry {
    /// What queues are sorted by: highest score first, ties by account number.
    #[must_use]
    pub const fn place(&self) -> (Reverse<AdlScore>, u64) {
        (Reverse(self.score), self.account)
    }
}

/// Sorts a queue by [`AdlEntry::place`].
pub fn rank(queue: &mut [AdlEntry]) {
    queue.sort_by_key(AdlEntry::place);
}

/// How much of each position is closed, from the top of a ranked queue, until `size` is covered: never more than needed, and nobody before a
/// higher-ranked one is exhausted. The second value is what nobody could cover.
///
/// # Errors
/// None in practice: no more is taken than there is.
pub fn assign(ranked: &[AdlEntry], size: Quantity) -> Result<(Vec<(u64, Quantity)>, Quantity), OutOfRange> {
    let mut left = size;
    let mut closed = Vec::new();
    for entry in ranked {
        let taken = entry.quantity.min(left);
        if taken > Quantity::ZERO {
            closed.push((entry.account, taken));
            left = left.minus(taken)?;
        }
    }
    Ok((closed, left))
}

/// Where a position stands in its queue, from 1 (last to be closed) to 5 (first), by quantity ranked before it.
///
/// # Errors
/// [`OutOfRange`] when the queue does not hold the account.
pub fn indicator(ranked: &[AdlEntry], account: u64) -> Result<u8, OutOfRange> {
    let total = ranked.iter().try_fold(0_i128, |sum, entry| crate::arithmetic::add(sum, entry.quantity.wide()))?;
    let mut before = 0_i128;
    for entry in ranked {
        if entry.account == account {
            let fifth = mul_div(before, 5, total.max(1), Rounding::Floor)?.clamp(0, 4);
            return u8::try_from(sub(5, fifth)?).map_err(|_| OutOfRange { what: "ADL indicator" });
        }
        before = crate::arithmetic::add(before, entry.quantity.wide())?;
    }
    Err(OutOfRange { what: "account in an ADL queue" })
}
