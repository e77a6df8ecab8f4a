//! What open orders hold of the available balance until they fill or go.

use crate::arithmetic::{OutOfRange, Rounding, mul_div, sub};
use crate::fee::fee;
use crate::maintenance::Terms;
use crate::margin::{OrderSum, initial_margin};
use crate::rule_set::OrderCost;
use crate::units::{Amount, Leverage, Notional, Quantity, Side};

/// Open orders of one side that may open a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOrders {
    /// Their quantity, and their value at their own prices.
    pub sum: OrderSum,
    /// What they would lose at once against the marks at which they were placed, summed.
    pub open_loss: Amount,
}

impl HeldOrders {
    /// No orders.
    pub const NONE: Self = Self { sum: OrderSum::NONE, open_loss: Amount::ZERO };

    /// The part that opens when this much of the other side is closed first, pro rata, rounded up.
    ///
    /// # Errors
    /// None in practice: the part is no greater than the whole.
    #[inline]
    fn beyond(&self, closed_first: Quantity) -> Result<(Notional, Amount), OutOfRange> {
        if closed_first == Quantity::ZERO || self.sum.quantity == Quantity::ZERO {
            return Ok((self.sum.value, self.open_loss));
        }
        self.part_beyond(closed_first)
    }

    /// [`beyond`](Self::beyond) where something is closed first.
    #[inline(never)]
    fn part_beyond(&self, closed_first: Quantity) -> Result<(Notional, Amount), OutOfRange> {
        let value = self.sum.beyond(closed_first)?;
        if self.open_loss == Amount::ZERO || self.sum.quantity <= closed_first {
            return Ok((value, Amount::ZERO));
        }
        let opening = sub(self.sum.quantity.wide(), closed_first.wide())?;
        let loss = mul_div(self.open_loss.raw(), opening, self.sum.quantity.wide(), Rounding::Ceiling)?;
        Ok((value, Amount::from_wide(loss)?))
    }
}

/// What the open orders of one leg hold: the initial margin of the worse side, the fee for opening it (where the rule set wants it available)
/// and the open loss at which its orders were placed. What only closes the position holds nothing.
///
/// In one-way mode both sides are passed with the position held; in hedge mode each leg passes its own side only.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// # use ringfence_risk::{bracket::BracketTable, contract::{Contract, ContractKind, ContractSpec, ValueRounding}};
/// # use ringfence_risk::{fee::FeeSchedule, hold::{HeldOrders, order_hold}, maintenance::Terms, margin::OrderSum, rule_set::RuleSet};
/// # use ringfence_risk::units::{Amount, Rate, Side};
/// # let contract = Contract::list(ContractSpec {
/// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.01".parse()?,
/// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
/// # let (brackets, rules) = (BracketTable::flat("0.005".parse()?, "125".parse()?)?, RuleSet::ringfence());
/// # let fees = FeeSchedule { maker: Rate::ZERO, taker: "0.0005".parse()?, liquidation: Rate::ZERO };
/// # let terms = Terms { contract: &contract, brackets: &brackets, rules: &rules, fees, funding_rate: Rate::ZERO };
/// let bids = HeldOrders { sum: OrderSum { quantity: "2".parse()?, value: "20000".parse()? }, open_loss: Amount::ZERO };
/// let leverage = "10".parse()?;
/// let hold = |held| order_hold(&terms, [&bids, &HeldOrders::NONE], held, leverage);
/// assert_eq!(hold(None)?.to_string(), "2010"); // a tenth of 20,000, and the fee
/// assert_eq!(hold(Some((Side::Short, "2".parse()?)))?, Amount::ZERO); // they would only close the short
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline(always)]
pub fn order_hold(
    terms: &Terms<'_>,
    orders: [&HeldOrders; 2],
    held: Option<(Side, Quantity)>,
    leverage: Leverage,
) -> Result<Amount, OutOfRange> {
    let [buys, sells] = orders;
    if buys.sum.quantity == Quantity::ZERO && sells.sum.quantity == Quantity::ZERO {
        return Ok(Amount::ZERO);
    }
    let closed_first = |side: Side| match held {
        Some((held, quantity)) if held != side => quantity,
        Some(_) | None => Quantity::ZERO,
    };
    let (long, long_loss) = buys.beyond(closed_first(Side::Long))?;
    let (short, short_loss) = sells.beyond(closed_first(Side::Short))?;
    let value = long.max(short);
    let with_loss = initial_margin(value, leverage)?.plus(long_loss.max(short_loss))?;
    match terms.rules.order_cost {
        OrderCost::OpenLoss => Ok(with_loss),
        OrderCost::OpenLossAndFee | OrderCost::TwoWayFee | OrderCost::FeeTwice => with_loss.plus(fee(value, terms.fees.taker)?),
    }
}
