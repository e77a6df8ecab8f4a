//! What commands are made from: the state, and helpers that pick meaningful things in it.

use ringfence_engine::book::{AccountId, Lots, Ticks};
use ringfence_engine::command::{LegRef, PositionSide};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, State};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::PositionMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Side};

use crate::random::Random;
use crate::shadow::Shadow;

/// The world as it is when a command is made.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) state: &'a State,
    pub(crate) shadow: &'a Shadow,
    pub(crate) random: &'a mut Random,
    pub(crate) names: &'a mut u64,
    pub(crate) pace: i64,
}

impl<'a> Scene<'a> {
    /// Any account.
    pub(crate) fn account(&mut self) -> AccountId {
        AccountId(self.random.below(self.state.accounts().len().max(1) as u64) as u32)
    }

    /// Another account, where there is one.
    pub(crate) fn other(&mut self, than: AccountId) -> AccountId {
        let count = self.state.accounts().len().max(2) as u32;
        AccountId((than.0 + 1 + self.random.below(u64::from(count) - 1) as u32) % count)
    }

    /// Any market.
    pub(crate) fn market(&mut self) -> MarketId {
        MarketId(self.random.below(self.state.markets().len().max(1) as u64) as u16)
    }

    /// A market that is there.
    pub(crate) fn known(&self, market: MarketId) -> Option<&'a Market> {
        self.state.market(market)
    }

    /// Any side.
    pub(crate) fn side(&mut self) -> OrderSide {
        self.random.pick(&[OrderSide::Buy, OrderSide::Sell])
    }

    /// Whether an account holds two legs.
    pub(crate) fn hedges(&self, account: AccountId) -> bool {
        self.state.account(account).is_some_and(|account| account.position_mode() == PositionMode::Hedge)
    }

    /// A leg of an account.
    pub(crate) fn leg(&mut self, account: AccountId, market: MarketId) -> LegRef {
        let wrong = self.random.chance(20);
        let side = if self.hedges(account) == wrong {
            PositionSide::Both
        } else {
            self.random.pick(&[PositionSide::Long, PositionSide::Short])
        };
        LegRef { account, market, side }
    }

    /// Somebody who holds a position, with it; by chance among all.
    pub(crate) fn holder(&mut self) -> Option<(MarketId, AccountId, Position)> {
        let mut found: Option<(MarketId, AccountId, Position)> = None;
        let mut seen = 0;
        for market in self.state.markets() {
            for account in (0..self.state.accounts().len() as u32).map(AccountId) {
                let Some(participant) = market.participant(account) else { continue };
                let positions = participant.positions();
                for position in [positions.long, positions.short].into_iter().flatten() {
                    seen += 1;
                    if self.random.below(seen) == 0 {
                        found = Some((market.id(), account, position));
                    }
                }
            }
        }
        found
    }

    /// The leg that holds a position.
    pub(crate) fn leg_of(&self, account: AccountId, market: MarketId, side: Side) -> LegRef {
        let side = if self.hedges(account) { PositionSide::of(side) } else { PositionSide::Both };
        LegRef { account, market, side }
    }

    /// The position of an account's leg.
    pub(crate) fn position(&self, market: MarketId, account: AccountId, side: Side) -> Option<Position> {
        self.known(market)?.participant(account)?.positions().of(side)
    }

    /// The leverage of an account's leg.
    pub(crate) fn leverage_of(&self, market: MarketId, account: AccountId, side: Side) -> Leverage {
        let Some(known) = self.known(market) else { return Leverage::ONE };
        known.participant(account).map_or(known.listing().default_leverage, |found| found.leverage().of(side))
    }

    /// The mark in ticks, or what there is of it.
    pub(crate) fn mark_ticks(&self, market: MarketId) -> u32 {
        let Some(known) = self.known(market) else { return 1 };
        let raw = known.mark().map_or(known.contract().spec().tick.raw(), MarkPrice::raw);
        (raw / known.contract().spec().tick.raw()).clamp(1, i64::from(u32::MAX)) as u32
    }

    /// A number of ticks as a price.
    pub(crate) fn price(&self, market: MarketId, ticks: u32) -> Price {
        let Some(known) = self.known(market) else { return Price::LEAST };
        let ticks = Ticks::new(ticks.max(1)).unwrap_or(Ticks::LEAST);
        ticks.to_price(known.contract()).unwrap_or(Price::LEAST)
    }

    /// A number of lots as a quantity.
    pub(crate) fn quantity(&self, market: MarketId, lots: i128) -> Quantity {
        let Some(known) = self.known(market) else { return Quantity::ZERO };
        let raw = known.contract().spec().lot.wide().saturating_mul(lots.max(0));
        Quantity::from_wide(raw).unwrap_or(Quantity::GREATEST)
    }

    /// How many lots so much value buys at a price.
    pub(crate) fn lots_for(&self, market: MarketId, value: i128, ticks: u32) -> i128 {
        let Some(known) = self.known(market) else { return 1 };
        let ticks = Ticks::new(ticks.max(1)).unwrap_or(Ticks::LEAST);
        let worth = known.value(ticks, Lots::new(1_000)).map_or(0, |value| value.raw());
        value.saturating_mul(1_000).checked_div(worth).unwrap_or(1)
    }

    /// What an account may use in a market.
    pub(crate) fn available(&self, account: AccountId, market: MarketId) -> i128 {
        let Some(known) = self.known(market) else { return 0 };
        self.state.available(account, known.asset()).map_or(0, Amount::raw).max(0)
    }

    /// A price in ticks at which somebody might want to trade.
    pub(crate) fn near(&mut self, market: MarketId, side: OrderSide) -> u32 {
        let mark = i64::from(self.mark_ticks(market));
        let Some(known) = self.known(market) else { return 1 };
        let filters = &known.listing().filters;
        let edge = |band: i64| (i128::from(mark) * i128::from(band) / 100_000_000) as i64;
        let ticks = match self.random.weighted(&[32, 17, 8, 35, 5, 3]) {
            0 => mark + self.random.between(-10, 10),
            1 => mark + self.random.between(-(mark / 300), mark / 300),
            2 => mark + self.random.between(-(mark / 20), mark / 20),
            3 => {
                // Mostly the other side's best: a trade.
                let crosses = self.random.chance(700);
                let best = match side {
                    OrderSide::Buy if crosses => known.book().best_ask(),
                    OrderSide::Sell if crosses => known.book().best_bid(),
                    OrderSide::Buy => known.book().best_bid(),
                    OrderSide::Sell => known.book().best_ask(),
                };
                best.map_or(mark, |best| i64::from(best.raw())) + self.random.between(-1, 1)
            }
            4 => match side {
                OrderSide::Buy => edge(filters.band_up.raw()) + self.random.between(-1, 1),
                OrderSide::Sell => edge(filters.band_down.raw()) + self.random.between(-1, 1),
            },
            _ => self.random.between(1, mark.saturating_mul(3)),
        };
        ticks.clamp(1, i64::from(u32::MAX)) as u32
    }

    /// A number of lots that somebody might want.
    pub(crate) fn size(&mut self, market: MarketId, account: AccountId, (side, ticks): (OrderSide, u32)) -> i128 {
        let Some(known) = self.known(market) else { return 1 };
        let opens = side.opens();
        let leverage = self.leverage_of(market, account, opens);
        let lot = known.contract().spec().lot.raw();
        let filters = &known.listing().filters;
        let affordable =
            self.lots_for(market, self.available(account, market).saturating_mul(leverage.wide()) / 100_000_000, ticks);
        match self.random.weighted(&[20, 45, 6, 15, 3, 11]) {
            0 => i128::from(filters.min_quantity.raw() / lot) * i128::from(self.random.between(1, 3)),
            1 => {
                let parts = 1 << self.random.between(9, 19);
                Random::part(affordable, i128::from(self.random.between(1, parts))).max(1)
            }
            2 => Random::part(affordable, i128::from(self.random.between(950_000, 1_010_000))).max(1),
            3 => {
                let brackets = &known.listing().brackets;
                let edge = if self.random.chance(700) {
                    brackets.max_value(leverage).map_or(0, |value| value.raw())
                } else {
                    let at = self.random.below(brackets.brackets().len() as u64) as usize;
                    brackets.brackets()[at].cap.raw()
                };
                self.lots_for(market, edge, ticks).saturating_add(i128::from(self.random.between(-1, 1))).max(1)
            }
            4 => i128::from(filters.max_quantity.raw() / lot) + i128::from(self.random.between(-1, 1)),
            _ => {
                let best = known.book().depth(self.random.pick(&[OrderSide::Buy, OrderSide::Sell])).next();
                best.map_or(1, |level| i128::from(level.lots.raw())).max(1)
            }
        }
    }
}
