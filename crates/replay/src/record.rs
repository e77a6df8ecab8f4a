//! What an exchange's events say about each account, added up. Nothing here is computed by a rule.

use crate::maker::MAKER;
use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason};
use ringfence_engine::state::PerSide;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, MarkPrice, Side};

/// A mark and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) time_ms: i64,
    pub(crate) mark: MarkPrice,
    /// The recorded mark: the same, unless liquidations move it.
    pub(crate) recorded: MarkPrice,
}

impl Now {
    /// A recorded mark.
    pub(crate) const fn recorded(time_ms: i64, mark: MarkPrice) -> Self {
        Self { time_ms, mark, recorded: mark }
    }
}

/// One liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Liquidation {
    pub(crate) now: Now,
    pub(crate) account: AccountId,
    pub(crate) start: LiquidationStart,
    /// The mark before: the last one at which it was safe.
    pub(crate) before: MarkPrice,
    /// How many times the brackets had changed.
    pub(crate) bracket_changes: usize,
    /// What the account had less of afterwards: loss and fee.
    pub(crate) loss: Amount,
    pub(crate) fee: Amount,
    /// What the insurance fund paid in.
    pub(crate) insured: Amount,
    /// Margin that came back to the wallet.
    pub(crate) returned: Amount,
    pub(crate) closed: Closed,
}

impl Liquidation {
    /// Whether the money of this account of the ledger stands behind the position: its margin, or all of the account's on cross.
    fn is_behind(&self, account: LedgerAccount) -> bool {
        match self.start.margin_mode {
            MarginMode::Isolated => account == LedgerAccount::Margin(self.account, self.start.market, self.start.side),
            MarginMode::Cross => owner(account) == Some(self.account),
        }
    }
}

/// Who took what was closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) in_book: u64,
    pub(crate) taken_over: u64,
    pub(crate) deleveraged: u64,
    pub(crate) socialised: u64,
}

/// A position's part in the liquidations of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) deleveraged: u64,
    pub(crate) socialised: Amount,
}

/// An account of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountRecord {
    pub(crate) fees: Amount,
    /// Funding paid (negative: received).
    pub(crate) funding: Amount,
    /// What of it the margins and profits of its positions paid.
    pub(crate) own_funding: PerSide<Amount>,
    pub(crate) counter: PerSide<Counter>,
    open: PerSide<bool>,
}

/// The insurance fund's flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insurance {
    pub(crate) fees: Amount,
    pub(crate) trades: Amount,
    pub(crate) paid: Amount,
    pub(crate) funding: Amount,
}

/// Everything that was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) accounts: Vec<AccountRecord>,
    pub(crate) liquidations: Vec<Liquidation>,
    pub(crate) insurance: Insurance,
    /// Positions of players open now.
    pub(crate) open: usize,
    /// Positions closed against bankrupt ones, and how much.
    pub(crate) deleveragings: u64,
    pub(crate) deleveraged: u64,
    pub(crate) socialised: Amount,
    /// Lots that liquidations bought in the book or left to the insurance fund, less those they sold.
    pub(crate) net_lots: i128,
    /// How many times the brackets changed.
    bracket_changes: usize,
    /// The mark before and the present one.
    marks: Option<(MarkPrice, MarkPrice)>,
    /// The liquidation under way, if it is a player's.
    current: Option<usize>,
    /// Funding paid out of profit: whose, the next position says.
    from_profit: Amount,
}

impl AccountRecord {
    const NEW: Self = Self {
        fees: Amount::ZERO,
        funding: Amount::ZERO,
        own_funding: PerSide::both(Amount::ZERO),
        counter: PerSide::both(Counter { deleveraged: 0, socialised: Amount::ZERO }),
        open: PerSide::both(false),
    };
}

impl AccountRecord {
    /// Funding is paid (negative: received), out of a position or out of the wallet.
    fn fund(&mut self, side: Option<Side>, amount: Amount) -> Result<(), OutOfRange> {
        self.funding = self.funding.plus(amount)?;
        let own = match side {
            Some(Side::Long) => &mut self.own_funding.long,
            Some(Side::Short) => &mut self.own_funding.short,
            None => return Ok(()),
        };
        *own = own.plus(amount)?;
        Ok(())
    }
}

/// Which position an account of the ledger belongs to.
const fn side_of(account: LedgerAccount) -> Option<Side> {
    if let LedgerAccount::Margin(_, _, side) = account { Some(side) } else { None }
}

