//! That the window follows the touch shows in no answer, only in speed: it is tested from inside.

use ringfence_risk::filters::OrderSide;

use super::{AccountId, Book, BookLimits, End, Handle, Lots, NewOrder, SelfTrade, Ticks, TimeInForce, WindowSize};

fn bid(book: &mut Book, price: u32) -> Handle {
    let price = Ticks::new(price).unwrap();
    let (account, side, lots) = (AccountId(1), OrderSide::Buy, Lots::new(1));
    let (time_in_force, self_trade) = (TimeInForce::PostOnly, SelfTrade::ExpireTaker);
    let order = NewOrder { account, side, price, lots, time_in_force, self_trade };
    let End::Resting { order, .. } = book.place(&order, &mut Vec::new()).unwrap().end else { panic!("it should rest") };
    order
}

#[test]
fn the_window_follows_a_touch_that_wanders_off() {
    let mut book = Book::new(BookLimits { window: WindowSize::LEAST, orders: 1_000 });
    let mut last_ten: Vec<Handle> = Vec::new();
    let mut misses = 0;
    for price in (1_000..9_000).chain((1_000..9_000).rev()) {
        last_ten.push(bid(&mut book, price));
        if last_ten.len() > 10 {
            book.cancel(last_ten.remove(0)).unwrap();
        }
        misses += u32::from(!book.ladder.is_inside(book.best_bid().unwrap()));
        book.check().unwrap();
    }
    assert!(misses > 0 && misses < 12_800, "the window is left and followed: {misses} of 16,000 commands beside it");
}

#[test]
fn one_far_order_does_not_draw_the_window_away() {
    let mut book = Book::new(BookLimits { window: WindowSize::LEAST, orders: 1_000 });
    bid(&mut book, 1_000);
    for _ in 0..1_000 {
        let far = bid(&mut book, 10);
        book.cancel(far).unwrap();
        assert!(book.ladder.is_inside(Ticks::new(1_000).unwrap()));
    }
    bid(&mut book, 5_000);
    assert!(book.ladder.is_inside(Ticks::new(1_000).unwrap()), "not at the first miss");
}
