//! What a command costs the whole exchange: margin checks, events, state hash and conservation after every command, 1,000 accounts, one market.
//!
//! `cargo bench -p ringfence-engine --bench exchange` runs the mix of exchange-core's published test through the engine, and through the
//! `matchcore` crate (matching only) in the same run as a yardstick; then marks, liquidations, and one account's replay.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a benchmark has no public items, reads the clock, and may stop at the first surprise"
)]

#[path = "../tests/book_support/mod.rs"]
mod book_support;
#[path = "../tests/book_support/contestants.rs"]
mod contestants;
#[path = "../tests/world/mod.rs"]
mod world;

use std::time::{Duration, Instant};

use book_support::flow::{Flow, Shape, Step};
use contestants::{Contestant, matchcore};
use ringfence_engine::book::{AccountId, SelfTrade, TimeInForce};
use ringfence_engine::command::{
    Amendment, Command, Lifetime, Listing, NewOrder, OrderKind, OrderName, OrderRef, PositionSide, Purpose, Transfer,
};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_engine::limits::Limits;
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::units::{Price, Quantity};

const MARKET: MarketId = MarketId(0);
const ACCOUNTS: u32 = 1_000;
const ROUNDS: usize = 3;

/// A market whose brackets and filters never bind: every command does all of its work.
fn listing() -> Listing {
    let listing = world::linear();
    Listing {
        brackets: BracketTable::flat("0.005".parse().unwrap(), "100".parse().unwrap()).unwrap(),
        filters: OrderFilters { band_up: "2".parse().unwrap(), band_down: "0.1".parse().unwrap(), ..listing.filters },
        ..listing
    }
}

fn exchange(accounts: u32) -> Engine {
    let mut engine = Engine::new(Limits { orders_per_account: u32::MAX, ..Limits::DEFAULT });
    let mut events = Vec::new();
    let mut run = |command: Command| engine.execute(&command, &mut events).unwrap();
    run(Command::ListAsset { asset: "USDT".parse().unwrap() });
    run(Command::ListMarket(Box::new(listing())));
    for account in 0..accounts {
        run(Command::OpenAccount);
        let amount = if accounts <= ACCOUNTS || account + 1 == accounts { "100000000" } else { "20000" }.parse().unwrap();
        run(Command::Deposit(Transfer { account: AccountId(account), asset: AssetId(0), amount }));
    }
    run(mark(10_000));
    engine
}

fn mark(price: i64) -> Command {
    let raw = price * 100_000_000;
    Command::SetMark {
        market: MARKET,
        mark: ringfence_risk::units::MarkPrice::from_raw(raw).unwrap(),
        index: ringfence_risk::units::IndexPrice::from_raw(raw).unwrap(),
    }
}

/// The exchange and what the flow calls its orders.
struct Flowing {
    engine: Engine,
    events: Vec<Event>,
    names: Vec<(OrderId, AccountId)>,
    refused: u32,
    emitted: u64,
}

fn price(ticks: u32) -> Price {
    Price::from_raw(i64::from(ticks) * 10_000_000).unwrap()
}

fn quantity(lots: u64) -> Quantity {
    Quantity::from_raw(i64::try_from(lots).unwrap() * 100_000).unwrap()
}

impl Flowing {
    fn new() -> Self {
        Self { engine: exchange(ACCOUNTS), events: Vec::new(), names: Vec::new(), refused: 0, emitted: 0 }
    }

    fn reference(&self, number: u32) -> OrderRef {
        let (order, account) = self.names[usize::try_from(number).unwrap()];
        OrderRef { account, market: MARKET, name: OrderName::Id(order) }
    }

    /// Price, and what was executed before, of an order: what an amendment counts from.
    fn present(&self, number: u32) -> (Price, u64) {
        let (order, _) = self.names[usize::try_from(number).unwrap()];
        let (record, detail) = self.engine.state().market(MARKET).unwrap().order(order).unwrap();
        (price(record.price().raw()), detail.executed.raw())
    }

