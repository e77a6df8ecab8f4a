//! Prices and quantities as the book counts them: whole ticks, whole lots.

use core::num::NonZeroU32;

use ringfence_risk::arithmetic::{OutOfRange, whole_steps};
use ringfence_risk::contract::Contract;
use ringfence_risk::filters::FilterError;
use ringfence_risk::units::{Price, Quantity};

/// Who an order belongs to: orders of one number never trade with each other. An account, or a group of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u32);

/// A price as a number of ticks, from 1 to 2³² − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(NonZeroU32);

impl Ticks {
    /// The least price: one tick.
    pub const LEAST: Self = Self(NonZeroU32::MIN);
    /// The greatest price.
    pub const GREATEST: Self = Self(NonZeroU32::MAX);

    /// From a number of ticks; `None` for zero.
    #[inline]
    #[must_use]
    pub const fn new(ticks: u32) -> Option<Self> {
        match NonZeroU32::new(ticks) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }

    /// The number of ticks.
    #[inline]
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0.get()
    }

    /// From a price of this contract.
    ///
    /// # Errors
    /// [`FilterError::OffTick`] between two ticks, [`FilterError::OutOfRange`] beyond 2³² − 1 ticks.
    ///
    /// ```
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # let contract = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.01".parse()?,
    /// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// use ringfence_engine::book::Ticks;
    /// // The contract's tick is 0.1.
    /// let ticks = Ticks::from_price(&contract, "10000.5".parse()?).map_err(|error| error.to_string())?;
    /// assert_eq!(ticks.raw(), 100_005);
    /// assert_eq!(ticks.to_price(&contract)?, "10000.5".parse()?);
    /// assert!(Ticks::from_price(&contract, "10000.55".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_price(contract: &Contract, price: Price) -> Result<Self, FilterError> {
        let tick = contract.spec().tick;
        let Some(count) = whole_steps(price.raw(), tick.raw()) else { return Err(FilterError::OffTick { price, tick }) };
        let ticks = u32::try_from(count).ok().and_then(Self::new);
        Ok(ticks.ok_or(OutOfRange { what: "price in ticks" })?)
    }

    /// The price in quote currency.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest [`Price`].
    pub fn to_price(self, contract: &Contract) -> Result<Price, OutOfRange> {
        let raw = contract.spec().tick.raw().checked_mul(self.raw().into()).ok_or(OutOfRange { what: "price" })?;
        Price::from_raw(raw)
    }
}

/// A quantity as a number of lots. Any 64-bit number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lots(u64);

impl Lots {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The greatest quantity.
    pub const GREATEST: Self = Self(u64::MAX);

    /// From a number of lots.
    #[inline]
    #[must_use]
    pub const fn new(lots: u64) -> Self {
        Self(lots)
    }

    /// The number of lots.
    #[inline]
    #[must_use]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// From a quantity of this contract.
    ///
    /// # Errors
    /// [`FilterError::OffLot`] between two lots.
    ///
    /// ```
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # let contract = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.01".parse()?,
    /// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// use ringfence_engine::book::Lots;
    /// // The contract's lot is 0.001.
    /// let lots = Lots::from_quantity(&contract, "1.5".parse()?).map_err(|error| error.to_string())?;
    /// assert_eq!(lots, Lots::new(1_500));
    /// assert_eq!(lots.to_quantity(&contract)?, "1.5".parse()?);
    /// assert!(Lots::from_quantity(&contract, "0.0005".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_quantity(contract: &Contract, quantity: Quantity) -> Result<Self, FilterError> {
        let lot = contract.spec().lot;
        let Some(count) = whole_steps(quantity.raw(), lot.raw()) else { return Err(FilterError::OffLot { quantity, lot }) };
        let lots = u64::try_from(count).map_err(|_| OutOfRange { what: "quantity in lots" })?;
        Ok(Self(lots))
    }

    /// The quantity in contracts or coins.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest [`Quantity`].
    pub fn to_quantity(self, contract: &Contract) -> Result<Quantity, OutOfRange> {
        const WHAT: OutOfRange = OutOfRange { what: "quantity" };
        let lots = i64::try_from(self.0).map_err(|_| WHAT)?;
        Quantity::from_raw(contract.spec().lot.raw().checked_mul(lots).ok_or(WHAT)?)
    }

    /// Difference of two quantities of which `less` is known to be the smaller.
    #[inline]
    pub(super) fn minus(self, less: Self) -> Self {
        match self.0.checked_sub(less.0) {
            Some(lots) => Self(lots),
            None => super::broken("fewer lots than were taken"),
        }
    }
}
