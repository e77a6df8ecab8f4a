//! Everything an order must satisfy before it is taken in.

use ringfence_risk::arithmetic::{Rounding, mul_div};
use ringfence_risk::fee::fee;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::hold::HeldOrders;
use ringfence_risk::margin::{OrderSum, closing_fee_at_bankruptcy, initial_margin};
use ringfence_risk::plan::{Fill, Liquidity, MarginMode, OrderIntent, PositionMode, plan_fill};
use ringfence_risk::position::FillParts;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::OrderCost;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Side};

use super::place::{Crosses, Rest, Walk, rest_of};
use crate::book::{AccountId, Lots, Taker, Ticks};
use crate::command::{Lifetime, MarketState, NewOrder, OrderKind, PositionSide, Purpose, Trigger, Triggered};
use crate::conditional::{Callback, WatchedPrice};
use crate::engine::Run;
use crate::event::OrderEnd;
use crate::reject::{Field, Limited, Reject};
use crate::state::{Market, Participant, PerSide, PoolChange, closes_leg, condition, hold_with};

/// An order that may be taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    pub(crate) lots: Lots,
    pub(crate) price: Ticks,
    pub(crate) crosses: Crosses,
    pub(crate) rest: Rest,
    /// What an order that opens costs its account.
    pub(crate) cost: Option<OpeningCost>,
}

/// What an order that opens costs its account while it rests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpeningCost {
    /// What it would lose at once against the mark.
    pub(crate) open_loss: Amount,
    /// How much more all orders of the account in the market hold with it than now.
    pub(crate) extra_hold: Amount,
}

/// What an order would open, as far as it does not close.
#[derive(Clone, Copy, Debug)]
struct Opening {
    lots: Lots,
    value: Notional,
    /// What it would lose at once against the mark.
    loss: Amount,
}

impl Market {
    /// Of a limit order that takes nothing at once.
    #[inline(always)]
    fn opening_at_rest(&self, wanted: &Wanted) -> Result<Opening, Reject> {
        let Wanted { side, lots, price, .. } = *wanted;
        Ok(Opening { lots, value: self.value(price, lots)?, loss: self.open_loss(side, price, lots)? })
    }

    /// Of any other: all of it, as venues ask, whether or not it finds enough to take. What a market order does not find counts at the mark.
    #[inline(never)]
    fn opening_with(&self, wanted: &Wanted, walk: Walk) -> Result<Opening, Reject> {
        let left = Lots::new(wanted.lots.raw().saturating_sub(walk.lots.raw()));
        let rest = match (wanted.pricing, self.mark()) {
            (Pricing::Market, Some(mark)) => self.contract().value_at_mark(self.quantity(left), mark)?,
            (Pricing::Limit, _) | (Pricing::Market, None) => self.value(wanted.price, left)?,
        };
        let (lots, value) = (wanted.lots, walk.value.plus(rest)?);
        Ok(Opening { lots, value, loss: self.loss_of(wanted.side, value, lots)? })
    }
}

/// Whether an order names its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pricing {
    /// It does.
    Limit,
    /// It takes the best there is.
    Market,
}

/// An order on its way through the checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) account: AccountId,
    pub(crate) side: OrderSide,
    pub(crate) position_side: PositionSide,
    /// Whether it may open.
    pub(crate) intent: OrderIntent,
    pub(crate) pricing: Pricing,
    pub(crate) lots: Lots,
    pub(crate) price: Ticks,
    pub(crate) lifetime: Lifetime,
    pub(crate) self_trade: crate::book::SelfTrade,
}

/// An account in a market as an order finds it: without itself, where it rests already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) participant: &'a Participant,
    /// Its resting orders of the same side that may open.
    pub(crate) held: HeldOrders,
    pub(crate) reducing: PerSide<Lots>,
}

impl<'a> Standing<'a> {
    /// Of a participant that sends a new order of this side.
    #[inline]
    pub(crate) const fn of(participant: &'a Participant, side: OrderSide) -> Self {
        Self { participant, held: participant.held.of(side.opens()), reducing: participant.reducing() }
    }
}

