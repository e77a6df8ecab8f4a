//! Isolated positions that a mark leaves without maintenance margin: step by step, to the last unit.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for the events it is about")]
mod liquidation_support;
mod world;

use liquidation_support::{OTHER, one_coin_long, one_long, plain, ruled, with_fee, world};
use ringfence_engine::command::{Command, MarketState, PositionSide};
use ringfence_engine::engine::Engine;
use ringfence_engine::event::{Event, LedgerAccount, OrderEnd, Reason};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::rule_set::LiquidationStep::{
    AutoDeleverage, CancelOrders, ImmediateOrder, InsuranceTakeover, SocialiseLoss, StepDownBracket,
};
use ringfence_risk::rule_set::LiquidationTrigger;
use ringfence_risk::units::Side;
use world::{BTC, INVERSE, LINEAR, USDT, limit, linear, read};

#[test]
fn the_founding_example_is_liquidated_exactly_at_9950_4() {
    let mut world = one_coin_long();
    assert_eq!(world.free(0, BTC), "0.99");
    world.mark(INVERSE, "9950.5");
    assert_eq!(world.size(0, INVERSE), "10000");
    world.mark(INVERSE, "9950.4");
    assert_eq!(world.size(0, INVERSE), "0");
    assert_eq!(world.liquidated(), [(0, INVERSE, Side::Long)]);
    assert_eq!(world.free(0, BTC), "0.99", "the box is lost, and nothing else");
}

#[test]
fn a_linear_long_lives_one_step_above_its_price() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.23");
    assert_eq!((world.size(0, LINEAR).as_str(), world.liquidated().len()), ("1", 0));
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
}

#[test]
fn a_linear_short_is_liquidated_as_the_mark_rises() {
    // 11,000 ÷ 1.005 = 10,945.27…
    let mut world = one_long(plain());
    world.mark(LINEAR, "10945.27");
    assert_eq!(world.size(1, LINEAR), "-1");
    world.mark(LINEAR, "10945.28");
    assert_eq!(world.liquidated(), [(1, LINEAR, Side::Short)]);
    assert_eq!(world.fund(LINEAR), Some((Side::Short, "1".into(), "11000".into())));
}

#[test]
fn an_inverse_short_is_liquidated_as_the_mark_rises() {
    // It is worth 1 at entry and gains as that rises: 0.01 + v − 1 = 0.005 v at v = 0.99 ÷ 0.995, a mark of 10,050.505….
    let mut world = one_coin_long();
    world.mark(INVERSE, "10050.5");
    assert_eq!(world.size(1, INVERSE), "-10000");
    world.mark(INVERSE, "10050.6");
    assert_eq!(world.liquidated(), [(1, INVERSE, Side::Short)]);
    assert_eq!(world.free(1, BTC), "0.99");
}

#[test]
fn an_immediate_order_sells_into_the_book_and_the_rest_of_the_margin_comes_home() {
    let mut world = one_long(plain());
    world.bid(2, LINEAR, "1", "9040");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.steps(), [ImmediateOrder]);
    assert_eq!(world.free(0, USDT), "9040", "9,000 free, 1,000 margin, 960 lost");
    assert_eq!((world.size(0, LINEAR).as_str(), world.size(2, LINEAR).as_str()), ("0", "1"));
}

#[test]
fn the_order_takes_the_best_prices_first() {
    let mut world = one_long(plain());
    world.bid(2, LINEAR, "0.5", "9020");
    world.bid(3, LINEAR, "0.6", "9044");
    world.mark(LINEAR, "9045.22");
    assert_eq!((world.size(3, LINEAR).as_str(), world.size(2, LINEAR).as_str()), ("0.6", "0.4"));
    assert_eq!(world.free(0, USDT), "9034.4", "9,000 + 0.6 × 44 + 0.4 × 20");
}

#[test]
fn the_liquidation_fee_goes_to_the_insurance_fund() {
    let mut world = one_long(with_fee());
    world.bid(2, LINEAR, "1", "9040");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.insurance(LINEAR), "9.04");
    assert_eq!(world.free(0, USDT), "9030.96");
}

#[test]
fn the_fee_takes_no_more_than_what_is_left() {
    let mut world = one_long(with_fee());
    world.bid(2, LINEAR, "1", "9002");
    world.mark(LINEAR, "9045.22");
    assert_eq!((world.insurance(LINEAR).as_str(), world.free(0, USDT).as_str()), ("2", "9000"));
}

#[test]
fn nobody_pays_a_trading_fee_for_being_liquidated() {
    let mut listing = with_fee();
    (listing.fees.maker, listing.fees.taker) = (read("0"), read("0.0005"));
    let mut world = one_long(listing);
    world.bid(2, LINEAR, "1", "9040");
    let before = world.engine.state().assets()[0].totals().fees;
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.engine.state().assets()[0].totals().fees, before);
}

