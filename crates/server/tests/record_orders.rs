//! Orders, their trades and their amendments, as their owners ask for them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod record_support;

use record_support::{BEGIN, LINEAR, World, inverse, limit, linear, read};
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{
    Amendment, Command, Lifetime, NewOrder, OrderKind, OrderName, OrderRef, Purpose, Trigger, Triggered,
};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::event::OrderEnd;
use ringfence_engine::ids::OrderId;
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::Liquidity;
use ringfence_server::record::{ConditionalState, LogLimits, OrderState, OrderType, RecordLimits, Stage, TradeOrder, Window};

fn market(account: u32, side: ringfence_risk::filters::OrderSide, quantity: &str) -> NewOrder {
    NewOrder { kind: OrderKind::Market, ..limit(account, LINEAR, side, quantity, "1") }
}

fn by_id(account: u32, order: OrderId) -> OrderRef {
    OrderRef { account: AccountId(account), market: LINEAR, name: OrderName::Id(order) }
}

/// State, quantity, executed, left, value, average price.
fn figures(world: &World, order: OrderId) -> (OrderState, [String; 5]) {
    let order = world.order(LINEAR, order);
    let contract = world.engine.state().market(LINEAR).unwrap().contract();
    let average = order.average_price(contract).unwrap().map_or_else(|| "-".to_owned(), |price| price.to_string());
    let numbers =
        [order.quantity.to_string(), order.executed.to_string(), order.left.to_string(), order.executed_value.to_string()];
    let [quantity, executed, left, value] = numbers;
    (order.state(), [quantity, executed, left, value, average])
}

fn row(state: OrderState, numbers: [&str; 5]) -> (OrderState, [String; 5]) {
    (state, numbers.map(str::to_owned))
}

#[test]
fn an_order_rests_fills_in_parts_and_is_filled() {
    let mut world = World::new();
    let maker = world.place(limit(0, LINEAR, Sell, "0.3", "10000")).order;
    assert_eq!(figures(&world, maker), row(OrderState::New, ["0.3", "0", "0.3", "0", "-"]));
    world.pass(5);
    let taker = world.place(market(1, Buy, "0.1")).order;
    assert_eq!(figures(&world, maker), row(OrderState::PartiallyFilled, ["0.3", "0.1", "0.2", "1000", "10000"]));
    assert_eq!(figures(&world, taker), row(OrderState::Filled, ["0.1", "0.1", "0", "1000", "10000"]));
    world.place(limit(1, LINEAR, Buy, "0.2", "10010"));
    assert_eq!(figures(&world, maker), row(OrderState::Filled, ["0.3", "0.3", "0", "3000", "10000"]));
    let (maker, taker) = (world.order(LINEAR, maker), world.order(LINEAR, taker));
    assert_eq!((maker.created.ms(), maker.updated.ms()), (BEGIN, BEGIN + 5));
    assert_eq!((maker.price, taker.price), (Some(read("10000")), None));
    assert_eq!((maker.order_type(), taker.order_type()), (OrderType::Limit, OrderType::Market));
    assert_eq!((maker.is_open(), maker.conditional()), (false, None));
}

