//! What is told of markets.

mod book;
mod candles;
mod forced;
mod marks;
mod tickers;
mod trades;

use std::collections::HashMap;

use ringfence_engine::event::{Event, Trade};
use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;

use self::book::Books;
use self::candles::CandleFeed;
use self::forced::ForcedFeed;
use self::tickers::{Touches, listed};
use self::trades::Aggregates;
use super::hub::Hub;
use super::topic::Topic;
use crate::boot::Symbol;
use crate::exchange::World;

/// A market that a frame is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    world: &'a World,
    symbol: &'a Symbol,
    now: Time,
}

/// What is remembered of a stream between its frames.
enum Feed {
    /// Nothing.
    Plain,
    Aggregates(Aggregates),
    Candles(CandleFeed),
    Touches(Touches),
    Forced(ForcedFeed),
}

/// What has been told of markets, and what is to be told next.
#[derive(Default)]
pub(super) struct Markets {
    /// Trades since the last commit.
    trades: Vec<(Trade, Time)>,
    /// Markets whose terms or state changed since the last commit.
    changed: Vec<MarketId>,
    feeds: HashMap<Topic, Feed>,
    books: Books,
}

fn write<T: serde::Serialize>(frame: &T) -> Option<String> {
    serde_json::to_string(frame).ok()
}

impl Markets {
    /// Remembers what a command did that is told one by one.
    pub(super) fn note(&mut self, world: &World, events: &[Event]) {
        let now = world.state().clock();
        for event in events {
            if let Event::Traded(trade) = event {
                self.trades.push((*trade, now));
                if let Some(Feed::Aggregates(aggregates)) = self.feeds.get_mut(&Topic::AggregateTrades(trade.market)) {
                    aggregates.note();
                }
            }
            if let Event::MarketStateSet { market, .. } | Event::MarketChanged { market, .. } = event {
                self.changed.push(*market);
            }
        }
    }

    /// Everything that was noted has been told.
    pub(super) fn told(&mut self) {
        self.trades.clear();
        self.changed.clear();
    }

    /// A stream has its first follower.
    pub(super) fn begin(&mut self, topic: Topic, world: &mut World) {
        let feed = match topic {
            Topic::AggregateTrades(market) => Feed::Aggregates(Aggregates::beginning(world.record(), market)),
            Topic::Candles(..) | Topic::ContinuousCandles(..) => Feed::Candles(CandleFeed::default()),
            Topic::Depth(market, speed) => {
                self.books.begin((market, speed), world);
                Feed::Plain
            }
            Topic::PartialDepth(market, levels, speed) => {
                self.books.begin_partial((market, levels, speed));
                Feed::Plain
            }
            Topic::Touch(_) | Topic::AllTouches => Feed::Touches(Touches::default()),
            Topic::Forced(_) | Topic::AllForced => Feed::Forced(ForcedFeed::beginning(world.record())),
            Topic::Trades(_)
            | Topic::Mark(..)
            | Topic::AllMarks(_)
            | Topic::MiniTicker(_)
            | Topic::AllMiniTickers
            | Topic::Ticker(_)
            | Topic::AllTickers
            | Topic::Contracts => Feed::Plain,
        };
        self.feeds.insert(topic, feed);
    }

    /// A stream has lost its last follower.
    pub(super) fn stop(&mut self, topic: Topic) {
        self.feeds.remove(&topic);
        match topic {
            Topic::Depth(market, speed) => self.books.stop((market, speed)),
            Topic::PartialDepth(market, levels, speed) => self.books.stop_partial((market, levels, speed)),
            Topic::AggregateTrades(_)
            | Topic::Candles(..)
            | Topic::ContinuousCandles(..)
            | Topic::Touch(_)
            | Topic::AllTouches
            | Topic::Forced(_)
            | Topic::AllForced
            | Topic::Trades(_)
            | Topic::Mark(..)
            | Topic::AllMarks(_)
            | Topic::MiniTicker(_)
            | Topic::AllMiniTickers
            | Topic::Ticker(_)
            | Topic::AllTickers
            | Topic::Contracts => {}
        }
    }

    /// Begins all streams again in another state.
    pub(super) fn reverted(&mut self, world: &World) {
        self.told();
        self.books.reverted();
        for feed in self.feeds.values_mut() {
            match feed {
                Feed::Aggregates(aggregates) => aggregates.reverted(),
                Feed::Candles(candles) => *candles = CandleFeed::default(),
                Feed::Touches(touches) => *touches = Touches::default(),
                Feed::Forced(forced) => *forced = ForcedFeed::beginning(world.record()),
                Feed::Plain => {}
            }
        }
    }

    /// The frames of a stream that is due.
    pub(super) fn tell(&mut self, topic: Topic, hub: &Hub, world: &mut World) -> Vec<String> {
        if let Topic::Depth(market, _) | Topic::PartialDepth(market, ..) = topic {
            let Some(symbol) = hub.catalog().get(market) else { return Vec::new() };
            return self.books.tell(topic, symbol, world).into_iter().collect();
        }
        let world: &World = world;
        let now = world.state().clock();
        let of = |market| hub.catalog().get(market).map(|symbol| Subject { world, symbol, now });
        let all = || hub.catalog().symbols().iter().map(|symbol| Subject { world, symbol, now });
        let one = |market, tell: fn(&Subject<'_>) -> Option<String>| of(market).as_ref().and_then(tell).into_iter().collect();
        let array = |tell: fn(&Subject<'_>) -> Option<String>| listed(all().filter_map(|subject| tell(&subject)));
        let feed = self.feeds.get_mut(&topic);
        match (topic, feed) {
            (Topic::Trades(market), _) => {
                let trades = self.trades.iter().filter(|(trade, _)| trade.market == market);
                of(market).map_or_else(Vec::new, |subject| trades.filter_map(|trade| trades::trade(&subject, trade)).collect())
            }
            (Topic::AggregateTrades(market), Some(Feed::Aggregates(feed))) => {
                of(market).map_or_else(Vec::new, |subject| feed.tell(&subject))
            }
            (Topic::Mark(market, _), _) => one(market, marks::mark),
            (Topic::AllMarks(_), _) => array(marks::mark),
            (Topic::Candles(market, interval), Some(Feed::Candles(feed))) => {
                of(market).map_or_else(Vec::new, |subject| feed.tell(&subject, interval, candles::Kind::OfSymbol))
            }
            (Topic::ContinuousCandles(market, interval), Some(Feed::Candles(feed))) => {
                of(market).map_or_else(Vec::new, |subject| feed.tell(&subject, interval, candles::Kind::OfPair))
            }
            (Topic::MiniTicker(market), _) => one(market, tickers::mini),
            (Topic::AllMiniTickers, _) => array(tickers::mini),
            (Topic::Ticker(market), _) => one(market, tickers::full),
            (Topic::AllTickers, _) => array(tickers::full),
            (Topic::Touch(market), Some(Feed::Touches(feed))) => {
                of(market).and_then(|subject| feed.tell(&subject)).into_iter().collect()
            }
            (Topic::AllTouches, Some(Feed::Touches(feed))) => all().filter_map(|subject| feed.tell(&subject)).collect(),
            (Topic::Forced(market), Some(Feed::Forced(feed))) => feed.tell(world, hub.catalog(), Some(market)),
            (Topic::AllForced, Some(Feed::Forced(feed))) => feed.tell(world, hub.catalog(), None),
            (Topic::Contracts, _) => {
                let changed = self.changed.iter().filter_map(|market| of(*market));
                changed.filter_map(|subject| marks::contract(&subject)).collect()
            }
            (_, _) => Vec::new(),
        }
    }
}
