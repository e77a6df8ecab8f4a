//! What has broken other exchanges: each incident as a scenario, and the rule that keeps it from breaking this one. Prices, funds and terms.
#![allow(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod incidents_support;
mod liquidation_support;
mod world;

use incidents_support::{check_sub_steps, raw, transfer, wait};
use liquidation_support::{OTHER, one_long, plain, world};
use ringfence_engine::book::{AccountId, WindowSize};
use ringfence_engine::command::*;
use ringfence_engine::engine::Engine;
use ringfence_engine::feed::SourceId;
use ringfence_engine::ids::MarketId;
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::{Field, Reject};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::MarginMove;
use ringfence_risk::units::{Leverage, Side};
use world::{LINEAR, USDT, World, limit, linear, read};

const LIMITS: Limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
const LONG: LegRef = LegRef { account: AccountId(0), market: LINEAR, side: PositionSide::Both };

/// dYdX chain, 2025-10-10: the last two positions of a market, closed by one liquidation that needed insurance, left a negative pool.
/// S3: nothing is below zero at any sub-step, whether insurance is short of the loss, exactly the loss, or more.
#[test]
fn sc01_the_last_two_positions_of_a_market_close_in_one_liquidation() {
    for insured in ["0.00000001", "100", "199.99999999", "200", "200.00000001", "5000"] {
        let mut world = one_long(plain());
        world.insure(LINEAR, insured);
        // What the fund takes over at 9,000 the last short buys back at the mark.
        let close = NewOrder { purpose: Purpose::ReduceOnly, ..limit(1, LINEAR, Buy, "1", "8800") };
        world.run(&Command::Place(close));
        let before = world.engine.clone();
        world.mark(LINEAR, "8800");
        check_sub_steps(&before, &world.events);
        assert_eq!((world.open_interest(LINEAR).as_str(), world.fund(LINEAR)), ("0", None), "{insured}");
        assert_eq!((world.free(0, USDT).as_str(), world.uncovered(LINEAR).as_str()), ("9000", "0"), "{insured}");
        let left = raw(&world.insurance(LINEAR));
        assert_eq!(raw(&world.free(1, USDT)) + left, raw("11000") + raw(insured), "{insured}");
        assert!(left >= 0 && left <= raw(insured).max(raw("200")) - raw("200") + raw("0.2"), "{insured}: {left}");
    }
}

/// dYdX chain, 2025-10-10: after the restart, stale oracles liquidated people.
/// S21: a stale mark liquidates nobody and opens nothing; after a restart the first far mark is not believed before a second one confirms it.
#[test]
fn sc02_a_restart_with_a_stale_mark_liquidates_nobody() {
    let mut listing = plain();
    (listing.feed.guard.stale_after_ms, listing.feed.guard.jump) = (60_000, read("0.05"));
    let mut world = one_long(listing);
    world.mark(LINEAR, "9500");
    world.mark(LINEAR, "9050");
    let bytes = world.engine.snapshot();
    world.engine = Engine::restore(LIMITS, &bytes).unwrap();
    wait(&mut world, 3_600_000);
    assert_eq!((world.liquidated(), world.size(0, LINEAR)), (vec![], "1".to_owned()));
    let opens = world.try_run(&Command::Place(limit(2, LINEAR, Buy, "0.1", "9050")));
    assert!(matches!(opens, Err(Reject::NoMark { since: Some(_) })), "{opens:?}");
    world.mark(LINEAR, "4000");
    assert_eq!((world.liquidated(), world.size(0, LINEAR)), (vec![], "1".to_owned()), "one wrong price");
    world.mark(LINEAR, "9100");
    world.mark(LINEAR, "8500");
    assert_eq!(world.size(0, LINEAR), "1", "a crash, not confirmed yet");
    world.mark(LINEAR, "8490");
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
}

