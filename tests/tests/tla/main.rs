//! The TLA+ export of a machine means what the machine does: explored by `tla-checker`, it has the same graph.

mod compare;
mod courier;
mod lift;
mod value;

#[path = "../literature/bank_transfer.rs"]
mod bank_transfer;
#[path = "../../../machine-spec/tests/constructs.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod constructs;
#[path = "../literature/die_hard.rs"]
mod die_hard;
#[path = "../../../machine-spec/tests/door.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod door;
#[path = "../literature/lock_service.rs"]
mod lock_service;
#[path = "../../../model-check/tests/machines/mod.rs"]
mod machines;
#[path = "../literature/philosophers.rs"]
mod philosophers;
#[path = "../../../machine-spec/tests/semantics.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod semantics;
#[path = "../literature/termination.rs"]
mod termination;
#[path = "../literature/traffic_light.rs"]
mod traffic_light;
#[path = "../literature/two_phase_commit.rs"]
mod two_phase_commit;

use compare::{Compared, Depth, compare, compare_with};
use lock_service::LockService;
use machine_spec::session::Meerkat;
use machine_spec::{Bounds, Inspected};
use model_check::{Catalog, Exit, TlaError, TlaModule, execute};
use traffic_light::Crossing;

#[track_caller]
fn same<M: Inspected>(bounds: &Bounds, states: usize) -> Compared {
    same_to::<M>(bounds, Depth::Next, states)
}

