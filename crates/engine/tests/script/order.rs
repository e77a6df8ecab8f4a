//! Orders in words: `ann sells 1 @ 10000 post-only`, `bob buys 0.5 market`, `ann sells all stop 9900 mark`.

use super::{Script, account, ms};
use crate::world::{LINEAR, read};
use ringfence_engine::book::SelfTrade;
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Trigger, Triggered};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::Price;

/// What the words say of price and time.
struct Terms {
    price: Option<Price>,
    lifetime: Lifetime,
    watched: WatchedPrice,
    trigger: Option<Trigger>,
}

impl Terms {
    fn kind(&self) -> OrderKind {
        let Self { price, lifetime, watched, trigger } = *self;
        match (trigger, price) {
            (Some(trigger), Some(price)) => {
                OrderKind::Conditional { watched, trigger, then: Triggered::Limit { price, lifetime } }
            }
            (Some(trigger), None) => OrderKind::Conditional { watched, trigger, then: Triggered::Market },
            (None, Some(price)) => OrderKind::Limit { price, lifetime },
            (None, None) => OrderKind::Market,
        }
    }
}

impl Script {
    pub(super) fn order(&self, words: &[&str]) -> NewOrder {
        let [who, verb, quantity, how @ ..] = words else { panic!("what is {words:?}?") };
        let side = match *verb {
            "buys" => OrderSide::Buy,
            "sells" => OrderSide::Sell,
            _ => panic!("what is {verb}?"),
        };
        let mut terms = Terms { price: None, lifetime: Lifetime::GoodTillCancel, watched: WatchedPrice::Last, trigger: None };
        let mut order = NewOrder {
            account: account(who),
            market: LINEAR,
            side,
            position_side: PositionSide::Both,
            quantity: if *quantity == "all" { read("0") } else { read(quantity) },
            kind: OrderKind::Market,
            purpose: if *quantity == "all" { Purpose::ClosePosition } else { Purpose::Any },
            self_trade: SelfTrade::ExpireTaker,
            client_id: None,
        };
        let mut how = how.iter().copied();
        while let Some(word) = how.next() {
            let mut next = || how.next().expect("one more word");
            match word {
                "market" => {}
                "@" => terms.price = Some(read(next())),
                "ioc" => terms.lifetime = Lifetime::ImmediateOrCancel,
                "fok" => terms.lifetime = Lifetime::FillOrKill,
                "post-only" => terms.lifetime = Lifetime::PostOnly,
                "gtd" => {
                    let until = self.world.engine.state().clock().plus_ms(ms(next()));
                    terms.lifetime = Lifetime::GoodTillDate(until);
                }
                "stop" => terms.trigger = Some(Trigger::Stop(read(next()))),
                "take" => terms.trigger = Some(Trigger::TakeProfit(read(next()))),
                "trail" => terms.trigger = Some(Trigger::Trailing { callback: read(next()), activation: None }),
                "from" => {
                    let Some(Trigger::Trailing { activation, .. }) = &mut terms.trigger else { panic!("from what?") };
                    *activation = Some(read(next()));
                }
                "on-mark" => terms.watched = WatchedPrice::Mark,
                _ => set(&mut order, word),
            }
        }
        NewOrder { kind: terms.kind(), ..order }
    }
}

/// What the words say of anything else.
fn set(order: &mut NewOrder, word: &str) {
    match word {
        "reduce-only" => order.purpose = Purpose::ReduceOnly,
        "close" => order.purpose = Purpose::ClosePosition,
        "expire-maker" => order.self_trade = SelfTrade::ExpireMaker,
        "expire-taker" => order.self_trade = SelfTrade::ExpireTaker,
        "expire-both" => order.self_trade = SelfTrade::ExpireBoth,
        "long" => order.position_side = PositionSide::Long,
        "short" => order.position_side = PositionSide::Short,
        _ => order.client_id = Some(read(word.strip_prefix("id=").unwrap_or_else(|| panic!("what is {word}?")))),
    }
}
