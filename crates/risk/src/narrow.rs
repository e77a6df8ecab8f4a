//! The common case in 64-bit numbers: the same formulas, the same answers, several times faster.
//!
//! Money of up to 92 thousand million, marginal brackets on the mark value with rates in whole 0.01 %, a whole multiplier or face value, and a mark
//! step that divides 10⁴: what Binance and Bybit list, and much of the rest. Every function here answers `None` for anything else, and then the general code decides. A law holds the two equal.

use core::cmp::Ordering;

use crate::arithmetic::common_divisor;
use crate::bracket::{Bracket, BracketStyle};
use crate::contract::{Contract, ContractKind};
use crate::isolated::LiquidationPrice;
use crate::maintenance::{Requirement, Terms};
use crate::position::Position;
use crate::ratio::Ratio;
use crate::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis, RuleSet};
use crate::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Rate, Side};

const SCALE: i64 = 100_000_000;
/// Rates are held in units of 0.01 %, so that products stay short.
const RATE_UNIT: i64 = 10_000;
const WHOLE_RATE: i64 = SCALE / RATE_UNIT;

/// A bracket as the fast path reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NarrowBracket {
    floor: i64,
    cum: i64,
    /// Maintenance rate in units of 0.01 %.
    rate: i64,
    /// A balance that rises with the value crosses at or above this bracket's floor when its base is at most this.
    rising: i64,
    /// A balance that falls with the value crosses at or above this bracket's floor when its base is at least this.
    falling: i64,
    /// The floor in units of 10⁻¹⁶, as linear values come.
    scaled_floor: i128,
}

/// The brackets of a table in 64 bits; empty when one does not fit.
pub(crate) fn brackets(style: BracketStyle, brackets: &[Bracket]) -> Vec<NarrowBracket> {
    match style {
        BracketStyle::Marginal => brackets.iter().map(bracket).collect::<Option<_>>().unwrap_or_default(),
        BracketStyle::Slab => Vec::new(),
    }
}

fn bracket(bracket: &Bracket) -> Option<NarrowBracket> {
    let floor = i64::try_from(bracket.floor.raw()).ok()?;
    let cum = i64::try_from(bracket.cum.raw()).ok()?;
    let rate = bracket.maintenance_rate.raw();
    let share = bracket.floor.raw().checked_mul(rate.into())?;
    if rate.checked_rem(RATE_UNIT) != Some(0) || share.checked_rem(SCALE.into()) != Some(0) {
        return None;
    }
    let at_floor = i64::try_from(share.checked_div(SCALE.into())?).ok()?.checked_sub(cum)?;
    Some(NarrowBracket {
        floor,
        cum,
        rate: rate.checked_div(RATE_UNIT)?,
        rising: at_floor.checked_sub(floor)?,
        falling: at_floor.checked_add(floor)?,
        scaled_floor: i128::from(floor).checked_mul(SCALE.into())?,
    })
}

/// A contract's constants for the fast path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NarrowContract {
    /// Exposure per unit of quantity.
    multiplier: i64,
    /// Step of the mark.
    step: u64,
    /// 10¹² ÷ step (linear): what turns value over exposure into steps.
    steps_per_unit: u64,
    /// 10⁴ ÷ step in lowest terms (inverse): what turns slope × exposure over distance into steps.
    inverse_steps: [u64; 2],
}

impl NarrowContract {
    /// Exposure per unit of quantity.
    #[inline(always)]
    pub(crate) const fn multiplier(&self) -> i64 {
        self.multiplier
    }
}

/// A contract's constants, when its multiplier is whole and its step divides 10¹².
pub(crate) fn contract(multiplier: i64, step: i64) -> Option<NarrowContract> {
    const RANGE: i64 = 1_000_000_000_000;
    let whole = multiplier.checked_rem(SCALE)? == 0 && RANGE.checked_rem(step)? == 0;
    whole.then_some(())?;
    let common = i64::try_from(common_divisor(RATE_UNIT.into(), step.into()).ok()?).ok()?;
    let lowest = |number: i64| u64::try_from(number.checked_div(common)?).ok();
    Some(NarrowContract {
        multiplier: multiplier.checked_div(SCALE)?,
        step: u64::try_from(step).ok()?,
        steps_per_unit: u64::try_from(RANGE.checked_div(step)?).ok()?,
        inverse_steps: [lowest(RATE_UNIT)?, lowest(step)?],
    })
}

