//! An account in one market: positions, leverage, margin mode, and sums over its orders.

use ringfence_risk::hold::HeldOrders;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, Side};

use super::digest::{Kind, Touched, digest, halves, word};
use super::orders::NOBODY;
use crate::book::{AccountId, Lots};
use crate::command::AutoAdd;
use crate::ids::MarketId;

/// One value per leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerSide<T> {
    /// Of the long leg; of buys.
    pub long: T,
    /// Of the short leg; of sells.
    pub short: T,
}

impl<T: Copy> PerSide<T> {
    /// The same for both.
    pub const fn both(value: T) -> Self {
        Self { long: value, short: value }
    }

    /// Of a side.
    #[inline]
    pub const fn of(&self, side: Side) -> T {
        match side {
            Side::Long => self.long,
            Side::Short => self.short,
        }
    }

    /// References to both.
    #[inline]
    pub(crate) const fn each_ref(&self) -> PerSide<&T> {
        PerSide { long: &self.long, short: &self.short }
    }

    #[inline]
    pub(crate) const fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Long => &mut self.long,
            Side::Short => &mut self.short,
        }
    }
}

/// An account in one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub(crate) account: AccountId,
    /// Of either leg; in one-way mode both are the same.
    pub(crate) margin_mode: PerSide<MarginMode>,
    pub(crate) auto_add: AutoAdd,
    pub(crate) positions: PerSide<Option<Position>>,
    pub(crate) leverage: PerSide<Leverage>,
    /// Resting orders that may open: buys and sells.
    pub(crate) held: PerSide<HeldOrders>,
    /// Resting lots that may only reduce the long (sells) or the short (buys).
    pub(crate) reducing: PerSide<u64>,
    /// What is held for the orders.
    pub(crate) hold: Amount,
    /// Its orders, oldest first.
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) orders: u32,
    /// How many of them wait for a trigger.
    pub(crate) waiting: u32,
    /// When all of them are cancelled.
    pub(crate) countdown: Option<crate::time::Time>,
    /// Whether the hash and the liquidation index have to look at it again.
    pub(crate) touched: Touched,
}

impl Participant {
    pub(crate) const fn new(account: AccountId, margin_mode: MarginMode, leverage: Leverage) -> Self {
        Self {
            account,
            margin_mode: PerSide::both(margin_mode),
            auto_add: AutoAdd::Off,
            positions: PerSide::both(None),
            leverage: PerSide::both(leverage),
            held: PerSide::both(HeldOrders::NONE),
            reducing: PerSide::both(0),
            hold: Amount::ZERO,
            first: NOBODY,
            last: NOBODY,
            orders: 0,
            waiting: 0,
            countdown: None,
            touched: Touched::NONE,
        }
    }

    /// Whose.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Whether a leg is isolated or stands in the pool; in one-way mode both are the same.
    #[inline]
    #[must_use]
    pub const fn margin_mode(&self, side: Side) -> MarginMode {
        self.margin_mode.of(side)
    }

    /// The margin modes of both legs.
    #[must_use]
    pub const fn margin_modes(&self) -> &PerSide<MarginMode> {
        &self.margin_mode
    }

    /// Whether a leg, open or not, stands in the pool.
    #[inline]
    pub(crate) const fn is_pooled(&self) -> bool {
        matches!(self.margin_mode.long, MarginMode::Cross) || matches!(self.margin_mode.short, MarginMode::Cross)
    }

    /// The positions that stand in the pool.
    #[inline]
    pub(crate) fn cross_positions(&self) -> impl Iterator<Item = &Position> {
        let legs = [(&self.positions.long, self.margin_mode.long), (&self.positions.short, self.margin_mode.short)];
        legs.into_iter().filter(|(_, mode)| *mode == MarginMode::Cross).filter_map(|(position, _)| position.as_ref())
    }

    /// Whether any position stands in the pool.
    #[inline]
    pub(crate) fn has_cross_position(&self) -> bool {
        self.cross_positions().next().is_some()
    }

    /// Its positions.
    #[must_use]
    pub const fn positions(&self) -> &PerSide<Option<Position>> {
        &self.positions
    }

    /// Its leverage per leg; in one-way mode both are the same.
    #[must_use]
    pub const fn leverage(&self) -> &PerSide<Leverage> {
        &self.leverage
    }

    /// What is held for its orders.
    #[must_use]
    pub const fn hold(&self) -> Amount {
        self.hold
    }

    /// Sums over its resting orders that may open.
    #[must_use]
    pub const fn held_orders(&self) -> &PerSide<HeldOrders> {
        &self.held
    }

    /// Lots of its resting orders that may only reduce the long or the short.
    #[must_use]
    pub const fn reducing(&self) -> PerSide<Lots> {
        PerSide { long: Lots::new(self.reducing.long), short: Lots::new(self.reducing.short) }
    }

    /// How many orders it has open.
    #[must_use]
    pub const fn orders(&self) -> u32 {
        self.orders
    }

    /// Whether automatic margin is on.
    #[must_use]
    pub const fn auto_add(&self) -> AutoAdd {
        self.auto_add
    }

    /// When all its orders are cancelled.
    #[must_use]
    pub const fn countdown(&self) -> Option<crate::time::Time> {
        self.countdown
    }

    /// The position of one-way mode: whichever leg there is.
    #[inline]
    #[must_use]
    pub const fn only(&self) -> Option<&Position> {
        match (&self.positions.long, &self.positions.short) {
            (Some(position), _) | (None, Some(position)) => Some(position),
            (None, None) => None,
        }
    }

    /// Whether there is any position.
    #[inline]
    #[must_use]
    pub const fn has_position(&self) -> bool {
        self.positions.long.is_some() || self.positions.short.is_some()
    }

    /// The digest of settings and positions. What is held, and the sums it is made of, follow from orders and positions: the audit recomputes
    /// them, and the hash need not know them.
    pub(crate) fn digest(&self, market: MarketId) -> u128 {
        #![expect(clippy::as_conversions, reason = "the numbers of enum variants")]
        let flags = self.margin_mode.long as u64 | (self.margin_mode.short as u64) << 1 | (self.auto_add as u64) << 8;
        let owner = u64::from(self.account.0) << 32 | u64::from(market.0) << 16 | flags;
        let own = digest(
            Kind::Participant,
            [
                owner,
                word(self.leverage.long.raw()),
                word(self.leverage.short.raw()),
                self.countdown.map_or(0, |at| at.ms().saturating_add(1)),
            ],
        );
        let long = self.positions.long.as_ref().map_or(0, |position| position_digest(owner, position));
        let short = self.positions.short.as_ref().map_or(0, |position| position_digest(owner, position));
        own.wrapping_add(long).wrapping_add(short)
    }
}

pub(crate) fn position_digest(owner: u64, position: &Position) -> u128 {
    let side = match position.side {
        Side::Long => 1,
        Side::Short => 2,
    };
    let [entry, entry_high] = halves(position.entry_value.raw());
    let [opening, opening_high] = halves(position.opening_margin.raw());
    let [added, added_high] = halves(position.added_margin.raw());
    let words = [owner, word(position.quantity.raw()), entry, entry_high, opening, opening_high, added, added_high ^ side];
    digest(Kind::Participant, words)
}
