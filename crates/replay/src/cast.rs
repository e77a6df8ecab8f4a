//! Who trades: the accounts of a population, with what each comes with.

use crate::error::ReplayError;
use crate::market::{FILTERS, Market};
use crate::population::{Opening, Population};
use ringfence_engine::book::AccountId;
use ringfence_engine::state::PerSide;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{Context, LegState, OrderIntent, OrderRequest, plan_order};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Rate, Side};
use std::collections::BTreeMap;

/// The rows of an account on one side: one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) leverage: Leverage,
    /// Numbers of its rows.
    pub(crate) rows: Vec<usize>,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    pub(crate) name: String,
    pub(crate) deposit: Amount,
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
                let (name, legs) = (opening.account.clone(), PerSide::both(None));
                cast.players.push(Player { name, deposit: Amount::ZERO, legs });
            }
            cast.owners.push(number);
            cast.add(number, row, opening, desk.posted(opening)?)?;
        }
        for player in &mut cast.players {
            player.deposit = population.wallet(&player.name).unwrap_or(player.deposit);
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
        let place = match opening.side {
            Side::Long => &mut player.legs.long,
            Side::Short => &mut player.legs.short,
        };
        let leverage = opening.leverage;
        match place.and_then(|leg| self.legs.get_mut(leg)) {
            Some(leg) if leg.leverage != leverage => {
                let (name, account) = (opening.name.clone(), opening.account.clone());
                let (side, before) = (opening.side, leg.leverage);
                return Err(ReplayError::TwoLeverages { name, account, side, before, leverage });
            }
            Some(leg) => leg.rows.push(row),
            None => {
                *place = Some(self.legs.len());
                self.legs.push(Leg { leverage, rows: vec![row] });
            }
        }
        Ok(())
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
