//! What a run assumes, in words.

use crate::exchange::Exchange;
use crate::impact::Impact;
use crate::maker::DEPOSIT;
use crate::market::UNWIND_BAND;
use crate::path::MarkSteps;
use crate::replay::{Modes, Replay};
use crate::report::DataFacts;
use ringfence_risk::rule_set::LiquidationStep;

/// Where marks come from.
fn marks(replay: &Replay<'_>) -> String {
    let symbol = &replay.market.symbol;
    let Some(Impact { per_million, half_life_ms }) = replay.options.impact else {
        return format!("the recorded prices of {symbol} are mark and index; trades do not move them");
    };
    format!(
        "the recorded prices of {symbol}, displaced, are mark and index: each million of the quote currency that liquidations sell in the book or \
         leave to the insurance fund lowers the mark by {per_million} of it, each million they buy raises it, by half of it at most; half of a \
         displacement is gone after {half_life_ms} ms (straight lines between half-lives)"
    )
}

/// Which brackets changed inside the series, and what that means.
fn changed(replay: &Replay<'_>, facts: &DataFacts) -> Option<String> {
    let made = replay.market.bracket_changes.iter().map(|change| change.time).filter(|time| *time <= facts.last_time);
    let times: Vec<String> = made.map(|time| time.to_string()).collect();
    (!times.is_empty()).then(|| {
        format!(
            "the brackets of {} change at {}: at the mark of then, for open positions at once; who lacks the new maintenance margin is liquidated, \
             the others keep leverage and margin",
            replay.market.symbol,
            times.join(", ")
        )
    })
}

/// What a step of a liquidation does.
const fn words(step: LiquidationStep) -> &'static str {
    match step {
        LiquidationStep::CancelOrders => "open orders are cancelled",
        LiquidationStep::StepDownBracket => "an order reduces the position to the next bracket below",
        LiquidationStep::ImmediateOrder => "an immediate order closes it in the book",
        LiquidationStep::InsuranceTakeover => "the insurance fund takes the rest over",
        LiquidationStep::AutoDeleverage => "profitable positions are closed against the rest (deleveraging)",
        LiquidationStep::SocialiseLoss => "the remaining loss is spread over profitable positions",
    }
}

/// A line for each assumption that applies to this run.
pub(crate) fn stated(replay: &Replay<'_>, facts: &DataFacts) -> Vec<String> {
    let (market, options) = (replay.market, replay.options);
    let settlement = market.contract.spec().settlement;
    let mut lines = vec![marks(replay)];
    if facts.bars > 0 {
        let way = match options.steps {
            MarkSteps::Recorded => "taking the recorded prices only",
            MarkSteps::EveryStep => "visiting every step of the grid in between",
        };
        lines.push(format!("within a bar the mark goes {}, {way}; from bar to bar it jumps", options.path));
        lines.push("times are those at which a bar opens".to_owned());
    }
    if facts.ticks > 0 {
        lines.push("every tick is one mark; from tick to tick it jumps".to_owned());
    }
    if facts.off_grid > 0 {
        let step = market.contract.spec().mark_step;
        lines.push(format!("{} recorded prices were put on the mark's grid of {step} (nearest)", facts.off_grid));
    }
    let afterwards = if replay.population.script().accounts.is_empty() {
        "afterwards nobody trades, except by liquidations"
    } else {
        "afterwards only the script trades, each step at the first mark at which its condition holds, the maker taking the other side at the mark"
    };
    lines.push(format!(
        "rows of one account and side add up to one position; row by row it is opened by an immediate order, at the row's entry price or else at the first \
         mark, rounded to the tick against the trader; an account with both sides trades in hedge mode; {afterwards}"
    ));
    lines.push(format!(
        "one maker with {DEPOSIT} {settlement} on cross margin at 1x takes the other side of all of them; its profit or loss is reported, and the audit \
         includes it"
    ));
    lines.push(match &options.maker {
        Some(_) if facts.from_book > 0 => format!(
            "before a mark liquidates anybody the maker quotes the recorded book as it was then: the best {} prices on each side, quantities rounded \
             down to the lot; all liquidations at one mark share these quotes, at the next mark they are whole again",
            crate::maker::Maker::MOST_LEVELS
        ),
        Some(maker) => format!(
            "before a mark liquidates anybody the maker quotes around it: {} prices on each side, each worth {} of the quote currency, the first at a \
             distance of {} of the mark, the others {} of it apart; all liquidations at one mark share these quotes, at the next mark they are whole again",
            maker.levels, maker.depth, maker.half_spread, maker.spacing
        ),
        None => "after the opening the maker does not quote: liquidations find nobody in the book".to_owned(),
    });
    let steps: Vec<&str> = market.rules.liquidation_steps.iter().map(|step| words(*step)).collect();
    lines.push(format!("a liquidation goes as far as it must in this order: {}", steps.join(", ")));
    lines.push(format!(
        "the insurance fund begins with {} {settlement}, takes positions over at their bankruptcy price, and trades out of them within {UNWIND_BAND} of the mark",
        options.insurance
    ));
    if options.modes == Modes::Both {
        lines.push("both runs get the same commands; only the margin mode of the accounts differs".to_owned());
    }
    lines.extend(changed(replay, facts));
    if facts.fundings == 0 && !replay.funding.is_empty() {
        lines.push(format!("none of the {} funding rates lies inside the series: none is settled", replay.funding.len()));
    }
    if facts.fundings > 0 {
        lines.push(format!("{} funding rates are settled at the first mark at or after their time", facts.fundings));
    }
    lines
}

/// Where the brackets held no more of the maker's position, in how many accounts it was held.
pub(crate) fn stated_makers(exchange: &Exchange) -> Option<String> {
    let accounts = exchange.makers.len();
    (accounts > 1).then(|| {
        format!(
            "the maker's position was more than the brackets allow one account: it was held in {accounts} ({})",
            exchange.regime
        )
    })
}
