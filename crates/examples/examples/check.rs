//! Checks one file: `cargo run -p ringfence-examples --example check -- FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("one argument is needed: the file");
        return ExitCode::from(2);
    };
    match ringfence_examples::run_file(path.as_ref(), &mut std::io::stdout().lock()) {
        Ok(report) => ExitCode::from(report.exit_code()),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}
