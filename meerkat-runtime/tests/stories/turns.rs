//! What executors report of their turns, and what they are told.

use std::sync::Arc;

use async_trait::async_trait;
use meerkat_runtime::{
    AbandonReason, AfterFailure, CoreExecutor, ExecutorError, InputOutcome, OperationId, OperationKind,
    OperationResult, Primitive, Run, RunControl, RunOutput, RuntimeError, Submission, TurnEnd, TurnFailure, TurnLimit,
    TurnPhase,
};
use tokio::sync::mpsc;

use crate::support::{id, machine, polled, within};

type Script = fn(RunControl, mpsc::UnboundedSender<OperationId>) -> futures_of::Playing;

mod futures_of {
    use std::future::Future;
    use std::pin::Pin;

    use meerkat_runtime::{ExecutorError, RunOutput};

    pub(super) type Playing = Pin<Box<dyn Future<Output = Result<RunOutput, ExecutorError>> + Send>>;
}

/// Plays one script in every run.
struct Scripted {
    script: Script,
    told: mpsc::UnboundedSender<OperationId>,
}

#[async_trait]
impl CoreExecutor for Scripted {
    async fn execute(&self, _run: Run, control: RunControl) -> Result<RunOutput, ExecutorError> {
        (self.script)(control, self.told.clone()).await
    }
}

fn code<T>(answer: Result<T, RuntimeError>) -> &'static str {
    answer.err().map_or("accepted", |error| error.code())
}

/// What became of an input whose run played the script.
async fn outcome(script: Script) -> InputOutcome {
    let machine = machine();
    let (told, _operations) = mpsc::unbounded_channel();
    let executor = Arc::new(Scripted { script, told });
    machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
    machine.accept_input_with_completion(&id("s"), Submission::prompt("a")).await.unwrap().1.await
}

#[tokio::test]
async fn a_barrier_holds_the_turn_until_its_operations_have_ended() {
    within(async {
        let machine = machine();
        let (told, mut operations) = mpsc::unbounded_channel();
        let script: Script = |control, told| {
            Box::pin(async move {
                let (turn, work) = (control.turn(), control.operations());
                turn.begin(Primitive::Conversation, 1).await?;
                let call = turn.apply_primitive().await?.unwrap();
                turn.call_tools(call, 1).await?;
                let operation = work.register(OperationKind::Tool).await?;
                work.start(operation).await?;
                assert_eq!(turn.return_tool().await?, 0);
                let mut wait = work.wait_all([operation]).await?;
                turn.enter_barrier(&wait).await?;
                assert_eq!(code(turn.pass_barrier(&wait).await), "turn.barrier_closed");
                assert_eq!(code(turn.enter_boundary().await), "turn.out_of_order");
                let other = work.wait_all([]).await?;
                assert_eq!(code(turn.pass_barrier(&other).await), "turn.wait_unknown");
                told.send(operation).unwrap();
                (&mut wait).await.unwrap();
                turn.pass_barrier(&wait).await?;
                turn.enter_boundary().await?;
                turn.complete().await?;
                Ok(RunOutput::text("passed"))
            })
        };
        let executor = Arc::new(Scripted { script, told });
        let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
        let handle = attachment.handle();
        let (_, mut done) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let operation = operations.recv().await.unwrap();
        assert!(polled(&mut done, 1).await.is_none(), "the turn waits");
        handle.operations().finish(operation, OperationResult::Failed).await.unwrap();
        assert_eq!(done.await, InputOutcome::Consumed { output: RunOutput::text("passed") });
    })
    .await;
}

#[tokio::test]
async fn a_run_that_returns_in_the_midst_of_its_turn_has_failed() {
    within(async {
        let midst = outcome(|control, _| {
            Box::pin(async move {
                control.turn().begin(Primitive::Conversation, 1).await?;
                Ok(RunOutput::text("done, it says"))
            })
        });
        let InputOutcome::Abandoned { reason, .. } = midst.await else { panic!("it was consumed") };
        assert_eq!(reason, AbandonReason::AttemptsExhausted);
        let fatal = outcome(|control, _| {
            Box::pin(async move {
                control.turn().begin(Primitive::Conversation, 1).await?;
                control.turn().fail().await?;
                Err(ExecutorError::retryable("try again, it says"))
            })
        });
        assert!(matches!(fatal.await, InputOutcome::Abandoned { reason: AbandonReason::Failed, .. }));
        let limited = outcome(|control, _| {
            Box::pin(async move {
                control.turn().begin(Primitive::Conversation, 1).await?;
                control.turn().limit(TurnLimit::Budget).await?;
                Ok(RunOutput::text("as far as it got"))
            })
        });
        assert!(matches!(limited.await, InputOutcome::Consumed { .. }));
    })
    .await;
}

