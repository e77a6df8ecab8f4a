//! Scenario tables a trader can read: the orders that rest, the command, what it does, and the book afterwards.
//!
//! Orders before the bar are placed in turn and numbered from 1. `#1` is the first of them.

mod book_support;

use book_support::fast::Fast;
use book_support::{Answer, Met, Rest, Subject, ticks};
use ringfence_engine::book::{
    AccountId, Amendment, BookLimits, Crossing, Expiry, Lots, MatchKind, NewOrder, Refusal, SelfTrade, TimeInForce, WindowSize,
};
use ringfence_risk::filters::OrderSide;

/// Runs every row and reports all that differ at once.
fn check(table: &str) {
    let mut wrong = Vec::new();
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (asked, expected) = row.split_once("->").expect("an outcome");
        let (given, command) = asked.split_once('|').expect("a bar before the command");
        let mut book = Fast::new(BookLimits { window: WindowSize::LEAST, orders: 5 });
        let placed = given.split(',').map(str::trim).filter(|order| !order.is_empty());
        let count = placed.map(|order| assert!(!run(&mut book, order).contains("refused"), "{order}")).count();
        let got = format!("{}; {}", run(&mut book, command.trim()), depth(&book));
        book.book.check().expect("a sound book");
        if got != expected.trim() {
            wrong.push(format!("{asked}-> {got}  ({count} orders given)"));
        }
    }
    assert!(wrong.is_empty(), "these rows come out as follows:\n{}", wrong.join("\n"));
}

/// `ann buys 5 @ 100 [gtc|ioc|fok|post-only] [expire-…]`, `amend #1 to 5 @ 100 […]`, `reduce #1 by 2`, `cancel #1`.
fn run(book: &mut Fast, command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut met = Vec::new();
    let number = |word: &str| -> usize { word.trim_start_matches('#').parse().expect("an order") };
    match words[..] {
        ["cancel", order] => answer(book.cancel(number(order)).map(|order| format!("{} cancelled", order.lots.raw())), &met),
        ["reduce", order, "by", lots] => answer(
            book.reduce(number(order), Lots::new(lots.parse().expect("a number"))).map(|left| format!("{left} left")),
            &met,
        ),
        ["amend", order, "to", lots, "@", price, ref how @ ..] => {
            let crossing = if how.contains(&"post-only") { Crossing::Refuse } else { Crossing::Take(mode(how)) };
            let to = Amendment {
                price: ticks(price.parse().expect("a number")),
                lots: Lots::new(lots.parse().expect("a number")),
                crossing,
            };
            let outcome = book.amend(number(order), &to, &mut met).map(outcome);
            answer(outcome, &met)
        }
        [who, what, lots, "@", price, ref how @ ..] => {
            let side = if what == "buys" { OrderSide::Buy } else { OrderSide::Sell };
            let account = AccountId(
                ["ann", "bob", "eve"]
                    .iter()
                    .position(|name| *name == who)
                    .expect("ann, bob or eve")
                    .try_into()
                    .expect("three names"),
            );
            let (price, lots) = (ticks(price.parse().expect("a number")), Lots::new(lots.parse().expect("a number")));
            let order = NewOrder { account, side, price, lots, time_in_force: time_in_force(how), self_trade: mode(how) };
            let number = book.handles.len().max(1);
            let outcome = book.place(number, &order, &mut met).map(outcome);
            answer(outcome, &met)
        }
        _ => panic!("no such command: {command}"),
    }
}

fn time_in_force(how: &[&str]) -> TimeInForce {
    match how.first() {
        Some(&"ioc") => TimeInForce::ImmediateOrCancel,
        Some(&"fok") => TimeInForce::FillOrKill,
        Some(&"post-only") => TimeInForce::PostOnly,
        _ => TimeInForce::GoodTillCancel,
    }
}

fn mode(how: &[&str]) -> SelfTrade {
    match how.last() {
        Some(&"expire-maker") => SelfTrade::ExpireMaker,
        Some(&"expire-both") => SelfTrade::ExpireBoth,
        _ => SelfTrade::ExpireTaker,
    }
}