#[test]
fn every_way_to_end_has_its_state() {
    let mut world = World::new();
    world.place(limit(0, LINEAR, Sell, "0.1", "10010"));
    let with = |order: NewOrder, lifetime| NewOrder { kind: OrderKind::Limit { price: read("10010"), lifetime }, ..order };
    let own = NewOrder { self_trade: SelfTrade::ExpireTaker, ..limit(0, LINEAR, Buy, "0.1", "10010") };
    let table = [
        (
            with(limit(1, LINEAR, Buy, "0.2", "10010"), Lifetime::ImmediateOrCancel),
            OrderState::Expired,
            OrderEnd::ImmediateOrCancel,
        ),
        (own, OrderState::ExpiredInMatch, OrderEnd::SelfTrade),
    ];
    for (order, state, end) in table {
        let id = world.place(order).order;
        world.place(limit(0, LINEAR, Sell, "0.1", "10010"));
        let found = world.order(LINEAR, id);
        assert_eq!((found.state(), found.stage), (state, Stage::Ended(end)), "{order:?}");
    }
    let date = Lifetime::GoodTillDate(Time::from_ms(BEGIN + 1_000));
    let dated = NewOrder { kind: OrderKind::Limit { price: read("9990"), lifetime: date }, ..limit(2, LINEAR, Buy, "0.1", "1") };
    let (dated, kept) = (world.place(dated).order, world.place(limit(2, LINEAR, Buy, "0.1", "9980")).order);
    assert_eq!(world.order(LINEAR, dated).good_till_date(), Some(Time::from_ms(BEGIN + 1_000)));
    world.pass(1_000);
    world.run(&Command::Cancel(by_id(2, kept)));
    assert_eq!(world.order(LINEAR, dated).stage, Stage::Ended(OrderEnd::Expired));
    assert_eq!(figures(&world, kept), row(OrderState::Canceled, ["0.1", "0", "0", "0", "-"]));
    assert_eq!(world.order(LINEAR, kept).updated.ms(), BEGIN + 1_000);
}

#[test]
fn a_reducing_order_that_shrank_is_filled_with_less_than_its_quantity() {
    let mut world = World::new();
    world.place(limit(0, LINEAR, Sell, "0.1", "10000"));
    world.place(market(1, Buy, "0.1"));
    let reduce = NewOrder { purpose: Purpose::ReduceOnly, ..limit(1, LINEAR, Sell, "0.1", "10010") };
    let reduce = world.place(reduce).order;
    world.place(limit(2, LINEAR, Buy, "0.04", "10000"));
    world.place(market(1, Sell, "0.04"));
    assert_eq!(figures(&world, reduce), row(OrderState::New, ["0.1", "0", "0.06", "0", "-"]));
    world.place(market(3, Buy, "0.06"));
    assert_eq!(figures(&world, reduce), row(OrderState::Filled, ["0.1", "0.06", "0", "600.6", "10010"]));
}

fn stop(trigger: &str, then: Triggered) -> OrderKind {
    OrderKind::Conditional { watched: WatchedPrice::Mark, trigger: Trigger::Stop(read(trigger)), then }
}

#[test]
fn a_conditional_order_waits_triggers_and_finishes() {
    let mut world = World::new();
    world.place(limit(0, LINEAR, Sell, "1", "10200"));
    let wait = NewOrder { kind: stop("10100", Triggered::Market), ..limit(1, LINEAR, Buy, "0.1", "1") };
    let then = Triggered::Limit { price: read("10100"), lifetime: Lifetime::GoodTillCancel };
    let rest = NewOrder { kind: stop("10100", then), ..limit(1, LINEAR, Buy, "0.2", "1") };
    let (wait, rest) = (world.place(wait).order, world.place(rest).order);
    let found = world.order(LINEAR, wait);
    assert_eq!((found.state(), found.conditional()), (OrderState::New, Some(ConditionalState::Waiting)));
    assert_eq!(
        (found.order_type(), found.stop_price(), found.watched()),
        (OrderType::StopMarket, Some(read("10100")), Some(WatchedPrice::Mark))
    );
    assert_eq!((found.price, world.order(LINEAR, rest).price), (None, Some(read("10100"))));
    world.pass(7);
    world.mark(LINEAR, "10100");
    let at = Time::from_ms(BEGIN + 7);
    let found = world.order(LINEAR, wait);
    assert_eq!((found.state(), found.conditional()), (OrderState::Filled, Some(ConditionalState::Finished { at })));
    assert_eq!((found.order_type(), found.original_type()), (OrderType::Market, OrderType::StopMarket));
    let found = world.order(LINEAR, rest);
    assert_eq!((found.state(), found.conditional()), (OrderState::New, Some(ConditionalState::Triggered { at })));
    assert_eq!((found.order_type(), found.original_type(), found.stage), (OrderType::Limit, OrderType::Stop, Stage::Resting));
}

