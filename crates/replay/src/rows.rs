//! Plain rows for tables and CSV. How they are drawn is another crate's business.

use crate::report::{AccountReport, Comparison, Life, PositionReport, RunReport};
use core::fmt::Display;
use ringfence_risk::units::Quantity;

/// Column names, and rows with as many fields each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Column names.
    pub headers: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// Stands where there is nothing to say.
const NONE: &str = "-";

const POSITIONS: [&str; 13] = [
    "POSITION",
    "SIDE",
    "LEVERAGE",
    "ENTRY",
    "POSTED",
    "LIQUIDATING MARK",
    "LIQUIDATED AT",
    "MARK",
    "LOSS",
    "CLOSED BY",
    "CROSS LIQUIDATED AT",
    "CROSS MARK",
    "CROSS LOSS",
];

const ACCOUNTS: [&str; 6] = ["ACCOUNT", "WALLET", "LOST", "EQUITY AFTER", "CROSS LOST", "CROSS EQUITY AFTER"];

const RUNS: [&str; 3] = ["SUM", "ISOLATED", "CROSS"];

const POSITION_FIELDS: [&str; 5] = ["name", "account", "side", "leverage", "rows"];

const LIFE_FIELDS: [&str; 21] = [
    "quantity",
    "entry",
    "posted",
    "opening_fee",
    "liquidating_mark",
    "end",
    "liquidations",
    "time",
    "mark",
    "loss",
    "liquidation_fee",
    "returned",
    "funding",
    "closed_in_book",
    "taken_over",
    "closed_against_others",
    "deleveraged",
    "socialised",
    "left",
    "margin",
    "unrealised",
];

impl Comparison {
    /// One row per position: isolated, and beside it cross.
    #[must_use]
    pub fn positions_table(&self) -> Table {
        table(&POSITIONS, self.positions.iter().map(position_row))
    }

    /// One row per account: isolated, and beside it cross.
    #[must_use]
    pub fn accounts_table(&self) -> Table {
        table(&ACCOUNTS, self.accounts.iter().map(account_row))
    }

    /// One row per sum over a run: isolated, and beside it cross.
    #[must_use]
    pub fn runs_table(&self) -> Table {
        let isolated = run_rows(&self.isolated);
        let cross = self.cross.as_ref().map(run_rows);
        let rows = isolated.into_iter().enumerate().map(|(row, (name, value))| {
            let beside = cross.as_ref().and_then(|rows| rows.get(row)).map(|(_, value)| value.clone());
            vec![name.to_owned(), value, or_none(beside)]
        });
        table(&RUNS, rows)
    }

