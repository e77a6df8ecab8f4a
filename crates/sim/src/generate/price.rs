//! Prices, time and funding.

use ringfence_engine::command::{Command, MarkSource};
use ringfence_engine::feed::SourceId;
use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::units::{IndexPrice, MarkPrice, Rate};

use super::Scene;

impl Scene<'_> {
    /// A move of the price in millionths: mostly small, sometimes a crash.
    fn factor(&mut self) -> i64 {
        let pace = self.pace;
        match self.random.weighted(&[70, 20, 7, 3]) {
            0 => 1_000_000 + self.random.between(-pace, pace),
            1 => 1_000_000 + self.random.between(-(3 * pace), 3 * pace).max(-900_000),
            2 => 1_000_000 + self.random.between(-150_000, 150_000),
            _ => self.random.pick(&[400_000, 600_000, 1_400_000, 1_600_000, 2_500_000]),
        }
    }

    /// The mark times millionths, on its step.
    pub(super) fn moved(&mut self, market: MarketId, factor: i64) -> MarkPrice {
        let Some(known) = self.known(market) else { return MarkPrice::LEAST };
        let step = known.contract().spec().mark_step.wide();
        let tick = known.contract().spec().tick.wide();
        let raw = known.mark().map_or(10_000 * tick, MarkPrice::wide) * i128::from(factor) / 1_000_000;
        // What left the sensible range comes back in time.
        let raw = match (raw < 20 * tick, raw > 100_000_000 * tick) {
            (true, _) if self.random.chance(300) => 10_000 * tick,
            (_, true) => 10_000 * tick,
            _ => raw,
        };
        let raw = if self.random.chance(4) { step } else { (raw / step).max(1) * step };
        MarkPrice::from_wide(raw).unwrap_or(MarkPrice::LEAST)
    }

    /// A market's price moves by a factor: the command or commands that do it.
    pub(super) fn move_by(&mut self, market: MarketId, factor: i64) -> Vec<Command> {
        let Some(known) = self.known(market) else { return Vec::new() };
        let mark = self.moved(market, factor);
        let off = if self.random.chance(30) { self.random.between(-300_000, 300_000) } else { self.random.between(-500, 500) };
        let near = |off: i64| {
            let raw = mark.wide() * i128::from(1_000_000 + off) / 1_000_000;
            IndexPrice::from_wide(raw.max(1)).unwrap_or(IndexPrice::LEAST)
        };
        match known.listing().feed.mark_source {
            MarkSource::Direct => vec![Command::SetMark { market, mark, index: near(off) }],
            MarkSource::Median => {
                let quote = |number: u8, off| Some((SourceId::new(number).ok()?, near(off)));
                let quotes = [quote(0, off), quote(1, 0), quote(2, -off / 2)];
                quotes.into_iter().flatten().map(|(source, price)| Command::QuoteIndex { market, source, price }).collect()
            }
        }
    }

    /// Some price moves, or a funding rate.
    pub(crate) fn prices(&mut self) -> Vec<Command> {
        let market = self.market();
        if self.random.chance(120) {
            let raw = self.random.pick(&[0, 10_000, -10_000, 750_000, -750_000, 2_000_000, -2_000_000, 100_000_000]);
            let rate = Rate::from_raw(raw).unwrap_or(Rate::ZERO);
            let set = Command::SetFundingRate { market, rate };
            let settle = Command::SettleFunding { market };
            return if self.random.chance(500) { vec![set, settle] } else { vec![set] };
        }
        if self.random.chance(60) {
            return vec![Command::SettleFunding { market }];
        }
        let factor = self.factor();
        self.move_by(market, factor)
    }

    /// The clock moves: a little, to the edge of a funding settlement, or far.
    pub(crate) fn time(&mut self) -> Command {
        let (now, market) = (self.state.clock().ms(), self.market());
        let next = self.known(market).and_then(|known| known.funding().1).map_or(now, Time::ms);
        let to = match self.random.weighted(&[40, 25, 22, 6, 4, 2, 1]) {
            0 => now + self.random.below(5_000),
            1 => now + 60_000,
            2 => next.max(now + 1) - self.random.below(2) + self.random.below(2),
            3 => now + 3_600_000,
            4 => now + 32_400_000,
            5 => now.saturating_sub(self.random.below(2)),
            _ => now + 86_400_001,
        };
        Command::AdvanceTime { to: Time::from_ms(to) }
    }
}
