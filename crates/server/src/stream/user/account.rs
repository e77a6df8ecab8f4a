//! Balances, positions and leverage as events.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, Participant};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::fee::fee;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, Side};
use serde::Serialize;

use super::UserEvent;
use super::realised::Realised;
use super::update::{Cause, Update};
use crate::api::order::position_side;
use crate::api::text::Decimal;
use crate::boot::{Catalog, Family, Symbol};
use crate::exchange::World;

#[derive(Serialize)]
struct Frame<'a> {
    e: &'static str,
    #[serde(rename = "T")]
    time: u64,
    #[serde(rename = "E")]
    at: u64,
    a: Changes<'a>,
}

#[derive(Serialize)]
struct Changes<'a> {
    m: &'static str,
    #[serde(rename = "B")]
    balances: Vec<Balance>,
    #[serde(rename = "P")]
    positions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Balance {
    a: String,
    wb: Decimal,
    cw: Decimal,
    bc: Decimal,
    /// Beyond Binance: what is available.
    f: Decimal,
    /// Beyond Binance: what is bound in orders and positions.
    l: Decimal,
}

#[derive(Serialize)]
struct Row<'a> {
    s: &'a str,
    pa: Decimal,
    ep: Decimal,
    bep: Decimal,
    cr: Decimal,
    up: Decimal,
    mt: &'static str,
    iw: Decimal,
    ps: &'static str,
}

/// Where an update is written: the world after the command, and what was realised.
pub(super) struct Sheet<'a, 'b> {
    pub(super) world: &'a World,
    pub(super) catalog: &'a Catalog,
    pub(super) realised: &'b mut Realised,
    /// How many events the command had.
    pub(super) events: usize,
}

impl Sheet<'_, '_> {
    /// An update, for the API of its assets and positions: `None` where it has nothing for that.
    pub(super) fn write(&mut self, update: &Update, family: Family) -> Option<UserEvent> {
        let assets = update.assets.iter().filter(|(asset, _)| self.family_of(**asset) == family);
        let balances: Vec<Balance> =
            assets.filter_map(|(asset, change)| self.balance(update.account, *asset, *change).ok().flatten()).collect();
        let mut positions = Vec::new();
        for (market, side) in self.legs(update) {
            let Some(symbol) = self.catalog.get(market).filter(|symbol| symbol.family == family) else { continue };
            positions.extend(self.row(symbol, update, side).ok().flatten());
        }
        if balances.is_empty() && positions.is_empty() {
            return None;
        }
        let now = self.world.state().clock().ms();
        let a = Changes { m: update.cause.word(), balances, positions };
        UserEvent::of("ACCOUNT_UPDATE", &Frame { e: "ACCOUNT_UPDATE", time: now, at: now, a })
    }

    /// Whose stream an asset belongs to: that of the markets that settle in it.
    fn family_of(&self, asset: ringfence_engine::ids::AssetId) -> Family {
        self.catalog.symbols().iter().find(|symbol| symbol.asset == asset).map_or(Family::UsdM, |symbol| symbol.family)
    }

    fn balance(
        &self,
        account: AccountId,
        asset: ringfence_engine::ids::AssetId,
        change: Amount,
    ) -> Result<Option<Balance>, OutOfRange> {
        let state = self.world.state();
        let Some(view) = state.account_view(account, asset)? else { return Ok(None) };
        let Some(books) = state.assets().get(usize::from(asset.0)) else { return Ok(None) };
        let in_pool = view.cross.map_or(Amount::ZERO, |pool| pool.initial_margin);
        let bound = view.held.plus(view.isolated_margin)?.plus(in_pool)?;
        Ok(Some(Balance {
            a: books.asset().to_string(),
            wb: Decimal::money(view.wallet.wide()),
            cw: Decimal::money(view.wallet.minus(view.isolated_margin)?.wide()),
            bc: if change == Amount::ZERO { Decimal::new(0, 0) } else { Decimal::money(change.wide()) },
            f: Decimal::money(view.available.wide()),
            l: Decimal::money(bound.wide()),
        }))
    }

