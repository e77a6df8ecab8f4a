//! Margin calls.

use std::collections::HashSet;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::PositionView;
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::units::Side;
use serde::Serialize;

use super::UserEvent;
use crate::api::order::position_side;
use crate::api::text::Decimal;
use crate::boot::{Catalog, Symbol};
use crate::exchange::World;
use crate::stream::figures::quantity;
use crate::stream::hub::Owner;

/// The margin ratio at which a position is called for: 80 %, in 10⁻⁸.
const CALLED_AT: i128 = 80_000_000;

#[derive(Serialize)]
struct Frame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cw: Option<Decimal>,
    p: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    s: &'a str,
    ps: &'static str,
    pa: String,
    mt: &'static str,
    iw: Decimal,
    mp: Decimal,
    up: Decimal,
    mm: Decimal,
}

/// Positions that have been called for and not recovered since.
#[derive(Default)]
pub(super) struct Called {
    positions: HashSet<(AccountId, MarketId, Side)>,
}

impl Called {
    /// Forgets whom nobody watches.
    pub(super) fn keep(&mut self, watched: &HashSet<AccountId>) {
        self.positions.retain(|(account, _, _)| watched.contains(account));
    }

    /// A call for the positions of an owner that have just passed the line.
    pub(super) fn tell(&mut self, (account, family): Owner, catalog: &Catalog, world: &World) -> Option<UserEvent> {
        let state = world.state();
        let known = state.account(account)?;
        let (mut rows, mut pool) = (Vec::new(), None);
        for market in known.markets() {
            let Some(symbol) = catalog.get(*market).filter(|symbol| symbol.family == family) else { continue };
            for side in [Side::Long, Side::Short] {
                let view = state.position_view(*market, account, side).ok().flatten();
                let Some(view) = view.filter(is_called) else {
                    self.positions.remove(&(account, *market, side));
                    continue;
                };
                if self.positions.insert((account, *market, side)) {
                    if view.margin_mode == MarginMode::Cross {
                        pool = pool.or(state.account_view(account, symbol.asset).ok().flatten().and_then(|of| of.cross));
                    }
                    rows.push(row(symbol, &view, known.position_mode()));
                }
            }
        }
        if rows.is_empty() {
            return None;
        }
        let cw = pool.map(|pool| Decimal::money(pool.wallet.wide()));
        UserEvent::of("MARGIN_CALL", &Frame { e: "MARGIN_CALL", at: state.clock().ms(), cw, p: rows })
    }
}

/// A position, or pool, with nothing left is beyond every line.
fn is_called(view: &PositionView) -> bool {
    view.margin_ratio.is_none_or(|ratio| ratio.rounded(Rounding::Floor).is_ok_and(|ratio| ratio >= CALLED_AT))
}

fn row<'a>(symbol: &'a Symbol, view: &PositionView, mode: PositionMode) -> Row<'a> {
    let sign = match view.side {
        Side::Long => "",
        Side::Short => "-",
    };
    Row {
        s: &symbol.symbol,
        ps: position_side(match mode {
            PositionMode::OneWay => PositionSide::Both,
            PositionMode::Hedge => PositionSide::of(view.side),
        }),
        pa: format!("{sign}{}", quantity(symbol, view.quantity)),
        mt: match view.margin_mode {
            MarginMode::Isolated => "ISOLATED",
            MarginMode::Cross => "CROSSED",
        },
        iw: Decimal::money(view.opening_margin.wide().saturating_add(view.added_margin.wide())),
        mp: Decimal::money(view.mark.wide()),
        up: Decimal::money(view.unrealised_pnl.wide()),
        mm: Decimal::money(view.maintenance_margin.wide()),
    }
}
