//! Incomes, margin changes and forced closes, as accounts ask for them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod record_support;

use record_support::{BEGIN, LINEAR, USDT, World, inverse, limit, linear, read};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, Listing, NewOrder, OrderKind, PositionSide, Transfer};
use ringfence_engine::time::Time;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderSide::{self, Buy, Sell};
use ringfence_risk::plan::{MarginMode, MarginMove};
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_server::record::{ForcedKind, ForcedOrder, IncomeKind, MarginCause, RecordLimits, TradeOrder, Window};

fn market(account: u32, side: OrderSide, quantity: &str) -> NewOrder {
    NewOrder { kind: OrderKind::Market, ..limit(account, LINEAR, side, quantity, "1") }
}

/// Account 1 buys 1 from account 0 at 10,000: 1,000 of margin each.
fn opened() -> World {
    let mut world = World::new();
    world.place(limit(0, LINEAR, Sell, "1", "10000"));
    world.place(market(1, Buy, "1"));
    world
}

type IncomeRow = (IncomeKind, String, Option<u64>);

fn incomes(world: &World, account: u32, window: &Window) -> Vec<IncomeRow> {
    let told = world.record.incomes(AccountId(account), Some(LINEAR), None, window);
    told.iter().map(|one| (one.kind, one.amount.to_string(), one.trade.map(|trade| trade.0))).collect()
}

fn income(kind: IncomeKind, amount: &str, trade: Option<u64>) -> IncomeRow {
    (kind, amount.to_owned(), trade)
}

#[test]
fn money_that_comes_and_goes_is_told() {
    let mut world = opened();
    world.run(&Command::SetFundingRate { market: LINEAR, rate: read("0.001") });
    world.pass(1_000);
    world.run(&Command::SettleFunding { market: LINEAR });
    world.place(limit(2, LINEAR, Buy, "1", "10010"));
    world.place(market(1, Sell, "0.4"));
    let all = [
        income(IncomeKind::Commission, "-5", Some(1)),
        income(IncomeKind::Funding, "-10", None),
        income(IncomeKind::RealisedProfit, "4", Some(2)),
        income(IncomeKind::Commission, "-2.002", Some(2)),
    ];
    assert_eq!(incomes(&world, 1, &Window::ALL), all);
    assert_eq!(incomes(&world, 1, &Window { end: Some(Time::from_ms(BEGIN)), ..Window::ALL }), all[..1]);
    assert_eq!(incomes(&world, 1, &Window { start: Some(Time::from_ms(BEGIN + 1)), ..Window::latest(2) }), all[1..3]);
    assert_eq!(incomes(&world, 1, &Window { page: Some(2), ..Window::latest(3) }), all[3..]);
    assert_eq!(
        incomes(&world, 0, &Window::ALL),
        [income(IncomeKind::Commission, "-2", Some(1)), income(IncomeKind::Funding, "10", None)]
    );
    let of_kind = world.record.incomes(AccountId(1), None, Some(IncomeKind::Funding), &Window::ALL);
    assert_eq!(of_kind.len(), 1);
    let ids: Vec<u64> = world.record.incomes(AccountId(1), None, None, &Window::ALL).iter().map(|one| one.id).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
}

#[test]
fn transfers_have_no_market() {
    let mut world = World::new();
    let transfer = Transfer { account: AccountId(3), asset: USDT, amount: read("40") };
    world.run(&Command::TransferBetween { from: AccountId(2), to: transfer });
    world.run(&Command::Withdraw(transfer));
    let rows = |account| -> Vec<(IncomeKind, String)> {
        let told = world.record.incomes(AccountId(account), None, None, &Window::ALL);
        let of_asset = told.iter().filter(|one| one.asset == USDT && one.market.is_none());
        of_asset.map(|one| (one.kind, one.amount.to_string())).collect()
    };
    let row = |kind, amount: &str| (kind, amount.to_owned());
    let deposit = row(IncomeKind::Deposit, "10000");
    assert_eq!(rows(2), [deposit.clone(), row(IncomeKind::Transfer, "-40")]);
    assert_eq!(rows(3), [deposit, row(IncomeKind::Transfer, "40"), row(IncomeKind::Withdrawal, "-40")]);
}

