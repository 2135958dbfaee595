//! Registration, executors, and the ends of sessions.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    AbandonReason, Attachment, CoreExecutor, InputOutcome, InterruptCause, MeerkatMachine, RegistrationState,
    RunOutput, RuntimeState, Submission,
};

use crate::support::{Driven, Echo, driven, id, machine, options, polled, within};

#[tokio::test]
async fn retiring_takes_no_input_and_runs_what_waits() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, second) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        handle.retire().await.unwrap();
        assert_eq!(handle.accept_input(Submission::prompt("c")).await.unwrap_err().code(), "runtime.ending");
        turn.complete("1");
        turns.next().await.complete("2");
        assert_eq!(first.await, InputOutcome::Consumed { output: RunOutput::text("1") });
        assert_eq!(second.await, InputOutcome::Consumed { output: RunOutput::text("2") });
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Retired);
        assert_eq!(handle.accept_input(Submission::prompt("c")).await.unwrap_err().code(), "runtime.retired");
        handle.reset().await.unwrap();
        handle.accept_input(Submission::prompt("d")).await.unwrap();
        assert_eq!(turns.next().await.prompts(), ["d"]);
    })
    .await;
}

#[tokio::test]
async fn stop_returns_when_nothing_runs_and_an_executor_revives_the_session() {
    within(async {
        let machine = machine();
        let (executor, mut turns) = Driven::new(false);
        let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
        let handle = attachment.handle();
        let (_, running) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, waiting) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        let (stopped, again) = tokio::join!(handle.stop(), handle.stop());
        stopped.unwrap();
        again.unwrap();
        assert!(turn.cancellation.is_cancelled());
        let status = handle.status().await.unwrap();
        assert_eq!((status.state, status.registration), (RuntimeState::Stopped, RegistrationState::Queuing));
        let waiting = waiting.await;
        assert_eq!(waiting, InputOutcome::Abandoned { reason: AbandonReason::Stopped, detail: None });
        assert!(matches!(running.await, InputOutcome::Abandoned { reason: AbandonReason::Cancelled, .. }));
        assert_eq!(handle.accept_input(Submission::prompt("c")).await.unwrap_err().code(), "runtime.stopped");

        handle.attach(Arc::new(Echo)).await.unwrap();
        let (_, completion) = handle.accept_input_with_completion(Submission::prompt("d")).await.unwrap();
        assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("d") });
    })
    .await;
}

#[tokio::test]
async fn a_destroyed_session_is_destroyed_for_good_and_can_be_unregistered() {
    within(async {
        let store = MemoryStore::new();
        let machine = MeerkatMachine::persistent(Arc::new(store.clone()));
        let (handle, mut turns) = driven(&machine).await;
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let _turn = turns.next().await;
        handle.destroy().await.unwrap();
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Destroyed);
        assert_eq!(handle.destroy().await.unwrap_err().code(), "runtime.destroyed");
        assert_eq!(machine.register_session(&id("s")).await.unwrap_err().code(), "runtime.destroyed");
        machine.unregister_session(&id("s")).await.unwrap();
        assert!(!machine.contains_session(&id("s")));
        let refused = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap_err();
        assert_eq!(refused.code(), "runtime.destroyed");
        assert!(!machine.contains_session(&id("s")));
    })
    .await;
}

#[tokio::test]
async fn unregistering_joins_the_run_tells_waiters_and_keeps_the_work() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, running) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, waiting) = handle.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        let report = machine.unregister_session(&id("s")).await.unwrap();
        assert_eq!((report.interrupted, report.waiting, report.told), (Some(turn.run.run), 2, 2));
        assert!(turn.cancellation.is_cancelled());
        let interrupted = InputOutcome::Interrupted { cause: InterruptCause::Unregistered };
        assert_eq!((running.await, waiting.await), (interrupted.clone(), interrupted));
        assert_eq!(machine.unregister_session(&id("s")).await.unwrap_err().code(), "runtime.session_unknown");

        let (again, mut turns) = driven(&machine).await;
        assert!(again.incarnation() > handle.incarnation());
        for stale in [handle.accept_input(Submission::prompt("c")).await.map(drop), handle.stop().await.map(drop)] {
            assert_eq!(stale.unwrap_err().code(), "runtime.session_gone");
        }
        let turn = turns.next().await;
        assert_eq!(
            (turn.prompts(), turn.run.inputs[0].attempt),
            (vec!["a"], 1),
            "giving a session up uses up no attempt"
        );
    })
    .await;
}

#[tokio::test]
async fn a_run_that_ends_beside_the_letter_that_gives_the_session_up_is_the_last() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, first) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        handle.accept_input(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        // Behind its step the owner lets others go first; now it waits for the run, and both find it there.
        tokio::task::yield_now().await;
        turn.complete("done");
        let report = machine.unregister_session(&id("s")).await.unwrap();
        assert_eq!((report.interrupted, report.waiting), (None, 1));
        assert_eq!(first.await, InputOutcome::Consumed { output: RunOutput::text("done") });
        assert_eq!(machine.statistics().runs, 1);
    })
    .await;
}

#[tokio::test]
async fn unregistering_an_old_registration_leaves_the_new_one_alone() {
    within(async {
        let machine = machine();
        let old = machine.register_session(&id("s")).await.unwrap();
        machine.unregister_session_by_incarnation(&id("s"), old.incarnation()).await.unwrap();
        machine.register_session(&id("s")).await.unwrap();
        let late = machine.unregister_session_by_incarnation(&id("s"), old.incarnation()).await;
        assert_eq!(late.unwrap_err().code(), "runtime.session_gone");
        assert!(machine.contains_session(&id("s")));
    })
    .await;
}

