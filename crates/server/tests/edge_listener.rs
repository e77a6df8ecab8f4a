//! The listener over real connections on the loopback address: what breaks a limit is answered or closed in time.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::routing::{any, get, post};
use futures_util::stream;
use ringfence_server::edge::listener::{ListenerLimits, Stopped, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// The limit of time under test; every other limit is longer.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);
/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(5);

fn limits() -> ListenerLimits {
    ListenerLimits {
        head_time: LONG,
        body_time: LONG,
        idle_time: LONG,
        write_time: LONG,
        shutdown_time: PATIENCE,
        ..ListenerLimits::bound_to(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<std::io::Result<Stopped>>,
}

impl Server {
    async fn start(limits: ListenerLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (stop, stopped) = watch::channel(false);
        Self { address, stop, running: tokio::spawn(serve(listener, router(), limits, stopped)) }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("a listener"))
    }

    /// Whether there is a place before patience ends.
    async fn serves_in_time(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.connect().await.is_served().await {
                return true;
            }
            sleep(SHORT / 10).await;
        }
        false
    }

    async fn stop(self) -> Stopped {
        self.stop.send(true).expect("a listener");
        timeout(PATIENCE * 2, self.running).await.expect("an end in time").expect("no panic").expect("no error")
    }
}

fn router() -> Router {
    Router::new()
        .route("/length", any(|body: Bytes| async move { body.len().to_string() }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/slow", post(|| async { sleep(SHORT * 2).await }))
        .route("/never", post(std::future::pending::<()>))
        .route("/large", get(|| async { vec![b'x'; 64 << 20] }))
        .route(
            "/parts",
            get(|| async {
                Body::from_stream(stream::iter(["a", "b", "c"].map(|part| Ok::<_, std::io::Error>(Bytes::from(part)))))
            }),
        )
        .route("/socket", get(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) }))
}

async fn echo(mut socket: axum::extract::ws::WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            socket.send(Message::Text(text)).await.expect("an open socket");
        }
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("an open connection");
    }

    /// Sends as much as the server takes; it may close the connection before it has all.
    async fn send_what_is_taken(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// Reads until the text contains this.
    async fn read_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        let mut buffer = [0; 4096];
        while !text.contains(end) {
            let count =
                timeout(PATIENCE, self.0.read(&mut buffer)).await.expect("an answer in time").expect("an open connection");
            assert!(count > 0, "the connection was closed after {text:?}");
            text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        text
    }

    /// Reads everything until the server closes, and says how long that took.
    async fn read_to_end(&mut self) -> (String, Duration) {
        let begun = Instant::now();
        let mut bytes = Vec::new();
        let mut buffer = [0; 65_536];
        loop {
            match timeout(PATIENCE, self.0.read(&mut buffer)).await.expect("a close in time") {
                Ok(0) | Err(_) => return (String::from_utf8_lossy(&bytes).into_owned(), begun.elapsed()),
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }

    async fn is_served(&mut self) -> bool {
        let request = "GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let sent = self.0.write_all(request.as_bytes()).await;
        let mut byte = [0; 1];
        sent.is_ok() && matches!(timeout(PATIENCE, self.0.read(&mut byte)).await, Ok(Ok(1)))
    }
}

fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|status| status.parse().ok()).unwrap_or_default()
}

async fn ask(server: &Server, request: &str) -> String {
    let mut client = server.connect().await;
    client.send_what_is_taken(request.as_bytes()).await;
    client.read_to_end().await.0
}

