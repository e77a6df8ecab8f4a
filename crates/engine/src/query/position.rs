//! A position and everything that follows from it at the mark.

use ringfence_risk::adl::{AdlCandidate, AdlEntry, adl_score, indicator, rank};
use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::cross::{CrossAccount, CrossLiquidation};
use ringfence_risk::fee::fee;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::{OpenOrders, initial_margin};
use ringfence_risk::plan::{Context, LegState, MarginMode, Removable, removable};
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Side};

use crate::book::AccountId;
use crate::command::AutoAdd;
use crate::ids::MarketId;
use crate::state::{Market, Participant, State};

/// A position at the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Which leg.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// What it cost.
    pub entry_value: Notional,
    /// Average entry price, to the nearest 10⁻⁸.
    pub entry_price: Price,
    /// Where closing gives back what was spent, both fees taken as a taker's. Funding does not count.
    pub break_even_price: Option<Ratio>,
    /// The mark.
    pub mark: MarkPrice,
    /// Its value at the mark, rounded up.
    pub notional: Notional,
    /// Unrealised profit or loss at the mark, rounded down.
    pub unrealised_pnl: Amount,
    /// Unrealised profit or loss ÷ initial margin of the entry value: 1 is 100 %. `None` for a position that cost nothing.
    pub return_on_equity: Option<Ratio>,
    /// Its own box, or the pool.
    pub margin_mode: MarginMode,
    /// Its leverage.
    pub leverage: Leverage,
    /// Initial margin of its value at the mark.
    pub initial_margin: Amount,
    /// Posted when it was opened; zero on cross.
    pub opening_margin: Amount,
    /// Added since, less what was removed or paid as funding; zero on cross.
    pub added_margin: Amount,
    /// Both together: what is in its box without its unrealised profit or loss; zero on cross.
    pub margin: Amount,
    /// What is left at the mark: of its box, or of the whole pool.
    pub margin_balance: Amount,
    /// Its own maintenance requirement.
    pub maintenance_margin: Amount,
    /// Maintenance ÷ balance, of the box or of the whole pool: 1 is the line. `None` where the balance is not above zero.
    pub margin_ratio: Option<Ratio>,
    /// Where it is liquidated.
    pub liquidation: LiquidationMarks,
    /// The price at which its box, or the pool with all other marks held fixed, is used up, before rounding.
    pub bankruptcy_price: Option<Ratio>,
    /// The most margin that may be removed, and the rule that says so; `None` on cross.
    pub max_removable: Option<Removable>,
    /// The most margin that may be added; `None` on cross.
    pub max_addable: Option<Amount>,
    /// Where it stands in the queue of those who would be deleveraged: from 1 (last) to 5 (first).
    pub adl_indicator: u8,
    /// Whether it draws on the available balance before it is liquidated.
    pub auto_add: AutoAdd,
}

/// The marks that liquidate a position, or the pool it stands in when this market moves and the others stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationMarks {
    /// The first one on the way down.
    pub below: Option<MarkPrice>,
    /// The first one on the way up. A hedged pair can have both.
    pub above: Option<MarkPrice>,
    /// Where balance and requirement are equal, before rounding; `None` for a hedged pair on cross, and where a bracket's edge sets it.
    pub exact: Option<Ratio>,
    /// The same as the rule set prints it: for display only.
    pub printed: Option<Ratio>,
}

impl PositionView {
    /// The first mark that liquidates, moving against the position; for one that is safe there, moving with it.
    #[must_use]
    pub const fn liquidation_price(&self) -> Option<MarkPrice> {
        let LiquidationMarks { below, above, .. } = self.liquidation;
        let (first, second) = match self.side {
            Side::Long => (below, above),
            Side::Short => (above, below),
        };
        if first.is_some() { first } else { second }
    }
}

/// What depends on whether a position stands in its own box or in a pool.
struct Standing {
    balance: Amount,
    ratio: Option<Ratio>,
    liquidation: LiquidationMarks,
    bankruptcy: Option<Ratio>,
}

impl State {
    /// A position; `None` where there is none. Looks at every participant of the market, for the rank among those who would be deleveraged.
    ///
    /// # Errors
    /// [`OutOfRange`] where a number leaves the range the rules compute with.
    pub fn position_view(&self, market: MarketId, account: AccountId, side: Side) -> Result<Option<PositionView>, OutOfRange> {
        let Some((market, participant)) = self.market(market).and_then(|known| Some((known, known.participant(account)?))) else {
            return Ok(None);
        };
        match (participant.positions().of(side), market.mark()) {
            (Some(position), Some(mark)) => self.view(market, participant, &position, mark).map(Some),
            (_, _) => Ok(None),
        }
    }

    /// All positions of a side of a market, those who would be deleveraged first first.
    ///
    /// # Errors
    /// [`OutOfRange`] where a number leaves the range the rules compute with.
    pub fn adl_queue(&self, market: MarketId, side: Side) -> Result<Vec<AdlEntry>, OutOfRange> {
        let Some((market, mark)) = self.market(market).and_then(|market| Some((market, market.mark()?))) else {
            return Ok(Vec::new());
        };
        let mut queue = Vec::new();
        for participant in &market.participants {
            let Some(position) = participant.positions().of(side) else { continue };
            let account = participant.account();
            let candidate = AdlCandidate {
                contract: market.contract(),
                position: &position,
                collateral: match participant.margin_mode(side) {
                    MarginMode::Isolated => position.margin()?,
                    MarginMode::Cross => self.with_pool(account, market.asset(), |pool| pool.wallet),
                },
                maintenance: market.terms().maintenance_margin(&position, mark)?,
                mark,
            };
            let score = adl_score(market.listing().rules.adl_ranking, &candidate)?;
            queue.push(AdlEntry { account: account.0.into(), quantity: position.quantity, score });
        }
        rank(&mut queue);
        Ok(queue)
    }

