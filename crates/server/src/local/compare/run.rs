//! One run along the path.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide};
use ringfence_engine::engine::Engine;
use ringfence_engine::event::Event;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::query::{AccountView, LiquidationStory, PositionView, explain_liquidation};
use ringfence_engine::reject::Reject;
use ringfence_engine::state::Market;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::{MarginModeScope, ModeSwitch};
use ringfence_risk::units::{Amount, MarkPrice, Rate, Side};

use super::Moved;
use crate::boot::{MAKER, index};
use crate::edge::error::{ApiError, Code};
use crate::feed::changed;
use crate::local::ask::refused;
use crate::local::preview::out_of_range;

/// What is compared.
pub(super) struct Course {
    pub(super) account: AccountId,
    /// The market that leads: the first whose mark moves.
    pub(super) leading: Moved,
    /// Those that move with it.
    pub(super) others: Vec<Moved>,
    pub(super) names: Vec<(MarketId, String)>,
    pub(super) path: Vec<Rate>,
}

/// One run, at its end.
pub(super) struct Run {
    pub(super) mode: MarginMode,
    /// Markets whose positions stay in the other mode, and why.
    pub(super) refused: Vec<(String, Reject)>,
    pub(super) before: Vec<Purse>,
    pub(super) after: Vec<Purse>,
    pub(super) fates: Vec<Fate>,
    /// Everybody's liquidations, with the number of the step: from 0.
    pub(super) stories: Vec<(usize, LiquidationStory)>,
    /// Before the first step…
    pub(super) start: Point,
    /// …and after each.
    pub(super) points: Vec<Point>,
    /// The copy before the first step, and as it ended.
    pub(super) engines: [Engine; 2],
    pub(super) commands: u64,
}

/// Money in one asset.
pub(super) struct Purse {
    pub(super) asset: AssetId,
    pub(super) name: String,
    pub(super) view: AccountView,
}

/// A position at the start, and what is left of it at the end.
pub(super) struct Fate {
    pub(super) market: MarketId,
    pub(super) name: String,
    pub(super) side: Side,
    pub(super) start: PositionView,
    pub(super) end: Option<PositionView>,
}

/// Where the leading mark is, and what the account is worth in the asset that its market settles in.
pub(super) struct Point {
    pub(super) mark: MarkPrice,
    pub(super) money: AccountView,
    pub(super) insurance: Amount,
    /// Positions of that asset that are open.
    pub(super) open: usize,
    /// Of each position of that asset, what is in its box.
    pub(super) boxes: Vec<Option<Amount>>,
}

impl Run {
    /// Before the first step, and after each.
    pub(super) fn all(&self) -> impl Iterator<Item = &Point> {
        core::iter::once(&self.start).chain(&self.points)
    }

    /// After so many steps.
    pub(super) fn at(&self, steps: usize) -> &Point {
        steps.checked_sub(1).and_then(|step| self.points.get(step)).unwrap_or(&self.start)
    }

    /// The account's liquidations of a position, each with its step.
    pub(super) fn ends<'a>(&'a self, fate: &'a Fate, account: AccountId) -> impl Iterator<Item = &'a (usize, LiquidationStory)> {
        self.stories.iter().filter(move |(_, LiquidationStory { start, .. })| {
            start.account == Some(account) && start.market == fate.market && start.side == fate.side
        })
    }
}

impl Course {
    /// All positions of the account under one mode, from the present to the end of the path.
    pub(super) fn run(&self, mut engine: Engine, mode: MarginMode) -> Result<Run, ApiError> {
        let mut refused = Vec::new();
        for (market, name) in &self.names {
            if let Err(reject) = self.switch(&mut engine, *market, mode) {
                refused.push((name.clone(), reject));
            }
        }
        let (start, before) = (engine.clone(), self.money(&engine)?);
        let (mut fates, marks) = (self.fates(&engine)?, self.marks(&engine)?);
        let (mut stories, mut commands) = (Vec::new(), 0);
        let (first, mut points) = (self.point(&engine, &fates)?, Vec::new());
        for (step, at) in marks.iter().enumerate() {
            let mut events = Vec::new();
            for (moved, mark) in self.moved().zip(at) {
                commands += set_mark(&mut engine, moved.market, *mark, &mut events)?;
            }
            stories.extend(explain_liquidation(&events).into_iter().map(|story| (step, story)));
            points.push(self.point(&engine, &fates)?);
        }
        for fate in &mut fates {
            fate.end = engine.state().position_view(fate.market, self.account, fate.side).map_err(out_of_range)?;
        }
        let after = self.money(&engine)?;
        Ok(Run { mode, refused, before, after, fates, stories, start: first, points, engines: [start, engine], commands })
    }

    fn moved(&self) -> impl Iterator<Item = &Moved> {
        core::iter::once(&self.leading).chain(&self.others)
    }

    /// Cancels the orders of a market and switches its positions, both legs of a hedge.
    fn switch(&self, engine: &mut Engine, market: MarketId, wanted: MarginMode) -> Result<(), Reject> {
        let account = self.account;
        let known = |engine: &Engine| {
            let part = engine.state().market(market).and_then(|market| market.participant(account));
            part.map(|part| (part.orders(), part.has_position()))
        };
        let Some((orders, true)) = known(engine) else { return Ok(()) };
        let mut events = Vec::new();
        if orders > 0 {
            engine.execute(&Command::CancelAll { account, market }, &mut events)?;
        }
        carry(engine, market)?;
        for side in switched_sides(engine, account, market) {
            let leg = LegRef { account, market, side: *side };
            match engine.execute(&Command::SetMarginMode { leg, mode: wanted }, &mut events) {
                Ok(_) | Err(Reject::Core(Refusal::NoChange { .. })) => {}
                Err(reject) => return Err(reject),
            }
        }
        Ok(())
    }