fn outcome(answer: Answer) -> String {
    match answer.rest {
        Rest::Filled => "filled".to_owned(),
        Rest::Resting(lots) => format!("{lots} rest"),
        Rest::Expired(lots, Expiry::ImmediateOrCancel) => format!("{lots} expire"),
        Rest::Expired(lots, Expiry::FillOrKill) => format!("{lots} killed"),
        Rest::Expired(lots, Expiry::SelfTrade) => format!("{lots} expire (own order)"),
    }
}

fn answer(outcome: Result<String, Refusal>, met: &[Met]) -> String {
    let trades = met.iter().map(|met| match met.kind {
        MatchKind::Trade => format!("{} @ {} with #{}", met.lots.raw(), met.price.raw(), met.maker),
        MatchKind::ExpireMaker => format!("#{} expires", met.maker),
    });
    let end = match outcome {
        Ok(text) => text,
        Err(refusal) => format!("refused: {refusal}"),
    };
    trades.chain([end]).collect::<Vec<_>>().join(", ")
}

fn depth(book: &Fast) -> String {
    let side = |side| {
        let levels: Vec<String> = book.depth(side).into_iter().map(|(price, lots)| format!("{lots} @ {price}")).collect();
        if levels.is_empty() { "–".to_owned() } else { levels.join(" ") }
    };
    format!("bids {}; asks {}", side(OrderSide::Buy), side(OrderSide::Sell))
}

#[test]
fn time_in_force_decides_about_the_rest() {
    check(
        "
        | ann buys 5 @ 100 gtc                                                   -> 5 rest; bids 5 @ 100; asks –
        | ann buys 5 @ 100 ioc                                                   -> 5 expire; bids –; asks –
        | ann buys 5 @ 100 fok                                                   -> 5 killed; bids –; asks –
        | ann buys 5 @ 100 post-only                                             -> 5 rest; bids 5 @ 100; asks –
        | ann buys 0 @ 100 gtc                                                   -> refused: quantity must be at least one lot; bids –; asks –
        ann sells 5 @ 101 | bob buys 3 @ 103 gtc                                 -> 3 @ 101 with #1, filled; bids –; asks 2 @ 101
        ann sells 5 @ 101 | bob buys 8 @ 103 gtc                                 -> 5 @ 101 with #1, 3 rest; bids 3 @ 103; asks –
        ann sells 5 @ 101 | bob buys 8 @ 103 ioc                                 -> 5 @ 101 with #1, 3 expire; bids –; asks –
        ann sells 5 @ 101 | bob buys 8 @ 103 fok                                 -> 8 killed; bids –; asks 5 @ 101
        ann sells 5 @ 101 | bob buys 5 @ 101 fok                                 -> 5 @ 101 with #1, filled; bids –; asks –
        ann sells 5 @ 101 | bob buys 1 @ 101 post-only                           -> refused: a post-only order would trade at once at tick 101; bids –; asks 5 @ 101
        ann sells 5 @ 101 | bob buys 1 @ 100 post-only                           -> 1 rest; bids 1 @ 100; asks 5 @ 101
        ann sells 5 @ 101, ann sells 5 @ 102 | bob buys 8 @ 102 fok              -> 5 @ 101 with #1, 3 @ 102 with #2, filled; bids –; asks 2 @ 102
        ann sells 5 @ 101, ann sells 5 @ 102 | bob buys 8 @ 101 fok              -> 8 killed; bids –; asks 5 @ 101 5 @ 102
        ann sells 5 @ 101, ann sells 5 @ 102 | bob buys 8 @ 101 gtc              -> 5 @ 101 with #1, 3 rest; bids 3 @ 101; asks 5 @ 102
        ann buys 5 @ 100, ann buys 5 @ 99 | bob sells 7 @ 99 ioc                 -> 5 @ 100 with #1, 2 @ 99 with #2, filled; bids 3 @ 99; asks –
        ann buys 5 @ 100, ann buys 5 @ 99 | bob sells 7 @ 100 ioc                -> 5 @ 100 with #1, 2 expire; bids 5 @ 99; asks –
        ann buys 5 @ 100 | bob sells 1 @ 100 post-only                           -> refused: a post-only order would trade at once at tick 100; bids 5 @ 100; asks –
        ann buys 1 @ 96, ann buys 1 @ 97, ann buys 1 @ 98, ann buys 1 @ 99, ann buys 1 @ 95 | bob sells 1 @ 100 gtc -> refused: the book holds its limit of 5 orders; bids 1 @ 99 1 @ 98 1 @ 97 1 @ 96 1 @ 95; asks –
        ann buys 1 @ 96, ann buys 1 @ 97, ann buys 1 @ 98, ann buys 1 @ 99, ann buys 1 @ 95 | bob sells 3 @ 99 gtc -> 1 @ 99 with #4, 2 rest; bids 1 @ 98 1 @ 97 1 @ 96 1 @ 95; asks 2 @ 99",
    );
}

