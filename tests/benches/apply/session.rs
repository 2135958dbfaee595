//! The session machine with few and with many inputs waiting.

use std::time::Instant;

use tests::rounds::Rounds;
use tests::session_mix::SessionMix;

const WAITING: [u64; 4] = [10, 100, 1_000, 10_000];
const CYCLES: u64 = 2_000;
const ROUNDS: usize = 101;

/// Prints what a step costs for every number of waiting inputs, as a ratio to the least.
pub(crate) fn compare() {
    let mut mixes = WAITING.map(SessionMix::waiting);
    let mut rounds = Rounds::new(&WAITING.map(|waiting| format!("{waiting} waiting")));
    for _ in 0..ROUNDS {
        rounds.add(&mixes.each_mut().map(time));
    }
    println!("session machine: cycles of {} inputs, 5 accepted and 4 rejected", SessionMix::STEPS);
    rounds.print("ns per step");
}

fn time(mix: &mut SessionMix) -> f64 {
    let start = Instant::now();
    let accepted: u64 = (0..CYCLES).map(|_| mix.cycle()).sum();
    let elapsed = start.elapsed();
    assert_eq!(accepted, 5 * CYCLES);
    elapsed.as_secs_f64() * 1e9 / (CYCLES * SessionMix::STEPS) as f64
}

/// Runs one mix alone, for a tool that counts instructions.
pub(crate) fn count(name: &str, steps: usize) {
    let Some(waiting) = name.strip_prefix("session-").and_then(|waiting| waiting.parse().ok()) else {
        eprintln!("{name} is not an implementation");
        return;
    };
    let mut mix = SessionMix::waiting(waiting);
    let cycles = steps as u64 / SessionMix::STEPS;
    let accepted: u64 = (0..cycles).map(|_| mix.cycle()).sum();
    println!("{name}: {accepted} accepted");
}
