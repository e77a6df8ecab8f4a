//! A restored exchange is the exchange that was saved, a following one is the one it follows, and commands come back from their bytes.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use ringfence_engine::book::{AccountId, SelfTrade, WindowSize};
use ringfence_engine::command::*;
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::feed::SourceId;
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::time::Time;
use ringfence_engine::wire::{from_bytes, to_bytes};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Rate};
use world::{BTC, INVERSE, LINEAR, USDT, inverse, linear, read};

const START: u64 = 1_700_000_000_000;
const LIMITS: Limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
type Outcome = (Result<Reply, Reject>, Vec<Event>);

/// Both markets at a mark of 10,000 and four accounts with money.
fn setup() -> Vec<Command> {
    let mut commands = vec![Command::AdvanceTime { to: Time::from_ms(START) }];
    commands.extend(["USDT", "BTC"].map(|asset| Command::ListAsset { asset: read(asset) }));
    commands.extend([linear(), inverse()].map(|listing| Command::ListMarket(Box::new(listing))));
    for account in (0..4).map(AccountId) {
        commands.push(Command::OpenAccount);
        commands.push(Command::Deposit(Transfer { account, asset: USDT, amount: read("10000") }));
        commands.push(Command::Deposit(Transfer { account, asset: BTC, amount: read("1") }));
    }
    commands.extend([LINEAR, INVERSE].map(|market| Command::SetMark { market, mark: read("10000"), index: read("10000") }));
    commands
}

fn execute(engine: &mut Engine, command: &Command) -> Outcome {
    let mut events = Vec::new();
    (engine.execute(command, &mut events), events)
}

fn ready() -> Engine {
    let mut engine = Engine::new(LIMITS);
    setup().iter().for_each(|command| drop(execute(&mut engine, command).0.expect("in range")));
    engine
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..4_u32).prop_map(AccountId)
}

fn market() -> impl Strategy<Value = MarketId> {
    prop::sample::select(vec![LINEAR, INVERSE])
}

/// Prices near the mark, on the ticks of both markets.
fn price() -> impl Strategy<Value = Price> {
    prop_oneof![4 => -10..10_i64, 1 => -1_500..1_500_i64]
        .prop_map(|steps| Price::from_raw(1_000_000_000_000 + steps * 50_000_000).expect("in range"))
}

fn mark() -> impl Strategy<Value = MarkPrice> {
    prop_oneof![6 => -20..20_i64, 3 => -400..400_i64, 1 => -3_000..3_000_i64]
        .prop_map(|steps| MarkPrice::from_raw(1_000_000_000_000 + steps * 50_000_000).expect("in range"))
}

fn amount() -> impl Strategy<Value = Amount> {
    (1..20_000_000_000_i128).prop_map(|raw| Amount::from_raw(raw).expect("in range"))
}

fn rate() -> impl Strategy<Value = Rate> {
    (-100_000..100_000_i64).prop_map(|raw| Rate::from_raw(raw).expect("in range"))
}

fn side() -> impl Strategy<Value = OrderSide> {
    prop::sample::select(vec![OrderSide::Buy, OrderSide::Sell])
}

fn position_side() -> impl Strategy<Value = PositionSide> {
    prop_oneof![16 => Just(PositionSide::Both), 1 => Just(PositionSide::Long), 1 => Just(PositionSide::Short)]
}

fn later() -> impl Strategy<Value = Time> {
    (0..40_000_000_u64).prop_map(|after| Time::from_ms(START + after))
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    prop_oneof![
        6 => Just(Lifetime::GoodTillCancel),
        1 => Just(Lifetime::ImmediateOrCancel),
        1 => Just(Lifetime::FillOrKill),
        1 => Just(Lifetime::PostOnly),
        2 => later().prop_map(Lifetime::GoodTillDate),
    ]
}

fn kind() -> impl Strategy<Value = OrderKind> {
    let callback = (100_000..10_000_000_i64).prop_map(|raw| Rate::from_raw(raw).expect("in range"));
    let trigger = prop_oneof![
        price().prop_map(Trigger::Stop),
        price().prop_map(Trigger::TakeProfit),
        (callback, prop::option::of(price())).prop_map(|(callback, activation)| Trigger::Trailing { callback, activation }),
    ];
    let then = prop_oneof![
        Just(Triggered::Market),
        (price(), lifetime()).prop_map(|(price, lifetime)| Triggered::Limit { price, lifetime }),
    ];
    let watched = prop::sample::select(vec![WatchedPrice::Mark, WatchedPrice::Last]);
    prop_oneof![
        8 => (price(), lifetime()).prop_map(|(price, lifetime)| OrderKind::Limit { price, lifetime }),
        2 => Just(OrderKind::Market),
        3 => (watched, trigger, then).prop_map(|(watched, trigger, then)| OrderKind::Conditional { watched, trigger, then }),
    ]
}

