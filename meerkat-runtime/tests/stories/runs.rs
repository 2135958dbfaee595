//! Runs: failures, cancels, panics, executors that do not end.

use meerkat_runtime::{
    AbandonReason, Boundary, CancelPoint, ExecutorError, InputOutcome, Lane, RunId, RunOutput, RuntimeState, Submission,
};

use crate::support::{Driven, driven, id, machine, within};

fn abandoned(reason: AbandonReason, detail: &str) -> InputOutcome {
    InputOutcome::Abandoned { reason, detail: Some(detail.into()) }
}

#[tokio::test]
async fn a_failed_input_is_tried_again_in_its_place_and_not_for_ever() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, second) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        for attempt in 1..=3 {
            let turn = turns.next().await;
            assert_eq!((turn.prompts(), turn.run.inputs[0].attempt), (vec!["a"], attempt));
            turn.fail(ExecutorError::retryable("the model is busy"));
        }
        assert_eq!(first.await, abandoned(AbandonReason::AttemptsExhausted, "the model is busy"));
        let turn = turns.next().await;
        assert_eq!(turn.prompts(), ["b"]);
        turn.fail(ExecutorError::fatal("no such tool"));
        assert_eq!(second.await, abandoned(AbandonReason::Failed, "no such tool"));
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Attached);
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_run_alone() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        turns.next().await.panic();
        let again = turns.next().await;
        assert_eq!(again.run.inputs[0].attempt, 2);
        again.complete("fine");
        assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("fine") });
    })
    .await;
}

#[tokio::test]
async fn cancel_now_ends_the_run_and_the_next_one_is_not_hit() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, second) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        let run = turn.run.run;
        handle.cancel_now(run).await.unwrap();
        assert_eq!(first.await, abandoned(AbandonReason::Cancelled, "the run was cancelled"));
        let next = turns.next().await;
        assert_eq!(handle.cancel_now(run).await.unwrap_err().code(), "runtime.run_not_current");
        assert_eq!(handle.cancel_after_boundary(run).await.unwrap_err().code(), "runtime.run_not_current");
        assert!(!next.cancellation.is_cancelled());
        next.complete("b");
        assert_eq!(second.await, InputOutcome::Consumed { output: RunOutput::text("b") });
        let never = RunId::from_number(99);
        assert_eq!(handle.cancel_now(never).await.unwrap_err().code(), "runtime.run_not_current");
    })
    .await;
}

#[tokio::test]
async fn a_cancel_after_the_boundary_lets_the_run_reach_it_and_nothing_joins() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        handle.cancel_after_boundary(turn.run.run).await.unwrap();
        assert_eq!(handle.status().await.unwrap().cancel, Some(CancelPoint::Boundary));
        assert!(!turn.cancellation.is_cancelled());
        handle.accept_input(Submission::prompt("late").lane(Lane::Steer)).await.unwrap();
        assert_eq!(turn.boundary().await, Boundary::Interrupt);
        assert_eq!(completion.await, abandoned(AbandonReason::Cancelled, "the run was cancelled"));
        assert_eq!(turns.next().await.prompts(), ["late"], "what did not join runs next");
    })
    .await;
}

#[tokio::test]
async fn an_executor_that_ignores_the_cancel_is_aborted_after_its_grace() {
    within(async {
        let machine = machine();
        let (executor, mut turns) = Driven::new(false);
        let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
        let handle = attachment.handle();
        let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        handle.cancel_now(turn.run.run).await.unwrap();
        let expected = abandoned(AbandonReason::Cancelled, "the executor did not end in time and was aborted");
        assert_eq!(completion.await, expected);
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Attached);
    })
    .await;
}

#[tokio::test]
async fn an_executor_that_calls_itself_cancelled_has_failed() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        turns.next().await.fail(ExecutorError::cancelled());
        assert_eq!(turns.next().await.run.inputs[0].attempt, 2);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_completes_in_spite_of_the_cancel_is_completed() {
    within(async {
        let machine = machine();
        let (executor, mut turns) = Driven::new(false);
        let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
        let handle = attachment.handle();
        let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        handle.cancel_after_boundary(turn.run.run).await.unwrap();
        turn.complete("done");
        assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("done") });
    })
    .await;
}
