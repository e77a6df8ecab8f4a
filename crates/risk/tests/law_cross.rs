//! Law 12: a cross pool is judged by an exact sum over its positions, and its liquidation marks agree with that test.

mod common;

use common::{Case, KINDS, LOSSLESS, amount, big, case, cases, exact, mark, mark_near};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::LiquidationTrigger;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Quantity, Side};

fn any_case() -> impl Strategy<Value = Case> {
    prop_oneof![3 => case(&KINDS, BracketStyle::Marginal, 0..32_u8), 1 => case(&KINDS, BracketStyle::Slab, 0..32_u8)]
}

fn leg<'a>(case: &'a Case, position: &'a Position, market: usize) -> CrossLeg<'a> {
    CrossLeg { terms: case.terms(), position, leverage: case.leverage, mark: case.mark, market }
}

/// Profit less requirement of a position at its mark, in exact fractions.
fn excess(case: &Case, position: &Position) -> BigRational {
    let exposure = case.contract.exposure(position.quantity).expect(LOSSLESS);
    let value = exact(case.contract.mark_value(exposure, case.mark).expect(LOSSLESS));
    let bracket = case.terms().bracket_at(exposure, case.mark).expect(LOSSLESS);
    let requirement = case.terms().requirement(position, bracket).expect(LOSSLESS);
    let pnl = exact(position.exact_unrealised_pnl(&case.contract, case.mark).expect(LOSSLESS));
    pnl - value * big(requirement.rate.wide()) / big(SCALE) - big(requirement.constant.raw())
}

fn judged(trigger: LiquidationTrigger, spare: &BigRational) -> bool {
    match trigger {
        LiquidationTrigger::Below => *spare < big(0),
        LiquidationTrigger::AtOrBelow => *spare <= big(0),
    }
}

/// The pool with its market at another mark is liquidatable.
fn liquidates(account: &CrossAccount<'_>, at: i128) -> bool {
    let legs: Vec<CrossLeg<'_>> = account.legs.iter().map(|leg| CrossLeg { mark: mark(at).expect(LOSSLESS), ..*leg }).collect();
    CrossAccount { legs: &legs, ..*account }.is_liquidatable().expect("in range")
}

fn worth_in_range(case: &Case, position: &Position, at: i128) -> bool {
    let value = case.contract.mark_value(case.contract.exposure(position.quantity).expect(LOSSLESS), mark(at).expect(LOSSLESS));
    value.is_ok_and(|value| exact(value) <= big(Notional::GREATEST.raw()))
}

