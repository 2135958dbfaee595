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

use compare::{Compared, compare, compare_with};
use lock_service::LockService;
use machine_spec::session::Meerkat;
use machine_spec::{Bounds, Inspected};
use model_check::{Catalog, Exit, TlaModule, execute};
use traffic_light::Crossing;

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
fn a_door_with_a_counter_that_runs_until_it_is_full() {
    same::<door::Door>(&Bounds::default().with_integers(300), 1 + 255 * 4);
}

#[test]
fn regions_that_swap() {
    same::<semantics::exchange::Exchange>(&Bounds::default().with_integers(10), 0);
}

#[test]
fn an_initial_state_outside_of_the_bounds() {
    same::<semantics::exchange::Exchange>(&Bounds::default().with_integers(9), 0);
}

#[test]
fn instances_selections_sets_and_maps() {
    same::<semantics::guests::Guests>(&Bounds::default().with("Guest", 1), 0);
}

#[test]
fn sources_by_exception() {
    same::<semantics::Siren>(&Bounds::default(), 4);
}

#[test]
fn constants_and_functions() {
    same::<semantics::constants::Tank>(&Bounds::default().with_integers(20), 21);
}

#[test]
fn every_form_of_expression() {
    let bounds = Bounds::default().with("ledger.pair", 255).with("ledger.balance", 4).with("ledger.phase", 2);
    same::<machines::Orchard>(&bounds.with("Grow.by", 3).with("Tree", 1), 0);
}

#[test]
fn competing_transitions_and_keys_that_are_no_numbers() {
    same::<machines::Almanac>(&Bounds::default().with("Page", 1), 0);
}

#[test]
fn the_session_machine() {
    let bounds = Bounds::default().with("Incarnation", 1).with("Fence", 1).with("RunId", 1).with("InputId", 1);
    same::<Meerkat>(&bounds.with_integers(1), 854);
}

/// Some minutes: `cargo test -p tests --test tla -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn larger_bounds() {
    same::<semantics::guests::Guests>(&Bounds::default(), 10_020);
    let bounds = Bounds::default().with("ledger.pair", 255).with("ledger.balance", 9).with("ledger.phase", 3);
    same::<machines::Orchard>(&bounds.with("Grow.by", 4), 1_186);
    same::<machines::Almanac>(&Bounds::default(), 0);
    same::<two_phase_commit::five::TwoPhase>(&Bounds::default().with("Manager", 5), 8_832);
    same::<Meerkat>(&Bounds::default().with("Incarnation", 1).with("Fence", 1).with("RunId", 1), 0);
}

/// The text of a small export, for a person to read.
#[test]
fn an_export_reads_well() {
    let module = TlaModule::of(door::Door::SPEC, &Bounds::default()).expect("can be exported");
    insta::assert_snapshot!(module.text);
    insta::assert_snapshot!(module.configuration);
}

#[test]
fn the_command_writes_both_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("new").display().to_string();
    let catalog = Catalog::new().with::<Crossing>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let exit = execute(&catalog, ["meerkat", "tla", "--out", &out], &mut output, &mut messages);
    assert_eq!((exit.expect("written"), messages), (Exit::Passed, Vec::new()));
    let module = TlaModule::of(Crossing::SPEC, &Bounds::default()).expect("can be exported");
    let written = |extension| std::fs::read_to_string(format!("{out}/Crossing.{extension}")).expect("is written");
    assert_eq!((written("tla"), written("cfg")), (module.text, module.configuration));
}

/// What tells an export with one change of its text from the machine.
fn with_fault(from: &str, to: &str) -> String {
    let bounds = Bounds::default().with("Token", 3);
    let mut module = TlaModule::of(LockService::SPEC, &bounds).expect("can be exported");
    let text = module.text.replacen(from, to, 1);
    assert_ne!(text, module.text, "there is no {from}");
    module.text = text;
    compare_with::<LockService>(&bounds, module).expect_err("the fault shows")
}

#[test]
fn a_faulty_export_is_told_from_a_right_one() {
    let bounds = Bounds::default().with("Token", 3);
    compare_with::<LockService>(&bounds, TlaModule::of(LockService::SPEC, &bounds).expect("can be exported"))
        .expect("without a fault they are the same");
    let faults = [
        ("an update is missing", ", !.granted = service.granted + 1", ""),
        ("a guard is missing", "client \\in DOMAIN clients.tokens", "TRUE"),
        ("a guard is turned round", ">= store.latest", "<= store.latest"),
        (
            "a value is read behind the step",
            "Put(clients.tokens, client, service.granted + 1)",
            "Put(clients.tokens, client, (service').granted + 1)",
        ),
        ("another phase is left", "service.phase.is = \"Held\"", "service.phase.is = \"Free\""),
        ("a region is left out", "ServiceOnAcquire(client) /\\ ", "UNCHANGED service /\\ "),
        ("the first state is another", "latest |-> 0", "latest |-> 1"),
        ("a bound is another", "0..TokenMax", "0..TokenMax - 1"),
        (
            "an invariant says more",
            "clients.tokens[token] <= service.granted",
            "clients.tokens[token] < service.granted",
        ),
        ("an always says more", "(store').latest >= store.latest", "(store').latest > store.latest"),
        ("a witness is another", "< store.latest", "<= store.latest"),
        ("an input has fewer values", "\\E client \\in Client : Write", "\\E client \\in {1} : Write"),
    ];
    for (what, from, to) in faults {
        println!("{what}: {}\n", with_fault(from, to));
    }
}
