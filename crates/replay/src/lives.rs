//! What an exchange's state and record say about each position and account. Figures that need a rule are asked from the rules.

use crate::cast::{Cast, account_of};
use crate::error::ReplayError;
use crate::exchange::{ASSET, Exchange};
use crate::maker::MARKET;
use crate::record::Liquidation;
use crate::report::{AccountLife, End, Life, LiquidationReport};
use crate::time::UtcTime;
use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::state::{Market, PerSide};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, MarkPrice, Quantity, Side};
use std::collections::BTreeMap;

/// One exchange at its end.
pub(crate) struct Lives<'a> {
    exchange: &'a Exchange,
    /// What is traded, with every table of brackets.
    traded: &'a crate::market::Market,
    pub(crate) market: &'a Market,
    mark: MarkPrice,
    /// By number of the leg.
    lives: Vec<Option<Life>>,
    /// Liquidations of each account, and what they cost it.
    liquidations: BTreeMap<AccountId, (usize, Amount)>,
}

impl<'a> Lives<'a> {
    pub(crate) fn of(
        (exchange, traded): (&'a Exchange, &'a crate::market::Market),
        cast: &Cast,
        mark: MarkPrice,
    ) -> Result<Self, ReplayError> {
        let market = exchange.state().market(MARKET).ok_or(OutOfRange { what: "number of a market" })?;
        let (lives, liquidations) = (vec![None; cast.legs.len()], BTreeMap::new());
        let mut all = Self { exchange, traded, market, mark, lives, liquidations };
        let mut of_legs: BTreeMap<(AccountId, Side), Vec<&Liquidation>> = BTreeMap::new();
        for liquidation in &exchange.record.liquidations {
            of_legs.entry((liquidation.account, liquidation.start.side)).or_default().push(liquidation);
            let (count, lost) = all.liquidations.entry(liquidation.account).or_insert((0, Amount::ZERO));
            *count = count.saturating_add(1);
            *lost = lost.plus(liquidation.loss)?;
        }
        for (number, player) in cast.players.iter().enumerate() {
            let account = account_of(number);
            for side in [Side::Long, Side::Short] {
                let Some(leg) = player.legs.of(side) else { continue };
                let own = of_legs.get(&(account, side)).map(Vec::as_slice).unwrap_or_default();
                let life = all.life_of(leg, (account, side), own)?;
                if let Some(place) = all.lives.get_mut(leg) {
                    *place = life;
                }
            }
        }
        Ok(all)
    }

    /// The life of a leg; `None` when it was not opened.
    pub(crate) fn life(&self, leg: usize) -> Option<Life> {
        self.lives.get(leg).copied().flatten()
    }

    pub(crate) fn quantity(&self, lots: u64) -> Result<Quantity, OutOfRange> {
        Lots::new(lots).to_quantity(self.market.contract())
    }

    fn life_of(&self, leg: usize, (account, side): (AccountId, Side), own: &[&Liquidation]) -> Result<Option<Life>, ReplayError> {
        let Some(opened) = self.exchange.opened.get(leg).copied().flatten() else { return Ok(None) };
        let counter = self.exchange.record.account(account).counter.of(side);
        let now = self.exchange.position(account, side);
        let sum = |of: fn(&Liquidation) -> Amount| own.iter().try_fold(Amount::ZERO, |sum, one| sum.plus(of(one)));
        let lots = |of: fn(&Liquidation) -> u64| self.quantity(own.iter().fold(0_u64, |sum, one| sum.saturating_add(of(one))));
        let first = own.first().map(|liquidation| liquidation.now);
        let end = match (now, own.is_empty()) {
            (Some(_), _) => End::Open,
            (None, true) if counter.deleveraged == 0 => End::Closed,
            (None, true) => End::Deleveraged,
            (None, false) => End::Liquidated,
        };
        Ok(Some(Life {
            quantity: opened.position.quantity,
            entry: opened.price.map_or_else(|| opened.position.average_entry_price(self.market.contract()), Ok)?,
            posted: opened.position.margin()?,
            opening_fee: opened.fee,
            liquidating_mark: opened.liquidating_mark,
            end,
            liquidations: own.len(),
            time: first.map(|now| UtcTime(now.time_ms)),
            mark: first.map(|now| now.mark),
            loss: sum(|one| one.loss)?,
            liquidation_fee: sum(|one| one.fee)?,
            returned: sum(|one| one.returned)?,
            funding: self.exchange.record.account(account).own_funding.of(side),
            closed_in_book: lots(|one| one.closed.in_book)?,
            taken_over: lots(|one| one.closed.taken_over)?,
            closed_against_others: lots(|one| one.closed.deleveraged.saturating_add(one.closed.socialised))?,
            deleveraged: self.quantity(counter.deleveraged)?,
            socialised: counter.socialised,
            left: now.map_or(Quantity::ZERO, |position| position.quantity),
            margin: now.map_or(Ok(Amount::ZERO), |position| position.margin())?,
            unrealised: self.unrealised(now)?,
        }))
    }

    fn unrealised(&self, position: Option<Position>) -> Result<Amount, OutOfRange> {
        position.map_or(Ok(Amount::ZERO), |position| position.unrealised_pnl(self.market.contract(), self.mark))
    }

    /// An account at the end; the maker's, too.
    pub(crate) fn account(&self, account: AccountId) -> Result<AccountLife, ReplayError> {
        let record = self.exchange.record.account(account);
        let participant = self.market.participant(account);
        let held = participant.map_or(Amount::ZERO, |participant| participant.hold());
        let wallet = self.exchange.state().free(account, ASSET).plus(held)?;
        let (mut margins, mut unrealised) = (Amount::ZERO, Amount::ZERO);
        let PerSide { long, short } = participant.map_or(PerSide::both(None), |participant| *participant.positions());
        for position in [long, short].into_iter().flatten() {
            margins = margins.plus(position.margin()?)?;
            unrealised = unrealised.plus(self.unrealised(Some(position))?)?;
        }
        let (liquidations, lost) = self.liquidations.get(&account).copied().unwrap_or((0, Amount::ZERO));
        let equity = wallet.plus(margins)?.plus(unrealised)?;
        Ok(AccountLife { fees: record.fees, funding: record.funding, liquidations, lost, wallet, margins, unrealised, equity })
    }

    pub(crate) fn liquidation(&self, liquidation: &Liquidation, account: String) -> Result<LiquidationReport, ReplayError> {
        let Liquidation { now, start, before, closed, .. } = liquidation;
        let liquidating_mark = match start.margin_mode {
            MarginMode::Isolated => {
                // Judged by the brackets of then.
                let brackets = self.traded.brackets_after(liquidation.bracket_changes);
                let price =
                    Leg::isolated(Terms { brackets, ..self.market.terms() }, &start.position)?.liquidation_price(*before)?;
                price.map(|price| price.trigger)
            }
            MarginMode::Cross => None,
        };
        Ok(LiquidationReport {
            time: UtcTime(now.time_ms),
            mark: now.mark,
            recorded: now.recorded,
            account,
            side: start.side,
            quantity: start.position.quantity,
            margin_mode: start.margin_mode,
            liquidating_mark,
            margin_balance: start.margin_balance,
            maintenance_margin: start.maintenance_margin,
            closed_in_book: self.quantity(closed.in_book)?,
            taken_over: self.quantity(closed.taken_over)?,
            deleveraged: self.quantity(closed.deleveraged)?,
            socialised: self.quantity(closed.socialised)?,
            loss: liquidation.loss,
            fee: liquidation.fee,
            insurance_paid: liquidation.insured,
            returned: liquidation.returned,
        })
    }
}
