//! What a funding settlement takes from a position that pays, and from where.

use crate::arithmetic::OutOfRange;
use crate::rule_set::FundingSource;
use crate::units::Amount;

use super::mode::MarginMode;

/// What a payer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingMeans {
    /// Whose money stands behind the position.
    pub margin_mode: MarginMode,
    /// Free money of the wallet.
    pub wallet: Amount,
    /// Money in the position's box; zero under cross.
    pub margin: Amount,
    /// Unrealised profit; negative when in a loss.
    pub profit: Amount,
}

/// A funding payment by its sources. They sum to what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingPlan {
    /// From the wallet.
    pub from_wallet: Amount,
    /// From the position's margin.
    pub from_margin: Amount,
    /// From the position's unrealised profit: its cost basis worsens by this much.
    pub from_profit: Amount,
    /// What the position cannot pay. Never taken from anything else of the account.
    pub shortfall: Amount,
}

/// Plans a payment. An isolated position pays from its own box (its wallet first, where the rule set says so), a cross position from the pool's
/// wallet; when that is used up, from its unrealised profit; what is then missing is a shortfall, and the position is past its liquidation line.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// use ringfence_risk::plan::{FundingMeans, MarginMode, plan_funding};
/// use ringfence_risk::{rule_set::FundingSource, units::Amount};
/// let means = FundingMeans { margin_mode: MarginMode::Isolated, wallet: "100".parse()?, margin: "5".parse()?, profit: "-1".parse()? };
/// let plan = plan_funding("7".parse()?, &means, FundingSource::PositionMargin)?;
/// assert_eq!((plan.from_margin, plan.shortfall), ("5".parse()?, "2".parse()?)); // the wallet stays untouched
/// assert_eq!(plan.from_wallet, Amount::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan_funding(due: Amount, means: &FundingMeans, source: FundingSource) -> Result<FundingPlan, OutOfRange> {
    let wallet = match (means.margin_mode, source) {
        (MarginMode::Cross, _) | (MarginMode::Isolated, FundingSource::Wallet) => means.wallet.or_zero(),
        (MarginMode::Isolated, FundingSource::PositionMargin) => Amount::ZERO,
    };
    let due = due.or_zero();
    let from_wallet = due.min(wallet);
    let left = due.minus(from_wallet)?;
    let from_margin = left.min(means.margin.or_zero());
    let left = left.minus(from_margin)?;
    let from_profit = left.min(means.profit.or_zero());
    Ok(FundingPlan { from_wallet, from_margin, from_profit, shortfall: left.minus(from_profit)? })
}
