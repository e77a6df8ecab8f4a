//! The order of system calls: journal written, journal synced, then the reply. A kill cannot show a missing sync; this does.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::kill::random::Random;
use crate::orders::{Action, Desk, Order, Pricing, Side, timestamp};
use crate::process::Launch;
use crate::target::{FarAway, PATIENCE, ServerOptions};
use crate::wire::link::Link;

/// System calls that are watched.
const WATCHED: &str = "trace=read,readv,recvfrom,recvmsg,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fdatasync,fsync";

/// What to watch.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct CallsOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Orders
    #[arg(long, default_value_t = 20)]
    pub orders: usize,
}

/// Runs the server under strace, places orders one after the other, and looks at the calls of each.
///
/// # Errors
/// When the server cannot be started, and when an order was answered before it was durable.
pub fn run(options: &CallsOptions) -> Result<(), Failure> {
    let data = options.server.data.as_deref().ok_or_else(|| Failure::Usage("calls needs --data DIR: a journal".to_owned()))?;
    if std::process::Command::new("strace").arg("--version").output().is_err() {
        println!("SKIP calls: strace is not installed, the order of system calls was not looked at");
        return Ok(());
    }
    std::fs::create_dir_all(data).map_err(Failure::file(data))?;
    let data = data.canonicalize().map_err(Failure::file(data))?;
    let trace = std::env::temp_dir().join(format!("ringfence-torture-{}.strace", std::process::id()));
    let placed = place(&watched(options, &data, &trace)?, options);
    let text = whole(&trace);
    let _ = std::fs::remove_file(&trace);
    placed?;
    let events = events(&String::from_utf8_lossy(&text?), &data);
    let wrong: Vec<String> = judge(&events, options.orders);
    if wrong.is_empty() {
        println!("PASS calls: {} of {} orders: journal written, synced, then answered", options.orders, options.orders);
        return Ok(());
    }
    Err(Failure::Difference(format!("FAIL calls: {} of {} orders\n{}", wrong.len(), options.orders, wrong.join("\n"))))
}

/// strace as a grandchild (`-D`), so that the process started here is the server itself and ends as it does.
fn watched(options: &CallsOptions, data: &Path, trace: &Path) -> Result<Launch, Failure> {
    let words = ["strace", "-D", "-f", "-y", "-s", "64", "-e", "signal=none", "-e", WATCHED, "-o"];
    let mut wrapper: Vec<String> = words.map(str::to_owned).to_vec();
    wrapper.extend([trace.display().to_string(), "--".to_owned()]);
    Ok(Launch { wrapper, data: Some(data.to_owned()), ..options.server.launch()? })
}

/// The trace when strace has written its last line: it runs beside the server and ends a little later.
fn whole(trace: &Path) -> Result<Vec<u8>, Failure> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let text = std::fs::read(trace).map_err(Failure::file(trace))?;
        let last = text.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        if last.ends_with(b"+++") || Instant::now() > deadline {
            return Ok(text);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Places the orders at times that do not fall in step with anything the server does.
fn place(launch: &Launch, options: &CallsOptions) -> Result<(), Failure> {
    let running = launch.start()?;
    let (address, symbol) = (running.ready.address, &options.server.symbol);
    let far = FarAway::ask(address, symbol)?;
    let account = running.ready.accounts.first().ok_or_else(|| Failure::Server("no account is listed".to_owned()))?;
    let mut desk = Desk::new(account, &address.to_string(), symbol);
    let mut link = Link::open(address, PATIENCE).map_err(Failure::io("a connection"))?;
    let (mut random, prefix) = (Random::new(timestamp()), format!("c{:x}", timestamp()));
    for number in 0..options.orders {
        let (client_id, pricing) = (format!("{prefix}-{number}"), Pricing::Limit(far.price.clone()));
        let order = Order { client_id, side: Side::Buy, pricing, quantity: far.quantity.clone() };
        let mut request = Vec::new();
        desk.http(&Action::Place(order), timestamp(), &mut request);
        let answer = link.ask(&request).map_err(Failure::io("an order"))?;
        if answer.status != 200 {
            return Err(Failure::Server(format!("an order answers {} {}", answer.status, answer.text())));
        }
        std::thread::sleep(Duration::from_millis(5 + random.next() % 40));
    }
    running.stop(Duration::from_secs(10))
}

/// What matters of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    /// An order was read from a socket.
    Received,
    /// A file of the journal was written.
    Wrote(String),
    /// A sync of the file began.
    SyncBegun(String),
    /// A sync of the file ended well.
    Synced(String),
    /// A reply went to a socket.
    Replied,
}

/// Reads the output of strace. A call that another thread interrupts has two lines; it counts where its effect is certain: a write
/// and a sync at their ends, a reply at its beginning.
fn events(trace: &str, data: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let mut begun: HashMap<&str, (&str, Option<String>)> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if rest.contains("POST /fapi/v1/order") {
            events.push(Event::Received);
        }
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some((call, file)) = begun.remove(thread) {
                ended(call, file, resumed, &mut events);
            }
            continue;
        }
        let Some((call, arguments)) = rest.split_once('(') else { continue };
        let file = journal_file(arguments, data);
        let sync = matches!(call, "fdatasync" | "fsync");
        if let (true, Some(file)) = (sync, &file) {
            events.push(Event::SyncBegun(file.clone()));
        }
        if file.is_none() && !sync && arguments.contains("\"HTTP/1.1 200") {
            events.push(Event::Replied);
        }
        if rest.ends_with("<unfinished ...>") {
            begun.insert(thread, (call, file));
        } else {
            ended(call, file, rest, &mut events);
        }
    }
    events
}

