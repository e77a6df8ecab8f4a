//! Which contract, rule set, brackets and fees a command works with.

use std::path::Path;

use clap::Args;
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{check_lot, check_tick};
use ringfence_risk::maintenance::Terms;
use ringfence_risk::units::{Leverage, Price, Quantity, Rate, Side};
use ringfence_venues::{ListedContract, NamedRuleSet};

use crate::Given;
use crate::error::CliError;
use crate::values;

/// Long or short, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SideArg {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl From<SideArg> for Side {
    fn from(side: SideArg) -> Self {
        match side {
            SideArg::Long => Self::Long,
            SideArg::Short => Self::Short,
        }
    }
}

/// What is traded and by which rules.
#[derive(Args, Clone, Debug)]
pub(crate) struct MarketArgs {
    /// Contract, as its venue names it (BTCUSDT, BTCUSD_PERP, bitmex:XBTUSD, bybit:BTCUSD)
    #[arg(long, default_value = "BTCUSDT", value_name = "SYMBOL", help_heading = "Market")]
    pub(crate) contract: String,
    /// Rule set [default: ringfence]
    #[arg(long, default_value = "ringfence", hide_default_value = true, value_name = "NAME", help_heading = "Market")]
    pub(crate) rules: String,
    /// Brackets in force on this day (YYYY-MM-DD) [default: the latest]
    #[arg(long, value_name = "DAY", help_heading = "Market", conflicts_with = "mmr")]
    pub(crate) date: Option<String>,
    /// One maintenance rate for every size instead of the contract's brackets (0.005 or 0.5%)
    #[arg(long, value_name = "RATE", value_parser = values::rate, help_heading = "Market", allow_hyphen_values = true)]
    pub(crate) mmr: Option<Rate>,
    /// Taker fee [default: the rule set's]
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true, help_heading = "Market")]
    pub(crate) taker_fee: Option<Rate>,
    /// Funding rate of the next settlement, for rule sets that reserve it
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true, help_heading = "Market")]
    pub(crate) funding_rate: Option<Rate>,
}

/// Everything a calculation is judged by.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) listed: ListedContract,
    pub(crate) rules: NamedRuleSet,
    pub(crate) brackets: BracketTable,
    pub(crate) brackets_from: String,
    pub(crate) fees: FeeSchedule,
    pub(crate) funding_rate: Rate,
}

/// The contract of a recording where none is given.
pub(crate) const RECORDED_CONTRACT: &str = "bitmex:XBTUSD";

/// Refuses to read a recording that is named after another contract as the default one.
pub(crate) fn check_recording(file: &Path, contract: Given) -> Result<(), CliError> {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let default = ringfence_venues::contract(RECORDED_CONTRACT)?;
    if contract == Given::Given || words(&name).any(|word| word == default.symbol) {
        return Ok(());
    }
    let listed = ringfence_venues::contracts()?;
    let Some(named) = listed.iter().find(|listed| words(&name).any(|word| word == listed.symbol)) else { return Ok(()) };
    // Where several venues have it, what the plain symbol stands for comes first in the list.
    let symbol = if ringfence_venues::contract(&named.symbol).is_ok() {
        named.symbol.clone()
    } else {
        format!("{}:{}", named.venue, named.symbol)
    };
    Err(CliError::Usage(format!(
        "{} is named after {}, and --contract is {RECORDED_CONTRACT} unless given: give --contract {symbol}",
        file.display(),
        named.symbol
    )))
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
}

/// A taker fee above 10 % is a typing error.
const MAX_FEE: Rate = match Rate::from_raw(10_000_000) {
    Ok(rate) => rate,
    Err(_) => Rate::ZERO,
};

impl MarketArgs {
    /// Looks everything up.
    ///
    /// # Errors
    /// [`CliError::Usage`] naming what is unknown or out of range.
    pub(crate) fn setup(&self) -> Result<Setup, CliError> {
        let listed = ringfence_venues::contract(&self.contract)?;
        let rules = ringfence_venues::rule_set(&self.rules)?;
        let (brackets, brackets_from) = self.brackets(&listed, &rules)?;
        if let Some(fee) = self.taker_fee
            && !(Rate::ZERO..=MAX_FEE).contains(&fee)
        {
            return Err(CliError::Usage(format!("--taker-fee must be between 0 and {MAX_FEE}, got {fee}")));
        }
        let fees = FeeSchedule { taker: self.taker_fee.unwrap_or(rules.fees.taker), ..rules.fees };
        let funding_rate = self.funding_rate.unwrap_or(Rate::ZERO);
        Ok(Setup { listed, rules, brackets, brackets_from, fees, funding_rate })
    }

    fn brackets(&self, listed: &ListedContract, rules: &NamedRuleSet) -> Result<(BracketTable, String), CliError> {
        let style = rules.rules.bracket_style;
        if let Some(rate) = self.mmr {
            if rate < Rate::ZERO || rate >= Rate::WHOLE {
                return Err(CliError::Usage(format!("--mmr must be at least 0 and below 1, got {rate}")));
            }
            let table = flat(rate).map_err(|error| CliError::Usage(format!("--mmr: {error}")))?;
            return Ok((table, format!("{rate} for every size (--mmr)")));
        }
        let entry = match &self.date {
            Some(date) => ringfence_venues::brackets_on(&listed.brackets_key, date, style)?,
            None => ringfence_venues::brackets(&listed.brackets_key, style)?,
        };
        Ok((entry.table, format!("{} of {}", entry.symbol, entry.date)))
    }
}

/// One rate for every size, at the greatest whole leverage whose initial rate is above it.
fn flat(rate: Rate) -> Result<BracketTable, ringfence_risk::bracket::BracketError> {
    let greatest = (1..=1_000).rev().filter_map(|times| Leverage::whole(times).ok());
    let mut last = BracketTable::flat(rate, Leverage::ONE);
    for leverage in greatest {
        last = BracketTable::flat(rate, leverage);
        if last.is_ok() {
            break;
        }
    }
    last
}

impl Setup {
    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms {
            contract: &self.listed.contract,
            brackets: &self.brackets,
            rules: &self.rules.rules,
            fees: self.fees,
            funding_rate: self.funding_rate,
        }
    }

    pub(crate) fn asset(&self) -> String {
        self.listed.contract.spec().settlement.to_string()
    }

    /// The line under every title: contract, rule set and brackets in words.
    pub(crate) fn describe(&self) -> String {
        format!(
            "{} {} contract, rules {} ({}, {}), settled in {}",
            self.listed.symbol,
            self.listed.contract.kind(),
            self.rules.name,
            self.rules.date,
            self.rules.checked,
            self.asset()
        )
    }

    /// Refuses a quantity off the lot.
    pub(crate) fn check_quantity(&self, quantity: Quantity) -> Result<(), CliError> {
        check_lot(&self.listed.contract, quantity).map_err(CliError::usage)
    }

    /// Refuses a price off the tick.
    pub(crate) fn check_price(&self, price: Price) -> Result<(), CliError> {
        check_tick(&self.listed.contract, price).map_err(CliError::usage)
    }
}
