//! A running host is held against its machine by the steps that it tells.
#![allow(missing_docs, reason = "the machine below is compiled for this test alone")]

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};

use machine_spec::machine;
use machine_spec::session::Meerkat;
use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{MeerkatMachine, RuntimeStore, Submission};
use model_check::{Conformance, ConformanceReport, Mismatch, RECOVERY_TARGET, STEP_TARGET};
use tests::hosting::{AtOnce, Failure, open, open_many, round_trip, round_trips_at_once};
use tokio::runtime::Builder;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// What a host told of its steps, in order: session, incarnation, input.
#[derive(Clone, Default)]
struct Recording(Arc<Mutex<Vec<(String, u64, String)>>>);

impl<S: Subscriber> Layer<S> for Recording {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() == STEP_TARGET {
            let mut step = Step::default();
            event.record(&mut step);
            self.0.lock().expect("no test panics with it").push(step.0);
        }
    }
}

#[derive(Default)]
struct Step((String, u64, String));

impl Visit for Step {
    fn record_u64(&mut self, _field: &Field, value: u64) {
        self.0.1 = value;
    }

    fn record_str(&mut self, _field: &Field, value: &str) {
        self.0.2 = value.to_owned();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "session" {
            self.0.0 = format!("{value:?}");
        }
    }
}

/// Lets a host run under a layer that follows it; the tasks of all its sessions take turns on this thread.
fn followed<T>(host: impl Future<Output = Result<T, Failure>>) -> (T, ConformanceReport, Vec<(String, u64, String)>) {
    let (conformance, recording) = (Conformance::<Meerkat>::new(), Recording::default());
    let subscriber = Registry::default().with(conformance.layer()).with(recording.clone());
    let done = tracing::subscriber::with_default(subscriber, || {
        Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(host)
    });
    let steps = recording.0.lock().expect("no test panics with it").clone();
    (done.expect("the host ended"), conformance.report(), steps)
}

#[test]
fn the_runtime_does_what_the_machine_says() {
    let ((), report, steps) = followed(async {
        let machine = MeerkatMachine::ephemeral();
        let handles = open_many(&machine, "session", 5, &AtOnce::shared()).await?;
        round_trips_at_once(&handles, 8).await?;
        handles[0].retire().await?;
        machine.unregister_session(handles[1].session()).await?;
        let again = open(&machine, "session 1", &AtOnce::shared()).await?;
        round_trip(&again, Submission::prompt("again")).await?;
        Ok(())
    });
    report.assert_conforms();
    assert_eq!(report.sessions.len(), 5, "{report}");
    assert_eq!(report.steps(), steps.len(), "every step that was told is followed");
    assert!(report.sessions.iter().all(|session| session.matched > 8 * 4), "{report}");
    let turns = steps.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
    assert!(turns > 10, "the sessions did not run at the same time");
    assert_eq!(report.sessions[1].recoveries, 1, "{report}");
}

#[test]
fn a_session_goes_on_where_the_store_left_it_in_another_process() {
    let store: Arc<dyn RuntimeStore> = Arc::new(MemoryStore::default());
    let first = Arc::clone(&store);
    followed(async {
        let machine = MeerkatMachine::persistent(first);
        let handle = open(&machine, "s", &AtOnce::shared()).await?;
        round_trip(&handle, Submission::prompt("before")).await?;
        Ok(())
    });
    // The layer of the second process has seen nothing of the first.
    let ((), report, steps) = followed(async {
        let machine = MeerkatMachine::persistent(store);
        let handle = open(&machine, "s", &AtOnce::shared()).await?;
        round_trip(&handle, Submission::prompt("after")).await?;
        Ok(())
    });
    report.assert_conforms();
    assert_eq!(report.sessions[0].recoveries, 1, "{report}");
    assert!(steps[0].2.contains("Recover"), "{steps:?}");
}

