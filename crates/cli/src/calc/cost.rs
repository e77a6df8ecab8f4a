//! `calc margin` and `calc max`.

use clap::Args;
use ringfence_risk::explain::{explain_leg, explain_max_open};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::margin::{OpeningOrder, needed_to_open, order_margin};
use ringfence_risk::plan::{Context, LegState, plan_max_open};
use ringfence_risk::position::fill_value;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Side};

use super::PositionArgs;
use crate::error::CliError;
use crate::output::Report;
use crate::setup::{MarketArgs, SideArg};
use crate::values::{self, or_none};

/// What a position must post and keep.
#[derive(Args, Debug)]
pub(crate) struct MarginArgs {
    #[command(flatten)]
    position: PositionArgs,
    /// Mark at which maintenance and open loss are computed [default: the entry price]
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    mark: Option<MarkPrice>,
}

impl MarginArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let opened = self.position.open()?;
        let (setup, position) = (&opened.setup, &opened.position);
        let leg = opened.leg()?;
        let mark = opened.mark(self.mark);
        let mut report = opened.report("Margin");
        let order =
            OpeningOrder { side: position.side, quantity: position.quantity, price: opened.entry, leverage: opened.leverage };
        let (contract, taker, rule) = (&setup.listed.contract, setup.fees.taker, setup.rules.rules.order_cost);
        let cost = order_margin(contract, &order, mark, taker, rule)?;
        report.money("entry_value", "value at entry", position.entry_value);
        report.money("opening_margin", "opening margin", position.opening_margin);
        report.money("open_loss", "open loss against the mark", cost.open_loss);
        report.money("opening_fee", "fee to open", cost.opening_fee);
        report.money("closing_fee", "fee reserved to close", cost.closing_fee);
        let needed = needed_to_open(contract, &order, mark, taker, rule)?;
        report.money("order_cost", "needed to place and fill the order", needed);
        report.fact("mark", "mark", mark);
        report.money("maintenance_margin", "maintenance margin", leg.maintenance_margin(mark)?);
        report.money("margin_balance", "margin balance", leg.margin_balance(mark)?);
        report.fraction("margin_ratio", "maintenance ÷ balance", leg.margin_ratio(mark)?)?;
        report.fact("max_leverage", "greatest leverage at this size", or_none(setup.brackets.max_leverage(position.entry_value)));
        report.money("max_value", "greatest value at this leverage", or_none(setup.brackets.max_value(opened.leverage)));
        if self.position.explain {
            report.explanation(explain_leg(&leg, opened.leverage, mark)?);
        }
        Ok(report)
    }
}

/// The most that can be opened.
#[derive(Args, Debug)]
pub(crate) struct MaxArgs {
    #[command(flatten)]
    market: MarketArgs,
    /// Long or short
    #[arg(long, value_enum, default_value = "long")]
    side: SideArg,
    /// Balance that is free
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    balance: Amount,
    /// Price of the order
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    price: Price,
    /// Leverage (20 or 20x)
    #[arg(long, value_name = "TIMES", value_parser = values::leverage, allow_hyphen_values = true)]
    leverage: Leverage,
    /// Mark price [default: the order's price]
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    mark: Option<MarkPrice>,
    /// Print how the answer came about
    #[arg(long)]
    explain: bool,
}

impl MaxArgs {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let setup = self.market.setup()?;
        if self.balance < Amount::ZERO {
            return Err(CliError::Usage(format!("--balance must not be below 0, got {}", self.balance)));
        }
        setup.check_price(self.price)?;
        let side: Side = self.side.into();
        let order_side = match side {
            Side::Long => OrderSide::Buy,
            Side::Short => OrderSide::Sell,
        };
        let context = Context {
            terms: setup.terms(),
            leg: LegState::flat(self.leverage, self.balance),
            mark: self.mark.unwrap_or(self.price.as_mark()),
        };
        ringfence_risk::plan::check_leverage(&setup.brackets, self.leverage, ringfence_risk::units::Notional::ZERO)?;
        let (quantity, rule) = plan_max_open(&context, &setup.listed.filters, order_side, self.price)?;
        let mut report = Report::settled_in(format!("Largest position: {}", setup.describe()), setup.asset());
        report.fact("side", "side", side);
        report.fact("price", "price", self.price);
        report.times("leverage", "leverage", self.leverage);
        report.money("balance", "balance", self.balance);
        report.fact("max_quantity", "most that can be opened", quantity);
        report.money("value", "worth", fill_value(&setup.listed.contract, quantity, self.price)?);
        report.fact("binding_rule", "limited by", rule);
        if self.explain {
            report.explanation(explain_max_open(quantity, rule, self.balance, self.leverage));
        }
        Ok(report)
    }
}
