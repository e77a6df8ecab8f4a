//! What a fill does to one of its two parties: the same for makers, takers and liquidations.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::hold::HeldOrders;
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::{Fill, FillPlan, Liquidity, MarginMode, OrderIntent, PositionMode, plan_fill};

use ringfence_risk::position::{FillParts, Position};
use ringfence_risk::units::{Amount, Notional, Quantity, Side};

use super::validate::Wanted;
use crate::book::{AccountId, Lots, Ticks};
use crate::command::PositionSide;
use crate::engine::Run;
use crate::event::{Event, LedgerAccount, OrderEnd, Reason};
use crate::ids::{MarketId, OrderId};
use crate::state::{
    Market, OrderRecord, OrderStatus, Participant, PerSide, PoolChange, State, broken, closes_leg, hold_with, isolated_hold,
};

/// A fill as one party meets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FillRequest {
    pub(crate) market: MarketId,
    pub(crate) account: AccountId,
    pub(crate) side: OrderSide,
    pub(crate) position_side: PositionSide,
    /// Whether it may only close.
    pub(crate) closes_only: bool,
    pub(crate) lots: Lots,
    pub(crate) price: Ticks,
    /// The value of the whole fill: the same for both parties.
    pub(crate) value: Notional,
    pub(crate) liquidity: Liquidity,
    /// The resting order that is filled, if it is one.
    pub(crate) resting: Option<OrderId>,
}

impl FillRequest {
    /// A fill of an order that takes.
    pub(crate) fn taker(market: MarketId, wanted: &Wanted, fill: (Ticks, Lots, Notional)) -> Self {
        let (price, lots, value) = fill;
        Self {
            market,
            account: wanted.account,
            side: wanted.side,
            position_side: wanted.position_side,
            closes_only: wanted.intent == OrderIntent::ReduceOnly,
            lots,
            price,
            value,
            liquidity: Liquidity::Taker,
            resting: None,
        }
    }

    /// A fill of a resting order.
    #[inline]
    pub(crate) const fn maker(market: MarketId, account: AccountId, order: &OrderRecord, fill: (Ticks, Lots, Notional)) -> Self {
        let (price, lots, value) = fill;
        Self {
            market,
            account,
            side: order.side,
            position_side: order.position_side,
            closes_only: !order.is_held(),
            lots,
            price,
            value,
            liquidity: Liquidity::Maker,
            resting: Some(order.id),
        }
    }
}

/// What a fill does to a party, not yet done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartyPlan {
    pub(crate) fill: FillPlan,
    pub(crate) parts: FillParts,
    /// The leg that is closed of.
    pub(crate) against: Side,
    pub(crate) margin_mode: MarginMode,
}

/// The two legs a fill meets: the one it closes of and the one it adds to.
fn legs(
    request: &FillRequest,
    positions: &PerSide<Option<Position>>,
    mode: PositionMode,
) -> (Side, Option<Position>, Option<Position>) {
    let opens = request.side.opens();
    let against = opens.opposite();
    match mode {
        PositionMode::OneWay => (against, positions.of(against), positions.of(opens)),
        PositionMode::Hedge if closes_leg(request.side, request.position_side) => (against, positions.of(against), None),
        PositionMode::Hedge => (against, None, positions.of(opens)),
    }
}

/// The leg a fill is for; in one-way mode both have one margin mode.
#[inline]
fn leg_met(request: &FillRequest, mode: PositionMode) -> Side {
    let opens = request.side.opens();
    match mode {
        PositionMode::Hedge if closes_leg(request.side, request.position_side) => opens.opposite(),
        PositionMode::OneWay | PositionMode::Hedge => opens,
    }
}

/// One party of a fill, as it stands.
#[derive(Clone, Copy)]
struct Party<'a> {
    market: &'a Market,
    participant: &'a Participant,
    mode: PositionMode,
    parts: FillParts,
    /// Free money it has beside what the state knows of.
    earned: Amount,
}

impl Party<'_> {
    /// What the party's orders hold after the fill.
    #[inline]
    fn hold_after(&self, request: &FillRequest, plan: &FillPlan) -> Result<Amount, OutOfRange> {
        let Self { market, participant, mode, parts, .. } = *self;
        let mut held = participant.held;
        if let Some(order) = request.resting {
            let less = filled_part(market, order, request)?;
            let sums = held.of_mut(request.side.opens());
            sums.sum.quantity = sums.sum.quantity.minus(less.sum.quantity)?;
            sums.sum.value = sums.sum.value.minus(less.sum.value)?;
            sums.open_loss = sums.open_loss.minus(less.open_loss)?;
        }
        let positions = positions_after(&participant.positions, request.side, plan, parts);
        hold_with(market, held.each_ref(), &positions, participant, mode)
    }
}

