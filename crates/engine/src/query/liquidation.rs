//! What a liquidation did, told from its events.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Notional, Side};

use crate::book::{AccountId, Lots};
use crate::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason};
use crate::ids::MarketId;
use crate::state::Market;

/// One liquidation from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidationStory {
    /// Whose, where, at which mark, with which balance and requirement.
    pub start: LiquidationStart,
    /// What was closed, step by step.
    pub steps: Vec<StoryStep>,
    /// Fee of the liquidation, to the insurance fund.
    pub fee: Amount,
    /// What the insurance fund paid in.
    pub insurance_paid: Amount,
    /// Whose positions were closed against this one.
    pub deleveraged: Vec<StoryDeleveraged>,
    /// What was taken from others' unrealised profits.
    pub socialised: Amount,
    /// What nobody covered: the venue's own loss.
    pub uncovered: Amount,
    /// What went from the box back to the wallet (isolated); zero on cross, where the money was never anywhere else.
    pub returned: Amount,
    /// What the account has less than before, fees included: never more than the margin of an isolated position, nor than the pool.
    pub lost: Amount,
}

/// A step of a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryStep {
    /// Which.
    pub step: LiquidationStep,
    /// How much it closed.
    pub lots: Lots,
    /// At what value.
    pub value: Notional,
}

/// A position that was closed against a bankrupt one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryDeleveraged {
    /// Whose.
    pub account: AccountId,
    /// Which leg.
    pub side: Side,
    /// How much of it.
    pub lots: Lots,
    /// At what value.
    pub value: Notional,
}

/// The liquidations among the events of a command (or of many), in the order in which they began. One whose end is not among them is told as far
/// as it goes. [`LiquidationStory::lines`] tells one to people.
#[must_use]
pub fn explain_liquidation(events: &[Event]) -> Vec<LiquidationStory> {
    let (mut stories, mut open) = (Vec::new(), Vec::new());
    for event in events {
        if let Event::LiquidationStarted(start) = event {
            open.push(stories.len());
            stories.push(LiquidationStory::of(*start));
            continue;
        }
        if let Event::LiquidationEnded { market, account, side } = event {
            open.retain(|at| stories.get(*at).is_none_or(|story: &LiquidationStory| !story.is_of(*market, *account, *side)));
            continue;
        }
        // The one that began last and that the event can belong to.
        let at = open.iter().rev().copied().find(|at| stories.get(*at).is_some_and(|story| story.concerns(event)));
        if let Some(story) = at.and_then(|at| stories.get_mut(at)) {
            story.tell(event);
        }
    }
    stories
}

impl LiquidationStory {
    const fn of(start: LiquidationStart) -> Self {
        Self {
            start,
            steps: Vec::new(),
            fee: Amount::ZERO,
            insurance_paid: Amount::ZERO,
            deleveraged: Vec::new(),
            socialised: Amount::ZERO,
            uncovered: Amount::ZERO,
            returned: Amount::ZERO,
            lost: Amount::ZERO,
        }
    }

    fn is_of(&self, market: MarketId, account: Option<AccountId>, side: Side) -> bool {
        (self.start.market, self.start.account, self.start.side) == (market, account, side)
    }

    /// Whether an event can be part of this story.
    fn concerns(&self, event: &Event) -> bool {
        if let Event::LiquidationStepTaken { market, account, side, .. } = event {
            return self.is_of(*market, *account, *side);
        }
        if let Event::Posted(posting) = event {
            return [posting.from, posting.to].into_iter().all(|account| self.is_near(account));
        }
        if let Event::Deleveraged { market, .. } | Event::LossSocialised { market, .. } = event {
            return *market == self.start.market;
        }
        false
    }

    /// Whether an account of the ledger is of this market and leg, or of no market.
    fn is_near(&self, account: LedgerAccount) -> bool {
        let start = &self.start;
        match account {
            LedgerAccount::Outside | LedgerAccount::Fees | LedgerAccount::Wallet(_) => true,
            LedgerAccount::Hold(_, market)
            | LedgerAccount::Insurance(market)
            | LedgerAccount::Settlement(market)
            | LedgerAccount::Funding(market)
            | LedgerAccount::Uncovered(market) => market == start.market,
            LedgerAccount::Margin(owner, market, side) => {
                market == start.market && (Some(owner) != start.account || side == start.side)
            }
        }
    }