/// Hyperliquid, 2025-03-12: a whale took profit and margin out until its liquidation fell on the backstop.
/// S7: margin leaves only down to the initial margin at the mark, profit not counted; size limits leverage; nothing else may be withdrawn.
#[test]
fn sc03_margin_taken_out_leaves_the_initial_margin() {
    let mut world = world(linear());
    world.deposit(1, USDT, "100000");
    world.cross(1, LINEAR);
    world.trade(LINEAR, (0, 1), "8", "10000");
    let refused = world.try_run(&Command::SetLeverage { leg: LONG, leverage: read("125") });
    assert!(matches!(refused, Err(Reject::Leverage(refused)) if refused.nearest == Leverage::whole(50).ok()), "80,000 fit 50×");
    world.mark(LINEAR, "12000");
    let out = |amount: &str| Command::MoveMargin { leg: LONG, movement: MarginMove::Remove(read(amount)) };
    assert!(world.try_run(&out("0.00000001")).is_err(), "16,000 of profit, 8,000 of margin, 9,600 needed");
    world.run(&Command::SetLeverage { leg: LONG, leverage: read("50") });
    let view = world.engine.state().position_view(LINEAR, AccountId(0), Side::Long).unwrap().unwrap();
    assert_eq!((view.margin_balance.to_string(), view.initial_margin.to_string()), ("17920".into(), "1920".into()));
    assert!(world.try_run(&out("0.00000001")).is_err(), "all that may leave has left");
    let free = world.free(0, USDT);
    assert!(world.try_run(&Command::Withdraw(transfer(0, "10000"))).is_err());
    world.run(&Command::Withdraw(transfer(0, &free)));
    // It can fall by the whole profit and a hundredth more before anybody else has to pay.
    world.mark(LINEAR, "9800");
    assert_eq!((world.free(0, USDT).as_str(), world.uncovered(LINEAR).as_str()), ("0", "0"));
}

/// Hyperliquid JELLY, 2025-03-26: the liquidator shared its collateral, so deleveraging never came; then the price was overridden.
/// D6, S18, S19: a fund bears what its own market left in it, is deleveraged when that is gone, and no mark is set where an index makes it.
#[test]
fn sc04_a_fund_that_has_lost_its_own_money_is_deleveraged() {
    let mut world = one_long(plain());
    world.insure(LINEAR, "300");
    world.insure(OTHER, "100000");
    world.mark(LINEAR, "8800");
    assert_eq!(world.fund(LINEAR), Some((Side::Long, "1".into(), "9000".into())));
    world.mark(LINEAR, "8700");
    assert_eq!(world.deleveraged(), [], "worth nothing, and not less");
    let before = world.engine.clone();
    world.mark(LINEAR, "8699.99");
    check_sub_steps(&before, &world.events);
    assert_eq!(world.deleveraged(), [(1, 1_000, "8700".into())]);
    assert_eq!(world.wallets(USDT)[..2], ["9000", "11300"]);
    assert_eq!([LINEAR, OTHER].map(|market| world.insurance(market)), ["0", "100000"]);
    // With a cap the fund stops bearing long before its money is gone.
    let mut bounded = plain();
    bounded.caps.insurance_per_liquidation = Some(read("60"));
    let mut capped = one_long(bounded);
    capped.insure(LINEAR, "100000");
    capped.mark(LINEAR, "8800");
    assert_eq!(capped.fund(LINEAR), Some((Side::Long, "0.3".into(), "2700".into())), "0.3 coins 200 beyond bankruptcy");
    assert_eq!(capped.deleveraged(), [(1, 700, "6300".into())]);
    let mut listing = Listing { symbol: "JELLYUSDT".to_owned(), ..plain() };
    listing.feed.mark_source = MarkSource::Median;
    world.run(&Command::ListMarket(Box::new(listing)));
    let set = Command::SetMark { market: MarketId(3), mark: read("0.01"), index: read("0.01") };
    assert!(matches!(world.try_run(&set), Err(Reject::Invalid { field: Field::MarkSource, .. })));
}