#[test]
fn price_goes_before_time_and_time_before_size() {
    check(
        "
        ann sells 5 @ 101, bob sells 9 @ 101 | eve buys 6 @ 101                  -> 5 @ 101 with #1, 1 @ 101 with #2, filled; bids –; asks 8 @ 101
        ann sells 5 @ 102, bob sells 9 @ 101 | eve buys 10 @ 102                 -> 9 @ 101 with #2, 1 @ 102 with #1, filled; bids –; asks 4 @ 102
        ann buys 5 @ 99, bob buys 9 @ 100 | eve sells 10 @ 99                    -> 9 @ 100 with #2, 1 @ 99 with #1, filled; bids 4 @ 99; asks –
        ann buys 5 @ 1, bob sells 5 @ 4294967295 | eve buys 5 @ 4294967295       -> 5 @ 4294967295 with #2, filled; bids 5 @ 1; asks –
        ann buys 5 @ 1, bob sells 5 @ 4294967295 | eve sells 6 @ 1               -> 5 @ 1 with #1, 1 rest; bids –; asks 1 @ 1 5 @ 4294967295
        ann sells 18446744073709551615 @ 101 | eve buys 18446744073709551615 @ 101 -> 18446744073709551615 @ 101 with #1, filled; bids –; asks –
        ann buys 18446744073709551615 @ 101 | eve buys 1 @ 101                   -> refused: orders at tick 101 would sum to more than 18446744073709551615 lots; bids 18446744073709551615 @ 101; asks –
        ann sells 18446744073709551615 @ 101, bob sells 18446744073709551615 @ 102 | eve buys 18446744073709551615 @ 102 fok -> 18446744073709551615 @ 101 with #1, filled; bids –; asks 18446744073709551615 @ 102",
    );
}

#[test]
fn orders_of_one_account_never_trade() {
    check(
        "
        ann sells 5 @ 101 | ann buys 3 @ 101 gtc expire-taker                    -> 3 expire (own order); bids –; asks 5 @ 101
        ann sells 5 @ 101 | ann buys 3 @ 101 gtc expire-maker                    -> #1 expires, 3 rest; bids 3 @ 101; asks –
        ann sells 5 @ 101 | ann buys 3 @ 101 gtc expire-both                     -> #1 expires, 3 expire (own order); bids –; asks –
        bob sells 2 @ 101, ann sells 5 @ 101 | ann buys 3 @ 101 gtc expire-taker -> 2 @ 101 with #1, 1 expire (own order); bids –; asks 5 @ 101
        bob sells 2 @ 101, ann sells 5 @ 101 | ann buys 2 @ 101 gtc expire-taker -> 2 @ 101 with #1, filled; bids –; asks 5 @ 101
        ann sells 5 @ 101, bob sells 2 @ 102 | ann buys 3 @ 102 ioc expire-maker -> #1 expires, 2 @ 102 with #2, 1 expire; bids –; asks –
        ann sells 5 @ 101, bob sells 2 @ 102 | ann buys 3 @ 102 gtc expire-both  -> #1 expires, 3 expire (own order); bids –; asks 2 @ 102
        ann sells 5 @ 101, bob sells 3 @ 102 | ann buys 3 @ 102 fok expire-maker -> #1 expires, 3 @ 102 with #2, filled; bids –; asks –
        ann sells 5 @ 101, bob sells 2 @ 102 | ann buys 3 @ 102 fok expire-maker -> 3 killed; bids –; asks 5 @ 101 2 @ 102
        ann sells 5 @ 101, bob sells 3 @ 102 | ann buys 3 @ 102 fok expire-taker -> 3 killed; bids –; asks 5 @ 101 3 @ 102
        ann sells 5 @ 101, bob sells 3 @ 102 | ann buys 3 @ 102 fok expire-both  -> 3 killed; bids –; asks 5 @ 101 3 @ 102
        ann sells 5 @ 101 | ann buys 3 @ 101 post-only                           -> refused: a post-only order would trade at once at tick 101; bids –; asks 5 @ 101
        ann sells 5 @ 101, ann buys 4 @ 100 | amend #2 to 4 @ 101                -> 4 expire (own order); bids –; asks 5 @ 101
        ann sells 5 @ 101, ann buys 4 @ 100 | amend #2 to 4 @ 101 expire-maker   -> #1 expires, 4 rest; bids 4 @ 101; asks –
        ann sells 5 @ 101, ann buys 4 @ 100 | amend #2 to 4 @ 101 expire-both    -> #1 expires, 4 expire (own order); bids –; asks –",
    );
}

