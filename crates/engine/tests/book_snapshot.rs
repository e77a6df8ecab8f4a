//! A book that went through bytes is the book it was: same answers, same handles.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]

mod book_support;

use book_support::commands::{Command, Kind, Terrain, command, terrain};
use book_support::{SMALL, ticks};
use proptest::prelude::*;
use ringfence_engine::book::{
    AccountId, Amendment, Book, BookLimits, Handle, Lots, Match, NewOrder, Order, Outcome, Refusal, SelfTrade, TimeInForce,
    WindowSize,
};
use ringfence_engine::book::{End, Ticks};
use ringfence_engine::wire::{Reader, WireError};
use ringfence_risk::filters::OrderSide;

/// A book and the handles it gave, by the number of the order.
#[derive(Clone)]
struct Owner {
    book: Book,
    handles: Vec<Option<Handle>>,
    at: i64,
}

/// What a command was answered.
#[derive(Debug, PartialEq)]
enum Answer {
    Outcome(Result<Outcome, Refusal>, Vec<Match>),
    Reduced(Result<Lots, Refusal>),
    Cancelled(Result<Order, Refusal>),
    NoSuchHandle,
}

fn limits(orders: u32) -> BookLimits {
    BookLimits { window: WindowSize::LEAST, orders }
}

impl Owner {
    fn new(terrain: &Terrain) -> Self {
        Self { book: Book::new(limits(terrain.limit)), handles: Vec::new(), at: 0 }
    }

    fn step(&mut self, command: &Command, terrain: &Terrain) -> Answer {
        self.at += 1;
        let (price, lots) = (command.price(terrain, self.at), command.lots(terrain));
        let mut met = Vec::new();
        if let Kind::Place(time_in_force) = command.kind {
            let (account, side, self_trade) = (AccountId(command.account), command.side, command.self_trade);
            let order = NewOrder { account, side, price, lots, time_in_force, self_trade };
            let next = self.book.next_place();
            let outcome = self.book.place(&order, &mut met);
            let handle = outcome.ok().and_then(|outcome| match outcome.end {
                End::Resting { order, .. } => Some(order),
                End::Filled | End::Expired { .. } => None,
            });
            self.handles.push(handle);
            if met.is_empty() {
                assert!(handle.is_none_or(|handle| handle.place() == next), "it rests where it was said it would");
            }
            return Answer::Outcome(outcome, met);
        }
        let Some(handle) = self.handles.get(command.number(self.handles.len())).copied().flatten() else {
            return Answer::NoSuchHandle;
        };
        match command.kind {
            Kind::Amend(crossing) => {
                let outcome = self.book.amend(handle, &Amendment { price, lots, crossing }, &mut met);
                Answer::Outcome(outcome, met)
            }
            Kind::Reduce => Answer::Reduced(self.book.reduce(handle, lots)),
            Kind::Cancel | Kind::Place(_) => Answer::Cancelled(self.book.cancel(handle)),
        }
    }
}

fn encoded(book: &Book) -> Vec<u8> {
    let mut bytes = Vec::new();
    book.encode(&mut bytes);
    bytes
}

fn decoded(bytes: &[u8], limits: BookLimits) -> Result<Book, WireError> {
    let mut reader = Reader::new(bytes);
    let book = Book::decode(limits, &mut reader)?;
    reader.finish()?;
    Ok(book)
}

