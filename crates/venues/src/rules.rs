//! The named rule sets, one TOML file each.

use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use serde::Deserialize;

use crate::choices::{FeesText, RuleSetText};
use crate::error::VenueError;
use crate::names::nearest;
use crate::reading;

/// Name, file and text of every rule set.
const FILES: [(&str, &str, &str); 8] = [
    ("ringfence", "rules/ringfence.toml", include_str!("../data/rules/ringfence.toml")),
    ("binance-usdm", "rules/binance-usdm.toml", include_str!("../data/rules/binance-usdm.toml")),
    ("binance-coinm", "rules/binance-coinm.toml", include_str!("../data/rules/binance-coinm.toml")),
    ("bybit-linear", "rules/bybit-linear.toml", include_str!("../data/rules/bybit-linear.toml")),
    ("bybit-inverse", "rules/bybit-inverse.toml", include_str!("../data/rules/bybit-inverse.toml")),
    ("okx", "rules/okx.toml", include_str!("../data/rules/okx.toml")),
    ("bitmex", "rules/bitmex.toml", include_str!("../data/rules/bitmex.toml")),
    ("hyperliquid", "rules/hyperliquid.toml", include_str!("../data/rules/hyperliquid.toml")),
];

/// What a rule set was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// Numbers that the venue (or the founding article) printed are reproduced from it.
    WorkedExamples,
    /// Nothing printed was found to compare with.
    Unverified,
}

impl core::fmt::Display for Checked {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::WorkedExamples => "worked examples",
            Self::Unverified => "unverified",
        })
    }
}

/// A rule set with its name, its sources and the venue's ordinary fees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRuleSet {
    /// The name it is loaded by.
    pub name: &'static str,
    /// What it describes.
    pub title: String,
    /// The day of the version it describes.
    pub date: String,
    /// The public documents it was taken from.
    pub sources: Vec<String>,
    /// What it was held against.
    pub checked: Checked,
    /// One sentence.
    pub description: String,
    /// Fees where a contract names none.
    pub fees: FeeSchedule,
    /// The choices.
    pub rules: RuleSet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    date: String,
    sources: Vec<String>,
    checked: Checked,
    description: String,
    #[serde(with = "FeesText")]
    fees: FeeSchedule,
    #[serde(with = "RuleSetText")]
    rules: RuleSet,
}

/// The names of all rule sets, this project's own first.
#[must_use]
pub fn rule_set_names() -> [&'static str; 8] {
    FILES.map(|(name, _, _)| name)
}

/// Loads a rule set by name.
///
/// # Errors
/// [`VenueError::Unknown`] with the nearest names.
///
/// ```
/// use ringfence_risk::rule_set::RuleSet;
/// assert_eq!(ringfence_venues::rule_set("ringfence")?.rules, RuleSet::ringfence());
/// let error = ringfence_venues::rule_set("binance-usdt").unwrap_err();
/// assert_eq!(error.to_string(), "no rule set is called 'binance-usdt', did you mean binance-usdm?");
/// # Ok::<(), ringfence_venues::VenueError>(())
/// ```
pub fn rule_set(name: &str) -> Result<NamedRuleSet, VenueError> {
    let (name, file, text) = FILES.into_iter().find(|(known, _, _)| *known == name).ok_or_else(|| VenueError::Unknown {
        kind: "rule set",
        name: name.to_owned(),
        nearest: near_or_all(name),
    })?;
    read(name, file, text)
}

fn read(name: &'static str, file: &str, text: &str) -> Result<NamedRuleSet, VenueError> {
    let File { title, date, sources, checked, description, fees, rules } = reading::toml(file, text)?;
    reading::check_date(&date)?;
    Ok(NamedRuleSet { name, title, date, sources, checked, description, fees, rules })
}

/// The names like a wrong one; all eight when none is.
fn near_or_all(wrong: &str) -> Vec<String> {
    let all = || rule_set_names().into_iter().map(str::to_owned);
    let near = nearest(wrong, all());
    if near.is_empty() { all().collect() } else { near }
}

#[cfg(test)]
mod tests {
    use super::{FILES, read, rule_set, rule_set_names};
    use ringfence_risk::rule_set::RuleSet;

    fn tampered(from: &str, to: &str) -> String {
        let text = FILES[0].2;
        assert!(text.contains(from), "{from}");
        read("ringfence", "rules/ringfence.toml", &text.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn every_rule_set_loads_under_its_name() {
        for name in rule_set_names() {
            let loaded = rule_set(name).unwrap();
            assert_eq!(loaded.name, name);
            assert!(!loaded.title.is_empty() && !loaded.description.is_empty(), "{name}");
            assert!(loaded.sources.iter().all(|source| source.len() > 5) && !loaded.sources.is_empty(), "{name}");
            assert!(loaded.fees.maker <= loaded.fees.taker, "{name}");
            let maker_and_taker = loaded.fees.maker.plus(loaded.fees.taker).unwrap();
            assert!(maker_and_taker.raw() >= 0, "{name}: a rebate above the fee prints money");
        }
    }

    #[test]
    fn the_default_is_the_one_in_code() {
        assert_eq!(rule_set("ringfence").unwrap().rules, RuleSet::ringfence());
    }

    #[test]
    fn no_two_venues_make_the_same_choices() {
        let all: Vec<_> = rule_set_names().into_iter().map(|name| rule_set(name).unwrap()).collect();
        let twins = |left: &str, right: &str| left.starts_with("bybit") && right.starts_with("bybit");
        for (index, left) in all.iter().enumerate() {
            for right in all.iter().skip(index + 1) {
                assert_eq!(left.rules == right.rules, twins(left.name, right.name), "{} {}", left.name, right.name);
            }
        }
    }

    #[test]
    fn a_wrong_file_is_refused_in_one_line() {
        let line = |start: &str| FILES[0].2.lines().position(|line| line.starts_with(start)).unwrap() + 1;
        let (trigger, maker) = (line("trigger"), line("maker"));
        let unknown = tampered("trigger = ", "triger = ");
        let expected = format!("rules/ringfence.toml line {trigger}: triger: unknown field `triger`, expected one of ");
        assert!(unknown.starts_with(&expected) && !unknown.contains('\n'), "{unknown}");
        assert_eq!(
            tampered("trigger = \"below\"", "trigger = \"under\""),
            format!("rules/ringfence.toml line {trigger}: trigger: unknown variant `under`, expected `below` or `at-or-below`")
        );
        assert_eq!(
            tampered("maker = \"0.0002\"", "maker = \"20\""),
            format!("rules/ringfence.toml line {maker}: maker: rate must be between -10 and 10, got 20")
        );
        let missing = tampered("removal-floor = \"0\"\n", "");
        assert!(missing.ends_with("missing field `removal-floor`") && !missing.contains('\n'), "{missing}");
        assert_eq!(tampered("2026-11-22", "2026-13-22"), "date must be written like 2022-02-12, got '2026-13-22'");
    }
}
