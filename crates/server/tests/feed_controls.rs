//! What the owner of an exchange does to its feed, and what users meet.

mod feed_support;

use std::collections::BTreeMap;
use std::path::Path;

use feed_support::{START_MS, World};
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Command, Lifetime, MarketState, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::engine::{OrderFate, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Price, Side};
use ringfence_server::boot::{FLOW, MAKER, MarketSetup, Setup};
use ringfence_server::feed::{FlowTerms, MakerTerms, Nudge, SourceSetup, SourceStatus};

const FIRST: MarketId = MarketId(0);

fn none() -> BTreeMap<String, u64> {
    BTreeMap::new()
}

fn only(symbol: &str, start: &str) -> Setup {
    Setup { markets: vec![MarketSetup::walk(symbol, start.parse().expect("what a test wrote"), 1)], ..Setup::default() }
}

fn nudge(world: &mut World, nudge: Nudge) {
    let command = world.feed.nudge(FIRST, nudge, world.engine.state()).expect("what a test wrote");
    world.send(&command).expect("what a test wrote");
}

fn order(account: AccountId, side: OrderSide, quantity: &str, kind: OrderKind) -> Command {
    Command::Place(NewOrder {
        account,
        market: FIRST,
        side,
        position_side: PositionSide::Both,
        quantity: quantity.parse().expect("what a test wrote"),
        kind,
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    })
}

fn limit(price: &str) -> OrderKind {
    OrderKind::Limit { price: price.parse().expect("what a test wrote"), lifetime: Lifetime::GoodTillCancel }
}

#[test]
fn a_price_set_by_hand_stays_until_the_walk_goes_on_from_there() {
    let mut world = World::new(&only("BTCUSDT", "64000"));
    world.run(10);
    nudge(&mut world, Nudge::To("60000".parse().unwrap()));
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Paused);
    world.run(60);
    assert_eq!(world.mark(FIRST).to_string(), "60000");
    assert_eq!(world.levels(FIRST), (10, 10));
    let best = world.state().market_view(FIRST).unwrap().unwrap();
    let near = |price: Option<Price>| price.is_some_and(|price| (price.raw() - 6_000_000_000_000).abs() < 3_000_000_000);
    assert!(near(best.best_bid) && near(best.best_ask), "{best:?}");
    nudge(&mut world, Nudge::By("-0.1".parse().unwrap()));
    assert_eq!(world.mark(FIRST).to_string(), "54000");
    world.feed.resume(FIRST).unwrap();
    world.run(60);
    let mark = world.mark(FIRST);
    assert!(mark != "54000".parse().unwrap() && mark > "53000".parse().unwrap() && mark < "55000".parse().unwrap(), "{mark}");
    // Past the feed, too.
    let command = Command::SetMark { market: FIRST, mark: "70000".parse().unwrap(), index: "70000".parse().unwrap() };
    world.send(&command).unwrap();
    world.run(60);
    assert!(world.mark(FIRST) > "69000".parse().unwrap(), "{}", world.mark(FIRST));
    assert_eq!(world.refused, none());
}

#[test]
fn what_cannot_be_a_price_is_refused_and_nothing_is_paused() {
    let mut world = World::new(&only("BTCUSDT", "64000"));
    let state = world.engine.state();
    let nothing = world.feed.nudge(FIRST, Nudge::By("-1".parse().unwrap()), state);
    assert_eq!(nothing.unwrap_err().to_string(), "change must be above -1, got -1");
    let unknown = world.feed.nudge(MarketId(9), Nudge::By("0.1".parse().unwrap()), state);
    assert_eq!(unknown.unwrap_err().to_string(), "there is no market 9");
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Running);
    let wide = MakerTerms { levels: 26, ..MakerTerms::DEFAULT };
    let error = world.feed.set_maker(FIRST, Some(wide)).unwrap_err();
    assert_eq!(error.to_string(), "levels of the maker must be between 1 and 25, got 26");
    let error = world.feed.set_flow(FIRST, Some(FlowTerms { every_ms: 100, ..FlowTerms::DEFAULT })).unwrap_err();
    assert_eq!(error.to_string(), "interval of the taker flow must be 500 to 3600000 milliseconds, got 100");
}

