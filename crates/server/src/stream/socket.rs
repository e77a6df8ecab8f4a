//! One connection, from its upgrade to its end.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use http::request::Parts;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::control::Control;
use super::outbox::{End, Form, Outbox, Task};
use super::route::{Route, Wish};
use super::session::Session;
use super::settings::StreamSettings;
use crate::api::app::App;
use crate::edge::error::ApiError;
use crate::metrics::Metrics;

/// How long the other side has to end the connection, too.
const FAREWELL: Duration = Duration::from_secs(1);
/// Greatest message that is read at all: greater ones than allowed are told so, far greater ones are cut.
const READ_FACTOR: usize = 16;
const GOING_AWAY: u16 = 1001;
const PROTOCOL: u16 = 1002;
const UNSUPPORTED: u16 = 1003;
const POLICY: u16 = 1008;
const TOO_LARGE: u16 = 1009;

/// Who speaks on a socket.
enum Client {
    Streams(Control),
    Api(Session),
}

/// Makes a socket of a request and serves it until it ends, or the server does.
pub async fn upgrade(app: Arc<App>, peer: IpAddr, mut parts: Parts, (route, stop): (Route, watch::Receiver<bool>)) -> Response {
    let settings = app.hub.settings();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let most = settings.message_bytes.saturating_mul(READ_FACTOR);
    let dropped = app.local.faults.sockets();
    let metrics = Arc::clone(&app.metrics);
    let upgrade = upgrade.max_message_size(most).max_frame_size(most).read_buffer_size(8 * 1024).write_buffer_size(64 * 1024);
    let client = match route {
        Route::Streams(wish) => match follow(&app, &settings, wish) {
            Ok(control) => Client::Streams(control),
            Err(error) => return error.into_response(),
        },
        Route::Api(family, rows) => Client::Api(Session::new(app, peer, (family, rows), &settings)),
    };
    upgrade.on_upgrade(move |socket| async move {
        let now = Instant::now();
        let outbox = Arc::clone(client.outbox());
        let bucket = Bucket::full(&settings, now);
        let line = Line { socket, outbox, metrics, settings, heard: now, pinged: now, wrote: None, bucket };
        line.serve(client, (stop, dropped)).await;
    })
}

/// Follows what the address asks for.
fn follow(app: &Arc<App>, settings: &StreamSettings, wish: Wish) -> Result<Control, ApiError> {
    let connection = app.hub.open();
    connection.outbox.set_form(wish.combined.unwrap_or(Form::Raw));
    let mut control = Control::new(connection, settings.streams);
    let mut follows = Vec::new();
    // Some clients end the path with a number; what has the form of a stream is meant as one.
    let meant = wish.segments.iter().filter(|name| name.contains('@') || name.starts_with('!') || control.named(name).is_some());
    for name in meant.chain(&wish.streams) {
        follows.push(control.named(name).ok_or_else(|| ApiError::refused(format!("There is no stream '{name}'.")))?);
    }
    if let Some(key) = &wish.listen_key {
        match control.named(key) {
            Some(account) => follows.push(account),
            None => control.outbox().close(POLICY, "the listenKey does not exist"),
        }
    }
    let wanted = wish.events.map(Arc::from);
    control.follow(follows, &wanted).map_err(ApiError::refused)?;
    Ok(control)
}

impl Client {
    fn outbox(&self) -> &Arc<Outbox> {
        match self {
            Self::Streams(control) => control.outbox(),
            Self::Api(session) => session.outbox(),
        }
    }
}

/// How many control messages may come.
struct Bucket {
    /// Thousandths of messages.
    left: u64,
    most: u64,
    per_second: u64,
    since: Instant,
}

impl Bucket {
    fn full(settings: &StreamSettings, now: Instant) -> Self {
        let most = u64::from(settings.controls_at_once).saturating_mul(1_000);
        Self { left: most, most, per_second: settings.controls_per_second.into(), since: now }
    }

    /// Takes one out, if there is one.
    fn take(&mut self, now: Instant) -> Option<()> {
        let passed = u64::try_from(now.saturating_duration_since(self.since).as_millis()).unwrap_or(u64::MAX);
        self.since = now;
        self.left = self.left.saturating_add(passed.saturating_mul(self.per_second)).min(self.most);
        self.left = self.left.checked_sub(1_000)?;
        Some(())
    }
}

