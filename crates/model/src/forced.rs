//! Liquidations, takeovers, deleveraging: who closed how much at which value is the engine's decision; what that is in money is not.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason, Trade};
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::Side;

use crate::fact::{Fact, Fill, LegKey, Proceeds};
use crate::model::{Model, Progress};
use crate::posted::{figures, figures_of};
use crate::terms::fee;

/// The order side that closes a leg.
const fn closes(side: Side) -> OrderSide {
    match side {
        Side::Long => OrderSide::Sell,
        Side::Short => OrderSide::Buy,
    }
}

/// The order side that opens a leg.
const fn opens(side: Side) -> OrderSide {
    closes(side.opposite())
}

impl Model {
    /// A trade without an order: a liquidation's, or the insurance fund's own.
    pub(crate) fn forced_trade(&mut self, trade: &Trade, mut fill: Fill) {
        self.present.liquidated = true;
        let side = match trade.taker_side {
            OrderSide::Sell => Side::Long,
            OrderSide::Buy => Side::Short,
        };
        if fill.account.is_some() {
            (fill.leg, fill.proceeds) = (PositionSide::of(side), Proceeds::Liquidation);
        }
        let key = LegKey { market: trade.market, account: fill.account, side };
        if fill.account.is_some() && !self.liquidating.contains_key(&key) {
            self.rule(format!("{key}: traded for it outside of a liquidation"));
        }
        let progress = self.liquidating.entry(key).or_default();
        progress.lots += trade.lots.raw();
        progress.value += BigInt::from(trade.value.raw());
        progress.last = Some(BigInt::from(trade.value.raw()));
        self.record(Fact::Filled(fill));
    }

    /// A liquidation begins: it must be of the position there is, at the present mark, and due.
    pub(crate) fn liquidation_started(&mut self, start: &LiquidationStart) {
        self.present.liquidated = true;
        let key = LegKey { market: start.market, account: start.account, side: start.side };
        self.liquidating.insert(key, Progress::default());
        self.bankrupt.push(key);
        self.fund_before(start);
        let leg = self.books.leg(key);
        if figures_of(&leg) != figures(Some(&start.position)) {
            self.rule(format!("{key}: liquidated as {:?}, is {leg:?}", start.position));
        }
        let mark = BigInt::from(start.mark.raw());
        if self.marks.get(&start.market) != Some(&mark) {
            self.rule(format!("{key}: liquidated at the mark {mark}, which is not the present one"));
        }
        self.present.fund_realised.remove(&start.market);
        let due = match (start.account, start.margin_mode) {
            (None, _) => true,
            (Some(_), MarginMode::Isolated) => self.is_due(key, &leg, &mark),
            (Some(account), MarginMode::Cross) => self.is_pool_out(account, key.market),
        };
        if !due {
            self.rule(format!("{key}: liquidated at the mark {mark} although it was not due"));
        }
    }

    /// Whether a pool is due, or has spent more than its free money.
    fn is_pool_out(&self, account: AccountId, market: MarketId) -> bool {
        let Some(asset) = self.books.terms(market).map(|terms| terms.asset) else { return false };
        self.is_pool_due(account, asset) || self.expected(asset, LedgerAccount::Wallet(account)).is_negative()
    }

    /// What a liquidation does.
    pub(crate) fn liquidation(&mut self, event: &Event) {
        self.present.liquidated = true;
        if let Event::LiquidationStepTaken { market, account, side, step, lots, value } = event {
            let key = LegKey { market: *market, account: *account, side: *side };
            self.step(key, *step, (lots.raw(), value.raw().into()));
            self.present.fund_realised.remove(market);
        } else if let Event::Deleveraged { market, account, side, lots, value } = event {
            let key = LegKey { market: *market, account: Some(*account), side: *side };
            self.deleverage(key, (lots.raw(), value.raw().into()));
            self.present.acted.insert(*account);
        } else if let Event::LossSocialised { market, account, side, amount } = event {
            let key = LegKey { market: *market, account: Some(*account), side: *side };
            self.record(Fact::Socialised(key, amount.raw().into()));
        } else if let Event::LiquidationEnded { market, account, side } = event {
            let key = LegKey { market: *market, account: *account, side: *side };
            self.liquidating.remove(&key);
            self.fund_after(*market);
            self.bankrupt.retain(|other| *other != key);
        }
    }

