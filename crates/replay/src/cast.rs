//! Who trades: the accounts of a population, with what each comes with.

use crate::error::ReplayError;
use crate::market::{FILTERS, Market};
use crate::population::{Opening, Population};
use ringfence_engine::book::AccountId;
use ringfence_engine::state::PerSide;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{Context, LegState, MarginMode, OrderIntent, OrderRequest, plan_order};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Rate, Side};
use std::collections::BTreeMap;

/// The rows of an account on one side, or what its script does there: one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    /// Number of its player.
    pub(crate) player: usize,
    pub(crate) side: Side,
    pub(crate) leverage: Leverage,
    /// Numbers of its rows.
    pub(crate) rows: Vec<usize>,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    pub(crate) name: String,
    pub(crate) deposit: Amount,
    /// Its margin mode in a run with the stated modes.
    pub(crate) mode: MarginMode,
    /// What it gets beside its deposit once it has opened, and puts into its box where it has one.
    pub(crate) more: Amount,
    pub(crate) legs: PerSide<Option<usize>>,
}

/// Everyone but the maker. The account after the maker's is the first player's.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) players: Vec<Player>,
    pub(crate) legs: Vec<Leg>,
    /// Whose each row of the population is.
    pub(crate) owners: Vec<usize>,
}

/// What openings are planned in.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) market: &'a Market,
    pub(crate) rate: Rate,
    pub(crate) mark: MarkPrice,
}

impl Desk<'_> {
    /// The price of a row: its own, or the mark on the tick.
    pub(crate) fn price(&self, opening: &Opening) -> Result<Price, ReplayError> {
        Ok(opening.entry.map_or_else(|| self.market.on_tick(self.mark, opening.side), Ok)?)
    }

    /// What a row posts if nothing but the rules stands in its way; nothing where they refuse it.
    fn posted(&self, opening: &Opening) -> Result<Amount, ReplayError> {
        let request = OrderRequest {
            side: side_of(opening.side),
            quantity: opening.quantity,
            price: self.price(opening)?,
            intent: OrderIntent::Any,
        };
        let leg = LegState::flat(opening.leverage, Amount::GREATEST);
        let context = Context { terms: self.market.terms(self.rate), leg, mark: self.mark };
        let posted: Result<Amount, Refusal> = plan_order(&context, &FILTERS, &request).map(|plan| plan.posted);
        Ok(posted.unwrap_or(Amount::ZERO))
    }
}

/// The order side that opens a side.
pub(crate) const fn side_of(side: Side) -> OrderSide {
    match side {
        Side::Long => OrderSide::Buy,
        Side::Short => OrderSide::Sell,
    }
}

impl Player {
    fn named(name: &str) -> Self {
        let (deposit, more, legs) = (Amount::ZERO, Amount::ZERO, PerSide::both(None));
        Self { name: name.to_owned(), deposit, mode: MarginMode::Isolated, more, legs }
    }

    /// Whether it holds both sides, and so trades in hedge mode.
    pub(crate) const fn hedges(&self) -> bool {
        self.legs.long.is_some() && self.legs.short.is_some()
    }
}

impl Cast {
    /// One account per name, in order of appearance; one position per account and side.
    pub(crate) fn of(population: &Population, desk: &Desk<'_>) -> Result<Self, ReplayError> {
        let mut cast = Self { players: Vec::new(), legs: Vec::new(), owners: Vec::new() };
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, opening) in population.openings().iter().enumerate() {
            let next = cast.players.len();
            let number = *numbers.entry(opening.account.as_str()).or_insert(next);
            if number == next {
                cast.players.push(Player::named(&opening.account));
            }
            cast.owners.push(number);
            cast.add(number, row, opening, desk.posted(opening)?)?;
        }
        for script in &population.script().accounts {
            if numbers.contains_key(script.name.as_str()) {
                return Err(ReplayError::ScriptedTwice { account: script.name.clone() });
            }
            let number = cast.players.len();
            cast.players.push(Player { deposit: script.wallet, mode: script.mode, ..Player::named(&script.name) });
            for (side, leverage) in script.sides() {
                cast.join(number, (side, leverage), None);
            }
        }
        for player in &mut cast.players {
            player.deposit = population.wallet(&player.name).unwrap_or(player.deposit);
            player.mode = population.mode(&player.name).unwrap_or(player.mode);
            player.more = population.more(&player.name);
        }
        if desk.market.rules.leverage_scope == LeverageScope::PerContract {
            cast.check_shared()?;
        }
        Ok(cast)
    }

    /// A row joins the position of its account and side. Twice what it posts is what its account comes with.
    fn add(&mut self, number: usize, row: usize, opening: &Opening, posted: Amount) -> Result<(), ReplayError> {
        let Some(player) = self.players.get_mut(number) else { return Ok(()) };
        player.deposit = player.deposit.plus(posted)?.plus(posted)?;
        let leverage = opening.leverage;
        if let Some(before) = self.join(number, (opening.side, leverage), Some(row)).filter(|before| *before != leverage) {
            let (name, account, side) = (opening.name.clone(), opening.account.clone(), opening.side);
            return Err(ReplayError::TwoLeverages { name, account, side, before, leverage });
        }
        Ok(())
    }

    /// A row joins the leg of its player and side, which is made if there is none. Answers the leverage the leg has.
    fn join(&mut self, number: usize, (side, leverage): (Side, Leverage), row: Option<usize>) -> Option<Leverage> {
        let next = self.legs.len();
        let player = self.players.get_mut(number)?;
        let place = match side {
            Side::Long => &mut player.legs.long,
            Side::Short => &mut player.legs.short,
        };
        let leg = *place.get_or_insert(next);
        if leg == next {
            self.legs.push(Leg { player: number, side, leverage, rows: Vec::new() });
        }
        let leg = self.legs.get_mut(leg)?;
        leg.rows.extend(row);
        Some(leg.leverage)
    }

    fn check_shared(&self) -> Result<(), ReplayError> {
        for player in &self.players {
            let leverage = |side: Side| self.leg(player, side).map(|leg| leg.leverage);
            if let (Some(long), Some(short)) = (leverage(Side::Long), leverage(Side::Short))
                && long != short
            {
                return Err(ReplayError::SidesDiffer { account: player.name.clone(), long, short });
            }
        }
        Ok(())
    }

    /// The number of the player with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.players.iter().position(|player| player.name == name)
    }

    pub(crate) fn leg(&self, player: &Player, side: Side) -> Option<&Leg> {
        player.legs.of(side).and_then(|leg| self.legs.get(leg))
    }

    /// The players with their accounts.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (AccountId, &Player)> {
        (1_u32..).map(AccountId).zip(&self.players)
    }
}

/// The account of a player.
pub(crate) fn account_of(player: usize) -> AccountId {
    AccountId(u32::try_from(player).unwrap_or(u32::MAX).saturating_add(1))
}
