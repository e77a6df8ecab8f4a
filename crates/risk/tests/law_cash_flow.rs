//! Law 5: profit is the cash flow of the fills, and what one side makes the other loses.

mod common;

use common::{Case, KINDS, LOSSLESS, amount, case, cases};
use proptest::prelude::*;
use ringfence_risk::bracket::{BracketStyle, BracketTable};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::maintenance::Terms;
use ringfence_risk::plan::{Context, LegState, MarginMove, OrderIntent, OrderPlan, OrderRequest, plan_margin, plan_order};
use ringfence_risk::position::fill_value;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Notional, Price, Quantity, Rate, Side};

const FREE: FeeSchedule = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
const ANY_ORDER: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: Notional::ZERO,
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};
const WEALTH: i128 = 500_000_000_000_000_000_000;

/// One market, marked at its last price, and a trader in it.
struct Trader<'a> {
    case: &'a Case,
    table: &'a BracketTable,
    rules: &'a RuleSet,
    leg: LegState,
    cash: i128,
    realised: i128,
    reductions: i128,
}

impl Trader<'_> {
    fn context(&self, price: Price) -> Context<'_> {
        let Self { case, table, rules, leg, .. } = self;
        let terms = Terms { contract: &case.contract, brackets: table, rules, fees: FREE, funding_rate: Rate::ZERO };
        Context { terms, leg: *leg, mark: price.as_mark() }
    }

    fn plan(&self, order: &OrderRequest) -> Option<OrderPlan> {
        plan_order(&self.context(order.price), &ANY_ORDER, order).ok()
    }

    fn fill(&mut self, order: &OrderRequest, plan: &OrderPlan) {
        let value = fill_value(&self.case.contract, order.quantity, order.price).expect(LOSSLESS).raw();
        self.cash -= self.case.contract.value_sign(order.side.opens()) * value;
        self.realised += plan.reduction.map_or(0, |reduction| reduction.realised.raw());
        self.reductions += i128::from(plan.reduction.is_some());
        self.leg = plan.apply(&self.leg).expect(LOSSLESS);
    }

    /// Money gained since the start, unrealised profit not counted.
    fn gained(&self) -> i128 {
        self.leg.money().expect(LOSSLESS).raw() - WEALTH
    }

    /// What the open position cost, with the sign of its value (long and gaining with it: plus).
    fn cost(&self) -> i128 {
        self.leg.position.map_or(0, |position| self.case.contract.value_sign(position.side) * position.entry_value.raw())
    }

    /// Closes what is open, after adding enough margin that no loss is beyond it.
    fn close(&mut self, price: Price) {
        let Some(position) = self.leg.position else { return };
        let more = MarginMove::Add(amount(self.leg.available.raw() / 2));
        self.leg = plan_margin(&self.context(price), more).expect("there is plenty").apply(&self.leg).expect(LOSSLESS);
        let side = if position.side == Side::Long { OrderSide::Sell } else { OrderSide::Buy };
        let order = OrderRequest { side, quantity: position.quantity, price, intent: OrderIntent::ReduceOnly };
        let plan = self.plan(&order).expect("nothing stands against closing");
        self.fill(&order, &plan);
    }
}

/// Orders as (buy, share of the first size in percent, price move in millionths), at most 12.
fn orders() -> impl Strategy<Value = Vec<(bool, i128, i128)>> {
    prop::collection::vec((any::<bool>(), prop_oneof![Just(100_i128), 1..=250_i128], -80_000..=80_000_i128), 1..12)
}

fn order(case: &Case, (buy, share, moved): (bool, i128, i128)) -> OrderRequest {
    let (lot, tick) = (case.contract.spec().lot.wide(), case.contract.spec().tick.wide());
    let lots = (case.position.quantity.wide() / lot * share / 100).clamp(1, Quantity::GREATEST.wide() / lot);
    let price =
        (case.entry.wide() * (1_000_000 + moved) / 1_000_000 / tick * tick).clamp(tick, Price::GREATEST.wide() / tick * tick);
    OrderRequest {
        side: if buy { OrderSide::Buy } else { OrderSide::Sell },
        quantity: Quantity::from_wide(lots * lot).expect(LOSSLESS),
        price: Price::from_wide(price).expect(LOSSLESS),
        intent: OrderIntent::Any,
    }
}

fn trader<'a>(case: &'a Case, table: &'a BracketTable, rules: &'a RuleSet) -> Trader<'a> {
    Trader { case, table, rules, leg: LegState::flat(case.leverage, amount(WEALTH)), cash: 0, realised: 0, reductions: 0 }
}

fn flat() -> BracketTable {
    BracketTable::flat("0.001".parse().expect(LOSSLESS), "200".parse().expect(LOSSLESS)).expect(LOSSLESS)
}

proptest! {
    #![proptest_config(cases())]

    /// After every fill (opening, adding, reducing, turning) money has changed by what was realised, and money gained less the cost of what is
    /// open is the cash that went in and out (S1). Once flat, profit is the cash flow, to the unit, for inverse contracts too.
    #[test]
    fn profit_is_cash_flow(case in case(&KINDS, BracketStyle::Marginal, 0..1_u8), orders in orders()) {
        let (table, rules) = (flat(), RuleSet::ringfence());
        let mut trader = trader(&case, &table, &rules);
        let mut last = case.entry;
        for wanted in orders {
            let order = order(&case, wanted);
            let Some(plan) = trader.plan(&order) else { continue };
            let before = (trader.gained(), trader.leg.available.raw());
            trader.fill(&order, &plan);
            last = order.price;
            prop_assert_eq!(trader.gained() - before.0, plan.reduction.map_or(0, |reduction| reduction.realised.raw()));
            prop_assert_eq!(trader.leg.available.raw() - before.1, plan.available_change.raw());
            prop_assert_eq!(trader.gained(), trader.cash + trader.cost());
        }
        trader.close(last);
        prop_assert_eq!(trader.leg.position, None);
        prop_assert_eq!(trader.leg.available, trader.leg.money().unwrap());
        prop_assert_eq!((trader.gained(), trader.gained()), (trader.realised, trader.cash));
    }

    /// Two traders who fill each other's orders: while they hold, what both have realised sums to zero or to a loss of less than one unit per
    /// reduction (every share of a cost is rounded against its owner), and when both are flat it sums to exactly zero (S2, S11).
    #[test]
    fn fills_are_zero_sum(case in case(&KINDS, BracketStyle::Marginal, 0..1_u8), orders in orders()) {
        let (table, rules) = (flat(), RuleSet::ringfence());
        let (mut one, mut other) = (trader(&case, &table, &rules), trader(&case, &table, &rules));
        let mut last = case.entry;
        for wanted in orders {
            let taken = order(&case, wanted);
            let made = OrderRequest { side: if taken.side == OrderSide::Buy { OrderSide::Sell } else { OrderSide::Buy }, ..taken };
            let (Some(first), Some(second)) = (one.plan(&taken), other.plan(&made)) else { continue };
            one.fill(&taken, &first);
            other.fill(&made, &second);
            last = taken.price;
            let sum = one.gained() + other.gained();
            prop_assert!(sum <= 0 && sum >= -(one.reductions + other.reductions), "sum {}", sum);
            prop_assert_eq!(one.leg.position.map(|held| (held.side, held.quantity)), other.leg.position.map(|held| (held.side.opposite(), held.quantity)));
        }
        one.close(last);
        other.close(last);
        prop_assert_eq!(one.gained() + other.gained(), 0);
    }
}
