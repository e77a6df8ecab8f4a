//! Random commands for the laws, biased towards edges.

use proptest::prelude::*;
use ringfence_engine::book::{Crossing, Lots, SelfTrade, Ticks, TimeInForce};
use ringfence_risk::filters::OrderSide;

use super::{Number, SMALL, ticks};

/// Where prices and quantities of a case come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terrain {
    /// Prices lie around here at first …
    pub(crate) centre: u32,
    /// … move by this with every command …
    pub(crate) drift: i64,
    /// … and stray this far.
    pub(crate) spread: i64,
    /// Quantities are up to this.
    pub(crate) lots: u64,
    /// Most orders that may rest.
    pub(crate) limit: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Place(TimeInForce),
    Amend(Crossing),
    Reduce,
    Cancel,
}

/// A command whose numbers are shares (0 to 65,535) of what the case offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) kind: Kind,
    pub(crate) side: OrderSide,
    pub(crate) account: u32,
    pub(crate) price: u16,
    pub(crate) lots: u16,
    pub(crate) order: u16,
    pub(crate) self_trade: SelfTrade,
}

impl Command {
    /// Its price as the command of this number.
    pub(crate) fn price(&self, terrain: &Terrain, at: i64) -> Ticks {
        let Terrain { centre, drift, spread, .. } = *terrain;
        // The square of the share: most prices lie near the touch, on either side of it.
        let share = i64::from(self.price) - 32_768;
        let off = share * share.abs() / 32_768 * spread / 32_768;
        let price = (i64::from(centre) + drift * at + off).clamp(1, u32::MAX.into());
        ticks(u32::try_from(price).expect(SMALL))
    }

    pub(crate) fn lots(&self, terrain: &Terrain) -> Lots {
        // One in 64 asks for nothing, one in 64 for all.
        Lots::new(match self.lots {
            0..1_024 => 0,
            64_512.. => terrain.lots,
            share => 1 + u64::try_from(u128::from(terrain.lots - 1) * u128::from(share) / 65_536).expect(SMALL),
        })
    }

    /// An order placed before: often one of the last, so that it may still rest.
    pub(crate) fn number(&self, placed: Number) -> Number {
        let back = usize::from(self.order) % if self.order.is_multiple_of(4) { placed + 1 } else { (placed + 1).min(12) };
        placed.saturating_sub(back)
    }
}

pub(crate) fn terrain() -> impl Strategy<Value = Terrain> {
    let common =
        (0..3_i64, prop::sample::select(vec![3_i64, 20, 200]), prop::sample::select(vec![1_u64, 20, 1_000]), any::<bool>());
    let usual = common.prop_map(|(drift, spread, lots, up)| Terrain {
        centre: 10_000,
        drift: if up { drift * drift } else { -drift },
        spread,
        lots,
        limit: 1_000,
    });
    let limit = |limit| Terrain { centre: 500, drift: 0, spread: 4, lots: 9, limit };
    prop_oneof![
        8 => usual,
        1 => Just(Terrain { centre: 1, drift: 0, spread: i64::from(u32::MAX), lots: 9, limit: 1_000 }),
        1 => Just(Terrain { centre: u32::MAX, drift: 0, spread: 70, lots: 9, limit: 1_000 }),
        1 => Just(Terrain { centre: 1, drift: 0, spread: 70, lots: 9, limit: 1_000 }),
        1 => Just(Terrain { centre: 500, drift: 0, spread: 4, lots: u64::MAX, limit: 1_000 }),
        1 => (0..12_u32).prop_map(limit),
    ]
}

pub(crate) fn command() -> impl Strategy<Value = Command> {
    use SelfTrade::{ExpireBoth, ExpireMaker, ExpireTaker};
    let modes = prop::sample::select(vec![ExpireTaker, ExpireMaker, ExpireBoth]);
    let kind = prop_oneof![
        9 => Just(Kind::Place(TimeInForce::GoodTillCancel)),
        3 => Just(Kind::Place(TimeInForce::PostOnly)),
        2 => Just(Kind::Place(TimeInForce::ImmediateOrCancel)),
        2 => Just(Kind::Place(TimeInForce::FillOrKill)),
        5 => modes.clone().prop_map(|mode| Kind::Amend(Crossing::Take(mode))),
        2 => Just(Kind::Amend(Crossing::Refuse)),
        2 => Just(Kind::Reduce),
        2 => Just(Kind::Cancel),
    ];
    let sides = prop::sample::select(vec![OrderSide::Buy, OrderSide::Sell]);
    (kind, sides, 0..5_u32, any::<[u16; 3]>(), modes).prop_map(|(kind, side, account, [price, lots, order], self_trade)| {
        Command { kind, side, account, price, lots, order, self_trade }
    })
}
