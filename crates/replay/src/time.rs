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
