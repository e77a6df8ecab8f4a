//! Laws 6 and 7: what is done and undone leaves everything as it was, and the most that may be removed is the most.

mod common;

use common::{Case, KINDS, LOSSLESS, amount, case, cases};
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::{OpenOrders, OrderSum, initial_margin, worst_side};
use ringfence_risk::plan::{Context, LegState, MarginMove, plan_auto_add, plan_leverage, plan_margin, removable};
use ringfence_risk::position::Position;
use ringfence_risk::refusal::{BindingRule, Refusal};
use ringfence_risk::rule_set::{AutoAddMargin, LeverageChange, MarginRemoval};
use ringfence_risk::units::{Amount, Leverage, Notional, Quantity, Rate};

const REMOVALS: [MarginRemoval; 4] = [
    MarginRemoval::KeepInitialWithoutProfit,
    MarginRemoval::KeepMaintenanceAndInitial,
    MarginRemoval::AddedOnly,
    MarginRemoval::KeepInitialWithProfit,
];
const CHANGES: [LeverageChange; 5] = [
    LeverageChange::Recalculate,
    LeverageChange::RaiseKeepsLowerRefused,
    LeverageChange::Reset,
    LeverageChange::ResetWithoutOrders,
    LeverageChange::Keep,
];
const WEALTH: i128 = 100_000_000_000_000_000_000;

fn any_case() -> impl Strategy<Value = Case> {
    prop_oneof![case(&KINDS, BracketStyle::Marginal, 0..32_u8), case(&KINDS, BracketStyle::Slab, 0..32_u8)]
}

fn at(case: &Case, leg: LegState) -> Context<'_> {
    Context { terms: case.terms(), leg, mark: case.mark }
}

/// The leg with open orders worth these hundredths of the position, margined at its leverage.
fn with_orders(case: &Case, buys: i128, sells: i128) -> LegState {
    let sum = |percent: i128| OrderSum {
        value: Notional::from_wide(case.position.entry_value.raw() * percent / 100).expect(LOSSLESS),
        quantity: Quantity::from_wide(case.position.quantity.wide() * percent / 100).expect(LOSSLESS),
    };
    let leg = LegState { orders: OpenOrders { buys: sum(buys), sells: sum(sells) }, ..case.state(WEALTH) };
    let held = worst_side(leg.orders, leg.held()).expect(LOSSLESS);
    LegState { order_margin: initial_margin(held, case.leverage).expect(LOSSLESS), ..leg }
}