/// A market whose mark is made of index, book and last trade, its index quoted at 10,000; account 0 of it is rich.
fn indexed(jump: &str, band: &str) -> World {
    let mut listing = Listing { symbol: "POPUSDT".to_owned(), ..linear() };
    listing.feed.mark_source = MarkSource::Median;
    (listing.feed.guard.jump, listing.feed.guard.band) = (read(jump), read(band));
    let mut world = world(plain());
    world.run(&Command::ListMarket(Box::new(listing)));
    world.deposit(0, USDT, "10000000");
    world
}

const INDEXED: MarketId = MarketId(3);

fn quote(world: &mut World, price: &str) {
    let source = SourceId::new(0).unwrap();
    world.run(&Command::QuoteIndex { market: INDEXED, source, price: read(price) });
}

fn mark_of(world: &World) -> i64 {
    world.engine.state().market(INDEXED).unwrap().mark().unwrap().raw()
}

/// Hyperliquid POPCAT, 2025-11-12: 19 wallets held what one might not, behind a wall of bids that was pulled.
/// S17, S21: margin follows the open interest of the market, however it is split; a wall and its trades move the mark no further than the band.
#[test]
fn sc05_nineteen_wallets_get_no_more_than_one_and_a_wall_moves_no_mark() {
    let reached = |wallets: u32| {
        let mut listing = plain();
        (listing.caps.open_interest_lower, listing.caps.open_interest_upper) = (read("50000"), read("150000"));
        let mut world = world(listing);
        world.more_accounts(20);
        world.leverage(3, LINEAR, "1");
        world.deposit(3, USDT, "1000000");
        for round in 0..200_u32 {
            let _ = world.try_run(&Command::Place(limit(3, LINEAR, Sell, "0.1", "10000")));
            let _ = world.try_run(&Command::Place(limit(4 + round % wallets, LINEAR, Buy, "0.1", "10000")));
        }
        world.open_interest(LINEAR)
    };
    assert_eq!((reached(1), reached(19)), ("6".to_owned(), "6".to_owned()), "a tenth of the value: ten times leverage");
    let mut world = indexed("0", "0.01");
    quote(&mut world, "10000");
    for second in 0..120 {
        let (side, other, price) = if second < 60 { (Buy, Sell, "10900") } else { (Sell, Buy, "9100") };
        let _ = world.try_run(&Command::Place(limit(0, INDEXED, side, "40", price)));
        let _ = world.try_run(&Command::Place(limit(1, INDEXED, other, "0.1", price)));
        wait(&mut world, 1_000);
        quote(&mut world, "10000");
        let mark = mark_of(&world);
        assert!((990_000_000_000..=1_010_000_000_000).contains(&mark), "{mark} after {second} s");
    }
}

/// Hyperliquid XPL, 2025-08-26: a market before its launch, marked by its own book.
/// S21: without an index there is no mark, and without a mark no order; with one, no single quote moves it further than a jump.
#[test]
fn sc06_a_market_without_an_index_has_no_mark() {
    let mut world = indexed("0.05", "0");
    let order = Command::Place(limit(0, INDEXED, Buy, "1", "10000"));
    assert_eq!(world.try_run(&order), Err(Reject::NoMark { since: None }));
    wait(&mut world, 60_000);
    assert_eq!(world.engine.state().market(INDEXED).unwrap().mark(), None);
    quote(&mut world, "10000");
    world.run(&order);
    quote(&mut world, "30000");
    assert_eq!(mark_of(&world), 1_000_000_000_000, "three times the price, said once");
    quote(&mut world, "30000");
    assert_eq!(mark_of(&world), 3_000_000_000_000, "and said again");
}

