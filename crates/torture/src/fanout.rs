//! Fan-out: many subscribers of one stream, and what each message costs the server.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::load::report::thousands;
use crate::load::row::{self, Row};
use crate::load::{Mix, Transport, yardstick};
use crate::process;
use crate::target::{FarAway, ServerOptions, Target};
use crate::wire::stream::{self, Stream};
use crate::wire::websocket::{self, Kind};

/// Connections that place and cancel orders so that the stream has something to say.
const DRIVERS: usize = 8;
/// How many times cheaper than one write for each message a message must be.
const GOAL: u64 = 5;

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct FanoutOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Subscribers
    #[arg(long, default_value_t = 100)]
    pub subscribers: usize,
    /// The stream they follow
    #[arg(long, default_value = "btcusdt@bookTicker")]
    pub stream: String,
    /// Orders and cancels a second that move the stream
    #[arg(long, default_value_t = 1000)]
    pub rate: u64,
    /// Seconds that count
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Exit with code 3 when a message is not 5 times cheaper than with one write for each
    #[arg(long)]
    pub check: bool,
}

/// What subscribers received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Received {
    messages: u64,
    bytes: u64,
    reads: u64,
    lost: u64,
}

/// Measures the server and the yardstick, which writes each message on its own.
///
/// # Errors
/// When a server cannot be used, and with `--check` when the goal is missed.
pub fn run(options: &FanoutOptions) -> Result<(), Failure> {
    let server = options.server.open(options.server.data.as_deref())?;
    let price = FarAway::at_best_bid(server.address(), &options.server.symbol)?;
    let ours = side("server", &server, options, &price)?;
    let yardstick = Target::start(&yardstick(None, server.ready.accounts.len())?)?;
    let theirs = side("yardstick", &yardstick, options, &price)?;
    let tenths = u64::try_from(theirs.as_nanos() * 10 / ours.as_nanos().max(1)).unwrap_or(u64::MAX);
    println!("one write for each message costs {}.{} times as much", tenths / 10, tenths % 10);
    if options.check && tenths < GOAL * 10 {
        return Err(Failure::Difference(format!("a message must be {GOAL} times cheaper than with one write for each")));
    }
    Ok(())
}

/// Processor time of a message: what the server uses with subscribers less what it uses without, at the same rate of orders.
fn side(name: &str, target: &Target, options: &FanoutOptions, price: &FarAway) -> Result<Duration, Failure> {
    let process =
        target.process().ok_or_else(|| Failure::Usage("fanout needs the server's process: give a program".to_owned()))?;
    let (alone, _) = drive(target, options, price, 0)?;
    let (together, received) = drive(target, options, price, options.subscribers)?;
    if received.messages == 0 {
        return Err(Failure::Server(format!("{name}: no message came on {}", options.stream)));
    }
    let each = together.saturating_sub(alone).as_nanos() / u128::from(received.messages);
    println!(
        "{name:<10} {} subscribers · {} messages/s · {} bytes each · {}.{} in each read · lost connections {} · {}.{:02} µs each \
         · {} MiB",
        options.subscribers,
        thousands(received.messages / options.seconds.max(1)),
        received.bytes / received.messages,
        received.messages / received.reads.max(1),
        received.messages * 10 / received.reads.max(1) % 10,
        received.lost,
        each / 1000,
        each / 10 % 100,
        process::usage(process).memory >> 20,
    );
    Ok(Duration::from_nanos(u64::try_from(each).unwrap_or(u64::MAX)))
}

/// Orders at a rate, beside so many subscribers. The server's processor time meanwhile.
fn drive(target: &Target, options: &FanoutOptions, price: &FarAway, subscribers: usize) -> Result<(Duration, Received), Failure> {
    let row = Row {
        connections: DRIVERS,
        seconds: options.seconds,
        rate: Some(options.rate),
        transport: Transport::Http,
        mix: Mix::PlaceCancel,
        open_orders: DRIVERS,
        threads: 1,
    };
    let before = target.process().map(process::usage).unwrap_or_default();
    let (address, stream) = (target.address(), options.stream.clone());
    let end = Instant::now() + Duration::from_secs(options.seconds + 1);
    let following = thread::spawn(move || follow(address, &stream, subscribers, end));
    let measured = row::measure(target, &row, &options.server.symbol, price)?;
    let received = following.join().map_err(|_| Failure::Server("a subscriber ended early".to_owned()))??;
    if let Some(error) = measured.first_error {
        println!("           {} errors of the orders; the first: {error}", measured.errors);
    }
    let after = target.process().map(process::usage).unwrap_or_default();
    Ok((after.processor.saturating_sub(before.processor), received))
}

fn follow(address: SocketAddr, stream: &str, subscribers: usize, end: Instant) -> Result<Received, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for number in 0..subscribers {
            let from = stream::source(number + 1000);
            let subscribed = subscribe(address, from, stream).await.map_err(Failure::io("a subscription"))?;
            tasks.push(tokio::spawn(count(subscribed, end)));
        }
        let mut all = Received::default();
        for task in tasks {
            let one = task.await.map_err(|error| Failure::Server(error.to_string()))?;
            all.messages += one.messages;
            all.bytes += one.bytes;
            all.reads += one.reads;
            all.lost += one.lost;
        }
        Ok(all)
    })
}

/// Opens a WebSocket that follows a stream.
///
/// # Errors
/// When the server does not agree.
pub async fn subscribe(address: SocketAddr, from: SocketAddr, stream: &str) -> io::Result<Stream> {
    let mut subscribed = Stream::open(address, from).await?;
    subscribed.upgrade(&address.to_string(), "/ws").await?;
    let mut request = Vec::new();
    let text = format!(r#"{{"method":"SUBSCRIBE","params":["{stream}"],"id":1}}"#);
    websocket::write(Kind::Text, text.as_bytes(), &mut request);
    subscribed.send(&request).await?;
    Ok(subscribed)
}

async fn count(mut stream: Stream, end: Instant) -> Received {
    let mut received = Received::default();
    loop {
        let more = tokio::time::timeout_at(end.into(), stream.more()).await;
        match more {
            Err(_) => return received,
            Ok(Err(_)) => return Received { lost: 1, ..received },
            Ok(Ok(_)) => received.reads += 1,
        }
        while let Ok(Some(frame)) = websocket::parse(stream.unread()) {
            let taken = frame.taken;
            match frame.kind {
                Kind::Text | Kind::Binary => {
                    received.messages += 1;
                    received.bytes += frame.payload.len() as u64;
                }
                Kind::Ping => {
                    let mut pong = Vec::new();
                    websocket::write(Kind::Pong, frame.payload, &mut pong);
                    if stream.send(&pong).await.is_err() {
                        return Received { lost: 1, ..received };
                    }
                }
                Kind::Close | Kind::Continuation | Kind::Pong => {}
            }
            stream.take(taken);
        }
    }
}
