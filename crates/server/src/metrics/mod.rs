//! What is counted, and whether the server is alive: `/metrics`, `/livez`, `/readyz`.
//!
//! The text format is written by hand: it is one line per number, and no dependency. Nothing is counted per account.

mod names;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;

use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::endpoint::{Endpoint, Handler, OrderCount, Security, Weight};
use crate::edge::error::ApiError;
use crate::exchange::{Committed, Executed, Observer, World};
use crate::handler;

/// Bounds of the time a batch takes to the disk, in microseconds.
const SECONDS: [u64; 10] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 100_000, 1_000_000];
/// Bounds of the records in a batch.
const BATCH: [u64; 8] = [1, 2, 5, 10, 50, 100, 500, 1_000];

/// Everything that is counted since the start of the process.
#[derive(Debug, Default)]
pub struct Metrics {
    commands: Table<&'static str>,
    rejects: Table<(u16, &'static str)>,
    requests: Table<(&'static str, u16)>,
    trades: AtomicU64,
    liquidations: AtomicU64,
    in_flight: AtomicU64,
    frames: AtomicU64,
    writes: AtomicU64,
    batches: Histogram<8>,
    commits: Histogram<10>,
}

#[derive(Debug)]
struct Table<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord + Copy> Table<K> {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<K, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, key: K) {
        let mut rows = self.rows();
        let count = rows.entry(key).or_insert(0);
        *count = count.saturating_add(1);
    }
}

/// How many values were at most each bound.
#[derive(Debug)]
struct Histogram<const N: usize> {
    within: [AtomicU64; N],
    count: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Self { within: [const { AtomicU64::new(0) }; N], count: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }
}

impl<const N: usize> Histogram<N> {
    fn add(&self, bounds: &[u64; N], value: u64) {
        for (within, bound) in self.within.iter().zip(bounds) {
            if value <= *bound {
                within.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }
}

/// A request under way.
pub struct Counted<'a> {
    metrics: &'a Metrics,
    path: &'static str,
}

impl Counted<'_> {
    /// It was answered.
    pub fn answered(self, status: StatusCode) {
        self.metrics.requests.add((self.path, status.as_u16()));
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// A request came in, for a call of this path.
    pub fn request(&self, path: &'static str) -> Counted<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Counted { metrics: self, path }
    }

    /// So many frames were written to a WebSocket in one go.
    pub fn written(&self, frames: usize) {
        self.frames.fetch_add(u64::try_from(frames).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// A command was refused.
    pub fn rejected(&self, reject: &Reject) {
        self.rejects.add(reject.code());
    }
}

/// Counts what the sequencer does.
pub struct Counting {
    metrics: Arc<Metrics>,
}

impl Counting {
    /// Into these.
    #[must_use]
    pub const fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }
}

impl Observer for Counting {
    fn executed(&mut self, _: &World, executed: &Executed<'_>) {
        self.metrics.commands.add(names::command(executed.command));
        if let Reply::Orders(orders) = executed.reply {
            orders.iter().filter_map(|order| order.as_ref().err()).for_each(|reject| self.metrics.rejected(reject));
        }
        for event in executed.events {
            if let Event::Traded(_) = event {
                self.metrics.trades.fetch_add(1, Ordering::Relaxed);
            }
            if let Event::LiquidationStarted(_) = event {
                self.metrics.liquidations.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn durable(&mut self, _: &mut World, _: u64) {}

    fn committed(&mut self, batch: Committed) {
        self.metrics.batches.add(&BATCH, batch.records);
        self.metrics.commits.add(&SECONDS, u64::try_from(batch.took.as_micros()).unwrap_or(u64::MAX));
    }
}

/// The calls of this module.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let row = |path, summary, handler: Handler| Endpoint {
        method: Method::GET,
        path,
        family: None,
        security: Security::Public,
        weight: Weight::Fixed(0),
        orders: OrderCount::Zero,
        ws_method: None,
        summary,
        parameters: &[],
        handler,
    };
    vec![
        row("/livez", "Whether the process answers at all.", handler!(alive)),
        row("/readyz", "Whether the exchange answers.", handler!(ready)),
        row("/metrics", "Counters in the text format of Prometheus.", handler!(text::metrics)),
    ]
}

const PLAIN: &str = "text/plain; charset=utf-8";

async fn alive(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Ok(Success { body: b"ok\n".to_vec(), content_type: PLAIN, index: None, policy: None })
}

async fn ready(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    app.read(|_| Ok(())).await?;
    Ok(Success { body: b"ok\n".to_vec(), content_type: PLAIN, index: None, policy: None })
}
