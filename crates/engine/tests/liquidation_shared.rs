//! Pools, deleveraging in each ranking, and closing a market for good.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod liquidation_support;
mod world;

use liquidation_support::{OTHER, coin, one_coin_long, one_long, plain, ruled, with_fee, world};
use ringfence_engine::command::{Command, Listing, MarketState};
use ringfence_engine::engine::Reply;
use ringfence_engine::event::{Event, OrderEnd};
use ringfence_engine::reject::Reject;
use ringfence_risk::rule_set::AdlRanking;
use ringfence_risk::rule_set::LiquidationStep::{self, CancelOrders, ImmediateOrder, InsuranceTakeover};
use ringfence_risk::units::{Amount, Side};
use world::{BTC, INVERSE, LINEAR, USDT, World, read};

/// Account 0 cross with 2,500 USDT: long 1 at 10,000 in one market, long 5 at 1,000 in the other.
fn pool() -> World {
    let mut world = world(plain());
    world.cross(0, LINEAR);
    world.cross(0, OTHER);
    world.leverage(1, OTHER, "1");
    withdraw(&mut world, 0, "7500");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.trade(OTHER, (0, 1), "5", "1000");
    world
}

fn withdraw(world: &mut World, account: u32, amount: &str) {
    let account = ringfence_engine::book::AccountId(account);
    world.run(&Command::Withdraw(ringfence_engine::command::Transfer { account, asset: USDT, amount: read(amount) }));
}

#[test]
fn a_pool_is_liquidated_when_all_of_it_is_used_up() {
    let mut world = pool();
    // Equity 2,500 − loss against 0.5 % of 10,000 − loss and of 5,000: 2,500 − l = 75 − 0.005 l at l = 2,437.18….
    world.mark(LINEAR, "7562.82");
    assert_eq!(world.liquidated().len(), 0);
    world.mark(LINEAR, "7562.81");
    assert_eq!(world.liquidated()[0], (0, LINEAR, Side::Long));
}

#[test]
fn a_pool_that_is_safe_again_after_its_order_keeps_the_rest() {
    let mut world = world(plain());
    world.cross(0, LINEAR);
    withdraw(&mut world, 0, "9000");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.bid(2, LINEAR, "0.9", "9045");
    world.mark(LINEAR, "9045"); // equity 45, needed 45.225; after nine tenths are sold 45 and 4.5225
    assert_eq!(world.steps(), [ImmediateOrder]);
    assert_eq!((world.size(0, LINEAR).as_str(), world.free(0, USDT).as_str()), ("0.1", "140.5"));
}

#[test]
fn a_pool_exactly_at_its_line_in_two_markets_is_left_alone() {
    let mut world = world(plain());
    for market in [LINEAR, OTHER] {
        world.cross(0, market);
    }
    world.leverage(1, OTHER, "1");
    withdraw(&mut world, 0, "7935");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.trade(OTHER, (0, 1), "5", "1000");
    world.mark(LINEAR, "8000"); // 2,065 − 2,000 = 40 + 25: no slack to share out between two markets
    assert_eq!(world.liquidated(), []);
    world.mark(LINEAR, "7999.99");
    assert_eq!(world.liquidated().first().map(|(account, ..)| *account), Some(0));
}

#[test]
fn the_leg_that_loses_most_goes_first_and_the_other_stays() {
    let mut world = pool();
    world.bid(2, LINEAR, "1", "7560");
    world.mark(LINEAR, "7562.81");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
    assert_eq!(world.steps(), [ImmediateOrder]);
    assert_eq!((world.size(0, LINEAR).as_str(), world.size(0, OTHER).as_str()), ("0", "5"));
    assert_eq!(world.free(0, USDT), "60", "2,500 − 2,440");
}

#[test]
fn a_cascade_closes_leg_after_leg_in_both_markets() {
    let mut world = pool();
    world.mark(OTHER, "950"); // −250
    world.mark(LINEAR, "7700"); // −2,300: nothing is left
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long), (0, OTHER, Side::Long)]);
    assert_eq!((world.size(0, LINEAR).as_str(), world.size(0, OTHER).as_str()), ("0", "0"));
    assert_eq!(world.free(0, USDT), "0", "a pool is lost, and no more");
}

