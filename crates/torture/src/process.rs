//! The server as a process: started, watched, killed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::Failure;
use crate::orders::Account;

/// How long a server may take to start before the start counts as failed.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Lines of the server's output kept for messages.
const KEPT_LINES: usize = 20;

/// What a server says of itself in its ready file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process, if it says so.
    pub process: Option<u32>,
    /// Who may trade.
    pub accounts: Vec<Account>,
}

impl Ready {
    /// Reads a ready file.
    ///
    /// # Errors
    /// When it is not JSON, or `rest` is no address on this machine.
    ///
    /// ```
    /// use ringfence_torture::process::Ready;
    /// let text = r#"{"rest": "http://127.0.0.1:8600", "pid": 7, "accounts": [{"name": "a", "api_key": "k", "secret": "s"}]}"#;
    /// let ready = Ready::parse(text).expect("a ready file");
    /// assert_eq!((ready.address.port(), ready.process, ready.accounts.len()), (8600, Some(7), 1));
    /// ```
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Server(format!("the ready file {what}: {text}"));
        let json: Value = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
        let address = json["rest"].as_str().and_then(|url| address(url).ok()).ok_or_else(|| wrong("has no address in rest"))?;
        let process = json["pid"].as_u64().and_then(|process| u32::try_from(process).ok());
        let listed = json["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let accounts = listed
            .iter()
            .filter_map(|one| {
                let (name, api_key, secret) = (text(&one["name"])?, text(&one["api_key"])?, text(&one["secret"])?);
                Some(Account { name, api_key, secret })
            })
            .collect();
        Ok(Self { address, process, accounts })
    }
}

/// The address in an `http://` URL.
///
/// # Errors
/// When it has no IP address and port.
pub fn address(url: &str) -> Result<SocketAddr, Failure> {
    let rest = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/').replace("localhost", "127.0.0.1");
    rest.parse().map_err(|_| Failure::Usage(format!("{url} is not of the form http://127.0.0.1:PORT")))
}

/// The last line of a start with a data directory: `READY <addr> index=<n> hash=<hex>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The last durable journal index.
    pub index: u64,
    /// The hash of the state there, in hexadecimal.
    pub hash: String,
}

impl Recovered {
    /// Reads the line. None when it is another one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.trim().strip_prefix("READY ")?.split(' ').skip(1);
        let index = words.next()?.strip_prefix("index=")?.parse().ok()?;
        let hash = words.next()?.strip_prefix("hash=")?.to_owned();
        Some(Self { index, hash })
    }
}

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Launch {
    /// A program before the server with its arguments, or nothing.
    pub wrapper: Vec<String>,
    /// The server.
    pub program: PathBuf,
    /// Its command.
    pub command: String,
    /// Where it keeps its journal; none for in memory.
    pub data: Option<PathBuf>,
    /// More arguments.
    pub arguments: Vec<String>,
}

/// A server that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// What it says of itself.
    pub ready: Ready,
    /// What it recovered, when it keeps a journal.
    pub recovered: Option<Recovered>,
    /// From the start of the process until it could be used.
    pub ready_in: Duration,
}

static STARTED: AtomicU64 = AtomicU64::new(0);

