//! The steps of one liquidation, in the order of the rule set, and its orders against the book.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, mul, mul_div};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Notional};

use super::case::{Case, Charge, Closed, Holder, sure};
use crate::book::{AccountId, Lots, SelfTrade, Taker, Ticks};
use crate::engine::Run;
use crate::event::{Event, LiquidationStart};

use crate::handle::TakerName;
use crate::state::{State, broken};

impl Run<'_> {
    /// One liquidation from beginning to end.
    pub(super) fn take_steps(&mut self, case: &Case) {
        let case = &Case { budget: self.state.budget(case.market), ..*case };
        self.start(case);
        let steps = self.state.known(case.market).listing().rules.liquidation_steps.clone();
        for step in steps {
            if self.take_step(case, step) == Next::Enough {
                break;
            }
        }
        // A rule set may end without a last resort; a loss may not stay open.
        for step in [LiquidationStep::AutoDeleverage, LiquidationStep::SocialiseLoss] {
            if self.state.is_due(case) {
                self.take_step(case, step);
            }
        }
        if self.state.is_due(case) {
            broken("a liquidation that closed too little");
        }
        let (market, account, side) = (case.market, case.holder.account(), case.side);
        self.emit(Event::LiquidationEnded { market, account, side });
    }

    pub(super) fn start(&mut self, case: &Case) {
        let Some(position) = self.state.position_of(case) else { broken("a liquidation of nothing") };
        let (margin_mode, margin_balance, maintenance_margin) = self.state.figures(case, &position);
        let start = LiquidationStart {
            market: case.market,
            account: case.holder.account(),
            side: case.side,
            margin_mode,
            mark: case.mark,
            margin_balance,
            maintenance_margin,
            position,
        };
        self.emit(Event::LiquidationStarted(start));
    }

    /// Takes a step, and tells if it did something.
    pub(super) fn take_step(&mut self, case: &Case, step: LiquidationStep) -> Next {
        if self.state.position_of(case).is_none() {
            return Next::Enough;
        }
        let (mut ended, mut closed) = (0, Closed::NONE);
        match step {
            LiquidationStep::CancelOrders => ended = self.cancel_orders(case),
            LiquidationStep::StepDownBracket => closed = self.step_down(case),
            LiquidationStep::ImmediateOrder => closed = self.trade_all(case),
            LiquidationStep::InsuranceTakeover => closed = self.take_over(case),
            LiquidationStep::AutoDeleverage => closed = self.deleverage(case),
            LiquidationStep::SocialiseLoss => closed = self.socialise(case),
        }
        if ended > 0 || closed.lots > Lots::ZERO {
            let (market, account, side) = (case.market, case.holder.account(), case.side);
            let Closed { lots, value } = closed;
            self.emit(Event::LiquidationStepTaken { market, account, side, step, lots, value });
        }
        let may_be_enough =
            matches!(step, LiquidationStep::CancelOrders | LiquidationStep::StepDownBracket | LiquidationStep::ImmediateOrder);
        if may_be_enough && !self.state.is_due(case) { Next::Enough } else { Next::GoOn }
    }

    fn cancel_orders(&mut self, case: &Case) -> u32 {
        match case.holder {
            Holder::Boxed(account) => self.end_of_mode(case.market, account, MarginMode::Isolated),
            Holder::Pooled(account) => self.end_pool_orders(account, self.state.known(case.market).asset()),
            Holder::Fund => 0,
        }
    }

    /// Bracket by bracket: sells just enough to be judged by a lower one, as long as that does not do and somebody buys.
    fn step_down(&mut self, case: &Case) -> Closed {
        let mut all = Closed::NONE;
        while self.state.is_due(case) {
            let (Some(lots), Some(limit)) = (self.state.lots_above_bracket(case), self.state.bankruptcy_limit(case)) else {
                break;
            };
            let closed = self.trade(case, (lots, limit), Charge::Fee);
            if closed.lots == Lots::ZERO {
                break;
            }
            all = all.and(closed.lots, closed.value);
        }
        all
    }

    /// One immediate order for everything, at no price beyond bankruptcy.
    fn trade_all(&mut self, case: &Case) -> Closed {
        match self.state.bankruptcy_limit(case) {
            Some(limit) => self.trade(case, (self.state.lots_of(case), limit), Charge::Fee),
            None => Closed::NONE,
        }
    }

    /// An immediate order: trades with who is in the book until it is filled, nobody is left, or a fill would cost more than there is.
    pub(super) fn trade(&mut self, case: &Case, (lots, limit): (Lots, Ticks), charge: Charge) -> Closed {
        let account = case.holder.account();
        let nobody = AccountId(u32::MAX);
        let self_trade = SelfTrade::ExpireMaker;
        let mut taker = Taker { account: account.unwrap_or(nobody), side: case.closes(), limit, lots, self_trade };
        let mut all = Closed::NONE;
        while taker.lots > Lots::ZERO {
            let Ok(trade) = self.next_trade(case.market, &taker) else { break };
            if !self.state.affords(case, trade.lots, trade.value) {
                break;
            }
            self.commit_maker(case.market, &trade, TakerName { order: None, account, fee: Amount::ZERO });
            self.close(case, Closed { lots: trade.lots, value: trade.value }, charge);
            all = all.and(trade.lots, trade.value);
            taker.lots = Lots::new(taker.lots.raw().saturating_sub(trade.lots.raw()));
        }
        all
    }
}

