//! Orders per account, per 10 s and per minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use ringfence_engine::time::Time;

use super::{Counter, MOST_TRACKED, interval_of};
use crate::edge::error::{ApiError, Code, Family};

const TEN_SECONDS_MS: u64 = 10_000;
const MINUTE_MS: u64 = 60_000;

/// How many orders an account may send; `None` for as many as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLimits {
    /// In 10 seconds.
    pub per_ten_seconds: Option<u32>,
    /// In a minute.
    pub per_minute: Option<u32>,
}

impl OrderLimits {
    /// No limits; orders are counted all the same.
    pub const OFF: Self = Self { per_ten_seconds: None, per_minute: None };
}

impl Default for OrderLimits {
    fn default() -> Self {
        Self { per_ten_seconds: Some(300), per_minute: Some(1_200) }
    }
}

/// What an account has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderUsage {
    /// Orders in these 10 seconds.
    pub ten_seconds: u32,
    /// Orders in this minute.
    pub minute: u32,
}

impl OrderUsage {
    /// Writes `X-MBX-ORDER-COUNT-10S` and `X-MBX-ORDER-COUNT-1M`.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("x-mbx-order-count-10s"), HeaderValue::from(self.ten_seconds));
        headers.insert(HeaderName::from_static("x-mbx-order-count-1m"), HeaderValue::from(self.minute));
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    ten_seconds: Counter,
    minute: Counter,
}

/// Counts the orders of every account.
#[derive(Debug)]
pub struct OrderLimiter {
    limits: OrderLimits,
    accounts: Mutex<HashMap<u32, Counts>>,
}

impl OrderLimiter {
    /// With these limits.
    #[must_use]
    pub fn new(limits: OrderLimits) -> Self {
        Self { limits, accounts: Mutex::default() }
    }

    /// The limits, for `exchangeInfo`.
    #[must_use]
    pub const fn limits(&self) -> OrderLimits {
        self.limits
    }

    /// Counts orders of an account, a batch as many as it holds: all of them or none.
    ///
    /// # Errors
    /// -1015 with status 429 and the seconds to wait; nothing is counted.
    pub fn charge(&self, account: u32, orders: u32, now: Time) -> Result<OrderUsage, ApiError> {
        let (ten_seconds, wait_ten_seconds) = interval_of(now.ms(), TEN_SECONDS_MS);
        let (minute, wait_minute) = interval_of(now.ms(), MINUTE_MS);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= MOST_TRACKED && !accounts.contains_key(&account) {
            accounts.retain(|_, counts| counts.minute.used_in(minute) > 0);
        }
        let counts = accounts.entry(account).or_default();
        if !counts.minute.admits(minute, orders, self.limits.per_minute) {
            return Err(too_many(self.limits.per_minute, "1 MINUTE", wait_minute));
        }
        if !counts.ten_seconds.admits(ten_seconds, orders, self.limits.per_ten_seconds) {
            return Err(too_many(self.limits.per_ten_seconds, "10 SECOND", wait_ten_seconds));
        }
        counts.minute.add(minute, orders);
        counts.ten_seconds.add(ten_seconds, orders);
        Ok(OrderUsage { ten_seconds: counts.ten_seconds.used, minute: counts.minute.used })
    }

    /// What an account has used, without counting anything.
    #[must_use]
    pub fn usage(&self, account: u32, now: Time) -> OrderUsage {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = accounts.get(&account).copied().unwrap_or_default();
        OrderUsage {
            ten_seconds: counts.ten_seconds.used_in(interval_of(now.ms(), TEN_SECONDS_MS).0),
            minute: counts.minute.used_in(interval_of(now.ms(), MINUTE_MS).0),
        }
    }
}

fn too_many(limit: Option<u32>, interval: &str, wait: u64) -> ApiError {
    let limit = limit.unwrap_or(u32::MAX).to_string();
    ApiError::filled(Code::TooManyOrders, Family::UsdM, &[&limit, interval]).after(wait)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use ringfence_engine::time::Time;

    use super::{OrderLimiter, OrderLimits, OrderUsage};

    const MINUTE: u64 = 1_699_999_980_000;

    fn at(ms: u64) -> Time {
        Time::from_ms(MINUTE + ms)
    }

    #[test]
    fn exactly_the_limit_passes_per_ten_seconds_and_per_minute() {
        let limiter = OrderLimiter::new(OrderLimits { per_ten_seconds: Some(3), per_minute: Some(5) });
        let charge = |account, orders, ms| {
            let charged = limiter.charge(account, orders, at(ms));
            charged.map(|usage| (usage.ten_seconds, usage.minute)).map_err(|error| (error.code, error.retry_after))
        };
        assert_eq!(charge(1, 1, 0), Ok((1, 1)));
        assert_eq!(charge(1, 3, 0), Err((-1015, Some(10))), "a batch counts whole or not at all");
        assert_eq!(charge(1, 2, 1), Ok((3, 3)));
        assert_eq!(charge(1, 1, 9_999), Err((-1015, Some(1))));
        assert_eq!(charge(2, 3, 9_999), Ok((3, 3)), "accounts are counted apart");
        assert_eq!(charge(1, 2, 10_000), Ok((2, 5)));
        assert_eq!(charge(1, 1, 20_000), Err((-1015, Some(40))));
        assert_eq!(charge(1, 3, 60_000), Ok((3, 3)));
    }

    #[test]
    fn the_default_is_the_published_one_and_off_still_counts() {
        let limiter = OrderLimiter::new(OrderLimits::default());
        let passed = (0..400).filter(|_| limiter.charge(1, 1, at(0)).is_ok()).count();
        assert_eq!(passed, 300);
        let error = limiter.charge(1, 1, at(0)).unwrap_err();
        assert_eq!(
            (error.status.as_u16(), error.message.as_str()),
            (429, "Too many new orders; current limit is 300 orders per 10 SECOND.")
        );
        let unlimited = OrderLimiter::new(OrderLimits::OFF);
        for _ in 0..5_000 {
            assert!(unlimited.charge(1, 1, at(0)).is_ok());
        }
        assert_eq!(unlimited.usage(1, at(1)), OrderUsage { ten_seconds: 5_000, minute: 5_000 });
        assert_eq!(unlimited.usage(1, at(10_000)), OrderUsage { ten_seconds: 0, minute: 5_000 });
        assert_eq!(unlimited.usage(2, at(0)), OrderUsage::default());
    }

    #[test]
    fn usage_is_written_to_headers() {
        let mut headers = HeaderMap::new();
        OrderUsage { ten_seconds: 3, minute: 17 }.write(&mut headers);
        assert_eq!(
            (&headers["X-MBX-ORDER-COUNT-10S"], &headers["X-MBX-ORDER-COUNT-1M"]),
            (&"3".parse().unwrap(), &"17".parse().unwrap())
        );
    }
}
