//! The fast path and the general one are the same function: where the fast path answers, the answers are equal.

#![allow(clippy::arithmetic_side_effects, reason = "tests compute with small numbers, and overflow is checked in every profile")]

use proptest::prelude::*;

use crate::bracket::{BracketRow, BracketStyle, BracketTable};
use crate::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use crate::fee::FeeSchedule;
use crate::isolated::Leg;
use crate::maintenance::Terms;
use crate::narrow;
use crate::position::Position;
use crate::rule_set::{LiquidationTrigger, RuleSet};
use crate::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// Steps that divide 10¹² in every way the fast path allows, and some that do not.
const STEPS: [i64; 10] = [1, 5, 100, 78_125, 10_000, 25_000, 1_000_000, 50_000_000, 3, 700_000];

fn contract(kind: ContractKind, step: i64, multiplier: i64) -> Contract {
    let spec = ContractSpec {
        kind,
        settlement: "USDT".parse().unwrap(),
        tick: Price::from_raw(100_000_000).unwrap(),
        mark_step: MarkPrice::from_raw(step).unwrap(),
        lot: Quantity::from_raw(100_000_000).unwrap(),
        multiplier: Quantity::from_raw(multiplier).unwrap(),
        value_rounding: ValueRounding::PerFill,
    };
    Contract::list(spec).unwrap()
}

/// Up to six brackets whose edges and rates keep the constants whole.
fn table(edges: &[i64], rates: &[i64]) -> BracketTable {
    let (mut floor, mut rate) = (0_i128, 0_i64);
    let mut rows = Vec::new();
    for (edge, rise) in edges.iter().zip(rates) {
        rate += rise * 10_000;
        let cap = floor + i128::from(*edge) * 10_000;
        rows.push(BracketRow {
            floor: Notional::from_raw(floor).unwrap(),
            cap: Notional::from_raw(cap).unwrap(),
            max_leverage: Leverage::ONE,
            maintenance_rate: Rate::from_raw(rate).unwrap(),
        });
        floor = cap;
    }
    BracketTable::new(BracketStyle::Marginal, &rows).unwrap()
}

prop_compose! {
    fn world()(
        kind in prop_oneof![Just(ContractKind::Linear), Just(ContractKind::Inverse), Just(ContractKind::Quanto)],
        step in prop::sample::select(&STEPS[..]),
        multiplier in prop_oneof![Just(100_000_000_i64), Just(10_000_000_000), Just(1_000_000)],
        edges in prop::collection::vec(1_i64..1_000_000_000_000, 1..6),
        rates in prop::collection::vec(0_i64..1_500, 6),
    ) -> (Contract, BracketTable) {
        (contract(kind, step, multiplier), table(&edges, &rates))
    }
}