#[test]
fn margin_changes_have_their_causes() {
    let mut world = opened();
    let leg = LegRef { account: AccountId(1), market: LINEAR, side: PositionSide::Both };
    world.run(&Command::MoveMargin { leg, movement: MarginMove::Add(read("25.5")) });
    world.run(&Command::MoveMargin { leg, movement: MarginMove::Remove(read("10")) });
    world.run(&Command::SetLeverage { leg, leverage: read("5") });
    world.place(limit(2, LINEAR, Buy, "1", "10010"));
    world.place(market(1, Sell, "1"));
    let told = world.record.margin_changes(AccountId(1), LINEAR, &Window::ALL);
    let rows: Vec<(MarginCause, String)> = told.iter().map(|one| (one.cause, one.amount.to_string())).collect();
    let row = |cause, amount: &str| (cause, amount.to_owned());
    let expected = [
        row(MarginCause::Trade, "1000"),
        row(MarginCause::UserAdjust, "25.5"),
        row(MarginCause::UserAdjust, "-10"),
        row(MarginCause::LeverageChange, "1000"),
        row(MarginCause::Trade, "-2015.5"),
    ];
    assert_eq!(rows, expected);
    assert!(told.iter().all(|one| one.position_side == PositionSide::Both && one.asset == USDT));
}

/// Side, kind, quantity, value.
fn forced(one: &ForcedOrder) -> (OrderSide, ForcedKind, String, String) {
    (one.side, one.kind, one.quantity.to_string(), one.value.to_string())
}

#[test]
fn a_liquidation_into_the_book_is_a_forced_order_with_its_trades() {
    let mut world = opened();
    world.place(limit(2, LINEAR, Buy, "0.7", "9060"));
    world.place(limit(3, LINEAR, Buy, "0.7", "9050"));
    world.pass(9);
    world.mark(LINEAR, "9030");
    let orders = world.record.forced_orders(AccountId(1), Some(LINEAR), &Window::ALL);
    let kind = ForcedKind::Liquidation(LiquidationStep::ImmediateOrder);
    assert_eq!(orders.iter().map(|one| forced(one)).collect::<Vec<_>>(), [(Sell, kind, "1".to_owned(), "9057".to_owned())]);
    let contract = world.engine.state().market(LINEAR).unwrap().contract();
    assert_eq!((orders[0].average_price(contract), orders[0].time.ms()), (Ok(Some(read("9057"))), BEGIN + 9));
    assert_eq!(orders[0].realised, read("-943"));
    let trades = world.record.user_trades(AccountId(1), LINEAR, &Window { from: Some(2), ..Window::ALL });
    let rows: Vec<_> = trades.iter().map(|one| (one.order, one.quantity.to_string(), one.realised.to_string())).collect();
    let named = TradeOrder::Forced(orders[0].id);
    assert_eq!(rows, [(named, "0.7".to_owned(), "-658".to_owned()), (named, "0.3".to_owned(), "-285".to_owned())]);
    let all = [
        income(IncomeKind::Commission, "-5", Some(1)),
        income(IncomeKind::RealisedProfit, "-658", Some(2)),
        income(IncomeKind::InsuranceClear, "-6.342", None),
        income(IncomeKind::RealisedProfit, "-285", Some(3)),
        income(IncomeKind::InsuranceClear, "-2.715", None),
    ];
    assert_eq!(incomes(&world, 1, &Window::ALL), all);
    let told = world.record.liquidations(Some(AccountId(1)), &Window::ALL);
    let story = &told[0].story;
    assert_eq!((story.fee, story.lost, told[0].time.ms()), (read("9.057"), read("952.057"), BEGIN + 9));
    let last = world.record.margin_changes(AccountId(1), LINEAR, &Window::latest(1))[0];
    assert_eq!(last.cause, MarginCause::Liquidation);
}

