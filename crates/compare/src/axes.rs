//! What runs differ in: every combination of some values is a cell.

use crate::error::CompareError;
use ringfence_replay::{BarPath, Regime};
use ringfence_risk::units::Leverage;
use serde::Serialize;

/// The values of each axis, in order. An axis with nothing stated has the one value `None`: the population's own leverages and seed, the
/// brackets in force on every day of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Axes {
    /// Rule sets, by name.
    pub rules: Vec<String>,
    /// Brackets: `history`, `first`, or days whose brackets are used.
    pub dates: Vec<Option<String>>,
    /// Leverages of every position.
    #[serde(serialize_with = "leverages")]
    pub leverages: Vec<Option<Leverage>>,
    /// Seeds of the random population.
    pub seeds: Vec<Option<u64>>,
    /// Ways through a bar.
    pub paths: Vec<BarPath>,
    /// Margin modes.
    pub modes: Vec<Regime>,
}

/// One combination: one run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// The margin mode of the accounts.
    pub mode: Regime,
    /// The rule set.
    pub rules: String,
    /// `history`, `first`, or the day whose brackets are used.
    pub date: Option<String>,
    /// The leverage of every position.
    #[serde(serialize_with = "leverage")]
    pub leverage: Option<Leverage>,
    /// The seed of the random population.
    pub seed: Option<u64>,
    /// The way through a bar.
    #[serde(skip)]
    pub path: PathOrd,
}

/// A way through a bar, in the order in which it was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathOrd(pub BarPath);

impl PathOrd {
    const fn rank(self) -> u8 {
        match self.0 {
            BarPath::OpenLowHighClose => 0,
            BarPath::OpenHighLowClose => 1,
        }
    }

    /// Its short name: `olhc` or `ohlc`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            BarPath::OpenLowHighClose => "olhc",
            BarPath::OpenHighLowClose => "ohlc",
        }
    }
}

impl PartialOrd for PathOrd {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PathOrd {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

fn leverage<S: serde::Serializer>(value: &Option<Leverage>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

fn leverages<S: serde::Serializer>(values: &[Option<Leverage>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| value.map(|value| value.to_string())))
}

/// Most cells of one comparison or sweep.
pub const MOST_CELLS: usize = 1_000_000;

impl Axes {
    /// How many cells there are.
    ///
    /// # Errors
    /// [`CompareError::TooManyCells`].
    pub fn count(&self) -> Result<usize, CompareError> {
        let lengths =
            [self.rules.len(), self.dates.len(), self.leverages.len(), self.seeds.len(), self.paths.len(), self.modes.len()];
        let cells = lengths.iter().try_fold(1_usize, |cells, length| cells.checked_mul(*length)).unwrap_or(usize::MAX);
        if cells > MOST_CELLS { Err(CompareError::TooManyCells { limit: MOST_CELLS }) } else { Ok(cells) }
    }

    /// The cell of a number: the mode changes fastest, the rule set slowest. `None` beyond the last.
    #[must_use]
    pub fn cell(&self, number: usize) -> Option<Cell> {
        let mut rest = number;
        let mut digit = |length: usize| {
            let digit = rest.checked_rem(length)?;
            rest = rest.checked_div(length)?;
            Some(digit)
        };
        let mode = *self.modes.get(digit(self.modes.len())?)?;
        let path = PathOrd(*self.paths.get(digit(self.paths.len())?)?);
        let seed = *self.seeds.get(digit(self.seeds.len())?)?;
        let leverage = *self.leverages.get(digit(self.leverages.len())?)?;
        let date = self.dates.get(digit(self.dates.len())?)?.clone();
        let rules = self.rules.get(rest)?.clone();
        Some(Cell { mode, rules, date, leverage, seed, path })
    }

