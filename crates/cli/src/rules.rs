//! `rules`: the named rule sets and where they come from.

use clap::Args;
use ringfence_venues::{rule_set, rule_set_names};

use crate::error::CliError;
use crate::output::{Report, Table, headers};

/// Rule sets.
#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// Rule set; without it all are listed
    name: Option<String>,
}

impl RulesArgs {
    pub(crate) fn run(&self) -> Result<Report, CliError> {
        let Some(name) = &self.name else { return list() };
        let named = rule_set(name)?;
        let mut report = Report::new(format!("{}: {}", named.name, named.title));
        report.fact("date", "date", &named.date);
        report.fact("checked", "checked", named.checked);
        report.fact("description", "description", &named.description);
        report.fact("maker_fee", "maker fee", named.fees.maker);
        report.fact("taker_fee", "taker fee", named.fees.taker);
        report.fact("liquidation_fee", "liquidation fee", named.fees.liquidation);
        for (key, label, value) in choices(&named.rules) {
            report.fact(key, label, value);
        }
        for source in &named.sources {
            report.note(format!("source: {source}"));
        }
        Ok(report)
    }
}

/// The name of a choice as words: `KeepInitialWithoutProfit` is "keep initial without profit".
fn words(choice: &impl core::fmt::Debug) -> String {
    let mut text = String::new();
    for letter in format!("{choice:?}").chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// Each choice of a rule set in the words of its type.
fn choices(rules: &ringfence_risk::rule_set::RuleSet) -> Vec<(&'static str, &'static str, String)> {
    let steps: Vec<String> = rules.liquidation_steps.iter().map(words).collect();
    vec![
        ("maintenance_basis", "maintenance on", words(&rules.maintenance_basis)),
        ("closing_fee", "closing fee in it", words(&rules.closing_fee)),
        ("funding_reserve", "funding in it", words(&rules.funding_reserve)),
        ("trigger", "liquidated when balance is", words(&rules.trigger)),
        ("bracket_style", "brackets", rules.bracket_style.to_string()),
        ("leverage_change", "leverage change", words(&rules.leverage_change)),
        ("leverage_scope", "leverage", words(&rules.leverage_scope)),
        ("margin_mode_scope", "margin mode", words(&rules.margin_mode_scope)),
        ("margin_removal", "margin that may be removed", words(&rules.margin_removal)),
        ("removal_floor", "share of value that stays", rules.removal_floor.to_string()),
        ("funding_source", "funding from", words(&rules.funding_source)),
        ("order_cost", "order cost", words(&rules.order_cost)),
        ("margin_mode_switch", "isolated and cross switch", words(&rules.margin_mode_switch)),
        ("position_mode_switch", "one-way and hedge switch", words(&rules.position_mode_switch)),
        ("auto_add_margin", "margin added by itself", words(&rules.auto_add_margin)),
        ("price_printing", "prices printed", words(&rules.price_printing)),
        ("adl_ranking", "ADL ranking", words(&rules.adl_ranking)),
        ("liquidation_steps", "liquidation steps", steps.join(", ")),
    ]
}

fn list() -> Result<Report, CliError> {
    let mut rows = Vec::new();
    for name in rule_set_names() {
        let named = rule_set(name)?;
        rows.push(vec![name.to_owned(), named.date, named.checked.to_string(), named.description]);
    }
    let mut report = Report::new("Rule sets");
    report.table(Table { key: "rule_sets", headers: headers(&["NAME", "DATE", "CHECKED", "WHAT"]), rows });
    Ok(report)
}
