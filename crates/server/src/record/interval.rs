//! The intervals of candles.

use ringfence_engine::time::Time;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long a candle is. All begin on whole intervals of UTC: weeks on Mondays, months on their first days, three days counted from the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// `1m`
    Minute1,
    /// `3m`
    Minutes3,
    /// `5m`
    Minutes5,
    /// `15m`
    Minutes15,
    /// `30m`
    Minutes30,
    /// `1h`
    Hour1,
    /// `2h`
    Hours2,
    /// `4h`
    Hours4,
    /// `6h`
    Hours6,
    /// `8h`
    Hours8,
    /// `12h`
    Hours12,
    /// `1d`
    Day1,
    /// `3d`
    Days3,
    /// `1w`
    Week1,
    /// `1M`
    Month1,
}

/// Where an interval's candles begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grid {
    /// Every so many milliseconds since the epoch.
    Every(u64),
    /// Every Monday.
    Weeks,
    /// Every first of a month.
    Months,
}

impl Interval {
    /// All intervals, shortest first.
    pub const ALL: [Self; 15] = [
        Self::Minute1,
        Self::Minutes3,
        Self::Minutes5,
        Self::Minutes15,
        Self::Minutes30,
        Self::Hour1,
        Self::Hours2,
        Self::Hours4,
        Self::Hours6,
        Self::Hours8,
        Self::Hours12,
        Self::Day1,
        Self::Days3,
        Self::Week1,
        Self::Month1,
    ];

    /// The interval of a name such as `15m` or `1M`, as Binance writes it; `None` for any other text.
    ///
    /// ```
    /// use ringfence_server::record::Interval;
    /// assert_eq!(Interval::named("1M"), Some(Interval::Month1));
    /// assert_eq!(Interval::named("1m"), Some(Interval::Minute1));
    /// assert_eq!(Interval::named("2m"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.name() == name)
    }

    /// Its name, as Binance writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute1 => "1m",
            Self::Minutes3 => "3m",
            Self::Minutes5 => "5m",
            Self::Minutes15 => "15m",
            Self::Minutes30 => "30m",
            Self::Hour1 => "1h",
            Self::Hours2 => "2h",
            Self::Hours4 => "4h",
            Self::Hours6 => "6h",
            Self::Hours8 => "8h",
            Self::Hours12 => "12h",
            Self::Day1 => "1d",
            Self::Days3 => "3d",
            Self::Week1 => "1w",
            Self::Month1 => "1M",
        }
    }

    const fn grid(self) -> Grid {
        Grid::Every(match self {
            Self::Minute1 => MINUTE,
            Self::Minutes3 => 3 * MINUTE,
            Self::Minutes5 => 5 * MINUTE,
            Self::Minutes15 => 15 * MINUTE,
            Self::Minutes30 => 30 * MINUTE,
            Self::Hour1 => HOUR,
            Self::Hours2 => 2 * HOUR,
            Self::Hours4 => 4 * HOUR,
            Self::Hours6 => 6 * HOUR,
            Self::Hours8 => 8 * HOUR,
            Self::Hours12 => 12 * HOUR,
            Self::Day1 => DAY,
            Self::Days3 => 3 * DAY,
            Self::Week1 => return Grid::Weeks,
            Self::Month1 => return Grid::Months,
        })
    }

    /// When the candle that holds this moment begins.
    ///
    /// ```
    /// use ringfence_engine::time::Time;
    /// use ringfence_server::record::Interval;
    /// let moment = Time::from_ms(1_700_000_000_000); // Tuesday, 2023-11-14 22:13:20
    /// assert_eq!(Interval::Minute1.start(moment).ms(), 1_699_999_980_000); // 22:13
    /// assert_eq!(Interval::Week1.start(moment).ms(), 1_699_833_600_000); // Monday, 2023-11-13
    /// assert_eq!(Interval::Month1.start(moment).ms(), 1_698_796_800_000); // 2023-11-01
    /// ```
    #[must_use]
    pub const fn start(self, moment: Time) -> Time {
        let ms = moment.ms();
        Time::from_ms(match self.grid() {
            Grid::Every(step) => ms - ms % step,
            // The epoch was a Thursday. The first days of it belong to a week that began before.
            Grid::Weeks => ((ms / DAY + 3) / 7 * 7 * DAY).saturating_sub(3 * DAY),
            Grid::Months => {
                let (year, month) = month_of(ms / DAY);
                first_day(year, month).saturating_mul(DAY)
            }
        })
    }

    /// When the candle after the one that holds this moment begins; one millisecond after the end of this one.
    #[must_use]
    pub const fn next(self, moment: Time) -> Time {
        let ms = moment.ms();
        Time::from_ms(match self.grid() {
            Grid::Every(step) => (ms - ms % step).saturating_add(step),
            Grid::Weeks => (((ms / DAY + 3) / 7 + 1) * 7).saturating_sub(3).saturating_mul(DAY),
            Grid::Months => {
                let (year, month) = month_of(ms / DAY);
                let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                first_day(year, month).saturating_mul(DAY)
            }
        })
    }

    /// When the first candle begins that begins no earlier than this moment.
    pub(super) fn at_or_after(self, moment: Time) -> Time {
        let start = self.start(moment);
        if start == moment { start } else { self.next(moment) }
    }

    /// When the candle begins that is so many candles before the one that holds this moment; the epoch where that lies before it.
    pub(super) fn before(self, moment: Time, candles: usize) -> Time {
        let back = u64::try_from(candles).unwrap_or(u64::MAX);
        let start = self.start(moment).ms();
        match self.grid() {
            Grid::Every(step) => Time::from_ms(start.saturating_sub(back.saturating_mul(step))),
            Grid::Weeks => self.start(Time::from_ms(start.saturating_sub(back.saturating_mul(7 * DAY)))),
            Grid::Months => {
                let (year, month) = month_of(start / DAY);
                let months = (year * 12 + month - 1).saturating_sub(back).max(1970 * 12);
                Time::from_ms(first_day(months / 12, months % 12 + 1).saturating_mul(DAY))
            }
        }
    }
}

