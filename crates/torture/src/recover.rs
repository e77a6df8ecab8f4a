//! How soon a server is ready again: started on one directory again and again, beside a check of the same journal that keeps no read model.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::load::report::{milliseconds, thousands};
use crate::process::{Launch, Usage, usage};
use crate::target::ServerOptions;

/// Which directory, and how often.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct RecoverOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// How often it is started; the middle counts
    #[arg(long, default_value_t = 5)]
    pub times: usize,
}

/// One start.
#[derive(Clone, Copy, Debug)]
struct Start {
    took: Duration,
    records: u64,
    used: Usage,
}

/// Starts the server on its directory, kills it as soon as it is ready, and prints each start and the middle one.
///
/// Nothing is copied: every start finds what the one before left, and those are a few records more.
///
/// # Errors
/// When no directory is given, the server does not start, or its journal is damaged.
pub fn run(options: &RecoverOptions) -> Result<(), Failure> {
    let launch = options.server.launch()?;
    let Some(data) = &options.server.data else {
        return Err(Failure::Usage("--data is missing: what shall be recovered?".to_owned()));
    };
    println!("{:<10} {:>12} {:>10} {:>12} {:>10} {:>8}", "start", "records", "ready", "records/s", "cpu", "MiB");
    let mut starts = Vec::new();
    for number in 1..=options.times.max(1) {
        let start = start(&launch, data)?;
        print(&number.to_string(), &start);
        starts.push(start);
    }
    starts.sort_unstable_by_key(|start| start.took);
    if let Some(middle) = starts.get(starts.len() / 2) {
        print("middle", middle);
    }
    let (took, last) = verify(&launch.program, data)?;
    println!(
        "yardstick: journal verify, all {} records in {}: {} records/s",
        thousands(last),
        milliseconds(took),
        rate(last, took)
    );
    Ok(())
}

fn print(name: &str, start: &Start) {
    let Start { took, records, used } = start;
    let (took, cpu, mebibytes) = (milliseconds(*took), milliseconds(used.processor), used.memory >> 20);
    println!("{name:<10} {:>12} {took:>10} {:>12} {cpu:>10} {mebibytes:>8}", thousands(*records), rate(*records, start.took));
}

fn rate(records: u64, took: Duration) -> String {
    let nanoseconds = took.as_nanos().max(1);
    thousands(u64::try_from(u128::from(records) * 1_000_000_000 / nanoseconds).unwrap_or(u64::MAX))
}

fn start(launch: &Launch, data: &Path) -> Result<Start, Failure> {
    let before = newest_snapshot(data)?;
    let running = launch.start()?;
    let used = usage(running.process());
    let index = running.recovered.as_ref().map(|recovered| recovered.index);
    let index = index.ok_or_else(|| Failure::Server("the server said no READY line".to_owned()))?;
    let took = running.ready_in;
    running.kill()?;
    Ok(Start { took, records: index.saturating_sub(before), used })
}

/// The index of the newest snapshot by its name, from which a server starts; zero without one.
fn newest_snapshot(data: &Path) -> Result<u64, Failure> {
    let number = |name: &str| name.strip_prefix("snapshot-")?.strip_suffix(".rf")?.parse::<u64>().ok();
    let files = std::fs::read_dir(data).map_err(Failure::file(data))?;
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| number(&name)).max().unwrap_or(0))
}

/// How long it takes to check every hash and execute every command again without a read model; how many records there are.
fn verify(program: &Path, data: &Path) -> Result<(Duration, u64), Failure> {
    let began = Instant::now();
    let mut command = Command::new(program);
    command.args(["journal", "verify", "--data"]).arg(data).stdin(Stdio::null());
    let output = command.output().map_err(Failure::file(program))?;
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&output.stdout);
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    match json.and_then(|json| json["last_index"].as_u64()) {
        Some(last) if output.status.success() => Ok((took, last)),
        Some(_) | None => Err(Failure::Difference(format!("journal verify: {}{text}", String::from_utf8_lossy(&output.stderr)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_whole_records_a_second() {
        let table = [(0, 1_000, "0"), (561_172, 500, "1,122,344"), (1, 3, "333")];
        for (records, ms, expected) in table {
            assert_eq!(rate(records, Duration::from_millis(ms)), expected);
        }
    }

    #[test]
    fn the_newest_snapshot_is_the_one_of_the_greatest_index() {
        let folder = std::env::temp_dir().join(format!("ringfence-torture-recover-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a directory");
        assert_eq!(newest_snapshot(&folder).expect("read"), 0);
        for name in ["snapshot-00000000000000000012.rf", "snapshot-00000000000000000112.rf", "snapshot.tmp", "journal.db"] {
            std::fs::write(folder.join(name), b"").expect("written");
        }
        assert_eq!(newest_snapshot(&folder).expect("read"), 112);
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
