//! Times as people read them.

use serde::{Serialize, Serializer};

/// Milliseconds since 1970-01-01 00:00 UTC.
///
/// Displays (and serialises) as `YYYY-MM-DD HH:MM:SS` in UTC, with `.mmm` behind it where the time is not a whole second. Times outside the
/// years 1653 to 2286 are shown as the nearest end of that range.
///
/// ```
/// use ringfence_replay::UtcTime;
/// assert_eq!(UtcTime(1_583_884_800_000).to_string(), "2020-03-11 00:00:00");
/// assert_eq!(UtcTime(-1).to_string(), "1969-12-31 23:59:59.999");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(pub i64);

impl UtcTime {
    /// The time of `2020-03-12` (its first moment), `2020-03-12 10:30` or `2020-03-12 10:30:00`; `None` for anything else.
    ///
    /// ```
    /// use ringfence_replay::UtcTime;
    /// assert_eq!(UtcTime::of("2020-03-11"), Some(UtcTime(1_583_884_800_000)));
    /// assert_eq!(UtcTime::of("2020-02-30"), None);
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        ms_of(text).map(Self)
    }
}

/// What is shown lies within ± this: thirteen digits.
const FURTHEST: i64 = 9_999_999_999_999;
const MS_OF_DAY: i64 = 86_400_000;

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar.
///
/// Counts in eras of 400 years that begin on the first of March, so that the leap day is the last day of a year.
#[expect(clippy::arithmetic_side_effects, reason = "the number of days is bounded by FURTHEST, the divisors are constants")]
pub(crate) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = if month_from_march < 10 { (month_from_march + 3, 0) } else { (month_from_march - 9, 1) };
    (year_of_era + era * 400 + next_year, month, day)
}

/// Days since 1970-01-01 of a day in the Gregorian calendar.
#[expect(clippy::arithmetic_side_effects, reason = "year, month and day are bounded by the caller, the divisors are constants")]
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Milliseconds of `2020-03-12`, `2020-03-12 10:30` or `2020-03-12 10:30:00` (a `T` between, and a `Z` behind, are allowed); `None` for
/// anything else, and for days that do not exist.
fn ms_of(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let number = |part: &str, digits: usize| {
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let mut clock = time.split(':');
    let (hour, minute) = (number(clock.next()?, 2)?, number(clock.next()?, 2)?);
    let second = clock.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() || clock.next().is_some() || !(1700..=2200).contains(&year) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let exists = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    let seconds = hour.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)?;
    exists.then(|| days.checked_mul(MS_OF_DAY)?.checked_add(seconds.checked_mul(1000)?)).flatten()
}

impl core::fmt::Display for UtcTime {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let time = self.0.clamp(-FURTHEST, FURTHEST);
        let (year, month, day) = civil_from_days(time.div_euclid(MS_OF_DAY));
        let of_day = time.rem_euclid(MS_OF_DAY);
        let (seconds, millis) = (of_day / 1000, of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        if millis != 0 {
            text.push_str(&format!(".{millis:03}"));
        }
        formatter.pad(&text)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
