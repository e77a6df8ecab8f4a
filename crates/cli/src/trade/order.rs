//! `order`: place, list and cancel orders.

use clap::{Args, Subcommand, ValueEnum};
use ringfence_risk::decimal::parse_scaled;
use ringfence_risk::units::{Price, Quantity};

use super::desk::{AccountArgs, Desk, symbol};
use super::{cancel, place};
use crate::error::CliError;
use crate::output::Report;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence order alice buy 0.1 BTCUSDT --leverage 20 --isolated
  ringfence order alice sell 0.1 BTCUSDT --stop 60000 --reduce-only
  ringfence order alice cancel BTCUSDT all";

const BUY_EXAMPLES: &str = "\
Examples:
  ringfence order alice buy 0.1 BTCUSDT --leverage 20 --isolated
  ringfence order alice buy 0.1 BTCUSDT --price 60000 --tif gtx
  ringfence order alice buy 0.1 BTCUSDT --take-profit 60000 --reduce-only";

const SELL_EXAMPLES: &str = "\
Examples:
  ringfence order alice sell 0.1 BTCUSDT --reduce-only
  ringfence order alice sell 0.1 BTCUSDT --stop 60000 --reduce-only
  ringfence order alice sell 3 BTCUSD_PERP --trailing 1.5";

/// Orders of an account.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct OrderArgs {
    #[command(flatten)]
    whose: AccountArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Buy
    #[command(before_help = BUY_EXAMPLES, before_long_help = BUY_EXAMPLES)]
    Buy(Box<Wanted>),
    /// Sell
    #[command(before_help = SELL_EXAMPLES, before_long_help = SELL_EXAMPLES)]
    Sell(Box<Wanted>),
    /// Cancel one order, or all of a symbol
    Cancel(Cancelled),
    /// List open orders
    List(Listed),
}

/// What is ordered.
#[derive(Args, Debug)]
pub(crate) struct Wanted {
    /// Size, in contracts or units of the underlying as the contract counts
    #[arg(value_parser = quantity, allow_negative_numbers = true)]
    pub(crate) quantity: Quantity,
    /// Market
    #[arg(value_parser = symbol)]
    pub(crate) symbol: String,
    /// Limit; without it the order takes the best prices there are
    #[arg(long, value_name = "PRICE", conflicts_with = "trailing", allow_negative_numbers = true)]
    pub(crate) price: Option<Price>,
    /// Set the symbol's leverage first
    #[arg(long, value_name = "TIMES", value_parser = times, allow_negative_numbers = true)]
    pub(crate) leverage: Option<u16>,
    /// Reduce a position, never open one
    #[arg(long)]
    pub(crate) reduce_only: bool,
    #[command(flatten)]
    pub(crate) mode: ModeArgs,
    #[command(flatten)]
    pub(crate) trigger: TriggerArgs,
    /// Leg of the position in hedge mode
    #[arg(long, value_enum, value_name = "SIDE")]
    pub(crate) position_side: Option<PositionSide>,
    /// How long a limit order stands: gtc until cancelled, ioc what fills at once, fok all at once or nothing, gtx only as maker [default: gtc]
    #[arg(long, value_enum, value_name = "TIME", requires = "price")]
    pub(crate) tif: Option<TimeInForce>,
    /// Your own id of the order, to find it again
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
}

/// The margin mode that is set first.
#[derive(Args, Debug)]
#[group(id = "mode", multiple = false)]
pub(crate) struct ModeArgs {
    /// Set the symbol to isolated margin first
    #[arg(long, group = "mode")]
    isolated: bool,
    #[command(flatten)]
    cross: CrossArg,
}

#[derive(Args, Debug)]
struct CrossArg {
    /// Set the symbol to cross margin first
    #[arg(long, group = "mode")]
    cross: bool,
}

impl ModeArgs {
    /// The margin type as the API calls it.
    pub(crate) fn margin_type(&self) -> Option<&'static str> {
        match (self.isolated, self.cross.cross) {
            (true, _) => Some("ISOLATED"),
            (false, true) => Some("CROSSED"),
            (false, false) => None,
        }
    }
}

/// What wakes a conditional order.
#[derive(Args, Debug)]
#[group(id = "trigger", multiple = false)]
pub(crate) struct TriggerArgs {
    /// Wait until the price has run against you as far as this, then order
    #[arg(long, value_name = "PRICE", group = "trigger", allow_negative_numbers = true)]
    pub(crate) stop: Option<Price>,
    /// Wait until the price has run for you as far as this, then order
    #[arg(long, value_name = "PRICE", group = "trigger", allow_negative_numbers = true)]
    pub(crate) take_profit: Option<Price>,
    /// Wait until the price has come back by so many percent from its best, then order
    #[arg(long, value_name = "PERCENT", group = "trigger", value_parser = percent, allow_negative_numbers = true)]
    pub(crate) trailing: Option<String>,
}

/// A leg in hedge mode.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PositionSide {
    Long,
    Short,
}

impl PositionSide {
    /// As the API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Long => "LONG",
            Self::Short => "SHORT",
        }
    }
}

/// How long a limit order stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TimeInForce {
    Gtc,
    Ioc,
    Fok,
    Gtx,
}

impl TimeInForce {
    /// As the API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Ioc => "IOC",
            Self::Fok => "FOK",
            Self::Gtx => "GTX",
        }
    }
}

/// What is cancelled.
#[derive(Args, Debug)]
pub(crate) struct Cancelled {
    /// Market
    #[arg(value_parser = symbol)]
    pub(crate) symbol: String,
    /// Order id, your own id of the order, or all
    #[arg(value_name = "ID|all")]
    pub(crate) id: String,
    /// A conditional order (stop, take-profit, trailing); with all: these only
    #[arg(long)]
    pub(crate) conditional: bool,
}

/// Which orders are listed.
#[derive(Args, Debug)]
pub(crate) struct Listed {
    /// Market; without it all
    #[arg(value_parser = symbol)]
    pub(crate) symbol: Option<String>,
}

fn quantity(text: &str) -> Result<Quantity, String> {
    let quantity: Quantity = text.parse().map_err(|error: ringfence_risk::decimal::ParseError| error.to_string())?;
    if quantity == Quantity::ZERO { Err(format!("quantity must be greater than 0, got {text}")) } else { Ok(quantity) }
}

/// A whole leverage, with or without a trailing `x`. The server knows the greatest.
pub(crate) fn times(text: &str) -> Result<u16, String> {
    let digits = text.strip_suffix(['x', '×']).unwrap_or(text);
    let number = digits.parse::<u16>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("leverage must be a whole number from 1, got {text}"))
}

fn percent(text: &str) -> Result<String, String> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    let positive = parse_scaled(digits, 8).is_ok_and(|raw| raw > 0);
    if positive { Ok(digits.to_owned()) } else { Err(format!("trailing must be a percentage greater than 0, got {text}")) }
}

impl OrderArgs {
    /// Places, cancels or lists.
    ///
    /// # Errors
    /// [`CliError::Usage`] for a faulty configuration, [`CliError::Failed`] when the server refuses or does not answer.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        let desk = Desk::open(session, &self.whose)?;
        match &self.action {
            Action::Buy(wanted) => place::run(&desk, session, ("BUY", wanted)),
            Action::Sell(wanted) => place::run(&desk, session, ("SELL", wanted)),
            Action::Cancel(cancelled) => cancel::cancel(&desk, cancelled),
            Action::List(listed) => cancel::list(&desk, listed),
        }
    }
}