#[test]
fn a_conditional_order_may_be_refused_at_its_trigger_or_cancelled_before() {
    let mut world = World::new();
    let close =
        NewOrder { purpose: Purpose::ReduceOnly, kind: stop("10100", Triggered::Market), ..limit(1, LINEAR, Buy, "0.1", "1") };
    let (refused, dropped) = (world.place(close).order, world.place(NewOrder { account: AccountId(2), ..close }).order);
    world.run(&Command::Cancel(by_id(2, dropped)));
    world.pass(3);
    world.mark(LINEAR, "10200");
    let why = OrderEnd::NothingToReduce;
    let at = Time::from_ms(BEGIN + 3);
    assert_eq!(world.order(LINEAR, refused).conditional(), Some(ConditionalState::Refused { at, why }));
    assert_eq!(world.order(LINEAR, refused).state(), OrderState::Expired);
    let why = OrderEnd::Cancelled;
    assert_eq!(world.order(LINEAR, dropped).conditional(), Some(ConditionalState::Dropped { why }));
    assert_eq!(world.order(LINEAR, dropped).state(), OrderState::Canceled);
}

#[test]
fn a_trailing_stop_tells_its_callback() {
    let mut world = World::new();
    let trigger = Trigger::Trailing { callback: read("0.01"), activation: Some(read("10500")) };
    let kind = OrderKind::Conditional { watched: WatchedPrice::Last, trigger, then: Triggered::Market };
    let order = world.place(NewOrder { kind, ..limit(1, LINEAR, Sell, "0.1", "1") }).order;
    let found = world.order(LINEAR, order);
    assert_eq!((found.trailing(), found.stop_price()), (Some((read("0.01"), Some(read("10500")))), None));
    assert_eq!(found.original_type(), OrderType::TrailingStopMarket);
}

#[test]
fn amendments_tell_the_terms_before_and_after() {
    let mut world = World::new();
    world.place(limit(0, LINEAR, Sell, "0.1", "10010"));
    let order = world.place(limit(1, LINEAR, Buy, "0.2", "9990")).order;
    let to = |price: &str, quantity: &str| {
        Command::Amend(Amendment { order: by_id(1, order), price: read(price), quantity: read(quantity) })
    };
    world.run(&to("9980", "0.3"));
    world.run(&to("10010", "0.3"));
    world.run(&to("10010", "0.25"));
    let told = world.record.amendments(AccountId(1), Some(LINEAR), &Window::ALL);
    let rows: Vec<[String; 5]> = told
        .iter()
        .map(|one| {
            let terms = [
                one.before.price.to_string(),
                one.before.quantity.to_string(),
                one.after.price.to_string(),
                one.after.quantity.to_string(),
            ];
            let [a, b, c, d] = terms;
            [a, b, c, d, one.count.to_string()]
        })
        .collect();
    let expected =
        [["9990", "0.2", "9980", "0.3", "1"], ["9980", "0.3", "10010", "0.3", "2"], ["10010", "0.3", "10010", "0.25", "3"]];
    assert_eq!(rows, expected.map(|row| row.map(str::to_owned)));
    assert_eq!(figures(&world, order), row(OrderState::PartiallyFilled, ["0.25", "0.1", "0.15", "1001", "10010"]));
}

