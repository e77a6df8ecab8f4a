//! What the insurance fund took over: traded away near the mark, or deleveraged when it has lost more than the fund holds.

use ringfence_risk::arithmetic::{SCALE, add, mul, sub};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::LiquidationStep;

use super::budget::Budget;
use super::case::{Case, Charge, Holder};
use crate::book::{Lots, Ticks};
use crate::engine::Run;
use crate::event::Event;

use crate::ids::MarketId;
use crate::state::{State, broken};

impl Run<'_> {
    /// Answers whether anything was closed.
    pub(super) fn tend_fund(&mut self, market: MarketId) -> bool {
        let known = self.state.known(market);
        let (Some(position), Some(mark)) = (known.fund, known.mark()) else { return false };
        let case = Case { market, holder: Holder::Fund, side: position.side, mark, budget: Budget::Hour };
        if self.state.is_due(&case) {
            self.wind_up(&case);
            return true;
        }
        let Some(limit) = self.state.unwind_limit(&case) else { return false };
        let lots = self.state.lots_of(&case);
        self.trade(&case, (lots, limit), Charge::Nothing).lots > Lots::ZERO
    }

    /// The fund is bankrupt at the mark: its position goes the way of any other.
    fn wind_up(&mut self, case: &Case) {
        let case = &Case { budget: self.state.budget(case.market), ..*case };
        self.start(case);
        self.take_step(case, LiquidationStep::AutoDeleverage);
        self.take_step(case, LiquidationStep::SocialiseLoss);
        if self.state.position_of(case).is_some() {
            broken("a fund that stays bankrupt");
        }
        self.emit(Event::LiquidationEnded { market: case.market, account: None, side: case.side });
    }
}

impl State {
    /// How far from the mark the fund trades: the market's band, put on the tick so that it is no wider.
    fn unwind_limit(&self, case: &Case) -> Option<Ticks> {
        let band = self.known(case.market).listing().caps.unwind_band.wide();
        let factor = match case.closes() {
            OrderSide::Sell => sub(SCALE, band),
            OrderSide::Buy => add(SCALE, band),
        };
        let price = Ratio::new(mul(case.mark.wide(), factor.ok()?).ok()?, SCALE).ok()?;
        self.limit_at(case, price)
    }
}
