//! Orders that waited, as the story of the account that is watched tells them.

use crate::cast::side_of;
use crate::script::Act;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{NewOrder, OrderKind, Trigger};
use ringfence_engine::event::{Event, OrderEnd};
use ringfence_engine::ids::OrderId;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::contract::Contract;
use ringfence_risk::units::{Price, Quantity, Side};

/// Waiting orders of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Vec<(OrderId, Side, Act)>);

impl Waiting {
    /// Notes those that the events of a command place, and says in words what became of those that they set off.
    pub(crate) fn read(&mut self, events: &[Event], account: AccountId, contract: &Contract) -> Result<Vec<String>, OutOfRange> {
        let mut said = Vec::new();
        for event in events {
            if let Event::OrderAccepted { order, placed, .. } = event
                && placed.account == account
            {
                self.note(*order, placed);
            }
            if let Event::OrderTriggered { order, .. } = event
                && let Some(place) = self.0.iter().position(|(waiting, ..)| waiting == order)
            {
                let (_, side, act) = self.0.swap_remove(place);
                said.push(format!("{side} {act} is set off: {}", became(events, *order, contract)?));
            }
        }
        Ok(said)
    }

    fn note(&mut self, order: OrderId, placed: &NewOrder) {
        let OrderKind::Conditional { trigger, .. } = placed.kind else { return };
        let side = if placed.side == side_of(Side::Long) { Side::Short } else { Side::Long };
        match trigger {
            Trigger::Stop(price) => self.0.push((order, side, Act::StopLoss { price })),
            Trigger::TakeProfit(price) => self.0.push((order, side, Act::TakeProfit { price })),
            // No step of a script leaves one.
            Trigger::Trailing { .. } => {}
        }
    }
}

/// What an order traded, and whether all of it.
fn became(events: &[Event], order: OrderId, contract: &Contract) -> Result<String, OutOfRange> {
    let mut fills: Vec<(Price, Quantity)> = Vec::new();
    let mut rest = "";
    for event in events {
        if let Event::Traded(trade) = event
            && trade.taker_order == Some(order)
        {
            fills.push((trade.price.to_price(contract)?, trade.lots.to_quantity(contract)?));
        }
        if let Event::OrderEnded { order: ended, end, .. } = event
            && *ended == order
        {
            rest = left(*end);
        }
    }
    let fills: Vec<String> = fills.iter().map(|(price, quantity)| format!("{quantity} at {price}")).collect();
    let closed = if fills.is_empty() { "nothing is closed".to_owned() } else { format!("closes {}", fills.join(", ")) };
    Ok(closed + rest)
}

/// Why not all of an order traded.
const fn left(end: OrderEnd) -> &'static str {
    match end {
        OrderEnd::Filled => "",
        OrderEnd::ImmediateOrCancel | OrderEnd::FillOrKill => "; for the rest nobody is there",
        OrderEnd::NothingToReduce => "; there is no position left",
        OrderEnd::Unaffordable => "; the rest is not affordable",
        OrderEnd::SelfTrade => "; the rest meets an order of its own account",
        OrderEnd::TriggerRefused => "; it cannot be placed",
        OrderEnd::Liquidated => "; the position is liquidated",
        OrderEnd::Cancelled | OrderEnd::Expired | OrderEnd::Countdown | OrderEnd::MarketSettled => "; the rest is cancelled",
    }
}
