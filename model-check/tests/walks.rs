//! Random walks: what they find, what they say of it, and that they claim no more than they saw.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

mod toys;

use machine_spec::session::Meerkat;
use machine_spec::{Bounds, Machine, machine};
use model_check::{Catalog, CheckError, Exit, GapKind, Verdict, Walks, WalksReport, execute};
use toys::{Of, door};

/// Storeys of a building: the fault is farther away than a check within its usual bounds can see.
mod tower {
    use super::*;

    machine! {
        /// A crane that lifts storeys, and may put one back.
        pub machine Tower;

        id Crane;

        input Lift { crane: Crane }
        input Lower { crane: Crane }
        input Look;
        effect Swing { crane: Crane }

        region tower {
            field storeys: u32 = 0;

            on Lift { crane } stay { set storeys = self.storeys + 1; emit Swing { crane }; }
            on Lower { crane } stay {
                require "a storey is there": self.storeys > 0;
                set storeys = self.storeys - 1;
                emit Swing { crane };
            }
            on Look stay;
        }

        invariant "it stands": tower.storeys < 12;
        reachable "it is of some height": tower.storeys > 5;
    }
}

use tower::Tower;

fn walk<M: Machine>(seed: u64) -> WalksReport {
    Walks::<M>::new().seed(seed).run().expect("the machine can be walked")
}

fn inputs(report: &WalksReport) -> Vec<String> {
    match report.violation.as_ref().map(|finding| &finding.verdict) {
        Some(Verdict::Violated(found)) => {
            found.trace.iter().flat_map(|trace| &trace.steps).map(|step| step.input.clone()).collect()
        }
        other => panic!("{other:?} is no violation\n{report}"),
    }
}

/// The printed report without the line that differs from run to run.
fn timeless(report: &WalksReport) -> String {
    report.to_string().lines().filter(|line| !line.contains(" per second")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_far_away_is_found_and_told_without_detours() {
    // Beyond the bounds of a check: they hold what is offered and not what is reached.
    for seed in 0..5 {
        let report = walk::<Tower>(seed);
        let inputs = inputs(&report);
        assert_eq!(inputs.len(), 12, "{report}");
        assert!(inputs.iter().all(|input| input.starts_with("Lift")), "{report}");
        assert!(report.to_string().contains("VIOLATED invariant \"it stands\""), "{report}");
        assert_eq!(report.witnessed, ["it is of some height"]);
    }
}

#[test]
fn the_printed_seed_repeats_a_run() {
    let drawn = Walks::<Tower>::new().run().expect("the machine can be walked");
    assert!(drawn.to_string().contains(&format!("--seed {} finds it again", drawn.seed)), "{drawn}");
    assert_eq!(timeless(&walk::<Tower>(drawn.seed)), timeless(&drawn));
    assert_ne!(timeless(&walk::<Tower>(drawn.seed.wrapping_add(1))), timeless(&drawn));
}

#[test]
fn a_sound_machine_is_covered_and_not_proved() {
    let report = walk::<Of<door::Sound>>(1);
    report.assert_holds();
    assert_eq!(report.coverage.gaps, [], "{report}");
    assert_eq!((report.walks, report.witnessed.len(), report.unwitnessed.len()), (100, 1, 0));
    let text = report.to_string().to_lowercase();
    assert!(text.contains("not proved") && !text.replace("not proved", "").contains("prove"), "{report}");
}

#[test]
fn what_did_not_occur_is_told_and_fails_nothing() {
    let report = Walks::<Of<door::Sound>>::new().walks(1).steps(1).seed(1).run().expect("the machine can be walked");
    assert!(report.passes(), "{report}");
    assert!(report.coverage.gaps.iter().any(|gap| gap.kind == GapKind::Transition), "{report}");
    assert!(report.to_string().contains("so far: transition"), "{report}");
    assert_eq!(report.unwitnessed, ["the door is locked"], "{report}");
}

#[test]
fn every_kind_of_violation_is_found_on_a_way_that_no_check_finds_shorter() {
    let length = |report: WalksReport, sentence: &str| {
        let found = report.violation.as_ref().map(|finding| finding.sentence);
        assert_eq!(found, Some(sentence), "{report}");
        inputs(&report).len()
    };
    assert_eq!(length(walk::<Of<door::Unguarded>>(1), "a locked door was opened before"), 1);
    assert_eq!(length(walk::<Of<door::Forgetful>>(1), "openings are never forgotten"), 4);
    let promises = ["at most one transition per region accepts an input", "explain and apply agree on every input"];
    assert!(length(walk::<Of<door::Ambiguous>>(1), promises[0]) > 0);
    assert!(length(walk::<Of<door::Liar>>(1), promises[1]) > 0);
    assert!(length(walk::<Of<door::Leaky>>(1), "a rejected input changes nothing") > 0);
}

#[test]
fn a_walk_ends_where_nothing_is_accepted() {
    let report = Walks::<Tower>::new().bounds(Bounds::default().with_ids(0)).walks(3).steps(7).seed(1).run();
    let report = report.expect("the machine can be walked");
    // Only `Look` is left, which changes nothing.
    assert_eq!((report.steps, report.states, report.ended_early), (21, 1, 0), "{report}");
    let report = walk::<Of<door::Trap>>(1);
    assert!(report.ended_early > 0, "{report}");
}

#[test]
fn a_bound_with_an_unknown_name_is_refused() {
    let refused = Walks::<Tower>::new().with_bound("Crain", 3).run();
    assert!(matches!(refused, Err(CheckError::UnknownBound(_))), "{refused:?}");
}

#[test]
fn the_session_holds_what_it_claims_far_beyond_the_bounds_of_its_plan() {
    let bounds = Bounds::default().with_ids(3).with_epochs(12).with_integers(3);
    let report = Walks::<Meerkat>::new().bounds(bounds).walks(120).steps(60).run().expect("the machine can be walked");
    report.assert_holds();
    let fired = report.coverage.fired.iter().filter(|fired| **fired > 0).count();
    assert!(fired > 100, "{report}");
}

fn run(arguments: &[&str]) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Of<door::Sound>>().with::<Tower>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let exit = execute(&catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (exit, text(output), text(messages))
}

#[test]
fn the_command_exits_as_a_check_does() {
    let (exit, output, messages) = run(&["walk", "Door", "--walks", "5", "--steps", "9", "--seed", "3"]);
    assert_eq!((exit, messages.as_str()), (Exit::Passed, ""));
    assert!(output.contains("5 walks of up to 9 steps, seed 3"), "{output}");
    let (exit, output, _) = run(&["walk", "Tower", "--ids", "9", "--seed", "3"]);
    assert_eq!(exit, Exit::Failed);
    assert!(output.contains("offered 9 ids") && output.contains("--seed 3 finds it again"), "{output}");
    assert_eq!(run(&["walk", "Towr"]).0, Exit::Misused);
    assert_eq!(run(&["walk"]).0, Exit::Misused);
    assert_eq!(run(&["walk", "Tower", "--bound", "Crain=3"]).0, Exit::Misused);
}
