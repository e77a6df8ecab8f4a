//! Law 11: the questions asked the other way round are answered to the unit.

mod common;

use common::{Case, KINDS, big, case, cases, exact};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::solve::{
    average_price, leverage_for_liquidation_price, margin_for_liquidation_price, price_for_pnl, price_for_roe, price_to_average,
    quantity_for_margin, quantity_worth, size_for_liquidation_price,
};
use ringfence_risk::units::{Amount, Leverage, Notional, Quantity, Rate};

fn any_case() -> impl Strategy<Value = Case> {
    prop_oneof![2 => case(&KINDS, BracketStyle::Marginal, 0..32_u8), 1 => case(&KINDS, BracketStyle::Slab, 0..32_u8)]
}

fn safe(case: &Case, collateral: Amount) -> bool {
    !Leg { collateral, ..case.leg() }.is_liquidatable(case.mark).expect("in range")
}

/// Value of the whole position at an exact price.
fn value_at(case: &Case, price: ringfence_risk::ratio::Ratio) -> num_rational::BigRational {
    let exposure = big(case.contract.exposure(case.position.quantity).expect("fits"));
    match case.contract.kind() {
        ringfence_risk::contract::ContractKind::Inverse => exposure * big(SCALE) / exact(price),
        ringfence_risk::contract::ContractKind::Linear | ringfence_risk::contract::ContractKind::Quanto => {
            exposure * exact(price) / big(SCALE)
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    /// With the margin named the position is safe at the target; with one unit less it is liquidated there.
    #[test]
    fn margin_for_a_price_is_the_least(case in any_case()) {
        let Ok(margin) = margin_for_liquidation_price(&case.terms(), &case.position, case.mark) else { return Ok(()) };
        prop_assert!(safe(&case, margin));
        prop_assert!(!safe(&case, Amount::from_wide(margin.raw() - 1).unwrap()));
    }

    /// At the leverage named the margin suffices, and a hundred-millionth of leverage above the margin is short (before it is rounded up). A fee
    /// that depends on the margin itself is held as the position has it.
    #[test]
    fn leverage_for_a_price_suffices(case in any_case()) {
        let Ok(margin) = margin_for_liquidation_price(&case.terms(), &case.position, case.mark) else { return Ok(()) };
        let value = case.position.entry_value;
        match leverage_for_liquidation_price(&case.terms(), &case.position, case.mark).unwrap() {
            Some(leverage) => {
                prop_assert!(safe(&case, initial_margin(value, leverage).unwrap()));
                if leverage < Leverage::GREATEST {
                    prop_assert!(big(value.raw()) * big(SCALE) < big(margin.raw()) * big(leverage.wide() + 1));
                }
            }
            None => prop_assert!(margin <= Amount::ZERO || initial_margin(value, Leverage::ONE).unwrap() < margin),
        }
    }

    /// The size named is safe at the target on that margin and one lot more is not, or has no value in range.
    #[test]
    fn size_for_a_price_is_the_largest(case in any_case()) {
        let margin = case.position.opening_margin;
        let Ok(size) = size_for_liquidation_price(&case.terms(), case.position.side, case.entry, margin, case.mark) else { return Ok(()) };
        let fits = |quantity: Quantity| {
            let entry_value = fill_value(&case.contract, quantity, case.entry)?;
            let position = Position { quantity, entry_value, opening_margin: margin, added_margin: Amount::ZERO, ..case.position };
            Leg::isolated(case.terms(), &position)?.is_liquidatable(case.mark).map(|liquidated| !liquidated)
        };
        prop_assert!(size == Quantity::ZERO || fits(size).unwrap());
        if let Ok(more) = size.plus(case.contract.spec().lot) {
            prop_assert!(!fits(more).unwrap_or(false));
        }
    }

    /// The price for a profit gives exactly that profit, and the price for a return that return on the initial margin.
    #[test]
    fn prices_for_profits_are_inverse(case in any_case(), share in -300..=300_i128, roe in Rate::LEAST.raw()..=Rate::GREATEST.raw()) {
        let sign = big(case.contract.value_sign(case.position.side));
        let entry = big(case.position.entry_value.raw());
        let pnl = Amount::from_wide(case.position.opening_margin.raw() * share / 100).unwrap();
        match price_for_pnl(&case.contract, &case.position, pnl).unwrap() {
            Some(price) => prop_assert_eq!(&sign * (value_at(&case, price) - &entry), big(pnl.raw())),
            None => prop_assert!(&entry + &sign * big(pnl.raw()) <= big(0)),
        }
        let margin = big(initial_margin(case.position.entry_value, case.leverage).unwrap().raw());
        let wanted = margin * big(roe.into()) / big(SCALE);
        match price_for_roe(&case.contract, &case.position, Rate::from_raw(roe).unwrap(), case.leverage) {
            Ok(Some(price)) => prop_assert_eq!(&sign * (value_at(&case, price) - &entry), wanted),
            Ok(None) => prop_assert!(&entry + &sign * wanted <= big(0)),
            Err(_) => {}
        }
    }

    /// The price to break even gives back costs and closing fee exactly.
    #[test]
    fn break_even_gives_back_the_costs(case in any_case(), costs in 0..=1_000_000_000_i128) {
        let costs = Amount::from_wide(costs).unwrap();
        let Ok(Some(price)) = case.position.break_even_price(&case.contract, costs, case.fees.taker) else { return Ok(()) };
        let value = value_at(&case, price);
        let gain = big(case.contract.value_sign(case.position.side)) * (&value - big(case.position.entry_value.raw()));
        prop_assert_eq!(gain, big(costs.raw()) + value * big(case.fees.taker.wide()) / big(SCALE));
    }

    /// The quantity for a margin needs that margin at most, and one lot more needs more.
    #[test]
    fn quantity_for_a_margin_is_the_largest(case in any_case(), lost in 0..3_i128) {
        let margin = Amount::from_wide((case.position.opening_margin.raw() - lost).max(0)).unwrap();
        let Ok(quantity) = quantity_for_margin(&case.contract, margin, case.leverage, case.entry) else { return Ok(()) };
        let needed = |quantity| fill_value(&case.contract, quantity, case.entry).and_then(|value| initial_margin(value, case.leverage));
        prop_assert!(needed(quantity).unwrap() <= margin, "{} needs {}", quantity, needed(quantity).unwrap());
        if let Ok(more) = quantity.plus(case.contract.spec().lot) {
            prop_assert!(needed(more).is_ok_and(|needed| needed > margin) || needed(more).is_err(), "{} fits too", more);
        }
    }

    /// The quantity worth a sum of quote currency is worth that at most, and one lot more is worth more.
    #[test]
    fn quantity_worth_is_the_largest(case in any_case(), percent in 0..=300_i128, by in -1..=1_i128) {
        let Ok(whole) = case.contract.quote_value(case.position.quantity, case.entry) else { return Ok(()) };
        let Ok(value) = Notional::from_wide((whole.raw() * percent / 100 + by).max(0)) else { return Ok(()) };
        let Ok(quantity) = quantity_worth(&case.contract, value, case.entry) else { return Ok(()) };
        prop_assert!(case.contract.quote_value(quantity, case.entry).unwrap() <= value);
        if let Ok(more) = quantity.plus(case.contract.spec().lot) {
            prop_assert!(case.contract.quote_value(more, case.entry).map_or(true, |worth| worth > value));
        }
    }

    /// The average is the exact one (harmonic for inverse contracts), and adding at the price named brings the average to the target.
    #[test]
    fn averages(case in any_case(), shares in prop::collection::vec(1..=100_i128, 1..5), target in -200_000..=200_000_i128) {
        let (lot, tick) = (case.contract.spec().lot.wide(), case.contract.spec().tick.wide());
        let size = |share: i128| (case.position.quantity.wide() / lot * share / 100).max(1) * lot;
        let price = |share: i128| ringfence_risk::units::Price::from_wide((case.entry.wide() * share / 50).max(1));
        let fills: Vec<_> = shares.iter().filter_map(|share| Some((Quantity::from_wide(size(*share)).ok()?, price(*share).ok()?))).collect();
        let inverse = case.contract.kind() == ringfence_risk::contract::ContractKind::Inverse;
        if let Ok(average) = average_price(&case.contract, &fills) {
            let parts = || fills.iter().map(|(quantity, price)| (big(case.contract.exposure(*quantity).unwrap()), big(price.wide())));
            let held: BigRational = parts().map(|(exposure, _)| exposure).sum();
            let worth: BigRational = parts().map(|(exposure, price)| if inverse { exposure / price } else { exposure * price }).sum();
            let expected = if inverse { held / &worth } else { worth.clone() / held };
            let off = exact(average) / expected - big(1);
            // An inverse fill's value is taken to 10⁻¹⁸ of a unit.
            let close = if inverse { big(10) / (worth * big(1_000_000_000_000_000_000)) } else { big(0) };
            prop_assert!(off.clone() <= close.clone() && off >= -close);
        }
        let target = (case.entry.wide() * (1_000_000 + target) / 1_000_000 / tick * tick).max(tick);
        let (Ok(target), Some((quantity, _))) = (ringfence_risk::units::Price::from_wide(target), fills.first()) else { return Ok(()) };
        let Ok(Some(price)) = price_to_average(&case.contract, &case.position, *quantity, target) else { return Ok(()) };
        let added = Case { position: Position { quantity: *quantity, ..case.position }, ..case.clone() };
        let whole = fill_value(&case.contract, case.position.quantity.plus(*quantity).unwrap(), target).unwrap();
        prop_assert_eq!(value_at(&added, price) + big(case.position.entry_value.raw()), big(whole.raw()));
    }
}
