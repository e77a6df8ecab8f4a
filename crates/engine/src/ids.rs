//! The numbers that name things.

/// A market, counted from 0 in the order of listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketId(pub u16);

/// An asset, counted from 0 in the order of listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub u8);

/// An order of one market. Later orders have greater numbers.
///
/// The upper bits count the orders of the market, the lower [`OrderId::PLACE_BITS`] say where it is kept, so that finding an order costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub u64);

impl OrderId {
    /// How many bits name the place.
    pub const PLACE_BITS: u32 = 22;
    const PLACE_MASK: u64 = (1 << Self::PLACE_BITS) - 1;

    /// The number of the `sequence`-th order, kept at `place`.
    #[inline]
    #[must_use]
    pub const fn new(sequence: u64, place: u32) -> Self {
        #![expect(clippy::as_conversions, reason = "a widening of 32 to 64 bits is lossless; From is not const")]
        Self((sequence << Self::PLACE_BITS) | (place as u64 & Self::PLACE_MASK))
    }

    /// Where it is kept while it is open.
    #[inline]
    #[must_use]
    pub const fn place(self) -> u32 {
        #![expect(clippy::as_conversions, reason = "22 bits fit 32")]
        (self.0 & Self::PLACE_MASK) as u32
    }

    /// The how-manieth order of the market it is, from 1.
    #[must_use]
    pub const fn sequence(self) -> u64 {
        self.0 >> Self::PLACE_BITS
    }
}

impl core::fmt::Display for OrderId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A trade of one market, counted from 1 without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradeId(pub u64);
