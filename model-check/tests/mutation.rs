//! Mutants of machines: what is killed and by what, what is equivalent, and what survives.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

use machine_spec::session::Meerkat;
use machine_spec::{Bounds, Machine};
use model_check::mutation::{Fate, Killer, MutationKind as Kind, Survival, Trial};
use model_check::{Catalog, Check, Exit, Mutants, MutationError, MutationReport, Plan, assert_no_survivors, execute};

#[path = "../../tests/tests/literature/bank_transfer.rs"]
mod bank_transfer;
#[path = "../../tests/tests/literature/die_hard.rs"]
mod die_hard;
#[path = "../../tests/tests/literature/lock_service.rs"]
mod lock_service;
#[path = "../../tests/tests/guide/locker.rs"]
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod locker;
#[path = "../../tests/tests/guide/locker_broken.rs"]
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod locker_broken;
#[path = "../../tests/tests/literature/termination.rs"]
mod termination;
#[path = "../../tests/tests/literature/traffic_light.rs"]
mod traffic_light;
#[path = "../../tests/tests/literature/two_phase_commit.rs"]
#[allow(dead_code, reason = "one size is enough")]
mod two_phase_commit;

/// A desk that lends books, with some properties.
macro_rules! desk {
    ($module:ident { $($properties:tt)* }) => {
        pub(crate) mod $module {
            machine_spec::machine! {
                /// A desk that lends books.
                pub machine Desk;

                id Book;
                epoch Loan;
                enum Mood { Calm, Cross }

                input Lend { book: Book, days: u8 }
                input Return { book: Book }
                /// Somebody brings a book that nobody missed.
                input Find { book: Book }
                input Scold;
                input Close;
                input Open;
                input Switch;
                effect Lent { loan: Loan }
                effect Rung;

                region desk {
                    phases { initial Opened, Closed }
                    field loans: u64 = 0;
                    field last: Loan = Loan::ZERO;
                    field days: u8 = 1;
                    field mood: Mood = Mood::Calm;

                    on Lend { days } from Opened stay {
                        require "the loan is short": days > 0 && days <= 2;
                        require "late books come first": books.out.is_empty() || books.late.is_empty();
                        set loans = self.loans + 1;
                        set last = self.last.fresh();
                        set days = days;
                        set mood = Mood::Calm;
                        emit Lent { loan: next.last };
                    }
                    on Return from any stay { set loans = self.loans - 1; }
                    on Find from Opened stay { set loans = self.loans + 1; }
                    on Scold from Opened stay { set mood = Mood::Cross; }
                    on Close from Opened to Closed { emit Rung; }
                    on Open from Closed to Opened { emit Rung; }
                }

                region lamp {
                    phases { initial Off, Dim, Bright }
                    on Switch {
                        from Off to Dim;
                        from Dim to Bright;
                        from Bright to Off;
                    }
                }

                keyed region books[Book] {
                    phases { Out, Late }
                    select out = Out;
                    select late = Late;

                    on Lend { book } create book to Out;
                    on Find { book } create book to Late;
                    on Return { book } at book from Out | Late remove;
                    on Close each out from any to Late;
                }

                reachable "it is read": desk.mood == Mood::Calm && desk.days > 0;
                $($properties)*
            }
        }
    };
}

desk!(weak {});
desk!(strong {
    invariant "every loan is counted": desk.loans == books.len();
    invariant "loans are short": desk.days > 0 && desk.days <= 2;
    invariant "a closed desk waits for late books only": desk.is(Closed) => books.out.is_empty();
    always "each loan has a number of its own": next.books.out.len() > books.out.len() => next.desk.last > desk.last;
    always "who lends is calm": next.books.out.len() > books.out.len() => next.desk.mood == Mood::Calm;
    always "a closed desk lends nothing": desk.is(Closed) => next.books.len() <= books.len();
    always "late books come first": next.books.out.len() > books.out.len() => books.out.is_empty() || books.late.is_empty();
    reachable "a loan of two days": desk.days == 2;
    reachable "two books are out": books.out.len() == 2;
    possible "every book can come back": books.is_empty();
    possible "the desk can open": desk.is(Opened);
    possible "the lamp can go out": lamp.is(Off);
});

fn desk_bounds() -> Bounds {
    Bounds::default().with("Lend.days", 3)
}