proptest! {
    #![proptest_config(cases())]

    /// Wallet plus profit less requirement, summed as fractions over contracts at different marks, has the sign the test says. The wallet is
    /// chosen to bring the sum within a unit of zero as often as not.
    #[test]
    fn the_test_is_an_exact_sum(cases in prop::collection::vec(any_case(), 1..6), by in -1..=1_i128, far in any::<bool>()) {
        let sum: BigRational = cases.iter().map(|case| excess(case, &case.position)).sum();
        let near = (-&sum).floor().to_integer();
        let Ok(near) = i128::try_from(near) else { return Ok(()) };
        let Ok(wallet) = Amount::from_wide(if far { near / 2 } else { near + by }) else { return Ok(()) };
        let legs: Vec<_> = cases.iter().enumerate().map(|(market, case)| leg(case, &case.position, market)).collect();
        let trigger = cases[0].rules.trigger;
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger };
        prop_assert_eq!(account.is_liquidatable().unwrap(), judged(trigger, &(sum + big(wallet.raw()))));
    }

    /// A pool with one position is that position with the wallet as collateral: same test, same first mark on its losing side.
    #[test]
    fn one_leg_is_a_leg(case in any_case(), wallet in 0..=300_i128) {
        let wallet = amount(case.position.opening_margin.raw() * wallet / 100);
        let legs = [leg(&case, &case.position, 7)];
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger: case.rules.trigger };
        let alone = Leg { collateral: wallet, ..case.leg() };
        prop_assert_eq!(account.is_liquidatable().unwrap(), alone.is_liquidatable(case.mark).unwrap());
        let fixed = account.leg_with_other_markets_fixed(7).unwrap();
        prop_assert_eq!(fixed.collateral, wallet);
        if !worth_in_range(&case, &case.position, case.mark.wide()) {
            return Ok(());
        }
        let price = alone.liquidation_price(case.mark).unwrap();
        match account.liquidation_marks(7).unwrap() {
            CrossLiquidation::Now => prop_assert!(alone.is_liquidatable(case.mark).unwrap()),
            CrossLiquidation::Band { below, above } => {
                let (losing, winning) = if case.position.side == Side::Long { (below, above) } else { (above, below) };
                let within = price.map(|price| price.trigger).filter(|trigger| worth_in_range(&case, &case.position, trigger.wide()));
                prop_assert_eq!(losing, within);
                // Only a requirement that jumps can catch a position up on its winning side.
                prop_assert!(winning.is_none() || case.table.style() == BracketStyle::Slab);
                if let Some(at) = winning.map(MarkPrice::wide) {
                    prop_assert!(liquidates(&account, at) && !liquidates(&account, at - case.position.side.sign() * case.step()));
                }
            }
        }
    }

    /// With a long and a short leg of one contract, the marks found are liquidated, the marks next to them are not, and none in between is.
    #[test]
    fn hedged_marks_are_the_first_on_each_way(case in any_case(), size in 1..=200_i128, wallet in 0..=200_i128, samples in prop::collection::vec(-999_000..=999_000_i64, 6)) {
        let lot = case.contract.spec().lot.wide();
        let quantity = Quantity::from_wide((case.position.quantity.wide() / lot * size / 100).max(1) * lot);
        let Ok(quantity) = quantity else { return Ok(()) };
        let Ok(value) = ringfence_risk::position::fill_value(&case.contract, quantity, case.mark.as_price()) else { return Ok(()) };
        let other = Position { side: case.position.side.opposite(), quantity, entry_value: value, ..case.position };
        let legs = [leg(&case, &case.position, 3), leg(&case, &other, 3)];
        let wallet = amount((case.position.entry_value.raw() / 50) * wallet / 100);
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger: case.rules.trigger };
        let present = case.mark.wide();
        let in_range = |at: i128| worth_in_range(&case, &case.position, at) && worth_in_range(&case, &other, at);
        if !in_range(present) {
            return Ok(());
        }
        let CrossLiquidation::Band { below, above } = account.liquidation_marks(3).unwrap() else {
            prop_assert!(liquidates(&account, present));
            return Ok(());
        };
        prop_assert!(!liquidates(&account, present));
        for (found, outward) in [(below, -1_i128), (above, 1_i128)] {
            let Some(at) = found.map(MarkPrice::wide) else { continue };
            prop_assert!((at - present).signum() == outward && at % case.step() == 0);
            prop_assert!(liquidates(&account, at), "not liquidated at {}", at);
            prop_assert!(!liquidates(&account, at - outward * case.step()), "already before {}", at);
        }
        for by in samples {
            let at = mark_near(&case.contract, present, by).wide();
            let inside = below.is_none_or(|below| at > below.wide()) && above.is_none_or(|above| at < above.wide());
            if inside && in_range(at) {
                prop_assert!(!liquidates(&account, at), "liquidated at {} between the marks found", at);
            }
        }
    }

    /// Printed figures are rounded against the account: equity down, maintenance and initial margin up; what is available never counts profit.
    #[test]
    fn printed_figures_are_rounded_against_the_account(cases in prop::collection::vec(any_case(), 1..4), wallet in 0..=1_000_000_000_000_i128, held in 0..=1_000_000_000_i128) {
        let legs: Vec<_> = cases.iter().enumerate().map(|(market, case)| leg(case, &case.position, market)).collect();
        let account = CrossAccount { wallet: amount(wallet), order_margin: amount(held), legs: &legs, trigger: LiquidationTrigger::Below };
        let (Ok(equity), Ok(maintenance), Ok(initial), Ok(available)) = (account.equity(), account.maintenance_margin(), account.initial_margin(), account.available()) else { return Ok(()) };
        let pnl: BigRational = cases.iter().map(|case| exact(case.position.exact_unrealised_pnl(&case.contract, case.mark).unwrap()).floor()).sum();
        prop_assert_eq!(big(equity.raw()), big(wallet) + &pnl);
        let spare: BigRational = cases.iter().map(|case| excess(case, &case.position)).sum();
        let off = big(equity.raw() - wallet - maintenance.raw()) - spare;
        prop_assert!(off <= big(0) && off > big(-2 * i128::try_from(cases.len()).unwrap()));
        let value = |case: &Case| exact(case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap()).ceil();
        let needed: i128 = cases.iter().map(|case| initial_margin(Notional::from_wide(i128::try_from(value(case).to_integer()).unwrap()).unwrap(), case.leverage).unwrap().raw()).sum();
        prop_assert_eq!(initial.raw(), needed);
        let free = big(wallet) + pnl.min(big(0)) - big(needed.max(maintenance.raw()) + held);
        prop_assert_eq!(big(available.raw()), free.max(big(0)));
        if let Some(ratio) = account.margin_ratio().unwrap() {
            prop_assert_eq!(exact(ratio) * big(equity.raw()), big(maintenance.raw() * SCALE));
        } else {
            prop_assert!(equity <= Amount::ZERO);
        }
    }

    /// Held fixed at their marks, the others give their profit and take their maintenance: the price of one position in the pool is that of the
    /// whole pool, up to the rounding of the others' figures against it. It never comes later than the pool's own.
    #[test]
    fn others_held_fixed(first in any_case(), second in any_case(), wallet in 0..=400_i128) {
        let wallet = amount((first.position.opening_margin.raw() + second.position.opening_margin.raw()) * wallet / 100);
        let mut second = second;
        second.rules.trigger = first.rules.trigger;
        let legs = [leg(&first, &first.position, 0), leg(&second, &second.position, 1)];
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger: first.rules.trigger };
        let Ok(alone) = account.leg_with_other_markets_fixed(0) else { return Ok(()) };
        let other = excess(&second, &second.position);
        let off = big(alone.collateral.raw() - wallet.raw()) - other;
        prop_assert!(off <= big(0) && off > big(-2));
        if account.is_liquidatable().unwrap() {
            prop_assert!(alone.is_liquidatable(first.mark).unwrap());
        }
    }
}
