//! The arguments of `compare`.

use std::path::PathBuf;

use clap::Args;
use ringfence_compare::{Shard, WhatIf};
use ringfence_replay::{Crowd, Impact, Weighted};
use ringfence_risk::units::{Amount, Leverage, Notional, Quantity, Rate};

use crate::error::CliError;
use crate::recorded_input::{RatesArgs, ReadingArgs};
use crate::replay_input::MakerArgs;
use crate::replay_ladder::{MarksArg, PathArg, Sides, wallet};
use crate::setup::RECORDED_CONTRACT;
use crate::values;

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence compare crash.csv.gz --report crash.html
  ringfence compare crash.csv.gz --random 1000 --seed 7 --impact 0.1% --explain r17
  ringfence compare crash.csv.gz --sweep \"leverage=2..100 rules=ringfence,bybit-inverse\" --out sweep";

/// The same commands under several margin modes, rule sets, bracket dates and leverages.
#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// Recorded prices: what `replay` reads
    pub(super) file: PathBuf,
    /// Contract, as its venue names it
    #[arg(long, default_value = RECORDED_CONTRACT, value_name = "SYMBOL")]
    pub(super) contract: String,
    #[command(flatten)]
    pub(super) rates: RatesArgs,
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// Which marks are visited inside a bar
    #[arg(long, value_enum, default_value = "recorded")]
    pub(super) marks: MarksArg,
    /// Money the insurance fund begins with
    #[arg(long, value_name = "AMOUNT", default_value = "0", allow_hyphen_values = true)]
    pub(super) insurance: Amount,
    /// One maintenance rate for every size instead of brackets (0.005 or 0.5%)
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true, conflicts_with = "dates")]
    pub(super) mmr: Option<Rate>,
    /// Taker fee [default: the rule set's]
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    pub(super) taker_fee: Option<Rate>,
    #[command(flatten)]
    pub(super) axes: AxesArgs,
    #[command(flatten)]
    pub(super) positions: PositionArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    #[command(flatten)]
    pub(super) impact: ImpactArgs,
    #[command(flatten)]
    pub(super) maker: MakerArgs,
    #[command(flatten)]
    pub(super) answers: AnswerArgs,
}

/// What runs differ in.
#[derive(Args, Debug)]
#[command(next_help_heading = "Compared (a run for every combination)")]
pub(crate) struct AxesArgs {
    /// Margin modes: isolated, cross, stated (as the population says)
    #[arg(long, value_name = "MODE,…", value_delimiter = ',', default_value = "isolated,cross")]
    pub(super) modes: Vec<String>,
    /// Rule sets
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', default_value = "ringfence")]
    pub(super) rules: Vec<String>,
    /// Brackets: history (those in force on every day of the file), first (of its first day, for all of it) or of a day (YYYY-MM-DD); where
    /// none are known of the first day, the earliest [default: history]
    #[arg(long, value_name = "DAY,…", value_delimiter = ',')]
    pub(super) dates: Vec<String>,
    /// Leverages of every position, instead of its own
    #[arg(long, value_name = "TIMES,…", value_delimiter = ',', value_parser = values::leverage, allow_hyphen_values = true)]
    pub(super) leverage: Vec<Leverage>,
    /// Ways through a bar
    #[arg(long, value_enum, value_name = "WAY,…", value_delimiter = ',', default_value = "olhc")]
    pub(super) path: Vec<PathArg>,
    /// All of it in one text, for many runs: "leverage=2..125 rules=ringfence,bybit-inverse seeds=1..100"
    #[arg(long, value_name = "SPEC", conflicts_with_all = ["explain", "what_if", "report"])]
    pub(super) sweep: Option<String>,
    /// The part of a sweep that is computed here, as i/n
    #[arg(long, value_name = "I/N", requires = "out")]
    pub(super) shard: Option<Shard>,
    /// Directory that keeps the finished runs of a sweep
    #[arg(long, value_name = "DIR", requires = "sweep")]
    pub(super) out: Option<PathBuf>,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) workers: Option<u16>,
}

/// Who trades.
#[derive(Args, Debug)]
#[command(next_help_heading = "Positions (a ladder, unless a file or a random population is named)")]
pub(crate) struct PositionArgs {
    /// Positions from a file (name,account,side,quantity,leverage and, if you like, entry and mode)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sides", "quantity", "ladder", "random"])]
    pub(super) population: Option<PathBuf>,
    /// Accounts that trade by script, from a file (TOML)
    #[arg(long, value_name = "FILE")]
    pub(super) strategy: Option<PathBuf>,
    /// Nobody but the script
    #[arg(long, requires = "strategy", conflicts_with_all = ["population", "sides", "quantity", "ladder", "random"])]
    pub(super) alone: bool,
    /// Sides of the ladder; each of its positions is an account of its own
    #[arg(long, value_enum, default_value = "both", conflicts_with = "random")]
    pub(super) sides: Sides,
    /// Size of each position of the ladder [default: worth 10,000 of the quote currency]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true, conflicts_with = "random")]
    pub(super) quantity: Option<Quantity>,
    /// Leverages of the ladder
    #[arg(long, value_name = "TIMES,…", value_delimiter = ',', value_parser = values::leverage, allow_hyphen_values = true,
          conflicts_with = "random")]
    pub(super) ladder: Vec<Leverage>,
    /// Money of every account [default: twice what its positions post]
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub(super) money: Option<Amount>,
    /// Money of one account, as account=amount
    #[arg(long = "wallet", value_name = "ACCOUNT=AMOUNT", value_parser = wallet)]
    pub(super) wallets: Vec<(String, Amount)>,
}

