//! Places on paper: the only floating point there is, and nothing is computed back from it.

use super::svg::{Anchor, Canvas};
use ringfence_replay::UtcTime;

/// Width of every drawing.
pub(crate) const WIDTH: f64 = 960.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 18.0;

/// A number of 10⁻⁸ as a place.
pub(crate) fn float(raw: i128) -> f64 {
    // Beyond 2⁵³ the last digits are lost: a pixel does not show them.
    raw as f64 / 1e8
}

/// A plot: times from left to right, values from bottom to top.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    pub(crate) top: f64,
    pub(crate) height: f64,
    pub(crate) times: (i64, i64),
    pub(crate) values: (f64, f64),
}

impl Plot {
    /// A plot whose values have room above and below.
    pub(crate) fn around((top, height): (f64, f64), times: (i64, i64), (least, most): (f64, f64)) -> Self {
        let room = if most > least { (most - least) * 0.06 } else { most.abs().max(1e-8) * 0.1 };
        Self { top, height, times, values: (least - room, most + room) }
    }

    pub(crate) const fn left() -> f64 {
        LEFT
    }

    pub(crate) const fn right() -> f64 {
        WIDTH - RIGHT
    }

    pub(crate) fn x(&self, time_ms: i64) -> f64 {
        let (first, last) = self.times;
        let whole = (last.saturating_sub(first)).max(1) as f64;
        LEFT + (WIDTH - LEFT - RIGHT) * (time_ms.saturating_sub(first) as f64 / whole).clamp(0.0, 1.0)
    }

    pub(crate) fn y(&self, value: f64) -> f64 {
        let (least, most) = self.values;
        self.top + self.height * (1.0 - ((value - least) / (most - least)).clamp(0.0, 1.0))
    }

    /// Lines and labels of the values.
    pub(crate) fn value_axis(&self, canvas: &mut Canvas, unit: &str) {
        let (least, most) = self.values;
        let step = nice((most - least) / 6.0);
        let digits = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
        let mut value = (least / step).ceil() * step;
        while value <= most {
            let y = self.y(value);
            canvas.line("s-grid", (LEFT, y), (Self::right(), y));
            // No minus before a zero that is not quite one.
            let shown = if value.abs() < step * 1e-6 { 0.0 } else { value };
            canvas.text("f-faint", (LEFT - 8.0, y + 4.0), Anchor::End, &format!("{shown:.digits$}"));
            value += step;
        }
        canvas.text("f-faint", (LEFT - 8.0, self.top - 6.0), Anchor::End, unit);
    }

    /// Ticks and labels of the times, in UTC.
    pub(crate) fn time_axis(&self, canvas: &mut Canvas) {
        const MINUTE: i64 = 60_000;
        const STEPS: [i64; 17] = [
            MINUTE,
            2 * MINUTE,
            5 * MINUTE,
            15 * MINUTE,
            30 * MINUTE,
            60 * MINUTE,
            180 * MINUTE,
            360 * MINUTE,
            720 * MINUTE,
            1_440 * MINUTE,
            2_880 * MINUTE,
            7_200 * MINUTE,
            14_400 * MINUTE,
            43_200 * MINUTE,
            86_400 * MINUTE,
            172_800 * MINUTE,
            525_600 * MINUTE,
        ];
        let (first, last) = self.times;
        let span = last.saturating_sub(first);
        let step = STEPS.into_iter().find(|step| span / step <= 8).unwrap_or(525_600 * MINUTE);
        let bottom = self.top + self.height;
        canvas.line("s-faint", (LEFT, bottom), (Self::right(), bottom));
        let mut time = first.div_euclid(step).saturating_mul(step);
        while time <= last {
            if time >= first {
                let x = self.x(time);
                canvas.line("s-faint", (x, bottom), (x, bottom + 4.0));
                let shown = UtcTime(time).to_string();
                // The date where a day is a step, otherwise the time, with the date at midnight.
                let is_day = time.rem_euclid(1_440 * MINUTE) == 0;
                let label = if is_day { shown.get(..10) } else { shown.get(11..16) };
                if x < Self::right() - 30.0 || !is_day {
                    canvas.text("f-faint", (x, bottom + 18.0), Anchor::Middle, label.unwrap_or_default());
                }
            }
            time = time.saturating_add(step);
        }
    }
}

/// The nearest of 1, 2 and 5 times a power of ten that is not below.
fn nice(step: f64) -> f64 {
    let step = step.max(1e-9);
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|nice| *nice >= step * 0.999).unwrap_or(10.0 * power)
}
