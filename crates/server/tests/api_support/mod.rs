//! An exchange with two accounts whose calls go through the table of calls, without a network.
#![allow(dead_code, clippy::unwrap_used, reason = "every test file uses its own part of it")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::thread::JoinHandle;

use http::Method;
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Command, Lifetime, Listing, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::engine::Reply;
use ringfence_engine::ids::MarketId;
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::filters::OrderSide;
use ringfence_server::api::app::App;
use ringfence_server::api::call::Call;
use ringfence_server::api::endpoint::Endpoint;
use ringfence_server::api::http::Control;
use ringfence_server::api::router::Router;
use ringfence_server::boot::{AccountSetup, Boot, Family, MarketSetup, RuleChoice, Setup, Symbol};
use ringfence_server::edge::authenticate::Identity;
use ringfence_server::edge::error::ApiError;
use ringfence_server::edge::limits::{OrderLimiter, OrderLimits, WeightLimiter, WeightLimits};
use ringfence_server::edge::parameters::Parameters;
use ringfence_server::edge::scopes::Scopes;
use ringfence_server::exchange::{Fatal, Lane, Sequencer, SequencerSettings, World};
use ringfence_server::feed::{Feed, SourceSetup};
use ringfence_server::local::Local;
use ringfence_server::local::faults::Faults;
use ringfence_server::local::snapshots::Snapshots;
use ringfence_server::record::RecordLimits;
use ringfence_server::start::{Keeping, start};
use ringfence_server::stream::{Hub, StreamSettings};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A number as text, in whatever type is wanted.
pub(crate) fn read<T: core::str::FromStr<Err: core::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// An exchange that stands still: prices move and time passes when a test says so.
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    boot: Boot,
    runtime: Runtime,
    running: Option<JoinHandle<Result<(), Fatal>>>,
}

/// Brackets that the examples of the API's reference were made with.
pub(crate) fn brackets() -> BracketTable {
    let row = |floor, cap, leverage, rate| BracketRow {
        floor: read(floor),
        cap: read(cap),
        max_leverage: read(leverage),
        maintenance_rate: read(rate),
    };
    let rows =
        [row("0", "300000", "125", "0.004"), row("300000", "800000", "100", "0.005"), row("800000", "3000000", "75", "0.0065")];
    BracketTable::new(BracketStyle::Marginal, &rows).unwrap()
}

impl Desk {
    /// BTCUSDT, ETHUSDT and BTCUSD_PERP under Binance's rules at 60,000 and 3,000; `alice` and `bob` have 100,000 USDT and 10 BTC.
    pub(crate) fn new() -> Self {
        Self::under(&RuleChoice::Venue)
    }

