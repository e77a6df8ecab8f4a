//! `tiers`: leverage brackets as the rule set applies them.

use clap::Args;
use ringfence_venues::{bracket_dates, bracket_symbols, brackets, brackets_on};

use crate::error::CliError;
use crate::output::{Report, Table, headers};

/// Leverage brackets of a symbol.
#[derive(Args, Debug)]
pub(crate) struct TiersArgs {
    /// Symbol (BTCUSDT, BTCUSD_PERP, bitmex:XBTUSD); without it every symbol is listed
    symbol: Option<String>,
    /// Brackets in force on this day (YYYY-MM-DD) [default: the latest]
    #[arg(long, value_name = "DAY", requires = "symbol")]
    date: Option<String>,
    /// Rule set whose bracket style applies
    #[arg(long, default_value = "ringfence", value_name = "NAME")]
    rules: String,
}

impl TiersArgs {
    pub(crate) fn run(&self) -> Result<Report, CliError> {
        let style = ringfence_venues::rule_set(&self.rules)?.rules.bracket_style;
        let Some(symbol) = &self.symbol else { return Ok(list()) };
        let entry = match &self.date {
            Some(date) => brackets_on(symbol, date, style)?,
            None => brackets(symbol, style)?,
        };
        let mut report = Report::new(format!("Leverage brackets: {} ({})", entry.symbol, entry.venue));
        report.fact("in_force_since", "in force since", entry.date);
        report.fact("margin_asset", "values in", entry.margin_asset);
        report.fact("style", "style", entry.table.style());
        report.fact("source", "source", entry.source);
        report.fact("dates_known", "dates known", bracket_dates(symbol)?.join(", "));
        let rows = entry.table.brackets().iter().zip(1..).map(|(bracket, number)| {
            let cap = if bracket.cap == ringfence_risk::units::Notional::GREATEST {
                "no limit".to_owned()
            } else {
                bracket.cap.to_string()
            };
            vec![
                number.to_string(),
                bracket.floor.to_string(),
                cap,
                format!("{}x", bracket.max_leverage),
                bracket.maintenance_rate.to_string(),
                bracket.cum.to_string(),
            ]
        });
        let headers = headers(&["BRACKET", "FROM", "TO", "MAX LEVERAGE", "MAINTENANCE RATE", "CUM"]);
        report.table(Table { key: "brackets", headers, rows: rows.collect() });
        Ok(report)
    }
}

fn list() -> Report {
    let mut report = Report::new("Symbols with leverage brackets");
    let rows = bracket_symbols().into_iter().map(|entry| vec![entry.venue.to_owned(), entry.symbol.to_owned()]);
    report.table(Table { key: "symbols", headers: headers(&["VENUE", "SYMBOL"]), rows: rows.collect() });
    report
}