proptest! {
    #![proptest_config(cases())]

    /// Where margin follows leverage, raising the leverage and lowering it again changes nothing: position, added margin, order margin and
    /// balance are as before, in profit and in loss, also when not all of the margin could be returned (P8).
    #[test]
    fn leverage_up_then_down_is_neutral(case in any_case(), to in common::leverage(), buys in 0..100_i128, sells in 0..100_i128, removal in 0..4_usize) {
        let mut case = case;
        case.rules.margin_removal = REMOVALS[removal];
        let before = with_orders(&case, buys, sells);
        let up = case.leverage.max(to);
        let Ok(plan) = plan_leverage(&at(&case, before), up) else { return Ok(()) };
        prop_assert!(plan.to_position <= Amount::ZERO, "raising never asks for margin");
        let raised = plan.apply(&before).unwrap();
        let requirement = initial_margin(case.position.entry_value, up).unwrap();
        prop_assert!(raised.position.unwrap().opening_margin >= requirement);
        prop_assert_eq!(plan.binding.is_some(), raised.position.unwrap().opening_margin > requirement);
        let back = plan_leverage(&at(&case, raised), case.leverage).expect("what was returned can be drawn again");
        prop_assert_eq!(back.to_position.raw(), -plan.to_position.raw());
        prop_assert_eq!(back.apply(&raised).unwrap(), before);
    }

    /// What each policy does to the margin of an open position, up and down, in its own words; added margin survives all but a reset.
    #[test]
    fn policies_do_what_they_say(case in any_case(), to in common::leverage(), change in 0..5_usize, orders in any::<bool>()) {
        let mut case = case;
        case.rules.leverage_change = CHANGES[change];
        let before = with_orders(&case, i128::from(orders) * 10, 0);
        let planned = plan_leverage(&at(&case, before), to);
        let requirement = initial_margin(case.position.entry_value, to).unwrap();
        let changed = to != case.leverage;
        let (position, held) = (planned.map(|plan| plan.position.unwrap()), case.position);
        match (CHANGES[change], planned.map_err(|refused| refused.refusal)) {
            (LeverageChange::RaiseKeepsLowerRefused, Ok(_)) => {
                prop_assert!(to >= case.leverage);
                prop_assert_eq!(position, Ok(held));
            }
            (LeverageChange::RaiseKeepsLowerRefused, Err(Refusal::LoweringRefused { .. })) => prop_assert!(to < case.leverage),
            (LeverageChange::Keep, Ok(plan)) => prop_assert_eq!((position, plan.to_position), (Ok(held), Amount::ZERO)),
            (LeverageChange::Reset | LeverageChange::ResetWithoutOrders, Ok(plan)) if changed => {
                let reset = position.unwrap();
                prop_assert_eq!((reset.opening_margin, reset.added_margin), (requirement, Amount::ZERO));
                prop_assert_eq!(plan.to_position.raw(), requirement.raw() - held.margin().unwrap().raw());
                prop_assert!(CHANGES[change] == LeverageChange::Reset || before.order_margin == Amount::ZERO);
            }
            (LeverageChange::Recalculate, Ok(plan)) if changed => {
                let after = position.unwrap();
                prop_assert_eq!(after.added_margin, held.added_margin);
                prop_assert!(after.opening_margin == requirement || plan.binding.is_some() && after.opening_margin > requirement);
                prop_assert!(plan.to_position.raw() <= (requirement.raw() - held.opening_margin.raw()).max(0));
            }
            (_, Err(Refusal::OpenOrders { .. })) => prop_assert!(orders && CHANGES[change] == LeverageChange::ResetWithoutOrders),
            (_, Err(Refusal::InLiquidation { .. })) => prop_assert!(case.leg().is_liquidatable(case.mark).unwrap()),
            (_, Err(Refusal::LeverageAboveBracket { value, greatest, .. })) => prop_assert!(value > greatest),
            (_, Err(Refusal::LeverageAboveContract { greatest, .. })) => prop_assert!(to > greatest),
            (_, Err(Refusal::LoweringRefused { .. } | Refusal::InsufficientBalance { .. })) => prop_assert!(false, "{:?}", planned),
            (_, Err(Refusal::WouldLiquidate { .. } | Refusal::OutOfRange(_)) | Ok(_)) => {}
            (_, Err(other)) => prop_assert!(false, "unexpected {}", other),
        }
    }

    /// Adding margin and removing the same amount is neutral under every removal policy, whenever anything could be removed before (P7).
    #[test]
    fn adding_then_removing_is_neutral(case in any_case(), more in common::edgy(60), removal in 0..4_usize, floor in 0..20_000_000_i64) {
        let mut case = case;
        case.rules.margin_removal = REMOVALS[removal];
        case.rules.removal_floor = Rate::from_raw(floor).unwrap();
        let before = case.state(WEALTH);
        let context = at(&case, before);
        let (more, Ok(most)) = (amount(more.into()), removable(&context)) else { return Ok(()) };
        let Ok(added) = plan_margin(&context, MarginMove::Add(more)) else { return Ok(()) };
        let with_more = added.apply(&before).unwrap();
        prop_assert_eq!(with_more.available.raw(), before.available.raw() - more.raw());
        if most.amount > Amount::ZERO && !case.leg().is_liquidatable(case.mark).unwrap() {
            let grown = removable(&at(&case, with_more)).unwrap();
            prop_assert_eq!(grown.amount.raw(), most.amount.raw() + more.raw());
            let back = plan_margin(&at(&case, with_more), MarginMove::Remove(more)).unwrap();
            prop_assert_eq!(back.apply(&with_more).unwrap(), before);
        }
    }

    /// The most that may be removed is really removed, leaves the position safe, and not one unit more may follow; what the policy promises to
    /// keep is kept: initial margin at the mark without counting profit, maintenance and initial margin, all that was not added by hand.
    #[test]
    fn the_most_removable_is_the_most(case in any_case(), removal in 0..4_usize, floor in prop_oneof![Just(0_i64), 0..20_000_000_i64]) {
        let mut case = case;
        case.rules.margin_removal = REMOVALS[removal];
        case.rules.removal_floor = Rate::from_raw(floor).unwrap();
        let before = case.state(0);
        let Ok(most) = removable(&at(&case, before)) else { return Ok(()) };
        let liquidatable = case.leg().is_liquidatable(case.mark).unwrap();
        let one_more = plan_margin(&at(&case, before), MarginMove::Remove(amount(most.amount.raw() + 1))).unwrap_err();
        if liquidatable {
            prop_assert_eq!(one_more, Refusal::InLiquidation { mark: case.mark });
            return Ok(());
        }
        prop_assert_eq!(one_more, Refusal::AboveRemovable { amount: amount(most.amount.raw() + 1), greatest: most.amount, rule: most.rule });
        if most.amount == Amount::ZERO {
            return Ok(());
        }
        let plan = plan_margin(&at(&case, before), MarginMove::Remove(most.amount)).unwrap();
        prop_assert_eq!(plan.to_position.raw(), -most.amount.raw());
        let after = plan.apply(&before).unwrap();
        let left = Case { position: after.position.unwrap(), ..case.clone() };
        prop_assert!(!left.leg().is_liquidatable(case.mark).unwrap());
        prop_assert_eq!(removable(&at(&case, after)).unwrap().amount, Amount::ZERO);
        let value = case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap();
        let value = Notional::from_wide(value.rounded(ringfence_risk::arithmetic::Rounding::Ceiling).unwrap()).unwrap();
        let initial = initial_margin(value, case.leverage).unwrap().raw();
        let share = (value.raw() * case.rules.removal_floor.wide() + SCALE - 1) / SCALE;
        let (margin, profit) = (left.position.margin().unwrap().raw(), case.position.unrealised_pnl(&case.contract, case.mark).unwrap().raw());
        let kept = match REMOVALS[removal] {
            MarginRemoval::KeepInitialWithoutProfit => margin + profit.min(0) >= initial.max(share) && margin >= 0,
            MarginRemoval::KeepMaintenanceAndInitial => margin >= case.leg().maintenance_margin(case.mark).unwrap().raw() && margin + profit >= initial.max(share),
            MarginRemoval::AddedOnly => left.position.added_margin.raw() + profit.min(0) >= 0 && margin >= 0,
            MarginRemoval::KeepInitialWithProfit => margin + profit >= initial.max(share) && margin >= 0,
        };
        prop_assert!(kept);
        prop_assert_eq!(left.position.opening_margin, case.position.opening_margin);
        prop_assert!(!matches!(most.rule, BindingRule::AvailableBalance | BindingRule::BracketCap | BindingRule::MaxQuantity));
    }

    /// A position that may add margin by itself draws only at its line, never more than is available, and exactly what its policy names.
    #[test]
    fn auto_add_draws_what_it_says(case in any_case(), available in prop_oneof![Just(WEALTH), (0..WEALTH / 1_000_000)], initial in any::<bool>()) {
        let mut case = case;
        case.rules.auto_add_margin = if initial { AutoAddMargin::InitialMargin } else { AutoAddMargin::Shortfall };
        let before = case.state(available);
        let Ok(drawn) = plan_auto_add(&at(&case, before)) else { return Ok(()) };
        let liquidatable = case.leg().is_liquidatable(case.mark).unwrap();
        if let Some(plan) = drawn {
            prop_assert!(liquidatable && plan.to_position > Amount::ZERO && plan.to_position <= before.available);
            let after = plan.apply(&before).unwrap();
            prop_assert_eq!(after.money().unwrap(), before.money().unwrap());
            if initial {
                prop_assert_eq!(plan.to_position, initial_margin(case.position.entry_value, case.leverage).unwrap().min(before.available));
            } else if plan.to_position < before.available {
                let left = Case { position: plan.position, ..case.clone() };
                let value = case.contract.mark_value(case.contract.exposure(case.position.quantity).unwrap(), case.mark).unwrap();
                let value = Notional::from_wide(value.rounded(ringfence_risk::arithmetic::Rounding::Ceiling).unwrap()).unwrap();
                prop_assert_eq!(left.leg().margin_balance(case.mark).unwrap(), initial_margin(value, case.leverage).unwrap());
            }
            prop_assert!(!Leg::isolated(case.terms(), &plan.position).unwrap().is_liquidatable(case.mark).unwrap(), "drawn in vain");
        } else if liquidatable && initial {
            let requirement = initial_margin(case.position.entry_value, case.leverage).unwrap().min(before.available);
            let added = case.position.added_margin.plus(requirement).unwrap();
            let helped = Position { added_margin: added, ..case.position };
            prop_assert!(Leg::isolated(case.terms(), &helped).unwrap().is_liquidatable(case.mark).unwrap(), "would have been saved");
        }
    }
}

/// Leverage one is the whole value: nothing can be returned by raising from above it, and no leverage below it exists.
#[test]
fn leverage_has_a_floor() {
    assert!(Leverage::from_wide(SCALE - 1).is_err());
    assert_eq!(initial_margin(Notional::GREATEST, Leverage::ONE).unwrap().raw(), Notional::GREATEST.raw());
}
