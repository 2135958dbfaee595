//! Machines from the literature, written as a user would, with the numbers of states that the literature gives.

mod bank_transfer;
mod die_hard;
mod equal_counts;
mod lock_service;
mod peers;
mod philosophers;
mod termination;
mod traffic_light;
mod two_phase_commit;

use machine_spec::Bounds;
use model_check::{Check, assert_machine};

#[test]
fn two_phase_commit_has_as_many_states_as_its_authors_found() {
    use two_phase_commit::{five, seven, three};
    let check = |managers| Bounds::default().with("Manager", managers);
    Check::<three::TwoPhase>::new().bounds(check(3)).run().expect("runs").assert_holds().assert_states(288);
    Check::<five::TwoPhase>::new().bounds(check(5)).run().expect("runs").assert_holds().assert_states(8_832);
    let large = Check::<seven::TwoPhase>::new().bounds(check(7)).cross_check(false).run().expect("runs");
    large.assert_holds().assert_states(296_448);
}

#[test]
fn the_jugs_measure_four_gallons() {
    let bounds = Bounds::default().with_integers(5);
    let report = Check::<die_hard::DieHard>::new().bounds(bounds).run().expect("runs");
    report.assert_holds().assert_states(16);
}

#[test]
fn a_crossing_has_five_states() {
    assert_machine::<traffic_light::Crossing>(&Bounds::default(), 5);
}

#[test]
fn a_fencing_token_keeps_a_late_writer_out() {
    assert_machine::<lock_service::LockService>(&Bounds::default().with("Token", 4), 161);
}

#[test]
fn termination_is_announced_only_when_all_are_idle() {
    let bounds = Bounds::default().with_integers(3);
    Check::<termination::Termination>::new().bounds(bounds).run().expect("runs").assert_holds().assert_states(143);
}

#[test]
fn a_transfer_neither_loses_nor_makes_money() {
    let bounds = Bounds::default().with_integers(7);
    Check::<bank_transfer::Transfer>::new().bounds(bounds).run().expect("runs").assert_holds().assert_states(17);
}