/// Why a connection ends.
enum Over {
    /// Nothing more can be said.
    Gone,
    /// With this code and reason.
    Close(u16, &'static str),
}

/// Waits until all sockets are to be dropped, as the owner of a local exchange may ask.
async fn dropped_on_purpose(mut dropped: watch::Receiver<u64>) {
    if dropped.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until the server is to stop.
async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Line {
    socket: WebSocket,
    outbox: Arc<Outbox>,
    metrics: Arc<Metrics>,
    settings: StreamSettings,
    heard: Instant,
    pinged: Instant,
    /// When something was written last, if it was.
    wrote: Option<Instant>,
    bucket: Bucket,
}

impl Line {
    async fn serve(mut self, mut client: Client, (stop, dropped): (watch::Receiver<bool>, watch::Receiver<u64>)) {
        let mut stopping = pin!(stopped(stop));
        let mut dropping = pin!(dropped_on_purpose(dropped));
        let over = loop {
            let (next_beat, next_write, listens) = (self.next_beat(), self.next_write(), client.listens());
            let step = tokio::select! {
                () = &mut stopping => Err(Over::Close(GOING_AWAY, "the server is stopping")),
                () = &mut dropping => Err(Over::Gone),
                task = self.outbox.next(next_write) => self.work(task).await,
                answer = client.answer() => {
                    self.outbox.push_now(answer);
                    Ok(())
                }
                message = self.socket.recv(), if listens => self.hear(message, &mut client),
                () = sleep_until(next_beat) => self.beat().await,
            };
            if let Err(over) = step {
                break over;
            }
        };
        if let Over::Close(code, reason) = over {
            self.close(code, reason).await;
        }
        // Only now: a server that stops waits for as many as are in the hub.
        drop(client);
    }

    async fn work(&mut self, task: Task) -> Result<(), Over> {
        match task {
            Task::Write(frames, cost) => self.write(frames, cost).await,
            Task::End(End::Overflow) => Err(Over::Gone),
            Task::End(End::Close(code, reason)) => Err(Over::Close(code, reason)),
        }
    }

    /// Writes everything that waited in one go.
    async fn write(&mut self, frames: VecDeque<Utf8Bytes>, cost: usize) -> Result<(), Over> {
        let Self { socket, outbox, settings, .. } = self;
        self.metrics.written(frames.len());
        self.wrote = Some(Instant::now());
        let writing = async {
            for frame in frames {
                socket.feed(Message::Text(frame)).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            written = timeout(settings.write_time, writing) => match written {
                Ok(Ok(())) => {
                    outbox.written(cost);
                    Ok(())
                }
                Ok(Err(_)) | Err(_) => Err(Over::Gone),
            },
            () = outbox.overflowed() => Err(Over::Gone),
        }
    }

    fn hear(&mut self, message: Option<Result<Message, axum::Error>>, client: &mut Client) -> Result<(), Over> {
        let message = match message {
            None => return Err(Over::Gone),
            Some(Err(error)) if error.to_string().contains("Space limit") => {
                return Err(Over::Close(TOO_LARGE, "the message is too large"));
            }
            Some(Err(_)) => return Err(Over::Close(PROTOCOL, "a frame is malformed")),
            Some(Ok(message)) => message,
        };
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Over::Close(UNSUPPORTED, "only text is understood")),
            Message::Ping(_) | Message::Pong(_) => return self.count(),
            Message::Close(_) => return Ok(()),
        };
        if text.as_str().len() > self.settings.message_bytes {
            return Err(Over::Close(TOO_LARGE, "the message is too large"));
        }
        match client {
            Client::Streams(control) => {
                self.count()?;
                control.answer(text.as_str());
            }
            Client::Api(session) => session.take(text),
        }
        Ok(())
    }

    /// Counts a control message.
    fn count(&mut self) -> Result<(), Over> {
        self.bucket.take(self.heard).ok_or(Over::Close(POLICY, "too many control messages"))
    }

    /// When what may wait may be written again; `None` for at once.
    fn next_write(&self) -> Option<Instant> {
        self.wrote.map(|wrote| wrote + self.settings.write_every).filter(|next| *next > Instant::now())
    }

    fn next_beat(&self) -> Instant {
        (self.pinged + self.settings.ping_every).min(self.heard + self.settings.silence)
    }

    async fn beat(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        if now >= self.heard + self.settings.silence {
            return Err(Over::Close(POLICY, "no pong"));
        }
        self.pinged = now;
        let sent = timeout(self.settings.write_time, self.socket.send(Message::Ping(bytes::Bytes::new()))).await;
        sent.map_err(|_| Over::Gone)?.map_err(|_| Over::Gone)
    }

    /// Says goodbye and waits a moment for the other side to say it.
    async fn close(mut self, code: u16, reason: &'static str) {
        let farewell = async {
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // Whoever does not answer is cut off.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

impl Client {
    /// Whether it may say something now.
    fn listens(&self) -> bool {
        match self {
            Self::Streams(_) => true,
            Self::Api(session) => session.has_room(),
        }
    }

    /// The next answer to one of its requests.
    async fn answer(&mut self) -> Utf8Bytes {
        match self {
            Self::Streams(_) => std::future::pending().await,
            Self::Api(session) => session.answer().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_messages_may_come_in_a_burst_and_then_at_a_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(&StreamSettings::DEFAULT, start);
        let mut taken = |ms, tries| (0..tries).filter(|_| bucket.take(start + Duration::from_millis(ms)).is_some()).count();
        assert_eq!(taken(0, 60), 50);
        assert_eq!(taken(99, 1), 0);
        assert_eq!(taken(100, 2), 1);
        assert_eq!(taken(1_100, 20), 10);
        assert_eq!(taken(100_000, 60), 50);
    }
}
