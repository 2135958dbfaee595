//! The TLA+ export of a machine means what the machine does: explored by `tla-checker`, it has the same graph.

mod compare;
mod value;

#[path = "../literature/bank_transfer.rs"]
mod bank_transfer;
#[path = "../literature/die_hard.rs"]
mod die_hard;
#[path = "../../../machine-spec/tests/door.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod door;
#[path = "../literature/lock_service.rs"]
mod lock_service;
#[path = "../../../model-check/tests/machines/mod.rs"]
mod machines;
#[path = "../../../machine-spec/tests/semantics.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod semantics;
#[path = "../literature/termination.rs"]
mod termination;
#[path = "../literature/traffic_light.rs"]
mod traffic_light;
#[path = "../literature/two_phase_commit.rs"]
mod two_phase_commit;

use compare::{Compared, compare};
use machine_spec::session::Meerkat;
use machine_spec::{Bounds, Inspected};

#[track_caller]
fn same<M: Inspected>(bounds: &Bounds, states: usize) -> Compared {
    match compare::<M>(bounds) {
        Ok(compared) => {
            println!("{}: {compared:?}", M::SPEC.name);
            assert_eq!(compared.states, states);
            compared
        }
        Err(difference) => panic!("{}: {difference}", M::SPEC.name),
    }
}

#[test]
fn a_transfer() {
    same::<bank_transfer::Transfer>(&Bounds::default().with_integers(7), 17);
}

#[test]
fn the_jugs() {
    same::<die_hard::DieHard>(&Bounds::default().with_integers(5), 16);
}

#[test]
fn a_lock_service() {
    same::<lock_service::LockService>(&Bounds::default().with("Token", 4), 161);
}

#[test]
fn termination_detection() {
    same::<termination::Termination>(&Bounds::default().with_integers(3), 143);
}

#[test]
fn a_crossing() {
    same::<traffic_light::Crossing>(&Bounds::default(), 5);
}

#[test]
fn two_phase_commit_with_three_managers() {
    same::<two_phase_commit::three::TwoPhase>(&Bounds::default().with("Manager", 3), 288);
}

#[test]
fn a_door() {
    same::<door::Door>(&Bounds::default().with_integers(6), 1 + 6 * 4);
    // The counter runs until it is full, and then there is no step any more.
    same::<door::Door>(&Bounds::default().with_integers(300), 1 + 255 * 4);
}

#[test]
fn regions_that_swap() {
    same::<semantics::exchange::Exchange>(&Bounds::default().with_integers(9), 0);
}

#[test]
fn instances_selections_sets_and_maps() {
    same::<semantics::guests::Guests>(&Bounds::default(), 0);
}

#[test]
fn sources_by_exception() {
    same::<semantics::Siren>(&Bounds::default(), 4);
}

#[test]
fn constants_and_functions() {
    same::<semantics::constants::Tank>(&Bounds::default().with_integers(20), 0);
}

#[test]
fn every_form_of_expression() {
    let bounds = Bounds::default().with("ledger.pair", 255).with("ledger.balance", 9).with("ledger.phase", 3);
    same::<machines::Orchard>(&bounds.with("Grow.by", 4), 0);
}

#[test]
fn competing_transitions_and_keys_that_are_no_numbers() {
    same::<machines::Almanac>(&Bounds::default(), 0);
}

#[test]
fn the_session_machine() {
    let bounds = Bounds::default().with("Incarnation", 1).with("Fence", 1).with("RunId", 1).with("InputId", 1);
    same::<Meerkat>(&bounds.with_integers(1), 0);
}
