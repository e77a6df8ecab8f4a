use ringfence_engine::command::MarketState;
use ringfence_engine::ids::OrderId;
use ringfence_engine::reject::{Field, Limited, Reject, Thing};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::{FilterError, OrderSide};
use ringfence_risk::plan::LeverageRefused;
use ringfence_risk::refusal::{BindingRule, Refusal};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity};

use super::{Asked, from_reject};
use crate::edge::error::Family;

const PRICE: Price = Price::LEAST;
const MARK: MarkPrice = MarkPrice::LEAST;
const NONE: Quantity = Quantity::ZERO;

fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

fn filters() -> Vec<(FilterError, i32)> {
    let band = |side| FilterError::OutsidePriceBand { price: PRICE, limit: PRICE, side };
    let size = |text| FilterError::QuantityOutOfRange { quantity: quantity(text), least: quantity("1"), greatest: quantity("2") };
    vec![
        (FilterError::OffTick { price: PRICE, tick: PRICE }, -4014),
        (FilterError::OffLot { quantity: quantity("0.5"), lot: quantity("1") }, -4023),
        (FilterError::OffLot { quantity: NONE, lot: quantity("1") }, -4003),
        (size("0.5"), -4004),
        (size("3"), -4005),
        (FilterError::NotionalTooSmall { notional: Notional::ZERO, least: "100".parse().unwrap() }, -4164),
        (band(OrderSide::Buy), -4016),
        (band(OrderSide::Sell), -4024),
        (FilterError::OutOfRange(OutOfRange { what: "a sum" }), -1130),
    ]
}

/// Every refusal of the rules with its codes: order, leverage, margin mode, position mode, margin, other.
fn refusals() -> Vec<(Refusal, [i32; 6])> {
    let leverage = Leverage::ONE;
    let amount = Amount::ZERO;
    let mut rows = vec![
        (Refusal::OutOfRange(OutOfRange { what: "a sum" }), [-1130; 6]),
        (Refusal::AmountNotPositive { amount }, [-4055; 6]),
        (Refusal::NoPosition, [-2022, -1000, -1000, -1000, -4054, -1000]),
        (Refusal::NoChange { setting: "margin mode" }, [-5027, -1000, -4046, -4059, -4052, -1000]),
        (Refusal::NotOffered { what: "funding" }, [-1020; 6]),
        (Refusal::OpenOrders { value: Notional::ZERO }, [-1000, -1000, -4047, -4067, -1000, -1000]),
        (Refusal::PositionOpen { quantity: NONE }, [-1000, -1000, -4048, -4068, -1000, -1000]),
        (Refusal::LeverageAboveContract { leverage, greatest: leverage }, [-4028; 6]),
        (Refusal::LeverageAboveBracket { leverage, value: Notional::ZERO, greatest: Notional::ZERO }, [-2027; 6]),
        (Refusal::LoweringRefused { leverage, present: leverage }, [-4161; 6]),
        (Refusal::WouldOpen { excess: NONE }, [-2022; 6]),
        (Refusal::InsufficientBalance { needed: amount, available: amount }, [-2019, -2028, -4050, -2019, -4050, -2018]),
        (Refusal::AboveRemovable { amount, greatest: amount, rule: BindingRule::ValueFloor }, [-4051; 6]),
        (Refusal::BeyondBankruptcy { missing: amount }, [-2010; 6]),
        (Refusal::InLiquidation { mark: MARK }, [-2023; 6]),
        (Refusal::WouldLiquidate { mark: MARK }, [-2019, -2028, -4051, -2019, -4051, -1000]),
    ];
    rows.extend(filters().into_iter().map(|(error, code)| (Refusal::Filter(error), [code; 6])));
    rows
}

const REQUESTS: [Asked; 6] = [Asked::Place, Asked::Leverage, Asked::MarginMode, Asked::PositionMode, Asked::Margin, Asked::Other];

