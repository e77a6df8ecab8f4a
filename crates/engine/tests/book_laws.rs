//! The fast book answers as the naive one does, whatever the commands.

mod book_support;

use book_support::commands::{Command, Kind, Terrain, command, terrain};
use book_support::fast::Fast;
use book_support::naive::Naive;
use book_support::{Answer, Met, Number, Rest, Subject, ticks};
use proptest::prelude::*;
use ringfence_engine::book::{
    AccountId, Amendment, BookLimits, Lots, MatchKind, NewOrder, Refusal, Taker, TimeInForce, WindowSize,
};
use ringfence_risk::filters::OrderSide;

/// Both books and what the commands so far have left to name.
struct Pair {
    terrain: Terrain,
    fast: Fast,
    naive: Naive,
    placed: Number,
    at: i64,
    met: [Vec<Met>; 2],
}

impl Pair {
    fn new(terrain: Terrain) -> Self {
        let limits = BookLimits { window: WindowSize::LEAST, orders: terrain.limit };
        let (fast, naive) = (Fast::new(limits), Naive::new(terrain.limit));
        Self { terrain, fast, naive, placed: 0, at: 0, met: [Vec::new(), Vec::new()] }
    }

    fn step(&mut self, command: &Command) -> Result<(), TestCaseError> {
        self.at += 1;
        match command.kind {
            Kind::Place(time_in_force) => self.place(command, time_in_force)?,
            Kind::Amend(crossing) => {
                let (number, [fast, naive]) = (command.number(self.placed), &mut [Vec::new(), Vec::new()]);
                let same = command.lots.is_multiple_of(3);
                let old = self.naive.order(number).filter(|_| same);
                let price = old.map_or(command.price(&self.terrain, self.at), |order| order.price);
                let to = Amendment { price, lots: command.lots(&self.terrain), crossing };
                prop_assert_eq!(
                    self.fast.amend(number, &to, fast),
                    self.naive.amend(number, &to, naive),
                    "amend {} {:?}",
                    number,
                    to
                );
                prop_assert_eq!(fast, naive);
            }
            Kind::Reduce => {
                let (number, by) = (command.number(self.placed), command.lots(&self.terrain));
                prop_assert_eq!(self.fast.reduce(number, by), self.naive.reduce(number, by));
            }
            Kind::Cancel => {
                let number = command.number(self.placed);
                prop_assert_eq!(self.fast.cancel(number), self.naive.cancel(number));
            }
        }
        self.compare()
    }

    fn place(&mut self, command: &Command, time_in_force: TimeInForce) -> Result<(), TestCaseError> {
        let (account, side, self_trade) = (AccountId(command.account), command.side, command.self_trade);
        let order = NewOrder {
            account,
            side,
            price: command.price(&self.terrain, self.at),
            lots: command.lots(&self.terrain),
            time_in_force,
            self_trade,
        };
        let planned: Vec<Met> = self.fast.book.matches(&order.taker()).map(|found| self.fast.met(&found)).collect();
        let [fast, naive] = &mut self.met;
        let answer = self.fast.place(self.placed, &order, fast);
        prop_assert_eq!(answer, self.naive.place(self.placed, &order, naive), "place {:?}", order);
        prop_assert_eq!(&*fast, &*naive);
        if let Ok(answer) = answer {
            law_of_quantity(&order, answer, fast)?;
            if !fast.is_empty() {
                prop_assert_eq!(&planned, &*fast, "the plan is what happens");
            }
        }
        self.placed += 1;
        Ok(())
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.fast.book.check(), Ok(()));
        for side in [OrderSide::Buy, OrderSide::Sell] {
            let depth = self.fast.depth(side);
            prop_assert_eq!(&depth, &self.naive.depth(side));
            prop_assert_eq!(self.fast.book.best(side).map(|price| price.raw()), depth.first().map(|level| level.0));
        }
        Ok(())
    }

    /// Every line in order, every order found or not found alike.
    fn compare_orders(&self) -> Result<(), TestCaseError> {
        for (price, _) in self.fast.depth(OrderSide::Buy).into_iter().chain(self.fast.depth(OrderSide::Sell)) {
            prop_assert_eq!(self.fast.queue(ticks(price)), self.naive.queue(ticks(price)));
        }
        for number in 0..=self.placed {
            prop_assert_eq!(self.fast.order(number), self.naive.order(number));
        }
        Ok(())
    }
}

