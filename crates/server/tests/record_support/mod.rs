//! A small exchange with its record to test with: two assets, a linear and an inverse market, accounts with money.
#![allow(dead_code, clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "every test file uses its own part of it")]

pub(crate) mod chance;

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{
    Command, FeedTerms, FundingSchedule, Lifetime, Listing, MarkSource, NewOrder, OrderKind, PositionSide, Purpose, RiskCaps,
    Transfer,
};
use ringfence_engine::engine::{Engine, OrderReply, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::time::Time;
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::RuleSet;
use ringfence_server::record::{Record, RecordLimits, RecordedOrder};

/// A number as text, in whatever type is wanted.
pub(crate) fn read<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().unwrap()
}

pub(crate) const USDT: AssetId = AssetId(0);
pub(crate) const BTC: AssetId = AssetId(1);
/// BTCUSDT, linear.
pub(crate) const LINEAR: MarketId = MarketId(0);
/// BTCUSD, inverse, one-dollar contracts.
pub(crate) const INVERSE: MarketId = MarketId(1);

/// A linear market: tick 0.1, lot 0.001; up to 50,000 at 125× (0.4 %), up to 500,000 at 50× (1 %), up to 10,000,000 at 20× (2.5 %).
pub(crate) fn linear() -> Listing {
    let row = |floor, cap, leverage, rate| BracketRow {
        floor: read(floor),
        cap: read(cap),
        max_leverage: read(leverage),
        maintenance_rate: read(rate),
    };
    let rows =
        [row("0", "50000", "125", "0.004"), row("50000", "500000", "50", "0.01"), row("500000", "10000000", "20", "0.025")];
    Listing {
        symbol: "BTCUSDT".to_owned(),
        contract: ContractSpec {
            kind: ContractKind::Linear,
            settlement: read("USDT"),
            tick: read("0.1"),
            mark_step: read("0.01"),
            lot: read("0.001"),
            multiplier: read("1"),
            value_rounding: ValueRounding::PerFill,
        },
        brackets: BracketTable::new(BracketStyle::Marginal, &rows).unwrap(),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: read("0.0002"), taker: read("0.0005"), liquidation: read("0.001") },
        filters: OrderFilters {
            min_quantity: read("0.001"),
            max_quantity: read("1000"),
            min_notional: read("5"),
            band_up: read("1.1"),
            band_down: read("0.9"),
        },
        funding: FundingSchedule {
            terms: FundingTerms {
                interest: read("0.0001"),
                band: read("0.0005"),
                cap: read("0.02"),
                settlements_per_eight_hours: 1,
            },
            interval_ms: 28_800_000,
            sample_every_ms: 5_000,
            impact_notional: read("10000"),
        },
        feed: FeedTerms {
            mark_source: MarkSource::Direct,
            index: IndexRule { least_fresh: 1, stale_after_ms: 60_000, outlier: read("0.05") },
            guard: GuardRule { jump: read("0"), band: read("0"), stale_after_ms: 0 },
            basis_samples: 30,
            basis_every_ms: 1_000,
        },
        caps: RiskCaps {
            open_interest_lower: read("0"),
            open_interest_upper: read("0"),
            unwind_band: read("0.001"),
            insurance_per_liquidation: None,
            insurance_per_hour: None,
        },
        default_leverage: read("10"),
        default_margin_mode: MarginMode::Isolated,
    }
}

/// An inverse market: tick 0.5, one-dollar contracts; 0.5 % maintenance at up to 100×, without fees: the founding article's.
pub(crate) fn inverse() -> Listing {
    Listing {
        symbol: "BTCUSD".to_owned(),
        contract: ContractSpec {
            kind: ContractKind::Inverse,
            settlement: read("BTC"),
            tick: read("0.5"),
            mark_step: read("0.1"),
            lot: read("1"),
            multiplier: read("1"),
            value_rounding: ValueRounding::PerFill,
        },
        brackets: BracketTable::flat(read("0.005"), read("100")).unwrap(),
        fees: FeeSchedule { maker: read("0"), taker: read("0"), liquidation: read("0") },
        filters: OrderFilters {
            min_quantity: read("1"),
            max_quantity: read("1000000"),
            min_notional: read("1"),
            ..linear().filters
        },
        ..linear()
    }
}

/// The time at which every world begins: 2023-11-14, 22:13:20 UTC.
pub(crate) const BEGIN: u64 = 1_700_000_000_000;

/// An exchange with its record.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) record: Record,
    pub(crate) events: Vec<Event>,
}

impl World {
    /// Both markets at a mark of 10,000 and four accounts with 10,000 USDT and 1 BTC each.
    pub(crate) fn new() -> Self {
        Self::with(linear(), inverse(), RecordLimits::DEFAULT)
    }

    /// The same with other listings and limits.
    pub(crate) fn with(linear: Listing, inverse: Listing, limits: RecordLimits) -> Self {
        let engine = Engine::new(Limits { window: ringfence_engine::book::WindowSize::LEAST, ..Limits::DEFAULT });
        let mut world = Self { engine, record: Record::new(limits), events: Vec::new() };
        world.run(&Command::AdvanceTime { to: Time::from_ms(BEGIN) });
        for asset in ["USDT", "BTC"] {
            world.run(&Command::ListAsset { asset: read(asset) });
        }
        world.run(&Command::ListMarket(Box::new(linear)));
        world.run(&Command::ListMarket(Box::new(inverse)));
        for account in 0..4 {
            world.run(&Command::OpenAccount);
            world.deposit(account, USDT, "10000");
            world.deposit(account, BTC, "1");
        }
        world.mark(LINEAR, "10000");
        world.mark(INVERSE, "10000");
        world
    }

    /// Executes a command that must be accepted.
    pub(crate) fn run(&mut self, command: &Command) -> Reply {
        match self.try_run(command) {
            Ok(reply) => reply,
            Err(reject) => panic!("{command:?}: {reject}"),
        }
    }

    /// Executes a command, and records it if it was accepted.
    pub(crate) fn try_run(&mut self, command: &Command) -> Result<Reply, Reject> {
        self.events.clear();
        let outcome = self.engine.execute(command, &mut self.events);
        if outcome.is_ok() {
            self.record.apply(self.engine.state(), command, &self.events);
        }
        outcome
    }

    /// Places an order that must be accepted.
    pub(crate) fn place(&mut self, order: NewOrder) -> OrderReply {
        match self.run(&Command::Place(order)) {
            Reply::Order(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn deposit(&mut self, account: u32, asset: AssetId, amount: &str) {
        self.run(&Command::Deposit(Transfer { account: AccountId(account), asset, amount: read(amount) }));
    }

    /// Sets mark and index.
    pub(crate) fn mark(&mut self, market: MarketId, mark: &str) {
        self.run(&Command::SetMark { market, mark: read(mark), index: read(mark) });
    }

    /// So many milliseconds pass.
    pub(crate) fn pass(&mut self, ms: u64) {
        let to = self.engine.state().clock().plus_ms(ms);
        self.run(&Command::AdvanceTime { to });
    }

    pub(crate) fn order(&self, market: MarketId, order: OrderId) -> &RecordedOrder {
        self.record.order(market, order).unwrap()
    }
}

/// A limit order, good till cancelled, one-way.
pub(crate) fn limit(account: u32, market: MarketId, side: OrderSide, quantity: &str, price: &str) -> NewOrder {
    NewOrder {
        account: AccountId(account),
        market,
        side,
        position_side: PositionSide::Both,
        quantity: read(quantity),
        kind: OrderKind::Limit { price: read(price), lifetime: Lifetime::GoodTillCancel },
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    }
}
