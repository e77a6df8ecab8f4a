//! `account`, `position`, `leverage` and `margin`: what an account has, and changes to a position.

use clap::{Args, Subcommand};
use ringfence_risk::units::Amount;
use serde_json::Value;

use super::answer::{first, is_zero, text};
use super::desk::{AccountArgs, Api, Desk, change_table, positions_table, symbol};
use super::order::{PositionSide, times};
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::remote::Method;
use crate::session::Session;

pub(crate) const POSITION_EXAMPLES: &str = "\
Examples:
  ringfence position alice
  ringfence position alice BTCUSDT
  ringfence position alice -o json";

/// Open positions.
#[derive(Args, Debug)]
#[command(before_help = POSITION_EXAMPLES, before_long_help = POSITION_EXAMPLES)]
pub(crate) struct PositionArgs {
    #[command(flatten)]
    whose: AccountArgs,
    /// Market; without it all
    #[arg(value_parser = symbol)]
    symbol: Option<String>,
}

impl PositionArgs {
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        let desk = Desk::open(session, &self.whose)?;
        let positions = desk.positions(self.symbol.as_deref())?;
        let of = self.symbol.as_ref().map_or_else(String::new, |symbol| format!(" in {symbol}"));
        let mut report = Report::new(format!("{}: positions{of}", desk.account));
        add_positions(&mut report, &positions);
        Ok(report)
    }
}

fn add_positions(report: &mut Report, positions: &[Value]) {
    if positions.is_empty() {
        report.note("no open position");
    } else {
        report.table(positions_table(positions));
    }
}

pub(crate) const ACCOUNT_EXAMPLES: &str = "\
Examples:
  ringfence account alice
  ringfence account alice -o json
  ringfence account mine --key KEY --secret SECRET";

/// Balances and positions.
#[derive(Args, Debug)]
#[command(before_help = ACCOUNT_EXAMPLES, before_long_help = ACCOUNT_EXAMPLES)]
pub(crate) struct BalanceArgs {
    #[command(flatten)]
    whose: AccountArgs,
}

impl BalanceArgs {
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        let desk = Desk::open(session, &self.whose)?;
        let accounts = desk.list(None, |api| api.newest("account"))?;
        let mut report = Report::new(format!("{}: account", desk.account));
        let assets = accounts.iter().filter_map(|account| account.get("assets").and_then(Value::as_array)).flatten();
        let rows: Vec<Vec<String>> = assets.filter(|asset| !is_zero(&text(asset, "marginBalance"))).map(asset_row).collect();
        if rows.is_empty() {
            report.note("no balance");
        } else {
            let columns = headers(&[
                "ASSET",
                "WALLET",
                "UNREALISED PROFIT",
                "MARGIN BALANCE",
                "INITIAL MARGIN",
                "MAINTENANCE",
                "AVAILABLE",
            ]);
            report.table(Table { key: "assets", headers: columns, rows });
        }
        add_positions(&mut report, &desk.positions(None)?);
        Ok(report)
    }
}

fn asset_row(asset: &Value) -> Vec<String> {
    let fields =
        ["asset", "walletBalance", "unrealizedProfit", "marginBalance", "initialMargin", "maintMargin", "availableBalance"];
    fields.map(|field| text(asset, field)).to_vec()
}

pub(crate) const LEVERAGE_EXAMPLES: &str = "\
Examples:
  ringfence leverage alice BTCUSDT 20
  ringfence leverage alice BTCUSD_PERP 5x
  ringfence calc leverage --quantity 0.5 --entry 64000 --leverage 20x";

/// Change the leverage of a symbol.
#[derive(Args, Debug)]
#[command(before_help = LEVERAGE_EXAMPLES, before_long_help = LEVERAGE_EXAMPLES)]
pub(crate) struct LeverageArgs {
    #[command(flatten)]
    whose: AccountArgs,
    /// Market
    #[arg(value_parser = symbol)]
    symbol: String,
    /// Leverage (20 or 20x)
    #[arg(value_name = "TIMES", value_parser = times, allow_negative_numbers = true)]
    leverage: u16,
}

impl LeverageArgs {
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        let desk = Desk::open(session, &self.whose)?;
        let before = desk.positions(Some(&self.symbol))?;
        let parameters = [("symbol", self.symbol.clone()), ("leverage", self.leverage.to_string())];
        let answer = desk.remote.signed(Method::Post, &Api::of(&self.symbol).path("leverage"), &parameters)?;
        let mut report = Report::new(format!("{}: leverage of {}", desk.account, self.symbol));
        report.fact("leverage", "leverage", text(&answer, "leverage"));
        report.fact("greatest_position", "greatest position at it", first(&answer, &["maxNotionalValue", "maxQty"]));
        add_change(&mut report, &desk, (&self.symbol, &before));
        Ok(report)
    }
}

/// The position before and after, where there is one. The change is made already: trouble in reading it back is only noted.
fn add_change(report: &mut Report, desk: &Desk, (symbol, before): (&str, &[Value])) {
    match desk.positions(Some(symbol)) {
        Ok(after) if after.is_empty() && before.is_empty() => {}
        Ok(after) => report.table(change_table(before, &after)),
        Err(error) => report.note(format!("this is done, but the position could not be read: {error}")),
    }
}

pub(crate) const MARGIN_EXAMPLES: &str = "\
Examples:
  ringfence margin alice add BTCUSDT 100
  ringfence margin alice remove BTCUSDT 25.5
  ringfence margin alice add BTCUSDT 100 --position-side short";

/// Move money between an account and an isolated position.
#[derive(Args, Debug)]
#[command(before_help = MARGIN_EXAMPLES, before_long_help = MARGIN_EXAMPLES)]
pub(crate) struct MarginArgs {
    #[command(flatten)]
    whose: AccountArgs,
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Subcommand, Debug)]
enum Direction {
    /// Post more margin
    Add(MovedArgs),
    /// Take margin back
    Remove(MovedArgs),
}

#[derive(Args, Debug)]
struct MovedArgs {
    /// Market
    #[arg(value_parser = symbol)]
    symbol: String,
    /// How much, in the settlement asset
    #[arg(value_parser = positive, allow_negative_numbers = true)]
    amount: Amount,
    /// Leg of the position in hedge mode
    #[arg(long, value_enum, value_name = "SIDE")]
    position_side: Option<PositionSide>,
}

fn positive(text: &str) -> Result<Amount, String> {
    let amount: Amount = text.parse().map_err(|error: ringfence_risk::decimal::ParseError| error.to_string())?;
    if amount > Amount::ZERO { Ok(amount) } else { Err(format!("amount must be greater than 0, got {text}")) }
}

impl MarginArgs {
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        let (code, done, moved) = match &self.direction {
            Direction::Add(moved) => ("1", "margin added to", moved),
            Direction::Remove(moved) => ("2", "margin removed from", moved),
        };
        let desk = Desk::open(session, &self.whose)?;
        let before = desk.positions(Some(&moved.symbol))?;
        let mut parameters =
            vec![("symbol", moved.symbol.clone()), ("amount", moved.amount.to_string()), ("type", code.to_owned())];
        parameters.extend(moved.position_side.map(|side| ("positionSide", side.name().to_owned())));
        let answer = desk.remote.signed(Method::Post, &Api::of(&moved.symbol).path("positionMargin"), &parameters)?;
        let mut report = Report::new(format!("{}: {done} {}", desk.account, moved.symbol));
        report.fact("amount", "amount", text(&answer, "amount"));
        add_change(&mut report, &desk, (&moved.symbol, &before));
        Ok(report)
    }
}
