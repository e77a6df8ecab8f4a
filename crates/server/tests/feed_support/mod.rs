//! An exchange with a feed, driven as a server drives it.
#![allow(dead_code, reason = "each file of tests uses a part")]

use std::collections::BTreeMap;

use ringfence_engine::command::Command;
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::State;
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{MarkPrice, Side};
use ringfence_server::boot::{Boot, MAKER, Setup};
use ringfence_server::feed::Feed;

/// 2026-11-22 20:00:00 UTC.
pub(crate) const START_MS: u64 = 1_795_377_600_000;
/// How often the feed is asked.
pub(crate) const TICK_MS: u64 = 250;

pub(crate) struct World {
    pub(crate) boot: Boot,
    pub(crate) engine: Engine,
    pub(crate) feed: Feed,
    pub(crate) now: u64,
    /// What was refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Commands by kind, without the clock.
    pub(crate) commands: BTreeMap<&'static str, u64>,
    pub(crate) events: Vec<Event>,
}

impl World {
    pub(crate) fn new(setup: &Setup) -> Self {
        let boot = Boot::build(setup, Time::from_ms(START_MS)).expect("a setup that holds together");
        let mut engine = Engine::new(Limits::DEFAULT);
        for command in &boot.commands {
            engine.execute(command, &mut Vec::new()).unwrap_or_else(|reject| panic!("{command:?}: {reject}"));
        }
        let feed = Feed::new(&boot).expect("files that can be read");
        Self { boot, engine, feed, now: START_MS, refused: BTreeMap::new(), commands: BTreeMap::new(), events: Vec::new() }
    }

    pub(crate) fn state(&self) -> &State {
        self.engine.state()
    }

    pub(crate) fn market(&self, symbol: &str) -> MarketId {
        self.boot.catalog.find(symbol).expect("a market").market
    }

    pub(crate) fn mark(&self, market: MarketId) -> MarkPrice {
        self.state().market(market).and_then(|market| market.mark()).expect("a mark")
    }

    /// Executes a command; refusals are counted.
    pub(crate) fn send(&mut self, command: &Command) -> Option<Reply> {
        self.events.clear();
        let reply = self.engine.execute(command, &mut self.events);
        if let Ok(Reply::Orders(orders)) = &reply {
            for reject in orders.iter().filter_map(|order| order.as_ref().err()) {
                self.refuse(command, reject);
            }
        }
        reply.map_err(|reject| self.refuse(command, &reject)).ok()
    }

    fn refuse(&mut self, command: &Command, reject: &Reject) {
        *self.refused.entry(format!("{} {}", kind(command), reject.code().1)).or_default() += 1;
    }

    /// Moves the clock by a tick, and does what the feed says.
    pub(crate) fn tick(&mut self) {
        self.now += TICK_MS;
        let now = Time::from_ms(self.now);
        self.send(&Command::AdvanceTime { to: now }).expect("time goes on");
        for command in self.feed.tick(now, self.engine.state()) {
            *self.commands.entry(kind(&command)).or_default() += 1;
            self.send(&command);
        }
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 1_000 / TICK_MS {
            self.tick();
        }
    }

    /// How many prices each side of a market shows.
    pub(crate) fn levels(&self, market: MarketId) -> (usize, usize) {
        let side = |side| self.state().depth(market, side, 100).expect("a depth").len();
        (side(OrderSide::Buy), side(OrderSide::Sell))
    }

    /// What the maker holds, in 10⁻⁸ of the quote currency; below zero: short.
    pub(crate) fn inventory(&self, market: MarketId) -> i128 {
        let market = self.state().market(market).expect("a market");
        let Some(maker) = market.participant(MAKER) else { return 0 };
        let price = market.mark().expect("a mark").as_price();
        let value = |side: Side| {
            let position = maker.positions().of(side);
            position.map_or(0, |position| market.contract().quote_value(position.quantity, price).expect("a value").raw())
        };
        value(Side::Long) - value(Side::Short)
    }

    pub(crate) fn audit(&self) {
        for audit in self.state().audit().unwrap_or_else(|difference| panic!("{difference}")) {
            assert_eq!(audit.difference, 0, "{}", audit.asset);
        }
    }
}

pub(crate) const fn kind(command: &Command) -> &'static str {
    match command {
        Command::AdvanceTime { .. } => "time",
        Command::SetMark { .. } => "mark",
        Command::Place(_) => "place",
        Command::PlaceBatch(_) => "place batch",
        Command::Amend(_) => "amend",
        Command::Cancel(_) => "cancel",
        Command::CancelBatch(_) => "cancel batch",
        Command::CancelAll { .. } => "cancel all",
        Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::Deposit(_)
        | Command::Withdraw(_)
        | Command::TransferBetween { .. }
        | Command::FundInsurance { .. }
        | Command::CountdownCancel { .. }
        | Command::SetLeverage { .. }
        | Command::MoveMargin { .. }
        | Command::SetMarginMode { .. }
        | Command::SetPositionMode { .. }
        | Command::SetAutoAddMargin { .. }
        | Command::QuoteIndex { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => "other",
    }
}
