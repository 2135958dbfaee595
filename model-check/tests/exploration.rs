//! The exploration is exhaustive, independent of threads, and honest about a budget.

mod toys;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use machine_spec::Machine;
use model_check::{Bounds, Check, Ending, Report, Size, Verdict};
use toys::counters::Counters;
use toys::{Of, door};

/// A second, plain reading of what an exploration is.
fn explore<M: Machine>(bounds: &Bounds) -> Size {
    let (inputs, bounds) = (M::inputs_within(bounds), bounds.resolved(M::SPEC));
    let mut size = Size { inputs: inputs.len(), ..Size::default() };
    let mut depths = HashMap::from([(M::initial(), 0)]);
    let mut queue = VecDeque::from([M::initial()]);
    while let Some(authority) = queue.pop_front() {
        let depth = depths[&authority];
        size.depth = size.depth.max(depth);
        for input in &inputs {
            let mut next = authority.clone();
            let mut effects: Vec<M::Effect> = Vec::new();
            if M::apply(&mut next, input, &mut effects).is_err() {
                continue;
            }
            if !M::is_within(M::state(&next), &bounds) {
                size.clipped += 1;
                continue;
            }
            size.steps += 1;
            size.effects += effects.len() as u64;
            if !depths.contains_key(&next) {
                depths.insert(next.clone(), depth + 1);
                queue.push_back(next);
            }
        }
    }
    size.states = depths.len();
    size
}

/// The printed report without the line that differs from run to run.
fn timeless(report: &Report) -> String {
    let text = report.to_string();
    text.lines().filter(|line| !line.contains(" per second")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_number_agrees_with_an_independent_search() {
    for highest in [0, 1, 2, 5] {
        let bounds = Bounds::default().with_integers(highest);
        let report = Check::<Of<door::Sound>>::new().bounds(bounds.clone()).run().expect("a report");
        assert_eq!(report.size, explore::<Of<door::Sound>>(&bounds));
    }
    let bounds = Bounds::default().with_integers(2);
    let report = Check::<Of<Counters>>::new().bounds(bounds.clone()).threads(2).run().expect("a report");
    assert_eq!(report.size, explore::<Of<Counters>>(&bounds));
    report.assert_holds().assert_states(729);
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let bounds = Bounds::default().with_integers(3);
    let with = |threads| {
        let sound = Check::<Of<Counters>>::new().bounds(bounds.clone()).threads(threads).run().expect("a report");
        let broken = Check::<Of<door::Forgetful>>::new().threads(threads).run().expect("a report");
        [timeless(&sound), timeless(&broken)]
    };
    let one = with(1);
    for _ in 0..5 {
        assert_eq!(one, with(2));
        assert_eq!(one, with(4));
    }
}

#[test]
fn a_budget_that_is_large_enough_changes_nothing() {
    Check::<Of<door::Sound>>::new().budget(7).run().expect("a report").assert_holds().assert_states(7);
}

#[test]
fn a_run_that_the_budget_ends_never_passes() {
    for budget in 0..7 {
        let check = Check::<Of<door::Sound>>::new().budget(budget).allow_vacuous(true);
        let report = check.run().expect("a report");
        assert_eq!(report.ending, Ending::BudgetEnded(budget));
        assert_eq!(report.size.states, budget);
        assert!(!report.passes(), "{report}");
        assert!(report.to_string().contains(&format!("CUT OFF by the budget of {budget}")), "{report}");
        assert!(report.to_string().trim_end().ends_with("the run was cut off"), "{report}");
        // Only what a trace shows is settled.
        assert_eq!(report.violations(), 0, "{report}");
        let settled = report.findings.iter().filter(|finding| finding.verdict != Verdict::Unknown);
        assert!(settled.into_iter().all(|finding| finding.sentence == "the door is locked"), "{report}");
    }
}

#[test]
fn a_cut_off_run_does_not_pass_even_if_every_claim_is_proved() {
    let mut report = Check::<Of<door::Sound>>::new().run().expect("a report");
    assert!(report.passes());
    report.ending = Ending::BudgetEnded(7);
    assert!(!report.passes());
}

#[test]
#[should_panic(expected = "was cut off after 6 states")]
fn a_cut_off_run_has_no_number_to_pin() {
    Check::<Of<door::Sound>>::new().budget(6).run().expect("a report").assert_states(6);
}

#[test]
fn a_violation_that_was_found_stays_one_when_the_budget_ends_the_run() {
    let report = Check::<Of<door::Unguarded>>::new().threads(1).budget(3).run().expect("a report");
    let finding = report.finding("a locked door was opened before").expect("the invariant");
    assert!(finding.verdict.is_violated(), "{report}");
}

#[test]
fn progress_is_shown_up_to_the_last_state() {
    let latest = Arc::new(Mutex::new((0, 0)));
    let seen = Arc::clone(&latest);
    let check = Check::<Of<Counters>>::new().threads(1).on_progress(move |progress| {
        *seen.lock().expect("no panic") = (progress.states, progress.depth);
    });
    let report = check.run().expect("a report");
    assert_eq!(*latest.lock().expect("no panic"), (report.size.states, report.size.depth));
}