/// Whose money an account of the ledger is.
const fn owner(account: LedgerAccount) -> Option<AccountId> {
    match account {
        LedgerAccount::Wallet(owner) | LedgerAccount::Hold(owner, _) | LedgerAccount::Margin(owner, _, _) => Some(owner),
        LedgerAccount::Outside
        | LedgerAccount::Fees
        | LedgerAccount::Insurance(_)
        | LedgerAccount::Settlement(_)
        | LedgerAccount::Funding(_)
        | LedgerAccount::Uncovered(_) => None,
    }
}

impl Record {
    pub(crate) fn new(accounts: usize) -> Self {
        let zero = Amount::ZERO;
        Self {
            accounts: vec![AccountRecord::NEW; accounts],
            liquidations: Vec::new(),
            insurance: Insurance { fees: zero, trades: zero, paid: zero, funding: zero },
            open: 0,
            deleveragings: 0,
            deleveraged: 0,
            socialised: zero,
            net_lots: 0,
            bracket_changes: 0,
            marks: None,
            current: None,
            from_profit: zero,
        }
    }

    pub(crate) fn account(&self, account: AccountId) -> AccountRecord {
        let found = usize::try_from(account.0).ok().and_then(|at| self.accounts.get(at));
        found.copied().unwrap_or(AccountRecord::NEW)
    }

    fn account_mut(&mut self, account: AccountId) -> Option<&mut AccountRecord> {
        usize::try_from(account.0).ok().and_then(|at| self.accounts.get_mut(at))
    }

    /// The liquidation under way.
    fn under_way(&mut self) -> Option<&mut Liquidation> {
        self.current.and_then(|at| self.liquidations.get_mut(at))
    }

    pub(crate) fn note(&mut self, event: &Event, now: Now) -> Result<(), OutOfRange> {
        if let Event::Posted(posting) = event {
            return self.posted(posting);
        }
        if let Event::PositionSet { account: Some(account), side, position, .. } = event {
            return self.position_set(*account, *side, position.as_ref());
        }
        if let Event::LiquidationStarted(start) = event {
            self.start(start, now);
        } else if let Event::MarkMoved { mark, .. } = event {
            self.marks = Some((self.marks.map_or(*mark, |(_, present)| present), *mark));
        } else if let Event::MarketChanged { .. } = event {
            self.bracket_changes = self.bracket_changes.saturating_add(1);
        } else if let Event::LiquidationStepTaken { account: Some(_), side, step, lots, .. } = event {
            self.step((*step, *side), *lots);
        } else if let Event::LiquidationEnded { .. } = event {
            self.current = None;
        } else if let Event::Deleveraged { account, side, lots, .. } = event {
            self.deleveragings = self.deleveragings.saturating_add(1);
            self.deleveraged = self.deleveraged.saturating_add(lots.raw());
            if let Some(counter) = self.counter(*account, *side) {
                counter.deleveraged = counter.deleveraged.saturating_add(lots.raw());
            }
        } else if let Event::LossSocialised { account, side, amount, .. } = event {
            self.socialised = self.socialised.plus(*amount)?;
            if let Some(counter) = self.counter(*account, *side) {
                counter.socialised = counter.socialised.plus(*amount)?;
            }
        }
        Ok(())
    }

    fn counter(&mut self, account: AccountId, side: Side) -> Option<&mut Counter> {
        self.account_mut(account).map(|record| match side {
            Side::Long => &mut record.counter.long,
            Side::Short => &mut record.counter.short,
        })
    }

    fn start(&mut self, start: &LiquidationStart, now: Now) {
        self.current = start.account.map(|_| self.liquidations.len());
        if let Some(account) = start.account {
            let (loss, fee, returned) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
            let (insured, closed) = (Amount::ZERO, Closed::default());
            let (start, bracket_changes) = (*start, self.bracket_changes);
            let before = self.marks.map_or(now.mark, |(before, _)| before);
            let liquidation = Liquidation { now, account, start, before, bracket_changes, loss, fee, insured, returned, closed };
            self.liquidations.push(liquidation);
        }
    }

    fn step(&mut self, (step, side): (LiquidationStep, Side), lots: Lots) {
        let trades = matches!(
            step,
            LiquidationStep::StepDownBracket | LiquidationStep::ImmediateOrder | LiquidationStep::InsuranceTakeover
        );
        if trades {
            // Closing a long sells.
            let net = i128::from(lots.raw()).saturating_mul(side.sign().saturating_neg());
            self.net_lots = self.net_lots.saturating_add(net);
        }
        let Some(liquidation) = self.under_way() else { return };
        let closed = &mut liquidation.closed;
        let by = match step {
            LiquidationStep::CancelOrders => return,
            LiquidationStep::StepDownBracket | LiquidationStep::ImmediateOrder => &mut closed.in_book,
            LiquidationStep::InsuranceTakeover => &mut closed.taken_over,
            LiquidationStep::AutoDeleverage => &mut closed.deleveraged,
            LiquidationStep::SocialiseLoss => &mut closed.socialised,
        };
        *by = by.saturating_add(lots.raw());
    }

