//! What the positions are positions in.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, div, mul};
use ringfence_risk::bracket::{BracketStyle, BracketTable};
use ringfence_risk::contract::Contract;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::rule_set::{MaintenanceBasis, RuleSet};
use ringfence_risk::units::{MarkPrice, Price, Rate, Side};

/// One contract with the brackets, rules and fees its positions are judged by.
#[derive(Clone, Debug)]
pub struct Market {
    /// The contract.
    pub contract: Contract,
    /// Its leverage brackets.
    pub brackets: BracketTable,
    /// The rule set.
    pub rules: RuleSet,
    /// Fee rates: openings pay the taker rate, closes of a cross cascade the liquidation rate.
    pub fees: FeeSchedule,
    /// What it is called in reports.
    pub symbol: String,
}

impl Market {
    /// What a position is judged by while this is the funding rate of the next settlement.
    #[must_use]
    pub const fn terms(&self, funding_rate: Rate) -> Terms<'_> {
        Terms { contract: &self.contract, brackets: &self.brackets, rules: &self.rules, fees: self.fees, funding_rate }
    }

    /// Whether maintenance jumps at bracket edges: there may then be several lines, on both sides of the mark.
    pub(crate) fn jumps(&self) -> bool {
        matches!((self.brackets.style(), self.rules.maintenance_basis), (BracketStyle::Slab, MaintenanceBasis::MarkValue))
    }

    /// A recorded price on the grid of the mark: itself, or the nearest step (halves to even, at least one step).
    #[inline]
    pub(crate) fn on_grid(&self, price: MarkPrice) -> Result<MarkPrice, OutOfRange> {
        let step = self.contract.spec().mark_step;
        if price.raw().checked_rem(step.raw()) == Some(0) {
            return Ok(price);
        }
        let steps = div(price.wide(), step.wide(), Rounding::HalfEven)?.max(1);
        MarkPrice::from_wide(mul(steps, step.wide())?)
    }

    /// A mark as a price to open at: on the tick, rounded against the trader (a long's up, a short's down, at least one tick).
    pub(crate) fn on_tick(&self, mark: MarkPrice, side: Side) -> Result<Price, OutOfRange> {
        let tick = self.contract.spec().tick.wide();
        let rounding = match side {
            Side::Long => Rounding::Ceiling,
            Side::Short => Rounding::Floor,
        };
        Price::from_wide(mul(div(mark.wide(), tick, rounding)?.max(1), tick)?)
    }
}
