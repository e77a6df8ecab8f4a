//! Liquidations as the market sees them.

use std::collections::HashSet;

use ringfence_engine::ids::MarketId;
use serde::Serialize;

use super::write;
use crate::api::order::side;
use crate::api::text::Decimal;
use crate::boot::{Catalog, Symbol};
use crate::exchange::World;
use crate::record::{ForcedKind, ForcedOrder, Record};
use crate::stream::figures::{price, quantity};

#[derive(Serialize)]
struct Frame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    o: Order<'a>,
}

#[derive(Serialize)]
struct Order<'a> {
    s: &'a str,
    #[serde(rename = "S")]
    side: &'static str,
    o: &'static str,
    f: &'static str,
    q: Decimal,
    p: Decimal,
    ap: Decimal,
    #[serde(rename = "X")]
    status: &'static str,
    l: Decimal,
    z: Decimal,
    #[serde(rename = "T")]
    time: u64,
}

/// The last forced order that was told.
pub(super) struct ForcedFeed {
    last: u64,
}

impl ForcedFeed {
    pub(super) fn beginning(record: &Record) -> Self {
        Self { last: record.latest_forced_orders().next().map_or(0, |forced| forced.id) }
    }

    /// The latest liquidation of each market since the last time, as Binance does: one a second and symbol at most.
    pub(super) fn tell(&mut self, world: &World, catalog: &Catalog, only: Option<MarketId>) -> Vec<String> {
        let (from, mut seen) = (self.last, HashSet::new());
        let mut frames = Vec::new();
        for forced in world.record().latest_forced_orders().take_while(|forced| forced.id > from) {
            self.last = self.last.max(forced.id);
            let is_wanted = only.is_none_or(|market| market == forced.market);
            if !is_wanted || forced.kind == ForcedKind::Deleveraged || !seen.insert(forced.market) {
                continue;
            }
            frames.extend(catalog.get(forced.market).and_then(|symbol| frame(world, symbol, forced)));
        }
        frames.reverse();
        frames
    }
}

fn frame(world: &World, symbol: &Symbol, forced: &ForcedOrder) -> Option<String> {
    let contract = world.state().market(forced.market)?.contract();
    let average = price(symbol, forced.average_price(contract).ok()?);
    let quantity = quantity(symbol, forced.quantity);
    write(&Frame {
        e: "forceOrder",
        at: world.state().clock().ms(),
        o: Order {
            s: &symbol.symbol,
            side: side(forced.side),
            o: "LIMIT",
            f: "IOC",
            q: quantity,
            p: average,
            ap: average,
            status: "FILLED",
            l: quantity,
            z: quantity,
            time: forced.time.ms(),
        },
    })
}
