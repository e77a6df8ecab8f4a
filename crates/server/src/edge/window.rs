//! When a signed request is accepted: `timestamp < now + 1000 ms` and `now − timestamp ≤ recvWindow`.
//!
//! It is looked at when the request arrives and may be looked at again by [`Window::check`] just before it takes effect,
//! because it may have waited in between.

use ringfence_engine::time::Time;
use ringfence_risk::decimal::parse_scaled;

use super::error::{ApiError, Code};

/// Window of a request that names none, in microseconds: 5000 ms.
pub const DEFAULT_WINDOW_US: u64 = 5_000_000;
/// Longest window, in microseconds: 60000 ms.
pub const LONGEST_WINDOW_US: u64 = 60_000_000;
/// How far ahead of the server a timestamp must not be, in microseconds: 1000 ms.
pub const AHEAD_US: u64 = 1_000_000;

const MICROSECONDS: u64 = 1_000;

/// The unit of a request's `timestamp`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Milliseconds since the Unix epoch.
    #[default]
    Milliseconds,
    /// Microseconds since the Unix epoch.
    Microseconds,
}

impl TimeUnit {
    /// From the header `X-MBX-TIME-UNIT`: `MICROSECOND` in any letter case is microseconds, everything else milliseconds.
    #[must_use]
    pub fn of_header(value: Option<&[u8]>) -> Self {
        match value {
            Some(value) if value.eq_ignore_ascii_case(b"MICROSECOND") => Self::Microseconds,
            Some(_) | None => Self::Milliseconds,
        }
    }
}

/// The time a signed request names and how long it stays acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    timestamp_us: u64,
    receive_us: u64,
}

impl Window {
    /// From the parameters `timestamp` and `recvWindow`. The window may have up to three decimals of a millisecond.
    ///
    /// # Errors
    /// -1102 without a timestamp, -1100 for one that is no whole number, -1131 for a window beyond 60000 ms.
    pub fn read(timestamp: Option<&str>, receive: Option<&str>, unit: TimeUnit) -> Result<Self, ApiError> {
        let timestamp = timestamp.filter(|text| !text.is_empty()).ok_or_else(|| ApiError::mandatory("timestamp"))?;
        let number: u64 = timestamp.parse().map_err(|_| ApiError::illegal("timestamp", "^[0-9]{1,20}$"))?;
        let timestamp_us = match unit {
            TimeUnit::Milliseconds => number.saturating_mul(MICROSECONDS),
            TimeUnit::Microseconds => number,
        };
        let receive_us = match receive.filter(|text| !text.is_empty()) {
            None => DEFAULT_WINDOW_US,
            Some(text) => {
                let parsed = parse_scaled(text, 3).ok().and_then(|raw| u64::try_from(raw).ok());
                parsed.ok_or_else(|| ApiError::illegal("recvWindow", r"^([0-9]{1,5})(\.[0-9]{1,3})?$"))?
            }
        };
        if receive_us > LONGEST_WINDOW_US {
            return Err(ApiError::of(Code::InvalidReceiveWindow));
        }
        Ok(Self { timestamp_us, receive_us })
    }

    /// Whether the request is acceptable now.
    ///
    /// # Errors
    /// -1021, with one text for too early and one for too late.
    pub fn check(&self, now: Time) -> Result<(), ApiError> {
        let now_us = now.ms().saturating_mul(MICROSECONDS);
        if self.timestamp_us >= now_us.saturating_add(AHEAD_US) {
            return Err(ApiError::of(Code::TimestampAhead));
        }
        if now_us.saturating_sub(self.timestamp_us) > self.receive_us {
            return Err(ApiError::of(Code::TimestampOutside));
        }
        Ok(())
    }

    /// The timestamp, in microseconds since the Unix epoch.
    #[must_use]
    pub const fn timestamp_us(&self) -> u64 {
        self.timestamp_us
    }

