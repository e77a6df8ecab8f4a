//! The shape of the house, held by a test: which crate may use which, and what the pure ones must not contain.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every crate and the project crates it may use. An arrow that is not here is not allowed.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("ringfence-risk", &[]),
    ("ringfence-engine", &["ringfence-risk"]),
    ("ringfence-venues", &["ringfence-risk"]),
    ("ringfence-market", &["ringfence-risk"]),
    ("ringfence-replay", &["ringfence-risk", "ringfence-market", "ringfence-engine"]),
    ("ringfence-compare", &["ringfence-risk", "ringfence-market", "ringfence-replay"]),
    ("ringfence-examples", &["ringfence-risk", "ringfence-venues"]),
    ("ringfence-model", &["ringfence-engine", "ringfence-risk"]),
    ("ringfence-sim", &["ringfence-engine", "ringfence-model", "ringfence-risk", "ringfence-venues"]),
    ("ringfence-journal", &["ringfence-engine"]),
    ("ringfence-torture", &[]),
    ("ringfence-web", &[]),
    (
        "ringfence-server",
        &[
            "ringfence-compare",
            "ringfence-engine",
            "ringfence-journal",
            "ringfence-market",
            "ringfence-replay",
            "ringfence-risk",
            "ringfence-venues",
            "ringfence-web",
        ],
    ),
    (
        "ringfence",
        &[
            "ringfence-risk",
            "ringfence-engine",
            "ringfence-venues",
            "ringfence-market",
            "ringfence-replay",
            "ringfence-compare",
            "ringfence-examples",
            "ringfence-journal",
            "ringfence-server",
        ],
    ),
];

/// Lines a source file may have, tests and data aside.
const LONGEST_FILE: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Names of the normal and build dependencies of a package; a test may use what it likes.
fn uses(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    let counted = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
    counted.map(|dependency| dependency["name"].as_str().expect("name").to_owned()).collect()
}

#[test]
fn crates_use_only_what_the_architecture_allows() {
    let packages = packages();
    let mut seen: Vec<&str> = packages.iter().map(|package| package["name"].as_str().expect("name")).collect();
    let mut known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    seen.sort_unstable();
    known.sort_unstable();
    assert_eq!(seen, known, "every crate of the workspace stands in the table");
    for package in &packages {
        let name = package["name"].as_str().expect("name");
        let (_, allowed) = ALLOWED.iter().find(|(known, _)| *known == name).expect("checked above");
        for used in uses(package).iter().filter(|used| used.starts_with("ringfence")) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn the_rules_depend_on_nothing() {
    let packages = packages();
    let risk = packages.iter().find(|package| package["name"] == "ringfence-risk").expect("ringfence-risk");
    assert_eq!(uses(risk), Vec::<String>::new());
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_rules_hold_no_float_clock_or_hash_map() {
    let mut files = Vec::new();
    sources(&root().join("crates/risk/src"), &mut files);
    assert!(files.len() > 20, "the sources were found");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable source");
        for word in ["f64", "f32", "Instant", "SystemTime", "HashMap", "HashSet", "std::fs", "std::env", "thread"] {
            assert!(!text.contains(word), "{} contains {word}", file.display());
        }
    }
}

#[test]
fn every_crate_takes_the_workspace_lints_and_files_stay_short() {
    for (name, _) in ALLOWED {
        let folder = if name == "ringfence" { "cli" } else { name.trim_start_matches("ringfence-") };
        let manifest = std::fs::read_to_string(root().join("crates").join(folder).join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} takes the workspace's lints, which forbid unsafe code");
        let mut files = Vec::new();
        sources(&root().join("crates").join(folder).join("src"), &mut files);
        for file in files {
            let lines = std::fs::read_to_string(&file).expect("readable source").lines().count();
            assert!(lines <= LONGEST_FILE, "{} has {lines} lines, at most {LONGEST_FILE} are allowed", file.display());
        }
    }
}
