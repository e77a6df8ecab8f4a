//! Numbers of a market as its streams write them.

use ringfence_engine::state::Market;
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Price, Quantity};

use crate::api::text::Decimal;
use crate::boot::{Family, Symbol};
use crate::record::Volume;

fn digits(precision: u32) -> u8 {
    u8::try_from(precision).unwrap_or(u8::MAX)
}

/// A price with the digits of its tick; zero for none.
pub(super) fn price(symbol: &Symbol, price: Option<Price>) -> Decimal {
    Decimal::new(price.map_or(0, Price::wide), digits(symbol.price_precision))
}

/// A quantity with the digits of its lot.
pub(super) fn quantity(symbol: &Symbol, quantity: Quantity) -> Decimal {
    Decimal::new(quantity.wide(), digits(symbol.quantity_precision))
}

/// A sum of quantities.
pub(super) fn volume(symbol: &Symbol, volume: Volume) -> Decimal {
    Decimal::new(volume.raw(), digits(symbol.quantity_precision))
}

/// A sum of values.
pub(super) fn value(symbol: &Symbol, value: Volume) -> Decimal {
    Decimal::new(value.raw(), digits(symbol.price_precision))
}

/// By how much one price exceeds another, and by how many percent.
pub(super) fn change(symbol: &Symbol, from: Price, to: Price) -> (Decimal, String) {
    let difference = to.wide().saturating_sub(from.wide());
    let percent = Ratio::new(difference.saturating_mul(10_000_000_000), from.wide())
        .and_then(|scaled| scaled.to_decimal(3, Rounding::HalfEven));
    (Decimal::new(difference, digits(symbol.price_precision)), percent.unwrap_or_else(|_| "0.000".to_owned()))
}

/// The kind of a symbol, as Binance numbers it: told for USDⓈ-M only.
pub(super) const fn symbol_type(symbol: &Symbol) -> Option<u8> {
    match symbol.family {
        Family::UsdM => Some(1),
        Family::CoinM => None,
    }
}

/// Best bid and ask with what rests there.
pub(super) fn touch(market: &Market) -> Option<[(Price, Quantity); 2]> {
    let best = |side| {
        let level = market.book().depth(side).next()?;
        Some((level.price.to_price(market.contract()).ok()?, level.lots.to_quantity(market.contract()).ok()?))
    };
    Some([best(ringfence_risk::filters::OrderSide::Buy)?, best(ringfence_risk::filters::OrderSide::Sell)?])
}