impl State {
    /// Plans a fill for one party.
    ///
    /// # Errors
    /// Why the order cannot take it: it may only reduce, it cannot be afforded, or the position would be liquidated at once.
    #[inline]
    pub(crate) fn plan_party(&self, request: &FillRequest) -> Result<PartyPlan, OrderEnd> {
        let market = self.known(request.market);
        self.plan_from(request, market.at(market.slot(request.account)), Amount::ZERO)
    }

    /// The same for a party as it would stand after other fills: in the market, and with so much more free money.
    #[inline]
    pub(crate) fn plan_from(
        &self,
        request: &FillRequest,
        participant: &Participant,
        earned: Amount,
    ) -> Result<PartyPlan, OrderEnd> {
        let market = self.known(request.market);
        let mode = self.account(request.account).map_or(PositionMode::OneWay, crate::state::Account::position_mode);
        let (side, against, along) = legs(request, &participant.positions, mode);
        let quantity = market.quantity(request.lots);
        let closing = against.map_or(Quantity::ZERO, |position| position.quantity.min(quantity));
        let Ok(opening) = quantity.minus(closing) else { broken("a part greater than the whole") };
        if request.closes_only && opening > Quantity::ZERO {
            return Err(OrderEnd::NothingToReduce);
        }
        let parts = FillParts { closing, opening };
        if opening > Quantity::ZERO && market.mark().is_some_and(|mark| !market.fits(mark, request.value)) {
            return Err(OrderEnd::Unaffordable);
        }
        let margin_mode = participant.margin_mode.of(leg_met(request, mode));
        let fill = self.fill_of(request, parts, (participant, margin_mode)).map_err(|_| OrderEnd::Unaffordable)?;
        let fees = &market.listing().fees;
        let mut plan = plan_fill(market.contract(), fees, &fill, against, along).map_err(|_| OrderEnd::Unaffordable)?;
        let party = Party { market, participant, mode, parts, earned };
        let afforded = match margin_mode {
            MarginMode::Isolated => self.afford_isolated(&party, request, &mut plan),
            MarginMode::Cross => self.afford_cross(&party, request, &mut plan),
        };
        match afforded {
            Ok(true) => Ok(PartyPlan { fill: plan, parts, against: side, margin_mode }),
            Ok(false) | Err(_) => Err(OrderEnd::Unaffordable),
        }
    }

    #[inline]
    fn fill_of(
        &self,
        request: &FillRequest,
        parts: FillParts,
        (participant, margin_mode): (&Participant, MarginMode),
    ) -> Result<Fill, OutOfRange> {
        let market = self.known(request.market);
        let closing_value = if parts.opening == Quantity::ZERO {
            request.value
        } else if parts.closing == Quantity::ZERO {
            Notional::ZERO
        } else {
            market.value(request.price, market.lots(parts.closing))?
        };
        Ok(Fill {
            side: request.side,
            parts,
            closing_value,
            opening_value: request.value.minus(closing_value)?,
            leverage: participant.leverage.of(request.side.opens()),
            margin_mode,
            liquidity: request.liquidity,
        })
    }

    /// An isolated position: what closing brings must not be below zero (nobody goes bankrupt by trading), what opening needs must be there,
    /// and the position must live at the mark.
    #[inline]
    fn afford_isolated(&self, party: &Party<'_>, request: &FillRequest, plan: &mut FillPlan) -> Result<bool, OutOfRange> {
        let Party { market, participant, parts, earned, .. } = *party;
        let (account, asset) = (request.account, market.asset());
        let proceeds = plan.proceeds()?;
        if proceeds < Amount::ZERO {
            return Ok(false);
        }
        let available = self.available(account, asset)?.plus(earned)?;
        if parts.opening == Quantity::ZERO {
            // A fee never keeps a position from being closed: it takes what there is.
            plan.fee = plan.fee.min(self.free(account, asset).plus(earned)?.plus(proceeds)?);
            return Ok(true);
        }
        let hold = party.hold_after(request, plan)?;
        let change = certain(plan)?.plus(participant.hold())?.minus(hold)?;
        if available.plus(change)? < Amount::ZERO {
            return Ok(false);
        }
        self.lives(market, plan.opened.as_ref())
    }

