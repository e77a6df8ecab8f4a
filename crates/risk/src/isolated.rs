//! Isolated margin: a position judged by the money in its own box, and by nothing else.

use core::cmp::Ordering;

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, sub};
use crate::bracket::Bracket;
use crate::contract::{ContractKind, ValueRounding};
use crate::maintenance::{Line, Requirement, Terms};
use crate::margin::value_at_bankruptcy;
use crate::narrow;
use crate::position::Position;
use crate::ratio::Ratio;
use crate::rule_set::{LiquidationTrigger, PricePrinting};
use crate::units::{Amount, MarkPrice, Price, Side};

/// A position with the collateral it is judged by.
///
/// For an isolated position the collateral is its margin less funding it owes. The same type answers for a cross position with all others held
/// fixed: its collateral is then the wallet, less the others' maintenance, plus their unrealised profit.
#[derive(Clone, Copy, Debug)]
pub struct Leg<'a> {
    /// What it is judged by.
    pub terms: Terms<'a>,
    /// The position.
    pub position: &'a Position,
    /// Money behind it.
    pub collateral: Amount,
}

/// A liquidation price and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationPrice {
    /// Where balance and requirement are equal, before rounding. `None` where a bracket's edge, not a crossing, sets the trigger.
    pub exact: Option<Ratio>,
    /// The first mark on the mark's grid at which the position is liquidated; one step before it is safe.
    pub trigger: MarkPrice,
    /// The requirement that is met there.
    pub requirement: Requirement,
}

/// Whether a price that makes balance and requirement equal is itself past the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtEquality {
    Liquidates,
    Lives,
}

