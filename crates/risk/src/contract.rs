//! What is traded: how a quantity and a price make a value, for linear, inverse and quanto contracts alike.
//!
//! Everything above this module works on *values*. A linear or quanto value rises with the price, an inverse value falls with it;
//! [`Contract::value_sign`] says which way a side gains, and one set of formulas then serves all three.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, div, mul, mul_div};
use crate::narrow::{self, NarrowContract};
use crate::ratio::Ratio;
use crate::units::{Asset, MarkPrice, Notional, Price, Quantity, Side};

/// How the value of a contract follows from the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContractKind {
    /// Quote-margined: value = quantity × multiplier × price.
    Linear,
    /// Coin-margined: value = quantity × face value ÷ price.
    Inverse,
    /// Settled in a third asset: value = quantity × multiplier (in that asset per unit of price) × price.
    Quanto,
}

impl core::fmt::Display for ContractKind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Linear => "linear",
            Self::Inverse => "inverse",
            Self::Quanto => "quanto",
        })
    }
}

/// When the value of a fill becomes a whole number of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueRounding {
    /// Once for the whole fill.
    PerFill,
    /// The value of one contract is rounded to the nearest unit, then multiplied (BitMEX's satoshi arithmetic).
    PerContract,
}

/// What a contract is listed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractSpec {
    /// Linear, inverse or quanto.
    pub kind: ContractKind,
    /// The asset margins and profits are in.
    pub settlement: Asset,
    /// Step of order prices.
    pub tick: Price,
    /// Step of the mark price.
    pub mark_step: MarkPrice,
    /// Step of quantities.
    pub lot: Quantity,
    /// Units of the underlying a contract stands for (linear), its face value in quote currency (inverse),
    /// or settlement asset per unit of price (quanto).
    pub multiplier: Quantity,
    /// How a fill's value becomes whole.
    pub value_rounding: ValueRounding,
}

/// Why a contract cannot be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingError {
    /// Tick, lot and multiplier must each be greater than zero.
    Zero {
        /// Which one.
        field: &'static str,
    },
    /// One lot must stand for a whole number of 10⁻⁸ of the underlying (or of the face currency).
    ExposureNotWhole {
        /// The lot.
        lot: Quantity,
        /// The multiplier.
        multiplier: Quantity,
    },
    /// One tick on one lot must be worth a whole number of 10⁻⁸, so that a profit never needs rounding.
    TickValueNotWhole {
        /// The tick.
        tick: Price,
        /// The lot.
        lot: Quantity,
        /// The multiplier.
        multiplier: Quantity,
    },
}

impl core::fmt::Display for ListingError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Zero { field } => write!(formatter, "{field} must be greater than zero"),
            Self::ExposureNotWhole { lot, multiplier } => {
                write!(formatter, "lot × multiplier must be a multiple of 0.00000001, got {lot} × {multiplier}")
            }
            Self::TickValueNotWhole { tick, lot, multiplier } => write!(
                formatter,
                "tick × lot × multiplier must be a multiple of 0.00000001 of the settlement asset, got {tick} × {lot} × {multiplier}"
            ),
        }
    }
}

impl core::error::Error for ListingError {}

/// A contract that passed the checks of [`Contract::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    spec: ContractSpec,
    narrow: Option<NarrowContract>,
}

impl Contract {
    /// Lists a contract.
    ///
    /// # Errors
    /// [`ListingError`] naming the field when a number is zero or one tick on one lot is not worth a whole number of units.
    ///
    /// ```
    /// use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// let spec = ContractSpec {
    ///     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.00000001".parse()?,
    ///     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill,
    /// };
    /// assert!(Contract::list(spec).is_ok());
    /// assert!(Contract::list(ContractSpec { tick: "0.000001".parse()?, ..spec }).is_err()); // 10⁻⁶ × 10⁻³ is a tenth of a unit
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(spec: ContractSpec) -> Result<Self, ListingError> {
        for (field, raw) in [("lot", spec.lot.raw()), ("multiplier", spec.multiplier.raw())] {
            if raw == 0 {
                return Err(ListingError::Zero { field });
            }
        }
        let whole = |left: i128, right: i128| mul(left, right).is_ok_and(|product| product.checked_rem(SCALE) == Some(0));
        let (lot, multiplier, tick) = (spec.lot.wide(), spec.multiplier.wide(), spec.tick.wide());
        if !whole(lot, multiplier) {
            return Err(ListingError::ExposureNotWhole { lot: spec.lot, multiplier: spec.multiplier });
        }
        let per_lot = mul_div(lot, multiplier, SCALE, Rounding::Floor).unwrap_or(0);
        match spec.kind {
            ContractKind::Linear | ContractKind::Quanto if !whole(per_lot, tick) => {
                Err(ListingError::TickValueNotWhole { tick: spec.tick, lot: spec.lot, multiplier: spec.multiplier })
            }
            ContractKind::Linear | ContractKind::Quanto | ContractKind::Inverse => {
                let narrow = match spec.value_rounding {
                    ValueRounding::PerFill => narrow::contract(spec.multiplier.raw(), spec.mark_step.raw()),
                    ValueRounding::PerContract => None,
                };
                Ok(Self { spec, narrow })
            }
        }
    }

