//! What must happen sometimes: a simulation that never gets anywhere proves nothing.

use std::collections::BTreeMap;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Lifetime, OrderKind, Trigger};
use ringfence_engine::engine::{OrderFate, Reply};
use ringfence_engine::event::{Event, LedgerAccount, OrderEnd, QueuePlace, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_engine::reject::Reject;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::Rate;

use crate::shadow::{Shadow, lifetime};

/// Everything that a long simulation must reach.
pub const EXPECTED: [&str; 57] = [
    "trade",
    "maker paid",
    "order turned a position",
    "fill-or-kill killed",
    "fill-or-kill filled",
    "immediate-or-cancel left over",
    "good-till-date expired",
    "countdown cancelled",
    "self-trade: order expired",
    "maker unaffordable",
    "order unaffordable",
    "reduce-only shrunk",
    "nothing left to reduce",
    "amended, place kept",
    "amended, place lost",
    "amended into a trade",
    "client id repeated",
    "batch partly refused",
    "stop triggered",
    "take-profit triggered",
    "trailing triggered",
    "trigger refused",
    "leverage moved margin",
    "margin added",
    "margin removed",
    "margin drawn by itself",
    "margin mode switched",
    "margin carried over",
    "position mode switched",
    "funding settled",
    "funding sign flipped",
    "funding paid",
    "premium sampled",
    "basis sampled",
    "mark held back",
    "index quoted",
    "terms changed",
    "market state changed",
    "market settled",
    "isolated liquidation",
    "cross liquidation",
    "hedge liquidation",
    "liquidation beside a leg of the other mode",
    "several liquidations at once",
    "partial liquidation",
    "liquidation by order",
    "takeover",
    "liquidation fee",
    "insurance paid",
    "fund traded",
    "auto-deleveraging",
    "auto-deleveraging of several",
    "loss socialised",
    "loss uncovered",
    "uncovered loss funded",
    "insurance capped",
    "orders of a liquidated account ended",
];

/// Every refusal there is.
pub const REFUSALS: [&str; 36] = [
    "out-of-range",
    "filter",
    "amount-not-positive",
    "no-position",
    "no-change",
    "not-offered",
    "open-orders",
    "position-open",
    "leverage-above-contract",
    "leverage-above-bracket",
    "lowering-refused",
    "would-open",
    "insufficient-balance",
    "above-removable",
    "beyond-bankruptcy",
    "in-liquidation",
    "would-liquidate",
    "unknown",
    "limit-reached",
    "time-goes-back",
    "market-state",
    "no-mark",
    "mark-not-believed",
    "wrong-position-side",
    "invalid",
    "would-trigger-at-once",
    "would-take",
    "no-liquidity",
    "duplicate-client-id",
    "unknown-order",
    "not-amendable",
    "not-isolated",
    "open-interest-cap",
    "insufficient-funds",
    "bad-listing",
    "uncovered-loss",
];

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Events of interest.
    pub reached: BTreeMap<&'static str, u64>,
    /// Refusals by name.
    pub refused: BTreeMap<&'static str, u64>,
    rates: BTreeMap<MarketId, Rate>,
}

