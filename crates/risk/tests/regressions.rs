//! Each test is a fault that was found and mended, with the numbers that showed it.

use ringfence_risk::adl::{AdlCandidate, adl_score};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::margin::{OpenOrders, OrderSum};
use ringfence_risk::plan::{Context, LegState, OrderIntent, OrderRequest, plan_auto_add, plan_leverage, plan_order};
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::{AdlRanking, LeverageChange, LiquidationTrigger, MaintenanceBasis, RuleSet};
use ringfence_risk::solve::{attainable_leverage, attainable_size, quantity_for_two_way_cost};
use ringfence_risk::units::{Amount, Leverage, Notional, Price, Quantity, Rate, Side};

fn read<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().expect("a number of this unit")
}

struct Market {
    contract: Contract,
    brackets: BracketTable,
    rules: RuleSet,
}

impl Market {
    fn new(kind: ContractKind, value_rounding: ValueRounding, rows: &[(&str, &str, &str)], style: BracketStyle) -> Self {
        let (tick, lot) = if kind == ContractKind::Inverse { ("0.5", "1") } else { ("0.1", "0.001") };
        let contract = Contract::list(ContractSpec {
            kind,
            settlement: read("USDT"),
            tick: read(tick),
            mark_step: read("0.01"),
            lot: read(lot),
            multiplier: read("1"),
            value_rounding,
        })
        .expect("a contract");
        let mut floor = Notional::ZERO;
        let rows: Vec<_> = rows
            .iter()
            .map(|(cap, leverage, rate)| {
                let row = BracketRow { floor, cap: read(cap), max_leverage: read(leverage), maintenance_rate: read(rate) };
                floor = row.cap;
                row
            })
            .collect();
        Self { contract, brackets: BracketTable::new(style, &rows).expect("brackets"), rules: RuleSet::ringfence() }
    }

    fn linear() -> Self {
        let rows = [("50000", "125", "0.004"), ("1000000", "20", "0.01"), ("10000000", "5", "0.05")];
        Self::new(ContractKind::Linear, ValueRounding::PerFill, &rows, BracketStyle::Marginal)
    }

    fn terms(&self) -> Terms<'_> {
        let fees = FeeSchedule { maker: Rate::ZERO, taker: read("0.001"), liquidation: Rate::ZERO };
        Terms { contract: &self.contract, brackets: &self.brackets, rules: &self.rules, fees, funding_rate: Rate::ZERO }
    }

    fn open(&self, side: Side, quantity: &str, price: &str, leverage: &str) -> Position {
        let value = fill_value(&self.contract, read(quantity), read(price)).expect("in range");
        open(side, read(quantity), value, read(leverage)).expect("in range")
    }
}

const FILTERS: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: match Notional::from_raw(1_000_000_000) {
        Ok(ten) => ten,
        Err(_) => Notional::ZERO,
    },
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};

fn sum(quantity: &str, value: &str) -> OrderSum {
    OrderSum { quantity: read(quantity), value: read(value) }
}

/// A take-profit far from the entry only closes, whatever it is worth: it holds nothing, and a leverage change frees nothing of it.
#[test]
fn a_closing_order_holds_no_margin() {
    let market = Market::linear();
    let position = market.open(Side::Long, "1", "10000", "10");
    let orders = OpenOrders { buys: OrderSum::NONE, sells: sum("1", "20000") };
    let leg = LegState { position: Some(position), orders, ..LegState::flat(read("10"), read("2000")) };
    let context = Context { terms: market.terms(), leg, mark: read("10000") };
    for leverage in ["20", "5"] {
        let plan = plan_leverage(&context, read(leverage)).expect("accepted");
        assert_eq!(plan.to_orders, Amount::ZERO);
        assert_eq!(plan.apply(&leg).expect("in range").order_margin, Amount::ZERO);
    }
}

/// Orders that would turn the position count for the bracket with the part that opens.
#[test]
fn turning_orders_count_for_the_bracket() {
    let market = Market::linear();
    let orders = OpenOrders { buys: OrderSum::NONE, sells: sum("201", "2010000") };
    let position = market.open(Side::Long, "1", "10000", "5");
    let leg = LegState { position: Some(position), orders, order_margin: read("400000"), ..LegState::flat(read("5"), read("0")) };
    let context = Context { terms: market.terms(), leg, mark: read("10000") };
    let refused = plan_leverage(&context, read("125")).expect_err("two millions at 125x");
    assert!(matches!(refused.refusal, Refusal::LeverageAboveBracket { .. }), "{refused}");
}

