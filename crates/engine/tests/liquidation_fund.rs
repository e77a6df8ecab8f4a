//! The insurance fund: what it takes over, what it can bear, and how it gets rid of it.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod liquidation_support;
mod world;

use liquidation_support::{one_long, plain};
use ringfence_risk::rule_set::LiquidationStep::{AutoDeleverage, ImmediateOrder, InsuranceTakeover};
use ringfence_risk::units::Side;
use world::{LINEAR, USDT};

#[test]
fn the_fund_takes_over_at_the_bankruptcy_value_even_without_money_while_there_is_a_cushion() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.steps(), [InsuranceTakeover]);
    assert_eq!(world.fund(LINEAR), Some((Side::Long, "1".into(), "9000".into())));
    assert_eq!((world.insurance(LINEAR).as_str(), world.free(0, USDT).as_str()), ("0", "9000"));
}

#[test]
fn what_the_book_does_not_take_the_fund_does() {
    let mut world = one_long(plain());
    world.bid(2, LINEAR, "0.4", "9040");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.steps(), [ImmediateOrder, InsuranceTakeover]);
    assert_eq!(world.fund(LINEAR), Some((Side::Long, "0.6".into(), "5400".into())));
    assert_eq!(world.free(0, USDT), "9016");
}

#[test]
fn a_gap_beyond_bankruptcy_is_carried_by_the_insurance_fund() {
    let mut world = one_long(plain());
    world.insure(LINEAR, "500");
    world.mark(LINEAR, "8800");
    assert_eq!(world.steps(), [InsuranceTakeover]);
    assert_eq!(world.free(0, USDT), "9000", "never more than the margin");
    assert_eq!(world.insurance(LINEAR), "500", "the loss is not realised yet");
    assert_eq!(world.size(1, LINEAR), "-1", "the winner keeps its position");
}

#[test]
fn the_fund_sells_what_it_holds_near_the_mark() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    world.bid(2, LINEAR, "1", "9095");
    world.mark(LINEAR, "9100");
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR)), (None, "95".into()));
    assert_eq!(world.size(2, LINEAR), "1");
}

#[test]
fn the_fund_does_not_sell_far_from_the_mark() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    world.bid(2, LINEAR, "1", "9090.8");
    world.mark(LINEAR, "9100"); // a thousandth below is 9,090.9
    assert!(world.fund(LINEAR).is_some());
}

#[test]
fn the_fund_sells_at_a_loss_only_as_far_as_it_can_pay() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    world.bid(2, LINEAR, "1", "8995");
    world.mark(LINEAR, "9001");
    assert!(world.fund(LINEAR).is_some(), "selling would cost 5, and the fund has nothing");
    world.insure(LINEAR, "5");
    world.mark(LINEAR, "9001");
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR)), (None, "0".into()));
}

#[test]
fn a_position_of_the_fund_on_the_other_side_is_closed_first() {
    // Account 0's long is the fund's, then account 1's short is bankrupt, too.
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    world.mark(LINEAR, "10945.28");
    assert_eq!((world.fund(LINEAR), world.open_interest(LINEAR)), (None, "0".into()));
    assert_eq!(world.insurance(LINEAR), "2000", "taken over at 9,000, closed at 11,000");
    assert_eq!(world.wallets(USDT)[..2], ["9000", "9000"]);
}

#[test]
fn the_fund_bears_as_much_as_it_can() {
    let mut world = one_long(plain());
    world.insure(LINEAR, "100");
    world.mark(LINEAR, "8800"); // 200 beyond bankruptcy per coin
    assert_eq!(world.steps(), [InsuranceTakeover, AutoDeleverage]);
    // With half a coin it would be worth nothing any more: one lot less.
    assert_eq!(world.fund(LINEAR), Some((Side::Long, "0.499".into(), "4491".into())));
    assert_eq!(world.deleveraged(), [(1, 501, "4509".into())]);
}

#[test]
fn a_bankrupt_fund_is_deleveraged_like_anybody() {
    let mut world = one_long(plain());
    world.insure(LINEAR, "100");
    world.mark(LINEAR, "9040");
    assert!(world.fund(LINEAR).is_some());
    world.mark(LINEAR, "8800"); // 100 − 200
    assert_eq!(world.deleveraged(), [(1, 1_000, "8900".into())]);
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR), world.uncovered(LINEAR)), (None, "0".into(), "0".into()));
}

#[test]
fn a_market_whose_last_two_positions_are_closed_by_one_liquidation_that_needs_insurance() {
    let mut world = one_long(plain());
    world.insure(LINEAR, "500");
    world.bid(1, LINEAR, "1", "8800"); // the only other position would close here
    world.mark(LINEAR, "8800");
    assert_eq!(world.open_interest(LINEAR), "0");
    assert_eq!(world.wallets(USDT)[..2], ["9000", "11200"]);
    assert_eq!((world.insurance(LINEAR).as_str(), world.fund(LINEAR)), ("300", None));
}