#[track_caller]
fn same_to<M: Inspected>(bounds: &Bounds, depth: Depth, states: usize) -> Compared {
    match compare::<M>(bounds, depth) {
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
fn dining_philosophers() {
    let seats = |count: u64| Bounds::default().with_integers(count);
    same::<philosophers::starving_three::Philosophers>(&seats(3), 14);
    same::<philosophers::starving_four::Philosophers>(&seats(4), 34);
    same::<philosophers::three::Philosophers>(&seats(3), 12);
    same::<philosophers::four::Philosophers>(&seats(4), 29);
    same::<philosophers::five::Philosophers>(&seats(5), 70);
}

#[test]
fn a_door_with_a_counter_that_runs_until_it_is_full() {
    same::<door::Door>(&Bounds::default().with_integers(300), 1 + 255 * 4);
}

#[test]
fn claims_that_do_not_hold() {
    same::<lift::Lift>(&Bounds::default(), 220);
}

#[test]
fn what_fairness_promises() {
    let bounds = Bounds::default();
    same::<courier::untrusted::Courier>(&bounds, 6);
    same::<courier::sending::Courier>(&bounds, 6);
    same::<courier::weak::Courier>(&bounds, 6);
    same::<courier::strong::Courier>(&bounds, 6);
}

#[test]
fn a_fairness_too_little_is_told() {
    let bounds = Bounds::default();
    let found =
        difference::<courier::strong::Courier>(&bounds, |text| text.replace("SF_vars(Deliver)", "WF_vars(Deliver)"));
    assert!(found.contains("liveness"), "{found}");
}

#[test]
fn numbers_sequences_and_what_is_carried() {
    let bounds = Bounds::default().with_epochs(1).with_ids(1).with("Load", 2).with_lengths(1);
    same::<constructs::depot::Depot>(&bounds, 156);
}

#[test]
fn regions_that_swap() {
    same::<semantics::exchange::Exchange>(&Bounds::default().with_integers(10), 13);
}

#[test]
fn an_initial_state_outside_of_the_bounds() {
    same::<semantics::exchange::Exchange>(&Bounds::default().with_integers(9), 11);
}

#[test]
fn instances_selections_sets_and_maps() {
    same::<semantics::guests::Guests>(&Bounds::default().with("Guest", 1), 260);
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
    let bounds = Bounds::default().with("ledger.pair", 255).with("ledger.balance", 9).with("ledger.phase", 3);
    same::<machines::Orchard>(&bounds.with("Grow.by", 4).with("Tree", 1), 150);
}

#[test]
fn competing_transitions_and_keys_that_are_no_numbers() {
    same::<machines::Almanac>(&blots(), 105);
}

#[test]
fn the_session_machine_on_walks() {
    let bounds = Bounds::default().with_ids(1).with_epochs(1).with_integers(1).with_lengths(1);
    same_to::<Meerkat>(&bounds, Depth::Walks(100), 100);
}

/// Bounds within which blots dry and fade.
fn blots() -> Bounds {
    Bounds::default().with("blots.drops", 255).with_epochs(1)
}

/// Some minutes: `cargo test -p tests --test tla -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn larger_bounds() {
    same::<semantics::guests::Guests>(&Bounds::default(), 10_020);
    let bounds = Bounds::default().with("ledger.pair", 255).with("ledger.balance", 9).with("ledger.phase", 3);
    same::<machines::Orchard>(&bounds.with("Grow.by", 4), 1_186);
    same::<machines::Almanac>(&blots().with_epochs(2), 155);
    same::<two_phase_commit::five::TwoPhase>(&Bounds::default().with("Manager", 5), 8_832);
    let bounds = Bounds::default().with("InputId", 2).with("RunId", 2).with_ids(1).with_epochs(1).with_integers(1);
    same_to::<Meerkat>(&bounds.with_lengths(1), Depth::Walks(2_000), 2_000);
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

/// What tells an export whose text was changed from the machine.
#[track_caller]
fn difference<M: Inspected>(bounds: &Bounds, change: impl Fn(&str) -> String) -> String {
    let mut module = TlaModule::of(M::SPEC, bounds).expect("can be exported");
    let text = change(&module.text);
    assert_ne!(text, module.text, "nothing was changed");
    module.text = text;
    compare_with::<M>(bounds, module, Depth::Next).expect_err("the change shows")
}

#[test]
fn a_faulty_export_is_told_from_a_right_one() {
    let bounds = Bounds::default().with("Token", 3);
    compare::<LockService>(&bounds, Depth::Next).expect("without a fault they are the same");
    let faults = [
        ("an update is missing", ", !.granted = service.granted + 1", ""),
        ("a guard is missing", "clients.tokens[client] >= store.latest", "TRUE"),
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
        ("an invariant says more", "clients.tokens[key] <= service.granted", "clients.tokens[key] < service.granted"),
        ("an always says more", "(store').latest >= store.latest", "(store').latest > store.latest"),
        ("a witness is another", "clients.tokens[key] < store.latest", "clients.tokens[key] <= store.latest"),
        ("an input has fewer values", "\\E client \\in Client : Write", "\\E client \\in {1} : Write"),
    ];
    for (what, from, to) in faults {
        let found = difference::<LockService>(&bounds, |text| text.replacen(from, to, 1));
        println!("{what}: {found}\n");
    }
}

#[test]
fn a_faulty_effect_is_told_from_a_right_one() {
    let bounds = Bounds::default();
    let faults = [
        ("another value is told", "count |-> after.openings", "count |-> door.openings"),
        ("an effect is missing", "    DoorOnOpen_Effects(by)", "    <<>>"),
        ("an effect is another", "is |-> \"Creak\"", "is |-> \"Click\""),
    ];
    for (what, from, to) in faults {
        let found = difference::<door::Door>(&bounds, |text| text.replacen(from, to, 1));
        assert!(found.contains("asks in the export for"), "{what}: {found}");
    }
}

#[test]
fn the_order_of_transitions_is_told() {
    let spec = machines::Almanac::SPEC;
    let names: Vec<&str> = spec.transitions.iter().map(|transition| transition.name).collect();
    let of_blot: Vec<&str> = names.into_iter().filter(|name| name.starts_with("BlotsBlotFromWet")).collect();
    let [first, .., last] = of_blot.as_slice() else { panic!("{of_blot:?}") };
    let found = difference::<machines::Almanac>(&blots(), |text| {
        let (front, rest) = text.split_once("BlotsOnBlot(ink, by) ==").expect("is defined");
        let (action, back) = rest.split_once("\n\n").expect("ends");
        let swapped = action.replace(first, "#").replace(last, first).replace('#', last);
        format!("{front}BlotsOnBlot(ink, by) =={swapped}\n\n{back}")
    });
    assert!(found.contains("leads in the export to"), "{found}");
}

#[test]
fn what_was_written_by_hand_cannot_be_exported() {
    use machine_spec::meaning::Meaning;
    use machine_spec::spec::MachineSpec;
    const UNTOLD: &MachineSpec = &MachineSpec { meaning: Meaning::UNTOLD, ..*door::Door::SPEC };
    let error = TlaModule::of(UNTOLD, &Bounds::default()).expect_err("says nothing");
    assert_eq!(error, TlaError::Untold { machine: "Door" });
}
