//! When the next request is due.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// The longest the schedule sleeps: due times are released at least so often.
const LONGEST_SLEEP: Duration = Duration::from_micros(500);

/// How long after the end the clients may send what was due before it.
const GRACE: Duration = Duration::from_secs(2);

/// A schedule that clients share.
#[derive(Debug)]
pub(super) struct Pace {
    end: Instant,
    schedule: Option<Schedule>,
}

#[derive(Debug)]
struct Schedule {
    rate: u64,
    due: Mutex<VecDeque<Instant>>,
    released: Semaphore,
}

impl Pace {
    /// Until `end`; with a rate in requests a second in open loop, without one in closed loop.
    pub(super) fn new(end: Instant, rate: Option<u64>) -> Self {
        let schedule =
            rate.map(|rate| Schedule { rate: rate.max(1), due: Mutex::new(VecDeque::new()), released: Semaphore::new(0) });
        Self { end, schedule }
    }

    /// When the next request of whoever asks was due: now in a closed loop. In an open loop it is the scheduled time, however
    /// long ago: a time counted from it includes the waiting for a free connection. None at the end.
    pub(super) async fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        match &self.schedule {
            None => (now < self.end).then_some(now),
            Some(schedule) => {
                schedule.released.acquire().await.ok()?.forget();
                schedule.due.lock().ok()?.pop_front()
            }
        }
    }

    /// Releases what is due until the end, and lets the clients catch up. Returns at once in a closed loop.
    pub(super) fn keep(&self) {
        let Some(schedule) = &self.schedule else { return };
        let (begun, mut released) = (Instant::now(), 0_u64);
        loop {
            let now = Instant::now();
            if now >= self.end {
                break;
            }
            let mut count = 0;
            if let Ok(mut due) = schedule.due.lock() {
                while schedule.at(begun, released) <= now {
                    due.push_back(schedule.at(begun, released));
                    released += 1;
                    count += 1;
                }
            }
            schedule.released.add_permits(count);
            let next = schedule.at(begun, released).saturating_duration_since(Instant::now());
            thread::sleep(next.min(LONGEST_SLEEP));
        }
        let enough = self.end + GRACE;
        while self.unsent() > 0 && Instant::now() < enough {
            thread::sleep(LONGEST_SLEEP);
        }
        schedule.released.close();
    }

    /// Requests that were due and that nobody was free to send.
    pub(super) fn unsent(&self) -> usize {
        self.schedule.as_ref().and_then(|schedule| schedule.due.lock().ok().map(|due| due.len())).unwrap_or(0)
    }
}

impl Schedule {
    fn at(&self, begun: Instant, number: u64) -> Instant {
        let nanoseconds = u128::from(number) * 1_000_000_000 / u128::from(self.rate);
        begun + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn an_open_loop_is_due_at_its_rate_whoever_is_late() {
        let begun = Instant::now();
        let pace = Pace::new(begun + Duration::from_millis(100), Some(1000));
        thread::scope(|scope| scope.spawn(|| pace.keep()).join()).expect("kept");
        assert!((90..=100).contains(&pace.unsent()), "{} of 100 were due", pace.unsent());
        assert_eq!(pace.next().await, None, "after the end nothing is sent");
    }

    #[test]
    fn a_due_time_is_the_scheduled_one() {
        let pace = Pace::new(Instant::now() + Duration::from_millis(50), Some(100));
        let seen = thread::scope(|scope| {
            scope.spawn(|| pace.keep());
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
                let mut seen = Vec::new();
                while let Some(due) = pace.next().await {
                    thread::sleep(Duration::from_millis(15));
                    seen.push(due);
                }
                seen
            })
        });
        let apart: Vec<_> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(seen.len() >= 2 && apart.iter().all(|gap| *gap == Duration::from_millis(10)), "{apart:?}");
    }

    #[tokio::test]
    async fn a_closed_loop_is_due_now_until_the_end() {
        let pace = Pace::new(Instant::now() + Duration::from_millis(20), None);
        assert!(pace.next().await.is_some_and(|due| due.elapsed() < Duration::from_millis(20)));
        thread::sleep(Duration::from_millis(25));
        assert_eq!((pace.next().await, pace.unsent()), (None, 0));
    }
}
