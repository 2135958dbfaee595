//! Slice by slice, a machine is what it is as a whole.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use machine_spec::spec::MachineSpec;
use machine_spec::{Bounds, Machine, machine};
use model_check::{Catalog, Check, Exit, GapKind, Plan, Report, Slice, Verdict, execute};

mod machines;
mod toys;

/// A machine of four regions that share inputs and read each other in all ways there are: `second` has a guard,
/// `third` answers an input of the first, and `fourth` writes a value.
macro_rules! member {
    ($name:ident: $guard:tt, $answer:tt, $value:expr) => {
        pub(crate) mod $name {
            use super::*;

            machine! {
                /// A member of the family.
                pub machine Member;

                id Ticket;
                enum Mood { Calm, Loud }

                input Push { ticket: Ticket }
                input Pull;
                input Move;
                input Write { mood: Mood }
                input Rest;
                effect Told { mood: Mood }

                region first {
                    phases { initial Off, On { ticket: Ticket } }
                    on Push { ticket } from Off to On { ticket };
                    on Pull from On { .. } to Off { emit Told { mood: fourth.mood }; }
                }
                region second {
                    phases { initial Left, Right }
                    on Move {
                        from Left to Right $guard
                        from Right to Left;
                    }
                }
                region third {
                    phases { initial Idle, Busy, Tired }
                    field pushes: u8 = 0;
                    on Push $answer
                    on Rest from any to Idle { set pushes = 0; }
                }
                region fourth {
                    field mood: Mood = Mood::Calm;
                    field kept: Mood = Mood::Calm;
                    on Write { mood } stay { set kept = if $value { mood } else { self.mood }; set mood = mood; }
                }

                invariant "the ticket is the first one": match first.phase {
                    On { ticket } => ticket == ticket,
                    Off => true,
                };
                invariant "the first is off": first.is(Off);
                invariant "right means on": second.is(Right) => first.is(On);
                invariant "nobody is tired": !third.is(Tired);
                invariant "pushes are counted when tired": third.pushes == 0 || third.is(Tired);
                always "the second waits for the first": second.is(Left) && next.second.is(Right) => first.is(On);
                always "something happens": first.phase != next.first.phase;
                reachable "on while tired": first.is(On) && third.is(Tired);
                reachable "the second is right": second.is(Right);
                reachable "a mood is kept": fourth.kept != fourth.mood;
                reachable "a loud mood is kept": fourth.kept == Mood::Loud && fourth.mood == Mood::Calm;
                possible "it can be switched off": first.is(On) => first.is(Off);
                possible "it can be switched on": first.is(Off) && third.is(Tired) => first.is(On);
                possible "a right one can go on": second.is(Right) => first.is(On);
            }
        }
    };
}

member!(apart: ;, { from Idle to Busy; from Busy to Tired; from Tired to Tired; }, true);
member!(guarded: { require "it is on": first.is(On); },
    { from Idle to Busy; from Busy to Tired; from Tired to Tired; }, true);
member!(refusing: ;, { from Idle to Busy; from Busy to Tired; }, true);
member!(counting: ;,
    { from Idle to Busy; from Busy to Tired; from Tired to Tired { set pushes = self.pushes + 127; } }, true);
member!(asking: ;,
    { from Idle to Busy; from Busy to Tired { require "it moved": second.is(Right); } from Tired to Tired; }, true);
member!(valued: ;, { from Idle to Busy; from Busy to Tired; from Tired to Tired; }, second.is(Right));
member!(tangled: { require "it is on": first.is(On); }, { from Idle to Busy; from Busy to Tired; }, third.is(Tired));

machine! {
    /// Keyed regions that follow, create and refuse.
    pub machine Parcels;

    id Parcel;

    input Post { parcel: Parcel }
    input Sort;
    input Fetch { parcel: Parcel }
    input Audit;
    effect Audited;

    keyed region parcels[Parcel] {
        phases { Posted, Sorted, final Fetched }
        select posted = Posted;
        on Post { parcel } create parcel to Posted;
        on Sort each posted from Posted to Sorted;
        on Fetch { parcel } at parcel from Sorted to Fetched;
    }
    region clerk {
        phases { initial Idle, Sorting }
        on Sort from Idle | Sorting to Sorting;
        on Audit from Idle | Sorting to Idle { emit Audited; }
    }
    region ledger {
        field seen: Set<Parcel> = Set::new();
        on Fetch { parcel } stay { insert parcel into seen; }
    }

    invariant "who is seen was there": ledger.seen.all(|parcel| parcels.contains_key(parcel));
    invariant "nothing is fetched": parcels.all(|one| !one.is(Fetched));
    reachable "the clerk sorts": clerk.is(Sorting);
    possible "every parcel can be sorted": true => parcels.posted.is_empty();
    possible "the clerk can rest": true => clerk.is(Idle);
}

