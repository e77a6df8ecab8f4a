//! `compare`: the same commands under several margin modes, rule sets, bracket dates and leverages.

mod args;
mod facts;
mod input;
mod print;
mod series;
mod sweep;
mod what_if;

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use ringfence_compare::{
    Axes, Cell, CompareError, Fact, Ran, Shared, Study, Theme, accounts_csv, html, json, over_cores, png, run_cell, runs_csv, svg,
};
use ringfence_replay::{Regime, Watch};

pub(crate) use args::{CompareArgs, EXAMPLES};

use crate::Cli;
use crate::error::CliError;
use crate::output::Format;
use crate::replay_input::replay_error;
use crate::setup::check_recording;
use args::AxesArgs;
use input::Inputs;

/// Samples along the way where figures are drawn.
const SAMPLES: usize = 240;
/// More runs than these are a sweep: their outcomes are not kept in memory.
const MOST_RUNS: usize = 256;

pub(super) fn compare_error(error: &CompareError) -> CliError {
    if let CompareError::Run { cell, error } = error {
        let whole = replay_error(error);
        return if let CliError::Usage(message) = whole { CliError::Usage(format!("{cell}: {message}")) } else { whole };
    }
    if matches!(error, CompareError::Io { .. }) {
        return CliError::Io(error.to_string());
    }
    if matches!(error, CompareError::Figure { .. }) {
        return CliError::Difference(error.to_string());
    }
    CliError::usage(error)
}

impl AxesArgs {
    fn axes(&self) -> Result<Axes, CliError> {
        let mut axes = Axes::default().swept(&format!("modes={}", self.modes.join(","))).map_err(|_| {
            CliError::Usage(format!("--modes must be among isolated, cross, stated, each once, got '{}'", self.modes.join(",")))
        })?;
        axes.rules.clone_from(&self.rules);
        if !self.dates.is_empty() {
            axes.dates = self.dates.iter().cloned().map(Some).collect();
        }
        if !self.leverage.is_empty() {
            axes.leverages = self.leverage.iter().copied().map(Some).collect();
        }
        axes.paths = self.path.iter().copied().map(Into::into).collect();
        if let Some(sweep) = &self.sweep {
            axes = axes.swept(sweep).map_err(|error| compare_error(&error))?;
        }
        axes.count().map_err(|error| compare_error(&error))?;
        Ok(axes)
    }

    fn workers(&self) -> usize {
        let cores = || available_parallelism().map_or(1, std::num::NonZero::get);
        self.workers.map_or_else(cores, usize::from)
    }
}

impl CompareArgs {
    /// Runs and prints.
    ///
    /// # Errors
    /// [`CliError`]: unknown names, a faulty file (by row), or a run that cannot go on.
    pub(crate) fn run(&self, cli: &Cli) -> Result<(), CliError> {
        self.check_reports()?;
        check_recording(&self.file, cli.said.contract)?;
        let mut inputs = Inputs::read(cli, self)?;
        if self.axes.sweep.is_some() {
            return sweep::run(cli, &inputs);
        }
        if let (Some(change), Some(account)) = (self.answers.what_if, &self.answers.account) {
            if !self.answers.report.is_empty() {
                return Err(CliError::Usage("--report cannot be used with --what-if: its table is the answer".to_owned()));
            }
            return what_if::run(cli, &inputs, (change, account));
        }
        let cells = inputs.axes.count().map_err(|error| compare_error(&error))?;
        if cells > MOST_RUNS {
            return Err(CliError::Usage(format!("a comparison must have at most {MOST_RUNS} runs, got {cells}: use --sweep")));
        }
        inputs.series.show(cli, cells.saturating_mul(if self.impact.impact().is_some() { 2 } else { 1 }));
        let study = study(&inputs);
        inputs.series.shown();
        let study = study?;
        for path in &self.answers.report {
            write_report(&study, path)?;
        }
        match cli.output {
            Format::Json => print::write_out(&format!("{:#}\n", json(&study).map_err(CliError::usage)?)),
            Format::Csv => print::write_out(&runs_csv(&study)),
            Format::Table | Format::Md => print::report(&study, self).print(cli.output),
        }
    }

