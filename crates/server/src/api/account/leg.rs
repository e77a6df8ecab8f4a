//! The figures of a leg, as all documents write them.

use ringfence_engine::query::{LegView, PositionView};
use ringfence_engine::time::Time;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Leverage, Notional, Side};

use crate::api::order::position_side;
use crate::api::text::{Decimal, digits};
use crate::boot::Symbol;

/// A leg of a market at a time.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    pub(super) symbol: &'a Symbol,
    pub(super) view: &'a LegView,
    pub(super) now: Time,
}

/// A figure of a position; zero without one.
fn of(view: &LegView, figure: impl Fn(&PositionView) -> i128) -> i128 {
    view.position.as_ref().map_or(0, figure)
}

/// With the sign of the side: below zero for a short.
const fn signed(side: Side, size: i128) -> i128 {
    match side {
        Side::Long => size,
        Side::Short => size.saturating_neg(),
    }
}

impl Leg<'_> {
    pub(super) fn side(&self) -> &'static str {
        position_side(self.view.side)
    }

    pub(super) fn amount(&self) -> Decimal {
        let amount = of(self.view, |position| signed(position.side, position.quantity.wide()));
        Decimal::new(amount, digits(self.symbol.quantity_precision))
    }

    pub(super) fn notional(&self) -> Decimal {
        Decimal::money(of(self.view, |position| signed(position.side, position.notional.wide())))
    }

    pub(super) fn entry_price(&self) -> Decimal {
        Decimal::new(of(self.view, |position| position.entry_price.wide()), 1)
    }

    pub(super) fn break_even_price(&self) -> Decimal {
        let price = self.view.position.and_then(|position| position.break_even_price);
        price.map_or(Decimal::new(0, 1), |price| Decimal::ratio(price, 1))
    }

    /// As the rule set prints it; where only a mark is known, that mark; zero where nothing liquidates.
    pub(super) fn liquidation_price(&self) -> Decimal {
        let zero = Decimal::new(0, 0);
        let Some(position) = self.view.position else { return zero };
        let shown = position.liquidation.printed.or(position.liquidation.exact).filter(|price| price.numerator() > 0);
        let mark = || position.liquidation_price().map(|mark| Decimal::new(mark.wide(), 0));
        shown.map(|price| Decimal::ratio(price, 0)).or_else(mark).unwrap_or(zero)
    }

    pub(super) fn unrealised(&self) -> Decimal {
        Decimal::money(of(self.view, |position| position.unrealised_pnl.wide()))
    }

    pub(super) const fn is_isolated(&self) -> bool {
        matches!(self.view.margin_mode, MarginMode::Isolated)
    }

    /// What is left of its box at the mark; zero on cross.
    pub(super) fn isolated_margin(&self) -> Decimal {
        let balance = of(self.view, |position| position.margin_balance.wide());
        Decimal::money(if self.is_isolated() { balance } else { 0 })
    }

    pub(super) fn isolated_wallet(&self) -> Decimal {
        Decimal::money(of(self.view, |position| position.margin.wide()))
    }

    pub(super) fn initial_margin(&self) -> Decimal {
        Decimal::money(self.view.initial_margin.wide())
    }

    pub(super) fn position_initial_margin(&self) -> Decimal {
        Decimal::money(of(self.view, |position| position.initial_margin.wide()))
    }

    pub(super) fn order_margin(&self) -> Decimal {
        Decimal::money(self.view.order_margin.wide())
    }

    pub(super) fn maintenance_margin(&self) -> Decimal {
        Decimal::money(of(self.view, |position| position.maintenance_margin.wide()))
    }

    pub(super) fn leverage(&self) -> String {
        self.view.leverage.to_string()
    }

    pub(super) fn max_notional(&self) -> Decimal {
        cap(self.view.max_notional)
    }

    pub(super) const fn bids(&self) -> Decimal {
        Decimal::new(self.view.buys.raw(), 0)
    }

    pub(super) const fn asks(&self) -> Decimal {
        Decimal::new(self.view.sells.raw(), 0)
    }

    /// Whether there is a position or an order on it.
    pub(super) const fn is_used(&self) -> bool {
        self.view.position.is_some() || self.view.has_orders
    }

    pub(super) fn update_time(&self) -> u64 {
        if self.is_used() { self.now.ms() } else { 0 }
    }

    /// From 0 (last) to 4 (next) in the queue of those who would be deleveraged.
    pub(super) fn queue_place(&self) -> u8 {
        self.view.position.map_or(0, |position| position.adl_indicator.saturating_sub(1))
    }
}

/// A greatest value, without needless digits.
pub(super) const fn cap(value: Notional) -> Decimal {
    Decimal::new(value.raw(), 0)
}

/// A leverage as a whole number, as the API has it; a fraction is cut.
pub(super) fn whole(leverage: Leverage) -> i64 {
    leverage.raw().checked_div(Leverage::ONE.raw()).unwrap_or_default()
}