prop_compose! {
    fn position()(
        long in any::<bool>(),
        quantity in 1_i64..(1 << 40),
        entry_value in 1_i128..(1 << 62),
        share in 1_i128..200,
        added in -1_000_i128..1_000,
    ) -> Position {
        Position {
            side: if long { Side::Long } else { Side::Short },
            quantity: Quantity::from_raw(quantity).unwrap(),
            entry_value: Notional::from_raw(entry_value).unwrap(),
            opening_margin: Amount::from_raw(entry_value / share).unwrap(),
            added_margin: Amount::from_raw(added).unwrap(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fast_and_general_liquidation_agree(
        (contract, brackets) in world(),
        position in position(),
        equality in any::<bool>(),
        nudge in -3_i64..=3,
    ) {
        let trigger = if equality { LiquidationTrigger::AtOrBelow } else { LiquidationTrigger::Below };
        let rules = RuleSet { trigger, ..RuleSet::ringfence() };
        let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
        let terms = Terms { contract: &contract, brackets: &brackets, rules: &rules, fees, funding_rate: Rate::ZERO };
        let collateral = position.margin().unwrap();
        let leg = Leg { terms, position: &position, collateral };
        let general = leg.liquidation_price_in_general(MarkPrice::LEAST);
        if let Some(fast) = narrow::liquidation_price(&terms, &position, collateral) {
            prop_assert_eq!(Ok(fast), general);
        }
        let near = general.ok().flatten().map_or(1_000_000_000, |price| price.trigger.raw());
        if let Ok(mark) = MarkPrice::from_raw(near.saturating_add(nudge))
            && let Some(fast) = narrow::is_liquidatable(&terms, &position, collateral, mark)
        {
            prop_assert_eq!(Ok(fast), terms.is_liquidatable_in_general(&position, collateral, mark));
        }
    }

    #[test]
    fn fast_and_general_initial_margin_agree(value in 0_i128..(1 << 60), times in 1_i64..=1_000, hundredths in 0_i64..3) {
        let leverage = Leverage::from_raw((times * 100_000_000 + hundredths * 1_000_000).min(100_000_000_000)).unwrap();
        let general = (value * 100_000_000 + leverage.wide() - 1).div_euclid(leverage.wide());
        if let Some(fast) = narrow::initial_margin(Notional::from_raw(value).unwrap(), leverage) {
            prop_assert_eq!(fast.raw(), general);
        }
    }

    #[test]
    fn fast_and_general_fees_agree(value in any::<u64>(), shift in 0_u32..64, rate in -1_000_000_000_i64..=1_000_000_000) {
        let value = Notional::from_raw(i128::from(value >> shift)).unwrap();
        let rate = Rate::from_raw(rate).unwrap();
        if let Some(fast) = narrow::fee(value, rate) {
            prop_assert_eq!(Ok(fast), crate::fee::fee_in_general(value, rate));
        }
    }

    #[test]
    fn fast_and_general_values_at_the_mark_agree(
        (contract, _) in world(),
        quantity in 0..=Quantity::GREATEST.raw(),
        mark in 1..=MarkPrice::GREATEST.raw(),
        shorter in (0_u32..63, 0_u32..56),
    ) {
        let quantity = Quantity::from_raw(quantity >> shorter.0).unwrap();
        let mark = MarkPrice::from_raw((mark >> shorter.1).max(1)).unwrap();
        if let Some(fast) = narrow::value_at_mark(&contract, quantity, mark) {
            prop_assert_eq!(Ok(fast), contract.value_at_mark_in_general(quantity, mark));
        }
    }

    #[test]
    fn fast_division_by_the_scale_is_exact(product in 0_i128..(1 << 80), whole in any::<bool>()) {
        let product = if whole { product / 100_000_000 * 100_000_000 } else { product };
        if let Some(quotient) = narrow::scaled_down(product) {
            prop_assert_eq!(quotient * 100_000_000, product);
        }
    }
}

/// The laws above say nothing where the fast path never answers: it must answer for ordinary positions.
#[test]
fn the_fast_path_answers_for_ordinary_positions() {
    for (kind, quantity, value) in [(ContractKind::Linear, 1_i64, 10_000), (ContractKind::Inverse, 10_000, 1)] {
        let contract = contract(kind, 1_000_000, 100_000_000);
        let brackets = table(&[5_000_000_000, 20_000_000_000], &[40, 10]);
        let rules = RuleSet::ringfence();
        let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
        let terms = Terms { contract: &contract, brackets: &brackets, rules: &rules, fees, funding_rate: Rate::ZERO };
        for side in [Side::Long, Side::Short] {
            let position = crate::position::open(
                side,
                Quantity::from_raw(quantity * 100_000_000).unwrap(),
                Notional::from_raw(value * 100_000_000).unwrap(),
                Leverage::from_raw(1_000_000_000).unwrap(),
            )
            .unwrap();
            assert!(narrow::liquidation_price(&terms, &position, position.opening_margin).is_some_and(|price| price.is_some()));
            assert!(narrow::initial_margin(position.entry_value, Leverage::from_raw(1_000_000_000).unwrap()).is_some());
            assert!(narrow::fee(position.entry_value, Rate::from_raw(50_000).unwrap()).is_some());
            let value = narrow::value_at_mark(&contract, position.quantity, MarkPrice::from_raw(1_000_000_000_000).unwrap());
            assert_eq!(value.is_some(), kind == ContractKind::Linear);
            assert!(narrow::is_liquidatable(&terms, &position, position.opening_margin, MarkPrice::LEAST).is_some());
        }
    }
}
