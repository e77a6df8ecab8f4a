//! The streams of markets, by name.

use ringfence_engine::ids::MarketId;

use super::cadence::Cadence;
use crate::boot::{Catalog, Symbol};
use crate::record::Interval;

/// A stream that is the same for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `<symbol>@aggTrade`.
    AggregateTrades(MarketId),
    /// `<symbol>@trade`.
    Trades(MarketId),
    /// `<symbol>@markPrice`, `@markPrice@1s`.
    Mark(MarketId, MarkPace),
    /// `!markPrice@arr`, `!markPrice@arr@1s`.
    AllMarks(MarkPace),
    /// `<symbol>@kline_<interval>`.
    Candles(MarketId, Interval),
    /// `<pair>_perpetual@continuousKline_<interval>`.
    ContinuousCandles(MarketId, Interval),
    /// `<symbol>@miniTicker`.
    MiniTicker(MarketId),
    /// `!miniTicker@arr`.
    AllMiniTickers,
    /// `<symbol>@ticker`.
    Ticker(MarketId),
    /// `!ticker@arr`.
    AllTickers,
    /// `<symbol>@bookTicker`.
    Touch(MarketId),
    /// `!bookTicker`.
    AllTouches,
    /// `<symbol>@depth`, `@depth@100ms`, `@depth@250ms`, `@depth@500ms`.
    Depth(MarketId, Speed),
    /// `<symbol>@depth5`, `@depth10`, `@depth20`, each with or without a speed.
    PartialDepth(MarketId, Levels, Speed),
    /// `<symbol>@forceOrder`.
    Forced(MarketId),
    /// `!forceOrder@arr`.
    AllForced,
    /// `!contractInfo`.
    Contracts,
}

/// How often marks are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkPace {
    /// Every three seconds: the name without a pace.
    Seconds3,
    /// Every second.
    Second1,
}

/// How often a book is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speed {
    /// Every 250 ms: the name without a speed.
    Unnamed,
    /// Every 100 ms.
    Ms100,
    /// Every 250 ms, by name.
    Ms250,
    /// Every 500 ms.
    Ms500,
}

/// How much of a book is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Levels {
    /// Five prices a side.
    Five,
    /// Ten.
    Ten,
    /// Twenty.
    Twenty,
}

impl Speed {
    const NAMED: [(&str, Self); 4] =
        [("", Self::Unnamed), ("@100ms", Self::Ms100), ("@250ms", Self::Ms250), ("@500ms", Self::Ms500)];

    const fn cadence(self) -> Cadence {
        match self {
            Self::Ms100 => Cadence::Ms100,
            Self::Unnamed | Self::Ms250 => Cadence::Ms250,
            Self::Ms500 => Cadence::Ms500,
        }
    }
}

impl Levels {
    const NAMED: [(&str, Self); 3] = [("5", Self::Five), ("10", Self::Ten), ("20", Self::Twenty)];

    /// How many prices a side.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
            Self::Twenty => 20,
        }
    }
}

impl MarkPace {
    const fn cadence(self) -> Cadence {
        match self {
            Self::Seconds3 => Cadence::Seconds3,
            Self::Second1 => Cadence::Second1,
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Seconds3 => "",
            Self::Second1 => "@1s",
        }
    }
}

fn named<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn name_in<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

impl Topic {
    /// Streams of all markets together.
    const OF_ALL: [(&str, Self); 8] = [
        ("!markPrice@arr", Self::AllMarks(MarkPace::Seconds3)),
        ("!markPrice@arr@1s", Self::AllMarks(MarkPace::Second1)),
        ("!miniTicker@arr", Self::AllMiniTickers),
        ("!ticker@arr", Self::AllTickers),
        ("!bookTicker", Self::AllTouches),
        ("!bookTicker@arr", Self::AllTouches),
        ("!forceOrder@arr", Self::AllForced),
        ("!contractInfo", Self::Contracts),
    ];

