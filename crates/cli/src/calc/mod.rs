//! The calculators: every number comes from the core.

mod cost;
mod leverage;
mod position;
mod prices;
mod target;

use clap::{Args, Subcommand};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::check_leverage;
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity};

use crate::error::CliError;
use crate::output::Report;
use crate::setup::{MarketArgs, Setup, SideArg};
use crate::values;

/// A margin question.
#[derive(Subcommand, Debug)]
pub(crate) enum Calc {
    /// At which mark a position is liquidated
    Liquidation(position::LiquidationArgs),
    /// At which price its margin is used up
    Bankruptcy(position::BankruptcyArgs),
    /// What it must post, what an order costs, what it must keep
    Margin(cost::MarginArgs),
    /// Profit, return and break-even at an exit price
    Pnl(prices::PnlArgs),
    /// Price, margin, size or leverage for a wanted profit, return or liquidation price
    Target(target::TargetArgs),
    /// The most that can be opened with a balance
    Max(cost::MaxArgs),
    /// Average entry price of several fills, or the fill that brings an average to a price
    Open(prices::OpenArgs),
    /// What a leverage change would do: money moved, liquidation price before and after
    Leverage(leverage::LeverageArgs),
}

/// A position and what it is judged by.
#[derive(Args, Clone, Debug)]
pub(crate) struct PositionArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
    /// Long or short
    #[arg(long, value_enum, default_value = "long")]
    pub(crate) side: SideArg,
    /// Size, in contracts or units of the underlying as the contract counts
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub(crate) quantity: Quantity,
    /// Average entry price
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    pub(crate) entry: Price,
    /// Leverage (100 or 100x)
    #[arg(long, value_name = "TIMES", value_parser = values::leverage, allow_hyphen_values = true)]
    pub(crate) leverage: Leverage,
    /// Margin added (or, negative, removed) by hand
    #[arg(long, value_name = "AMOUNT", default_value = "0", hide_default_value = true, allow_hyphen_values = true)]
    pub(crate) added_margin: Amount,
    /// Print how each number came about
    #[arg(long)]
    pub(crate) explain: bool,
}

/// A position with its market, opened as a command would open it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) setup: Setup,
    pub(crate) position: Position,
    pub(crate) leverage: Leverage,
    pub(crate) entry: Price,
}

impl PositionArgs {
    /// Looks up the market and opens the position.
    ///
    /// # Errors
    /// [`CliError::Usage`]: unknown names, a quantity off the lot, a leverage above the bracket.
    pub(crate) fn open(&self) -> Result<Opened, CliError> {
        let setup = self.market.setup()?;
        setup.check_quantity(self.quantity)?;
        let value = fill_value(&setup.listed.contract, self.quantity, self.entry).map_err(|_| {
            let (greatest, asset) = (Notional::GREATEST, setup.asset());
            CliError::Usage(format!(
                "--quantity at --entry must be worth at most {greatest} {asset}, got {} at {}",
                self.quantity, self.entry
            ))
        })?;
        if value == Notional::ZERO {
            return Err(CliError::Usage(format!("the position is worth less than 0.00000001 {}", setup.asset())));
        }
        check_leverage(&setup.brackets, self.leverage, value)?;
        let position =
            Position { added_margin: self.added_margin, ..open(self.side.into(), self.quantity, value, self.leverage)? };
        if position.margin()? < Amount::ZERO {
            let posted = position.opening_margin;
            return Err(CliError::Usage(format!("--added-margin must not be below -{posted}, got {}", self.added_margin)));
        }
        Ok(Opened { setup, position, leverage: self.leverage, entry: self.entry })
    }
}

impl Opened {
    pub(crate) fn leg(&self) -> Result<Leg<'_>, CliError> {
        Ok(Leg::isolated(self.setup.terms(), &self.position)?)
    }

    pub(crate) fn mark(&self, given: Option<MarkPrice>) -> MarkPrice {
        given.unwrap_or(self.entry.as_mark())
    }

    /// The heading every answer about a position begins with.
    pub(crate) fn report(&self, question: &str) -> Report {
        let mut report = Report::settled_in(format!("{question}: {}", self.setup.describe()), self.setup.asset());
        report.fact("side", "side", self.position.side);
        report.fact("quantity", "quantity", self.position.quantity);
        report.fact("entry_price", "entry price", self.entry);
        report.times("leverage", "leverage", self.leverage);
        report.fact("brackets", "brackets", &self.setup.brackets_from);
        report
    }
}

impl Calc {
    /// Answers.
    ///
    /// # Errors
    /// [`CliError::Usage`] naming what cannot be answered.
    pub(crate) fn run(&self) -> Result<Report, CliError> {
        match self {
            Self::Liquidation(args) => args.run(),
            Self::Bankruptcy(args) => args.run(),
            Self::Margin(args) => args.run(),
            Self::Pnl(args) => args.run(),
            Self::Target(args) => args.run(),
            Self::Max(args) => args.run(),
            Self::Open(args) => args.run(),
            Self::Leverage(args) => args.run(),
        }
    }
}
