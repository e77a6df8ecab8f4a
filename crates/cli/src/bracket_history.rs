//! Which of a contract's dated brackets hold in a recorded series.

use ringfence_replay::{BracketChange, UtcTime};
use ringfence_venues::{BracketEntry, VenueError};

use crate::error::CliError;
use crate::setup::{MarketArgs, Setup};

/// Which brackets, as it is named on the command line.
enum Choice<'a> {
    /// Those in force on every day of the series.
    History,
    /// Those of its first day, for all of it.
    First,
    /// Those of a day, for all of it.
    Day(&'a str),
}

/// The word for [`Choice::History`].
pub(crate) const HISTORY: &str = "history";

/// Contract, rules, fees, and the brackets of a series.
#[derive(Debug)]
pub(crate) struct SeriesSetup {
    /// With the brackets in force when the series begins.
    pub(crate) setup: Setup,
    /// Those that follow.
    pub(crate) changes: Vec<BracketChange>,
    /// Where the first come from.
    begins: String,
    /// The day on which the series begins, where no brackets are known of it and the earliest serve.
    unknown: Option<String>,
    /// When brackets changed that are not used.
    unused: Vec<UtcTime>,
}

impl<'a> Choice<'a> {
    fn of(date: Option<&'a str>) -> Self {
        match date {
            None | Some(HISTORY) => Self::History,
            Some("first") => Self::First,
            Some(day) => Self::Day(day),
        }
    }
}

/// The day of a time, as days of brackets are written.
fn day_of(time_ms: i64) -> String {
    UtcTime(time_ms).to_string().chars().take(10).collect()
}

impl SeriesSetup {
    /// What `date` names (`history` where it names nothing), or one rate; where no brackets are known of the first day, the earliest serve.
    ///
    /// # Errors
    /// [`CliError::Usage`] naming what is unknown or out of range.
    pub(crate) fn on(args: &MarketArgs, begins_ms: i64) -> Result<Self, CliError> {
        if args.mmr.is_some() {
            return Ok(Self::fixed(args.setup()?));
        }
        let first_day = day_of(begins_ms);
        let choice = Choice::of(args.date.as_deref());
        let mut on = match choice {
            Choice::Day(day) => Self::of_day(args, day).map(Self::fixed)?,
            Choice::History | Choice::First => Self::of_first_day(args, &first_day)?,
        };
        let changes = changes_after(&on.setup, &first_day)?;
        match choice {
            Choice::History => on.changes = changes,
            Choice::First | Choice::Day(_) => on.unused = changes.into_iter().map(|change| change.time).collect(),
        }
        Ok(on)
    }

    /// The brackets in force when the series begins, or else the earliest.
    fn of_first_day(args: &MarketArgs, day: &str) -> Result<Self, CliError> {
        let listed = ringfence_venues::contract(&args.contract)?;
        let known = ringfence_venues::bracket_dates(&listed.brackets_key)?;
        match known.first().filter(|first| **first > day) {
            Some(first) => Ok(Self { unknown: Some(day.to_owned()), ..Self::fixed(Self::of_day(args, first)?) }),
            None => Self::of_day(args, day).map(Self::fixed),
        }
    }

    fn of_day(args: &MarketArgs, day: &str) -> Result<Setup, CliError> {
        MarketArgs { date: Some(day.to_owned()), ..args.clone() }.setup().map_err(|error| not_a_day(error, day))
    }

    /// One table for the whole series.
    fn fixed(setup: Setup) -> Self {
        Self { begins: setup.brackets_from.clone(), setup, changes: Vec::new(), unknown: None, unused: Vec::new() }
    }

    /// Which brackets hold in a series that ends then: `BTCUSDT of 2024-05-30, then 2025-04-30, 2025-05-01`.
    pub(crate) fn words(&self, ends_ms: i64) -> String {
        let days = days_until(self.changes.iter().map(|change| change.time), ends_ms);
        let then = |mark: &str| if days.is_empty() { String::new() } else { format!("{mark} then {days}") };
        match &self.unknown {
            Some(day) => {
                format!("{}: none are known of {day}, so these, the earliest, are used{}", self.begins, then(";"))
            }
            None => format!("{}{}", self.begins, then(",")),
        }
    }

    /// What is said where brackets changed in a series that ends then, and are not used.
    pub(crate) fn unused_words(&self, ends_ms: i64) -> Option<String> {
        let days = days_until(self.unused.iter().copied(), ends_ms);
        (!days.is_empty()).then(|| format!("brackets changed on {days}: one table is used for the whole series"))
    }
}

/// The days of those times that are not later.
fn days_until(times: impl Iterator<Item = UtcTime>, ends_ms: i64) -> String {
    let days: Vec<String> = times.filter(|time| time.0 <= ends_ms).map(|time| day_of(time.0)).collect();
    days.join(", ")
}

/// The tables that begin to hold after a day: a date under which the data holds the table of the date before changes nothing.
fn changes_after(setup: &Setup, day: &str) -> Result<Vec<BracketChange>, CliError> {
    let history = ringfence_venues::bracket_history(&setup.listed.brackets_key, setup.rules.rules.bracket_style)?;
    let differs = |(before, entry): &(&BracketEntry, &BracketEntry)| entry.date > day && entry.table != before.table;
    let change = |entry: &BracketEntry| {
        let time = UtcTime::of(entry.date).ok_or_else(|| VenueError::NotADate { text: entry.date.to_owned() })?;
        Ok(BracketChange { time, brackets: entry.table.clone() })
    };
    history.iter().zip(history.iter().skip(1)).filter(differs).map(|(_, entry)| change(entry)).collect()
}

/// A day that is none may have been meant as a word.
fn not_a_day(error: CliError, given: &str) -> CliError {
    let is_day = given.starts_with(|first: char| first.is_ascii_digit());
    if is_day {
        error
    } else {
        CliError::Usage(format!("brackets must be of history, first or a day like 2022-02-12, got '{given}'"))
    }
}
