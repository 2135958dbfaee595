//! What a step costs, as ratios: a small machine against the hand-written match and its peers, and the session machine
//! against itself with ever more inputs waiting. See `docs/benchmarks.md`.

mod contestants;
mod peers;
mod session;

use std::time::Instant;

use contestants::{Contestant, Hand, Meerkat, Summary};
use peers::{RustFsm, Smlang, Statig};
use tests::job::{JobMachineInput, SEED, inputs};
use tests::rounds::Rounds;

const INPUTS: usize = 16_384;
const PASSES: usize = 4;
const ROUNDS: usize = 301;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let inputs = inputs(SEED, INPUTS);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--count", name, steps] => match steps.parse() {
            Ok(steps) => count(name, steps, &inputs),
            Err(error) => eprintln!("{steps} is not a number of steps: {error}"),
        },
        [] => {
            small(&inputs);
            session::compare();
        }
        _ => eprintln!("usage: apply [--count hand|meerkat|rust-fsm|smlang|statig|session-<waiting inputs> <steps>]"),
    }
}

/// Runs one implementation alone, for a tool that counts instructions.
fn count(name: &str, steps: usize, inputs: &[JobMachineInput]) {
    let summary = match name {
        "hand" => steps_of::<Hand>(inputs, steps),
        "meerkat" => steps_of::<Meerkat>(inputs, steps),
        "rust-fsm" => steps_of::<RustFsm>(inputs, steps),
        "smlang" => steps_of::<Smlang>(inputs, steps),
        "statig" => steps_of::<Statig>(inputs, steps),
        _ => return session::count(name, steps),
    };
    println!("{name}: {summary:?}");
}

fn steps_of<C: Contestant>(inputs: &[JobMachineInput], steps: usize) -> Summary {
    let events = C::events(inputs);
    let mut contestant = C::default();
    for _ in 0..steps / events.len() {
        pass(&mut contestant, &events);
    }
    pass(&mut contestant, &events[..steps % events.len()]);
    contestant.summary()
}

/// One way through the inputs: the code that is measured.
#[inline(never)]
fn pass<C: Contestant>(contestant: &mut C, events: &[C::Event]) {
    for event in events {
        contestant.offer(event);
    }
}

fn time<C: Contestant>(events: &[C::Event]) -> f64 {
    let mut contestant = C::default();
    let start = Instant::now();
    for _ in 0..PASSES {
        pass(&mut contestant, events);
    }
    let elapsed = start.elapsed();
    std::hint::black_box(contestant.summary());
    elapsed.as_secs_f64() * 1e9 / (PASSES * events.len()) as f64
}

fn small(inputs: &[JobMachineInput]) {
    let expected = steps_of::<Hand>(inputs, inputs.len());
    let others = [
        steps_of::<Meerkat>(inputs, inputs.len()),
        steps_of::<RustFsm>(inputs, inputs.len()),
        steps_of::<Smlang>(inputs, inputs.len()),
        steps_of::<Statig>(inputs, inputs.len()),
    ];
    assert!(others.iter().all(|other| *other == expected), "{expected:?} differs from one of {others:?}");
    println!("small machine: {INPUTS} inputs with seed {SEED:#x}, {expected:?}");
    let (hand, meerkat, rust_fsm, smlang, statig) = (
        Hand::events(inputs),
        Meerkat::events(inputs),
        RustFsm::events(inputs),
        Smlang::events(inputs),
        Statig::events(inputs),
    );
    let mut rounds = Rounds::new(&["hand match", "meerkat", "rust-fsm", "smlang", "statig"]);
    for _ in 0..ROUNDS {
        rounds.add(&[
            time::<Hand>(&hand),
            time::<Meerkat>(&meerkat),
            time::<RustFsm>(&rust_fsm),
            time::<Smlang>(&smlang),
            time::<Statig>(&statig),
        ]);
    }
    rounds.print("ns per step");
}
