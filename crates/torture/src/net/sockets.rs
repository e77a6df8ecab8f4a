//! WebSockets that break the rules, or do not read.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use super::{CLOSED_WITHIN, LATE, Verdict};
use crate::error::Failure;
use crate::load::row::{self, Row};
use crate::load::{Mix, Transport};
use crate::process;
use crate::target::{FarAway, Target};
use crate::wire::stream::Stream;
use crate::wire::websocket::{self, Kind};

/// Seconds for which orders fill the streams that nobody reads.
const FILLING: u64 = 10;
/// Orders a second that trade meanwhile: each is told of in several messages.
const FILLING_RATE: u64 = 1000;
/// How much the server may grow for WebSockets that do not read, in bytes each: the backlog it keeps, twice.
const GROWTH_EACH: u64 = 2 << 20;

/// How a WebSocket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// With this code.
    Code(Option<u16>),
    /// Without a close frame.
    Dropped,
    /// It did not, and this was the last message.
    Open(String),
}

pub(super) fn run(target: &Target, symbol: &str, slow_readers: usize) -> Result<Vec<Verdict>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
    let address = target.address();
    let mut verdicts = Vec::new();
    for (name, frames, wanted) in cases() {
        let end = runtime.block_on(ended(address, &frames)).map_err(Failure::io(name))?;
        let seen = format!("{end:?}");
        verdicts.push(if wanted.meets(&end) {
            Verdict::pass(name, seen)
        } else {
            Verdict::fail(name, seen, format!("{wanted:?} was wanted"))
        });
    }
    verdicts.push(unread(target, symbol, slow_readers)?);
    Ok(verdicts)
}

/// How a WebSocket may end.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// With this code.
    Code(u16),
    /// In any way.
    Closed,
    /// In any way, or with an error in answer.
    ClosedOrError,
}

impl Wanted {
    fn meets(self, end: &End) -> bool {
        match (self, end) {
            (Self::Code(code), End::Code(Some(seen))) => code == *seen,
            (Self::Code(_), End::Code(None) | End::Dropped | End::Open(_)) | (Self::Closed, End::Open(_)) => false,
            (Self::Closed | Self::ClosedOrError, End::Code(_) | End::Dropped) => true,
            (Self::ClosedOrError, End::Open(last)) => last.contains("\"error\"") || last.contains("\"code\""),
        }
    }
}

