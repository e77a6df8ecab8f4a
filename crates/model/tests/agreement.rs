//! Engine and model agree on hand-made and on random worlds.
mod world;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Lifetime, OrderKind, Purpose, Transfer};
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::MarginMode;
use world::{BTC, INVERSE, LINEAR, USDT, World, inverse, limit, linear};

/// A fixed sequence of numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn a_trade_and_its_parts_agree() {
    let mut world = World::new(3);
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000.3")));
    world.agree();
    world.run(&Command::Place(limit(1, LINEAR, Buy, "0.417", "10001")));
    world.agree();
    world.run(&Command::Place(limit(2, LINEAR, Buy, "0.2", "9999")));
    world.run(&Command::Place(limit(1, LINEAR, Sell, "0.9", "9990")));
    world.agree();
    world.run(&Command::CancelAll { account: AccountId(0), market: LINEAR });
    world.agree();
}

#[test]
fn an_inverse_position_turns_by_one_fill() {
    let mut world = World::new(3);
    world.run(&Command::Place(limit(0, INVERSE, Sell, "777", "10007.5")));
    world.run(&Command::Place(limit(1, INVERSE, Buy, "777", "10010")));
    world.run(&Command::Place(limit(2, INVERSE, Buy, "1001", "9993.5")));
    world.run(&Command::Place(limit(1, INVERSE, Sell, "1001", "9990")));
    world.agree();
}

fn random_order(dice: &mut Dice, accounts: u64) -> Command {
    let market = if dice.roll(2) == 0 { LINEAR } else { INVERSE };
    let side = if dice.roll(2) == 0 { Buy } else { Sell };
    let account = u32::try_from(dice.roll(accounts)).expect("a small number");
    let (quantity, price) = if market == LINEAR {
        (format!("0.{:03}", 1 + dice.roll(300)), format!("{}.{}", 9_960 + dice.roll(80), dice.roll(10)))
    } else {
        ((1 + dice.roll(999)).to_string(), format!("{}.{}", 9_960 + dice.roll(80), 5 * dice.roll(2)))
    };
    let mut order = limit(account, market, side, &quantity, &price);
    match dice.roll(12) {
        0 => order.purpose = Purpose::ReduceOnly,
        1 => order.kind = OrderKind::Market,
        2 => order.kind = OrderKind::Limit { price: world::read(&price), lifetime: Lifetime::ImmediateOrCancel },
        _ => {}
    }
    Command::Place(order)
}

fn random_world(mode: MarginMode, seed: u64, commands: u32) -> usize {
    let (mut dice, mut accepted) = (Dice(seed), 0);
    let listings =
        [linear(), inverse()].map(|listing| ringfence_engine::command::Listing { default_margin_mode: mode, ..listing });
    let [first, second] = listings;
    let mut world = World::with(10, first, second);
    for step in 0..commands {
        let account = AccountId(u32::try_from(dice.roll(10)).expect("a small number"));
        let market = if dice.roll(2) == 0 { LINEAR } else { INVERSE };
        let command = match dice.roll(20) {
            0 => Command::CancelAll { account, market },
            1 => {
                let mark = format!("{}.{}", 9_800 + dice.roll(400), dice.roll(10));
                Command::SetMark { market, mark: world::read(&mark), index: world::read(&mark) }
            }
            2 => Command::Deposit(Transfer { account, asset: USDT, amount: world::read("12.34567891") }),
            3 => Command::Withdraw(Transfer { account, asset: BTC, amount: world::read("0.00000007") }),
            4 => {
                let to = Transfer { account: AccountId(0), asset: USDT, amount: world::read("3.00000001") };
                Command::TransferBetween { from: account, to }
            }
            _ => random_order(&mut dice, 10),
        };
        accepted += usize::from(world.try_run(&command).is_ok());
        let differences = world.model.check(world.engine.state());
        let text: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(text.is_empty(), "seed {seed}, step {step}, {command:?}: {text:#?}\n{:#?}", world.events);
    }
    assert_eq!(world.model.check_from_scratch(world.engine.state()), []);
    accepted
}

#[test]
fn random_isolated_worlds_agree() {
    for seed in 0..20 {
        assert!(random_world(MarginMode::Isolated, seed, 500) > 100);
    }
}

#[test]
fn random_cross_worlds_agree() {
    for seed in 0..10 {
        assert!(random_world(MarginMode::Cross, seed, 500) > 100);
    }
}