    /// A step closed so much: what was not traded, nor closed against others, was taken over by the insurance fund.
    ///
    /// What is closed at the mark may meet the insurance fund's own position, too: what it holds, and no more.
    fn step(&mut self, key: LegKey, step: LiquidationStep, (lots, value): (u64, BigInt)) {
        let opposite = self.books.leg(LegKey { account: None, side: key.side.opposite(), market: key.market }).quantity;
        let traded = core::mem::take(self.liquidating.entry(key).or_default());
        let rest = self.books.terms(key.market).map(|terms| terms.quantity(lots.saturating_sub(traded.lots)));
        let taken_over = match step {
            LiquidationStep::CancelOrders => return,
            LiquidationStep::StepDownBracket | LiquidationStep::ImmediateOrder => false,
            LiquidationStep::AutoDeleverage | LiquidationStep::SocialiseLoss => rest.is_some_and(|rest| rest <= opposite),
            LiquidationStep::InsuranceTakeover => true,
        };
        let at_bankruptcy = step == LiquidationStep::AutoDeleverage;
        // Where the fund was met before others, its part is seen last: each of the two parts may be rounded the other way.
        let is_both = step == LiquidationStep::SocialiseLoss && traded.lots > 0 && traded.lots < lots;
        let least = BigInt::from(if is_both { -2 } else { 0 });
        if traded.surplus < least || (at_bankruptcy && !traded.surplus.is_zero()) {
            self.rule(format!("{key}: closed at another value than its bankruptcy's, which left {}", traded.surplus));
        }
        if traded.lots > lots || (traded.lots < lots && !taken_over) || (traded.lots == lots && traded.value != value) {
            return self
                .rule(format!("{key}: a step of {lots} lots worth {value} came to {} worth {}", traded.lots, traded.value));
        }
        let rest = (lots - traded.lots, value - traded.value);
        if rest.0 == 0 {
            return;
        }
        for piece in self.pieces(key, rest) {
            let left = self.transfer(key, closes(key.side), piece.clone(), Proceeds::Liquidation);
            let exact = step != LiquidationStep::SocialiseLoss && piece.1.is_positive();
            if left < least || (exact && !left.is_zero()) {
                self.rule(format!("{key}: taken over at another value than its bankruptcy's, which left {left}"));
            }
            if key.account.is_some() {
                self.transfer(LegKey { account: None, ..key }, opens(key.side), piece, Proceeds::Owner);
            }
        }
    }

    /// What turns the insurance fund's position is taken over in two pieces: what closes it, and what opens the other way.
    fn pieces(&self, key: LegKey, (lots, value): (u64, BigInt)) -> Vec<(u64, BigInt)> {
        let fund = self.books.leg(LegKey { account: None, side: key.side.opposite(), market: key.market });
        let Some(terms) = self.books.terms(key.market).filter(|_| key.account.is_some() && fund.is_open()) else {
            return vec![(lots, value)];
        };
        let closing = u64::try_from(&fund.quantity / &terms.lot).unwrap_or(u64::MAX);
        if closing >= lots {
            return vec![(lots, value)];
        }
        // The fund's own profit tells at which value its position was closed.
        let realised = self.present.fund_realised.get(&key.market).cloned().unwrap_or_default();
        let first = &fund.entry + terms.sign(key.side.opposite()) * realised;
        let second = value - &first;
        vec![(closing, first), (lots - closing, second)]
    }

    /// A position was closed against the one in liquidation on the other side.
    fn deleverage(&mut self, key: LegKey, parts: (u64, BigInt)) {
        let exact = parts.1.is_positive();
        self.transfer(key, closes(key.side), parts.clone(), Proceeds::Owner);
        let facing = |bankrupt: &&LegKey| bankrupt.market == key.market && bankrupt.side != key.side;
        let Some(bankrupt) = self.bankrupt.iter().rev().find(facing).copied() else {
            return self.rule(format!("{key}: deleveraged although nobody is in liquidation"));
        };
        let progress = self.liquidating.entry(bankrupt).or_default();
        progress.lots += parts.0;
        progress.value += &parts.1;
        let left = self.transfer(bankrupt, closes(bankrupt.side), parts, Proceeds::Liquidation);
        // A bankruptcy value below zero is taken as nothing, and leaves something.
        if exact || left.is_negative() {
            self.liquidating.entry(bankrupt).or_default().surplus += left;
        }
    }

    /// Lots change hands at a value that no market made. Answers what it left in a box in liquidation.
    fn transfer(&mut self, key: LegKey, side: OrderSide, (lots, value): (u64, BigInt), proceeds: Proceeds) -> BigInt {
        let Some(quantity) = self.books.terms(key.market).map(|terms| terms.quantity(lots)) else { return BigInt::zero() };
        let before = self.books.leg(key).left;
        let leg = if key.account.is_some() { PositionSide::of(key.side) } else { PositionSide::Both };
        let (market, account) = (key.market, key.account);
        self.record(Fact::Filled(Fill { market, account, leg, side, quantity, value, price: None, proceeds }));
        self.books.leg(key).left - before
    }