/// Whether the requirement is the plain bracket's: on the mark value, nothing added to it.
#[inline(always)]
const fn is_plain(rules: &RuleSet) -> bool {
    matches!(rules.maintenance_basis, MaintenanceBasis::MarkValue)
        && matches!(rules.closing_fee, ClosingFee::Excluded | ClosingFee::ReservedAtEntry)
        && matches!(rules.funding_reserve, FundingReserve::None)
}

/// The fast form of `product ÷ 10⁸` for what divides without remainder, as an order on the tick and lot does: one short division.
///
/// 10⁸ is 2⁸ × 390,625: the twos are shifted out first, so that products of up to 72 bits are divided in 64.
#[inline(always)]
pub(crate) fn scaled_down(product: i128) -> Option<i128> {
    const ODD: u64 = 390_625;
    let shifted = u64::try_from(product >> 8).ok()?;
    let quotient = shifted.checked_div(ODD)?;
    let whole = product & 0xff == 0 && quotient.wrapping_mul(ODD) == shifted;
    whole.then_some(i128::from(quotient))
}

/// `left × right ÷ 10⁸`, rounded up: one multiplication and one short division, for products of up to 72 bits.
#[inline(always)]
pub(crate) fn share_rounded_up(left: u64, right: u64) -> Option<u64> {
    const ODD: u64 = 390_625;
    let product = u128::from(left).wrapping_mul(u128::from(right));
    let quotient = u64::try_from(product >> 8).ok()?.checked_div(ODD)?;
    // A quotient of at most 2⁶⁴ ÷ 390,625 has room for one more.
    let whole = u128::from(quotient).wrapping_mul(u128::from(SCALE.unsigned_abs())) == product;
    Some(quotient.wrapping_add(u64::from(!whole)))
}

/// The fast form of a fee: of a value of 64 bits, at a rate that is charged.
#[inline(always)]
pub(crate) fn fee(value: Notional, rate: Rate) -> Option<Amount> {
    let (value, rate) = (u64::try_from(value.raw()).ok()?, u64::try_from(rate.raw()).ok()?);
    share_rounded_up(value, rate).map(Amount::from_u64)
}

/// The fast form of a value at the mark, rounded up: of a contract whose value rises with the price.
#[inline(always)]
pub(crate) fn value_at_mark(contract: &Contract, quantity: Quantity, mark: MarkPrice) -> Option<Notional> {
    if contract.kind() == ContractKind::Inverse {
        return None;
    }
    let exposure = quantity.raw().checked_mul(contract.narrow()?.multiplier())?;
    let value = share_rounded_up(exposure.unsigned_abs(), mark.raw().unsigned_abs())?;
    Some(Notional::from_u64(value))
}

/// 2⁶⁴ ÷ n, rounded up, for each whole leverage n from 2; zero below. See [`initial_margin`].
const RECIPROCALS: [u64; 1_001] = reciprocals();

#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses what overflows"
)]
const fn reciprocals() -> [u64; 1_001] {
    let mut table = [0; 1_001];
    let (mut times, mut index) = (2, 2);
    while index < table.len() {
        table[index] = u64::MAX / times + 1;
        times += 1;
        index += 1;
    }
    table
}

/// The fast form of `value ÷ leverage`, rounded up, for whole leverages and values below 2⁵⁴.
///
/// A product with the rounded-up reciprocal has the exact quotient in its upper half as long as value × leverage is below 2⁶⁴ (Granlund and
/// Montgomery, "Division by invariant integers using multiplication", 1994); the greatest leverage is below 2¹⁰.
#[inline(always)]
pub(crate) fn initial_margin(value: Notional, leverage: Leverage) -> Option<Amount> {
    const UNIT: u64 = 100_000_000;
    let (value, leverage) = (u64::try_from(value.raw()).ok()?, u64::try_from(leverage.raw()).ok()?);
    let times = leverage.checked_div(UNIT)?;
    let reciprocal = *RECIPROCALS.get(usize::try_from(times).ok()?)?;
    (times.wrapping_mul(UNIT) == leverage && value >> 54 == 0 && reciprocal != 0).then_some(())?;
    let quotient = u64::try_from(u128::from(value).wrapping_mul(u128::from(reciprocal)) >> 64).ok()?;
    let rest = value.wrapping_sub(quotient.wrapping_mul(times));
    Some(Amount::from_u64(quotient.wrapping_add(u64::from(rest != 0))))
}

