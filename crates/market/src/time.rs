//! Times from the bytes of a field.

use crate::error::{Fault, LONGEST_VALUE, show};

/// In what a column of times counts. A file never says, so it is known of its layout or stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Whole seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970, of 16 digits.
    Micros,
    /// Nanoseconds since 1970, of 19 digits.
    Nanos,
    /// Milliseconds in older files of a venue, microseconds in newer ones; 13 and 16 digits tell which.
    MillisOrMicros,
    /// `2020-03-12T10:44:00.000Z`: UTC, with `T`, `D` or a blank between day and time.
    Text,
}

/// Greatest time in milliseconds: November 2286. A greater number counts in a finer unit.
const MAX_MILLIS: i64 = 9_999_999_999_999;
/// Times that, read as milliseconds, lie in early 1970 and, read as seconds, from 2001 on.
const SECONDS: core::ops::RangeInclusive<i64> = 1_000_000_000..=9_999_999_999;
/// Least and greatest time in microseconds: from September 2001 on, so that no millisecond is taken for one.
const MICROS: core::ops::RangeInclusive<i64> = 1_000_000_000_000_000..=9_999_999_999_999_999;
/// Nanoseconds from September 2001 to what 64 bits hold (April 2262).
const NANOS: core::ops::RangeInclusive<i64> = 1_000_000_000_000_000_000..=i64::MAX;

impl TimeUnit {
    /// As it is stated: `s`, `ms`, `us`, `ns` or `text`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "s" => Some(Self::Seconds),
            "ms" => Some(Self::Millis),
            "us" => Some(Self::Micros),
            "ns" => Some(Self::Nanos),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis | Self::MillisOrMicros | Self::Text => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    const fn limit(self) -> &'static str {
        match self {
            Self::Seconds => "seconds since 1970 of at most 10 digits",
            Self::Millis | Self::Text => "milliseconds since 1970 of at most 13 digits",
            Self::Micros => "microseconds since 1970 of 16 digits",
            Self::Nanos => "nanoseconds since 1970 of 19 digits",
            Self::MillisOrMicros => "milliseconds since 1970 of at most 13 digits or microseconds of 16",
        }
    }

    /// A number in this unit as milliseconds; `None` outside the unit's range.
    #[inline]
    pub(crate) fn millis(self, time: i64) -> Option<i64> {
        match self {
            Self::Seconds if time <= *SECONDS.end() => time.checked_mul(1_000),
            Self::Millis | Self::MillisOrMicros if time <= MAX_MILLIS && !SECONDS.contains(&time) => Some(time),
            Self::Micros | Self::MillisOrMicros if MICROS.contains(&time) => Some(time.div_euclid(1_000)),
            Self::Nanos if NANOS.contains(&time) => Some(time.div_euclid(1_000_000)),
            Self::Seconds | Self::Millis | Self::Micros | Self::Nanos | Self::MillisOrMicros | Self::Text => None,
        }
    }
}

/// A time in milliseconds; finer ones are rounded down to them.
#[inline]
pub(crate) fn time(field: &'static str, text: &[u8], unit: TimeUnit) -> Result<i64, Fault> {
    if unit == TimeUnit::Text {
        let fault = || Fault::TimeNotText { field, value: show(text, LONGEST_VALUE) };
        return written(text).filter(|time| (0..=MAX_MILLIS).contains(time)).ok_or_else(fault);
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Fault::TimeNotANumber { field, unit: unit.word(), value: show(text, LONGEST_VALUE) });
    }
    let time = whole(text).unwrap_or(i64::MAX);
    unit.millis(time).ok_or_else(|| refused(field, text, unit, time))
}

#[cold]
fn refused(field: &'static str, text: &[u8], unit: TimeUnit, time: i64) -> Fault {
    let value = show(text, LONGEST_VALUE);
    let counts_millis = matches!(unit, TimeUnit::Millis | TimeUnit::MillisOrMicros);
    if counts_millis && SECONDS.contains(&time) {
        return Fault::TimeInSeconds { field, value };
    }
    Fault::TimeOutOfRange { field, limit: unit.limit(), value }
}

/// Digits as a whole number; `None` beyond 64 bits.
#[inline]
fn whole(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, byte| sum.checked_mul(10)?.checked_add(i64::from(byte.saturating_sub(b'0'))))
}

/// `2020-03-12T10:44:00.123Z` as milliseconds. Every part but the fraction and the `Z` must be there; a day alone is its midnight.
fn written(text: &[u8]) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10)?;
    let (year, month, day) = (part(day, 0, 4)?, part(day, 5, 2)?, part(day, 8, 2).filter(|_| dashed(day))?);
    let midnight = days_before(year, month, day)?.checked_mul(86_400_000)?;
    let Some((separator, rest)) = rest.split_first() else { return Some(midnight) };
    if !matches!(separator, b'T' | b'D' | b' ') {
        return None;
    }
    let (clock, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = (part(clock, 0, 2)?, part(clock, 3, 2)?, part(clock, 6, 2)?);
    if clock.get(2) != Some(&b':') || clock.get(5) != Some(&b':') || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    midnight.checked_add(seconds.checked_mul(1_000)?)?.checked_add(fraction(rest)?)
}

fn dashed(day: &[u8]) -> bool {
    day.get(4) == Some(&b'-') && day.get(7) == Some(&b'-')
}

fn part(text: &[u8], start: usize, length: usize) -> Option<i64> {
    let digits = text.get(start..start.checked_add(length)?)?;
    if digits.iter().all(u8::is_ascii_digit) { whole(digits) } else { None }
}

/// Milliseconds of `.123456Z`, any part of which may be missing.
fn fraction(text: &[u8]) -> Option<i64> {
    let text = text.strip_suffix(b"Z").or_else(|| text.strip_suffix(b"+00:00")).unwrap_or(text);
    if text.is_empty() {
        return Some(0);
    }
    let digits = text.strip_prefix(b".").filter(|digits| (1..=9).contains(&digits.len()))?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let millis = digits.iter().chain(b"00").take(3).copied().collect::<Vec<u8>>();
    whole(&millis)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` where there is no such day.
///
/// Counts in eras of 400 years that begin on the first of March, so that the leap day is the last day of a year.
#[expect(clippy::arithmetic_side_effects, reason = "year, month and day have at most four digits, the divisors are constants")]
const fn days_before(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    let (year, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}
