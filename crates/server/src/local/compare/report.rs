//! The report of `ringfence compare`, of the runs from here.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use ringfence_compare::{Fact, Study, html, html_style};
use ringfence_engine::ids::MarketId;
use ringfence_replay::UtcTime;
use sha2::{Digest, Sha256};

use super::outcome::{Seen, ran};
use super::run::Run;
use super::{Asked, asked};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};

/// What a browser may do with the report: use its one style, and ask nobody for anything.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(html_style()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).ok()
});

/// `GET /local/v1/compare/report`.
pub(in crate::local) async fn report(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let asked = asked(&app, &call).await?;
    let page = tokio::task::spawn_blocking(move || {
        let runs = asked.runs()?;
        study(&asked, &runs).map(|study| html(&study))
    });
    let body = page.await.map_err(|_| ApiError::of(Code::Internal))??.into_bytes();
    let policy = POLICY.clone().ok_or_else(|| ApiError::of(Code::Internal))?;
    Ok(Success { body, content_type: "text/html; charset=utf-8", index: None, policy: Some(policy) })
}

fn study(asked: &Asked, runs: &[Run; 2]) -> Result<Study, ApiError> {
    let Asked { course, owner, symbol, path, .. } = asked;
    let runs_made = runs.iter().map(|run| ran(course, run, owner)).collect::<Result<Vec<_>, _>>()?;
    let title = format!("{owner} in {symbol}: isolated and cross margin from here");
    let mut facts = Vec::new();
    let mut add = |key, label, value: String| facts.push(Fact { key, label, value });
    add("account", "account", owner.clone());
    add("contract", "leading market", symbol.clone());
    let with = |name: &(MarketId, String)| course.others.iter().any(|moved| moved.market == name.0).then(|| name.1.clone());
    let others: Vec<String> = course.names.iter().filter_map(with).collect();
    if !others.is_empty() {
        add("others", "markets that move with it", others.join(", "));
    }
    add("path", "changes from the first mark", path.clone());
    let [first, _] = runs;
    let [start, _] = &first.engines;
    let time = UtcTime(i64::try_from(start.state().clock().ms()).unwrap_or(i64::MAX));
    add("span", "the exchange as it stood at", time.to_string());
    add("version", "version", env!("CARGO_PKG_VERSION").to_owned());
    Ok(Study { title, facts, runs: runs_made })
}

impl Seen<'_> {
    /// What was assumed, a line each.
    pub(super) fn stated(&self) -> Vec<String> {
        let mut lines = vec![
            "both runs are made on copies of the exchange as it stood; open orders of the account are cancelled there first".to_owned(),
            "time stands still while the mark moves, so there is no funding: a step of the path is shown as a minute".to_owned(),
            "the maker does not quote while the mark moves: liquidations meet other accounts' orders, then the insurance fund, then profitable \
             positions (deleveraging)"
                .to_owned(),
            "the money at the start is the account's margin balance then: unrealised profit counts".to_owned(),
        ];
        lines.extend(self.run.refused.iter().map(|(symbol, why)| format!("on {}, {symbol} stays as it is: {why}", self.mode())));
        let (all, seen) = (self.run.fates.len(), self.fates().count());
        if seen < all {
            let asset = self.market.contract().spec().settlement;
            lines.push(format!("of {all} positions, the {seen} that settle in {asset} are shown"));
        }
        lines
    }

    const fn mode(&self) -> &'static str {
        crate::local::preview::mode(self.run.mode)
    }
}
