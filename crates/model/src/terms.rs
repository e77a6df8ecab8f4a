//! What a market's contract, brackets and rule set say, in exact numbers.

use num_bigint::BigInt;
use num_traits::{One, Zero};
use ringfence_engine::command::Listing;
use ringfence_engine::ids::AssetId;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::{ContractKind, ValueRounding};
use ringfence_risk::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis, OrderCost, RuleSet};
use ringfence_risk::units::{Leverage, Rate, Side};

use crate::exact::{Fraction, ceiling, floor, half_even, half_up, scale};
use crate::leg::Leg;

/// One bracket: where it begins, its rate, and the constant that makes maintenance continuous.
#[derive(Clone, Debug)]
struct Slice {
    floor: BigInt,
    rate: BigInt,
    cum: BigInt,
}

/// The terms of a market.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) asset: AssetId,
    pub(crate) rules: RuleSet,
    pub(crate) lot: BigInt,
    pub(crate) taker: Rate,
    pub(crate) maker: Rate,
    pub(crate) liquidation: Rate,
    pub(crate) insurance_per_liquidation: Option<BigInt>,
    pub(crate) insurance_per_hour: Option<BigInt>,
    kind: ContractKind,
    rounding: ValueRounding,
    multiplier: BigInt,
    tick: BigInt,
    mark_step: i64,
    style: BracketStyle,
    slices: Vec<Slice>,
}

impl Terms {
    pub(crate) fn new(asset: AssetId, listing: &Listing) -> Self {
        let spec = &listing.contract;
        let mut slices: Vec<Slice> = Vec::new();
        for row in listing.brackets.brackets() {
            let (floor, rate) = (BigInt::from(row.floor.raw()), BigInt::from(row.maintenance_rate.raw()));
            let cum = match slices.last() {
                Some(before) if listing.brackets.style() == BracketStyle::Marginal => {
                    &before.cum + ceiling(&(&floor * (&rate - &before.rate)), &scale())
                }
                Some(_) | None => BigInt::zero(),
            };
            slices.push(Slice { floor, rate, cum });
        }
        Self {
            asset,
            rules: listing.rules.clone(),
            lot: spec.lot.raw().into(),
            taker: listing.fees.taker,
            maker: listing.fees.maker,
            liquidation: listing.fees.liquidation,
            insurance_per_liquidation: listing.caps.insurance_per_liquidation.map(|cap| cap.raw().into()),
            insurance_per_hour: listing.caps.insurance_per_hour.map(|cap| cap.raw().into()),
            kind: spec.kind,
            rounding: spec.value_rounding,
            multiplier: spec.multiplier.raw().into(),
            tick: spec.tick.raw().into(),
            mark_step: spec.mark_step.raw(),
            style: listing.brackets.style(),
            slices,
        }
    }

    /// The step of marks.
    pub(crate) const fn mark_step(&self) -> i64 {
        self.mark_step
    }

    /// A number of ticks as a price.
    pub(crate) fn price(&self, ticks: u32) -> BigInt {
        &self.tick * BigInt::from(ticks)
    }

    /// A number of lots as a quantity.
    pub(crate) fn quantity(&self, lots: u64) -> BigInt {
        &self.lot * BigInt::from(lots)
    }

    /// +1 where a side gains as its value rises, −1 where it gains as the value falls.
    pub(crate) fn sign(&self, side: Side) -> BigInt {
        BigInt::from(match (self.kind, side) {
            (ContractKind::Linear | ContractKind::Quanto, Side::Long) | (ContractKind::Inverse, Side::Short) => 1,
            (ContractKind::Linear | ContractKind::Quanto, Side::Short) | (ContractKind::Inverse, Side::Long) => -1,
        })
    }

    /// Value of `exposure` at a price, unrounded.
    fn plain_value(&self, exposure: &BigInt, price: &BigInt) -> Fraction {
        match self.kind {
            ContractKind::Linear | ContractKind::Quanto => Fraction::new(exposure * price, scale()),
            ContractKind::Inverse => Fraction::new(exposure * scale(), price.clone()),
        }
    }

    /// Value of a quantity at a mark.
    pub(crate) fn mark_value(&self, quantity: &BigInt, price: &BigInt) -> Fraction {
        match self.rounding {
            ValueRounding::PerFill => self.plain_value(&floor(&(quantity * &self.multiplier), &scale()), price),
            ValueRounding::PerContract => {
                let one = self.plain_value(&self.multiplier, price);
                Fraction::new(quantity * half_up(&one.numerator, &one.denominator), scale())
            }
        }
    }

    /// Value of a fill: rounded once, to the nearest unit.
    pub(crate) fn fill_value(&self, quantity: &BigInt, price: &BigInt) -> BigInt {
        let exact = self.mark_value(quantity, price);
        half_even(&exact.numerator, &exact.denominator)
    }