impl Launch {
    /// Starts the server and waits until it can be used: its ready file is there, and its READY line if it keeps a journal.
    ///
    /// # Errors
    /// When it ends or stays silent for a minute; with its last lines.
    pub fn start(&self) -> Result<Running, Failure> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("ringfence-torture-{}-{number}.json", std::process::id());
        let ready_file = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&ready_file);
        let begun = Instant::now();
        let mut child = self.command(&ready_file).spawn().map_err(Failure::file(&self.program))?;
        let output = Output::of(&mut child);
        let started = self.wait(&mut child, &output, &ready_file);
        let _ = std::fs::remove_file(&ready_file);
        let ready_in = begun.elapsed();
        match started {
            Ok((ready, recovered)) => Ok(Running { child, ready, recovered, ready_in }),
            Err(failure) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(failure)
            }
        }
    }

    fn command(&self, ready_file: &Path) -> Command {
        let mut words = self.wrapper.iter().map(PathBuf::from).chain([self.program.clone()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(&self.command).args(["--listen", "127.0.0.1:0", "--ready-file"]).arg(ready_file);
        if let Some(data) = &self.data {
            command.arg("--data").arg(data);
        }
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn wait(&self, child: &mut Child, output: &Output, ready_file: &Path) -> Result<(Ready, Option<Recovered>), Failure> {
        let deadline = Instant::now() + START_PATIENCE;
        let mut recovered = None;
        loop {
            let ended = child.try_wait().map_err(Failure::file(&self.program))?;
            recovered = recovered.or_else(|| output.recovered.try_recv().ok());
            if let Some(status) = ended {
                return Err(Failure::Server(format!("{} ended with {status}{}", self.program.display(), output.tail())));
            }
            let written = std::fs::read_to_string(ready_file).ok().filter(|text| text.trim_end().ends_with('}'));
            if let Some(text) = written
                && (self.data.is_none() || recovered.is_some())
            {
                return Ok((Ready::parse(&text)?, recovered));
            }
            if Instant::now() > deadline {
                let missing = if ready_file.exists() { "a READY line" } else { "a ready file" };
                return Err(Failure::Server(format!("{} gave no {missing}{}", self.program.display(), output.tail())));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What a server prints: read to its end, so that it never waits for a reader.
struct Output {
    recovered: mpsc::Receiver<Recovered>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Output {
    fn of(child: &mut Child) -> Self {
        let (found, recovered) = mpsc::channel();
        let lines = Arc::new(Mutex::new(Vec::new()));
        if let Some(stdout) = child.stdout.take() {
            follow(stdout, found.clone(), Arc::clone(&lines));
        }
        if let Some(stderr) = child.stderr.take() {
            follow(stderr, found, Arc::clone(&lines));
        }
        Self { recovered, lines }
    }

    fn tail(&self) -> String {
        thread::sleep(Duration::from_millis(50));
        let lines = self.lines.lock().map(|lines| lines.join("\n  ")).unwrap_or_default();
        if lines.is_empty() { String::new() } else { format!("; it printed\n  {lines}") }
    }
}

fn follow(from: impl Read + Send + 'static, found: mpsc::Sender<Recovered>, lines: Arc<Mutex<Vec<String>>>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            if let Some(recovered) = Recovered::parse(&line) {
                let _ = found.send(recovered);
            }
            if let Ok(mut kept) = lines.lock() {
                if kept.len() == KEPT_LINES {
                    kept.remove(0);
                }
                kept.push(line);
            }
        }
    });
}

impl Running {
    /// The process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.ready.process.unwrap_or_else(|| self.child.id())
    }

    /// Ends the server as `kill -9` does and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().map_err(Failure::io("kill"))?;
        self.child.wait().map_err(Failure::io("wait"))?;
        Ok(())
    }

    /// Asks the server to stop with a signal and waits for its end, at most so long.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(mut self, patience: Duration) -> Result<(), Failure> {
        let signal = Command::new("kill").args(["-TERM", &self.process().to_string()]).status().map_err(Failure::io("kill"))?;
        let deadline = Instant::now() + patience;
        while signal.success() && Instant::now() < deadline {
            if self.child.try_wait().map_err(Failure::io("wait"))?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(Failure::Server(format!("the server does not stop within {patience:?} of SIGTERM")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, in steps of 10 ms.
    pub processor: Duration,
    /// Memory that is resident, in bytes.
    pub memory: u64,
}

/// What a process has used so far; nothing when it is gone.
#[must_use]
pub fn usage(process: u32) -> Usage {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    Usage { processor: Duration::from_millis(10 * (ticks(11) + ticks(12))), memory: kilobytes * 1024 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_line_has_an_index_and_a_hash() {
        let recovered = Recovered { index: 12, hash: "00ff".to_owned() };
        let table = [
            ("READY 127.0.0.1:8600 index=12 hash=00ff", Some(recovered.clone())),
            ("READY 127.0.0.1:8600 index=12 hash=00ff\n", Some(recovered)),
            ("READY 127.0.0.1:8600 index=x hash=00ff", None),
            ("READY 127.0.0.1:8600", None),
            ("ringfence 0.1.0", None),
        ];
        for (line, expected) in table {
            assert_eq!(Recovered::parse(line), expected, "{line}");
        }
    }

    #[test]
    fn a_url_is_an_address() {
        assert_eq!(address("http://127.0.0.1:8600/").expect("an address").port(), 8600);
        assert_eq!(address("http://localhost:1").expect("an address").to_string(), "127.0.0.1:1");
        assert!(address("https://example.com").is_err());
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(usage(std::process::id()).memory > 100_000);
        assert_eq!(usage(u32::MAX), Usage::default());
    }

    #[test]
    fn a_program_that_ends_is_told_with_its_last_words() {
        let launch = Launch {
            wrapper: vec!["/bin/sh".to_owned(), "-c".to_owned(), "echo bad luck >&2; exit 5".to_owned()],
            program: PathBuf::from("server"),
            command: "serve".to_owned(),
            data: None,
            arguments: Vec::new(),
        };
        let failure = launch.start().expect_err("it ends").to_string();
        assert!(failure.contains("exit status: 5") && failure.contains("bad luck"), "{failure}");
    }
}
