//! Times in buckets that grow with the time.

use std::time::Duration;

/// Buckets in each doubling: a time is known to one part in 64.
const STEPS: u64 = 64;
/// Times below this many nanoseconds have a bucket each.
const EXACT: u64 = 2 * STEPS;
/// Doublings above the exact times, up to 2^63 ns.
const DOUBLINGS: u64 = 57;

/// How long things took. Quantiles are at most one part in 64 too high and never too low.
///
/// ```
/// use std::time::Duration;
/// use ringfence_torture::histogram::Histogram;
/// let mut times = Histogram::new();
/// for millisecond in 1..=100 {
///     times.record(Duration::from_millis(millisecond));
/// }
/// let median = times.per_mille(500);
/// assert!(median >= Duration::from_millis(50) && median < Duration::from_millis(51));
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// Nothing recorded.
    #[must_use]
    pub fn new() -> Self {
        Self { counts: vec![0; bucket(u64::MAX >> 1) + 1], total: 0, longest: 0 }
    }

    /// Counts one time.
    pub fn record(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX >> 1);
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    /// Counts what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }

    /// How many times were recorded.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.total
    }

    /// The time that so many in a thousand did not exceed; zero when nothing was recorded.
    #[must_use]
    pub fn per_mille(&self, share: u64) -> Duration {
        let wanted = (u128::from(self.total) * u128::from(share)).div_ceil(1000).max(1);
        let mut seen = 0_u128;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if seen >= wanted {
                return Duration::from_nanos(upper_end(index).min(self.longest));
            }
        }
        Duration::ZERO
    }

    /// The longest time.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }
}

fn bucket(nanoseconds: u64) -> usize {
    let shift = u64::from(63 - (nanoseconds | 1).leading_zeros()).saturating_sub(6);
    usize::try_from(shift * STEPS + (nanoseconds >> shift)).expect("fewer than 4,000 buckets")
}

fn upper_end(index: usize) -> u64 {
    let index = u64::try_from(index).expect("fewer than 4,000 buckets");
    if index < EXACT {
        return index;
    }
    let shift = (index / STEPS - 1).min(DOUBLINGS);
    ((index - shift * STEPS + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_bucket_and_no_further_than_one_part_in_64_below_its_end() {
        for power in 0..62 {
            for near in [-1_i64, 0, 1] {
                let time = u64::try_from((1_i64 << power) + near).expect("not negative");
                let end = upper_end(bucket(time));
                assert!(end >= time, "{time} is above {end}");
                assert!(end - time <= time / STEPS, "{time} is far below {end}");
            }
        }
    }

    #[test]
    fn quantiles_count_from_the_shortest() {
        let mut times = Histogram::new();
        assert_eq!(times.per_mille(999), Duration::ZERO);
        for nanoseconds in 1..=100 {
            times.record(Duration::from_nanos(nanoseconds));
        }
        let shares = [1, 10, 500, 990, 999, 1000].map(|share| times.per_mille(share).as_nanos());
        assert_eq!(shares, [1, 1, 50, 99, 100, 100]);
    }

    #[test]
    fn two_added_are_as_one() {
        let (mut one, mut other, mut both) = (Histogram::new(), Histogram::new(), Histogram::new());
        for nanoseconds in (0..1_000_000).step_by(977) {
            let time = Duration::from_nanos(nanoseconds);
            if nanoseconds % 2 == 0 {
                one.record(time);
            } else {
                other.record(time);
            }
            both.record(time);
        }
        one.add(&other);
        assert_eq!((one.counts, one.total, one.longest), (both.counts, both.total, both.longest));
    }
}
