//! Bytes decide every draw of a world's generator: markets, terms, accounts and commands. Any broken law ends the process.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_sim::checker::Options;
use ringfence_sim::world::live_bytes;

fuzz_target!(|bytes: &[u8]| {
    let outcome = live_bytes(bytes, 400, Options { every: 64, ..Options::DEFAULT });
    if let Some(violation) = outcome.violation {
        eprintln!("{violation}\n{:?}", outcome.commands);
        std::process::abort();
    }
});
