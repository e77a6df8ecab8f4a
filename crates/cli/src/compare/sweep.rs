//! Many runs: over all cores, kept as they finish, in parts that other machines may compute.

use std::io::IsTerminal;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use ringfence_compare::{COLUMNS, Cell, Shard, Store, Summary, over_cores};
use ringfence_replay::Watch;

use super::args::PositionArgs;
use super::input::Inputs;
use super::print::{MOST_ROWS, runs_table, write_out};
use super::{cell_of, compare_error, ran};
use crate::Cli;
use crate::error::CliError;
use crate::output::{Format, Report};

pub(super) fn run(cli: &Cli, inputs: &Inputs<'_>) -> Result<(), CliError> {
    match &inputs.args.axes.out {
        Some(_) => stored(cli, inputs),
        None => in_memory(cli, inputs),
    }
}

fn bar(cli: &Cli, length: usize) -> ProgressBar {
    if cli.quiet || cli.progress.no_progress || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("  {bar:32} {pos}/{len} runs, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// One run in one row.
fn row(inputs: &Inputs<'_>, number: usize) -> Result<(Cell, Summary), CliError> {
    let done = ran(inputs, cell_of(&inputs.axes, number)?, &Watch::default())?;
    Ok((done.cell, done.summary))
}

fn in_memory(cli: &Cli, inputs: &Inputs<'_>) -> Result<(), CliError> {
    let cells = inputs.axes.count().map_err(|error| compare_error(&error))?;
    let numbers: Vec<usize> = (0..cells).collect();
    let bar = bar(cli, cells);
    let mut rows: Vec<Option<(Cell, Summary)>> = vec![None; cells];
    let keep = |number: usize, row: (Cell, Summary)| {
        bar.inc(1);
        if let Some(place) = rows.get_mut(number) {
            *place = Some(row);
        }
        Ok(())
    };
    let swept = over_cores(&numbers, inputs.args.axes.workers(), |number| row(inputs, number), keep);
    bar.finish_and_clear();
    swept?;
    let rows: Vec<(Cell, Summary)> = rows.into_iter().flatten().collect();
    if matches!(cli.output, Format::Csv) {
        let lines = rows.iter().map(|(cell, summary)| summary.fields(cell).join(","));
        return write_out(&std::iter::once(COLUMNS.join(",")).chain(lines).fold(String::new(), |text, line| text + &line + "\n"));
    }
    let mut report = head(inputs, cells)?;
    let whole = matches!(cli.output, Format::Json);
    let shown = if whole { rows.len() } else { rows.len().min(MOST_ROWS) };
    report.table(runs_table(rows.iter().take(shown).map(|(cell, summary)| (cell, summary))));
    if shown < rows.len() {
        report.note(format!("{} more runs: -o csv prints all of them", rows.len().saturating_sub(shown)));
    }
    report.print(cli.output)
}

fn head(inputs: &Inputs<'_>, cells: usize) -> Result<Report, CliError> {
    let mut report = Report::new(format!("Sweep: {cells} runs"));
    for fact in inputs.facts()? {
        report.fact(fact.key, fact.label, &fact.value);
    }
    report.fact("brackets", "brackets", inputs.brackets()?);
    Ok(report)
}

/// What is computed, as the directory of results states it: the same sweep has the same plan, whoever computes which part of it.
fn plan(inputs: &Inputs<'_>, cells: usize) -> Result<String, CliError> {
    let mut text = format!("runs: {cells}\n");
    for fact in inputs.facts()?.iter().filter(|fact| fact.key != "command") {
        text.push_str(&format!("{}: {}\n", fact.label, fact.value));
    }
    let args = inputs.args;
    let first = inputs.prepare(&cell_of(&inputs.axes, 0)?)?;
    let options = serde_json::to_string(&first.options).map_err(CliError::usage)?;
    text.push_str(&format!("axes: {}\n", serde_json::to_string(&inputs.axes).map_err(CliError::usage)?));
    text.push_str(&format!("brackets: {}\n", inputs.brackets()?));
    text.push_str(&format!("options: {options}\n"));
    text.push_str(&format!("maintenance margin rate: {}\n", or_else(args.mmr, "of the brackets")));
    text.push_str(&format!("taker fee: {}\n", or_else(args.taker_fee, "of the rules")));
    text.push_str(&positions(&args.positions));
    Ok(text)
}

fn or_else<T: ToString>(stated: Option<T>, otherwise: &str) -> String {
    stated.map_or_else(|| otherwise.to_owned(), |value| value.to_string())
}

/// Which positions are built and with how much money, as far as no file says.
fn positions(args: &PositionArgs) -> String {
    let sides = args.sides.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let ladder: Vec<String> = args.ladder.iter().map(ToString::to_string).collect();
    let wallets: Vec<String> = args.wallets.iter().map(|(account, amount)| format!("{account}={amount}")).collect();
    let listed = |list: Vec<String>, none: &str| if list.is_empty() { none.to_owned() } else { list.join(",") };
    format!(
        "nobody but the script: {}\nsides: {sides}\nquantity: {}\nleverages of the ladder: {}\nmoney of every account: {}\nmoney of single accounts: {}\n",
        if args.alone { "yes" } else { "no" },
        or_else(args.quantity, "worth 10,000"),
        listed(ladder, "all rungs"),
        or_else(args.money, "twice what its positions post"),
        listed(wallets, "none")
    )
}

fn stored(cli: &Cli, inputs: &Inputs<'_>) -> Result<(), CliError> {
    let Some(directory) = &inputs.args.axes.out else { return Ok(()) };
    let cells = inputs.axes.count().map_err(|error| compare_error(&error))?;
    let shard = inputs.args.axes.shard.unwrap_or(Shard::WHOLE);
    let mut store = Store::open(directory, &plan(inputs, cells)?, shard).map_err(|error| compare_error(&error))?;
    let own: Vec<usize> = (0..cells).filter(|cell| shard.holds(*cell)).collect();
    let missing: Vec<usize> = own.iter().copied().filter(|cell| store.row(*cell).is_none()).collect();
    let kept = own.len().saturating_sub(missing.len());
    let bar = bar(cli, missing.len());
    let keep = |number: usize, (cell, summary): (Cell, Summary)| {
        bar.inc(1);
        store.keep(number, &summary.fields(&cell)).map_err(|error| compare_error(&error))
    };
    let swept = over_cores(&missing, inputs.args.axes.workers(), |number| row(inputs, number), keep);
    bar.finish_and_clear();
    swept?;
    let merged = store.merge(cells).map_err(|error| compare_error(&error))?;
    let mut report = head(inputs, cells)?;
    report.fact("shard", "shard", format!("{} of {}", shard.number, shard.of));
    report.fact("computed", "computed now", missing.len());
    report.fact("kept", "finished before", kept);
    match merged {
        Ok(table) => report.fact("table", "table of all runs", table.display()),
        Err(finished) => report.fact("table", "table of all runs", format!("not yet: {finished} of {cells} runs are finished")),
    }
    report.print(cli.output)
}
