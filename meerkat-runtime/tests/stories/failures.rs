//! The store fails, and the process dies, at every commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use meerkat_runtime::store::{Commit, MemoryStore, RuntimeStore};
use meerkat_runtime::{
    CoreExecutor, ExecutorError, InputId, InputOutcome, InputStatus, InterruptCause, Lane, MeerkatMachine, Run,
    RunControl, RunOutput, RuntimeError, SessionHandle, SessionId, Submission,
};

use crate::support::{Fault, Faulty, driven, id, options, within};

/// Counts how often it executed each input, fails the first time it sees "flaky", and looks for steering at a boundary.
#[derive(Default)]
struct Counting(Mutex<HashMap<InputId, u32>>);

#[async_trait]
impl CoreExecutor for Counting {
    async fn execute(&self, run: Run, mut control: RunControl) -> Result<RunOutput, ExecutorError> {
        for input in &run.inputs {
            *self.0.lock().unwrap().entry(input.input).or_default() += 1;
        }
        control.boundary().await;
        if &*run.inputs[0].prompt == "flaky" && run.inputs[0].attempt == 1 {
            return Err(ExecutorError::retryable("the first time"));
        }
        Ok(RunOutput::text(&*run.inputs[0].prompt))
    }
}

/// What the host knows: which inputs were acknowledged, and what their completions said.
#[derive(Default)]
struct Knowledge {
    acknowledged: Vec<InputId>,
    told: HashMap<InputId, InputOutcome>,
}

/// Six inputs of every kind, some of them before the executor is there. Ends early at the first error.
async fn scenario(machine: &MeerkatMachine, knowledge: &mut Knowledge) -> Result<(), RuntimeError> {
    let handle = machine.register_session(&id("s")).await?;
    let mut completions = Vec::new();
    let result = submit_all(&handle, knowledge, &mut completions).await;
    for (input, completion) in completions {
        // Every completion becomes ready, whatever happens.
        knowledge.told.insert(input, completion.await);
    }
    result
}

async fn submit_all(
    handle: &SessionHandle,
    knowledge: &mut Knowledge,
    completions: &mut Vec<(InputId, meerkat_runtime::Completion)>,
) -> Result<(), RuntimeError> {
    let mut last = None;
    for number in 0..6 {
        if number == 3 {
            handle.attach(Arc::new(Counting::default())).await.map_err(|error| error.source)?;
        }
        let submission = match (number, last) {
            (1, Some(last)) => Submission::prompt("new").superseding(last),
            (2, Some(last)) => Submission::prompt("part").coalescing_into(last),
            (3, _) => Submission::prompt("flaky"),
            (4, _) => Submission::prompt("steer").lane(Lane::Steer),
            _ => Submission::prompt("plain"),
        };
        let submission = submission.idempotency_key(format!("key {number}"));
        let (receipt, completion) = handle.accept_input_with_completion(submission).await?;
        knowledge.acknowledged.push(receipt.input);
        completions.push((receipt.input, completion));
        last = Some(receipt.input);
    }
    Ok(())
}

/// The next process: everything that was acknowledged is settled once, and what was told stays true.
async fn aftermath(machine: &MeerkatMachine, store: &MemoryStore, knowledge: &Knowledge) {
    let handle = machine.register_session(&id("s")).await.unwrap();
    drop(handle.attach(Arc::new(Counting::default())).await);
    let (_, last) = handle.accept_input_with_completion(Submission::prompt("last")).await.unwrap();
    assert_eq!(last.await, InputOutcome::Consumed { output: RunOutput::text("last") });
    for input in &knowledge.acknowledged {
        let InputStatus::Settled(outcome) = handle.input_state(*input).await.unwrap() else {
            panic!("{input:?} was acknowledged, and everything before the last input has run")
        };
        match knowledge.told.get(input) {
            None | Some(InputOutcome::Interrupted { .. }) => {}
            Some(told) => assert_eq!(&outcome, told, "an outcome is for good"),
        }
    }
    machine.shutdown(Duration::from_secs(10)).await;
    let unsettled = store.reopen().load(&id("s")).await.unwrap().unwrap().unsettled;
    assert!(unsettled.is_empty(), "{unsettled:?}");
}

async fn fail_at_every_commit(fault: Fault, same_runtime: bool) {
    for at in 1.. {
        let store = MemoryStore::new();
        let faulty = Faulty::new(store.clone(), at, fault);
        let machine = MeerkatMachine::persistent(faulty.clone()).with_options(options());
        let mut knowledge = Knowledge::default();
        let result = scenario(&machine, &mut knowledge).await;
        if !faulty.fired() {
            result.unwrap();
            assert!(at > 10, "the scenario has many commits, not {at}");
            return;
        }
        if same_runtime {
            aftermath(&machine, &store, &knowledge).await;
        } else {
            drop(machine);
            let next = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
            aftermath(&next, &store, &knowledge).await;
        }
    }
}

