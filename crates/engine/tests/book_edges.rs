//! Edges of the book: stale handles, conversions, very many levels, prices at both ends, a touch that wanders off.

mod book_support;

use book_support::ticks;
use ringfence_engine::book::{
    AccountId, Book, BookLimits, End, Handle, Lots, Match, NewOrder, Order, Refusal, SelfTrade, Ticks, TimeInForce, WindowSize,
};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::filters::{FilterError, OrderSide};

fn small() -> Book {
    Book::new(BookLimits { window: WindowSize::LEAST, orders: 100_000 })
}

fn order(side: OrderSide, price: u32, lots: u64) -> NewOrder {
    let (price, lots) = (ticks(price), Lots::new(lots));
    let (time_in_force, self_trade) = (TimeInForce::GoodTillCancel, SelfTrade::ExpireTaker);
    NewOrder { account: AccountId(u32::from(side == OrderSide::Sell)), side, price, lots, time_in_force, self_trade }
}

fn rest(book: &mut Book, side: OrderSide, price: u32) -> Handle {
    match book.place(&order(side, price, 1), &mut Vec::new()).expect("accepted").end {
        End::Resting { order, .. } => order,
        end @ (End::Filled | End::Expired { .. }) => panic!("it should rest: {end:?}"),
    }
}

#[test]
fn a_handle_never_names_a_later_order() {
    let mut book = small();
    let old = rest(&mut book, OrderSide::Buy, 100);
    book.cancel(old).expect("it rests");
    let new = rest(&mut book, OrderSide::Buy, 101);
    assert_eq!(old.place(), new.place());
    assert_ne!(old, new);
    assert_eq!(book.order(old), None);
    assert_eq!(book.reduce(old, Lots::new(1)), Err(Refusal::UnknownOrder));
    let resting = Order { account: AccountId(0), side: OrderSide::Buy, price: ticks(101), lots: Lots::new(1) };
    assert_eq!(book.order(new), Some(resting));
}

#[test]
fn very_many_levels_are_read_and_swept_in_order() {
    let mut book = small();
    let prices: Vec<u32> = (0..20_000_u32).map(|at| 1 + at * 7_919 % 20_011 * 200_000).collect();
    for price in &prices {
        rest(&mut book, OrderSide::Sell, *price);
    }
    book.check().expect("a sound book");
    let mut sorted = prices.clone();
    sorted.sort_unstable();
    let depth: Vec<u32> = book.depth(OrderSide::Sell).map(|level| level.price.raw()).collect();
    assert_eq!(depth, sorted);
    let mut matches: Vec<Match> = Vec::new();
    let sweep = book.place(&order(OrderSide::Buy, u32::MAX, 20_001), &mut matches).expect("accepted");
    assert_eq!(sweep.traded, Lots::new(20_000));
    assert_eq!(matches.iter().map(|found| found.price.raw()).collect::<Vec<_>>(), sorted);
    assert_eq!((book.orders(), book.best_bid(), book.best_ask()), (1, Some(Ticks::GREATEST), None));
    book.check().expect("a sound book");
}

/// The touch wanders from one end of the prices to the other, in steps smaller and larger than the window, leaving orders behind.
#[test]
fn the_window_follows_the_touch_and_forgets_nothing() {
    for step in [1, 13, 63, 64, 65, 1_000, 50_000_000] {
        let mut book = small();
        let count = (u32::MAX / step - 2).min(3_000);
        let mut kept = Vec::new();
        for at in 1..=count {
            let bid = rest(&mut book, OrderSide::Buy, at * step);
            if at % 10 == 0 {
                kept.push(at * step);
            } else {
                book.cancel(bid).expect("it rests");
            }
        }
        book.check().expect("a sound book");
        let depth: Vec<u32> = book.depth(OrderSide::Buy).map(|level| level.price.raw()).collect();
        kept.reverse();
        assert_eq!(depth, kept, "steps of {step}");
    }
}

#[test]
fn prices_and_quantities_convert_on_the_grid_only() {
    let parse = |text: &str| text.parse().expect("a price");
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Linear,
        settlement: "USDT".parse().expect("a name"),
        tick: parse("0.5"),
        mark_step: "0.1".parse().expect("a step"),
        lot: "0.001".parse().expect("a lot"),
        multiplier: "1".parse().expect("a multiplier"),
        value_rounding: ValueRounding::PerFill,
    })
    .expect("a contract");
    for (price, count) in [("0.5", 1), ("1", 2), ("10000.5", 20_001), ("1000000000", 2_000_000_000)] {
        assert_eq!(Ticks::from_price(&contract, parse(price)), Ok(ticks(count)));
        assert_eq!(ticks(count).to_price(&contract), Ok(parse(price)));
    }
    assert!(matches!(Ticks::from_price(&contract, parse("0.7")), Err(FilterError::OffTick { .. })));
    assert!(Ticks::GREATEST.to_price(&contract).is_err(), "beyond the greatest price");
    let fine = Contract::list(ContractSpec { tick: parse("0.00001"), ..*contract.spec() }).expect("a contract");
    assert!(matches!(Ticks::from_price(&fine, parse("42949.67296")), Err(FilterError::OutOfRange(_))));
    assert_eq!(Ticks::from_price(&fine, parse("42949.67295")), Ok(Ticks::GREATEST));
    assert_eq!(Lots::from_quantity(&fine, "0.002".parse().expect("a quantity")), Ok(Lots::new(2)));
    assert!(Lots::from_quantity(&fine, "0.0005".parse().expect("a quantity")).is_err());
    assert!(Lots::GREATEST.to_quantity(&fine).is_err());
}
