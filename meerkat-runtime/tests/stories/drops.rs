//! Callers go away at every point of their calls. Nothing wedges and nothing leaks.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{InputOutcome, InterruptCause, MeerkatMachine, RunOutput, SessionHandle, Submission};

use crate::support::{Driven, Echo, id, machine, options, polled, within};

/// How far the session gets between the last poll of a future and its end.
const HEAD_STARTS: usize = 12;

/// Registers, attaches and runs one input: all that a session is for.
async fn works(machine: &MeerkatMachine) -> SessionHandle {
    let handle = machine.register_session(&id("s")).await.unwrap();
    // Whatever was asked before is done when this is answered, and its caller's end is noticed.
    handle.status().await.unwrap();
    let attachment = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap();
    let handle = attachment.handle().clone();
    let (_, completion) = handle.accept_input_with_completion(Submission::prompt("still here")).await.unwrap();
    assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("still here") });
    handle
}

/// Polls the future a number of times, gives the session a head start, and drops it. True if it was ready before.
async fn dropped<F: Future>(future: F, times: usize, head_start: usize) -> bool {
    let mut future = Box::pin(future);
    let ready = polled(future.as_mut(), times).await.is_some();
    for _ in 0..head_start {
        tokio::task::yield_now().await;
    }
    ready
}

#[tokio::test]
async fn an_attach_that_was_dropped_leaves_the_session_unclaimed() {
    within(async {
        for head_start in 0..HEAD_STARTS {
            for times in 1.. {
                let machine = machine();
                let handle = machine.register_session(&id("s")).await.unwrap();
                let (executor, _turns) = Driven::new(true);
                let witness = Arc::downgrade(&executor);
                if dropped(handle.attach(executor), times, head_start).await {
                    break;
                }
                // The first answer may be given together with the claim that nobody receives.
                handle.status().await.unwrap();
                handle.status().await.unwrap();
                assert!(witness.upgrade().is_none(), "nothing holds the executor that nobody attached");
                works(&machine).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_ensure_that_was_dropped_leaves_the_session_usable() {
    within(async {
        for head_start in 0..HEAD_STARTS {
            for times in 1.. {
                let machine = machine();
                let id = id("s");
                let (executor, _turns) = Driven::new(true);
                if dropped(machine.ensure_session_with_executor(&id, executor), times, head_start).await {
                    break;
                }
                works(&machine).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_accept_that_was_dropped_had_its_effect_as_a_whole_or_not_at_all() {
    within(async {
        for head_start in 0..HEAD_STARTS {
            for times in 1.. {
                let machine = machine();
                let handle = works(&machine).await;
                let keyed = || Submission::prompt("once").idempotency_key("k");
                let ready = dropped(handle.accept_input_with_completion(keyed()), times, head_start).await;
                let (_, completion) = handle.accept_input_with_completion(keyed()).await.unwrap();
                assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("once") });
                assert_eq!(machine.statistics().accepted, 2);
                works(&machine).await;
                if ready {
                    break;
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_unregister_that_was_dropped_goes_on() {
    within(async {
        for head_start in 0..HEAD_STARTS {
            for times in 1.. {
                let machine = machine();
                let (executor, mut turns) = Driven::new(true);
                let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
                attachment.handle().accept_input(Submission::prompt("a")).await.unwrap();
                let _turn = turns.next().await;
                let id = id("s");
                let ready = dropped(machine.unregister_session(&id), times, head_start).await;
                let handle = works(&machine).await;
                assert!(handle.incarnation() > attachment.handle().incarnation());
                if ready {
                    break;
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_that_was_dropped_goes_on() {
    within(async {
        for head_start in 0..HEAD_STARTS {
            for times in 1.. {
                let store = MemoryStore::new();
                let machine = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options());
                let (executor, mut turns) = Driven::new(true);
                let witness = Arc::downgrade(&executor);
                let handle = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap().handle().clone();
                let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
                let turn = turns.next().await;
                let ready = dropped(machine.shutdown(Duration::ZERO), times, head_start).await;
                let refused = machine.register_session(&id("s")).await.unwrap_err();
                assert_eq!(refused.code(), "runtime.shut_down", "nobody is let in once it was asked for");
                // Nothing but the first call tells the session to end: no other one is made.
                assert_eq!(completion.await, InputOutcome::Interrupted { cause: InterruptCause::Unregistered });
                assert!(turn.cancellation.is_cancelled());
                let rest = machine.shutdown(Duration::ZERO).await;
                assert!(rest.failed.is_empty());
                assert_eq!(machine.statistics().sessions, 0);
                assert!(witness.upgrade().is_none(), "nothing is left running");
                works(&MeerkatMachine::persistent(Arc::new(store.reopen()))).await;
                if ready {
                    break;
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_stop_that_was_dropped_goes_on() {
    within(async {
        for times in 1.. {
            let machine = machine();
            let (executor, mut turns) = Driven::new(false);
            let attachment = machine.ensure_session_with_executor(&id("s"), executor).await.unwrap();
            attachment.handle().accept_input(Submission::prompt("a")).await.unwrap();
            let _turn = turns.next().await;
            let ready = dropped(attachment.handle().stop(), times, 0).await;
            attachment.handle().stop().await.unwrap();
            works(&machine).await;
            if ready {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_accept_whose_caller_went_away_before_its_turn_admits_nothing() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        assert!(!dropped(handle.accept_input(Submission::prompt("ghost")), 1, 0).await);
        assert_eq!(handle.status().await.unwrap().last_input.number(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_stopped_while_an_executor_is_attached_lets_go_of_it() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let (executor, _turns) = Driven::new(true);
        let witness = Arc::downgrade(&executor);
        let (attached, stopped) = tokio::join!(handle.attach(executor), handle.stop());
        attached.unwrap();
        stopped.unwrap();
        handle.status().await.unwrap();
        assert!(witness.upgrade().is_none());
        assert!(!machine.session_has_executor(&id("s")).await.unwrap());
        works(&machine).await;
    })
    .await;
}
