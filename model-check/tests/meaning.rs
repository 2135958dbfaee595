//! Generated code means what the machine file says.

use machine_spec::Bounds;
use machine_spec::session::Meerkat;
use model_check::{assert_meaning, assert_meaning_of_regions, assert_meaning_on_walks};

#[path = "../../machine-spec/tests/constructs.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod constructs;
#[path = "../../machine-spec/tests/door.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod door;
#[path = "../../machine-spec/tests/semantics.rs"]
#[allow(unreachable_pub, dead_code, reason = "a test file of its own")]
mod semantics;

mod machines;

use machines::{Almanac, Orchard};
use semantics::constants::Tank;
use semantics::exchange::Exchange;
use semantics::guests::Guests;

#[test]
fn a_door() {
    let compared = assert_meaning::<door::Door>(&Bounds::default().with_integers(255));
    // The counter runs until it is full: closed, opened by one of two, locked.
    assert_eq!(compared.states, 1 + 255 * 4);
}

#[test]
fn regions_that_swap() {
    assert_meaning::<Exchange>(&Bounds::default().with_integers(9));
    assert_meaning_on_walks::<Exchange>(&Bounds::default().with_integers(255), 300, 60);
}

#[test]
fn instances_selections_sets_and_maps() {
    let compared = assert_meaning::<Guests>(&Bounds::default());
    assert!(compared.states > 500, "{compared:?}");
    assert_meaning_on_walks::<Guests>(&Bounds::default().with("Guest", 6).with_integers(4), 100, 80);
}

#[test]
fn opaque_values_bounded_numbers_and_sequences() {
    let bounds = Bounds::default().with_ids(1).with_epochs(1).with("Load", 2);
    let compared = assert_meaning::<constructs::depot::Depot>(&bounds);
    assert!(compared.states > 500, "{compared:?}");
    assert_meaning_on_walks::<constructs::depot::Depot>(&Bounds::default().with_epochs(4), 100, 60);
}

#[test]
fn one_handler_for_several_inputs() {
    assert_eq!(assert_meaning::<semantics::switchboard::Switchboard>(&Bounds::default().with_integers(3)).states, 4);
}

#[test]
fn sources_by_exception() {
    assert_eq!(assert_meaning::<semantics::Siren>(&Bounds::default()).states, 4);
}

#[test]
fn constants_and_functions() {
    assert_meaning::<Tank>(&Bounds::default().with_integers(20));
    assert_meaning_on_walks::<Tank>(&Bounds::default().with_integers(255), 100, 40);
}

#[test]
fn every_form_of_expression() {
    let bounds =
        Bounds::default().with("ledger.pair", 255).with("ledger.balance", 9).with("ledger.phase", 3).with("Grow.by", 4);
    let compared = assert_meaning::<Orchard>(&bounds);
    assert!(compared.states > 500, "{compared:?}");
    assert_meaning_on_walks::<Orchard>(&Bounds::default().with_epochs(4).with_integers(40), 200, 60);
}

#[test]
fn every_way_to_be_rejected() {
    let compared = assert_meaning::<Almanac>(&Bounds::default().with("blots.drops", 255).with_epochs(1));
    assert!(compared.states > 50, "{compared:?}");
    assert_meaning_on_walks::<Almanac>(&Bounds::default().with_epochs(4).with_integers(200), 200, 60);
}

#[test]
fn the_session_within_small_bounds() {
    // What only the other regions know is met on the long walks.
    let core = [("Incarnation", 1), ("Fence", 1), ("RunId", 1), ("InputId", 2)];
    let nothing_else = Bounds::default().with_ids(0).with_epochs(0).with_integers(1);
    let bounds = core.into_iter().fold(nothing_else, |bounds, (name, bound)| bounds.with(name, bound));
    let core = ["registration", "lifecycle", "admission", "ingress"];
    let compared = assert_meaning_of_regions::<Meerkat>(&bounds, &core);
    assert!(compared.states > 1_000, "{compared:?}");
    println!("{compared:?}");
}

#[test]
fn the_session_on_long_walks() {
    let compared = assert_meaning_on_walks::<Meerkat>(&Bounds::default().with_epochs(12).with_integers(3), 60, 120);
    println!("{compared:?}");
    assert!(compared.steps > 1_000, "{compared:?}");
}
