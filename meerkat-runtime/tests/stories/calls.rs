//! Calls that steer a session from outside: inputs that do not wake, limits, recycling, cancels, endings, interrupts,
//! preparations.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    AbandonReason, CancelPoint, Ending, InputOutcome, InterruptCause, InterruptHandle, MeerkatMachine, RunId,
    RuntimeOptions, RuntimeState, SessionId, Submission,
};
use tokio::sync::mpsc;

use crate::support::{Driven, Echo, driven, id, input, machine, options, polled, within};

fn prompt(text: &str) -> Submission {
    Submission::prompt(text)
}

#[tokio::test]
async fn an_input_that_does_not_wake_runs_in_its_order_once_another_does() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        for text in ["a", "b"] {
            handle.accept_input_without_wake(prompt(text)).await.unwrap();
        }
        let status = handle.status().await.unwrap();
        assert_eq!((status.state, status.waiting, machine.statistics().runs), (RuntimeState::Attached, 2, 0));
        let (_, third) = handle.accept_input_with_completion(prompt("c")).await.unwrap();
        handle.accept_input_without_wake(prompt("d")).await.unwrap();
        for text in ["a", "b", "c"] {
            let turn = turns.next().await;
            assert_eq!(turn.prompts(), [text]);
            turn.complete("");
        }
        third.await;
        assert_eq!((handle.status().await.unwrap().waiting, machine.statistics().runs), (1, 3));
        assert_eq!(handle.wake().await.unwrap(), 1);
        assert_eq!(turns.next().await.prompts(), ["d"]);
    })
    .await;
}

#[tokio::test]
async fn an_input_that_does_not_wake_is_not_lost_by_a_retirement_or_a_new_process() {
    within(async {
        let store = MemoryStore::new();
        let first = MeerkatMachine::persistent(Arc::new(store.clone()));
        let handle = first.register_session(&id("s")).await.unwrap();
        handle.accept_input_without_wake(prompt("a")).await.unwrap();
        drop(first);
        let second = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let (handle, mut turns) = driven(&second).await;
        assert_eq!((handle.status().await.unwrap().waiting, second.statistics().runs), (1, 0));
        assert_eq!(handle.retire().await.unwrap().draining, 1);
        assert_eq!(turns.next().await.prompts(), ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_part_that_wakes_makes_the_whole_wake() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let whole = handle.accept_input_without_wake(prompt("a")).await.unwrap().input;
        handle.accept_input_without_wake(prompt("b").coalescing_into(whole)).await.unwrap();
        assert_eq!(machine.statistics().runs, 0);
        handle.accept_input(prompt("c").coalescing_into(whole)).await.unwrap();
        let turn = turns.next().await;
        let parts: Vec<_> = turn.run.inputs[0].coalesced.iter().map(|part| &*part.prompt).collect();
        assert_eq!((turn.prompts(), parts), (vec!["a"], vec!["b", "c"]));
    })
    .await;
}

#[tokio::test]
async fn a_session_takes_no_more_than_may_wait() {
    within(async {
        let store = MemoryStore::new();
        let open = |waiting_limit| {
            let options = RuntimeOptions { waiting_limit, ..options() };
            MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options)
        };
        let machine = open(2);
        let handle = machine.register_session(&id("s")).await.unwrap();
        let keyed = || prompt("a").idempotency_key("a");
        handle.accept_input(keyed()).await.unwrap();
        handle.accept_input(prompt("b")).await.unwrap();
        assert_eq!(handle.accept_input(prompt("c")).await.unwrap_err().code(), "runtime.too_many_waiting");
        assert!(handle.accept_input(keyed()).await.unwrap().deduplicated, "a duplicate needs no room");
        handle.withdraw(input(2)).await.unwrap();
        handle.accept_input(prompt("c")).await.unwrap();
        drop(machine);
        let machine = open(1);
        let (handle, mut turns) = driven(&machine).await;
        let turn = turns.next().await;
        assert_eq!(handle.status().await.unwrap().waiting, 1, "what waits stays");
        assert_eq!(handle.accept_input(prompt("d")).await.unwrap_err().code(), "runtime.too_many_waiting");
        turn.complete("");
        let _second = turns.next().await;
        handle.accept_input(prompt("d")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_recycled_session_takes_input_again_and_keeps_what_waits() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let (_, first) = handle.accept_input_with_completion(prompt("a")).await.unwrap();
        handle.retire().await.unwrap();
        assert_eq!(handle.recycle().await.unwrap().kept, 1);
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Idle);
        assert_eq!(handle.recycle().await.unwrap().kept, 1, "a session that is not retired stays as it is");
        let (executor, mut turns) = Driven::new(true);
        handle.attach(executor).await.unwrap();
        let turn = turns.next().await;
        handle.retire().await.unwrap();
        assert_eq!(handle.recycle().await.unwrap_err().code(), "runtime.run_current");
        turn.complete("done");
        assert!(matches!(first.await, InputOutcome::Consumed { .. }));
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Retired);
        handle.recycle().await.unwrap();
        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Attached);
        handle.accept_input(prompt("b")).await.unwrap();
        turns.next().await.complete("");
        handle.stop().await.unwrap();
        assert_eq!(handle.recycle().await.unwrap_err().code(), "runtime.stopped");
        handle.destroy().await.unwrap();
        assert_eq!(handle.recycle().await.unwrap_err().code(), "runtime.destroyed");
    })
    .await;
}