impl Marks {
    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.reached {
            *self.reached.entry(name).or_default() += count;
        }
        for (name, count) in &other.refused {
            *self.refused.entry(name).or_default() += count;
        }
    }

    /// What was expected and never happened.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let reached = EXPECTED.into_iter().filter(|name| !self.reached.contains_key(name));
        reached.chain(REFUSALS.into_iter().filter(|name| !self.refused.contains_key(name))).collect()
    }

    fn hit(&mut self, name: &'static str) {
        *self.reached.entry(name).or_default() += 1;
    }

    /// A refused command.
    pub(crate) fn refusal(&mut self, reject: &Reject) {
        *self.refused.entry(reject.code().1).or_default() += 1;
    }

    /// An accepted command's answer and events; the books are as they were before it.
    pub(crate) fn count(&mut self, command: &Command, reply: &Reply, events: &[Event], before: &Shadow) {
        match reply {
            Reply::Order(order) if order.fate == OrderFate::Repeated => self.hit("client id repeated"),
            Reply::Orders(orders) => {
                if orders.iter().any(Result::is_ok) && orders.iter().any(Result::is_err) {
                    self.hit("batch partly refused");
                }
                orders.iter().filter_map(|order| order.as_ref().err()).for_each(|reject| self.refusal(reject));
            }
            Reply::Done
            | Reply::Account(_)
            | Reply::Asset(_)
            | Reply::Market(_)
            | Reply::Order(_)
            | Reply::Cancelled(_)
            | Reply::Leverage(_)
            | Reply::Margin(_)
            | Reply::MarginMode(_) => {}
        }
        let traded = events.iter().any(|event| matches!(event, Event::Traded(_)));
        if matches!(command, Command::Amend(_)) && traded {
            self.hit("amended into a trade");
        }
        self.count_liquidations(events);
        for event in events {
            self.count_event(event, events, before);
        }
    }

    fn count_liquidations(&mut self, events: &[Event]) {
        let starts = events.iter().filter(|event| matches!(event, Event::LiquidationStarted(_))).count();
        if starts > 1 {
            self.hit("several liquidations at once");
        }
        let mut parties: Vec<AccountId> = Vec::new();
        for event in events {
            if let Event::Deleveraged { account, .. } = event
                && !parties.contains(account)
            {
                parties.push(*account);
            }
        }
        if parties.len() > 1 {
            self.hit("auto-deleveraging of several");
        }
        for event in events {
            let Event::PositionSet { account: Some(account), side, position: Some(_), market } = event else { continue };
            let closed = events.iter().any(|event| {
                matches!(event, Event::PositionSet { account: Some(owner), side: other, position: None, market: place }
                    if owner == account && other != side && place == market)
            });
            if closed {
                self.hit("order turned a position");
            }
        }
    }

    fn count_event(&mut self, event: &Event, events: &[Event], before: &Shadow) {
        #![expect(clippy::wildcard_enum_match_arm, reason = "most events are of no interest here")]
        match event {
            Event::Traded(_) => self.hit("trade"),
            Event::Posted(posting) => self.count_posting(posting.from, posting.to, posting.reason),
            Event::OrderShrunk { .. } => self.hit("reduce-only shrunk"),
            Event::OrderEnded { market, order, end } => {
                let takes =
                    events.iter().any(|event| matches!(event, Event::OrderAccepted { order: taken, .. } if taken == order));
                let kind = before.order(*market, *order).map(|shadow| shadow.placed);
                let rested = if !takes && kind.is_some() { Rested::Yes } else { Rested::No };
                self.count_end(*end, rested);
            }
            Event::OrderAccepted { order, placed, .. } if lifetime(placed) == Some(Lifetime::FillOrKill) => {
                let fills = |event: &Event| matches!(event, Event::OrderEnded { order: ended, end: OrderEnd::Filled, .. } if ended == order);
                if events.iter().any(fills) {
                    self.hit("fill-or-kill filled");
                }
            }
            Event::OrderTriggered { market, order, .. } => {
                let kind = before.order(*market, *order).map(|shadow| shadow.placed.kind);
                match kind {
                    Some(OrderKind::Conditional { trigger: Trigger::Stop(_), .. }) => self.hit("stop triggered"),
                    Some(OrderKind::Conditional { trigger: Trigger::TakeProfit(_), .. }) => self.hit("take-profit triggered"),
                    Some(OrderKind::Conditional { trigger: Trigger::Trailing { .. }, .. }) => self.hit("trailing triggered"),
                    Some(OrderKind::Limit { .. } | OrderKind::Market) | None => {}
                }
            }
            Event::OrderAmended { queue: QueuePlace::Kept, .. } => self.hit("amended, place kept"),
            Event::OrderAmended { queue: QueuePlace::Lost, .. } => self.hit("amended, place lost"),
            Event::MarginModeSet { .. } => self.hit("margin mode switched"),
            Event::PositionModeSet { mode: PositionMode::OneWay | PositionMode::Hedge, .. } => self.hit("position mode switched"),
            Event::MarketStateSet { state: ringfence_engine::command::MarketState::Settled, .. } => self.hit("market settled"),
            Event::MarketStateSet { .. } => self.hit("market state changed"),
            Event::MarketChanged { .. } => self.hit("terms changed"),
            Event::MarkOffered { .. } => self.hit("mark held back"),
            Event::IndexQuoted { .. } => self.hit("index quoted"),
            Event::PremiumSampled { .. } => self.hit("premium sampled"),
            Event::BasisSampled { .. } => self.hit("basis sampled"),
            Event::FundingSettled { market, rate, .. } => {
                self.hit("funding settled");
                let last = self.rates.insert(*market, *rate);
                if last.is_some_and(|last| last.raw().signum() * rate.raw().signum() < 0) {
                    self.hit("funding sign flipped");
                }
            }
            Event::LiquidationStarted(start) => match start.margin_mode {
                MarginMode::Isolated => self.hit("isolated liquidation"),
                MarginMode::Cross => self.hit("cross liquidation"),
            },
            Event::LiquidationStepTaken { step, .. } => self.count_step(*step),
            Event::Deleveraged { .. } => self.hit("auto-deleveraging"),
            Event::LossSocialised { .. } => self.hit("loss socialised"),
            _ => {}
        }
    }

    fn count_step(&mut self, step: LiquidationStep) {
        match step {
            LiquidationStep::StepDownBracket => self.hit("partial liquidation"),
            LiquidationStep::ImmediateOrder => self.hit("liquidation by order"),
            LiquidationStep::InsuranceTakeover => self.hit("takeover"),
            LiquidationStep::CancelOrders | LiquidationStep::AutoDeleverage | LiquidationStep::SocialiseLoss => {}
        }
    }

    fn count_end(&mut self, end: OrderEnd, rested: Rested) {
        let name = match end {
            OrderEnd::FillOrKill => "fill-or-kill killed",
            OrderEnd::ImmediateOrCancel => "immediate-or-cancel left over",
            OrderEnd::Expired => "good-till-date expired",
            OrderEnd::Countdown => "countdown cancelled",
            OrderEnd::SelfTrade => "self-trade: order expired",
            OrderEnd::Unaffordable if rested == Rested::Yes => "maker unaffordable",
            OrderEnd::Unaffordable => "order unaffordable",
            OrderEnd::NothingToReduce => "nothing left to reduce",
            OrderEnd::TriggerRefused => "trigger refused",
            OrderEnd::Liquidated => "orders of a liquidated account ended",
            OrderEnd::Filled | OrderEnd::Cancelled | OrderEnd::MarketSettled => return,
        };
        self.hit(name);
    }

    fn count_posting(&mut self, from: LedgerAccount, to: LedgerAccount, reason: Reason) {
        let name = match (reason, from, to) {
            (Reason::TradingFee, LedgerAccount::Fees, _) => "maker paid",
            (Reason::LeverageChange, ..) => "leverage moved margin",
            (Reason::MarginMoved, LedgerAccount::Wallet(_), _) => "margin added",
            (Reason::MarginMoved, ..) => "margin removed",
            (Reason::MarginAutoAdded, ..) => "margin drawn by itself",
            (Reason::ModeSwitch, ..) => "margin carried over",
            (Reason::Funding, LedgerAccount::Margin(..) | LedgerAccount::Wallet(_), _) => "funding paid",
            (Reason::LiquidationFee, ..) => "liquidation fee",
            (Reason::InsurancePayout, ..) => "insurance paid",
            (Reason::InsuranceTrade, ..) => "fund traded",
            (_, LedgerAccount::Uncovered(_), _) => "loss uncovered",
            (_, _, LedgerAccount::Uncovered(_)) => "uncovered loss funded",
            _ => return,
        };
        self.hit(name);
    }

    /// A fund with money lost all that its cap lets it lose in an hour.
    pub(crate) fn insurance_capped(&mut self) {
        self.hit("insurance capped");
    }

    /// A leg was liquidated while the other has another margin mode.
    pub(crate) fn liquidated_beside_another_mode(&mut self) {
        self.hit("liquidation beside a leg of the other mode");
    }

    /// A leg of a hedge account was liquidated.
    pub(crate) fn hedge_liquidated(&mut self) {
        self.hit("hedge liquidation");
    }
}

/// Whether an order was open before the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rested {
    Yes,
    No,
}
