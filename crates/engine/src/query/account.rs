//! An account's money in one asset.

use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Notional};

use crate::book::AccountId;
use crate::ids::AssetId;
use crate::state::{Market, Participant, State};

/// What an account has of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// All of its money, without unrealised profit or loss: `free + held + isolated_margin`. Deposits less withdrawals, plus everything realised.
    pub wallet: Amount,
    /// Neither held nor margin of an isolated position; what stands behind its cross positions is part of it.
    pub free: Amount,
    /// Held for its open orders.
    pub held: Amount,
    /// In the boxes of its isolated positions.
    pub isolated_margin: Amount,
    /// All of its money that is in no box: `free + held`.
    pub cross_wallet: Amount,
    /// Wallet plus unrealised profit or loss.
    pub margin_balance: Amount,
    /// Initial margin of all its positions at the marks.
    pub position_initial_margin: Amount,
    /// The same with what is held for its open orders.
    pub initial_margin: Amount,
    /// Maintenance requirement of all its positions at the marks.
    pub maintenance_margin: Amount,
    /// What may be withdrawn or used for new orders: [`State::available`].
    pub available: Amount,
    /// Unrealised profit or loss of all its positions at the marks, each rounded down.
    pub unrealised_pnl: Amount,
    /// That of its cross positions alone.
    pub cross_unrealised_pnl: Amount,
    /// Its pool; `None` where no leg in any market of this asset is on cross.
    pub cross: Option<PoolView>,
}

/// What stands behind the cross positions of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolView {
    /// Free money and what is held for orders of cross legs.
    pub wallet: Amount,
    /// Held for orders of cross legs.
    pub order_margin: Amount,
    /// Unrealised profit or loss of its cross positions at the marks.
    pub unrealised_pnl: Amount,
    /// Wallet plus unrealised profit or loss.
    pub equity: Amount,
    /// Initial margin of its cross positions at the marks.
    pub initial_margin: Amount,
    /// Maintenance requirement of its cross positions at the marks.
    pub maintenance_margin: Amount,
    /// Maintenance ÷ equity: 1 is the line; `None` where the equity is not above zero.
    pub margin_ratio: Option<Ratio>,
}

impl State {
    /// What an account has of an asset; `None` where there is no such account or asset.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn account_view(&self, account: AccountId, asset: AssetId) -> Result<Option<AccountView>, OutOfRange> {
        let Some(known) = self.account(account).filter(|_| usize::from(asset.0) < self.assets.len()) else { return Ok(None) };
        let parts = known.markets().iter().filter_map(|market| {
            let market = self.market(*market).filter(|market| market.asset() == asset)?;
            Some((market, market.participant(account)?))
        });
        let (mut held, mut isolated_margin, mut unrealised_pnl) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
        let (mut position_initial_margin, mut maintenance_margin) = (Amount::ZERO, Amount::ZERO);
        for (market, participant) in parts {
            held = held.plus(participant.hold())?;
            unrealised_pnl = unrealised_pnl.plus(pnl_of(market, participant)?)?;
            for position in [participant.positions.long, participant.positions.short].into_iter().flatten() {
                // The margin of a cross position is zero: its money stays in the pool.
                isolated_margin = isolated_margin.plus(position.margin()?)?;
                let (initial, maintenance) = requirements(market, participant, &position)?;
                position_initial_margin = position_initial_margin.plus(initial)?;
                maintenance_margin = maintenance_margin.plus(maintenance)?;
            }
        }
        let (free, cross) = (self.free(account, asset), self.pool_view(account, asset)?);
        let cross_wallet = free.plus(held)?;
        let wallet = cross_wallet.plus(isolated_margin)?;
        Ok(Some(AccountView {
            wallet,
            free,
            held,
            isolated_margin,
            cross_wallet,
            margin_balance: wallet.plus(unrealised_pnl)?,
            position_initial_margin,
            initial_margin: position_initial_margin.plus(held)?,
            maintenance_margin,
            available: self.available(account, asset)?,
            unrealised_pnl,
            cross_unrealised_pnl: cross.map_or(Amount::ZERO, |pool| pool.unrealised_pnl),
            cross,
        }))
    }

    fn pool_view(&self, account: AccountId, asset: AssetId) -> Result<Option<PoolView>, OutOfRange> {
        if self.cross_markets(account, asset).next().is_none() {
            return Ok(None);
        }
        self.with_pool(account, asset, |pool| {
            Ok(Some(PoolView {
                wallet: pool.wallet,
                order_margin: pool.order_margin,
                unrealised_pnl: pool.unrealised_pnl()?,
                equity: pool.equity()?,
                initial_margin: pool.initial_margin()?,
                maintenance_margin: pool.maintenance_margin()?,
                margin_ratio: pool.margin_ratio()?,
            }))
        })
    }
}

/// Unrealised profit or loss of an account in a market.
fn pnl_of(market: &Market, participant: &Participant) -> Result<Amount, OutOfRange> {
    let Some(mark) = market.mark() else { return Ok(Amount::ZERO) };
    let positions = [participant.positions.long, participant.positions.short].into_iter().flatten();
    positions.map(|position| position.unrealised_pnl(market.contract(), mark)).try_fold(Amount::ZERO, |sum, pnl| sum.plus(pnl?))
}

/// Initial margin and maintenance requirement of a position at the mark; none without a mark.
fn requirements(market: &Market, participant: &Participant, position: &Position) -> Result<(Amount, Amount), OutOfRange> {
    let Some(mark) = market.mark() else { return Ok((Amount::ZERO, Amount::ZERO)) };
    let contract = market.contract();
    let value = contract.mark_value(contract.exposure(position.quantity)?, mark)?;
    let notional = Notional::from_wide(value.rounded(Rounding::Ceiling)?)?;
    let leverage = participant.leverage().of(position.side);
    Ok((initial_margin(notional, leverage)?, market.terms().maintenance_margin(position, mark)?))
}