/// Every other reject of the engine with its code for an order.
fn rejects() -> Vec<(Reject, i32)> {
    let limit = |what| Reject::LimitReached { what, limit: 5 };
    let state = |state| Reject::MarketNot { state, what: "an order" };
    let invalid = |field, why| Reject::Invalid { field, why };
    vec![
        (Reject::Unknown { what: Thing::Market, number: 3 }, -1121),
        (Reject::Unknown { what: Thing::Account, number: 3 }, -1130),
        (limit(Limited::OrdersInBatch), -4082),
        (limit(Limited::OrdersOfAccount), -2025),
        (limit(Limited::ClientIds), -2025),
        (limit(Limited::Waiting), -4045),
        (limit(Limited::Accounts), -1000),
        (Reject::TimeGoesBack { to: Time::from_ms(1), now: Time::from_ms(2) }, -1000),
        (state(MarketState::Open), -1122),
        (state(MarketState::PostOnly), -4140),
        (state(MarketState::ReduceOnly), -4140),
        (state(MarketState::CancelOnly), -1122),
        (state(MarketState::Halted), -1122),
        (state(MarketState::Settled), -4141),
        (Reject::NoMark { since: Some(Time::from_ms(1)) }, -4087),
        (Reject::NoMark { since: None }, -4088),
        (Reject::MarkNotBelieved { mark: MARK, why: "it jumps" }, -1000),
        (Reject::WrongPositionSide { expected: "both in one-way mode" }, -4061),
        (invalid(Field::Price, "has no tick inside the band"), -4131),
        (invalid(Field::GoodTillDate, "must be later than now"), -5040),
        (invalid(Field::QuantityOfClose, "must be 0 for an order that closes the whole position"), -4137),
        (invalid(Field::Quantity, "must be at least one lot"), -4003),
        (invalid(Field::Callback, "must be between 0.1 % and 10 %"), -1130),
        (invalid(Field::Purpose, "closing the whole position needs a trigger"), -1130),
        (invalid(Field::Asset, "is listed already"), -1130),
        (Reject::WouldTriggerAtOnce { trigger: PRICE, price: PRICE }, -2021),
        (Reject::WouldTake { best: PRICE }, -5022),
        (Reject::NoLiquidity, -2020),
        (Reject::DuplicateClientId { order: OrderId(1) }, -4116),
        (Reject::UnknownOrder, -2011),
        (Reject::NotAmendable { why: "it waits for its trigger" }, -5025),
        (Reject::NotIsolated, -4049),
        (Reject::OpenInterestCap { leverage: Leverage::ONE }, -2027),
        (Reject::InsufficientFunds { amount: Amount::ZERO, available: Amount::ZERO }, -2018),
        (Reject::BadListing { field: "symbol", why: "is listed already".to_owned() }, -1130),
    ]
}

#[test]
fn every_refusal_of_the_rules_has_the_code_of_its_request() {
    for (refusal, codes) in refusals() {
        for (asked, code) in REQUESTS.into_iter().zip(codes) {
            assert_eq!(from_reject(&refusal.into(), asked, Family::UsdM).code, code, "{refusal:?}, {asked:?}");
        }
        let refused = LeverageRefused { refusal, nearest: None };
        let direct = from_reject(&refusal.into(), Asked::Leverage, Family::UsdM);
        assert_eq!(from_reject(&Reject::Leverage(refused), Asked::Leverage, Family::UsdM), direct);
    }
}

#[test]
fn every_reject_of_the_engine_has_a_code() {
    for (reject, code) in rejects() {
        assert_eq!(from_reject(&reject, Asked::Place, Family::UsdM).code, code, "{reject:?}");
    }
}

#[test]
fn the_tables_above_leave_no_number_out() {
    let mut numbers: Vec<u16> = rejects().iter().map(|(reject, _)| reject.code().0).collect();
    numbers.extend(refusals().iter().map(|(refusal, _)| refusal.code().0));
    numbers.sort_unstable();
    numbers.dedup();
    let all: Vec<u16> = (1..=17).chain(101..=118).collect();
    assert_eq!(numbers, all);
}

#[test]
fn no_answer_keeps_a_placeholder_or_succeeds() {
    let all = rejects().into_iter().map(|(reject, _)| reject).chain(refusals().into_iter().map(|(refusal, _)| refusal.into()));
    for reject in all {
        for asked in Asked::ALL {
            for family in [Family::UsdM, Family::CoinM] {
                let error = from_reject(&reject, asked, family);
                assert!(!error.message.contains("%s") && !error.message.is_empty(), "{reject:?}: {error}");
                assert_eq!(error.status, 400, "{reject:?}: nothing was executed");
            }
        }
    }
}

#[test]
fn coin_margined_numbers_and_texts_with_values() {
    let small = Refusal::Filter(FilterError::NotionalTooSmall { notional: Notional::ZERO, least: "100".parse().unwrap() });
    let answer = from_reject(&small.into(), Asked::Place, Family::CoinM);
    assert_eq!(
        (answer.code, answer.message.as_str()),
        (-4178, "Order's notional must be no smaller than 100 (unless you choose reduce only).")
    );
    let lowering = Refusal::LoweringRefused { leverage: Leverage::ONE, present: Leverage::ONE };
    assert_eq!(from_reject(&lowering.into(), Asked::Leverage, Family::CoinM).code, -4150);
    let same = Refusal::NoChange { setting: "the order" };
    assert_eq!(from_reject(&same.into(), Asked::Amend, Family::CoinM).code, -4197);
    assert_eq!(from_reject(&Reject::NoMark { since: None }, Asked::Place, Family::CoinM).code, -4090);
    let halted = Reject::MarketNot { state: MarketState::Halted, what: "an order" };
    assert_eq!(from_reject(&halted, Asked::Amend, Family::UsdM).code, -5024);
}
