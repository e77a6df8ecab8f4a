//! Law 4: parts sum to the whole, whether a position is opened or closed in parts.

mod common;

use common::{Case, KINDS, big, case, cases, exact};
use proptest::prelude::*;
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::{ContractKind, ValueRounding};
use ringfence_risk::fee::fee;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, fill_value, increase, open, reduce};
use ringfence_risk::rule_set::ClosingFee;
use ringfence_risk::units::{Amount, Notional, Price, Quantity, Rate};

fn any_case() -> impl Strategy<Value = Case> {
    case(&KINDS, BracketStyle::Marginal, 0..32_u8)
}

/// A quantity cut into whole lots at these shares (in thousandths); no part is empty.
fn cut(case: &Case, shares: &[i64]) -> Vec<Quantity> {
    let lot = case.contract.spec().lot.raw();
    let mut left = case.position.quantity.raw() / lot;
    let mut parts = Vec::new();
    for share in shares {
        let part = i64::try_from(i128::from(left) * i128::from(*share) / 1_000).expect("a share of it");
        if part > 0 && part < left {
            parts.push(part);
            left -= part;
        }
    }
    parts.push(left);
    parts.into_iter().map(|lots| Quantity::from_raw(lots * lot).expect("part of a quantity")).collect()
}

/// Whether values of this contract are exact on the tick and lot, so that parts sum to the whole without any rounding.
fn sums_exactly(case: &Case) -> bool {
    case.contract.kind() != ContractKind::Inverse
        || case.contract.spec().value_rounding == ValueRounding::PerContract && case.contract.spec().lot.raw() % 100_000_000 == 0
}

