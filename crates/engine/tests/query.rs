//! Views show what the rules say, and their sums are the ledger's.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod world;

use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::command::*;
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason};
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_engine::query::{AccountView, PositionView, explain_liquidation};
use ringfence_engine::state::{OrderStatus, State};
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Side};
use world::{BTC, INVERSE, LINEAR, USDT, World, inverse, limit, linear, read};

fn position(world: &World, market: MarketId, account: u32, side: Side) -> PositionView {
    world.engine.state().position_view(market, AccountId(account), side).expect("in range").expect("a position")
}

fn money(world: &World, account: u32, asset: AssetId) -> AccountView {
    world.engine.state().account_view(AccountId(account), asset).expect("in range").expect("an account")
}

fn decimal(ratio: Option<Ratio>) -> String {
    ratio.expect("a ratio").to_decimal(8, Rounding::Floor).expect("in range")
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

/// Every account's wallet is the sum of its parts, and all of them together are what the ledger holds.
fn wallets_add_up(state: &State) {
    for (books, asset) in state.assets().iter().zip((0..).map(AssetId)) {
        let (mut wallets, mut pool_free) = (0, 0);
        for account in (0..state.accounts().len() as u32).map(AccountId) {
            let view = state.account_view(account, asset).expect("in range").expect("in range");
            let parts = view.free.plus(view.held).expect("in range").plus(view.isolated_margin).expect("in range");
            assert_eq!(view.wallet, parts);
            assert_eq!(view.available, state.available(account, asset).expect("in range"));
            if let Some(pool) = view.cross {
                assert_eq!(pool.equity, pool.wallet.plus(pool.unrealised_pnl).expect("in range"));
            }
            wallets += view.wallet.raw();
            pool_free += view.free.raw();
        }
        let totals = books.totals();
        assert_eq!((wallets, pool_free), (totals.wallets + totals.holds + totals.margins, totals.wallets));
        let others = totals.fees + totals.insurance + totals.settlement + totals.funding + totals.uncovered;
        assert_eq!(wallets + others, -totals.outside);
    }
}

/// The founding article's position: account 1 is long 10,000 one-dollar contracts at 10,000 and 100×, account 0 short.
fn founding() -> World {
    let mut world = World::with(linear(), Listing { default_leverage: read("100"), ..inverse() });
    world.run(&Command::Place(limit(0, INVERSE, Sell, "10000", "10000")));
    world.run(&Command::Place(limit(1, INVERSE, Buy, "10000", "10000")));
    world
}

#[test]
fn the_founding_example() {
    let mut world = founding();
    let long = position(&world, INVERSE, 1, Side::Long);
    assert_eq!((long.quantity, long.entry_value, long.entry_price), (read("10000"), read("1"), read("10000")));
    assert_eq!((long.opening_margin, long.added_margin, long.initial_margin), (read("0.01"), Amount::ZERO, read("0.01")));
    assert_eq!((long.margin_balance, long.maintenance_margin), (read("0.01"), read("0.005")));
    assert_eq!(decimal(long.margin_ratio), "0.50000000");
    assert_eq!(text(long.liquidation_price()), "9950.4");
    assert_eq!(
        (decimal(long.liquidation.exact), decimal(long.liquidation.printed)),
        ("9950.49504950".into(), "9950.49504951".into())
    );
    assert_eq!((long.liquidation.above, decimal(long.bankruptcy_price)), (None, "9900.99009900".into()));
    assert_eq!(decimal(long.break_even_price), "10000.00000000");
    assert_eq!((long.max_removable.unwrap().amount, long.max_addable), (Amount::ZERO, Some(read("0.99"))));
    let short = position(&world, INVERSE, 0, Side::Short);
    assert_eq!((text(short.liquidation_price()), decimal(short.bankruptcy_price)), ("10050.6".into(), "10101.01010101".into()));

    world.mark(INVERSE, "10040");
    let long = position(&world, INVERSE, 1, Side::Long);
    assert_eq!((long.notional, long.unrealised_pnl), (read("0.99601594"), read("0.00398406")));
    assert_eq!((long.margin_balance, decimal(long.return_on_equity)), (read("0.01398406"), "0.39840637".into()));
    assert_eq!((long.adl_indicator, long.margin_mode, long.auto_add), (5, MarginMode::Isolated, AutoAdd::Off));
    assert_eq!(text(long.liquidation_price()), "9950.4");
    let view = money(&world, 1, BTC);
    assert_eq!((view.wallet, view.free, view.isolated_margin), (read("1"), read("0.99"), read("0.01")));
    assert_eq!((view.available, view.unrealised_pnl, view.cross), (read("0.99"), read("0.00398406"), None));
    assert_eq!(world.engine.state().position_view(INVERSE, AccountId(1), Side::Short), Ok(None));
    assert_eq!(world.engine.state().position_view(INVERSE, AccountId(2), Side::Long), Ok(None));
    wallets_add_up(world.engine.state());
}

#[test]
fn hedge_legs_stand_alone() {
    let mut world = World::new();
    world.engine.follow(&[Event::PositionModeSet { account: AccountId(1), mode: PositionMode::Hedge }]);
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000")));
    world.run(&Command::Place(NewOrder { position_side: PositionSide::Long, ..limit(1, LINEAR, Buy, "1", "10000") }));
    world.run(&Command::Place(limit(2, LINEAR, Buy, "0.4", "10000")));
    world.run(&Command::Place(NewOrder { position_side: PositionSide::Short, ..limit(1, LINEAR, Sell, "0.4", "10000") }));
    let (long, short) = (position(&world, LINEAR, 1, Side::Long), position(&world, LINEAR, 1, Side::Short));
    assert_eq!((long.opening_margin, text(long.liquidation_price())), (read("1000"), "9036.14".into()));
    assert_eq!((short.opening_margin, text(short.liquidation_price())), (read("400"), "10956.18".into()));
    // Opened and closed as a taker: (10,000 + 5) ÷ (1 − 0.0005).
    assert_eq!(decimal(long.break_even_price), "10010.00500250");
    world.mark(LINEAR, "10100");
    let view = money(&world, 1, USDT);
    assert_eq!((view.isolated_margin, view.unrealised_pnl), (read("1400"), read("60")));
    assert_eq!(view.wallet, read("9993"));
    // Both shorts lose; the long of account 1 is the greater, both longs win in proportion.
    let queue = world.engine.state().adl_queue(LINEAR, Side::Long).unwrap();
    assert_eq!(queue.iter().map(|entry| entry.account).collect::<Vec<u64>>(), [1, 2]);
    assert_eq!(
        (position(&world, LINEAR, 1, Side::Long).adl_indicator, position(&world, LINEAR, 2, Side::Long).adl_indicator),
        (5, 2)
    );
    wallets_add_up(world.engine.state());
}

#[test]
fn a_cross_account_in_two_markets() {
    let cross = Listing { default_margin_mode: MarginMode::Cross, ..linear() };
    let mut world = World::with(cross.clone(), Listing { symbol: "ETHUSDT".to_owned(), ..cross });
    let second = INVERSE;
    world.run(&Command::Place(limit(0, LINEAR, Sell, "1", "10000")));
    world.run(&Command::Place(limit(1, LINEAR, Buy, "1", "10000")));
    world.run(&Command::Place(limit(0, second, Buy, "0.5", "10000")));
    world.run(&Command::Place(limit(1, second, Sell, "0.5", "10000")));
    world.mark(LINEAR, "10100");
    world.mark(second, "10200");
    let view = money(&world, 1, USDT);
    let pool = view.cross.expect("a pool");
    assert_eq!((view.wallet, view.free, view.isolated_margin), (read("9992.5"), read("9992.5"), Amount::ZERO));
    assert_eq!((pool.wallet, pool.order_margin, pool.unrealised_pnl), (read("9992.5"), Amount::ZERO, Amount::ZERO));
    assert_eq!((pool.initial_margin, pool.maintenance_margin), (read("1520"), read("60.8")));
    assert_eq!((view.available, decimal(pool.margin_ratio)), (read("8472.5"), "0.00608456".into()));
    let long = position(&world, LINEAR, 1, Side::Long);
    assert_eq!((long.margin_balance, long.maintenance_margin), (read("9992.5"), read("40.4")));
    assert_eq!((long.opening_margin, long.max_removable, long.max_addable), (Amount::ZERO, None, None));
    assert_eq!((text(long.liquidation_price()), text(long.liquidation.above)), ("128.41".into(), "none".into()));
    assert_eq!((decimal(long.liquidation.exact), decimal(long.bankruptcy_price)), ("128.41365461".into(), "107.50000000".into()));
    assert_eq!(money(&world, 1, BTC).cross, None);
    wallets_add_up(world.engine.state());
}

#[test]
fn orders_and_markets() {
    let mut world = World::new();
    world.run(&Command::Place(NewOrder { client_id: Some(read("first")), ..limit(0, LINEAR, Sell, "1", "10010") }));
    world.run(&Command::Place(limit(0, LINEAR, Sell, "0.5", "10005")));
    let trigger = Trigger::Trailing { callback: read("0.01"), activation: None };
    let kind = OrderKind::Conditional { watched: WatchedPrice::Mark, trigger, then: Triggered::Market };
    world.run(&Command::Place(NewOrder { kind, ..limit(0, LINEAR, Sell, "0.1", "10000") }));
    world.run(&Command::Place(limit(1, LINEAR, Buy, "0.2", "10005")));
    world.mark(LINEAR, "10004");
    let state = world.engine.state();
    let orders = state.open_orders(LINEAR, AccountId(0)).unwrap();
    assert_eq!(orders.iter().map(|order| order.order.sequence()).collect::<Vec<u64>>(), [1, 2, 3]);
    assert_eq!((orders[0].client_id, orders[0].price), (Some(read("first")), Some(read("10010"))));
    assert_eq!((orders[1].quantity, orders[1].executed, orders[1].left), (read("0.5"), read("0.2"), read("0.3")));
    assert_eq!((orders[1].executed_value, orders[1].average_price), (read("2001"), Some(read("10005"))));
    assert_eq!((orders[2].status, orders[2].price, orders[2].trigger), (OrderStatus::Waiting, None, Some(read("9903.96"))));
    assert_eq!(state.order_view(LINEAR, orders[1].order), Ok(Some(orders[1])));
    assert_eq!(state.order_view(LINEAR, OrderId(0)), Ok(None));
    assert_eq!(state.open_orders(MarketId(9), AccountId(0)), Ok(Vec::new()));
    assert_eq!(state.depth(LINEAR, Sell, 1), Ok(vec![(read("10005"), read("0.3"))]));
    assert_eq!(state.depth(LINEAR, Sell, 9), Ok(vec![(read("10005"), read("0.3")), (read("10010"), read("1"))]));
    let market = state.market_view(LINEAR).unwrap().unwrap();
    assert_eq!((market.best_bid, market.best_ask, market.last), (None, Some(read("10005")), Some(read("10005"))));
    assert_eq!((market.open_interest, market.open_interest_value), (read("0.2"), Some(read("2000.8"))));
    assert_eq!(
        (market.mark, market.trades, market.insurance, market.uncovered),
        (Some(read("10004")), 1, Amount::ZERO, Amount::ZERO)
    );
    assert_eq!(state.market_view(MarketId(9)), Ok(None));
    assert_eq!(state.account_view(AccountId(9), USDT), Ok(None));
    assert_eq!(state.account_view(AccountId(0), AssetId(9)), Ok(None));
    assert_eq!(money(&world, 0, USDT).held, read("1307.65575"));
    wallets_add_up(state);
}

#[test]
fn a_preview_is_what_happens_and_changes_nothing() {
    let mut world = founding();
    let before = world.engine.hash();
    for order in
        [limit(2, INVERSE, Buy, "10", "10000"), limit(1, INVERSE, Sell, "10", "9999.5"), limit(2, INVERSE, Buy, "0.5", "1")]
    {
        let command = Command::Place(order);
        let preview = world.engine.preview(&command);
        assert_eq!(world.engine.hash(), before);
        let mut copy = world.engine.clone();
        let mut events = Vec::new();
        assert_eq!(copy.execute(&command, &mut events).map(|reply| (reply, events)), preview);
    }
}

/// A liquidation as it could be: a part sold, the rest taken over, one position deleveraged, the deficit paid by the insurance fund.
fn liquidation() -> Vec<Event> {
    let (market, account, side) = (INVERSE, AccountId(1), Side::Long);
    let boxed = LedgerAccount::Margin(account, market, side);
    let wallet = LedgerAccount::Wallet(account);
    let posted = |from, to, amount: &str, reason| Event::Posted(Posting { asset: BTC, from, to, amount: read(amount), reason });
    let step = |step, lots, value: &str| Event::LiquidationStepTaken {
        market,
        account: Some(account),
        side,
        step,
        lots: Lots::new(lots),
        value: read(value),
    };
    let position = Position {
        side,
        quantity: read("10000"),
        entry_value: read("1"),
        opening_margin: read("0.01"),
        added_margin: Amount::ZERO,
    };
    vec![
        Event::LiquidationStarted(LiquidationStart {
            market,
            account: Some(account),
            side,
            margin_mode: MarginMode::Isolated,
            mark: read("9950.4"),
            margin_balance: read("0.00501527"),
            maintenance_margin: read("0.00502493"),
            position,
        }),
        posted(LedgerAccount::Hold(account, market), wallet, "0.002", Reason::OrderHold),
        step(LiquidationStep::CancelOrders, 0, "0"),
        posted(LedgerAccount::Settlement(market), LedgerAccount::Wallet(AccountId(2)), "0.3", Reason::RealisedProfit),
        posted(boxed, LedgerAccount::Settlement(market), "0.008", Reason::RealisedProfit),
        step(LiquidationStep::ImmediateOrder, 6_000, "0.608"),
        posted(boxed, LedgerAccount::Settlement(market), "0.0045", Reason::RealisedProfit),
        posted(LedgerAccount::Insurance(market), boxed, "0.004", Reason::InsurancePayout),
        Event::Deleveraged { market, account: AccountId(3), side: Side::Short, lots: Lots::new(4_000), value: read("0.4045") },
        step(LiquidationStep::AutoDeleverage, 4_000, "0.4045"),
        posted(boxed, LedgerAccount::Insurance(market), "0.001", Reason::LiquidationFee),
        posted(boxed, wallet, "0.0005", Reason::MarginReleased),
        Event::LiquidationEnded { market, account: Some(account), side },
        posted(LedgerAccount::Outside, wallet, "5", Reason::Deposit),
    ]
}

#[test]
fn a_liquidation_is_told() {
    let stories = explain_liquidation(&liquidation());
    let [story] = stories.as_slice() else { panic!("one liquidation: {stories:?}") };
    assert_eq!(story.steps.len(), 3);
    assert_eq!((story.fee, story.insurance_paid), (read("0.001"), read("0.004")));
    assert_eq!((story.lost, story.returned), (read("0.0095"), read("0.0005")));
    assert_eq!(story.lost.plus(story.returned), story.start.position.margin());
    let world = founding();
    assert_eq!(
        story.lines(world.engine.state().market(INVERSE).unwrap(), "alice").unwrap(),
        [
            "alice: isolated long 10000 BTCUSD, mark 9950.4, margin balance 0.00501527 BTC, maintenance margin 0.00502493 BTC",
            "closed: 6000 by an immediate order, worth 0.608 BTC; 4000 by deleveraging, worth 0.4045 BTC",
            "liquidation fee to the insurance fund: 0.001 BTC",
            "lost 0.0095 BTC, returned 0.0005 BTC, paid by the insurance fund 0.004 BTC, positions deleveraged 1",
        ]
    );
    let cut = explain_liquidation(&liquidation()[..6]);
    assert_eq!((cut.len(), cut[0].lost, cut[0].steps.len()), (1, read("0.008"), 2));
}

#[test]
fn no_isolated_position_loses_more_than_its_margin() {
    let mut world = founding();
    for mark in ["9950.4", "9700"] {
        let mut events = Vec::new();
        world.engine.execute(&Command::SetMark { market: INVERSE, mark: read(mark), index: read(mark) }, &mut events).unwrap();
        let started = events.iter().filter(|event| matches!(event, Event::LiquidationStarted(_))).count();
        let stories = explain_liquidation(&events);
        assert_eq!(stories.len(), started);
        for story in
            stories.iter().filter(|story| story.start.margin_mode == MarginMode::Isolated && story.start.account.is_some())
        {
            assert_eq!(story.lost.plus(story.returned), story.start.position.margin(), "{story:?}");
            assert!(story.returned >= Amount::ZERO);
        }
    }
}
