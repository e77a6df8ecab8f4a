//! Rows for people: runs, and accounts isolated beside cross. The terminal and the page show the same cells.

use crate::study::Study;
use crate::summary::{Summary, share, span};
use core::cmp::Reverse;
use ringfence_replay::{AccountLife, AccountOutcome};
use ringfence_risk::units::Amount;
use std::collections::BTreeMap;

/// How much room a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// A terminal: short heads, without columns that are seldom above zero.
    Narrow,
    /// A page.
    Wide,
}

/// Heads of the table of runs in narrow and wide room.
const RUNS: [(Option<&str>, &str); 16] = [
    (Some("RUN"), "run"),
    (Some("POSITIONS"), "positions"),
    (Some("LIQUIDATED"), "liquidated"),
    (Some("KNOCK-ON"), "knock-on"),
    (Some("CAME WITH"), "money at the start"),
    (Some("POSTED"), "posted margin"),
    (Some("LOST"), "lost by liquidations"),
    (Some("OF IT"), "of the start"),
    (Some("GAP"), "gap deficit"),
    (Some("INSURANCE"), "insurance fund changed by"),
    (Some("ADL"), "deleveragings"),
    (None, "loss spread over others"),
    (None, "loss nobody covered"),
    (Some("EQUITY LEFT"), "equity at the end"),
    (Some("NOTHING LEFT"), "accounts with nothing left"),
    (Some("FIRST AFTER"), "first liquidation after"),
];

impl Room {
    const fn head((narrow, wide): (Option<&'static str>, &'static str), room: Self) -> Option<&'static str> {
        match room {
            Self::Narrow => narrow,
            Self::Wide => Some(wide),
        }
    }

    /// Heads of the table of runs.
    #[must_use]
    pub fn run_heads(self) -> Vec<&'static str> {
        RUNS.into_iter().filter_map(|head| Self::head(head, self)).collect()
    }

    /// A row of the table of runs.
    #[must_use]
    pub fn run_row(self, name: String, summary: &Summary) -> Vec<String> {
        let nothing = || "-".to_owned();
        let cells = [
            name,
            summary.positions.to_string(),
            summary.liquidated.to_string(),
            summary.knock_on.map_or_else(nothing, |count| count.to_string()),
            summary.wallets.to_string(),
            summary.posted.to_string(),
            summary.lost.to_string(),
            format!("{} %", summary.lost_of_wallets()),
            summary.gap.to_string(),
            summary.insurance_change.to_string(),
            summary.deleveragings.to_string(),
            summary.socialised.to_string(),
            summary.uncovered.to_string(),
            summary.equity.to_string(),
            summary.ruined.to_string(),
            summary.times_ms.map_or_else(nothing, |[first, ..]| span(first)),
        ];
        RUNS.into_iter().zip(cells).filter_map(|(head, cell)| Self::head(head, self).map(|_| cell)).collect()
    }
}

/// Accounts of the isolated run beside the cross run: name, money, then of each run what liquidations took, its share, and the equity left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRows {
    /// Eight cells each.
    pub rows: Vec<Vec<String>>,
    /// How many accounts there are.
    pub all: usize,
}

/// All accounts that both runs have; above `most` of them only the `shown` whose equity differs most, those first. `None` without such a pair.
#[must_use]
pub fn account_rows(study: &Study, most: usize, shown: usize) -> Option<AccountRows> {
    let (Some(isolated), Some(cross)) = study.pair() else { return None };
    let crossed: BTreeMap<&str, &AccountLife> =
        cross.outcome.accounts.iter().map(|account| (account.name.as_str(), &account.life)).collect();
    let mut both: Vec<(&AccountOutcome, &AccountLife)> =
        isolated.outcome.accounts.iter().filter_map(|account| Some((account, *crossed.get(account.name.as_str())?))).collect();
    let all = both.len();
    if all > most {
        both.sort_by_key(|(account, life)| Reverse(account.life.equity.wide().saturating_sub(life.equity.wide()).abs()));
        both.truncate(shown);
    }
    Some(AccountRows { rows: both.into_iter().map(account_row).collect(), all })
}

fn account_row((account, cross): (&AccountOutcome, &AccountLife)) -> Vec<String> {
    let part = |lost: Amount| format!("{} %", share(lost, account.wallet_before));
    let of = |life: &AccountLife| [life.lost.to_string(), part(life.lost), life.equity.to_string()];
    let mut row = vec![account.name.clone(), account.wallet_before.to_string()];
    row.extend(of(&account.life));
    row.extend(of(cross));
    row
}