#[test]
fn a_bid_beyond_bankruptcy_is_not_taken() {
    let mut world = one_long(plain());
    world.bid(2, LINEAR, "1", "8999.9");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.steps(), [InsuranceTakeover]);
    assert_eq!(world.size(2, LINEAR), "0");
}

#[test]
fn what_the_fund_cannot_bear_is_deleveraged_at_the_bankruptcy_price() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "8800");
    assert_eq!(world.steps(), [AutoDeleverage]);
    assert_eq!(world.deleveraged(), [(1, 1_000, "9000".into())]);
    assert_eq!(world.wallets(USDT)[..2], ["9000", "11000"], "it gains 1,000 instead of 1,200");
    assert_eq!(world.open_interest(LINEAR), "0");
}

#[test]
fn only_who_profits_at_the_bankruptcy_price_is_deleveraged() {
    // Account 1 took its profit; account 2 is short from 8,900 only.
    let mut world = one_long(plain());
    world.mark(LINEAR, "9100");
    world.trade(LINEAR, (1, 2), "1", "8900");
    world.mark(LINEAR, "8800");
    assert_eq!(world.steps(), [SocialiseLoss]);
    assert_eq!(world.haircuts(), [(2, "100".into())], "all of its profit, and no more");
    assert_eq!(world.uncovered(LINEAR), "100", "what lies beyond is the venue's own loss");
    assert_eq!(world.wallets(USDT)[..3], ["9000", "11100", "10000"]);
}

#[test]
fn a_deficit_that_nobody_profits_from_is_the_venues() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9100");
    world.trade(LINEAR, (1, 2), "1", "8750");
    world.mark(LINEAR, "8800");
    assert_eq!((world.haircuts(), world.uncovered(LINEAR)), (vec![], "200".into()));
    assert_eq!(world.wallets(USDT)[..3], ["9000", "11250", "9950"]);
}

#[test]
fn a_haircut_is_spread_over_all_profits_by_their_size() {
    // At 8,700 account 0 is 300 beyond bankruptcy. Nobody profits at 9,000, but account 2 (short from 8,950) and account 3 (from 8,850) do now.
    let mut world = one_long(plain());
    world.more_accounts(1);
    world.leverage(4, LINEAR, "1");
    world.mark(LINEAR, "9100");
    world.trade(LINEAR, (1, 2), "1", "8950");
    world.trade(LINEAR, (4, 3), "1", "8850");
    world.mark(LINEAR, "8700");
    let mut cut = world.haircuts();
    cut.sort();
    assert_eq!(cut, [(2, "187.5".into()), (3, "112.5".into())], "300 × 250 ÷ 400 and 300 × 150 ÷ 400");
    assert_eq!((world.uncovered(LINEAR).as_str(), world.free(0, USDT).as_str()), ("0", "9000"));
}

#[test]
fn whatever_the_gap_nobody_loses_more_than_the_margin() {
    for mark in ["9045", "9000", "8999.99", "8000", "5000", "100", "0.01"] {
        for insurance in ["0.00000001", "150", "5000"] {
            let mut world = one_long(with_fee());
            world.insure(LINEAR, insurance);
            world.bid(2, LINEAR, "0.3", "9000");
            world.mark(LINEAR, mark);
            assert_eq!((world.size(0, LINEAR).as_str(), world.free(0, USDT).as_str()), ("0", "9000"), "mark {mark}");
        }
    }
}

#[test]
fn its_orders_in_the_market_go_first() {
    let mut world = one_long(plain());
    world.bid(0, LINEAR, "0.1", "9500");
    world.ask(0, LINEAR, "0.1", "10500");
    assert_eq!(world.free(0, USDT), "8905");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.ends(), [OrderEnd::Liquidated, OrderEnd::Liquidated]);
    assert_eq!(world.steps(), [CancelOrders, InsuranceTakeover]);
    assert_eq!(world.free(0, USDT), "9000");
}

#[test]
fn equality_liquidates_where_the_rule_set_says_so() {
    // 10,000 − 1,000 = 9,000 = 9,375 × 0.96: balance and requirement are both 375 at 9,375.
    for (trigger, liquidated) in [(LiquidationTrigger::Below, 0), (LiquidationTrigger::AtOrBelow, 1)] {
        let mut listing = ruled(|rules| rules.trigger = trigger);
        listing.brackets = BracketTable::flat(read("0.04"), read("20")).unwrap();
        let mut world = one_long(listing);
        world.mark(LINEAR, "9375");
        assert_eq!(world.liquidated().len(), liquidated, "{trigger:?}");
    }
}

