//! The logs of accounts, and how they are told from postings.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::event::{LedgerAccount, Posting, Reason};
use ringfence_engine::ids::{AssetId, MarketId, TradeId};
use ringfence_engine::time::Time;
use ringfence_risk::plan::PositionMode;
use ringfence_risk::units::{Amount, Side};
use serde::{Deserialize, Serialize};

use super::around::Around;
use super::entry::{
    ForcedOrder, Income, IncomeKind, MarginCause, MarginChange, RecordedAmendment, RecordedLiquidation, TradeOrder, UserTrade,
};
use super::fills::{Booked, Fills};
use super::limits::RecordLimits;
use super::log::AccountLog;
use super::order::broken;

/// The logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Accounts {
    pub(super) trades: AccountLog<UserTrade>,
    pub(super) incomes: AccountLog<Income>,
    pub(super) margins: AccountLog<MarginChange>,
    pub(super) amendments: AccountLog<RecordedAmendment>,
    pub(super) forced: AccountLog<ForcedOrder>,
    pub(super) liquidations: AccountLog<RecordedLiquidation>,
    pub(super) numbers: Numbers,
    /// What the present command has told so far; nothing between commands.
    #[serde(skip)]
    pub(super) telling: Telling,
}

/// The last numbers given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbers {
    income: u64,
    margin: u64,
    pub(super) amendment: u64,
    pub(super) forced: u64,
    pub(super) liquidation: u64,
}

/// What a command has told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Telling {
    pub(super) now: Now,
    /// The trade whose postings come now.
    pub(super) fills: Fills,
    /// Funding that a position paid out of its profit, until the position is named.
    from_profit: i128,
    /// Funding of one position, whose parts come one by one.
    funding: Option<Funding>,
    /// Margin of one box, whose parts come one by one.
    margin: Option<Margin>,
    /// The leg that is being liquidated.
    pub(super) liquidating: Option<(MarketId, Option<AccountId>, Side)>,
    /// How many liquidations began.
    pub(super) liquidations: u32,
    /// The forced order whose trades come now.
    pub(super) forced: Option<u64>,
    /// What was realised by force and belongs to no forced order yet, by owner and market: two at a time, and few that never will.
    realised: Vec<((AccountId, MarketId), i128)>,
    /// Positions closed against a bankrupt one, until their profit is told.
    pub(super) deleveraged: Vec<(ForcedOrder, Side)>,
}

/// The time of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Now(pub(super) Time);

