//! Time as the machine sees it: a number that its caller passes in. Nothing here reads a clock.

/// A moment: whole milliseconds since the Unix epoch.
///
/// ```
/// use ringfence_engine::time::Time;
/// let opened = Time::from_ms(1_700_000_000_000);
/// let later = opened.plus_ms(1_500);
/// assert!(later > opened);
/// assert_eq!((later.since(opened), opened.since(later)), (1_500, 0));
/// assert_eq!(later.to_string(), "1700000001500 ms");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// From milliseconds since the Unix epoch.
    #[inline]
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    #[inline]
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// So many milliseconds later; the last moment there is when that lies beyond it.
    #[inline]
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds that have passed since an earlier moment; zero when it is not earlier.
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl core::fmt::Display for Time {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} ms", self.0)
    }
}
