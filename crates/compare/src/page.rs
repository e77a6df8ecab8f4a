//! The report as one HTML file that asks for nothing else.

use crate::figure::{Theme, drawings, escaped, page_style};
use crate::rows::{AccountRows, Room, account_rows};
use crate::study::{Study, story};

/// Most accounts listed in the page, those first whose fate differs most; the CSV and JSON reports hold all.
const MOST_ACCOUNTS: usize = 60;

/// Figures fill the width, however narrow; what cannot shrink scrolls in a box of its own.
const STYLE: &str = "\
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,'Segoe UI',Roboto,sans-serif}\
main{max-width:1360px;margin:0 auto;padding:24px 24px 60px}h1{font-size:24px;line-height:1.25;overflow-wrap:anywhere}\
h2{font-size:18px;margin-top:36px}p,li{max-width:96ch;overflow-wrap:anywhere}ul{padding-left:20px}li{margin:3px 0}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}\
th,td{padding:5px 7px;border-bottom:1px solid var(--grid);text-align:right;white-space:nowrap}\
th{color:var(--faint);font-weight:500;white-space:normal;vertical-align:bottom}td.l,th.l{text-align:left}\
td.l:first-child,th.l:first-child{padding-left:0;position:sticky;left:0;background:var(--paper)}td.w{white-space:normal;overflow-wrap:anywhere}\
svg{display:block;width:100%;max-width:100%;height:auto;margin-top:28px}\
pre{overflow-x:auto;border:1px solid var(--grid);padding:12px;font-size:12.5px;line-height:1.45}.n{color:var(--faint);font-size:13.5px}\
@media(max-width:600px){main{padding:16px 14px 40px}h1{font-size:20px}text{font-size:14px}.h{font-size:18px}}";

/// What a reader must know to read the tables.
const WORDS: &str = "Isolated: a position stands on the margin posted to it, and no more can be lost with it. Cross: the whole account stands behind all \
of its positions. Knock-on: liquidated only because earlier liquidations had moved the mark.";

/// What stands between the page's `<style>` and `</style>`: of every page the same.
#[must_use]
pub fn html_style() -> String {
    page_style(Theme::Auto) + STYLE
}

/// Writes the page. The same study gives the same bytes.
#[must_use]
pub fn html(study: &Study) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{0}</title><style>{1}</style></head><body><main>\n<h1>{0}</h1>\n",
        escaped(&study.title),
        html_style()
    );
    list(&mut page, Some("What differs"), study.findings().iter().map(String::as_str));
    runs(&mut page, study);
    for drawing in drawings(study) {
        page.push_str(&drawing.document());
    }
    accounts(&mut page, study);
    stories(&mut page, study);
    list(&mut page, Some("What is assumed"), study.stated().into_iter());
    facts(&mut page, study);
    page.push_str("</main></body></html>\n");
    page
}

fn list<'a>(page: &mut String, title: Option<&str>, lines: impl Iterator<Item = &'a str>) {
    let lines: Vec<String> = lines.map(|line| format!("<li>{}</li>", escaped(line))).collect();
    if lines.is_empty() {
        return;
    }
    if let Some(title) = title {
        page.push_str(&format!("<h2>{title}</h2>\n"));
    }
    page.push_str(&format!("<ul>{}</ul>\n", lines.join("\n")));
}

fn table(page: &mut String, headers: &[&str], rows: &[Vec<String>]) {
    let head: String = headers.iter().enumerate().map(|(at, name)| format!("<th{}>{}</th>", left(at), escaped(name))).collect();
    page.push_str(&format!("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{head}</tr></thead><tbody>\n"));
    for row in rows {
        let cells: String = row.iter().enumerate().map(|(at, cell)| format!("<td{}>{}</td>", left(at), escaped(cell))).collect();
        page.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    page.push_str("</tbody></table></div>\n");
}

const fn left(column: usize) -> &'static str {
    if column == 0 { " class=\"l\"" } else { "" }
}

fn runs(page: &mut String, study: &Study) {
    let asset = study.runs.first().map_or("", |ran| ran.outcome.settlement.as_str());
    page.push_str(&format!("<h2>Runs</h2>\n<p class=\"n\">Amounts in {}. {WORDS}</p>\n", escaped(asset)));
    let rows: Vec<Vec<String>> = study.runs.iter().map(|ran| Room::Wide.run_row(ran.cell.name(), &ran.summary)).collect();
    table(page, &Room::Wide.run_heads(), &rows);
}

fn accounts(page: &mut String, study: &Study) {
    let Some(AccountRows { rows, all }) = account_rows(study, MOST_ACCOUNTS, MOST_ACCOUNTS) else { return };
    page.push_str("<h2>Accounts</h2>\n");
    if all > MOST_ACCOUNTS {
        page.push_str(&format!(
            "<p class=\"n\">The {MOST_ACCOUNTS} of {all} accounts whose equity at the end differs most; the CSV and JSON reports hold all.</p>\n"
        ));
    }
    let headers = [
        "account",
        "money at the start",
        "isolated: lost by liquidations",
        "of the start",
        "equity at the end",
        "cross: lost by liquidations",
        "of the start",
        "equity at the end",
    ];
    table(page, &headers, &rows);
}

fn stories(page: &mut String, study: &Study) {
    for ran in &study.runs {
        let lines = story(ran);
        if !lines.is_empty() {
            page.push_str(&format!(
                "<h2>Story: {}</h2>\n<pre tabindex=\"0\">{}</pre>\n",
                escaped(&ran.cell.name()),
                escaped_lines(&lines)
            ));
        }
    }
}

fn escaped_lines(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

fn facts(page: &mut String, study: &Study) {
    page.push_str("<h2>Where it comes from</h2>\n<div class=\"scroll\" tabindex=\"0\"><table><tbody>\n");
    for fact in &study.facts {
        page.push_str(&format!(
            "<tr><td class=\"l\">{}</td><td class=\"l w\">{}</td></tr>\n",
            escaped(fact.label),
            escaped(&fact.value)
        ));
    }
    page.push_str("</tbody></table></div>\n");
}
