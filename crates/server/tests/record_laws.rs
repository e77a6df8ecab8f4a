//! Laws of the record, held against random commands.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "helpers of tests")]

mod record_support;

use std::collections::BTreeMap;

use record_support::chance::Chance;
use record_support::{BTC, INVERSE, LINEAR, USDT, World, inverse, linear};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Listing, MarketState};
use ringfence_engine::event::{Event, LedgerAccount, Posting, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::OrderView;
use ringfence_engine::state::OrderStatus;
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::Liquidity;
use ringfence_risk::units::{Quantity, Side};
use ringfence_server::record::{
    Fact, Facts, IncomeKind, OrderState, Record, RecordLimits, RecordedOrder, Stage, TradeOrder, Window,
};

const SEEDS: u64 = 12;
const COMMANDS: usize = 1_500;
const MARKETS: [MarketId; 2] = [LINEAR, INVERSE];

fn accounts(world: &World) -> impl Iterator<Item = AccountId> + use<> {
    (0..u32::try_from(world.engine.state().accounts().len()).unwrap()).map(AccountId)
}

/// Runs random commands; `check` sees the world after each that was accepted.
fn wander(seed: u64, mut check: impl FnMut(&mut World, usize, &Command)) -> World {
    // Fees in both markets, and rebates for makers in one.
    let listing = Listing { fees: linear().fees, ..inverse() };
    let rebate = ringfence_risk::fee::FeeSchedule { maker: record_support::read("-0.0001"), ..linear().fees };
    let mut world = World::with(Listing { fees: rebate, ..linear() }, listing, RecordLimits::DEFAULT);
    let mut chance = Chance::new(seed);
    for number in 0..COMMANDS {
        let command = chance.command(world.engine.state());
        if world.try_run(&command).is_ok() {
            check(&mut world, number, &command);
        }
    }
    world
}

fn agrees(world: &World, view: &OrderView, order: &RecordedOrder) {
    let contract = world.engine.state().market(view.market).unwrap().contract();
    let stage = match view.status {
        OrderStatus::Waiting => Stage::Waiting,
        OrderStatus::Active => Stage::Acting,
        OrderStatus::Resting => Stage::Resting,
    };
    let shown = (view.price, view.quantity, view.executed, view.left, view.executed_value, view.placed_at, stage);
    let kept = (order.price, order.quantity, order.executed, order.left, order.executed_value, order.created, order.stage);
    assert_eq!(kept, shown, "{view:?}");
    assert_eq!(order.average_price(contract).unwrap(), view.average_price, "{view:?}");
    let placed = &order.placed;
    let (shown, kept) = ((view.client_id, view.kind, view.side), (placed.client_id, placed.kind, placed.side));
    assert_eq!((shown, view.position_side, view.purpose), (kept, placed.position_side, placed.purpose));
}

#[test]
fn an_open_order_is_what_the_state_says() {
    for seed in 0..SEEDS {
        wander(seed, |world, _, _| {
            let state = world.engine.state();
            for account in accounts(world) {
                for market in MARKETS {
                    let views = state.open_orders(market, account).unwrap();
                    let mut open = world.record.open_orders(account, Some(market)).into_iter();
                    for view in &views {
                        agrees(world, view, open.next().unwrap());
                        assert_eq!(world.record.order(market, view.order).map(|order| order.order), Some(view.order));
                    }
                    assert_eq!(open.next(), None, "an order that the state does not have");
                }
            }
        });
    }
}

/// Incomes sum to the wallet, margin changes to the margins of isolated positions.
fn adds_up(world: &World, command: &Command) {
    let state = world.engine.state();
    for account in accounts(world) {
        let incomes = world.record.incomes(account, None, None, &Window::ALL);
        for asset in [USDT, BTC] {
            let sum: i128 = incomes.iter().filter(|one| one.asset == asset).map(|one| one.amount.raw()).sum();
            let view = state.account_view(account, asset).unwrap().unwrap();
            assert_eq!(sum, view.wallet.raw(), "{account:?} {asset:?} after {command:?}");
        }
        for market in MARKETS {
            let changes = world.record.margin_changes(account, market, &Window::ALL);
            let sum: i128 = changes.iter().map(|one| one.amount.raw()).sum();
            let positions = state.market(market).unwrap().participant(account).map(|one| *one.positions());
            let legs = positions.into_iter().flat_map(|legs| [legs.long, legs.short]).flatten();
            let boxes: i128 = legs.map(|leg| leg.margin().unwrap().raw()).sum();
            assert_eq!(sum, boxes, "{account:?} {market:?} after {command:?}");
        }
    }
}

#[test]
fn incomes_sum_to_the_wallet_and_margin_changes_to_the_boxes() {
    let mut seen = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut world = wander(seed, |world, _, command| adds_up(world, command));
        for market in MARKETS {
            let settle = Command::SetMarketState { market, state: MarketState::Settled };
            world.run(&settle);
            adds_up(&world, &settle);
        }
        for income in world.record.incomes(AccountId(1), None, None, &Window::ALL) {
            *seen.entry(income.kind).or_insert(0_u32) += 1;
        }
    }
    let kinds = [
        IncomeKind::Deposit,
        IncomeKind::Withdrawal,
        IncomeKind::Transfer,
        IncomeKind::RealisedProfit,
        IncomeKind::Commission,
        IncomeKind::Funding,
        IncomeKind::InsuranceClear,
    ];
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), kinds, "the commands reach every kind: {seen:?}");
}

