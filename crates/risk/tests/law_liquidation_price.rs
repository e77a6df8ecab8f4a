//! Law 1: a liquidation price and the liquidation test say the same thing.

mod common;

use common::{Case, KINDS, big, case, cases, exact, mark, mark_near};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::{ContractKind, ValueRounding};
use ringfence_risk::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis};
use ringfence_risk::units::{MarkPrice, Notional, Side};

fn marginal() -> impl Strategy<Value = Case> {
    case(&KINDS, BracketStyle::Marginal, 0..32_u8)
}

/// Slab brackets on the mark value: the even rule numbers.
fn slab() -> impl Strategy<Value = Case> {
    case(&KINDS, BracketStyle::Slab, (0..16_u8).prop_map(|number| number * 2))
}

/// One step towards safety: up for a long, down for a short.
fn safer(case: &Case, from: MarkPrice, steps: i128) -> Option<MarkPrice> {
    mark(from.wide() + case.position.side.sign() * steps * case.step())
}

/// Value of the position at a mark, from the definition.
fn value(case: &Case, mark: MarkPrice) -> BigRational {
    let at = |exposure: BigRational| match case.contract.kind() {
        ContractKind::Linear | ContractKind::Quanto => exposure * big(mark.wide()) / big(SCALE),
        ContractKind::Inverse => exposure * big(SCALE) / big(mark.wide()),
    };
    match case.contract.spec().value_rounding {
        ValueRounding::PerFill => at(big(case.contract.exposure(case.position.quantity).expect("fits"))),
        // One contract to the nearest unit, halves up, then the quantity.
        ValueRounding::PerContract => {
            let one = at(big(case.contract.spec().multiplier.wide()));
            (one + big(1) / big(2)).floor() * big(case.position.quantity.wide()) / big(SCALE)
        }
    }
}

/// A slab begins above its floor: a position may be exactly as large as the cap of the bracket below.
fn reaches(case: &Case, floor: Notional, value: &BigRational) -> bool {
    floor == Notional::ZERO
        || big(floor.raw()) < *value
        || case.table.style() == BracketStyle::Marginal && big(floor.raw()) == *value
}

/// Margin balance less requirement at a value, from the rules' own words, in exact fractions.
fn excess(case: &Case, value: &BigRational) -> BigRational {
    let Case { position, rules, fees, .. } = case;
    let entry = big(position.entry_value.raw());
    let (rate, whole) = (|raw: i64| big(raw.into()) / big(SCALE), |it: BigRational| it.ceil());
    let gains_with_value = (case.contract.kind() == ContractKind::Inverse) != (position.side == Side::Long);
    let pnl = if gains_with_value { value - &entry } else { &entry - value };
    let balance = big(position.opening_margin.raw()) + big(position.added_margin.raw()) + pnl;
    let on_entry = rules.maintenance_basis == MaintenanceBasis::EntryValue;
    let judged = if on_entry { &entry } else { value };
    let bracket = case.table.brackets().iter().rev().find(|bracket| reaches(case, bracket.floor, judged)).expect("from zero");
    let mut extra = rate(0);
    if rules.closing_fee == ClosingFee::TakerOnMaintenanceValue {
        extra += rate(fees.taker.raw());
    }
    let pays = if position.side == Side::Long { case.funding_rate.raw() } else { -case.funding_rate.raw() };
    if rules.funding_reserve == FundingReserve::PayableRate && pays > 0 {
        extra += rate(pays);
    }
    let share = judged * rate(bracket.maintenance_rate.raw());
    let required = if on_entry { whole(share + judged * extra) } else { share + judged * extra };
    let bankrupt =
        if gains_with_value { &entry - big(position.opening_margin.raw()) } else { &entry + big(position.opening_margin.raw()) };
    let fixed = match rules.closing_fee {
        ClosingFee::TakerAtBankruptcy => whole(bankrupt.max(big(0)) * rate(fees.taker.raw())),
        ClosingFee::Excluded | ClosingFee::TakerOnMaintenanceValue | ClosingFee::ReservedAtEntry => big(0),
    };
    balance - required - fixed + big(bracket.cum.raw())
}

fn liquidates(case: &Case, at: MarkPrice) -> bool {
    case.leg().is_liquidatable(at).expect("in range")
}