#[test]
fn however_far_the_price_is_moved_both_sides_are_quoted_and_nothing_is_refused() {
    for (symbol, start) in [("BTCUSDT", "64000"), ("BTCUSD_PERP", "64000"), ("XRPUSDT", "0.6"), ("ETHUSD_PERP", "3200")] {
        let mut world = World::new(&only(symbol, start));
        world.run(5);
        for change in ["-0.5", "1", "-0.05", "0.03", "-0.9", "9", "-0.0002", "0.0005", "-0.7", "2.3"] {
            nudge(&mut world, Nudge::By(change.parse().unwrap()));
            for _ in 0..20 {
                world.tick();
                assert_eq!(world.levels(FIRST), (10, 10), "{symbol} {change}");
            }
            world.feed.resume(FIRST).unwrap();
            world.run(5);
        }
        assert_eq!(world.refused, none(), "{symbol}");
        world.audit();
    }
}

#[test]
fn a_resting_order_fills_when_the_mark_passes_it() {
    for (symbol, start, price, quantity, below) in
        [("BTCUSDT", "64000", "63000.1", "0.003", "62000"), ("BTCUSD_PERP", "64000", "63000.1", "7", "62000")]
    {
        let mut world = World::new(&only(symbol, start));
        world.feed.set_flow(FIRST, None).unwrap();
        world.run(2);
        let (alice, bob) = (world.boot.account("alice").unwrap(), world.boot.account("bob").unwrap());
        for account in [alice, bob] {
            let reply = world.send(&order(account, OrderSide::Buy, quantity, limit(price)));
            assert!(matches!(reply, Some(Reply::Order(reply)) if reply.fate == OrderFate::Resting), "{reply:?}");
        }
        nudge(&mut world, Nudge::To(below.parse().unwrap()));
        world.run(2);
        for account in [alice, bob] {
            assert_eq!(world.state().open_orders(FIRST, account).unwrap(), Vec::new(), "{symbol}");
            let position = world.state().position_view(FIRST, account, Side::Long).unwrap().expect("a position");
            assert_eq!(position.quantity, quantity.parse().unwrap());
        }
        assert_eq!(world.levels(FIRST), (10, 10));
        assert_eq!(world.refused, none());
    }
}

#[test]
fn where_nobody_may_take_the_quotes_keep_clear_of_others() {
    let mut world = World::new(&only("BTCUSDT", "64000"));
    world.feed.set_flow(FIRST, None).unwrap();
    world.run(2);
    let alice = world.boot.account("alice").unwrap();
    world.send(&order(alice, OrderSide::Buy, "0.003", limit("63000"))).unwrap();
    world.send(&Command::SetMarketState { market: FIRST, state: MarketState::PostOnly }).unwrap();
    nudge(&mut world, Nudge::To("62999".parse().unwrap()));
    world.run(2);
    assert_eq!(world.state().open_orders(FIRST, alice).unwrap().len(), 1);
    let view = world.state().market_view(FIRST).unwrap().unwrap();
    assert!(view.best_ask > Some("63000".parse().unwrap()), "{view:?}");
    assert_eq!(world.refused, none());
}

#[test]
fn a_user_is_liquidated_into_the_quotes() {
    let mut world = World::new(&only("BTCUSDT", "64000"));
    world.run(5);
    let alice = world.boot.account("alice").unwrap();
    world.send(&order(alice, OrderSide::Buy, "2", OrderKind::Market)).unwrap();
    nudge(&mut world, Nudge::By("-0.09".parse().unwrap()));
    let liquidated = world
        .events
        .iter()
        .any(|event| matches!(event, Event::PositionSet { account: Some(account), position: None, .. } if *account == alice));
    assert!(liquidated, "{:?}", world.events);
    world.run(5);
    assert_eq!(world.levels(FIRST), (10, 10));
    assert_eq!(world.refused, none());
    world.audit();
}

