//! The trading page: files that a server hands to a browser.
//!
//! The page is written in TypeScript (`page/`), built when this crate is built, and embedded. Where there is no node at build time, a plain page
//! that says so takes its place.
//!
//! ```
//! let page = ringfence_web::find("/").expect("there is always a page");
//! assert_eq!(page.content_type, "text/html; charset=utf-8");
//! assert!(ringfence_web::find("/../secret").is_none());
//! ```

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

/// What the built page consists of.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Files;

/// Scripts, styles and connections from the page's own server only. The hash is that of the one style that the chart library writes for its logo.
pub const CONTENT_POLICY: &str = "default-src 'self'; style-src 'self' 'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='; img-src 'self' data:; object-src 'none'; \
                                  frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// For good: its name changes with its content.
    ForGood,
    /// It asks each time whether the file is still the same.
    Ask,
}

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes.
    pub body: Cow<'static, [u8]>,
    /// The same bytes as gzip, where that is shorter.
    pub gzip: Option<Cow<'static, [u8]>>,
    /// What it is.
    pub content_type: &'static str,
    /// Names its content, in quotes as HTTP has it.
    pub tag: String,
    /// How long it may be kept.
    pub keep: Keep,
}

/// The page itself.
const START: &str = "index.html";
/// What stands beside a page's title…
const ICON: &str = "favicon.svg";
/// …and how browsers ask for it where a page names none.
const ASKED_ICON: &str = "favicon.ico";
/// Files whose names change with their content.
const NAMED_BY_CONTENT: &str = "assets/";

const TYPES: [(&str, &str); 6] = [
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".txt", "text/plain; charset=utf-8"),
    (".json", "application/json"),
];

/// The file at this path of the server; `None` where the page has none.
#[must_use]
pub fn find(path: &str) -> Option<File> {
    let name = match path.strip_prefix('/')? {
        "" => START,
        ASKED_ICON => ICON,
        name => name,
    };
    let (_, content_type) = TYPES.iter().find(|(ending, _)| name.ends_with(ending))?;
    let found = Files::get(name)?;
    let tag = found.metadata.sha256_hash().iter().take(16).fold(String::from("\""), |tag, byte| tag + &format!("{byte:02x}"));
    let keep = if name.starts_with(NAMED_BY_CONTENT) { Keep::ForGood } else { Keep::Ask };
    let gzip = Files::get(&format!("{name}.gz")).map(|packed| packed.data);
    Some(File { body: found.data, gzip, content_type, tag: tag + "\"", keep })
}

/// Whether the real page is here, and not the one that says that there was no node.
#[must_use]
pub fn is_built() -> bool {
    static BUILT: LazyLock<bool> = LazyLock::new(|| Files::iter().any(|name| name.starts_with(NAMED_BY_CONTENT)));
    *BUILT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_path_and_nothing_else_is() {
        let page = find("/").expect("there is always a page");
        assert_eq!((page.content_type, page.keep), ("text/html; charset=utf-8", Keep::Ask));
        assert_eq!(find("/index.html"), Some(page.clone()));
        assert!(page.tag.len() == 34 && page.tag.starts_with('"') && page.tag.ends_with('"'));
        for path in ["", "index.html", "//index.html", "/../Cargo.toml", "/assets/", "/index.html.gz", "/fapi/v1/ping"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn the_icon_is_there_by_both_names() {
        let icon = find("/favicon.svg").expect("an icon");
        assert_eq!(icon.content_type, "image/svg+xml");
        assert_eq!(find("/favicon.ico"), Some(icon));
    }

    #[test]
    fn what_the_page_names_is_there() {
        let page = find("/").expect("there is always a page");
        let text = core::str::from_utf8(&page.body).expect("text");
        let named = text.split('"').filter(|part| part.starts_with("/assets/"));
        for path in named {
            let file = find(path).expect(path);
            assert_eq!(file.keep, Keep::ForGood);
            assert!(file.gzip.is_none_or(|packed| packed.len() < file.body.len()), "{path}");
        }
        assert_eq!(text.contains("/assets/"), is_built());
        assert!(!text.contains("http://") && !text.contains("https://"), "nothing comes from elsewhere");
    }
}
