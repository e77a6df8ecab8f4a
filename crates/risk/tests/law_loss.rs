//! Law 9: an isolated position never costs more than the margin posted to it, whatever the marks do between two looks.

mod common;

use common::{Case, KINDS, amount, big, case, cases, exact, mark_near};
use proptest::prelude::*;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::fee::funding_payment;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::{Context, LegState, MarginMove, OrderIntent, OrderRequest, plan_margin, plan_order};
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Price, Quantity, Rate, Side};

const ANY_ORDER: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: Notional::ZERO,
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};
const WEALTH: i128 = 100_000_000_000_000_000_000;

fn any_case() -> impl Strategy<Value = Case> {
    case(&KINDS, BracketStyle::Marginal, 0..32_u8)
}

/// One look: the mark moves (in millionths, with gaps), then funding, then perhaps a command: 0 none, 1 add margin, 2 remove, 3 close a part.
fn looks() -> impl Strategy<Value = Vec<(i64, i64, u8, i128)>> {
    prop::collection::vec((common::moves(), -200_000..=200_000_i64, 0..4_u8, 1..=100_i128), 1..10)
}

fn closing(case: &Case, position: &Position, share: i128, price: MarkPrice) -> OrderRequest {
    let (lot, tick) = (case.contract.spec().lot.wide(), case.contract.spec().tick.wide());
    let quantity = (position.quantity.wide() * share / 100 / lot * lot).max(lot);
    OrderRequest {
        side: if position.side == Side::Long { OrderSide::Sell } else { OrderSide::Buy },
        quantity: Quantity::from_wide(quantity).unwrap_or(position.quantity),
        price: Price::from_wide((price.wide() / tick * tick).max(tick)).expect("on the tick"),
        intent: OrderIntent::ReduceOnly,
    }
}

