//! The same positions under isolated and under cross, along a path of the mark: both run on copies of the exchange.
//!
//! On each copy the account's open orders are cancelled and its positions switched: a position that goes to cross brings its margin into the pool,
//! one that leaves it takes its initial margin along. Where that is refused, for want of money or because it would be liquidated, the position stays
//! as it is and the answer says so. A market whose rules know no switch with an open position is given one that carries it, on the copies only. Time
//! stands still, so there is no funding. The maker is gone while the mark moves: what is liquidated meets other
//! accounts' orders, then the insurance fund, then those deleveraged.

mod outcome;
mod recorded;
pub(super) mod report;
mod run;
mod sums;
mod told;

use std::sync::Arc;

use ringfence_engine::engine::Engine;
use ringfence_engine::ids::MarketId;
use ringfence_risk::arithmetic::{Rounding, add, mul_div, sub};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{MarkPrice, Rate};
use serde_json::json;

use super::ask::{account, answer, symbol, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::Symbol;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use run::{Course, Run};

/// Most points of a path.
const MOST_POINTS: usize = 200;
/// Steps from one point of a path to the next.
const STEPS: i128 = 5;

/// A market whose mark moves.
#[derive(Clone, Debug)]
struct Moved {
    market: MarketId,
    grid: MarkPrice,
}

/// What is asked for, and the exchange as it stands.
struct Asked {
    course: Course,
    owner: String,
    symbol: String,
    /// The points of the path, in words.
    path: String,
    engine: Engine,
}

/// `POST /local/v1/compare`.
pub(super) async fn compare(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let asked = asked(&app, &call).await?;
    let told = tokio::task::spawn_blocking(move || {
        let told = |run: &Run| told::told(run, (asked.course.account, &asked.owner)).map_err(super::preview::out_of_range);
        let runs = asked.runs()?.iter().map(told).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, ApiError>(json!({"account": asked.owner, "symbol": asked.symbol, "runs": runs}))
    });
    answer(&told.await.map_err(|_| ApiError::of(Code::Internal))??, None)
}

async fn asked(app: &Arc<App>, call: &Call) -> Result<Asked, ApiError> {
    let (account, leading) = (account(app, call)?, symbol(app, call)?);
    let points = points(&call.parameters)?;
    let all = call.parameters.choice("markets", &[("ONE", false), ("ALL", true)])?.unwrap_or(false);
    let moved = |symbol: &Symbol| Moved { market: symbol.market, grid: symbol.mark_step };
    let others = app.catalog.symbols().iter().filter(|other| all && other.market != leading.market).map(moved).collect();
    let names = app.catalog.symbols().iter().map(|symbol| (symbol.market, symbol.symbol.clone())).collect();
    let path = steps(&points).map_err(super::preview::out_of_range)?;
    let course = Course { account, leading: moved(leading), others, names, path };
    let owner = call.parameters.required("account")?.to_owned();
    let path = points.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let engine = app.read(|world| Ok(world.engine().clone())).await?;
    Ok(Asked { course, owner, symbol: leading.symbol.clone(), path, engine })
}

impl Asked {
    /// Isolated, then cross.
    fn runs(&self) -> Result<[Run; 2], ApiError> {
        let run = |mode| self.course.run(self.engine.clone(), mode);
        Ok([run(MarginMode::Isolated)?, run(MarginMode::Cross)?])
    }
}

/// Where the path goes, each point as a change from the present mark.
fn points(parameters: &Parameters) -> Result<Vec<Rate>, ApiError> {
    let recorded: Option<&[&str]> =
        parameters.choice("recorded", &[("2020-03", &recorded::MARCH_2020[..]), ("2021-05", &recorded::MAY_2021[..])])?;
    let texts: Vec<String> = match (parameters.list("path")?, recorded) {
        (Some(_), Some(_)) => return Err(ApiError::not_required("recorded")),
        (Some(path), None) => path,
        (None, Some(recorded)) => recorded.iter().map(|change| (*change).to_owned()).collect(),
        (None, None) => return Err(ApiError::either("path", "recorded")),
    };
    if texts.is_empty() || texts.len() > MOST_POINTS {
        return Err(wrong("path", format!("must have 1 to {MOST_POINTS} points, got {}", texts.len())));
    }
    let read = |text: &String| {
        let rate: Rate = text.parse().map_err(|_| wrong("path", format!("'{text}' is no number")))?;
        let fits = rate.raw() > -100_000_000 && rate.raw() <= 1_000_000_000;
        if fits { Ok(rate) } else { Err(wrong("path", format!("a change must be above -1 and at most 10, got {text}"))) }
    };
    texts.iter().map(read).collect()
}

/// The path in equal steps from point to point.
fn steps(points: &[Rate]) -> Result<Vec<Rate>, ringfence_risk::arithmetic::OutOfRange> {
    let (mut path, mut from) = (Vec::new(), Rate::ZERO);
    for point in points {
        for step in 1..=STEPS {
            let part = mul_div(sub(point.wide(), from.wide())?, step, STEPS, Rounding::HalfEven)?;
            path.push(Rate::from_wide(add(from.wide(), part)?)?);
        }
        from = *point;
    }
    Ok(path)
}
