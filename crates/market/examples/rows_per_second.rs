//! Reads a price file and says how fast: `cargo run --release -p ringfence-market --example rows_per_second -- FILE`.

use ringfence_market::PriceFile;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("name a file of bars or ticks");
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let read = PriceFile::open(path.as_ref()).and_then(|mut file| {
        let rows = file.by_ref().try_fold(0_u32, |rows, row| row.map(|_| rows + 1))?;
        Ok((file.describe(), rows))
    });
    let seconds = start.elapsed().as_secs_f64();
    match read {
        Ok((format, rows)) => println!("{format}: {rows} rows in {seconds:.3} s, {:.0} per second", f64::from(rows) / seconds),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
