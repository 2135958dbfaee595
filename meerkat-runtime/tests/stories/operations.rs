//! Operations beside the runs: their ends, who waits for them, and the feed.

use std::sync::Arc;

use meerkat_runtime::store::{MemoryStore, RuntimeStore};
use meerkat_runtime::{
    EndSequence, InterruptCause, MeerkatMachine, OperationEnd, OperationId, OperationKind, OperationResult,
    OperationsPhase, RuntimeOptions, SessionHandle, TerminationCause,
};

use crate::support::{Fault, Faulty, id, machine, options, polled, within};

async fn session(machine: &MeerkatMachine) -> SessionHandle {
    machine.register_session(&id("s")).await.unwrap()
}

async fn started(handle: &SessionHandle) -> OperationId {
    let operation = handle.operations().register(OperationKind::Tool).await.unwrap();
    handle.operations().start(operation).await.unwrap();
    operation
}

async fn complete(handle: &SessionHandle, operation: OperationId) {
    handle.operations().finish(operation, OperationResult::Completed).await.unwrap();
}

/// How often the journal says this.
async fn journaled(store: &MemoryStore, words: &str) -> usize {
    let journal = store.load(&id("s")).await.unwrap().unwrap().journal;
    journal.iter().map(|row| String::from_utf8_lossy(&row.entry).matches(words).count()).sum()
}

const COMPLETED: OperationEnd = OperationEnd::Finished { result: OperationResult::Completed };

#[tokio::test]
async fn an_operation_is_followed_from_its_registration_until_it_is_collected() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let operations = handle.operations();
        let member = operations.register(OperationKind::Member).await.unwrap();
        assert_eq!(operations.progress(member).await.unwrap_err().code(), "operation.out_of_order");
        let never = operations.finish(member, OperationResult::Completed).await.unwrap_err();
        assert_eq!(never.code(), "operation.result_impossible");
        operations.start(member).await.unwrap();
        operations.peer_ready(member).await.unwrap();
        operations.progress(member).await.unwrap();
        let phase = OperationsPhase::Running { kind: OperationKind::Member, peer_ready: true, progress: 1 };
        assert_eq!(operations.snapshot(member).await.unwrap().phase, phase);
        let tool = started(&handle).await;
        assert_eq!(operations.peer_ready(tool).await.unwrap_err().code(), "operation.not_peer");
        assert_eq!(operations.collect(tool).await.unwrap_err().code(), "operation.not_ended");
        let early = operations.watch(member).await.unwrap();
        operations.retire(member).await.unwrap();
        operations.finish(member, OperationResult::Retired).await.unwrap();
        let end = OperationEnd::Finished { result: OperationResult::Retired };
        assert_eq!(early.await.unwrap(), end);
        assert_eq!(operations.watch(member).await.unwrap().await.unwrap(), end, "whoever comes late is told at once");
        let again = operations.finish(member, OperationResult::Failed).await.unwrap_err();
        assert_eq!(again.code(), "operation.ended");
        let page = operations.list(None, 1).await.unwrap();
        assert_eq!(page[0].operation, member);
        assert_eq!(operations.list(Some(member), 9).await.unwrap()[0].operation, tool);
        assert_eq!(operations.collect(member).await.unwrap(), end);
        assert_eq!(operations.snapshot(member).await.unwrap_err().code(), "operation.unknown");
        assert_eq!(operations.watch(member).await.unwrap_err().code(), "operation.unknown");
        assert_eq!(operations.wait_all([tool, member]).await.unwrap_err().code(), "operation.unknown");
    })
    .await;
}

#[tokio::test]
async fn no_more_operations_live_than_may() {
    within(async {
        let machine = MeerkatMachine::ephemeral().with_options(RuntimeOptions { operation_limit: 1, ..options() });
        let handle = session(&machine).await;
        let first = started(&handle).await;
        let second = handle.operations().register(OperationKind::Tool).await.unwrap_err();
        assert_eq!(second.code(), "operation.too_many");
        complete(&handle, first).await;
        handle.operations().register(OperationKind::Tool).await.unwrap();
        handle.stop().await.unwrap();
        let stopped = handle.operations().register(OperationKind::Tool).await.unwrap_err();
        assert_eq!(stopped.code(), "runtime.stopped");
    })
    .await;
}

#[tokio::test]
async fn every_wait_is_told_by_itself_and_a_dropped_one_disturbs_nobody() {
    within(async {
        let store = MemoryStore::new();
        let machine = MeerkatMachine::persistent(Arc::new(store.clone()));
        let handle = session(&machine).await;
        let operations = handle.operations();
        let (a, b, c) = (started(&handle).await, started(&handle).await, started(&handle).await);
        let mut both = operations.wait_all([a, b]).await.unwrap();
        let mut last = operations.wait_all([b, c]).await.unwrap();
        let dropped = operations.wait_all([a]).await.unwrap();
        assert!(last.id() > both.id());
        drop(dropped);
        complete(&handle, a).await;
        assert!(polled(&mut both, 1).await.is_none(), "one of them works");
        complete(&handle, b).await;
        assert!(polled(&mut last, 1).await.is_none(), "another wait is for another one");
        both.await.unwrap();
        complete(&handle, c).await;
        (&mut last).await.unwrap();
        operations.wait_all([a, b, c]).await.unwrap().await.unwrap();
        operations.wait_all([]).await.unwrap().await.unwrap();
        drop(last);
        handle.status().await.unwrap();
        assert_eq!((journaled(&store, "OpenWait").await, journaled(&store, "CloseWait").await), (5, 5));
    })
    .await;
}

