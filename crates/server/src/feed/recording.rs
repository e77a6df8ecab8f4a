//! A recorded file, played.

use std::collections::VecDeque;
use std::path::Path;

use ringfence_market::{Observation, PriceFile};
use ringfence_risk::units::MarkPrice;

use super::source::SourceStatus;
use crate::boot::BootError;

/// A price and when it was recorded, in milliseconds since 1970.
type Point = (i64, MarkPrice);
/// A price and its place among those played at once.
type Played = Option<(usize, MarkPrice)>;

/// The length of a bar where the file has only one.
const MINUTE_MS: i64 = 60_000;

/// A recorded file, read as it is played.
#[derive(Debug)]
pub(super) struct Recording {
    file: PriceFile,
    speed: u32,
    /// The length of a bar: the time between the first two.
    bar_ms: i64,
    /// Read, not played yet.
    ahead: VecDeque<Point>,
    /// How far it is played, in recorded milliseconds since 1970.
    played_ms: i64,
    ended: Option<SourceStatus>,
}

impl Recording {
    /// Opens a file and reads its first two rows.
    pub(super) fn open(path: &Path, speed: u32) -> Result<Self, BootError> {
        if !(1..=1_000_000).contains(&speed) {
            return Err(BootError::Speed { speed });
        }
        let file = PriceFile::open(path)?;
        let mut recording = Self { file, speed, bar_ms: MINUTE_MS, ahead: VecDeque::new(), played_ms: 0, ended: None };
        let first = recording.file.next().transpose()?;
        let second = if first.is_some() { recording.file.next().transpose()? } else { None };
        if let (Some(Observation::Bar(first)), Some(Observation::Bar(second))) = (&first, &second) {
            recording.bar_ms = second.open_time_ms.saturating_sub(first.open_time_ms).max(4);
        }
        for row in [first, second].into_iter().flatten() {
            recording.take_in(&row);
        }
        recording.played_ms = recording.ahead.front().map_or(0, |(at, _)| *at);
        Ok(recording)
    }

    /// Its first price, while it is not played yet.
    pub(super) fn first(&self) -> Option<MarkPrice> {
        self.ahead.front().map(|(_, price)| *price)
    }

    pub(super) fn status(&self) -> SourceStatus {
        self.ended.clone().filter(|_| self.ahead.is_empty()).unwrap_or(SourceStatus::Running)
    }

    /// The prices of so many milliseconds: the lowest, the highest and the last, in the order in which they were recorded.
    pub(super) fn advance(&mut self, elapsed_ms: u64) -> Vec<MarkPrice> {
        let passed = i64::try_from(elapsed_ms).unwrap_or(i64::MAX).saturating_mul(self.speed.into());
        self.played_ms = self.played_ms.saturating_add(passed);
        let (mut lowest, mut highest, mut last): (Played, Played, Played) = (None, None, None);
        for number in 0.. {
            let Some(price) = self.next_due() else { break };
            lowest = Some(lowest.filter(|(_, low)| *low <= price).unwrap_or((number, price)));
            highest = Some(highest.filter(|(_, high)| *high >= price).unwrap_or((number, price)));
            last = Some((number, price));
        }
        let mut points: Vec<(usize, MarkPrice)> = [lowest, highest, last].into_iter().flatten().collect();
        points.sort_unstable();
        points.dedup();
        points.into_iter().map(|(_, price)| price).collect()
    }

    /// The next price, if it is due. Reads on where nothing is left; without a row that is due nothing more is read.
    fn next_due(&mut self) -> Option<MarkPrice> {
        while self.ahead.is_empty() && self.ended.is_none() {
            match self.file.next() {
                Some(Ok(row)) => self.take_in(&row),
                Some(Err(error)) => self.ended = Some(SourceStatus::Failed { reason: error.to_string() }),
                None => self.ended = Some(SourceStatus::Ended),
            }
        }
        self.ahead.pop_front_if(|(at, _)| *at <= self.played_ms).map(|(_, price)| price)
    }

    fn take_in(&mut self, row: &Observation) {
        match row {
            Observation::Tick(tick) => self.ahead.push_back((tick.time_ms, tick.price)),
            Observation::Bar(bar) => {
                let quarter = self.bar_ms.checked_div(4).unwrap_or(1);
                for (price, number) in [bar.open, bar.low, bar.high, bar.close].into_iter().zip(0_i64..) {
                    self.ahead.push_back((bar.open_time_ms.saturating_add(quarter.saturating_mul(number)), price));
                }
            }
        }
    }
}
