//! A comparison that was made: its runs, and everything a report states beside them.

use crate::axes::Cell;
use crate::error::CompareError;
use crate::summary::Summary;
use ringfence_market::{FundingRow, ReadError};
use ringfence_replay::{Happening, Market, Options, Outcome, Population, Recording, Regime, Replay, ReplayError, Watch};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What one cell is run with.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The market.
    pub market: Market,
    /// Where its brackets come from, in words.
    pub brackets: String,
    /// The positions.
    pub population: Population,
    /// The options.
    pub options: Options,
}

/// A run that was made.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Which.
    pub cell: Cell,
    /// Where its brackets come from.
    pub brackets: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The same in one row.
    pub summary: Summary,
}

/// A named line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// For machines.
    pub key: &'static str,
    /// For people.
    pub label: &'static str,
    /// The value.
    pub value: String,
}

/// A comparison and what a report states beside it.
#[derive(Clone, Debug)]
pub struct Study {
    /// What it is called.
    pub title: String,
    /// Data, checksum, rules, seeds, version and command, a line each.
    pub facts: Vec<Fact>,
    /// The runs, in the order of their cells.
    pub runs: Vec<Ran>,
}

/// What runs of one comparison share.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Funding rates.
    pub funding: &'a [FundingRow],
    /// What is watched along the way.
    pub watch: &'a Watch,
}

/// Makes one run, and where liquidations move the mark the same with the recorded marks beside it.
///
/// `recording` is asked for the series anew for each.
///
/// # Errors
/// [`CompareError::Run`] naming the cell.
pub fn run_cell<R, F>(cell: Cell, prepared: &Prepared, shared: Shared<'_>, recording: F) -> Result<Ran, CompareError>
where
    R: Recording,
    F: Fn() -> Result<R, ReadError>,
{
    let failed = |error: ReplayError| CompareError::Run { cell: cell.name(), error: Box::new(error) };
    let carry = |options: Options, watch: &Watch| {
        let Prepared { market, population, .. } = prepared;
        let replay = Replay { market, population, funding: shared.funding, options };
        replay.carry((cell.mode, watch), recording()?, |_| {})
    };
    let outcome = carry(prepared.options, shared.watch).map_err(failed)?;
    let recorded = match prepared.options.impact {
        Some(_) => Some(carry(Options { impact: None, ..prepared.options }, &Watch::default()).map_err(failed)?),
        None => None,
    };
    let summary = Summary::of(&outcome, recorded.as_ref())?;
    Ok(Ran { cell, brackets: prepared.brackets.clone(), outcome, summary })
}

impl Study {
    /// The first isolated run and the cross run that differs from it in nothing else: what figures show beside each other.
    #[must_use]
    pub fn pair(&self) -> (Option<&Ran>, Option<&Ran>) {
        let find = |mode| self.runs.iter().find(|ran| ran.cell.mode == mode);
        let isolated = find(Regime::Isolated);
        let cross = match isolated {
            Some(first) => {
                let other = first.cell.with_mode(Regime::Cross);
                self.runs.iter().find(|ran| ran.cell == other)
            }
            None => find(Regime::Cross),
        };
        if isolated.is_none() && cross.is_none() { (self.runs.first(), None) } else { (isolated, cross) }
    }

    /// What was assumed: a line each, those of all runs once.
    #[must_use]
    pub fn stated(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = Vec::new();
        for line in self.runs.iter().flat_map(|ran| &ran.outcome.stated) {
            if !lines.contains(&line.as_str()) {
                lines.push(line);
            }
        }
        lines
    }

    /// What differs between isolated and cross, in sentences.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let (Some(isolated), Some(cross)) = self.pair() else { return Vec::new() };
        crate::findings::findings(isolated, cross)
    }
}

/// The story of the account that was watched, a line each: what happened, with the numbers.
#[must_use]
pub fn story(ran: &Ran) -> Vec<String> {
    let mut lines = Vec::new();
    for told in &ran.outcome.told {
        let mark = if told.mark == told.recorded {
            told.mark.to_string()
        } else {
            format!("{} (recorded {})", told.mark, told.recorded)
        };
        let head = format!("{}, mark {mark}", told.time);
        match &told.what {
            Happening::Opened(explanation) => {
                lines.push(format!("{head}: everything is opened"));
                lines.extend(explanation.to_string().lines().map(|line| format!("  {line}")));
            }
            Happening::Liquidated { position, text } => {
                lines.push(format!("{head}: liquidated"));
                lines.extend(
                    position.iter().flat_map(|told| told.to_string().lines().map(|line| format!("  {line}")).collect::<Vec<_>>()),
                );
                lines.extend(text.iter().map(|line| format!("  {line}")));
            }
            Happening::Said(said) => lines.push(format!("{head}: {said}")),
        }
    }
    lines
}

/// SHA-256 of a file as it is stored, in hexadecimal.
///
/// # Errors
/// [`CompareError::Io`].
pub fn checksum(path: &Path) -> Result<String, CompareError> {
    let failed = |error: io::Error| CompareError::Io { file: path.display().to_string(), error };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
    }
    Ok(hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