#[tokio::test]
async fn a_commit_that_is_lost_ends_one_registration_and_loses_nothing() {
    within(fail_at_every_commit(Fault::LostOnce, true)).await;
}

#[tokio::test]
async fn a_commit_that_is_kept_without_a_word_is_found_at_the_next_registration() {
    within(fail_at_every_commit(Fault::KeptOnce, true)).await;
}

#[tokio::test]
async fn a_process_may_die_before_every_commit() {
    within(fail_at_every_commit(Fault::DeadBefore, false)).await;
}

#[tokio::test]
async fn a_process_may_die_behind_every_commit() {
    within(fail_at_every_commit(Fault::DeadBehind, false)).await;
}

#[tokio::test]
async fn a_store_failure_during_a_run_joins_it_and_tells_everybody() {
    within(async {
        let store = MemoryStore::new();
        // 1 registers, 2 and 3 attach, 4 accepts and starts, 5 is for the second input.
        let faulty = Faulty::new(store.clone(), 5, Fault::LostOnce);
        let machine = MeerkatMachine::persistent(faulty.clone()).with_options(options());
        let (handle, mut turns) = driven(&machine).await;
        handle.status().await.unwrap();
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        let error = handle.accept_input(Submission::prompt("b")).await.unwrap_err();
        assert!(matches!(&error, RuntimeError::Store { source, .. } if source.code() == "store.backend"), "{error:?}");
        assert!(faulty.fired());
        assert_eq!(first.await, InputOutcome::Interrupted { cause: InterruptCause::StoreFailed });
        turn.cancellation.cancelled().await;
        let (again, mut turns) = driven(&machine).await;
        assert_eq!(handle.status().await.unwrap_err().code(), "runtime.session_gone");
        assert_eq!(turns.next().await.run.inputs[0].attempt, 2);
        assert_eq!(again.status().await.unwrap().last_input, InputId::from_number(1), "b was refused");
        assert_eq!(machine.statistics().failures, 1);
    })
    .await;
}

#[tokio::test]
async fn a_second_process_that_takes_the_session_fences_the_first_out() {
    within(async {
        let store = MemoryStore::new();
        let first = MeerkatMachine::persistent(Arc::new(store.clone()));
        let second = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let old = first.register_session(&id("s")).await.unwrap();
        let new = second.register_session(&id("s")).await.unwrap();
        let fenced = old.accept_input(Submission::prompt("late")).await.unwrap_err();
        assert!(matches!(&fenced, RuntimeError::Store { source, .. } if source.code() == "store.fenced"));
        assert!(!first.contains_session(&id("s")));
        assert_eq!(new.accept_input(Submission::prompt("a")).await.unwrap().input, InputId::from_number(1));
    })
    .await;
}

#[tokio::test]
async fn a_session_that_does_not_replay_is_quarantined_alone() {
    within(async {
        let store = MemoryStore::new();
        store.commit(Commit::new(id("broken"), 0, b"no journal".to_vec())).await.unwrap();
        let impossible = br#"[{"FinishRun":{"run":7,"outcome":"Completed"}}]"#.to_vec();
        store.commit(Commit::new(id("impossible"), 0, impossible)).await.unwrap();
        let machine = MeerkatMachine::persistent(Arc::new(store));
        for (name, code) in [("broken", "recovery.entry_unreadable"), ("impossible", "recovery.entry_refused")] {
            let (one, two) = tokio::join!(register(&machine, id(name)), register(&machine, id(name)));
            assert_eq!((one.unwrap_err().code(), two.unwrap_err().code()), (code, code));
            assert!(!machine.contains_session(&id(name)));
        }
        machine.register_session(&id("well")).await.unwrap();
    })
    .await;
}

async fn register(machine: &MeerkatMachine, session: SessionId) -> Result<SessionHandle, RuntimeError> {
    machine.register_session(&session).await
}

#[tokio::test]
async fn a_store_that_panics_ends_one_registration() {
    within(async {
        let store = MemoryStore::new();
        let faulty = Faulty::new(store.clone(), 2, Fault::Panic);
        let machine = MeerkatMachine::persistent(faulty.clone());
        let handle = machine.register_session(&id("s")).await.unwrap();
        let keyed = || Submission::prompt("a").idempotency_key("k");
        assert_eq!(handle.accept_input(keyed()).await.unwrap_err().code(), "runtime.session_gone");
        assert!(faulty.fired());
        let handle = machine.register_session(&id("s")).await.unwrap();
        assert!(!handle.accept_input(keyed()).await.unwrap().deduplicated);
    })
    .await;
}