    /// Value at a mark in whole units, rounded against whoever holds the side.
    pub(crate) fn value_against(&self, side: Side, quantity: &BigInt, mark: &BigInt) -> BigInt {
        let value = self.mark_value(quantity, mark);
        if self.sign(side).is_one() { value.floor() } else { value.ceiling() }
    }

    /// Unrealised profit of a position, unrounded.
    pub(crate) fn profit(&self, side: Side, value: &Fraction, entry: &BigInt) -> Fraction {
        value.plus_whole(&-entry).times(&self.sign(side))
    }

    /// The bracket of a value: the highest whose floor is reached; of slabs, whose floor is passed.
    fn slice_of(&self, value: &Fraction) -> Option<&Slice> {
        let reached = |slice: &&Slice| {
            let order = value.compare_whole(&slice.floor);
            match self.style {
                BracketStyle::Marginal => order.is_ge(),
                BracketStyle::Slab => order.is_gt(),
            }
        };
        self.slices.iter().rev().find(reached).or_else(|| self.slices.first())
    }

    /// Maintenance requirement of a position, unrounded: value × rate − cum, on the value at the mark or at entry (then rounded up), with the
    /// closing fee and the payable funding that the rule set counts.
    pub(crate) fn maintenance(&self, side: Side, leg: &Leg, (value, funding): (&Fraction, &BigInt)) -> Fraction {
        let basis = match self.rules.maintenance_basis {
            MaintenanceBasis::MarkValue => value.clone(),
            MaintenanceBasis::EntryValue => Fraction::new(leg.entry.clone(), BigInt::one()),
        };
        let Some(slice) = self.slice_of(&basis) else { return Fraction::zero() };
        let mut rate = slice.rate.clone();
        if self.rules.closing_fee == ClosingFee::TakerOnMaintenanceValue {
            rate += BigInt::from(self.taker.raw());
        }
        if self.rules.funding_reserve == FundingReserve::PayableRate {
            rate += (funding * BigInt::from(side.sign())).max(BigInt::zero());
        }
        let on_value = basis.times(&rate).over(&scale());
        let on_value = match self.rules.maintenance_basis {
            MaintenanceBasis::MarkValue => on_value,
            MaintenanceBasis::EntryValue => Fraction::new(on_value.ceiling(), BigInt::one()),
        };
        let fixed = match self.rules.closing_fee {
            ClosingFee::TakerAtBankruptcy => {
                let bankrupt = &leg.entry - self.sign(side) * &leg.opening;
                fee(&bankrupt.max(BigInt::zero()), self.taker)
            }
            ClosingFee::Excluded | ClosingFee::TakerOnMaintenanceValue | ClosingFee::ReservedAtEntry => BigInt::zero(),
        };
        on_value.plus_whole(&(fixed - &slice.cum))
    }

    /// Whether a margin balance this large is liquidated.
    pub(crate) fn is_due(&self, balance: &Fraction, maintenance: &Fraction) -> bool {
        let order = balance.compare(maintenance);
        match self.rules.trigger {
            LiquidationTrigger::Below => order.is_lt(),
            LiquidationTrigger::AtOrBelow => order.is_le(),
        }
    }

    /// Whether an order must find the fee to open available.
    pub(crate) const fn holds_fee(&self) -> bool {
        match self.rules.order_cost {
            OrderCost::OpenLoss => false,
            OrderCost::OpenLossAndFee | OrderCost::TwoWayFee | OrderCost::FeeTwice => true,
        }
    }
}

/// Initial margin: value ÷ leverage, up.
pub(crate) fn initial(value: &BigInt, leverage: Leverage) -> BigInt {
    ceiling(&(value * scale()), &BigInt::from(leverage.raw()))
}

/// Fee: value × rate, up (a rebate: down in size).
pub(crate) fn fee(value: &BigInt, rate: Rate) -> BigInt {
    ceiling(&(value * BigInt::from(rate.raw())), &scale())
}

/// The funding rate of a market that was never sampled: the interest within the band, per settlement, within the cap.
pub(crate) fn first_rate(listing: &Listing) -> BigInt {
    let terms = &listing.funding.terms;
    let [interest, band, cap] = [terms.interest, terms.band, terms.cap].map(|rate| BigInt::from(rate.raw()));
    let within = |rate: BigInt, most: &BigInt| rate.max(-most).min(most.clone());
    let band = band.max(BigInt::zero());
    let per_settlement = BigInt::from(terms.settlements_per_eight_hours.max(1));
    within(half_even(&within(interest, &band), &per_settlement), &cap.max(BigInt::zero()))
}
