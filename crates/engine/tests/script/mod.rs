//! Scenario tables a trader can read, on a whole exchange: what was done before, the command, what it answers, and what is then so.
//!
//! `ann sells 1 @ 10000 | bob buys 0.4 @ 10000 -> filled; ann is -0.4; #1 rests 0.6`: the steps before the bar must be accepted; orders are
//! numbered from 1 as they are accepted. A row that does not end with its line goes on after `|`, `;` or `->`.
//! Everybody has 10,000 USDT; the mark is 10,000, leverage ten, the maker fee 0.02 %, the taker fee 0.05 %.
#![allow(dead_code, reason = "every test file uses its own part of it")]

mod ask;
mod order;

use crate::world::{LINEAR, World, linear, read};
use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::command::{Command, Listing, MarketState, OrderName, OrderRef, Transfer};
use ringfence_engine::engine::{Engine, OrderFate, OrderReply, Reply};
use ringfence_engine::event::{Event, OrderEnd};
use ringfence_engine::feed::SourceId;
use ringfence_engine::ids::OrderId;
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::Market;
use ringfence_engine::time::Time;
use ringfence_risk::plan::PositionMode;

pub(crate) const NAMES: [&str; 4] = ["ann", "bob", "eve", "dan"];

/// Runs every row on an exchange of its own and reports all that differ at once. Answers how many rows there were.
pub(crate) fn check(table: &str) -> usize {
    check_on(|| World::with(linear(), crate::world::inverse()), table)
}

/// The same, with these steps before those of every row.
pub(crate) fn check_after(given: &str, table: &str) -> usize {
    let rows: Vec<String> = rows(table).iter().map(|row| format!("{given}; {row}")).collect();
    check(&rows.join("\n"))
}

/// The same with another listing of BTCUSDT.
pub(crate) fn check_listed(listing: &Listing, table: &str) -> usize {
    check_on(|| World::with(listing.clone(), crate::world::inverse()), table)
}

