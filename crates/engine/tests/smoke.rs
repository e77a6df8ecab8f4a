//! A first trade.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod world;

use ringfence_engine::command::Command;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use world::{LINEAR, USDT, World, limit};

#[test]
fn two_accounts_trade() {
    let mut world = World::new();
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000")));
    println!("{:?}", world.events);
    assert_eq!(world.free(0, USDT), "8995");
    world.run(&Command::Place(limit(1, LINEAR, Buy, "0.4", "10001")));
    println!("{:#?}", world.events);
    assert_eq!(world.free(1, USDT), "9598");
    world.run(&Command::CancelAll { account: ringfence_engine::book::AccountId(0), market: LINEAR });
    assert_eq!(world.free(0, USDT), "9599.2");
}
