//! The maintenance requirement as straight lines in the position's value, one per bracket.
//!
//! Every rule set's requirement is `value × rate + constant` inside a bracket. The margin balance is a straight line in the value too, so the
//! liquidation test compares two lines, and the liquidation price is where they cross. One code for linear, inverse and quanto.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, compare_products, mul, mul_div, mul_div_remainder, neg, sub};
use crate::bracket::{Bracket, BracketStyle, BracketTable};
use crate::contract::Contract;
use crate::fee::{FeeSchedule, fee};
use crate::margin::closing_fee_at_bankruptcy;
use crate::narrow;
use crate::position::Position;
use crate::ratio::Ratio;
use crate::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis, RuleSet};
use crate::units::{Amount, MarkPrice, Rate, Side};

/// What a position is judged by: its contract, brackets, rule set, fees and the funding rate of the next settlement.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// Its leverage brackets.
    pub brackets: &'a BracketTable,
    /// The rule set.
    pub rules: &'a RuleSet,
    /// Fee rates.
    pub fees: FeeSchedule,
    /// Funding rate of the next settlement (used only where the rule set reserves payable funding).
    pub funding_rate: Rate,
}

/// A requirement inside one bracket: `value × rate + constant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Per unit of the position's value at the mark.
    pub rate: Rate,
    /// Fixed part, in the settlement asset; `−cum` for marginal brackets.
    pub constant: Amount,
}

/// A position reduced to what the liquidation test needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// +1: the balance rises with the value; −1: it falls.
    pub sign: i128,
    /// Quantity × multiplier.
    pub exposure: i128,
    /// Collateral less the signed entry value: the balance is `base + sign × value`.
    pub base: i128,
}

impl<'a> Terms<'a> {
    /// Rate that funding adds to the requirement of this side: the funding rate while this side pays it, otherwise zero.
    fn payable_funding(&self, side: Side) -> Result<Rate, OutOfRange> {
        match self.rules.funding_reserve {
            FundingReserve::None => Ok(Rate::ZERO),
            FundingReserve::PayableRate => Ok(Rate::from_wide(mul(side.sign(), self.funding_rate.wide())?)?.or_zero()),
        }
    }

    /// What is added to the maintenance rate for this side: closing fee and funding, as the rule set says.
    pub(crate) fn extra_rate(&self, side: Side) -> Result<Rate, OutOfRange> {
        let closing = match self.rules.closing_fee {
            ClosingFee::TakerOnMaintenanceValue => self.fees.taker,
            ClosingFee::Excluded | ClosingFee::TakerAtBankruptcy | ClosingFee::ReservedAtEntry => Rate::ZERO,
        };
        closing.plus(self.payable_funding(side)?)
    }

    /// The fixed part of the requirement: the fee for closing at the bankruptcy price, where the rule set counts it.
    fn fixed_fee(&self, position: &Position) -> Result<Amount, OutOfRange> {
        match self.rules.closing_fee {
            ClosingFee::TakerAtBankruptcy => {
                let (side, value) = (position.side, position.entry_value);
                closing_fee_at_bankruptcy(self.contract, side, value, position.opening_margin, self.fees.taker)
            }
            ClosingFee::Excluded | ClosingFee::TakerOnMaintenanceValue | ClosingFee::ReservedAtEntry => Ok(Amount::ZERO),
        }
    }

    /// What closing fee and funding add to every bracket's requirement.
    #[inline]
    fn extras(&self, position: &Position) -> Result<Requirement, OutOfRange> {
        Ok(Requirement { rate: self.extra_rate(position.side)?, constant: self.fixed_fee(position)? })
    }

