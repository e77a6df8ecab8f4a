//! What the network layer says of a market that the engine does not know.

use std::collections::HashMap;

use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::arithmetic::{OutOfRange, mul};
use ringfence_risk::contract::ContractKind;
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::units::{Asset, Leverage, MarkPrice, Notional, Price, Quantity, Rate};
use ringfence_venues::ListedContract;

use super::error::BootError;

/// Which of Binance's two APIs a market belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// USDⓈ-M: linear, `/fapi`.
    UsdM,
    /// COIN-M: inverse, `/dapi`.
    CoinM,
}

/// A market as the network layer names and describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its number in the engine.
    pub market: MarketId,
    /// The number of the asset it settles in.
    pub asset: AssetId,
    /// Its name, such as `BTCUSDT`.
    pub symbol: String,
    /// The name without the kind of contract: `BTCUSDT`, `BTCUSD`.
    pub pair: String,
    /// What is traded.
    pub base: String,
    /// What it is priced in.
    pub quote: String,
    /// What it settles in.
    pub margin: Asset,
    /// Which API.
    pub family: Family,
    /// What one contract is worth: 1 of the base asset (linear), the face value in the quote currency (inverse).
    pub contract_size: Quantity,
    /// Step of prices.
    pub tick: Price,
    /// Step of marks.
    pub mark_step: MarkPrice,
    /// Step of quantities.
    pub lot: Quantity,
    /// Digits of a price after the point: those of the tick.
    pub price_precision: u32,
    /// Digits of a quantity after the point: those of the lot.
    pub quantity_precision: u32,
    /// The least price an order may name: one tick.
    pub min_price: Price,
    /// The greatest price an order may name: 2³² − 1 ticks, or the greatest price there is.
    pub max_price: Price,
    /// Limits on single orders as the venue lists them: smallest and largest quantity, smallest notional, price band.
    pub filters: OrderFilters,
    /// Largest quantity of a market order. The engine checks `filters.max_quantity` only.
    pub max_market_quantity: Quantity,
    /// Fee on what a liquidation closes.
    pub liquidation_fee: Rate,
    /// How far a conditional order's last price may lie from the mark where it asks for protection: 5 %.
    pub trigger_protect: Rate,
    /// The greatest leverage of the smallest position.
    pub max_leverage: Leverage,
    /// Milliseconds between funding settlements.
    pub funding_interval_ms: u64,
    /// When the venue listed it, in milliseconds since 1970; where that is not known, when the venue's first contract of the family was.
    pub onboard_ms: u64,
    /// When it would be delivered: Binance's "never", 2100-12-25.
    pub delivery_ms: u64,
    /// The name of the venue's list, such as `binance-usdm`.
    pub venue: String,
}

/// Binance's "never".
const NEVER_MS: u64 = 4_133_404_800_000;
const USDM_SINCE_MS: u64 = 1_569_398_400_000;
const COINM_SINCE_MS: u64 = 1_597_042_800_000;

/// Largest market orders that are less than the largest limit orders, from the `exchangeInfo` that the contract is of.
const MARKET_QUANTITIES: [(&str, i64); 1] = [("BTCUSD_PERP", 60_000)];

/// The digits after the point that multiples of a step need.
fn digits(step: i64) -> u32 {
    let (mut rest, mut digits) = (step, 8_u32);
    while digits > 0 && rest.checked_rem(10) == Some(0) {
        rest = rest.checked_div(10).unwrap_or(0);
        digits = digits.saturating_sub(1);
    }
    digits
}

fn max_price(tick: Price) -> Result<Price, OutOfRange> {
    let most = mul(tick.wide(), u32::MAX.into())?;
    Price::from_wide(most.min(Price::GREATEST.wide()))
}

fn max_market_quantity(listed: &ListedContract) -> Result<Quantity, OutOfRange> {
    let found = MARKET_QUANTITIES.iter().find(|(symbol, _)| *symbol == listed.symbol);
    match found {
        Some((_, whole)) => Quantity::from_raw(whole.saturating_mul(100_000_000)),
        None => Ok(listed.filters.max_quantity),
    }
}

impl Symbol {
    pub(super) fn new(
        listed: &ListedContract,
        (market, asset): (MarketId, AssetId),
        max_leverage: Leverage,
    ) -> Result<Self, BootError> {
        let other = || BootError::OtherVenue { symbol: listed.symbol.clone(), venue: listed.venue.clone() };
        let spec = listed.contract.spec();
        let (family, onboard_ms) = match (spec.kind, listed.venue.as_str()) {
            (ContractKind::Linear, "binance-usdm") => (Family::UsdM, USDM_SINCE_MS),
            (ContractKind::Inverse, "binance-coinm") => (Family::CoinM, COINM_SINCE_MS),
            (ContractKind::Linear | ContractKind::Inverse | ContractKind::Quanto, _) => return Err(other()),
        };
        Ok(Self {
            market,
            asset,
            symbol: listed.symbol.clone(),
            pair: listed.symbol.trim_end_matches("_PERP").to_owned(),
            base: listed.base.clone(),
            quote: listed.quote.clone(),
            margin: spec.settlement,
            family,
            contract_size: spec.multiplier,
            tick: spec.tick,
            mark_step: spec.mark_step,
            lot: spec.lot,
            price_precision: digits(spec.tick.raw()),
            quantity_precision: digits(spec.lot.raw()),
            min_price: spec.tick,
            max_price: max_price(spec.tick)?,
            filters: listed.filters,
            max_market_quantity: max_market_quantity(listed)?,
            liquidation_fee: listed.fees.liquidation,
            trigger_protect: Rate::from_raw(5_000_000)?,
            max_leverage,
            funding_interval_ms: u64::from(listed.funding_interval_hours).saturating_mul(3_600_000),
            onboard_ms,
            delivery_ms: NEVER_MS,
            venue: listed.venue.clone(),
        })
    }

    /// The smallest notional, as `filters` has it.
    #[must_use]
    pub const fn min_notional(&self) -> Notional {
        self.filters.min_notional
    }
}

/// The markets by name and by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    symbols: Vec<Symbol>,
    by_name: HashMap<String, usize>,
}

impl Catalog {
    /// Of these, which are in the order of their numbers.
    #[must_use]
    pub fn new(symbols: Vec<Symbol>) -> Self {
        let by_name = symbols.iter().enumerate().map(|(at, symbol)| (symbol.symbol.clone(), at)).collect();
        Self { symbols, by_name }
    }

    /// All of them, in the order of their numbers.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Those of one API.
    pub fn of(&self, family: Family) -> impl Iterator<Item = &Symbol> {
        self.symbols.iter().filter(move |symbol| symbol.family == family)
    }

    /// By name, in capitals as listed: one look into a table.
    #[must_use]
    pub fn find(&self, symbol: &str) -> Option<&Symbol> {
        self.symbols.get(*self.by_name.get(symbol)?)
    }

    /// Whether a market belongs to an API.
    #[must_use]
    pub fn is_of(&self, market: MarketId, family: Family) -> bool {
        self.get(market).is_some_and(|symbol| symbol.family == family)
    }

    /// By number.
    #[must_use]
    pub fn get(&self, market: MarketId) -> Option<&Symbol> {
        self.symbols.get(usize::from(market.0))
    }
}
