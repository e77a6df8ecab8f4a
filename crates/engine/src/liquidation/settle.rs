//! Closing a market for good: orders go, every position is closed at the last mark, and nothing is left but the insurance fund's money.

use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, MarkPrice, Side};

use super::budget::Budget;
use super::case::{Case, Holder, sure};
use crate::book::AccountId;
use crate::command::MarketState;
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, OrderEnd, Reason};
use crate::ids::MarketId;
use crate::reject::Reject;
use crate::state::Participant;

impl Run<'_> {
    /// Closes a market for good.
    pub(crate) fn settle_market(&mut self, market: MarketId) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        let mark = known.mark();
        if mark.is_none() && known.ledger().open_interest() != 0 {
            return Err(Reject::NoMark { since: None });
        }
        self.reindex();
        self.liquidate_visited();
        let accounts: Vec<AccountId> = self.state.known(market).participants.iter().map(Participant::account).collect();
        for account in &accounts {
            self.end_all(market, *account, OrderEnd::MarketSettled);
        }
        if let Some(mark) = mark {
            self.close_all(market, mark, &accounts);
        }
        self.emit(Event::MarketStateSet { market, state: MarketState::Settled });
        for account in accounts {
            self.bring_home(market, account);
        }
        Ok(Reply::Done)
    }

    /// Profits come from losses: exactly as much, but for the units that rounding each of them down leaves. They go to the insurance fund.
    fn close_all(&mut self, market: MarketId, mark: MarkPrice, accounts: &[AccountId]) {
        for side in [Side::Long, Side::Short] {
            for account in accounts {
                let participant = self.state.known(market).participant(*account);
                let is_boxed = participant.is_some_and(|participant| participant.margin_mode(side) == MarginMode::Isolated);
                let holder = if is_boxed { Holder::Boxed(*account) } else { Holder::Pooled(*account) };
                self.close_at_mark(&Case { market, holder, side, mark, budget: Budget::Whole });
            }
            self.close_at_mark(&Case { market, holder: Holder::Fund, side, mark, budget: Budget::Whole });
        }
        let known = self.state.known(market);
        let (asset, dust) = (known.asset(), known.ledger().settlement);
        let accounts = (LedgerAccount::Settlement(market), LedgerAccount::Insurance(market));
        self.post(asset, accounts, sure(Amount::from_wide(dust)), Reason::InsuranceTrade);
    }

    /// A pool that realised a loss here against a profit that is open elsewhere takes that profit.
    fn bring_home(&mut self, market: MarketId, account: AccountId) {
        let asset = self.state.known(market).asset();
        if self.state.free(account, asset) >= Amount::ZERO {
            return;
        }
        self.liquidate_pool(account, asset);
        let free = self.state.free(account, asset);
        if free < Amount::ZERO {
            self.make_good(market, account, sure(free.negated()));
        }
    }

    /// What a pool lacks is paid by the insurance fund, then by the venue.
    fn make_good(&mut self, market: MarketId, account: AccountId, missing: Amount) {
        let asset = self.state.known(market).asset();
        let insured = missing.min(self.state.insurance(market));
        let wallet = LedgerAccount::Wallet(account);
        self.post(asset, (LedgerAccount::Insurance(market), wallet), insured, Reason::InsurancePayout);
        let rest = sure(missing.minus(insured));
        self.post(asset, (LedgerAccount::Uncovered(market), wallet), rest, Reason::Socialised);
    }
}
