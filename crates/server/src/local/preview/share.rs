//! A share of the most that can be opened.

use ringfence_engine::command::{Command, NewOrder, PositionSide, Purpose};
use ringfence_engine::engine::{Engine, OrderFate, Reply};
use ringfence_engine::event::OrderEnd;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Quantity, Side};

use super::most::max_quantity;
use super::view::{Eye, out_of_range};
use crate::boot::Symbol;
use crate::edge::error::{ApiError, Code};

/// Most halvings: a quantity has at most so many binary digits.
const HALVINGS: u32 = 63;

/// The largest order of this side that is accepted now, in whole lots; of one that closes, all there is to close. Asked from the rules; where they
/// do not say (a position on cross), or say it for another price, tried on copies.
pub(super) fn most(engine: &Engine, eye: Eye, order: &NewOrder, symbol: &Symbol) -> Result<Quantity, ApiError> {
    if let Some(side) = closed_side(order) {
        let part = engine.state().market(eye.market).and_then(|market| market.participant(eye.account));
        let held = part.and_then(|part| part.positions().of(side).map(|position| position.quantity));
        return Ok(held.unwrap_or(Quantity::ZERO).min(symbol.filters.max_quantity));
    }
    // The rules say it for one price; an order that walks through the book meets worse ones.
    let told = max_quantity(engine.state(), eye, order).map(|(most, _, _)| most.min(symbol.filters.max_quantity));
    if let Some(most) = told.filter(|most| is_accepted(engine.clone(), &NewOrder { quantity: *most, ..*order })) {
        return Ok(most);
    }
    let lot = symbol.lot.raw();
    let greatest = told.unwrap_or(symbol.filters.max_quantity);
    let (mut least, mut greatest) = (0_i64, greatest.raw().checked_div(lot).unwrap_or_default());
    for _ in 0..HALVINGS {
        if greatest <= least {
            break;
        }
        let middle = greatest.saturating_sub(greatest.saturating_sub(least) / 2);
        let tried = Quantity::from_raw(middle.saturating_mul(lot)).map_err(out_of_range)?;
        if is_accepted(engine.clone(), &NewOrder { quantity: tried, ..*order }) {
            least = middle;
        } else {
            greatest = middle.saturating_sub(1);
        }
    }
    Quantity::from_raw(least.saturating_mul(lot)).map_err(out_of_range)
}

/// The leg that an order can only close.
fn closed_side(order: &NewOrder) -> Option<Side> {
    let closes = match order.side {
        OrderSide::Buy => Side::Short,
        OrderSide::Sell => Side::Long,
    };
    let leg = match order.position_side {
        PositionSide::Both => return (order.purpose != Purpose::Any).then_some(closes),
        PositionSide::Long => Side::Long,
        PositionSide::Short => Side::Short,
    };
    (leg == closes).then_some(closes)
}

fn is_accepted(mut engine: Engine, order: &NewOrder) -> bool {
    match engine.execute(&Command::Place(*order), &mut Vec::new()) {
        Ok(Reply::Order(reply)) => reply.fate != OrderFate::Ended(OrderEnd::Unaffordable),
        Ok(_) | Err(_) => false,
    }
}

/// So many percent of it, down to whole lots.
pub(super) fn part(most: Quantity, percent: u64, symbol: &Symbol) -> Result<Quantity, ApiError> {
    let percent = i64::try_from(percent).ok().filter(|percent| (1..=100).contains(percent));
    let percent = percent.ok_or_else(|| ApiError::illegal("percent", "1 to 100"))?;
    let lots = most.raw().checked_div(symbol.lot.raw()).unwrap_or_default();
    let whole = lots.saturating_mul(percent) / 100;
    Quantity::from_raw(whole.saturating_mul(symbol.lot.raw())).map_err(|_| ApiError::of(Code::Unknown))
}
