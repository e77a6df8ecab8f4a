//! Reports: the same bytes for the same runs, and nothing asked of anybody.

use super::*;
use crate::{COLUMNS, Theme, accounts_csv, html, json, png, runs_csv, svg};

#[test]
fn the_same_study_gives_the_same_bytes() {
    let (one, other) = (study(None), study(None));
    assert_eq!(html(&one), html(&other));
    assert_eq!(svg(&one, Theme::Auto), svg(&other, Theme::Auto));
    assert_eq!(png(&one).unwrap(), png(&other).unwrap());
    assert_eq!(json(&one).unwrap().to_string(), json(&other).unwrap().to_string());
    assert_eq!((accounts_csv(&one), runs_csv(&one)), (accounts_csv(&other), runs_csv(&other)));
}

#[test]
fn a_page_asks_for_nothing_and_escapes_what_it_is_given() {
    let page = html(&study(None));
    // The one address is the name of SVG's own grammar, which nobody fetches.
    let addresses = page.replace("http://www.w3.org/2000/svg", "");
    for word in ["http", "src=", "href=", "<script", "@import", "url(", "<crash>", "<b>"] {
        assert!(!addresses.contains(word), "{word}");
    }
    assert!(page.contains("A &lt;crash&gt; &amp; its &#39;end&#39;") && page.contains("a &lt;b&gt; &amp; &quot;c&quot;.csv"));
    for part in ["Mark and liquidations", "Equity of all accounts", "Margin boxes", "Insurance fund", "What is assumed", "sha256"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_figure_is_a_picture_of_its_size() {
    let picture = png(&study(None)).unwrap();
    assert_eq!(picture[..8], *b"\x89PNG\r\n\x1a\n");
    let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
    assert_eq!(width, 1920);
}

#[test]
fn rows_have_the_fields_of_their_header() {
    let study = study(Some(Impact { per_million: parsed("0.1"), half_life_ms: 60_000 }));
    let runs = runs_csv(&study);
    assert!(runs.lines().all(|line| line.split(',').count() == COLUMNS.len()));
    assert_eq!(runs.lines().count(), 3);
    let accounts = accounts_csv(&study);
    let rows: Vec<&str> = accounts.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rows.len(), 1 + 2 * study.runs[0].outcome.accounts.len());
    let fields = rows[0].split(',').count();
    assert!(rows.iter().all(|row| row.split(',').count() == fields));
    let whole = json(&study).unwrap();
    assert_eq!(whole["runs"][0]["lost"], study.runs[0].summary.lost.to_string());
    assert_eq!(whole["runs"][1]["outcome"]["regime"], "cross");
}

#[test]
fn figures_of_one_mode_and_of_many_runs_are_drawn() {
    let mut alone = study(None);
    alone.runs.truncate(1);
    assert!(alone.findings().is_empty() && html(&alone).contains("Margin boxes"));
    let mut many = study(None);
    let again = many.runs.clone();
    many.runs.extend((0..40).flat_map(|_| again.clone()));
    assert!(svg(&many, Theme::Light).contains("and 34 more"));
}

#[test]
fn a_figure_states_where_it_comes_from_and_what_is_assumed() {
    let mut study = study(None);
    let long = "sizes of a crowd ".repeat(30) + &"x".repeat(400);
    study.facts.push(crate::Fact { key: "random", label: "positions", value: long });
    let drawn = svg(&study, Theme::Light);
    let text: String = drawn
        .split("<text ")
        .filter_map(|part| part.split_once('>')?.1.split_once("</text>"))
        .map(|cut| cut.0.to_owned() + " ")
        .collect();
    let together = |text: &str| text.split_whitespace().collect::<String>();
    let assumed: Vec<String> = study.stated().into_iter().map(str::to_owned).collect();
    assert!(!assumed.is_empty());
    for line in study.facts.iter().map(|fact| fact.value.clone()).chain(assumed) {
        assert!(together(&text).contains(&together(&crate::figure::escaped(&line))), "{line}");
    }
    let longest = drawn.split("<text ").skip(1).filter_map(|part| part.split("</text>").next()).map(str::len).max();
    assert!(longest < Some(300), "a line of {longest:?} bytes");
}
