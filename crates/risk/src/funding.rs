//! The funding rate: how far the contract trades from its index, made into a payment between longs and shorts.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, div, mul, mul_div, sub};
use crate::contract::{Contract, ContractKind};
use crate::units::{IndexPrice, Notional, Price, Quantity, Rate};

/// The limits of a funding rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingTerms {
    /// Interest per interval of eight hours.
    pub interest: Rate,
    /// The interest less the premium counts only within ± this.
    pub band: Rate,
    /// The rate lies within ± this.
    pub cap: Rate,
    /// Settlements per eight hours: the rate is divided by it.
    pub settlements_per_eight_hours: i64,
}

/// The average price at which an order of this notional fills against book levels, best first; `None` when the book is too thin.
///
/// The notional is in quote currency, so inverse contracts average harmonically. Rounded to the nearest 10⁻⁸.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
///
/// ```
/// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
/// # use ringfence_risk::funding::impact_price;
/// # let contract = Contract::list(ContractSpec {
/// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.1".parse()?,
/// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
/// // 100 buys one at 50 and half a one at 100.
/// let book = [("50".parse()?, "1".parse()?), ("100".parse()?, "9".parse()?)];
/// let price = impact_price(&contract, &book, "100".parse()?)?.expect("deep enough");
/// assert_eq!(price.to_string(), "66.66666667");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn impact_price(contract: &Contract, levels: &[(Price, Quantity)], notional: Notional) -> Result<Option<Price>, OutOfRange> {
    // Quote money in 10⁻¹⁶ still to be spent, and what it has bought: exposure (linear) or coins (inverse), in 10⁻¹⁶.
    let (mut missing, mut bought) = (mul(notional.raw(), SCALE)?, 0_i128);
    for (price, quantity) in levels {
        let exposure = contract.exposure(*quantity)?;
        let (worth, gained) = match contract.kind() {
            ContractKind::Linear | ContractKind::Quanto => (mul(price.wide(), exposure)?, mul(exposure, SCALE)?),
            ContractKind::Inverse => {
                let coins = mul_div(exposure, mul(SCALE, SCALE)?, price.wide(), Rounding::HalfEven)?;
                (mul(exposure, SCALE)?, coins)
            }
        };
        let spent = worth.min(missing);
        bought = add(bought, mul_div(gained, spent, worth.max(1), Rounding::HalfEven)?)?;
        missing = sub(missing, spent)?;
        if missing == 0 && bought > 0 {
            let average = mul_div(mul(notional.raw(), SCALE)?, SCALE, bought, Rounding::HalfEven)?;
            return Price::from_wide(average).map(Some);
        }
    }
    Ok(None)
}

/// The premium: `(max(0, impact bid − index) − max(0, index − impact ask)) ÷ index`, to the nearest 10⁻⁸ (halves to even).
///
/// # Errors
/// [`OutOfRange`] beyond ±1000 %.
pub fn premium(impact_bid: Price, impact_ask: Price, index: IndexPrice) -> Result<Rate, OutOfRange> {
    let above = sub(impact_bid.wide(), index.wide())?.max(0);
    let below = sub(index.wide(), impact_ask.wide())?.max(0);
    Rate::from_wide(mul_div(sub(above, below)?, SCALE, index.wide(), Rounding::HalfEven)?)
}

/// The time-weighted mean of premiums sampled at equal steps: the n-th sample counts n times (Binance). Zero without samples.
///
/// # Errors
/// [`OutOfRange`] when a sum does not fit.
pub fn average_premium(samples: &[Rate]) -> Result<Rate, OutOfRange> {
    let (mut sum, mut weights) = (0_i128, 0_i128);
    for (sample, weight) in samples.iter().zip(1_i128..) {
        sum = add(sum, mul(sample.wide(), weight)?)?;
        weights = add(weights, weight)?;
    }
    if weights == 0 { Ok(Rate::ZERO) } else { Rate::from_wide(div(sum, weights, Rounding::HalfEven)?) }
}

/// The rate of a settlement: `(premium + clamp(interest − premium, ± band)) ÷ settlements per eight hours`, within ± cap.
///
/// Rounded to the nearest 10⁻⁸ (halves to even).
///
/// # Errors
/// [`OutOfRange`] when the number of settlements is not above zero.
///
/// ```
/// use ringfence_risk::funding::{FundingTerms, funding_rate};
/// let terms = FundingTerms { interest: "0.0001".parse()?, band: "0.0005".parse()?, cap: "0.02".parse()?, settlements_per_eight_hours: 1 };
/// assert_eq!(funding_rate("0.0003".parse()?, &terms)?.to_string(), "0.0001"); // inside the band: the interest
/// assert_eq!(funding_rate("0.0012".parse()?, &terms)?.to_string(), "0.0007");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn funding_rate(premium: Rate, terms: &FundingTerms) -> Result<Rate, OutOfRange> {
    let band = terms.band.wide().max(0);
    let pull = sub(terms.interest.wide(), premium.wide())?.clamp(sub(0, band)?, band);
    let whole = add(premium.wide(), pull)?;
    if terms.settlements_per_eight_hours <= 0 {
        return Err(OutOfRange { what: "settlements per eight hours" });
    }
    let rate = div(whole, terms.settlements_per_eight_hours.into(), Rounding::HalfEven)?;
    let cap = terms.cap.wide().max(0);
    Rate::from_wide(rate.clamp(sub(0, cap)?, cap))
}

/// Interest per settlement from two annual or daily rates: `(quote rate − base rate) ÷ settlements`, before rounding to the nearest 10⁻⁸.
///
/// # Errors
/// [`OutOfRange`] when the number of settlements is zero.
pub fn interest_rate(quote: Rate, base: Rate, settlements: i64) -> Result<Rate, OutOfRange> {
    Rate::from_wide(div(sub(quote.wide(), base.wide())?, settlements.into(), Rounding::HalfEven)?)
}

/// A funding payment per contract in the manner of Vega: `future − spot + clamp((1 + time × rate) × spot − future, bounds × spot)`.
///
/// Prices and result are whole numbers of 10⁻⁸; the result is to the nearest.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn twap_funding(future: Price, spot: Price, bounds: (Rate, Rate), accrued: Rate) -> Result<i128, OutOfRange> {
    let of_spot = |rate: i128| mul_div(spot.wide(), rate, SCALE, Rounding::HalfEven);
    let (least, greatest) = (of_spot(bounds.0.wide())?, of_spot(bounds.1.wide())?);
    let carried = add(spot.wide(), of_spot(accrued.wide())?)?;
    let pull = sub(carried, future.wide())?.max(least).min(greatest);
    add(sub(future.wide(), spot.wide())?, pull)
}