proptest! {
    #![proptest_config(cases())]

    /// Filling a size in k parts at one price is one fill: same value (an inverse one to half a unit per fill), and at constant leverage the
    /// margin is that of the whole value whatever the parts. Fees differ by at most k − 1 units and are never less (P3).
    #[test]
    fn many_fills_are_one(case in any_case(), shares in prop::collection::vec(1..1_000_i64, 0..6)) {
        let parts = cut(&case, &shares);
        let mut held: Option<Position> = None;
        let (mut fees, mut values) = (0_i128, 0_i128);
        for part in &parts {
            let value = fill_value(&case.contract, *part, case.entry).unwrap();
            fees += fee(value, case.fees.taker).unwrap().raw();
            values += value.raw();
            held = Some(match held {
                None => open(case.position.side, *part, value, case.leverage).unwrap(),
                Some(position) => increase(&position, *part, value, case.leverage).unwrap(),
            });
        }
        let (held, whole) = (held.unwrap(), case.position);
        let count = i128::try_from(parts.len()).unwrap();
        prop_assert_eq!((held.side, held.quantity), (whole.side, whole.quantity));
        prop_assert_eq!(held.opening_margin, initial_margin(held.entry_value, case.leverage).unwrap());
        prop_assert_eq!(held.entry_value.raw(), values);
        let off = (held.entry_value.raw() - whole.entry_value.raw()).abs();
        if sums_exactly(&case) {
            prop_assert_eq!((off, held.opening_margin), (0, whole.opening_margin));
            let at_once = fee(whole.entry_value, case.fees.taker).unwrap().raw();
            prop_assert!((0..count).contains(&(fees - at_once)));
        } else {
            prop_assert!(2 * off <= count + 1, "{} parts, {} units off", count, off);
        }
    }

    /// The price told of one fill is one at which it has its value, with no more decimals than the price it had.
    #[test]
    fn one_fill_tells_a_price_of_its_value(case in any_case()) {
        let (contract, position) = (&case.contract, &case.position);
        let Ok(value) = fill_value(contract, position.quantity, case.entry) else { return Ok(()) };
        // A value of one unit can be that of a price beyond all prices.
        let Ok(told) = contract.average_price(position.quantity, value) else { return Ok(()) };
        if contract.kind() != ContractKind::Inverse {
            prop_assert_eq!(told, case.entry);
            return Ok(());
        }
        let least = contract.value(position.quantity, told, Rounding::Floor).unwrap();
        let most = contract.value(position.quantity, told, Rounding::Ceiling).unwrap();
        prop_assert!(least <= value && value <= most, "{told}: {least} … {most}, not {value}");
        let decimals = |price: Price| 8 - (0..8_u32).take_while(|zeros| price.wide() % 10_i128.pow(zeros + 1) == 0).count();
        prop_assert!(decimals(told) <= decimals(case.entry), "{told} for a fill at {}", case.entry);
    }

    /// Closing in parts costs in total what was paid: profits sum to proceeds less entry value, the margin comes back to the unit, and the last
    /// part leaves nothing. Each part's cost is its exact share, rounded against the trader by less than one unit.
    #[test]
    fn closing_in_parts_telescopes(case in any_case(), shares in prop::collection::vec(1..1_000_i64, 0..6), moved in -900_000..=900_000_i128) {
        let tick = case.contract.spec().tick.wide();
        let price = (case.entry.wide() * (1_000_000 + moved) / 1_000_000 / tick * tick).clamp(tick, Price::GREATEST.wide() / tick * tick);
        let price = Price::from_wide(price).unwrap();
        let sign = case.contract.value_sign(case.position.side);
        let (mut held, mut realised, mut released, mut proceeds) = (Some(case.position), 0_i128, 0_i128, 0_i128);
        let parts = cut(&case, &shares);
        for part in &parts {
            let before = held.expect("parts sum to the whole");
            let Ok(value) = fill_value(&case.contract, *part, price) else { return Ok(()) };
            let reduction = reduce(&case.contract, &before, *part, value).unwrap();
            let cost = sign * value.raw() - reduction.realised.raw();
            let share = big(sign * before.entry_value.raw()) * big(part.wide()) / big(before.quantity.wide());
            prop_assert_eq!(big(cost), share.ceil());
            let margin = big(before.opening_margin.raw()) * big(part.wide()) / big(before.quantity.wide());
            let added = big(before.added_margin.raw()) * big(part.wide()) / big(before.quantity.wide());
            prop_assert_eq!(big(reduction.released_margin.raw()), margin.floor() + added.floor());
            prop_assert_eq!(reduction.to_wallet().unwrap().raw(), reduction.released_margin.raw() + reduction.realised.raw());
            (realised, released, proceeds) = (realised + reduction.realised.raw(), released + reduction.released_margin.raw(), proceeds + value.raw());
            held = reduction.remaining;
        }
        prop_assert_eq!(held, None);
        prop_assert_eq!(realised, sign * (proceeds - case.position.entry_value.raw()));
        prop_assert_eq!(released, case.position.margin().unwrap().raw());
        if let Ok(value) = fill_value(&case.contract, case.position.quantity, price) {
            let at_once = reduce(&case.contract, &case.position, case.position.quantity, value).unwrap();
            let off = (at_once.realised.raw() - realised).abs();
            let most = if sums_exactly(&case) { 0 } else { i128::try_from(parts.len()).unwrap() + 1 };
            prop_assert!(2 * off <= most);
        }
    }

    /// Reducing never makes a safe position liquidatable at the same mark: what stays has at least its share of the margin. (Where the
    /// requirement itself is rounded up, one unit per rounded part is granted as collateral.)
    #[test]
    fn reducing_never_liquidates(case in any_case(), share in 1..1_000_i64) {
        if case.leg().is_liquidatable(case.mark).unwrap() {
            return Ok(());
        }
        let part = cut(&case, &[share])[0];
        let Some(rest) = reduce(&case.contract, &case.position, part, Notional::ZERO).unwrap().remaining else { return Ok(()) };
        let rounded = case.rules.maintenance_basis == ringfence_risk::rule_set::MaintenanceBasis::EntryValue;
        let granted = i128::from(rounded) * 2 + i128::from(case.rules.closing_fee == ClosingFee::TakerAtBankruptcy);
        let collateral = rest.margin().unwrap().plus(Amount::from_wide(granted).unwrap()).unwrap();
        let leg = Leg { collateral, ..Leg::isolated(case.terms(), &rest).unwrap() };
        prop_assert!(!leg.is_liquidatable(case.mark).unwrap());
    }

    /// Values, margins, fees and profits round as the table of directions says: margins, fees and losses up, profits down, fills to the nearest.
    #[test]
    fn rounding_directions(case in any_case()) {
        let value = case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap();
        let profit = case.position.exact_unrealised_pnl(&case.contract, case.mark).unwrap();
        if let Ok(rounded) = case.position.unrealised_pnl(&case.contract, case.mark) {
            prop_assert_eq!(big(rounded.raw()), exact(profit).floor());
        }
        let entry = case.position.entry_value;
        let margin = big(entry.raw()) * big(100_000_000) / big(case.leverage.wide());
        prop_assert_eq!(big(initial_margin(entry, case.leverage).unwrap().raw()), margin.ceil());
        for rate in [case.fees.taker, Rate::from_wide(-case.fees.taker.wide()).unwrap()] {
            let charged = big(entry.raw()) * big(rate.wide()) / big(100_000_000);
            prop_assert_eq!(big(fee(entry, rate).unwrap().raw()), charged.ceil());
        }
        if case.contract.spec().value_rounding == ValueRounding::PerFill {
            let off = exact(case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.entry.as_mark()).unwrap()) - big(entry.raw());
            prop_assert!(off.clone() + off.clone() <= big(1) && off.clone() + off >= big(-1));
        }
        if let Ok(maintenance) = case.leg().maintenance_margin(case.mark)
            && case.rules.maintenance_basis == ringfence_risk::rule_set::MaintenanceBasis::MarkValue
        {
            let bracket = case.terms().bracket_at(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap();
            let requirement = case.terms().requirement(&case.position, bracket).unwrap();
            let needed = exact(value) * big(requirement.rate.wide()) / big(100_000_000) + big(requirement.constant.raw());
            prop_assert_eq!(big(maintenance.raw()), needed.ceil());
        }
    }
}