    /// The last moment at which the request is accepted, in microseconds since the Unix epoch.
    #[must_use]
    pub const fn last_us(&self) -> u64 {
        self.timestamp_us.saturating_add(self.receive_us)
    }
}

#[cfg(test)]
mod tests {
    use ringfence_engine::time::Time;

    use super::{TimeUnit, Window};

    const NOW: u64 = 1_700_000_000_000;

    fn verdict(timestamp: &str, receive: Option<&str>, unit: TimeUnit) -> i32 {
        let window = Window::read(Some(timestamp), receive, unit);
        window.and_then(|window| window.check(Time::from_ms(NOW))).map_or_else(|error| error.code, |()| 0)
    }

    #[test]
    fn the_boundaries_are_exact_to_the_millisecond() {
        let rows: [(i64, Option<&str>, i32); 15] = [
            (0, None, 0),
            (999, None, 0),
            (1000, None, -1021),
            (1001, None, -1021),
            (-4999, None, 0),
            (-5000, None, 0),
            (-5001, None, -1021),
            (-9999, Some("10000"), 0),
            (-10000, Some("10000"), 0),
            (-10001, Some("10000"), -1021),
            (-60000, Some("60000"), 0),
            (-60001, Some("60000"), -1021),
            (0, Some("0"), 0),
            (-1, Some("0"), -1021),
            (0, Some(""), 0),
        ];
        for (offset, receive, code) in rows {
            let timestamp = NOW.saturating_add_signed(offset);
            assert_eq!(verdict(&timestamp.to_string(), receive, TimeUnit::Milliseconds), code, "{offset} {receive:?}");
        }
    }

    #[test]
    fn the_boundaries_are_exact_to_the_microsecond() {
        let rows: [(i64, Option<&str>, i32); 7] = [
            (999_999, None, 0),
            (1_000_000, None, -1021),
            (-5_000_000, None, 0),
            (-5_000_001, None, -1021),
            (-5_000_001, Some("5000.001"), 0),
            (-5_000_002, Some("5000.001"), -1021),
            (-250, Some("0.25"), 0),
        ];
        for (offset, receive, code) in rows {
            let timestamp = (NOW * 1000).saturating_add_signed(offset);
            assert_eq!(verdict(&timestamp.to_string(), receive, TimeUnit::Microseconds), code, "{offset} {receive:?}");
        }
        assert_eq!(verdict(&(NOW * 1000).to_string(), None, TimeUnit::Milliseconds), -1021, "microseconds without the header");
    }

    #[test]
    fn what_is_no_number_or_too_long_is_refused() {
        let now = NOW.to_string();
        let rows = [
            ("", None, -1102),
            ("abc", None, -1100),
            ("-1", None, -1100),
            ("1.5", None, -1100),
            (" 1", None, -1100),
            ("99999999999999999999999", None, -1100),
            ("18446744073709551615", None, -1021),
            ("0", None, -1021),
            (now.as_str(), Some("60001"), -1131),
            (now.as_str(), Some("60000.001"), -1131),
            (now.as_str(), Some("-1"), -1100),
            (now.as_str(), Some("x"), -1100),
            (now.as_str(), Some("1.0001"), -1100),
        ];
        for (timestamp, receive, code) in rows {
            assert_eq!(verdict(timestamp, receive, TimeUnit::Milliseconds), code, "{timestamp} {receive:?}");
        }
        assert_eq!(Window::read(None, None, TimeUnit::Milliseconds).unwrap_err().code, -1102);
    }

    #[test]
    fn the_unit_comes_from_the_header() {
        for (header, unit) in [
            (None, TimeUnit::Milliseconds),
            (Some("MICROSECOND"), TimeUnit::Microseconds),
            (Some("microsecond"), TimeUnit::Microseconds),
            (Some("MILLISECOND"), TimeUnit::Milliseconds),
            (Some(""), TimeUnit::Milliseconds),
        ] {
            assert_eq!(TimeUnit::of_header(header.map(str::as_bytes)), unit);
        }
    }
}
