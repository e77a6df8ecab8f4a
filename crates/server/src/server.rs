//! The whole server: exchange, sequencer, network.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use ringfence_engine::book::AccountId;
use ringfence_engine::ids::AssetId;
use ringfence_engine::state::State;
use ringfence_risk::units::{Amount, Asset, MarkPrice};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::api::app::App;
use crate::api::http::Control;
use crate::api::router::Router;
use crate::boot::{BootError, FLOW, Setup, Symbol};
use crate::edge::guard::HostPolicy;
use crate::edge::limits::{OrderLimiter, OrderLimits, WeightLimiter, WeightLimits};
use crate::edge::listener;
use crate::edge::secret::Secret;
use crate::exchange::{Exchange, Fatal, Sequencer, SequencerSettings};
use crate::feed::Feed;
use crate::follower::{Follower, SnapshotTerms, follow};
use crate::local::Local;
use crate::local::faults::Faults;
use crate::local::snapshots::Snapshots;
use crate::metrics::{Counting, Metrics};
use crate::network;
use crate::record::RecordLimits;
use crate::start::{Keeping, StartError, StartReport, Started, start};
use crate::stream::{Hub, Publisher, StreamSettings};
use crate::terminal::Terminal;

/// How a server runs.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Markets and accounts.
    pub setup: Setup,
    /// Where it keeps what it knows.
    pub keeping: Keeping,
    /// What it listens on; port 0 for any.
    pub listen: SocketAddr,
    /// Names it answers to beside those of loopback and its address.
    pub hosts: Vec<String>,
    /// Who may control it.
    pub reach: Reach,
    /// Whether clients are held to limits.
    pub throttle: Throttle,
    /// How the sequencer works.
    pub sequencer: SequencerSettings,
    /// When snapshots are written, where the exchange is kept in a directory.
    pub snapshots: SnapshotTerms,
}

/// From where a server can be reached.
#[derive(Clone, Debug)]
pub enum Reach {
    /// From this machine only: whoever reaches it may control it.
    Loopback,
    /// From anywhere: who controls it holds this token.
    Anywhere(Secret),
}

/// Whether clients are held to limits of weight and orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Throttle {
    /// Usage is counted and told, and nobody is refused.
    Off,
    /// As Binance publishes them.
    AsBinance,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The exchange does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Markets or accounts.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// The address is not of this machine alone.
    #[error(
        "listen: {0} can be reached from other machines; that needs --token and --allow-remote, and something in front that speaks TLS"
    )]
    NotLoopback(SocketAddr),
    /// The socket.
    #[error("listen: {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What happened.
        error: std::io::Error,
    },
    /// Threads or files.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The exchange had to stop.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// The sequencer's thread is gone: an invariant was broken.
    #[error("an invariant was broken; the exchange has stopped rather than go on with wrong money")]
    Broken,
}

impl ServerError {
    /// The exit code of a process that ends so.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Start(error) => error.exit_code(),
            Self::Boot(error) => error.exit_code(),
            Self::NotLoopback(_) => 2,
            Self::Listen { .. } | Self::Io(_) | Self::Fatal(_) => 4,
            Self::Broken => 3,
        }
    }
}

/// A server that runs.
pub struct Server {
    /// What it listens on.
    pub address: SocketAddr,
    /// How its exchange started.
    pub report: StartReport,
    /// Its application.
    pub app: Arc<App>,
    runtime: Runtime,
    sequencer: JoinHandle<Result<(), Fatal>>,
    follower: Option<Follower>,
    stop: watch::Sender<bool>,
    network: tokio::task::JoinHandle<std::io::Result<crate::edge::listener::Stopped>>,
}

/// Starts a server: it answers when this returns.
///
/// # Errors
/// [`ServerError`].
pub fn launch(settings: &ServerSettings) -> Result<Server, ServerError> {
    launch_telling(settings, None)
}

/// The same, with a line for each fill, settlement, deposit and liquidation to this place.
///
/// # Errors
/// [`ServerError`].
pub fn launch_telling(settings: &ServerSettings, told: Option<Box<dyn Write + Send>>) -> Result<Server, ServerError> {
    // Before anything is written.
    control(settings)?;
    let started = start(&settings.setup, &settings.keeping, RecordLimits::DEFAULT)?;
    launch_started(settings, started, told)
}

