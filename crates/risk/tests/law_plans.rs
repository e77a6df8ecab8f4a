//! Law 8: what a plan says is what happens, money is conserved, and what is refused leaves nothing changed.

mod common;

use common::{Case, KINDS, LOSSLESS, amount, case, cases};
use proptest::prelude::*;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::fee::fee;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::isolated::{Leg, LiquidationPrice};
use ringfence_risk::margin::{OpenOrders, OrderSum, initial_margin, worst_side};
use ringfence_risk::plan::{
    Context, LegState, MarginMode, MarginMove, OrderIntent, OrderRequest, plan_leverage, plan_margin, plan_margin_mode,
    plan_max_open, plan_order,
};
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::OrderCost;
use ringfence_risk::units::{Amount, Leverage, Notional, Price, Quantity, Rate, Side};

const ANY_ORDER: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: Notional::ZERO,
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};
const COSTS: [OrderCost; 4] = [OrderCost::OpenLossAndFee, OrderCost::OpenLoss, OrderCost::TwoWayFee, OrderCost::FeeTwice];

/// A case, a leg that may be flat, with a balance of so many percent of the position's value, and an order near the mark.
fn situations() -> impl Strategy<Value = (Case, LegState, OrderRequest)> {
    let cases = prop_oneof![3 => case(&KINDS, BracketStyle::Marginal, 0..32_u8), 1 => case(&KINDS, BracketStyle::Slab, 0..32_u8)];
    let orders =
        (any::<bool>(), 1..=250_i128, prop_oneof![Just(0_i128), -30_000..=30_000_i128, -500_000..=500_000_i128], any::<bool>());
    (cases, orders, any::<bool>(), prop_oneof![0..=20_i128, 0..=300_i128], 0..4_usize).prop_map(
        |(mut case, order, flat, funds, cost)| {
            let (buy, share, moved, reduce_only) = order;
            case.rules.order_cost = COSTS[cost];
            let (lot, tick) = (case.contract.spec().lot.wide(), case.contract.spec().tick.wide());
            let lots = (case.position.quantity.wide() / lot * share / 100).clamp(1, Quantity::GREATEST.wide() / lot);
            let price = case.mark.wide() * (1_000_000 + moved) / 1_000_000 / tick * tick;
            let order = OrderRequest {
                side: if buy { OrderSide::Buy } else { OrderSide::Sell },
                quantity: Quantity::from_wide(lots * lot).expect(LOSSLESS),
                price: Price::from_wide(price.clamp(tick, Price::GREATEST.wide() / tick * tick)).expect(LOSSLESS),
                intent: if reduce_only { OrderIntent::ReduceOnly } else { OrderIntent::Any },
            };
            let state = case.state(case.position.entry_value.raw() * funds / 100);
            (case, if flat { LegState { position: None, ..state } } else { state }, order)
        },
    )
}

fn at(case: &Case, leg: LegState) -> Context<'_> {
    Context { terms: case.terms(), leg, mark: case.mark }
}

fn price_of(case: &Case, position: Option<Position>) -> Option<LiquidationPrice> {
    position.and_then(|position| {
        Leg::isolated(case.terms(), &position).unwrap_or_else(|_| case.leg()).liquidation_price(case.mark).ok().flatten()
    })
}

/// Value of a position at the mark, rounded up: what the bracket's cap is held against.
fn value_at_mark(case: &Case, position: &Position) -> i128 {
    let exposure = case.contract.exposure(position.quantity).expect("a listed size has an exposure");
    let value = case.contract.mark_value(exposure, case.mark).expect("an open position has a value");
    value.rounded(ringfence_risk::arithmetic::Rounding::Ceiling).expect("in range")
}

fn signed(position: Option<Position>) -> i128 {
    position.map_or(0, |position| position.side.sign() * position.quantity.wide())
}