/// A random population.
#[derive(Args, Debug)]
#[command(next_help_heading = "Random population")]
pub(crate) struct CrowdArgs {
    /// How many accounts
    #[arg(long, value_name = "NUMBER")]
    pub(super) random: Option<u32>,
    /// Seed: the same population for the same seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "random", value_parser = values::whole, allow_hyphen_values = true)]
    pub(super) seed: u64,
    /// Least and greatest size in quote currency; sizes are spread evenly over the orders of magnitude between
    #[arg(long, value_name = "LEAST..MOST", default_value = "100..1000000", value_parser = sizes)]
    pub(super) sizes: (Notional, Notional),
    /// Leverages with their weights
    #[arg(long, value_name = "TIMES:WEIGHT,…", value_delimiter = ',', value_parser = weighted,
          default_value = "2:5,3:10,5:20,10:30,20:15,50:10,100:10")]
    pub(super) weights: Vec<Weighted>,
    /// Share of accounts that are long
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value = "50%", allow_hyphen_values = true)]
    pub(super) longs: Rate,
    /// Share of accounts that hold both sides
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value = "10%", allow_hyphen_values = true)]
    pub(super) hedged: Rate,
    /// Share of accounts on cross where the modes are as stated
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value = "50%", allow_hyphen_values = true)]
    pub(super) cross: Rate,
}

impl CrowdArgs {
    /// The population to be drawn, if one is asked for.
    pub(super) fn crowd(&self) -> Option<Crowd> {
        let ((least, most), leverages) = (self.sizes, self.weights.clone());
        let (longs, hedged, cross, seed) = (self.longs, self.hedged, self.cross, self.seed);
        self.random.map(|accounts| Crowd { accounts, seed, least, most, leverages, longs, hedged, cross })
    }
}

/// How liquidations move the mark.
#[derive(Args, Debug)]
#[command(next_help_heading = "Impact (recorded marks do not move unless it is given)")]
pub(crate) struct ImpactArgs {
    /// Share of the price that liquidations of a million of the quote currency move the mark by
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    pub(super) impact: Option<Rate>,
    /// Seconds in which half of that is gone
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "impact")]
    pub(super) impact_half_life: u32,
}

impl ImpactArgs {
    pub(super) fn impact(&self) -> Option<Impact> {
        let half_life_ms = u64::from(self.impact_half_life).saturating_mul(1000);
        self.impact.map(|per_million| Impact { per_million, half_life_ms })
    }
}

/// What is answered beside the summary.
#[derive(Args, Debug)]
#[command(next_help_heading = "Answers")]
pub(crate) struct AnswerArgs {
    /// Report file: .html, .svg, .png, .json or .csv; may be named several times
    #[arg(long, value_name = "FILE")]
    pub(super) report: Vec<PathBuf>,
    /// Tell the story of an account: what happened, with the numbers
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) explain: Option<String>,
    /// One account, had it been otherwise: leverage=20 or margin=+100
    #[arg(long, value_name = "CHANGE", requires = "account", value_parser = what_if)]
    pub(super) what_if: Option<WhatIf>,
    /// The account that would have been otherwise
    #[arg(long, value_name = "ACCOUNT", requires = "what_if")]
    pub(super) account: Option<String>,
}

fn what_if(text: &str) -> Result<WhatIf, String> {
    text.parse().map_err(|error: ringfence_compare::CompareError| error.to_string())
}

fn sizes(text: &str) -> Result<(Notional, Notional), String> {
    let (least, most) = text.split_once("..").ok_or_else(|| format!("'{text}' is not LEAST..MOST, like 100..1000000"))?;
    let size = |text: &str| text.parse::<Notional>().map_err(|error| error.to_string());
    Ok((size(least)?, size(most)?))
}

fn weighted(text: &str) -> Result<Weighted, String> {
    let wrong = || format!("'{text}' is not TIMES:WEIGHT, like 20:15");
    let (times, weight) = text.split_once(':').ok_or_else(wrong)?;
    Ok(Weighted { leverage: values::leverage(times)?, weight: weight.parse().map_err(|_| wrong())? })
}

impl CompareArgs {
    /// Refuses what no run could be made with.
    pub(super) fn check(&self) -> Result<(), CliError> {
        if self.insurance < Amount::ZERO {
            return Err(CliError::Usage(format!("--insurance must not be below 0, got {}", self.insurance)));
        }
        Ok(())
    }
}
