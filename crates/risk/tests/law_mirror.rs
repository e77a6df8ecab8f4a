//! Law 2: long and short are mirror images, and so are linear and inverse.

mod common;

use common::{KINDS, amount, big, case, cases, exact, mark};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec};
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::{ClosingFee, MaintenanceBasis, RuleSet};
use ringfence_risk::units::{Rate, Side};

const LINEAR: [ContractKind; 2] = [ContractKind::Linear, ContractKind::Quanto];

proptest! {
    #![proptest_config(cases())]

    /// What a long gains a short of the same entry loses, to the last fraction, at every mark and for every kind of contract.
    #[test]
    fn profit_is_the_others_loss(case in case(&KINDS, BracketStyle::Marginal, 0..32_u8)) {
        let other = Position { side: case.position.side.opposite(), ..case.position };
        let (gained, lost) = (
            case.position.exact_unrealised_pnl(&case.contract, case.mark).unwrap(),
            other.exact_unrealised_pnl(&case.contract, case.mark).unwrap(),
        );
        prop_assert_eq!(exact(gained) + exact(lost), big(0));
    }

    /// With maintenance on the entry value, the liquidation prices of a linear long and short lie equally far from the entry, funding turned
    /// round, and so do the first marks that liquidate when the entry is on the grid.
    #[test]
    fn linear_prices_mirror_at_the_entry(mut case in case(&LINEAR, BracketStyle::Marginal, (0..16_u8).prop_map(|number| number * 2 + 1))) {
        if case.rules.closing_fee == ClosingFee::TakerAtBankruptcy {
            case.rules.closing_fee = ClosingFee::Excluded; // this fee is not symmetric: a short goes bankrupt at a larger value
        }
        prop_assert_eq!(case.rules.maintenance_basis, MaintenanceBasis::EntryValue);
        let entry = exact(case.position.exact_entry_price(&case.contract).unwrap());
        let mut other = case.clone();
        other.position.side = case.position.side.opposite();
        other.funding_rate = Rate::from_wide(-case.funding_rate.wide()).unwrap();
        let (here, there) = (case.leg().liquidation_price(case.mark).unwrap(), other.leg().liquidation_price(case.mark).unwrap());
        let (Some(here), Some(there)) = (here, there) else { return Ok(()) };
        let (Some(exact_here), Some(exact_there)) = (here.exact, there.exact) else { return Ok(()) };
        prop_assert_eq!(exact(exact_here) + exact(exact_there), &entry + &entry);
        let on_grid = (&entry / big(case.step())).is_integer();
        if on_grid && here.trigger.wide() < i128::from(i64::MAX) / 100 && mark(there.trigger.wide() + case.step()).is_some() && mark(here.trigger.wide() + case.step()).is_some() {
            prop_assert_eq!(big(here.trigger.wide() + there.trigger.wide()), &entry + &entry);
        }
    }

    /// Under one flat bracket a position many times as large, with as many times the margin, is liquidated at the same price (P2).
    #[test]
    fn scale_does_not_matter(case in case(&LINEAR, BracketStyle::Marginal, (0..4_u8).prop_map(|number| number * 4)), lots in 1..50_i128) {
        let flat = ringfence_risk::bracket::BracketTable::flat(case.table.brackets()[0].maintenance_rate, case.table.brackets()[0].max_leverage).unwrap();
        let terms = Terms { brackets: &flat, ..case.terms() };
        let position = Position { added_margin: amount(0), ..case.position };
        let quantity = ringfence_risk::units::Quantity::from_wide(position.quantity.wide() * lots);
        let value = ringfence_risk::units::Notional::from_wide(position.entry_value.raw() * lots);
        let (Ok(quantity), Ok(entry_value)) = (quantity, value) else { return Ok(()) };
        let larger = Position {
            quantity,
            entry_value,
            opening_margin: amount(position.opening_margin.raw() * lots),
            ..position
        };
        let price = |position: &Position| Leg::isolated(terms, position).unwrap().liquidation_price(case.mark).unwrap();
        let (small, large) = (price(&position), price(&larger));
        prop_assert_eq!(small.map(|price| price.trigger), large.map(|price| price.trigger));
        prop_assert_eq!(small.and_then(|price| price.exact).map(exact), large.and_then(|price| price.exact).map(exact));
    }

    /// In values there is one formula: a position that gains with its value is judged alike whether it is a linear long or an inverse short,
    /// and one that loses with it whether it is a linear short or an inverse long. The critical value is the same to the last fraction.
    #[test]
    fn inverse_is_linear_in_values(case in case(&LINEAR, BracketStyle::Marginal, 0..32_u8)) {
        let inverse = Contract::list(ContractSpec { kind: ContractKind::Inverse, ..*case.contract.spec() }).unwrap();
        let position = Position { side: case.position.side.opposite(), ..case.position };
        let rules = RuleSet { ..case.rules.clone() };
        let turned = Rate::from_wide(-case.funding_rate.wide()).unwrap();
        let terms = Terms { contract: &inverse, rules: &rules, funding_rate: turned, ..case.terms() };
        prop_assert_eq!(inverse.value_sign(position.side), case.contract.value_sign(case.position.side));
        let exposure = big(case.contract.exposure(case.position.quantity).unwrap());
        let linear = case.leg().liquidation_price(case.mark).unwrap().and_then(|price| price.exact).map(exact);
        let inverse = Leg::isolated(terms, &position).unwrap().liquidation_price(case.mark).unwrap().and_then(|price| price.exact).map(exact);
        // The grid ends elsewhere on the two, so one may find no mark where the other does.
        if let (Some(linear), Some(inverse)) = (linear, inverse) {
            let scale = big(SCALE);
            let critical: BigRational = &exposure * linear / &scale;
            prop_assert_eq!(critical, exposure * scale / inverse);
        }
        let bankrupt = (case.leg().bankruptcy_price().unwrap().map(exact), Leg::isolated(terms, &position).unwrap().bankruptcy_price().unwrap().map(exact));
        prop_assert_eq!(bankrupt.0.is_some(), bankrupt.1.is_some());
        if let (Some(linear), Some(inverse)) = bankrupt {
            prop_assert_eq!(linear * inverse, big(SCALE) * big(SCALE));
        }
    }
}

/// The sides themselves: opposite twice is the same, and the signs sum to zero.
#[test]
fn sides() {
    for side in [Side::Long, Side::Short] {
        assert_eq!(side.opposite().opposite(), side);
        assert_eq!(side.sign() + side.opposite().sign(), 0);
    }
}
