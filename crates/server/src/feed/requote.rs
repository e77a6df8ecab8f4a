//! From the quotes that are there to those that should be, by as few commands as it takes: each is written down for good.

use ringfence_engine::book::SelfTrade;
use ringfence_engine::command::{
    Amendment, Command, Lifetime, MarketState, NewOrder, OrderKind, OrderName, OrderRef, PositionSide, Purpose,
};
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::OrderView;
use ringfence_engine::state::{Market, OrderStatus, State};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{MarkPrice, Notional, Price, Quantity};

use super::ladder::Ladder;
use super::maker::MakerTerms;
use crate::boot::MAKER;

/// Up to so many changes are made order by order; more as one batch of cancels and one of new orders, which are two commands as well.
const MOST_AMENDS: usize = 2;

/// What of a side has to change.
#[derive(Debug, Default)]
struct Changes {
    /// Orders at prices that are not wanted.
    surplus: Vec<OrderView>,
    /// Orders at wanted prices with too little or too much left.
    refill: Vec<OrderView>,
    /// Wanted prices without an order.
    missing: Vec<Price>,
}

impl Changes {
    fn count(&self) -> usize {
        self.surplus.len().max(self.missing.len()).saturating_add(self.refill.len())
    }
}

/// The commands that bring the maker's quotes to where they should be; none while they are near enough.
pub(super) fn requote(terms: &MakerTerms, state: &State, market: &Market) -> Result<Vec<Command>, OutOfRange> {
    let Some(mark) = market.mark() else { return Ok(Vec::new()) };
    let mut own = state.open_orders(market.id(), MAKER)?;
    own.retain(|order| order.status == OrderStatus::Resting);
    let quantity = terms.quantity(market, mark)?;
    let mut ladder = Ladder::new(terms, market, mark, &own)?;
    let (bids_taken, asks_taken) =
        (clear_the_way(market, &own, &mut ladder, OrderSide::Sell)?, clear_the_way(market, &own, &mut ladder, OrderSide::Buy)?);
    let bids = changes(&own, &ladder, OrderSide::Buy, quantity);
    let asks = changes(&own, &ladder, OrderSide::Sell, quantity);
    let takes: Vec<Command> = [bids_taken, asks_taken].into_iter().flatten().map(Command::Place).collect();
    if takes.is_empty() && bids.count().saturating_add(asks.count()) <= MOST_AMENDS {
        return Ok(one_by_one(market.id(), &own, &ladder, (bids, asks), quantity));
    }
    let batch = usize::from(state.limits().batch).max(1);
    let mut commands = Vec::new();
    let gone = [&bids, &asks].into_iter().flat_map(|changes| changes.surplus.iter().chain(&changes.refill));
    let gone: Vec<OrderRef> = gone.map(reference).collect();
    commands.extend(gone.chunks(batch).map(|orders| Command::CancelBatch(orders.to_vec())));
    commands.extend(takes);
    let mut placed = Vec::new();
    for (side, changes) in [(OrderSide::Buy, &bids), (OrderSide::Sell, &asks)] {
        let refilled = changes.refill.iter().filter_map(|order| order.price);
        let prices = changes.missing.iter().copied().chain(refilled);
        placed.extend(prices.map(|price| order(market.id(), side, quantity, price, Lifetime::PostOnly)));
    }
    commands.extend(placed.chunks(batch).map(|orders| Command::PlaceBatch(orders.to_vec())));
    Ok(commands)
}

/// The maker's quotes where a mark is about to be, as far as they can stand there before it is: those that meet who has to leave at the new
/// mark, bids below the present one, asks above. The others would be in the way of who has not seen the mark yet.
pub(super) fn quotes_ahead(terms: &MakerTerms, market: &Market, mark: MarkPrice) -> Result<Vec<Command>, OutOfRange> {
    let Some(present) = market.mark() else { return Ok(Vec::new()) };
    let side = if mark < present { OrderSide::Buy } else { OrderSide::Sell };
    let quantity = terms.quantity(market, mark)?;
    let ladder = Ladder::new(terms, market, mark, &[])?;
    let quotes = ladder.side(side).iter().map(|price| order(market.id(), side, quantity, *price, Lifetime::PostOnly));
    // As many prices as a maker may have fit one batch.
    Ok(vec![Command::PlaceBatch(quotes.collect())])
}

/// Compares the orders of a side with the prices that should be there.
fn changes(own: &[OrderView], ladder: &Ladder, side: OrderSide, quantity: Quantity) -> Changes {
    let wanted = ladder.side(side);
    let mut changes = Changes { missing: wanted.to_vec(), ..Changes::default() };
    for order in own.iter().filter(|order| order.side == side) {
        let place = changes.missing.iter().position(|price| Some(*price) == order.price);
        let Some(place) = place else {
            changes.surplus.push(*order);
            continue;
        };
        changes.missing.remove(place);
        let (left, full) = (order.left.wide().saturating_mul(2), quantity.wide());
        if left < full || left > full.saturating_mul(4) {
            changes.refill.push(*order);
        }
    }
    changes
}

