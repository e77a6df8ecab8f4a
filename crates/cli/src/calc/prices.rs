//! `calc pnl` and `calc open`.

use clap::Args;
use ringfence_risk::explain::{explain_average, explain_pnl, explain_price_to_average};
use ringfence_risk::fee::fee;
use ringfence_risk::position::{Position, fill_value, reduce};
use ringfence_risk::solve::{average_price, price_to_average};
use ringfence_risk::units::{Amount, Leverage, Notional, Price, Quantity};

use super::PositionArgs;
use crate::error::CliError;
use crate::output::Report;
use crate::setup::{MarketArgs, SideArg};
use crate::values::{self, NONE, eight, exact};

/// Profit at an exit price.
#[derive(Args, Debug)]
pub(crate) struct PnlArgs {
    #[command(flatten)]
    position: PositionArgs,
    /// Price at which it is closed
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    exit: Price,
}

impl PnlArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let opened = self.position.open()?;
        let (setup, position) = (&opened.setup, &opened.position);
        let (contract, taker) = (&setup.listed.contract, setup.fees.taker);
        let exit_value = fill_value(contract, position.quantity, self.exit)?;
        let closed = reduce(contract, position, position.quantity, exit_value)?;
        let fees = fee(position.entry_value, taker)?.plus(fee(exit_value, taker)?)?;
        let mut report = opened.report("Profit and loss");
        report.fact("exit_price", "exit price", self.exit);
        report.money("pnl", "profit", closed.realised);
        let roe = position.return_on_equity(ringfence_risk::ratio::Ratio::whole(closed.realised.raw()), opened.leverage)?;
        report.fraction("roe", "return on the opening margin", Some(roe))?;
        report.money("fees", "fees to open and close as taker", fees);
        report.money("net_pnl", "profit after fees", closed.realised.minus(fees)?);
        let paid = fee(position.entry_value, taker)?;
        let break_even = position.break_even_price(contract, paid, taker)?;
        report.fact("break_even_price", "break-even price", break_even.map_or(Ok(NONE.to_owned()), exact)?);
        let back = closed.to_wallet()?;
        report.money("to_wallet", "margin and profit back", back.or_zero());
        if back < Amount::ZERO {
            report.note("beyond the bankruptcy price: the position would have been liquidated before");
        }
        if self.position.explain {
            report.explanation(explain_pnl(&opened.leg()?, opened.leverage, self.exit.as_mark())?);
        }
        Ok(report)
    }
}

/// Average entry price.
#[derive(Args, Debug)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    market: MarketArgs,
    /// Long or short
    #[arg(long, value_enum, default_value = "long")]
    side: SideArg,
    /// A fill, as quantity@price; give several
    #[arg(long = "fill", value_name = "QUANTITY@PRICE", value_parser = values::fill, required = true, allow_hyphen_values = true)]
    fills: Vec<(Quantity, Price)>,
    /// The average entry price wanted after adding
    #[arg(long, value_name = "PRICE", requires = "add", allow_hyphen_values = true)]
    average: Option<Price>,
    /// How much would be added to reach it
    #[arg(long, value_name = "NUMBER", requires = "average", allow_hyphen_values = true)]
    add: Option<Quantity>,
    /// Print how each number came about
    #[arg(long)]
    explain: bool,
}

impl OpenArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let setup = self.market.setup()?;
        let contract = &setup.listed.contract;
        let (mut quantity, mut value) = (Quantity::ZERO, Notional::ZERO);
        for (filled, price) in &self.fills {
            setup.check_quantity(*filled)?;
            quantity = quantity.plus(*filled)?;
            value = value.plus(fill_value(contract, *filled, *price)?)?;
        }
        let mut report = Report::settled_in(format!("Average entry: {}", setup.describe()), setup.asset());
        report.fact("quantity", "quantity", quantity);
        report.money("entry_value", "value at entry", value);
        report.fact("average_price", "average entry price", eight(average_price(contract, &self.fills)?)?);
        let mut explained = vec![explain_average(contract, &self.fills)?];
        if let (Some(average), Some(add)) = (self.average, self.add) {
            setup.check_quantity(add)?;
            let position = Position {
                entry_value: value,
                ..ringfence_risk::position::open(self.side.into(), quantity, value, Leverage::ONE)?
            };
            let price = price_to_average(contract, &position, add, average)?;
            report.fact("wanted_average", "average wanted", average);
            report.fact("add", "quantity to add", add);
            report.fact("price_to_add_at", "price to add at", price.map_or(Ok(NONE.to_owned()), eight)?);
            explained.push(explain_price_to_average(contract, &position, add, average)?);
        }
        if self.explain {
            explained.into_iter().for_each(|explanation| report.explanation(explanation));
        }
        Ok(report)
    }
}