    fn check_reports(&self) -> Result<(), CliError> {
        for path in &self.answers.report {
            if !matches!(extension(path).as_str(), "html" | "svg" | "png" | "json" | "csv") {
                return Err(CliError::Usage(format!(
                    "--report must end in .html, .svg, .png, .json or .csv, got '{}'",
                    path.display()
                )));
            }
            // Where it does not exist yet, it is none of them.
            let Ok(written) = path.canonicalize() else { continue };
            for read in self.files() {
                if read.canonicalize().is_ok_and(|read| read == written) {
                    return Err(CliError::Usage(format!("--report must not be a file that is read, got '{}'", path.display())));
                }
            }
        }
        Ok(())
    }

    /// All files that are read.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let (positions, rates) = (&self.positions, &self.rates);
        let named = [&positions.population, &positions.strategy, &rates.funding, &rates.index];
        std::iter::once(&self.file).chain(named.into_iter().flatten())
    }
}

fn extension(path: &Path) -> String {
    path.extension().map_or_else(String::new, |extension| extension.to_string_lossy().to_lowercase())
}

/// The cell of a number that was counted.
fn cell_of(axes: &Axes, number: usize) -> Result<Cell, CliError> {
    axes.cell(number).ok_or_else(|| CliError::Difference(format!("there is no run {number}")))
}

/// One run.
fn ran(inputs: &Inputs<'_>, cell: Cell, watch: &Watch) -> Result<Ran, CliError> {
    let prepared = inputs.prepare(&cell)?;
    let shared = Shared { funding: &inputs.funding, watch };
    run_cell(cell, &prepared, shared, || inputs.walk()).map_err(|error| compare_error(&error))
}

/// All runs, over the cores.
fn study(inputs: &Inputs<'_>) -> Result<Study, CliError> {
    let answers = &inputs.args.answers;
    let watch = Watch {
        samples: if answers.report.is_empty() { 0 } else { SAMPLES },
        expected: Some(inputs.series.count),
        account: answers.explain.clone(),
    };
    let numbers: Vec<usize> = (0..inputs.axes.count().map_err(|error| compare_error(&error))?).collect();
    let mut runs: Vec<Option<Ran>> = numbers.iter().map(|_| None).collect();
    let keep = |number: usize, ran: Ran| {
        if let Some(place) = runs.get_mut(number) {
            *place = Some(ran);
        }
        Ok(())
    };
    over_cores(&numbers, inputs.args.axes.workers(), |number| ran(inputs, cell_of(&inputs.axes, number)?, &watch), keep)?;
    let runs: Vec<Ran> = runs.into_iter().flatten().collect();
    let nothing = |ran: &Ran| ran.outcome.positions.is_empty() && ran.outcome.script.is_empty();
    let refused = runs.iter().find_map(|ran| ran.outcome.refused.first());
    if let (true, Some(refused)) = (runs.iter().all(nothing), refused) {
        return Err(CliError::Usage(format!("no position could be opened: {}: {}", refused.name, refused.reason)));
    }
    let mut facts = inputs.facts()?;
    facts.push(Fact { key: "brackets", label: "brackets", value: brackets(&runs) });
    Ok(Study { title: title(inputs, &runs), facts, runs })
}

/// Where the brackets of each rule set come from.
fn brackets(runs: &[Ran]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for ran in runs {
        let line = format!("{}: {}", ran.cell.rules, ran.brackets);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("; ")
}

fn title(inputs: &Inputs<'_>, runs: &[Ran]) -> String {
    let symbol = runs.first().map_or("", |ran| ran.outcome.symbol.as_str());
    let day = |time_ms: i64| ringfence_replay::UtcTime(time_ms).to_string().chars().take(10).collect::<String>();
    let modes: Vec<String> = inputs.axes.modes.iter().map(Regime::to_string).collect();
    format!(
        "{symbol}, {} to {}: {} margin, {} run{}",
        day(inputs.series.begins.0),
        day(inputs.series.ends_ms),
        modes.join(" and "),
        runs.len(),
        if runs.len() == 1 { "" } else { "s" }
    )
}

fn write_report(study: &Study, path: &Path) -> Result<(), CliError> {
    let bytes = match extension(path).as_str() {
        "html" => html(study).into_bytes(),
        "svg" => svg(study, Theme::Auto).into_bytes(),
        "png" => png(study).map_err(|error| compare_error(&error))?,
        "json" => format!("{:#}\n", json(study).map_err(CliError::usage)?).into_bytes(),
        _ => accounts_csv(study).into_bytes(),
    };
    // The whole file or none of it.
    let beside = path.with_extension(format!("{}.part", extension(path)));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // There may be none, and nothing more can be done.
        let _ = std::fs::remove_file(&beside);
        CliError::Io(format!("{}: {error}", path.display()))
    })
}