#[test]
fn a_large_position_steps_down_to_the_lower_bracket_and_lives() {
    // 10 at 10,000 and 20×: 1 % above 50,000. Just below the line, half of it is enough.
    let mut listing = ruled(|rules| rules.liquidation_steps.insert(1, StepDownBracket));
    listing.brackets = linear().brackets;
    let mut world = world(listing);
    world.leverage(0, LINEAR, "20");
    world.trade(LINEAR, (0, 1), "10", "10000");
    world.deposit(2, USDT, "90000");
    world.bid(2, LINEAR, "10", "9565");
    // Free bound: 100,000 − 5,000 = 95,000; requirement at v: v % − 300.
    world.mark(LINEAR, "9565");
    assert_eq!(world.steps(), [StepDownBracket]);
    assert_eq!(world.size(0, LINEAR), "5.227", "5.227 × 9,565 = 49,996.3: the next lot would be above 50,000");
    assert_eq!(world.size(2, LINEAR), "4.773");
}

#[test]
fn one_leg_of_a_hedged_account_goes_and_the_other_stays_as_it_was() {
    let mut world = world(plain());
    world.hedge(0);
    let leg =
        |side, position_side, price| ringfence_engine::command::NewOrder { position_side, ..limit(0, LINEAR, side, "1", price) };
    world.ask(1, LINEAR, "1", "10000");
    world.run(&Command::Place(leg(Buy, PositionSide::Long, "10000")));
    world.bid(2, LINEAR, "1", "10000");
    world.run(&Command::Place(leg(Sell, PositionSide::Short, "10000")));
    let short = world.leg(0, LINEAR, Side::Short);
    let free = world.free(0, USDT);
    world.insure(LINEAR, "500");
    world.mark(LINEAR, "8800");
    // Account 2 is long from the same price: it goes, too.
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long), (2, LINEAR, Side::Long)]);
    assert_eq!(world.leg(0, LINEAR, Side::Long), None);
    assert_eq!((world.leg(0, LINEAR, Side::Short), world.free(0, USDT)), (short, free));
}

#[test]
fn other_markets_and_their_money_do_not_notice() {
    let mut world = one_long(plain());
    world.trade(INVERSE, (0, 1), "100", "10000");
    world.trade(OTHER, (0, 1), "1", "1000");
    let kept = |world: &world::World| {
        let legs = [INVERSE, OTHER].map(|market| (world.leg(0, market, Side::Long), world.leg(1, market, Side::Short)));
        (legs, world.free(0, BTC), world.free(0, USDT), [INVERSE, OTHER].map(|market| world.insurance(market)))
    };
    let before = kept(&world);
    world.mark(LINEAR, "8800");
    assert_eq!(kept(&world), before);
}

#[test]
fn a_halted_market_liquidates_nobody_until_the_next_mark_after_it_opens() {
    let mut world = one_long(plain());
    world.state_to(LINEAR, MarketState::Halted);
    let moved = world.try_run(&Command::SetMark { market: LINEAR, mark: world::read("8800"), index: world::read("8800") });
    assert_eq!((moved.map_err(|reject| reject.code().0), world.size(0, LINEAR).as_str()), (Err(104), "1"));
    world.state_to(LINEAR, MarketState::Open);
    world.mark(LINEAR, "8800");
    assert_eq!(world.size(0, LINEAR), "0");
}

#[test]
fn a_falling_mark_liquidates_in_the_order_in_which_it_met_them() {
    let mut world = world(plain());
    world.leverage(0, LINEAR, "10");
    world.leverage(2, LINEAR, "20");
    world.leverage(3, LINEAR, "50");
    world.trade(LINEAR, (0, 1), "0.5", "10000");
    world.trade(LINEAR, (2, 1), "0.5", "10000");
    world.trade(LINEAR, (3, 1), "0.5", "10000");
    world.insure(LINEAR, "5000");
    world.mark(LINEAR, "9000");
    let order: Vec<u32> = world.liquidated().into_iter().map(|(account, ..)| account).collect();
    assert_eq!(order, [3, 2, 0]);
}

#[test]
fn events_alone_bring_a_second_machine_to_the_same_state() {
    let mut world = one_long(with_fee());
    world.bid(2, LINEAR, "0.4", "9040");
    world.insure(LINEAR, "10");
    let mut second = Engine::with_state(world.engine.state().clone());
    world.mark(LINEAR, "8990");
    second.follow(&world.events);
    assert_eq!(second.hash(), world.engine.hash());
}

#[test]
fn money_leaves_the_box_only_into_the_loss_the_fee_and_home() {
    let mut world = one_long(with_fee());
    world.bid(2, LINEAR, "1", "9040");
    world.mark(LINEAR, "9045.22");
    let boxed = |account: LedgerAccount| matches!(account, LedgerAccount::Margin(owner, ..) if owner.0 == 0);
    let reasons: Vec<Reason> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Posted(posting) if boxed(posting.from) => Some(posting.reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [Reason::RealisedProfit, Reason::LiquidationFee, Reason::MarginReleased]);
}