    fn position_set(&mut self, account: AccountId, side: Side, position: Option<&Position>) -> Result<(), OutOfRange> {
        let is_open = position.is_some();
        let from_profit = core::mem::replace(&mut self.from_profit, Amount::ZERO);
        let Some(record) = self.account_mut(account) else { return Ok(()) };
        record.fund(Some(side), from_profit)?;
        let open = match side {
            Side::Long => &mut record.open.long,
            Side::Short => &mut record.open.short,
        };
        let was_open = core::mem::replace(open, is_open);
        if account != MAKER {
            self.open = match (was_open, is_open) {
                (false, true) => self.open.saturating_add(1),
                (true, false) => self.open.saturating_sub(1),
                (true, true) | (false, false) => self.open,
            };
        }
        Ok(())
    }

    fn posted(&mut self, posting: &Posting) -> Result<(), OutOfRange> {
        let Posting { from, to, amount, reason, .. } = *posting;
        self.insure(posting)?;
        let (payer, receiver) = (owner(from), owner(to));
        if reason == Reason::Funding {
            return self.fund(posting, (payer, receiver));
        }
        if let (Reason::TradingFee, Some(payer)) = (reason, payer)
            && let Some(record) = self.account_mut(payer)
        {
            record.fees = record.fees.plus(amount)?;
        }
        if let (Reason::TradingFee, Some(receiver)) = (reason, receiver)
            && let Some(record) = self.account_mut(receiver)
        {
            record.fees = record.fees.minus(amount)?;
        }
        let Some(liquidation) = self.under_way() else { return Ok(()) };
        let (pays, receives) = (liquidation.is_behind(from), liquidation.is_behind(to));
        if pays && reason == Reason::MarginReleased {
            liquidation.returned = liquidation.returned.plus(amount)?;
        } else if pays && !receives {
            liquidation.loss = liquidation.loss.plus(amount)?;
            if reason == Reason::LiquidationFee {
                liquidation.fee = liquidation.fee.plus(amount)?;
            }
        } else if receives && !pays {
            liquidation.loss = liquidation.loss.minus(amount)?;
            if reason == Reason::InsurancePayout {
                liquidation.insured = liquidation.insured.plus(amount)?;
            }
        }
        Ok(())
    }

    fn fund(&mut self, posting: &Posting, (payer, receiver): (Option<AccountId>, Option<AccountId>)) -> Result<(), OutOfRange> {
        if let Some(record) = payer.and_then(|payer| self.account_mut(payer)) {
            record.fund(side_of(posting.from), posting.amount)?;
        }
        if let Some(record) = receiver.and_then(|receiver| self.account_mut(receiver)) {
            record.fund(side_of(posting.to), posting.amount.negated()?)?;
        }
        if let LedgerAccount::Settlement(_) = posting.from {
            self.from_profit = posting.amount;
        }
        Ok(())
    }

    /// What enters and leaves the insurance fund.
    fn insure(&mut self, posting: &Posting) -> Result<(), OutOfRange> {
        let Posting { from, to, amount, reason, .. } = *posting;
        let enters = matches!(to, LedgerAccount::Insurance(_));
        if !enters && !matches!(from, LedgerAccount::Insurance(_)) {
            return Ok(());
        }
        let signed = if enters { amount } else { amount.negated()? };
        let flow = match reason {
            Reason::LiquidationFee => &mut self.insurance.fees,
            Reason::InsuranceTrade | Reason::Socialised => &mut self.insurance.trades,
            Reason::Funding => &mut self.insurance.funding,
            Reason::InsurancePayout => {
                self.insurance.paid = self.insurance.paid.minus(signed)?;
                return Ok(());
            }
            Reason::Deposit
            | Reason::Withdrawal
            | Reason::Transfer
            | Reason::OrderHold
            | Reason::RealisedProfit
            | Reason::TradingFee
            | Reason::MarginPosted
            | Reason::MarginReleased
            | Reason::MarginMoved
            | Reason::MarginAutoAdded
            | Reason::LeverageChange
            | Reason::ModeSwitch => return Ok(()),
        };
        *flow = flow.plus(signed)?;
        Ok(())
    }
}
