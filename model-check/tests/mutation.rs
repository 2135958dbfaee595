//! Mutants of machines: what is killed, by what, and what survives.

use machine_spec::{Bounds, Machine};
use model_check::{MutationReport, Mutants};

#[path = "../../tests/tests/literature/bank_transfer.rs"]
mod bank_transfer;
#[path = "../../tests/tests/guide/boiler.rs"]
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod boiler;
#[path = "../../tests/tests/literature/die_hard.rs"]
mod die_hard;
#[path = "../../tests/tests/guide/locker.rs"]
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod locker;
#[path = "../../tests/tests/literature/lock_service.rs"]
mod lock_service;
#[path = "../../tests/tests/literature/termination.rs"]
mod termination;
#[path = "../../tests/tests/literature/traffic_light.rs"]
mod traffic_light;
#[path = "../../tests/tests/literature/two_phase_commit.rs"]
#[allow(dead_code, reason = "one size is enough")]
mod two_phase_commit;

fn mutants<M: Machine>(bounds: Bounds) -> MutationReport {
    let report = Mutants::<M>::new().bounds(bounds).run().expect("the machine itself passes");
    println!("{report}");
    for trial in &report.trials { println!("{} | {} | {}", trial.mutant.kind, trial.mutant, trial.fate); }
    report
}

#[test]
fn mutants_of_two_phase_commit() {
    mutants::<two_phase_commit::three::TwoPhase>(Bounds::default().with("Manager", 3)).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_the_jugs() {
    mutants::<die_hard::DieHard>(Bounds::default().with_integers(5)).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_the_crossing() {
    mutants::<traffic_light::Crossing>(Bounds::default()).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_the_lock_service() {
    mutants::<lock_service::LockService>(Bounds::default().with("Token", 4)).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_termination() {
    mutants::<termination::Termination>(Bounds::default().with_integers(3)).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_the_transfer() {
    mutants::<bank_transfer::Transfer>(Bounds::default().with_integers(7)).assert_tally(0, 0, 0);
}

#[test]
fn mutants_of_the_locker() {
    mutants::<locker::Locker>(Bounds::default()).assert_tally(0, 0, 0);
}