/// A position reduced to 64 bits: see [`crate::maintenance::Line`].
struct NarrowLine {
    rises: Direction,
    exposure: i64,
    base: i64,
}

impl NarrowLine {
    /// Requirement less balance per unit of value, in units of 0.01 %.
    #[inline(always)]
    const fn slope(&self, bracket: &NarrowBracket) -> i64 {
        match self.rises {
            Direction::Rising => bracket.rate.wrapping_sub(WHOLE_RATE),
            Direction::Falling => bracket.rate.wrapping_add(WHOLE_RATE),
        }
    }
}

/// The last bracket whose floor is reached.
#[inline(always)]
fn reached(brackets: &[NarrowBracket], is_reached: impl Fn(&NarrowBracket) -> bool) -> Option<&NarrowBracket> {
    let (first, rest) = brackets.split_first()?;
    let mut found = first;
    for next in rest {
        if !is_reached(next) {
            break;
        }
        found = next;
    }
    Some(found)
}

/// Whether the balance rises or falls with the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Rising,
    Falling,
}

#[inline(always)]
fn line(contract: &Contract, narrow: &NarrowContract, position: &Position, collateral: Amount) -> Option<NarrowLine> {
    let exposure = position.quantity.raw().checked_mul(narrow.multiplier)?;
    // Both are money of at most 10²¹ units: neither sum nor difference wraps.
    let (collateral, entry) = (collateral.raw(), position.entry_value.raw());
    let (rises, base) = match contract.value_sign(position.side) {
        1 => (Direction::Rising, collateral.wrapping_sub(entry)),
        _ => (Direction::Falling, collateral.wrapping_add(entry)),
    };
    let base = i64::try_from(base).ok()?;
    Some(NarrowLine { rises, exposure, base })
}

/// The fast form of [`Terms::is_liquidatable`].
#[inline(always)]
pub(crate) fn is_liquidatable(terms: &Terms<'_>, position: &Position, collateral: Amount, mark: MarkPrice) -> Option<bool> {
    let narrow = terms.contract.narrow()?;
    let brackets = terms.brackets.narrow();
    if !is_plain(terms.rules) {
        return None;
    }
    let line = line(terms.contract, narrow, position, collateral)?;
    let mark = mark.raw();
    let product = |left: i64, right: i64| i128::from(left).wrapping_mul(i128::from(right));
    let order = match terms.contract.kind() {
        // fixed × 10⁸ × 10⁴ against exposure × slope × mark.
        ContractKind::Linear | ContractKind::Quanto => {
            let value = product(line.exposure, mark);
            let bracket = reached(brackets, |bracket| bracket.scaled_floor <= value)?;
            let fixed = line.base.checked_add(bracket.cum)?;
            let slope = line.exposure.checked_mul(line.slope(bracket))?;
            product(fixed, SCALE.wrapping_mul(WHOLE_RATE)).cmp(&product(slope, mark))
        }
        // fixed × mark × 10⁴ against exposure × 10⁸ × slope, both divided by 10⁴.
        ContractKind::Inverse => {
            let value = product(line.exposure, SCALE);
            let bracket = reached(brackets, |bracket| product(bracket.floor, mark) <= value)?;
            let fixed = line.base.checked_add(bracket.cum)?;
            product(fixed, mark).cmp(&product(line.exposure, line.slope(bracket).wrapping_mul(RATE_UNIT)))
        }
    };
    Some(match terms.rules.trigger {
        LiquidationTrigger::Below => order == Ordering::Less,
        LiquidationTrigger::AtOrBelow => order != Ordering::Greater,
    })
}

