//! After a restart: everything the clients were told, asked for again.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::ops::Range;
use std::thread;

use serde_json::Value;

use super::ledger::{Difference, Entry, Fate, Ledger, Told, listing, units};
use crate::error::Failure;
use crate::orders::{Account, Action, Desk, timestamp};
use crate::target::PATIENCE;
use crate::wire::link::{Answer, Link};

/// Connections that ask at the same time.
const ASKING: usize = 4;
/// Orders in a full page of a listing.
const PAGE: usize = 1000;
/// The code of an order that does not exist.
const UNKNOWN_ORDER: i64 = -2013;

/// The number of an account and the id of one of its trades.
type TradeOf = (usize, u64);

/// Asks a server what it kept.
#[derive(Clone, Debug)]
pub struct Checker<'a> {
    /// Where it listens.
    pub address: SocketAddr,
    /// Accounts in the order of their numbers.
    pub accounts: &'a [Account],
    /// The market.
    pub symbol: &'a str,
    /// How the client ids of this run begin.
    pub prefix: &'a str,
}

impl Checker<'_> {
    /// Compares a part of the ledger with what the server tells now: each order, each listing, the trades, the audit.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn check(&self, ledger: &mut Ledger, part: Range<usize>) -> Result<Vec<Difference>, Failure> {
        let mut differences = std::mem::take(&mut ledger.differences);
        let entries = &mut ledger.entries[part];
        let share = entries.len().div_ceil(ASKING).max(1);
        let found = thread::scope(|scope| {
            let asking: Vec<_> = entries.chunks_mut(share).map(|chunk| scope.spawn(|| self.each(chunk))).collect();
            asking.into_iter().map(|one| one.join()).collect::<Result<Vec<_>, _>>()
        });
        let mut trades = HashSet::new();
        for result in found.map_err(|_| Failure::Server("a check ended early".to_owned()))? {
            let (more, ids) = result?;
            differences.extend(more);
            let again = ids.into_iter().filter(|id| !trades.insert(*id));
            differences.extend(again.map(|(account, id)| Difference::Trades(format!("trade {id} of account {account} twice"))));
        }
        differences.extend(self.listings(entries)?);
        differences.extend(self.audit()?);
        Ok(differences)
    }

    /// Each order by its id, or by its client id if no answer named one; with the account and id of each trade.
    fn each(&self, entries: &mut [Entry]) -> Result<(Vec<Difference>, Vec<TradeOf>), Failure> {
        let mut link = self.link()?;
        let (mut differences, mut trades) = (Vec::new(), Vec::new());
        for entry in entries {
            let question = match &entry.fate {
                Fate::There(told) => Action::Order(told.order_id),
                Fate::Unanswered | Fate::Absent => Action::ByClientId(entry.order.client_id.clone()),
            };
            let answer = self.ask(&mut link, entry.account, &question)?;
            let json = answer.json();
            let found = match (answer.status, Told::read(&json), json["code"].as_i64()) {
                (200, Some(told), _) => Some(told),
                (400, None, Some(UNKNOWN_ORDER)) => None,
                _ => return Err(Failure::Server(format!("{question:?} answers {} {}", answer.status, answer.text()))),
            };
            let executed = found.as_ref().and_then(|told| units(&told.executed)).unwrap_or(0);
            let order = found.as_ref().map(|told| told.order_id);
            differences.extend(entry.compare(found));
            if let (Some(order), 1..) = (order, executed) {
                differences.extend(self.trades(&mut link, entry.account, (order, executed), &mut trades)?);
            }
        }
        Ok((differences, trades))
    }

    /// The trades of an order make up what it executed.
    fn trades(
        &self,
        link: &mut Link,
        account: usize,
        (order, executed): (u64, i128),
        seen: &mut Vec<TradeOf>,
    ) -> Result<Option<Difference>, Failure> {
        let answer = self.ask(link, account, &Action::Trades(order))?;
        let Value::Array(rows) = answer.json() else {
            return Err(Failure::Server(format!("the trades of order {order}: {}", answer.text())));
        };
        let mut sum = 0;
        for row in &rows {
            sum += row["qty"].as_str().and_then(units).unwrap_or(0);
            seen.push((account, row["id"].as_u64().unwrap_or(0)));
        }
        let wrong = || Difference::Trades(format!("order {order} executed {executed}, its trades {sum}, in 10^-8"));
        Ok((sum != executed).then(wrong))
    }

    /// Every account's orders from the first of these on, page by page.
    fn listings(&self, entries: &[Entry]) -> Result<Vec<Difference>, Failure> {
        let mut link = self.link()?;
        let mut by_account: BTreeMap<usize, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            by_account.entry(entry.account).or_default().push(entry);
        }
        let mut differences = Vec::new();
        for (account, entries) in by_account {
            let ids = entries.iter().filter_map(|entry| match &entry.fate {
                Fate::There(told) => Some(told.order_id),
                Fate::Unanswered | Fate::Absent => None,
            });
            let Some(first) = ids.min() else { continue };
            let listed = self.list(&mut link, account, first)?;
            differences.extend(listing(&entries, &listed, self.prefix));
        }
        Ok(differences)
    }

    fn list(&self, link: &mut Link, account: usize, first: u64) -> Result<Vec<Told>, Failure> {
        let (mut listed, mut from) = (Vec::new(), first);
        loop {
            let answer = self.ask(link, account, &Action::OrdersFrom(from))?;
            let Value::Array(rows) = answer.json() else {
                return Err(Failure::Server(format!("the orders from {from} on: {}", answer.text())));
            };
            let told: Vec<Told> = rows.iter().filter_map(Told::read).collect();
            let next = told.iter().map(|told| told.order_id + 1).max();
            listed.extend(told);
            match next {
                Some(next) if rows.len() >= PAGE && next > from => from = next,
                Some(_) | None => return Ok(listed),
            }
        }
    }

    fn audit(&self) -> Result<Option<Difference>, Failure> {
        let answer = self.link()?.get("/local/v1/audit").map_err(Failure::io("the audit"))?;
        Ok(unbalanced(&answer.json()).map(Difference::Audit))
    }

    fn link(&self) -> Result<Link, Failure> {
        Link::open(self.address, PATIENCE).map_err(Failure::io("a connection"))
    }

    fn ask(&self, link: &mut Link, account: usize, action: &Action) -> Result<Answer, Failure> {
        let mut request = Vec::new();
        let account = self.accounts.get(account).ok_or_else(|| Failure::Server("an account is gone".to_owned()))?;
        Desk::new(account, &self.address.to_string(), self.symbol).http(action, timestamp(), &mut request);
        link.ask(&request).map_err(Failure::io(format!("{action:?}")))
    }
}