fn names(spec: &MachineSpec) -> Vec<(String, Vec<&'static str>)> {
    let regions = |slice: &Slice| slice.regions.iter().map(|region| spec.regions[*region].name).collect();
    Slice::all(spec).iter().map(|slice| (slice.name.clone(), regions(slice))).collect()
}

/// Every state of the whole machine, as what it shows of its regions.
fn every_state<M: Machine>(bounds: &Bounds) -> Vec<Vec<(String, String)>> {
    let (inputs, bounds) = (M::inputs_within(bounds), bounds.resolved(M::SPEC));
    let (mut known, mut queue) = (HashSet::from([M::initial()]), vec![M::initial()]);
    let mut shown = Vec::new();
    while let Some(authority) = queue.pop() {
        let mut values = Vec::new();
        M::describe(M::state(&authority), &mut |path, value| values.push((path, value)));
        shown.push(values);
        for input in &inputs {
            let mut next = authority.clone();
            if M::apply(&mut next, input, &mut ()).is_ok() && known.insert(next.clone()) {
                assert!(M::is_within(M::state(&next), &bounds), "a machine without an edge is needed here");
                queue.push(next);
            }
        }
    }
    shown
}

/// What the whole machine shows of some regions.
fn projected(states: &[Vec<(String, String)>], regions: &[&str]) -> BTreeSet<Vec<(String, String)>> {
    let belongs = |path: &str| regions.iter().any(|region| path.split(['.', '[']).next() == Some(region));
    states.iter().map(|state| state.iter().filter(|(path, _)| belongs(path)).cloned().collect()).collect()
}

fn holds(report: &Report, sentence: &str) -> Option<bool> {
    report.finding(sentence).map(|finding| finding.verdict.is_proved())
}

/// Holds what the slices say of a machine against what the whole machine says.
fn same_in_slices<M: Machine>(bounds: &Bounds) {
    let whole = Check::<M>::new().bounds(bounds.clone()).allow_vacuous(true).run().expect("runs");
    let sliced = Check::<M>::new().bounds(bounds.clone()).allow_vacuous(true).sliced().run().expect("runs");
    for property in M::SPEC.properties {
        let judged: Vec<bool> = sliced.slices.iter().filter_map(|one| holds(&one.report, property.sentence)).collect();
        let expected: Vec<bool> = holds(&whole, property.sentence).into_iter().collect();
        assert_eq!(judged, expected, "\"{}\" of {}, once\n{whole}\n{sliced}", property.sentence, M::SPEC.name);
    }
    for finding in sliced.slices.iter().flat_map(|one| &one.report.findings) {
        let Verdict::Violated(found) = &finding.verdict else { continue };
        let steps = found.trace.iter().flat_map(|trace| &trace.steps);
        steps.for_each(|step| assert_eq!(step.rejection, None, "a trace is one of the whole machine\n{sliced}"));
    }
    // How often something fires differs: other regions repeat it in the whole machine.
    let gaps = |gaps: &[model_check::Gap]| gaps.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(gaps(&sliced.coverage.gaps), gaps(&whole.coverage.gaps), "{whole}\n{sliced}");
    assert_eq!(sliced.coverage.tallies, whole.coverage.tallies);
    let states = every_state::<M>(bounds);
    for one in &sliced.slices {
        assert_eq!(
            one.report.size.states,
            projected(&states, &one.regions).len(),
            "slice {}\n{sliced}",
            one.slice.name
        );
    }
}

#[test]
fn a_family_of_machines_is_the_same_in_slices() {
    same_in_slices::<apart::Member>(&Bounds::default());
    same_in_slices::<guarded::Member>(&Bounds::default());
    same_in_slices::<refusing::Member>(&Bounds::default());
    same_in_slices::<counting::Member>(&Bounds::default().with_integers(255));
    same_in_slices::<asking::Member>(&Bounds::default());
    same_in_slices::<valued::Member>(&Bounds::default());
    same_in_slices::<tangled::Member>(&Bounds::default());
    same_in_slices::<Parcels>(&Bounds::default().with_ids(3));
}

