//! Leverage brackets: what leverage a size may have and how much maintenance margin it needs.
//!
//! *Marginal* brackets work like income tax: each slice of the value at its own rate, computed as `value × rate − cum`
//! (`cum` is the venue's "maintenance amount" or "deduction"). *Slab* brackets charge the whole value at the rate of the bracket it falls in.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div, sub};
use crate::narrow::{self, NarrowBracket};
use crate::ratio::Ratio;
use crate::units::{Amount, Leverage, Notional, Rate};

/// How brackets apply to a value that spans several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BracketStyle {
    /// Each slice at its own rate: maintenance is continuous in the value.
    Marginal,
    /// The whole value at the rate of its bracket: maintenance jumps at the edges.
    Slab,
}

impl core::fmt::Display for BracketStyle {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Marginal => "marginal",
            Self::Slab => "slab",
        })
    }
}

/// One bracket as a venue publishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BracketRow {
    /// Value at which it begins.
    pub floor: Notional,
    /// Value at which it ends; a position may be exactly this large.
    pub cap: Notional,
    /// Greatest leverage inside it.
    pub max_leverage: Leverage,
    /// Maintenance margin per unit of value.
    pub maintenance_rate: Rate,
}

/// A bracket with its constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// Value at which it begins.
    pub floor: Notional,
    /// Value at which it ends.
    pub cap: Notional,
    /// Greatest leverage inside it.
    pub max_leverage: Leverage,
    /// Maintenance margin per unit of value.
    pub maintenance_rate: Rate,
    /// What is taken off `value × rate` (zero in slab style).
    pub cum: Amount,
}

/// Why a table of brackets is refused. Brackets are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BracketError {
    /// A table needs at least one bracket.
    Empty,
    /// The first bracket must begin at zero.
    FirstFloorNotZero {
        /// Where it begins.
        floor: Notional,
    },
    /// Each bracket must begin where the one before ends.
    Gap {
        /// Bracket that begins elsewhere.
        bracket: usize,
        /// Where it begins.
        floor: Notional,
        /// Where the one before ends.
        expected: Notional,
    },
    /// A bracket must end above where it begins.
    CapNotAboveFloor {
        /// Which bracket.
        bracket: usize,
        /// Its end.
        cap: Notional,
        /// Its beginning.
        floor: Notional,
    },
    /// Maintenance rates must lie in 0 to 1 (exclusive) and never fall.
    RateNotRising {
        /// Which bracket.
        bracket: usize,
        /// Its rate.
        rate: Rate,
    },
    /// Leverage must never rise with size.
    LeverageRising {
        /// Which bracket.
        bracket: usize,
        /// Its leverage.
        leverage: Leverage,
    },
    /// The rate must be below the initial margin rate, or a position would be liquidated as it opens.
    RateNotBelowInitial {
        /// Which bracket.
        bracket: usize,
        /// Its rate.
        rate: Rate,
        /// Its leverage.
        leverage: Leverage,
    },
    /// A published constant differs from the recurrence `cum + floor × (rate − rate before)`.
    WrongCum {
        /// Which bracket.
        bracket: usize,
        /// The published constant.
        published: Amount,
        /// What the recurrence gives.
        expected: Amount,
    },
    /// A constant must be a whole number of 10⁻⁸, or maintenance would jump at the edge.
    CumNotWhole {
        /// Which bracket.
        bracket: usize,
        /// Where it begins.
        floor: Notional,
    },
    /// A number left the range the rules compute with.
    OutOfRange(OutOfRange),
}

impl From<OutOfRange> for BracketError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

impl core::fmt::Display for BracketError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Empty => formatter.write_str("a bracket table needs at least one bracket"),
            Self::FirstFloorNotZero { floor } => write!(formatter, "bracket 1: floor must be 0, got {floor}"),
            Self::Gap { bracket, floor, expected } => {
                write!(formatter, "bracket {bracket}: floor must be {expected} (where the one before ends), got {floor}")
            }
            Self::CapNotAboveFloor { bracket, cap, floor } => {
                write!(formatter, "bracket {bracket}: cap must be above its floor {floor}, got {cap}")
            }
            Self::RateNotRising { bracket, rate } => write!(
                formatter,
                "bracket {bracket}: maintenance rate must be between 0 and 1 and not below the bracket before, got {rate}"
            ),
            Self::LeverageRising { bracket, leverage } => {
                write!(formatter, "bracket {bracket}: leverage must not be above the bracket before, got {leverage}")
            }
            Self::RateNotBelowInitial { bracket, rate, leverage } => {
                write!(formatter, "bracket {bracket}: maintenance rate must be below 1/{leverage}, got {rate}")
            }
            Self::WrongCum { bracket, published, expected } => {
                write!(formatter, "bracket {bracket}: cum must be {expected}, got {published}")
            }
            Self::CumNotWhole { bracket, floor } => {
                write!(
                    formatter,
                    "bracket {bracket}: floor × rise of the rate must be a multiple of 0.00000001, got floor {floor}"
                )
            }
            Self::OutOfRange(error) => error.fmt(formatter),
        }
    }
}