fn ended(call: &str, file: Option<String>, line: &str, events: &mut Vec<Event>) {
    let result: i64 = line.rsplit("= ").next().and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(-1);
    match (call, file) {
        ("fdatasync" | "fsync", Some(file)) if result == 0 => events.push(Event::Synced(file)),
        ("write" | "writev" | "pwrite64" | "pwritev" | "pwritev2", Some(file)) if result > 0 => events.push(Event::Wrote(file)),
        _ => {}
    }
}

/// The file of the first argument, `7</path>`, when it lies in the data directory.
fn journal_file(arguments: &str, data: &Path) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    Path::new(path).starts_with(data).then(|| path.to_owned())
}

/// What is wrong with each order: between its arrival and the first reply after it, a journal file must be written and a sync of
/// that file must begin after the write and end.
fn judge(events: &[Event], orders: usize) -> Vec<String> {
    let arrivals: Vec<usize> = (0..events.len()).filter(|at| events[*at] == Event::Received).collect();
    let mut wrong = Vec::new();
    if arrivals.len() != orders {
        wrong.push(format!("{} orders were seen to arrive, {orders} were sent", arrivals.len()));
    }
    for (number, arrival) in arrivals.iter().enumerate() {
        let after = &events[arrival + 1..];
        let Some(reply) = after.iter().position(|event| *event == Event::Replied) else {
            wrong.push(format!("order {}: no reply was seen", number + 1));
            continue;
        };
        if !is_durable(&after[..reply]) {
            wrong.push(format!("order {}: answered after {:?}", number + 1, &after[..reply]));
        }
    }
    wrong
}

fn is_durable(before_reply: &[Event]) -> bool {
    before_reply.iter().enumerate().any(|(at, event)| {
        let Event::Wrote(file) = event else { return false };
        let after = &before_reply[at + 1..];
        let begun = after.iter().position(|event| *event == Event::SyncBegun(file.clone()));
        begun.is_some_and(|begun| after[begun..].contains(&Event::Synced(file.clone())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVES: &str = r#"11 recvfrom(9<socket:[5]>, "POST /fapi/v1/order HTTP/1.1\r\n"..., 8192, 0, NULL, NULL) = 300"#;
    const WRITES: &str = r#"12 pwrite64(7</data/log>, "x"..., 100, 0) = 100"#;
    const SYNCS: &str = "12 fdatasync(7</data/log>) = 0";
    const ANSWERS: &str = r#"11 sendto(9<socket:[5]>, "HTTP/1.1 200 OK\r\n"..., 500, MSG_NOSIGNAL, NULL, 0) = 500"#;
    const SYNC_BEGINS: &str = "12 fdatasync(7</data/log> <unfinished ...>";
    const SYNC_ENDS: &str = "12 <... fdatasync resumed>)          = 0";

    fn durable(lines: &[&str]) -> bool {
        judge(&events(&lines.join("\n"), Path::new("/data")), 1).is_empty()
    }

    #[test]
    fn only_a_reply_after_write_and_sync_is_durable() {
        let write_fails = r#"12 pwrite64(7</data/log>, "x"..., 100, 0) = -1 ENOSPC (No space left on device)"#;
        let sync_fails = "12 fdatasync(7</data/log>) = -1 EIO (Input/output error)";
        let other_file = "12 fdatasync(8</data/other>) = 0";
        let outside = r#"12 pwrite64(7</elsewhere/log>, "x"..., 100, 0) = 100"#;
        let table: [(&[&str], bool); 11] = [
            (&[ARRIVES, WRITES, SYNCS, ANSWERS], true),
            (&[ARRIVES, WRITES, SYNC_BEGINS, SYNC_ENDS, ANSWERS], true),
            (&[ARRIVES, WRITES, ANSWERS, SYNCS], false),
            (&[ARRIVES, WRITES, SYNC_BEGINS, ANSWERS, SYNC_ENDS], false),
            (&[ARRIVES, SYNCS, WRITES, ANSWERS], false),
            (&[WRITES, SYNCS, ARRIVES, ANSWERS], false),
            (&[ARRIVES, WRITES, other_file, ANSWERS], false),
            (&[ARRIVES, outside, SYNCS, ANSWERS], false),
            (&[ARRIVES, write_fails, SYNCS, ANSWERS], false),
            (&[ARRIVES, WRITES, sync_fails, ANSWERS], false),
            (&[WRITES, SYNCS, ANSWERS], false),
        ];
        for (lines, expected) in table {
            assert_eq!(durable(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn an_order_read_after_a_wait_has_arrived() {
        let waits = "11 recvfrom(9<socket:[5]>,  <unfinished ...>";
        let arrives = r#"11 <... recvfrom resumed>"POST /fapi/v1/order HTTP/1.1\r\n"..., 8192, 0, NULL, NULL) = 300"#;
        assert!(durable(&[waits, arrives, WRITES, SYNCS, ANSWERS]));
    }
}