fn cases() -> Vec<(&'static str, Vec<u8>, Wanted)> {
    let text = |text: &str| {
        let mut frame = Vec::new();
        websocket::write(Kind::Text, text.as_bytes(), &mut frame);
        frame
    };
    let names = (0..300).map(|number| format!("\"btcusdt@kline_{number}m\"")).collect::<Vec<_>>().join(",");
    let subscriptions = format!(r#"{{"method":"SUBSCRIBE","params":[{names}],"id":1}}"#);
    let control = text(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).repeat(200);
    let mut unmasked = text("{}");
    unmasked[1] &= 0x7f;
    unmasked.drain(2..6);
    vec![
        ("WebSocket message of 70 KiB", text(&"a".repeat(70 << 10)), Wanted::Code(1009)),
        ("200 control messages at once", control, Wanted::Code(1008)),
        ("300 subscriptions", text(&subscriptions), Wanted::ClosedOrError),
        ("unmasked frame", unmasked, Wanted::Closed),
    ]
}

/// Sends frames and waits for the end.
async fn ended(address: SocketAddr, frames: &[u8]) -> io::Result<End> {
    let mut stream = Stream::open(address, SocketAddr::from(([127, 0, 66, 1], 0))).await?;
    stream.upgrade(&address.to_string(), "/ws").await?;
    let _ = stream.send(frames).await;
    Ok(end(&mut stream, Duration::from_secs(3)).await)
}

async fn end(stream: &mut Stream, patience: Duration) -> End {
    let (deadline, mut last) = (Instant::now() + patience, String::new());
    loop {
        while let Ok(Some(frame)) = websocket::parse(stream.unread()) {
            if frame.kind == Kind::Close {
                return End::Code(frame.close_code());
            }
            if matches!(frame.kind, Kind::Text) {
                last = String::from_utf8_lossy(frame.payload).into_owned();
            }
            let taken = frame.taken;
            stream.take(taken);
        }
        match tokio::time::timeout_at(deadline.into(), stream.more()).await {
            Err(_) => return End::Open(last),
            Ok(Err(_)) => return End::Dropped,
            Ok(Ok(_)) => {}
        }
    }
}

/// Subscribers that never read while orders fill their streams: when they look again, their connection has ended.
fn unread(target: &Target, symbol: &str, count: usize) -> Result<Verdict, Failure> {
    let name = "WebSockets that do not read";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
    let before = target.process().map(process::usage).unwrap_or_default().memory;
    let mut streams = Vec::new();
    for number in 0..count {
        let stream = runtime.block_on(deaf(target.address(), number, &symbol.to_lowercase()));
        streams.push(stream.map_err(Failure::io("a subscription"))?);
    }
    fill(target, symbol)?;
    thread::sleep(CLOSED_WITHIN);
    let after = target.process().map(process::usage).unwrap_or_default().memory;
    let mut open = 0;
    for stream in &mut streams {
        let end = runtime.block_on(end(stream, LATE));
        open += usize::from(matches!(end, End::Open(_)));
    }
    let grown = after.saturating_sub(before);
    let seen = format!("{} of {count} closed, the server grew by {} MiB", count - open, grown >> 20);
    if open > 0 {
        return Ok(Verdict::fail(name, seen, format!("{open} still open {CLOSED_WITHIN:?} after their streams were full")));
    }
    if grown > GROWTH_EACH * count as u64 {
        return Ok(Verdict::fail(name, seen, format!("more than {} MiB each", GROWTH_EACH >> 20)));
    }
    Ok(Verdict::pass(name, seen))
}

async fn deaf(address: SocketAddr, number: usize, symbol: &str) -> io::Result<Stream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    let last = u8::try_from(number / 50 + 1).unwrap_or(u8::MAX);
    socket.bind(SocketAddr::from(([127, 0, 67, last], 0)))?;
    let mut stream = Stream::connect(socket, address).await?;
    stream.upgrade(&address.to_string(), "/ws").await?;
    let names = ["bookTicker", "depth@100ms", "depth20@100ms", "aggTrade", "trade", "markPrice@1s"];
    let names = names.map(|name| format!("\"{symbol}@{name}\"")).join(",");
    let mut frame = Vec::new();
    websocket::write(Kind::Text, format!(r#"{{"method":"SUBSCRIBE","params":[{names}],"id":1}}"#).as_bytes(), &mut frame);
    stream.send(&frame).await?;
    Ok(stream)
}

/// Orders that trade, so that the streams have much to say.
fn fill(target: &Target, symbol: &str) -> Result<(), Failure> {
    let row = Row {
        connections: 8,
        seconds: FILLING,
        rate: Some(FILLING_RATE),
        transport: Transport::Http,
        mix: Mix::Trade,
        open_orders: 8,
        threads: 1,
    };
    let price = FarAway::ask(target.address(), symbol)?;
    row::measure(target, &row, symbol, &price).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_judged_by_its_code() {
        let table = [
            (Wanted::Code(1009), End::Code(Some(1009)), true),
            (Wanted::Code(1009), End::Code(Some(1008)), false),
            (Wanted::Code(1009), End::Dropped, false),
            (Wanted::Closed, End::Dropped, true),
            (Wanted::Closed, End::Open(String::new()), false),
            (Wanted::ClosedOrError, End::Open(r#"{"error":{"code":2}}"#.to_owned()), true),
            (Wanted::ClosedOrError, End::Open(r#"{"result":null,"id":1}"#.to_owned()), false),
        ];
        for (wanted, end, expected) in table {
            assert_eq!(wanted.meets(&end), expected, "{wanted:?} {end:?}");
        }
    }
}