    /// The same under other rules.
    pub(crate) fn under(rules: &RuleChoice) -> Self {
        let market = |(symbol, start)| MarketSetup {
            rules: rules.clone(),
            source: SourceSetup::Fixed,
            insurance: read("1000"),
            maker: None,
            flow: None,
            ..MarketSetup::walk(symbol, read(start), 1)
        };
        let account = |name: &str| AccountSetup {
            name: name.to_owned(),
            balances: vec![(read("USDT"), read("100000")), (read("BTC"), read("10"))],
        };
        let setup = Setup {
            markets: [("BTCUSDT", "60000"), ("ETHUSDT", "3000"), ("BTCUSD_PERP", "60000")].map(market).into(),
            accounts: ["alice", "bob"].map(account).into(),
        };
        let started = start(&setup, &Keeping::Memory, RecordLimits::DEFAULT).unwrap();
        let feed = Feed::new(&started.boot).unwrap();
        let (sequencer, exchange) = Sequencer::new(started.world, started.journal, feed, SequencerSettings::DEFAULT);
        exchange.clock().freeze();
        let running = std::thread::spawn(move || sequencer.run());
        let tables = [
            ringfence_server::api::order::endpoints(),
            ringfence_server::api::market::endpoints(),
            ringfence_server::api::account::endpoints(),
        ];
        let (catalog, keys) = (Arc::new(started.boot.catalog.clone()), Arc::new(started.keys));
        let app = App {
            exchange,
            hub: Arc::new(Hub::new(Arc::clone(&catalog), Arc::clone(&keys), StreamSettings::DEFAULT)),
            local: Local {
                keeping: Keeping::Memory,
                sealing: started.sealing,
                snapshots: Snapshots::new(None),
                faults: Faults::default(),
            },
            metrics: Arc::default(),
            catalog,
            keys,
            users: Arc::new(started.users),
            router: Router::new(tables.into_iter().flatten().collect()),
            control: Control::Anybody,
            weights: WeightLimiter::new(WeightLimits::default()),
            orders: OrderLimiter::new(OrderLimits::default()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let desk = Self { app: Arc::new(app), boot: started.boot, runtime, running: Some(running) };
        desk.change("BTCUSDT", |listing| listing.brackets = brackets());
        desk
    }

    pub(crate) fn symbol(&self, symbol: &str) -> &Symbol {
        self.app.catalog.find(symbol).unwrap()
    }

    pub(crate) fn market(&self, symbol: &str) -> MarketId {
        self.symbol(symbol).market
    }

    pub(crate) fn account(&self, name: &str) -> AccountId {
        self.boot.account(name).unwrap()
    }

    /// What a look at the world finds.
    pub(crate) fn look<T: Send + 'static>(&self, look: impl FnOnce(&World) -> T + Send + 'static) -> T {
        self.runtime.block_on(self.app.exchange.read(look)).unwrap()
    }

    pub(crate) fn now(&self) -> u64 {
        self.look(|world| world.state().clock().ms())
    }

    /// Time passes.
    pub(crate) fn pass(&self, ms: u64) {
        let to = self.look(|world| world.state().clock()).plus_ms(ms);
        self.app.exchange.clock().set(to);
        self.run(Command::AdvanceTime { to });
    }

    /// Executes a command that must be accepted.
    pub(crate) fn run(&self, command: Command) -> Reply {
        let answer = self.runtime.block_on(self.app.exchange.command(Lane::Protected, command)).unwrap();
        answer.value.unwrap_or_else(|reject| panic!("{reject}"))
    }

    pub(crate) fn mark(&self, symbol: &str, mark: &str) {
        self.run(Command::SetMark { market: self.market(symbol), mark: read(mark), index: read(mark) });
    }

    /// Changes what a market is listed with.
    pub(crate) fn change(&self, symbol: &str, change: impl FnOnce(&mut Listing)) {
        let market = self.market(symbol);
        let mut listing = self.look(move |world| world.state().market(market).unwrap().listing().clone());
        change(&mut listing);
        self.run(Command::ChangeMarket { market, listing: Box::new(listing) });
    }

    /// Places a limit order that must be accepted.
    pub(crate) fn place(&self, name: &str, symbol: &str, (side, quantity, price): (OrderSide, &str, &str)) {
        self.place_on(name, symbol, (side, quantity, price), PositionSide::Both);
    }

    /// The same on a leg.
    pub(crate) fn place_on(
        &self,
        name: &str,
        symbol: &str,
        (side, quantity, price): (OrderSide, &str, &str),
        position_side: PositionSide,
    ) {
        self.run(Command::Place(NewOrder {
            account: self.account(name),
            market: self.market(symbol),
            side,
            position_side,
            quantity: read(quantity),
            kind: OrderKind::Limit { price: read(price), lifetime: Lifetime::GoodTillCancel },
            purpose: Purpose::Any,
            self_trade: SelfTrade::ExpireMaker,
            client_id: None,
        }));
    }

    /// `alice` buys from `bob`.
    pub(crate) fn buy(&self, symbol: &str, quantity: &str, price: &str) {
        self.place("bob", symbol, (OrderSide::Sell, quantity, price));
        self.place("alice", symbol, (OrderSide::Buy, quantity, price));
    }

    pub(crate) fn endpoint(&self, method: &Method, path: &str) -> Endpoint {
        self.app.router.find(method, path).unwrap_or_else(|| panic!("no row for {method} {path}")).clone()
    }

    /// Calls by name of account, method, path and query.
    pub(crate) fn call(&self, name: &str, method: &Method, path: &str, query: &str) -> Result<Value, ApiError> {
        let endpoint = self.endpoint(method, path);
        let account = self.account(name).0;
        let call = Call {
            family: endpoint.family.unwrap_or(Family::UsdM),
            parameters: Parameters::of_form(query.as_bytes(), b"")?,
            identity: Some(Identity { account, scopes: Scopes::ALL, key: format!("test-{name}"), window: None }),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let success = self.runtime.block_on((endpoint.handler)(Arc::clone(&self.app), call))?;
        Ok(serde_json::from_slice(&success.body).unwrap())
    }

    /// What `alice` is answered.
    pub(crate) fn get(&self, path: &str, query: &str) -> Value {
        self.call("alice", &Method::GET, path, query).unwrap_or_else(|error| panic!("GET {path}?{query}: {error}"))
    }

    /// What `alice` is answered when she changes something.
    pub(crate) fn post(&self, path: &str, query: &str) -> Value {
        self.call("alice", &Method::POST, path, query).unwrap_or_else(|error| panic!("POST {path}?{query}: {error}"))
    }

    /// The number of the error that `alice` is answered.
    pub(crate) fn refused(&self, method: &Method, path: &str, query: &str) -> i32 {
        self.error(method, path, query).code
    }

    /// The error that `alice` is answered.
    pub(crate) fn error(&self, method: &Method, path: &str, query: &str) -> ApiError {
        self.call("alice", method, path, query).expect_err(path)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.app.exchange.stop();
        if let Some(running) = self.running.take() {
            let ended = running.join();
            if !std::thread::panicking() {
                ended.unwrap().unwrap();
            }
        }
    }
}
