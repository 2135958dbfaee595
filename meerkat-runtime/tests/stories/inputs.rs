//! Inputs: order, lanes, duplicates, replacement.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    AbandonReason, Boundary, InputOutcome, InputStatus, Lane, MeerkatMachine, RunOutput, RuntimeError,
    RuntimeEventKind, RuntimeOptions, Submission,
};

use crate::support::{Echo, driven, id, input, machine, within};

fn consumed(text: &str) -> InputOutcome {
    InputOutcome::Consumed { output: RunOutput::text(text) }
}

#[tokio::test]
async fn an_accepted_input_completes_in_two_commits() {
    within(async {
        let machine = machine();
        let attachment = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap();
        let handle = attachment.handle();
        handle.status().await.unwrap();
        let before = machine.statistics();
        let (receipt, completion) = handle.accept_input_with_completion(Submission::prompt("hi")).await.unwrap();
        assert_eq!((receipt.input, receipt.deduplicated), (input(1), false));
        assert_eq!(completion.await, consumed("hi"));
        let after = machine.statistics();
        assert_eq!(after.commits - before.commits, 2);
        assert_eq!((after.accepted, after.settled, after.runs), (1, 1, 1));
        assert_eq!(handle.input_state(receipt.input).await.unwrap(), InputStatus::Settled(consumed("hi")));
        let unknown = handle.input_state(input(9)).await.unwrap_err();
        assert_eq!(unknown.code(), "runtime.input_unknown");
    })
    .await;
}

#[tokio::test]
async fn inputs_run_in_order_of_admission_and_steering_ones_first() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        for (prompt, lane) in [("a", Lane::Queue), ("b", Lane::Queue), ("c", Lane::Steer), ("d", Lane::Steer)] {
            handle.accept_input(Submission::prompt(prompt).lane(lane)).await.unwrap();
        }
        let (_, mut turns) = driven(&machine).await;
        for expected in [vec!["c", "d"], vec!["a"], vec!["b"]] {
            let turn = turns.next().await;
            assert_eq!(turn.prompts(), expected);
            turn.complete("");
        }
    })
    .await;
}

#[tokio::test]
async fn a_steering_input_joins_at_the_boundary_and_is_consumed_with_the_run() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("work")).await.unwrap();
        let turn = turns.next().await;
        assert_eq!(turn.boundary().await, Boundary::Continue { joined: Vec::new() });
        let steer = Submission::prompt("faster").lane(Lane::Steer);
        let (receipt, second) = handle.accept_input_with_completion(steer).await.unwrap();
        let Boundary::Continue { joined } = turn.boundary().await else { panic!("nobody interrupted it") };
        assert_eq!(joined.len(), 1);
        assert_eq!((joined[0].input, &*joined[0].prompt, joined[0].attempt), (receipt.input, "faster", 1));
        turn.complete("both");
        assert_eq!((first.await, second.await), (consumed("both"), consumed("both")));
        assert_eq!(machine.statistics().runs, 1);
    })
    .await;
}

#[tokio::test]
async fn a_boundary_that_was_dropped_loses_no_joined_input() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        handle.accept_input(Submission::prompt("work")).await.unwrap();
        let turn = turns.next().await;
        handle.accept_input(Submission::prompt("one").lane(Lane::Steer)).await.unwrap();
        turn.drop_boundary().await;
        // The letter is behind the boundary's: when it is answered, the input has joined.
        assert_eq!(handle.status().await.unwrap().in_run, 2);
        let Boundary::Continue { joined } = turn.boundary().await else { panic!("nobody interrupted it") };
        assert_eq!(&*joined[0].prompt, "one");

        handle.accept_input(Submission::prompt("two").lane(Lane::Steer)).await.unwrap();
        turn.drop_boundary().await;
        assert_eq!(handle.status().await.unwrap().in_run, 3);
        turn.complete("without having seen two");
        let again = turns.next().await;
        assert_eq!(again.prompts(), ["one", "two"], "steering inputs first, and none is taken for consumed");
    })
    .await;
}

#[tokio::test]
async fn the_same_key_is_the_same_input_and_other_content_is_refused() {
    within(async {
        let store = MemoryStore::new();
        let machine = MeerkatMachine::persistent(Arc::new(store.clone()));
        let handle = machine.register_session(&id("s")).await.unwrap();
        let keyed = |text: &str| Submission::prompt(text).idempotency_key("k");
        let (receipt, waiting) = handle.accept_input_with_completion(keyed("a")).await.unwrap();
        let (again, also_waiting) = handle.accept_input_with_completion(keyed("a").lane(Lane::Steer)).await.unwrap();
        assert_eq!((again.input, again.deduplicated), (receipt.input, true));
        let conflict = handle.accept_input(keyed("b")).await.unwrap_err();
        assert!(matches!(conflict, RuntimeError::IdempotencyConflict { existing, .. } if existing == receipt.input));

        handle.attach(Arc::new(Echo)).await.unwrap();
        assert_eq!((waiting.await, also_waiting.await), (consumed("a"), consumed("a")));
        machine.shutdown(Duration::ZERO).await;

        let machine = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let handle = machine.register_session(&id("s")).await.unwrap();
        let (again, completion) = handle.accept_input_with_completion(keyed("a")).await.unwrap();
        assert_eq!((again.input, again.deduplicated), (receipt.input, true));
        assert_eq!(completion.await, consumed("a"), "the outcome is in the store");
        assert_eq!(handle.accept_input(keyed("b")).await.unwrap_err().code(), "runtime.idempotency_conflict");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_kept_even_if_its_input_is_settled_in_the_same_commit() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let target = handle.accept_input(Submission::prompt("a")).await.unwrap();
        let part = || Submission::prompt("b").idempotency_key("k").coalescing_into(target.input);
        // Polled together, they are one batch.
        let (first, second) = tokio::join!(handle.accept_input(part()), handle.accept_input(part()));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!((first.deduplicated, second.deduplicated), (false, true));
        assert_eq!(first.input, second.input);
    })
    .await;
}