#[test]
fn trades_sum_to_what_their_orders_executed_and_to_the_incomes_that_name_them() {
    let (mut trades_seen, mut forced_seen) = (0, 0);
    for seed in 0..SEEDS {
        let world = wander(seed, |_, _, _| {});
        for account in accounts(&world) {
            let mut executed: BTreeMap<(MarketId, u64), (i128, i128)> = BTreeMap::new();
            let mut forced: BTreeMap<u64, (i128, i128)> = BTreeMap::new();
            let mut booked = BTreeMap::new();
            for trade in world.record.all_user_trades(account, &Window::ALL) {
                let sums = match trade.order {
                    TradeOrder::Placed(order) => executed.entry((trade.market, order.0)).or_default(),
                    TradeOrder::Forced(order) => forced.entry(order).or_default(),
                };
                *sums = (sums.0 + trade.quantity.wide(), sums.1 + trade.value.raw());
                for (kind, amount) in
                    [(IncomeKind::RealisedProfit, trade.realised.raw()), (IncomeKind::Commission, -trade.fee.raw())]
                {
                    if amount != 0 {
                        *booked.entry((trade.market, trade.id, kind)).or_insert(0) += amount;
                    }
                }
                trades_seen += 1;
            }
            for order in world.record.orders(account, None, &Window::ALL) {
                let sums = executed.remove(&(order.market(), order.order.0)).unwrap_or_default();
                assert_eq!(sums, (order.executed.wide(), order.executed_value.raw()), "{order:?}");
                let is_partial = order.executed.wide() > 0 && order.is_open();
                assert_eq!(order.state() == OrderState::PartiallyFilled, is_partial);
            }
            assert!(executed.is_empty(), "trades of no order: {executed:?}");
            for one in world.record.forced_orders(account, None, &Window::ALL) {
                if let Some(sums) = forced.remove(&one.id) {
                    assert_eq!(sums, (one.quantity.wide(), one.value.raw()), "{one:?}");
                    forced_seen += 1;
                }
            }
            assert!(forced.is_empty(), "trades of no forced order: {forced:?}");
            for income in world.record.incomes(account, None, None, &Window::ALL) {
                let Some(trade) = income.trade else { continue };
                *booked.entry((income.market.unwrap(), trade, income.kind)).or_insert(0) -= income.amount.raw();
            }
            booked.retain(|_, left| *left != 0);
            assert!(booked.is_empty(), "what trades and incomes say differs: {booked:?}");
        }
    }
    assert!(trades_seen > 1_000 && forced_seen > 10, "{trades_seen} trades, {forced_seen} forced orders");
}