    /// A cross position: the pool must be able to carry it.
    fn afford_cross(&self, party: &Party<'_>, request: &FillRequest, plan: &mut FillPlan) -> Result<bool, OutOfRange> {
        let Party { market, participant, parts, earned, .. } = *party;
        let (account, asset) = (request.account, market.asset());
        let free = self.free(account, asset).plus(earned)?;
        if parts.opening == Quantity::ZERO {
            let after = free.plus(plan.proceeds()?)?;
            if after < Amount::ZERO {
                return Ok(false);
            }
            plan.fee = plan.fee.min(after);
        }
        let hold = party.hold_after(request, plan)?;
        let change = certain(plan)?.plus(participant.hold())?.minus(hold)?;
        let positions = positions_after(&participant.positions, request.side, plan, parts);
        let boxed = isolated_hold(market, participant);
        let changed = |positions, hold: Amount, free| -> Result<PoolChange, OutOfRange> {
            Ok(PoolChange { market: Some(market.id()), positions, hold: hold.minus(boxed)?, leverage: None, free })
        };
        let after = changed(positions, hold, earned.plus(change)?)?;
        if parts.opening == Quantity::ZERO {
            // Closing may not bring on a liquidation; one that is due anyway is not made worse.
            let before = changed(participant.positions, participant.hold(), earned)?;
            let due = self.with_changed_pool(account, asset, &before, |pool| pool.is_liquidatable())?;
            return Ok(due || !self.with_changed_pool(account, asset, &after, |pool| pool.is_liquidatable())?);
        }
        let spare = self.with_changed_pool(account, asset, &after, |pool| pool.spare())?;
        Ok(free.plus(change)? >= Amount::ZERO && spare >= Amount::ZERO)
    }

    /// Whether an isolated position is not to be liquidated at the mark.
    #[inline]
    pub(crate) fn lives(&self, market: &Market, position: Option<&Position>) -> Result<bool, OutOfRange> {
        let (Some(position), Some(mark)) = (position, market.mark()) else { return Ok(true) };
        Ok(!Leg::isolated(market.terms(), position)?.is_liquidatable(mark)?)
    }
}

/// A party as it would stand after fills that are only thought of.
#[derive(Clone)]
pub(crate) struct Imagined {
    pub(crate) participant: Participant,
    /// Free money beside what the state knows of.
    pub(crate) earned: Amount,
    /// Whether orders of its own would have gone or shrunk on the way: nobody counts on the others then.
    pub(crate) is_unsure: bool,
}

impl State {
    /// A party as it stands.
    pub(crate) fn imagined(&self, market: &Market, account: AccountId) -> Imagined {
        let participant = market.participant(account).cloned().unwrap_or_else(|| market.newcomer(account));
        Imagined { participant, earned: Amount::ZERO, is_unsure: false }
    }

    /// The party after one more fill.
    pub(crate) fn imagine(&self, party: &mut Imagined, request: &FillRequest, plan: &PartyPlan) -> Result<(), OutOfRange> {
        let market = self.known(request.market);
        let mode = self.account(request.account).map_or(PositionMode::OneWay, crate::state::Account::position_mode);
        let held = Party { market, participant: &party.participant, mode, parts: plan.parts, earned: party.earned };
        let hold = held.hold_after(request, &plan.fill)?;
        let change = certain(&plan.fill)?.plus(party.participant.hold())?.minus(hold)?;
        let participant = &mut party.participant;
        if let Some(order) = request.resting {
            let less = filled_part(market, order, request)?;
            let sums = participant.held.of_mut(request.side.opens());
            sums.sum.quantity = sums.sum.quantity.minus(less.sum.quantity)?;
            sums.sum.value = sums.sum.value.minus(less.sum.value)?;
            sums.open_loss = sums.open_loss.minus(less.open_loss)?;
            if request.closes_only {
                let reducing = participant.reducing.of_mut(plan.against);
                *reducing = reducing.saturating_sub(request.lots.raw());
            }
        }
        participant.positions = positions_after(&participant.positions, request.side, &plan.fill, plan.parts);
        participant.hold = hold;
        party.earned = party.earned.plus(change)?;
        let left = participant.positions.of(plan.against).map_or(0, |position| market.lots(position.quantity).raw());
        let is_short = self.available(request.account, market.asset())?.plus(party.earned)? < Amount::ZERO;
        party.is_unsure |= participant.reducing.of(plan.against) > left || is_short;
        Ok(())
    }
}

/// What a fill brings to the wallet for certain: a rebate may turn out smaller than planned.
#[inline]
fn certain(plan: &FillPlan) -> Result<Amount, OutOfRange> {
    plan.proceeds()?.minus(plan.posted)?.minus(plan.fee.or_zero())
}

/// The positions after a fill.
pub(crate) fn positions_after(
    positions: &PerSide<Option<Position>>,
    side: OrderSide,
    plan: &FillPlan,
    parts: FillParts,
) -> PerSide<Option<Position>> {
    let mut after = *positions;
    if parts.closing > Quantity::ZERO {
        *after.of_mut(side.opens().opposite()) = plan.closed;
    }
    if parts.opening > Quantity::ZERO {
        *after.of_mut(side.opens()) = plan.opened;
    }
    after
}

