//! Opening an exchange: the market, the accounts and their money, and the population's orders.

use crate::act::{NotTaken, Taken};
use crate::cast::{Cast, Desk, Player, account_of, side_of};
use crate::error::ReplayError;
use crate::exchange::{ASSET, Exchange};
use crate::maker::{DEPOSIT, MAKER, MARKET};
use crate::population::{Opening, Population};
use crate::record::Now;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide, Purpose, Transfer};
use ringfence_engine::reject::Reject;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::{LeverageScope, MarginModeScope};
use ringfence_risk::units::{Amount, MarkPrice, Price, Side};

/// A row that was not opened: its number, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotOpened {
    pub(crate) row: usize,
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

/// A position as it was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    pub(crate) position: Position,
    pub(crate) fee: Amount,
    /// The price of its rows, where they have one.
    pub(crate) price: Option<Price>,
    /// Its first liquidating mark, once its account had opened everything.
    pub(crate) liquidating_mark: Option<MarkPrice>,
}

/// What an exchange is opened with.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) desk: Desk<'a>,
    pub(crate) population: &'a Population,
    pub(crate) cast: &'a Cast,
    pub(crate) insurance: Amount,
}

impl Player {
    /// How commands name a leg of it.
    pub(crate) const fn position_side(&self, side: Side) -> PositionSide {
        if self.hedges() { PositionSide::of(side) } else { PositionSide::Both }
    }
}

impl Exchange {
    pub(crate) fn list(&mut self, scene: &Scene<'_>, now: Now) -> Result<(), ReplayError> {
        let market = scene.desk.market;
        self.tell_time(now)?;
        self.must("the settlement asset", &Command::ListAsset { asset: market.contract.spec().settlement })?;
        self.must("the market", &Command::ListMarket(Box::new(market.listing())))?;
        self.set_mark(now)?;
        self.set_funding_rate(scene.desk.rate)?;
        self.must("an account", &Command::OpenAccount)?;
        self.must("a deposit", &Command::Deposit(Transfer { account: MAKER, asset: ASSET, amount: DEPOSIT }))?;
        let leg = LegRef { account: MAKER, market: MARKET, side: PositionSide::Both };
        self.must("a margin mode", &Command::SetMarginMode { leg, mode: MarginMode::Cross })?;
        if scene.insurance > Amount::ZERO {
            self.must("the insurance fund", &Command::FundInsurance { market: MARKET, amount: scene.insurance })?;
        }
        Ok(())
    }

    pub(crate) fn admit(&mut self, account: AccountId, player: &Player) -> Result<(), ReplayError> {
        self.must("an account", &Command::OpenAccount)?;
        if player.deposit > Amount::ZERO {
            let transfer = Transfer { account, asset: ASSET, amount: player.deposit };
            self.must("a deposit", &Command::Deposit(transfer))?;
        }
        if player.hedges() {
            self.must("a position mode", &Command::SetPositionMode { account, mode: PositionMode::Hedge })?;
        }
        Ok(())
    }

    /// Sets leverage and margin mode. Answers why the leverage of a leg was refused.
    pub(crate) fn set_up_legs(&mut self, scene: &Scene<'_>) -> Result<Vec<Option<Reject>>, ReplayError> {
        let mut refused = vec![None; scene.cast.legs.len()];
        let shared = scene.desk.market.rules.leverage_scope == LeverageScope::PerContract;
        for (account, player) in scene.cast.accounts() {
            for side in [Side::Long, Side::Short] {
                let (Some(number), Some(leg)) = (player.legs.of(side), scene.cast.leg(player, side)) else { continue };
                let position_side = match (player.hedges(), shared) {
                    (false, _) | (true, true) => PositionSide::Both,
                    (true, false) => PositionSide::of(side),
                };
                let leg_ref = LegRef { account, market: MARKET, side: position_side };
                let reply = self.send(&Command::SetLeverage { leg: leg_ref, leverage: leg.leverage })?;
                if let (Err(reject), Some(place)) = (reply, refused.get_mut(number)) {
                    *place = Some(reject);
                }
            }
            if self.regime.mode_of(player) == MarginMode::Cross {
                let scope = scene.desk.market.rules.margin_mode_scope;
                let sides: &[PositionSide] = match (player.hedges(), scope) {
                    (true, MarginModeScope::PerLeg) => &[PositionSide::Long, PositionSide::Short],
                    (true, MarginModeScope::PerSymbol) | (false, _) => &[PositionSide::Both],
                };
                for side in sides {
                    let leg = LegRef { account, market: MARKET, side: *side };
                    self.must("a margin mode", &Command::SetMarginMode { leg, mode: MarginMode::Cross })?;
                }
            }
        }
        Ok(refused)
    }