impl core::error::Error for BracketError {}

/// A checked table of brackets: contiguous from zero, rates not falling, leverage not rising, constants recomputed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketTable {
    style: BracketStyle,
    brackets: Vec<Bracket>,
    narrow: Vec<NarrowBracket>,
}

/// The constant of the bracket after one with rate `previous_rate` and constant `previous_cum`.
///
/// cumₙ = cumₙ₋₁ + floorₙ × (rateₙ − rateₙ₋₁): exactly what makes maintenance continuous at the edge. Rounded up if it is not whole.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
///
/// ```
/// use ringfence_risk::bracket::next_cum;
/// let cum = next_cum("50".parse()?, "0.05".parse()?, "0.025".parse()?, "0.56".parse()?)?;
/// assert_eq!(cum.to_string(), "1.81");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn next_cum(floor: Notional, rate: Rate, previous_rate: Rate, previous_cum: Amount) -> Result<Amount, OutOfRange> {
    let step = mul_div(floor.raw(), rate.minus(previous_rate)?.wide(), SCALE, Rounding::Ceiling)?;
    Amount::from_wide(add(previous_cum.raw(), step)?)
}

impl BracketTable {
    /// Checks rows and computes their constants.
    ///
    /// # Errors
    /// [`BracketError`] naming the bracket and the limit.
    pub fn new(style: BracketStyle, rows: &[BracketRow]) -> Result<Self, BracketError> {
        let mut brackets: Vec<Bracket> = Vec::with_capacity(rows.len());
        for (row, number) in rows.iter().zip(1_usize..) {
            let previous = brackets.last();
            check_row(row, number, previous)?;
            let cum = match (style, previous) {
                (BracketStyle::Marginal, Some(before)) => {
                    check_cum_whole(row, number, before)?;
                    next_cum(row.floor, row.maintenance_rate, before.maintenance_rate, before.cum)?
                }
                (BracketStyle::Marginal, None) | (BracketStyle::Slab, _) => Amount::ZERO,
            };
            brackets.push(Bracket {
                floor: row.floor,
                cap: row.cap,
                max_leverage: row.max_leverage,
                maintenance_rate: row.maintenance_rate,
                cum,
            });
        }
        if brackets.is_empty() {
            return Err(BracketError::Empty);
        }
        let narrow = narrow::brackets(style, &brackets);
        Ok(Self { style, brackets, narrow })
    }

    /// As [`BracketTable::new`], also holding each published constant against the recurrence.
    ///
    /// # Errors
    /// [`BracketError::WrongCum`] for the first that differs, otherwise as [`BracketTable::new`].
    pub fn with_published_cums(style: BracketStyle, rows: &[BracketRow], published: &[Amount]) -> Result<Self, BracketError> {
        let table = Self::new(style, rows)?;
        for ((bracket, published), number) in table.brackets.iter().zip(published).zip(1_usize..) {
            if bracket.cum != *published {
                return Err(BracketError::WrongCum { bracket: number, published: *published, expected: bracket.cum });
            }
        }
        Ok(table)
    }

    /// One bracket for every size: a flat maintenance rate.
    ///
    /// # Errors
    /// [`BracketError`] when the rate is not below one ÷ leverage.
    pub fn flat(maintenance_rate: Rate, max_leverage: Leverage) -> Result<Self, BracketError> {
        let row = BracketRow { floor: Notional::ZERO, cap: Notional::GREATEST, max_leverage, maintenance_rate };
        Self::new(BracketStyle::Marginal, &[row])
    }

    /// The brackets as the fast path reads them; empty where it does not apply.
    #[inline]
    pub(crate) fn narrow(&self) -> &[NarrowBracket] {
        &self.narrow
    }

    /// Marginal or slab.
    #[must_use]
    pub const fn style(&self) -> BracketStyle {
        self.style
    }

    /// The brackets, smallest first.
    #[must_use]
    pub fn brackets(&self) -> &[Bracket] {
        &self.brackets
    }

    /// Whether a value reaches a bracket that begins at `floor`: at the floor itself in marginal style, where it makes no difference; above it in
    /// slab style, where a position may be exactly as large as the cap of the bracket below.
    #[inline]
    pub(crate) const fn is_reached(&self, floor: i128, value: i128) -> bool {
        match self.style {
            BracketStyle::Marginal => floor <= value,
            BracketStyle::Slab => floor < value,
        }
    }

    /// Number of the bracket (from 0) a value falls in: the highest that it reaches.
    #[inline]
    #[must_use]
    pub fn index_of(&self, value: Notional) -> usize {
        self.brackets.iter().skip(1).take_while(|bracket| self.is_reached(bracket.floor.raw(), value.raw())).count()
    }

    /// The bracket a value falls in: the highest that it reaches.
    ///
    /// # Errors
    /// None in practice: a table is never empty.
    #[inline]
    pub fn bracket_of(&self, value: Notional) -> Result<&Bracket, OutOfRange> {
        self.brackets.get(self.index_of(value)).ok_or(OutOfRange { what: "bracket" })
    }

