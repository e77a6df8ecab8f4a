//! The reference: `/openapi.json` and `/docs`, both made of the table of calls. Neither asks anything of another server.

mod openapi;
mod page;

use std::sync::Arc;

use http::Method;

use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::endpoint::{Endpoint, Handler, OrderCount, Security, Weight};
use crate::edge::error::ApiError;
use crate::handler;

pub use openapi::document;

const STYLE: &str = include_str!("style.css");

/// The calls of this module.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let row = |path, summary, handler: Handler| Endpoint {
        method: Method::GET,
        path,
        family: None,
        security: Security::Public,
        weight: Weight::Fixed(0),
        orders: OrderCount::Zero,
        ws_method: None,
        summary,
        parameters: &[],
        handler,
    };
    vec![
        row("/docs", "This reference.", handler!(docs)),
        row("/docs/style.css", "How the reference looks.", handler!(style)),
        row("/openapi.json", "All calls as OpenAPI 3.1.", handler!(json)),
    ]
}

async fn docs(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let body = page::page(app.router.endpoints()).into_bytes();
    Ok(Success { body, content_type: "text/html; charset=utf-8", index: None, policy: None })
}

async fn style(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Ok(Success { body: STYLE.as_bytes().to_vec(), content_type: "text/css; charset=utf-8", index: None, policy: None })
}

async fn json(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&document(app.router.endpoints()))
}

/// The part of the table that a path belongs to.
fn group(path: &str) -> &'static str {
    const GROUPS: [(&str, &str); 5] = [
        ("/fapi", "USDⓈ-M futures"),
        ("/dapi", "COIN-M futures"),
        ("/futures", "Futures statistics"),
        ("/local", "Control of this exchange"),
        ("/", "Server"),
    ];
    GROUPS.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or("Server", |(_, name)| name)
}

/// Who may make a call, in words.
const fn who(security: Security) -> &'static str {
    match security {
        Security::Public => "public",
        Security::Key => "a key",
        Security::Read => "signed, may read",
        Security::Trade => "signed, may trade",
        Security::Control => "whoever controls the exchange",
    }
}
