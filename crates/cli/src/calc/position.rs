//! `calc liquidation` and `calc bankruptcy`.

use clap::Args;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::explain::{explain_cross, explain_leg};
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::reserved_closing_fee;
use ringfence_risk::rule_set::ClosingFee;
use ringfence_risk::units::{Amount, MarkPrice};

use super::{Opened, PositionArgs};
use crate::error::CliError;
use crate::output::Report;
use crate::values::{NONE, exact, or_none};

/// At which mark a position is liquidated.
#[derive(Args, Debug)]
pub(crate) struct LiquidationArgs {
    #[command(flatten)]
    position: PositionArgs,
    /// Mark at which balance and maintenance are shown [default: the entry price]
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    mark: Option<MarkPrice>,
    /// Cross margin: the pool behind the position instead of its own margin
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    wallet: Option<Amount>,
    /// Funding the position owes
    #[arg(long, value_name = "AMOUNT", default_value = "0", hide_default_value = true, allow_hyphen_values = true)]
    funding_owed: Amount,
}

impl LiquidationArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let opened = self.position.open()?;
        let mark = opened.mark(self.mark);
        if self.wallet.is_some() && self.position.added_margin != Amount::ZERO {
            return Err(CliError::usage("--added-margin belongs to an isolated position: it cannot be given with --wallet"));
        }
        let mut leg = opened.leg()?;
        if let Some(wallet) = self.wallet {
            leg = Leg { collateral: wallet, ..leg };
        }
        let leg = leg.owing(self.funding_owed)?;
        let mut report = opened.report(if self.wallet.is_some() { "Liquidation under cross margin" } else { "Liquidation" });
        describe_margin(&mut report, &opened, &leg)?;
        describe_liquidation(&mut report, &leg, mark)?;
        if self.position.explain {
            report.explanation(explain_leg(&leg, opened.leverage, mark)?);
        }
        if self.wallet.is_some() {
            self.describe_pool(&mut report, &opened, leg.collateral, mark)?;
        }
        Ok(report)
    }

    fn describe_pool(&self, report: &mut Report, opened: &Opened, wallet: Amount, mark: MarkPrice) -> Result<(), CliError> {
        let legs =
            [CrossLeg { terms: opened.setup.terms(), position: &opened.position, leverage: opened.leverage, mark, market: 0 }];
        let trigger = opened.setup.rules.rules.trigger;
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger };
        report.money("equity", "equity of the pool", account.equity()?);
        report.money("available", "available", account.available()?);
        let (below, above) = match account.liquidation_marks(0)? {
            CrossLiquidation::Now => ("now".to_owned(), "now".to_owned()),
            CrossLiquidation::Band { below, above } => (or_none(below), or_none(above)),
        };
        report.fact("liquidating_mark_below", "first liquidating mark below", below);
        report.fact("liquidating_mark_above", "first liquidating mark above", above);
        if self.position.explain {
            report.explanation(explain_cross(&account, 0)?);
        }
        Ok(())
    }
}

fn describe_margin(report: &mut Report, opened: &Opened, leg: &Leg<'_>) -> Result<(), CliError> {
    report.money("entry_value", "value at entry", opened.position.entry_value);
    report.money("opening_margin", "opening margin", opened.position.opening_margin);
    report.money("collateral", "collateral", leg.collateral);
    if opened.setup.rules.rules.closing_fee == ClosingFee::ReservedAtEntry {
        let position = &opened.position;
        let reserve = reserved_closing_fee(position.entry_value, position.margin()?, opened.setup.fees.taker)?;
        report.money("fee_reserve", "fee reserve (cancels)", reserve);
    }
    Ok(())
}

fn describe_liquidation(report: &mut Report, leg: &Leg<'_>, mark: MarkPrice) -> Result<(), CliError> {
    let price = leg.liquidation_price(mark)?;
    let at = price.and_then(|price| price.exact);
    report.fact("liquidation_price", "liquidation price", at.map_or(Ok(NONE.to_owned()), exact)?);
    let printed = at.map(|price| leg.printed(price)).transpose()?;
    report.fact("printed", "as the rule set prints it", printed.map_or(Ok(NONE.to_owned()), exact)?);
    report.fact("first_liquidating_mark", "first mark that liquidates", or_none(price.map(|price| price.trigger)));
    let bankruptcy = leg.bankruptcy_price()?;
    report.fact("bankruptcy_price", "bankruptcy price", bankruptcy.map_or(Ok(NONE.to_owned()), exact)?);
    report.fact("mark", "mark", mark);
    report.money("unrealised_pnl", "unrealised profit", leg.position.unrealised_pnl(leg.terms.contract, mark)?);
    report.money("margin_balance", "margin balance", leg.margin_balance(mark)?);
    report.money("maintenance_margin", "maintenance margin", leg.maintenance_margin(mark)?);
    report.fraction("margin_ratio", "maintenance ÷ balance", leg.margin_ratio(mark)?)?;
    report.fact("liquidated", "liquidated at this mark", if leg.is_liquidatable(mark)? { "yes" } else { "no" });
    Ok(())
}

/// At which price the margin is used up.
#[derive(Args, Debug)]
pub(crate) struct BankruptcyArgs {
    #[command(flatten)]
    position: PositionArgs,
}

impl BankruptcyArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let opened = self.position.open()?;
        let leg = opened.leg()?;
        let mut report = opened.report("Bankruptcy");
        report.money("collateral", "collateral", leg.collateral);
        let price = leg.bankruptcy_price()?;
        report.fact("bankruptcy_price", "bankruptcy price", price.map_or(Ok(NONE.to_owned()), exact)?);
        let printed = price.map(|price| leg.printed(price)).transpose()?;
        report.fact("printed", "as the rule set prints it", printed.map_or(Ok(NONE.to_owned()), exact)?);
        let loss = leg.position.margin()?;
        report.money("greatest_loss", "greatest loss", loss);
        if self.position.explain {
            report.explanation(explain_leg(&leg, opened.leverage, opened.entry.as_mark())?);
        }
        Ok(report)
    }
}
