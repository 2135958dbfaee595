//! A disk that is full at any moment: each step is there as a whole or not at all, and there is a life after it.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::path::Path;
use std::sync::Arc;

use meerkat_runtime::SessionId;
use meerkat_runtime::store::{AdmittedInput, Commit, RuntimeStore, SettledInput, SqliteOptions, SqliteStore};

const PAGE_BYTES: u64 = 4096;

fn session(name: &str) -> SessionId {
    SessionId::new(name).unwrap()
}

async fn open(path: &Path, pages: Option<u64>) -> SqliteStore {
    let options =
        pages.map_or_else(SqliteOptions::default, |pages| SqliteOptions::default().with_max_bytes(pages * PAGE_BYTES));
    SqliteStore::open(path, options).await.unwrap()
}

fn step(name: &str, position: u64, payload_bytes: usize) -> Commit {
    let mut commit = Commit::new(session(name), position, vec![1; payload_bytes / 2]);
    let admitted = |number| AdmittedInput {
        number,
        idempotency_key: Some(format!("{number}").into()),
        digest: [0; 32],
        payload: vec![2; payload_bytes].into(),
    };
    commit.admitted = vec![admitted(2 * position), admitted(2 * position + 1)];
    let outcome = vec![3; payload_bytes / 3].into();
    commit.settled = vec![SettledInput { number: 2 * position, outcome }];
    commit.snapshot = (position % 3 == 2).then(|| vec![4; payload_bytes]);
    commit
}

/// Writes what fits; gives back how many steps of each session did.
async fn write_what_fits(store: &SqliteStore, names: &[&str]) -> Vec<u64> {
    let mut positions = vec![0; names.len()];
    for _ in 0..6 {
        let commit = |index: usize| store.commit(step(names[index], positions[index], 3000));
        let outcomes = tokio::join!(commit(0), commit(1), commit(2));
        for (position, outcome) in positions.iter_mut().zip([outcomes.0, outcomes.1, outcomes.2]) {
            match outcome {
                Ok(()) => *position += 1,
                Err(error) => assert_eq!(error.code(), "store.disk_full", "{error:?}"),
            }
        }
    }
    positions
}

/// Everything of the steps before `steps` is there, and nothing of a later one.
async fn holds_exactly(store: &SqliteStore, name: &str, steps: u64) {
    let stored = store.load(&session(name)).await.unwrap();
    assert_eq!(stored.as_ref().map_or(0, |stored| stored.next_position), steps);
    let inputs = store.inputs(&session(name), None, 100).await.unwrap();
    assert_eq!(inputs.len() as u64, 2 * steps);
    assert!(inputs.iter().all(|input| input.outcome.is_some() == input.number.is_multiple_of(2)));
    let Some(stored) = stored else { return };
    assert_eq!(stored.unsettled.len() as u64, steps);
    assert_eq!(stored.snapshot.map(|snapshot| snapshot.position), (steps / 3 * 3).checked_sub(1));
    assert_eq!(stored.journal.len() as u64, steps % 3);
}

#[tokio::test]
async fn at_every_size_a_step_is_whole_or_absent() {
    let names = ["a", "b", "c"];
    let (mut full, mut pages) = (0, 10);
    loop {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        open(&path, None).await.close().await.unwrap();
        let store = open(&path, Some(pages)).await;
        let positions = write_what_fits(&store, &names).await;
        store.close().await.unwrap();

        let store = open(&path, None).await;
        for (name, steps) in names.into_iter().zip(&positions) {
            holds_exactly(&store, name, *steps).await;
            // There is room again.
            store.commit(step(name, *steps, 3000)).await.unwrap();
            holds_exactly(&store, name, steps + 1).await;
        }
        if positions.iter().all(|steps| *steps == 6) {
            break;
        }
        (full, pages) = (full + 1, pages + 1);
    }
    assert!(full > 20, "only {full} sizes were too small: the test tests too little");
}

#[tokio::test]
async fn a_step_too_large_does_not_take_the_others_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("store.sqlite"), Some(64)).await);
    for round in 0..3 {
        let outcomes = tokio::join!(
            store.commit(Commit::new(session("a"), round, vec![1; 100])),
            store.commit(Commit::new(session("large"), 0, vec![1; 1_000_000])),
            store.commit(Commit::new(session("b"), round, vec![1; 100])),
        );
        outcomes.0.unwrap();
        assert_eq!(outcomes.1.unwrap_err().code(), "store.disk_full");
        outcomes.2.unwrap();
    }
    assert_eq!(store.load(&session("large")).await.unwrap(), None);
    let statistics = store.statistics();
    assert_eq!((statistics.commits, statistics.failures), (6, 3));
    store.close().await.unwrap();
}
