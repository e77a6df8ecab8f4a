//! What a run assumes, in words.

use crate::exchange::Exchange;
use crate::impact::Impact;
use crate::maker::DEPOSIT;
use crate::market::UNWIND_BAND;
use crate::path::MarkSteps;
use crate::replay::{Modes, Replay};
use crate::report::DataFacts;

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
    let afterwards = if replay.population.script().accounts.is_empty() {
        "nobody trades by will afterwards"
    } else {
        "afterwards only the script trades, each step at the first mark at which its condition holds, the maker taking the other side at the mark"
    };
    lines.push(format!(
        "rows of one account and side are one position; each is opened by an immediate order, row by row, at its entry or else at the first mark, on the \
         tick, rounded against the trader; an account with both sides trades in hedge mode; {afterwards}"
    ));
    lines.push(format!(
        "one maker with {DEPOSIT} {settlement} on cross margin at 1x is the counterparty of all of them; its profit and loss is reported, the audit \
         includes it"
    ));
    lines.push(match &options.maker {
        Some(_) if facts.from_book > 0 => format!(
            "at every mark that liquidates somebody the maker first quotes the recorded book as it was then: the best {} prices on each side, \
             quantities on the lot (down); liquidations at one mark eat the same quotes, which come back at the next",
            crate::maker::Maker::MOST_LEVELS
        ),
        Some(maker) => format!(
            "at every mark that liquidates somebody the maker first quotes anew around it: {} prices on each side, each worth {} of the quote \
             currency, the first {} of the mark away, then {} apart; liquidations at one mark eat the same quotes, which come back at the next",
            maker.levels, maker.depth, maker.half_spread, maker.spacing
        ),
        None => "after the opening the maker does not quote: liquidations find nobody in the book".to_owned(),
    });
    let steps: Vec<String> = market.rules.liquidation_steps.iter().map(|step| format!("{step:?}")).collect();
    lines.push(format!("a liquidation takes the steps of the rule set: {}", steps.join(", ")));
    lines.push(format!(
        "the insurance fund begins at {}, takes over at the bankruptcy price, and trades what it holds within {UNWIND_BAND} of the mark",
        options.insurance
    ));
    if options.modes == Modes::Both {
        lines.push("both runs get the same commands but for the margin mode of the accounts".to_owned());
    }
    lines.extend(changed(replay, facts));
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
