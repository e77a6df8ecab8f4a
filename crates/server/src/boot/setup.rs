//! What is wanted of an exchange, as data.

use ringfence_market::walk::WalkTerms;
use ringfence_risk::units::{Amount, Asset, MarkPrice};

use super::error::BootError;
use crate::feed::{FlowTerms, MakerTerms, SourceSetup};

/// Whose rules a market follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum RuleChoice {
    /// This project's own, except that margin and position modes are switched as at Binance: only without a position and without orders, as
    /// clients of its API expect. `Named("ringfence")` is without the exception.
    #[default]
    Ringfence,
    /// Those of the venue that lists the contract.
    Venue,
    /// Those of this name, as `ringfence_venues::rule_set` knows them.
    Named(String),
}

impl core::fmt::Display for RuleChoice {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Ringfence => formatter.write_str("ringfence"),
            Self::Venue => formatter.write_str("binance"),
            Self::Named(name) => formatter.write_str(name),
        }
    }
}

/// A market: which contract, whose rules, where its price comes from, and who trades in it without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketSetup {
    /// The venue's symbol, such as `BTCUSDT` or `BTCUSD_PERP`.
    pub symbol: String,
    /// Whose rules.
    pub rules: RuleChoice,
    /// Where the price comes from.
    pub source: SourceSetup,
    /// The first mark.
    pub start: MarkPrice,
    /// What all randomness of this market comes from.
    pub seed: u64,
    /// What the insurance fund begins with, in the settlement asset.
    pub insurance: Amount,
    /// How the maker quotes; `None` for an empty book.
    pub maker: Option<MakerTerms>,
    /// How the taker flow trades; `None` for no trades but the users'.
    pub flow: Option<FlowTerms>,
}

/// An account and its first money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSetup {
    /// What it is called.
    pub name: String,
    /// Deposits, each above zero.
    pub balances: Vec<(Asset, Amount)>,
}

/// An exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its markets, in order.
    pub markets: Vec<MarketSetup>,
    /// Its accounts, in order. The house's own come before them and are not named here.
    pub accounts: Vec<AccountSetup>,
}

/// A number that stands in this file.
pub(super) fn read<T: core::str::FromStr<Err: core::fmt::Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| unreachable!("'{text}' of the defaults: {error}"))
}

/// Symbol, first mark, seed, insurance fund.
const MARKETS: [(&str, &str, u64, &str); 7] = [
    ("BTCUSDT", "64000", 7, "1000000"),
    ("ETHUSDT", "3200", 8, "1000000"),
    ("BNBUSDT", "600", 9, "500000"),
    ("SOLUSDT", "150", 10, "500000"),
    ("XRPUSDT", "0.6", 11, "500000"),
    ("BTCUSD_PERP", "64000", 12, "20"),
    ("ETHUSD_PERP", "3200", 13, "300"),
];

impl MarketSetup {
    /// A walk from this price, with everything else as in the default markets.
    ///
    /// ```
    /// use ringfence_server::boot::MarketSetup;
    /// let market = MarketSetup::walk("DOGEUSDT", "0.2".parse()?, 1);
    /// assert!(market.maker.is_some() && market.flow.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn walk(symbol: &str, start: MarkPrice, seed: u64) -> Self {
        Self {
            symbol: symbol.to_owned(),
            rules: RuleChoice::default(),
            source: SourceSetup::Walk(WalkTerms::DEFAULT),
            start,
            seed,
            insurance: Amount::ZERO,
            maker: Some(MakerTerms::DEFAULT),
            flow: Some(FlowTerms::DEFAULT),
        }
    }

    /// The markets of an exchange nobody has said anything about: five linear in USDT, two inverse, each with a walk, a maker and a taker flow.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let market = |(symbol, start, seed, insurance): (&str, &str, u64, &str)| Self {
            insurance: read(insurance),
            ..Self::walk(symbol, read(start), seed)
        };
        MARKETS.map(market).into()
    }
}

impl AccountSetup {
    /// An account with the default money: 10,000 USDT, 1 BTC, 10 ETH.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let balances = [("USDT", "10000"), ("BTC", "1"), ("ETH", "10")];
        Self { name: name.to_owned(), balances: balances.map(|(asset, amount)| (read(asset), read(amount))).into() }
    }

    /// `alice` and `bob`.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        ["alice", "bob"].map(Self::named).into()
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { markets: MarketSetup::defaults(), accounts: AccountSetup::defaults() }
    }
}

impl Setup {
    /// Refuses names used twice and money that is none.
    pub(super) fn check(&self) -> Result<(), BootError> {
        if self.markets.is_empty() {
            return Err(BootError::NoMarket);
        }
        for market in &self.markets {
            let symbol = &market.symbol;
            if market.insurance < Amount::ZERO {
                return Err(BootError::Insurance { symbol: symbol.clone(), amount: market.insurance });
            }
            market.maker.iter().try_for_each(MakerTerms::check)?;
            market.flow.iter().try_for_each(FlowTerms::check)?;
        }
        for (at, account) in self.accounts.iter().enumerate() {
            let name = &account.name;
            let is_house = super::genesis::HOUSE.contains(&name.as_str());
            if is_house || self.accounts.iter().take(at).any(|earlier| earlier.name == *name) {
                return Err(BootError::AccountTwice { name: name.clone() });
            }
            if !crate::users::is_name(name) {
                return Err(BootError::NotAName { name: name.clone() });
            }
            if let Some((asset, amount)) = account.balances.iter().copied().find(|(_, amount)| *amount <= Amount::ZERO) {
                return Err(BootError::Deposit { name: name.clone(), asset, amount });
            }
        }
        Ok(())
    }
}