#[test]
fn maker_and_flow_can_be_switched_off_and_on() {
    let mut world = World::new(&only("ETHUSDT", "3200"));
    world.run(10);
    world.feed.set_maker(FIRST, None).unwrap();
    world.run(5);
    assert_eq!(world.levels(FIRST), (0, 0));
    let trades = world.state().market(FIRST).unwrap().trades();
    world.run(10);
    assert_eq!(world.state().market(FIRST).unwrap().trades(), trades, "nobody to trade with");
    world.feed.set_maker(FIRST, Some(MakerTerms { levels: 3, ..MakerTerms::DEFAULT })).unwrap();
    world.feed.set_flow(FIRST, None).unwrap();
    world.run(10);
    assert_eq!(world.levels(FIRST), (3, 3));
    assert_eq!(world.state().market(FIRST).unwrap().trades(), trades);
    assert_eq!(world.refused, none());
    assert_eq!((MAKER, FLOW), (AccountId(0), AccountId(1)));
}

#[test]
fn near_zero_there_are_fewer_bids() {
    let mut world = World::new(&only("XRPUSDT", "0.6"));
    nudge(&mut world, Nudge::To("0.00055".parse().unwrap()));
    world.run(2);
    assert_eq!(world.levels(FIRST), (5, 10));
    assert_eq!(world.refused, none());
}

fn shipped() -> SourceSetup {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz");
    SourceSetup::Recorded { path, speed: 60 }
}

#[test]
fn a_recorded_file_is_played_at_its_speed_without_losing_a_low_or_high() {
    let setup = Setup {
        markets: vec![MarketSetup { source: shipped(), ..MarketSetup::walk("BTCUSDT", "64000".parse().unwrap(), 1) }],
        ..Setup::default()
    };
    let mut world = World::new(&setup);
    let start = world.mark(FIRST);
    assert!(start < "8000".parse().unwrap(), "the file's first price, not 64,000: {start}");
    // Four days at 60 minutes a minute are 96 minutes.
    let (mut low, mut high) = (start, start);
    for _ in 0..95 * 60 * 4 {
        world.tick();
        assert_eq!(world.levels(FIRST), (10, 10), "at {}", world.now - START_MS);
        let mark = world.mark(FIRST);
        (low, high) = (low.min(mark), high.max(mark));
    }
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Running);
    // One price a tick at this speed: the crash of March 2020 from 7,985 to 3,596.
    assert_eq!((low.to_string().as_str(), high.to_string().as_str()), ("3596", "7985"));
    world.run(3 * 60);
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Ended);
    assert_eq!(world.refused, none());
    world.audit();
}

#[test]
fn a_fast_file_shows_low_and_high_of_every_tick() {
    let mut world = World::new(&only("BTCUSDT", "7900"));
    let SourceSetup::Recorded { path, .. } = shipped() else { unreachable!("it is recorded") };
    let fast = SourceSetup::Recorded { path, speed: 100_000 };
    world.feed.set_source(FIRST, &fast).unwrap();
    let mut marks = Vec::new();
    for _ in 0..20 {
        world.now += 250;
        let now = ringfence_engine::time::Time::from_ms(world.now);
        world.send(&Command::AdvanceTime { to: now }).unwrap();
        let commands = world.feed.prices(now, world.engine.state());
        assert!(commands.len() <= 3);
        for command in &commands {
            let Command::SetMark { mark, .. } = command else { panic!("{command:?}") };
            marks.push(mark.to_string());
        }
    }
    for extreme in ["3596", "7985"] {
        assert!(marks.iter().any(|mark| mark == extreme), "{extreme} in {marks:?}");
    }
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Ended);
    let missing = SourceSetup::Recorded { path: "/nowhere.csv".into(), speed: 1 };
    assert!(world.feed.set_source(FIRST, &missing).unwrap_err().to_string().starts_with("/nowhere.csv: cannot open"));
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Ended, "the source before stays");
}

