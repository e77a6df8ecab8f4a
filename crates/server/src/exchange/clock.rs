//! The time an exchange lives in.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ringfence_engine::time::Time;

/// Gives the engine its time: as fast as the wall's, faster, or not at all, from any moment on. It never goes back.
///
/// Signatures are judged by the wall's time, not by this one: a frozen exchange still takes orders.
///
/// ```
/// use ringfence_server::exchange::Clock;
/// use ringfence_engine::time::Time;
/// let clock = Clock::starting_at(Time::from_ms(1_000));
/// clock.freeze();
/// let then = clock.now();
/// clock.advance(60_000);
/// assert_eq!(clock.now().since(then), 60_000);
/// ```
#[derive(Debug)]
pub struct Clock {
    inner: Mutex<Inner>,
}

/// How a clock runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSetting {
    /// It stands.
    Frozen,
    /// It runs so many times as fast as the wall's, 1 to [`Clock::FASTEST`].
    Running(u32),
}

#[derive(Debug)]
struct Inner {
    setting: ClockSetting,
    /// The exchange's time when the setting began…
    from: Time,
    /// …and the machine's.
    since: Instant,
}

impl Inner {
    fn now(&self) -> Time {
        match self.setting {
            ClockSetting::Frozen => self.from,
            ClockSetting::Running(speed) => {
                let passed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.from.plus_ms(passed.saturating_mul(u64::from(speed)))
            }
        }
    }

    fn restart(&mut self, setting: ClockSetting, from: Time) {
        *self = Self { setting, from, since: Instant::now() };
    }
}

impl Clock {
    /// The greatest speed: a day in 24 seconds.
    pub const FASTEST: u32 = 3_600;

    /// A clock that runs as fast as the wall's, from this time on.
    #[must_use]
    pub fn starting_at(time: Time) -> Self {
        Self { inner: Mutex::new(Inner { setting: ClockSetting::Running(1), from: time, since: Instant::now() }) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.with(|inner| inner.now())
    }

    /// How it runs.
    #[must_use]
    pub fn setting(&self) -> ClockSetting {
        self.with(|inner| inner.setting)
    }

    /// Stands still from now on.
    pub fn freeze(&self) {
        self.with(|inner| inner.restart(ClockSetting::Frozen, inner.now()));
    }

    /// Runs on from the present time; a speed outside 1 to [`Clock::FASTEST`] is taken as the nearer of the two.
    pub fn run(&self, speed: u32) {
        self.with(|inner| inner.restart(ClockSetting::Running(speed.clamp(1, Self::FASTEST)), inner.now()));
    }

    /// Jumps ahead by so many milliseconds and goes on as it went.
    pub fn advance(&self, ms: u64) {
        self.with(|inner| inner.restart(inner.setting, inner.now().plus_ms(ms)));
    }

    /// Goes on from another time, as a snapshot that is reverted to asks for.
    pub fn set(&self, time: Time) {
        self.with(|inner| inner.restart(inner.setting, time));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_and_jumps_and_a_running_one_runs() {
        let clock = Clock::starting_at(Time::from_ms(5_000));
        clock.freeze();
        let frozen = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now(), frozen);
        clock.advance(1_000);
        assert_eq!(clock.now(), frozen.plus_ms(1_000));
        clock.run(1_000_000);
        assert_eq!(clock.setting(), ClockSetting::Running(Clock::FASTEST));
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(clock.now().since(frozen) >= 1_000 + 5 * 3_600);
    }
}
