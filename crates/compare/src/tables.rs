//! Rows and JSON for other programs.

use crate::study::Study;
use crate::summary::{COLUMNS, cell_fields};
use serde_json::{Map, Value};

/// One row per run: [`COLUMNS`].
#[must_use]
pub fn runs_csv(study: &Study) -> String {
    let rows = study.runs.iter().map(|ran| ran.summary.fields(&ran.cell).join(","));
    std::iter::once(COLUMNS.join(",")).chain(rows).fold(String::new(), |text, row| text + &row + "\n")
}

const ACCOUNT: [&str; 10] =
    ["account", "wallet_before", "liquidations", "lost", "fees", "funding", "wallet", "margins", "unrealised", "equity"];

/// One row per run and account. Lines that begin with `#` state where it comes from.
#[must_use]
pub fn accounts_csv(study: &Study) -> String {
    let mut text = format!("# {}\n", study.title);
    for fact in &study.facts {
        text.push_str(&format!("# {}: {}\n", fact.label, fact.value.replace('\n', " ")));
    }
    for line in study.stated() {
        text.push_str(&format!("# {line}\n"));
    }
    let header: Vec<&str> = COLUMNS.iter().take(6).chain(&ACCOUNT).copied().collect();
    text.push_str(&header.join(","));
    text.push('\n');
    for ran in &study.runs {
        let cell = cell_fields(&ran.cell);
        for account in &ran.outcome.accounts {
            let life = &account.life;
            let mut fields = cell.clone();
            fields.push(quoted(&account.name));
            fields.push(account.wallet_before.to_string());
            fields.push(life.liquidations.to_string());
            fields.extend(
                [life.lost, life.fees, life.funding, life.wallet, life.margins, life.unrealised, life.equity]
                    .map(|amount| amount.to_string()),
            );
            text.push_str(&fields.join(","));
            text.push('\n');
        }
    }
    text
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

/// Everything: facts, findings, and each run with its positions, accounts, liquidations and samples.
///
/// # Errors
/// When a run cannot be written as JSON: a fault of the program.
pub fn json(study: &Study) -> Result<Value, serde_json::Error> {
    let mut object = Map::new();
    object.insert("title".to_owned(), study.title.clone().into());
    for fact in &study.facts {
        object.insert(fact.key.to_owned(), fact.value.clone().into());
    }
    object.insert("findings".to_owned(), study.findings().into());
    let mut runs = Vec::new();
    for ran in &study.runs {
        let fields =
            COLUMNS.iter().map(|column| (*column).to_owned()).zip(ran.summary.fields(&ran.cell).into_iter().map(Value::from));
        let mut run: Map<String, Value> = fields.collect();
        run.insert("brackets".to_owned(), ran.brackets.clone().into());
        run.insert("outcome".to_owned(), serde_json::to_value(&ran.outcome)?);
        runs.push(Value::Object(run));
    }
    object.insert("runs".to_owned(), runs.into());
    Ok(Value::Object(object))
}
