//! The index: one price of the underlying from several sources, of which some are silent or wrong.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, div};
use ringfence_risk::units::{IndexPrice, Rate};

use super::rule::{BadRule, is_near, within};
use super::source::SourceId;
use crate::time::Time;

/// One slot per source.
const SOURCES: usize = 16;

/// When quotes make an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRule {
    /// How many fresh quotes must agree: from 1 to 16. With three or more no single source decides.
    pub least_fresh: u8,
    /// A quote older than this many milliseconds does not count; at least 1.
    pub stale_after_ms: u64,
    /// A quote further than this from the median of the fresh ones does not count, as a fraction of that median: above zero, at most 1.
    pub outlier: Rate,
}

impl IndexRule {
    /// The rule itself, if every setting is within its limits.
    ///
    /// # Errors
    /// [`BadRule`] naming the setting, what it was and its limits.
    ///
    /// ```
    /// use ringfence_engine::feed::IndexRule;
    /// let rule = IndexRule { least_fresh: 17, stale_after_ms: 5_000, outlier: "0.02".parse()? };
    /// assert_eq!(rule.check().unwrap_err().to_string(), "least_fresh is 17; it must be from 1 to 16");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(self) -> Result<Self, BadRule> {
        within("least_fresh", self.least_fresh, 1, SourceId::COUNT)?;
        within("stale_after_ms", self.stale_after_ms, 1, u64::MAX)?;
        let least = Rate::from_raw(1).unwrap_or(Rate::ZERO);
        within("outlier", self.outlier, least, Rate::WHOLE)?;
        Ok(self)
    }
}

/// What a source said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) price: IndexPrice,
    pub(crate) at: Time,
}

/// The index, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexState {
    /// There is an index.
    Index {
        /// The index, to the nearest 10⁻⁸ (halves to even).
        price: IndexPrice,
        /// How many quotes agree: fresh and no outliers.
        used: u8,
    },
    /// Too few quotes agree: there is no index, so no mark, and liquidation must pause.
    Degraded {
        /// How many quotes are fresh and no outliers.
        fresh: u8,
        /// How many there must be.
        needed: u8,
    },
}

/// The last quote of every source, and the index they make.
///
/// Quotes older than [`stale_after_ms`](IndexRule::stale_after_ms) do not count. Of the fresh ones the median is taken (of an even number: the
/// mean of the two middle ones), quotes further than [`outlier`](IndexRule::outlier) from it are left out, and the index is the median of those
/// that remain, if at least [`least_fresh`](IndexRule::least_fresh) do.
///
/// With three or more fresh quotes no single source moves the index beyond the others, whatever it says. That is why, of exactly three, the
/// middle one is the index even when another is left out: the mean of the two that remain is what one of them could move. One of only two
/// fresh sources can move the index as far as `outlier` lets it.
///
/// ```
/// use ringfence_engine::feed::{IndexRule, IndexSources, IndexState, SourceId};
/// use ringfence_engine::time::Time;
///
/// let rule = IndexRule { least_fresh: 3, stale_after_ms: 5_000, outlier: "0.02".parse()? };
/// let mut sources = IndexSources::new(rule)?;
/// let now = Time::from_ms(1_700_000_000_000);
/// for (source, price) in [(0, "60000"), (1, "60010"), (2, "60030"), (3, "90000")] {
///     sources.quote(SourceId::new(source)?, price.parse()?, now);
/// }
/// assert_eq!(sources.index(now), IndexState::Index { price: "60010".parse()?, used: 3 }); // 90000 is left out
/// assert_eq!(sources.index(now.plus_ms(5_001)), IndexState::Degraded { fresh: 0, needed: 3 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSources {
    pub(crate) rule: IndexRule,
    pub(crate) quotes: [Option<Quote>; SOURCES],
}

impl IndexSources {
    /// No source has quoted yet.
    ///
    /// # Errors
    /// [`BadRule`] when a setting is outside its limits.
    pub fn new(rule: IndexRule) -> Result<Self, BadRule> {
        Ok(Self { rule: rule.check()?, quotes: [None; SOURCES] })
    }

    /// The rule it was made with.
    #[must_use]
    pub const fn rule(&self) -> IndexRule {
        self.rule
    }

    /// Remembers what a source says at this moment, and whether it was taken: a quote older than the source's last one is ignored; one of the
    /// same moment replaces it.
    pub fn quote(&mut self, source: SourceId, price: IndexPrice, now: Time) -> bool {
        let Some(slot) = self.quotes.get_mut(usize::from(source.number())) else { return false };
        if slot.is_some_and(|last| last.at > now) {
            return false;
        }
        *slot = Some(Quote { price, at: now });
        true
    }

    /// The index at this moment. A quote from later than this moment is fresh.
    #[must_use]
    pub fn index(&self, now: Time) -> IndexState {
        let mut prices = [IndexPrice::GREATEST; SOURCES];
        let is_fresh = |quote: &&Quote| now.since(quote.at) <= self.rule.stale_after_ms;
        let fresh = self.quotes.iter().flatten().filter(is_fresh).zip(prices.iter_mut());
        let count = fresh.map(|(quote, slot)| *slot = quote.price).count();
        let sorted = prices.get_mut(..count).unwrap_or_default();
        sorted.sort_unstable();
        self.agreed(sorted)
    }

    /// The index of the fresh prices, lowest first.
    fn agreed(&self, sorted: &[IndexPrice]) -> IndexState {
        let needed = self.rule.least_fresh;
        let Some(centre) = twice_median(sorted) else { return IndexState::Degraded { fresh: 0, needed } };
        let kept = near(sorted, centre, self.rule.outlier);
        let used = u8::try_from(kept.len()).unwrap_or(u8::MAX);
        let decided = if sorted.len() == 3 { Some(centre) } else { twice_median(kept) };
        match decided.map(half) {
            Some(Ok(price)) if used >= needed => IndexState::Index { price, used },
            _ => IndexState::Degraded { fresh: used, needed },
        }
    }
}

/// Twice the median of prices, lowest first: exact, where the median itself may end on half a unit. `None` without prices.
fn twice_median(sorted: &[IndexPrice]) -> Option<i64> {
    let upper = sorted.len().checked_div(2)?;
    let lower = sorted.len().checked_sub(1)?.checked_div(2)?;
    // Both are at most 10¹⁷.
    Some(sorted.get(lower)?.raw().saturating_add(sorted.get(upper)?.raw()))
}

/// Half of it, to the nearest 10⁻⁸ (halves to even).
fn half(twice: i64) -> Result<IndexPrice, OutOfRange> {
    IndexPrice::from_wide(div(twice.into(), 2, Rounding::HalfEven)?)
}

/// The prices at most `outlier` from the median; they stand together, since the prices are sorted.
fn near(sorted: &[IndexPrice], twice_median: i64, outlier: Rate) -> &[IndexPrice] {
    // At most 2 × 10¹⁷.
    let twice = |price: &IndexPrice| price.raw().saturating_mul(2);
    let is_outlier = |price: &IndexPrice| !is_near(twice(price), twice_median, outlier);
    let start = sorted.partition_point(|price| is_outlier(price) && twice(price) < twice_median);
    let end = sorted.partition_point(|price| !is_outlier(price) || twice(price) < twice_median);
    sorted.get(start..end).unwrap_or_default()
}
