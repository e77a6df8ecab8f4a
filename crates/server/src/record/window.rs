//! Which part of a history is asked for.

use ringfence_engine::time::Time;

use super::entry::ForcedOrder;

/// A part of a history. Answers are always oldest first.
///
/// From a number or a start on, the first entries are answered; without either, the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// No smaller numbers than this.
    pub from: Option<u64>,
    /// Nothing before this time.
    pub start: Option<Time>,
    /// Nothing after this time.
    pub end: Option<Time>,
    /// Which page of `limit` entries, from 1, counted from the oldest that fits; without one, as said above.
    pub page: Option<u32>,
    /// At most so many entries.
    pub limit: usize,
}

impl Window {
    /// The latest entries.
    #[must_use]
    pub const fn latest(limit: usize) -> Self {
        Self { from: None, start: None, end: None, page: None, limit }
    }

    /// Everything there is.
    pub const ALL: Self = Self::latest(usize::MAX);

    fn holds(&self, number: u64, time: Time) -> bool {
        self.from.is_none_or(|from| number >= from)
            && self.start.is_none_or(|start| time >= start)
            && self.end.is_none_or(|end| time <= end)
    }

    /// What of a history falls into it that has numbers of forced orders between others. Within a kind numbers grow, between kinds only the order of the
    /// entries counts: `from` says after
    /// which of its own kind it goes on, so that who asks from the last number plus one misses nothing.
    pub fn go_on<T>(&self, mut entries: Vec<T>, key: impl Fn(&T) -> (u64, Time)) -> Vec<T> {
        if let Some(from) = self.from {
            let is_kin = |entry: &T| (key(entry).0 >= ForcedOrder::FIRST) == (from >= ForcedOrder::FIRST);
            let before = entries.iter().rposition(|entry| is_kin(entry) && key(entry).0 < from);
            let first = before.map(|last| last.saturating_add(1));
            // Before all others of its kind: an order's number means the beginning.
            let beginning = || entries.iter().position(|entry| from < ForcedOrder::FIRST || is_kin(entry));
            let first = first.or_else(beginning).unwrap_or(entries.len());
            entries.drain(..first);
        }
        let all = Self { from: None, ..*self };
        entries.retain(|entry| {
            let (number, time) = key(entry);
            all.holds(number, time)
        });
        if self.from.is_some() || self.start.is_some() {
            entries.truncate(self.limit);
        } else {
            entries.drain(..entries.len().saturating_sub(self.limit));
        }
        entries
    }

    /// What of a history, oldest first, falls into it.
    pub(super) fn select<'a, T>(
        &self,
        entries: impl DoubleEndedIterator<Item = &'a T>,
        key: impl Fn(&T) -> (u64, Time),
    ) -> Vec<&'a T> {
        let fits = entries.filter(|entry| {
            let (number, time) = key(entry);
            self.holds(number, time)
        });
        if let Some(page) = self.page {
            let skip = usize::try_from(page).unwrap_or(usize::MAX).saturating_sub(1).saturating_mul(self.limit);
            return fits.skip(skip).take(self.limit).collect();
        }
        if self.from.is_some() || self.start.is_some() {
            return fits.take(self.limit).collect();
        }
        let mut latest: Vec<&T> = fits.rev().take(self.limit).collect();
        latest.reverse();
        latest
    }
}
