//! Node and npm.

use core::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The oldest node that the bundler runs on.
const OLDEST_NODE: u32 = 20;

/// Why the page cannot be built, through no fault of its own.
pub(crate) struct Absent(String);

impl fmt::Display for Absent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Node and npm are here, and node is new enough.
pub(crate) fn versions() -> Result<(), Absent> {
    println!("cargo::rerun-if-env-changed=PATH");
    let here = Path::new(".");
    let node = run(here, "node", &["--version"]).map_err(|why| Absent(format!("node is needed to build it ({})", line(&why))))?;
    let major = node.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        return Err(Absent(format!("node {OLDEST_NODE} or newer is needed to build it, this is {}", node.trim())));
    }
    run(here, "npm", &["--version"]).map(|_| ()).map_err(|why| Absent(format!("npm is needed to build it ({})", line(&why))))
}

/// The packages that the lock file names, unless they are there already.
pub(crate) fn install(work: &Path) -> Result<(), Absent> {
    let lock = fs::read(work.join("package-lock.json")).map_err(|error| Absent(format!("package-lock.json: {error}")))?;
    let installed = work.join("node_modules/.installed-from");
    if fs::read(&installed).is_ok_and(|from| from == lock) {
        return Ok(());
    }
    let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"];
    run(work, "npm", &ci).map_err(|why| Absent(format!("its packages could not be installed ({})", line(&why))))?;
    fs::write(&installed, lock).map_err(|error| Absent(format!("{}: {error}", installed.display())))
}

/// Runs a program; what it says is the answer, or the error where it fails.
pub(crate) fn run(directory: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stdout) + &text(&output.stderr)) }
}

/// The line of a long text that says what is wrong.
fn line(text: &str) -> &str {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines().find(|line| line.contains("error")).or_else(|| lines().next()).unwrap_or("no reason given")
}