/// The steps of one session with two inputs.
fn one_session() -> Vec<(String, u64, String)> {
    let ((), report, steps) = followed(async {
        let machine = MeerkatMachine::ephemeral();
        let handle = open(&machine, "s", &AtOnce::shared()).await?;
        round_trip(&handle, Submission::prompt("first")).await?;
        round_trip(&handle, Submission::prompt("second")).await?;
        Ok(())
    });
    report.assert_conforms();
    steps
}

fn judged<'steps>(steps: impl IntoIterator<Item = &'steps (String, u64, String)>) -> ConformanceReport {
    let conformance = Conformance::<Meerkat>::new();
    steps.into_iter().for_each(|(session, incarnation, input)| conformance.step(session, *incarnation, input));
    conformance.report()
}

fn positions(steps: &[(String, u64, String)], kind: &str) -> Vec<usize> {
    let is_kind = |step: &(String, u64, String)| step.2.starts_with(&format!("{{\"{kind}\""));
    (0..steps.len()).filter(|position| is_kind(&steps[*position])).collect()
}

#[test]
fn a_step_that_was_left_out_is_missed_by_the_step_that_needs_it() {
    let steps = one_session();
    let left_out =
        |position: usize| judged(steps.iter().enumerate().filter(|(one, _)| *one != position).map(|(_, one)| one));
    let (start, finish) = (positions(&steps, "StartRun")[0], positions(&steps, "FinishRun")[0]);
    let report = left_out(start);
    let session = &report.sessions[0];
    // What lies between the two is about the input and not about the run.
    assert!(session.matched >= start && session.matched < finish, "{report}");
    assert_eq!(session.told, steps.len() - 1);
    let mismatch = session.mismatch.as_ref().expect("a mismatch");
    assert!(mismatch.refusals().iter().any(|(region, _)| *region == "lifecycle"), "{report}");

    // Nothing fits a session that nobody registered.
    let report = left_out(positions(&steps, "Register")[0]);
    // The limit of operations is known to a machine that has no session yet.
    assert_eq!(report.sessions[0].matched, 1, "{report}");
    let mismatch = report.sessions[0].mismatch.as_ref().expect("a mismatch");
    assert_eq!(mismatch.refusals(), [("registration", vec![])], "{report}");
    assert!(!report.conforms() && report.to_string().contains("DEVIATES: 1 of 1 session"), "{report}");
}

#[test]
fn steps_in_another_order_are_refused_by_the_guard_that_keeps_the_order() {
    let steps = one_session();
    let admitted = positions(&steps, "Admit");
    let mut swapped = steps.clone();
    swapped.swap(admitted[0], admitted[1]);
    let report = judged(&swapped);
    assert!(!report.conforms(), "{report}");

    // The second input is admitted twice: once too early, which the machine allows, and once too late.
    let mut early = steps.clone();
    early.insert(admitted[0], steps[admitted[1]].clone());
    let report = judged(&early);
    let session = &report.sessions[0];
    assert_eq!(session.matched, admitted[0] + 1, "{report}");
    let mismatch = session.mismatch.as_ref().expect("a mismatch");
    let newer = "the input is newer than every earlier one";
    assert!(mismatch.refusals().contains(&("admission", vec![newer])), "{:?}", mismatch.refusals());
    assert!(report.to_string().contains(&format!("FAILS     {newer}")), "{report}");
}

#[test]
fn every_single_step_that_is_left_out_is_noticed_unless_no_other_needs_it() {
    let steps = one_session();
    for position in 0..steps.len() {
        let rest = steps.iter().enumerate().filter(|(one, _)| *one != position).map(|(_, step)| step);
        let report = judged(rest);
        let session = &report.sessions[0];
        assert!(session.matched >= position, "what comes before the gap fits: {report}");
        let is_needed = !["LimitOperations", "Forget"].iter().any(|kind| steps[position].2.contains(kind));
        assert_eq!(session.conforms(), !is_needed, "without {}\n{report}", steps[position].2);
    }
}

