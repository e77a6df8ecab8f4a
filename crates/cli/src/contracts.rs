//! `contracts`: what can be calculated and replayed.

use crate::error::CliError;
use crate::output::{Report, Table, headers};

/// Every contract with its steps, face and usual rule set.
///
/// # Errors
/// None in practice: the data are checked by tests.
pub(crate) fn run() -> Result<Report, CliError> {
    let rows = ringfence_venues::contracts()?.into_iter().map(|listed| {
        let spec = *listed.contract.spec();
        vec![
            format!("{}:{}", listed.venue, listed.symbol),
            spec.kind.to_string(),
            spec.settlement.to_string(),
            spec.tick.to_string(),
            spec.lot.to_string(),
            spec.multiplier.to_string(),
            listed.default_rules,
            listed.date,
        ]
    });
    let mut report = Report::new("Contracts");
    let headers = headers(&["SYMBOL", "KIND", "SETTLED IN", "TICK", "LOT", "MULTIPLIER OR FACE", "RULES OF ITS VENUE", "DATE"]);
    report.table(Table { key: "contracts", headers, rows: rows.collect() });
    report.note(
        "the venue's name may be left out where it is clear; --rules NAME takes the rules of a venue, the default is ringfence",
    );
    Ok(report)
}
