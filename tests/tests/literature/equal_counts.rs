//! Engines that share nothing count the same states: ours, the interpreter of machine files, and Stateright with models
//! written by hand. The TLA+ exports are counted in the test `tla`.
//!
//! The numbers for two-phase commit are those of the literature. The philosophers' can be told without a search: the
//! starving ones have as many states as there are cyclic words of 0, 1 and 2 in which 2 stands before 0 only, the
//! Pell-Lucas numbers; where one differs there are the Pell numbers.

use machine_spec::{Bounds, Machine};
use model_check::{Check, Report, Verdict, assert_machine, assert_meaning};

use crate::peers::{Philosophers, Transaction, TwoPhase, classes, states};
use crate::philosophers::{five, four, starving_four, starving_three, three};
use crate::two_phase_commit;

fn managers(count: u64) -> Bounds {
    Bounds::default().with("Manager", count)
}

/// Seats are numbered from zero; one number more is offered, and is no seat.
fn seats(count: u64) -> Bounds {
    Bounds::default().with_integers(count)
}

#[test]
fn two_phase_commit_has_the_same_states_by_hand() {
    assert_eq!([3, 5, 7].map(|count| states(TwoPhase(count))), [288, 8_832, 296_448]);
}

#[test]
fn two_phase_commit_has_the_same_states_to_the_interpreter() {
    assert_eq!(assert_meaning::<two_phase_commit::three::TwoPhase>(&managers(3)).states, 288);
    assert_eq!(assert_meaning::<two_phase_commit::five::TwoPhase>(&managers(5)).states, 8_832);
}

fn up_to_renaming<M: Machine>(count: u64) -> usize {
    let check = Check::<M>::new().bounds(managers(count)).up_to_renaming(true);
    check.run().expect("runs").assert_holds().size.states
}

#[test]
fn two_phase_commit_has_the_same_states_up_to_renaming_managers() {
    let by_hand = [3, 5, 7, 9].map(|count| classes(TwoPhase(count), Transaction::sorted));
    let ours = [
        up_to_renaming::<two_phase_commit::three::TwoPhase>(3),
        up_to_renaming::<two_phase_commit::five::TwoPhase>(5),
        up_to_renaming::<two_phase_commit::seven::TwoPhase>(7),
        up_to_renaming::<two_phase_commit::nine::TwoPhase>(9),
    ];
    assert_eq!(ours, by_hand);
}

/// Minutes: `cargo test --release -p tests --test literature -- --ignored`.
#[test]
#[ignore = "takes minutes and gigabytes"]
fn two_phase_commit_with_nine_managers() {
    let check = Check::<two_phase_commit::nine::TwoPhase>::new().bounds(managers(9)).cross_check(false);
    check.run().expect("runs").assert_holds().assert_states(10_340_352);
    assert_eq!(states(TwoPhase(9)), 10_340_352);
}

#[test]
fn philosophers_of_whom_one_differs_always_eat() {
    assert_machine::<three::Philosophers>(&seats(3), 12);
    assert_machine::<four::Philosophers>(&seats(4), 29);
    assert_machine::<five::Philosophers>(&seats(5), 70);
    let by_hand = |seats| states(Philosophers { seats, last_is_different: true });
    assert_eq!([3, 4, 5, 6].map(by_hand), [12, 29, 70, 169]);
    assert_eq!(assert_meaning::<five::Philosophers>(&seats(5)).states, 70);
}

/// The lengths of the traces to what is violated.
fn lengths(report: &Report) -> Vec<(&'static str, usize)> {
    let violated = report.findings.iter().filter_map(|finding| match &finding.verdict {
        Verdict::Violated(found) => Some((finding.sentence, found.trace.as_ref().map_or(0, |trace| trace.steps.len()))),
        _ => None,
    });
    violated.collect()
}

#[test]
fn philosophers_who_all_begin_on_the_same_side_starve() {
    let report = Check::<starving_three::Philosophers>::new().bounds(seats(3)).run().expect("runs");
    report.assert_states(14);
    assert_eq!(lengths(&report), [("somebody can eat", 3), ("somebody eats", 3)], "{report}");
    let report = Check::<starving_four::Philosophers>::new().bounds(seats(4)).run().expect("runs");
    report.assert_states(34);
    assert_eq!(lengths(&report), [("somebody can eat", 4), ("somebody eats", 4)], "{report}");
    let by_hand = |seats| states(Philosophers { seats, last_is_different: false });
    assert_eq!([3, 4, 5, 6].map(by_hand), [14, 34, 82, 198]);
    assert_eq!(assert_meaning::<starving_four::Philosophers>(&seats(4)).states, 34);
}