/// Two sells cannot close the same long: what a turning order closes, the resting one would open.
#[test]
fn a_position_is_closed_only_once() {
    let market = Market::linear();
    let position = market.open(Side::Long, "4", "10000", "125");
    let orders = OpenOrders { buys: OrderSum::NONE, sells: sum("4", "40000") };
    let leg = LegState { position: Some(position), orders, ..LegState::flat(read("125"), read("100000")) };
    let context = Context { terms: market.terms(), leg, mark: read("10000") };
    let sell = |quantity| OrderRequest {
        side: OrderSide::Sell,
        quantity: read(quantity),
        price: read("10000"),
        intent: OrderIntent::Any,
    };
    assert!(plan_order(&context, &FILTERS, &sell("5")).is_ok(), "short 1 and 4 more: the cap of 50,000 exactly");
    let refused = plan_order(&context, &FILTERS, &sell("6")).expect_err("short 2 and 4 more at 125x");
    assert!(matches!(refused, Refusal::LeverageAboveBracket { .. }), "{refused}");
}

/// What a target asks for can be opened: within the bracket, on the margin given, and one lot more could not.
#[test]
fn targets_can_be_opened() {
    let market = Market::linear();
    let position = market.open(Side::Long, "1", "10000", "20");
    let leverage = attainable_leverage(&market.terms(), &position, read("9999")).expect("in range");
    assert_eq!(leverage, Some(read("125")), "without the bracket it would be far more");
    let (margin, leverage, target) = (read("500"), read("20"), read("9900"));
    let size = attainable_size(&market.terms(), Side::Long, read("10000"), (margin, leverage), target).expect("in range");
    assert_eq!(size, read("1"), "500 at 20x opens one; the target alone would allow more");
}

/// OKX wants open orders cancelled before a leverage change, position or not.
#[test]
fn open_orders_are_asked_for_without_a_position() {
    let mut market = Market::linear();
    market.rules.leverage_change = LeverageChange::ResetWithoutOrders;
    let orders = OpenOrders { buys: sum("1", "10000"), sells: OrderSum::NONE };
    let leg = LegState { orders, order_margin: read("1000"), ..LegState::flat(read("10"), read("100")) };
    let context = Context { terms: market.terms(), leg, mark: read("10000") };
    let refused = plan_leverage(&context, read("20")).expect_err("orders are open");
    assert!(matches!(refused.refusal, Refusal::OpenOrders { .. }), "{refused}");
    assert!(plan_leverage(&context, read("10")).is_ok(), "the same leverage is no change");
}

/// What is left of a position can be closed however small it is, and a fee takes no more than there is.
#[test]
fn dust_can_be_closed() {
    let market = Market::linear();
    let dust = market.open(Side::Long, "0.001", "9900", "10");
    let sell = |quantity: &str, price: &str| OrderRequest {
        side: OrderSide::Sell,
        quantity: read(quantity),
        price: read(price),
        intent: OrderIntent::ReduceOnly,
    };
    let at = |position, mark: &str| {
        let leg = LegState { position: Some(position), ..LegState::flat(read("100"), Amount::ZERO) };
        Context { terms: market.terms(), leg, mark: read(mark) }
    };
    assert!(plan_order(&at(dust, "9900"), &FILTERS, &sell("0.001", "9900")).is_ok());
    let losing = market.open(Side::Long, "1", "10000", "100");
    let plan = plan_order(&at(losing, "9904"), &FILTERS, &sell("1", "9904")).expect("a close is never refused for its fee");
    assert_eq!((plan.fee, plan.available_change), (read("4"), Amount::ZERO), "released 4, the fee would be 9.904");
}

/// An unrealised profit is what closing at the mark would realise, also where a contract's value is made whole first.
#[test]
fn a_mark_is_valued_like_a_fill() {
    let rows = [("1000000", "100", "0.005")];
    let mut market = Market::new(ContractKind::Inverse, ValueRounding::PerContract, &rows, BracketStyle::Marginal);
    market.rules.maintenance_basis = MaintenanceBasis::EntryValue;
    for (side, price) in [(Side::Long, "179694.5"), (Side::Short, "179694.5"), (Side::Long, "66700")] {
        let position = market.open(side, "1000000", price, "100");
        assert_eq!(position.unrealised_pnl(&market.contract, read(price)).expect("in range"), Amount::ZERO, "{side} at {price}");
    }
    // Bought at 10,000 satoshi a contract with 100 behind it and 50 required: it lives at 10,050 and dies at 10,051, from 10,050.5 on.
    let position = market.open(Side::Long, "10000", "10000", "100");
    let price = Leg::isolated(market.terms(), &position).expect("a leg").liquidation_price(read("10000")).expect("in range");
    assert_eq!(price.map(|price| price.trigger), Some(read("9949.75")));
}