fn mutants<M: Machine>(bounds: Bounds) -> MutationReport {
    let report = Mutants::<M>::new().bounds(bounds).run().expect("the machine itself passes");
    for trial in &report.trials {
        println!("{}: {}\n    {}", trial.mutant.kind, trial.mutant, trial.fate);
    }
    println!("{report}");
    report
}

fn meerkat(catalog: &Catalog, arguments: &[&str]) -> (Exit, String, String) {
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = ["meerkat"].iter().chain(arguments);
    let exit = execute(catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    (exit, String::from_utf8(output).expect("text"), String::from_utf8(messages).expect("text"))
}

fn is_survivor(trial: &Trial) -> bool {
    matches!(trial.fate, Fate::Survived(_))
}

/// The trial of the mutant that says this in the place of that.
#[track_caller]
fn trial<'r>(report: &'r MutationReport, kind: Kind, before: &str, after: &str) -> &'r Trial {
    let found = report
        .trials
        .iter()
        .find(|one| one.mutant.kind == kind && one.mutant.before.contains(before) && one.mutant.after.contains(after));
    found.unwrap_or_else(|| panic!("no mutant says {after} for {before}\n{report}"))
}

#[test]
fn every_kind_of_mistake_is_killed_by_a_property_and_survives_without_it() {
    let (weak, strong) = (mutants::<weak::Desk>(desk_bounds()), mutants::<strong::Desk>(desk_bounds()));
    let is_killed_by_property = |trial: &Trial| matches!(trial.fate, Fate::Killed(Killer::Property { .. }));
    // An effect is told by what never occurs and a premise by the machine, see below.
    let others = [Kind::EffectDropped, Kind::PremiseDropped];
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_noticeable() && !others.contains(kind)) {
        let is_meant = |without: &&Trial| {
            let same = |with: &&Trial| with.mutant.to_string() == without.mutant.to_string();
            let with = strong.trials.iter().find(same).expect("the same mistake");
            without.mutant.kind == kind && is_survivor(without) && is_killed_by_property(with)
        };
        assert!(weak.trials.iter().any(|trial| is_meant(&trial)), "a property kills no mutant with {kind}");
    }
}

#[test]
fn a_dropped_effect_is_noticed_only_if_nobody_else_emits_it() {
    let report = mutants::<strong::Desk>(desk_bounds());
    let only = trial(&report, Kind::EffectDropped, "emit Lent", "");
    assert_eq!(only.fate.to_string(), "killed by effect Lent is never emitted");
    let shared = trial(&report, Kind::EffectDropped, "emit Rung", "");
    let Fate::Survived(survival) = &shared.fate else { panic!("{}", shared.fate) };
    assert!(matches!(**survival, Survival::Behaves { in_answers_only: true, states: None, .. }), "{survival:?}");
}

#[test]
fn what_no_check_could_notice_is_made_only_on_request() {
    let made = |kind| Mutants::<strong::Desk>::new().bounds(desk_bounds()).kind(kind).run().expect("passes");
    let default = mutants::<strong::Desk>(desk_bounds());
    assert!(default.trials.iter().all(|trial| trial.mutant.kind.is_noticeable()));
    for kind in [Kind::EffectDuplicated, Kind::EffectChanged] {
        let tally = made(kind).tally();
        assert!(tally.in_answers_only > 0 || kind == Kind::EffectChanged, "{tally:?}");
        assert_eq!(tally.valid(), tally.in_answers_only, "a check noticed what no check can");
    }
}

#[test]
fn a_premise_is_needed_if_the_machine_violates_the_property_without_it() {
    let report = mutants::<strong::Desk>(desk_bounds());
    let needed = trial(&report, Kind::PremiseDropped, "desk.is(Closed) => next.books.len()", "");
    assert_eq!(needed.fate, Fate::Killed(Killer::Machine));
}

machine_spec::machine! {
    /// A gate that counts who went through, with more guards than it needs and fewer properties.
    pub machine Gate;

    input Enter;
    input Leave;

    region gate {
        phases { initial Free, Taken }
        field inside: u8 = 0;

        on Enter from Free to Taken {
            require "nobody is inside": self.inside == 0;
            set inside = self.inside + 1;
        }
        on Leave from Taken to Free { set inside = self.inside - 1; }
    }

    reachable "somebody is inside": gate.inside > 0;
    invariant "few are inside": gate.is(Taken) => gate.inside < 4;
}

