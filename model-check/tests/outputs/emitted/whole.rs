//! Counterexamples of machine Shop, written by the command `meerkat`.
//!
//! Each test offers the inputs of a trace to the generated code, and passes as long as the claim fails where the trace
//! ends. Once the machine is mended the test fails: turn its last assertion round, and keep it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use machine_spec::{Bounds, Evaluation, Machine};
use crate::machines::shop_machine::*;

/// promise "at most one transition per region accepts an input", declared at model-check/tests/outputs/machines.rs:7:17.
#[test]
fn at_most_one_transition_per_region_accepts_an_input() {
    let mut authority = ShopMachineAuthority::new();
    let input = ShopMachineInput::Ring;
    let expected: &[&str] = &["BellRingFromQuietToLoud", "BellRingFromQuietStay"];
    assert_eq!(accepting(&authority, &input), expected, "what explain says");
    assert!(authority.apply(&input, &mut Vec::new()).is_ok(), "what apply does");
}

/// invariant "no slow order is weighed", declared at model-check/tests/outputs/machines.rs:65:15.
#[test]
fn no_slow_order_is_weighed() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by OrdersTake
    accept(&mut authority, &ShopMachineInput::Take { order: Order::from_number(1), lane: Lane::Slow { level: Level::from_number(1).expect("it is in range") }, label: Label { stamp: Stamp::from_number(0), weight: Some(0) }, note: Note(Default::default()) });
    assert!(!of_state("no_slow_order_is_weighed", &authority).holds(), "it holds here now");
}

/// invariant "no order is stamped", declared at model-check/tests/outputs/machines.rs:67:15.
#[test]
fn no_order_is_stamped() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by OrdersTake
    accept(&mut authority, &ShopMachineInput::Take { order: Order::from_number(1), lane: Lane::Fast, label: Label { stamp: Stamp::from_number(1), weight: None }, note: Note(Default::default()) });
    assert!(!of_state("no_order_is_stamped", &authority).holds(), "it holds here now");
}

/// invariant "the shelf is never full", declared at model-check/tests/outputs/machines.rs:68:15.
#[test]
fn the_shelf_is_never_full() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by ShelfFill
    accept(&mut authority, &ShopMachineInput::Fill { levels: [Level::from_number(1).expect("it is in range")].into_iter().collect(), sizes: [(Order::from_number(1), false)].into_iter().collect(), line: [Order::from_number(1)].into_iter().collect() });
    assert!(!of_state("the_shelf_is_never_full", &authority).holds(), "it holds here now");
}

/// always "it is shut before it is walled up", declared at model-check/tests/outputs/machines.rs:69:12.
#[test]
fn it_is_shut_before_it_is_walled_up() {
    let mut authority = ShopMachineAuthority::new();
    let before = authority.clone();
    // 1. by DoorWall
    accept(&mut authority, &ShopMachineInput::Wall);
    assert!(!of_step("it_is_shut_before_it_is_walled_up", &before, &authority).holds(), "it holds over this step now");
}

/// always "a lamp that is on goes off", declared at model-check/tests/outputs/machines.rs:70:12.
#[test]
fn a_lamp_that_is_on_goes_off() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by LampBlinkFromOffToOn
    accept(&mut authority, &ShopMachineInput::Blink);
    let before = authority.clone();
    // 2. by OrdersTake
    accept(&mut authority, &ShopMachineInput::Take { order: Order::from_number(1), lane: Lane::Fast, label: Label { stamp: Stamp::from_number(0), weight: None }, note: Note(Default::default()) });
    assert!(!of_step("a_lamp_that_is_on_goes_off", &before, &authority).holds(), "it holds over this step now");
}

// There is nothing to replay for reachable "it is walled up and open", declared at model-check/tests/outputs/machines.rs:71:15:
// it holds in none of the 1872 states within the bounds.

/// possible "it can open again", declared at model-check/tests/outputs/machines.rs:72:14.
#[test]
fn it_can_open_again() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by DoorWall
    accept(&mut authority, &ShopMachineInput::Wall);
    assert!(of_state("it_can_open_again", &authority).premise, "the premise does not hold here any more");
    // A trap: whatever happens, there is no state any more with: door.is(Open)
    let bounds = Bounds::default().with_ids(1).with_epochs(1).with_integers(1).with_lengths(1).with("Level", 1);
    for reached in reachable_from(&authority, &["door", "lamp", "bell", "orders", "shelf"], &bounds) {
        assert!(!of_state("it_can_open_again", &reached).claim, "there is a way out now, to {reached:?}");
    }
}