    /// The legs to tell of: in one-way mode one a market, in hedge mode those that were touched.
    fn legs(&self, update: &Update) -> Vec<(MarketId, Leg)> {
        let state = self.world.state();
        let mode = state.account(update.account).map_or(PositionMode::OneWay, |account| account.position_mode());
        let mut legs = Vec::new();
        for (market, side) in &update.positions {
            let participant = state.market(*market).and_then(|known| known.participant(update.account));
            let is_cross = participant.is_some_and(|participant| participant.margin_mode(*side) == MarginMode::Cross);
            if update.cause == Cause::FundingFee && is_cross {
                continue;
            }
            let leg = match mode {
                PositionMode::Hedge => Leg::Of(*side),
                PositionMode::OneWay => Leg::Both,
            };
            if !legs.contains(&(*market, leg)) {
                legs.push((*market, leg));
            }
        }
        legs
    }

    fn row<'s>(&mut self, symbol: &'s Symbol, update: &Update, leg: Leg) -> Result<Option<Row<'s>>, OutOfRange> {
        let Some(market) = self.world.state().market(symbol.market) else { return Ok(None) };
        let Some(participant) = market.participant(update.account) else { return Ok(None) };
        let realised = self.realised.of(self.world, (update.account, symbol.market), self.events.saturating_mul(2));
        let mut row = Row {
            s: &symbol.symbol,
            pa: Decimal::new(0, 0),
            ep: Decimal::new(0, 0),
            bep: Decimal::new(0, 0),
            cr: Decimal::money(realised.wide()),
            up: Decimal::new(0, 0),
            mt: match participant.margin_mode(leg.side()) {
                MarginMode::Isolated => "isolated",
                MarginMode::Cross => "cross",
            },
            iw: Decimal::new(0, 0),
            ps: position_side(leg.named()),
        };
        if let Some(position) = leg.position(participant) {
            fill(&mut row, &position, (symbol, market))?;
        }
        Ok(Some(row))
    }
}

fn fill(row: &mut Row<'_>, position: &Position, (symbol, market): (&Symbol, &Market)) -> Result<(), OutOfRange> {
    let (contract, taker) = (market.contract(), market.listing().fees.taker);
    let digits = |precision: u32| u8::try_from(precision).unwrap_or(u8::MAX);
    let amount = match position.side {
        Side::Long => position.quantity.wide(),
        Side::Short => -position.quantity.wide(),
    };
    row.pa = Decimal::new(amount, digits(symbol.quantity_precision));
    row.ep = Decimal::money(position.average_entry_price(contract)?.wide());
    let costs = fee(position.entry_value, taker)?;
    let even = position.break_even_price(contract, costs, taker)?;
    row.bep = even.map_or(row.bep, |even| Decimal::ratio(even, digits(symbol.price_precision)));
    if let Some(mark) = market.mark() {
        row.up = Decimal::money(position.unrealised_pnl(contract, mark)?.wide());
    }
    row.iw = Decimal::money(position.margin()?.wide());
    Ok(())
}

/// A position as its owner names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
    /// In one-way mode: whichever there is.
    Both,
    /// In hedge mode.
    Of(Side),
}

impl Leg {
    /// The side whose settings count: in one-way mode both are the same.
    const fn side(self) -> Side {
        match self {
            Self::Both => Side::Long,
            Self::Of(side) => side,
        }
    }

    const fn named(self) -> PositionSide {
        match self {
            Self::Both => PositionSide::Both,
            Self::Of(side) => PositionSide::of(side),
        }
    }

    fn position(self, participant: &Participant) -> Option<Position> {
        match self {
            Self::Both => participant.positions().long.or(participant.positions().short),
            Self::Of(side) => participant.positions().of(side),
        }
    }
}

#[derive(Serialize)]
struct ConfigFrame<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    #[serde(rename = "T")]
    time: u64,
    ac: LeverageRow<'a>,
}

#[derive(Serialize)]
struct LeverageRow<'a> {
    s: &'a str,
    l: i64,
}

/// The leverage of a market was set. A leverage between whole numbers, which only this exchange has, is told rounded down.
pub(super) fn leverage(symbol: &Symbol, leverage: Leverage, now: Time) -> Option<UserEvent> {
    let whole = i64::try_from(leverage.wide().checked_div(100_000_000)?).ok()?;
    let ac = LeverageRow { s: &symbol.symbol, l: whole };
    UserEvent::of("ACCOUNT_CONFIG_UPDATE", &ConfigFrame { e: "ACCOUNT_CONFIG_UPDATE", at: now.ms(), time: now.ms(), ac })
}