#[test]
fn a_survivor_shows_the_shortest_run_that_tells_it_from_the_machine() {
    let report = mutants::<Gate>(Bounds::default());
    let survivor = trial(&report, Kind::UpdateDropped, "set inside = self.inside - 1", "");
    let text = report.to_string();
    let shown = &text[text.find("SURVIVED update dropped").expect("it is shown")..];
    assert!(
        shown.contains(
            "gate on Leave: without `set inside = self.inside - 1`\n  at model-check/tests/mutation.rs:PLACE
  after 1 step from the initial state:
  1. Enter   by GateEnter
       gate.phase: Free -> Taken
       gate.inside: 0 -> 1
  then Leave
    in the machine it is accepted, by GateLeave
      gate.phase: Taken -> Free
      gate.inside: 1 -> 0
    in the mutant it is accepted, by GateLeave
      gate.phase: Taken -> Free
  seen in slice Gate, where it has 3 states: a pinned number would tell"
                .replace(
                    "PLACE",
                    shown[shown.find("mutation.rs:").expect("a place") + 12..].lines().next().expect("a line")
                )
                .as_str()
        ),
        "{shown}"
    );
    assert!(is_survivor(survivor) && !report.passes());
}

/// The guard says what the phase says already.
#[test]
fn what_makes_no_difference_within_the_bounds_is_equivalent() {
    let report = mutants::<Gate>(Bounds::default());
    assert_eq!(trial(&report, Kind::GuardDropped, "nobody is inside", "").fate, Fate::Equivalent);
}

/// The machine of the guide and the one that it mends differ by one source, which is a mutant of the mended one.
#[test]
fn a_mutant_is_killed_by_what_kills_the_machine_that_it_is() {
    let report = mutants::<locker::Locker>(Bounds::default());
    let mutant = trial(&report, Kind::SourceAdded, "from Empty to Filled", "from Empty | Filled");
    let broken = Check::<locker_broken::Locker>::new().run().expect("runs");
    let Fate::Killed(Killer::Property { sentence, .. }) = &mutant.fate else { panic!("{}", mutant.fate) };
    assert!(broken.finding(sentence).expect("the same property").verdict.is_violated());
}

/// Whoever explores by tables sees the states that the generated code has.
#[test]
fn tables_have_as_many_states_as_the_generated_code() {
    fn states<M: Machine>(bounds: &Bounds) {
        let check =
            Check::<M>::new().bounds(bounds.clone()).cross_check(false).allow_vacuous(true).run().expect("runs");
        let mutants = Mutants::<M>::new().bounds(bounds.clone()).kind(Kind::PremiseDropped);
        assert_eq!(mutants.run().expect("passes").slices[0].1, check.size.states);
    }
    states::<lock_service::LockService>(&Bounds::default().with("Token", 4));
    states::<strong::Desk>(&desk_bounds());
    states::<termination::Termination>(&Bounds::default().with_integers(3));
}

/// A plan in a file of its own, as a check of these bounds writes it.
fn planned<M: machine_spec::Inspected>(bounds: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.toml").display().to_string();
    std::fs::write(&path, bounds).expect("a file");
    let check = ["check", M::SPEC.name, "--plan", &path, "--update", "--allow-vacuous"];
    assert_eq!(meerkat(&Catalog::new().with::<M>(), &check).0, Exit::Passed);
    (folder, path)
}

fn by_plan<M: Machine>(path: &str) -> Mutants<M> {
    Mutants::new().plan(Plan::read(path).expect("a plan"))
}

/// Each number tells of mutants that the others do not.
#[test]
fn what_only_a_plan_notices_is_pinned() {
    let (_folder, path) = planned::<strong::Desk>("[bounds]\n\"Lend.days\" = 3\n");
    let text = std::fs::read_to_string(&path).expect("the plan");
    let without = |names: &[&str]| {
        let lines = text.lines().filter(|line| !names.iter().any(|name| line.starts_with(name)));
        std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).expect("it is written");
        by_plan::<strong::Desk>(&path).run().expect("passes")
    };
    let (nothing, states) = (without(&["states", "steps", "effects"]), without(&["steps", "effects"]));
    let (steps, all) = (without(&["effects"]), without(&[]));
    let pinned = [&nothing, &states, &steps, &all].map(|report| report.tally().pinned);
    println!("pinned {pinned:?}\n{all}");
    assert!(pinned[0] == 0 && pinned.is_sorted_by(|fewer, more| fewer < more), "{pinned:?}");
    for report in [&states, &steps, &all] {
        for (before, after) in nothing.trials.iter().zip(&report.trials) {
            let same = std::mem::discriminant(&before.fate) == std::mem::discriminant(&after.fate);
            assert!(same || (is_survivor(before) && matches!(after.fate, Fate::Pinned(..))), "{}", after.mutant);
        }
    }
    // Somebody else emits it too, so nothing but the number of effects is another.
    let shared = trial(&all, Kind::EffectDropped, "emit Rung", "");
    let told = shared.fate.to_string();
    assert!(told.starts_with("pinned: nothing but the plan of slice ") && told.contains(" effects, found "), "{told}");
    assert!(is_survivor(trial(&steps, Kind::EffectDropped, "emit Rung", "")));
    let by_properties = by_plan::<strong::Desk>(&path).properties_only().run().expect("passes");
    assert_eq!(by_properties.tally(), nothing.tally());
    all.assert_pinned(pinned[3]);
}

