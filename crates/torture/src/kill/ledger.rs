//! What clients asked and what they were told: the only memory that survives a kill, and the one the server is held to.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use crate::orders::{Order, Pricing};

/// An order as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The exchange's id.
    pub order_id: u64,
    /// The client's id.
    pub client_id: String,
    /// Buy or sell.
    pub side: String,
    /// Limit price; zero for a market order.
    pub price: String,
    /// Ordered quantity.
    pub quantity: String,
    /// Filled quantity.
    pub executed: String,
    /// State of the order.
    pub status: String,
}

impl Told {
    /// Reads an order object; None when a field is missing.
    #[must_use]
    pub fn read(json: &Value) -> Option<Self> {
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        Some(Self {
            order_id: json["orderId"].as_u64()?,
            client_id: text("clientOrderId")?,
            side: text("side")?,
            price: text("price")?,
            quantity: text("origQty")?,
            executed: text("executedQty")?,
            status: text("status")?,
        })
    }

    /// Whether the order can no longer change.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self.status.as_str(), "NEW" | "PARTIALLY_FILLED")
    }
}

/// What is known of an order that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server said that it is there, in an answer or to a question after a restart.
    There(Told),
    /// No answer came: it may be there or not.
    Unanswered,
    /// The server said that it is not there, and it must never come.
    Absent,
}

/// What is known of the cancel of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// None was sent.
    NotAsked,
    /// No answer came.
    Unanswered,
    /// The server said that it was cancelled.
    Done,
}

/// An order that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of its account.
    pub account: usize,
    /// What was sent.
    pub order: Order,
    /// What is known of it.
    pub fate: Fate,
    /// What is known of its cancel.
    pub cancel: Cancel,
}

/// What the server did not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An order that was acknowledged is not there.
    Lost(String),
    /// An order is there more than once.
    Twice(String),
    /// An order is there and was never asked for, or was refused.
    NotAsked(String),
    /// An order is not what was acknowledged.
    Altered(String),
    /// The trades of an order do not make up what it executed.
    Trades(String),
    /// Money is missing or too much.
    Audit(String),
    /// The journal is behind an acknowledgement, or its state is not the one recovered.
    Journal(String),
    /// The server took too long to be usable again.
    Slow(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(text) => write!(formatter, "lost: {text}"),
            Self::Twice(text) => write!(formatter, "twice: {text}"),
            Self::NotAsked(text) => write!(formatter, "not asked for: {text}"),
            Self::Altered(text) => write!(formatter, "altered: {text}"),
            Self::Trades(text) => write!(formatter, "trades: {text}"),
            Self::Audit(text) => write!(formatter, "audit: {text}"),
            Self::Journal(text) => write!(formatter, "journal: {text}"),
            Self::Slow(text) => write!(formatter, "slow: {text}"),
        }
    }
}

/// Everything that was sent.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Orders in the order of their sending, client by client.
    pub entries: Vec<Entry>,
    /// The highest journal index that an acknowledgement named.
    pub index: u64,
    /// Acknowledged requests.
    pub acknowledged: u64,
    /// Requests without an answer.
    pub unanswered: u64,
    /// Requests refused for a reason of the exchange, and one of the reasons.
    pub refused: (u64, Option<String>),
    /// What was wrong in an answer itself.
    pub differences: Vec<Difference>,
}

impl Ledger {
    /// Takes over what another client saw.
    pub fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.index = self.index.max(other.index);
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.refused.0 += other.refused.0;
        self.refused.1 = self.refused.1.take().or(other.refused.1);
        self.differences.extend(other.differences);
    }
}

impl Entry {
    /// Compares what was told with what is found now, and learns from it: what was unknown is known from now on.
    pub fn compare(&mut self, found: Option<Told>) -> Option<Difference> {
        let name = self.order.client_id.clone();
        let found = match (&self.fate, found) {
            (Fate::There(told), None) => return Some(Difference::Lost(format!("{name}, order {}", told.order_id))),
            (Fate::Unanswered | Fate::Absent, None) => {
                self.fate = Fate::Absent;
                return None;
            }
            (Fate::Absent, Some(found)) => return Some(Difference::NotAsked(format!("{name}, order {}", found.order_id))),
            (Fate::There(_) | Fate::Unanswered, Some(found)) => found,
        };
        let altered = self.altered(&found);
        if self.cancel == Cancel::Unanswered {
            self.cancel = if found.status == "CANCELED" { Cancel::Done } else { Cancel::NotAsked };
        }
        self.fate = Fate::There(found.clone());
        altered.map(|what| Difference::Altered(format!("{name}, order {}: {what}", found.order_id)))
    }

    fn altered(&self, found: &Told) -> Option<String> {
        if found.client_id != self.order.client_id || found.side != self.order.side.name() {
            return Some(format!("it is {} {}", found.side, found.client_id));
        }
        if let Fate::There(told) = &self.fate {
            let same = |one: &Told| (one.order_id, one.price.clone(), one.quantity.clone());
            if same(told) != same(found) {
                return Some(format!("{told:?} became {found:?}"));
            }
            let (before, now) = (units(&told.executed), units(&found.executed));
            if now < before || told.is_final() && (now != before || told.status != found.status) {
                return Some(format!("{} {} became {} {}", told.status, told.executed, found.status, found.executed));
            }
        }
        let resting = matches!(self.order.pricing, Pricing::Limit(_));
        match (resting, self.cancel, found.status.as_str()) {
            (false, _, "FILLED" | "EXPIRED")
            | (true, Cancel::NotAsked | Cancel::Unanswered, "NEW")
            | (true, Cancel::Unanswered | Cancel::Done, "CANCELED") => None,
            (_, cancel, status) => Some(format!("it is {status}, its cancel {cancel:?}")),
        }
    }
}

/// Orders that are there more than once, or that nobody sent, in a listing of an account's orders.
#[must_use]
pub fn listing(entries: &[&Entry], listed: &[Told], prefix: &str) -> Vec<Difference> {
    let mut count: HashMap<&str, u64> = HashMap::new();
    for told in listed {
        *count.entry(&told.client_id).or_default() += 1;
    }
    let mut differences = Vec::new();
    let mut sent = std::collections::HashSet::new();
    for entry in entries {
        let name = entry.order.client_id.as_str();
        sent.insert(name);
        let times = count.get(name).copied().unwrap_or(0);
        if times > 1 {
            differences.push(Difference::Twice(format!("{name} is listed {times} times")));
        }
        if times == 0 && matches!(entry.fate, Fate::There(_)) {
            differences.push(Difference::Lost(format!("{name} is not listed")));
        }
    }
    let strangers = count.keys().filter(|name| name.starts_with(prefix) && !sent.contains(**name));
    differences.extend(strangers.map(|name| Difference::NotAsked(format!("{name} is listed"))));
    differences
}

/// A decimal in units of 10^-8; None when it is none or finer.
#[must_use]
pub fn units(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let part = part.trim_end_matches('0');
    if !plain(whole) || !plain(part) || whole.is_empty() || part.len() > 8 {
        return None;
    }
    Some(sign * format!("{whole}{part:0<8}").parse::<i128>().ok()?)
}

#[cfg(test)]
mod tests;
