//! Requests that are too large, or that could be read in two ways.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Verdict;
use crate::error::Failure;
use crate::orders::timestamp;
use crate::sign::Signer;
use crate::target::Target;
use crate::wire::http;

/// Silence after which no further reply is expected.
const QUIET: Duration = Duration::from_secs(1);

/// Characters of a body that are kept.
const LONGEST_SHOWN: usize = 200;

/// What a server said to some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    statuses: Vec<u16>,
    bodies: Vec<String>,
    end: End,
}

/// What it did with the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    Closed,
    #[default]
    Open,
}

/// What may be said.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// This status, once.
    Status(u16),
    /// This status with this code in the body.
    Code(u16, i64),
    /// These statuses in this order.
    InOrder(&'static [u16]),
    /// One reply of any kind below 500.
    One,
    /// Either a refusal and the end of the connection, or the reading of chunks: two replies, or one and the end.
    RefusedOrChunks,
}

impl Wanted {
    fn meets(self, said: &Said) -> bool {
        let closed = said.end == End::Closed;
        match self {
            Self::Status(status) => said.statuses == [status],
            Self::Code(status, code) => said.statuses == [status] && said.bodies[0].contains(&format!("{code}")),
            Self::InOrder(statuses) => said.statuses == statuses,
            Self::One => said.statuses.len() == 1 && said.statuses[0] < 500,
            Self::RefusedOrChunks => match said.statuses.as_slice() {
                [_] => closed,
                [_, _] => true,
                _ => false,
            },
        }
    }
}

/// Name, bytes, and what may be said to them.
type Case = (&'static str, Vec<u8>, Wanted);

pub(super) fn run(target: &Target) -> Result<Vec<Verdict>, Failure> {
    let mut verdicts = Vec::new();
    for (name, bytes, wanted) in sizes(target).into_iter().chain(readings()) {
        let said = say(target.address(), &bytes).map_err(Failure::io(name))?;
        let seen = format!("{:?}, connection {:?}", said.statuses, said.end);
        verdicts.push(match wanted.meets(&said) {
            true => Verdict::pass(name, seen),
            false => Verdict::fail(name, seen, format!("{wanted:?} was wanted; it said {:?}", said.bodies)),
        });
    }
    Ok(verdicts)
}

fn sizes(target: &Target) -> Vec<Case> {
    let parameters = (0..65).map(|number| format!("p{number}=1&")).collect::<String>();
    let nested = format!("batchOrders={}{}&", "[".repeat(40), "]".repeat(40));
    let get = |line: &str, fields: &str| format!("GET {line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n").into_bytes();
    let post = |fields: &str| format!("POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n").into_bytes();
    let mut chunked = post("Transfer-Encoding: chunked\r\n");
    chunked.extend_from_slice(format!("20000\r\n{}\r\n0\r\n\r\n", "a".repeat(0x20000)).as_bytes());
    let mut zipped = post("Content-Encoding: gzip\r\nContent-Length: 3\r\n");
    zipped.extend_from_slice(b"a=1");
    vec![
        ("header of 20 KiB", get("/fapi/v1/ping", &format!("X-Long: {}\r\n", "a".repeat(20 << 10))), Wanted::Status(431)),
        ("URI of 9 KiB", get(&format!("/fapi/v1/ping?a={}", "a".repeat(9 << 10)), ""), Wanted::Status(414)),
        ("body of 10 MiB announced", post("Content-Length: 10485760\r\n"), Wanted::Status(413)),
        ("body of 128 KiB in chunks", chunked, Wanted::Status(413)),
        ("compressed body", zipped, Wanted::Status(415)),
        ("65 parameters", signed(target, "/fapi/v1/order", &parameters), Wanted::Code(400, -1101)),
        ("JSON nested 40 deep", signed(target, "/fapi/v1/batchOrders", &nested), Wanted::Status(400)),
    ]
}

/// A signed form of parameters that end with `&`.
fn signed(target: &Target, path: &str, parameters: &str) -> Vec<u8> {
    let account = target.account(0);
    let mut body = format!("{parameters}timestamp={}", timestamp()).into_bytes();
    let mut signature = Vec::new();
    Signer::new(account.secret.as_bytes()).sign(&body, &mut signature);
    body.extend_from_slice(b"&signature=");
    body.extend_from_slice(&signature);
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        account.api_key,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    request
}

fn readings() -> Vec<Case> {
    let ping = "GET /fapi/v1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let nothing = "GET /fapi/v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let hidden = format!("0\r\n\r\n{ping}");
    let post = "POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    let case = |name, text: String, wanted| (name, text.into_bytes(), wanted);
    vec![
        case("pipelining", format!("{ping}{nothing}").repeat(3), Wanted::InOrder(&[200, 404, 200, 404, 200, 404])),
        case(
            "content length and chunks",
            format!("{post}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n{hidden}", hidden.len()),
            Wanted::RefusedOrChunks,
        ),
        case(
            "two content lengths",
            format!("{post}Content-Length: 0\r\nContent-Length: {}\r\n\r\n{ping}", ping.len()),
            Wanted::Status(400),
        ),
        case("lines that end with LF alone", ping.replace('\r', ""), Wanted::One),
        case("two hosts", ping.replace("\r\n\r\n", "\r\nHost: example.com\r\n\r\n"), Wanted::One),
        case("absolute form", ping.replace("/fapi", "http://127.0.0.1/fapi"), Wanted::One),
        case("no HTTP at all", "\u{1}\u{2}\u{3} hello\r\n\r\n".to_owned(), Wanted::Status(400)),
    ]
}

/// Sends bytes and collects replies until the server closes or is quiet.
fn say(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Said> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(QUIET))?;
    socket.set_write_timeout(Some(QUIET))?;
    let written = socket.write_all(bytes);
    let (mut said, mut read, mut piece) = (Said::default(), Vec::new(), [0; 16 * 1024]);
    loop {
        match socket.read(&mut piece) {
            Ok(0) => said.end = End::Closed,
            Ok(count) => read.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(_) => said.end = End::Closed,
        }
        while let Some(reply) = http::parse(&read).map_err(std::io::Error::other)? {
            said.statuses.push(reply.status);
            said.bodies.push(String::from_utf8_lossy(&reply.body).chars().take(LONGEST_SHOWN).collect());
            let taken = reply.taken;
            read.drain(..taken);
        }
        if said.end == End::Closed {
            break;
        }
    }
    if written.is_err() {
        said.end = End::Closed;
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_said_is_told_from_what_must_not() {
        let said = |statuses: &[u16], end| Said {
            statuses: statuses.to_vec(),
            bodies: vec![r#"{"code": -1101}"#.to_owned(); statuses.len()],
            end,
        };
        let table = [
            (Wanted::Status(431), said(&[431], End::Closed), true),
            (Wanted::Status(431), said(&[], End::Closed), false),
            (Wanted::Code(400, -1101), said(&[400], End::Open), true),
            (Wanted::Code(400, -1102), said(&[400], End::Open), false),
            (Wanted::InOrder(&[200, 404]), said(&[404, 200], End::Open), false),
            (Wanted::One, said(&[500], End::Open), false),
            (Wanted::One, said(&[200, 200], End::Open), false),
            (Wanted::RefusedOrChunks, said(&[401], End::Open), false),
            (Wanted::RefusedOrChunks, said(&[400], End::Closed), true),
            (Wanted::RefusedOrChunks, said(&[401, 200], End::Open), true),
        ];
        for (wanted, said, expected) in table {
            assert_eq!(wanted.meets(&said), expected, "{wanted:?} {said:?}");
        }
    }
}