fn order() -> impl Strategy<Value = NewOrder> {
    let purpose = prop_oneof![
        12 => Just(Purpose::Any), 1 => Just(Purpose::ReduceOnly), 1 => Just(Purpose::ClosePosition),
    ];
    let self_trade = prop::sample::select(vec![SelfTrade::ExpireTaker, SelfTrade::ExpireMaker, SelfTrade::ExpireBoth]);
    let what = (kind(), purpose, self_trade, prop::option::of(0..30_u8));
    (account(), market(), side(), position_side(), 1..90_i64, what).prop_map(
        |(account, market, side, position_side, lots, (kind, purpose, self_trade, name))| {
            let lot = if market == LINEAR { 1_000_000 } else { 1_000_000_000 };
            let lots = if purpose == Purpose::ClosePosition { 0 } else { lots };
            let quantity = Quantity::from_raw(lots * lot).expect("in range");
            let client_id = name.map(|name| read(&format!("c{name}")));
            NewOrder { account, market, side, position_side, quantity, kind, purpose, self_trade, client_id }
        },
    )
}

fn order_ref() -> impl Strategy<Value = OrderRef> {
    let id = (1..40_u64, 0..8_u32).prop_map(|(sequence, place)| OrderName::Id(OrderId::new(sequence, place)));
    let name = prop_oneof![id, (0..30_u8).prop_map(|name| OrderName::Client(read(&format!("c{name}"))))];
    (account(), market(), name).prop_map(|(account, market, name)| OrderRef { account, market, name })
}

fn transfer() -> impl Strategy<Value = Transfer> {
    (account(), 0..2_u8, amount()).prop_map(|(account, asset, amount)| Transfer { account, asset: AssetId(asset), amount })
}

fn leg() -> impl Strategy<Value = LegRef> {
    (account(), market(), position_side()).prop_map(|(account, market, side)| LegRef { account, market, side })
}

fn orders() -> impl Strategy<Value = Command> {
    let amendment = (order_ref(), price(), 1..400_i64).prop_map(|(order, price, lots)| {
        let lot = if order.market == LINEAR { 1_000_000 } else { 1_000_000_000 };
        Command::Amend(Amendment { order, price, quantity: Quantity::from_raw(lots * lot).expect("in range") })
    });
    prop_oneof![
        12 => order().prop_map(Command::Place),
        2 => prop::collection::vec(order(), 0..5).prop_map(Command::PlaceBatch),
        2 => amendment,
        2 => order_ref().prop_map(Command::Cancel),
        1 => prop::collection::vec(order_ref(), 0..5).prop_map(Command::CancelBatch),
        1 => (account(), market()).prop_map(|(account, market)| Command::CancelAll { account, market }),
        1 => (account(), market(), 0..9_000_000_u64)
            .prop_map(|(account, market, after_ms)| Command::CountdownCancel { account, market, after_ms }),
    ]
}

fn settings() -> impl Strategy<Value = Command> {
    let movement = prop_oneof![amount().prop_map(MarginMove::Add), amount().prop_map(MarginMove::Remove)];
    let margin_mode = prop::sample::select(vec![MarginMode::Isolated, MarginMode::Cross]);
    let position_mode = prop::sample::select(vec![PositionMode::OneWay, PositionMode::Hedge]);
    let setting = prop::sample::select(vec![AutoAdd::Off, AutoAdd::On]);
    prop_oneof![
        (leg(), 1..125_i64)
            .prop_map(|(leg, times)| Command::SetLeverage { leg, leverage: Leverage::whole(times).expect("in range") }),
        (leg(), movement).prop_map(|(leg, movement)| Command::MoveMargin { leg, movement }),
        (leg(), margin_mode).prop_map(|(leg, mode)| Command::SetMarginMode { leg, mode }),
        (account(), position_mode).prop_map(|(account, mode)| Command::SetPositionMode { account, mode }),
        (account(), market(), setting).prop_map(|(account, market, setting)| Command::SetAutoAddMargin {
            account,
            market,
            setting
        }),
        transfer().prop_map(Command::Deposit),
        transfer().prop_map(Command::Withdraw),
        (account(), transfer()).prop_map(|(from, to)| Command::TransferBetween { from, to }),
        (market(), amount()).prop_map(|(market, amount)| Command::FundInsurance { market, amount }),
    ]
}

fn prices() -> impl Strategy<Value = Command> {
    let source = (0..4_u8).prop_map(|source| SourceId::new(source).expect("in range"));
    prop_oneof![
        6 => (market(), mark()).prop_map(|(market, mark)| Command::SetMark { market, mark, index: read("10000") }),
        2 => later().prop_map(|to| Command::AdvanceTime { to }),
        1 => (market(), source).prop_map(|(market, source)| Command::QuoteIndex { market, source, price: read("10000") }),
        1 => (market(), rate()).prop_map(|(market, rate)| Command::SetFundingRate { market, rate }),
        1 => market().prop_map(|market| Command::SettleFunding { market }),
    ]
}

/// What an exchange is asked once it runs. Times are made to ascend by [`ascending`].
fn command() -> impl Strategy<Value = Command> {
    let states = vec![MarketState::Open, MarketState::PostOnly, MarketState::ReduceOnly, MarketState::Halted, MarketState::Open];
    let state = (market(), prop::sample::select(states)).prop_map(|(market, state)| Command::SetMarketState { market, state });
    prop_oneof![60 => orders(), 18 => settings(), 24 => prices(), 1 => state]
}

