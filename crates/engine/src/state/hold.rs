//! What the open orders of a participant hold: which orders are weighed against which leg.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::hold::{HeldOrders, order_hold};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Side};

use super::market::Market;
use super::participant::{Participant, PerSide};

/// What is held for a participant's orders beside its positions.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
#[inline]
pub(crate) fn hold_of(market: &Market, participant: &Participant, mode: PositionMode) -> Result<Amount, OutOfRange> {
    hold_with(market, participant.held.each_ref(), &participant.positions, participant, mode)
}

/// What is held for the orders of isolated legs: it is no part of the pool. Only the legs of a hedge can have two modes, and there each holds for
/// itself.
#[inline]
pub(crate) fn isolated_hold(market: &Market, participant: &Participant) -> Amount {
    let (side, orders) = match (participant.margin_mode.long, participant.margin_mode.short) {
        (MarginMode::Isolated, MarginMode::Isolated) => return participant.hold,
        (MarginMode::Cross, MarginMode::Cross) => return Amount::ZERO,
        (MarginMode::Isolated, MarginMode::Cross) => (Side::Long, [&participant.held.long, &HeldOrders::NONE]),
        (MarginMode::Cross, MarginMode::Isolated) => (Side::Short, [&HeldOrders::NONE, &participant.held.short]),
    };
    order_hold(&market.terms(), orders, None, participant.leverage.of(side)).unwrap_or(participant.hold)
}

/// What is held for the orders of legs in the pool.
#[inline]
pub(crate) fn pool_hold(market: &Market, participant: &Participant) -> Amount {
    participant.hold.minus(isolated_hold(market, participant)).unwrap_or(participant.hold)
}

/// What orders with these sums hold beside these positions.
#[inline]
pub(crate) fn hold_with(
    market: &Market,
    held: PerSide<&HeldOrders>,
    positions: &PerSide<Option<Position>>,
    participant: &Participant,
    mode: PositionMode,
) -> Result<Amount, OutOfRange> {
    let (terms, leverage) = (market.terms(), participant.leverage);
    match mode {
        PositionMode::OneWay => {
            let only = positions.long.as_ref().or(positions.short.as_ref());
            let position = only.map(|position| (position.side, position.quantity));
            order_hold(&terms, [held.long, held.short], position, leverage.long)
        }
        PositionMode::Hedge => hold_of_legs(market, held, participant),
    }
}

/// What orders of a hedged participant hold: each leg those that open it.
#[inline(never)]
fn hold_of_legs(market: &Market, held: PerSide<&HeldOrders>, participant: &Participant) -> Result<Amount, OutOfRange> {
    let (terms, leverage) = (market.terms(), participant.leverage);
    let longs = order_hold(&terms, [held.long, &HeldOrders::NONE], None, leverage.long)?;
    longs.plus(order_hold(&terms, [&HeldOrders::NONE, held.short], None, leverage.short)?)
}