#[test]
fn amending_down_keeps_the_place_in_line() {
    check(
        "
        ann sells 5 @ 101, bob sells 5 @ 101, amend #1 to 3 @ 101 | eve buys 4 @ 101 -> 3 @ 101 with #1, 1 @ 101 with #2, filled; bids –; asks 4 @ 101
        ann sells 5 @ 101, bob sells 5 @ 101, amend #1 to 5 @ 101 | eve buys 4 @ 101 -> 4 @ 101 with #1, filled; bids –; asks 6 @ 101
        ann sells 5 @ 101, bob sells 5 @ 101, amend #1 to 6 @ 101 | eve buys 6 @ 101 -> 5 @ 101 with #2, 1 @ 101 with #1, filled; bids –; asks 5 @ 101
        ann sells 5 @ 101, bob sells 5 @ 102, amend #1 to 5 @ 102 | eve buys 6 @ 102 -> 5 @ 102 with #2, 1 @ 102 with #1, filled; bids –; asks 4 @ 102
        ann sells 5 @ 101, bob sells 5 @ 101, reduce #1 by 2 | eve buys 4 @ 101  -> 3 @ 101 with #1, 1 @ 101 with #2, filled; bids –; asks 4 @ 101
        ann sells 5 @ 101, bob buys 4 @ 100 | amend #2 to 7 @ 103                -> 5 @ 101 with #1, 2 rest; bids 2 @ 103; asks –
        ann sells 5 @ 101, bob buys 4 @ 100 | amend #2 to 4 @ 103                -> 4 @ 101 with #1, filled; bids –; asks 1 @ 101
        ann sells 5 @ 101, bob buys 4 @ 100 | amend #2 to 4 @ 101 post-only      -> refused: a post-only order would trade at once at tick 101; bids 4 @ 100; asks 5 @ 101
        ann sells 5 @ 101, bob buys 4 @ 100 | amend #2 to 0 @ 100                -> refused: quantity must be at least one lot; bids 4 @ 100; asks 5 @ 101
        ann sells 5 @ 101, cancel #1 | amend #1 to 5 @ 101                       -> refused: no such order rests in the book; bids –; asks –
        ann buys 9 @ 100, bob buys 18446744073709551615 @ 99 | amend #1 to 1 @ 99 -> refused: orders at tick 99 would sum to more than 18446744073709551615 lots; bids 9 @ 100 18446744073709551615 @ 99; asks –
        ann buys 9 @ 100 | amend #1 to 18446744073709551615 @ 100                -> 18446744073709551615 rest; bids 18446744073709551615 @ 100; asks –",
    );
}

#[test]
fn orders_are_reduced_and_cancelled_once() {
    check(
        "
        ann buys 5 @ 100 | cancel #1                                             -> 5 cancelled; bids –; asks –
        ann buys 5 @ 100, cancel #1 | cancel #1                                  -> refused: no such order rests in the book; bids –; asks –
        ann buys 5 @ 100 | reduce #1 by 5                                        -> 0 left; bids –; asks –
        ann buys 5 @ 100 | reduce #1 by 6                                        -> refused: only 5 lots are open; bids 5 @ 100; asks –
        ann buys 5 @ 100 | reduce #1 by 0                                        -> refused: quantity must be at least one lot; bids 5 @ 100; asks –
        ann buys 5 @ 100, bob sells 5 @ 100 | reduce #1 by 1                     -> refused: no such order rests in the book; bids –; asks –
        ann buys 5 @ 100, cancel #1, bob buys 7 @ 100 | cancel #1                -> refused: no such order rests in the book; bids 7 @ 100; asks –
        ann buys 5 @ 100, bob sells 2 @ 100 | cancel #1                          -> 3 cancelled; bids –; asks –",
    );
}
