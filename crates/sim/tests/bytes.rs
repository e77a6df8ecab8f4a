//! Worlds that bytes decide, changed over and over: every law holds in each of them.
//!
//! This is not guided by coverage: it changes bytes at random and keeps what reached an event or a refusal that nothing before did. The program in
//! `fuzz/` lets libFuzzer guide the same worlds.

use std::time::{Duration, Instant};

use ringfence_sim::checker::Options;
use ringfence_sim::random::Random;
use ringfence_sim::sometimes::Marks;
use ringfence_sim::world::live_bytes;

const SECONDS: u64 = 5;
const COMMANDS: usize = 300;

/// Some bytes: 400 draws or fewer.
fn fresh(random: &mut Random) -> Vec<u8> {
    let length = random.between(100, 1_200);
    (0..length).map(|_| random.next_word().to_le_bytes()[0]).collect()
}

/// A part changed, repeated, taken out or taken from another.
fn changed(random: &mut Random, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() as u64) as usize;
        let end = (at + 1 + random.below(24) as usize).min(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.next_word().to_le_bytes()[0],
            1 => bytes[at] ^= 1 << random.below(8),
            2 if bytes.len() < 4_000 => bytes.extend_from_within(at..end),
            3 if bytes.len() > 200 => drop(bytes.drain(at..end)),
            _ => bytes.truncate(at.max(64)),
        }
        bytes.extend(other.iter().skip(at).take(random.below(64) as usize));
    }
    bytes
}

/// Whether a world reached something for the first time.
fn is_new(seen: &Marks, marks: &Marks) -> bool {
    marks.reached.keys().any(|name| !seen.reached.contains_key(name))
        || marks.refused.keys().any(|name| !seen.refused.contains_key(name))
}

#[test]
fn every_law_holds_whatever_the_bytes() {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let (mut random, mut seen) = (Random::new(20_261_122), Marks::default());
    let mut kept: Vec<Vec<u8>> = (0..8).map(|_| fresh(&mut random)).collect();
    let mut worlds = 0_u64;
    while Instant::now() < until || worlds < 50 {
        let pick = |random: &mut Random, kept: &[Vec<u8>]| kept[random.below(kept.len() as u64) as usize].clone();
        let (one, other) = (pick(&mut random, &kept), pick(&mut random, &kept));
        let bytes = if random.chance(100) { fresh(&mut random) } else { changed(&mut random, &one, &other) };
        let outcome = live_bytes(&bytes, COMMANDS, Options { every: 32, ..Options::DEFAULT });
        assert_eq!(outcome.violation, None, "{bytes:?}");
        if is_new(&seen, &outcome.marks) {
            kept.push(bytes);
        }
        seen.add(&outcome.marks);
        worlds += 1;
    }
    assert!(seen.reached.contains_key("trade"), "{worlds} worlds in which something happens: {seen:?}");
}

#[test]
fn the_same_bytes_are_the_same_world() {
    let bytes = fresh(&mut Random::new(3));
    let (first, again) = (live_bytes(&bytes, COMMANDS, Options::DEFAULT), live_bytes(&bytes, COMMANDS, Options::DEFAULT));
    assert_eq!((first.commands.len() > 20, first.violation), (true, None));
    assert_eq!(first.commands, again.commands);
}

#[test]
fn no_bytes_are_a_world_too() {
    assert_eq!(live_bytes(&[], COMMANDS, Options::DEFAULT).violation, None);
}