/// The same, with an exchange that has been started already: its journal may be kept in any store.
///
/// # Errors
/// [`ServerError`].
pub fn launch_started(
    settings: &ServerSettings,
    started: Started,
    told: Option<Box<dyn Write + Send>>,
) -> Result<Server, ServerError> {
    let control = control(settings)?;
    let Started { world, journal, boot, users, keys, sealing, report } = started;
    let feed = Feed::new(&boot)?;
    let follower = match &settings.keeping {
        Keeping::Memory => None,
        Keeping::Directory(directory) => Some(follow(directory, RecordLimits::DEFAULT, settings.snapshots)?),
    };
    let start = matches!(settings.keeping, Keeping::Memory).then(|| world.clone());
    let (mut sequencer, exchange) = Sequencer::new(world, journal, feed, settings.sequencer);
    let (catalog, users, metrics) = (Arc::new(boot.catalog), Arc::new(users), Arc::new(Metrics::default()));
    sequencer.observe(Box::new(Counting::new(Arc::clone(&metrics))));
    if let Some(told) = told {
        sequencer.observe(Box::new(Terminal::start(told, Arc::clone(&catalog), Arc::clone(&users))?));
    }
    let keys = Arc::new(keys);
    let hub = Arc::new(Hub::new(Arc::clone(&catalog), Arc::clone(&keys), StreamSettings::DEFAULT));
    sequencer.observe(Box::new(Publisher::new(Arc::clone(&hub))));
    let (weights, orders) = match settings.throttle {
        Throttle::Off => (WeightLimits::OFF, OrderLimits::OFF),
        Throttle::AsBinance => (WeightLimits::default(), OrderLimits::default()),
    };
    let app = Arc::new(App {
        exchange,
        catalog,
        keys,
        hub,
        users,
        router: Router::new(crate::api::endpoints()),
        control,
        weights: WeightLimiter::new(weights),
        orders: OrderLimiter::new(orders),
        local: Local { keeping: settings.keeping.clone(), sealing, snapshots: Snapshots::new(start), faults: Faults::default() },
        metrics,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let cannot_listen = |error| ServerError::Listen { address: settings.listen, error };
    let listener = runtime.block_on(async { listener::bind(settings.listen) }).map_err(cannot_listen)?;
    let address = listener.local_addr()?;
    let hosts = HostPolicy::new(address, &settings.hosts);
    let (stop, stopping) = watch::channel(false);
    let network = runtime.spawn(network::run(listener, Arc::clone(&app), hosts, stopping));
    let sequencer = std::thread::Builder::new().name("sequencer".to_owned()).spawn(move || sequencer.run())?;
    Ok(Server { address, report, app, runtime, sequencer, follower, stop, network })
}

/// A server that others can reach is controlled by whoever holds its token, and by nobody else.
fn control(settings: &ServerSettings) -> Result<Control, ServerError> {
    match (&settings.reach, settings.listen.ip().is_loopback()) {
        (Reach::Loopback, true) => Ok(Control::Anybody),
        (Reach::Loopback, false) => Err(ServerError::NotLoopback(settings.listen)),
        (Reach::Anywhere(token), _) => Ok(Control::Token(token.clone())),
    }
}

/// Done when the process is told to stop: SIGTERM, or Ctrl-C.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        },
        Err(_) => drop(interrupted.await),
    }
}

/// An account and its money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallets {
    /// What it is called.
    pub name: String,
    /// What it has of each asset, isolated margin included, in the order of the assets; assets it has nothing of are left out.
    pub balances: Vec<(Asset, Amount)>,
}

fn balances(state: &State, account: AccountId) -> Vec<(Asset, Amount)> {
    let assets = state.assets().iter().zip(0_u8..);
    let wallet = |(books, number): (&ringfence_engine::state::AssetBooks, u8)| {
        let view = state.account_view(account, AssetId(number)).ok().flatten()?;
        (view.wallet != Amount::ZERO).then(|| (books.asset(), view.wallet))
    };
    assets.filter_map(wallet).collect()
}

impl Server {
    /// Runs until `until` is done, or the exchange has to stop; then takes no more connections, answers what is under way and ends.
    ///
    /// # Errors
    /// [`ServerError::Fatal`] and [`ServerError::Broken`]: the process must end with its exit code.
    pub fn run(self, until: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self { app, runtime, sequencer, follower, stop, network, .. } = self;
        runtime.block_on(async {
            let ended = async {
                while !sequencer.is_finished() && !follower.as_ref().is_some_and(Follower::has_ended) {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                () = until => {}
                () = ended => {}
            }
        });
        let failed = sequencer.is_finished();
        if !failed {
            stop.send_replace(true);
            runtime.block_on(network).map_err(|_| ServerError::Broken)??;
        }
        app.exchange.stop();
        let outcome = sequencer.join().map_err(|_| ServerError::Broken)?;
        runtime.shutdown_background();
        follower.map_or(Ok(()), Follower::stop)?;
        outcome.map_err(ServerError::Fatal)
    }

    /// The mark of a market and the milliseconds to its next funding, where there are any.
    #[must_use]
    pub fn market(&self, symbol: &Symbol) -> (Option<MarkPrice>, Option<u64>) {
        let market = symbol.market;
        let look = self.app.exchange.read(move |world| {
            let state = world.state();
            let funding = state.market(market).and_then(|market| market.funding().1);
            (state.market(market).and_then(ringfence_engine::state::Market::mark), funding.map(|next| next.since(state.clock())))
        });
        self.runtime.block_on(look).unwrap_or_default()
    }

    /// The accounts but the house's own, in the order of their numbers, with what each has in its wallets now.
    #[must_use]
    pub fn wallets(&self) -> Vec<Wallets> {
        let names = self.app.users.names();
        let look = self.app.exchange.read(move |world| {
            let users = names.into_iter().filter(|(account, _)| *account > FLOW);
            users.map(|(account, name)| Wallets { balances: balances(world.state(), account), name }).collect()
        });
        self.runtime.block_on(look).unwrap_or_default()
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.app.exchange
    }
}