fn commands(most: usize) -> impl Strategy<Value = Vec<Command>> {
    prop::collection::vec(command(), 1..most).prop_map(ascending)
}

fn ascending(mut commands: Vec<Command>) -> Vec<Command> {
    let mut now = Time::from_ms(START);
    for command in &mut commands {
        if let Command::AdvanceTime { to } = command {
            now = now.max(*to);
            *to = now;
        }
    }
    commands
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_restored_exchange_answers_as_the_one_that_was_saved(commands in commands(90), cut in any::<prop::sample::Index>()) {
        let (before, after) = commands.split_at(cut.index(commands.len()));
        let mut straight = ready();
        before.iter().for_each(|command| drop(execute(&mut straight, command)));
        let bytes = straight.snapshot();
        let mut restored = Engine::restore(LIMITS, &bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&restored.snapshot(), &bytes);
        for command in after {
            prop_assert_eq!(execute(&mut restored, command), execute(&mut straight, command), "{:?}", command);
            prop_assert_eq!(restored.hash(), straight.hash(), "{:?}", command);
        }
        prop_assert_eq!(restored.snapshot(), straight.snapshot());
    }

    #[test]
    fn events_alone_rebuild_the_state(commands in commands(90)) {
        let (mut leader, mut follower) = (Engine::new(LIMITS), Engine::new(LIMITS));
        for command in setup().iter().chain(&commands) {
            let (_, events) = execute(&mut leader, command);
            follower.follow(&events);
            prop_assert_eq!(leader.hash(), follower.hash(), "{:?}", command);
        }
        prop_assert_eq!(leader.snapshot(), follower.snapshot());
    }

    #[test]
    fn hostile_bytes_are_refused(
        commands in commands(60),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 40),
        more in any::<u8>(),
    ) {
        let mut engine = ready();
        commands.iter().for_each(|command| drop(execute(&mut engine, command)));
        let bytes = engine.snapshot();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            prop_assert!(Engine::restore(LIMITS, &bytes[..at]).is_err(), "cut off at {}", at);
            let changed = [&bytes[..at], &[byte], &bytes[at + 1..]].concat();
            if let Ok(mut other) = Engine::restore(LIMITS, &changed) {
                prop_assert_eq!(other.snapshot(), changed);
            }
        }
        prop_assert!(Engine::restore(LIMITS, &[&bytes[..], &[more]].concat()).is_err());
    }

    #[test]
    fn commands_come_back_from_their_bytes(command in command()) {
        comes_back(&command)?;
    }
}

fn comes_back(command: &Command) -> Result<(), TestCaseError> {
    let bytes = to_bytes(command);
    let again = from_bytes::<Command>(&bytes);
    prop_assert_eq!(again.as_ref(), Ok(command));
    for end in 0..bytes.len() {
        prop_assert!(from_bytes::<Command>(&bytes[..end]).is_err(), "cut off at {}", end);
    }
    Ok(())
}

/// The random commands and those of the setup are of every kind there is.
#[test]
fn every_kind_of_command_has_its_tag() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: std::collections::BTreeSet<u8> = std::collections::BTreeSet::new();
    let change = Command::ChangeMarket { market: LINEAR, listing: Box::new(linear()) };
    for command in setup().iter().chain([&change]) {
        comes_back(command).unwrap();
        seen.insert(to_bytes(command)[0]);
    }
    for _ in 0..2_000 {
        seen.insert(to_bytes(&command().new_tree(&mut runner).unwrap().current())[0]);
    }
    assert_eq!(seen.into_iter().collect::<Vec<u8>>(), (0..26).collect::<Vec<u8>>());
}

#[test]
fn a_state_beyond_the_limits_is_refused() {
    let bytes = ready().snapshot();
    for limits in [Limits { accounts: 3, ..LIMITS }, Limits { assets: 1, ..LIMITS }, Limits { markets: 1, ..LIMITS }] {
        assert!(Engine::restore(limits, &bytes).is_err());
    }
    assert!(Engine::restore(Limits::DEFAULT, &bytes).is_ok(), "the window of the books is a matter of speed");
}

/// The random commands reach what is to be saved: orders in books and waiting, freed places, positions, names.
#[test]
fn random_commands_do_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut rested, mut waiting, mut trades, mut ended) = (0, 0, 0, 0);
    for _ in 0..50 {
        let mut engine = ready();
        for command in commands(90).new_tree(&mut runner).unwrap().current() {
            for event in execute(&mut engine, &command).1 {
                rested += u32::from(matches!(event, Event::OrderRested { .. }));
                trades += u32::from(matches!(event, Event::Traded(_)));
                ended += u32::from(matches!(event, Event::OrderEnded { .. }));
                let placed = if let Event::OrderAccepted { placed, .. } = event { Some(placed) } else { None };
                waiting += u32::from(placed.is_some_and(|placed| matches!(placed.kind, OrderKind::Conditional { .. })));
            }
        }
    }
    assert!(rested > 150 && waiting > 50 && trades > 50 && ended > 100, "{rested} {waiting} {trades} {ended}");
}
