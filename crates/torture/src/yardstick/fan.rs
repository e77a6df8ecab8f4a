//! The yardstick's WebSockets: orders as messages, and a stream that writes each message on its own.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::{Yard, rest};

pub(super) async fn requests(State(yard): State<Arc<Yard>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| answer_each(yard, socket))
}

async fn answer_each(yard: Arc<Yard>, mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let Some(answer) = execute(&yard, &text).await else { return };
        if socket.send(Message::Text(answer.into())).await.is_err() {
            return;
        }
    }
}

async fn execute(yard: &Yard, text: &str) -> Option<String> {
    let request: Value = serde_json::from_str(text).ok()?;
    let parameters = request["params"].as_object()?;
    let mut pairs: Vec<String> = Vec::with_capacity(parameters.len());
    for (name, value) in parameters.iter().filter(|(name, _)| *name != "signature") {
        match value.as_str() {
            Some(text) => pairs.push(format!("{name}={text}")),
            None => pairs.push(format!("{name}={value}")),
        }
    }
    pairs.sort_unstable();
    let payload = pairs.join("&");
    let (key, signature) = (parameters["apiKey"].as_str()?, parameters["signature"].as_str()?);
    if !yard.is_signed(key, &payload, signature) {
        return Some(
            r#"{"id":1,"status":400,"error":{"code":-1022,"msg":"Signature for this request is not valid."}}"#.to_owned(),
        );
    }
    let number = yard.make_durable(payload.into_bytes()).await?;
    Some(format!(r#"{{"id":1,"status":200,"result":{}}}"#, rest::answer(number)))
}

/// Takes messages to tell: one JSON object each.
pub(super) async fn source(State(yard): State<Arc<Yard>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            let Message::Text(text) = message else { continue };
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                // Nobody may follow.
                let _ = yard.stream.send(Arc::new(value));
            }
        }
    })
}

pub(super) async fn stream(State(yard): State<Arc<Yard>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| follow(yard, socket))
}

/// Encodes each message and sends it as it comes, one write each: what fan-out costs without thought.
async fn follow(yard: Arc<Yard>, mut socket: WebSocket) {
    let mut messages = yard.stream.subscribe();
    loop {
        match messages.recv().await {
            Ok(message) => {
                if socket.send(Message::Text(message.to_string().into())).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_) | RecvError::Closed) => return,
        }
    }
}
