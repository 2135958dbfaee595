//! Our engine against Stateright: the same states, verdicts, traces and coverage, whatever the machine and its faults.
#![allow(missing_docs, reason = "the machine below is compiled for this test alone")]

mod machines;
mod toys;

use machine_spec::Machine;
use machines::Orchard;
use model_check::{Bounds, Check, Engine, Numbers, Report};
use toys::counters::Counters;
use toys::{Of, door};

/// The printed report without the lines that differ from run to run.
fn timeless(report: &Report) -> String {
    let text = report.to_string();
    let lines = text.lines().filter(|line| !line.contains(" per second") && !line.contains(" per state"));
    lines.collect::<Vec<_>>().join("\n")
}

fn check<M: Machine>(engine: Engine, bounds: &Bounds, budget: Option<usize>) -> Report {
    let check = Check::<M>::new().bounds(bounds.clone()).engine(engine).cross_check(true).threads(2);
    let check = budget.into_iter().fold(check, Check::budget);
    check.run().expect("a report")
}

fn assert_same<M: Machine>(bounds: &Bounds) {
    let [ours, theirs] = [Engine::Packed, Engine::Stateright].map(|engine| check::<M>(engine, bounds, None));
    assert_eq!(timeless(&ours), timeless(&theirs));
    assert_eq!((ours.size, ours.findings.len()), (theirs.size, theirs.findings.len()));
    assert_eq!(ours.findings.iter().map(|finding| &finding.verdict).collect::<Vec<_>>(), {
        theirs.findings.iter().map(|finding| &finding.verdict).collect::<Vec<_>>()
    });
    assert_eq!(ours.coverage, theirs.coverage);
}

#[test]
fn both_say_the_same_of_sound_machines_and_of_faulty_ones() {
    for highest in 0..4 {
        let bounds = Bounds::default().with_integers(highest);
        assert_same::<Of<door::Sound>>(&bounds);
        assert_same::<Of<door::Unguarded>>(&bounds);
        assert_same::<Of<door::Forgetful>>(&bounds);
        assert_same::<Of<door::Jammed>>(&bounds);
        assert_same::<Of<door::Trap>>(&bounds);
        assert_same::<Of<door::Counting>>(&bounds);
        assert_same::<Of<door::Ambiguous>>(&bounds);
        assert_same::<Of<door::Idle>>(&bounds);
        assert_same::<Of<door::Liar>>(&bounds);
    }
    assert_same::<Of<Counters>>(&Bounds::default().with_integers(3));
}

#[test]
fn both_say_the_same_of_a_machine_with_every_form_of_the_language() {
    assert_same::<Orchard>(&Bounds::default().with_ids(1).with_integers(1).with_epochs(1));
}

machine_spec::machine! {
    /// One that counts, and one that follows without a say.
    pub machine Turnstile;

    input Pass;
    input Look;
    effect Counted { passed: u8 }
    effect Greeted;

    region counter {
        field passed: u8 = 0;
        on Pass stay { set passed = self.passed + 1; emit Counted { passed: next.passed }; }
        on Look stay { emit Counted { passed: self.passed }; emit Counted { passed: self.passed }; }
    }
    region host {
        phases { initial Quiet, Greeting }
        on Pass from any to Greeting { emit Greeted; }
        on Look from any to Quiet;
    }

    reachable "two have passed": counter.passed == 2;
    possible "a guest is greeted": host.is(Quiet) => host.is(Greeting);
}

/// Not what a step emits that leaves the bounds, and not what regions outside of the slice emit.
#[test]
fn both_count_the_effects_of_a_slice_within_the_bounds() {
    for engine in [Engine::Packed, Engine::Stateright] {
        let report = Check::<Turnstile>::new().engine(engine).sliced().run().expect("a report");
        let numbers = |slice: &str| report.slice(slice).expect("a slice").report.size.numbers();
        assert_eq!(numbers("counter"), Numbers { states: 3, steps: 5, effects: 8 }, "{report}");
        assert_eq!(numbers("host"), Numbers { states: 5, steps: 8, effects: 16 }, "{report}");
    }
}

#[test]
fn a_budget_cuts_both_off_after_as_many_states() {
    let bounds = Bounds::default();
    for budget in [0, 1, 5, 100, 728] {
        let [ours, theirs] =
            [Engine::Packed, Engine::Stateright].map(|engine| check::<Of<Counters>>(engine, &bounds, Some(budget)));
        assert_eq!((ours.size.states, ours.ending), (theirs.size.states, theirs.ending));
        assert_eq!(ours.ending, model_check::Ending::BudgetEnded(budget));
    }
}