/// What a fill takes out of the sums over resting orders: nothing for an order that margin is not held for.
fn filled_part(market: &Market, order: OrderId, request: &FillRequest) -> Result<HeldOrders, OutOfRange> {
    let Some(place) = market.orders.find(order) else { broken("an order that is not there") };
    let record = market.orders.record(place);
    if record.status != OrderStatus::Resting || !record.is_held() {
        return Ok(HeldOrders::NONE);
    }
    let left = Lots::new(record.left.raw().saturating_sub(request.lots.raw()));
    let value = market.value(record.price, record.left)?.minus(market.value(record.price, left)?)?;
    let loss = market.orders.detail(place).open_loss;
    let open_loss = loss.minus(crate::state::share(loss, left, record.left))?;
    Ok(HeldOrders { sum: ringfence_risk::margin::OrderSum { quantity: market.quantity(request.lots), value }, open_loss })
}

impl Run<'_> {
    /// Carries out what was planned for a party: order, money, positions, and the orders that can no longer be.
    #[inline]
    pub(crate) fn commit_party(&mut self, request: &FillRequest, order: Option<OrderId>, plan: &PartyPlan) {
        let FillRequest { market, account, side, lots, value, .. } = *request;
        if let Some(order) = order {
            self.emit(Event::OrderFilled { market, order, lots, value });
        }
        let asset = self.state.known(market).asset();
        let wallet = LedgerAccount::Wallet(account);
        let PartyPlan { fill, parts, against, margin_mode } = plan;
        if parts.closing > Quantity::ZERO {
            let box_of = match margin_mode {
                MarginMode::Isolated => LedgerAccount::Margin(account, market, *against),
                MarginMode::Cross => wallet,
            };
            self.post(asset, (LedgerAccount::Settlement(market), box_of), fill.realised, Reason::RealisedProfit);
            if *margin_mode == MarginMode::Isolated {
                let Ok(proceeds) = fill.proceeds() else { broken("proceeds beyond the greatest amount") };
                self.post(asset, (box_of, wallet), proceeds, Reason::MarginReleased);
            }
            self.emit(Event::PositionSet { market, account: Some(account), side: *against, position: fill.closed });
        }
        if parts.opening > Quantity::ZERO {
            let opens = side.opens();
            // What was held for the order pays for it: give it back first, so that the wallet never falls below zero in between.
            self.release_for(request, fill.posted, fill.fee);
            self.post(asset, (wallet, LedgerAccount::Margin(account, market, opens)), fill.posted, Reason::MarginPosted);
            self.emit(Event::PositionSet { market, account: Some(account), side: opens, position: fill.opened });
        }
        self.post(asset, (wallet, LedgerAccount::Fees), fill.fee, Reason::TradingFee);
        if parts.closing > Quantity::ZERO {
            self.shrink_reducing(market, account, *against);
        }
        self.rehold(market, account);
    }

    /// Gives back so much of the hold as the wallet lacks for margin and fee; what is right afterwards is held anew.
    fn release_for(&mut self, request: &FillRequest, posted: Amount, fee: Amount) {
        let FillRequest { market, account, .. } = *request;
        let known = self.state.known(market);
        let (asset, held) = (known.asset(), known.at(known.slot(account)).hold());
        let Ok(needed) = posted.plus(fee) else { broken("a fill beyond the greatest amount") };
        let free = self.state.free(account, asset);
        if needed > free {
            let Ok(lacking) = needed.minus(free) else { broken("a fill beyond the greatest amount") };
            let accounts = (LedgerAccount::Hold(account, market), LedgerAccount::Wallet(account));
            self.post(asset, accounts, lacking.min(held), Reason::OrderHold);
        }
    }

    /// Orders that may only reduce shrink with the position: the newest first.
    pub(crate) fn shrink_reducing(&mut self, market: MarketId, account: AccountId, side: Side) {
        loop {
            let known = self.state.known(market);
            let participant = known.at(known.slot(account));
            let held = participant.positions().of(side).map_or(0, |position| known.lots(position.quantity).raw());
            let excess = participant.reducing().of(side).raw().saturating_sub(held);
            if excess == 0 {
                return;
            }
            let Some((order, left)) = newest_reducing(known, participant, side) else { broken("reducing lots without orders") };
            if left.raw() <= excess {
                self.emit(Event::OrderEnded { market, order, end: OrderEnd::NothingToReduce });
            } else {
                self.emit(Event::OrderShrunk { market, order, lots: Lots::new(excess) });
            }
        }
    }
}

/// The newest resting order that only reduces this leg.
fn newest_reducing(market: &Market, participant: &Participant, side: Side) -> Option<(OrderId, Lots)> {
    let some = |place: u32| Some(place).filter(|place| *place != crate::state::NOBODY);
    core::iter::successors(some(participant.last), |place| some(market.orders.record(*place).previous))
        .map(|place| market.orders.record(place))
        .find(|record| record.status == OrderStatus::Resting && !record.is_held() && record.side.opens() != side)
        .map(|record| (record.id, record.left))
}