/// leads_to "who is shut in with light gets out", declared at model-check/tests/outputs/machines.rs:74:14.
#[test]
fn who_is_shut_in_with_light_gets_out() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by DoorClose
    accept(&mut authority, &ShopMachineInput::Close);
    // 2. by LampBlinkFromOffToOn
    accept(&mut authority, &ShopMachineInput::Blink);
    // From here on it waits for: door.is(Open)
    assert!(of_state("who_is_shut_in_with_light_gets_out", &authority).premise, "the premise does not hold here any more");
    assert!(!of_state("who_is_shut_in_with_light_gets_out", &authority).claim, "what it waits for has come");
    // The steps from here on repeat for ever.
    let start = authority.clone();
    // 3. by LampBlinkFromOnToOff
    accept(&mut authority, &ShopMachineInput::Blink);
    assert!(!of_state("who_is_shut_in_with_light_gets_out", &authority).claim, "what it waits for has come");
    // 4. by LampBlinkFromOffToOn
    accept(&mut authority, &ShopMachineInput::Blink);
    assert!(!of_state("who_is_shut_in_with_light_gets_out", &authority).claim, "what it waits for has come");
    assert_eq!(authority, start, "the steps do not lead back");
}

#[track_caller]
fn accept(authority: &mut ShopMachineAuthority, input: &ShopMachineInput) {
    if let Err(rejection) = authority.apply(input, &mut Vec::new()) {
        panic!("{input:?} is not accepted any more: {rejection}");
    }
}

/// What the property with this identifier says of a state.
#[track_caller]
fn of_state(property: &str, authority: &ShopMachineAuthority) -> Evaluation {
    of_step(property, authority, authority)
}

/// What the property with this identifier says of a step.
#[track_caller]
fn of_step(property: &str, before: &ShopMachineAuthority, after: &ShopMachineAuthority) -> Evaluation {
    let index = Shop::SPEC.properties.iter().position(|one| one.id == property);
    Shop::evaluate(index.expect("the machine declares the property"), before.state(), after.state())
}

fn indices(regions: &[&str]) -> Vec<usize> {
    let index = |name: &&str| Shop::SPEC.regions.iter().position(|region| region.name == *name);
    regions.iter().map(|name| index(name).expect("the machine declares the region")).collect()
}

/// The states that can be reached within the bounds, as far as these regions go; about 10,000 at most.
fn reachable_from(start: &ShopMachineAuthority, regions: &[&str], bounds: &Bounds) -> Vec<ShopMachineAuthority> {
    let (regions, inputs) = (indices(regions), Shop::inputs_within(bounds));
    let bounds = bounds.resolved(Shop::SPEC);
    let fingerprint = |authority: &ShopMachineAuthority| {
        let mut hasher = DefaultHasher::new();
        regions.iter().for_each(|region| Shop::hash_region(authority.state(), *region, &mut hasher));
        hasher.finish()
    };
    let mut known = HashSet::from([fingerprint(start)]);
    let (mut reached, mut next) = (vec![start.clone()], 0);
    while next < reached.len() && reached.len() < 10_000 {
        for input in &inputs {
            let mut after = reached[next].clone();
            let accepted = after.apply(input, &mut Vec::new()).is_ok();
            let is_within = regions.iter().all(|region| Shop::is_region_within(after.state(), *region, &bounds));
            if accepted && is_within && known.insert(fingerprint(&after)) {
                reached.push(after);
            }
        }
        next += 1;
    }
    reached
}

/// The transitions that would accept the input, each for itself.
fn accepting(authority: &ShopMachineAuthority, input: &ShopMachineInput) -> Vec<&'static str> {
    let candidates = Shop::explain(Shop::state(authority), input).candidates;
    let accepting = candidates.iter().filter(|candidate| candidate.accepts());
    accepting.map(|candidate| Shop::SPEC.transitions[candidate.transition].name).collect()
}
