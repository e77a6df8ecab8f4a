//! Reading everything once, as a program that starts or a release that is made should.

use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::units::{Asset, Rate};

use crate::brackets::{bracket_symbols, brackets};
use crate::contracts::{ListedContract, contracts};
use crate::error::VenueError;
use crate::reading::check_date;
use crate::rules::{rule_set, rule_set_names};
use crate::tables::{SOURCES, Source, State};

/// How much was read and found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSummary {
    /// Rule sets.
    pub rule_sets: usize,
    /// Contracts.
    pub contracts: usize,
    /// Symbols that have or had brackets, over all venues.
    pub symbols: usize,
    /// Tables of brackets.
    pub tables: usize,
    /// Dated statements about a symbol: a table from that day on, or gone.
    pub history_entries: usize,
    /// The same per file of brackets.
    pub sources: Vec<SourceSummary>,
}

/// What one file of brackets holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSummary {
    /// The file.
    pub file: &'static str,
    /// Symbols in it.
    pub symbols: usize,
    /// Tables in it.
    pub tables: usize,
    /// Dated statements about a symbol.
    pub entries: usize,
    /// Brackets when every symbol's table is counted on every date, as the venue would list them.
    pub brackets: usize,
}

/// Loads and checks every rule set, every contract and every table of brackets, in both styles and with its published constants.
///
/// # Errors
/// The first thing that is wrong; none in practice, the data are part of the program.
///
/// ```
/// let summary = ringfence_venues::check_all()?;
/// assert_eq!(summary.sources[0].symbols, 528);
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn check_all() -> Result<CheckSummary, VenueError> {
    for name in rule_set_names() {
        rule_set(name)?;
    }
    let listed = contracts()?;
    for contract in &listed {
        check_contract(contract)?;
    }
    let sources = SOURCES.into_iter().map(check_source).collect::<Result<Vec<_>, _>>()?;
    check_once(&SOURCES)?;
    Ok(CheckSummary {
        rule_sets: rule_set_names().len(),
        contracts: listed.len(),
        symbols: bracket_symbols().len(),
        tables: sources.iter().map(|source| source.tables).sum(),
        history_entries: sources.iter().map(|source| source.entries).sum(),
        sources,
    })
}

/// Checks what a contract names: its rules, its brackets, and that both speak of one asset.
fn check_contract(listed: &ListedContract) -> Result<(), VenueError> {
    let wrong = |reason| Err(VenueError::Contract { symbol: format!("{}:{}", listed.venue, listed.symbol), reason });
    let rules = rule_set(&listed.default_rules)?;
    let entry = brackets(&listed.brackets_key, rules.rules.bracket_style)?;
    let (settlement, filters) = (listed.contract.spec().settlement, &listed.filters);
    if entry.margin_asset != settlement {
        return wrong(format!("settlement must be {}, the asset of its brackets, got {settlement}", entry.margin_asset));
    }
    if filters.min_quantity > filters.max_quantity {
        return wrong(format!("min-quantity must not be above {}, got {}", filters.max_quantity, filters.min_quantity));
    }
    if filters.band_down > Rate::WHOLE || filters.band_up < Rate::WHOLE {
        return wrong(format!("the band must hold the mark (1), got {} to {}", filters.band_down, filters.band_up));
    }
    if !(1..=24).contains(&listed.funding_interval_hours) {
        return wrong(format!("funding-interval-hours must be between 1 and 24, got {}", listed.funding_interval_hours));
    }
    Ok(())
}

/// Reads every table of a file.
pub(crate) fn check_source(source: Source<'_>) -> Result<SourceSummary, VenueError> {
    let entries = source.entries(None)?;
    let (mut tables, mut brackets) = (0_usize, 0_usize);
    let mut last = (0, 0); // line and size of the table just read: its users follow one another
    for entry in &entries {
        check_date(entry.date)?;
        if let State::Listed { asset, block } = entry.state {
            if last.0 != block.line {
                block.table(BracketStyle::Slab)?;
                last = (block.line, block.table(BracketStyle::Marginal)?.brackets().len());
                tables = tables.saturating_add(1);
            }
            asset.parse::<Asset>().map_err(|error| VenueError::Unreadable {
                file: source.file.to_owned(),
                line: block.line,
                reason: format!("{error}"),
            })?;
            brackets = brackets.saturating_add(last.1);
        }
    }
    let unused = || VenueError::Unreadable {
        file: source.file.to_owned(),
        line: 1,
        reason: "every table needs users, and a blank line before it".to_owned(),
    };
    if tables != source.text.lines().filter(|line| *line == "table").count() {
        return Err(unused());
    }
    let mut symbols: Vec<&str> = source.symbols().collect();
    symbols.sort_unstable();
    symbols.dedup();
    Ok(SourceSummary { file: source.file, symbols: symbols.len(), tables, entries: entries.len(), brackets })
}

/// Checks that no venue says two things of one symbol on one day.
pub(crate) fn check_once(sources: &[Source<'_>]) -> Result<(), VenueError> {
    let mut all: Vec<(&str, &str, &str, &str)> = Vec::new();
    for source in sources {
        all.extend(source.entries(None)?.iter().map(|entry| (source.venue, entry.symbol, entry.date, source.file)));
    }
    all.sort_unstable();
    all.windows(2).try_for_each(|pair| match pair {
        [(venue, symbol, date, _), (other_venue, other, other_date, file)]
            if (venue, symbol, date) == (other_venue, other, other_date) =>
        {
            Err(VenueError::Twice { file: (*file).to_owned(), what: format!("{symbol} of {date}") })
        }
        _ => Ok(()),
    })
}