/// Amends what can be amended, places and cancels the rest. The side that makes way goes first, so that no quote meets another of its own.
fn one_by_one(
    market: MarketId,
    own: &[OrderView],
    ladder: &Ladder,
    (bids, asks): (Changes, Changes),
    quantity: Quantity,
) -> Vec<Command> {
    let lowest_ask = own.iter().filter(|order| order.side == OrderSide::Sell).filter_map(|order| order.price).min();
    let rises = matches!((ladder.bids.first(), lowest_ask), (Some(bid), Some(ask)) if *bid >= ask);
    let (bids, asks) = ((OrderSide::Buy, bids), (OrderSide::Sell, asks));
    let sides = if rises { [asks, bids] } else { [bids, asks] };
    let mut commands = Vec::new();
    for (side, changes) in sides {
        let pairs = changes.surplus.len().min(changes.missing.len());
        let moved = changes.surplus.iter().zip(changes.missing.iter().copied());
        let refilled = changes.refill.iter().filter_map(|order| Some((order, order.price?)));
        commands.extend(moved.chain(refilled).filter_map(|(order, price)| amend(order, price, quantity)));
        commands.extend(changes.surplus.iter().skip(pairs).map(|order| Command::Cancel(reference(order))));
        let placed = changes.missing.iter().skip(pairs);
        commands.extend(placed.map(|price| Command::Place(order(market, side, quantity, *price, Lifetime::PostOnly))));
    }
    commands
}

/// What others offer at the best price of a side, or better, is taken first, by one order. Where that may not be, the prices that would meet it
/// are left out.
fn clear_the_way(
    market: &Market,
    own: &[OrderView],
    ladder: &mut Ladder,
    taking: OrderSide,
) -> Result<Option<NewOrder>, OutOfRange> {
    let resting = match taking {
        OrderSide::Buy => OrderSide::Sell,
        OrderSide::Sell => OrderSide::Buy,
    };
    let Some(limit) = ladder.side(taking).first().copied() else { return Ok(None) };
    let reaches = |price: Price, limit: Price| match taking {
        OrderSide::Buy => price <= limit,
        OrderSide::Sell => price >= limit,
    };
    let (mut foreign, mut nearest) = (0_i128, None);
    for level in market.book().depth(resting) {
        let price = level.price.to_price(market.contract())?;
        if !reaches(price, limit) {
            break;
        }
        let mine = own.iter().filter(|order| order.side == resting && order.price == Some(price));
        let mine: i128 = mine.map(|order| order.left.wide()).sum();
        let others = level.lots.to_quantity(market.contract())?.wide().saturating_sub(mine);
        if others > 0 {
            foreign = foreign.saturating_add(others);
            nearest.get_or_insert(price);
        }
    }
    let Some(nearest) = nearest else { return Ok(None) };
    let (filters, lot) = (&market.listing().filters, market.contract().spec().lot);
    if market.state() == MarketState::Open && foreign <= filters.max_quantity.wide() {
        let quantity = Quantity::from_wide(foreign)?.max(filters.min_quantity).max(lot);
        let quantity = worth_enough(market, quantity, limit)?;
        return Ok(Some(order(market.id(), taking, quantity, limit, Lifetime::ImmediateOrCancel)));
    }
    ladder.side_mut(taking).retain(|price| !reaches(nearest, *price));
    Ok(None)
}

/// A quantity, or the least that is worth as much as an order must be: what is beyond what others offer finds nobody and expires.
fn worth_enough(market: &Market, quantity: Quantity, price: Price) -> Result<Quantity, OutOfRange> {
    let (contract, least) = (market.contract(), market.listing().filters.min_notional);
    if contract.quote_value(quantity, price)? >= least {
        return Ok(quantity);
    }
    let twice: Notional = least.plus(least)?;
    ringfence_risk::solve::quantity_worth(contract, twice, price).map(|enough| enough.max(quantity))
}

const fn reference(order: &OrderView) -> OrderRef {
    OrderRef { account: MAKER, market: order.market, name: OrderName::Id(order.order) }
}

/// New terms: the quantity counts what was filled before.
fn amend(order: &OrderView, price: Price, quantity: Quantity) -> Option<Command> {
    let quantity = order.executed.plus(quantity).ok()?;
    Some(Command::Amend(Amendment { order: reference(order), price, quantity }))
}

const fn order(market: MarketId, side: OrderSide, quantity: Quantity, price: Price, lifetime: Lifetime) -> NewOrder {
    NewOrder {
        account: MAKER,
        market,
        side,
        position_side: PositionSide::Both,
        quantity,
        kind: OrderKind::Limit { price, lifetime },
        purpose: Purpose::Any,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    }
}
