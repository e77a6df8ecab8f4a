//! Legs show an account's settings and what its orders take, and sum to what the account view says.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod world;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::*;
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::LegView;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::units::{Amount, Leverage, Notional, Side};
use world::{LINEAR, USDT, World, limit, read};

fn legs(world: &World, account: u32) -> Vec<LegView> {
    world.engine.state().leg_views(LINEAR, AccountId(account)).unwrap()
}

/// The legs' margins are the account's: all of its positions and orders are in this market.
fn sums_to_the_account(world: &World, account: u32) {
    let view = world.engine.state().account_view(AccountId(account), USDT).unwrap().unwrap();
    let sum =
        |of: fn(&LegView) -> Amount| legs(world, account).iter().map(of).fold(Amount::ZERO, |sum, one| sum.plus(one).unwrap());
    assert_eq!(sum(|leg| leg.order_margin), view.held);
    assert_eq!(sum(|leg| leg.initial_margin), view.initial_margin);
    let of_position = |leg: &LegView| leg.position.map_or(Amount::ZERO, |position| position.maintenance_margin);
    assert_eq!(sum(of_position), view.maintenance_margin);
    assert_eq!(sum(|leg| leg.position.map_or(Amount::ZERO, |position| position.margin)), view.isolated_margin);
    assert_eq!(view.position_initial_margin.plus(view.held).unwrap(), view.initial_margin);
    assert_eq!(view.cross_wallet.plus(view.isolated_margin).unwrap(), view.wallet);
    assert_eq!(view.wallet.plus(view.unrealised_pnl).unwrap(), view.margin_balance);
}

#[test]
fn who_never_took_part_has_what_the_market_was_listed_with() {
    let world = World::new();
    let found = legs(&world, 3);
    let [leg] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((leg.side, leg.position, leg.leverage), (PositionSide::Both, None, read("10")));
    assert_eq!((leg.margin_mode, leg.has_orders, leg.initial_margin), (MarginMode::Isolated, false, Amount::ZERO));
    let brackets = &world.engine.state().market(LINEAR).unwrap().listing().brackets;
    assert_eq!(Some(leg.max_notional), brackets.max_value(leg.leverage));
    assert_eq!(world.engine.state().leg_views(MarketId(9), AccountId(0)), Ok(Vec::new()));
    assert_eq!(world.engine.state().leg_views(LINEAR, AccountId(99)), Ok(Vec::new()));
}

#[test]
fn in_one_way_mode_the_position_and_all_orders_are_of_one_leg() {
    let mut world = World::new();
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000")));
    world.run(&Command::Place(limit(1, LINEAR, Buy, "1", "10000")));
    world.run(&Command::Place(limit(1, LINEAR, Buy, "0.2", "9900")));
    world.run(&Command::Place(limit(1, LINEAR, Sell, "0.1", "10100")));
    world.mark(LINEAR, "10200");
    let found = legs(&world, 1);
    let [leg] = found.as_slice() else { panic!("{found:?}") };
    let position = leg.position.unwrap();
    assert_eq!((position.side, position.margin), (Side::Long, read("1000")));
    assert_eq!((leg.buys, leg.sells, leg.has_orders), (read::<Notional>("1980"), read("1010"), true));
    // A tenth of 1,980 and its fee at 0.05 %: the sell would only close.
    assert_eq!((leg.order_margin, leg.initial_margin), (read("198.99"), read("1218.99")));
    sums_to_the_account(&world, 1);
    sums_to_the_account(&world, 0);
}

#[test]
fn in_hedge_mode_each_leg_has_its_own_and_nothing_is_on_both() {
    let mut world = World::new();
    world.engine.follow(&[Event::PositionModeSet { account: AccountId(1), mode: PositionMode::Hedge }]);
    let leg = LegRef { account: AccountId(1), market: LINEAR, side: PositionSide::Short };
    world.run(&Command::SetLeverage { leg, leverage: read("5") });
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000")));
    let on = |position_side, order| Command::Place(NewOrder { position_side, ..order });
    world.run(&on(PositionSide::Long, limit(1, LINEAR, Buy, "1", "10000")));
    world.run(&on(PositionSide::Short, limit(1, LINEAR, Sell, "0.5", "10200")));
    let found = legs(&world, 1);
    let [both, long, short] = found.as_slice() else { panic!("{found:?}") };
    let sides = [both, long, short].map(|leg| (leg.side, leg.leverage, leg.position.is_some(), leg.has_orders));
    let times = |times| Leverage::whole(times).unwrap();
    let expected = [
        (PositionSide::Both, times(10), false, false),
        (PositionSide::Long, times(10), true, false),
        (PositionSide::Short, times(5), false, true),
    ];
    assert_eq!(sides, expected);
    assert_eq!((long.order_margin, long.initial_margin), (Amount::ZERO, read("1000")));
    // A fifth of 5,100 and its fee.
    assert_eq!((short.sells, short.order_margin), (read("5100"), read("1022.55")));
    assert_eq!(both.initial_margin, Amount::ZERO);
    sums_to_the_account(&world, 1);
}