#[tokio::test]
async fn a_cancel_by_session_is_for_the_run_that_was_current_when_it_was_called() {
    within(async {
        for head_start in 0..8 {
            let machine = machine();
            let (handle, mut turns) = driven(&machine).await;
            let id = id("s");
            assert_eq!(machine.hard_cancel_current_run(&id).await.unwrap_err().code(), "runtime.not_running");
            handle.accept_input(prompt("a")).await.unwrap();
            handle.accept_input(prompt("b")).await.unwrap();
            let first = turns.next().await;
            first.complete("");
            for _ in 0..head_start {
                tokio::task::yield_now().await;
            }
            let current = handle.current_run().unwrap();
            let hit = machine.hard_cancel_current_run(&id).await;
            let second = (current == first.run.run).then_some(());
            match hit {
                Ok(run) => assert_eq!(run, current),
                Err(error) => assert_eq!(error.code(), "runtime.run_not_current"),
            }
            if second.is_some() {
                let second = turns.next().await;
                handle.status().await.unwrap();
                assert!(!second.cancellation.is_cancelled(), "the next run is not hit");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_cancel_after_the_boundary_by_session_lets_the_run_reach_it() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, completion) = handle.accept_input_with_completion(prompt("a")).await.unwrap();
        let turn = turns.next().await;
        assert_eq!(machine.cancel_after_boundary(&id("s")).await.unwrap(), turn.run.run);
        assert!(!turn.cancellation.is_cancelled());
        assert_eq!(handle.status().await.unwrap().cancel, Some(CancelPoint::Boundary));
        turn.boundary().await;
        assert!(matches!(completion.await, InputOutcome::Abandoned { reason: AbandonReason::Cancelled, .. }));
        assert_eq!(machine.cancel_after_boundary(&id("s")).await.unwrap_err().code(), "runtime.not_running");
    })
    .await;
}

#[tokio::test]
async fn an_ending_tells_how_far_it_got_and_goes_on_by_itself() {
    within(async {
        for kind in ["stop", "destroy", "unregister"] {
            for dropped in [false, true] {
                let machine = machine();
                let (executor, mut turns) = Driven::new(false);
                let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
                let handle = attachment.handle();
                handle.accept_input(prompt("a")).await.unwrap();
                handle.accept_input(prompt("b")).await.unwrap();
                let turn = turns.next().await;
                let (id, at_once) = (id("s"), Duration::ZERO);
                let interrupted = match kind {
                    "unregister" => {
                        let ending = machine.unregister_session_within(&id, at_once).await.unwrap();
                        assert!(matches!(ending, Ending::InProgress(_)), "{ending:?}");
                        assert!(machine.contains_session(&id), "it is not over");
                        if dropped { Some(turn.run.run) } else { ending.done().await.unwrap().interrupted }
                    }
                    _ => {
                        let ending = match kind {
                            "stop" => machine.stop_runtime_executor_within(&id, at_once).await.unwrap(),
                            _ => machine.destroy_within(&id, at_once).await.unwrap(),
                        };
                        assert!(matches!(ending, Ending::InProgress(_)), "{ending:?}");
                        assert_eq!(handle.status().await.unwrap().state, RuntimeState::Running, "it is not over");
                        if dropped {
                            Some(turn.run.run)
                        } else {
                            let report = ending.done().await.unwrap();
                            assert_eq!(report.abandoned, 1);
                            report.interrupted
                        }
                    }
                };
                assert_eq!(interrupted, Some(turn.run.run));
                turn.cancellation.cancelled().await;
                if kind == "unregister" {
                    assert!(machine.register_session(&id).await.unwrap().incarnation() > handle.incarnation());
                } else if kind == "stop" {
                    machine.stop_runtime_executor(&id).await.unwrap();
                    assert_eq!(machine.runtime_state(&id).await.unwrap(), RuntimeState::Stopped);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_ending_that_takes_no_time_is_done() {
    within(async {
        let machine = machine();
        let (handle, _turns) = driven(&machine).await;
        let patience = Duration::from_secs(20);
        assert!(matches!(handle.stop_within(patience).await.unwrap(), Ending::Done(_)));
        assert!(matches!(handle.destroy_within(patience).await.unwrap(), Ending::Done(_)));
        assert_eq!(handle.destroy_within(patience).await.unwrap_err().code(), "runtime.destroyed");
        let ending = machine.unregister_session_within(&id("s"), patience).await.unwrap();
        assert_eq!(ending.done().await.unwrap().waiting, 0);
        let unknown = machine.unregister_session_within(&id("s"), patience).await.unwrap_err();
        assert_eq!(unknown.code(), "runtime.session_unknown");
    })
    .await;
}

/// Tells the test of interrupts, or panics instead.
struct Bell(Option<mpsc::UnboundedSender<(SessionId, RunId)>>);

impl InterruptHandle for Bell {
    fn interrupt(&self, session: &SessionId, run: RunId) {
        self.0.as_ref().expect("as the test told").send((session.clone(), run)).unwrap();
    }
}

#[tokio::test]
async fn the_hosts_own_interrupt_is_called_once_per_run_that_is_told_to_end() {
    within(async {
        let machine = machine();
        machine.register_session(&id("s")).await.unwrap();
        let (bell, mut rung) = mpsc::unbounded_channel();
        let handle = Arc::new(Bell(Some(bell)));
        let unknown = machine.install_prepared_session_interrupt_handle(&id("t"), handle.clone()).await.unwrap_err();
        assert_eq!(unknown.code(), "runtime.session_unknown");
        machine.install_prepared_session_interrupt_handle(&id("s"), handle).await.unwrap();
        let (handle, mut turns) = driven(&machine).await;
        for text in ["a", "b", "c"] {
            handle.accept_input(prompt(text)).await.unwrap();
        }
        turns.next().await.complete("in peace");
        let second = turns.next().await.run.run;
        machine.hard_cancel_current_run(&id("s")).await.unwrap();
        assert_eq!(rung.recv().await, Some((id("s"), second)));
        let third = turns.next().await.run.run;
        machine.unregister_session(&id("s")).await.unwrap();
        assert_eq!(rung.recv().await, Some((id("s"), third)));
        assert_eq!(rung.recv().await, None, "nothing holds the handle of a registration that has ended");
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_of_the_hosts_that_panics_changes_nothing() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        handle.install_interrupt_handle(Arc::new(Bell(None))).await.unwrap();
        let (_, first) = handle.accept_input_with_completion(prompt("a")).await.unwrap();
        let _turn = turns.next().await;
        machine.hard_cancel_current_run(&id("s")).await.unwrap();
        assert!(matches!(first.await, InputOutcome::Abandoned { reason: AbandonReason::Cancelled, .. }));
        handle.accept_input(prompt("b")).await.unwrap();
        assert_eq!(turns.next().await.prompts(), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_preparation_that_is_dropped_leaves_the_session_as_it_was() {
    within(async {
        let machine = machine();
        let bindings = machine.prepare_bindings(&id("s")).await.unwrap();
        let stale = bindings.handle().clone();
        stale.accept_input(prompt("a")).await.unwrap();
        drop(bindings);
        // The first answer may be of the step that gives the session up.
        drop(stale.status().await);
        assert_eq!(stale.status().await.unwrap_err().code(), "runtime.session_gone");
        let handle = machine.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.status().await.unwrap().waiting, 1, "what was accepted is kept");

        drop(machine.prepare_bindings(&id("s")).await.unwrap());
        handle.status().await.unwrap();

        let bindings = machine.prepare_bindings(&id("shared")).await.unwrap();
        let other = machine.register_session(&id("shared")).await.unwrap();
        drop(bindings);
        assert_eq!(other.status().await.unwrap().state, RuntimeState::Idle, "somebody else needs it");
    })
    .await;
}

#[tokio::test]
async fn a_preparation_that_is_kept_or_attached_stays() {
    within(async {
        let machine = machine();
        let kept = machine.prepare_bindings(&id("kept")).await.unwrap().keep();
        assert_eq!(kept.status().await.unwrap().state, RuntimeState::Idle);
        let mut bindings = machine.prepare_bindings(&id("s")).await.unwrap();
        let first = bindings.events().next().await.unwrap().unwrap();
        assert_eq!((first.session, first.incarnation), (id("s"), bindings.incarnation()));
        let handle = bindings.attach(Arc::new(Echo)).await.unwrap();
        let (_, done) = handle.accept_input_with_completion(prompt("a")).await.unwrap();
        assert!(matches!(done.await, InputOutcome::Consumed { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_preparation_whose_caller_goes_away_leaves_nothing() {
    within(async {
        for times in 1.. {
            let machine = machine();
            let id = id("s");
            if polled(machine.prepare_bindings(&id), times).await.is_some() {
                return;
            }
            let next = machine.prepare_bindings(&id).await.unwrap();
            assert!(next.incarnation().number() <= 2);
            let handle = next.keep();
            assert_eq!(handle.status().await.unwrap().state, RuntimeState::Idle);
        }
    })
    .await;
}

#[tokio::test]
async fn a_completion_can_be_had_at_any_time() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        for text in ["a", "b"] {
            handle.accept_input(prompt(text)).await.unwrap();
        }
        let turn = turns.next().await;
        let (one, two) = (handle.completion(input(1)).await.unwrap(), handle.completion(input(1)).await.unwrap());
        let waiting = handle.completion(input(2)).await.unwrap();
        turn.complete("done");
        assert_eq!(one.await, two.await);
        assert!(matches!(handle.completion(input(1)).await.unwrap().await, InputOutcome::Consumed { .. }));
        assert_eq!(handle.completion(input(3)).await.unwrap_err().code(), "runtime.input_unknown");
        machine.unregister_session(&id("s")).await.unwrap();
        assert_eq!(waiting.await, InputOutcome::Interrupted { cause: InterruptCause::Unregistered });
    })
    .await;
}
