//! Books: what changed, and the best levels in full.

use std::collections::{BTreeMap, HashMap};

use ringfence_engine::book::Ticks;
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use serde::Serialize;
use std::time::{Duration, Instant};

use super::write;
use crate::api::text::Decimal;
use crate::boot::Symbol;
use crate::exchange::World;
use crate::record::ChangedLevel;
use crate::stream::figures::{price, quantity, symbol_type};
use crate::stream::topic::{Levels, Speed, Topic};

/// A book that does not change is told of again after this time: clients wait for an event that fits their snapshot.
const QUIET: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Frame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    #[serde(rename = "T")]
    time: u64,
    s: &'a str,
    ps: &'a str,
    #[serde(rename = "U")]
    first: u64,
    u: u64,
    pu: u64,
    b: Vec<[Decimal; 2]>,
    a: Vec<[Decimal; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    st: Option<u8>,
}

/// The frames of one stream: from where on, and when the last was sent.
struct Chain {
    /// The last update that was told.
    told: u64,
    sent: Option<Instant>,
}

/// What changed in a book since one of its streams was told last.
struct Changes {
    chain: Chain,
    /// The first and last update of what waits.
    waiting: Option<(u64, u64)>,
    bids: BTreeMap<Ticks, ChangedLevel>,
    asks: BTreeMap<Ticks, ChangedLevel>,
}

/// All books that are followed.
#[derive(Default)]
pub(super) struct Books {
    changes: HashMap<MarketId, Vec<(Speed, Changes)>>,
    partial: HashMap<(MarketId, Levels, Speed), Chain>,
}

impl Changes {
    fn from(update: u64) -> Self {
        let chain = Chain { told: update, sent: None };
        Self { chain, waiting: None, bids: BTreeMap::new(), asks: BTreeMap::new() }
    }
}

impl Books {
    /// A stream of changes begins: with what comes after the present state.
    pub(super) fn begin(&mut self, (market, speed): (MarketId, Speed), world: &mut World) {
        self.gather(market, world);
        let update = world.record().book_update_id(market);
        self.changes.entry(market).or_default().push((speed, Changes::from(update)));
    }

    pub(super) fn begin_partial(&mut self, of: (MarketId, Levels, Speed)) {
        self.partial.insert(of, Chain { told: 0, sent: None });
    }

    pub(super) fn stop(&mut self, (market, speed): (MarketId, Speed)) {
        if let Some(streams) = self.changes.get_mut(&market) {
            streams.retain(|(known, _)| *known != speed);
        }
    }

    pub(super) fn stop_partial(&mut self, of: (MarketId, Levels, Speed)) {
        self.partial.remove(&of);
    }

    /// Another state: every chain breaks, so that clients ask for the book again.
    pub(super) fn reverted(&mut self) {
        for (_, changes) in self.changes.values_mut().flatten() {
            *changes = Changes::from(u64::MAX);
        }
    }

    /// Takes what changed in a book and keeps it for each of its streams.
    fn gather(&mut self, market: MarketId, world: &mut World) {
        // The state is lent together with the read model whose queue is emptied.
        let Some(taken) = world.take_book_changes(market) else { return };
        for (_, changes) in self.changes.get_mut(&market).into_iter().flatten() {
            if !taken.is_complete {
                // Too much changed to be kept: the chain breaks.
                *changes = Changes::from(taken.last);
                changes.chain.told = u64::MAX;
            }
            let first = changes.waiting.map_or(taken.first, |(first, _)| first);
            changes.waiting = Some((first, taken.last));
            for level in &taken.levels {
                let side = match level.side {
                    OrderSide::Buy => &mut changes.bids,
                    OrderSide::Sell => &mut changes.asks,
                };
                side.insert(level.price, *level);
            }
        }
    }

    /// The next frame of a stream of a book, if there is one.
    pub(super) fn tell(&mut self, topic: Topic, symbol: &Symbol, world: &mut World) -> Option<String> {
        if let Topic::Depth(market, speed) = topic {
            self.gather(market, world);
            let (_, changes) = self.changes.get_mut(&market)?.iter_mut().find(|(known, _)| *known == speed)?;
            return changes.tell(symbol, world);
        }
        let Topic::PartialDepth(market, levels, speed) = topic else { return None };
        self.partial.get_mut(&(market, levels, speed))?.tell(levels, symbol, world)
    }
}

impl Changes {
    fn tell(&mut self, symbol: &Symbol, world: &World) -> Option<String> {
        let waiting = self.waiting.take();
        if waiting.is_none() && !self.chain.is_quiet() {
            return None;
        }
        let update = world.record().book_update_id(symbol.market);
        let (first, last) = waiting.unwrap_or((update, update));
        // A frame that tells nothing names the present update, so that it fits a snapshot of it.
        let before = if self.chain.told == u64::MAX { 0 } else { self.chain.told };
        let contract = world.state().market(symbol.market)?.contract();
        let write_level = |level: ChangedLevel| {
            let lots = level.lots.to_quantity(contract).ok()?;
            let amount = if level.lots.raw() == 0 { Decimal::new(0, 0) } else { quantity(symbol, lots) };
            Some([price(symbol, level.price.to_price(contract).ok()), amount])
        };
        // Best first, as everywhere.
        let bids = std::mem::take(&mut self.bids).into_values().rev().filter_map(write_level).collect();
        let asks = std::mem::take(&mut self.asks).into_values().filter_map(write_level).collect();
        self.chain.note(last);
        frame((symbol, world), (first, last, before), bids, asks)
    }
}

impl Chain {
    fn is_quiet(&self) -> bool {
        self.sent.is_none_or(|sent| sent.elapsed() >= QUIET)
    }

    fn note(&mut self, update: u64) {
        (self.told, self.sent) = (update, Some(Instant::now()));
    }

    fn tell(&mut self, levels: Levels, symbol: &Symbol, world: &World) -> Option<String> {
        let update = world.record().book_update_id(symbol.market);
        if update == self.told && !self.is_quiet() {
            return None;
        }
        let side = |side| {
            let found = world.state().depth(symbol.market, side, levels.count()).ok()?;
            Some(found.into_iter().map(|(at, much)| [price(symbol, Some(at)), quantity(symbol, much)]).collect())
        };
        let before = self.told;
        self.note(update);
        let first = if update > before { before + 1 } else { update };
        frame((symbol, world), (first, update, before), side(OrderSide::Buy)?, side(OrderSide::Sell)?)
    }
}

fn frame(
    (symbol, world): (&Symbol, &World),
    (first, u, pu): (u64, u64, u64),
    b: Vec<[Decimal; 2]>,
    a: Vec<[Decimal; 2]>,
) -> Option<String> {
    let now = world.state().clock().ms();
    let (s, ps) = (symbol.symbol.as_str(), symbol.pair.as_str());
    write(&Frame { e: "depthUpdate", at: now, time: now, s, ps, first, u, pu, b, a, st: symbol_type(symbol) })
}
