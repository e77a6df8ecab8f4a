//! How recorded files are read, and funding that is computed from two of them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ringfence_market::{FeedMarks, FundingRow, Mapping, Policies, Policy, PremiumSample, Reading, Recorded};
use ringfence_replay::{compute_funding, premiums};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::units::Rate;

use crate::error::CliError;
use crate::replay_input::{read_error, read_rates, replay_error};
use crate::values;

/// What is done about rows that do not follow on one another.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyArg {
    /// End with an error
    Refuse,
    /// Pass over and count (of a feed: until the next snapshot)
    Skip,
    /// Take and count
    Keep,
}

impl From<PolicyArg> for Policy {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Refuse => Self::Refuse,
            PolicyArg::Skip => Self::Skip,
            PolicyArg::Keep => Self::Keep,
        }
    }
}

/// What moves the mark of a feed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FeedMarksArg {
    /// Every trade
    Trades,
    /// The middle of best bid and ask, whenever one changes
    Middle,
}

/// What a file does not say itself.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// Columns of a file that is not known, by place or name: time=0,unit=ms,open=1,high=2,low=3,close=4 (or price=, or bid=,ask=; unit s, ms,
    /// us, ns or text)
    #[arg(long, value_name = "WHAT=COLUMN,…")]
    columns: Option<Mapping>,
    /// Length of a bar (1m, 5m, 1h, 1d) [default: the least step of the file]
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    step: Option<i64>,
    /// Rows that are missing
    #[arg(long, value_enum, value_name = "POLICY", default_value = "keep")]
    on_gap: PolicyArg,
    /// Rows that are repeated
    #[arg(long, value_enum, value_name = "POLICY", default_value = "refuse")]
    on_repeat: PolicyArg,
    /// Rows whose time goes back
    #[arg(long, value_enum, value_name = "POLICY", default_value = "refuse")]
    on_back: PolicyArg,
    /// What moves the mark of a recorded feed
    #[arg(long, value_enum, default_value = "trades")]
    feed_marks: FeedMarksArg,
}

impl ReadingArgs {
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            columns: self.columns.clone(),
            step_ms: self.step,
            policies: Policies { gap: self.on_gap.into(), repeated: self.on_repeat.into(), back: self.on_back.into() },
            marks: match self.feed_marks {
                FeedMarksArg::Trades => FeedMarks::Trades,
                FeedMarksArg::Middle => FeedMarks::Middle,
            },
        }
    }
}

/// A length of time in milliseconds: a number and s, m, h or d.
fn length(text: &str) -> Result<i64, String> {
    let refused = || format!("a length is a number above 0 and s, m, h or d, like 5m, got '{text}'");
    let unit = text.chars().next_back().ok_or_else(refused)?;
    let milliseconds = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return Err(refused()),
    };
    let number: u32 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| refused())?;
    if (1..=1_000).contains(&number) { Ok(i64::from(number).saturating_mul(milliseconds)) } else { Err(refused()) }
}

/// The formula of a funding rate: `(premium + clamp(interest − premium, ± band)) ÷ settlements in eight hours`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Funding formula")]
pub(crate) struct FormulaArgs {
    /// Interest in eight hours
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value = "0.0001", allow_hyphen_values = true)]
    interest: Rate,
    /// The interest less the premium counts only within ± this [default: 0.0005; 0.0003 where rates are held against their premiums]
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    band: Option<Rate>,
    /// The rate lies within ± this [default: no limit]
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    cap: Option<Rate>,
    /// Hours between two settlements, where rates are computed
    #[arg(long, value_name = "HOURS", default_value_t = 8, value_parser = clap::value_parser!(i64).range(1..=8))]
    funding_hours: i64,
}

/// Where funding rates come from.
#[derive(Args, Debug)]
pub(crate) struct RatesArgs {
    /// Funding rates (CSV: ts_ms,funding_rate)
    #[arg(long, value_name = "FILE")]
    pub(crate) funding: Option<PathBuf>,
    /// The index, or a spot market, at the same times as the prices: funding is computed from the distance
    #[arg(long, value_name = "FILE", conflicts_with = "funding")]
    pub(crate) index: Option<PathBuf>,
    #[command(flatten)]
    formula: FormulaArgs,
}

impl RatesArgs {
    /// Recorded rates, or rates computed from an index; how the latter came about.
    pub(crate) fn rates(&self, contract: &Path, reading: &Reading) -> Result<(Vec<FundingRow>, Option<String>), CliError> {
        if let Some(index) = &self.index {
            let computed = self.formula.compute(contract, index, reading)?;
            return Ok((computed.rows, Some(computed.stated)));
        }
        let rates = self.funding.as_deref().map_or(Ok(Vec::new()), read_rates)?;
        Ok((rates, None))
    }
}

/// Rates that were computed.
pub(crate) struct Computed {
    pub(crate) rows: Vec<FundingRow>,
    /// From what, in words.
    pub(crate) stated: String,
}

impl FormulaArgs {
    pub(crate) fn terms(&self, band: &str) -> Result<FundingTerms, CliError> {
        let band = self.band.map_or_else(|| band.parse().map_err(CliError::usage), Ok)?;
        for (name, rate) in [("--band", Some(band)), ("--cap", self.cap)] {
            if let Some(rate) = rate.filter(|rate| *rate < Rate::ZERO) {
                return Err(CliError::Usage(format!("{name} must not be below 0, got {rate}")));
            }
        }
        Ok(FundingTerms {
            interest: self.interest,
            band,
            cap: self.cap.unwrap_or(Rate::GREATEST),
            settlements_per_eight_hours: 1,
        })
    }

    /// Rates from the prices of a contract and those of its index.
    pub(crate) fn compute(&self, contract: &Path, index: &Path, reading: &Reading) -> Result<Computed, CliError> {
        let open = |path: &Path, reading: &Reading| Recorded::open(path, reading).map_err(|error| read_error(&error));
        let (mut contract, mut spot) = (open(contract, reading)?, open(index, &Reading::default())?);
        let found = premiums(contract.by_ref(), spot.by_ref()).map_err(|error| replay_error(&error))?;
        let step =
            contract.summary().step_ms.ok_or_else(|| CliError::Usage("funding is computed from bars, got ticks".to_owned()))?;
        let mut computed = self.made_of(&found.samples, step)?;
        computed.stated.push_str(&format!(
            ", closes standing for impact prices and {} for the index; {} rows without a counterpart",
            index.display(),
            found.unmatched
        ));
        Ok(computed)
    }

    /// Rates from samples of the premium, so many milliseconds apart.
    pub(crate) fn made_of(&self, samples: &[PremiumSample], step_ms: i64) -> Result<Computed, CliError> {
        let terms = self.terms("0.0005")?;
        let rows = compute_funding(samples, &terms, (self.funding_hours, step_ms)).map_err(|error| replay_error(&error))?;
        let mut stated = format!(
            "{} funding rates are computed from {} premiums {step_ms} ms apart, interest {}, band {}",
            rows.len(),
            samples.len(),
            terms.interest,
            terms.band
        );
        if let Some(cap) = self.cap {
            stated.push_str(&format!(", cap {cap}"));
        }
        Ok(Computed { rows, stated })
    }
}
