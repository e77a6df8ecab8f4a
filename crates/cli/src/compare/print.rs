//! The summary for people.

use std::io::Write;

use ringfence_compare::{AccountRows, Cell, Ran, Room, Study, Summary, account_rows, story};

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

pub(super) fn runs_table<'a>(rows: impl Iterator<Item = (&'a Cell, &'a Summary)>) -> Table {
    let rows = rows.map(|(cell, summary)| Room::Narrow.run_row(cell.name(), summary)).collect();
    Table { key: "runs", headers: headers(&Room::Narrow.run_heads()), rows }
}

/// Facts, runs, accounts, findings and assumptions; or the story of an account.
pub(super) fn report(study: &Study, args: &CompareArgs) -> Report {
    let mut report = Report::new(format!("Compare: {}", study.title));
    for fact in &study.facts {
        report.fact(fact.key, fact.label, &fact.value);
    }
    report.table(runs_table(study.runs.iter().map(|ran| (&ran.cell, &ran.summary))));
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
    let Some(AccountRows { rows, all }) = account_rows(study, MOST_ACCOUNTS, 10) else { return };
    let columns =
        headers(&["ACCOUNT", "CAME WITH", "LOST", "OF IT", "EQUITY LEFT", "CROSS LOST", "CROSS OF IT", "CROSS EQUITY LEFT"]);
    let shown = rows.len();
    report.table(Table { key: "accounts", headers: columns, rows });
    if shown < all {
        report.note(format!("accounts: the {shown} of {all} whose equity differs most; --report out.csv has all"));
    }
}