proptest! {
    #![proptest_config(cases())]

    /// Along any path of marks with gaps, funding and the trader's own commands, the balance falls only through the trader's own additions:
    /// nothing that is taken back is negative, a liquidation takes the margin that is left and nothing else (S4).
    #[test]
    fn the_balance_falls_only_by_own_command(case in any_case(), looks in looks()) {
        let start = Position { added_margin: Amount::ZERO, ..case.position };
        let mut leg = LegState { position: Some(start), ..LegState::flat(case.leverage, amount(WEALTH)) };
        let (mut put_in, mut fees) = (start.opening_margin.raw(), 0_i128);
        for (moved, rate, command, share) in looks {
            let Some(position) = leg.position else { break };
            let mark = mark_near(&case.contract, case.entry.wide(), moved);
            let rate = Rate::from_raw(rate).unwrap();
            let Ok(paid) = funding_payment(&case.contract, position.side, position.quantity, mark, rate) else { continue };
            let Ok(added_margin) = position.added_margin.minus(paid) else { continue };
            let position = Position { added_margin, ..position };
            leg.position = Some(position);
            let before = leg.available.raw();
            let Ok(liquidatable) = Leg::isolated(case.terms(), &position).unwrap().is_liquidatable(mark) else { continue };
            let context = Context { terms: case.terms(), leg, mark };
            if liquidatable {
                leg.position = None;
                prop_assert_eq!(leg.money().unwrap().raw(), before, "only the margin is lost");
            } else if command == 1 {
                let more = amount(position.opening_margin.raw() * share / 100);
                let Ok(plan) = plan_margin(&context, MarginMove::Add(more)) else { continue };
                leg = plan.apply(&leg).unwrap();
                put_in += more.raw();
                prop_assert_eq!(before - leg.available.raw(), more.raw());
            } else if command == 2 {
                let Ok(plan) = plan_margin(&context, MarginMove::Remove(amount(position.opening_margin.raw() * share / 100))) else { continue };
                leg = plan.apply(&leg).unwrap();
                prop_assert!(leg.available.raw() > before);
                prop_assert!(!Leg::isolated(case.terms(), &leg.position.unwrap()).unwrap().is_liquidatable(mark).unwrap());
            } else if command == 3 {
                let Ok(plan) = plan_order(&context, &ANY_ORDER, &closing(&case, &position, share, mark)) else { continue };
                leg = plan.apply(&leg).unwrap();
                fees += plan.fee.raw();
                prop_assert!(leg.available.raw() >= before - plan.fee.raw());
            }
            prop_assert!(leg.available.raw() >= WEALTH + start.opening_margin.raw() - put_in - fees, "lost more than was put in");
        }
    }

    /// Closing is accepted exactly when the closed part's margin covers its loss: at the bankruptcy price and on its safe side, never beyond (S14).
    #[test]
    fn no_closing_beyond_bankruptcy(case in any_case(), share in prop_oneof![Just(100_i128), 1..=100_i128], moved in common::moves(), near in any::<bool>(), by in -2..=2_i128) {
        let leg = case.leg();
        let tick = case.contract.spec().tick.wide();
        let bankruptcy = leg.bankruptcy_price().unwrap().and_then(|price| price.rounded(ringfence_risk::arithmetic::Rounding::HalfEven).ok());
        let base = match bankruptcy {
            Some(price) if near => MarkPrice::from_wide((price / tick + by).max(1) * tick),
            Some(_) | None => Ok(mark_near(&case.contract, case.entry.wide(), moved)),
        };
        let Ok(base) = base else { return Ok(()) };
        let order = closing(&case, &case.position, share, base);
        let Ok(value) = fill_value(&case.contract, order.quantity, order.price) else { return Ok(()) };
        let sign = case.contract.value_sign(case.position.side);
        let part = big(order.quantity.wide()) / big(case.position.quantity.wide());
        let cost = (big(sign * case.position.entry_value.raw()) * &part).ceil();
        let released = (big(case.position.opening_margin.raw()) * &part).floor() + (big(case.position.added_margin.raw()) * &part).floor();
        let to_wallet = big(sign * value.raw()) - cost + released;
        let planned = plan_order(&Context { terms: case.terms(), leg: case.state(WEALTH), mark: order.price.as_mark() }, &ANY_ORDER, &order);
        match planned {
            Ok(plan) => {
                prop_assert!(to_wallet >= big(0));
                prop_assert_eq!(big(plan.available_change.raw() + plan.fee.raw()), to_wallet);
            }
            Err(Refusal::BeyondBankruptcy { missing }) => prop_assert_eq!(big(-missing.raw()), to_wallet),
            Err(Refusal::OutOfRange(_)) => prop_assert!(to_wallet + big(WEALTH) > big(Amount::GREATEST.raw())),
            Err(other) => prop_assert!(false, "refused for another reason: {}", other),
        }
    }

    /// At the bankruptcy price the balance is exactly zero, on its losing side it is below, and a liquidation price comes no later.
    #[test]
    fn bankruptcy_is_where_the_margin_ends(case in any_case()) {
        let leg = case.leg();
        let Some(price) = leg.bankruptcy_price().unwrap() else { return Ok(()) };
        let exposure = big(case.contract.exposure(case.position.quantity).unwrap());
        let value = match case.contract.kind() {
            ringfence_risk::contract::ContractKind::Inverse => exposure * big(100_000_000) / exact(price),
            ringfence_risk::contract::ContractKind::Linear | ringfence_risk::contract::ContractKind::Quanto => exposure * exact(price) / big(100_000_000),
        };
        let sign = big(case.contract.value_sign(case.position.side));
        prop_assert_eq!(big(leg.collateral.raw()) + sign * (value - big(case.position.entry_value.raw())), big(0));
        let liquidation = leg.liquidation_price(case.mark).unwrap();
        if let Some(at) = liquidation.and_then(|liquidation| liquidation.exact) {
            let later = if case.position.side == Side::Long { exact(at) < exact(price) } else { exact(at) > exact(price) };
            prop_assert!(!later);
        }
    }

    /// A payer rounds up and a receiver down: no settlement creates money, and it leaves less than one unit per position (S9).
    #[test]
    fn funding_leaves_less_than_a_unit_each(case in any_case(), sizes in prop::collection::vec((1..1_000_i64, any::<bool>()), 1..8), rate in -1_000_000..=1_000_000_i64) {
        let lot = case.contract.spec().lot.raw();
        let rate = Rate::from_raw(rate).unwrap();
        let pay = |lots: i64, side| funding_payment(&case.contract, side, Quantity::from_raw(lots * lot).unwrap(), case.mark, rate).map(Amount::raw);
        let (mut sum, mut net) = (0_i128, 0_i64);
        for (lots, long) in &sizes {
            let side = if *long { Side::Long } else { Side::Short };
            let Ok(paid) = pay(*lots, side) else { return Ok(()) };
            let Ok(opposite) = pay(*lots, side.opposite()) else { return Ok(()) };
            prop_assert!((0..=1).contains(&(paid + opposite)));
            sum += paid;
            net += if *long { *lots } else { -*lots };
        }
        let Ok(last) = pay(net.abs(), if net > 0 { Side::Short } else { Side::Long }) else { return Ok(()) };
        let positions = i128::try_from(sizes.len()).unwrap() + i128::from(net != 0);
        prop_assert!((0..positions).contains(&(sum + last)), "dust {}", sum + last);
        let value = exact(case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap());
        if let Ok(paid) = funding_payment(&case.contract, Side::Long, case.position.quantity, case.mark, rate) {
            prop_assert_eq!(big(paid.raw()), (value * big(rate.wide()) / big(100_000_000)).ceil());
        }
    }

    /// Paying in two halves of the rate never costs less than paying at once, and at most one unit more; a receiver never gets more.
    #[test]
    fn funding_in_parts_is_no_cheaper(case in any_case(), half in -500_000..=500_000_i64) {
        let pay = |rate: i64| funding_payment(&case.contract, case.position.side, case.position.quantity, case.mark, Rate::from_raw(rate).unwrap());
        if let (Ok(whole), Ok(part)) = (pay(2 * half), pay(half)) {
            prop_assert!((0..=1).contains(&(2 * part.raw() - whole.raw())));
        }
    }
}