/// Year and month (from 1) of a day since the epoch, in the Gregorian calendar: years are counted from March, so that the leap day is the last.
const fn month_of(day: u64) -> (u64, u64) {
    // Days since 1 March of the year 0.
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    if from_march < 10 { (era * 400 + year, from_march + 3) } else { (era * 400 + year + 1, from_march - 9) }
}

/// The first day of a month, since the epoch.
const fn first_day(year: u64, month: u64) -> u64 {
    let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * from_march + 2) / 5;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        // Day by day from 1970 to 2104, past a century that is no leap year.
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..49_000 {
            assert_eq!(month_of(number), (year, month), "day {number}");
            assert_eq!(first_day(year, month), number + 1 - day, "day {number}");
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }

    #[test]
    fn candles_follow_one_another_without_gaps() {
        for interval in Interval::ALL {
            for ms in [0, 1, 59_999, 345_600_000, 951_782_400_000, 1_709_164_799_999, 1_709_251_200_000, 1_795_353_252_460] {
                let moment = Time::from_ms(ms);
                let (start, next) = (interval.start(moment), interval.next(moment));
                assert!(start <= moment && moment < next, "{} at {ms}", interval.name());
                assert_eq!(interval.start(next), next, "{} at {ms}", interval.name());
                assert_eq!(interval.start(Time::from_ms(next.ms() - 1)), start, "{} at {ms}", interval.name());
                assert_eq!(interval.before(next, 1), start, "{} at {ms}", interval.name());
                assert_eq!(interval.at_or_after(start), start);
                assert_eq!(interval.at_or_after(Time::from_ms(start.ms() + 1)), next);
            }
        }
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let monday = Time::from_ms(1_795_392_000_000); // 2026-11-23
        let sunday = Time::from_ms(1_795_391_999_999);
        assert_eq!(Interval::Week1.start(monday), monday);
        assert_eq!(Interval::Week1.start(sunday).ms(), 1_794_787_200_000); // 2026-11-16
        assert_eq!(Interval::Week1.before(monday, 2).ms(), 1_794_182_400_000); // 2026-11-09
    }
}
