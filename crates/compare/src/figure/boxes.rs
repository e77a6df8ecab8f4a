//! The boxes of isolated positions along time: a row each, fuller where more of the posted margin is there.

use super::lines::along;
use super::scale::{Plot, float};
use super::svg::{Anchor, Canvas};
use super::{Drawing, Pair, head};
use crate::study::Ran;

const ROW: f64 = 15.0;
/// Shades of a box.
const SHADES: i128 = 10;

pub(super) fn boxes(pair: Pair<'_>) -> Option<Drawing> {
    let ran = pair.isolated?;
    let alone = Pair { isolated: Some(ran), cross: None };
    if ran.outcome.samples.iter().all(|sample| sample.boxes.is_empty()) {
        let asset = ran.outcome.settlement.as_str();
        return Some(along("Margin in boxes", asset, alone, |sample| sample.margins.wide()));
    }
    let mut canvas = Canvas::default();
    head(&mut canvas, "Margin boxes, isolated", alone);
    let positions = &ran.outcome.positions;
    let height = ROW * positions.len() as f64;
    let plot = Plot { top: 46.0, height, times: pair.times(), values: (0.0, 1.0) };
    for (row, position) in positions.iter().enumerate() {
        let top = plot.top + ROW * row as f64;
        let name: String = position.name.chars().take(12).collect();
        canvas.text("f-faint", (Plot::left() - 8.0, top + 11.0), Anchor::End, &name);
        strip(&mut canvas, (&plot, top), ran, row);
    }
    plot.time_axis(&mut canvas);
    let note = "full colour: margin balance at or above the posted margin; paler: below it; grey: closed or liquidated";
    canvas.text("f-faint", (Plot::right(), plot.top + height + 34.0), Anchor::End, note);
    Some(Drawing { title: "Margin boxes", canvas, height: height + 94.0 })
}

/// One row: equal shades are one rectangle.
fn strip(canvas: &mut Canvas, (plot, top): (&Plot, f64), ran: &Ran, row: usize) {
    let Some(position) = ran.outcome.positions.get(row) else { return };
    let posted = position.life.posted.wide().max(1);
    let shade = |sample: &ringfence_replay::Sample| {
        let balance = sample.boxes.get(row).copied().flatten()?;
        Some((balance.0.wide().saturating_mul(SHADES) / posted).clamp(0, SHADES))
    };
    let samples = &ran.outcome.samples;
    let mut begin = samples.first().map_or(0, |sample| sample.time.0);
    let mut current = samples.first().and_then(shade);
    let mut draw = |from: i64, to: i64, shade: Option<i128>| {
        let (left, right) = (plot.x(from), plot.x(to));
        let (class, opacity) = match shade {
            Some(shade) => ("f-iso", 0.08 + 0.92 * float(shade * 100_000_000) / 10.0),
            None => ("f-dead", 0.55),
        };
        canvas.rect(class, (left, top + 1.0), (right - left, ROW - 2.0), opacity);
    };
    for sample in samples.iter().skip(1) {
        let next = shade(sample);
        if next != current {
            draw(begin, sample.time.0, current);
            (begin, current) = (sample.time.0, next);
        }
    }
    draw(begin, plot.times.1, current);
}
