//! What became of a run, in one row.

use crate::axes::Cell;
use ringfence_replay::{AccountOutcome, Outcome, PositionOutcome, UtcTime};
use ringfence_risk::arithmetic::{OutOfRange, Rounding, mul_div};
use ringfence_risk::units::{Amount, Quantity};
use std::collections::BTreeMap;

/// The sums of one run. Amounts are of the settlement asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Positions opened.
    pub positions: usize,
    /// Rows that were not opened.
    pub refused: usize,
    /// Positions liquidated, whole or in part.
    pub liquidated: usize,
    /// Liquidations: more where one closes a part.
    pub liquidations: usize,
    /// Where liquidations move the mark: positions liquidated that recorded marks alone would not have liquidated.
    pub knock_on: Option<usize>,
    /// Where liquidations move the mark: positions liquidated sooner than by recorded marks alone.
    pub sooner: Option<usize>,
    /// Money the accounts came with.
    pub wallets: Amount,
    /// Margin posted to isolated positions at opening.
    pub posted: Amount,
    /// Lost by liquidations: realised losses and fees.
    pub lost: Amount,
    /// How far below zero the liquidating marks left balances.
    pub gap: Amount,
    /// Paid by the insurance fund for others.
    pub insurance_paid: Amount,
    /// The insurance fund at the end.
    pub insurance_after: Amount,
    /// What the insurance fund gained (negative: lost) from beginning to end: fees, payments, and trading what it took over.
    pub insurance_change: Amount,
    /// Closings of profitable positions against bankrupt ones.
    pub deleveragings: u64,
    /// How much they closed.
    pub deleveraged: Quantity,
    /// Losses spread over the profits of others.
    pub socialised: Amount,
    /// Losses nobody covered.
    pub uncovered: Amount,
    /// Wallets, margins and unrealised profits at the end.
    pub equity: Amount,
    /// Wallets alone at the end.
    pub wallets_left: Amount,
    /// Accounts that have nothing left.
    pub ruined: usize,
    /// Times from the first observation to the first, the median and the last first liquidation of a position, in milliseconds.
    pub times_ms: Option<[i64; 3]>,
    /// Most liquidations at one mark.
    pub most_at_one_mark: usize,
    /// Hash of the exchange's state at the end.
    pub state_hash: String,
}

/// Columns of a summary, behind those of its cell.
pub const COLUMNS: [&str; 32] = [
    "mode",
    "rules",
    "date",
    "leverage",
    "seed",
    "path",
    "positions",
    "refused",
    "liquidated",
    "liquidations",
    "knock_on",
    "sooner",
    "wallets",
    "posted",
    "lost",
    "lost_of_wallets",
    "gap",
    "insurance_paid",
    "insurance_after",
    "insurance_change",
    "deleveragings",
    "deleveraged",
    "socialised",
    "uncovered",
    "equity",
    "wallets_left",
    "ruined",
    "first_ms",
    "median_ms",
    "last_ms",
    "most_at_one_mark",
    "state_hash",
];

impl Summary {
    /// Sums a run up; beside it, where liquidations move the mark, the same run with the recorded marks.
    ///
    /// # Errors
    /// [`OutOfRange`] when a sum leaves the range of amounts.
    pub fn of(outcome: &Outcome, recorded: Option<&Outcome>) -> Result<Self, OutOfRange> {
        let sum = |of: fn(&ringfence_replay::AccountOutcome) -> Amount| {
            outcome.accounts.iter().try_fold(Amount::ZERO, |sum, account| sum.plus(of(account)))
        };
        let run = &outcome.run;
        let (knock_on, sooner) = recorded.map(|recorded| caused(outcome, recorded)).unzip();
        Ok(Self {
            positions: run.positions,
            refused: outcome.refused.len(),
            liquidated: run.liquidated,
            liquidations: run.liquidations.len(),
            knock_on,
            sooner,
            wallets: sum(|account| account.wallet_before)?,
            posted: run.posted,
            lost: run.lost,
            gap: run.gap,
            insurance_paid: run.insurance.paid,
            insurance_after: run.insurance.after,
            insurance_change: run.insurance.after.minus(run.insurance.before)?,
            deleveragings: run.deleveragings,
            deleveraged: run.deleveraged,
            socialised: run.socialised,
            uncovered: run.uncovered,
            equity: sum(|account| account.life.equity)?,
            wallets_left: sum(|account| account.life.wallet)?,
            ruined: with_money(outcome).filter(|account| account.life.equity <= Amount::ZERO).count(),
            times_ms: times(outcome),
            most_at_one_mark: run.most_at_one_mark,
            state_hash: run.state_hash.clone(),
        })
    }

