//! One client of a load.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::pace::Pace;
use super::{Mix, Transport};
use crate::histogram::Histogram;
use crate::orders::{Action, Desk, Order, Pricing, Side, timestamp};
use crate::target::FarAway;
use crate::wire::stream::{Outcome, Stream};

/// What a client saw in the time that counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// From when a request was due until its answer, of those answered with success.
    pub times: Histogram,
    /// Orders placed.
    pub orders: u64,
    /// Requests answered otherwise, and connections lost.
    pub errors: u64,
    /// The first of these.
    pub first_error: Option<String>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.times.add(&other.times);
        self.orders += other.orders;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    pub(super) fn error(&mut self, text: String) {
        self.errors += 1;
        self.first_error.get_or_insert(text);
    }
}

/// What a client asks, in turn.
#[derive(Debug)]
pub(super) struct Plan {
    pub prefix: String,
    pub far: FarAway,
    pub transport: Transport,
    pub mix: Mix,
    /// Orders it may have open.
    pub quota: usize,
    /// Orders it has open before it cancels for the next time. The first time is earlier, for each connection at another moment: traders do not
    /// cancel all at once.
    pub next_quota: usize,
    pub open: VecDeque<String>,
    pub placed: u64,
    pub turn: Turn,
    /// How long a cancel of all is good for, in milliseconds: each connection says another.
    pub window: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Placing,
    Cancelling,
}

impl Plan {
    /// The next request. A full book of own orders is emptied: over HTTP in the mix of orders by one request, else one by one.
    pub(super) fn next(&mut self) -> Action {
        if self.mix == Mix::Trade {
            return self.trade();
        }
        if self.open.len() >= self.next_quota {
            self.turn = Turn::Cancelling;
            self.next_quota = self.quota;
        }
        if self.open.is_empty() {
            self.turn = Turn::Placing;
        }
        match (self.turn, self.mix, self.transport) {
            (Turn::Placing, _, _) => self.place(),
            (Turn::Cancelling, Mix::Place, Transport::Http) => {
                self.open.clear();
                Action::CancelAll(self.window)
            }
            (Turn::Cancelling, Mix::Place | Mix::PlaceCancel | Mix::Trade, _) => match self.open.pop_front() {
                Some(id) => Action::Cancel(id),
                None => self.place(),
            },
        }
    }

    fn trade(&mut self) -> Action {
        self.placed += 1;
        let side = if self.placed.is_multiple_of(2) { Side::Sell } else { Side::Buy };
        let (client_id, quantity) = (format!("{}-{}", self.prefix, self.placed), self.far.quantity.clone());
        Action::Place(Order { client_id, side, pricing: Pricing::Market, quantity })
    }

    fn place(&mut self) -> Action {
        self.placed += 1;
        let client_id = format!("{}-{}", self.prefix, self.placed);
        self.open.push_back(client_id.clone());
        let (side, pricing, quantity) = (Side::Buy, Pricing::Limit(self.far.price.clone()), self.far.quantity.clone());
        Action::Place(Order { client_id, side, pricing, quantity })
    }
}

/// A client with its connection.
#[derive(Debug)]
pub(super) struct Client {
    pub stream: Stream,
    pub desk: Desk,
    pub plan: Plan,
}

impl Client {
    /// Asks when it is due until the end. What was due before `counted` warms up and does not count.
    pub(super) async fn work(mut self, pace: Arc<Pace>, counted: Instant) -> Tally {
        let (mut tally, mut request) = (Tally::default(), Vec::new());
        while let Some(due) = pace.next().await {
            let action = self.plan.next();
            request.clear();
            let outcome = self.ask(&action, &mut request).await;
            if due < counted {
                if outcome.is_err() {
                    tally.error("a connection was lost while warming up".to_owned());
                    return tally;
                }
                continue;
            }
            match outcome {
                Ok(Outcome { status: 200, .. }) => {
                    tally.times.record(due.elapsed());
                    tally.orders += u64::from(matches!(action, Action::Place(_)));
                }
                Ok(Outcome { status, .. }) => tally.error(format!("{status} {}", self.stream.refusal)),
                Err(error) => {
                    tally.error(format!("a connection was lost: {error}"));
                    return tally;
                }
            }
        }
        tally
    }

    async fn ask(&mut self, action: &Action, request: &mut Vec<u8>) -> io::Result<Outcome> {
        match self.plan.transport {
            Transport::Http => {
                self.desk.http(action, timestamp(), request);
                self.stream.send(request).await?;
                self.stream.reply().await
            }
            Transport::Ws => {
                self.desk.websocket(action, timestamp(), request);
                self.stream.send(request).await?;
                self.stream.message().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first letters of what a plan asks: p an order, c a cancel, a a cancel of all, b and s a trade.
    fn asked(mix: Mix, transport: Transport, (next_quota, quota): (usize, usize)) -> String {
        let far = FarAway { price: "32000".to_owned(), quantity: "0.005".to_owned() };
        let (prefix, open, turn) = ("x".to_owned(), VecDeque::new(), Turn::Placing);
        let mut plan = Plan { prefix, far, transport, mix, quota, next_quota, open, placed: 0, turn, window: 5_000 };
        let letter = |action: Action| match action {
            Action::Place(Order { pricing: Pricing::Market, side: Side::Buy, .. }) => 'b',
            Action::Place(Order { pricing: Pricing::Market, side: Side::Sell, .. }) => 's',
            Action::Place(Order { pricing: Pricing::Limit(_), .. }) => 'p',
            Action::Cancel(_) => 'c',
            Action::CancelAll(_) => 'a',
            Action::Order(_) | Action::ByClientId(_) | Action::OrdersFrom(_) | Action::Trades(_) => '?',
        };
        (0..9).map(|_| letter(plan.next())).collect()
    }

    #[test]
    fn open_orders_never_exceed_the_quota() {
        let table = [
            (Mix::Place, Transport::Http, (3, 3), "pppapppap"),
            (Mix::Place, Transport::Http, (1, 3), "papppappp"),
            (Mix::Place, Transport::Ws, (3, 3), "pppcccppp"),
            (Mix::Place, Transport::Ws, (2, 3), "ppccpppcc"),
            (Mix::PlaceCancel, Transport::Http, (1, 1), "pcpcpcpcp"),
            (Mix::PlaceCancel, Transport::Ws, (1, 1), "pcpcpcpcp"),
            (Mix::Trade, Transport::Http, (1, 1), "bsbsbsbsb"),
        ];
        for (mix, transport, quotas, expected) in table {
            assert_eq!(asked(mix, transport, quotas), expected, "{mix:?} {transport:?} {quotas:?}");
        }
    }
}