#[test]
fn a_pool_never_ends_below_zero_whatever_the_gap() {
    for (first, second) in [("7000", "1000"), ("5000", "900"), ("100", "10"), ("0.01", "0.01"), ("7700", "2000")] {
        let mut world = pool();
        world.mark(OTHER, second);
        world.mark(LINEAR, first);
        assert!(!world.free(0, USDT).starts_with('-'));
    }
}

#[test]
fn a_profit_elsewhere_carries_the_pool_and_is_taken_when_it_has_to_be() {
    // 5 at 1,000 gained 2,000: the pool bears 4,500; then the loss is realised against that profit.
    let mut world = pool();
    world.mark(OTHER, "1400");
    world.mark(LINEAR, "6000");
    assert_eq!(world.liquidated().len(), 0);
    world.mark(LINEAR, "5560"); // 60 is left, and 62.80 is needed
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long), (0, OTHER, Side::Long)]);
    assert_eq!(world.free(0, USDT), "0");
}

#[test]
fn an_isolated_leg_of_the_same_account_does_not_notice() {
    let mut world = world(plain());
    world.cross(0, LINEAR);
    world.trade(OTHER, (0, 1), "5", "1000");
    withdraw(&mut world, 0, "7500");
    world.trade(LINEAR, (0, 1), "1", "10000");
    let isolated = world.leg(0, OTHER, Side::Long);
    world.mark(LINEAR, "5000");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
    assert_eq!((world.leg(0, OTHER, Side::Long), world.free(0, USDT).as_str()), (isolated, "0"));
}

#[test]
fn another_asset_is_another_pool() {
    let mut world = pool();
    world.mark(LINEAR, "5000");
    assert_eq!(world.free(0, BTC), "1");
}

#[test]
fn all_orders_of_the_pool_go_first() {
    let mut world = pool();
    world.bid(0, OTHER, "1", "900");
    world.ask(0, LINEAR, "1", "11000");
    world.mark(LINEAR, "7562.8");
    assert_eq!(world.ends(), [OrderEnd::Liquidated, OrderEnd::Liquidated]);
    assert_eq!(world.steps()[0], CancelOrders);
}

#[test]
fn the_fee_of_a_pool_comes_out_of_what_it_has() {
    let mut world = world(with_fee());
    world.cross(0, LINEAR);
    withdraw(&mut world, 0, "7500");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.bid(2, LINEAR, "1", "7505");
    world.mark(LINEAR, "7537.6");
    assert_eq!((world.insurance(LINEAR).as_str(), world.free(0, USDT).as_str()), ("5", "0"), "7.505 were due");
}

#[test]
fn a_pool_beyond_bankruptcy_is_deleveraged_at_its_own_price() {
    let mut world = world(plain());
    world.cross(0, LINEAR);
    withdraw(&mut world, 0, "7500");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.mark(LINEAR, "7000");
    assert_eq!(world.deleveraged(), [(1, 1_000, "7500".into())]);
    assert_eq!(world.wallets(USDT)[..2], ["0", "12500"]);
}

/// Account 0 long 1 at 10,000 and 10×, a fourth account long 2 without leverage; three shorts of 1 each: account 1 from 10,000 at 10×, account 2
/// from 9,950 at 50×, account 3 from 10,100 at 2×. Whom the bankruptcy of account 0 closes, in order.
fn deleveraged_by(ranking: AdlRanking) -> Vec<u32> {
    let mut world = world(ruled(|rules| rules.adl_ranking = ranking));
    world.more_accounts(1);
    world.deposit(4, USDT, "20000");
    for (account, leverage) in [(1, "10"), (2, "50"), (3, "2"), (4, "1")] {
        world.leverage(account, LINEAR, leverage);
    }
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.trade(LINEAR, (4, 2), "1", "9950");
    world.trade(LINEAR, (4, 3), "1", "10100");
    world.mark(LINEAR, "8800");
    assert_eq!(world.free(0, USDT), "9000");
    world.deleveraged().into_iter().map(|(account, ..)| account).collect()
}

