//! Whoever is closed against a bankrupt case is whom a plain ranking of everybody names, in its order: told from the events of random crashes,
//! on a second state that follows them one by one.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod liquidation_support;
mod ranking_support;
mod world;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use ranking_support::{Seen, check};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Listing, PositionSide};
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::rule_set::AdlRanking;
use ringfence_risk::units::Side;

use liquidation_support::{OTHER, coin, ruled};
use world::{INVERSE, LINEAR, World, limit};

/// How an account trades.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Isolated,
    Cross,
    Hedge,
    HedgeOnCross,
    /// The long leg on cross, the short one isolated.
    Mixed,
}

#[derive(Clone, Copy, Debug)]
struct Bargain {
    market: MarketId,
    buyer: usize,
    seller: usize,
    quantity: u32,
    permille: u64,
}

/// A world, who trades what in it, and where the marks go after that.
#[derive(Clone, Debug)]
struct Plan {
    ranking: AdlRanking,
    accounts: Vec<(Kind, &'static str)>,
    rounds: Vec<(Vec<Bargain>, MarketId, u64)>,
}

fn market() -> impl Strategy<Value = MarketId> {
    prop_oneof![3 => Just(LINEAR), 2 => Just(OTHER), 1 => Just(INVERSE)]
}

fn bargain() -> impl Strategy<Value = Bargain> {
    // Few sizes and prices: many positions rank equal.
    (market(), 0..40_usize, 0..40_usize, 1..4_u32, prop::sample::select(&[940, 980, 1_000, 1_020, 1_060]))
        .prop_map(|(market, buyer, seller, quantity, permille)| Bargain { market, buyer, seller, quantity, permille })
}

fn plan() -> impl Strategy<Value = Plan> {
    use Kind::{Cross, Hedge, HedgeOnCross, Isolated, Mixed};
    let kind = prop_oneof![3 => Just(Isolated), 3 => Just(Cross), 1 => Just(Hedge), 1 => Just(HedgeOnCross), 1 => Just(Mixed)];
    let account = (kind, prop_oneof![Just("5"), Just("20"), Just("50")]);
    let ranking = prop_oneof![
        Just(AdlRanking::ProfitTimesMarginRatio),
        Just(AdlRanking::ProfitTimesEffectiveLeverage),
        Just(AdlRanking::PriceRatioTimesAccountLeverage),
        Just(AdlRanking::EntryPrice),
    ];
    let permille = prop_oneof![950..1_050_u64, 950..1_050_u64, 600..1_400_u64];
    let round = (prop::collection::vec(bargain(), 5..40), market(), permille);
    (ranking, prop::collection::vec(account, 8..40), prop::collection::vec(round, 2..8))
        .prop_map(|(ranking, accounts, rounds)| Plan { ranking, accounts, rounds })
}

fn world(plan: &Plan) -> World {
    let listing = ruled(|rules| rules.adl_ranking = plan.ranking);
    let mut world = World::with(listing.clone(), coin("50"));
    world.run(&Command::ListMarket(Box::new(Listing { symbol: "ETHUSDT".to_owned(), ..listing })));
    world.mark(OTHER, "10000");
    world.more_accounts(u32::try_from(plan.accounts.len()).unwrap().saturating_sub(4));
    for ((kind, leverage), account) in plan.accounts.iter().zip(0..) {
        for market in [LINEAR, OTHER, INVERSE] {
            world.leverage(account, market, leverage);
            match kind {
                Kind::Isolated | Kind::Hedge => {}
                Kind::Cross | Kind::HedgeOnCross => world.cross(account, market),
                Kind::Mixed => {
                    let (account, side, mode) = (AccountId(account), Side::Long, MarginMode::Cross);
                    world.engine.follow(&[Event::MarginModeSet { market, account, side, mode }]);
                }
            }
        }
        if matches!(kind, Kind::Hedge | Kind::HedgeOnCross | Kind::Mixed) {
            world.hedge(account);
        }
    }
    world
}

/// Both sides of a bargain; what does not trade rests, and holds money.
fn strike(world: &mut World, bargain: &Bargain, (accounts, mark): (usize, u64)) {
    let price = (mark * bargain.permille / 1_000).to_string();
    let quantity = if bargain.market == INVERSE { bargain.quantity * 1_000 } else { bargain.quantity }.to_string();
    for (account, side, leg) in [(bargain.seller, Sell, PositionSide::Short), (bargain.buyer, Buy, PositionSide::Long)] {
        let account = u32::try_from(account % accounts).unwrap();
        let mut order = limit(account, bargain.market, side, &quantity, &price);
        if world.engine.state().account(AccountId(account)).unwrap().position_mode() == PositionMode::Hedge {
            order.position_side = leg;
        }
        let _ = world.try_run(&Command::Place(order));
    }
}

fn crash(plan: &Plan) -> Seen {
    let (mut world, mut marks, mut seen) = (world(plan), [10_000_u64; 3], Seen::default());
    for (bargains, market, permille) in &plan.rounds {
        for bargain in bargains {
            let mark = marks[usize::from(bargain.market.0)];
            strike(&mut world, bargain, (plan.accounts.len(), mark));
        }
        let before = world.engine.state().clone();
        let at = usize::from(market.0);
        marks[at] = marks[at] * permille / 1_000;
        world.mark(*market, &marks[at].to_string());
        seen = seen.and(check(before, &world.events));
    }
    seen
}

#[test]
fn a_kept_ranking_is_a_plain_one() {
    let seen = Cell::new(Seen::default());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(800) };
    TestRunner::new(config)
        .run(&plan(), |plan| {
            seen.set(seen.get().and(crash(&plan)));
            Ok(())
        })
        .unwrap();
    let Seen { deleveraged, closed_out, haircuts, ties, again } = seen.get();
    let all = format!("{:?}", seen.get());
    assert!(deleveraged > 1_000 && closed_out > 50 && haircuts > 10 && ties > 100 && again > 500, "too little to prove: {all}");
}