impl Run<'_> {
    /// Checks an order in the order that [`Run::place`] documents.
    #[inline]
    pub(super) fn check_order(&self, order: &NewOrder) -> Result<Checked, Reject> {
        let market = self.market(order.market)?;
        let newcomer;
        let participant = if let Some(participant) = market.participant(order.account) {
            participant
        } else {
            newcomer = market.newcomer(order.account);
            &newcomer
        };
        self.check_limits(market, participant, order)?;
        let intent = intent_of(order);
        self.check_state(market, intent, &order.kind)?;
        check_position_side(self.position_mode(order.account), order)?;
        let (price, lifetime) = match order.kind {
            OrderKind::Limit { price, lifetime } => (Ticks::from_price(market.contract(), price)?, lifetime),
            OrderKind::Market => (market.worst_price(order.side)?, Lifetime::ImmediateOrCancel),
            OrderKind::Conditional { watched, trigger, then } => {
                return self.check_conditional(market, order, (watched, trigger, then));
            }
        };
        if let Lifetime::GoodTillDate(until) = lifetime {
            check_until(until, self.state.clock())?;
        }
        let lots = Lots::from_quantity(market.contract(), order.quantity)?;
        let wanted = Wanted {
            account: order.account,
            side: order.side,
            position_side: order.position_side,
            intent,
            pricing: if matches!(order.kind, OrderKind::Market) { Pricing::Market } else { Pricing::Limit },
            lots,
            price,
            lifetime,
            self_trade: order.self_trade,
        };
        market.check_filters(&wanted)?;
        self.check_wanted(market, &Standing::of(participant, order.side), &wanted)
    }

    /// The account in the market, or what it would be.
    pub(crate) fn participant(&self, market: &Market, account: AccountId) -> Participant {
        market.participant(account).cloned().unwrap_or_else(|| market.newcomer(account))
    }

    fn check_limits(&self, market: &Market, participant: &Participant, order: &NewOrder) -> Result<(), Reject> {
        let limits = self.state.limits();
        let reached = |what, limit: u32| Err(Reject::LimitReached { what, limit: limit.into() });
        if participant.orders() >= limits.orders_per_account {
            return reached(Limited::OrdersOfAccount, limits.orders_per_account);
        }
        if market.orders.live >= limits.orders {
            return reached(Limited::Orders, limits.orders);
        }
        if matches!(order.kind, OrderKind::Conditional { .. }) {
            if participant.waiting >= limits.conditionals_per_account {
                return reached(Limited::WaitingOfAccount, limits.conditionals_per_account);
            }
            if market.conditionals.len() >= usize::try_from(limits.conditionals).unwrap_or(usize::MAX) {
                return reached(Limited::Waiting, limits.conditionals);
            }
        }
        Ok(())
    }

    /// What the market's state and mark let through.
    pub(crate) fn check_state(&self, market: &Market, intent: OrderIntent, kind: &OrderKind) -> Result<(), Reject> {
        let closes = intent == OrderIntent::ReduceOnly;
        let not = |what| Err(Reject::MarketNot { state: market.state(), what });
        let acts = !matches!(kind, OrderKind::Conditional { .. });
        match market.state() {
            MarketState::Open => {}
            MarketState::PostOnly => {
                let rests = matches!(kind, OrderKind::Limit { lifetime: Lifetime::PostOnly, .. });
                if acts && !closes && !rests {
                    return not("an order that opens at once");
                }
            }
            MarketState::ReduceOnly if closes => {}
            MarketState::ReduceOnly => return not("an order that opens"),
            MarketState::CancelOnly | MarketState::Halted | MarketState::Settled => return not("an order"),
        }
        let since = market.prices.guard.accepted.as_ref().map(|accepted| accepted.at);
        if market.mark().is_none() || (!closes && market.prices.guard.is_stale(self.state.clock())) {
            return Err(Reject::NoMark { since });
        }
        Ok(())
    }

    /// What an order takes, and whether its account can carry it.
    #[inline]
    pub(crate) fn check_wanted(&self, market: &Market, standing: &Standing<'_>, wanted: &Wanted) -> Result<Checked, Reject> {
        let best = market.crossed(wanted.side, wanted.price);
        let fitting;
        let wanted = if wanted.intent == OrderIntent::ReduceOnly {
            fitting = Wanted { lots: reducible_lots(market, standing, wanted, best)?, ..*wanted };
            &fitting
        } else {
            wanted
        };
        let walk = match best {
            Some(best) if wanted.lifetime == Lifetime::PostOnly => {
                return Err(Reject::WouldTake { best: best.to_price(market.contract())? });
            }
            Some(_) => {
                let Wanted { account, side, price: limit, lots, self_trade, .. } = *wanted;
                market.walk(&Taker { account, side, limit, lots, self_trade })?
            }
            None if wanted.pricing == Pricing::Market => return Err(Reject::NoLiquidity),
            None => Walk { lots: Lots::ZERO, value: Notional::ZERO },
        };
        if wanted.lifetime == Lifetime::FillOrKill && (walk.lots < wanted.lots || !self.fills_whole(market, wanted)) {
            // Accepted and gone: nothing of it may fill.
            return Ok(Checked {
                lots: wanted.lots,
                price: wanted.price,
                crosses: Crosses::No,
                rest: Rest::Expire(OrderEnd::FillOrKill),
                cost: None,
            });
        }
        let cost = match wanted.intent {
            OrderIntent::Any => Some(self.check_opening(market, standing, wanted, walk)?),
            OrderIntent::ReduceOnly => None,
        };
        let crosses = if best.is_some() { Crosses::Yes } else { Crosses::No };
        Ok(Checked { lots: wanted.lots, price: wanted.price, crosses, rest: rest_of(wanted.lifetime), cost })
    }

    /// Brackets, open interest, balance, and life at the mark after what is taken at once.
    fn check_opening(
        &self,
        market: &Market,
        standing: &Standing<'_>,
        wanted: &Wanted,
        walk: Walk,
    ) -> Result<OpeningCost, Reject> {
        let participant = standing.participant;
        let Opening { lots, value, loss } = match wanted.pricing {
            Pricing::Limit if walk.lots == Lots::ZERO => market.opening_at_rest(wanted)?,
            Pricing::Limit | Pricing::Market => market.opening_with(wanted, walk)?,
        };
        let mode = self.position_mode(wanted.account);
        let opens = wanted.side.opens();
        let HeldOrders { sum, open_loss } = standing.held;
        let sum = OrderSum { quantity: sum.quantity.plus(market.quantity(lots))?, value: sum.value.plus(value)? };
        let own = HeldOrders { sum, open_loss: open_loss.plus(loss)? };
        let leverage = participant.leverage().of(opens);
        let opening = opening_value(participant, &own.sum, opens, mode)?;
        market.check_caps(participant, opens, leverage, opening)?;
        let mut held = participant.held.each_ref();
        *held.of_mut(opens) = &own;
        let hold = hold_with(market, held, participant.positions(), participant, mode)?;
        let extra_hold = hold.minus(participant.hold())?;
        let needed = extra_hold.plus(closing_fee(market, wanted, value, leverage)?)?;
        let available = self.funds(market, participant, wanted, walk)?;
        if needed > available {
            return Err(Refusal::InsufficientBalance { needed, available }.into());
        }
        if walk.lots > Lots::ZERO {
            self.check_life(market, participant, wanted, walk)?;
        }
        Ok(OpeningCost { open_loss: loss, extra_hold })
    }

    /// What the account has for what the order opens: with what closing the opposite position at once brings, where it takes enough for that.
    #[inline(always)]
    fn funds(&self, market: &Market, participant: &Participant, wanted: &Wanted, walk: Walk) -> Result<Amount, Reject> {
        if walk.lots == Lots::ZERO {
            return Ok(self.state.available(wanted.account, market.asset())?);
        }
        self.funds_after(market, participant, wanted, walk)
    }

    /// [`funds`](Self::funds) of an order that takes something at once.
    #[inline(never)]
    fn funds_after(&self, market: &Market, participant: &Participant, wanted: &Wanted, walk: Walk) -> Result<Amount, Reject> {
        let (account, asset) = (wanted.account, market.asset());
        let opens = wanted.side.opens();
        let against = participant.positions().of(opens.opposite());
        let (Some(position), PositionMode::OneWay) = (against, self.position_mode(account)) else {
            return Ok(self.state.available(account, asset)?);
        };
        let closing = position.quantity.min(market.quantity(walk.lots));
        let whole = i128::from(walk.lots.raw());
        let share = mul_div(walk.value.raw(), market.lots(closing).raw().into(), whole, Rounding::HalfEven)?;
        let reduction = ringfence_risk::position::reduce(market.contract(), &position, closing, Notional::from_wide(share)?)?;
        let free = reduction.to_wallet()?;
        let change = match participant.margin_mode(opens) {
            MarginMode::Isolated => PoolChange { free: free.or_zero(), ..PoolChange::NONE },
            MarginMode::Cross => {
                let mut positions = *participant.positions();
                *positions.of_mut(opens.opposite()) = reduction.remaining;
                PoolChange { market: Some(market.id()), positions, hold: participant.hold(), leverage: None, free }
            }
        };
        let spare = self.state.with_changed_pool(account, asset, &change, |pool| pool.spare())?;
        Ok(spare.min(self.state.free(account, asset).plus(change.free)?))
    }

    /// Whether the isolated position that would be opened at once lives at the mark.
    fn check_life(&self, market: &Market, participant: &Participant, wanted: &Wanted, walk: Walk) -> Result<(), Reject> {
        let mode = self.position_mode(wanted.account);
        let opens = wanted.side.opens();
        let against = match mode {
            PositionMode::OneWay => {
                participant.positions().of(opens.opposite()).map_or(Quantity::ZERO, |position| position.quantity)
            }
            PositionMode::Hedge => Quantity::ZERO,
        };
        let taken = market.quantity(walk.lots);
        if taken <= against || participant.margin_mode(opens) == MarginMode::Cross {
            return Ok(());
        }
        let opening = taken.minus(against)?;
        let value = mul_div(walk.value.raw(), opening.wide(), taken.wide(), Rounding::HalfEven)?;
        let fill = Fill {
            side: wanted.side,
            parts: FillParts { closing: Quantity::ZERO, opening },
            closing_value: Notional::ZERO,
            opening_value: Notional::from_wide(value)?,
            leverage: participant.leverage().of(opens),
            margin_mode: participant.margin_mode(opens),
            liquidity: Liquidity::Taker,
        };
        let plan = plan_fill(market.contract(), &market.listing().fees, &fill, None, participant.positions().of(opens))?;
        if self.state.lives(market, plan.opened.as_ref())? {
            return Ok(());
        }
        Err(Refusal::WouldLiquidate { mark: market.mark().unwrap_or(MarkPrice::LEAST) }.into())
    }

    /// A waiting order holds nothing: it is checked again when it is set off.
    fn check_conditional(
        &self,
        market: &Market,
        order: &NewOrder,
        (watched, trigger, then): (WatchedPrice, Trigger, Triggered),
    ) -> Result<Checked, Reject> {
        let now = match watched {
            WatchedPrice::Mark => market.mark().map(MarkPrice::as_price),
            WatchedPrice::Last => market.last(),
        };
        match trigger {
            Trigger::Stop(price) | Trigger::TakeProfit(price) => {
                Ticks::from_price(market.contract(), price)?;
                if let Some(now) = now
                    && condition(order.side, trigger).is_met(now)
                {
                    return Err(Reject::WouldTriggerAtOnce { trigger: price, price: now });
                }
            }
            Trigger::Trailing { callback, activation } => {
                Callback::new(callback)
                    .map_err(|_| Reject::Invalid { field: Field::Callback, why: "must be between 0.1 % and 10 %" })?;
                if let Some(activation) = activation {
                    Ticks::from_price(market.contract(), activation)?;
                }
            }
        }
        let price = match then {
            Triggered::Market => Ticks::LEAST,
            Triggered::Limit { price, lifetime } => {
                if let Lifetime::GoodTillDate(until) = lifetime {
                    check_until(until, self.state.clock())?;
                }
                Ticks::from_price(market.contract(), price)?
            }
        };
        let lots = Lots::from_quantity(market.contract(), order.quantity)?;
        match order.purpose {
            Purpose::ClosePosition if lots != Lots::ZERO => {
                return Err(Reject::Invalid {
                    field: Field::QuantityOfClose,
                    why: "must be 0 for an order that closes the whole position",
                });
            }
            Purpose::ClosePosition => {}
            Purpose::Any | Purpose::ReduceOnly => market.check_quantity(order.quantity, intent_of(order))?,
        }
        Ok(Checked { lots, price, crosses: Crosses::No, rest: Rest::Book, cost: None })
    }
}