#[test]
fn profit_times_margin_ratio_takes_the_most_leveraged_winner() {
    // Profit ÷ margin × maintenance ÷ equity: 1,150 ÷ 199 beats 1,200 ÷ 1,000 and 1,300 ÷ 5,050.
    assert_eq!(deleveraged_by(AdlRanking::ProfitTimesMarginRatio), [2]);
}

#[test]
fn profit_times_effective_leverage_takes_the_most_leveraged_winner() {
    assert_eq!(deleveraged_by(AdlRanking::ProfitTimesEffectiveLeverage), [2]);
}

#[test]
fn price_ratio_times_account_leverage_takes_the_most_leveraged_winner() {
    assert_eq!(deleveraged_by(AdlRanking::PriceRatioTimesAccountLeverage), [2]);
}

#[test]
fn entry_price_takes_the_best_entry() {
    assert_eq!(deleveraged_by(AdlRanking::EntryPrice), [3]);
}

#[test]
fn nobody_lower_ranked_is_touched_before_a_higher_ranked_one_is_exhausted() {
    let mut world = world(ruled(|rules| rules.adl_ranking = AdlRanking::EntryPrice));
    for (seller, quantity, price) in [(1, "0.3", "10000"), (2, "0.5", "10010"), (3, "0.4", "9990")] {
        world.trade(LINEAR, (0, seller), quantity, price);
    }
    world.mark(LINEAR, "8800");
    let closed: Vec<(u32, u64)> = world.deleveraged().into_iter().map(|(account, lots, _)| (account, lots)).collect();
    assert_eq!(closed, [(2, 500), (1, 300), (3, 400)]);
    // All at one price: 1.2 for 10,802.1.
    assert_eq!(world.free(0, USDT), "8799.9");
}

#[test]
fn deleveraging_takes_no_more_than_is_needed() {
    let mut world = world(ruled(|rules| rules.adl_ranking = AdlRanking::EntryPrice));
    world.leverage(3, LINEAR, "2");
    world.trade(LINEAR, (0, 1), "0.5", "10000");
    world.trade(LINEAR, (3, 1), "0.5", "10000");
    world.mark(LINEAR, "8800");
    assert_eq!(world.deleveraged(), [(1, 500, "4500".into())]);
    assert_eq!(world.size(1, LINEAR), "-0.5");
}

#[test]
fn an_inverse_bankruptcy_is_deleveraged_to_the_unit() {
    let mut world = one_coin_long();
    world.mark(INVERSE, "9800");
    assert_eq!(world.deleveraged(), [(1, 10_000, "1.01".into())]);
    assert_eq!(world.wallets(BTC)[..2], ["0.99", "1.01"]);
}

#[test]
fn orders_that_only_reduce_go_with_the_position_that_was_deleveraged() {
    let mut world = one_long(plain());
    let reducing = ringfence_engine::command::NewOrder {
        purpose: ringfence_engine::command::Purpose::ReduceOnly,
        ..world::limit(1, LINEAR, ringfence_risk::filters::OrderSide::Buy, "1", "8000")
    };
    world.run(&Command::Place(reducing));
    world.mark(LINEAR, "8800");
    assert_eq!(world.ends(), [OrderEnd::NothingToReduce]);
}

#[test]
fn a_rule_set_without_a_last_resort_still_leaves_no_loss_open() {
    let mut world = one_long(ruled(|rules| rules.liquidation_steps = vec![LiquidationStep::ImmediateOrder]));
    world.mark(LINEAR, "8800");
    assert_eq!(world.deleveraged().len(), 1);
    assert_eq!(world.open_interest(LINEAR), "0");
}

#[test]
fn a_settled_market_pays_everyone_at_the_last_mark() {
    let mut world = one_long(plain());
    world.bid(2, LINEAR, "1", "9000");
    world.mark(LINEAR, "9500");
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!(world.wallets(USDT)[..3], ["9500", "10500", "10000"]);
    assert_eq!(world.ends(), [OrderEnd::MarketSettled]);
    assert_eq!((world.open_interest(LINEAR).as_str(), world.insurance(LINEAR).as_str()), ("0", "0"));
    let refused = world.try_run(&Command::SetMarketState { market: LINEAR, state: MarketState::Open });
    assert!(matches!(refused, Err(Reject::MarketNot { .. })));
}