/// What has too many states has not as many as the plan says.
#[test]
fn a_mutant_beyond_the_budget_is_pinned_by_a_plan() {
    let (_folder, path) = planned::<Gate>("[bounds]\nids = 2\n");
    let run = |mutants: Mutants<Gate>| mutants.budget(0).run().expect("passes").tally();
    let (with, without) = (run(by_plan(&path)), run(by_plan(&path).properties_only()));
    assert_eq!((without.pinned, without.undecided), (0, 5));
    assert_eq!((with.pinned_beyond_budget, with.undecided), (5, 0));
    let report = by_plan::<Gate>(&path).budget(0).run().expect("passes");
    let told = |trial: &Trial| trial.fate.to_string().ends_with("2 states, found 3 so far, when it was given up");
    assert!(report.trials.iter().any(told), "{report}");
}

#[test]
fn pinned_numbers_pass_and_a_plan_out_of_date_does_not() {
    let catalog = Catalog::new().with::<Gate>();
    let (_folder, path) = planned::<Gate>("[bounds]\nids = 2\n");
    let kind = ["mutants", "Gate", "--kind", "update-dropped", "--plan", &path];
    let (exit, output, _) = meerkat(&catalog, &kind);
    assert_eq!(exit, Exit::Passed, "{output}");
    assert!(output.contains("100.0 % of what could be noticed is noticed, 50.0 % by more than pinned"), "{output}");
    let (exit, output, _) = meerkat(&catalog, &[&kind[..], &["--properties-only"]].concat());
    assert!(exit == Exit::Failed && output.contains("SURVIVED update dropped"), "{output}");
    let text = std::fs::read_to_string(&path).expect("the plan");
    std::fs::write(&path, text.replace("steps = 2", "steps = 7")).expect("it is written");
    let (exit, _, messages) = meerkat(&catalog, &kind);
    let expected = "slice gate of machine Gate is not as planned: 7 steps, found 2; bring the plan up to date first";
    assert!(exit == Exit::Failed && messages.contains(expected), "{messages}");
}

#[test]
fn slices_have_the_numbers_of_their_plan() {
    let plan = Plan::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tests/session_machine.toml")).expect("a plan");
    let mutants = Mutants::<Meerkat>::new().plan(plan.clone()).kind(Kind::SelectionSwapped);
    let report = mutants.only("servers").only("projection").only("peer_ingress").run().expect("passes");
    let expected = std::fs::read_to_string(plan.path()).expect("the plan");
    for (slice, states) in &report.slices {
        let planned = &expected[expected.find(&format!("[slices.{slice}]")).expect("it is planned")..];
        let planned = planned.lines().find_map(|line| line.strip_prefix("states = ")).expect("a number");
        assert_eq!(states.to_string(), planned, "{slice}");
    }
}

machine_spec::machine! {
    /// A leader that may refuse, and a follower that never does.
    pub machine Pair;

    input Go;
    input Halt;

    region leader {
        phases { initial Idle, Busy }
        on Go from Idle to Busy;
        on Halt from any to Idle;
    }

    region follower {
        phases { initial Quiet, Loud }
        on Go from any to Loud;
        on Halt from any to Quiet;
    }

    possible "it can halt": leader.is(Idle);
    possible "silence can return": follower.is(Quiet);
}

/// The leader is checked without the follower, because the follower has no say.
#[test]
fn a_follower_that_refuses_is_no_longer_outside_of_the_slice_that_it_follows() {
    let fate = |mutants: Mutants<Pair>| {
        let report = mutants.run().expect("passes");
        let mutant = trial(&report, Kind::SourceDropped, "from any to Quiet", "from any except Quiet to Quiet");
        mutant.fate.to_string()
    };
    assert_eq!(fate(Mutants::new().sliced()), "killed by the slices, which are others if follower may refuse Halt");
    assert_eq!(fate(Mutants::new()), "SURVIVED");
}