    /// What was lost by liquidations as a share of the money the accounts came with, in percent with two decimals (halves to even).
    #[must_use]
    pub fn lost_of_wallets(&self) -> String {
        share(self.lost, self.wallets)
    }

    /// The fields of [`COLUMNS`].
    #[must_use]
    pub fn fields(&self, cell: &Cell) -> Vec<String> {
        let time =
            |at: usize| self.times_ms.and_then(|times| times.get(at).copied()).map_or_else(String::new, |ms| ms.to_string());
        let or_empty = |count: Option<usize>| count.map_or_else(String::new, |count| count.to_string());
        let mut fields = cell_fields(cell);
        fields.extend([
            self.positions.to_string(),
            self.refused.to_string(),
            self.liquidated.to_string(),
            self.liquidations.to_string(),
            or_empty(self.knock_on),
            or_empty(self.sooner),
            self.wallets.to_string(),
            self.posted.to_string(),
            self.lost.to_string(),
            self.lost_of_wallets(),
            self.gap.to_string(),
            self.insurance_paid.to_string(),
            self.insurance_after.to_string(),
            self.insurance_change.to_string(),
            self.deleveragings.to_string(),
            self.deleveraged.to_string(),
            self.socialised.to_string(),
            self.uncovered.to_string(),
            self.equity.to_string(),
            self.wallets_left.to_string(),
            self.ruined.to_string(),
            time(0),
            time(1),
            time(2),
            self.most_at_one_mark.to_string(),
            self.state_hash.clone(),
        ]);
        fields
    }
}

/// The fields that name a cell: the first six of [`COLUMNS`].
#[must_use]
pub fn cell_fields(cell: &Cell) -> Vec<String> {
    vec![
        cell.mode.to_string(),
        cell.rules.clone(),
        cell.date.clone().unwrap_or_default(),
        cell.leverage.map_or_else(String::new, |leverage| leverage.to_string()),
        cell.seed.map_or_else(String::new, |seed| seed.to_string()),
        cell.path.name().to_owned(),
    ]
}

/// The accounts that came with money: one whose positions were all refused has none, and none to lose.
pub(crate) fn with_money(outcome: &Outcome) -> impl Iterator<Item = &AccountOutcome> {
    outcome.accounts.iter().filter(|account| account.wallet_before > Amount::ZERO)
}

/// A part of a whole in percent with two decimals, halves to even; `-` of nothing.
#[must_use]
pub fn share(part: Amount, whole: Amount) -> String {
    let hundredths = mul_div(part.wide(), 10_000, whole.wide(), Rounding::HalfEven);
    match hundredths {
        Ok(hundredths) if whole != Amount::ZERO => {
            let sign = if hundredths < 0 { "-" } else { "" };
            let (percent, rest) = (hundredths.abs().checked_div(100), hundredths.abs().checked_rem(100));
            format!("{sign}{}.{:02}", percent.unwrap_or(0), rest.unwrap_or(0))
        }
        Ok(_) | Err(_) => "-".to_owned(),
    }
}

/// When positions were first liquidated, by name.
fn first_times(outcome: &Outcome) -> BTreeMap<(&str, &str), Option<UtcTime>> {
    let key = |position: &'_ PositionOutcome| position.life.time;
    outcome.positions.iter().map(|position| ((position.account.as_str(), position.name.as_str()), key(position))).collect()
}

/// Positions liquidated that recorded marks alone would not have liquidated, and those they would have liquidated later.
fn caused(outcome: &Outcome, recorded: &Outcome) -> (usize, usize) {
    let alone = first_times(recorded);
    let (mut knock_on, mut sooner) = (0_usize, 0_usize);
    for (name, time) in first_times(outcome) {
        match (time, alone.get(&name).copied().flatten()) {
            (Some(_), None) => knock_on = knock_on.saturating_add(1),
            (Some(time), Some(before)) if time < before => sooner = sooner.saturating_add(1),
            (Some(_), Some(_)) | (None, _) => {}
        }
    }
    (knock_on, sooner)
}

fn times(outcome: &Outcome) -> Option<[i64; 3]> {
    let begin = outcome.data.first_time.0;
    let mut times: Vec<i64> =
        outcome.positions.iter().filter_map(|position| position.life.time).map(|time| time.0.saturating_sub(begin)).collect();
    times.sort_unstable();
    Some([*times.first()?, *times.get(times.len().saturating_sub(1) / 2)?, *times.last()?])
}

/// A span of time as people say it: `1 d 12 h 58 min`, `58 min`, `40 s`.
#[must_use]
pub fn span(ms: i64) -> String {
    let (days, hours) = (ms / 86_400_000, ms / 3_600_000 % 24);
    let (minutes, seconds) = (ms / 60_000 % 60, ms / 1_000 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h {minutes} min"),
    }
}
