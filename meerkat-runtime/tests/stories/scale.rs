//! Many submitters, many inputs, many sessions.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::{CoreExecutor, InputOutcome, MeerkatMachine, SessionId, Submission};

use crate::support::{Echo, id, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_submitters_give_one_session_a_hundred_thousand_inputs() {
    within(async {
        let machine = MeerkatMachine::ephemeral();
        let attachment = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap();
        let mut submitters = tokio::task::JoinSet::new();
        let (per_submitter, submitters_count) = (100_000 / 64 + 1, 64);
        for _ in 0..submitters_count {
            let handle = attachment.handle().clone();
            submitters.spawn(async move {
                for _ in 0..per_submitter {
                    let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
                    assert!(matches!(completion.await, InputOutcome::Consumed { .. }));
                }
            });
        }
        while let Some(result) = submitters.join_next().await {
            result.unwrap();
        }
        let status = attachment.handle().status().await.unwrap();
        assert_eq!((status.waiting, status.in_run), (0, 0));
        let report = machine.unregister_session(&id("s")).await.unwrap();
        assert_eq!((report.waiting, report.told), (0, 0), "no waiter is left");
        assert_eq!(machine.statistics().settled, per_submitter * submitters_count);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_sessions_come_work_and_go() {
    within(async {
        let machine = MeerkatMachine::ephemeral();
        let executor: Arc<dyn CoreExecutor> = Arc::new(Echo);
        let mut completions = Vec::new();
        for number in 0..10_000 {
            let session = SessionId::new(format!("session {number:05}")).unwrap();
            let attachment = machine.ensure_session_with_executor(&session, Arc::clone(&executor)).await.unwrap();
            let submission = Submission::prompt("a");
            completions.push(attachment.handle().accept_input_with_completion(submission).await.unwrap().1);
        }
        for completion in completions {
            assert!(matches!(completion.await, InputOutcome::Consumed { .. }));
        }
        let page = machine.sessions(Some(&id("session 00009")), 2);
        assert_eq!(page, [id("session 00010"), id("session 00011")]);
        let report = machine.shutdown(Duration::from_secs(10)).await;
        assert_eq!((report.drained, report.interrupted.len(), report.failed.len()), (10_000, 0, 0));
        assert_eq!(Arc::strong_count(&executor), 1, "nothing holds an executor any more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_letter_is_lost_while_a_session_goes_to_rest() {
    within(async {
        let machine = MeerkatMachine::ephemeral();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let handle = handle.clone();
            writers.spawn(async move {
                for _ in 0..20_000 {
                    let refused = handle.detach().await.unwrap_err();
                    assert_eq!(refused.code(), "runtime.not_attached");
                }
            });
        }
        while let Some(result) = writers.join_next().await {
            result.unwrap();
        }
    })
    .await;
}