machine! {
    /// A gate that lets one person through per coin.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub machine Gate;

    input Insert;
    input Push;

    region gate {
        field coins: u8 = 0;
        field passed: u8 = 0;

        on Insert stay {
            require "there is room": self.coins < 2;
            set coins = self.coins + 1;
        }
        on Push stay {
            require "a coin is there": self.coins > 0;
            set coins = self.coins - 1;
            set passed = self.passed + 1;
        }
    }

    invariant "it has room for two coins": gate.coins <= 2;
    reachable "somebody passed": gate.passed > 0;
}

/// A host with a copy of the truth: it counts coins by itself, and forgets that the box may be full.
struct Host {
    coins: u32,
}

impl Host {
    fn take(&mut self, input: &GateMachineInput) {
        let accepted = match input {
            GateMachineInput::Insert => {
                self.coins += 1;
                true
            }
            GateMachineInput::Push => {
                let passes = self.coins > 0;
                self.coins -= u32::from(passes);
                passes
            }
        };
        if accepted {
            let input = serde_json::to_string(input).expect("inputs can be written");
            tracing::trace!(target: STEP_TARGET, session = "gate", incarnation = 1_u64, input);
        }
    }
}

#[test]
fn a_host_with_a_copy_of_the_truth_is_caught_where_the_copy_is_wrong() {
    use GateMachineInput::{Insert, Push};
    let follow = |inputs: &[GateMachineInput]| {
        let conformance = Conformance::<Gate>::new();
        let mut host = Host { coins: 0 };
        let subscriber = Registry::default().with(conformance.layer());
        tracing::subscriber::with_default(subscriber, || inputs.iter().for_each(|input| host.take(input)));
        conformance.report()
    };
    // The host rejects what the machine rejects, as long as the box is not full.
    let report = follow(&[Push, Insert, Push, Push, Insert, Insert]);
    report.assert_conforms();
    assert_eq!(report.steps(), 4);
    let report = follow(&[Insert, Insert, Insert, Push]);
    let session = &report.sessions[0];
    assert_eq!((session.matched, session.told), (2, 4), "{report}");
    let mismatch = session.mismatch.as_ref().expect("a mismatch");
    assert_eq!(mismatch.refusals(), [("gate", vec!["there is room"])]);
}

#[test]
#[should_panic(expected = "no step of machine Gate was told")]
fn a_host_that_tells_nothing_does_not_pass() {
    Conformance::<Gate>::new().report().assert_conforms();
}

#[test]
fn what_is_no_input_or_no_state_is_told_as_such() {
    let told = |tell: &dyn Fn(&Conformance<Gate>)| {
        let conformance = Conformance::<Gate>::new();
        tell(&conformance);
        conformance.report().sessions[0].mismatch.clone()
    };
    let mismatch = told(&|conformance| conformance.step("gate", 1, "\"Jump\""));
    assert!(matches!(mismatch.as_deref(), Some(Mismatch::NoInput { .. })), "{mismatch:?}");
    let mismatch = told(&|conformance| conformance.recovery("gate", "{}"));
    assert!(matches!(mismatch.as_deref(), Some(Mismatch::NoState { .. })), "{mismatch:?}");

    let mut gate = GateMachineAuthority::new();
    gate.apply(&GateMachineInput::Insert, &mut ()).unwrap();
    let state = serde_json::to_string(gate.state()).unwrap();
    assert!(told(&|conformance| conformance.recovery("gate", &state)).is_none());
    let forged = state.replace("\"coins\":1", "\"coins\":9");
    assert_ne!(forged, state);
    let mismatch = told(&|conformance| conformance.recovery("gate", &forged));
    assert!(matches!(mismatch.as_deref(), Some(Mismatch::Forbidden(_))), "{mismatch:?}");
}

#[test]
fn the_runtime_and_the_layer_mean_the_same_events() {
    assert_eq!((meerkat_runtime::STEP_TARGET, meerkat_runtime::RECOVERY_TARGET), (STEP_TARGET, RECOVERY_TARGET));
}
