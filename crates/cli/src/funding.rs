//! `funding`: recorded rates held against the formula, or computed from premiums and held against the record.

use std::path::PathBuf;

use clap::Args;
use ringfence_market::{FundingRow, PremiumSample, Reading, read_premium_index, read_premiums};
use ringfence_replay::{Agreement, CheckedRate, check_funding, mean_distance, pair_funding};

use crate::error::CliError;
use crate::output::{Format, Report, Table, headers};
use crate::recorded_input::FormulaArgs;
use crate::replay_input::{read_error, read_rates};
use crate::values;

pub(crate) const EXAMPLES: &str = "\
Examples (the first two with files of this project; of the first, 294 rows follow the formula and later ones another):
  ringfence funding data/hyperliquid_BTC_funding_premium_2023-05-12_2023-07-17.csv --first 294
  ringfence funding data/binance-um_BTCUSDT_perp_5m_2025-10_09-12.csv.gz --index data/binance-spot_BTCUSDT_5m_2025-10_09-12.csv.gz
  ringfence funding BTCUSDT-premiumIndex-1m.zip --premium-index --recorded funding.csv";

/// Funding rates against their formula.
#[derive(Args, Debug)]
pub(crate) struct FundingArgs {
    /// Rates with their premiums (CSV: ts_ms,funding_rate,premium); with --index the prices of the contract; with --premium-index Binance's
    /// premiumIndexKlines
    file: PathBuf,
    /// Prices of the index, or of a spot market, at the same times as those of the contract
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// The file holds premiums as klines
    #[arg(long, conflicts_with = "index")]
    premium_index: bool,
    /// Recorded rates that computed ones are held against
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
    /// Only so many rows
    #[arg(long, value_name = "NUMBER", value_parser = values::whole, conflicts_with_all = ["index", "premium_index"])]
    first: Option<u64>,
    #[command(flatten)]
    formula: FormulaArgs,
}

impl FundingArgs {
    /// Runs and prints.
    ///
    /// # Errors
    /// [`CliError`]: a faulty file (by row), or, once everything is printed, rates that do not come from the formula.
    pub(crate) fn run(&self, format: Format) -> Result<(), CliError> {
        if let Some(index) = &self.index {
            let computed = self.formula.compute(&self.file, index, &Reading::default())?;
            return self.compare(&computed.rows, &computed.stated)?.print(format);
        }
        if self.premium_index {
            let samples = read_premium_index(&self.file).map_err(|error| read_error(&error))?;
            let computed = self.formula.made_of(&samples, step(&samples)?)?;
            return self.compare(&computed.rows, &computed.stated)?.print(format);
        }
        if self.recorded.is_some() {
            return Err(CliError::Usage("--recorded needs --index or --premium-index: the file names its own rates".to_owned()));
        }
        self.check(format)
    }

    fn check(&self, format: Format) -> Result<(), CliError> {
        let rows = read_premiums(&self.file).map_err(|error| read_error(&error))?;
        let first = self.first.and_then(|first| usize::try_from(first).ok()).unwrap_or(rows.len());
        let rows = rows.get(..first.min(rows.len())).unwrap_or_default();
        let terms = self.formula.terms("0.0003")?;
        let checked = check_funding(rows, &terms)?;
        let of = |agreement| checked.iter().filter(|row| row.agreement == agreement).count();
        let differing = of(Agreement::Differs);
        let mut report = Report::new(format!("Funding of {} against its formula", self.file.display()));
        report.fact("formula", "formula", "(premium + clamp(interest - premium, ± band)) / settlements in eight hours");
        report.fact("interest", "interest", terms.interest);
        report.fact("band", "band", terms.band);
        report.fact("rows", "rows", checked.len());
        report.fact("equal", "equal", of(Agreement::Equal));
        report.fact("other_half", "exactly between two rates of eight decimals, the other recorded", of(Agreement::OtherHalf));
        report.fact("differing", "differing", differing);
        let wrong: Vec<&CheckedRate> = checked.iter().filter(|row| row.agreement == Agreement::Differs).collect();
        if let (Some(first), Some(at)) = (wrong.first(), checked.iter().position(|row| row.agreement == Agreement::Differs)) {
            report.fact("first_differing", "first differing", format!("{}, after {at} rows that come out", first.time));
            let shown = wrong.iter().take(10).map(|row| {
                [
                    row.time.to_string(),
                    row.hours.to_string(),
                    row.premium.to_string(),
                    row.recorded.to_string(),
                    row.computed.to_string(),
                ]
                .into()
            });
            let headers = headers(&["TIME", "HOURS", "PREMIUM", "RECORDED", "COMPUTED"]);
            report.table(Table { key: "first_ten_differing", headers, rows: shown.collect() });
        }
        report.print(format)?;
        if differing > 0 {
            return Err(CliError::Difference(format!("{differing} of {} rates do not come from the formula", checked.len())));
        }
        Ok(())
    }

    /// Computed rates, beside recorded ones where they are given.
    fn compare(&self, computed: &[FundingRow], stated: &str) -> Result<Report, CliError> {
        let recorded = self.recorded.as_deref().map_or(Ok(Vec::new()), read_rates)?;
        let pairs = pair_funding(computed, &recorded);
        let mut report = Report::new(format!("Funding computed from {}", self.file.display()));
        report.fact("rates", "rates", pairs.len());
        report.fact("recorded", "of them on record", pairs.iter().filter(|pair| pair.recorded.is_some()).count());
        if let Some(mean) = mean_distance(&pairs)? {
            report.fact("mean_distance", "mean distance", mean);
        }
        let mut rows = Vec::new();
        for pair in &pairs {
            let shown = |rate: Option<ringfence_risk::units::Rate>| rate.map_or_else(|| "-".to_owned(), |rate| rate.to_string());
            rows.push(vec![pair.time.to_string(), pair.computed.to_string(), shown(pair.recorded), shown(pair.difference()?)]);
        }
        report.table(Table { key: "rates", headers: headers(&["TIME", "COMPUTED", "RECORDED", "DIFFERENCE"]), rows });
        report.note(stated);
        Ok(report)
    }
}

/// The least time between two samples.
fn step(samples: &[PremiumSample]) -> Result<i64, CliError> {
    let steps = samples.iter().zip(samples.iter().skip(1)).map(|(one, other)| other.time_ms.saturating_sub(one.time_ms));
    steps.min().ok_or_else(|| CliError::Usage("premiums must be at least two to tell their step".to_owned()))
}