#[tokio::test]
async fn superseded_and_coalesced_inputs_are_told_at_once() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let (first, superseded) = handle.accept_input_with_completion(Submission::prompt("old")).await.unwrap();
        let new = handle.accept_input(Submission::prompt("new").superseding(first.input)).await.unwrap();
        assert_eq!(superseded.await, InputOutcome::Superseded { by: new.input });
        let part = Submission::prompt("and more").coalescing_into(new.input);
        let (part, coalesced) = handle.accept_input_with_completion(part).await.unwrap();
        assert_eq!(coalesced.await, InputOutcome::Coalesced { into: new.input });

        let (_, mut turns) = driven(&machine).await;
        let turn = turns.next().await;
        assert_eq!(turn.prompts(), ["new"]);
        assert_eq!(turn.run.inputs[0].coalesced.len(), 1);
        assert_eq!(turn.run.inputs[0].coalesced[0].input, part.input);
        assert_eq!(&*turn.run.inputs[0].coalesced[0].prompt, "and more");

        let before = handle.status().await.unwrap();
        for late in [Submission::prompt("x").superseding(new.input), Submission::prompt("x").coalescing_into(new.input)]
        {
            assert_eq!(handle.accept_input(late).await.unwrap_err().code(), "runtime.input_not_waiting");
        }
        assert_eq!(handle.status().await.unwrap(), before, "nothing of a refused submission is admitted");
    })
    .await;
}

#[tokio::test]
async fn coalesced_content_outlives_the_process_and_its_snapshots() {
    within(async {
        for snapshot_interval in [1, 1_000] {
            let store = MemoryStore::new();
            let options = RuntimeOptions { snapshot_interval, ..RuntimeOptions::default() };
            let machine = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options);
            let handle = machine.register_session(&id("s")).await.unwrap();
            let target = handle.accept_input(Submission::prompt("a")).await.unwrap();
            handle.accept_input(Submission::prompt("b").coalescing_into(target.input)).await.unwrap();
            machine.shutdown(Duration::ZERO).await;

            let machine = MeerkatMachine::persistent(Arc::new(store.reopen()));
            let (_, mut turns) = driven(&machine).await;
            let turn = turns.next().await;
            assert_eq!(&*turn.run.inputs[0].coalesced[0].prompt, "b");
        }
    })
    .await;
}

#[tokio::test]
async fn a_waiting_input_can_be_withdrawn_and_a_staged_one_cannot() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let staged = handle.accept_input(Submission::prompt("a")).await.unwrap();
        let (waiting, completion) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let _turn = turns.next().await;
        handle.withdraw(waiting.input).await.unwrap();
        let withdrawn = InputOutcome::Abandoned { reason: AbandonReason::Withdrawn, detail: None };
        assert_eq!(completion.await, withdrawn);
        assert_eq!(handle.withdraw(staged.input).await.unwrap_err().code(), "runtime.input_not_waiting");
        assert_eq!(handle.withdraw(waiting.input).await.unwrap_err().code(), "runtime.input_not_waiting");
    })
    .await;
}

#[tokio::test]
async fn subscribers_hear_every_step_in_order() {
    within(async {
        let machine = machine();
        let mut events = machine.subscribe();
        let attachment = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap();
        let (_, completion) = attachment.handle().accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        completion.await;
        machine.shutdown(Duration::ZERO).await;
        let mut heard = Vec::new();
        loop {
            let event = events.next().await.unwrap().unwrap();
            let last = event.kind == RuntimeEventKind::Unregistered;
            let text = format!("{:?}", event.kind);
            heard.push(text.split([' ', '(']).next().unwrap().to_owned());
            if last {
                break;
            }
        }
        let expected = [
            "Registered",
            "ExecutorAttached",
            "InputAccepted",
            "RunStarted",
            "RunFinished",
            "InputSettled",
            "Draining",
            "Unregistered",
        ];
        assert_eq!(heard, expected);
    })
    .await;
}

#[tokio::test]
async fn a_subscriber_that_is_too_slow_is_told_what_it_lost() {
    within(async {
        let options = RuntimeOptions { event_capacity: 2, ..RuntimeOptions::default() };
        let machine = MeerkatMachine::ephemeral().with_options(options);
        let mut events = machine.subscribe();
        let handle = machine.register_session(&id("s")).await.unwrap();
        for _ in 0..4 {
            handle.accept_input(Submission::prompt("a")).await.unwrap();
        }
        assert_eq!(events.next().await.unwrap().unwrap_err().missed, 3);
        assert!(events.next().await.unwrap().is_ok());
    })
    .await;
}

#[tokio::test]
async fn limits_are_kept_and_named() {
    within(async {
        let options = RuntimeOptions { prompt_limit_bytes: 3, ..RuntimeOptions::default() };
        let machine = MeerkatMachine::ephemeral().with_options(options);
        let handle = machine.register_session(&id("s")).await.unwrap();
        let error = handle.accept_input(Submission::prompt("four")).await.unwrap_err();
        assert!(matches!(error, RuntimeError::PromptTooLarge { length_bytes: 4, limit_bytes: 3 }));
        assert_eq!(handle.accept_input(Submission::prompt("ok")).await.unwrap().input, input(1));
    })
    .await;
}