/// Aster XPL, 2025-09-25: the cap of the mark was lifted while the index was still a constant.
/// S33: terms change whole or not at all, by the checks of a listing; where prices come from and when they are believed does not change.
#[test]
fn sc07_terms_change_whole_or_not_at_all() {
    let mut world = one_long(plain());
    let changes: [fn(&mut Listing); 12] = [
        |listing| listing.feed.guard.jump = read("0.5"),
        |listing| listing.feed.guard.band = read("0.9"),
        |listing| listing.feed.guard.stale_after_ms = 1,
        |listing| listing.feed.mark_source = MarkSource::Median,
        |listing| listing.feed.index.least_fresh = 0,
        |listing| listing.contract.tick = read("0.01"),
        |listing| listing.symbol = "ASTERUSDT".to_owned(),
        |listing| listing.fees.taker = read("-0.0001"),
        |listing| listing.fees.maker = read("-0.01"),
        |listing| listing.filters.band_up = read("0.5"),
        |listing| listing.caps.open_interest_lower = read("1"),
        |listing| listing.default_leverage = read("126"),
    ];
    for change in changes {
        // What comes with it would be accepted alone.
        let mut listing = Listing { brackets: linear().brackets, ..plain() };
        change(&mut listing);
        let refused = world.try_run(&Command::ChangeMarket { market: LINEAR, listing: Box::new(listing.clone()) });
        assert!(matches!(refused, Err(Reject::BadListing { .. })), "{refused:?} of {listing:?}");
        assert_eq!(world.engine.state().market(LINEAR).unwrap().listing(), &plain());
    }
    // A change that is accepted is in force for everybody at once: 9.5 % maintenance at a margin of 10 %.
    world.mark(LINEAR, "9900");
    let listing = Listing { brackets: BracketTable::flat(read("0.095"), read("10")).unwrap(), ..plain() };
    world.run(&Command::ChangeMarket { market: LINEAR, listing: Box::new(listing) });
    assert_eq!(world.liquidated(), [(0, LINEAR, Side::Long)]);
}

/// Binance, 2025-10-10: collateral was priced from a thin book of its own, and orders years old were hit.
/// Marks, not trades, liquidate; an order rests no further from the mark than the band, and no market order trades beyond it.
#[test]
fn sc08_a_crash_of_the_book_alone_liquidates_nobody() {
    let mut world = world(linear());
    world.trade(LINEAR, (0, 1), "1", "10000");
    assert!(world.try_run(&Command::Place(limit(2, LINEAR, Sell, "0.1", "8999.9"))).is_err(), "below the band");
    assert!(world.try_run(&Command::Place(limit(2, LINEAR, Buy, "0.1", "11000.1"))).is_err(), "above it");
    for price in ["9500", "9000", "8000", "1000"] {
        world.bid(2, LINEAR, "0.1", price);
    }
    world.run(&Command::Place(NewOrder { kind: OrderKind::Market, ..limit(3, LINEAR, Sell, "0.4", "9000") }));
    assert_eq!(world.engine.state().market(LINEAR).unwrap().last(), Some(read("9000")), "its liquidation price is 9,036.14");
    assert_eq!((world.size(3, LINEAR), world.size(0, LINEAR)), ("-0.2".to_owned(), "1".to_owned()));
    assert_eq!(world.liquidated(), []);
}

/// Paradex, 2026-01-19: wrong prices of the restart liquidated, and reopening liquidated more.
/// A halted market takes no marks, liquidates nobody and moves no money; it reopens where it was halted.
#[test]
fn sc16_a_halted_market_takes_no_marks_and_liquidates_nobody() {
    for reopened in [MarketState::CancelOnly, MarketState::ReduceOnly, MarketState::PostOnly, MarketState::Open] {
        let mut world = one_long(plain());
        let money = world.wallets(USDT);
        world.state_to(LINEAR, MarketState::Halted);
        for mark in ["8800", "0.01", "99999", "9900"] {
            let moved = world.try_run(&Command::SetMark { market: LINEAR, mark: read(mark), index: read(mark) });
            assert_eq!((moved.map_err(|reject| reject.code().0), world.liquidated()), (Err(104), vec![]), "at {mark}");
        }
        wait(&mut world, 36_000_000);
        world.state_to(LINEAR, reopened);
        assert_eq!((world.liquidated(), world.wallets(USDT)), (vec![], money));
        assert_eq!([0, 1].map(|account| world.size(account, LINEAR)), ["1", "-1"]);
    }
}
