//! Bars: how losses are distributed over accounts, and runs beside each other.

use super::scale::{Plot, WIDTH, float};
use super::svg::{Anchor, Canvas};
use super::{Drawing, Pair, head};
use crate::study::{Ran, Study};
use ringfence_risk::units::Amount;

/// Shares of what an account came with: none, then tenths, then all or more.
const CLASSES: [&str; 12] =
    ["none", "to 10 %", "20 %", "30 %", "40 %", "50 %", "60 %", "70 %", "80 %", "90 %", "below all", "all or more"];
/// Most runs drawn.
const MOST_RUNS: usize = 48;

pub(super) fn losses(pair: Pair<'_>) -> Drawing {
    let mut canvas = Canvas::default();
    head(&mut canvas, "Accounts by the share of their money at the start that they lost", pair);
    let counted: Vec<_> = pair.runs().map(|(class, ran)| (class, count(ran))).collect();
    let most = counted.iter().flat_map(|(_, counts)| counts.iter().copied()).max().unwrap_or(0).max(1);
    let plot = Plot { top: 46.0, height: 150.0, times: (0, 1), values: (0.0, f64::from(most) * 1.1) };
    plot.value_axis(&mut canvas, "accounts");
    let width = (Plot::right() - Plot::left()) / CLASSES.len() as f64;
    let bar = (width - 12.0) / 2.0;
    for (slot, (class, counts)) in counted.iter().enumerate() {
        for (place, count) in counts.iter().enumerate() {
            let x = Plot::left() + width * place as f64 + 6.0 + bar * slot as f64;
            let top = plot.y(f64::from(*count));
            canvas.rect(&format!("f-{class}"), (x, top), (bar - 2.0, plot.top + plot.height - top), 1.0);
            if *count > 0 {
                canvas.text("f-faint", (x + bar / 2.0 - 1.0, top - 4.0), Anchor::Middle, &count.to_string());
            }
        }
    }
    let bottom = plot.top + plot.height;
    canvas.line("s-faint", (Plot::left(), bottom), (Plot::right(), bottom));
    for (place, name) in CLASSES.iter().enumerate() {
        canvas.text("f-faint", (Plot::left() + width * (place as f64 + 0.5), bottom + 18.0), Anchor::Middle, name);
    }
    Drawing { title: "Distribution of losses", canvas, height: 232.0 }
}

fn count(ran: &Ran) -> [u32; CLASSES.len()] {
    let mut counts = [0_u32; CLASSES.len()];
    for account in &ran.outcome.accounts {
        let before = account.wallet_before;
        let lost = before.minus(account.life.equity).unwrap_or(Amount::ZERO);
        let class = if lost <= Amount::ZERO {
            0
        } else if lost >= before {
            CLASSES.len().saturating_sub(1)
        } else {
            usize::try_from(lost.wide().saturating_mul(10) / before.wide().max(1)).unwrap_or(0).saturating_add(1)
        };
        if let Some(count) = counts.get_mut(class) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// What each run lost, where there are more than the two that other drawings show.
pub(super) fn runs(study: &Study) -> Option<Drawing> {
    if study.runs.len() <= 2 {
        return None;
    }
    let mut canvas = Canvas::default();
    canvas.text("f-ink h", (14.0, 24.0), Anchor::Start, "Lost by liquidations, run by run");
    let shown = study.runs.iter().take(MOST_RUNS);
    let most = shown.clone().map(|ran| float(ran.summary.lost.wide())).fold(0.0, f64::max).max(1e-8);
    let (left, right) = (300.0, WIDTH - 250.0);
    for (row, ran) in shown.enumerate() {
        let top = 40.0 + 20.0 * row as f64;
        let class = match ran.cell.mode {
            ringfence_replay::Regime::Isolated => "f-iso",
            ringfence_replay::Regime::Cross => "f-cross",
            ringfence_replay::Regime::Stated => "f-band",
        };
        canvas.text("f-ink", (left - 10.0, top + 12.0), Anchor::End, &ran.cell.name());
        let width = (right - left) * float(ran.summary.lost.wide()).max(0.0) / most;
        canvas.rect(class, (left, top), (width, 14.0), 1.0);
        let said = format!("{} ({} liquidated)", ran.summary.lost, ran.summary.liquidated);
        canvas.text("f-faint", (left + width + 8.0, top + 12.0), Anchor::Start, &said);
    }
    let rows = study.runs.len().min(MOST_RUNS);
    let mut height = 40.0 + 20.0 * rows as f64 + 16.0;
    if study.runs.len() > rows {
        let more = format!("and {} more", study.runs.len().saturating_sub(rows));
        canvas.text("f-faint", (left - 10.0, height), Anchor::End, &more);
        height += 20.0;
    }
    Some(Drawing { title: "Runs", canvas, height })
}
