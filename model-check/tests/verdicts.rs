//! What a check says of a sound machine, and of one machine per thing that can be wrong.

mod toys;

use model_check::{Bounds, Check, Claim, GapKind, Promise, Report, Verdict};
use toys::Of;
use toys::door::{self, Door};

fn check<D: Door>() -> Report {
    Check::<Of<D>>::new().cross_check(true).run().expect("a report")
}

/// The printed violations, without what stands around them.
fn violations(report: &Report) -> String {
    let text = report.to_string();
    let start = text.find("\nVIOLATED").expect("a violation");
    let end = text.rfind("\nFAILED").expect("a summary");
    text[start..end].trim().to_owned()
}

fn assert_only_violation<D: Door>(sentence: &str, expected: &str) {
    let report = check::<D>();
    assert!(!report.passes());
    let violated = report.findings.iter().filter(|finding| finding.verdict.is_violated());
    assert_eq!(violated.map(|finding| finding.sentence).collect::<Vec<_>>(), [sentence]);
    assert_eq!(violations(&report), expected.trim());
}

#[test]
fn a_sound_machine_passes_with_every_claim_proved() {
    let report = check::<door::Sound>();
    report.assert_holds().assert_states(7);
    assert_eq!((report.size.steps, report.size.clipped, report.size.depth), (8, 1, 5));
    assert!(report.findings.iter().all(|finding| finding.verdict.is_proved()), "{report}");
    assert_eq!(report.coverage.fired, [3, 2, 2, 2]);
    let reachable = report.finding("the door is locked").map(|finding| &finding.verdict);
    assert_eq!(reachable, Some(&Verdict::Proved { witness: Some(3) }));
}

#[test]
fn the_report_of_a_sound_machine_reads_well() {
    let text = check::<door::Sound>().to_string();
    let without_time: Vec<&str> = text.lines().filter(|line| !line.contains(" per second")).collect();
    assert_eq!(
        without_time.join("\n").trim(),
        "\
machine Door   toy.rs:1:5
within  2 ids, epochs to 2, integers to 2

  states   7 distinct, all within the bounds
  steps    8, with 3 inputs offered in each state
  clipped  1 step out of the bounds, not followed
  depth    5

properties
  proved    promise    at most one transition per region accepts an input   of every machine
  proved    promise    explain and apply agree on every input               of every machine
  proved    promise    a rejected input changes nothing                     of every machine
  proved    invariant  a locked door was opened before                      toy.rs:30:5
  proved    always     openings are never forgotten                         toy.rs:31:5
  proved    reachable  the door is locked                                   toy.rs:32:5, holds after 3 steps
  proved    possible   a locked door can be unlocked                        toy.rs:33:5

coverage
  transitions 4 of 4 fire
  effects     2 of 2 are emitted
  phases      3 of 3 are entered
  guards      1 of 1 are false somewhere
  premises    2 of 2 hold somewhere

PASSED: Door holds everything it claims within these bounds"
    );
}

#[test]
fn one_line_checks_a_machine_and_pins_its_states() {
    model_check::assert_machine::<Of<door::Sound>>(&Bounds::default(), 7);
}

#[test]
#[should_panic(
    expected = "machine Door has 7 distinct states within its bounds, pinned are 8. If the change is meant, pin 7."
)]
fn another_number_of_states_is_an_error_that_tells_the_number() {
    model_check::assert_machine::<Of<door::Sound>>(&Bounds::default(), 8);
}

#[test]
#[should_panic(expected = "VIOLATED invariant \"a locked door was opened before\"")]
fn a_violation_panics_with_the_report() {
    check::<door::Unguarded>().assert_holds();
}

#[test]
fn a_violated_invariant_has_a_shortest_trace() {
    assert_only_violation::<door::Unguarded>(
        "a locked door was opened before",
        "
VIOLATED invariant \"a locked door was opened before\"
  at toy.rs:30:5
  after 1 step from the initial state:
  1. Turn   by Locking
       door.phase: Closed -> Locked
       emits Click
  where
    door.phase  = Locked
    door.opened = 0",
    );
}

#[test]
fn a_violated_always_has_a_shortest_trace_to_the_step() {
    assert_only_violation::<door::Forgetful>(
        "openings are never forgotten",
        "
VIOLATED always \"openings are never forgotten\"
  at toy.rs:31:5
  after 4 steps from the initial state:
  1. Push   by Opening
       door.phase: Closed -> Open
       door.opened: 0 -> 1
       emits Creak
  2. Pull   by Closing
       door.phase: Open -> Closed
  3. Turn   by Locking
       door.phase: Closed -> Locked
       emits Click
  4. Turn   by Unlocking
       door.phase: Locked -> Closed
       door.opened: 1 -> 0
  the last step violates it",
    );
}