#[test]
fn a_settled_inverse_market_leaves_the_fractions_to_the_insurance_fund() {
    let mut world = World::with(plain(), coin("10"));
    for (account, quantity) in [(1, "333"), (2, "333"), (3, "334")] {
        world.trade(INVERSE, (0, account), quantity, "10000");
    }
    world.mark(INVERSE, "9700.3");
    world.state_to(INVERSE, MarketState::Settled);
    let left: f64 = world.insurance(INVERSE).parse().unwrap();
    assert!(left <= 0.000_000_04, "a unit per position at most: {left}");
    assert_eq!(world.uncovered(INVERSE), "0");
}

#[test]
fn a_settled_market_closes_what_the_fund_holds() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045.22");
    world.mark(LINEAR, "9060");
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR)), (None, "60".into()));
    assert_eq!(world.wallets(USDT)[..2], ["9000", "10940"]);
}

#[test]
fn a_pool_that_loses_in_a_settled_market_takes_its_profit_elsewhere() {
    let mut world = pool();
    world.mark(OTHER, "1400"); // + 2,000
    world.mark(LINEAR, "7000"); // − 3,000, of 2,500
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!(world.size(0, OTHER), "3.75", "1.25 gained the 500 that were missing");
    assert_eq!((world.free(0, USDT).as_str(), world.size(1, OTHER).as_str()), ("0", "-3.75"));
    assert_eq!(
        world.free(1, USDT),
        "8750",
        "10,000 + 3,000 here − 500 there, and 3,750 still in the box: at the mark nobody gains by it"
    );
}

/// A market that is closed for good has nothing to save its fund for: no cap holds it back. The profit elsewhere cannot be taken while it is halted.
#[test]
fn what_a_pool_lacks_in_a_settled_market_its_fund_pays_whatever_the_caps() {
    let mut world = pool();
    let mut listing = plain();
    (listing.caps.insurance_per_liquidation, listing.caps.insurance_per_hour) = (Some(Amount::ZERO), Some(Amount::ZERO));
    world.run(&Command::ChangeMarket { market: LINEAR, listing: Box::new(listing) });
    world.insure(LINEAR, "800");
    world.mark(OTHER, "1400"); // + 2,000
    world.mark(LINEAR, "7000"); // − 3,000, of 2,500
    world.state_to(OTHER, MarketState::Halted);
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!((world.free(0, USDT).as_str(), world.size(0, OTHER).as_str()), ("0", "5"));
    assert_eq!((world.insurance(LINEAR).as_str(), world.uncovered(LINEAR).as_str()), ("300", "0"));
}

/// No price moves while a market is halted, so nobody comes out of a halt with less than they went in with.
#[test]
fn a_halted_market_is_settled_at_the_mark_it_was_halted_at() {
    let mut world = one_long(plain());
    world.state_to(LINEAR, MarketState::Halted);
    let moved = world.try_run(&Command::SetMark { market: LINEAR, mark: world::read("8800"), index: world::read("8800") });
    assert_eq!(moved.map_err(|reject| reject.code().0), Err(104));
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!(world.wallets(USDT)[..2], ["10000", "10000"]);
}

#[test]
fn an_empty_market_can_be_settled() {
    let mut world = world(plain());
    assert_eq!(world.try_run(&Command::SetMarketState { market: OTHER, state: MarketState::Settled }), Ok(Reply::Done));
    let mut fresh = world::World::new();
    fresh.run(&Command::ListMarket(Box::new(Listing { symbol: "NEW".to_owned(), ..plain() })));
    assert_eq!(fresh.try_run(&Command::SetMarketState { market: OTHER, state: MarketState::Settled }), Ok(Reply::Done));
}

#[test]
fn a_liquidation_tells_what_it_began_with() {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9045");
    let start = world.events.iter().find_map(|event| match event {
        Event::LiquidationStarted(start) => Some(*start),
        _ => None,
    });
    let start = start.unwrap();
    assert_eq!((start.margin_balance.to_string(), start.maintenance_margin.to_string()), ("45".into(), "45.225".into()));
    assert_eq!(start.position.quantity.to_string(), "1");
    assert!(matches!(world.events.last(), Some(Event::LiquidationEnded { .. })));
    assert_eq!(world.steps(), [InsuranceTakeover]);
}
