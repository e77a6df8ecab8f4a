//! Copying the page's sources to where they are built.

use std::fs;
use std::io;
use std::path::Path;

use super::tools::Absent;

/// What a developer's own `npm install` and builds leave beside the sources.
const NOT_SOURCE: [&str; 2] = ["node_modules", "dist"];
/// The page for those who built without node.
const FALLBACK: &str = include_str!("fallback.html");

/// Copies everything but what was installed or built; removes what is gone. Cargo is told of each file and directory that exists.
pub(crate) fn copy_page(source: &Path, work: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    fs::create_dir_all(work)?;
    for old in fs::read_dir(work)? {
        let old = old?;
        if old.file_name() != "node_modules" {
            let remove = if old.file_type()?.is_dir() { fs::remove_dir_all } else { fs::remove_file };
            remove(old.path())?;
        }
    }
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_SOURCE.iter().any(|skipped| name == *skipped) {
            continue;
        }
        println!("cargo::rerun-if-changed={}", entry.path().display());
        copy(&entry.path(), &work.join(name))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The plain page alone.
pub(crate) fn write_fallback(built: &Path, absent: &Absent) -> io::Result<()> {
    if built.exists() {
        fs::remove_dir_all(built)?;
    }
    fs::create_dir_all(built)?;
    let why = absent.to_string().replace('&', "&amp;").replace('<', "&lt;").replace("http", "h\u{200b}ttp");
    fs::write(built.join("index.html"), FALLBACK.replace("{why}", &why))?;
    fs::write(built.join("favicon.svg"), include_str!("../page/public/favicon.svg"))?;
    fs::write(built.join("plain.css"), include_str!("fallback.css"))
}
