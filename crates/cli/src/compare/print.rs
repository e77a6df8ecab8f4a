//! The summary for people.

use std::io::Write;

use ringfence_compare::{Ran, Study, Summary, share, span, story};
use ringfence_risk::units::Amount;

use super::args::CompareArgs;
use crate::error::CliError;
use crate::output::{Report, Table, headers};

/// Most accounts shown.
const MOST_ACCOUNTS: usize = 24;
/// Most runs shown of a sweep.
pub(super) const MOST_ROWS: usize = 40;

pub(super) fn write_out(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

const RUNS: [&str; 14] = [
    "RUN",
    "POSITIONS",
    "LIQUIDATED",
    "KNOCK-ON",
    "CAME WITH",
    "POSTED",
    "LOST",
    "OF IT",
    "GAP",
    "INSURANCE",
    "ADL",
    "EQUITY LEFT",
    "NOTHING LEFT",
    "FIRST AFTER",
];

/// A row of the table of runs.
pub(super) fn run_row(name: String, summary: &Summary) -> Vec<String> {
    vec![
        name,
        summary.positions.to_string(),
        summary.liquidated.to_string(),
        summary.knock_on.map_or_else(|| "-".to_owned(), |count| count.to_string()),
        summary.wallets.to_string(),
        summary.posted.to_string(),
        summary.lost.to_string(),
        format!("{} %", summary.lost_of_wallets()),
        summary.gap.to_string(),
        summary.insurance_change.to_string(),
        summary.deleveragings.to_string(),
        summary.equity.to_string(),
        summary.ruined.to_string(),
        summary.times_ms.map_or_else(|| "-".to_owned(), |[first, ..]| span(first)),
    ]
}

pub(super) fn runs_table(rows: Vec<Vec<String>>) -> Table {
    Table { key: "runs", headers: headers(&RUNS), rows }
}

/// Facts, runs, accounts, findings and assumptions; or the story of an account.
pub(super) fn report(study: &Study, args: &CompareArgs) -> Report {
    let mut report = Report::new(format!("Compare: {}", study.title));
    for fact in &study.facts {
        report.fact(fact.key, fact.label, &fact.value);
    }
    report.table(runs_table(study.runs.iter().map(|ran| run_row(ran.cell.name(), &ran.summary)).collect()));
    let asset = study.runs.first().map_or("", |ran| ran.outcome.settlement.as_str());
    report.fact("asset", "amounts in", asset);
    if let Some(account) = &args.answers.explain {
        stories(&mut report, study, account);
        return report;
    }
    accounts(&mut report, study);
    for line in study.findings() {
        report.note(line);
    }
    for ran in &study.runs {
        unopened(&mut report, ran);
    }
    scripts(&mut report, study);
    for line in study.stated() {
        report.note(line.to_owned());
    }
    report
}

fn stories(report: &mut Report, study: &Study, account: &str) {
    for ran in &study.runs {
        report.note(format!("{account}, {}:", ran.cell.name()));
        for line in story(ran) {
            report.note(format!("  {line}"));
        }
        if let Some(outcome) = ran.outcome.accounts.iter().find(|found| found.name == account) {
            report.note(format!(
                "  at the end: came with {}, liquidations took {}, {} left",
                outcome.wallet_before, outcome.life.lost, outcome.life.equity
            ));
        }
    }
}

/// Rows that were not opened: the first few, and how many.
fn unopened(report: &mut Report, ran: &Ran) {
    const SHOWN: usize = 3;
    let refused = &ran.outcome.refused;
    for line in refused.iter().take(SHOWN) {
        report.note(format!("not opened ({}): {}: {}", ran.cell.name(), line.name, line.reason));
    }
    if refused.len() > SHOWN {
        report.note(format!("not opened ({}): {} more", ran.cell.name(), refused.len().saturating_sub(SHOWN)));
    }
}

fn scripts(report: &mut Report, study: &Study) {
    let steps: Vec<Vec<String>> = study
        .runs
        .iter()
        .flat_map(|ran| ran.outcome.script.iter().map(move |done| (ran, done)))
        .map(|(ran, done)| {
            let what = format!("{} {}", done.side, done.act);
            let (line, mark) = (done.line.to_string(), done.mark.to_string());
            vec![ran.cell.name(), done.account.clone(), line, done.time.to_string(), mark, what, done.said.clone()]
        })
        .collect();
    if !steps.is_empty() {
        let columns = headers(&["RUN", "ACCOUNT", "LINE", "AT", "MARK", "STEP", "CAME OF IT"]);
        report.table(Table { key: "script", headers: columns, rows: steps });
    }
    for ran in &study.runs {
        for line in &ran.outcome.never {
            report.note(format!("never done ({}): {line}", ran.cell.name()));
        }
    }
}

/// Accounts isolated beside cross: all, or those whose end differs most.
fn accounts(report: &mut Report, study: &Study) {
    let (Some(isolated), Some(cross)) = study.pair() else { return };
    let crossed: std::collections::BTreeMap<&str, _> =
        cross.outcome.accounts.iter().map(|account| (account.name.as_str(), &account.life)).collect();
    let both = isolated.outcome.accounts.iter();
    let mut both: Vec<_> = both.filter_map(|account| Some((account, *crossed.get(account.name.as_str())?))).collect();
    let all = both.len();
    if all > MOST_ACCOUNTS {
        let apart = |life: &ringfence_replay::AccountLife, other: &ringfence_replay::AccountLife| {
            life.equity.wide().saturating_sub(other.equity.wide()).abs()
        };
        both.sort_by_key(|(account, life)| core::cmp::Reverse(apart(&account.life, life)));
        both.truncate(10);
    }
    let row = |(account, life): &(&ringfence_replay::AccountOutcome, &ringfence_replay::AccountLife)| {
        let part = |lost: Amount| format!("{} %", share(lost, account.wallet_before));
        vec![
            account.name.clone(),
            account.wallet_before.to_string(),
            account.life.lost.to_string(),
            part(account.life.lost),
            account.life.equity.to_string(),
            life.lost.to_string(),
            part(life.lost),
            life.equity.to_string(),
        ]
    };
    let columns =
        headers(&["ACCOUNT", "CAME WITH", "LOST", "OF IT", "EQUITY LEFT", "CROSS LOST", "CROSS OF IT", "CROSS EQUITY LEFT"]);
    let shown = both.len();
    report.table(Table { key: "accounts", headers: columns, rows: both.iter().map(row).collect() });
    if shown < all {
        report.note(format!("accounts: the {shown} of {all} whose equity differs most; --report out.csv has all"));
    }
}
