//! Request weight per address and minute, and what happens to those who go on regardless.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use ringfence_engine::time::Time;

use super::{Counter, MOST_TRACKED, counted_address, interval_of};
use crate::edge::error::{ApiError, Code, Family};

const MINUTE_MS: u64 = 60_000;
/// How long each ban lasts; the last one again and again.
const BANS_MS: [u64; 6] = [2 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 360 * MINUTE_MS, 1_440 * MINUTE_MS, LONGEST_BAN_MS];
const LONGEST_BAN_MS: u64 = 3 * 1_440 * MINUTE_MS;
/// The counter of all addresses beyond [`MOST_TRACKED`].
const OVERFLOW: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// How much an address may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightLimits {
    /// Weight in a minute; `None` for as much as it likes.
    pub per_minute: Option<u32>,
    /// Refused requests in one minute after which the address is banned; requests already under way when the first is
    /// refused should not ban. `None` for no bans.
    pub refusals_before_ban: Option<u32>,
}

impl WeightLimits {
    /// No limit and no bans; weight is counted all the same.
    pub const OFF: Self = Self { per_minute: None, refusals_before_ban: None };
}

impl Default for WeightLimits {
    fn default() -> Self {
        Self { per_minute: Some(2_400), refusals_before_ban: Some(20) }
    }
}

/// Whether a request may go on, and what its address has used: known also when it may not, for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Weight used in this minute.
    pub used: u32,
    /// -1003 with status 429 or 418 and the seconds to wait.
    pub verdict: Result<(), ApiError>,
}

impl Admission {
    /// Writes `X-MBX-USED-WEIGHT-1M`.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("x-mbx-used-weight-1m"), HeaderValue::from(self.used));
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Caller {
    weight: Counter,
    refused: Counter,
    banned_until_ms: u64,
    bans: usize,
}

impl Caller {
    /// Whether nothing would change if it were forgotten: nothing used, and no ban within the longest ban.
    const fn is_forgettable(&self, now_ms: u64, minute: u64) -> bool {
        let used = self.weight.used_in(minute) > 0 || self.refused.used_in(minute) > 0;
        !used && (self.bans == 0 || self.banned_until_ms.saturating_add(LONGEST_BAN_MS) < now_ms)
    }
}

#[derive(Debug, Default)]
struct Callers {
    known: HashMap<IpAddr, Caller>,
    swept_minute: u64,
}

impl Callers {
    /// The counter of an address. Forgets at most once a minute, so that a flood of addresses costs little each.
    fn of(&mut self, address: IpAddr, now_ms: u64, minute: u64) -> &mut Caller {
        let known = self.known.contains_key(&address);
        if !known && self.known.len() >= MOST_TRACKED && self.swept_minute != minute {
            self.swept_minute = minute;
            self.known.retain(|_, caller| !caller.is_forgettable(now_ms, minute));
        }
        let room = known || self.known.len() < MOST_TRACKED;
        self.known.entry(if room { address } else { OVERFLOW }).or_default()
    }
}

/// Counts the request weight of every address.
///
/// ```
/// use ringfence_engine::time::Time;
/// use ringfence_server::edge::limits::{WeightLimiter, WeightLimits};
/// let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(10), refusals_before_ban: None });
/// let now = Time::from_ms(1_700_000_000_000);
/// let address = "192.0.2.1".parse()?;
/// assert!(limiter.charge(address, 10, now).verdict.is_ok());
/// assert_eq!(limiter.charge(address, 1, now).verdict.unwrap_err().status, 429);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug)]
pub struct WeightLimiter {
    limits: WeightLimits,
    callers: Mutex<Callers>,
}

impl WeightLimiter {
    /// With these limits.
    #[must_use]
    pub fn new(limits: WeightLimits) -> Self {
        Self { limits, callers: Mutex::default() }
    }

    /// The limits, for `exchangeInfo`.
    #[must_use]
    pub const fn limits(&self) -> WeightLimits {
        self.limits
    }

    /// Counts a request of an address. A refused one is not counted.
    pub fn charge(&self, address: IpAddr, weight: u32, now: Time) -> Admission {
        let (minute, wait) = interval_of(now.ms(), MINUTE_MS);
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let caller = callers.of(counted_address(address), now.ms(), minute);
        let verdict = self.judge(caller, (address, weight), (now.ms(), minute, wait));
        Admission { used: caller.weight.used_in(minute), verdict }
    }

    fn judge(&self, caller: &mut Caller, request: (IpAddr, u32), time: (u64, u64, u64)) -> Result<(), ApiError> {
        let ((address, weight), (now_ms, minute, wait)) = (request, time);
        if now_ms < caller.banned_until_ms {
            return Err(banned(address, caller.banned_until_ms, now_ms));
        }
        if caller.weight.admits(minute, weight, self.limits.per_minute) {
            caller.weight.add(minute, weight);
            return Ok(());
        }
        caller.refused.add(minute, 1);
        if self.limits.refusals_before_ban.is_some_and(|allowed| caller.refused.used > allowed) {
            let quiet = caller.banned_until_ms.saturating_add(LONGEST_BAN_MS) < now_ms;
            caller.bans = if quiet { 1 } else { caller.bans.saturating_add(1) };
            let length = BANS_MS.get(caller.bans.saturating_sub(1)).copied().unwrap_or(LONGEST_BAN_MS);
            caller.banned_until_ms = now_ms.saturating_add(length);
            caller.refused = Counter::default();
            return Err(banned(address, caller.banned_until_ms, now_ms));
        }
        let limit = self.limits.per_minute.unwrap_or(u32::MAX).to_string();
        let values = [address.to_string(), limit];
        Err(ApiError::filled(Code::TooManyRequests, Family::UsdM, &[&values[0], &values[1]]).after(wait))
    }