#[test]
fn a_position_that_is_closed_against_a_bankrupt_one_is_told() {
    let mut world = opened();
    // Nobody buys, and the insurance fund has nothing.
    world.mark(LINEAR, "9000");
    let orders = world.record.forced_orders(AccountId(0), None, &Window::ALL);
    let rows: Vec<_> = orders.iter().map(|one| forced(one)).collect();
    assert_eq!(rows, [(Buy, ForcedKind::Deleveraged, "1".to_owned(), "9000".to_owned())]);
    let own = world.record.forced_orders(AccountId(1), None, &Window::ALL);
    let kind = ForcedKind::Liquidation(LiquidationStep::AutoDeleverage);
    assert_eq!(own.iter().map(|one| forced(one)).collect::<Vec<_>>(), [(Sell, kind, "1".to_owned(), "9000".to_owned())]);
    assert_ne!(own[0].id, orders[0].id);
    assert_eq!((own[0].realised, orders[0].realised), (read("-1000"), read("1000")));
    assert_eq!(world.record.latest_forced_orders().count(), 2);
    let profit = income(IncomeKind::RealisedProfit, "1000", None);
    assert_eq!(incomes(&world, 0, &Window::ALL).last(), Some(&profit), "no trade, no fee");
    assert_eq!(world.record.user_trades(AccountId(0), LINEAR, &Window::ALL).len(), 1);
}

#[test]
fn each_step_of_a_liquidation_is_an_order_of_its_own_and_only_trades_have_a_trades_profit() {
    // Without a fee there is nothing in the insurance fund that could take over.
    let fees = FeeSchedule { liquidation: read("0"), ..linear().fees };
    let mut world = World::with(Listing { fees, ..linear() }, inverse(), RecordLimits::DEFAULT);
    world.place(limit(0, LINEAR, Sell, "1", "10000"));
    world.place(market(1, Buy, "1"));
    // A part trades with an order that reduces; the rest is closed against the same position.
    world.place(limit(0, LINEAR, Buy, "0.3", "9060"));
    world.mark(LINEAR, "9000");
    let own = world.record.forced_orders(AccountId(1), None, &Window::ALL);
    let kind = |step| ForcedKind::Liquidation(step);
    let (traded, rest) = (kind(LiquidationStep::ImmediateOrder), kind(LiquidationStep::AutoDeleverage));
    let rows: Vec<_> = own.iter().map(|one| (one.kind, one.quantity.to_string())).collect();
    assert_eq!(rows, [(traded, "0.3".to_owned()), (rest, "0.7".to_owned())]);
    let counter = world.record.forced_orders(AccountId(0), None, &Window::ALL)[0];
    assert_eq!((counter.kind, counter.quantity.to_string()), (ForcedKind::Deleveraged, "0.7".to_owned()));
    assert_eq!((own[0].realised, own[1].realised, counter.realised), (read("-282"), read("-700"), read("700")));
    assert!(own[0].id != own[1].id && own.iter().all(|one| one.id != counter.id));
    let trade = world.record.user_trades(AccountId(0), LINEAR, &Window::latest(1))[0];
    assert_eq!((trade.quantity, trade.realised), (read("0.3"), read("282")));
    let profits = incomes(&world, 0, &Window::ALL).into_iter().filter(|one| one.0 == IncomeKind::RealisedProfit);
    let expected = [income(IncomeKind::RealisedProfit, "282", Some(2)), income(IncomeKind::RealisedProfit, "700", None)];
    assert_eq!(profits.collect::<Vec<_>>(), expected);
}

#[test]
fn a_cross_account_has_no_margin_changes() {
    let mut world = World::new();
    let mode = MarginMode::Cross;
    world.run(&Command::SetMarginMode { leg: LegRef { account: AccountId(1), market: LINEAR, side: PositionSide::Both }, mode });
    world.place(limit(0, LINEAR, Sell, "1", "10000"));
    world.place(market(1, Buy, "1"));
    let of = |account| world.record.margin_changes(AccountId(account), LINEAR, &Window::ALL).len();
    assert_eq!((of(0), of(1)), (1, 0));
}
