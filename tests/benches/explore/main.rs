//! How fast states are explored, as ratios in one run: the checker on generated code, the checker by Stateright on the same
//! generated code, and Stateright on a model written by hand. See `docs/benchmarks.md`.

mod by_hand;
mod sessions;

use std::time::{Duration, Instant};

use model_check::{Bounds, Check, Engine, Report};
use sessions::Sessions;
use stateright::{Checker, Model};

/// Bounds of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) inputs: u64,
    pub(crate) runs: u64,
    pub(crate) fences: u64,
}

const ROUNDS: usize = 3;
const LARGE: Size = Size { inputs: 4, runs: 2, fences: 2 };
/// For the slowest of the contestants.
const SMALL: Size = Size { inputs: 3, runs: 2, fences: 2 };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            compare(
                LARGE,
                &[
                    ("by hand", by_hand),
                    ("by hand, 1 thread", by_hand_alone),
                    ("ours", ours),
                    ("ours, 1 thread", ours_alone),
                ],
            );
            compare(SMALL, &[("by hand", by_hand), ("ours", ours), ("generated code by Stateright", by_stateright)]);
        }
        ["--only", "ours"] => println!("{}", report(LARGE, Engine::Packed, 2)),
        ["--only", "ours-alone"] => println!("{}", report(LARGE, Engine::Packed, 1)),
        _ => eprintln!("usage: explore [--only ours|ours-alone]"),
    }
}

/// Explores once: distinct states, the time, and bytes per state where they are known.
type Contestant = fn(Size) -> (usize, Duration, Option<usize>);

/// Lets each explore in turn, round by round; prints the best rate of each, and its ratio to the first.
fn compare(size: Size, contestants: &[(&str, Contestant)]) {
    let mut best = vec![Duration::MAX; contestants.len()];
    let (mut states, mut bytes) = (Vec::new(), vec![None; contestants.len()]);
    for _ in 0..ROUNDS {
        for (number, (_, explore)) in contestants.iter().enumerate() {
            let (found, time, each) = explore(size);
            states.push(found);
            best[number] = best[number].min(time);
            bytes[number] = each;
        }
    }
    assert!(states.iter().all(|found| *found == states[0]), "the contestants disagree: {states:?}");
    println!("\n{size:?}: {} distinct states, equal for all; best of {ROUNDS} rounds", states[0]);
    for (number, (name, _)) in contestants.iter().enumerate() {
        let ratio = best[0].as_secs_f64() / best[number].as_secs_f64();
        let rate = states[0] as f64 / best[number].as_secs_f64() / 1e6;
        let each = bytes[number].map_or_else(String::new, |bytes| format!(", {bytes} bytes per state"));
        println!("  {name:<30} {rate:6.3} million states per second, ratio {ratio:6.2}{each}");
    }
}

fn by_hand(size: Size) -> (usize, Duration, Option<usize>) {
    by_hand_on(size, 2)
}

fn by_hand_alone(size: Size) -> (usize, Duration, Option<usize>) {
    by_hand_on(size, 1)
}

fn by_hand_on(size: Size, threads: usize) -> (usize, Duration, Option<usize>) {
    let start = Instant::now();
    let checker = by_hand::Sessions(size).checker().threads(threads).spawn_bfs().join();
    checker.assert_properties();
    (checker.unique_state_count(), start.elapsed(), None)
}

fn ours(size: Size) -> (usize, Duration, Option<usize>) {
    measured(&report(size, Engine::Packed, 2))
}

fn ours_alone(size: Size) -> (usize, Duration, Option<usize>) {
    measured(&report(size, Engine::Packed, 1))
}

fn by_stateright(size: Size) -> (usize, Duration, Option<usize>) {
    measured(&report(size, Engine::Stateright, 2))
}

fn report(size: Size, engine: Engine, threads: usize) -> Report {
    let bounds = Bounds::default().with("InputId", size.inputs).with("RunId", size.runs).with("Fence", size.fences);
    let check = Check::<Sessions>::new().bounds(bounds).engine(engine).threads(threads);
    match check.run() {
        Ok(report) => {
            report.assert_holds();
            report
        }
        Err(error) => panic!("{error}"),
    }
}

fn measured(report: &Report) -> (usize, Duration, Option<usize>) {
    let each = (report.bytes > 0).then(|| report.bytes / report.size.states);
    (report.size.states, report.elapsed, each)
}