    /// Money moved. Only what a liquidation decides becomes a fact; what rules say is recomputed and compared.
    pub(crate) fn posting(&mut self, posting: &Posting) {
        self.posted.post(posting);
        self.guard_posting(posting);
        self.insurance_posting(posting);
        let settles = |account| matches!(account, LedgerAccount::Settlement(_));
        let funds = matches!(posting.to, LedgerAccount::Funding(_));
        let touches_settlement = settles(posting.from) || settles(posting.to);
        if posting.reason == Reason::InsuranceTrade {
            self.fund_realises(posting);
        }
        let boxed = |account| self.in_liquidation(account);
        let decided = match posting.reason {
            Reason::LiquidationFee | Reason::Socialised => true,
            // What the fund adds to funding follows from what payers lacked.
            Reason::InsurancePayout => !funds,
            Reason::InsuranceTrade => !touches_settlement,
            Reason::MarginReleased => boxed(posting.from),
            Reason::TradingFee => boxed(posting.from) || matches!(posting.from, LedgerAccount::Insurance(_)),
            // What is drawn for funding belongs to the settlement.
            Reason::MarginAutoAdded if funds => false,
            Reason::MarginAutoAdded => return self.auto_added(posting),
            Reason::Deposit
            | Reason::Withdrawal
            | Reason::Transfer
            | Reason::OrderHold
            | Reason::RealisedProfit
            | Reason::MarginPosted
            | Reason::MarginMoved
            | Reason::LeverageChange
            | Reason::ModeSwitch
            | Reason::Funding => false,
        };
        if posting.reason == Reason::LiquidationFee {
            self.liquidation_fee(posting);
        }
        if decided {
            self.present.liquidated = true;
            let (asset, from, to) = (posting.asset, posting.from, posting.to);
            self.record(Fact::Flow { asset, from, to, amount: posting.amount.raw().into() });
        }
    }

    /// A liquidation's fee: on the value of its last trade, no more than what the trade left in the box.
    fn liquidation_fee(&mut self, posting: &Posting) {
        let LedgerAccount::Margin(account, market, side) = posting.from else { return };
        let key = LegKey { market, account: Some(account), side };
        let value = self.liquidating.get_mut(&key).and_then(|progress| progress.last.take());
        let Some(value) = value else { return self.rule(format!("{key}: a liquidation fee without a trade")) };
        let Some(rate) = self.books.terms(market).map(|terms| terms.liquidation) else { return };
        let (expected, charged) = (fee(&value, rate).min(self.books.leg(key).left), BigInt::from(posting.amount.raw()));
        if expected != charged {
            self.rule(format!("{key}: a liquidation fee of {charged}, {expected} expected"));
        }
    }

    /// An insurance fund's own trade: what it gained.
    fn fund_realises(&mut self, posting: &Posting) {
        let amount = BigInt::from(posting.amount.raw());
        if let LedgerAccount::Insurance(market) = posting.from {
            *self.present.fund_realised.entry(market).or_default() -= amount;
        } else if let LedgerAccount::Insurance(market) = posting.to {
            *self.present.fund_realised.entry(market).or_default() += amount;
        }
    }

    fn in_liquidation(&self, account: LedgerAccount) -> bool {
        let LedgerAccount::Margin(account, market, side) = account else { return false };
        self.liquidating.contains_key(&LegKey { market, account: Some(account), side })
    }

    /// A position drew margin by itself: it must be allowed to, and due without it.
    fn auto_added(&mut self, posting: &Posting) {
        let (LedgerAccount::Wallet(owner), LedgerAccount::Margin(account, market, side)) = (posting.from, posting.to) else {
            return self.rule(format!("margin was drawn from {:?} to {:?}", posting.from, posting.to));
        };
        let key = LegKey { market, account: Some(account), side };
        if owner != account || !self.auto_add.contains(&(market, account)) {
            self.rule(format!("{key}: drew margin by itself without leave"));
        }
        let due = self.marks.get(&market).map(|mark| self.is_due(key, &self.books.leg(key), mark));
        if due == Some(false) {
            self.rule(format!("{key}: drew margin by itself although it was safe"));
        }
        self.record(Fact::MarginMoved(key, posting.amount.raw().into()));
    }

    /// Whether an account may lose free money to its positions in some market of an asset: under cross, or where the rules take funding there.
    pub(crate) fn has_pool(&self, account: AccountId, asset: ringfence_engine::ids::AssetId) -> bool {
        self.books.settings.iter().any(|((market, owner), settings)| {
            *owner == account
                && settings.mode.contains(&MarginMode::Cross)
                && self.books.terms(*market).is_some_and(|terms| terms.asset == asset)
        })
    }
}