#[test]
fn a_slice_holds_what_is_read_and_what_may_refuse() {
    let named = |name: &str, regions: &[&'static str]| (name.to_owned(), regions.to_vec());
    assert_eq!(
        names(apart::Member::SPEC),
        [
            named("first", &["first"]),
            named("first-second", &["first", "second"]),
            named("third", &["first", "third"]),
            named("second", &["second"]),
            named("fourth", &["fourth"]),
        ]
    );
    assert_eq!(
        names(guarded::Member::SPEC),
        [
            named("first", &["first"]),
            named("second", &["first", "second"]),
            named("third", &["first", "third"]),
            named("fourth", &["fourth"]),
        ]
    );
    let has = |spec, name: &str, regions: &[&'static str]| assert!(names(spec).contains(&named(name, regions)));
    has(refusing::Member::SPEC, "first", &["first", "third"]);
    has(counting::Member::SPEC, "first", &["first", "third"]);
    has(asking::Member::SPEC, "first", &["first", "second", "third"]);
    has(valued::Member::SPEC, "fourth", &["second", "fourth"]);
    has(tangled::Member::SPEC, "fourth", &["first", "third", "fourth"]);
    assert_eq!(
        names(Parcels::SPEC),
        [named("parcels", &["parcels"]), named("ledger", &["parcels", "ledger"]), named("clerk", &["clerk"]),]
    );
}

#[test]
fn a_machine_of_one_region_is_one_slice() {
    use toys::{Of, door};
    let report = Check::<Of<door::Sound>>::new().sliced().run().expect("a report");
    report.assert_holds();
    assert_eq!(report.slices.iter().map(|one| one.report.size.states).collect::<Vec<_>>(), [7]);
    assert_eq!(names(machines::Orchard::SPEC).len(), 1);
}

#[test]
fn an_always_that_a_step_of_others_violates_is_violated_in_a_slice() {
    let sliced = Check::<apart::Member>::new().sliced().run().expect("runs");
    let finding = sliced.slice("first").and_then(|one| one.report.finding("something happens")).expect("a finding");
    let Verdict::Violated(found) = &finding.verdict else { panic!("{sliced}") };
    assert_eq!(found.remarks, ["a step in which nothing changes violates it, such as one of other regions"]);
}

#[test]
fn what_occurs_in_no_slice_is_vacuous_and_what_occurs_in_one_is_not() {
    let run = |only: Option<&str>| {
        let check = Check::<Parcels>::new().sliced();
        only.map_or(check, |_| Check::<Parcels>::new().sliced().only("clerk")).run().expect("runs")
    };
    let gaps: Vec<String> = run(None).coverage.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps, Vec::<String>::new());
    let starved = Check::<Parcels>::new().with_bound("Parcel", 0).sliced().run().expect("runs");
    assert!(starved.coverage.gaps.iter().any(|gap| gap.kind == GapKind::Transition && gap.name == "LedgerFetch"));
    assert!(!starved.passes() && starved.vacuities() > 0, "{starved}");
    assert_eq!(run(Some("clerk")).slices.len(), 1);
    run(Some("clerk")).assert_holds();
}

/// A plan in a file of its own, gone with the test.
fn plan(text: &str, test: impl FnOnce(&str)) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("meerkat-plan-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("plan.toml");
    fs::write(&path, text).expect("a file");
    test(path.to_str().expect("a path of text"));
    fs::remove_dir_all(&folder).expect("gone");
}

fn meerkat(arguments: &[&str]) -> (Exit, String, String) {
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let catalog = Catalog::new().with::<Parcels>();
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let exit = execute(&catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    (exit, String::from_utf8(output).expect("text"), String::from_utf8(messages).expect("text"))
}

const PLANNED: &str =
    "# Kept by people.\n[bounds]\nids = 1 # few\n\n[slices.ledger]\nbounds = { Parcel = 2 }\nstates = 3\n";

#[test]
fn a_plan_gives_each_slice_its_bounds_and_pins_its_states() {
    plan(PLANNED, |path| {
        let run = || Check::<Parcels>::new().sliced().plan(Plan::read(path).expect("a plan")).run().expect("runs");
        let states = |name: &str| run().slice(name).map(|one| (one.report.size.states, one.has_expected_numbers()));
        assert_eq!((states("parcels"), states("ledger")), (Some((4, false)), Some((16, false))));
        let printed = run().to_string();
        assert!(printed.contains("PLANNED  3 states") && printed.contains("UNPLANNED"), "{printed}");
        assert!(printed.contains("3 with other numbers than planned"), "{printed}");

        let (exit, output, messages) = meerkat(&["check", "Parcels", "--plan", path, "--update"]);
        assert_eq!((exit, messages.as_str()), (Exit::Failed, ""), "an invariant is violated\n{output}");
        let written = fs::read_to_string(path).expect("the plan");
        assert!(written.starts_with("# Kept by people.\n[bounds]\nids = 1 # few\n"), "{written}");
        assert!(written.contains("[slices.ledger]\nbounds = { Parcel = 2 }\nstates = 16\nsteps = "), "{written}");
        assert!(written.contains("[slices.clerk]\nstates = 2\nsteps = 4\neffects = 2\n"), "{written}");
        let again = run();
        assert!(again.slices.iter().all(|one| one.has_expected_numbers()), "{again}");
    });
}

/// A plan that pins some of the numbers is held to those.
#[test]
fn a_plan_pins_steps_and_effects_if_it_says_so() {
    let parcels = |numbers: &str| {
        let mut printed = String::new();
        plan(&format!("[slices.clerk]\n{numbers}"), |path| {
            (_, printed, _) = meerkat(&["check", "Parcels", "--plan", path, "--slice", "clerk"]);
        });
        printed
    };
    assert!(parcels("states = 2\n").contains("\nPASSED"));
    assert!(parcels("states = 2\nsteps = 4\neffects = 2\n").contains("\nPASSED"));
    let other = parcels("states = 2\nsteps = 4\neffects = 1000\n");
    assert!(other.contains("PLANNED  1,000 effects, found 2\n") && !other.contains("found 4"), "{other}");
    assert!(other.contains("FAILED: 1 with other numbers than planned"), "{other}");
    let other = parcels("states = 3\nsteps = 5\n");
    assert!(other.contains("PLANNED  3 states, found 2\n  PLANNED  5 steps, found 4\n"), "{other}");
    assert!(parcels("steps = 4\n").contains("UNPLANNED"), "every slice has a number of states");
}

#[test]
fn a_plan_for_another_machine_is_refused_and_updated_on_request() {
    plan("[slices.ledgr]\nstates = 1\n", |path| {
        let (exit, _, messages) = meerkat(&["check", "Parcels", "--plan", path]);
        assert_eq!(exit, Exit::Failed);
        let expected =
            "error: machine Parcels has no slice ledgr; did you mean ledger?; it has parcels, ledger, clerk\n";
        assert_eq!(messages, expected);
        meerkat(&["check", "Parcels", "--plan", path, "--update"]);
        let written = fs::read_to_string(path).expect("the plan");
        assert!(!written.contains("ledgr") && written.contains("[slices.ledger]"), "{written}");
    });
}

#[test]
fn a_plan_says_nothing_but_bounds_and_numbers() {
    let refused = |text: &str| {
        let mut message = String::new();
        plan(text, |path| message = Plan::read(path).expect_err("no plan").to_string().replace(path, "PLAN"));
        message
    };
    assert_eq!(refused("[bound]\nids = 1\n"), "the plan PLAN says something else than bounds and numbers: bound");
    assert_eq!(refused("[bounds]\nids = -1\n"), "the plan PLAN says something else than bounds and numbers: ids");
    let strange = refused("[slices.a]\nstate = 1\n");
    assert_eq!(strange, "the plan PLAN says something else than bounds and numbers: a.state");
    assert!(refused("[slices").starts_with("the plan PLAN is no TOML: "));
    let missing = Plan::read("no/such/plan.toml").expect_err("no plan").to_string();
    assert!(missing.starts_with("the plan no/such/plan.toml cannot be read: "), "{missing}");
}

#[test]
fn bounds_on_the_command_line_do_not_mix_with_a_plan() {
    plan(PLANNED, |path| {
        let (exit, _, messages) = meerkat(&["check", "Parcels", "--plan", path, "--ids", "1"]);
        assert_eq!(exit, Exit::Misused);
        assert!(messages.contains("change them there, or check it with --whole"), "{messages}");
        let (exit, _, messages) = meerkat(&["check", "Parcels", "--update"]);
        assert_eq!((exit, messages.as_str()), (Exit::Misused, "error: machine Parcels has no plan to update\n"));
        let (_, output, _) = meerkat(&["check", "Parcels", "--slice", "clerk", "--ids", "1"]);
        assert!(output.contains("slice clerk: clerk") && !output.contains("slice ledger"), "{output}");
    });
}