#[tokio::test]
async fn requests_are_served_with_their_body_and_the_peers_address() {
    let server = Server::start(limits()).await;
    let mut client = server.connect().await;
    let own = client.0.local_addr().unwrap().to_string();
    client.send("GET /peer HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n").await;
    assert!(client.read_until(&own).await.starts_with("HTTP/1.1 200"));
    client.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello").await;
    assert!(client.read_until("\r\n\r\n5").await.starts_with("HTTP/1.1 200"), "on the same connection");
    client.send("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    assert!(client.read_until("\r\n\r\n3").await.starts_with("HTTP/1.1 200"));
    drop(client);
    assert_eq!(server.stop().await, Stopped { cut: 0 });
}

#[tokio::test]
async fn what_is_too_large_or_compressed_is_refused_with_its_status() {
    let server = Server::start(limits()).await;
    let head = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    let uri = |length: usize| format!("GET /length?{}", "x".repeat(length - "/length?".len()));
    let body = |length: usize| head("POST /length", &format!("Content-Length: {length}\r\n")) + &"x".repeat(length);
    let chunked = head("POST /length", "Transfer-Encoding: chunked\r\n");
    let rows = [
        ("uri at the limit", head(&uri(8 * 1024), ""), 200),
        ("uri beyond it", head(&uri(8 * 1024 + 1), ""), 414),
        ("long header", head("GET /length", &format!("X-Long: {}\r\n", "x".repeat(15 * 1024))), 200),
        ("too long header", head("GET /length", &format!("X-Long: {}\r\n", "x".repeat(16 * 1024))), 431),
        ("far too long header", head("GET /length", &format!("X-Long: {}\r\n", "x".repeat(200 * 1024))), 431),
        ("many headers", head("GET /length", &"X-Many: 1\r\n".repeat(120)), 431),
        ("body at the limit", body(64 * 1024), 200),
        ("body beyond it", body(64 * 1024 + 1), 413),
        ("declared only", head("POST /length", "Content-Length: 99999999\r\n"), 413),
        ("chunks beyond it", format!("{chunked}10001\r\n{}\r\n0\r\n\r\n", "x".repeat(0x1_0001)), 413),
        ("gzip", head("POST /length", "Content-Encoding: gzip\r\nContent-Length: 0\r\n"), 415),
        ("identity", head("POST /length", "Content-Encoding: identity\r\nContent-Length: 0\r\n"), 200),
        ("broken chunks", format!("{chunked}zz\r\n"), 400),
        ("two lengths", head("POST /length", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        ("no http", "nonsense\r\n\r\n".to_owned(), 400),
    ];
    for (name, request, expected) in rows {
        let answer = ask(&server, &request).await;
        assert_eq!(status(&answer), expected, "{name}: {}", answer.get(..200).unwrap_or(&answer));
        let by_us = matches!(expected, 413..=415);
        assert!(!by_us || answer.contains("content-type: application/json"), "{name}: {answer}");
    }
    let preface = ask(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_ne!(status(&preface), 200, "only HTTP/1 is spoken");
    server.stop().await;
}

#[tokio::test]
async fn slow_heads_are_closed_in_time_however_many() {
    let server = Server::start(ListenerLimits { head_time: SHORT, ..limits() }).await;
    let mut clients = Vec::new();
    for number in 0..200 {
        let mut client = server.connect().await;
        if number % 2 == 0 {
            client.send("GET /peer HTTP/1.1\r\nHost: loc").await;
        }
        clients.push(client);
    }
    let mut honest = server.connect().await;
    assert!(honest.is_served().await);
    for client in &mut clients {
        client.read_to_end().await;
    }
    let mut dripping = server.connect().await;
    let begun = Instant::now();
    while dripping.0.write_all(b"G").await.is_ok() && begun.elapsed() < PATIENCE {
        sleep(SHORT / 10).await;
    }
    assert!(begun.elapsed() < PATIENCE, "a byte now and then does not help");
    server.stop().await;
}

#[tokio::test]
async fn a_later_head_must_come_in_time_too() {
    let server = Server::start(ListenerLimits { head_time: SHORT, ..limits() }).await;
    let mut client = server.connect().await;
    client.send("GET /length HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    client.read_until("\r\n\r\n0").await;
    sleep(SHORT * 2).await;
    client.send("GET /length HTTP/1.1\r\nHost:").await;
    assert!(!client.read_to_end().await.0.contains("200"));
    server.stop().await;
}

#[tokio::test]
async fn slow_bodies_are_answered_408_and_closed() {
    let server = Server::start(ListenerLimits { body_time: SHORT, ..limits() }).await;
    let mut client = server.connect().await;
    client.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab").await;
    let (answer, took) = client.read_to_end().await;
    assert_eq!(status(&answer), 408);
    assert!(took >= SHORT / 2, "{took:?}");
    server.stop().await;
}

#[tokio::test]
async fn idle_connections_are_closed_and_busy_ones_are_not() {
    let server = Server::start(ListenerLimits { idle_time: SHORT, ..limits() }).await;
    let mut client = server.connect().await;
    assert!(client.is_served().await);
    client.read_to_end().await;
    let mut busy = server.connect().await;
    busy.send("POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(status(&busy.read_until("\r\n\r\n").await), 200, "the service may take longer");
    server.stop().await;
}

#[tokio::test]
async fn each_request_starts_the_idle_time_anew() {
    let server = Server::start(ListenerLimits { idle_time: SHORT * 4, ..limits() }).await;
    for path in ["/peer", "/parts"] {
        let mut client = server.connect().await;
        for _ in 0..6 {
            client.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
            assert_eq!(status(&client.read_until("\r\n\r\n").await), 200, "{path}");
            sleep(SHORT).await;
        }
    }
    server.stop().await;
}

/// Once an answer was sent whole, the time for sending it counts no more.
#[tokio::test]
async fn a_kept_connection_may_rest_longer_than_an_answer_may_take() {
    let server = Server::start(ListenerLimits { write_time: SHORT, ..limits() }).await;
    for path in ["/peer", "/parts"] {
        let mut client = server.connect().await;
        for _ in 0..2 {
            client.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
            assert_ne!(status(&client.read_until("\r\n\r\n").await), 0, "{path}");
            sleep(SHORT * 3).await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends_the_connection() {
    let server = Server::start(ListenerLimits { write_time: SHORT * 4, connections: 1, ..limits() }).await;
    let mut client = server.connect().await;
    client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!server.connect().await.is_served().await, "the only place is taken");
    assert!(server.serves_in_time().await, "and free again");
    server.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limits_are_closed_at_once() {
    for limits in [ListenerLimits { connections: 3, ..limits() }, ListenerLimits { connections_per_address: 3, ..limits() }] {
        let server = Server::start(limits).await;
        let mut clients = Vec::new();
        for _ in 0..3 {
            let mut client = server.connect().await;
            assert!(client.is_served().await);
            clients.push(client);
        }
        assert!(!server.connect().await.is_served().await);
        assert!(!server.connect().await.is_served().await);
        clients.pop();
        assert!(server.serves_in_time().await, "a place came back");
        server.stop().await;
    }
}

const UPGRADE: &str = "GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn websockets_pass_outlive_the_times_of_requests_and_keep_their_place() {
    let times = ListenerLimits { head_time: SHORT, idle_time: SHORT, write_time: SHORT, connections: 1, ..limits() };
    let server = Server::start(times).await;
    let mut client = server.connect().await;
    client.send(UPGRADE).await;
    assert_eq!(status(&client.read_until("\r\n\r\n").await), 101);
    sleep(SHORT * 3).await;
    // A text frame "hi", masked with zeros, comes back unmasked.
    client.0.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await.unwrap();
    let mut frame = [0; 4];
    timeout(PATIENCE, client.0.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(frame, [0x81, 2, b'h', b'i']);
    assert!(!server.connect().await.is_served().await, "the socket holds the only place");
    drop(client);
    assert!(server.serves_in_time().await);
    server.stop().await;
}

#[tokio::test]
async fn stopping_answers_what_is_under_way_and_cuts_what_does_not_end() {
    let server = Server::start(limits()).await;
    let mut idle = server.connect().await;
    assert!(idle.is_served().await);
    let mut busy = server.connect().await;
    busy.send("POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await;
    sleep(SHORT).await;
    let address = server.address;
    assert_eq!(server.stop().await, Stopped { cut: 0 });
    let (answer, _) = busy.read_to_end().await;
    assert_eq!(status(&answer), 200);
    assert!(TcpStream::connect(address).await.is_err(), "nothing more is accepted");

    let server = Server::start(ListenerLimits { shutdown_time: SHORT, ..limits() }).await;
    let mut stuck = server.connect().await;
    stuck.send("POST /never HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await;
    sleep(SHORT).await;
    let begun = Instant::now();
    assert_eq!(server.stop().await, Stopped { cut: 1 });
    assert!(begun.elapsed() < PATIENCE);
}
