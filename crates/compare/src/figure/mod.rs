//! Drawings of a comparison: isolated beside cross.

mod bars;
mod boxes;
mod lines;
mod raster;
mod scale;
mod svg;

use crate::study::{Ran, Study};
use ringfence_replay::Sample;
use scale::WIDTH;
use svg::{Anchor, Canvas, style};

pub use raster::png;
pub use svg::Theme;
pub(crate) use svg::escaped;

/// A drawing with its height.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    pub(crate) title: &'static str,
    pub(crate) canvas: Canvas,
    pub(crate) height: f64,
}

impl Drawing {
    /// As a file of its own, or as a part of a page whose style it takes.
    pub(crate) fn document(&self) -> String {
        self.canvas.document((WIDTH, self.height), "", self.title)
    }
}

/// Isolated and cross, as far as they were run.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) isolated: Option<&'a Ran>,
    pub(crate) cross: Option<&'a Ran>,
}

impl<'a> Pair<'a> {
    fn of(study: &'a Study) -> Self {
        let (isolated, cross) = study.pair();
        Self { isolated, cross }
    }

    /// The runs with the class of their colour: isolated, then cross.
    pub(crate) fn runs(self) -> impl Iterator<Item = (&'static str, &'a Ran)> {
        [("iso", self.isolated), ("cross", self.cross)].into_iter().filter_map(|(class, ran)| Some((class, ran?)))
    }

    fn samples(self) -> &'a [Sample] {
        self.isolated.or(self.cross).map_or(&[], |ran| &ran.outcome.samples)
    }

    /// First and last time.
    pub(crate) fn times(self) -> (i64, i64) {
        let data = self.isolated.or(self.cross).map(|ran| ran.outcome.data);
        data.map_or((0, 1), |data| (data.first_time.0, data.last_time.0))
    }
}

/// The head of a drawing: its title, and what the colours mean.
pub(crate) fn head(canvas: &mut Canvas, title: &str, pair: Pair<'_>) {
    canvas.text("f-ink h", (14.0, 24.0), Anchor::Start, title);
    let mut right = WIDTH - 18.0;
    let runs: Vec<_> = pair.runs().collect();
    for (class, ran) in runs.into_iter().rev() {
        let name = ran.cell.mode.to_string();
        canvas.text("f-ink", (right, 24.0), Anchor::End, &name);
        right -= 6.4 * name.len() as f64 + 18.0;
        canvas.rect(&format!("f-{class}"), (right, 14.0), (12.0, 12.0), 1.0);
        right -= 14.0;
    }
}

/// The drawings of a comparison, in order.
pub(crate) fn drawings(study: &Study) -> Vec<Drawing> {
    let pair = Pair::of(study);
    let mut drawings = Vec::new();
    if !pair.samples().is_empty() {
        drawings.push(lines::price(pair));
        drawings.push(lines::equity(pair));
        drawings.extend(boxes::boxes(pair));
    }
    drawings.push(bars::losses(pair));
    if !pair.samples().is_empty() {
        drawings.push(lines::insurance(pair));
    }
    drawings.extend(bars::runs(study));
    drawings
}

/// All drawings under each other, under the title, above where the data comes from, as one SVG file.
#[must_use]
pub fn svg(study: &Study, theme: Theme) -> String {
    let (canvas, height) = poster(study);
    let style = format!("<style>{}</style><rect class=\"f-paper\" width=\"100%\" height=\"100%\"/>", style(theme, "svg"));
    canvas.document((WIDTH, height), &style, &study.title)
}

fn poster(study: &Study) -> (Canvas, f64) {
    let mut canvas = Canvas::default();
    canvas.text("f-ink h", (14.0, 26.0), Anchor::Start, &study.title);
    let mut down = 38.0;
    for drawing in drawings(study) {
        canvas.place(&drawing.canvas, down);
        down += drawing.height;
    }
    let sources = study.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value));
    for line in sources.chain(study.stated().into_iter().map(|line| format!("assumed: {line}"))) {
        for (number, part) in wrapped(&line).iter().enumerate() {
            down += 13.0;
            let indent = if number == 0 { 14.0 } else { 26.0 };
            canvas.text("f-faint t", (indent, down), Anchor::Start, part);
        }
    }
    (canvas, down + 14.0)
}

/// Most characters of a line of small text: of average ones, the width holds some more.
const LINE: usize = 170;

/// A line in parts that fit the width, broken between words, and within those that are longer than a line.
fn wrapped(line: &str) -> Vec<String> {
    let (mut parts, mut part, mut length) = (Vec::new(), String::new(), 0_usize);
    let words = line.split(' ').map(|word| word.chars().collect::<Vec<char>>());
    for piece in words.flat_map(|word| word.chunks(LINE).map(<[char]>::to_vec).collect::<Vec<_>>()) {
        if length > 0 && length.saturating_add(piece.len()) >= LINE {
            parts.push(core::mem::take(&mut part));
            length = 0;
        }
        if length > 0 {
            part.push(' ');
            length = length.saturating_add(1);
        }
        length = length.saturating_add(piece.len());
        part.extend(piece);
    }
    parts.push(part);
    parts
}

/// The style of drawings within a page, and its colours.
pub(crate) fn page_style(theme: Theme) -> String {
    style(theme, ":root")
}
