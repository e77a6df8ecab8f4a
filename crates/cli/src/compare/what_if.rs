//! One account, had it been otherwise: every run twice, as it was and as it would have been.

use ringfence_compare::{Cell, Shared, WhatIf, run_cell, share};
use ringfence_replay::{AccountOutcome, Outcome, Population, Regime, Watch};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, Side};

use super::input::Inputs;
use super::{cell_of, compare_error};
use crate::Cli;
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::replay_input::population_error;

pub(super) fn run(cli: &Cli, inputs: &Inputs<'_>, (change, account): (WhatIf, &str)) -> Result<(), CliError> {
    let mut rows = Vec::new();
    for number in 0..inputs.axes.count().map_err(|error| compare_error(&error))? {
        let cell = cell_of(&inputs.axes, number)?;
        let as_it_was = outcome(inputs, &cell, Ok)?;
        let before = find(&as_it_was, account)?.wallet_before;
        let otherwise = outcome(inputs, &cell, |population| {
            change.change(population, account, before).map_err(|error| population_error(&error))
        })?;
        rows.extend(positions(&cell, ("as it was", None), &as_it_was, account)?);
        let added = match change {
            WhatIf::Margin(amount) if cell.mode == Regime::Isolated => Some(amount),
            WhatIf::Margin(_) | WhatIf::Leverage(_) => None,
        };
        rows.extend(positions(&cell, (&change.to_string(), added), &otherwise, account)?);
    }
    let mut report = Report::new(format!("What if: {account} {change}"));
    for fact in inputs.facts()? {
        report.fact(fact.key, fact.label, &fact.value);
    }
    report.fact("brackets", "brackets", inputs.brackets()?);
    let columns = headers(&[
        "RUN",
        "ACCOUNT",
        "POSITION",
        "ENTRY",
        "POSTED",
        "LIQUIDATING MARK",
        "LIQUIDATED AT",
        "MARK",
        "LOST",
        "CAME WITH",
        "EQUITY LEFT",
        "RESULT",
        "OF IT",
    ]);
    report.table(Table { key: "runs", headers: columns, rows });
    report.note("nothing else differs: the account begins with the same money, and everybody else does what they did".to_owned());
    report.note(
        "money that comes on top goes into the box of the position (its long's, where it has both), or into the pool on cross"
            .to_owned(),
    );
    report.print(cli.output)
}

fn outcome(
    inputs: &Inputs<'_>,
    cell: &Cell,
    change: impl FnOnce(Population) -> Result<Population, CliError>,
) -> Result<Outcome, CliError> {
    let mut prepared = inputs.prepare(cell)?;
    prepared.population = change(prepared.population)?;
    let shared = Shared { funding: &inputs.funding, watch: &Watch::default() };
    let ran = run_cell(cell.clone(), &prepared, shared, || inputs.walk());
    Ok(ran.map_err(|error| compare_error(&error))?.outcome)
}

fn find<'a>(outcome: &'a Outcome, account: &str) -> Result<&'a AccountOutcome, CliError> {
    let found = outcome.accounts.iter().find(|found| found.name == account);
    found.ok_or_else(|| CliError::Usage(format!("--account must be one of the population, got '{account}'")))
}

/// A row for each position of the account; one where it opened none, saying why.
///
/// What was `added` is in the box of one of them.
fn positions(
    cell: &Cell,
    (what, added): (&str, Option<Amount>),
    outcome: &Outcome,
    account: &str,
) -> Result<Vec<Vec<String>>, CliError> {
    let found = find(outcome, account)?;
    let result = found.life.equity.minus(found.wallet_before)?;
    let none = || "-".to_owned();
    let tail = || {
        let part = if found.wallet_before == Amount::ZERO { none() } else { format!("{} %", share(result, found.wallet_before)) };
        [found.wallet_before.to_string(), found.life.equity.to_string(), result.to_string(), part]
    };
    let own: Vec<_> = outcome.positions.iter().filter(|position| position.account == account).collect();
    let box_of = own.iter().position(|position| position.side == Side::Long).unwrap_or(0);
    let posted = |at: usize, posted: Amount| added.filter(|_| at == box_of).map_or(Ok(posted), |added| posted.plus(added));
    let rows: Result<Vec<Vec<String>>, OutOfRange> = own
        .iter()
        .enumerate()
        .map(|(at, position)| {
            let life = &position.life;
            let mut row = vec![cell.name(), what.to_owned(), format!("{} at {}x", position.name, position.leverage)];
            row.push(life.entry.to_string());
            row.push(posted(at, life.posted)?.to_string());
            row.push(life.liquidating_mark.map_or_else(none, |mark| mark.to_string()));
            row.push(life.time.map_or_else(none, |time| time.to_string()));
            row.push(life.mark.map_or_else(none, |mark| mark.to_string()));
            row.push(life.loss.to_string());
            row.extend(tail());
            Ok(row)
        })
        .collect();
    let mut rows = rows?;
    if rows.is_empty() {
        let reason = outcome.refused.iter().find(|refused| refused.account == account).map(|refused| refused.reason.clone());
        let mut row = vec![cell.name(), what.to_owned(), format!("not opened: {}", reason.unwrap_or_else(none))];
        row.extend([const { String::new() }; 6]);
        row.extend(tail());
        rows.push(row);
    }
    Ok(rows)
}