#[test]
fn an_unreachable_reachable_is_violated_once_the_graph_is_closed() {
    assert_only_violation::<door::Jammed>(
        "the door is locked",
        "
VIOLATED reachable \"the door is locked\"
  at toy.rs:32:5
  it holds in none of the 5 states within the bounds
  1 step out of the bounds: it may hold beyond them",
    );
}

#[test]
fn a_violated_possible_has_a_shortest_trace_into_the_trap() {
    assert_only_violation::<door::Trap>(
        "a locked door can be unlocked",
        "
VIOLATED possible \"a locked door can be unlocked\"
  at toy.rs:33:5
  after 3 steps from the initial state:
  1. Push   by Opening
       door.phase: Closed -> Open
       door.opened: 0 -> 1
       emits Creak
  2. Pull   by Closing
       door.phase: Open -> Closed
  3. Turn   by Locking
       door.phase: Closed -> Locked
       emits Click
  no step leads out of this state, and it is no state with: door.is(Closed)",
    );
}

#[test]
fn a_trap_at_the_edge_of_the_bounds_says_so() {
    let report = check::<door::Counting>();
    let violations = violations(&report);
    let expected = "
  2 states can be reached from here, itself included, and none is one with: door.is(Open)
  a step leaves the bounds from 1 of them: there may be a way through states beyond";
    assert!(violations.ends_with(expected), "{violations}");
}

#[test]
fn overlapping_transitions_are_found_although_apply_takes_the_first() {
    let report = check::<door::Ambiguous>();
    let finding = report.findings.iter().find(|finding| finding.verdict.is_violated()).expect("a violation");
    assert_eq!(finding.claim, Claim::Promised(Promise::Deterministic));
    let violations = violations(&report);
    let expected = "
  3. Push   by Opening
       door.phase: Closed -> Open
       door.opened: 1 -> 2
       emits Creak
  the last input is accepted by Opening (toy.rs:20:5) and by Knocking (toy.rs:26:5)";
    assert!(violations.ends_with(expected), "{violations}");
}

#[test]
fn an_explanation_that_differs_from_the_step_is_found() {
    let report = check::<door::Liar>();
    let violations = violations(&report);
    assert!(violations.starts_with("VIOLATED promise \"explain and apply agree on every input\""), "{violations}");
    assert!(violations.ends_with("apply accepts the last input, explain says that it rejects it"), "{violations}");
}

#[test]
fn a_rejection_that_writes_is_found() {
    assert_only_violation::<door::Leaky>(
        "a rejected input changes nothing",
        "
VIOLATED promise \"a rejected input changes nothing\"
  at toy.rs:1:5
  after 1 step from the initial state:
  1. Pull   REJECTED: no transition accepts the input
       door.opened: 0 -> 1
  the last input is rejected, and yet there is a change or an effect",
    );
}

#[test]
fn what_never_occurs_fails_a_check_unless_that_is_allowed() {
    let report = check::<door::Idle>();
    assert_eq!((report.passes(), report.violations(), report.vacuities()), (false, 0, 5));
    let gaps: Vec<String> = report.coverage.gaps.iter().map(ToString::to_string).collect();
    let expected = [
        "transition Repairing never fires",
        "effect Bang is never emitted",
        "phase door.Broken is never entered",
        "guard \"the sky is up\" of Closing is never false",
        "the premise of invariant \"a broken door stays calm\" never holds",
    ];
    assert_eq!(gaps, expected);
    assert!(report.to_string().ends_with("FAILED: 5 vacuous\n"), "{report}");

    let allowed = Check::<Of<door::Idle>>::new().allow_vacuous(true).run().expect("a report");
    allowed.assert_holds();
    assert_eq!(allowed.coverage.gaps.len(), 5);
}

#[test]
fn without_cross_check_the_report_speaks_of_the_machine_alone() {
    let quick =
        |check: Check<Of<door::Ambiguous>>| check.cross_check(false).allow_vacuous(true).run().expect("a report");
    let report = quick(Check::new());
    let promises = report.findings.iter().filter(|finding| matches!(finding.claim, Claim::Promised(_)));
    assert_eq!(promises.map(|finding| finding.claim).collect::<Vec<_>>(), [Claim::Promised(Promise::Deterministic)]);
    assert!(!report.passes(), "two transitions accept one input");
    assert!(report.coverage.tallies.iter().any(|(kind, ..)| *kind == GapKind::Guard));
}

#[test]
fn a_misspelt_bound_is_refused_with_the_nearest_name() {
    let error = Check::<Of<door::Sound>>::new().with_bound("door.openned", 3).run().expect_err("no report");
    let expected = "machine Door has nothing to bound under the name door.openned; did you mean door.opened?";
    assert_eq!(error.to_string(), expected);
}