/// The fast form of [`Leg::liquidation_price`](crate::isolated::Leg::liquidation_price).
#[inline(always)]
pub(crate) fn liquidation_price(terms: &Terms<'_>, position: &Position, collateral: Amount) -> Option<Option<LiquidationPrice>> {
    let narrow = terms.contract.narrow()?;
    if !is_plain(terms.rules) {
        return None;
    }
    let line = line(terms.contract, narrow, position, collateral)?;
    let brackets = terms.brackets.narrow();
    let crosses_above = |bracket: &&NarrowBracket| match line.rises {
        Direction::Rising => line.base <= bracket.rising,
        Direction::Falling => line.base >= bracket.falling,
    };
    let reached = brackets.iter().take_while(crosses_above).count();
    let bracket = match reached.checked_sub(1) {
        Some(last) => brackets.get(last)?,
        None if line.rises == Direction::Rising && !brackets.is_empty() => return Some(None),
        None => return None,
    };
    // The crossing value is distance × 10⁴ ÷ slope.
    let (distance, slope) = match line.rises {
        Direction::Rising => (line.base.checked_add(bracket.cum)?.checked_neg()?, WHOLE_RATE.wrapping_sub(bracket.rate)),
        Direction::Falling => (line.base.checked_add(bracket.cum)?, WHOLE_RATE.wrapping_add(bracket.rate)),
    };
    let positive = |number: i64| u64::try_from(number).ok().filter(|number| *number > 0);
    let requirement = Requirement {
        rate: Rate::from_raw(bracket.rate.wrapping_mul(RATE_UNIT)).ok()?,
        constant: Amount::from_raw(i128::from(bracket.cum).wrapping_neg()).ok()?,
    };
    let crossing = Crossing { distance: positive(distance)?, slope: positive(slope)?, exposure: positive(line.exposure)? };
    let trigger = crossing.first_mark(terms, narrow, position.side)?;
    let exact = crossing.exact(terms.contract.kind())?;
    Some(Some(LiquidationPrice { exact: Some(exact), trigger, requirement }))
}

struct Crossing {
    distance: u64,
    slope: u64,
    exposure: u64,
}

impl Crossing {
    /// The price of the crossing: `distance × 10¹² × … ÷ (slope × exposure)` linear, `slope × exposure ÷ distance` inverse.
    #[inline(always)]
    fn exact(&self, kind: ContractKind) -> Option<Ratio> {
        const LINEAR: i128 = 1_000_000_000_000;
        let spread = i128::from(self.slope).wrapping_mul(i128::from(self.exposure));
        match kind {
            ContractKind::Linear | ContractKind::Quanto => {
                Ratio::new(i128::from(self.distance).wrapping_mul(LINEAR), spread).ok()
            }
            ContractKind::Inverse => Ratio::new(spread.wrapping_mul(i128::from(RATE_UNIT)), i128::from(self.distance)).ok(),
        }
    }

    /// The first mark on the grid past the crossing.
    #[inline(always)]
    fn first_mark(&self, terms: &Terms<'_>, narrow: &NarrowContract, side: Side) -> Option<MarkPrice> {
        let (quotient, remainder) = match terms.contract.kind() {
            ContractKind::Linear | ContractKind::Quanto => {
                // Common factors of two go first, so that most products fit 64 bits.
                let twos = narrow.steps_per_unit.trailing_zeros().min(self.exposure.trailing_zeros());
                let (factor, exposure) = (narrow.steps_per_unit.checked_shr(twos)?, self.exposure.checked_shr(twos)?);
                divide([self.distance, factor], [self.slope, exposure])?
            }
            ContractKind::Inverse => {
                let [up, down] = narrow.inverse_steps;
                divide([self.slope.checked_mul(up)?, self.exposure], [self.distance, down])?
            }
        };
        let beyond_equality = terms.rules.trigger == LiquidationTrigger::Below;
        let steps = match (side, remainder) {
            (Side::Long, 0) if beyond_equality => quotient.checked_sub(1)?,
            (Side::Short, 0) if beyond_equality => quotient.checked_add(1)?,
            (Side::Long, _) | (Side::Short, 0) => quotient,
            (Side::Short, _) => quotient.checked_add(1)?,
        };
        // Beyond either end of the grid the general path decides.
        let mark = i64::try_from(steps.checked_mul(narrow.step)?).ok()?;
        MarkPrice::from_raw(mark).ok()
    }
}

/// `a × b ÷ (c × d)` rounded down, and whether something remains (zero: nothing does).
#[inline(always)]
fn divide([a, b]: [u64; 2], [c, d]: [u64; 2]) -> Option<(u64, u64)> {
    if let (Some(numerator), Some(denominator)) = (a.checked_mul(b), c.checked_mul(d)) {
        let quotient = numerator.checked_div(denominator)?;
        return Some((quotient, numerator.wrapping_sub(quotient.wrapping_mul(denominator))));
    }
    let numerator = u128::from(a).wrapping_mul(u128::from(b));
    let denominator = u128::from(c).wrapping_mul(u128::from(d));
    let quotient = numerator.checked_div(denominator)?;
    let remains = u64::from(quotient.wrapping_mul(denominator) != numerator);
    Some((u64::try_from(quotient).ok()?, remains))
}