#[test]
fn fills_sum_to_the_position_whether_they_traded_or_were_taken_by_force() {
    let mut taken = 0;
    for seed in 0..SEEDS {
        wander(seed, |world, _, command| {
            for (account, market) in accounts(world).flat_map(|account| MARKETS.map(|market| (account, market))) {
                let known = world.engine.state().market(market).unwrap();
                let within = (market, known.contract(), known.asset());
                let fills = world.record.fills(account, within, None, &Window::ALL);
                let signed = |side, quantity: Quantity| if side == OrderSide::Buy { quantity.wide() } else { -quantity.wide() };
                let sum: i128 = fills.iter().map(|fill| signed(fill.side, fill.quantity)).sum();
                let held = known.participant(account).map(|one| *one.positions());
                let of = |side| held.and_then(|held| held.of(side).map(|position| position.quantity.wide())).unwrap_or(0);
                assert_eq!(sum, of(Side::Long) - of(Side::Short), "{account:?} {market:?} after {command:?}");
                taken += fills.iter().filter(|fill| fill.liquidity == Liquidity::Transfer).count();
            }
        });
    }
    assert!(taken > 10, "{taken}");
}

#[test]
fn a_record_that_went_through_a_snapshot_goes_on_as_the_one_that_did_not() {
    for seed in 0..SEEDS {
        let mut again: Option<Record> = None;
        let world = wander(seed, |world, number, command| {
            if let Some(again) = &mut again {
                again.apply(world.engine.state(), command, &world.events);
            }
            if number % 400 < 20 {
                let bytes = postcard::to_stdvec(&world.record).unwrap();
                let read: Record = postcard::from_bytes(&bytes).unwrap();
                assert!(read == world.record, "what is read is what was written");
                assert_eq!(postcard::to_stdvec(&read).unwrap(), bytes, "equal records give equal bytes");
                again = Some(read);
            }
        });
        assert!(again.unwrap() == world.record, "seed {seed}");
    }
}

#[test]
fn a_record_on_another_thread_than_the_state_is_the_same() {
    for seed in 0..SEEDS {
        let mut apart: Option<(Record, Facts)> = None;
        let mut before = Time::from_ms(0);
        let world = wander(seed, |world, _, _| {
            let state = world.engine.state();
            match &mut apart {
                Some((record, facts)) => {
                    let mut told = Vec::new();
                    Fact::told(state, before, &world.events, &mut told);
                    told.into_iter().for_each(|fact| facts.learn(fact));
                    record.apply_apart(facts, &world.events);
                }
                None => apart = Some((world.record.clone(), Facts::of(state))),
            }
            before = state.clock();
        });
        assert!(apart.unwrap().0 == world.record, "seed {seed}");
    }
}

#[test]
fn a_book_that_follows_the_changes_is_the_book() {
    let mut changes_seen = 0;
    for seed in 0..SEEDS {
        let mut books: [BTreeMap<(bool, u32), u64>; 2] = [BTreeMap::new(), BTreeMap::new()];
        let mut next = [1, 1];
        let mut follows = false;
        wander(seed, |world, number, _| {
            if number % 7 != 0 {
                return;
            }
            for (at, market) in MARKETS.into_iter().enumerate() {
                let changes = world.record.take_book_changes(world.engine.state(), market);
                assert_eq!(world.record.take_book_changes(world.engine.state(), market), None, "taken once");
                let book = world.engine.state().market(market).unwrap().book();
                let sides = [OrderSide::Buy, OrderSide::Sell];
                let levels = sides.into_iter().flat_map(|side| book.depth(side).map(move |level| (side, level)));
                let depth: BTreeMap<(bool, u32), u64> =
                    levels.map(|(side, level)| ((side == OrderSide::Buy, level.price.raw()), level.lots.raw())).collect();
                match changes {
                    Some(changes) => {
                        assert!(changes.is_complete && changes.first == next[at] && changes.last >= changes.first);
                        for level in &changes.levels {
                            let key = (level.side == OrderSide::Buy, level.price.raw());
                            books[at].remove(&key);
                            if level.lots.raw() > 0 {
                                books[at].insert(key, level.lots.raw());
                            }
                        }
                        changes_seen += changes.levels.len();
                    }
                    // Nothing is told the first time.
                    None if !follows => books[at].clone_from(&depth),
                    None => {}
                }
                next[at] = world.record.book_update_id(market) + 1;
                assert_eq!(books[at], depth, "seed {seed}, command {number}");
            }
            follows = true;
        });
    }
    assert!(changes_seen > 1_000, "{changes_seen}");
}

