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

/// Each choice of a rule set in the words of its type.
fn choices(rules: &ringfence_risk::rule_set::RuleSet) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("maintenance_basis", "maintenance on", format!("{:?}", rules.maintenance_basis)),
        ("closing_fee", "closing fee in it", format!("{:?}", rules.closing_fee)),
        ("funding_reserve", "funding in it", format!("{:?}", rules.funding_reserve)),
        ("trigger", "liquidated when balance is", format!("{:?}", rules.trigger)),
        ("bracket_style", "brackets", rules.bracket_style.to_string()),
        ("leverage_change", "leverage change", format!("{:?}", rules.leverage_change)),
        ("leverage_scope", "leverage", format!("{:?}", rules.leverage_scope)),
        ("margin_removal", "margin that may be removed", format!("{:?}", rules.margin_removal)),
        ("removal_floor", "share of value that stays", rules.removal_floor.to_string()),
        ("funding_source", "funding from", format!("{:?}", rules.funding_source)),
        ("order_cost", "order cost", format!("{:?}", rules.order_cost)),
        ("margin_mode_switch", "isolated and cross switch", format!("{:?}", rules.margin_mode_switch)),
        ("position_mode_switch", "one-way and hedge switch", format!("{:?}", rules.position_mode_switch)),
        ("auto_add_margin", "margin added by itself", format!("{:?}", rules.auto_add_margin)),
        ("price_printing", "prices printed", format!("{:?}", rules.price_printing)),
        ("adl_ranking", "ADL ranking", format!("{:?}", rules.adl_ranking)),
        ("liquidation_steps", "liquidation steps", format!("{:?}", rules.liquidation_steps)),
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