    fn view(
        &self,
        market: &Market,
        participant: &Participant,
        position: &Position,
        mark: MarkPrice,
    ) -> Result<PositionView, OutOfRange> {
        let (contract, fees, account) = (market.contract(), &market.listing().fees, participant.account());
        let leverage = participant.leverage().of(position.side);
        let value = contract.mark_value(contract.exposure(position.quantity)?, mark)?;
        let notional = Notional::from_wide(value.rounded(Rounding::Ceiling)?)?;
        let margin_mode = participant.margin_mode(position.side);
        let standing = match margin_mode {
            MarginMode::Isolated => of_box(&Leg::isolated(market.terms(), position)?, mark)?,
            MarginMode::Cross => self.with_pool(account, market.asset(), |pool| of_pool(pool, market))?,
        };
        let exact_pnl = position.exact_unrealised_pnl(contract, mark)?;
        let costs = position.entry_value > Notional::ZERO;
        let is_isolated = margin_mode == MarginMode::Isolated;
        let movable = is_isolated.then(|| self.movable(market, participant, position, mark)).transpose()?;
        let queue = self.adl_queue(market.id(), position.side)?;
        Ok(PositionView {
            side: position.side,
            quantity: position.quantity,
            entry_value: position.entry_value,
            entry_price: position.average_entry_price(contract)?,
            break_even_price: position.break_even_price(contract, fee(position.entry_value, fees.taker)?, fees.taker)?,
            mark,
            notional,
            unrealised_pnl: position.unrealised_pnl(contract, mark)?,
            return_on_equity: costs.then(|| position.return_on_equity(exact_pnl, leverage)).transpose()?,
            margin_mode,
            leverage,
            initial_margin: initial_margin(notional, leverage)?,
            opening_margin: position.opening_margin,
            added_margin: position.added_margin,
            margin: position.margin()?,
            margin_balance: standing.balance,
            maintenance_margin: market.terms().maintenance_margin(position, mark)?,
            margin_ratio: standing.ratio,
            liquidation: standing.liquidation,
            bankruptcy_price: standing.bankruptcy,
            max_removable: movable.map(|(removable, _)| removable),
            max_addable: movable.map(|(_, addable)| addable),
            adl_indicator: indicator(&queue, account.0.into())?,
            auto_add: participant.auto_add(),
        })
    }

    /// The most margin that may leave an isolated position, and enter it.
    fn movable(
        &self,
        market: &Market,
        participant: &Participant,
        position: &Position,
        mark: MarkPrice,
    ) -> Result<(Removable, Amount), OutOfRange> {
        let held = participant.held_orders();
        let leg = LegState {
            position: Some(*position),
            leverage: participant.leverage().of(position.side),
            available: self.available(participant.account(), market.asset())?,
            orders: OpenOrders { buys: held.long.sum, sells: held.short.sum },
            order_margin: participant.hold(),
        };
        let most = removable(&Context { terms: market.terms(), leg, mark }).map_err(|refusal| {
            if let Refusal::OutOfRange(error) = refusal { error } else { OutOfRange { what: "margin that may be removed" } }
        })?;
        Ok((most, leg.available.or_zero()))
    }
}

fn of_box(leg: &Leg<'_>, mark: MarkPrice) -> Result<Standing, OutOfRange> {
    let price = leg.liquidation_price(mark)?;
    let exact = price.and_then(|price| price.exact);
    let trigger = price.map(|price| price.trigger);
    let (below, above) = match leg.position.side {
        Side::Long => (trigger, None),
        Side::Short => (None, trigger),
    };
    Ok(Standing {
        balance: leg.margin_balance(mark)?,
        ratio: leg.margin_ratio(mark)?,
        liquidation: LiquidationMarks { below, above, exact, printed: exact.map(|exact| leg.printed(exact)).transpose()? },
        bankruptcy: leg.bankruptcy_price()?,
    })
}

fn of_pool(pool: &CrossAccount<'_>, market: &Market) -> Result<Standing, OutOfRange> {
    let number = usize::from(market.id().0);
    let (below, above) = match pool.liquidation_marks(number)? {
        CrossLiquidation::Now => (market.mark(), market.mark()),
        CrossLiquidation::Band { below, above } => (below, above),
    };
    let is_alone = pool.legs.iter().filter(|leg| leg.market == number).count() == 1;
    let (mut exact, mut printed) = (None, None);
    if is_alone {
        let leg = pool.leg_with_other_markets_fixed(number)?;
        let price = leg.liquidation_price(market.mark().unwrap_or(MarkPrice::LEAST))?;
        exact = price.and_then(|price| price.exact);
        printed = exact.map(|exact| leg.printed(exact)).transpose()?;
    }
    Ok(Standing {
        balance: pool.equity()?,
        ratio: pool.margin_ratio()?,
        liquidation: LiquidationMarks { below, above, exact, printed },
        bankruptcy: pool.bankruptcy_price(number)?,
    })
}