/// Whether an order may open.
pub(crate) const fn intent_of(order: &NewOrder) -> OrderIntent {
    match order.purpose {
        Purpose::ReduceOnly | Purpose::ClosePosition => OrderIntent::ReduceOnly,
        Purpose::Any if closes_leg(order.side, order.position_side) => OrderIntent::ReduceOnly,
        Purpose::Any => OrderIntent::Any,
    }
}

/// One-way orders name no leg, hedge orders must; only a waiting order closes a position of any size.
fn check_position_side(mode: PositionMode, order: &NewOrder) -> Result<(), Reject> {
    match (mode, order.position_side) {
        (PositionMode::OneWay, PositionSide::Both) | (PositionMode::Hedge, PositionSide::Long | PositionSide::Short) => {}
        (PositionMode::OneWay, PositionSide::Long | PositionSide::Short) => {
            return Err(Reject::WrongPositionSide { expected: "both in one-way mode" });
        }
        (PositionMode::Hedge, PositionSide::Both) => {
            return Err(Reject::WrongPositionSide { expected: "long or short in hedge mode" });
        }
    }
    let waits = matches!(order.kind, OrderKind::Conditional { .. });
    if order.purpose == Purpose::ClosePosition && !waits {
        return Err(Reject::Invalid { field: Field::Purpose, why: "closing the whole position needs a trigger" });
    }
    let opens_leg = order.position_side != PositionSide::Both && !closes_leg(order.side, order.position_side);
    if order.purpose != Purpose::Any && opens_leg {
        return Err(Refusal::WouldOpen { excess: order.quantity }.into());
    }
    Ok(())
}

