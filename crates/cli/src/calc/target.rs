//! `calc target`: the questions asked the other way round.

use clap::Args;
use ringfence_risk::explain::{explain_liquidation_target, explain_price_for_pnl, explain_price_for_roe};
use ringfence_risk::solve::{attainable_leverage, attainable_size, margin_for_liquidation_price, price_for_pnl, price_for_roe};
use ringfence_risk::units::{Amount, MarkPrice, Rate, Side};

use super::{Opened, PositionArgs};
use crate::error::CliError;
use crate::output::Report;
use crate::values::{self, NONE, exact, or_none};

/// What gives the answer I want.
#[derive(Args, Debug)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    position: PositionArgs,
    /// Profit wanted, in the settlement asset: at which price?
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pnl: Option<Amount>,
    /// Return on the opening margin wanted (1 or 100%): at which price?
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    roe: Option<Rate>,
    /// The position must live at this mark: with which margin, leverage or size?
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    liquidation: Option<MarkPrice>,
}

impl TargetArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let opened = self.position.open()?;
        let contract = &opened.setup.listed.contract;
        let mut report = opened.report("Target");
        if self.pnl.is_none() && self.roe.is_none() && self.liquidation.is_none() {
            return Err(CliError::usage("say what is wanted: --pnl AMOUNT, --roe RATE or --liquidation PRICE"));
        }
        if let Some(pnl) = self.pnl {
            let price = price_for_pnl(contract, &opened.position, pnl)?;
            report.money("wanted_pnl", "profit wanted", pnl);
            report.fact("price_for_pnl", "price that gives it", price.map_or(Ok(NONE.to_owned()), exact)?);
        }
        if let Some(roe) = self.roe {
            let price = price_for_roe(contract, &opened.position, roe, opened.leverage)?;
            report.fact("wanted_roe", "return wanted", roe);
            report.fact("price_for_roe", "price that gives it", price.map_or(Ok(NONE.to_owned()), exact)?);
        }
        if let Some(target) = self.liquidation {
            liquidation(&mut report, &opened, target)?;
        }
        if self.position.explain {
            self.explain(&mut report, &opened)?;
        }
        Ok(report)
    }

    fn explain(&self, report: &mut Report, opened: &Opened) -> Result<(), CliError> {
        let contract = &opened.setup.listed.contract;
        if let Some(pnl) = self.pnl {
            report.explanation(explain_price_for_pnl(contract, &opened.position, pnl)?);
        }
        if let Some(roe) = self.roe {
            report.explanation(explain_price_for_roe(contract, &opened.position, roe, opened.leverage)?);
        }
        if let Some(target) = self.liquidation {
            report.explanation(explain_liquidation_target(&opened.setup.terms(), &opened.position, target)?);
        }
        Ok(())
    }
}

fn liquidation(report: &mut Report, opened: &Opened, target: MarkPrice) -> Result<(), CliError> {
    let terms = opened.setup.terms();
    let position = &opened.position;
    if position.unrealised_pnl(terms.contract, target)? > Amount::ZERO {
        let (side, entry) = (position.side, opened.entry);
        let wanted = if side == Side::Long { "below" } else { "above" };
        return Err(CliError::Usage(format!("--liquidation of a {side} must be {wanted} its entry of {entry}, got {target}")));
    }
    let margin = margin_for_liquidation_price(&terms, position, target)?;
    let leverage = attainable_leverage(&terms, position, target)?;
    let size = attainable_size(&terms, position.side, opened.entry, (position.margin()?, opened.leverage), target)?;
    report.fact("target_mark", "must live at mark", target);
    report.money("margin_needed", "least margin", margin.or_zero());
    report.money("margin_to_add", "of which to add", margin.minus(position.margin()?)?.or_zero());
    report.fact("max_leverage", "or greatest leverage at this size", or_none(leverage));
    report.fact("max_quantity", "or largest size on this margin and leverage", size);
    Ok(())
}