/// S26 and S24: traded + resting + expired = asked; no trade within an account; prices within the limit.
fn law_of_quantity(order: &NewOrder, answer: Answer, met: &[Met]) -> Result<(), TestCaseError> {
    let trades = || met.iter().filter(|met| met.kind == MatchKind::Trade);
    prop_assert_eq!(trades().map(|met| met.lots.raw()).sum::<u64>(), answer.traded);
    let (Rest::Resting(rest) | Rest::Expired(rest, _)) = answer.rest else {
        prop_assert_eq!(answer.traded, order.lots.raw());
        return Ok(());
    };
    prop_assert_eq!(answer.traded + rest, order.lots.raw());
    prop_assert!(trades().all(|met| met.account != order.account.0));
    Ok(())
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(10_000) }
}

proptest! {
    #![proptest_config(cases())]

    /// Every answer, every match, the depth after every command and every line at the end are those of the naive book; all laws of
    /// [`Book::check`](ringfence_engine::book::Book::check) hold after every command. The window is the smallest, so it moves often.
    #[test]
    fn answers_as_the_naive_book(terrain in terrain(), commands in prop::collection::vec(command(), 50..120)) {
        let mut pair = Pair::new(terrain);
        for command in &commands {
            pair.step(command)?;
        }
        pair.compare_orders()?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..cases() })]

    /// Taking piece by piece (look, then fill or cancel, then look again) leaves the same book and trades as taking at once.
    #[test]
    fn piece_by_piece_is_at_once(terrain in terrain(), commands in prop::collection::vec(command(), 20..60), last in command()) {
        let (mut whole, mut pieces) = (Pair::new(terrain), Pair::new(terrain));
        for command in &commands {
            whole.step(command)?;
            pieces.step(command)?;
        }
        let (account, side, self_trade) = (AccountId(last.account), last.side, last.self_trade);
        let mut taker = Taker { account, side, limit: last.price(&terrain, whole.at), lots: last.lots(&terrain), self_trade };
        let mut at_once = Vec::new();
        let answer = whole.fast.place(whole.placed, &taker.as_market_order(), &mut at_once);
        let mut one_by_one = Vec::new();
        let mut is_expired = taker.lots == Lots::ZERO;
        while !is_expired {
            let mut plan = pieces.fast.book.matches(&taker);
            let Some(found) = plan.next() else { break };
            (taker.lots, is_expired) = (plan.left(), plan.is_expired());
            one_by_one.push(pieces.fast.met(&found));
            match found.kind {
                MatchKind::Trade => prop_assert_eq!(pieces.fast.book.apply_fill(found.maker, found.lots), Ok(found.left)),
                MatchKind::ExpireMaker => prop_assert!(pieces.fast.book.cancel(found.maker).is_ok()),
            }
        }
        prop_assert_eq!(answer.is_err(), taker.lots == Lots::ZERO && one_by_one.is_empty());
        prop_assert!(answer.is_ok() || answer == Err(Refusal::ZeroLots));
        prop_assert_eq!(at_once, one_by_one);
        prop_assert_eq!(whole.fast.depth(side), pieces.fast.depth(side));
        prop_assert_eq!(whole.fast.depth(OrderSide::Buy), pieces.fast.depth(OrderSide::Buy));
        prop_assert_eq!(whole.fast.depth(OrderSide::Sell), pieces.fast.depth(OrderSide::Sell));
        prop_assert_eq!(pieces.fast.book.check(), Ok(()));
    }
}
