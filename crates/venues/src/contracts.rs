//! The contracts the venues list, one TOML file per venue.

use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::units::{Asset, MarkPrice, Notional, Price, Quantity, Rate};
use serde::Deserialize;

use crate::choices::{KindText, RoundingText};
use crate::error::VenueError;
use crate::names::{VenueSymbol, resolve};
use crate::reading::{self, decimal};

/// Venue, file and text.
const FILES: [(&str, &str, &str); 6] = [
    ("binance-usdm", "contracts/binance-usdm.toml", include_str!("../data/contracts/binance-usdm.toml")),
    ("binance-coinm", "contracts/binance-coinm.toml", include_str!("../data/contracts/binance-coinm.toml")),
    ("bybit", "contracts/bybit.toml", include_str!("../data/contracts/bybit.toml")),
    ("okx", "contracts/okx.toml", include_str!("../data/contracts/okx.toml")),
    ("bitmex", "contracts/bitmex.toml", include_str!("../data/contracts/bitmex.toml")),
    ("hyperliquid", "contracts/hyperliquid.toml", include_str!("../data/contracts/hyperliquid.toml")),
];

/// A contract as a venue lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContract {
    /// The venue's name for it.
    pub symbol: String,
    /// The venue.
    pub venue: String,
    /// What is traded.
    pub base: String,
    /// What it is priced in.
    pub quote: String,
    /// The contract, checked.
    pub contract: Contract,
    /// Limits on orders.
    pub filters: OrderFilters,
    /// Fee rates.
    pub fees: FeeSchedule,
    /// Hours between two funding settlements.
    pub funding_interval_hours: u32,
    /// The rule set of this venue and kind, for [`rule_set`](crate::rule_set).
    pub default_rules: String,
    /// Its brackets, for [`brackets`](crate::brackets()).
    pub brackets_key: String,
    /// Where the figures come from; "(unverified)" marks what nothing confirmed.
    pub source: String,
    /// The day of that source, or "undated".
    pub date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    venue: String,
    contract: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    symbol: String,
    #[serde(with = "KindText")]
    kind: ContractKind,
    #[serde(deserialize_with = "decimal")]
    settlement: Asset,
    base: String,
    quote: String,
    #[serde(deserialize_with = "decimal")]
    tick: Price,
    #[serde(deserialize_with = "decimal")]
    mark_step: MarkPrice,
    #[serde(deserialize_with = "decimal")]
    lot: Quantity,
    #[serde(deserialize_with = "decimal")]
    multiplier: Quantity,
    #[serde(with = "RoundingText")]
    value_rounding: ValueRounding,
    #[serde(deserialize_with = "decimal")]
    min_quantity: Quantity,
    #[serde(deserialize_with = "decimal")]
    max_quantity: Quantity,
    #[serde(deserialize_with = "decimal")]
    min_notional: Notional,
    #[serde(deserialize_with = "decimal")]
    band_up: Rate,
    #[serde(deserialize_with = "decimal")]
    band_down: Rate,
    #[serde(deserialize_with = "decimal")]
    maker: Rate,
    #[serde(deserialize_with = "decimal")]
    taker: Rate,
    #[serde(deserialize_with = "decimal")]
    liquidation_fee: Rate,
    funding_interval_hours: u32,
    default_rules: String,
    brackets: String,
    date: String,
    source: String,
}

impl Entry {
    fn list(self, venue: &str) -> Result<ListedContract, VenueError> {
        if self.date != "undated" {
            reading::check_date(&self.date)?;
        }
        let spec = ContractSpec {
            kind: self.kind,
            settlement: self.settlement,
            tick: self.tick,
            mark_step: self.mark_step,
            lot: self.lot,
            multiplier: self.multiplier,
            value_rounding: self.value_rounding,
        };
        let contract = Contract::list(spec).map_err(|error| VenueError::Listing { symbol: self.symbol.clone(), error })?;
        Ok(ListedContract {
            venue: venue.to_owned(),
            base: self.base,
            quote: self.quote,
            contract,
            filters: OrderFilters {
                min_quantity: self.min_quantity,
                max_quantity: self.max_quantity,
                min_notional: self.min_notional,
                band_up: self.band_up,
                band_down: self.band_down,
            },
            fees: FeeSchedule { maker: self.maker, taker: self.taker, liquidation: self.liquidation_fee },
            funding_interval_hours: self.funding_interval_hours,
            default_rules: self.default_rules,
            brackets_key: self.brackets,
            source: self.source,
            date: self.date,
            symbol: self.symbol,
        })
    }
}

/// The symbols of a file, found without reading the rest of it.
fn symbols(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("symbol = \"")?.strip_suffix('"'))
}

fn read(file: &str, text: &str) -> Result<Vec<ListedContract>, VenueError> {
    let File { venue, contract } = reading::toml(file, text)?;
    contract.into_iter().map(|entry| entry.list(&venue)).collect()
}

/// Every contract of every venue, Binance first.
///
/// # Errors
/// None in practice: the files are part of the program.
pub fn contracts() -> Result<Vec<ListedContract>, VenueError> {
    let mut all = Vec::new();
    for (_, file, text) in FILES {
        all.extend(read(file, text)?);
    }
    Ok(all)
}

/// A contract by its symbol, with or without its venue (`bybit:BTCUSD`).
///
/// A symbol that several venues list means Binance's.
///
/// # Errors
/// [`VenueError::Unknown`] with the nearest symbols, [`VenueError::Ambiguous`] when several venues other than Binance list it.
///
/// ```
/// assert_eq!(ringfence_venues::contract("BTCUSDT")?.venue, "binance-usdm");
/// assert_eq!(ringfence_venues::contract("bybit:BTCUSDT")?.default_rules, "bybit-linear");
/// let error = ringfence_venues::contract("SOLUSTD").unwrap_err();
/// assert_eq!(error.to_string(), "no contract is called 'SOLUSTD', did you mean SOLUSDT?");
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn contract(symbol: &str) -> Result<ListedContract, VenueError> {
    let lists = |venue: &str, symbol: &str| {
        FILES.iter().any(|(name, _, text)| *name == venue && symbols(text).any(|known| known == symbol))
    };
    let all = || FILES.iter().flat_map(|(venue, _, text)| symbols(text).map(|symbol| VenueSymbol { venue, symbol })).collect();
    let (venue, symbol) = resolve("contract", symbol, lists, all)?;
    let unknown = || VenueError::Unknown { kind: "contract", name: symbol.to_owned(), nearest: Vec::new() };
    let (_, file, text) = FILES.into_iter().find(|(name, _, _)| *name == venue).ok_or_else(unknown)?;
    read(file, text)?.into_iter().find(|listed| listed.symbol == symbol).ok_or_else(unknown)
}