    /// Maintenance margin of a value: `value × rate − cum`, rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn maintenance_margin(&self, value: Notional) -> Result<Amount, OutOfRange> {
        self.bracket_of(value)?.maintenance_margin(value)
    }

    /// Greatest leverage a value may have; `None` when it is above every cap.
    #[must_use]
    pub fn max_leverage(&self, value: Notional) -> Option<Leverage> {
        self.brackets.iter().find(|bracket| value <= bracket.cap).map(|bracket| bracket.max_leverage)
    }

    /// Greatest value that may be held at a leverage; `None` when no bracket allows it.
    #[inline]
    #[must_use]
    pub fn max_value(&self, leverage: Leverage) -> Option<Notional> {
        self.brackets.iter().rev().find(|bracket| leverage <= bracket.max_leverage).map(|bracket| bracket.cap)
    }

    /// Greatest leverage, before rounding, at which this margin opens a position that still fits a bracket; `None` when it fits none.
    ///
    /// The greatest over the brackets of `min(bracket leverage, cap ÷ margin)` that reaches the bracket's floor.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn max_leverage_for_margin(&self, margin: Amount) -> Result<Option<Ratio>, OutOfRange> {
        let mut best: Option<Ratio> = None;
        for bracket in self.brackets.iter().filter(|_| margin.raw() > 0) {
            let allowed = Ratio::whole(bracket.max_leverage.wide());
            let by_cap = Ratio::new(mul(bracket.cap.raw(), SCALE)?, margin.raw())?;
            let leverage = if by_cap.compare(allowed).is_lt() { by_cap } else { allowed };
            let needed = Ratio::new(mul(bracket.floor.raw(), SCALE)?, margin.raw())?;
            if leverage.compare(needed).is_ge() && best.is_none_or(|best| leverage.compare(best).is_gt()) {
                best = Some(leverage);
            }
        }
        Ok(best)
    }
}

impl Bracket {
    /// `value × rate − cum`, rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn maintenance_margin(&self, value: Notional) -> Result<Amount, OutOfRange> {
        let share = mul_div(value.raw(), self.maintenance_rate.wide(), SCALE, Rounding::Ceiling)?;
        Amount::from_wide(sub(share, self.cum.raw())?)
    }
}

fn check_row(row: &BracketRow, bracket: usize, previous: Option<&Bracket>) -> Result<(), BracketError> {
    let (floor, rate, leverage) = (row.floor, row.maintenance_rate, row.max_leverage);
    match previous {
        None if floor != Notional::ZERO => return Err(BracketError::FirstFloorNotZero { floor }),
        Some(before) if floor != before.cap => return Err(BracketError::Gap { bracket, floor, expected: before.cap }),
        Some(before) if leverage > before.max_leverage => return Err(BracketError::LeverageRising { bracket, leverage }),
        Some(before) if rate < before.maintenance_rate => return Err(BracketError::RateNotRising { bracket, rate }),
        None | Some(_) => {}
    }
    if row.cap <= floor {
        return Err(BracketError::CapNotAboveFloor { bracket, cap: row.cap, floor });
    }
    if rate < Rate::ZERO || rate >= Rate::WHOLE {
        return Err(BracketError::RateNotRising { bracket, rate });
    }
    if mul(rate.wide(), leverage.wide())? >= mul(SCALE, SCALE)? {
        return Err(BracketError::RateNotBelowInitial { bracket, rate, leverage });
    }
    Ok(())
}

fn check_cum_whole(row: &BracketRow, bracket: usize, before: &Bracket) -> Result<(), BracketError> {
    let rise = row.maintenance_rate.minus(before.maintenance_rate)?;
    if mul(row.floor.raw(), rise.wide())?.checked_rem(SCALE) == Some(0) {
        Ok(())
    } else {
        Err(BracketError::CumNotWhole { bracket, floor: row.floor })
    }
}

/// Initial margin rate of a market whose open interest is large: rises in a straight line from `base` at `lower` to 100 % at `upper`.
///
/// The floor is the same however a position is split over accounts (dYdX v4's open-interest scaling). Rounded up. Equal bounds switch it off.
///
/// # Errors
/// [`OutOfRange`] when `upper` is below `lower`.
pub fn open_interest_rate(base: Rate, open_interest: Notional, lower: Notional, upper: Notional) -> Result<Rate, OutOfRange> {
    if upper <= lower {
        return if upper == lower { Ok(base) } else { Err(OutOfRange { what: "upper open-interest cap" }) };
    }
    let above = open_interest.raw().clamp(lower.raw(), upper.raw());
    let (above, span) = (sub(above, lower.raw())?, sub(upper.raw(), lower.raw())?);
    let rise = mul_div(sub(SCALE, base.wide())?, above, span, Rounding::Ceiling)?;
    Rate::from_wide(add(base.wide(), rise)?.min(SCALE))
}