    /// How many addresses are counted one by one.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner).known.len()
    }
}

fn banned(address: IpAddr, until_ms: u64, now_ms: u64) -> ApiError {
    let (address, until) = (address.to_string(), until_ms.to_string());
    let wait = until_ms.saturating_sub(now_ms).div_ceil(1_000);
    ApiError::filled(Code::Banned, Family::UsdM, &[&address, &until]).after(wait)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use http::HeaderMap;
    use ringfence_engine::time::Time;

    use super::{Admission, BANS_MS, MOST_TRACKED, WeightLimiter, WeightLimits};

    const MINUTE: u64 = 1_699_999_980_000;
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn at(ms: u64) -> Time {
        Time::from_ms(MINUTE + ms)
    }

    fn status(admission: &Admission) -> (u16, Option<u64>) {
        admission.verdict.as_ref().map_or_else(|error| (error.status.as_u16(), error.retry_after), |()| (200, None))
    }

    #[test]
    fn exactly_the_limit_passes_in_each_minute() {
        let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(2_400), refusals_before_ban: None });
        for minute in 0..3 {
            let passed = (0..3_000).filter(|_| limiter.charge(HERE, 1, at(minute * 60_000 + 15_500)).verdict.is_ok()).count();
            assert_eq!(passed, 2_400);
            let refused = limiter.charge(HERE, 1, at(minute * 60_000 + 15_500));
            assert_eq!((status(&refused), refused.used), ((429, Some(45)), 2_400));
        }
        assert_eq!(status(&limiter.charge(HERE, 2_401, at(600_000))).0, 429, "heavier than the limit");
        assert_eq!(status(&limiter.charge(HERE, 2_400, at(600_000))).0, 200, "what was refused was not counted");
        assert_eq!(status(&limiter.charge(HERE, 0, at(600_000))).0, 200, "what weighs nothing passes");
    }

    #[test]
    fn addresses_count_apart_and_networks_together() {
        let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(1), refusals_before_ban: None });
        let charge = |address: &str| status(&limiter.charge(address.parse().unwrap(), 1, at(0))).0;
        for (address, expected) in [
            ("192.0.2.1", 200),
            ("192.0.2.2", 200),
            ("::ffff:192.0.2.1", 429),
            ("2001:db8::1", 200),
            ("2001:db8::2", 429),
            ("2001:db8:0:0:ffff::", 429),
            ("2001:db8:0:1::1", 200),
        ] {
            assert_eq!(charge(address), expected, "{address}");
        }
    }

    #[test]
    fn going_on_after_a_refusal_bans_for_longer_each_time() {
        let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(1), refusals_before_ban: Some(2) });
        let mut now = 0;
        for length in [BANS_MS.as_slice(), &[BANS_MS[5]]].concat() {
            assert_eq!(status(&limiter.charge(HERE, 1, at(now))).0, 200);
            assert_eq!(status(&limiter.charge(HERE, 1, at(now))).0, 429);
            assert_eq!(status(&limiter.charge(HERE, 1, at(now))).0, 429);
            assert_eq!(status(&limiter.charge(HERE, 1, at(now))), (418, Some(length / 1_000)));
            assert_eq!(status(&limiter.charge(HERE, 0, at(now + length - 1))), (418, Some(1)), "until the last millisecond");
            now += length;
        }
        now += BANS_MS[5] + 60_000;
        for _ in 0..3 {
            limiter.charge(HERE, 1, at(now));
        }
        assert_eq!(status(&limiter.charge(HERE, 1, at(now))), (418, Some(120)), "long quiet starts over");
    }

    #[test]
    fn refusals_of_another_minute_do_not_ban() {
        let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(1), refusals_before_ban: Some(2) });
        for minute in 0..10 {
            let statuses: Vec<u16> = (0..3).map(|_| status(&limiter.charge(HERE, 1, at(minute * 60_000))).0).collect();
            assert_eq!(statuses, [200, 429, 429]);
        }
    }

    #[test]
    fn memory_is_bounded_and_what_does_not_fit_shares_a_counter() {
        let limiter = WeightLimiter::new(WeightLimits { per_minute: Some(5), refusals_before_ban: None });
        let address = |number: usize| IpAddr::V6(Ipv6Addr::from_bits((u128::try_from(number).unwrap() + 1) << 64));
        for number in 0..MOST_TRACKED {
            assert!(limiter.charge(address(number), 1, at(0)).verdict.is_ok());
        }
        let passed = (0..100).filter(|number| limiter.charge(address(MOST_TRACKED + number), 1, at(0)).verdict.is_ok()).count();
        assert_eq!(passed, 5);
        assert!(limiter.charge(address(0), 1, at(0)).verdict.is_ok(), "those already known are not affected");
        assert!(limiter.tracked() <= MOST_TRACKED + 1);
        assert!(limiter.charge(address(MOST_TRACKED * 2), 1, at(60_000)).verdict.is_ok());
        assert_eq!(limiter.tracked(), 1, "the quiet were forgotten");
    }

    #[test]
    fn off_counts_and_the_header_says_so() {
        let limiter = WeightLimiter::new(WeightLimits::OFF);
        for _ in 0..100_000 {
            assert!(limiter.charge(HERE, 40, at(0)).verdict.is_ok());
        }
        let mut headers = HeaderMap::new();
        limiter.charge(HERE, 1, at(0)).write(&mut headers);
        assert_eq!(headers["X-MBX-USED-WEIGHT-1M"], "4000001");
    }
}
