//! One row: a number of connections for a time.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Plan, Tally, Turn};
use super::pace::Pace;
use super::{Mix, Transport};
use crate::error::Failure;
use crate::histogram::Histogram;
use crate::orders::{Action, Desk, timestamp};
use crate::target::{FarAway, PATIENCE, Target};
use crate::wire::link::Link;
use crate::wire::stream::{self, Stream};

/// Time before a row counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Connections.
    pub connections: usize,
    /// Seconds that count.
    pub seconds: u64,
    /// Requests a second in open loop; none in closed loop.
    pub rate: Option<u64>,
    /// How requests travel.
    pub transport: Transport,
    /// What is asked.
    pub mix: Mix,
    /// Open orders an account may have.
    pub open_orders: usize,
    /// Threads of the generator.
    pub threads: usize,
}

/// What a row showed.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From when a request was due until it was answered with success.
    pub times: Histogram,
    /// Orders placed with success.
    pub orders: u64,
    /// Requests refused, connections lost, and requests due that no connection was free to send.
    pub errors: u64,
    /// The first of these.
    pub first_error: Option<String>,
    /// The time they took.
    pub elapsed: Duration,
    /// Processor time of the server, with the warming up.
    pub processor: Duration,
}

impl Measured {
    /// Requests a second that were answered with success.
    #[must_use]
    pub fn requests_a_second(&self) -> u64 {
        a_second(self.times.count(), self.elapsed)
    }

    /// Orders a second that were answered with success.
    #[must_use]
    pub fn orders_a_second(&self) -> u64 {
        a_second(self.orders, self.elapsed)
    }
}

fn a_second(count: u64, time: Duration) -> u64 {
    u64::try_from(u128::from(count) * 1_000_000 / time.as_micros().max(1)).unwrap_or(u64::MAX)
}

/// The measurement in the middle by requests a second.
///
/// # Panics
/// Without any.
#[must_use]
pub fn middle(mut measured: Vec<Measured>) -> Measured {
    measured.sort_by_key(Measured::requests_a_second);
    let middle = (measured.len() - 1) / 2;
    measured.swap_remove(middle)
}

/// Measures a row on a server.
///
/// # Errors
/// When the connections cannot be opened.
pub fn measure(target: &Target, row: &Row, symbol: &str, far: &FarAway) -> Result<Measured, Failure> {
    let threads = row.threads.clamp(1, row.connections.max(1));
    let counted = Instant::now() + WARM_UP + Duration::from_millis(2 * row.connections as u64);
    let end = counted + Duration::from_secs(row.seconds);
    let mut all = Tally::default();
    let tallies = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let numbers = (0..row.connections).filter(move |number| number % threads == thread);
                let rate = row.rate.map(|rate| rate / threads as u64);
                let seats = Seats { target, row, symbol, far };
                scope.spawn(move || seats.work(&numbers.collect::<Vec<_>>(), &Arc::new(Pace::new(end, rate)), counted))
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.collect::<Result<Vec<_>, _>>()
    });
    for tally in tallies.map_err(|_| Failure::Server("the generator ended early".to_owned()))? {
        all.add(tally?);
    }
    let elapsed = Duration::from_secs(row.seconds);
    tidy(target, symbol)?;
    let Tally { times, orders, errors, first_error } = all;
    Ok(Measured { times, orders, errors, first_error, elapsed, processor: Duration::ZERO })
}

/// What the clients of one thread have in common.
struct Seats<'a> {
    target: &'a Target,
    row: &'a Row,
    symbol: &'a str,
    far: &'a FarAway,
}

impl Seats<'_> {
    fn work(&self, numbers: &[usize], pace: &Arc<Pace>, counted: Instant) -> Result<Tally, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
        runtime.block_on(async {
            let mut clients = Vec::new();
            for number in numbers {
                clients.push(self.client(*number).await.map_err(Failure::io("a connection"))?);
            }
            let keeper = Arc::clone(pace);
            let keeper = thread::spawn(move || keeper.keep());
            let tasks: Vec<_> = clients.into_iter().map(|client| tokio::spawn(client.work(Arc::clone(pace), counted))).collect();
            let mut all = Tally::default();
            for task in tasks {
                all.add(task.await.map_err(|error| Failure::Server(error.to_string()))?);
            }
            keeper.join().map_err(|_| Failure::Server("the schedule ended early".to_owned()))?;
            let unsent = pace.unsent() as u64;
            if unsent > 0 {
                all.error(format!("{unsent} requests were due and no connection was free to send them"));
                all.errors += unsent - 1;
            }
            Ok(all)
        })
    }

    async fn client(&self, number: usize) -> io::Result<Client> {
        let (address, row) = (self.target.address(), self.row);
        let host = address.to_string();
        let mut stream = Stream::open(address, stream::source(number)).await?;
        if row.transport == Transport::Ws {
            stream.upgrade(&host, "/ws-fapi/v1").await?;
        }
        let of_one_account = row.connections.div_ceil(self.target.ready.accounts.len());
        let quota = match row.mix {
            Mix::Place => (row.open_orders / of_one_account).max(1),
            Mix::PlaceCancel | Mix::Trade => 1,
        };
        let plan = Plan {
            prefix: format!("l{:x}-{number}", timestamp()),
            far: self.far.clone(),
            transport: row.transport,
            mix: row.mix,
            quota,
            next_quota: quota - quota * number / row.connections,
            open: VecDeque::new(),
            placed: 0,
            turn: Turn::Placing,
            window: 5_000 + number as u64,
        };
        Ok(Client { stream, desk: Desk::new(self.target.account(number), &host, self.symbol), plan })
    }
}

/// Cancels what is left, so that the next row starts as this one did.
fn tidy(target: &Target, symbol: &str) -> Result<(), Failure> {
    let address = target.address();
    let mut link = Link::open(address, PATIENCE).map_err(Failure::io("a connection"))?;
    for account in &target.ready.accounts {
        let mut request = Vec::new();
        Desk::new(account, &address.to_string(), symbol).http(&Action::CancelAll(5_000), timestamp(), &mut request);
        let answer = link.ask(&request).map_err(Failure::io("cancelling what is left"))?;
        if answer.status != 200 {
            return Err(Failure::Server(format!("cancelling what is left answers {} {}", answer.status, answer.text())));
        }
    }
    Ok(())
}
