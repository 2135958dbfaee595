//! Random steps, good and bad, against a model of a few lines: both stores must agree with it, and the one in SQLite
//! also after it was closed and opened again.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::collections::BTreeMap;
use std::sync::Arc;

use meerkat_runtime::SessionId;
use meerkat_runtime::store::{
    AdmittedInput, Commit, JournalRow, MemoryStore, RECEIPT_BOUNDARIES, RECEIPT_RUNS, RuntimeStore, SettledInput,
    SqliteOptions, SqliteStore, StoreError, StoredInput, StoredReceipt, StoredSession, StoredSnapshot,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

#[derive(Clone, Debug)]
enum Action {
    /// Commits made at the same time, so that they may share a transaction.
    Commit(Vec<Step>),
    Reopen,
}

#[derive(Clone, Debug)]
struct Step {
    session: u8,
    /// How far from the next position; mostly 0.
    offset: u64,
    entry: Vec<u8>,
    snapshot: Option<Vec<u8>>,
    admitted: Vec<(u64, Option<u8>)>,
    settled: Vec<u64>,
    receipts: Vec<(u64, u64)>,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    // Few numbers and keys, so that duplicates and settled ones are hit often.
    let admitted = prop::collection::vec((0..24_u64, prop::option::of(0..16_u8)), 0..3);
    let settled = prop::collection::vec(0..24_u64, 0..3);
    let offset = prop_oneof![12 => Just(0), 1 => Just(1_u64), 1 => Just(u64::MAX)];
    // Enough runs and boundaries that old ones are forgotten.
    let receipts = prop::collection::vec((0..40_u64, 0..600_u64), 0..3);
    (0..3_u8, offset, bytes(), prop::option::weighted(0.2, bytes()), admitted, settled, receipts).prop_map(
        |(session, offset, entry, snapshot, admitted, settled, receipts)| Step {
            session,
            offset,
            entry,
            snapshot,
            admitted,
            settled,
            receipts,
        },
    )
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let commit = prop::collection::vec(step(), 1..5).prop_map(Action::Commit);
    prop::collection::vec(prop_oneof![12 => commit, 1 => Just(Action::Reopen)], 1..40)
}

fn session(number: u8) -> SessionId {
    SessionId::new(format!("session {number}")).unwrap()
}

#[derive(Clone, Debug, Default)]
struct Model {
    sessions: BTreeMap<SessionId, (StoredSession, BTreeMap<u64, StoredInput>)>,
    receipts: BTreeMap<SessionId, Vec<StoredReceipt>>,
}

impl Model {
    fn next_position(&self, session: &SessionId) -> u64 {
        self.sessions.get(session).map_or(0, |(stored, _)| stored.next_position)
    }

    /// Takes the step on a copy, and keeps the copy if all went well.
    fn commit(&mut self, commit: &Commit) -> Result<(), &'static str> {
        if commit.position != self.next_position(&commit.session) {
            return Err("store.fenced");
        }
        let empty = StoredSession { next_position: 0, snapshot: None, journal: vec![], unsettled: vec![] };
        let (mut stored, mut inputs) =
            self.sessions.get(&commit.session).cloned().unwrap_or_else(|| (empty, BTreeMap::new()));
        for admitted in &commit.admitted {
            admit(&mut inputs, admitted)?;
        }
        for settled in &commit.settled {
            let input = inputs.get_mut(&settled.number).ok_or("store.unknown_input")?;
            if input.outcome.replace(Arc::clone(&settled.outcome)).is_some() {
                return Err("store.already_settled");
            }
        }
        stored.next_position += 1;
        stored.journal.push(JournalRow { position: commit.position, entry: commit.entry.clone() });
        if let Some(state) = &commit.snapshot {
            stored.journal.clear();
            stored.snapshot = Some(StoredSnapshot { position: commit.position, state: state.clone() });
        }
        stored.unsettled = inputs.values().filter(|input| input.outcome.is_none()).cloned().collect();
        self.sessions.insert(commit.session.clone(), (stored, inputs));
        let kept = self.receipts.entry(commit.session.clone()).or_default();
        for new in &commit.receipts {
            kept.retain(|old| old.run + RECEIPT_RUNS > new.run);
            kept.retain(|old| old.run != new.run || old.boundary + RECEIPT_BOUNDARIES > new.boundary);
            kept.retain(|old| (old.run, old.boundary) != (new.run, new.boundary));
            kept.push(new.clone());
        }
        Ok(())
    }
}

fn admit(inputs: &mut BTreeMap<u64, StoredInput>, input: &AdmittedInput) -> Result<(), &'static str> {
    let AdmittedInput { number, idempotency_key, digest, payload } = input.clone();
    if inputs.contains_key(&number) {
        return Err("store.duplicate_input");
    }
    if idempotency_key.is_some() && inputs.values().any(|other| other.idempotency_key == idempotency_key) {
        return Err("store.duplicate_key");
    }
    inputs.insert(number, StoredInput { number, idempotency_key, digest, payload, outcome: None });
    Ok(())
}

