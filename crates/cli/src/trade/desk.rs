//! An account at a server: which API a symbol belongs to, and what several commands ask.

use clap::Args;
use serde_json::Value;

use super::answer::{first, is_zero, price, rows, text, word};
use crate::config::{ClientFlags, ClientOptions, kinds};
use crate::error::CliError;
use crate::output::{Table, headers};
use crate::remote::{Method, Parameters, Remote, RemoteError};
use crate::session::Session;

/// Whose orders, and where.
#[derive(Args, Debug)]
pub(crate) struct AccountArgs {
    /// Account; its API key is test-ACCOUNT unless --key and --secret say otherwise
    #[arg(value_parser = named)]
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) connection: ClientFlags,
}

pub(crate) fn named(text: &str) -> Result<String, String> {
    kinds::account_name(text).map_err(|allowed| format!("an account's name {allowed}"))
}

/// A symbol on the command line.
pub(crate) fn symbol(text: &str) -> Result<String, String> {
    kinds::symbol(text)
}

/// Linear contracts and inverse ones have an API each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// `/fapi`.
    UsdMargined,
    /// `/dapi`.
    CoinMargined,
}

impl Api {
    pub(crate) fn of(symbol: &str) -> Self {
        if symbol.ends_with("_PERP") { Self::CoinMargined } else { Self::UsdMargined }
    }

    /// The path of a resource of version 1.
    pub(crate) fn path(self, resource: &str) -> String {
        match self {
            Self::UsdMargined => format!("/fapi/v1/{resource}"),
            Self::CoinMargined => format!("/dapi/v1/{resource}"),
        }
    }

    /// The path of what the linear API has in version 3.
    pub(crate) fn newest(self, resource: &str) -> String {
        match self {
            Self::UsdMargined => format!("/fapi/v3/{resource}"),
            Self::CoinMargined => format!("/dapi/v1/{resource}"),
        }
    }
}

/// An account at a server.
pub(crate) struct Desk {
    pub(crate) remote: Remote,
    pub(crate) account: String,
}

impl Desk {
    /// Reads the configuration. Nothing is sent yet.
    ///
    /// # Errors
    /// [`CliError::Usage`] for a faulty configuration.
    pub(crate) fn open(session: &Session, args: &AccountArgs) -> Result<Self, CliError> {
        let options = ClientOptions::new(&session.settings(args.connection.0.clone())?)?;
        Ok(Self { remote: Remote::new(&options, &args.account, session.verbosity), account: args.account.clone() })
    }

    /// Rows of a list for one symbol, or for all of both APIs; an API the server does not have gives none.
    ///
    /// # Errors
    /// [`RemoteError`] as the server says.
    pub(crate) fn list(&self, symbol: Option<&str>, path: impl Fn(Api) -> String) -> Result<Vec<Value>, RemoteError> {
        let ask = |api: Api, parameters: &Parameters| Ok(rows(self.remote.signed(Method::Get, &path(api), parameters)?));
        match symbol {
            Some(symbol) => ask(Api::of(symbol), &vec![("symbol", symbol.to_owned())]),
            None => {
                let mut all = ask(Api::UsdMargined, &Vec::new())?;
                match ask(Api::CoinMargined, &Vec::new()) {
                    Ok(more) => all.extend(more),
                    Err(error) if error.is_absent() => {}
                    Err(error) => return Err(error),
                }
                Ok(all)
            }
        }
    }

    /// Open positions of one symbol or of all.
    ///
    /// # Errors
    /// [`RemoteError`] as the server says.
    pub(crate) fn positions(&self, symbol: Option<&str>) -> Result<Vec<Value>, RemoteError> {
        // The inverse API does not filter by symbol, and both may list what is flat.
        let mut positions = self.list(symbol, |api| api.newest("positionRisk"))?;
        positions.retain(|row| {
            let wanted = symbol.is_none_or(|symbol| row.get("symbol").and_then(Value::as_str) == Some(symbol));
            wanted && !is_zero(&text(row, "positionAmt"))
        });
        Ok(positions)
    }
}

/// The columns of a position.
const COLUMNS: [&str; 12] = [
    "SYMBOL",
    "SIDE",
    "QUANTITY",
    "LEVERAGE",
    "MODE",
    "ENTRY",
    "MARK",
    "LIQUIDATION",
    "POSTED",
    "MARGIN BALANCE",
    "MAINTENANCE",
    "UNREALISED PROFIT",
];

/// Positions as the server reports them.
pub(crate) fn positions_table(positions: &[Value]) -> Table {
    Table { key: "positions", headers: headers(&COLUMNS), rows: positions.iter().map(position_row).collect() }
}

/// Positions before and after a change, told apart by their first column.
pub(crate) fn change_table(before: &[Value], after: &[Value]) -> Table {
    let mut columns = vec!["WHEN"];
    columns.extend(COLUMNS);
    let labelled = |label: &'static str| {
        move |row: &Value| {
            let mut cells = vec![label.to_owned()];
            cells.extend(position_row(row));
            cells
        }
    };
    let rows = before.iter().map(labelled("before")).chain(after.iter().map(labelled("after"))).collect();
    Table { key: "positions", headers: headers(&columns), rows }
}

fn position_row(row: &Value) -> Vec<String> {
    let amount = text(row, "positionAmt");
    let quantity = amount.trim_start_matches('-').to_owned();
    let side = if amount.starts_with('-') { "short" } else { "long" };
    let mode = word(row, "marginType").replace("crossed", "cross");
    // A cross position shares the account's balance: it has no box of its own.
    let own = |field: &str| if mode == "cross" { "-".to_owned() } else { text(row, field) };
    vec![
        text(row, "symbol"),
        side.to_owned(),
        quantity,
        text(row, "leverage"),
        mode.clone(),
        text(row, "entryPrice"),
        text(row, "markPrice"),
        price(row, "liquidationPrice"),
        own("isolatedWallet"),
        own("isolatedMargin"),
        text(row, "maintMargin"),
        first(row, &["unRealizedProfit", "unrealizedProfit"]),
    ]
}