    fn command(&mut self, step: &Step) -> Command {
        match *step {
            Step::Place { number, side, price: at, lots, time_in_force } => {
                // Buyers and sellers are different accounts, so that no order meets one of its own.
                let account = AccountId(number % (ACCOUNTS / 2) + if side == OrderSide::Buy { 0 } else { ACCOUNTS / 2 });
                let place = usize::try_from(number).unwrap();
                if self.names.len() <= place {
                    self.names.resize(place + 1, (OrderId(0), AccountId(0)));
                }
                self.names[place].1 = account;
                let lifetime = match time_in_force {
                    TimeInForce::GoodTillCancel => Lifetime::GoodTillCancel,
                    TimeInForce::ImmediateOrCancel => Lifetime::ImmediateOrCancel,
                    TimeInForce::FillOrKill => Lifetime::FillOrKill,
                    TimeInForce::PostOnly => Lifetime::PostOnly,
                };
                Command::Place(NewOrder {
                    account,
                    market: MARKET,
                    side,
                    position_side: PositionSide::Both,
                    quantity: quantity(lots),
                    kind: OrderKind::Limit { price: price(at.raw()), lifetime },
                    purpose: Purpose::Any,
                    self_trade: SelfTrade::ExpireTaker,
                    client_id: None,
                })
            }
            Step::Cancel { number } | Step::Reduce { number, left: 0, .. } => Command::Cancel(self.reference(number)),
            Step::Move { number, price: at, lots } => {
                let (_, executed) = self.present(number);
                let order = self.reference(number);
                Command::Amend(Amendment { order, price: price(at.raw()), quantity: quantity(lots + executed) })
            }
            Step::Reduce { number, left, .. } => {
                let (present, executed) = self.present(number);
                Command::Amend(Amendment { order: self.reference(number), price: present, quantity: quantity(left + executed) })
            }
        }
    }

    /// Builds a command and runs it: the first time, when the numbers of orders are not known yet.
    fn run(&mut self, step: &Step) -> Command {
        let command = self.command(step);
        if let (Step::Place { number, .. }, Some(order)) = (step, self.execute(&command)) {
            self.names[usize::try_from(*number).unwrap()].0 = order;
        }
        command
    }

    /// What is measured: the command, its events, and the hash of the state after it.
    fn execute(&mut self, command: &Command) -> Option<OrderId> {
        self.events.clear();
        let outcome = self.engine.execute(command, &mut self.events);
        self.emitted += u64::try_from(self.events.len()).unwrap();
        std::hint::black_box(self.engine.hash());
        match outcome {
            Ok(Reply::Order(reply)) => Some(reply.order),
            Ok(_) => None,
            Err(_) => {
                self.refused += 1;
                None
            }
        }
    }

    /// One name for what is measured, so that a profiler can be told to look at nothing else.
    #[inline(never)]
    fn measured(&mut self, commands: &[Command]) {
        for command in commands {
            self.execute(command);
        }
    }
}

const CHUNK: usize = 1 << 16;

/// Filled to its resting orders, and the steps to measure.
fn flow(shape: Shape, measured: usize) -> (Vec<Step>, Vec<Step>) {
    let mut flow = Flow::new(shape);
    let mut fill = Vec::new();
    while !flow.is_filled() {
        fill.push(flow.fill());
    }
    (fill, (0..measured).map(|_| flow.next()).collect())
}

/// The commands of a flow. An exchange is deterministic: the same commands get the same numbers every time.
fn commands(fill: &[Step], steps: &[Step]) -> (Vec<Command>, Vec<Command>) {
    let mut flowing = Flowing::new();
    let fill = fill.iter().map(|step| flowing.run(step)).collect();
    (fill, steps.iter().map(|step| flowing.run(step)).collect())
}

