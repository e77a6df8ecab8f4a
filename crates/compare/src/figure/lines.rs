//! Along time: the price with its liquidations, equity, the insurance fund.

use super::scale::{Plot, float};
use super::svg::{Anchor, Canvas};
use super::{Drawing, Pair, head};
use ringfence_replay::{LiquidationReport, Sample};
use ringfence_risk::units::Side;

/// Most liquidations drawn one by one; of more, the bars below say how many.
const MOST_MARKS: usize = 400;
/// Bars of liquidations along time.
const BINS: usize = 96;

pub(super) fn price(pair: Pair<'_>) -> Drawing {
    let mut canvas = Canvas::default();
    head(&mut canvas, "Mark and liquidations", pair);
    let samples = pair.samples();
    let displaced: Vec<f64> =
        pair.runs().flat_map(|(_, ran)| &ran.outcome.samples).map(|sample| float(sample.mark.wide())).collect();
    let least =
        samples.iter().map(|sample| float(sample.low.wide())).chain(displaced.iter().copied()).fold(f64::INFINITY, f64::min);
    let most = samples.iter().map(|sample| float(sample.high.wide())).chain(displaced).fold(f64::NEG_INFINITY, f64::max);
    let plot = Plot::around((46.0, 210.0), pair.times(), (least, most));
    plot.value_axis(&mut canvas, "mark");
    let place = |sample: &Sample, price: i128| (plot.x(sample.time.0), plot.y(float(price)));
    let upper = samples.iter().map(|sample| place(sample, sample.high.wide()));
    let lower = samples.iter().rev().map(|sample| place(sample, sample.low.wide()));
    canvas.area("f-band", &upper.chain(lower).collect::<Vec<_>>(), 0.35);
    let lows: Vec<_> = samples.iter().map(|sample| place(sample, sample.low.wide())).collect();
    canvas.polyline("s-band", &lows);
    for (class, ran) in pair.runs() {
        if ran.outcome.options.impact.is_some() {
            let marks = ran.outcome.samples.iter().map(|sample| place(sample, sample.mark.wide()));
            canvas.polyline(&format!("s-{class}"), &marks.collect::<Vec<_>>());
        }
        let liquidations = &ran.outcome.run.liquidations;
        if liquidations.len() <= MOST_MARKS {
            for liquidation in liquidations {
                mark(&mut canvas, class, (plot.x(liquidation.time.0), plot.y(float(liquidation.mark.wide()))), liquidation.side);
            }
        }
    }
    plot.time_axis(&mut canvas);
    bins(&mut canvas, pair, &plot);
    Drawing { title: "Mark and liquidations", canvas, height: 408.0 }
}

/// A triangle that points where the price went: down for a long. Those of cross are hollow.
fn mark(canvas: &mut Canvas, class: &str, (x, y): (f64, f64), side: Side) {
    let tip = match side {
        Side::Long => y + 9.0,
        Side::Short => y - 9.0,
    };
    let points = [(x - 4.5, y), (x + 4.5, y), (x, tip)];
    if class == "cross" {
        canvas.polyline(&format!("s-{class} w"), &[points[0], points[1], points[2], points[0]]);
    } else {
        canvas.area(&format!("f-{class}"), &points, 0.85);
    }
}

/// How many were liquidated when: isolated upward, cross downward.
fn bins(canvas: &mut Canvas, pair: Pair<'_>, plot: &Plot) {
    let (first, last) = plot.times;
    let span = last.saturating_sub(first).max(1);
    let count = |liquidations: &[LiquidationReport]| {
        let mut counts = [0_u32; BINS];
        for liquidation in liquidations {
            let passed = liquidation.time.0.saturating_sub(first).clamp(0, span);
            let bin = usize::try_from(passed.saturating_mul(96) / span.saturating_add(1)).unwrap_or(0);
            if let Some(count) = counts.get_mut(bin) {
                *count = count.saturating_add(1);
            }
        }
        counts
    };
    let counted: Vec<_> = pair.runs().map(|(class, ran)| (class, count(&ran.outcome.run.liquidations))).collect();
    let most = counted.iter().flat_map(|(_, counts)| counts.iter().copied()).max().unwrap_or(0).max(1);
    let (middle, reach) = (342.0, 44.0);
    canvas.text("f-faint", (Plot::left() - 8.0, middle - reach + 4.0), Anchor::End, &most.to_string());
    canvas.text("f-faint", (Plot::left() - 8.0, middle + 4.0), Anchor::End, "0");
    canvas.text("f-faint", (Plot::left() - 8.0, middle + reach + 4.0), Anchor::End, &most.to_string());
    let width = (Plot::right() - Plot::left()) / BINS as f64;
    for (class, counts) in counted {
        for (bin, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let height = reach * f64::from(count) / f64::from(most);
            let top = if class == "cross" { middle } else { middle - height };
            canvas.rect(&format!("f-{class}"), (Plot::left() + width * bin as f64, top), (width - 1.0, height), 1.0);
        }
    }
    canvas.line("s-faint", (Plot::left(), middle), (Plot::right(), middle));
    canvas.text("f-faint", (Plot::right(), middle + reach + 14.0), Anchor::End, "liquidations: isolated upward, cross downward");
}

pub(super) fn equity(pair: Pair<'_>) -> Drawing {
    let asset = pair.isolated.or(pair.cross).map_or("", |ran| ran.outcome.settlement.as_str());
    along("Equity of all accounts", asset, pair, |sample| sample.equity.wide())
}

pub(super) fn insurance(pair: Pair<'_>) -> Drawing {
    let asset = pair.isolated.or(pair.cross).map_or("", |ran| ran.outcome.settlement.as_str());
    along("Insurance fund", asset, pair, |sample| sample.insurance.wide())
}

pub(super) fn along(title: &'static str, unit: &str, pair: Pair<'_>, value: fn(&Sample) -> i128) -> Drawing {
    let mut canvas = Canvas::default();
    head(&mut canvas, title, pair);
    let values = || pair.runs().flat_map(|(_, ran)| &ran.outcome.samples).map(|sample| float(value(sample)));
    let range = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let plot = Plot::around((46.0, 150.0), pair.times(), range);
    plot.value_axis(&mut canvas, unit);
    for (class, ran) in pair.runs() {
        let points = ran.outcome.samples.iter().map(|sample| (plot.x(sample.time.0), plot.y(float(value(sample)))));
        let dashes = if class == "cross" { " d" } else { "" };
        canvas.polyline(&format!("s-{class} w{dashes}"), &points.collect::<Vec<_>>());
    }
    plot.time_axis(&mut canvas);
    Drawing { title, canvas, height: 232.0 }
}
