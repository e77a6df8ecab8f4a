//! A leg of an account in a market: its settings, its position and what its open orders take.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::hold::{HeldOrders, order_hold};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::units::{Amount, Leverage, Notional, Side};

use super::position::PositionView;
use crate::book::{AccountId, Lots};
use crate::command::{AutoAdd, PositionSide};
use crate::ids::MarketId;
use crate::state::{Market, Participant, State};

/// A leg as the account's position mode names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegView {
    /// Which.
    pub side: PositionSide,
    /// Its position; `None` where it holds none.
    pub position: Option<PositionView>,
    /// Its own box, or the pool.
    pub margin_mode: MarginMode,
    /// The leverage set for it.
    pub leverage: Leverage,
    /// The greatest value that may be held at this leverage; zero where no bracket allows the leverage.
    pub max_notional: Notional,
    /// Whether its position draws on the available balance before it is liquidated.
    pub auto_add: AutoAdd,
    /// Value of its resting buys that may open, each at its own price.
    pub buys: Notional,
    /// Value of its resting sells that may open, each at its own price.
    pub sells: Notional,
    /// Whether any order of it rests in the book, also one that only reduces.
    pub has_orders: bool,
    /// What is held for its orders.
    pub order_margin: Amount,
    /// Initial margin of its position at the mark, and what is held for its orders.
    pub initial_margin: Amount,
}

/// What of the orders belongs to a leg.
struct Share {
    buys: HeldOrders,
    sells: HeldOrders,
    reducing: Lots,
    margin: Amount,
}

impl State {
    /// The legs of an account in a market: of one-way mode the one there is; of hedge mode first [`PositionSide::Both`], on which nothing is, then
    /// long and short. Where the account never took part, what the market was listed with. None where there is no such account or market.
    ///
    /// Costs as much as [`State::position_view`] for every position.
    ///
    /// # Errors
    /// [`OutOfRange`] where a number leaves the range the rules compute with.
    pub fn leg_views(&self, market: MarketId, account: AccountId) -> Result<Vec<LegView>, OutOfRange> {
        let Some((known, owner)) = self.market(market).zip(self.account(account)) else { return Ok(Vec::new()) };
        let listing = known.listing();
        let fresh = Participant::new(account, listing.default_margin_mode, listing.default_leverage);
        let participant = known.participant(account).unwrap_or(&fresh);
        let sides: &[PositionSide] = match owner.position_mode() {
            PositionMode::OneWay => &[PositionSide::Both],
            PositionMode::Hedge => &[PositionSide::Both, PositionSide::Long, PositionSide::Short],
        };
        sides.iter().map(|side| self.leg_view(known, participant, (owner.position_mode(), *side))).collect()
    }

    fn leg_view(
        &self,
        market: &Market,
        participant: &Participant,
        (mode, side): (PositionMode, PositionSide),
    ) -> Result<LegView, OutOfRange> {
        let of = |side| self.position_view(market.id(), participant.account(), side);
        let position = match (mode, side) {
            (PositionMode::OneWay, _) => match participant.only() {
                Some(only) => of(only.side)?,
                None => None,
            },
            (PositionMode::Hedge, PositionSide::Long) => of(Side::Long)?,
            (PositionMode::Hedge, PositionSide::Short) => of(Side::Short)?,
            (PositionMode::Hedge, PositionSide::Both) => None,
        };
        let share = share(market, participant, (mode, side))?;
        let leverage = match side {
            PositionSide::Both | PositionSide::Long => participant.leverage().long,
            PositionSide::Short => participant.leverage().short,
        };
        let rests = |orders: HeldOrders| orders.sum.value > Notional::ZERO;
        Ok(LegView {
            side,
            position,
            margin_mode: participant.margin_mode(match side {
                PositionSide::Both | PositionSide::Long => Side::Long,
                PositionSide::Short => Side::Short,
            }),
            leverage,
            max_notional: market.listing().brackets.max_value(leverage).unwrap_or(Notional::ZERO),
            auto_add: participant.auto_add(),
            buys: share.buys.sum.value,
            sells: share.sells.sum.value,
            has_orders: rests(share.buys) || rests(share.sells) || share.reducing > Lots::ZERO,
            order_margin: share.margin,
            initial_margin: position.map_or(Amount::ZERO, |position| position.initial_margin).plus(share.margin)?,
        })
    }
}

/// What of a participant's orders belongs to a leg: in one-way mode all of them, in hedge mode to each side its own.
fn share(market: &Market, participant: &Participant, leg: (PositionMode, PositionSide)) -> Result<Share, OutOfRange> {
    let (held, reducing, leverage) = (participant.held_orders(), participant.reducing(), participant.leverage());
    let hold = |orders: [&HeldOrders; 2], leverage| order_hold(&market.terms(), orders, None, leverage);
    let none = HeldOrders::NONE;
    match leg {
        (PositionMode::OneWay, _) => {
            let reducing = Lots::new(reducing.long.raw().saturating_add(reducing.short.raw()));
            Ok(Share { buys: held.long, sells: held.short, reducing, margin: participant.hold() })
        }
        (PositionMode::Hedge, PositionSide::Long) => {
            let margin = hold([&held.long, &none], leverage.long)?;
            Ok(Share { buys: held.long, sells: none, reducing: reducing.long, margin })
        }
        (PositionMode::Hedge, PositionSide::Short) => {
            let margin = hold([&none, &held.short], leverage.short)?;
            Ok(Share { buys: none, sells: held.short, reducing: reducing.short, margin })
        }
        (PositionMode::Hedge, PositionSide::Both) => {
            Ok(Share { buys: none, sells: none, reducing: Lots::ZERO, margin: Amount::ZERO })
        }
    }
}