fn check_until(until: crate::time::Time, now: crate::time::Time) -> Result<(), Reject> {
    if until > now { Ok(()) } else { Err(Reject::Invalid { field: Field::GoodTillDate, why: "must be later than now" }) }
}

/// What of a closing order there is to close: all of it, or what the position and the orders that reduce it already leave.
///
/// One that trades at once comes before those that rest, which shrink with the position: a stop closes although a take-profit rests.
fn reducible_lots(market: &Market, standing: &Standing<'_>, wanted: &Wanted, best: Option<Ticks>) -> Result<Lots, Reject> {
    let leg = wanted.side.opens().opposite();
    let held = standing.participant.positions().of(leg).map_or(0, |position| market.lots(position.quantity).raw());
    let resting = if best.is_some() { 0 } else { standing.reducing.of(leg).raw() };
    let room = Lots::new(held.saturating_sub(resting));
    if room == Lots::ZERO {
        return Err(Refusal::WouldOpen { excess: market.quantity(wanted.lots) }.into());
    }
    Ok(wanted.lots.min(room))
}

/// The value of the orders that would open on a side.
pub(crate) fn opening_value(
    participant: &Participant,
    sum: &OrderSum,
    opens: Side,
    mode: PositionMode,
) -> Result<Notional, Reject> {
    let closed_first = match mode {
        PositionMode::OneWay => participant.positions().of(opens.opposite()).map_or(Quantity::ZERO, |position| position.quantity),
        PositionMode::Hedge => Quantity::ZERO,
    };
    Ok(if closed_first == Quantity::ZERO { sum.value } else { sum.beyond(closed_first)? })
}

/// What an order must find available beyond what is held for it: the fee for closing, where the rule set asks for one.
#[inline(always)]
fn closing_fee(market: &Market, wanted: &Wanted, value: Notional, leverage: Leverage) -> Result<Amount, Reject> {
    let terms = market.terms();
    Ok(match terms.rules.order_cost {
        OrderCost::OpenLoss | OrderCost::OpenLossAndFee => Amount::ZERO,
        OrderCost::TwoWayFee => {
            let margin = initial_margin(value, leverage)?;
            closing_fee_at_bankruptcy(terms.contract, wanted.side.opens(), value, margin, terms.fees.taker)?
        }
        OrderCost::FeeTwice => fee(value, terms.fees.taker)?,
    })
}
