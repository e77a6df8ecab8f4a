//! One handler per command. A handler rejects before it emits.

mod amend;
mod cancel;
mod caps;
mod fill;
mod fill_or_kill;
mod funding;
mod leverage;
mod margin;
mod market;
mod mode;
mod money;
mod place;
mod price;
mod take;
mod time;
mod trigger;
mod validate;

pub(crate) use market::check_listing;
pub(crate) use take::TakerName;

use ringfence_risk::units::{Amount, Side};

use crate::book::AccountId;
use crate::command::Command;
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, OrderEnd, Posting, Reason};
use crate::ids::{AssetId, MarketId, OrderId};
use crate::reject::{Reject, Thing};
use crate::state::{Account, Market, NOBODY, OrderStatus, Participant, broken, hold_of};

impl Run<'_> {
    /// Executes one command.
    pub(crate) fn handle(&mut self, command: &Command) -> Result<Reply, Reject> {
        match command {
            Command::Place(order) => self.place(order).map(Reply::Order),
            Command::Amend(amendment) => self.amend(amendment),
            Command::Cancel(order) => self.cancel(order).map(Reply::Order),
            Command::SetMark { market, mark, index } => self.set_mark(*market, *mark, *index),
            Command::QuoteIndex { market, source, price } => self.quote_index(*market, *source, *price),
            Command::AdvanceTime { to } => self.advance_time(*to),
            Command::PlaceBatch(orders) => self.place_batch(orders),
            Command::CancelBatch(orders) => self.cancel_batch(orders),
            Command::CancelAll { account, market } => self.cancel_all(*account, *market),
            Command::CountdownCancel { account, market, after_ms } => self.countdown_cancel(*account, *market, *after_ms),
            Command::SetLeverage { leg, leverage } => {
                self.set_leverage(leg, *leverage).map(|plan| Reply::Leverage(Box::new(plan)))
            }
            Command::MoveMargin { leg, movement } => self.move_margin(leg, *movement).map(|plan| Reply::Margin(Box::new(plan))),
            Command::SetMarginMode { leg, mode } => self.set_margin_mode(leg, *mode).map(Reply::MarginMode),
            Command::SetPositionMode { account, mode } => self.set_position_mode(*account, *mode),
            Command::SetAutoAddMargin { account, market, setting } => self.set_auto_add(*account, *market, *setting),
            Command::OpenAccount => self.open_account(),
            Command::ListAsset { asset } => self.list_asset(*asset),
            Command::ListMarket(listing) => self.list_market(listing),
            Command::ChangeMarket { market, listing } => self.change_market(*market, listing),
            Command::SetMarketState { market, state } => self.set_market_state(*market, *state),
            Command::Deposit(transfer) => self.deposit(transfer),
            Command::Withdraw(transfer) => self.withdraw(transfer),
            Command::TransferBetween { from, to } => self.transfer(*from, to),
            Command::FundInsurance { market, amount } => self.fund_insurance(*market, *amount),
            Command::SetFundingRate { market, rate } => self.set_funding_rate(*market, *rate),
            Command::SettleFunding { market } => self.settle_funding_now(*market),
        }
    }

    /// A market that was listed.
    #[inline]
    pub(crate) fn market(&self, market: MarketId) -> Result<&Market, Reject> {
        self.state.market(market).ok_or(Reject::Unknown { what: Thing::Market, number: market.0.into() })
    }

    /// An account that was opened.
    #[inline]
    pub(crate) fn account(&self, account: AccountId) -> Result<&Account, Reject> {
        self.state.account(account).ok_or(Reject::Unknown { what: Thing::Account, number: account.0.into() })
    }

    /// Moves money, if there is any to move: a negative amount goes the other way.
    #[inline]
    pub(crate) fn post(&mut self, asset: AssetId, (from, to): (LedgerAccount, LedgerAccount), amount: Amount, reason: Reason) {
        let posting = match amount.raw() {
            0 => return,
            1.. => Posting { asset, from, to, amount, reason },
            _ => {
                let Ok(amount) = amount.negated() else { broken("an amount without an opposite") };
                Posting { asset, from: to, to: from, amount, reason }
            }
        };
        self.emit(Event::Posted(posting));
    }

    /// An account takes part in a market from now on.
    #[inline]
    pub(crate) fn join(&mut self, market: MarketId, account: AccountId) {
        if self.state.known(market).find(account).is_none() {
            self.emit(Event::ParticipantJoined { market, account });
        }
    }

    /// Holds what the open orders of an account in a market need now, or gives back what they no longer need. Where there is too little, the
    /// newest orders that hold anything go.
    #[inline]
    pub(crate) fn rehold(&mut self, market: MarketId, account: AccountId) {
        loop {
            let known = self.state.known(market);
            let (asset, participant) = (known.asset(), known.at(known.slot(account)));
            let mode = self.position_mode(account);
            let Ok(needed) = hold_of(known, participant, mode) else { broken("a hold beyond the greatest amount") };
            let Ok(change) = needed.minus(participant.hold()) else { broken("a hold beyond the greatest amount") };
            if change <= Amount::ZERO || self.state.available(account, asset).is_ok_and(|available| change <= available) {
                return self.hold_more(market, account, change);
            }
            let newest = newest_held(known, participant);
            let Some(order) = newest else { broken("a hold without orders") };
            self.emit(Event::OrderEnded { market, order, end: OrderEnd::Unaffordable });
        }
    }

    /// Holds this much more (or less) for the open orders of an account in a market: it was checked that it can.
    #[inline]
    pub(crate) fn hold_more(&mut self, market: MarketId, account: AccountId, change: Amount) {
        let asset = self.state.known(market).asset();
        let (wallet, hold) = (LedgerAccount::Wallet(account), LedgerAccount::Hold(account, market));
        let posting = Posting { asset, from: wallet, to: hold, amount: change, reason: Reason::OrderHold };
        match change.raw() {
            0 => {}
            1.. => self.emit(Event::Posted(posting)),
            _ => {
                let Ok(amount) = change.negated() else { broken("an amount without an opposite") };
                self.emit(Event::Posted(Posting { from: hold, to: wallet, amount, ..posting }));
            }
        }
    }

    /// The position mode of an account that is there.
    #[inline]
    pub(crate) fn position_mode(&self, account: AccountId) -> ringfence_risk::plan::PositionMode {
        match self.state.account(account) {
            Some(account) => account.position_mode(),
            None => broken("an account that is not there"),
        }
    }
}

/// The newest resting order that margin is held for.
fn newest_held(market: &Market, participant: &Participant) -> Option<OrderId> {
    newest_held_of(market, participant, |_| true)
}

/// The newest resting order that margin is held for, of those that open certain legs.
fn newest_held_of(market: &Market, participant: &Participant, counts: impl Fn(Side) -> bool) -> Option<OrderId> {
    let some = |place: u32| Some(place).filter(|place| *place != NOBODY);
    core::iter::successors(some(participant.last), |place| some(market.orders.record(*place).previous))
        .map(|place| market.orders.record(place))
        .find(|record| record.status == OrderStatus::Resting && record.is_held() && counts(record.side.opens()))
        .map(|record| record.id)
}
