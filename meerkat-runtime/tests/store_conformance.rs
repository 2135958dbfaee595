//! Both stores pass the suite that any store must pass, and the suite notices stores that do not.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::sync::Mutex;

use meerkat_runtime::store::conformance::{self, Violation};
use meerkat_runtime::store::{MemoryStore, SqliteOptions, SqliteStore};

#[tokio::test]
async fn the_memory_store_conforms() {
    let stores = Mutex::new(std::collections::BTreeMap::<&str, MemoryStore>::new());
    // A closed store in memory is opened again on what it held.
    let open = async |name| Ok(stores.lock().unwrap().entry(name).or_default().reopen());
    conformance::run_durable(open).await.unwrap();
}

#[tokio::test]
async fn the_sqlite_store_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        SqliteStore::open(directory.path().join(format!("{name}.sqlite")), SqliteOptions::default()).await
    };
    conformance::run_durable(open).await.unwrap();
}

#[tokio::test]
async fn the_suite_notices_a_store_that_forgets() {
    let outcome = conformance::run_durable(async |_| Ok(MemoryStore::new())).await;
    assert!(matches!(outcome, Err(Violation::Rule { .. })), "{outcome:?}");
}