proptest! {
    #![proptest_config(cases())]

    /// The test is `margin + profit < maintenance` (or `≤`), decided without rounding, for every rule set and both bracket styles.
    #[test]
    fn the_test_is_the_definition(case in prop_oneof![marginal(), case(&KINDS, BracketStyle::Slab, 0..32_u8)]) {
        let spare = excess(&case, &value(&case, case.mark));
        let expected = match case.rules.trigger {
            LiquidationTrigger::Below => spare < big(0),
            LiquidationTrigger::AtOrBelow => spare <= big(0),
        };
        prop_assert_eq!(liquidates(&case, case.mark), expected);
    }

    /// At the trigger the position is liquidated; one step of the mark towards safety it is not. Without a trigger no mark liquidates.
    #[test]
    fn the_trigger_is_the_first_liquidating_mark(case in marginal(), by in prop::collection::vec(common::moves(), 6)) {
        let Some(price) = case.leg().liquidation_price(case.mark).unwrap() else {
            for by in by.into_iter().chain([-1_000_000, 1_000_000]) {
                prop_assert!(!liquidates(&case, mark_near(&case.contract, case.entry.wide(), by)), "no price, yet liquidated");
            }
            return Ok(());
        };
        prop_assert_eq!(price.trigger.wide() % case.step(), 0, "off the grid");
        prop_assert!(liquidates(&case, price.trigger), "not liquidated at the trigger");
        if let Some(safe) = safer(&case, price.trigger, 1) {
            prop_assert!(!liquidates(&case, safe), "already liquidated one step before");
        }
    }

    /// Marks that liquidate are a half-line: everything past the trigger does, everything before it does not (S16).
    #[test]
    fn liquidating_marks_are_a_half_line(case in marginal(), by in prop::collection::vec(common::moves(), 4)) {
        let price = case.leg().liquidation_price(case.mark).unwrap();
        for by in by {
            let at = mark_near(&case.contract, price.map_or(case.entry.wide(), |price| price.trigger.wide()), by);
            let past = price.is_some_and(|price| match case.position.side {
                Side::Long => at <= price.trigger,
                Side::Short => at >= price.trigger,
            });
            prop_assert_eq!(liquidates(&case, at), past);
        }
    }

    /// Where balance and requirement are said to be equal they are, to the last fraction, and the requirement named is that of the trigger.
    #[test]
    fn the_exact_price_is_where_the_lines_cross(case in prop_oneof![marginal(), slab()]) {
        let Some(price) = case.leg().liquidation_price(case.mark).unwrap() else { return Ok(()) };
        if let Some(crossing) = price.exact {
            let exposure = big(case.contract.exposure(case.position.quantity).unwrap());
            let value = match case.contract.kind() {
                ContractKind::Linear | ContractKind::Quanto => exposure * exact(crossing) / big(SCALE),
                ContractKind::Inverse => exposure * big(SCALE) / exact(crossing),
            };
            let spare = value.clone() * big(price.requirement.rate.wide()) / big(SCALE) + big(price.requirement.constant.raw());
            let line = case.terms().line(&case.position, case.leg().collateral).unwrap();
            prop_assert_eq!(big(line.base) + big(line.sign) * value, spare);
        }
        if price.exact.is_none() {
            let bracket = case.terms().bracket_at(case.contract.exposure(case.position.quantity).unwrap(), price.trigger).unwrap();
            prop_assert_eq!(price.requirement, case.terms().requirement(&case.position, bracket).unwrap());
        }
    }

    /// With brackets that jump, the trigger is the first liquidating mark met on the way from a safe one: none in between.
    #[test]
    fn slab_brackets_give_the_first_mark_on_the_way(case in slab(), shares in prop::collection::vec(0..1_000_000_i128, 8)) {
        let from = case.mark;
        let found = case.leg().liquidation_price(from).unwrap();
        if liquidates(&case, from) {
            prop_assert_eq!(found.map(|price| price.trigger), Some(from));
            return Ok(());
        }
        let step = case.step();
        let end = match (found, case.position.side) {
            (Some(price), _) => {
                prop_assert!(liquidates(&case, price.trigger), "not liquidated at the trigger");
                prop_assert_eq!(price.trigger.wide() % step, 0, "off the grid");
                prop_assert!(!liquidates(&case, safer(&case, price.trigger, 1).unwrap()), "liquidated one step before");
                price.trigger
            }
            (None, Side::Long) => mark(step).unwrap(),
            (None, Side::Short) => mark_near(&case.contract, 1, 1_000_000),
        };
        let edges = case.table.brackets().iter().filter_map(|bracket| {
            let exposure = case.contract.exposure(case.position.quantity).unwrap();
            let price = case.contract.price_of_value(exposure, ringfence_risk::ratio::Ratio::whole(bracket.floor.raw())).unwrap()?;
            price.on_grid(step, ringfence_risk::arithmetic::Rounding::Floor).ok()
        });
        let between = shares.iter().map(|share| from.wide() + (end.wide() - from.wide()) / step * share / 1_000_000 * step);
        for raw in between.chain(edges.flat_map(|edge| [edge - step, edge, edge + step])) {
            let inside = match case.position.side {
                Side::Long => raw > end.wide() && raw <= from.wide(),
                Side::Short => raw < end.wide() && raw >= from.wide(),
            };
            if inside {
                prop_assert!(!liquidates(&case, mark(raw).unwrap()), "met an earlier liquidating mark {}", raw);
            }
        }
    }
}