fn commit(step: &Step, next_position: u64) -> Commit {
    let admitted = |&(number, key): &(u64, Option<u8>)| AdmittedInput {
        number,
        idempotency_key: key.map(|key| format!("key {key}").into()),
        digest: [step.session; 32],
        payload: step.entry.as_slice().into(),
    };
    let settled = |&number: &u64| SettledInput { number, outcome: step.entry.as_slice().into() };
    let receipt = |&(run, boundary): &(u64, u64)| StoredReceipt {
        run,
        boundary,
        inputs: step.settled.clone(),
        digest: [step.session; 32],
    };
    Commit {
        session: session(step.session),
        position: next_position.wrapping_add(step.offset),
        entry: step.entry.clone(),
        snapshot: step.snapshot.clone(),
        admitted: step.admitted.iter().map(admitted).collect(),
        settled: step.settled.iter().map(settled).collect(),
        receipts: step.receipts.iter().map(receipt).collect(),
    }
}

/// Commits of one action are sent in order and answered together.
async fn commit_all(store: &dyn RuntimeStore, model: &mut Model, steps: &[Step]) -> TestCaseResult {
    let mut wanted = Vec::new();
    let mut sent = Vec::new();
    for step in steps {
        let commit = commit(step, model.next_position(&session(step.session)));
        wanted.push(model.commit(&commit));
        sent.push(store.commit(commit));
    }
    let given = join(sent).await;
    let given: Vec<Result<(), &str>> =
        given.iter().map(|outcome| outcome.as_ref().copied().map_err(StoreError::code)).collect();
    prop_assert_eq!(given, wanted);
    Ok(())
}

/// Polls all in their order before it waits for the first, so that they reach the store together.
async fn join<T>(futures: Vec<impl Future<Output = T> + Unpin>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = std::pin::Pin::new(future).poll(context)
            {
                *output = Some(ready);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;
    futures.into_iter().filter_map(|(_, output)| output).collect()
}

async fn compare(store: &dyn RuntimeStore, model: &Model) -> TestCaseResult {
    let names: Vec<_> = model.sessions.keys().cloned().collect();
    prop_assert_eq!(store.sessions(None, 100).await.unwrap(), names);
    for number in 0..3 {
        let id = session(number);
        let wanted = model.sessions.get(&id);
        let loaded = store.load(&id).await.unwrap();
        prop_assert_eq!(loaded.as_ref(), wanted.map(|(stored, _)| stored));
        let inputs: Vec<_> = wanted.map(|(_, inputs)| inputs.values().cloned().collect()).unwrap_or_default();
        prop_assert_eq!(&store.inputs(&id, None, 100).await.unwrap(), &inputs);
        for key in (0..16).map(|key| Arc::from(format!("key {key}"))) {
            let by_key = inputs.iter().find(|input| input.idempotency_key.as_ref() == Some(&key));
            let found = store.find_by_key(&id, vec![Arc::clone(&key)]).await.unwrap();
            prop_assert_eq!(found, vec![by_key.cloned()]);
        }
        let receipts = model.receipts.get(&id).into_iter().flatten();
        for receipt in receipts {
            let found = store.receipt(&id, receipt.run, receipt.boundary).await.unwrap();
            prop_assert_eq!(found.as_ref(), Some(receipt));
        }
    }
    Ok(())
}

/// Receipts that the steps brought and the model has forgotten.
async fn forgotten(store: &dyn RuntimeStore, model: &Model, steps: &[Step]) -> TestCaseResult {
    for step in steps {
        let id = session(step.session);
        for &(run, boundary) in &step.receipts {
            let mut kept = model.receipts.get(&id).into_iter().flatten();
            let kept = kept.any(|receipt| (receipt.run, receipt.boundary) == (run, boundary));
            prop_assert_eq!(store.receipt(&id, run, boundary).await.unwrap().is_some(), kept);
        }
    }
    Ok(())
}

async fn follow<S: RuntimeStore>(open: impl AsyncFn() -> S, actions: Vec<Action>) -> TestCaseResult {
    let mut store = open().await;
    let mut model = Model::default();
    for action in actions {
        match action {
            Action::Commit(steps) => {
                commit_all(&store, &mut model, &steps).await?;
                forgotten(&store, &model, &steps).await?;
            }
            Action::Reopen => {
                store.close().await.unwrap();
                store = open().await;
            }
        }
        compare(&store, &model).await?;
    }
    Ok(())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_store_follows_the_model(actions in actions()) {
        let store = MemoryStore::new();
        block_on(follow(async || store.reopen(), actions))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_sqlite_store_follows_the_model(actions in actions()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        block_on(follow(async || SqliteStore::open(&path, SqliteOptions::default()).await.unwrap(), actions))?;
    }
}