    /// The requirement of a position whose maintenance falls in `bracket`.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn requirement(&self, position: &Position, bracket: &Bracket) -> Result<Requirement, OutOfRange> {
        self.requirement_with(position, bracket, self.extras(position)?)
    }

    #[inline]
    fn requirement_with(&self, position: &Position, bracket: &Bracket, extras: Requirement) -> Result<Requirement, OutOfRange> {
        match self.rules.maintenance_basis {
            MaintenanceBasis::MarkValue => Ok(Requirement {
                rate: bracket.maintenance_rate.plus(extras.rate)?,
                constant: extras.constant.minus(bracket.cum)?,
            }),
            MaintenanceBasis::EntryValue => {
                let bracket = self.brackets.bracket_of(position.entry_value)?;
                let on_value = fee(position.entry_value, bracket.maintenance_rate.plus(extras.rate)?)?;
                Ok(Requirement { rate: Rate::ZERO, constant: on_value.minus(bracket.cum)?.plus(extras.constant)? })
            }
        }
    }

    /// The bracket that judges a position at a mark.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn bracket_at(&self, exposure: i128, mark: MarkPrice) -> Result<&'a Bracket, OutOfRange> {
        self.bracket_of(self.contract.mark_value(exposure, mark)?)
    }

    /// The bracket of an exact value, compared by products so that nothing is divided.
    #[inline]
    pub(crate) fn bracket_of(&self, value: Ratio) -> Result<&'a Bracket, OutOfRange> {
        let mut brackets = self.brackets.brackets().iter();
        let mut found = brackets.next().ok_or(OutOfRange { what: "bracket" })?;
        for bracket in brackets {
            let floor = mul(bracket.floor.raw(), value.denominator())?;
            if !self.brackets.is_reached(floor, value.numerator()) {
                break;
            }
            found = bracket;
        }
        Ok(found)
    }

    /// Maintenance requirement of a position at a mark, rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn maintenance_margin(&self, position: &Position, mark: MarkPrice) -> Result<Amount, OutOfRange> {
        let exposure = self.contract.exposure(position.quantity)?;
        let value = self.contract.mark_value(exposure, mark)?;
        let requirement = self.requirement(position, self.bracket_of(value)?)?;
        let share = mul_div(value.numerator(), requirement.rate.wide(), mul(value.denominator(), SCALE)?, Rounding::Ceiling)?;
        Amount::from_wide(add(share, requirement.constant.raw())?)
    }

    /// Reduces a position with this much collateral behind it to a [`Line`].
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn line(&self, position: &Position, collateral: Amount) -> Result<Line, OutOfRange> {
        let sign = self.contract.value_sign(position.side);
        let exposure = self.contract.exposure(position.quantity)?;
        let base = sub(collateral.raw(), mul(sign, position.entry_value.raw())?)?;
        Ok(Line { sign, exposure, base })
    }

    /// Margin balance less requirement at a mark: its whole part and the remainder over `denominator`, in units of 10⁻¹⁶. Exact.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub(crate) fn exact_excess(&self, position: &Position, collateral: Amount, mark: MarkPrice) -> Result<Excess, OutOfRange> {
        let line = self.line(position, collateral)?;
        let value = self.contract.mark_value(line.exposure, mark)?;
        let requirement = self.requirement(position, self.bracket_of(value)?)?;
        let slope = sub(mul(line.sign, SCALE)?, requirement.rate.wide())?;
        let (whole, remainder) = mul_div_remainder(slope, value.numerator(), value.denominator())?;
        let fixed = mul(sub(line.base, requirement.constant.raw())?, SCALE)?;
        Ok(Excess { whole: add(fixed, whole)?, remainder, denominator: value.denominator() })
    }

    /// Whether the margin balance has fallen to the point of liquidation at this mark: an exact comparison, cross-multiplied.
    ///
    /// `base + sign × v` against `v × rate + constant`, with v the unrounded value at the mark.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn is_liquidatable(&self, position: &Position, collateral: Amount, mark: MarkPrice) -> Result<bool, OutOfRange> {
        if let Some(answer) = narrow::is_liquidatable(self, position, collateral, mark) {
            return Ok(answer);
        }
        self.is_liquidatable_in_general(position, collateral, mark)
    }

    /// The same for every contract, rule set and size.
    pub(crate) fn is_liquidatable_in_general(
        &self,
        position: &Position,
        collateral: Amount,
        mark: MarkPrice,
    ) -> Result<bool, OutOfRange> {
        let line = self.line(position, collateral)?;
        let value = self.contract.mark_value(line.exposure, mark)?;
        let requirement = self.requirement(position, self.bracket_of(value)?)?;
        let fixed = sub(line.base, requirement.constant.raw())?;
        let needed = sub(requirement.rate.wide(), mul(line.sign, SCALE)?)?;
        let order = compare_products(fixed, mul(value.denominator(), SCALE)?, value.numerator(), needed);
        Ok(match self.rules.trigger {
            LiquidationTrigger::Below => order.is_lt(),
            LiquidationTrigger::AtOrBelow => order.is_le(),
        })
    }

    /// The value at which the two lines cross inside one bracket, before rounding: `(−base + constant) ÷ (sign − rate)`.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit or the lines are parallel.
    #[inline]
    pub(crate) fn crossing(line: &Line, requirement: &Requirement) -> Result<Ratio, OutOfRange> {
        let distance = sub(requirement.constant.raw(), line.base)?;
        let slope = sub(mul(line.sign, SCALE)?, requirement.rate.wide())?;
        if line.sign > 0 && slope <= 0 {
            return Err(OutOfRange { what: "maintenance rate plus closing fee" });
        }
        Ratio::new(mul(distance, SCALE)?, slope)
    }

    /// The requirement that the balance of a position meets, for brackets without jumps; `None` when it never does.
    ///
    /// Maintenance is then continuous, so the sign of `balance − requirement` at each floor tells in which bracket they cross.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub(crate) fn crossing_requirement(&self, position: &Position, line: &Line) -> Result<Option<Requirement>, OutOfRange> {
        let extras = self.extras(position)?;
        let mut found = None;
        for bracket in self.brackets.brackets() {
            let requirement = self.requirement_with(position, bracket, extras)?;
            if matches!(self.rules.maintenance_basis, MaintenanceBasis::EntryValue) {
                return Ok(Some(requirement));
            }
            let floor = bracket.floor.raw();
            let signed_floor = if line.sign > 0 { floor } else { neg(floor)? };
            let spare = mul(sub(add(line.base, signed_floor)?, requirement.constant.raw())?, SCALE)?;
            let needed = mul(floor, requirement.rate.wide())?;
            // A balance that rises with the value crosses in the last bracket whose floor is short of it; a falling one in the last still safe.
            let before_crossing = if line.sign > 0 { spare <= needed } else { spare >= needed };
            if !before_crossing {
                break;
            }
            found = Some(requirement);
        }
        Ok(found)
    }

    /// Whether brackets jump at their edges under these terms.
    pub(crate) fn jumps(&self) -> bool {
        matches!((self.brackets.style(), self.rules.maintenance_basis), (BracketStyle::Slab, MaintenanceBasis::MarkValue))
    }
}

/// An exact number of 10⁻¹⁶ units: `whole + remainder ÷ denominator`, the remainder not negative and below the denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    pub(crate) whole: i128,
    pub(crate) remainder: i128,
    pub(crate) denominator: i128,
}
