//! The end of a store, and what its group commits look like from outside.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::path::Path;
use std::sync::Arc;

use meerkat_runtime::SessionId;
use meerkat_runtime::store::{AdmittedInput, Commit, RuntimeStore, SettledInput, SqliteOptions, SqliteStore};

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, SqliteOptions::default()).await.unwrap()
}

fn session(name: &str) -> SessionId {
    SessionId::new(name).unwrap()
}

#[tokio::test]
async fn a_dropped_store_frees_its_file_and_keeps_what_was_asked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    for position in 0..20 {
        let store = open(&path).await;
        // The future is dropped after it sent its commit and before it could hear of it.
        let mut commit = store.commit(Commit::new(session("a"), position, vec![1]));
        let polled = std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context).is_ready()));
        polled.await;
        drop(commit);
        drop(store);
    }
    let stored = open(&path).await.load(&session("a")).await.unwrap().unwrap();
    assert_eq!(stored.next_position, 20);
}

#[tokio::test]
async fn a_closed_store_leaves_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    let store = open(&path).await;
    store.commit(Commit::new(session("a"), 0, vec![1])).await.unwrap();
    let (first, second) = tokio::join!(store.close(), store.close());
    first.unwrap();
    second.unwrap();
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [path]);
}

#[tokio::test]
async fn waiting_sessions_share_a_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("store.sqlite")).await);
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for position in 0..20 {
                    store.commit(Commit::new(session(&format!("{number}")), position, vec![1; 50])).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let statistics = store.statistics();
    assert_eq!((statistics.commits, statistics.failures), (64 * 20, 0));
    assert!(statistics.groups < statistics.commits / 4, "{statistics:?}");
    assert!(statistics.largest_group > 4, "{statistics:?}");
}

#[tokio::test]
async fn a_reader_sees_what_was_committed_before_it_asked() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("store.sqlite")).await;
    for position in 0..50 {
        let mut commit = Commit::new(session("a"), position, vec![1]);
        let input = AdmittedInput { number: position, idempotency_key: None, digest: [0; 32], payload: vec![].into() };
        commit.admitted.push(input);
        commit.settled.push(SettledInput { number: position, outcome: vec![].into() });
        store.commit(commit).await.unwrap();
        assert_eq!(store.load(&session("a")).await.unwrap().unwrap().next_position, position + 1);
        assert!(store.input(&session("a"), position).await.unwrap().unwrap().outcome.is_some());
    }
}