#[tokio::test]
async fn stopping_a_session_ends_its_operations_and_satisfies_its_waits() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let (a, b) = (started(&handle).await, started(&handle).await);
        let wait = handle.operations().wait_all([a, b]).await.unwrap();
        handle.stop().await.unwrap();
        wait.await.unwrap();
        let feed = handle.operations().completed_since(EndSequence::ZERO, 1).await.unwrap();
        assert_eq!(feed.len(), 2, "what ended in one step stays together");
        let end = OperationEnd::Terminated { cause: TerminationCause::Stopped };
        assert!(feed.iter().all(|ended| ended.end == end));
    })
    .await;
}

#[tokio::test]
async fn operations_of_a_dead_process_are_terminated_and_can_be_collected() {
    within(async {
        let store = MemoryStore::new();
        let first = MeerkatMachine::persistent(Arc::new(store.clone()));
        let handle = session(&first).await;
        let (done, lost) = (started(&handle).await, started(&handle).await);
        complete(&handle, done).await;
        let mut wait = handle.operations().wait_all([lost]).await.unwrap();
        assert!(polled(&mut wait, 1).await.is_none());
        drop(first);
        let interrupted = wait.await.unwrap_err();
        assert_eq!(
            (interrupted.cause, interrupted.code()),
            (InterruptCause::RuntimeDropped, "operation.following_interrupted")
        );
        let second = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let handle = session(&second).await;
        let end = OperationEnd::Terminated { cause: TerminationCause::ProcessLost };
        assert_eq!(handle.operations().watch(lost).await.unwrap().await.unwrap(), end);
        let feed = handle.operations().completed_since(EndSequence::ZERO, 10).await.unwrap();
        assert_eq!(feed.iter().map(|ended| ended.operation).collect::<Vec<_>>(), [done, lost]);
        assert_eq!(handle.operations().collect(done).await.unwrap(), COMPLETED);
        assert_eq!(handle.operations().collect(lost).await.unwrap(), end);
        assert!(started(&handle).await > lost, "no number is given twice");
        let live = started(&handle).await;
        let (wait, watch) =
            (handle.operations().wait_all([live]).await.unwrap(), handle.operations().watch(live).await.unwrap());
        second.unregister_session(&id("s")).await.unwrap();
        assert_eq!(wait.await.unwrap_err().cause, InterruptCause::Unregistered);
        let unregistered = OperationEnd::Terminated { cause: TerminationCause::Unregistered };
        assert_eq!(watch.await.unwrap(), unregistered);
    })
    .await;
}

#[tokio::test]
async fn nobody_hears_of_an_end_that_is_not_durable() {
    within(async {
        for fault in [Fault::DeadBefore, Fault::DeadBehind] {
            // Registration, operation, start, wait; then the end.
            let store = Faulty::new(MemoryStore::new(), 5, fault);
            let machine = MeerkatMachine::persistent(Arc::clone(&store) as Arc<_>);
            let handle = session(&machine).await;
            let operation = started(&handle).await;
            let wait = handle.operations().wait_all([operation]).await.unwrap();
            let refused = handle.operations().finish(operation, OperationResult::Completed).await.unwrap_err();
            assert!(store.fired() && refused.code() == "runtime.store");
            assert_eq!(wait.await.unwrap_err().cause, InterruptCause::StoreFailed);
            let next = MeerkatMachine::persistent(Arc::new(store.inner.reopen()));
            let end = session(&next).await.operations().collect(operation).await.unwrap();
            let lost = OperationEnd::Terminated { cause: TerminationCause::ProcessLost };
            assert_eq!(end, if fault == Fault::DeadBehind { COMPLETED } else { lost });
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_feed_is_complete_and_tells_nothing_twice() {
    const WORKERS: usize = 8;
    const EACH: usize = 50;
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..WORKERS {
            let handle = handle.clone();
            workers.spawn(async move {
                let mut done = Vec::new();
                for _ in 0..EACH {
                    let operation = started(&handle).await;
                    complete(&handle, operation).await;
                    done.push(operation);
                }
                done
            });
        }
        let (mut cursor, mut told) = (EndSequence::ZERO, Vec::new());
        while told.len() < WORKERS * EACH {
            assert!(handle.operations().wait_for_advance(cursor).await.unwrap() > cursor);
            let page = handle.operations().completed_since(cursor, 7).await.unwrap();
            assert!(page.is_sorted_by_key(|ended| ended.sequence) && page[0].sequence > cursor);
            cursor = page.last().unwrap().sequence;
            told.extend(page.iter().map(|ended| ended.operation));
        }
        let mut done: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
        done.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, done);
        let operations = handle.operations();
        let mut ahead = Box::pin(operations.wait_for_advance(cursor));
        assert!(polled(&mut ahead, 2).await.is_none(), "nothing lies behind the last end");
        for operation in done {
            assert_eq!(handle.operations().collect(operation).await.unwrap(), COMPLETED);
        }
        assert!(handle.operations().list(None, 1).await.unwrap().is_empty());
    })
    .await;
}
