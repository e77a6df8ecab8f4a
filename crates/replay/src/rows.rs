//! Plain rows for tables and CSV. How they are drawn is another crate's business.

use crate::report::{AccountReport, Comparison, CrossFate, IsolatedFate, PositionReport};
use core::fmt::Display;

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

const POSITIONS: [&str; 11] = [
    "POSITION",
    "SIDE",
    "LEVERAGE",
    "ENTRY",
    "LIQUIDATING MARK",
    "LIQUIDATED AT",
    "MARK",
    "POSTED",
    "LOSS",
    "GAP DEFICIT",
    "CROSS",
];

const ACCOUNTS: [&str; 11] = [
    "ACCOUNT",
    "WALLET",
    "POSTED",
    "LIQUIDATED",
    "LOST",
    "LEFT IN BOXES",
    "FREE AFTER",
    "CROSS POOL",
    "CROSS CLOSED",
    "CROSS POOL AFTER",
    "CROSS DEFICIT",
];

const CSV: [&str; 24] = [
    "name",
    "account",
    "side",
    "quantity",
    "leverage",
    "entry",
    "posted",
    "opening_fee",
    "liquidating_mark_at_opening",
    "isolated",
    "isolated_liquidating_mark",
    "isolated_time",
    "isolated_mark",
    "isolated_funding",
    "isolated_margin",
    "isolated_balance",
    "isolated_maintenance",
    "isolated_loss",
    "isolated_to_insurance",
    "isolated_gap_deficit",
    "cross",
    "cross_time",
    "cross_mark",
    "cross_pnl",
];

impl Comparison {
    /// One row per position: its life in a box, and beside it what cross did.
    #[must_use]
    pub fn positions_table(&self) -> Table {
        table(&POSITIONS, self.positions.iter().map(position_row))
    }

    /// One row per account: wallet and boxes, and beside them the pool.
    #[must_use]
    pub fn accounts_table(&self) -> Table {
        table(&ACCOUNTS, self.accounts.iter().map(account_row))
    }

    /// Every figure of every position as CSV with a header; fields that hold a comma or a quotation mark are quoted.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = CSV.join(",");
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

fn position_row(position: &PositionReport) -> Vec<String> {
    let (price, time, mark, loss, deficit) = match position.isolated {
        IsolatedFate::Survived { liquidating_mark, .. } => (liquidating_mark, None, None, None, None),
        IsolatedFate::Liquidated { time, mark, liquidating_mark, loss, gap_deficit, .. } => {
            (liquidating_mark, Some(time), Some(mark), Some(loss), Some(gap_deficit))
        }
    };
    let cross = match position.cross {
        None => NONE.to_owned(),
        Some(CrossFate::Survived { .. }) => "survived".to_owned(),
        Some(CrossFate::Closed { time, mark, realised }) => format!("closed {time} at {mark}, {realised}"),
    };
    vec![
        position.name.clone(),
        position.side.to_string(),
        position.leverage.to_string(),
        position.entry.to_string(),
        or_none(price),
        or_none(time),
        or_none(mark),
        position.posted.to_string(),
        or_none(loss),
        or_none(deficit),
        cross,
    ]
}

fn account_row(account: &AccountReport) -> Vec<String> {
    let (boxes, pool) = (&account.isolated, account.cross.as_ref());
    vec![
        account.name.clone(),
        account.wallet_before.to_string(),
        boxes.posted.to_string(),
        boxes.liquidated.to_string(),
        boxes.lost.to_string(),
        boxes.left_in_boxes.to_string(),
        boxes.free_wallet_after.to_string(),
        or_none(pool.map(|pool| pool.pool_before)),
        or_none(pool.map(|pool| pool.closed)),
        or_none(pool.map(|pool| pool.pool_after)),
        or_none(pool.map(|pool| pool.deficit)),
    ]
}

fn csv_fields(position: &PositionReport) -> Vec<String> {
    let mut fields = vec![
        position.name.clone(),
        position.account.clone(),
        position.side.to_string(),
        position.quantity.to_string(),
        position.leverage.to_string(),
        position.entry.to_string(),
        position.posted.to_string(),
        position.opening_fee.to_string(),
        or_empty(position.liquidating_mark_at_opening),
    ];
    fields.extend(isolated_fields(&position.isolated));
    fields.extend(match position.cross {
        None => [String::new(), String::new(), String::new(), String::new()],
        Some(CrossFate::Survived { unrealised }) => ["survived".to_owned(), String::new(), String::new(), unrealised.to_string()],
        Some(CrossFate::Closed { time, mark, realised }) => {
            ["closed".to_owned(), time.to_string(), mark.to_string(), realised.to_string()]
        }
    });
    fields
}

fn isolated_fields(fate: &IsolatedFate) -> Vec<String> {
    match fate {
        IsolatedFate::Survived { liquidating_mark, funding, margin, unrealised } => {
            let mut fields = vec!["survived".to_owned(), or_empty(*liquidating_mark), String::new(), String::new()];
            fields.extend([
                funding.to_string(),
                margin.to_string(),
                margin.plus(*unrealised).map_or_else(|_| String::new(), |balance| balance.to_string()),
            ]);
            fields.extend([const { String::new() }; 4]);
            fields
        }
        IsolatedFate::Liquidated {
            time,
            mark,
            liquidating_mark,
            funding,
            margin,
            balance,
            maintenance,
            loss,
            to_insurance,
            gap_deficit,
        } => {
            let mut fields = vec!["liquidated".to_owned(), or_empty(*liquidating_mark), time.to_string(), mark.to_string()];
            let amounts = [funding, margin, balance, maintenance, loss, to_insurance, gap_deficit];
            fields.extend(amounts.map(ToString::to_string));
            fields
        }
    }
}

fn or_empty(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}
