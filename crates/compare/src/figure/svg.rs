//! A small writer of SVG: shapes with classes, and a style that gives the classes their colours.

/// The colours of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark, as the reader's system is set: for browsers.
    Auto,
    /// Light: for paper and for pictures.
    Light,
}

/// Names, and the light and the dark colour of each.
const COLOURS: [(&str, &str, &str); 8] = [
    ("paper", "#ffffff", "#12161c"),
    ("ink", "#1c2430", "#e6e9ee"),
    ("faint", "#5f6a78", "#9aa5b4"),
    ("grid", "#e4e7ec", "#2a313b"),
    ("iso", "#2563eb", "#6ea8ff"),
    ("cross", "#d9560b", "#ff9a52"),
    ("band", "#8b96a5", "#7c8897"),
    ("dead", "#c9ced6", "#3a424e"),
];

/// The style of a drawing: what its classes look like.
#[must_use]
pub(crate) fn style(theme: Theme, scope: &str) -> String {
    let mut text = String::new();
    if theme == Theme::Auto {
        let set = |pick: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
            COLOURS.iter().map(|colour| format!("--{}:{};", colour.0, pick(colour))).collect::<String>()
        };
        text.push_str(&format!("{scope}{{{}}}", set(|colour| colour.1)));
        text.push_str(&format!("@media(prefers-color-scheme:dark){{{scope}{{{}}}}}", set(|colour| colour.2)));
    }
    let colour = |name: &str| match theme {
        Theme::Auto => format!("var(--{name})"),
        Theme::Light => COLOURS.iter().find(|colour| colour.0 == name).map_or("#000000", |colour| colour.1).to_owned(),
    };
    for (name, ..) in COLOURS {
        text.push_str(&format!(".f-{name}{{fill:{0}}}.s-{name}{{fill:none;stroke:{0}}}", colour(name)));
    }
    text.push_str("text{font-family:Roboto,system-ui,'Segoe UI',sans-serif;font-size:12px}");
    text.push_str(".h{font-size:15px;font-weight:600}.t{font-size:10px}.w{stroke-width:1.6}.d{stroke-dasharray:4 3}");
    text
}

/// Text as it may stand in SVG and HTML.
#[must_use]
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Shapes, in the order in which they are drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canvas {
    body: String,
}

impl Canvas {
    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.body.push_str(&format!("<path class=\"{class}\" d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\"/>"));
    }

    pub(crate) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64), opacity: f64) {
        let opacity = if opacity < 1.0 { format!(" fill-opacity=\"{opacity:.2}\"") } else { String::new() };
        self.body.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"{opacity}/>",
            width.max(0.0),
            height.max(0.0)
        ));
    }

    pub(crate) fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        if let Some(path) = path(points) {
            self.body.push_str(&format!("<path class=\"{class}\" stroke-linejoin=\"round\" d=\"{path}\"/>"));
        }
    }

    pub(crate) fn area(&mut self, class: &str, points: &[(f64, f64)], opacity: f64) {
        if let Some(path) = path(points) {
            self.body.push_str(&format!("<path class=\"{class}\" fill-opacity=\"{opacity:.2}\" d=\"{path}Z\"/>"));
        }
    }

    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.body.push_str(&format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\"{anchor}>{}</text>", escaped(text)));
    }

    /// Another drawing, moved down.
    pub(crate) fn place(&mut self, drawing: &Self, down: f64) {
        self.body.push_str(&format!("<g transform=\"translate(0 {down:.0})\">{}</g>\n", drawing.body));
    }

    /// The whole file.
    pub(crate) fn document(&self, (width, height): (f64, f64), style: &str, title: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\
             <title>{}</title>{style}{}</svg>\n",
            escaped(title),
            self.body
        )
    }
}

fn path(points: &[(f64, f64)]) -> Option<String> {
    let (first, rest) = points.split_first()?;
    let mut text = format!("M{:.1} {:.1}", first.0, first.1);
    for (x, y) in rest {
        text.push_str(&format!("L{x:.1} {y:.1}"));
    }
    Some(text)
}