/// A file that is gone when the test is over.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringfence-feed-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).expect("a folder for temporary files");
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_row_that_cannot_be_read_stops_the_price_and_says_why() {
    let file = File::new("fault", "ts_ms,open,high,low,close\n0,100,101,99,100\n60000,100,101,99,100.5\n120000,100,101,99,x\n");
    let mut world = World::new(&only("ETHUSDT", "100"));
    world.feed.set_source(FIRST, &SourceSetup::Recorded { path: file.0.clone(), speed: 60 }).unwrap();
    world.run(1);
    // Bars of a minute take a second each: in its second quarter the first is at its low.
    assert_eq!(world.feed.status(FIRST).unwrap(), SourceStatus::Running);
    world.feed.pause(FIRST).unwrap();
    let held = world.mark(FIRST);
    world.run(10);
    assert_eq!(world.mark(FIRST), held, "no time passes for a file that is paused");
    world.feed.resume(FIRST).unwrap();
    world.run(5);
    assert_eq!(world.mark(FIRST).to_string(), "100.5");
    let SourceStatus::Failed { reason } = world.feed.status(FIRST).unwrap() else { panic!("it failed") };
    assert!(reason.ends_with("row 4: close must be a decimal number, got 'x'"), "{reason}");
    assert_eq!(world.refused, none());
}

#[test]
fn marks_before_quotes_leave_no_lag_and_refuse_nothing_either() {
    let markets = MarketSetup::defaults().into_iter().map(|market| MarketSetup { flow: None, ..market });
    let mut world = World::new(&Setup { markets: markets.collect(), ..Setup::default() });
    for _ in 0..4 * 60 {
        world.now += 250;
        let now = ringfence_engine::time::Time::from_ms(world.now);
        world.send(&Command::AdvanceTime { to: now }).unwrap();
        for command in world.feed.prices(now, world.engine.state()) {
            world.send(&command);
        }
        for command in world.feed.orders(now, world.engine.state()) {
            world.send(&command);
        }
        assert_eq!(world.feed.orders(now, world.engine.state()), Vec::new(), "what was done need not be done again");
    }
    assert_eq!(world.refused, none());
    world.audit();
}

#[test]
fn an_exchange_that_goes_on_keeps_its_price_and_its_quotes() {
    let mut world = World::new(&only("BTCUSDT", "64000"));
    world.run(30);
    nudge(&mut world, Nudge::To("50000".parse().unwrap()));
    world.run(2);
    let snapshot = world.engine.snapshot();
    world.engine = ringfence_engine::engine::Engine::restore(ringfence_engine::limits::Limits::DEFAULT, &snapshot).unwrap();
    world.feed = ringfence_server::feed::Feed::new(&world.boot).unwrap();
    for _ in 0..120 {
        world.tick();
        assert_eq!(world.levels(FIRST), (10, 10));
    }
    let mark = world.mark(FIRST);
    assert!(mark > "49000".parse().unwrap() && mark < "51000".parse().unwrap(), "{mark}");
    assert_eq!(world.refused, none());
}

#[test]
fn users_who_trade_at_random_disturb_nothing() {
    use ringfence_market::walk::SplitMix;
    let mut world = World::new(&Setup::default());
    let (mut random, mut users) = (SplitMix::new(5), vec![]);
    users.extend(["alice", "bob"].map(|name| world.boot.account(name).unwrap()));
    for round in 0..3_000_u64 {
        if round % 4 == 0 {
            world.tick();
        }
        if round % 40 == 0 {
            let change = ["-0.04", "0.05", "0.002", "-0.003"][(random.below(4)) as usize];
            nudge(&mut world, Nudge::By(change.parse().unwrap()));
        }
        let account = users[random.below(2) as usize];
        let side = if random.below(2) == 0 { OrderSide::Buy } else { OrderSide::Sell };
        let tenths = world.mark(FIRST).raw() / 10_000_000;
        let price = Price::from_raw((tenths + random.below(4_000) as i64 - 2_000) * 10_000_000).unwrap();
        let kind = match random.below(3) {
            0 => OrderKind::Market,
            _ => OrderKind::Limit { price, lifetime: Lifetime::GoodTillCancel },
        };
        let quantity = format!("0.{:03}", 1 + random.below(400));
        // What users do may be refused.
        let _ = world.engine.execute(&order(account, side, &quantity, kind), &mut Vec::new());
    }
    assert_eq!(world.refused, none());
    assert_eq!(world.levels(MarketId(1)), (10, 10));
    world.audit();
}