/// Whether a liquidation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    /// Nothing is left, or the rest is safe.
    Enough,
}

impl State {
    /// Margin balance and requirement, of whoever is judged.
    fn figures(&self, case: &Case, position: &Position) -> (MarginMode, Amount, Amount) {
        let market = self.known(case.market);
        match case.holder {
            Holder::Boxed(_) => {
                let balance =
                    position.margin().and_then(|margin| margin.plus(position.unrealised_pnl(market.contract(), case.mark)?));
                let needed = market.terms().maintenance_margin(position, case.mark);
                (MarginMode::Isolated, sure(balance), sure(needed))
            }
            Holder::Pooled(account) => self.with_pool(account, market.asset(), |pool| {
                (MarginMode::Cross, sure(pool.equity()), sure(pool.maintenance_margin()))
            }),
            Holder::Fund => (MarginMode::Isolated, self.fund_equity(case, position), Amount::ZERO),
        }
    }

    /// Whether a fill leaves nobody with less than nothing: roundings can, right at the bankruptcy price.
    fn affords(&self, case: &Case, lots: Lots, value: Notional) -> bool {
        let part = self.part(case, lots, value);
        match case.holder {
            Holder::Boxed(_) | Holder::Pooled(_) => part.proceeds >= Amount::ZERO,
            Holder::Fund => self.fund_money(case).plus(part.realised).is_ok_and(|left| left >= Amount::ZERO),
        }
    }

    /// The worst price at which closing everything loses no more than there is; `None` where no price does.
    fn bankruptcy_limit(&self, case: &Case) -> Option<Ticks> {
        let market = self.known(case.market);
        let position = self.position_of(case)?;
        let value = self.exact_bankruptcy_value(case, self.lots_of(case));
        if value <= 0 {
            // Even a value of nothing leaves something, or nothing does.
            let is_any = market.contract().value_sign(case.side) > 0;
            return is_any.then_some(match case.closes() {
                OrderSide::Sell => Ticks::LEAST,
                OrderSide::Buy => Ticks::GREATEST,
            });
        }
        let exposure = market.contract().exposure(position.quantity).ok()?;
        let price = market.contract().price_of_value(exposure, Ratio::whole(value)).ok()??;
        self.limit_at(case, price)
    }

    /// The tick that is no worse than this price for an order that closes the leg.
    pub(super) fn limit_at(&self, case: &Case, price: Ratio) -> Option<Ticks> {
        let tick = self.known(case.market).contract().spec().tick.wide();
        let rounding = match case.closes() {
            OrderSide::Sell => Rounding::Ceiling,
            OrderSide::Buy => Rounding::Floor,
        };
        let ticks = price.on_grid(tick, rounding).ok()?.checked_div(tick)?;
        match (case.closes(), u32::try_from(ticks)) {
            (OrderSide::Sell, Ok(ticks)) => Ticks::new(ticks.max(1)),
            (OrderSide::Buy, Ok(ticks)) => Ticks::new(ticks),
            (OrderSide::Buy, Err(_)) if ticks > 0 => Some(Ticks::GREATEST),
            (OrderSide::Sell | OrderSide::Buy, Err(_)) => None,
        }
    }

    /// How much has to go for the leg's value to fit the bracket below; `None` where there is none below.
    fn lots_above_bracket(&self, case: &Case) -> Option<Lots> {
        self.above_bracket(case).unwrap_or(None)
    }

    fn above_bracket(&self, case: &Case) -> Result<Option<Lots>, OutOfRange> {
        let market = self.known(case.market);
        let Some(position) = self.position_of(case) else { return Ok(None) };
        let value = market.contract().mark_value(market.contract().exposure(position.quantity)?, case.mark)?;
        let table = &market.listing().brackets;
        let present = table.index_of(Notional::from_wide(value.rounded(Rounding::Ceiling)?)?);
        let Some(below) = present.checked_sub(1).and_then(|below| table.brackets().get(below)) else { return Ok(None) };
        let lots = market.lots(position.quantity).raw();
        let fits = mul_div(lots.into(), mul(below.cap.raw(), value.denominator())?, value.numerator(), Rounding::Floor)?;
        let excess = lots.saturating_sub(u64::try_from(fits).unwrap_or(lots));
        Ok(Some(Lots::new(excess)).filter(|excess| *excess > Lots::ZERO))
    }
}
