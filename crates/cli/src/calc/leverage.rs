//! `calc leverage`: the slider as a table, and one change as a plan.

use clap::Args;
use ringfence_risk::explain::{explain_leg, explain_leverage_plan};
use ringfence_risk::plan::{Context, LegState, LeveragePlan, plan_leverage};
use ringfence_risk::units::{Amount, Leverage, MarkPrice};

use super::PositionArgs;
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::values::{self, or_none};

/// What a leverage change would do.
#[derive(Args, Debug)]
pub(crate) struct LeverageArgs {
    #[command(flatten)]
    position: PositionArgs,
    /// Leverage wanted; without it every stop of the slider is shown
    #[arg(long, value_name = "TIMES", value_parser = values::leverage, allow_hyphen_values = true)]
    to: Option<Leverage>,
    /// Balance that is free
    #[arg(long, value_name = "AMOUNT", default_value = "0", allow_hyphen_values = true)]
    available: Amount,
    /// Mark price [default: the entry price]
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    mark: Option<MarkPrice>,
}

/// Stops of the slider.
const STOPS: [i64; 14] = [1, 2, 3, 5, 10, 15, 20, 25, 40, 50, 75, 100, 125, 150];

impl LeverageArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        if self.available < Amount::ZERO {
            return Err(CliError::Usage(format!("--available must not be below 0, got {}", self.available)));
        }
        let opened = self.position.open()?;
        let context = Context {
            terms: opened.setup.terms(),
            leg: LegState { position: Some(opened.position), ..LegState::flat(opened.leverage, self.available) },
            mark: opened.mark(self.mark),
        };
        let mut report = opened.report("Leverage change");
        report.money("available", "available balance", self.available);
        report.fact("mark", "mark", context.mark);
        match self.to {
            Some(leverage) => {
                let plan = plan_leverage(&context, leverage)?;
                one(&mut report, &context, &plan)?;
                if self.position.explain {
                    report.explanation(explain_leverage_plan(&context, &plan));
                }
            }
            None => {
                report.table(slider(&context)?);
                if self.position.explain {
                    report.explanation(explain_leg(&opened.leg()?, opened.leverage, context.mark)?);
                }
            }
        }
        Ok(report)
    }
}

fn one(report: &mut Report, context: &Context<'_>, plan: &LeveragePlan) -> Result<(), CliError> {
    let trigger = |price: Option<ringfence_risk::isolated::LiquidationPrice>| or_none(price.map(|price| price.trigger));
    report.times("to", "new leverage", plan.to);
    report.money("requirement_before", "initial margin before", plan.requirement_before);
    report.money("requirement_after", "initial margin after", plan.requirement_after);
    report.money("to_position", "wallet → position", plan.to_position);
    report.fact("limited_by", "limited by", or_none(plan.binding));
    report.fact("liquidation_before", "first mark that liquidates, before", trigger(plan.liquidation_before));
    report.fact("liquidation_after", "first mark that liquidates, after", trigger(plan.liquidation_after));
    report.money("available_after", "available afterwards", plan.apply(&context.leg)?.available);
    report.fact("bracket_leverage", "greatest leverage at this size", or_none(plan.bracket_leverage));
    Ok(())
}

fn slider(context: &Context<'_>) -> Result<Table, CliError> {
    let mut rows = Vec::new();
    for times in STOPS {
        let leverage = Leverage::whole(times)?;
        rows.push(match plan_leverage(context, leverage) {
            Ok(plan) => vec![
                format!("{leverage}x"),
                plan.requirement_after.to_string(),
                plan.to_position.to_string(),
                or_none(plan.liquidation_after.map(|price| price.trigger)),
                "accepted".to_owned(),
            ],
            Err(refused) => {
                let empty = String::new;
                vec![format!("{leverage}x"), empty(), empty(), empty(), refused.refusal.to_string()]
            }
        });
    }
    let headers = headers(&["LEVERAGE", "INITIAL MARGIN", "WALLET TO POSITION", "LIQUIDATING MARK", "OUTCOME"]);
    Ok(Table { key: "slider", headers, rows })
}