    /// Whether money there is the liquidated one's.
    fn owns(&self, account: LedgerAccount) -> bool {
        match account {
            LedgerAccount::Wallet(owner) | LedgerAccount::Hold(owner, _) | LedgerAccount::Margin(owner, ..) => {
                Some(owner) == self.start.account
            }
            LedgerAccount::Insurance(market) => self.start.account.is_none() && market == self.start.market,
            LedgerAccount::Outside
            | LedgerAccount::Fees
            | LedgerAccount::Settlement(_)
            | LedgerAccount::Funding(_)
            | LedgerAccount::Uncovered(_) => false,
        }
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Posted(posting) = event {
            return self.post(posting);
        }
        if let Event::LiquidationStepTaken { step, lots, value, .. } = event {
            return self.steps.push(StoryStep { step: *step, lots: *lots, value: *value });
        }
        if let Event::Deleveraged { account, side, lots, value, .. } = event {
            return self.deleveraged.push(StoryDeleveraged { account: *account, side: *side, lots: *lots, value: *value });
        }
        if let Event::LossSocialised { amount, .. } = event {
            self.socialised = sum(self.socialised, *amount);
        }
    }

    fn post(&mut self, posting: &Posting) {
        let Posting { from, to, amount, reason, .. } = *posting;
        if matches!(from, LedgerAccount::Uncovered(_)) {
            self.uncovered = sum(self.uncovered, amount);
        }
        match (self.owns(from), self.owns(to)) {
            (true, true) => {
                let leaves_box = matches!((from, to), (LedgerAccount::Margin(..), LedgerAccount::Wallet(_)));
                if leaves_box {
                    self.returned = sum(self.returned, amount);
                }
            }
            (true, false) => {
                self.lost = sum(self.lost, amount);
                if reason == Reason::LiquidationFee {
                    self.fee = sum(self.fee, amount);
                }
            }
            (false, true) => {
                self.lost = self.lost.minus(amount).unwrap_or(Amount::LEAST);
                if reason == Reason::InsurancePayout {
                    self.insurance_paid = sum(self.insurance_paid, amount);
                }
            }
            (false, false) => {}
        }
    }
}

fn sum(left: Amount, right: Amount) -> Amount {
    left.plus(right).unwrap_or(Amount::GREATEST)
}

/// By whom or what a step closes.
const fn means(step: LiquidationStep) -> &'static str {
    match step {
        LiquidationStep::CancelOrders => "by cancelling orders",
        LiquidationStep::StepDownBracket => "by an order down to the next bracket",
        LiquidationStep::ImmediateOrder => "by an immediate order",
        LiquidationStep::InsuranceTakeover => "by the insurance fund",
        LiquidationStep::AutoDeleverage => "by deleveraging",
        LiquidationStep::SocialiseLoss => "by spreading the loss",
    }
}

impl LiquidationStory {
    /// Four lines: what set it off, what was closed, the fee, and who bore what. Quantities and amounts are exact; `market` is the one it happened
    /// in, `owner` the name of whose position it was.
    ///
    /// # Errors
    /// [`OutOfRange`] when a number of lots is no quantity: not for events of the engine.
    pub fn lines(&self, market: &Market, owner: &str) -> Result<Vec<String>, OutOfRange> {
        let LiquidationStart { side, margin_mode, mark, margin_balance, maintenance_margin, position, .. } = self.start;
        let (symbol, contract) = (&market.listing().symbol, market.contract());
        let asset = &contract.spec().settlement;
        let mode = match margin_mode {
            MarginMode::Isolated => "isolated",
            MarginMode::Cross => "cross",
        };
        let mut closed = Vec::new();
        for StoryStep { step, lots, value } in self.steps.iter().filter(|step| step.lots > Lots::ZERO) {
            closed.push(format!("{} {}, worth {value} {asset}", lots.to_quantity(contract)?, means(*step)));
        }
        let closed = if closed.is_empty() { "nothing".to_owned() } else { closed.join("; ") };
        let mut end = format!("lost {} {asset}, returned {} {asset}", self.lost, self.returned);
        let bearers = [
            ("paid by the insurance fund", self.insurance_paid),
            ("taken from profits of others", self.socialised),
            ("covered by nobody", self.uncovered),
        ];
        for (bearer, amount) in bearers.into_iter().filter(|(_, amount)| *amount > Amount::ZERO) {
            end.push_str(&format!(", {bearer} {amount} {asset}"));
        }
        if !self.deleveraged.is_empty() {
            let others = self.deleveraged.len();
            end.push_str(&format!(", positions deleveraged {others}"));
        }
        Ok(vec![
            format!(
                "{owner}: {mode} {side} {} {symbol}, mark {mark}, margin balance {margin_balance} {asset}, maintenance margin {maintenance_margin} {asset}",
                position.quantity
            ),
            format!("closed: {closed}"),
            format!("liquidation fee to the insurance fund: {} {asset}", self.fee),
            end,
        ])
    }
}