/// Every resting order, as the lines hold them.
fn resting(book: &Book) -> Vec<(Handle, Order)> {
    let levels = book.depth(OrderSide::Buy).chain(book.depth(OrderSide::Sell));
    levels.flat_map(|level| book.queue(level.price)).collect()
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// After any commands a book and its copy through bytes answer all later commands alike and stay the same bytes, whatever the window.
    #[test]
    fn it_goes_on_as_if_nothing_had_happened(
        terrain in terrain(),
        before in prop::collection::vec(command(), 0..80),
        after in prop::collection::vec(command(), 1..60),
        window in prop::sample::select(vec![WindowSize::LEAST, WindowSize::of(1_024).expect(SMALL)]),
    ) {
        let mut owner = Owner::new(&terrain);
        for command in &before {
            owner.step(command, &terrain);
        }
        let bytes = encoded(&owner.book);
        let book = decoded(&bytes, BookLimits { window, orders: terrain.limit });
        prop_assert_eq!(book.as_ref().err(), None);
        let mut twin = Owner { book: book.expect(SMALL), ..owner.clone() };
        prop_assert_eq!(twin.book.check(), Ok(()));
        prop_assert_eq!(&encoded(&twin.book), &bytes);
        for command in &after {
            prop_assert_eq!(twin.step(command, &terrain), owner.step(command, &terrain));
            prop_assert_eq!(encoded(&twin.book), encoded(&owner.book));
        }
        prop_assert_eq!(twin.book.check(), Ok(()));
    }

    /// A place names the order that rests there, and no other place names any.
    #[test]
    fn a_place_names_its_order(terrain in terrain(), commands in prop::collection::vec(command(), 0..120)) {
        let mut owner = Owner::new(&terrain);
        for command in &commands {
            owner.step(command, &terrain);
        }
        let resting = resting(&owner.book);
        for place in (0..=u32::try_from(commands.len()).expect(SMALL) + 1).chain([u32::MAX]) {
            let held = resting.iter().map(|(handle, _)| *handle).find(|handle| handle.place() == place);
            prop_assert_eq!(owner.book.handle_at(place), held);
        }
        prop_assert_eq!(owner.book.handle_at(owner.book.next_place()), None);
    }

    /// Bytes with a few changed are refused or are those of a sound book; cut off, they are refused.
    #[test]
    fn changed_bytes_are_refused_or_sound(
        terrain in terrain(),
        commands in prop::collection::vec(command(), 0..40),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![0..6_u8, any::<u8>()]), 1..4),
        last in command(),
    ) {
        let mut owner = Owner::new(&terrain);
        for command in &commands {
            owner.step(command, &terrain);
        }
        let mut bytes = encoded(&owner.book);
        for end in 0..bytes.len() {
            prop_assert!(decoded(&bytes[..end], limits(terrain.limit)).is_err(), "cut off at {}", end);
        }
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(book) = decoded(&bytes, limits(terrain.limit)) {
            prop_assert_eq!(book.check(), Ok(()));
            prop_assert_eq!(encoded(&book), bytes);
            let mut owner = Owner { book, ..owner };
            owner.step(&last, &terrain);
            prop_assert_eq!(owner.book.check(), Ok(()));
        }
    }

    /// Any bytes at all are refused or are those of a sound book.
    #[test]
    fn any_bytes_are_refused_or_sound(bytes in prop::collection::vec(prop_oneof![9 => 0..3_u8, 1 => any::<u8>()], 0..120)) {
        if let Ok(book) = decoded(&bytes, limits(1_000)) {
            prop_assert_eq!(book.check(), Ok(()));
            prop_assert_eq!(encoded(&book), bytes);
        }
    }
}

/// Bytes of a book: how often each place was used, orders as (is a sell, price, place, account, lots), free places.
fn bytes_of(generations: &[u32], orders: &[(bool, u32, u32, u32, u64)], free: &[u32]) -> Vec<u8> {
    use ringfence_engine::wire::Wire;
    let mut bytes = Vec::new();
    generations.to_vec().write(&mut bytes);
    u32::try_from(orders.len()).expect(SMALL).write(&mut bytes);
    for (is_sell, price, place, account, lots) in orders {
        (*is_sell, *price, *place).write(&mut bytes);
        (*account, *lots).write(&mut bytes);
    }
    free.to_vec().write(&mut bytes);
    bytes
}