impl<'a> Leg<'a> {
    /// An isolated position judged by its own margin.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn isolated(terms: Terms<'a>, position: &'a Position) -> Result<Self, OutOfRange> {
        Ok(Self { terms, position, collateral: position.margin()? })
    }

    /// The same position with this much funding owed.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn owing(self, funding: Amount) -> Result<Self, OutOfRange> {
        Ok(Self { collateral: self.collateral.minus(funding)?, ..self })
    }

    /// Collateral plus unrealised profit or loss at the mark, rounded down.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn margin_balance(&self, mark: MarkPrice) -> Result<Amount, OutOfRange> {
        self.collateral.plus(self.position.unrealised_pnl(self.terms.contract, mark)?)
    }

    /// Maintenance requirement at the mark, rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn maintenance_margin(&self, mark: MarkPrice) -> Result<Amount, OutOfRange> {
        self.terms.maintenance_margin(self.position, mark)
    }

    /// Maintenance ÷ margin balance at the mark (1 is the line); `None` when the balance is not above zero.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn margin_ratio(&self, mark: MarkPrice) -> Result<Option<Ratio>, OutOfRange> {
        let balance = self.margin_balance(mark)?;
        if balance <= Amount::ZERO {
            return Ok(None);
        }
        let maintenance = mul(self.maintenance_margin(mark)?.raw(), SCALE)?;
        Ratio::new(maintenance, balance.raw()).map(Some)
    }

    /// Whether the position is liquidated at this mark: an exact comparison.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn is_liquidatable(&self, mark: MarkPrice) -> Result<bool, OutOfRange> {
        self.terms.is_liquidatable(self.position, self.collateral, mark)
    }

    /// The first mark, coming from `from`, at which the position is liquidated; `None` when no mark does.
    ///
    /// With marginal brackets (or maintenance on the entry value) the answer does not depend on `from`: there is one line, and it is found by
    /// looking at the bracket edges and dividing once. With slab brackets maintenance jumps, there may be several lines, and the first one met
    /// on the way down (long) or up (short) counts. (There a position can even be liquidated as it wins, when its value climbs into a dearer
    /// bracket: [`CrossAccount::liquidation_marks`](crate::cross::CrossAccount::liquidation_marks) looks both ways.)
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    ///
    /// ```
    /// # use ringfence_risk::bracket::BracketTable;
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # use ringfence_risk::fee::FeeSchedule;
    /// # use ringfence_risk::{isolated::Leg, maintenance::Terms, position, rule_set::RuleSet};
    /// # use ringfence_risk::units::{Rate, Side};
    /// # let contract = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Inverse, settlement: "BTC".parse()?, tick: "0.1".parse()?, mark_step: "0.1".parse()?,
    /// #     lot: "1".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// # let brackets = BracketTable::flat("0.005".parse()?, "100".parse()?)?;
    /// # let rules = RuleSet::ringfence();
    /// # let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
    /// # let terms = Terms { contract: &contract, brackets: &brackets, rules: &rules, fees, funding_rate: Rate::ZERO };
    /// // The founding article's position: 10,000 one-dollar contracts at 10,000 and 100×.
    /// let long = position::open(Side::Long, "10000".parse()?, "1".parse()?, "100".parse()?)?;
    /// let price = Leg::isolated(terms, &long)?.liquidation_price("10000".parse()?)?.expect("a long at 100× can be liquidated");
    /// assert_eq!(price.trigger.to_string(), "9950.4"); // the line is at 9950.495…, and 9950.5 is still safe
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn liquidation_price(&self, from: MarkPrice) -> Result<Option<LiquidationPrice>, OutOfRange> {
        if let Some(answer) = narrow::liquidation_price(&self.terms, self.position, self.collateral) {
            return Ok(answer);
        }
        self.liquidation_price_in_general(from)
    }

    /// The same for every contract, bracket style and size.
    pub(crate) fn liquidation_price_in_general(&self, from: MarkPrice) -> Result<Option<LiquidationPrice>, OutOfRange> {
        let line = self.terms.line(self.position, self.collateral)?;
        if self.terms.jumps() {
            return self.walk(&line, from);
        }
        match self.terms.crossing_requirement(self.position, &line)? {
            Some(requirement) => self.first_mark_past(&line, requirement),
            None if line.sign > 0 => Ok(None),
            None => self.always(),
        }
    }

    /// The price at which the collateral is used up, before rounding; `None` when it cannot be.
    ///
    /// Linear `E − s margin ÷ Q`, inverse `V ÷ (V ÷ E + s margin)`.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn bankruptcy_price(&self) -> Result<Option<Ratio>, OutOfRange> {
        let Self { terms, position, collateral } = self;
        let value = value_at_bankruptcy(terms.contract, position.side, position.entry_value, *collateral)?;
        terms.contract.price_of_value(terms.contract.exposure(position.quantity)?, Ratio::whole(value))
    }

    /// The price at which the balance is this fraction of the position's value, before rounding: for maintenance rates that are no multiple of
    /// 10⁻⁸, such as a sixth. `None` when no price above zero is.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn price_at_share(&self, share: Ratio) -> Result<Option<Ratio>, OutOfRange> {
        let line = self.terms.line(self.position, self.collateral)?;
        // sign × v − share × v = −base, the share being in units of 10⁻⁸.
        let whole = mul(share.denominator(), SCALE)?;
        let slope = sub(mul(line.sign, whole)?, share.numerator())?;
        let value = Ratio::new(mul(sub(0, line.base)?, whole)?, slope)?;
        self.terms.contract.price_of_value(line.exposure, value)
    }

    /// A price as the rule set prints it: for display only.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn printed(&self, price: Ratio) -> Result<Ratio, OutOfRange> {
        print_price(&self.terms, self.position.side, price)
    }

    fn at_equality(&self) -> AtEquality {
        match self.terms.rules.trigger {
            LiquidationTrigger::Below => AtEquality::Lives,
            LiquidationTrigger::AtOrBelow => AtEquality::Liquidates,
        }
    }

    #[inline]
    fn first_mark_past(&self, line: &Line, requirement: Requirement) -> Result<Option<LiquidationPrice>, OutOfRange> {
        let value = Terms::crossing(line, &requirement)?;
        let exact = self.terms.contract.price_of_value(line.exposure, value)?;
        let trigger = self.first_mark_past_value(line, value, self.at_equality())?;
        Ok(trigger.map(|trigger| LiquidationPrice { exact, trigger, requirement }))
    }

    /// The first mark on the grid, moving against the position, at which its value is past `value`; `None` when there is none.
    fn first_mark_past_value(&self, line: &Line, value: Ratio, equality: AtEquality) -> Result<Option<MarkPrice>, OutOfRange> {
        let contract = self.terms.contract;
        let (exposure, value, equality) = match contract.spec().value_rounding {
            ValueRounding::PerFill => (line.exposure, value, equality),
            ValueRounding::PerContract => {
                let (value, equality) = self.whole_contract_edge(line, value, equality)?;
                (contract.spec().multiplier.wide(), value, equality)
            }
        };
        match contract.price_of_value(exposure, value)? {
            Some(price) => self.first_mark(price, equality),
            // No value above zero: a falling value never gets there, a rising one is past it everywhere.
            None if line.sign > 0 => Ok(None),
            None => self.first_of_all().map(Some),
        }
    }

    /// Where the value of one contract is made whole (halves up), a position's value moves in steps: the unrounded value of one contract at which
    /// the step past `value` begins, and whether that point is past it.
    fn whole_contract_edge(&self, line: &Line, value: Ratio, equality: AtEquality) -> Result<(Ratio, AtEquality), OutOfRange> {
        let one = Ratio::new(mul(value.numerator(), SCALE)?, mul(value.denominator(), self.position.quantity.wide())?)?;
        let half = |twice: i128| Ratio::new(twice, 2);
        if line.sign > 0 {
            // Falling value: the greatest whole value that is past it, and everything that rounds to it or lower.
            let whole = match equality {
                AtEquality::Lives => sub(one.rounded(Rounding::Ceiling)?, 1)?,
                AtEquality::Liquidates => one.rounded(Rounding::Floor)?,
            };
            Ok((half(add(mul(2, whole)?, 1)?)?, AtEquality::Lives))
        } else {
            let whole = match equality {
                AtEquality::Lives => add(one.rounded(Rounding::Floor)?, 1)?,
                AtEquality::Liquidates => one.rounded(Rounding::Ceiling)?,
            };
            Ok((half(sub(mul(2, whole)?, 1)?)?, AtEquality::Liquidates))
        }
    }

    /// The first mark on the grid, moving against the position, that lies past `price`; `None` when the grid ends before.
    #[inline]
    fn first_mark(&self, price: Ratio, equality: AtEquality) -> Result<Option<MarkPrice>, OutOfRange> {
        let step = self.terms.contract.spec().mark_step.wide();
        let (rounding, outward) = match self.position.side {
            Side::Long => (Rounding::Floor, Ordering::Less),
            Side::Short => (Rounding::Ceiling, Ordering::Greater),
        };
        let mark = price.on_grid(step, rounding)?;
        let on_the_line = equality == AtEquality::Lives && Ratio::whole(mark).compare(price) == Ordering::Equal;
        let mark = match (on_the_line, outward) {
            (false, _) => mark,
            (true, Ordering::Less) => sub(mark, step)?,
            (true, Ordering::Equal | Ordering::Greater) => add(mark, step)?,
        };
        match self.position.side {
            // A long whose line lies above every mark is past it at the first mark there is.
            Side::Long => Ok(MarkPrice::from_wide(mark.min(self.greatest_mark()?.wide())).ok()),
            Side::Short => Ok(MarkPrice::from_wide(mark).ok()),
        }
    }

    /// The greatest mark on the grid.
    fn greatest_mark(&self) -> Result<MarkPrice, OutOfRange> {
        let step = self.terms.contract.spec().mark_step.wide();
        MarkPrice::from_wide(Ratio::whole(MarkPrice::GREATEST.wide()).on_grid(step, Rounding::Floor)?)
    }

    /// The first mark there is, moving against the position.
    fn first_of_all(&self) -> Result<MarkPrice, OutOfRange> {
        match self.position.side {
            Side::Long => self.greatest_mark(),
            Side::Short => Ok(self.terms.contract.spec().mark_step),
        }
    }

    /// A position whose requirement exceeds its balance at every mark is liquidated at the first mark there is.
    #[cold]
    fn always(&self) -> Result<Option<LiquidationPrice>, OutOfRange> {
        let trigger = self.first_of_all()?;
        let exposure = self.terms.contract.exposure(self.position.quantity)?;
        let requirement = self.terms.requirement(self.position, self.terms.bracket_at(exposure, trigger)?)?;
        Ok(Some(LiquidationPrice { exact: None, trigger, requirement }))
    }

    /// Slab brackets: bracket by bracket in the direction in which the position loses.
    fn walk(&self, line: &Line, from: MarkPrice) -> Result<Option<LiquidationPrice>, OutOfRange> {
        let start = self.terms.contract.mark_value(line.exposure, from)?;
        let brackets = self.terms.brackets.brackets();
        let present = self.terms.bracket_of(start)?;
        let requirement = self.terms.requirement(self.position, present)?;
        if self.is_liquidatable(from)? {
            return Ok(Some(LiquidationPrice { exact: None, trigger: from, requirement }));
        }
        if line.sign > 0 {
            let ahead = brackets.iter().rev().skip_while(|bracket| bracket.floor > present.floor);
            self.first_in(line, ahead, |bracket| {
                (bracket.floor != present.floor).then_some((bracket.cap.raw(), AtEquality::Liquidates))
            })
        } else {
            let ahead = brackets.iter().skip_while(|bracket| bracket.floor < present.floor);
            self.first_in(line, ahead, |bracket| {
                (bracket.floor != present.floor).then_some((bracket.floor.raw(), AtEquality::Lives))
            })
        }
    }

    /// The first liquidating mark in brackets given in the order they are met; `edge` is the value at which a bracket is entered.
    fn first_in(
        &self,
        line: &Line,
        ahead: impl Iterator<Item = &'a Bracket>,
        edge: impl Fn(&Bracket) -> Option<(i128, AtEquality)>,
    ) -> Result<Option<LiquidationPrice>, OutOfRange> {
        let contract = self.terms.contract;
        for bracket in ahead {
            let requirement = self.terms.requirement(self.position, bracket)?;
            let value = Terms::crossing(line, &requirement)?;
            let exact = contract.price_of_value(line.exposure, value)?;
            let crossing = self.first_mark_past_value(line, value, self.at_equality())?;
            let entered = match edge(bracket) {
                Some((value, equality)) => self.first_mark_past_value(line, Ratio::whole(value), equality)?,
                None => None,
            };
            for (trigger, exact) in [(entered, None), (crossing, exact)] {
                let Some(trigger) = trigger else { continue };
                let inside = self.terms.bracket_at(line.exposure, trigger)?.floor == bracket.floor;
                if inside && self.is_liquidatable(trigger)? {
                    return Ok(Some(LiquidationPrice { exact, trigger, requirement }));
                }
            }
        }
        Ok(None)
    }
}

