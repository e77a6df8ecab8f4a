//! What a run assumes, in words.

use crate::path::MarkSteps;
use crate::replay::{Modes, Replay};
use crate::report::DataFacts;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::Rate;

/// A line for each assumption that applies to this run.
pub(crate) fn stated(replay: &Replay<'_>, facts: &DataFacts) -> Vec<String> {
    let (market, options) = (replay.market, replay.options);
    let mut lines = vec![format!("the recorded prices of {} are the mark; there is no order book", market.symbol)];
    if facts.bars > 0 {
        let way = match options.steps {
            MarkSteps::Recorded => "taking the recorded prices only",
            MarkSteps::EveryStep => "visiting every step of the grid in between",
        };
        lines.push(format!("inside a bar the mark goes {}, {way}; from bar to bar it jumps", options.path));
        lines.push("a time is that of the opening of its bar".to_owned());
    }
    if facts.ticks > 0 {
        lines.push("every tick is one mark; from tick to tick it jumps".to_owned());
    }
    if facts.off_grid > 0 {
        let step = market.contract.spec().mark_step;
        lines.push(format!("{} recorded prices were put on the mark's grid of {step} (nearest)", facts.off_grid));
    }
    lines.push("positions without an entry open at the first mark, on the tick, rounded against the trader".to_owned());
    lines.push(
        "an isolated position is taken over whole by the insurance fund at its bankruptcy price and closed at the mark: it loses its margin, what \
         the mark leaves of it stays with the fund, what a gap takes beyond it the fund pays"
            .to_owned(),
    );
    if options.modes == Modes::Both {
        lines.push(
            "cross: a pool is the account's wallet after opening fees; positions stay separate legs, also those of one side, each with its own \
             maintenance; the greatest loss is closed first, at the mark, until the pool is healthy or empty"
                .to_owned(),
        );
        if market.fees.liquidation > Rate::ZERO {
            let fee = market.fees.liquidation;
            lines.push(format!("cross: each forced close pays a liquidation fee of {fee} of its value to the insurance fund, as far as the pool has it"));
        }
    }
    lines.push("forced closes find unlimited liquidity at the mark; their profit is rounded down".to_owned());
    lines.push("the insurance fund begins at 0 and pays every deficit".to_owned());
    if market.rules.liquidation_steps.contains(&LiquidationStep::StepDownBracket) {
        lines.push("the rule set's partial liquidation, bracket by bracket, is left out: positions are closed whole".to_owned());
    }
    if facts.fundings > 0 {
        lines.push(format!(
            "{} funding rates are exchanged at the first mark at or after their time; a box pays out of its own margin, never more than its balance",
            facts.fundings
        ));
    }
    lines
}