/// Time of all measured commands, and of single ones, in nanoseconds.
fn time(fill: &[Command], commands: &[Command], every: usize) -> (Duration, Vec<u64>, Flowing) {
    let mut flowing = Flowing::new();
    for command in fill {
        flowing.execute(command);
    }
    (flowing.emitted, flowing.refused) = (0, 0);
    let (mut elapsed, mut singles) = (Duration::ZERO, Vec::new());
    for part in commands.chunks(every) {
        let (single, rest) = if every == CHUNK { part.split_at(0) } else { part.split_at(1) };
        for (commands, alone) in [(single, true), (rest, false)] {
            let start = Instant::now();
            flowing.measured(commands);
            let taken = start.elapsed();
            elapsed += taken;
            if alone && every != CHUNK {
                singles.push(u64::try_from(taken.as_nanos()).unwrap());
            }
        }
    }
    singles.sort_unstable();
    (elapsed, singles, flowing)
}

fn yardstick(fill: &[Step], steps: &[Step]) -> Duration {
    let mut book = matchcore();
    for step in fill {
        let prepared = book.prepare(step);
        book.run(&prepared);
    }
    let mut elapsed = Duration::ZERO;
    for chunk in steps.chunks(CHUNK) {
        let prepared: Vec<_> = chunk.iter().map(|step| book.prepare(step)).collect();
        let start = Instant::now();
        prepared.iter().for_each(|command| book.run(command));
        elapsed += start.elapsed();
    }
    elapsed
}

/// Runs a part only if no name is asked for, or this one.
fn is_wanted(name: &str) -> bool {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    asked.is_empty() || asked.iter().any(|word| name.contains(word.as_str()))
}

fn race(name: &str, shape: Shape, measured: usize) {
    if !is_wanted(name) {
        return;
    }
    let (fill, steps) = flow(shape, measured);
    let (filling, commands) = commands(&fill, &steps);
    let (mut best, mut peer) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best = best.min(time(&filling, &commands, CHUNK).0);
        peer = peer.min(yardstick(&fill, &steps));
    }
    let (_, singles, flowing) = time(&filling, &commands, 61);
    let audits = flowing.engine.state().audit().unwrap();
    assert!(audits.iter().all(|audit| audit.difference == 0), "money appeared or vanished");
    assert_eq!(flowing.engine.state().rehash(), flowing.engine.clone().hash(), "the hash is what a recomputation gives");
    let count = f64::from(u32::try_from(measured).unwrap());
    let at = |share: usize| singles[singles.len() * share / 1_000];
    let rate = |time: Duration| count / time.as_secs_f64() / 1e6;
    println!("{name}: {measured} commands, {} events, {} refused", flowing.emitted, flowing.refused);
    println!(
        "  ringfence {:.2} M/s ({:.0} ns each; single: p50 {}, p99 {}, p99.9 {} ns) · matchcore, matching only, {:.2} M/s · {:.2} ×",
        rate(best),
        1_000.0 / rate(best),
        at(500),
        at(990),
        at(999),
        rate(peer),
        rate(best) / rate(peer),
    );
}

fn order(account: u32, side: OrderSide, lots: u64, at: u32) -> Command {
    Command::Place(NewOrder {
        account: AccountId(account),
        market: MARKET,
        side,
        position_side: PositionSide::Both,
        quantity: quantity(lots),
        kind: OrderKind::Limit { price: price(at), lifetime: Lifetime::GoodTillCancel },
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    })
}

/// An exchange with this many open isolated longs at 10× (one in a hundred dearer than the rest), against one seller.
fn positions(count: u32) -> Engine {
    let mut engine = exchange(count + 1);
    let mut events = Vec::new();
    for account in 0..count {
        let at = if account % 100 == 0 { 100_500 } else { 95_000 + account % 3_000 };
        engine.execute(&order(count, OrderSide::Sell, 1, at), &mut events).unwrap();
        engine.execute(&order(account, OrderSide::Buy, 1, at), &mut events).unwrap();
        events.clear();
    }
    engine
}

