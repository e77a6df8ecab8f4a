//! Builds the page: `npm ci`, the type checker and vite, all inside `OUT_DIR`. Nothing is written to the source tree.
//!
//! | what is missing or wrong | what happens |
//! |---|---|
//! | no node, no npm | a plain page that says so, and a warning |
//! | the packages cannot be had: no network and nothing cached | the same |
//! | our own page does not compile | the build fails with the compiler's words |

mod files;
mod tools;

use std::path::{Path, PathBuf};
use std::process::exit;

use files::{copy_page, write_fallback};
use tools::{Absent, install, run, versions};

fn main() {
    let source = directory("CARGO_MANIFEST_DIR").join("page");
    let out = directory("OUT_DIR");
    let (work, built) = (out.join("page"), out.join("dist"));
    if let Err(error) = copy_page(&source, &work) {
        fail(&format!("the page cannot be copied to {}: {error}", work.display()));
    }
    match versions().and_then(|()| install(&work)) {
        Ok(()) => build(&work, &built),
        Err(absent) => fall_back(&built, &absent),
    }
}

fn directory(name: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(path) => PathBuf::from(path),
        None => fail(&format!("{name} is not set: cargo runs this program")),
    }
}

fn build(work: &Path, built: &Path) {
    let target = built.to_string_lossy().into_owned();
    let checker = ["node_modules/typescript/bin/tsc", "--noEmit", "--pretty"];
    let bundler = ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--emptyOutDir", "--outDir", &target];
    for (what, arguments) in [("does not compile", &checker[..]), ("cannot be bundled", &bundler[..])] {
        if let Err(text) = run(work, "node", arguments) {
            fail(&format!("the page {what} (crates/web/page):\n\n{text}"));
        }
    }
}

fn fall_back(built: &Path, absent: &Absent) {
    println!("cargo::warning=ringfence is built without its page: {absent}");
    if let Err(error) = write_fallback(built, absent) {
        fail(&format!("the plain page cannot be written to {}: {error}", built.display()));
    }
}

fn fail(text: &str) -> ! {
    eprintln!("{text}");
    exit(1);
}
