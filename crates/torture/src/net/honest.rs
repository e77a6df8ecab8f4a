//! A client that does nothing wrong.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::histogram::Histogram;
use crate::orders::{Account, Action, Desk, Order, Pricing, Side, timestamp};
use crate::target::{FarAway, PATIENCE, Target};
use crate::wire::link::Link;

/// Time between its requests.
const PAUSE: Duration = Duration::from_millis(5);

/// What it saw.
#[derive(Clone, Debug)]
pub(super) struct Honest {
    /// From each request to its answer.
    pub times: Histogram,
    /// Requests without success.
    pub errors: u64,
}

impl Honest {
    /// What it saw at both times.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut times = self.times.clone();
        times.add(&other.times);
        Self { times, errors: self.errors + other.errors }
    }

    /// Places and cancels orders while something else is done.
    pub(super) fn beside(target: &Target, symbol: &str, what: impl FnOnce()) -> Result<Self, Failure> {
        let far = FarAway::ask(target.address(), symbol)?;
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let client = scope.spawn(|| trade(target, symbol, &far, &stop));
            what();
            stop.store(true, Ordering::Relaxed);
            client.join().map_err(|_| Failure::Server("the honest client ended early".to_owned()))
        })
    }
}

fn trade(target: &Target, symbol: &str, far: &FarAway, stop: &AtomicBool) -> Honest {
    let mut seen = Honest { times: Histogram::new(), errors: 0 };
    let account: &Account = target.account(0);
    let mut desk = Desk::new(account, &target.address().to_string(), symbol);
    let Ok(mut link) = Link::open(target.address(), PATIENCE) else { return Honest { errors: 1, ..seen } };
    let prefix = format!("h{:x}", timestamp());
    let mut number = 0_u64;
    while !stop.load(Ordering::Relaxed) || number % 2 == 1 {
        let client_id = format!("{prefix}-{}", number / 2);
        let action = if number.is_multiple_of(2) {
            let (pricing, quantity) = (Pricing::Limit(far.price.clone()), far.quantity.clone());
            Action::Place(Order { client_id, side: Side::Buy, pricing, quantity })
        } else {
            Action::Cancel(client_id)
        };
        number += 1;
        let (mut request, begun) = (Vec::new(), Instant::now());
        desk.http(&action, timestamp(), &mut request);
        match link.ask(&request) {
            Ok(answer) if answer.status == 200 => seen.times.record(begun.elapsed()),
            Ok(_) => seen.errors += 1,
            Err(_) => {
                seen.errors += 1;
                return seen;
            }
        }
        thread::sleep(PAUSE);
    }
    seen
}