/// The same on any exchange.
pub(crate) fn check_on(world: impl Fn() -> World, table: &str) -> usize {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in rows(table) {
        count += 1;
        let (asked, expected) = row.split_once("->").expect("an outcome");
        let mut script = Script::new(world());
        let (given, command) = asked.rsplit_once('|').unwrap_or(("", asked));
        for step in given.split([';', '|']).map(str::trim).filter(|step| !step.is_empty()) {
            let answer = script.run(step);
            assert!(!answer.contains("refused"), "{step}: {answer} in {row}");
        }
        let mut checks = expected.split(';').map(str::trim).filter(|check| !check.is_empty());
        let mut got = vec![script.run(command.trim())];
        let mut is_right = checks.next() == got.first().map(String::as_str);
        for check in checks {
            let answer = script.ask(check);
            is_right &= answer == check;
            got.push(answer);
        }
        if !is_right {
            wrong.push(format!("{asked}\n    expected {expected}\n    got {}", got.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "these rows come out as follows:\n{}", wrong.join("\n"));
    count
}

/// One market within these limits, and nobody said yet what it is worth.
pub(crate) fn unmarked(limits: Limits, listing: &Listing) -> World {
    let mut world = World { engine: Engine::new(limits), events: Vec::new() };
    world.run(&Command::AdvanceTime { to: Time::from_ms(1_700_000_000_000) });
    world.run(&Command::ListAsset { asset: read("USDT") });
    world.run(&Command::ListMarket(Box::new(listing.clone())));
    for account in 0..4 {
        world.run(&Command::OpenAccount);
        world.deposit(account, crate::world::USDT, "10000");
    }
    world
}

/// The rows of a table, those of several lines put together.
fn rows(table: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match rows.last_mut().filter(|row| row.ends_with(['|', ';', '>'])) {
            Some(row) => row.push_str(&format!(" {line}")),
            None => rows.push(line.to_owned()),
        }
    }
    rows
}

/// What became of an order, as the events tell it.
#[derive(Clone, Debug)]
struct Told {
    id: OrderId,
    left: Lots,
    state: &'static str,
    end: Option<OrderEnd>,
}

/// An exchange that is told what to do in words.
pub(crate) struct Script {
    pub(crate) world: World,
    /// Told of the events only.
    follower: Engine,
    told: Vec<Told>,
    /// What the last command set off.
    set_off: Vec<OrderId>,
}

impl Script {
    pub(crate) fn new(world: World) -> Self {
        Self { follower: world.engine.clone(), world, told: Vec::new(), set_off: Vec::new() }
    }

    pub(crate) fn market(&self) -> &Market {
        self.world.engine.state().market(LINEAR).expect("the market")
    }

    pub(crate) fn quantity(&self, lots: Lots) -> String {
        lots.to_quantity(self.market().contract()).expect("a quantity").to_string()
    }

    /// One step in words; answers in words.
    pub(crate) fn run(&mut self, step: &str) -> String {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words[..] {
            ["trade", price] => {
                // A trade between two who do nothing else, to move the last price.
                let orders = [format!("dan sells 0.001 @ {price}"), format!("eve buys 0.001 @ {price}")];
                let numbered = self.told.len();
                let answers: Vec<String> = orders.iter().map(|order| self.run(order)).collect();
                self.told.truncate(numbered);
                answers.last().cloned().expect("an answer")
            }
            ["hedge", who] => {
                let event = Event::PositionModeSet { account: account(who), mode: PositionMode::Hedge };
                self.world.engine.follow(core::slice::from_ref(&event));
                self.follower.follow(&[event]);
                "done".to_owned()
            }
            _ => {
                let command = self.command(&words);
                let outcome = self.world.try_run(&command);
                self.follower.follow(&self.world.events);
                assert_eq!(self.follower.hash(), self.world.engine.hash(), "events tell all of {step}");
                self.listen();
                self.answer(outcome)
            }
        }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        match *words {
            ["batch", ref orders @ ..] => {
                let orders = orders.split(|word| *word == "&").map(|words| self.order(words));
                Command::PlaceBatch(orders.collect())
            }
            ["cancel", who, "all"] => Command::CancelAll { account: account(who), market: LINEAR },
            ["cancel", who, name] => Command::Cancel(self.name(who, name)),
            ["cancel", who, ref names @ ..] => Command::CancelBatch(names.iter().map(|name| self.name(who, name)).collect()),
            ["countdown", who, seconds] => {
                Command::CountdownCancel { account: account(who), market: LINEAR, after_ms: ms(seconds) }
            }
            ["mark", mark] => Command::SetMark { market: LINEAR, mark: read(mark), index: read(mark) },
            ["mark", mark, "index", index] => Command::SetMark { market: LINEAR, mark: read(mark), index: read(index) },
            ["quote", source, price] => Command::QuoteIndex {
                market: LINEAR,
                source: SourceId::new(read(source)).expect("an answer"),
                price: read(price),
            },
            ["wait", seconds] => Command::AdvanceTime { to: self.world.engine.state().clock().plus_ms(ms(seconds)) },
            ["clock", at] => Command::AdvanceTime { to: Time::from_ms(ms(at)) },
            ["state", state] => Command::SetMarketState { market: LINEAR, state: market_state(state) },
            ["rate", rate] => Command::SetFundingRate { market: LINEAR, rate: read(rate) },
            ["settle"] => Command::SettleFunding { market: LINEAR },
            ["insure", amount] => Command::FundInsurance { market: LINEAR, amount: read(amount) },
            ["withdraw", who, amount] => {
                let transfer = Transfer { account: account(who), asset: crate::world::USDT, amount: read(amount) };
                Command::Withdraw(transfer)
            }
            _ => Command::Place(self.order(words)),
        }
    }

    fn name(&self, who: &str, name: &str) -> OrderRef {
        let name = match name.strip_prefix('#') {
            Some(number) => OrderName::Id(self.number(number)),
            None => OrderName::Client(read(name.trim_start_matches("id="))),
        };
        OrderRef { account: account(who), market: LINEAR, name }
    }

    fn number(&self, number: &str) -> OrderId {
        self.told[number.trim_start_matches('#').parse::<usize>().expect("a number") - 1].id
    }

    /// Follows what happens to orders.
    fn listen(&mut self) {
        self.set_off.clear();
        for event in &self.world.events {
            if let Event::OrderAccepted { order, lots, .. } = event {
                self.told.push(Told { id: *order, left: *lots, state: "waits", end: None });
            } else if let Event::OrderTriggered { order, lots, .. } = event {
                self.set_off.push(*order);
                tell(&mut self.told, *order, |told| (told.left, told.state) = (*lots, "acts"));
            } else if let Event::OrderRested { order, .. } = event {
                tell(&mut self.told, *order, |told| told.state = "rests");
            } else if let Event::OrderFilled { order, lots, .. } | Event::OrderShrunk { order, lots, .. } = event {
                tell(&mut self.told, *order, |told| told.left = Lots::new(told.left.raw() - lots.raw()));
            } else if let Event::OrderEnded { order, end, .. } = event {
                tell(&mut self.told, *order, |told| told.end = Some(*end));
            }
        }
    }

    fn answer(&self, outcome: Result<Reply, Reject>) -> String {
        match outcome {
            Ok(Reply::Order(reply)) => self.fate(&reply),
            Ok(Reply::Orders(replies)) => {
                let each = replies.into_iter().map(|reply| match reply {
                    Ok(reply) => self.fate(&reply),
                    Err(reject) => refused(&reject),
                });
                each.collect::<Vec<String>>().join(", ")
            }
            Ok(Reply::Cancelled(count)) => format!("{count} cancelled"),
            Ok(_) => "done".to_owned(),
            Err(reject) => refused(&reject),
        }
    }

    fn fate(&self, reply: &OrderReply) -> String {
        let fate = match reply.fate {
            OrderFate::Resting => "rests".to_owned(),
            OrderFate::Waiting => "waits".to_owned(),
            OrderFate::Repeated => {
                let at = self.told.iter().position(|told| told.id == reply.order).expect("an answer");
                format!("repeated #{}", at + 1)
            }
            OrderFate::Ended(OrderEnd::Filled) => return "filled".to_owned(),
            OrderFate::Ended(end) => format!("{end:?}"),
        };
        if reply.executed == Lots::ZERO { fate } else { format!("{fate} after {}", self.quantity(reply.executed)) }
    }
}

/// Something happened to an order, unless it is one that nobody asks for.
fn tell(told: &mut [Told], order: OrderId, happened: impl FnOnce(&mut Told)) {
    if let Some(told) = told.iter_mut().find(|told| told.id == order) {
        happened(told);
    }
}

fn refused(reject: &Reject) -> String {
    format!("refused: {}", reject.code().1)
}

pub(crate) fn account(name: &str) -> AccountId {
    let at = NAMES.iter().position(|known| *known == name).unwrap_or_else(|| panic!("who is {name}?"));
    AccountId(at.try_into().expect("an answer"))
}

/// `5s`, `8h`, `100ms`.
fn ms(text: &str) -> u64 {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "h" => 3_600_000,
        unit => panic!("what is {unit}?"),
    };
    digits.parse::<u64>().expect("a number") * unit
}

fn market_state(name: &str) -> MarketState {
    match name {
        "open" => MarketState::Open,
        "post-only" => MarketState::PostOnly,
        "reduce-only" => MarketState::ReduceOnly,
        "cancel-only" => MarketState::CancelOnly,
        "halted" => MarketState::Halted,
        _ => panic!("what is {name}?"),
    }
}
