//! What every report states beside its numbers.

use std::path::Path;

use ringfence_compare::{Fact, checksum};
use ringfence_market::Reading;
use ringfence_replay::{Crowd, UtcTime};

use super::input::Inputs;
use crate::error::CliError;

impl Inputs<'_> {
    /// What every report states: the data and its checksum, the positions and their seeds, the version and the command.
    pub(super) fn facts(&self) -> Result<Vec<Fact>, CliError> {
        let mut facts = Vec::new();
        let mut add = |key, label, value: String| facts.push(Fact { key, label, value });
        let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let sum = |path: &Path| checksum(path).map_err(|error| super::compare_error(&error));
        add("file", "file", name(&self.args.file));
        add("sha256", "SHA-256 of the file", sum(&self.args.file)?);
        add("format", "format", self.series.described.clone());
        // A file that is read as it stands, every row of it, needs no words.
        if self.reading != Reading::default() {
            add("reading", "read as", self.reading.to_string());
        }
        if self.reading != Reading::default() || !self.series.summary.is_whole() {
            add("rows", "rows", format!("{} ({})", self.series.summary, self.reading.policies));
        }
        add("observations", "bars or ticks", self.series.count.to_string());
        let ends = UtcTime(self.series.ends_ms);
        add("span", "from … to", format!("{} … {ends}", UtcTime(self.series.begins.0)));
        add("contract", "contract", self.args.contract.clone());
        let files = [
            ("population", "positions", &self.args.positions.population),
            ("strategy", "script", &self.args.positions.strategy),
            ("funding", "funding", &self.args.rates.funding),
            ("index", "index", &self.args.rates.index),
        ];
        for (key, label, path) in files {
            if let Some(path) = path {
                add(key, label, format!("{}, SHA-256 {}", name(path), sum(path)?));
            }
        }
        if let Some(computed) = &self.computed {
            add("rates", "funding rates", computed.clone());
        }
        if let Some(crowd) = &self.crowd {
            add("random", "positions", self.drawn(crowd));
        }
        add("version", "version", format!("ringfence {}", env!("CARGO_PKG_VERSION")));
        add("command", "command", command());
        Ok(facts)
    }

    /// How a random population is drawn.
    fn drawn(&self, crowd: &Crowd) -> String {
        let seeds: Vec<String> = self.axes.seeds.iter().map(|seed| seed.unwrap_or(crowd.seed).to_string()).collect();
        let seed = if seeds.len() > 1 { "of each run".to_owned() } else { seeds.concat() };
        let Crowd { accounts, seed: _, least, most, longs, hedged, cross, leverages } = crowd;
        let weights: Vec<String> =
            leverages.iter().map(|weighted| format!("{}x:{}", weighted.leverage, weighted.weight)).collect();
        format!(
            "{accounts} random accounts, seed {seed}, sizes {least} to {most} of the quote currency evenly over the orders of magnitude, \
             leverages {} (lowered where the bracket of a size allows less), share of longs {longs}, of hedgers {hedged}, on cross where modes \
             are as stated {cross}",
            weights.join(" ")
        )
    }
}

/// The command that makes the same comparison: without what says only where results go and how they are shown.
fn command() -> String {
    let mut words = vec!["ringfence".to_owned()];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--report" | "--workers" | "--out" | "--shard" | "-o" | "--output" | "--color" | "--config" => {
                arguments.next();
            }
            "-q" | "--quiet" | "--no-progress" | "-v" | "--verbose" => {}
            other
                if ["--report=", "--workers=", "--out=", "--shard=", "--output="].iter().any(|flag| other.starts_with(flag)) => {}
            other if other.contains([' ', '"', '\'']) => words.push(format!("'{}'", other.replace('\'', "'\\''"))),
            other => words.push(other.to_owned()),
        }
    }
    words.join(" ")
}