/// What is wrong with an audit: a difference that is not zero, or none at all.
#[must_use]
pub fn unbalanced(audit: &Value) -> Option<String> {
    let mut found = Vec::new();
    differences(audit, &mut found);
    if found.is_empty() {
        return Some(format!("it names no difference: {audit}"));
    }
    let zero = |value: &Value| value.as_str().map_or_else(|| value.as_i64() == Some(0), |text| units(text) == Some(0));
    found.into_iter().find(|value| !zero(value)).map(|value| format!("a difference of {value}: {audit}"))
}

fn differences<'a>(json: &'a Value, found: &mut Vec<&'a Value>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "difference" {
                    found.push(value);
                }
                differences(value, found);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| differences(row, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_audit_balances_in_every_asset() {
        let table = [
            (json!({"assets": [{"asset": "USDT", "difference": "0.00000000"}, {"asset": "BTC", "difference": 0}]}), true),
            (
                json!({"assets": [{"asset": "USDT", "difference": "0.00000000"}, {"asset": "BTC", "difference": "0.00000001"}]}),
                false,
            ),
            (json!({"USDT": {"difference": "-1"}}), false),
            (json!({"USDT": {"difference": null}}), false),
            (json!({"USDT": {}}), false),
            (Value::Null, false),
        ];
        for (audit, balanced) in table {
            assert_eq!(unbalanced(&audit).is_none(), balanced, "{audit}");
        }
    }
}