#[test]
fn orders_are_found_by_name_account_and_window() {
    let mut world = World::new();
    let named = |name: &str, price: &str| NewOrder { client_id: Some(read(name)), ..limit(1, LINEAR, Buy, "0.01", price) };
    let mut ids = Vec::new();
    for (name, price) in [("a", "9000"), ("b", "9010"), ("c", "9020"), ("d", "9030")] {
        world.pass(10);
        ids.push(world.place(named(name, price)).order);
    }
    world.run(&Command::Cancel(by_id(1, ids[1])));
    world.run(&Command::Cancel(by_id(1, ids[3])));
    let name = read("b");
    assert_eq!(world.record.order_named(AccountId(1), &name).map(|order| order.order), Some(ids[1]));
    assert_eq!(world.record.order_named(AccountId(2), &name), None);
    let orders = |window: Window| -> Vec<OrderId> {
        world.record.orders(AccountId(1), None, &window).into_iter().map(|order| order.order).collect()
    };
    let at = |ms| Some(Time::from_ms(BEGIN + ms));
    assert_eq!(orders(Window::ALL), ids);
    assert_eq!(orders(Window::latest(2)), ids[2..]);
    assert_eq!(orders(Window { from: Some(ids[1].0), ..Window::latest(2) }), ids[1..3]);
    assert_eq!(orders(Window { start: at(20), end: at(30), ..Window::ALL }), ids[1..3]);
    assert_eq!(orders(Window { page: Some(2), ..Window::latest(3) }), ids[3..]);
    let open: Vec<OrderId> = world.record.open_orders(AccountId(1), Some(LINEAR)).into_iter().map(|order| order.order).collect();
    assert_eq!(open, [ids[0], ids[2]]);
}

#[test]
fn the_oldest_finished_orders_go_first() {
    let limits = RecordLimits { orders: LogLimits { account: 2, total: 100 }, ..RecordLimits::DEFAULT };
    let mut world = World::with(linear(), inverse(), limits);
    let named = |name: &str| NewOrder { client_id: Some(read(name)), ..limit(1, LINEAR, Buy, "0.01", "9000") };
    let ids: Vec<OrderId> = ["a", "b", "c", "d"].iter().map(|name| world.place(named(name)).order).collect();
    for at in [3, 0, 1] {
        world.run(&Command::Cancel(by_id(1, ids[at])));
    }
    let kept: Vec<OrderId> = world.record.orders(AccountId(1), None, &Window::ALL).iter().map(|order| order.order).collect();
    assert_eq!(kept, ids[..3], "the last placed ended first");
    assert_eq!((world.record.order(LINEAR, ids[3]), world.record.order_named(AccountId(1), &read("d"))), (None, None));
}

#[test]
fn both_parties_of_a_trade_have_it_with_their_fee_and_profit() {
    let mut world = World::new();
    let maker = world.place(limit(0, LINEAR, Sell, "0.1", "10000")).order;
    let taker = world.place(market(1, Buy, "0.1")).order;
    world.place(limit(0, LINEAR, Buy, "0.1", "9900"));
    world.place(market(1, Sell, "0.1"));
    let rows = |account: u32| -> Vec<(u64, bool, [String; 5])> {
        let trades = world.record.user_trades(AccountId(account), LINEAR, &Window::ALL);
        let row = |trade: &&ringfence_server::record::UserTrade| {
            let numbers = [
                trade.price.to_string(),
                trade.quantity.to_string(),
                trade.value.to_string(),
                trade.fee.to_string(),
                trade.realised.to_string(),
            ];
            (trade.id.0, trade.liquidity == Liquidity::Maker, numbers)
        };
        trades.iter().map(row).collect()
    };
    let expected = |id, is_maker, numbers: [&str; 5]| (id, is_maker, numbers.map(str::to_owned));
    let first = expected(1, true, ["10000", "0.1", "1000", "0.2", "0"]);
    assert_eq!(rows(0), [first, expected(2, true, ["9900", "0.1", "990", "0.198", "10"])]);
    let first = expected(1, false, ["10000", "0.1", "1000", "0.5", "0"]);
    assert_eq!(rows(1), [first, expected(2, false, ["9900", "0.1", "990", "0.495", "-10"])]);
    let known = world.engine.state().market(LINEAR).unwrap();
    let within = (LINEAR, known.contract(), known.asset());
    let of = |account, order| world.record.fills(AccountId(account), within, Some(TradeOrder::Placed(order)), &Window::ALL);
    assert_eq!((of(0, maker).len(), of(1, taker)[0].order), (1, TradeOrder::Placed(taker)));
}