/// A liquidation or bankruptcy price as the rule set prints it: for display only.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn print_price(terms: &Terms<'_>, side: Side, price: Ratio) -> Result<Ratio, OutOfRange> {
    let earlier = match side {
        Side::Long => Rounding::Ceiling,
        Side::Short => Rounding::Floor,
    };
    let tick = terms.contract.spec().tick.wide();
    match terms.rules.price_printing {
        PricePrinting::EightDecimals => Ok(Ratio::whole(price.rounded(earlier)?)),
        PricePrinting::TickEarlier => Ok(Ratio::whole(price.on_grid(tick, earlier)?)),
        PricePrinting::WholeContractValue => {
            let price = match terms.contract.kind() {
                ContractKind::Linear | ContractKind::Quanto => price,
                ContractKind::Inverse => whole_contract_price(terms, side, price)?,
            };
            Ok(Ratio::whole(price.on_grid(tick, earlier)?))
        }
    }
}

/// A price moved one tick against the position's loss, toward the mark: what OKX's interface prints for an isolated inverse long.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn one_tick_toward_mark(side: Side, price: Ratio, tick: Price) -> Result<Ratio, OutOfRange> {
    let step = mul(mul(side.sign(), tick.wide())?, price.denominator())?;
    Ratio::new(add(price.numerator(), step)?, price.denominator())
}

/// The price at which one inverse contract is worth a whole number of units, at or before `price`: the value rounded down for a long, up for a short.
fn whole_contract_price(terms: &Terms<'_>, side: Side, price: Ratio) -> Result<Ratio, OutOfRange> {
    let face = terms.contract.spec().multiplier.wide();
    let scaled = mul(face, SCALE)?;
    let rounding = match side {
        Side::Long => Rounding::Floor,
        Side::Short => Rounding::Ceiling,
    };
    let value = Ratio::new(mul(scaled, price.denominator())?, price.numerator())?.rounded(rounding)?;
    Ratio::new(scaled, value)
}