    /// Takes the values that a sweep names in place of those stated before: `leverage=2..125 rules=ringfence,binance-usdm seeds=1..100`.
    ///
    /// Ranges hold both ends; `2..100/7` takes steps of seven. Keys: `leverage`, `rules`, `dates`, `seeds`, `modes` and `paths`.
    ///
    /// # Errors
    /// [`CompareError::Sweep`] naming the key, what it takes, and what was given.
    ///
    /// ```
    /// use ringfence_compare::Axes;
    /// let axes = Axes::default().swept("leverage=2..5 rules=ringfence,binance-usdm seeds=1..3")?;
    /// assert_eq!(axes.count()?, 4 * 2 * 3 * 2); // and two margin modes
    /// assert!(Axes::default().swept("leverage=5..2").is_err());
    /// # Ok::<(), ringfence_compare::CompareError>(())
    /// ```
    pub fn swept(mut self, text: &str) -> Result<Self, CompareError> {
        let mut named: Vec<&str> = Vec::new();
        for part in text.split_whitespace() {
            let wrong = |rule: &'static str| CompareError::Sweep { part: part.to_owned(), rule };
            let (key, values) = part.split_once('=').ok_or_else(|| wrong("a key, =, and values"))?;
            if named.contains(&key) {
                return Err(wrong("named once"));
            }
            named.push(key);
            match key {
                "leverage" => {
                    self.leverages =
                        numbers(values, part)?.into_iter().map(|times| whole(times, part)).collect::<Result<_, _>>()?;
                }
                "seeds" => self.seeds = numbers(values, part)?.into_iter().map(Some).collect(),
                "rules" => self.rules = words(values, part)?,
                "dates" => self.dates = words(values, part)?.into_iter().map(Some).collect(),
                "modes" => self.modes = words(values, part)?.iter().map(|word| mode(word, part)).collect::<Result<_, _>>()?,
                "paths" => self.paths = words(values, part)?.iter().map(|word| path(word, part)).collect::<Result<_, _>>()?,
                _ => return Err(wrong("one of the keys leverage, rules, dates, seeds, modes, paths")),
            }
        }
        if named.is_empty() {
            return Err(CompareError::Sweep { part: text.to_owned(), rule: "at least one key with values" });
        }
        Ok(self)
    }
}

impl Default for Axes {
    fn default() -> Self {
        Self {
            rules: vec!["ringfence".to_owned()],
            dates: vec![None],
            leverages: vec![None],
            seeds: vec![None],
            paths: vec![BarPath::OpenLowHighClose],
            modes: vec![Regime::Isolated, Regime::Cross],
        }
    }
}

fn mode(word: &str, part: &str) -> Result<Regime, CompareError> {
    match word {
        "isolated" => Ok(Regime::Isolated),
        "cross" => Ok(Regime::Cross),
        "stated" => Ok(Regime::Stated),
        _ => Err(CompareError::Sweep { part: part.to_owned(), rule: "modes among isolated, cross, stated" }),
    }
}

fn path(word: &str, part: &str) -> Result<BarPath, CompareError> {
    match word {
        "olhc" => Ok(BarPath::OpenLowHighClose),
        "ohlc" => Ok(BarPath::OpenHighLowClose),
        _ => Err(CompareError::Sweep { part: part.to_owned(), rule: "paths among olhc, ohlc" }),
    }
}

fn words(values: &str, part: &str) -> Result<Vec<String>, CompareError> {
    let words: Vec<String> = values.split(',').map(str::to_owned).collect();
    let twice = words.iter().enumerate().any(|(at, word)| words.iter().take(at).any(|earlier| earlier == word));
    if twice || words.iter().any(String::is_empty) {
        return Err(CompareError::Sweep { part: part.to_owned(), rule: "names with commas between, each once" });
    }
    Ok(words)
}

fn whole(times: u64, part: &str) -> Result<Option<Leverage>, CompareError> {
    let wrong = || CompareError::Sweep { part: part.to_owned(), rule: "whole leverages from 1" };
    let times = i64::try_from(times).map_err(|_| wrong())?;
    Leverage::whole(times).ok().filter(|leverage| *leverage >= Leverage::ONE).map(Some).ok_or_else(wrong)
}

/// Whole numbers: `5`, `2..125`, `2..100/7`, with commas between.
fn numbers(values: &str, part: &str) -> Result<Vec<u64>, CompareError> {
    let wrong = || CompareError::Sweep {
        part: part.to_owned(),
        rule: "whole numbers or ranges like 2..125 or 2..100/7, each number once",
    };
    let mut all = Vec::new();
    for value in values.split(',') {
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (range, step) = match value.split_once('/') {
            Some((range, step)) => (range, number(step)?),
            None => (value, 1),
        };
        let (first, last) = match range.split_once("..") {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(range)?, number(range)?),
        };
        let stride = usize::try_from(step).ok().filter(|step| *step > 0).ok_or_else(wrong)?;
        if first > last {
            return Err(wrong());
        }
        all.extend((first..=last).step_by(stride).take(MOST_CELLS.saturating_add(1)));
        if all.len() > MOST_CELLS {
            return Err(CompareError::TooManyCells { limit: MOST_CELLS });
        }
    }
    let mut sorted = all.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == all.len() { Ok(all) } else { Err(wrong()) }
}

impl Cell {
    /// What tells it from others, in words: `isolated ringfence 2025-07-10 20x seed 3`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = format!("{} {}", self.mode, self.rules);
        if let Some(date) = &self.date {
            name.push_str(&format!(" {date}"));
        }
        if let Some(leverage) = self.leverage {
            name.push_str(&format!(" {leverage}x"));
        }
        if let Some(seed) = self.seed {
            name.push_str(&format!(" seed {seed}"));
        }
        if self.path.0 != BarPath::OpenLowHighClose {
            name.push_str(&format!(" {}", self.path.name()));
        }
        name
    }

    /// The same but for the mode.
    #[must_use]
    pub fn with_mode(&self, mode: Regime) -> Self {
        Self { mode, ..self.clone() }
    }
}