/// A slab position may be exactly as large as a bracket's cap, at that bracket's rate.
#[test]
fn a_cap_belongs_to_its_slab() {
    let rows = [("10000", "50", "0.004"), ("100000", "20", "0.03")];
    let market = Market::new(ContractKind::Linear, ValueRounding::PerFill, &rows, BracketStyle::Slab);
    let position = market.open(Side::Long, "1", "10000", "50");
    let leg = Leg::isolated(market.terms(), &position).expect("a leg");
    assert_eq!(leg.maintenance_margin(read("10000")).expect("in range"), read("40"));
    assert_eq!(leg.maintenance_margin(read("10000.01")).expect("in range"), read("300.0003"));
    assert!(!leg.is_liquidatable(read("10000")).expect("in range"));
}

/// Money that does not save a position stays outside its box.
#[test]
fn auto_add_does_not_spend_in_vain() {
    let market = Market::linear();
    let position = market.open(Side::Long, "1", "10000", "100");
    let at = |available: &str| {
        let leg = LegState { position: Some(position), ..LegState::flat(read("100"), read(available)) };
        Context { terms: market.terms(), leg, mark: read("9000") }
    };
    assert_eq!(plan_auto_add(&at("50")).expect("offered"), None);
    let saved = plan_auto_add(&at("5000")).expect("offered").expect("enough to save it");
    assert!(!Leg::isolated(market.terms(), &saved.position).expect("a leg").is_liquidatable(read("9000")).expect("in range"));
}

/// Both legs of a hedged pair move together: one liquidating mark, one bankruptcy price.
#[test]
fn a_hedged_pool_has_one_price() {
    let market =
        Market::new(ContractKind::Linear, ValueRounding::PerFill, &[("10000000", "100", "0.004")], BracketStyle::Marginal);
    let (long, short) = (market.open(Side::Long, "1", "10000", "20"), market.open(Side::Short, "0.5", "10000", "20"));
    let leg = |position| CrossLeg { terms: market.terms(), position, leverage: Leverage::ONE, mark: read("10000"), market: 3 };
    let legs = [leg(&long), leg(&short)];
    let account =
        CrossAccount { wallet: read("500"), order_margin: Amount::ZERO, legs: &legs, trigger: LiquidationTrigger::Below };
    // 500 + 0.5 (P − 10,000) = 1.5 P × 0.004
    let marks = account.liquidation_marks(3).expect("in range");
    assert_eq!(marks, CrossLiquidation::Band { below: Some(read("9109.31")), above: None });
    let bankruptcy = account.bankruptcy_price(3).expect("in range").expect("there is one");
    assert_eq!(
        bankruptcy.rounded(ringfence_risk::arithmetic::Rounding::HalfEven).expect("in range"),
        read::<Price>("9000").wide()
    );
    assert!(account.leg_with_other_markets_fixed(3).is_err(), "a pair has no price per leg");
}

/// Mark over entry for longs, entry over mark for shorts: of two positions on a side the one that has won more goes first.
#[test]
fn the_greater_winner_of_either_side_scores_higher() {
    let market = Market::linear();
    let score = |side, entry: &str, mark: &str| {
        let position = market.open(side, "1", entry, "10");
        let (contract, maintenance) = (&market.contract, Amount::ZERO);
        let candidate =
            AdlCandidate { contract, position: &position, collateral: read("1000000"), maintenance, mark: read(mark) };
        adl_score(AdlRanking::PriceRatioTimesAccountLeverage, &candidate).expect("in range")
    };
    assert!(score(Side::Long, "8000", "10000") > score(Side::Long, "9500", "10000"));
    assert!(score(Side::Short, "12000", "8000") > score(Side::Short, "9000", "8000"));
}

/// A profit of less than 10⁻⁸ of the collateral still ranks before a loss.
#[test]
fn small_profits_have_a_score() {
    let market = Market::linear();
    let position = market.open(Side::Long, "0.001", "10000", "10");
    let (collateral, maintenance) = (read("1000000000"), read("0.04"));
    let candidate =
        AdlCandidate { contract: &market.contract, position: &position, collateral, maintenance, mark: read("10000.01") };
    let score = adl_score(AdlRanking::ProfitTimesEffectiveLeverage, &candidate).expect("in range");
    assert!(score.raw() > 0, "{score:?}");
}

/// Ordinary costs stay within range.
#[test]
fn a_two_way_cost_of_twenty_thousand() {
    let market = Market::linear();
    let terms = (read("100"), read("100000"), read("0.0006"));
    assert!(quantity_for_two_way_cost(&market.contract, Side::Long, read("20000"), terms).is_ok());
}
