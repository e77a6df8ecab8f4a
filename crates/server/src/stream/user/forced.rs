//! Parts of positions that were closed by force, as orders of the exchange.

use ringfence_risk::units::Amount;

use super::UserEvent;
use super::order::{Flag, Frame, Order, nothing};
use crate::api::order::{position_side, side};
use crate::api::text::Decimal;
use crate::boot::Symbol;
use crate::exchange::World;
use crate::record::ForcedOrder;
use crate::stream::figures::{price, quantity};

/// The two updates of a forced order: it is new, and all of it is closed.
pub(super) fn updates(world: &World, symbol: &Symbol, forced: &ForcedOrder) -> Vec<UserEvent> {
    let Some(market) = world.state().market(forced.market) else { return Vec::new() };
    let average = price(symbol, forced.average_price(market.contract()).ok().flatten());
    let all = quantity(symbol, forced.quantity);
    let none = Decimal::new(0, u8::try_from(symbol.quantity_precision).unwrap_or(u8::MAX));
    let new = order((symbol, forced), ("NEW", "NEW"), [none, nothing(symbol), average], (Amount::ZERO, 0));
    let fill = forced.fill(market.contract(), market.asset());
    let last = world.record().trades_of_forced(forced).last().copied().or(fill);
    let told = (forced.realised, last.map_or(0, |fill| fill.id.0));
    let done = order((symbol, forced), ("CALCULATED", "FILLED"), [all, average, average], told);
    let now = world.state().clock().ms();
    let event = |o| UserEvent::of("ORDER_TRADE_UPDATE", &Frame { e: "ORDER_TRADE_UPDATE", time: now, at: now, o });
    [event(new), event(done)].into_iter().flatten().collect()
}

fn order<'a>(
    (symbol, forced): (&'a Symbol, &ForcedOrder),
    (x, status): (&'static str, &'static str),
    [filled, average, limit]: [Decimal; 3],
    (realised, trade): (Amount, u64),
) -> Order<'a> {
    Order {
        s: &symbol.symbol,
        c: forced.name(),
        side: side(forced.side),
        o: "LIQUIDATION",
        f: "IOC",
        q: quantity(symbol, forced.quantity),
        p: limit,
        ap: average,
        sp: nothing(symbol),
        x,
        status,
        i: forced.number(),
        l: filled,
        z: filled,
        last_price: average,
        fee_asset: None,
        n: None,
        time: forced.time.ms(),
        t: trade,
        b: Decimal::new(0, 0),
        a: Decimal::new(0, 0),
        m: false,
        reduce_only: Flag(true),
        wt: "CONTRACT_PRICE",
        ot: "LIQUIDATION",
        ps: position_side(forced.position_side),
        cp: Flag(false),
        rp: Decimal::money(realised.wide()),
        protects: Flag(false),
        si: 0,
        ss: 0,
        self_trade: "NONE",
        pm: "NONE",
        gtd: 0,
        er: "0",
        activation: None,
        cr: None,
    }
}