#[test]
fn what_no_commands_lead_to_is_refused() {
    const MAX: u32 = u32::MAX;
    let one = [(false, 5, 1, 7, 3)];
    let accepted = [
        bytes_of(&[], &[], &[]),
        bytes_of(&[0], &one, &[]),
        bytes_of(&[0, 1, MAX, 2], &one, &[4, 2]),
        bytes_of(&[0, 9], &[(false, 5, 2, 7, 3), (true, 6, 1, 7, u64::MAX)], &[]),
    ];
    for bytes in accepted {
        let book = decoded(&bytes, limits(3)).unwrap_or_else(|error| panic!("{error} in {bytes:?}"));
        assert_eq!(encoded(&book), bytes);
    }
    let refused = [
        ("a place is lost", bytes_of(&[0, 1], &one, &[])),
        ("a place never used", bytes_of(&[0, 0], &one, &[2])),
        ("free twice", bytes_of(&[0, 1, 1], &one, &[2, 2])),
        ("free twice, and in a circle", bytes_of(&[0, 1, 1], &one, &[2, 3, 2])),
        ("free and taken", bytes_of(&[0, 1], &one, &[2, 1])),
        ("free and used up", bytes_of(&[0, 1, MAX], &one, &[2, 3])),
        ("free and unknown", bytes_of(&[0, 1], &one, &[2, 3])),
        ("free and place 0", bytes_of(&[0, 1], &one, &[2, 0])),
        ("used up and taken", bytes_of(&[MAX], &one, &[])),
        ("an order nowhere", bytes_of(&[0], &[(false, 5, 2, 7, 3)], &[])),
        ("an order at place 0", bytes_of(&[0], &[(false, 5, 0, 7, 3)], &[])),
        ("two orders at one place", bytes_of(&[0, 1], &[one[0], one[0]], &[2])),
        ("an order of nothing", bytes_of(&[0], &[(false, 5, 1, 7, 0)], &[])),
        ("an order at price 0", bytes_of(&[0], &[(false, 0, 1, 7, 3)], &[])),
        ("bids that rise", bytes_of(&[0, 0], &[one[0], (false, 6, 2, 7, 3)], &[])),
        ("asks that fall", bytes_of(&[0, 0], &[(true, 5, 1, 7, 3), (true, 4, 2, 7, 3)], &[])),
        ("asks before bids", bytes_of(&[0, 0], &[(true, 5, 1, 7, 3), (false, 4, 2, 7, 3)], &[])),
        ("a crossed book", bytes_of(&[0, 0], &[one[0], (true, 5, 2, 7, 3)], &[])),
        ("a price too full", bytes_of(&[0, 0], &[one[0], (false, 5, 2, 7, u64::MAX)], &[])),
        (
            "more than the limit",
            bytes_of(&[0, 0, 0, 0], &[(1, 9), (2, 8), (3, 7), (4, 6)].map(|(at, price)| (false, price, at, 7, 3)), &[]),
        ),
        ("more than the limit ever", bytes_of(&[0, 1, 1, 1], &one, &[2, 3, 4])),
    ];
    for (why, bytes) in refused {
        assert!(decoded(&bytes, limits(3)).is_err(), "{why}");
    }
}

#[test]
fn a_place_used_for_the_last_time_is_not_used_again() {
    let bytes = bytes_of(&[u32::MAX - 2], &[(false, 5, 1, 7, 3)], &[]);
    let mut book = decoded(&bytes, limits(1)).expect("a sound book");
    let bid = NewOrder {
        account: AccountId(1),
        side: OrderSide::Buy,
        price: ticks(9),
        lots: Lots::new(1),
        time_in_force: TimeInForce::PostOnly,
        self_trade: SelfTrade::ExpireTaker,
    };
    let mut places = Vec::new();
    for place in [1, 1, 2] {
        let handle = book.handle_at(place).unwrap_or_else(|| panic!("an order at {place}"));
        book.cancel(handle).expect("it rests");
        assert_eq!(book.handle_at(place), None);
        book = decoded(&encoded(&book), limits(1)).expect("a sound book");
        places.push(book.next_place());
        book.place(&bid, &mut Vec::new()).expect("room for one");
        assert_eq!((book.order(handle), book.check()), (None, Ok(())));
    }
    assert_eq!(places, [1, 2, 2]);
    assert_eq!(book.best_bid(), Ticks::new(9));
}