/// A mark that liquidates nobody, as a command with its event, and as a look beforehand.
fn quiet_marks() {
    if !is_wanted("marks") {
        return;
    }
    const UPDATES: u32 = 1_000_000;
    println!("mark updates with no liquidation, one market:");
    for count in [1_000, 1_000_000] {
        let mut engine = positions(count);
        let marks = [mark(10_000), mark(10_001), mark(9_999), mark(10_002)];
        let (mut events, mut best, mut looks) = (Vec::with_capacity(8), Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for update in 0..UPDATES {
                events.clear();
                engine.execute(&marks[usize::try_from(update % 4).unwrap()], &mut events).unwrap();
            }
            best = best.min(start.elapsed());
            let start = Instant::now();
            for update in 0..i64::from(UPDATES) {
                let mark = ringfence_risk::units::MarkPrice::from_raw((10_000 + update % 4) * 100_000_000).unwrap();
                std::hint::black_box(engine.state().is_quiet(MARKET, std::hint::black_box(mark)));
            }
            looks = looks.min(start.elapsed());
        }
        let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(UPDATES);
        println!("  {count:>9} open positions: {:>6.1} ns a command, {:>5.2} ns a look", each(best), each(looks));
    }
}

/// One mark that liquidates one position in a hundred: taken over by the insurance fund, or sold into the book.
fn liquidations() {
    if !is_wanted("liquidations") {
        return;
    }
    const COUNT: u32 = 100_000;
    let opened = positions(COUNT);
    for place in ["the insurance fund", "the book"] {
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let mut engine = opened.clone();
            let mut events = Vec::new();
            let amount = "1000000".parse().unwrap();
            engine.execute(&Command::FundInsurance { market: MARKET, amount }, &mut events).unwrap();
            if place == "the book" {
                engine.execute(&order(COUNT, OrderSide::Buy, 2_000, 90_700), &mut events).unwrap();
            }
            engine.hash();
            events.clear();
            let start = Instant::now();
            engine.execute(&mark(9_000), &mut events).unwrap();
            std::hint::black_box(engine.hash());
            best = best.min(start.elapsed());
            let ended = events.iter().filter(|event| matches!(event, Event::LiquidationEnded { account: Some(_), .. })).count();
            assert_eq!((ended, engine.state().overdue()), (1_000, None));
            assert!(engine.state().audit().unwrap().iter().all(|audit| audit.difference == 0));
        }
        println!("1,000 of {COUNT} positions liquidated in one update, by {place}: {:.2} ms", best.as_secs_f64() * 1e3);
    }
}

/// An exchange with this many isolated positions at 10×, longs against as many shorts; one long in fifty is dearer than the rest.
fn pairs(count: u32) -> Engine {
    let mut engine = exchange(count);
    let mut events = Vec::new();
    for account in (0..count).step_by(2) {
        let at = if account % 100 == 0 { 100_500 } else { 95_000 + account % 3_000 };
        engine.execute(&order(account + 1, OrderSide::Sell, 1, at), &mut events).unwrap();
        engine.execute(&order(account, OrderSide::Buy, 1, at), &mut events).unwrap();
        events.clear();
    }
    engine
}

/// One mark that bankrupts one position in a hundred, with nothing in the insurance fund and nobody in the book.
fn deleveraging() {
    if !is_wanted("deleveraging") {
        return;
    }
    for count in [10_000, 100_000] {
        let opened = pairs(count);
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let mut engine = opened.clone();
            let mut events = Vec::new();
            engine.hash();
            let start = Instant::now();
            engine.execute(&mark(9_000), &mut events).unwrap();
            std::hint::black_box(engine.hash());
            best = best.min(start.elapsed());
            let closed = events.iter().filter(|event| matches!(event, Event::Deleveraged { .. })).count();
            assert_eq!((closed, engine.state().overdue()), (usize::try_from(count / 100).unwrap(), None));
            assert!(engine.state().audit().unwrap().iter().all(|audit| audit.difference == 0));
        }
        println!("{} of {count} positions deleveraged in one update: {:.2} ms", count / 100, best.as_secs_f64() * 1e3);
    }
}

