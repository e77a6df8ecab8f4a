//! A long leg with a box of its own beside a short leg in the pool, and the other way round, in one market at once.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod liquidation_support;
mod world;

use liquidation_support::{OTHER, plain, ruled, world as liquidation_world};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, Command, LegRef, Listing, MarketState, NewOrder, PositionSide, Purpose};
use ringfence_engine::event::OrderEnd;
use ringfence_engine::reject::Reject;
use ringfence_risk::filters::OrderSide::{self, Buy, Sell};
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::rule_set::{AdlRanking, LeverageScope, LiquidationStep, MarginModeScope};
use ringfence_risk::units::{Amount, Rate, Side};
use world::{LINEAR, USDT, World, limit, read};

fn per_leg() -> Listing {
    ruled(|rules| rules.margin_mode_scope = MarginModeScope::PerLeg)
}

impl World {
    /// An order of account 0 for one leg.
    fn leg_order(&mut self, leg: PositionSide, side: OrderSide, quantity: &str, price: &str) {
        self.run(&Command::Place(NewOrder { position_side: leg, ..limit(0, LINEAR, side, quantity, price) }));
    }

    fn switch(&mut self, side: PositionSide, mode: MarginMode) -> Result<(), Reject> {
        let leg = LegRef { account: AccountId(0), market: LINEAR, side };
        self.try_run(&Command::SetMarginMode { leg, mode }).map(drop)
    }

    fn opens(&mut self, leg: PositionSide, quantity: &str, price: &str) {
        let (own, other) = if leg == PositionSide::Long { (Buy, Sell) } else { (Sell, Buy) };
        self.run(&Command::Place(limit(3, LINEAR, other, quantity, price)));
        self.leg_order(leg, own, quantity, price);
    }

    fn modes(&self) -> [MarginMode; 2] {
        let modes = *self.engine.state().market(LINEAR).unwrap().participant(AccountId(0)).unwrap().margin_modes();
        [modes.long, modes.short]
    }

    fn available(&self) -> String {
        self.engine.state().available(AccountId(0), USDT).unwrap().to_string()
    }

    fn hold(&self) -> String {
        self.engine.state().market(LINEAR).unwrap().participant(AccountId(0)).unwrap().hold().to_string()
    }
}

/// Account 0 in hedge mode with 10,000: long 1 and short 1 at 10,000 and 10×, one leg on cross. Account 3 is on the other side, and rich.
fn mixed(listing: Listing, cross: PositionSide) -> World {
    let mut world = liquidation_world(listing);
    world.deposit(3, USDT, "1000000");
    world.hedge(0);
    world.switch(cross, MarginMode::Cross).unwrap();
    for leg in [PositionSide::Long, PositionSide::Short] {
        world.opens(leg, "1", "10000");
    }
    world
}

fn long_boxed() -> World {
    mixed(per_leg(), PositionSide::Short)
}

#[test]
fn each_leg_has_its_own_money() {
    let world = long_boxed();
    assert_eq!(world.modes(), [MarginMode::Isolated, MarginMode::Cross]);
    let [long, short] = [Side::Long, Side::Short].map(|side| world.leg(0, LINEAR, side).unwrap().margin().unwrap().to_string());
    assert_eq!([long.as_str(), short.as_str()], ["1000", "0"]);
    assert_eq!(
        (world.free(0, USDT).as_str(), world.available().as_str()),
        ("9000", "8000"),
        "the short ties up 1,000 of the pool"
    );
    let view = world.engine.state().account_view(AccountId(0), USDT).unwrap().unwrap();
    let pool = view.cross.unwrap();
    assert_eq!(
        [view.isolated_margin, pool.wallet, pool.initial_margin, pool.maintenance_margin].map(|amount| amount.to_string()),
        ["1000", "9000", "1000", "50"]
    );
    let seen = [Side::Long, Side::Short].map(|side| {
        let view = world.engine.state().position_view(LINEAR, AccountId(0), side).unwrap().unwrap();
        (view.margin_mode, view.margin_balance.to_string(), view.liquidation_price().unwrap().to_string())
    });
    // The box: 1,000 against 10,000 − mark. The pool: 9,000 − (mark − 10,000) against half a percent of the mark.
    assert_eq!(seen[0], (MarginMode::Isolated, "1000".into(), "9045.22".into()));
    assert_eq!(seen[1], (MarginMode::Cross, "9000".into(), "18905.48".into()));
}

#[test]
fn a_boxed_leg_is_liquidated_alone() {
    let mut world = long_boxed();
    // Orders of the long go with it, those of the short stay.
    world.leg_order(PositionSide::Long, Buy, "0.1", "9000");
    world.leg_order(PositionSide::Short, Sell, "0.1", "11000");
    world.mark(LINEAR, "9046");
    assert_eq!(world.liquidated(), []);
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
    assert_eq!(world.ends(), [OrderEnd::Liquidated]);
    assert_eq!((world.size(0, LINEAR).as_str(), world.hold().as_str()), ("-1", "110"));
    assert_eq!(world.free(0, USDT), "8890", "the pool paid nothing");
}