#[test]
fn every_liquidation_and_deleveraged_position_is_told() {
    let (mut liquidations, mut deleveraged) = (0, 0);
    for seed in 0..SEEDS {
        let (mut stories, mut closed) = (0, 0);
        let world = wander(seed, |world, _, _| {
            for event in &world.events {
                stories += usize::from(matches!(event, Event::LiquidationStarted(_)));
                closed += usize::from(matches!(event, Event::Deleveraged { .. }));
            }
        });
        let told: Vec<u64> = world.record.latest_liquidations().map(|told| told.id).collect();
        let expected: Vec<u64> = (1..=stories as u64).rev().collect();
        assert_eq!(told, expected);
        let owners = accounts(&world).map(Some).chain([None]);
        let by_owner: usize = owners.map(|owner| world.record.liquidations(owner, &Window::ALL).len()).sum();
        assert_eq!(by_owner, stories);
        let kind = ringfence_server::record::ForcedKind::Deleveraged;
        assert_eq!(world.record.latest_forced_orders().filter(|order| order.kind == kind).count(), closed);
        (liquidations, deleveraged) = (liquidations + stories, deleveraged + closed);
    }
    assert!(liquidations > 20 && deleveraged > 0, "{liquidations} liquidations, {deleveraged} deleveraged positions");
}

/// What accounts paid into funding and socialised losses in a command, told from its postings alone.
fn borne(events: &[Event]) -> (i128, i128) {
    let (mut funding, mut socialised) = (0, 0);
    for event in events {
        if let Event::LossSocialised { amount, .. } = event {
            socialised += amount.raw();
        }
        let Event::Posted(Posting { from, to, amount, .. }) = event else { continue };
        // Out of wallets, boxes and profits; the insurance fund's own part is nobody's income.
        if matches!(to, LedgerAccount::Funding(_)) && !matches!(from, LedgerAccount::Insurance(_)) {
            funding += amount.raw();
        }
        if matches!(from, LedgerAccount::Funding(_)) && !matches!(to, LedgerAccount::Insurance(_)) {
            funding -= amount.raw();
        }
    }
    (funding, socialised)
}

#[test]
fn what_is_taken_from_open_profits_is_told_as_realised_and_paid() {
    let (mut from_profit, mut haircuts) = (0, 0);
    for seed in 0..SEEDS {
        let mut last = 0;
        wander(seed, |world, _, command| {
            let fresh = |account| world.record.incomes(account, None, None, &Window { from: Some(last + 1), ..Window::ALL });
            let incomes: Vec<_> = accounts(world).flat_map(fresh).collect();
            let sum = |kind| incomes.iter().filter(|one| one.kind == kind).map(|one| one.amount.raw()).sum::<i128>();
            let (funding, socialised) = borne(&world.events);
            assert_eq!(sum(IncomeKind::Funding), -funding, "after {command:?}");
            let realised = |from: &LedgerAccount, to: &LedgerAccount| match (from, to) {
                (LedgerAccount::Settlement(_), LedgerAccount::Wallet(_) | LedgerAccount::Margin(..)) => 1,
                (LedgerAccount::Wallet(_) | LedgerAccount::Margin(..), LedgerAccount::Settlement(_)) => -1,
                (LedgerAccount::Settlement(_), LedgerAccount::Funding(_)) => 2,
                _ => 0,
            };
            let (mut closed, mut taken) = (0, 0);
            for event in &world.events {
                let Event::Posted(Posting { from, to, amount, reason, .. }) = event else { continue };
                match realised(from, to) {
                    2 => taken += amount.raw(),
                    sign if *reason == Reason::RealisedProfit => closed += sign * amount.raw(),
                    _ => {}
                }
            }
            assert_eq!(sum(IncomeKind::RealisedProfit), closed + taken + socialised, "after {command:?}");
            (from_profit, haircuts) = (from_profit + taken, haircuts + socialised);
            last = incomes.iter().map(|one| one.id).max().unwrap_or(0).max(last);
        });
    }
    assert!(from_profit > 0 && haircuts > 0, "{from_profit} out of profits, {haircuts} socialised");
}
