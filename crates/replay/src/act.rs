//! Steps of a script as commands.

use crate::cast::side_of;
use crate::error::ReplayError;
use crate::exchange::{ASSET, Exchange};
use crate::maker::{MARKET, quote};
use crate::market::Market;
use crate::record::Now;
use crate::script::{Act, ScriptStep};
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{
    Command, LegRef, Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Transfer, Trigger, Triggered,
};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::engine::Reply;
use ringfence_engine::reject::Reject;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, MarginMove};
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::{Amount, Price, Quantity, Side};

/// An immediate order at the maker's price.
pub(crate) struct Taken {
    pub(crate) account: AccountId,
    pub(crate) position_side: PositionSide,
    pub(crate) takes: OrderSide,
    pub(crate) quantity: Quantity,
    pub(crate) price: Price,
    pub(crate) purpose: Purpose,
}

/// What came of a step.
pub(crate) struct Acted {
    /// In words.
    pub(crate) said: String,
    /// The price at which it opened or increased the position.
    pub(crate) opened_at: Option<Price>,
}

impl Acted {
    const fn only(said: String) -> Self {
        Self { said, opened_at: None }
    }
}

/// Why an order did not fill.
pub(crate) enum NotTaken {
    /// It was refused.
    Refused(Reject),
    /// It found too little.
    Unfilled,
}

impl Exchange {
    /// The maker quotes what is wanted at its price, the account takes it, and what is left is cancelled.
    pub(crate) fn take(&mut self, market: &Market, taken: &Taken) -> Result<Option<NotTaken>, ReplayError> {
        let Taken { account, position_side, takes, quantity, price, purpose } = *taken;
        let gives = match takes {
            OrderSide::Buy => OrderSide::Sell,
            OrderSide::Sell => OrderSide::Buy,
        };
        let mut quoted = self.send(&Command::Place(NewOrder { account: self.quoter(), ..quote(gives, quantity, price) }))?;
        if quoted.is_err() && self.another_maker()? {
            quoted = self.send(&Command::Place(NewOrder { account: self.quoter(), ..quote(gives, quantity, price) }))?;
        }
        let order = NewOrder {
            account,
            market: MARKET,
            side: takes,
            position_side,
            quantity,
            kind: OrderKind::Limit { price, lifetime: Lifetime::ImmediateOrCancel },
            purpose,
            self_trade: SelfTrade::ExpireTaker,
            client_id: None,
        };
        let answered = self.send(&Command::Place(order))?;
        self.must("a cancel", &Command::CancelAll { account: self.quoter(), market: MARKET })?;
        Ok(match (quoted, answered) {
            (_, Ok(Reply::Order(reply))) if reply.executed.to_quantity(&market.contract) == Ok(quantity) => None,
            // What the maker may not offer nobody can take.
            (Err(reject), _) | (Ok(_), Err(reject)) => Some(NotTaken::Refused(reject)),
            (Ok(_), Ok(_)) => Some(NotTaken::Unfilled),
        })
    }

    /// Does a step. Answers what came of it, in words.
    pub(crate) fn act(
        &mut self,
        market: &Market,
        step: &ScriptStep,
        (account, position_side): (AccountId, PositionSide),
        now: Now,
    ) -> Result<Acted, ReplayError> {
        let side = step.side;
        let leg = LegRef { account, market: MARKET, side: position_side };
        let levered = LegRef { side: self.levered(market, (account, position_side)), ..leg };
        let held = self.position(account, side).map_or(Quantity::ZERO, |position| position.quantity);
        let opens = |quantity| (side_of(side), quantity, side, Purpose::Any);
        let closes = |quantity| (side_of(side.opposite()), quantity, side.opposite(), Purpose::ReduceOnly);
        let trade = match step.act {
            Act::Enter { quantity, leverage } => {
                if let Err(reject) = self.send(&Command::SetLeverage { leg: levered, leverage })? {
                    return Ok(Acted::only(refused(&reject)));
                }
                opens(quantity)
            }
            Act::Add { quantity } if held > Quantity::ZERO => opens(quantity),
            Act::Reduce { quantity } if held > Quantity::ZERO => closes(quantity.min(held)),
            Act::Close if held > Quantity::ZERO => closes(held),
            Act::Add { .. } | Act::Reduce { .. } | Act::Close => {
                return Ok(Acted::only("nothing done: there is no position".to_owned()));
            }
            Act::Leverage { leverage } => return self.ask(&Command::SetLeverage { leg: levered, leverage }),
            Act::AddMargin { amount } => return self.ask(&Command::MoveMargin { leg, movement: MarginMove::Add(amount) }),
            Act::RemoveMargin { amount } => return self.ask(&Command::MoveMargin { leg, movement: MarginMove::Remove(amount) }),
            Act::TakeProfit { price } => return self.ask(&waiting(leg, side, Trigger::TakeProfit(price))),
            Act::StopLoss { price } => return self.ask(&waiting(leg, side, Trigger::Stop(price))),
        };
        let (takes, quantity, rounds_for, purpose) = trade;
        let price = market.on_tick(now.mark, rounds_for)?;
        self.requote(&[])?;
        let taken = Taken { account, position_side, takes, quantity, price, purpose };
        Ok(match self.take(market, &taken)? {
            None => Acted { said: format!("done at {price}"), opened_at: (purpose == Purpose::Any).then_some(price) },
            Some(NotTaken::Refused(reject)) => Acted::only(refused(&reject)),
            Some(NotTaken::Unfilled) => {
                Acted::only("refused: the account cannot afford it, or it would be liquidated at once".to_owned())
            }
        })
    }

    /// How a change of leverage names a leg: both, where the rule set or a pool gives them one leverage.
    fn levered(&self, market: &Market, (account, position_side): (AccountId, PositionSide)) -> PositionSide {
        let participant = self.state().market(MARKET).and_then(|market| market.participant(account));
        let pooled = participant.is_some_and(|participant| {
            [Side::Long, Side::Short].into_iter().all(|side| participant.margin_mode(side) == MarginMode::Cross)
        });
        if pooled || market.rules.leverage_scope == LeverageScope::PerContract { PositionSide::Both } else { position_side }
    }

    /// More money for an account, and into the box of its position where it has one of its own.
    pub(crate) fn add_money(&mut self, account: AccountId, amount: Amount) -> Result<(), ReplayError> {
        self.must("a deposit", &Command::Deposit(Transfer { account, asset: ASSET, amount })).map(|_| ())
    }

    fn ask(&mut self, command: &Command) -> Result<Acted, ReplayError> {
        Ok(Acted::only(self.send(command)?.map_or_else(|reject| refused(&reject), |_| "done".to_owned())))
    }
}

fn refused(reject: &Reject) -> String {
    let reason = if let Reject::Leverage(refused) = reject { refused.refusal.to_string() } else { reject.to_string() };
    format!("refused: {reason}")
}

/// An order that closes the whole position when the mark reaches its trigger.
fn waiting(leg: LegRef, side: Side, trigger: Trigger) -> Command {
    Command::Place(NewOrder {
        account: leg.account,
        market: leg.market,
        side: side_of(side.opposite()),
        position_side: leg.side,
        quantity: Quantity::ZERO,
        kind: OrderKind::Conditional { watched: WatchedPrice::Mark, trigger, then: Triggered::Market },
        purpose: Purpose::ClosePosition,
        self_trade: SelfTrade::ExpireTaker,
        client_id: None,
    })
}