#[tokio::test]
async fn two_unregister_and_one_registers_at_the_same_time() {
    within(async {
        let machine = machine();
        let (_, mut turns) = driven(&machine).await;
        let handle = machine.register_session(&id("s")).await.unwrap();
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let _turn = turns.next().await;
        let id = id("s");
        let (one, two, again) = tokio::join!(
            machine.unregister_session(&id),
            machine.unregister_session(&id),
            machine.register_session(&id)
        );
        assert_eq!(one.unwrap(), two.unwrap());
        assert!(again.unwrap().incarnation() > handle.incarnation());
    })
    .await;
}

#[tokio::test]
async fn of_two_who_attach_one_gets_its_executor_back() {
    within(async {
        let machine = machine();
        let id = id("s");
        let executors: [Arc<dyn CoreExecutor>; 2] = [Arc::new(Echo), Arc::new(Echo)];
        let (one, two) = tokio::join!(
            machine.ensure_session_with_executor(&id, Arc::clone(&executors[0])),
            machine.ensure_session_with_executor(&id, Arc::clone(&executors[1]))
        );
        let mut losers = 0;
        for (attachment, mine) in [one.unwrap(), two.unwrap()].into_iter().zip(&executors) {
            if let Attachment::AlreadyAttached { executor, .. } = attachment {
                losers += 1;
                assert!(Arc::ptr_eq(&executor, mine));
            }
        }
        assert_eq!(losers, 1);
        assert!(machine.session_has_executor(&id).await.unwrap());
        let handle = machine.register_session(&id).await.unwrap();
        handle.detach().await.unwrap();
        assert!(!machine.session_has_executor(&id).await.unwrap());
        assert_eq!(handle.detach().await.unwrap_err().code(), "runtime.not_attached");
    })
    .await;
}

#[tokio::test]
async fn an_executor_is_let_go_of_with_its_binding() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let executor: Arc<dyn CoreExecutor> = Arc::new(Echo);
        let witness = Arc::downgrade(&executor);
        handle.attach(executor).await.unwrap();
        assert!(witness.upgrade().is_some());
        handle.stop().await.unwrap();
        assert!(witness.upgrade().is_none());

        let executor: Arc<dyn CoreExecutor> = Arc::new(Echo);
        let witness = Arc::downgrade(&executor);
        handle.attach(executor).await.unwrap();
        machine.unregister_session(&id("s")).await.unwrap();
        assert!(witness.upgrade().is_none());
    })
    .await;
}

#[tokio::test]
async fn shutdown_lets_runs_end_until_the_deadline_and_not_longer() {
    within(async {
        let machine = machine();
        let (quick, mut quick_turns) = Driven::new(true);
        let (slow, mut slow_turns) = Driven::new(false);
        let quick = machine.ensure_session_with_executor(&id("quick"), quick).await.unwrap();
        let slow = machine.ensure_session_with_executor(&id("slow"), slow).await.unwrap();
        let (_, quick_done) = quick.handle().accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, slow_done) = slow.handle().accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let (quick_turn, _slow_turn) = (quick_turns.next().await, slow_turns.next().await);
        quick_turn.complete("in time");
        let report = machine.shutdown(Duration::from_millis(30)).await;
        assert_eq!((report.drained, report.interrupted, report.failed.len()), (1, vec![id("slow")], 0));
        assert_eq!(quick_done.await, InputOutcome::Consumed { output: RunOutput::text("in time") });
        assert_eq!(slow_done.await, InputOutcome::Interrupted { cause: InterruptCause::Unregistered });
        assert_eq!(machine.register_session(&id("quick")).await.unwrap_err().code(), "runtime.shut_down");
        assert_eq!(quick.handle().status().await.unwrap_err().code(), "runtime.shut_down");
        assert_eq!(machine.statistics().sessions, 0);
        assert_eq!(machine.shutdown(Duration::ZERO).await.drained, 0);
    })
    .await;
}

#[tokio::test]
async fn a_second_shutdown_may_be_in_more_of_a_hurry() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        assert!(polled(machine.shutdown(Duration::MAX), 1).await.is_none());
        assert_eq!(handle.status().await.unwrap().registration, RegistrationState::Draining);
        assert!(!turn.cancellation.is_cancelled());
        let report = machine.shutdown(Duration::ZERO).await;
        assert_eq!(report.interrupted, [id("s")]);
    })
    .await;
}

#[tokio::test]
async fn dropping_the_runtime_tells_everybody_and_lets_go_of_everything() {
    within(async {
        let store = MemoryStore::new();
        let machine = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options());
        let (executor, mut turns) = Driven::new(false);
        let witness = Arc::downgrade(&executor);
        let running = machine.ensure_session_with_executor(&id("running"), executor).await.unwrap();
        let resting = machine.register_session(&id("resting")).await.unwrap();
        let (_, one) = running.handle().accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let (_, two) = resting.accept_input_with_completion(Submission::prompt("b")).await.unwrap();
        let turn = turns.next().await;
        drop(machine);
        let dropped = InputOutcome::Interrupted { cause: InterruptCause::RuntimeDropped };
        assert_eq!((one.await, two.await), (dropped.clone(), dropped));
        assert_eq!(resting.status().await.unwrap_err().code(), "runtime.shut_down");
        turn.cancellation.cancelled().await;
        drop(turns);
        assert!(witness.upgrade().is_none());

        let machine = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let handle = machine.register_session(&id("running")).await.unwrap();
        assert_eq!(handle.status().await.unwrap().waiting, 1);
    })
    .await;
}
