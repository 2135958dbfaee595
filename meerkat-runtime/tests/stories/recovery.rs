//! What the next process finds: names, receipts, and rows that are no good.

use std::collections::BTreeSet;
use std::sync::Arc;

use meerkat_runtime::store::{MemoryStore, RECEIPT_RUNS, RuntimeStore, SqliteOptions, SqliteStore};
use meerkat_runtime::{
    AbandonReason, ExecutorError, InputOutcome, InputStatus, Lane, MeerkatMachine, NameKind, RunId, RuntimeOptions,
    Submission,
};

use crate::support::{Echo, Fault, Faulty, driven, id, input, machine, options, within};

#[tokio::test]
async fn a_name_keeps_its_number_across_processes_and_snapshots() {
    within(async {
        let store = MemoryStore::new();
        for (process, snapshot_interval) in [1_000, 0, 0, 1_000].into_iter().enumerate() {
            let options = RuntimeOptions { snapshot_interval, ..options() };
            let machine = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options);
            let handle = machine.register_session(&id("s")).await.unwrap();
            let names = handle.names();
            for earlier in 0..process as u64 {
                let name = format!("tool {earlier}");
                assert_eq!(names.number(NameKind::Tool, &*name).await.unwrap(), Some(earlier + 1));
                assert_eq!(names.name(NameKind::Tool, earlier + 1).await.unwrap().as_deref(), Some(&*name));
            }
            let number = names.intern(NameKind::Tool, format!("tool {process}")).await.unwrap();
            assert_eq!(number, process as u64 + 1);
            assert_eq!(names.intern(NameKind::Tool, format!("tool {process}")).await.unwrap(), number);
            assert_eq!(names.intern(NameKind::Model, "tool 0").await.unwrap(), 1, "kinds have numbers of their own");
            assert_eq!(names.name(NameKind::Tool, number + 1).await.unwrap(), None);
            assert_eq!(names.name(NameKind::Peer, 0).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn names_have_limits() {
    within(async {
        let options = RuntimeOptions { name_limit: 2, ..options() };
        let machine = MeerkatMachine::ephemeral().with_options(options);
        let handle = machine.register_session(&id("s")).await.unwrap();
        for (name, wanted) in [("", "runtime.name_invalid"), (&*"x".repeat(513), "runtime.name_invalid")] {
            assert_eq!(handle.names().intern(NameKind::Tool, name).await.unwrap_err().code(), wanted);
        }
        handle.names().intern(NameKind::Tool, "x".repeat(512)).await.unwrap();
        handle.names().intern(NameKind::Tool, "b").await.unwrap();
        let refused = handle.names().intern(NameKind::Tool, "c").await.unwrap_err();
        assert_eq!(refused.code(), "runtime.too_many_names");
        assert_eq!(handle.names().intern(NameKind::Tool, "b").await.unwrap(), 2);
        handle.names().intern(NameKind::Server, "c").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_name_is_as_durable_as_its_step() {
    within(async {
        for (fault, kept) in [(Fault::LostOnce, None), (Fault::KeptOnce, Some(1)), (Fault::Panic, None)] {
            // 1 registers, 2 names.
            let machine = MeerkatMachine::persistent(Faulty::new(MemoryStore::new(), 2, fault));
            let handle = machine.register_session(&id("s")).await.unwrap();
            let error = handle.names().intern(NameKind::Tool, "a").await.unwrap_err();
            let code = if fault == Fault::Panic { "runtime.session_gone" } else { "runtime.store" };
            assert_eq!(error.code(), code);
            let handle = machine.register_session(&id("s")).await.unwrap();
            assert_eq!(handle.names().number(NameKind::Tool, "a").await.unwrap(), kept, "{fault:?}");
            assert_eq!(handle.names().intern(NameKind::Tool, "a").await.unwrap(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn every_boundary_has_a_receipt_of_what_was_taken_in_there() {
    within(async {
        let store = MemoryStore::new();
        let machine = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options());
        let (handle, mut turns) = driven(&machine).await;
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        let run = turn.run.run;
        assert_eq!(handle.load_boundary_receipt(run, 1).await.unwrap(), None);
        handle.accept_input(Submission::prompt("b").lane(Lane::Steer)).await.unwrap();
        turn.boundary().await;
        turn.boundary().await;
        let (_, done) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        turn.complete("");
        turns.next().await.fail(ExecutorError::fatal("no"));
        done.await;
        drop(machine);
        let machine = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let load = async |run, boundary| machine.load_boundary_receipt(&id("s"), run, boundary).await.unwrap();
        let mut digests = Vec::new();
        for (boundary, inputs) in [(1, vec![input(1)]), (2, vec![input(2)]), (3, vec![])] {
            let receipt = load(run, boundary).await.unwrap();
            assert_eq!((receipt.run, receipt.boundary, receipt.inputs), (run, boundary, inputs));
            digests.push(receipt.digest);
        }
        digests.dedup();
        assert_eq!(digests.len(), 3);
        assert_eq!(load(run, 4).await, None);
        assert_eq!(load(RunId::from_number(2), 1).await, None, "a run that failed did not reach its end");
    })
    .await;
}

#[tokio::test]
async fn the_receipts_of_old_runs_make_room() {
    within(async {
        let machine = machine();
        let handle = machine.ensure_session_with_executor(&id("s"), Arc::new(Echo)).await.unwrap().handle().clone();
        for _ in 0..=RECEIPT_RUNS {
            handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap().1.await;
        }
        for (run, kept) in [(1, false), (2, true), (RECEIPT_RUNS + 1, true)] {
            let receipt = handle.load_boundary_receipt(RunId::from_number(run), 1).await.unwrap();
            assert_eq!(receipt.is_some(), kept, "{run}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_receipt_is_as_durable_as_its_boundary() {
    within(async {
        for (fault, kept) in [(Fault::DeadBefore, false), (Fault::DeadBehind, true)] {
            let store = MemoryStore::new();
            // 1 registers, 2 and 3 attach, 4 accepts and starts, 5 is the boundary.
            let machine = MeerkatMachine::persistent(Faulty::new(store.clone(), 5, fault)).with_options(options());
            let (handle, mut turns) = driven(&machine).await;
            handle.status().await.unwrap();
            handle.accept_input(Submission::prompt("a")).await.unwrap();
            let turn = turns.next().await;
            turn.boundary().await;
            drop(machine);
            let machine = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
            let receipt = machine.load_boundary_receipt(&id("s"), turn.run.run, 1).await.unwrap();
            assert_eq!(receipt.is_some(), kept);
            let (handle, report) = machine.recover(&id("s")).await.unwrap();
            assert_eq!((report.returned, report.waiting), (vec![input(1)], 1));
            handle.attach(Arc::new(Echo)).await.unwrap();
            handle.completion(input(1)).await.unwrap().await;
            let second = handle.load_boundary_receipt(RunId::from_number(2), 1).await.unwrap().unwrap();
            assert_eq!(second.inputs, [input(1)]);
        }
    })
    .await;
}

#[tokio::test]
async fn recovering_a_registered_session_drains_it_first() {
    within(async {
        let machine = machine();
        let (stale, mut turns) = driven(&machine).await;
        let (_, completion) = stale.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        let (fresh, report) = machine.recover(&id("s")).await.unwrap();
        assert!(turn.cancellation.is_cancelled());
        assert!(matches!(completion.await, InputOutcome::Interrupted { .. }));
        assert_eq!(stale.status().await.unwrap_err().code(), "runtime.session_gone");
        assert_eq!((report.waiting, report.returned.len(), report.abandoned.len()), (1, 0, 0));
        assert!(report.steps > 3 && report.machine_inputs > report.steps);
        assert_eq!(fresh.recovery().await.unwrap(), report);
        assert_eq!(machine.recover(&id("new")).await.unwrap().1, Default::default());
    })
    .await;
}

/// What is done to the file, and how the session is opened then: with these quarantined rows, or not at all.
type Damage = (&'static str, Result<&'static [(u64, &'static str)], &'static str>);

/// The session "s" has: a waiting input 1, an input 2 with the part 3, a settled input 4. Of "t" there is a snapshot.
const DAMAGES: &[Damage] = &[
    ("SELECT 1", Ok(&[])),
    ("UPDATE journal SET entry = x'' WHERE position = 1", Err("recovery.entry_unreadable")),
    ("UPDATE journal SET entry = x'5b' WHERE position = 1", Err("recovery.entry_unreadable")),
    ("UPDATE journal SET entry = CAST('{\"names\":[]}' AS BLOB) WHERE position = 1", Err("recovery.entry_unreadable")),
    ("UPDATE journal SET entry = CAST('[\"Recovery\"]' AS BLOB) WHERE position = 1", Err("recovery.entry_unreadable")),
    (
        "UPDATE journal SET entry = (SELECT entry FROM journal WHERE position = 0 LIMIT 1) WHERE position = 1",
        Err("recovery.entry_refused"),
    ),
    (
        "UPDATE journal SET entry = CAST('{\"names\":[[\"Tool\",\"\"]],\"inputs\":[]}' AS BLOB) WHERE position = 1",
        Err("recovery.name_invalid"),
    ),
    (
        "UPDATE journal SET entry = CAST('{\"names\":[[\"Tool\",\"a\"],[\"Tool\",\"a\"]],\"inputs\":[]}' AS BLOB)
         WHERE position = 1",
        Err("recovery.name_invalid"),
    ),
    ("DELETE FROM journal WHERE position = 1", Err("runtime.store")),
    ("DELETE FROM journal", Err("runtime.store")),
    ("UPDATE snapshots SET state = x'00'", Err("recovery.snapshot_unreadable")),
    ("UPDATE snapshots SET position = position + 1", Ok(&[])),
    ("UPDATE snapshots SET position = 9223372036854775807", Err("runtime.store")),
    (
        "UPDATE snapshots SET state = CAST(replace(CAST(state AS TEXT), '\"last_input\":4', '\"last_input\":1') AS BLOB)",
        Err("recovery.snapshot_invalid"),
    ),
    ("UPDATE inputs SET payload = x'ff' WHERE number = 1", Ok(&[(1, "recovery.content_unreadable")])),
    ("UPDATE inputs SET payload = x'ff' WHERE number = 3", Ok(&[(2, "recovery.part_unreadable")])),
    ("UPDATE inputs SET payload = x'ff' WHERE number = 4", Ok(&[])),
    ("DELETE FROM inputs WHERE number = 1", Ok(&[(1, "recovery.content_missing")])),
    ("DELETE FROM inputs WHERE number = 3", Ok(&[(2, "recovery.part_unreadable")])),
    (
        "DELETE FROM inputs",
        Ok(&[(1, "recovery.content_missing"), (2, "recovery.content_missing"), (2, "recovery.part_unreadable")]),
    ),
    ("UPDATE inputs SET number = 9 WHERE number = 1", Ok(&[(1, "recovery.content_missing")])),
    ("UPDATE inputs SET digest = x'00' WHERE number = 1", Err("runtime.store")),
    ("DELETE FROM unsettled WHERE number = 1", Ok(&[(1, "recovery.content_missing")])),
    ("INSERT INTO unsettled SELECT session, 4 FROM unsettled WHERE number = 1", Ok(&[(4, "recovery.row_unexpected")])),
    (
        "INSERT INTO inputs SELECT session, 9, NULL, digest, payload FROM inputs WHERE number = 1;
         INSERT INTO unsettled SELECT session, 9 FROM inputs WHERE number = 9",
        Err("recovery.content_unexpected"),
    ),
    ("DELETE FROM outcomes", Ok(&[])),
    ("UPDATE outcomes SET outcome = x'00'", Ok(&[])),
    ("UPDATE receipts SET inputs = 'x'", Ok(&[])),
];

async fn sqlite(path: &std::path::Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(path, SqliteOptions::default()).await.unwrap())
}

/// Fills a file with one damaged and one well session, and damages the first with SQL.
async fn prepare(path: &std::path::Path, damage: &str) {
    let store = sqlite(path).await;
    let snapshot_interval = if damage.contains("snapshots") { 0 } else { 1_000 };
    let options = RuntimeOptions { snapshot_interval, ..options() };
    let machine = MeerkatMachine::persistent(store.clone()).with_options(options);
    let handle = machine.register_session(&id("s")).await.unwrap();
    for number in 1..=4 {
        let submission = Submission::prompt("text").idempotency_key(format!("key {number}"));
        let submission = if number == 3 { submission.coalescing_into(input(2)) } else { submission };
        handle.accept_input(submission).await.unwrap();
    }
    handle.withdraw(input(4)).await.unwrap();
    machine.shutdown(std::time::Duration::ZERO).await;
    store.close().await.unwrap();
    rusqlite::Connection::open(path).unwrap().execute_batch(damage).unwrap();
    let store = sqlite(path).await;
    let machine = MeerkatMachine::persistent(store.clone());
    machine.register_session(&id("well")).await.unwrap();
    machine.shutdown(std::time::Duration::ZERO).await;
    store.close().await.unwrap();
}

/// Whoever gave an input hears of it, whatever its row looks like.
async fn everybody_is_told(machine: &MeerkatMachine) {
    let handle = machine.register_session(&id("s")).await.unwrap();
    handle.attach(Arc::new(Echo)).await.unwrap();
    for number in 1..=4 {
        let submission = Submission::prompt("text").idempotency_key(format!("key {number}"));
        let submission = if number == 3 { submission.coalescing_into(input(2)) } else { submission };
        if let Ok((_, completion)) = handle.accept_input_with_completion(submission).await {
            completion.await;
        }
        drop(handle.input_state(input(number)).await);
    }
    let (receipt, last) = handle.accept_input_with_completion(Submission::prompt("new")).await.unwrap();
    assert!(matches!(last.await, InputOutcome::Consumed { .. }));
    assert!(matches!(handle.input_state(receipt.input).await.unwrap(), InputStatus::Settled(_)));
}

#[tokio::test]
async fn every_damage_has_an_outcome_and_harms_no_other_session() {
    within(async {
        let directory = tempfile::tempdir().unwrap();
        for (number, (damage, wanted)) in DAMAGES.iter().enumerate() {
            let path = directory.path().join(format!("{number}.sqlite"));
            prepare(&path, damage).await;
            let store = sqlite(&path).await;
            let machine = MeerkatMachine::persistent(store.clone()).with_options(options());
            match (machine.recover(&id("s")).await, wanted) {
                (Ok((_, report)), Ok(wanted)) => {
                    let rows = report.quarantined.iter().map(|row| (row.input.number(), row.reason.code()));
                    assert_eq!(&rows.collect::<Vec<_>>(), wanted, "{damage}");
                    let unreadable = |(_, reason): &&_| *reason == AbandonReason::Unreadable;
                    let abandoned = report.abandoned.iter().filter(unreadable).count();
                    let stray = wanted.iter().filter(|(_, reason)| *reason == "recovery.row_unexpected").count();
                    let inputs: BTreeSet<_> = wanted.iter().map(|(input, _)| input).collect();
                    assert_eq!(abandoned + stray, inputs.len(), "{damage}");
                    everybody_is_told(&machine).await;
                }
                (Err(error), Err(wanted)) => assert_eq!(error.code(), *wanted, "{damage}"),
                (given, wanted) => panic!("{damage}: {given:?} in place of {wanted:?}"),
            }
            let (well, report) = machine.recover(&id("well")).await.unwrap();
            assert!(report.quarantined.is_empty());
            well.accept_input(Submission::prompt("a")).await.unwrap();
            machine.shutdown(std::time::Duration::ZERO).await;
            store.close().await.unwrap();
        }
    })
    .await;
}