    /// Every figure of every position as CSV with a header; fields that hold a comma or a quotation mark are quoted.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut header: Vec<String> = POSITION_FIELDS.iter().map(|field| (*field).to_owned()).collect();
        for mode in ["isolated", "cross"] {
            header.extend(LIFE_FIELDS.iter().map(|field| format!("{mode}_{field}")));
        }
        let mut text = header.join(",");
        text.push('\n');
        for position in &self.positions {
            let fields: Vec<String> = csv_fields(position).iter().map(|field| quoted(field)).collect();
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

fn table(headers: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    Table { headers: headers.iter().map(|header| (*header).to_owned()).collect(), rows: rows.collect() }
}

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// Who took what was liquidated, in the order in which it is offered; of a position that was not, what else closed it.
fn closed_by(life: &Life) -> String {
    let own = [
        ("book", life.closed_in_book),
        ("fund", life.taken_over),
        ("ADL", life.closed_against_others),
        ("deleveraged", life.deleveraged),
    ];
    let named: Vec<&str> = own.iter().filter(|(_, quantity)| *quantity > Quantity::ZERO).map(|(name, _)| *name).collect();
    if named.is_empty() { NONE.to_owned() } else { named.join("+") }
}

fn position_row(position: &PositionReport) -> Vec<String> {
    let (isolated, cross) = (position.isolated.as_ref(), position.cross.as_ref());
    let opened = isolated.or(cross);
    let liquidated = isolated.filter(|life| life.liquidations > 0);
    let crossed = cross.filter(|life| life.liquidations > 0);
    vec![
        position.name.clone(),
        position.side.to_string(),
        position.leverage.to_string(),
        or_none(opened.map(|life| life.entry)),
        or_none(isolated.map(|life| life.posted)),
        or_none(isolated.and_then(|life| life.liquidating_mark)),
        or_none(liquidated.and_then(|life| life.time)),
        or_none(liquidated.and_then(|life| life.mark)),
        or_none(liquidated.map(|life| life.loss)),
        isolated.map_or_else(|| NONE.to_owned(), closed_by),
        or_none(crossed.and_then(|life| life.time)),
        or_none(crossed.and_then(|life| life.mark)),
        or_none(crossed.map(|life| life.loss)),
    ]
}

fn account_row(account: &AccountReport) -> Vec<String> {
    let (isolated, cross) = (&account.isolated, account.cross.as_ref());
    vec![
        account.name.clone(),
        account.wallet_before.to_string(),
        isolated.lost.to_string(),
        isolated.equity.to_string(),
        or_none(cross.map(|life| life.lost)),
        or_none(cross.map(|life| life.equity)),
    ]
}

fn run_rows(run: &RunReport) -> Vec<(&'static str, String)> {
    let insurance = &run.insurance;
    vec![
        ("positions opened", run.positions.to_string()),
        ("liquidated", run.liquidated.to_string()),
        ("most liquidations at one mark", run.most_at_one_mark.to_string()),
        ("margin posted", run.posted.to_string()),
        ("lost by liquidations", run.lost.to_string()),
        ("closed against the book", run.closed_in_book.to_string()),
        ("taken over by the insurance fund", run.taken_over.to_string()),
        ("deleveragings", run.deleveragings.to_string()),
        ("deleveraged", run.deleveraged.to_string()),
        ("losses socialised", run.socialised.to_string()),
        ("losses uncovered", run.uncovered.to_string()),
        ("funding paid", run.funding.to_string()),
        ("insurance: liquidation fees", insurance.fees.to_string()),
        ("insurance: profit of its trades", insurance.trades.to_string()),
        ("insurance: paid for others", insurance.paid.to_string()),
        ("insurance: before and after", format!("{} {}", insurance.before, insurance.after)),
        ("insurance: still holds", insurance.held.to_string()),
        ("maker: profit or loss", run.maker.result.to_string()),
        ("maker: holds", run.maker.held.clone()),
        ("audit difference", run.audit.audit_difference.to_string()),
        ("state hash", run.state_hash.clone()),
    ]
}

fn csv_fields(position: &PositionReport) -> Vec<String> {
    let mut fields = vec![
        position.name.clone(),
        position.account.clone(),
        position.side.to_string(),
        position.leverage.to_string(),
        position.rows.to_string(),
    ];
    for life in [&position.isolated, &position.cross] {
        match life {
            Some(life) => fields.extend(life_fields(life)),
            None => fields.extend([const { String::new() }; LIFE_FIELDS.len()]),
        }
    }
    fields
}

fn life_fields(life: &Life) -> [String; LIFE_FIELDS.len()] {
    [
        life.quantity.to_string(),
        life.entry.to_string(),
        life.posted.to_string(),
        life.opening_fee.to_string(),
        or_empty(life.liquidating_mark),
        life.end.to_string(),
        life.liquidations.to_string(),
        or_empty(life.time),
        or_empty(life.mark),
        life.loss.to_string(),
        life.liquidation_fee.to_string(),
        life.returned.to_string(),
        life.funding.to_string(),
        life.closed_in_book.to_string(),
        life.taken_over.to_string(),
        life.closed_against_others.to_string(),
        life.deleveraged.to_string(),
        life.socialised.to_string(),
        life.left.to_string(),
        life.margin.to_string(),
        life.unrealised.to_string(),
    ]
}

fn or_empty(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}
