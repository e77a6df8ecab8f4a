//! The numbers of conditional orders.
//!
//! Markets count their orders each for itself, so that equal order numbers occur in several. A conditional order is named without a market; its
//! number is made of both: how-manieth order of the market it is, then sixteen bits of the market. It stays below 2⁵³, the greatest whole number
//! that every JSON reader keeps, for 2³⁷ orders a market, and numbers grow as the orders of a list do.

use core::fmt;
use core::str::FromStr;

use ringfence_engine::book::AccountId;
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::ids::{MarketId, OrderId};
use serde::{Serialize, Serializer};

use super::name::OWN_PREFIX;
use crate::boot::{Catalog, Family};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::exchange::World;
use crate::record::{RecordedOrder, Stage, Window};

/// The number of a conditional order: unique over all markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct AlgoId(u64);

impl AlgoId {
    /// That of an order.
    pub(crate) fn of(order: &RecordedOrder) -> Self {
        Self::new(order.market(), order.order)
    }

    /// That of an order of a market.
    pub(crate) fn new(market: MarketId, order: OrderId) -> Self {
        Self((order.sequence() << u16::BITS) | u64::from(market.0))
    }

    /// What a client sent as one. Whether there is such an order shows only when it is looked for.
    pub(super) const fn sent(number: u64) -> Self {
        Self(number)
    }

    /// The market, and how-manieth order of it.
    fn parts(self) -> (MarketId, u64) {
        (MarketId(u16::try_from(self.0 & u64::from(u16::MAX)).unwrap_or(u16::MAX)), self.0 >> u16::BITS)
    }

    /// An order number that no order with this or a greater number is below.
    pub(super) fn least_order(self) -> u64 {
        let (_, sequence) = self.parts();
        sequence.saturating_mul(OrderId::new(1, 0).0)
    }

    fn find(self, world: &World, account: AccountId) -> Option<&RecordedOrder> {
        let (market, _) = self.parts();
        let open = world.record().open_orders(account, Some(market)).into_iter().find(|order| Self::of(order) == self);
        open.or_else(|| {
            let first = Window { from: Some(self.least_order()), ..Window::latest(1) };
            world.record().orders(account, Some(market), &first).into_iter().find(|order| Self::of(order) == self)
        })
    }
}

/// The client's name of a conditional order, or one made of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlgoLabel {
    /// The owner's.
    Given(ClientOrderId),
    /// `rf-` and the number.
    Number(AlgoId),
}

impl AlgoLabel {
    /// That of an order.
    pub(crate) fn of(order: &RecordedOrder) -> Self {
        order.placed.client_id.map_or_else(|| Self::Number(AlgoId::of(order)), Self::Given)
    }

    /// The order that parameters name; the number counts where both are given.
    ///
    /// # Errors
    /// −1102 where neither is given; `unknown` for a name that no order can have.
    pub(super) fn read(parameters: &Parameters, unknown: &ApiError) -> Result<Self, ApiError> {
        if let Some(number) = parameters.unsigned("algoId")? {
            return Ok(Self::Number(AlgoId::sent(number)));
        }
        let text = parameters.get("clientAlgoId").ok_or_else(|| ApiError::either("clientAlgoId", "algoId"))?;
        if let Some(number) = text.strip_prefix(OWN_PREFIX).and_then(|number| number.parse().ok()) {
            return Ok(Self::Number(AlgoId::sent(number)));
        }
        ClientOrderId::from_str(text).map(Self::Given).map_err(|_| unknown.clone())
    }

    /// The conditional order of an account that has it, within one interface, and within a market where one is named.
    pub(super) fn find<'a>(self, world: &'a World, account: AccountId, within: &Within<'_>) -> Option<&'a RecordedOrder> {
        match self {
            Self::Number(number) => number.find(world, account).filter(|order| within.has(order)),
            Self::Given(name) => called(world, account, name, within),
        }
    }
}

/// Where a conditional order is looked for.
pub(super) struct Within<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) family: Family,
    pub(super) market: Option<MarketId>,
}

impl Within<'_> {
    pub(super) fn has(&self, order: &RecordedOrder) -> bool {
        let market = order.market();
        order.conditional().is_some()
            && self.catalog.is_of(market, self.family)
            && self.market.is_none_or(|wanted| wanted == market)
    }
}

/// Of those with a name: one that waits, then one that is open, then the newest.
fn called<'a>(world: &'a World, account: AccountId, name: ClientOrderId, within: &Within<'_>) -> Option<&'a RecordedOrder> {
    let is_it = |order: &&RecordedOrder| order.placed.client_id == Some(name) && within.has(order);
    let open = world.record().open_orders(account, within.market).into_iter().filter(is_it);
    let best = open.max_by_key(|order| (order.stage == Stage::Waiting, order.created, AlgoId::of(order)));
    best.or_else(|| world.record().order_named(account, &name).filter(is_it)).or_else(|| {
        let all = world.record().orders(account, within.market, &Window::ALL).into_iter();
        all.filter(is_it).max_by_key(|order| (order.created, AlgoId::of(order)))
    })
}

impl fmt::Display for AlgoLabel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(name) => formatter.write_str(name.as_str()),
            Self::Number(number) => write!(formatter, "{OWN_PREFIX}{}", number.0),
        }
    }
}

impl Serialize for AlgoLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_of_one_order_of_one_market() {
        let mut seen = std::collections::BTreeSet::new();
        for (sequence, place) in [(1, 0), (2, 0), (3, 4_194_302), (80_000_000, 7)] {
            for market in [0, 1, 199, u16::MAX] {
                let number = AlgoId::new(MarketId(market), OrderId::new(sequence, place));
                assert!(seen.insert(number.0), "{number:?}");
                assert!(number.0 < 1 << 53, "{number:?}");
                assert_eq!(number.parts(), (MarketId(market), sequence));
                assert!(number.least_order() <= OrderId::new(sequence, place).0);
                assert_ne!(number.0, OrderId::new(sequence, place).0);
            }
        }
        assert!(seen.len() == 16 && AlgoId::sent(u64::MAX).least_order() == u64::MAX, "{seen:?}");
    }
}