#[test]
fn a_machine_that_does_not_hold_has_no_mutants() {
    let error = Mutants::<locker_broken::Locker>::new().run().expect_err("a property is violated");
    assert!(matches!(error, MutationError::Unproved { .. }), "{error}");
}

/// Killed, equivalent, survived. What survives in them is told in docs/guide/mutants.md.
#[test]
fn the_machines_of_the_literature_have_these_scores() {
    mutants::<two_phase_commit::three::TwoPhase>(Bounds::default().with("Manager", 3)).assert_tally(20, 0, 6);
    mutants::<die_hard::DieHard>(Bounds::default().with_integers(5)).assert_tally(22, 0, 20);
    mutants::<lock_service::LockService>(Bounds::default().with("Token", 4)).assert_tally(9, 1, 3);
    mutants::<termination::Termination>(Bounds::default().with_integers(3)).assert_tally(50, 4, 6);
    mutants::<bank_transfer::Transfer>(Bounds::default().with_integers(7)).assert_tally(52, 4, 16);
}

#[test]
fn the_machines_of_the_guide_have_these_scores() {
    mutants::<locker::Locker>(Bounds::default()).assert_tally(4, 1, 2);
}

#[test]
fn a_crossing_lets_no_mistake_through() {
    assert_no_survivors::<traffic_light::Crossing>(&Bounds::default()).assert_tally(28, 0, 0);
}

#[test]
fn the_command_prints_survivors_and_fails() {
    let catalog = Catalog::new().with::<traffic_light::Crossing>().with::<Gate>();
    let run = |arguments: &[&str]| meerkat(&catalog, &[&["mutants"], arguments].concat());
    let (exit, output, messages) = run(&["Crossing"]);
    assert_eq!((exit, messages.as_str()), (Exit::Passed, ""));
    assert!(output.contains("PASSED: 100.0 % of what could be noticed is noticed (28 mutants"), "{output}");
    let (exit, output, _) = run(&["Gate", "--kind", "update-dropped", "--list"]);
    assert_eq!(exit, Exit::Failed);
    assert!(output.contains("SURVIVED update dropped") && !output.contains("guard dropped"), "{output}");
    let folder = tempfile::tempdir().expect("a folder");
    let score = folder.path().join("gate.toml").display().to_string();
    let (exit, _, messages) = run(&["Gate", "--score", &score]);
    assert_eq!(exit, Exit::Failed);
    assert!(messages.contains("--update writes them"), "{messages}");
    assert_eq!(run(&["Gate", "--score", &score, "--update"]).0, Exit::Passed);
    let written = std::fs::read_to_string(&score).expect("it is written");
    assert!(written.contains("\n[regions.gate]\nmutants = "), "{written}");
    assert_eq!(run(&["Gate", "--score", &score]).0, Exit::Passed);
    assert_eq!(run(&["Gate", "--score", &score, "--region", "gate"]).0, Exit::Passed);
    // What was found of other regions stays.
    let more = format!("{written}\n[regions.hall]\nmutants = 7\nkilled = 7\n");
    std::fs::write(&score, more).expect("it is written");
    assert_eq!(run(&["Gate", "--score", &score]).0, Exit::Failed);
    assert_eq!(run(&["Gate", "--score", &score, "--region", "gate", "--update"]).0, Exit::Passed);
    let merged = std::fs::read_to_string(&score).expect("it is written");
    assert!(merged.ends_with("\n[regions.hall]\nmutants = 7\nkilled = 7\n"), "{merged}");
    let all = |text: &str| text.lines().find_map(|line| line.strip_prefix("mutants = ")?.parse::<u32>().ok());
    assert_eq!(all(&merged), all(&written).map(|all| all + 7));
    assert_eq!(run(&["Gate", "--score", &score, "--region", "gate"]).0, Exit::Passed);
    std::fs::write(&score, &written).expect("it is written");
    assert_eq!(run(&["Gate", "--score", &score, "--kind", "update-dropped"]).0, Exit::Failed);
    let (exit, _, messages) = run(&["Gate", "--region", "gat"]);
    assert_eq!(exit, Exit::Misused);
    assert!(messages.contains("did you mean gate"), "{messages}");
}
