//! When streams are due.

use std::time::{Duration, Instant};

/// How often a stream is told. Counted by the machine's time: a frozen exchange is told of all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Cadence {
    /// Ten times a second.
    Ms100,
    /// Four times a second.
    Ms250,
    /// Twice a second.
    Ms500,
    /// Every second.
    Second1,
    /// Every three.
    Seconds3,
    /// Every five.
    Seconds5,
}

impl Cadence {
    pub(super) const ALL: [Self; 6] = [Self::Ms100, Self::Ms250, Self::Ms500, Self::Second1, Self::Seconds3, Self::Seconds5];

    const fn every(self) -> Duration {
        Duration::from_millis(match self {
            Self::Ms100 => 100,
            Self::Ms250 => 250,
            Self::Ms500 => 500,
            Self::Second1 => 1_000,
            Self::Seconds3 => 3_000,
            Self::Seconds5 => 5_000,
        })
    }
}

/// When each cadence is due next.
#[derive(Clone, Debug)]
pub(super) struct Timetable {
    next: [Instant; Cadence::ALL.len()],
}

impl Timetable {
    pub(super) fn starting(now: Instant) -> Self {
        Self { next: [now; Cadence::ALL.len()] }
    }

    /// What is due now. What was missed is not made up for.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Cadence> {
        let mut due = Vec::new();
        for (cadence, next) in Cadence::ALL.into_iter().zip(&mut self.next) {
            if now >= *next {
                due.push(cadence);
                let on_time = *next + cadence.every();
                *next = if on_time > now { on_time } else { now + cadence.every() };
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_stays_on_its_beat_and_what_was_missed_is_dropped() {
        let start = Instant::now();
        let mut timetable = Timetable::starting(start);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(timetable.due(at(0)).len(), 6);
        for (ms, due) in [(99, 0), (130, 1), (199, 0), (200, 1), (250, 1), (320, 1), (1_000, 4), (1_050, 0), (1_100, 1)] {
            assert_eq!(timetable.due(at(ms)).len(), due, "at {ms}");
        }
    }
}