impl Default for Now {
    fn default() -> Self {
        Self(Time::from_ms(0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Funding {
    account: AccountId,
    market: MarketId,
    asset: AssetId,
    amount: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Margin {
    owner: (AccountId, MarketId, Side),
    asset: AssetId,
    amount: i128,
    cause: MarginCause,
}

/// An income before it has a number.
#[derive(Clone, Copy, Debug)]
struct Movement {
    account: AccountId,
    market: Option<MarketId>,
    kind: IncomeKind,
    amount: i128,
    asset: AssetId,
    trade: Option<TradeId>,
}

impl Accounts {
    pub(super) fn new(limits: &RecordLimits) -> Self {
        Self {
            trades: AccountLog::new(limits.trades),
            incomes: AccountLog::new(limits.incomes),
            margins: AccountLog::new(limits.margin_changes),
            amendments: AccountLog::new(limits.amendments),
            forced: AccountLog::new(limits.forced_orders),
            liquidations: AccountLog::new(limits.liquidations),
            numbers: Numbers::default(),
            telling: Telling::default(),
        }
    }

    /// Money moved.
    pub(super) fn posted(&mut self, posting: &Posting, state: &dyn Around) {
        let Posting { asset, from, to, amount, reason } = *posting;
        if reason == Reason::OrderHold {
            return;
        }
        self.box_moved(posting, (from, amount.raw().wrapping_neg()), state);
        self.box_moved(posting, (to, amount.raw()), state);
        if let (LedgerAccount::Settlement(_), LedgerAccount::Funding(_)) = (from, to) {
            self.telling.from_profit = self.telling.from_profit.saturating_add(amount.raw());
        }
        let (payer, receiver) = (owner(from), owner(to));
        if payer == receiver {
            return;
        }
        let market = market_of(from).or(market_of(to));
        for (account, amount) in [(payer, amount.raw().wrapping_neg()), (receiver, amount.raw())] {
            let Some(account) = account else { continue };
            let kind = kind_of(reason);
            let mut movement = Movement { account, market, kind, amount, asset, trade: None };
            if let IncomeKind::RealisedProfit | IncomeKind::Commission = kind {
                let booked = self.telling.fills.book(account, kind, amount);
                if let Some(Booked { market, trade, .. }) = booked {
                    (movement.market, movement.trade) = (Some(market), Some(trade));
                }
                let is_forced = booked.is_none_or(|booked| matches!(booked.order, TradeOrder::Forced(_)));
                if let (IncomeKind::RealisedProfit, true, Some(market)) = (kind, is_forced, movement.market) {
                    self.realise((account, market), amount);
                }
            }
            self.income(movement);
        }
    }

    /// A position is named: what was told of it without its name is its own.
    pub(super) fn position_set(&mut self, market: MarketId, account: Option<AccountId>, side: Side, state: &dyn Around) {
        let Some(account) = account else { return };
        self.telling.fills.position_set(account);
        self.deleveraging_told(market, account, side);
        let amount = std::mem::take(&mut self.telling.from_profit);
        if amount != 0
            && let Some(asset) = state.market(market).map(|market| market.asset)
        {
            self.taken_from_profit((market, account, asset), amount, IncomeKind::Funding);
        }
        self.settle_funding();
        if self.telling.margin.is_some_and(|margin| margin.owner == (account, market, side)) {
            self.settle_margin(state);
        }
    }

    /// Something was realised by force.
    fn realise(&mut self, owner: (AccountId, MarketId), amount: i128) {
        match self.telling.realised.iter_mut().find(|(of, _)| *of == owner) {
            Some((_, sum)) => *sum = sum.saturating_add(amount),
            None => self.telling.realised.push((owner, amount)),
        }
    }

    /// What an account has realised by force in a market since it was asked last.
    pub(super) fn take_realised(&mut self, owner: (AccountId, MarketId)) -> Amount {
        let at = self.telling.realised.iter().position(|(of, _)| *of == owner);
        amount_of(at.map_or(0, |at| self.telling.realised.swap_remove(at).1))
    }

    /// A loss was taken out of a profit that is still open.
    pub(super) fn socialised(&mut self, market: MarketId, account: AccountId, amount: Amount, state: &dyn Around) {
        if let Some(asset) = state.market(market).map(|market| market.asset) {
            self.taken_from_profit((market, account, asset), amount.raw(), IncomeKind::InsuranceClear);
        }
    }

    /// Realised, and paid away at once: the wallet never saw it.
    fn taken_from_profit(&mut self, (market, account, asset): (MarketId, AccountId, AssetId), amount: i128, kind: IncomeKind) {
        let taken = Movement { account, market: Some(market), kind, amount: amount.wrapping_neg(), asset, trade: None };
        if kind == IncomeKind::Funding {
            self.income(taken);
            self.income(Movement { kind: IncomeKind::RealisedProfit, amount, ..taken });
        } else {
            self.income(Movement { kind: IncomeKind::RealisedProfit, amount, ..taken });
            self.income(taken);
        }
    }

    /// The command is over.
    pub(super) fn finish(&mut self, state: &dyn Around) {
        self.settle_funding();
        self.settle_margin(state);
        for trade in self.telling.fills.take().into_iter().flatten() {
            self.trades.push(trade.account, trade);
        }
        self.telling = Telling::default();
    }

    fn income(&mut self, movement: Movement) {
        let Movement { account, market, kind, amount, asset, trade: _ } = movement;
        if let (IncomeKind::Funding, Some(market)) = (kind, market) {
            match &mut self.telling.funding {
                Some(funding) if (funding.account, funding.market) == (account, market) => {
                    funding.amount = funding.amount.saturating_add(amount);
                }
                Some(_) | None => {
                    self.settle_funding();
                    self.telling.funding = Some(Funding { account, market, asset, amount });
                }
            }
            return;
        }
        self.settle_funding();
        self.write(movement);
    }

    fn settle_funding(&mut self) {
        if let Some(Funding { account, market, asset, amount }) = self.telling.funding.take() {
            self.write(Movement { account, market: Some(market), kind: IncomeKind::Funding, amount, asset, trade: None });
        }
    }

    fn write(&mut self, movement: Movement) {
        let Movement { account, market, kind, amount, asset, trade } = movement;
        if amount == 0 {
            return;
        }
        self.numbers.income += 1;
        let (id, time) = (self.numbers.income, self.telling.now.0);
        let income = Income { id, account, market, kind, amount: amount_of(amount), asset, time, trade };
        self.incomes.push(account, income);
    }

    /// A part of what enters or leaves a box.
    fn box_moved(&mut self, posting: &Posting, (entry, amount): (LedgerAccount, i128), state: &dyn Around) {
        let LedgerAccount::Margin(account, market, side) = entry else { return };
        let owner = (account, market, side);
        if self.telling.margin.is_some_and(|margin| margin.owner != owner) {
            self.settle_margin(state);
        }
        let is_liquidated = self.telling.liquidating == Some((market, Some(account), side));
        let cause = if is_liquidated { MarginCause::Liquidation } else { cause_of(posting.reason) };
        let before = self.telling.margin.map_or(0, |margin| margin.amount);
        self.telling.margin = Some(Margin { owner, asset: posting.asset, amount: before.saturating_add(amount), cause });
    }

    fn settle_margin(&mut self, state: &dyn Around) {
        let Some(Margin { owner: (account, market, side), asset, amount, cause }) = self.telling.margin.take() else { return };
        if amount == 0 {
            return;
        }
        self.numbers.margin += 1;
        let (id, time, position_side) = (self.numbers.margin, self.telling.now.0, leg_of(state, account, side));
        let amount = amount_of(amount);
        self.margins.push(account, MarginChange { id, account, market, position_side, cause, amount, asset, time });
    }
}

/// A leg as its owner names it.
pub(super) fn leg_of(state: &dyn Around, account: AccountId, side: Side) -> PositionSide {
    match state.position_mode(account) {
        Some(PositionMode::Hedge) => PositionSide::of(side),
        Some(PositionMode::OneWay) | None => PositionSide::Both,
    }
}

fn amount_of(amount: i128) -> Amount {
    Amount::from_raw(amount).unwrap_or_else(|_| broken("an amount beyond the greatest"))
}

/// Whose money lies there.
const fn owner(account: LedgerAccount) -> Option<AccountId> {
    match account {
        LedgerAccount::Wallet(owner) | LedgerAccount::Hold(owner, _) | LedgerAccount::Margin(owner, ..) => Some(owner),
        LedgerAccount::Outside
        | LedgerAccount::Fees
        | LedgerAccount::Insurance(_)
        | LedgerAccount::Settlement(_)
        | LedgerAccount::Funding(_)
        | LedgerAccount::Uncovered(_) => None,
    }
}

const fn market_of(account: LedgerAccount) -> Option<MarketId> {
    match account {
        LedgerAccount::Outside | LedgerAccount::Fees | LedgerAccount::Wallet(_) => None,
        LedgerAccount::Hold(_, market)
        | LedgerAccount::Margin(_, market, _)
        | LedgerAccount::Insurance(market)
        | LedgerAccount::Settlement(market)
        | LedgerAccount::Funding(market)
        | LedgerAccount::Uncovered(market) => Some(market),
    }
}

fn kind_of(reason: Reason) -> IncomeKind {
    match reason {
        Reason::Deposit => IncomeKind::Deposit,
        Reason::Withdrawal => IncomeKind::Withdrawal,
        Reason::Transfer => IncomeKind::Transfer,
        Reason::RealisedProfit => IncomeKind::RealisedProfit,
        Reason::TradingFee => IncomeKind::Commission,
        // A box that may draw margin by itself draws it to pay funding.
        Reason::Funding | Reason::MarginAutoAdded => IncomeKind::Funding,
        Reason::LiquidationFee | Reason::InsurancePayout | Reason::Socialised => IncomeKind::InsuranceClear,
        Reason::OrderHold
        | Reason::MarginPosted
        | Reason::MarginReleased
        | Reason::MarginMoved
        | Reason::LeverageChange
        | Reason::ModeSwitch
        | Reason::InsuranceTrade => broken("money that stays with its owner went to another"),
    }
}

const fn cause_of(reason: Reason) -> MarginCause {
    match reason {
        Reason::MarginMoved => MarginCause::UserAdjust,
        Reason::Funding => MarginCause::Funding,
        Reason::MarginAutoAdded => MarginCause::AutoAdd,
        Reason::LeverageChange => MarginCause::LeverageChange,
        Reason::ModeSwitch => MarginCause::ModeSwitch,
        Reason::LiquidationFee | Reason::InsurancePayout | Reason::Socialised | Reason::InsuranceTrade => {
            MarginCause::Liquidation
        }
        Reason::Deposit
        | Reason::Withdrawal
        | Reason::Transfer
        | Reason::OrderHold
        | Reason::RealisedProfit
        | Reason::TradingFee
        | Reason::MarginPosted
        | Reason::MarginReleased => MarginCause::Trade,
    }
}