/// Recorded trades and one account that holds an isolated position: every trade is the mark.
fn replay() {
    if !is_wanted("replay") {
        return;
    }
    const TRADES: u32 = 10_000_000;
    println!("{TRADES} trades, one account with an isolated position, decoded beforehand:");
    let prices: Vec<i64> =
        (0..i64::from(TRADES)).map(|trade| (10_000 + (trade * 7 + trade / 13) % 40 - 20) * 100_000_000).collect();
    let as_command = |raw: i64| Command::SetMark {
        market: MARKET,
        mark: ringfence_risk::units::MarkPrice::from_raw(raw).unwrap(),
        index: ringfence_risk::units::IndexPrice::from_raw(1_000_000_000_000).unwrap(),
    };
    for (name, orders_every) in [
        ("looking whether a trade does anything", None),
        ("every trade a command", Some(u32::MAX)),
        ("every trade a command, an order every 10", Some(10)),
        ("every trade a command, an order every trade", Some(1)),
    ] {
        let mut engine = positions(1);
        let mut events = Vec::with_capacity(64);
        for (side, at) in [(OrderSide::Sell, 100_010), (OrderSide::Buy, 99_990)] {
            for _ in 0..6 {
                engine.execute(&order(1, side, 1_000_000, at), &mut events).unwrap();
            }
        }
        let count = if orders_every == Some(1) { TRADES / 10 } else { TRADES };
        let start = Instant::now();
        for (raw, trade) in prices.iter().zip(0..count) {
            let price = ringfence_risk::units::MarkPrice::from_raw(*raw).unwrap();
            let Some(every) = orders_every else {
                if !engine.state().is_quiet(MARKET, std::hint::black_box(price)) {
                    engine.execute(&as_command(*raw), &mut events).unwrap();
                }
                continue;
            };
            events.clear();
            engine.execute(&as_command(*raw), &mut events).unwrap();
            if trade % every == every - 1 {
                let (side, at) = if trade / every % 2 == 0 { (OrderSide::Buy, 100_010) } else { (OrderSide::Sell, 99_990) };
                engine.execute(&order(0, side, 1, at), &mut events).unwrap();
            }
        }
        let rate = f64::from(count) / start.elapsed().as_secs_f64() / 1e6;
        println!("  {name}: {rate:.1} M trades/s");
    }
}

/// What an open position and a resting order take.
fn memory() {
    if !is_wanted("memory") {
        return;
    }
    let engine = positions((1 << 17) - 1);
    let market = engine.state().market(MARKET).unwrap();
    println!("an open position takes {} bytes", market.position_bytes() / (1 << 17));
    let mut engine = exchange(ACCOUNTS);
    let mut events = Vec::new();
    for number in 0..1 << 17 {
        engine.execute(&order(number % ACCOUNTS, OrderSide::Buy, 1, 90_000 + number % 9_000), &mut events).unwrap();
        events.clear();
    }
    let market = engine.state().market(MARKET).unwrap();
    println!("a resting order takes {} bytes, and 32 in the book", market.order_bytes() / (1 << 17));
}

/// The mix once more, without the yardstick and without a clock: for counting instructions where times cannot be trusted.
///
/// `valgrind --tool=callgrind --toggle-collect='*measured*' <the bench> instructions`, divided by the number of commands it prints.
fn instructions() {
    if !std::env::args().any(|word| word == "instructions") {
        return;
    }
    let (fill, steps) = flow(Shape { resting: 1_000, busy: Some(512), reach: 600 }, 100_000);
    let (filling, commands) = commands(&fill, &steps);
    time(&filling, &commands, CHUNK);
    println!("{} commands", commands.len());
}

fn main() {
    let mut clock: Vec<u128> = (0..10_000).map(|_| Instant::now().elapsed().as_nanos()).collect();
    clock.sort_unstable();
    println!("best of {ROUNDS} rounds; reading the clock costs {} ns", clock[clock.len() / 2]);
    race("1,000 resting", Shape { resting: 1_000, busy: Some(512), reach: 600 }, 1_000_000);
    race("1,000,000 resting, 512 of them busy", Shape { resting: 1_000_000, busy: Some(512), reach: 5_000 }, 1_000_000);
    race("1,000,000 resting, all busy", Shape { resting: 1_000_000, busy: None, reach: 5_000 }, 1_000_000);
    quiet_marks();
    liquidations();
    deleveraging();
    replay();
    memory();
    instructions();
}
