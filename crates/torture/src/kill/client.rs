//! A client that trades until the server is gone, and writes down what it was told.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::ledger::{Cancel, Difference, Entry, Fate, Ledger, Told};
use super::random::Random;
use crate::orders::{Account, Action, Desk, Order, Pricing, Side, timestamp};
use crate::target::FarAway;
use crate::wire::link::{Answer, Link};

/// How long a client waits for an answer before it counts as none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Orders a client leaves open at most.
const MOST_OPEN: usize = 12;

/// What a client trades with.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The market.
    pub symbol: String,
    /// An order that rests.
    pub far: FarAway,
    /// How much a market order takes.
    pub quantity: String,
}

/// One client of one round.
#[derive(Debug)]
pub struct Client {
    trade: Trade,
    account: usize,
    desk: Desk,
    prefix: String,
    random: Random,
    ledger: Ledger,
    /// Entries of resting orders that may be cancelled.
    open: Vec<usize>,
    sent: u64,
    side: Side,
}

/// What became of a request.
enum Reply {
    Done(Answer),
    Refused(Answer),
    Unknown,
}

impl Client {
    /// A client of an account, known by its number; its orders are named `prefix-1`, `prefix-2` and so on.
    #[must_use]
    pub fn new(trade: Trade, account: (usize, &Account), prefix: String, random: Random) -> Self {
        let desk = Desk::new(account.1, &trade.address.to_string(), &trade.symbol);
        let (ledger, open) = (Ledger::default(), Vec::new());
        Self { trade, account: account.0, desk, prefix, random, ledger, open, sent: 0, side: Side::Buy }
    }

    /// Trades until the server is gone, or for so many requests.
    #[must_use]
    pub fn work(mut self, most: u64) -> Ledger {
        let Ok(mut link) = Link::open(self.trade.address, PATIENCE) else { return self.ledger };
        for _ in 0..most {
            let lives = match self.random.below(10) {
                0 | 1 => self.place(&mut link, Pricing::Market),
                2..=4 if !self.open.is_empty() => self.cancel(&mut link),
                _ if self.open.len() >= MOST_OPEN => self.cancel(&mut link),
                _ => {
                    let price = self.trade.far.price.clone();
                    self.place(&mut link, Pricing::Limit(price))
                }
            };
            if lives.is_err() {
                break;
            }
        }
        self.ledger
    }

    fn place(&mut self, link: &mut Link, pricing: Pricing) -> io::Result<()> {
        self.sent += 1;
        let (side, quantity) = match pricing {
            Pricing::Limit(_) => (Side::Buy, self.trade.far.quantity.clone()),
            Pricing::Market => (self.turn_side(), self.trade.quantity.clone()),
        };
        let resting = matches!(pricing, Pricing::Limit(_));
        let order = Order { client_id: format!("{}-{}", self.prefix, self.sent), side, pricing, quantity };
        let reply = self.ask(link, &Action::Place(order.clone()));
        let (fate, lives) = match reply {
            Reply::Done(answer) => match Told::read(&answer.json()) {
                Some(told) => (Fate::There(told), Ok(())),
                None => {
                    let text = format!("{} answered with {}", order.client_id, answer.text());
                    self.ledger.differences.push(Difference::Altered(text));
                    (Fate::Unanswered, Ok(()))
                }
            },
            Reply::Refused(_) => (Fate::Absent, Ok(())),
            Reply::Unknown => (Fate::Unanswered, Err(io::ErrorKind::UnexpectedEof.into())),
        };
        if resting && matches!(fate, Fate::There(_)) {
            self.open.push(self.ledger.entries.len());
        }
        self.ledger.entries.push(Entry { account: self.account, order, fate, cancel: Cancel::NotAsked });
        lives
    }

    /// Buys and sells in turn, so that positions stay small.
    fn turn_side(&mut self) -> Side {
        let side = self.side;
        self.side = match side {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        side
    }

    fn cancel(&mut self, link: &mut Link) -> io::Result<()> {
        let number = self.open.swap_remove(self.random.below(self.open.len()));
        let name = self.ledger.entries[number].order.client_id.clone();
        let reply = self.ask(link, &Action::Cancel(name.clone()));
        let (cancel, lives) = match reply {
            Reply::Done(_) => (Cancel::Done, Ok(())),
            Reply::Refused(answer) => {
                self.ledger.differences.push(Difference::Lost(format!("cancel of {name} answers {}", answer.text())));
                (Cancel::Unanswered, Ok(()))
            }
            Reply::Unknown => (Cancel::Unanswered, Err(io::ErrorKind::UnexpectedEof.into())),
        };
        self.ledger.entries[number].cancel = cancel;
        lives
    }

    fn ask(&mut self, link: &mut Link, action: &Action) -> Reply {
        let mut request = Vec::new();
        self.desk.http(action, timestamp(), &mut request);
        match link.ask(&request) {
            Ok(answer) if answer.status == 200 => {
                self.ledger.acknowledged += 1;
                match answer.index {
                    Some(index) => self.ledger.index = self.ledger.index.max(index),
                    None => self.ledger.differences.push(Difference::Journal(format!("no index with {}", answer.text()))),
                }
                Reply::Done(answer)
            }
            Ok(answer) if answer.status < 500 => {
                self.ledger.refused.0 += 1;
                self.ledger.refused.1.get_or_insert_with(|| answer.text());
                Reply::Refused(answer)
            }
            Ok(_) | Err(_) => {
                self.ledger.unanswered += 1;
                Reply::Unknown
            }
        }
    }
}