#[test]
fn the_pool_is_liquidated_without_the_boxed_leg() {
    let mut world = long_boxed();
    world.leg_order(PositionSide::Long, Buy, "0.1", "9000");
    world.leg_order(PositionSide::Short, Sell, "0.1", "11000");
    world.bid(3, LINEAR, "1", "8500");
    // The long gains 8,900, but that is its own.
    let before = world.leg(0, LINEAR, Side::Long).unwrap();
    world.mark(LINEAR, "18900");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Short)], "9,000 less what is held for the long: 90");
    assert_eq!(world.ends(), [OrderEnd::Liquidated]);
    assert_eq!(world.leg(0, LINEAR, Side::Long), Some(before));
    assert_eq!(world.hold(), "90", "held for the order of the long");
}

#[test]
fn a_pool_survives_until_its_own_line() {
    let mut world = long_boxed();
    world.mark(LINEAR, "18905.47");
    assert_eq!(world.liquidated(), []);
    world.mark(LINEAR, "18905.48");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Short)]);
}

#[test]
fn the_other_way_round_it_is_the_same() {
    let mut world = mixed(per_leg(), PositionSide::Long);
    assert_eq!(world.modes(), [MarginMode::Cross, MarginMode::Isolated]);
    world.mark(LINEAR, "10945.28");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Short)]);
    assert_eq!((world.size(0, LINEAR).as_str(), world.free(0, USDT).as_str()), ("1", "9000"));
}

#[test]
fn what_closes_a_leg_pays_into_its_own() {
    let mut world = long_boxed();
    world.mark(LINEAR, "10100");
    world.bid(3, LINEAR, "0.5", "10100");
    world.leg_order(PositionSide::Long, Sell, "0.5", "10100");
    assert_eq!(world.free(0, USDT), "9550", "half the box and 50");
    world.ask(3, LINEAR, "0.5", "10100");
    world.leg_order(PositionSide::Short, Buy, "0.5", "10100");
    assert_eq!(world.free(0, USDT), "9500");
    let margin = |side| world.leg(0, LINEAR, side).unwrap().margin().unwrap().to_string();
    assert_eq!([margin(Side::Long), margin(Side::Short)], ["500", "0"]);
}

#[test]
fn funding_is_paid_by_each_leg_from_its_own() {
    let mut world = long_boxed();
    world.run(&Command::SetFundingRate { market: LINEAR, rate: read::<Rate>("0.001") });
    world.run(&Command::SettleFunding { market: LINEAR });
    let margin = |world: &World, side| world.leg(0, LINEAR, side).unwrap().margin().unwrap().to_string();
    assert_eq!(margin(&world, Side::Long), "990", "the box paid");
    assert_eq!(world.free(0, USDT), "9010", "the pool received");
}

#[test]
fn a_boxed_leg_draws_margin_by_itself_out_of_what_the_pool_can_spare() {
    let mut world = long_boxed();
    world.run(&Command::SetAutoAddMargin { account: AccountId(0), market: LINEAR, setting: AutoAdd::On });
    world.mark(LINEAR, "9040");
    assert_eq!(world.liquidated(), []);
    let margin = world.leg(0, LINEAR, Side::Long).unwrap().margin().unwrap();
    assert!(margin > read::<Amount>("1000"), "{margin}");
    assert_eq!(margin.plus(read(&world.free(0, USDT))).unwrap(), read("10000"));
}

#[test]
fn a_leg_is_deleveraged_with_its_own_and_the_other_is_left_alone() {
    // Account 1 is short from 10,500 and bankrupt at 11,550; account 0's long has the better entry than account 3's.
    for (cross, gained, margin) in [(PositionSide::Long, "775", "0"), (PositionSide::Short, "1275", "500")] {
        let mut world = mixed(
            ruled(|rules| {
                rules.margin_mode_scope = MarginModeScope::PerLeg;
                rules.adl_ranking = AdlRanking::EntryPrice;
                rules.liquidation_steps = vec![LiquidationStep::AutoDeleverage];
            }),
            cross,
        );
        if cross == PositionSide::Long {
            let leg = LegRef { account: AccountId(0), market: LINEAR, side: PositionSide::Short };
            world.run(&Command::MoveMargin { leg, movement: MarginMove::Add(read("3000")) });
        }
        world.trade(LINEAR, (3, 1), "0.5", "10500");
        let (before, short) = (read::<Amount>(&world.free(0, USDT)), world.leg(0, LINEAR, Side::Short));
        world.mark(LINEAR, "11600");
        assert_eq!(world.deleveraged(), [(0, 500, "5775".into())], "{cross:?}");
        assert_eq!(read::<Amount>(&world.free(0, USDT)).minus(before).unwrap(), read(gained), "{cross:?}");
        assert_eq!(world.leg(0, LINEAR, Side::Long).unwrap().margin().unwrap(), read(margin), "{cross:?}");
        assert_eq!(world.leg(0, LINEAR, Side::Short), short, "{cross:?}");
    }
}