    /// What it was listed with.
    #[must_use]
    pub const fn spec(&self) -> &ContractSpec {
        &self.spec
    }

    /// Constants of the fast path, where it applies.
    #[inline]
    pub(crate) const fn narrow(&self) -> Option<&NarrowContract> {
        self.narrow.as_ref()
    }

    /// Linear, inverse or quanto.
    #[must_use]
    pub const fn kind(&self) -> ContractKind {
        self.spec.kind
    }

    /// +1 when this side gains as the position's *value* rises, −1 when it gains as the value falls.
    ///
    /// A linear long gains as its value rises. An inverse position's value falls as the price rises, so there it is the short.
    #[inline]
    #[must_use]
    pub const fn value_sign(&self, side: Side) -> i128 {
        match (self.spec.kind, side) {
            (ContractKind::Linear | ContractKind::Quanto, Side::Long) | (ContractKind::Inverse, Side::Short) => 1,
            (ContractKind::Linear | ContractKind::Quanto, Side::Short) | (ContractKind::Inverse, Side::Long) => -1,
        }
    }

    /// Quantity × multiplier in units of 10⁻⁸: underlying held (linear), face value (inverse), asset per unit of price (quanto).
    ///
    /// # Errors
    /// [`OutOfRange`] when the product does not fit.
    #[inline]
    pub fn exposure(&self, quantity: Quantity) -> Result<i128, OutOfRange> {
        if let Some(narrow) = &self.narrow {
            return mul(quantity.wide(), narrow.multiplier().into());
        }
        mul_div(quantity.wide(), self.spec.multiplier.wide(), SCALE, Rounding::Floor)
    }

