//! Cross pools: the marks between which a pool need not be looked at, and an index of pools by them.

use super::{Crossing, TriggerIndex, TriggerKey};
use ringfence_risk::cross::CrossLiquidation;
use ringfence_risk::units::{MarkPrice, Side};

/// The marks of one market at which a pool is known to be safe: strictly between the two edges.
///
/// An edge is the first mark that calls for a look. Like triggers, edges belong to the marks that are not safe. Without an edge all marks on
/// that side are safe; a band whose edges meet or overlap holds no mark at all.
///
/// ```
/// use ringfence_engine::triggers::SafeBand;
/// let band = SafeBand { below: Some("9000".parse()?), above: None };
/// assert!(band.contains("9000.01".parse()?) && !band.contains("9000".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SafeBand {
    /// The greatest mark below the band.
    pub below: Option<MarkPrice>,
    /// The least mark above the band.
    pub above: Option<MarkPrice>,
}

impl SafeBand {
    /// Every mark is safe.
    pub const ALL: Self = Self { below: None, above: None };

    /// Whether a mark lies strictly between the edges.
    #[inline]
    #[must_use]
    pub fn contains(self, mark: MarkPrice) -> bool {
        self.below.is_none_or(|edge| mark > edge) && self.above.is_none_or(|edge| mark < edge)
    }

    /// The marks that are safe by both bands.
    ///
    /// ```
    /// use ringfence_engine::triggers::SafeBand;
    /// let one = SafeBand { below: Some("9000".parse()?), above: None };
    /// let other = SafeBand { below: Some("8000".parse()?), above: Some("11000".parse()?) };
    /// assert_eq!(one.narrowed(other), SafeBand { below: Some("9000".parse()?), above: Some("11000".parse()?) });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn narrowed(self, other: Self) -> Self {
        let above = [self.above, other.above].into_iter().flatten().min();
        Self { below: self.below.max(other.below), above }
    }

    /// The band of a pool as long as its other markets stand still; `None` when it is liquidatable now.
    #[must_use]
    pub const fn of(marks: CrossLiquidation) -> Option<Self> {
        match marks {
            CrossLiquidation::Now => None,
            CrossLiquidation::Band { below, above } => Some(Self { below, above }),
        }
    }
}

/// The bands of all pools in one market: which pools a new mark calls for.
///
/// A pool in several markets has a band in each. As long as no mark leaves its band the pool is safe without being computed; when one does, it is
/// computed exactly and given new bands. The cost of a mark does not grow with the number of pools whose bands hold it.
///
/// ```
/// use ringfence_engine::triggers::{BandIndex, SafeBand, TriggerKey};
/// let pool = TriggerKey::new(0)?;
/// let mut bands = BandIndex::with_capacity(1);
/// bands.set(pool, SafeBand { below: Some("9000".parse()?), above: Some("11000".parse()?) });
///
/// let mut left = Vec::new();
/// bands.left("10999.99".parse()?, &mut left);
/// assert!(left.is_empty());
/// bands.left("11000".parse()?, &mut left);
/// assert_eq!(left, [pool]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct BandIndex {
    /// Lower edges are met as the mark falls, like the triggers of longs; upper ones like those of shorts.
    edges: TriggerIndex,
    /// What [`BandIndex::left`] works in; its memory is kept.
    crossed: Vec<Crossing>,
}

impl BandIndex {
    /// An empty index that allocates nothing more for slots below `slots`.
    #[must_use]
    pub fn with_capacity(slots: u32) -> Self {
        Self { edges: TriggerIndex::with_capacity(slots), crossed: Vec::new() }
    }

    /// Gives a pool this band in place of the one it had; [`SafeBand::ALL`] removes it. O(log n).
    pub fn set(&mut self, pool: TriggerKey, band: SafeBand) {
        self.edges.set(pool, Side::Long, band.below);
        self.edges.set(pool, Side::Short, band.above);
    }

    /// The band of a pool; [`SafeBand::ALL`] when it has none. O(1).
    #[must_use]
    pub fn band(&self, pool: TriggerKey) -> SafeBand {
        SafeBand { below: self.edges.trigger(pool, Side::Long), above: self.edges.trigger(pool, Side::Short) }
    }

    /// Whether every band holds this mark. O(1): two comparisons of integers.
    #[inline]
    #[must_use]
    pub const fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.edges.is_quiet(mark)
    }

    /// The first pool, in the order of [`BandIndex::left`], whose band does not hold this mark. O(1).
    #[inline]
    #[must_use]
    pub fn first_left(&self, mark: MarkPrice) -> Option<TriggerKey> {
        self.edges.first_crossed(mark).map(|crossing| crossing.key)
    }

    /// Appends every pool whose band does not hold this mark, each once: first those that a falling mark leaves, highest edge first, then those
    /// that a rising mark leaves, lowest edge first; equal edges by key. They keep their bands until they are given new ones.
    ///
    /// O(k log k) for k found; a quiet mark costs two comparisons.
    #[inline]
    pub fn left(&mut self, mark: MarkPrice, found: &mut Vec<TriggerKey>) {
        if !self.is_quiet(mark) {
            self.append(mark, found);
        }
    }

    #[cold]
    fn append(&mut self, mark: MarkPrice, found: &mut Vec<TriggerKey>) {
        let Self { edges, crossed } = self;
        crossed.clear();
        edges.crossed(mark, crossed);
        // A band that holds no mark is left on both sides: it is named where it comes first.
        let is_named = |crossing: &Crossing| {
            crossing.side == Side::Short && edges.trigger(crossing.key, Side::Long).is_some_and(|edge| mark <= edge)
        };
        found.extend(crossed.iter().filter(|crossing| !is_named(crossing)).map(|crossing| crossing.key));
    }

    /// The marks that are safe for every pool.
    #[must_use]
    pub fn safe_band(&self) -> SafeBand {
        self.edges.safe_band()
    }

    /// The number of bytes that the index has reserved.
    #[must_use]
    pub const fn reserved_bytes(&self) -> usize {
        self.edges.reserved_bytes().saturating_add(self.crossed.capacity().saturating_mul(size_of::<Crossing>()))
    }
}
