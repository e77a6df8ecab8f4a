//! What an order must look like before anything else is asked of it: on the tick, on the lot, within size and price limits.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, compare_products, mul_div};
use crate::contract::Contract;
use crate::units::{MarkPrice, Notional, Price, Quantity, Rate};

/// Limits on single orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFilters {
    /// Smallest quantity.
    pub min_quantity: Quantity,
    /// Largest quantity.
    pub max_quantity: Quantity,
    /// Smallest value at the order's price, in the settlement asset for linear contracts and in face currency for inverse ones.
    pub min_notional: Notional,
    /// A buy may not be priced above `mark × band_up`.
    pub band_up: Rate,
    /// A sell may not be priced below `mark × band_down`.
    pub band_down: Rate,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderSide {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

/// Why an order is malformed. Each names the field, the limit and the value given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// The price is not a multiple of the tick.
    OffTick {
        /// Price given.
        price: Price,
        /// The tick.
        tick: Price,
    },
    /// The quantity is not a multiple of the lot.
    OffLot {
        /// Quantity given.
        quantity: Quantity,
        /// The lot.
        lot: Quantity,
    },
    /// The quantity is below the smallest or above the largest.
    QuantityOutOfRange {
        /// Quantity given.
        quantity: Quantity,
        /// Smallest.
        least: Quantity,
        /// Largest.
        greatest: Quantity,
    },
    /// The order is worth too little.
    NotionalTooSmall {
        /// Its value.
        notional: Notional,
        /// The smallest.
        least: Notional,
    },
    /// A buy priced too far above the mark, or a sell too far below.
    OutsidePriceBand {
        /// Price given.
        price: Price,
        /// The limit on this side.
        limit: Price,
        /// The side.
        side: OrderSide,
    },
    /// A number left the range the rules compute with.
    OutOfRange(OutOfRange),
}

impl From<OutOfRange> for FilterError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

impl core::fmt::Display for FilterError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OffTick { price, tick } => write!(formatter, "price must be a multiple of the tick {tick}, got {price}"),
            Self::OffLot { quantity, lot } => write!(formatter, "quantity must be a multiple of the lot {lot}, got {quantity}"),
            Self::QuantityOutOfRange { quantity, least, greatest } => {
                write!(formatter, "quantity must be between {least} and {greatest}, got {quantity}")
            }
            Self::NotionalTooSmall { notional, least } => write!(formatter, "notional must be at least {least}, got {notional}"),
            Self::OutsidePriceBand { price, limit, side: OrderSide::Buy } => {
                write!(formatter, "price of a buy must not be above {limit}, got {price}")
            }
            Self::OutsidePriceBand { price, limit, side: OrderSide::Sell } => {
                write!(formatter, "price of a sell must not be below {limit}, got {price}")
            }
            Self::OutOfRange(error) => error.fmt(formatter),
        }
    }
}

impl core::error::Error for FilterError {}

/// Checks that a quantity is a multiple of the contract's lot and greater than zero.
///
/// # Errors
/// [`FilterError::OffLot`].
pub fn check_lot(contract: &Contract, quantity: Quantity) -> Result<(), FilterError> {
    let lot = contract.spec().lot;
    if quantity.raw() > 0 && quantity.raw().checked_rem(lot.raw()) == Some(0) {
        Ok(())
    } else {
        Err(FilterError::OffLot { quantity, lot })
    }
}

/// Checks that a price is a multiple of the contract's tick.
///
/// # Errors
/// [`FilterError::OffTick`].
pub fn check_tick(contract: &Contract, price: Price) -> Result<(), FilterError> {
    let tick = contract.spec().tick;
    if price.raw().checked_rem(tick.raw()) == Some(0) { Ok(()) } else { Err(FilterError::OffTick { price, tick }) }
}

impl OrderFilters {
    /// Checks an order against every filter, in the order: tick, lot, quantity, notional, price band.
    ///
    /// # Errors
    /// The first [`FilterError`] that applies.
    pub fn check(
        &self,
        contract: &Contract,
        side: OrderSide,
        quantity: Quantity,
        prices: (Price, MarkPrice),
    ) -> Result<(), FilterError> {
        let (price, mark) = prices;
        check_tick(contract, price)?;
        check_lot(contract, quantity)?;
        if quantity < self.min_quantity || quantity > self.max_quantity {
            return Err(FilterError::QuantityOutOfRange { quantity, least: self.min_quantity, greatest: self.max_quantity });
        }
        let notional = contract.quote_value(quantity, price)?;
        if notional < self.min_notional {
            return Err(FilterError::NotionalTooSmall { notional, least: self.min_notional });
        }
        self.check_band(side, price, mark)
    }

    /// Checks the price band alone.
    ///
    /// # Errors
    /// [`FilterError::OutsidePriceBand`].
    #[inline]
    pub fn check_band(&self, side: OrderSide, price: Price, mark: MarkPrice) -> Result<(), FilterError> {
        let against = |band: Rate| compare_products(price.wide(), SCALE, mark.wide(), band.wide());
        // A whole number is within the rounded limit when it is within the exact one.
        let is_inside = match side {
            OrderSide::Buy => against(self.band_up).is_le(),
            OrderSide::Sell => against(self.band_down).is_ge(),
        };
        if is_inside { Ok(()) } else { self.check_limit(side, price, mark) }
    }

    /// The limit itself, as it is told; at least the least price, at most the greatest.
    #[cold]
    fn check_limit(&self, side: OrderSide, price: Price, mark: MarkPrice) -> Result<(), FilterError> {
        let limit = |band: Rate, rounding| {
            mul_div(mark.wide(), band.wide(), SCALE, rounding).map(|raw| raw.clamp(Price::LEAST.wide(), Price::GREATEST.wide()))
        };
        let (limit, outside) = match side {
            OrderSide::Buy => {
                let limit = Price::from_wide(limit(self.band_up, Rounding::Floor)?)?;
                (limit, price > limit)
            }
            OrderSide::Sell => {
                let limit = Price::from_wide(limit(self.band_down, Rounding::Ceiling)?)?;
                (limit, price < limit)
            }
        };
        if outside { Err(FilterError::OutsidePriceBand { price, limit, side }) } else { Ok(()) }
    }
}
