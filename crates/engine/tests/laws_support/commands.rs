//! Random commands to an exchange: who, where and what is for the law to choose.

use super::{SIZES, START};
use crate::world::read;
use proptest::prelude::*;
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::*;
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Rate};

/// Who acts, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    pub(crate) accounts: (u32, u32),
    pub(crate) markets: &'static [MarketId],
}

impl Scope {
    fn account(self) -> impl Strategy<Value = AccountId> {
        (self.accounts.0..self.accounts.1).prop_map(AccountId)
    }

    fn market(self) -> impl Strategy<Value = MarketId> {
        prop::sample::select(self.markets)
    }
}

fn price() -> impl Strategy<Value = Price> {
    prop_oneof![6 => -6..6_i64, 2 => -60..60_i64, 1 => -1_500..1_500_i64]
        .prop_map(|steps| Price::from_raw(1_000_000_000_000 + steps * 50_000_000).expect("in range"))
}

pub(crate) fn mark() -> impl Strategy<Value = MarkPrice> {
    prop_oneof![8 => -20..20_i64, 6 => -500..500_i64, 1 => -3_000..3_000_i64]
        .prop_map(|steps| MarkPrice::from_raw(1_000_000_000_000 + steps * 50_000_000).expect("in range"))
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![1 => 1..3_i128, 4 => 1..20_000_000_000_i128, 1 => 1..2_000_000_000_000_i128]
        .prop_map(|raw| Amount::from_raw(raw).expect("in range"))
}

fn quantity(market: MarketId, lots: i64) -> Quantity {
    Quantity::from_raw(lots * SIZES[usize::from(market.0)]).expect("in range")
}

fn side() -> impl Strategy<Value = OrderSide> {
    prop::sample::select(vec![OrderSide::Buy, OrderSide::Sell])
}

fn position_side() -> impl Strategy<Value = PositionSide> {
    prop_oneof![10 => Just(PositionSide::Both), 1 => Just(PositionSide::Long), 1 => Just(PositionSide::Short)]
}

fn later() -> impl Strategy<Value = Time> {
    (0..40_000_000_u64).prop_map(|after| Time::from_ms(START + after))
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    prop_oneof![
        6 => Just(Lifetime::GoodTillCancel),
        1 => Just(Lifetime::ImmediateOrCancel),
        1 => Just(Lifetime::FillOrKill),
        1 => Just(Lifetime::PostOnly),
        1 => later().prop_map(Lifetime::GoodTillDate),
    ]
}

fn kind() -> impl Strategy<Value = OrderKind> {
    let callback = (100_000..10_000_000_i64).prop_map(|raw| Rate::from_raw(raw).expect("in range"));
    let trigger = prop_oneof![
        price().prop_map(Trigger::Stop),
        price().prop_map(Trigger::TakeProfit),
        (callback, prop::option::of(price())).prop_map(|(callback, activation)| Trigger::Trailing { callback, activation }),
    ];
    let then = prop_oneof![
        Just(Triggered::Market),
        (price(), lifetime()).prop_map(|(price, lifetime)| Triggered::Limit { price, lifetime }),
    ];
    let watched = prop::sample::select(vec![WatchedPrice::Mark, WatchedPrice::Last]);
    prop_oneof![
        9 => (price(), lifetime()).prop_map(|(price, lifetime)| OrderKind::Limit { price, lifetime }),
        2 => Just(OrderKind::Market),
        3 => (watched, trigger, then).prop_map(|(watched, trigger, then)| OrderKind::Conditional { watched, trigger, then }),
    ]
}

fn order(scope: Scope) -> impl Strategy<Value = NewOrder> {
    let purpose = prop_oneof![12 => Just(Purpose::Any), 2 => Just(Purpose::ReduceOnly), 1 => Just(Purpose::ClosePosition)];
    let self_trade = prop::sample::select(vec![SelfTrade::ExpireTaker, SelfTrade::ExpireMaker, SelfTrade::ExpireBoth]);
    let what = (kind(), purpose, self_trade, prop::option::of(0..30_u8));
    (scope.account(), scope.market(), side(), position_side(), 1..90_i64, what).prop_map(
        |(account, market, side, position_side, lots, (kind, purpose, self_trade, name))| {
            let quantity = quantity(market, if purpose == Purpose::ClosePosition { 0 } else { lots });
            let client_id = name.map(|name| read(&format!("c{name}")));
            NewOrder { account, market, side, position_side, quantity, kind, purpose, self_trade, client_id }
        },
    )
}

/// One sells, another buys at the same price.
fn trade(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    (scope.account(), scope.account(), scope.market(), 1..90_i64, price()).prop_map(|(seller, buyer, market, lots, price)| {
        let order = |account, side| {
            let kind = OrderKind::Limit { price, lifetime: Lifetime::GoodTillCancel };
            let (position_side, purpose, self_trade) = (PositionSide::Both, Purpose::Any, SelfTrade::ExpireBoth);
            let quantity = quantity(market, lots);
            let client_id = None;
            let order = NewOrder { account, market, side, position_side, quantity, kind, purpose, self_trade, client_id };
            Command::Place(order)
        };
        vec![order(seller, OrderSide::Sell), order(buyer, OrderSide::Buy)]
    })
}

fn order_ref(scope: Scope) -> impl Strategy<Value = OrderRef> {
    let id = (1..40_u64, 0..8_u32).prop_map(|(sequence, place)| OrderName::Id(OrderId::new(sequence, place)));
    let name = prop_oneof![id, (0..30_u8).prop_map(|name| OrderName::Client(read(&format!("c{name}"))))];
    (scope.account(), scope.market(), name).prop_map(|(account, market, name)| OrderRef { account, market, name })
}