#[tokio::test]
async fn model_calls_have_numbers_and_attempts_and_late_answers_are_refused() {
    within(async {
        let consumed = outcome(|control, _| {
            Box::pin(async move {
                let turn = control.turn();
                assert_eq!(code(turn.apply_primitive().await), "turn.not_begun");
                assert_eq!(code(turn.begin(Primitive::Conversation, 0).await), "turn.zero");
                turn.begin(Primitive::Conversation, 2).await?;
                assert_eq!(code(turn.begin(Primitive::Append, 2).await), "turn.begun");
                let first = turn.apply_primitive().await?.unwrap();
                assert_eq!(turn.fail_model_call(first).await?, AfterFailure::Again { call: first, failures: 1 });
                let second = turn.retry_model_call(first).await?;
                assert!(second > first);
                assert_eq!(code(turn.call_tools(first, 1).await), "turn.call_stale");
                assert_eq!(code(turn.call_tools(second, 0).await), "turn.zero");
                turn.call_tools(second, 1).await?;
                turn.return_tool().await?;
                assert_eq!(code(turn.return_tool().await), "turn.out_of_order");
                turn.enter_boundary().await?;
                let third = turn.continue_turn().await?;
                assert!(third > second);
                turn.enter_boundary().await?;
                let extraction = turn.begin_extraction().await?;
                let AfterFailure::Again { call, .. } = turn.reject_extraction(extraction).await? else { panic!() };
                assert_eq!(code(turn.accept_extraction(extraction).await), "turn.call_stale");
                assert_eq!(code(turn.observe_cancellation().await), "turn.not_told_to_end");
                turn.accept_extraction(call).await?;
                assert_eq!(turn.status().await?.unwrap().phase, TurnPhase::Ended { end: TurnEnd::Completed });
                assert_eq!(code(turn.enter_boundary().await), "turn.ended");
                Ok(RunOutput::empty())
            })
        });
        assert!(matches!(consumed.await, InputOutcome::Consumed { .. }));
        let exhausted = outcome(|control, _| {
            Box::pin(async move {
                let turn = control.turn();
                turn.begin(Primitive::Conversation, 1).await?;
                let call = turn.apply_primitive().await?.unwrap();
                assert_eq!(turn.fail_model_call(call).await?, AfterFailure::Exhausted);
                let end = TurnEnd::Failed { failure: TurnFailure::ModelExhausted };
                assert_eq!(turn.status().await?.unwrap().phase, TurnPhase::Ended { end });
                Err(ExecutorError::fatal("the model is down"))
            })
        });
        assert!(matches!(exhausted.await, InputOutcome::Abandoned { reason: AbandonReason::Failed, .. }));
        let append = outcome(|control, _| {
            Box::pin(async move {
                control.turn().begin(Primitive::Append, 1).await?;
                assert_eq!(control.turn().apply_primitive().await?, None);
                Ok(RunOutput::empty())
            })
        });
        assert!(matches!(append.await, InputOutcome::Consumed { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_is_to_end_begins_nothing_and_says_so() {
    within(async {
        let machine = machine();
        let (told, mut begun) = mpsc::unbounded_channel();
        let script: Script = |control, told| {
            Box::pin(async move {
                let turn = control.turn();
                turn.begin(Primitive::Conversation, 1).await?;
                let operation = control.operations().register(OperationKind::Tool).await?;
                told.send(operation).unwrap();
                control.cancellation().cancelled().await;
                assert_eq!(code(turn.apply_primitive().await), "turn.told_to_end");
                turn.observe_cancellation().await?;
                Err(ExecutorError::cancelled())
            })
        };
        machine.ensure_session_with_executor(&id("s"), Arc::new(Scripted { script, told })).await.unwrap();
        let (_, done) = machine.accept_input_with_completion(&id("s"), Submission::prompt("a")).await.unwrap();
        begun.recv().await.unwrap();
        machine.hard_cancel_current_run(&id("s")).await.unwrap();
        assert!(matches!(done.await, InputOutcome::Abandoned { reason: AbandonReason::Cancelled, .. }));
    })
    .await;
}
