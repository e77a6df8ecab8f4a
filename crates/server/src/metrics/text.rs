//! The text format of Prometheus.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ringfence_risk::arithmetic::OutOfRange;

use super::{BATCH, Histogram, SECONDS};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::text::Decimal;
use crate::edge::error::ApiError;

/// What the format is called.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes one family of numbers after another. Writing to a String cannot fail.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP ringfence_{name} {help}\n# TYPE ringfence_{name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: impl core::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "ringfence_{name}{labels} {value}");
    }

    fn single(&mut self, (name, kind, help): (&str, &str, &str), value: impl core::fmt::Display) {
        self.family(name, kind, help);
        self.value(name, "", value);
    }

    fn histogram<const N: usize>(
        &mut self,
        (name, help): (&str, &str),
        histogram: &Histogram<N>,
        show: fn(u64) -> Decimal,
        bounds: [u64; N],
    ) {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        self.family(name, "histogram", help);
        for (within, bound) in histogram.within.iter().zip(bounds) {
            self.value(&format!("{name}_bucket"), &format!("le=\"{}\"", show(bound)), load(within));
        }
        self.value(&format!("{name}_bucket"), "le=\"+Inf\"", load(&histogram.count));
        self.value(&format!("{name}_sum"), "", show(load(&histogram.sum)));
        self.value(&format!("{name}_count"), "", load(&histogram.count));
    }
}

/// Microseconds as seconds.
fn seconds(microseconds: u64) -> Decimal {
    Decimal::new(i128::from(microseconds).saturating_mul(100), 0)
}

fn whole(number: u64) -> Decimal {
    Decimal::new(i128::from(number).saturating_mul(100_000_000), 0)
}

/// `GET /metrics`.
pub(super) async fn metrics(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let mut page = Page::default();
    counters(&app, &mut page);
    markets(&app, &mut page).await?;
    Ok(Success { body: page.0.into_bytes(), content_type: FORMAT, index: None, policy: None })
}

fn counters(app: &App, page: &mut Page) {
    let metrics = &app.metrics;
    page.family("commands_total", "counter", "Commands executed, by kind.");
    for (kind, count) in metrics.commands.rows().iter() {
        page.value("commands_total", &format!("kind=\"{kind}\""), count);
    }
    page.family("rejects_total", "counter", "Commands refused, by number and name of the reason.");
    for ((number, name), count) in metrics.rejects.rows().iter() {
        page.value("rejects_total", &format!("number=\"{number}\",name=\"{name}\""), count);
    }
    page.family("http_requests_total", "counter", "Requests answered, by path and status.");
    for ((path, status), count) in metrics.requests.rows().iter() {
        page.value("http_requests_total", &format!("path=\"{path}\",status=\"{status}\""), count);
    }
    let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
    page.single(("trades_total", "counter", "Trades."), load(&metrics.trades));
    page.single(("liquidations_total", "counter", "Liquidations begun."), load(&metrics.liquidations));
    page.single(("http_requests_in_flight", "gauge", "Requests that are not answered yet."), load(&metrics.in_flight));
    page.single(("stream_frames_total", "counter", "Frames written to WebSockets."), load(&metrics.frames));
    page.single(
        ("stream_writes_total", "counter", "Writes to WebSockets, each of all frames that waited."),
        load(&metrics.writes),
    );
    page.single(("queue_waiting", "gauge", "Requests that wait for the sequencer."), app.exchange.waiting());
    page.histogram(("batch_records", "Records made durable together."), &metrics.batches, whole, BATCH);
    page.histogram(("commit_seconds", "Time a batch takes to the disk."), &metrics.commits, seconds, SECONDS);
}

async fn markets(app: &App, page: &mut Page) -> Result<(), ApiError> {
    let catalog = Arc::clone(&app.catalog);
    let rows = app
        .read(move |world| {
            let row = |symbol: &crate::boot::Symbol| -> Result<_, OutOfRange> {
                let view = world.state().market_view(symbol.market)?;
                Ok(view.map(|view| (symbol.symbol.clone(), view.insurance.to_string(), view.open_interest.to_string())))
            };
            let rows = catalog.symbols().iter().filter_map(|symbol| row(symbol).transpose());
            rows.collect::<Result<Vec<_>, _>>().map_err(|error| ApiError::refused(error.to_string()))
        })
        .await?;
    page.family("insurance_fund", "gauge", "Insurance fund of a market, in its settlement asset.");
    for (symbol, insurance, _) in &rows {
        page.value("insurance_fund", &format!("symbol=\"{symbol}\""), insurance);
    }
    page.family("open_interest", "gauge", "Quantity held long, as much as is held short.");
    for (symbol, _, interest) in &rows {
        page.value("open_interest", &format!("symbol=\"{symbol}\""), interest);
    }
    Ok(())
}