proptest! {
    #![proptest_config(cases())]

    /// An accepted order changes the position by its size, money by what it realised less its fee, and the balance and liquidation price to what
    /// the plan said. An opening one leaves a position that is not liquidatable and within its bracket; the balance never goes below zero.
    #[test]
    fn orders_do_what_was_planned((case, leg, order) in situations()) {
        let Ok(plan) = plan_order(&at(&case, leg), &ANY_ORDER, &order) else { return Ok(()) };
        let after = plan.apply(&leg).unwrap();
        let traded = order.side.opens().sign() * order.quantity.wide();
        prop_assert_eq!(signed(after.position), signed(leg.position) + traded);
        prop_assert_eq!(plan.parts.closing.wide() + plan.parts.opening.wide(), order.quantity.wide());
        let whole = fill_value(&case.contract, order.quantity, order.price).unwrap();
        let charged = fee(whole, case.fees.taker).unwrap();
        let released = plan.reduction.map_or(0, |reduction| reduction.to_wallet().unwrap().raw());
        // A fee never keeps a position from being closed: it takes what there is.
        let most = if plan.parts.opening == Quantity::ZERO { leg.available.raw() + released } else { charged.raw() };
        prop_assert_eq!(plan.fee.raw(), charged.raw().min(most));
        let realised = plan.reduction.map_or(0, |reduction| reduction.realised.raw());
        prop_assert_eq!(after.money().unwrap().raw(), leg.money().unwrap().raw() + realised - plan.fee.raw());
        prop_assert_eq!(after.available.raw(), leg.available.raw() + plan.available_change.raw());
        prop_assert!(after.available >= Amount::ZERO);
        prop_assert_eq!(plan.liquidation_before, price_of(&case, leg.position));
        prop_assert_eq!(plan.liquidation_after, price_of(&case, after.position));
        if plan.parts.opening > Quantity::ZERO {
            let position = after.position.unwrap();
            prop_assert!(order.intent == OrderIntent::Any && !Leg::isolated(case.terms(), &position).unwrap().is_liquidatable(case.mark).unwrap());
            let closing = fill_value(&case.contract, plan.parts.closing, order.price).unwrap();
            let kept = leg.position.filter(|_| plan.parts.closing == Quantity::ZERO);
            let held = kept.map_or(0, |kept| value_at_mark(&case, &kept));
            prop_assert!(case.table.max_value(leg.leverage).unwrap().raw() >= held + whole.raw() - closing.raw());
            prop_assert!(plan.posted >= Amount::ZERO && plan.cost.initial_margin >= Amount::ZERO);
        } else {
            prop_assert_eq!((plan.posted, plan.cost.total().unwrap()), (Amount::ZERO, Amount::ZERO));
        }
        let released = plan.reduction.map_or(0, |reduction| reduction.to_wallet().unwrap().raw());
        prop_assert!(released >= 0, "no order is filled beyond bankruptcy");
        prop_assert!(leg.available.raw() + released >= plan.cost.total().unwrap().raw().max(plan.posted.raw() + plan.fee.raw()));
    }

    /// An order refused for lack of money is refused because money lacks: with the missing sum added it is not refused for that again.
    #[test]
    fn a_short_balance_is_short((case, leg, order) in situations()) {
        let Err(Refusal::InsufficientBalance { needed, available }) = plan_order(&at(&case, leg), &ANY_ORDER, &order) else { return Ok(()) };
        prop_assert!(needed > available);
        let enough = LegState { available: leg.available.plus(needed.minus(available).unwrap()).unwrap(), ..leg };
        let again = plan_order(&at(&case, enough), &ANY_ORDER, &order);
        prop_assert!(matches!(again, Ok(_) | Err(Refusal::WouldLiquidate { .. })), "{:?}", again);
    }

    /// A leverage plan conserves money and says what will be; a refusal names the nearest whole leverage that is accepted, and none is nearer.
    #[test]
    fn leverage_does_what_was_planned((case, leg, _) in situations(), to in common::leverage(), buys in 0..=50_i128, change in 0..5_u8) {
        let mut case = case;
        case.rules.leverage_change = [
            ringfence_risk::rule_set::LeverageChange::Recalculate,
            ringfence_risk::rule_set::LeverageChange::RaiseKeepsLowerRefused,
            ringfence_risk::rule_set::LeverageChange::Reset,
            ringfence_risk::rule_set::LeverageChange::ResetWithoutOrders,
            ringfence_risk::rule_set::LeverageChange::Keep,
        ][usize::from(change)];
        let value = Notional::from_wide(case.position.entry_value.raw() * buys / 100).unwrap();
        let quantity = Quantity::from_wide(case.position.quantity.wide() * buys / 100).unwrap();
        let orders = OpenOrders { buys: OrderSum { quantity, value }, ..OpenOrders::NONE };
        let held = worst_side(orders, leg.held()).unwrap();
        let leg = LegState { orders, order_margin: initial_margin(held, leg.leverage).unwrap(), ..leg };
        let distance = |leverage: Leverage| (leverage.raw() - to.raw()).abs();
        match plan_leverage(&at(&case, leg), to) {
            Ok(plan) => {
                let after = plan.apply(&leg).unwrap();
                prop_assert_eq!(after.money().unwrap(), leg.money().unwrap());
                prop_assert_eq!((plan.from, after.leverage), (leg.leverage, to));
                prop_assert_eq!(after.available.raw(), leg.available.raw() - plan.to_position.raw() - plan.to_orders.raw());
                prop_assert!(after.available >= Amount::ZERO && after.order_margin >= Amount::ZERO);
                prop_assert_eq!(plan.liquidation_after, price_of(&case, after.position));
                prop_assert_eq!(plan.liquidation_before, price_of(&case, leg.position));
            }
            Err(refused) => {
                let accepted = |times: i64| Leverage::whole(times).ok().filter(|leverage| *leverage != to && plan_leverage_ok(&case, leg, *leverage));
                if let Some(nearest) = refused.nearest {
                    prop_assert!(plan_leverage_ok(&case, leg, nearest));
                    let between = (to.raw() - distance(nearest)) / 100_000_000..=(to.raw() + distance(nearest)) / 100_000_000 + 1;
                    let nearer = between.clone().filter_map(accepted).find(|leverage| distance(*leverage) < distance(nearest));
                    prop_assert_eq!(nearer, None, "nearer than {} to {}", nearest, to);
                }
            }
        }
    }

    /// Moving margin conserves money and leads to the liquidation price the plan names; adding moves it away from the mark, never closer.
    #[test]
    fn margin_does_what_was_planned((case, leg, _) in situations(), share in 0..=120_i128, add in any::<bool>()) {
        let moved = amount(case.position.opening_margin.raw() * share / 100);
        let Ok(plan) = plan_margin(&at(&case, leg), if add { MarginMove::Add(moved) } else { MarginMove::Remove(moved) }) else { return Ok(()) };
        let after = plan.apply(&leg).unwrap();
        prop_assert_eq!(after.money().unwrap(), leg.money().unwrap());
        prop_assert_eq!(plan.to_position.raw(), if add { moved.raw() } else { -moved.raw() });
        prop_assert_eq!((plan.liquidation_before, plan.liquidation_after), (price_of(&case, leg.position), price_of(&case, after.position)));
        let further = |near: Option<LiquidationPrice>, far: Option<LiquidationPrice>| match (near, far, case.position.side) {
            (_, None, _) => true,
            (None, Some(_), _) => false,
            (Some(near), Some(far), Side::Long) => far.trigger <= near.trigger,
            (Some(near), Some(far), Side::Short) => far.trigger >= near.trigger,
        };
        let (less, more) = if add { (plan.liquidation_before, plan.liquidation_after) } else { (plan.liquidation_after, plan.liquidation_before) };
        prop_assert!(further(less, more));
    }

    /// Switching to cross returns the whole margin; switching back posts the initial margin; money is conserved both ways.
    #[test]
    fn margin_mode_does_what_was_planned((case, leg, _) in situations()) {
        let Ok(plan) = plan_margin_mode(&at(&case, leg), MarginMode::Isolated, MarginMode::Cross) else { return Ok(()) };
        let pooled = plan.apply(&leg).unwrap();
        prop_assert_eq!((pooled.available, pooled.money().unwrap()), (leg.money().unwrap(), leg.money().unwrap()));
        let Ok(plan) = plan_margin_mode(&at(&case, pooled), MarginMode::Cross, MarginMode::Isolated) else { return Ok(()) };
        let boxed = plan.apply(&pooled).unwrap();
        prop_assert_eq!(boxed.money().unwrap(), leg.money().unwrap());
        if let Some(position) = boxed.position {
            prop_assert_eq!(position.margin().unwrap(), initial_margin(position.entry_value, leg.leverage).unwrap());
            prop_assert!(!Leg::isolated(case.terms(), &position).unwrap().is_liquidatable(case.mark).unwrap());
        }
    }

    /// The most that can be opened is accepted and one lot more is refused, whatever binds.
    #[test]
    fn the_most_that_can_be_opened((case, leg, order) in situations(), most in prop_oneof![Just(Quantity::GREATEST.raw()), 1..Quantity::GREATEST.raw()]) {
        let filters = OrderFilters { max_quantity: Quantity::from_raw(most).unwrap(), ..ANY_ORDER };
        let accepted = |quantity| plan_order(&at(&case, leg), &filters, &OrderRequest { quantity, intent: OrderIntent::Any, ..order }).is_ok();
        let Ok((quantity, _)) = plan_max_open(&at(&case, leg), &filters, order.side, order.price) else {
            prop_assert!(!accepted(case.contract.spec().lot) && !accepted(order.quantity), "a price that no size is accepted at");
            return Ok(());
        };
        prop_assert!(quantity == Quantity::ZERO || accepted(quantity));
        if let Ok(more) = quantity.plus(case.contract.spec().lot) {
            prop_assert!(!accepted(more));
        }
    }
}

fn plan_leverage_ok(case: &Case, leg: LegState, leverage: Leverage) -> bool {
    plan_leverage(&at(case, leg), leverage).is_ok()
}
