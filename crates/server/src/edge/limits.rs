//! How much each address may ask and each account may order.
//!
//! Binance's published limits are the default: 2400 request weight a minute per address, 300 orders per 10 s and 1200 a
//! minute per account. Each can be changed or switched off; what was used is counted and reported in either case. Counters
//! start anew at whole minutes and whole tens of seconds of the clock, as the exchange's do. Exactly the limit passes.
//!
//! An address that goes on after a refusal (429) is banned (418): for two minutes at first, up to three days. An IPv6 address
//! counts as its /64 network. The time is given by the caller.

mod orders;
mod weight;

use std::net::{IpAddr, Ipv6Addr};

pub use orders::{OrderLimiter, OrderLimits, OrderUsage};
pub use weight::{Admission, WeightLimiter, WeightLimits};

/// Most addresses and accounts that are counted one by one. Beyond it new addresses share one counter.
pub const MOST_TRACKED: usize = 65_536;

/// The address that is counted: an IPv4 address also when written as IPv6, the /64 network of an IPv6 address.
///
/// ```
/// use ringfence_server::edge::limits::counted_address;
/// let same = |one: &str, other: &str| counted_address(one.parse().unwrap()) == counted_address(other.parse().unwrap());
/// assert!(same("2001:db8::1", "2001:db8::ffff:1"));
/// assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
/// assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
/// ```
#[must_use]
pub fn counted_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A count within one interval of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counter {
    interval: u64,
    used: u32,
}

impl Counter {
    /// The count in this interval.
    const fn used_in(self, interval: u64) -> u32 {
        if self.interval == interval { self.used } else { 0 }
    }

    /// Whether so many more would be within the limit.
    fn admits(self, interval: u64, more: u32, limit: Option<u32>) -> bool {
        limit.is_none_or(|limit| self.used_in(interval).checked_add(more).is_some_and(|sum| sum <= limit))
    }

    fn add(&mut self, interval: u64, more: u32) {
        *self = Self { interval, used: self.used_in(interval).saturating_add(more) };
    }
}

/// The number of the interval a moment lies in, and the seconds until the next one, rounded up.
fn interval_of(now_ms: u64, length_ms: u64) -> (u64, u64) {
    let interval = now_ms.checked_div(length_ms).unwrap_or_default();
    let left = length_ms.saturating_sub(now_ms.checked_rem(length_ms).unwrap_or_default());
    (interval, left.div_ceil(1_000))
}
