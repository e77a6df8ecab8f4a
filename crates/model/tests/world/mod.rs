//! A small exchange with the model beside it.
#![allow(dead_code, reason = "every test file uses its own part of it")]

use ringfence_engine::book::{AccountId, SelfTrade, WindowSize};
use ringfence_engine::command::{
    Command, FeedTerms, FundingSchedule, Lifetime, Listing, MarkSource, NewOrder, OrderKind, PositionSide, Purpose, RiskCaps,
    Transfer,
};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::time::Time;
use ringfence_model::{Model, Outcome};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::RuleSet;

/// A number as text, in whatever type is wanted.
pub(crate) fn read<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().expect("a number")
}

pub(crate) const USDT: AssetId = AssetId(0);
pub(crate) const BTC: AssetId = AssetId(1);
pub(crate) const LINEAR: MarketId = MarketId(0);
pub(crate) const INVERSE: MarketId = MarketId(1);

/// BTCUSDT: three brackets, 2 and 5 hundredths of a percent.
pub(crate) fn linear() -> Listing {
    let row = |floor, cap, leverage, rate| BracketRow {
        floor: read(floor),
        cap: read(cap),
        max_leverage: read(leverage),
        maintenance_rate: read(rate),
    };
    let rows =
        [row("0", "50000", "125", "0.004"), row("50000", "500000", "50", "0.01"), row("500000", "10000000", "20", "0.025")];
    let schedule =
        FundingTerms { interest: read("0.0001"), band: read("0.0005"), cap: read("0.02"), settlements_per_eight_hours: 1 };
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
        brackets: BracketTable::new(BracketStyle::Marginal, &rows).expect("brackets"),
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
            terms: schedule,
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
        default_leverage: read("3"),
        default_margin_mode: MarginMode::Isolated,
    }
}

/// BTCUSD: one-dollar contracts, with a rebate for makers.
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
        brackets: BracketTable::flat(read("0.005"), read("100")).expect("brackets"),
        fees: FeeSchedule { maker: read("-0.0001"), taker: read("0.00075"), liquidation: read("0.001") },
        filters: OrderFilters {
            min_quantity: read("1"),
            max_quantity: read("1000000"),
            min_notional: read("1"),
            ..linear().filters
        },
        ..linear()
    }
}

/// An exchange, its events, and the model that watches.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) events: Vec<Event>,
    pub(crate) model: Model,
}

impl World {
    /// Both markets at a mark of 10,000, and accounts with 10,000 USDT and 1 BTC each.
    pub(crate) fn new(accounts: u32) -> Self {
        Self::with(accounts, linear(), inverse())
    }

    pub(crate) fn with(accounts: u32, linear: Listing, inverse: Listing) -> Self {
        let limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
        let mut world = Self { engine: Engine::new(limits), events: Vec::new(), model: Model::new() };
        world.run(&Command::AdvanceTime { to: Time::from_ms(1_700_000_000_000) });
        for asset in ["USDT", "BTC"] {
            world.run(&Command::ListAsset { asset: read(asset) });
        }
        world.run(&Command::ListMarket(Box::new(linear)));
        world.run(&Command::ListMarket(Box::new(inverse)));
        for account in 0..accounts {
            world.run(&Command::OpenAccount);
            for (asset, amount) in [(USDT, "10000"), (BTC, "1")] {
                world.run(&Command::Deposit(Transfer { account: AccountId(account), asset, amount: read(amount) }));
            }
        }
        for market in [LINEAR, INVERSE] {
            world.mark(market, "10000");
        }
        world.agree();
        world
    }

    pub(crate) fn run(&mut self, command: &Command) -> Reply {
        self.try_run(command).unwrap_or_else(|reject| panic!("{command:?}: {reject}"))
    }

    /// Executes a command, and shows the model what came of it.
    pub(crate) fn try_run(&mut self, command: &Command) -> Result<Reply, Reject> {
        self.events.clear();
        let outcome = self.engine.execute(command, &mut self.events);
        let seen = if outcome.is_ok() { Outcome::Accepted } else { Outcome::Refused };
        self.model.observe(command, seen, &self.events);
        outcome
    }

    /// Engine and model agree.
    pub(crate) fn agree(&self) {
        let differences = self.model.check(self.engine.state());
        let text: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(text.is_empty(), "{text:#?}");
    }

    pub(crate) fn mark(&mut self, market: MarketId, mark: &str) {
        self.run(&Command::SetMark { market, mark: read(mark), index: read(mark) });
    }

    pub(crate) fn free(&self, account: u32, asset: AssetId) -> String {
        self.engine.state().free(AccountId(account), asset).to_string()
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
