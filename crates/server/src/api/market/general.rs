//! Whether the exchange is there, and what time it is.

use std::sync::Arc;

use serde_json::json;

use crate::api::app::{App, wall_time};
use crate::api::call::{Call, Success};
use crate::edge::error::ApiError;

/// `GET /ping`.
pub(super) async fn ping(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&json!({}))
}

/// `GET /time`: the machine's, by which signatures are judged.
pub(super) async fn time(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&json!({"serverTime": wall_time().ms()}))
}

/// A list of what there is none of, such as composite indices.
pub(super) async fn nothing(_: Arc<App>, _: Call) -> Result<Success, ApiError> {
    Success::of(&json!([]))
}