/// Orders placed, amended, cancelled.
pub(crate) fn orders(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    let amendment = (order_ref(scope), price(), 1..90_i64)
        .prop_map(|(order, price, lots)| Command::Amend(Amendment { order, price, quantity: quantity(order.market, lots) }));
    let batch = prop::collection::vec(order(scope), 0..5);
    let one = prop_oneof![
        10 => order(scope).prop_map(Command::Place),
        1 => batch.prop_map(Command::PlaceBatch),
        2 => amendment,
        2 => order_ref(scope).prop_map(Command::Cancel),
        1 => prop::collection::vec(order_ref(scope), 0..5).prop_map(Command::CancelBatch),
        1 => (scope.account(), scope.market()).prop_map(|(account, market)| Command::CancelAll { account, market }),
        1 => (scope.account(), scope.market(), 0..9_000_000_u64)
            .prop_map(|(account, market, after_ms)| Command::CountdownCancel { account, market, after_ms }),
    ];
    prop_oneof![1 => one.prop_map(|command| vec![command]), 1 => trade(scope)]
}

/// Leverage set and margin moved.
pub(crate) fn margins(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    let leg = || {
        (scope.account(), scope.market(), position_side()).prop_map(|(account, market, side)| LegRef { account, market, side })
    };
    let movement = prop_oneof![amount().prop_map(MarginMove::Add), amount().prop_map(MarginMove::Remove)];
    let one = prop_oneof![
        (leg(), 1..125_i64)
            .prop_map(|(leg, times)| Command::SetLeverage { leg, leverage: Leverage::whole(times).expect("in range") }),
        (leg(), movement).prop_map(|(leg, movement)| Command::MoveMargin { leg, movement }),
    ];
    one.prop_map(|command| vec![command])
}

/// Isolated or cross, one-way or hedge, margin by itself or not.
pub(crate) fn modes(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    let margin = prop::sample::select(vec![MarginMode::Isolated, MarginMode::Cross]);
    let position = prop::sample::select(vec![PositionMode::OneWay, PositionMode::Hedge]);
    let auto = prop::sample::select(vec![AutoAdd::Off, AutoAdd::On]);
    let leg = prop::sample::select(vec![PositionSide::Both, PositionSide::Both, PositionSide::Long, PositionSide::Short]);
    let one = prop_oneof![
        3 => (scope.account(), scope.market(), leg, margin).prop_map(|(account, market, side, mode)| Command::SetMarginMode {
            leg: LegRef { account, market, side },
            mode
        }),
        1 => (scope.account(), position).prop_map(|(account, mode)| Command::SetPositionMode { account, mode }),
        3 => (scope.account(), scope.market(), auto).prop_map(|(account, market, setting)| Command::SetAutoAddMargin {
            account,
            market,
            setting
        }),
    ];
    one.prop_map(|command| vec![command])
}

/// Money in, out, and to others.
pub(crate) fn money(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    let transfer = || {
        (scope.account(), 0..2_u8, amount()).prop_map(|(account, asset, amount)| Transfer {
            account,
            asset: AssetId(asset),
            amount,
        })
    };
    let one = prop_oneof![
        transfer().prop_map(Command::Deposit),
        transfer().prop_map(Command::Withdraw),
        (scope.account(), transfer()).prop_map(|(from, to)| Command::TransferBetween { from, to }),
        (scope.market(), amount()).prop_map(|(market, amount)| Command::FundInsurance { market, amount }),
    ];
    one.prop_map(|command| vec![command])
}

/// Marks and funding.
pub(crate) fn prices(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    let rate = (-100_000..2_000_000_i64).prop_map(|raw| Rate::from_raw(raw).expect("in range"));
    let one = prop_oneof![
        6 => (scope.market(), mark()).prop_map(|(market, mark)| Command::SetMark { market, mark, index: read("10000") }),
        1 => (scope.market(), rate).prop_map(|(market, rate)| Command::SetFundingRate { market, rate }),
        2 => scope.market().prop_map(|market| Command::SettleFunding { market }),
    ];
    one.prop_map(|command| vec![command])
}

/// The clock.
pub(crate) fn time() -> impl Strategy<Value = Vec<Command>> {
    later().prop_map(|to| vec![Command::AdvanceTime { to }])
}

/// Everything but the clock.
pub(crate) fn everything_but_time(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    prop_oneof![20 => orders(scope), 4 => margins(scope), 2 => modes(scope), 2 => money(scope), 8 => prices(scope)]
}

/// Everything that may happen while a market is open.
pub(crate) fn everything(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    prop_oneof![36 => everything_but_time(scope), 1 => time()]
}

/// The same, all positions isolated and one-way, with no margin by itself.
pub(crate) fn isolated(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    prop_oneof![20 => orders(scope), 5 => margins(scope), 1 => money(scope), 8 => prices(scope)]
}

/// What traders do among themselves: no mark moves, no funding, no money comes or goes.
pub(crate) fn trading(scope: Scope) -> impl Strategy<Value = Vec<Command>> {
    prop_oneof![10 => orders(scope), 3 => margins(scope), 1 => modes(scope)]
}

/// Up to so many groups of commands, one after the other; the clock never goes back.
pub(crate) fn sequence(group: impl Strategy<Value = Vec<Command>>, most: usize) -> impl Strategy<Value = Vec<Command>> {
    prop::collection::vec(group, 1..most).prop_map(|groups| {
        let mut now = Time::from_ms(START);
        let mut commands = groups.concat();
        for command in &mut commands {
            if let Command::AdvanceTime { to } = command {
                now = now.max(*to);
                *to = now;
            }
        }
        commands
    })
}
