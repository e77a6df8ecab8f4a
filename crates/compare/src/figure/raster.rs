//! The figure as a picture.

use super::scale::WIDTH;
use super::svg::Theme;
use crate::error::CompareError;
use crate::study::Study;
use resvg::{tiny_skia, usvg};
use std::sync::Arc;

/// Roboto, Basic Latin and a few signs only; Apache License 2.0 (see `font/README.md`).
const FONT: &[u8] = include_bytes!("../../font/roboto-basic.ttf");
/// Pixels per unit of the drawing.
const ZOOM: f32 = 2.0;

/// All drawings as one PNG, twice as many pixels as the SVG has units. The font is part of the program: the picture is the same everywhere.
///
/// # Errors
/// [`CompareError::Figure`]: a fault of the program.
pub fn png(study: &Study) -> Result<Vec<u8>, CompareError> {
    let wrong = |reason: String| CompareError::Figure { reason };
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(FONT)));
    fonts.set_sans_serif_family("Roboto");
    let options = usvg::Options { fontdb: Arc::new(fonts), font_family: "Roboto".to_owned(), ..usvg::Options::default() };
    let drawn = super::svg(study, Theme::Light);
    let tree = usvg::Tree::from_str(&drawn, &options).map_err(|error| wrong(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(ZOOM).ok_or_else(|| wrong(format!("no size of {WIDTH} fits")))?;
    let mut pixels =
        tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(|| wrong("the picture is too large".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(ZOOM, ZOOM), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| wrong(error.to_string()))
}
