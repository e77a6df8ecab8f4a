//! How large a book may become.

/// How many prices the window spans: a power of two from 64 to 262,144.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize(u32);

impl WindowSize {
    /// The smallest window: 64 prices, 1 KiB.
    pub const LEAST: Self = Self(1 << 6);
    /// 65,536 prices, 1 MiB: ± 5 % around a price of 60,000 in ticks of 0.1.
    pub const DEFAULT: Self = Self(1 << 16);
    /// The largest window, as much as three levels of 64 bits cover: 262,144 prices, 4 MiB.
    pub const GREATEST: Self = Self(1 << 18);

    /// A window of this many prices; `None` unless a power of two within the limits.
    ///
    /// ```
    /// use ringfence_engine::book::WindowSize;
    /// assert_eq!(WindowSize::of(65_536), Some(WindowSize::DEFAULT));
    /// assert_eq!(WindowSize::of(65_535), None);
    /// ```
    #[must_use]
    pub const fn of(prices: u32) -> Option<Self> {
        let fits = prices.is_power_of_two() && prices >= Self::LEAST.0 && prices <= Self::GREATEST.0;
        if fits { Some(Self(prices)) } else { None }
    }

    /// How many prices it spans.
    #[must_use]
    pub const fn prices(self) -> u32 {
        self.0
    }
}

/// How large a book may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookLimits {
    /// How many prices are kept in an array around the touch. A matter of speed only: no answer depends on it.
    pub window: WindowSize,
    /// How many orders may rest at once; 32 bytes each.
    pub orders: u32,
}

impl BookLimits {
    /// A window of 65,536 prices and up to 4,194,304 resting orders: at most 1 MiB + 128 MiB (+ 160 MiB were every order alone at a price
    /// outside the window).
    pub const DEFAULT: Self = Self { window: WindowSize::DEFAULT, orders: 1 << 22 };
}