    /// Row by row: the maker quotes what the row wants at its price, the account takes it, and what is left is cancelled.
    pub(crate) fn trade(&mut self, scene: &Scene<'_>, refused: &[Option<Reject>]) -> Result<(), ReplayError> {
        for (row, (opening, player)) in scene.population.openings().iter().zip(&scene.cast.owners).enumerate() {
            let Some(leg) = scene.cast.players.get(*player).and_then(|player| player.legs.of(opening.side)) else { continue };
            if let Some(Some(reject)) = refused.get(leg) {
                self.not_opened.push(not_opened(row, reject));
                continue;
            }
            let hedger = scene.cast.players.get(*player);
            let position_side = hedger.map_or(PositionSide::Both, |player| player.position_side(opening.side));
            let account = account_of(*player);
            let before = self.record.account(account).fees;
            if let Some(reason) = self.open_row(scene, opening, (account, position_side))? {
                self.not_opened.push(NotOpened { row, ..reason });
                continue;
            }
            let fee = self.record.account(account).fees.minus(before)?;
            self.note_opened(leg, (account, opening.side), (fee, scene.desk.price(opening)?))?;
        }
        Ok(())
    }

    fn open_row(
        &mut self,
        scene: &Scene<'_>,
        opening: &Opening,
        (account, position_side): (AccountId, PositionSide),
    ) -> Result<Option<NotOpened>, ReplayError> {
        let (takes, price) = (side_of(opening.side), scene.desk.price(opening)?);
        let taken = Taken { account, position_side, takes, quantity: opening.quantity, price, purpose: Purpose::Any };
        Ok(match self.take(scene.desk.market, &taken)? {
            None => None,
            Some(NotTaken::Refused(reject)) => Some(not_opened(0, &reject)),
            Some(NotTaken::Unfilled) => {
                let reason = "the account cannot afford it, or it would be liquidated at once".to_owned();
                Some(NotOpened { row: 0, code: "unaffordable", reason })
            }
        })
    }

    /// Who gets more money once everybody has opened puts it into the box of a position, where it has one.
    pub(crate) fn add_more(&mut self, cast: &Cast) -> Result<(), ReplayError> {
        for (account, player) in cast.accounts().filter(|(_, player)| player.more > Amount::ZERO) {
            self.add_money(account, player.more)?;
            let side = [Side::Long, Side::Short].into_iter().find(|side| self.position(account, *side).is_some());
            if let (MarginMode::Isolated, Some(side)) = (self.regime.mode_of(player), side) {
                let leg = LegRef { account, market: MARKET, side: player.position_side(side) };
                self.must("more margin", &Command::MoveMargin { leg, movement: MarginMove::Add(player.more) })?;
            }
        }
        Ok(())
    }

    pub(crate) fn note_opened(
        &mut self,
        leg: usize,
        (account, side): (AccountId, Side),
        (fee, price): (Amount, Price),
    ) -> Result<(), ReplayError> {
        let Some(position) = self.position(account, side) else { return Ok(()) };
        if let Some(place) = self.opened.get_mut(leg) {
            let before = place.map_or(Amount::ZERO, |opened| opened.fee);
            let price = place.map_or(Some(price), |opened| opened.price.filter(|before| *before == price));
            *place = Some(Opened { position, fee: before.plus(fee)?, price, liquidating_mark: None });
        }
        Ok(())
    }

    pub(crate) fn note_liquidating_marks(&mut self, cast: &Cast) -> Result<(), ReplayError> {
        for (account, player) in cast.accounts() {
            for side in [Side::Long, Side::Short] {
                let found = self.liquidating_mark(account, side)?;
                if let Some(Some(opened)) = player.legs.of(side).and_then(|leg| self.opened.get_mut(leg)) {
                    opened.liquidating_mark = found;
                }
            }
        }
        Ok(())
    }

    /// The first mark at which a position is liquidated as things stand: of its own margin, or of its pool.
    fn liquidating_mark(&self, account: AccountId, side: Side) -> Result<Option<MarkPrice>, ReplayError> {
        let Some(market) = self.state().market(MARKET) else { return Ok(None) };
        let (Some(participant), Some(mark)) = (market.participant(account), market.mark()) else { return Ok(None) };
        let Some(position) = participant.positions().of(side) else { return Ok(None) };
        if participant.margin_mode(side) == MarginMode::Isolated {
            let price = Leg::isolated(market.terms(), &position)?.liquidation_price(mark)?;
            return Ok(price.map(|price| price.trigger));
        }
        let positions = [participant.positions().long, participant.positions().short];
        let leg = |position| {
            let leverage = participant.leverage().of(side);
            CrossLeg { terms: market.terms(), position, leverage, mark, market: 0 }
        };
        let legs: Vec<CrossLeg<'_>> = positions.iter().flatten().map(leg).collect();
        let (wallet, trigger) = (self.state().free(account, ASSET), market.terms().rules.trigger);
        let pool = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger };
        Ok(match (pool.liquidation_marks(0)?, side) {
            (CrossLiquidation::Now, _) => Some(mark),
            (CrossLiquidation::Band { below, .. }, Side::Long) => below,
            (CrossLiquidation::Band { above, .. }, Side::Short) => above,
        })
    }
}

/// Why a row was not opened; a leverage's nearest alternative is not part of it.
fn not_opened(row: usize, reject: &Reject) -> NotOpened {
    let reason = if let Reject::Leverage(refused) = reject { refused.refusal.to_string() } else { reject.to_string() };
    NotOpened { row, code: reject.code().1, reason }
}