    fn money(&self, engine: &Engine) -> Result<Vec<Purse>, ApiError> {
        let mut purses = Vec::new();
        for (books, number) in engine.state().assets().iter().zip(0_u8..) {
            let (asset, name) = (AssetId(number), books.asset().to_string());
            let view = engine.state().account_view(self.account, asset).map_err(out_of_range)?;
            purses.extend(view.map(|view| Purse { asset, name, view }));
        }
        Ok(purses)
    }

    fn fates(&self, engine: &Engine) -> Result<Vec<Fate>, ApiError> {
        let mut fates = Vec::new();
        for (market, name) in &self.names {
            for side in [Side::Long, Side::Short] {
                let view = engine.state().position_view(*market, self.account, side).map_err(out_of_range)?;
                fates.extend(view.map(|start| Fate { market: *market, name: name.clone(), side, start, end: None }));
            }
        }
        Ok(fates)
    }

    fn point(&self, engine: &Engine, fates: &[Fate]) -> Result<Point, ApiError> {
        let none = || ApiError::of(Code::Internal);
        let state = engine.state();
        let market = state.market(self.leading.market).ok_or_else(none)?;
        let money = state.account_view(self.account, market.asset()).map_err(out_of_range)?.ok_or_else(none)?;
        let insurance = Amount::from_wide(market.ledger().insurance()).map_err(out_of_range)?;
        let of_asset = |fate: &&Fate| state.market(fate.market).map(Market::asset) == Some(market.asset());
        let is_open = |fate: &&Fate| {
            let part = state.market(fate.market).and_then(|market| market.participant(self.account));
            part.is_some_and(|part| part.positions().of(fate.side).is_some())
        };
        let open = fates.iter().filter(of_asset).filter(is_open).count();
        let boxes = fates.iter().filter(of_asset).map(|fate| self.in_box(engine, fate)).collect::<Result<_, _>>();
        Ok(Point { mark: market.mark().ok_or_else(none)?, money, insurance, open, boxes: boxes.map_err(out_of_range)? })
    }

    /// What is in a position's box; `None` where it has none.
    fn in_box(&self, engine: &Engine, fate: &Fate) -> Result<Option<Amount>, OutOfRange> {
        let Some(market) = engine.state().market(fate.market) else { return Ok(None) };
        let part = market.participant(self.account).filter(|part| part.margin_mode(fate.side) == MarginMode::Isolated);
        let position = part.and_then(|part| part.positions().of(fate.side));
        match (position, market.mark()) {
            (Some(position), Some(mark)) => Leg::isolated(market.terms(), &position)?.margin_balance(mark).map(Some),
            (_, _) => Ok(None),
        }
    }

    /// The marks of every step, one for each market that moves.
    fn marks(&self, engine: &Engine) -> Result<Vec<Vec<MarkPrice>>, ApiError> {
        let state = engine.state();
        let at = |change: &Rate| -> Result<Vec<MarkPrice>, ApiError> {
            let one = |moved: &Moved| changed(state, moved.market, *change, moved.grid);
            self.moved().map(one).collect::<Result<_, _>>().map_err(|error| ApiError::refused(error.to_string()))
        };
        self.path.iter().map(at).collect()
    }
}

/// On the copy a position may be carried from one mode to the other, whatever the market's rules say of it.
fn carry(engine: &mut Engine, market: MarketId) -> Result<(), Reject> {
    let Some(mut listing) = engine.state().market(market).map(|market| market.listing().clone()) else { return Ok(()) };
    if listing.rules.margin_mode_switch == ModeSwitch::CarriesPosition {
        return Ok(());
    }
    listing.rules.margin_mode_switch = ModeSwitch::CarriesPosition;
    engine.execute(&Command::ChangeMarket { market, listing: Box::new(listing) }, &mut Vec::new()).map(|_| ())
}

/// The sides for which a margin mode is set in this market.
fn switched_sides(engine: &Engine, account: AccountId, market: MarketId) -> &'static [PositionSide] {
    let state = engine.state();
    let hedge = state.account(account).map(ringfence_engine::state::Account::position_mode);
    let scope = state.market(market).map(|market| market.listing().rules.margin_mode_scope);
    match (hedge, scope) {
        (Some(PositionMode::Hedge), Some(MarginModeScope::PerLeg)) => &[PositionSide::Long, PositionSide::Short],
        (Some(PositionMode::Hedge | PositionMode::OneWay) | None, _) => &[PositionSide::Both],
    }
}

/// Moves a mark; how many commands that took.
fn set_mark(engine: &mut Engine, market: MarketId, mark: MarkPrice, events: &mut Vec<Event>) -> Result<u64, ApiError> {
    let present = engine.state().market(market).and_then(Market::mark);
    if present == Some(mark) {
        return Ok(0);
    }
    let index = index(mark).map_err(out_of_range)?;
    for command in [Command::CancelAll { account: MAKER, market }, Command::SetMark { market, mark, index }] {
        engine.execute(&command, events).map_err(|reject| refused(&reject))?;
    }
    Ok(2)
}