#[test]
fn a_settled_market_closes_each_leg_with_its_own() {
    let mut world = long_boxed();
    world.mark(LINEAR, "9500");
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!((world.free(0, USDT).as_str(), world.size(0, LINEAR).as_str()), ("10000", "0"));
}

#[test]
fn a_pool_counts_its_legs_in_all_markets_and_no_boxed_one() {
    let mut world = long_boxed();
    world.switch_other(MarginMode::Cross);
    world.leverage(3, OTHER, "1");
    world.run(&Command::Place(limit(3, OTHER, Sell, "5", "1000")));
    world.run(&Command::Place(NewOrder { position_side: PositionSide::Long, ..limit(0, OTHER, Buy, "5", "1000") }));
    assert_eq!(world.available(), "7500");
    // Short here −4,000, long there +2,500; the boxed long's +4,000 is not counted.
    world.mark(OTHER, "1500");
    world.mark(LINEAR, "14000");
    let pool = world.engine.state().account_view(AccountId(0), USDT).unwrap().unwrap().cross.unwrap();
    assert_eq!(pool.equity.to_string(), "7500");
}

impl World {
    fn switch_other(&mut self, mode: MarginMode) {
        let leg = LegRef { account: AccountId(0), market: OTHER, side: PositionSide::Both };
        self.run(&Command::SetMarginMode { leg, mode });
    }
}

#[test]
fn terms_that_join_the_legs_leave_what_is_apart_until_it_is_set() {
    let mut world = long_boxed();
    world.run(&Command::ChangeMarket { market: LINEAR, listing: Box::new(plain()) });
    assert_eq!(world.modes(), [MarginMode::Isolated, MarginMode::Cross]);
    assert!(matches!(world.switch(PositionSide::Long, MarginMode::Cross), Err(Reject::WrongPositionSide { .. })));
    world.switch(PositionSide::Both, MarginMode::Isolated).unwrap();
    assert_eq!((world.modes(), world.free(0, USDT)), ([MarginMode::Isolated; 2], "8000".into()));
}

#[test]
fn one_way_mode_keeps_the_mode_of_the_position() {
    for (leg, cross, kept) in [
        (PositionSide::Long, PositionSide::Short, MarginMode::Isolated),
        (PositionSide::Short, PositionSide::Short, MarginMode::Cross),
        (PositionSide::Long, PositionSide::Long, MarginMode::Cross),
    ] {
        let mut world = liquidation_world(per_leg());
        world.hedge(0);
        world.switch(cross, MarginMode::Cross).unwrap();
        world.opens(leg, "1", "10000");
        let before = world.free(0, USDT);
        world.run(&Command::SetPositionMode { account: AccountId(0), mode: PositionMode::OneWay });
        assert_eq!((world.modes(), world.free(0, USDT)), ([kept; 2], before), "{leg:?} {cross:?}");
    }
}

#[test]
fn waiting_and_reducing_orders_of_a_leg_keep_its_mode() {
    let mut world = long_boxed();
    let closing = NewOrder { position_side: PositionSide::Long, purpose: Purpose::Any, ..limit(0, LINEAR, Sell, "0.5", "11000") };
    world.run(&Command::Place(closing));
    let refused = world.switch(PositionSide::Long, MarginMode::Cross);
    assert!(matches!(&refused, Err(reject) if reject.code().1 == "open-orders"), "{refused:?}");
    world.switch(PositionSide::Short, MarginMode::Isolated).unwrap();
    assert_eq!((world.modes(), world.free(0, USDT)), ([MarginMode::Isolated; 2], "8000".into()));
}

#[test]
fn a_leverage_shared_by_legs_of_two_modes_moves_each_by_its_own() {
    let mut world = mixed(
        ruled(|rules| {
            rules.margin_mode_scope = MarginModeScope::PerLeg;
            rules.leverage_scope = LeverageScope::PerContract;
        }),
        PositionSide::Short,
    );
    let set = |leverage: &str| Command::SetLeverage {
        leg: LegRef { account: AccountId(0), market: LINEAR, side: PositionSide::Both },
        leverage: read(leverage),
    };
    world.run(&set("20"));
    assert_eq!((world.free(0, USDT).as_str(), world.available().as_str()), ("9500", "9000"));
    world.run(&set("5"));
    assert_eq!((world.free(0, USDT).as_str(), world.available().as_str()), ("8000", "6000"));
    // The box wants 10,000 and the pool as much: there is enough for one only.
    assert!(matches!(world.try_run(&set("1")), Err(Reject::Leverage(_))));
}

#[test]
fn steps_of_a_boxed_legs_liquidation_are_those_of_any() {
    let mut world = long_boxed();
    world.bid(3, LINEAR, "0.4", "9040");
    world.mark(LINEAR, "9045.22");
    assert_eq!(world.steps(), [LiquidationStep::ImmediateOrder, LiquidationStep::InsuranceTakeover]);
    assert_eq!(world.free(0, USDT), "9016");
}