    /// The stream of this name, with the symbol in either case; `None` where there is none.
    #[must_use]
    pub fn named(catalog: &Catalog, name: &str) -> Option<Self> {
        if name.starts_with('!') {
            return named(&Self::OF_ALL, name);
        }
        let (symbol, kind) = name.split_once('@')?;
        let capitals = symbol.to_ascii_uppercase();
        if let Some(interval) = kind.strip_prefix("continuousKline_") {
            let pair = capitals.strip_suffix("_PERPETUAL")?;
            let found = catalog.find(pair).or_else(|| catalog.find(&format!("{pair}_PERP")))?;
            return Some(Self::ContinuousCandles(found.market, Interval::named(interval)?));
        }
        let market = catalog.find(&capitals)?.market;
        match kind {
            "aggTrade" => Some(Self::AggregateTrades(market)),
            "trade" => Some(Self::Trades(market)),
            "markPrice" => Some(Self::Mark(market, MarkPace::Seconds3)),
            "markPrice@1s" => Some(Self::Mark(market, MarkPace::Second1)),
            "miniTicker" => Some(Self::MiniTicker(market)),
            "ticker" => Some(Self::Ticker(market)),
            "bookTicker" => Some(Self::Touch(market)),
            "forceOrder" => Some(Self::Forced(market)),
            other => Self::with_argument(market, other),
        }
    }

    fn with_argument(market: MarketId, kind: &str) -> Option<Self> {
        if let Some(interval) = kind.strip_prefix("kline_") {
            return Some(Self::Candles(market, Interval::named(interval)?));
        }
        let depth = kind.strip_prefix("depth")?;
        let (levels, speed) = depth.split_at(depth.find('@').unwrap_or(depth.len()));
        let speed = named(&Speed::NAMED, speed)?;
        if levels.is_empty() {
            return Some(Self::Depth(market, speed));
        }
        Some(Self::PartialDepth(market, named(&Levels::NAMED, levels)?, speed))
    }

    /// Its name.
    #[must_use]
    pub fn name(self, catalog: &Catalog) -> String {
        let of = |market, kind: &str| {
            let symbol = catalog.get(market).map_or("", |symbol: &Symbol| &symbol.symbol);
            format!("{}@{kind}", symbol.to_ascii_lowercase())
        };
        match self {
            Self::AggregateTrades(market) => of(market, "aggTrade"),
            Self::Trades(market) => of(market, "trade"),
            Self::Mark(market, pace) => of(market, &format!("markPrice{}", pace.suffix())),
            Self::Candles(market, interval) => of(market, &format!("kline_{}", interval.name())),
            Self::ContinuousCandles(market, interval) => {
                let pair = catalog.get(market).map_or("", |symbol: &Symbol| &symbol.pair).to_ascii_lowercase();
                format!("{pair}_perpetual@continuousKline_{}", interval.name())
            }
            Self::MiniTicker(market) => of(market, "miniTicker"),
            Self::Ticker(market) => of(market, "ticker"),
            Self::Touch(market) => of(market, "bookTicker"),
            Self::Depth(market, speed) => of(market, &format!("depth{}", name_in(&Speed::NAMED, speed))),
            Self::PartialDepth(market, levels, speed) => {
                of(market, &format!("depth{}{}", levels.count(), name_in(&Speed::NAMED, speed)))
            }
            Self::Forced(market) => of(market, "forceOrder"),
            Self::AllMarks(_)
            | Self::AllMiniTickers
            | Self::AllTickers
            | Self::AllTouches
            | Self::AllForced
            | Self::Contracts => name_in(&Self::OF_ALL, self).to_owned(),
        }
    }

    /// When it is told; `None` for what is told as soon as it is durable.
    pub(super) const fn cadence(self) -> Option<Cadence> {
        Some(match self {
            Self::AggregateTrades(_) => Cadence::Ms100,
            Self::Candles(..) | Self::ContinuousCandles(..) => Cadence::Ms250,
            Self::MiniTicker(_) | Self::Ticker(_) => Cadence::Ms500,
            Self::AllMiniTickers | Self::AllTickers => Cadence::Second1,
            Self::AllTouches => Cadence::Seconds5,
            Self::Mark(_, pace) | Self::AllMarks(pace) => pace.cadence(),
            Self::Depth(_, speed) | Self::PartialDepth(_, _, speed) => speed.cadence(),
            Self::Forced(_) | Self::AllForced => Cadence::Second1,
            Self::Trades(_) | Self::Touch(_) | Self::Contracts => return None,
        })
    }
}