    /// The value of a quantity at a price, in the settlement asset.
    ///
    /// Linear and quanto: quantity × multiplier × price. Inverse: quantity × face ÷ price. Exact for a linear or quanto order on the
    /// tick and lot; otherwise rounded as named (per fill or per contract as the contract says).
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    ///
    /// ```
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # use ringfence_risk::arithmetic::Rounding;
    /// # let coin = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Inverse, settlement: "BTC".parse()?, tick: "0.1".parse()?, mark_step: "0.1".parse()?,
    /// #     lot: "1".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// // 10,000 one-dollar contracts at 10,000 are worth one bitcoin.
    /// assert_eq!(coin.value("10000".parse()?, "10000".parse()?, Rounding::Ceiling)?.to_string(), "1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn value(&self, quantity: Quantity, price: Price, rounding: Rounding) -> Result<Notional, OutOfRange> {
        match self.spec.value_rounding {
            ValueRounding::PerFill => {
                let exact = self.exact_value(self.exposure(quantity)?, price.wide())?;
                if self.spec.kind != ContractKind::Inverse
                    && let Some(whole) = narrow::scaled_down(exact.numerator())
                {
                    return Notional::from_wide(whole);
                }
                Notional::from_wide(exact.rounded(rounding)?)
            }
            ValueRounding::PerContract => {
                let one = self.exact_value(self.spec.multiplier.wide(), price.wide())?.rounded(Rounding::HalfUp)?;
                Notional::from_wide(mul_div(quantity.wide(), one, SCALE, rounding)?)
            }
        }
    }

    /// The value of an exposure at an exact price, rounded as named.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    pub fn value_at(&self, exposure: i128, price: Ratio, rounding: Rounding) -> Result<Notional, OutOfRange> {
        let (numerator, denominator) = (price.numerator(), price.denominator());
        Notional::from_wide(match self.spec.kind {
            ContractKind::Linear | ContractKind::Quanto => mul_div(exposure, numerator, mul(denominator, SCALE)?, rounding)?,
            ContractKind::Inverse => mul_div(mul(exposure, SCALE)?, denominator, numerator, rounding)?,
        })
    }

    /// The value of an order in quote currency: its notional for linear and quanto contracts, its face value for inverse ones.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    pub fn quote_value(&self, quantity: Quantity, price: Price) -> Result<Notional, OutOfRange> {
        match self.spec.kind {
            ContractKind::Linear | ContractKind::Quanto => self.value(quantity, price, Rounding::Floor),
            ContractKind::Inverse => Notional::from_wide(self.exposure(quantity)?),
        }
    }

    /// The value of an exposure at the mark: what every margin test compares. Not rounded, except where the contract makes the value of one
    /// contract whole: then the mark is valued as a fill would be.
    ///
    /// # Errors
    /// [`OutOfRange`] when the product does not fit 128 bits.
    #[inline]
    pub fn mark_value(&self, exposure: i128, mark: MarkPrice) -> Result<Ratio, OutOfRange> {
        match self.spec.value_rounding {
            ValueRounding::PerFill => self.exact_value(exposure, mark.wide()),
            ValueRounding::PerContract => {
                let multiplier = self.spec.multiplier.wide();
                let one = self.exact_value(multiplier, mark.wide())?.rounded(Rounding::HalfUp)?;
                // Exact: an exposure is a quantity times the multiplier.
                let quantity = mul_div(exposure, SCALE, multiplier, Rounding::HalfEven)?;
                Ratio::new(mul(quantity, one)?, SCALE)
            }
        }
    }

    /// What a quantity is worth at the mark, rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    ///
    /// ```
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # let contract = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.01".parse()?, mark_step: "0.00000001".parse()?,
    /// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// assert_eq!(contract.value_at_mark("0.001".parse()?, "10000.00000001".parse()?)?.to_string(), "10.00000001");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn value_at_mark(&self, quantity: Quantity, mark: MarkPrice) -> Result<Notional, OutOfRange> {
        match narrow::value_at_mark(self, quantity, mark) {
            Some(value) => Ok(value),
            None => self.value_at_mark_in_general(quantity, mark),
        }
    }

    /// [`value_at_mark`](Self::value_at_mark) of any contract, whatever the size.
    #[inline(never)]
    pub(crate) fn value_at_mark_in_general(&self, quantity: Quantity, mark: MarkPrice) -> Result<Notional, OutOfRange> {
        Notional::from_wide(self.mark_value(self.exposure(quantity)?, mark)?.rounded(Rounding::Ceiling)?)
    }

    #[inline]
    fn exact_value(&self, exposure: i128, price: i128) -> Result<Ratio, OutOfRange> {
        match self.spec.kind {
            ContractKind::Linear | ContractKind::Quanto => Ratio::new(mul(exposure, price)?, SCALE),
            ContractKind::Inverse => Ratio::new(mul(exposure, SCALE)?, price),
        }
    }

    /// The price at which an exposure has this value, before rounding; `None` when there is none above zero.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit 128 bits.
    #[inline]
    pub fn price_of_value(&self, exposure: i128, value: Ratio) -> Result<Option<Ratio>, OutOfRange> {
        if value.numerator() <= 0 || exposure <= 0 {
            return Ok(None);
        }
        let scaled = mul(value.denominator(), exposure)?;
        Ok(Some(match self.spec.kind {
            ContractKind::Linear | ContractKind::Quanto => Ratio::new(mul(value.numerator(), SCALE)?, scaled)?,
            // A crossing carries the scale in its numerator: taken out there, larger positions fit.
            ContractKind::Inverse => match value.numerator().checked_rem(SCALE) {
                Some(0) => Ratio::new(scaled, div(value.numerator(), SCALE, Rounding::Floor)?)?,
                _ => Ratio::new(mul(scaled, SCALE)?, value.numerator())?,
            },
        }))
    }

    /// Average price of a position from its quantity and value: for display only, never for a decision.
    ///
    /// To the nearest 10⁻⁸. An inverse value is in a coin and keeps a price to a few digits only: of the prices at which the quantity has this value,
    /// the one with the fewest decimals is told, or a fill at 64010 would read 64009.99580094.
    ///
    /// # Errors
    /// [`OutOfRange`] for an empty position.
    ///
    /// ```
    /// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
    /// # use ringfence_risk::arithmetic::Rounding;
    /// # let coin = Contract::list(ContractSpec {
    /// #     kind: ContractKind::Inverse, settlement: "BTC".parse()?, tick: "0.1".parse()?, mark_step: "0.1".parse()?,
    /// #     lot: "1".parse()?, multiplier: "100".parse()?, value_rounding: ValueRounding::PerFill })?;
    /// let value = coin.value("20".parse()?, "64010".parse()?, Rounding::Floor)?;
    /// assert_eq!(value.to_string(), "0.03124511");
    /// assert_eq!(coin.average_price("20".parse()?, value)?.to_string(), "64010");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn average_price(&self, quantity: Quantity, value: Notional) -> Result<Price, OutOfRange> {
        let exact = Ratio::whole(value.raw());
        let price = self.price_of_value(self.exposure(quantity)?, exact)?.ok_or(OutOfRange { what: "average price" })?;
        let nearest = price.rounded(Rounding::HalfEven)?;
        if self.spec.kind == ContractKind::Inverse {
            let mut step = SCALE;
            while step > 1 {
                let rounded = mul(div(nearest, step, Rounding::HalfEven)?, step)?;
                if rounded > 0 && self.has_value(quantity, Price::from_wide(rounded)?, value)? {
                    return Price::from_wide(rounded);
                }
                step = div(step, 10, Rounding::Floor)?;
            }
        }
        Price::from_wide(nearest)
    }

    /// Whether a quantity has this value at a price, rounded either way.
    fn has_value(&self, quantity: Quantity, price: Price, value: Notional) -> Result<bool, OutOfRange> {
        let least = self.value(quantity, price, Rounding::Floor)?;
        Ok(least <= value && value <= self.value(quantity, price, Rounding::Ceiling)?)
    }
}
