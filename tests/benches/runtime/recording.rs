//! What the runtime writes, so that a bare loop can write the same.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use meerkat_runtime::store::{
    Commit, MemoryStore, StoreError, StoreStatistics, StoredInput, StoredReceipt, StoredSession,
};
use meerkat_runtime::{MeerkatMachine, RuntimeStore, SessionId};
use tests::hosting::{AtOnce, Failure, open, round_trips_at_once};
use tokio::runtime::Builder;

/// The commits of one session through a number of round trips, of which so many are under way at a time.
pub(crate) fn record(trips: usize, at_once: usize) -> Result<Vec<Commit>, Failure> {
    let recorder = Arc::new(Recorder::default());
    let machine = MeerkatMachine::persistent(Arc::clone(&recorder) as Arc<dyn RuntimeStore>);
    Builder::new_current_thread().build()?.block_on(async {
        let handle = open(&machine, "s", &AtOnce::shared()).await?;
        round_trips_at_once(&vec![handle; at_once], trips / at_once).await
    })?;
    Ok(std::mem::take(&mut *recorder.commits.lock().unwrap_or_else(PoisonError::into_inner)))
}

#[derive(Default)]
struct Recorder {
    commits: Mutex<Vec<Commit>>,
    store: MemoryStore,
}

#[async_trait]
impl RuntimeStore for Recorder {
    async fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        self.store.load(session).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).push(commit.clone());
        self.store.commit(commit).await
    }

    async fn find_by_key(
        &self,
        session: &SessionId,
        keys: Vec<Arc<str>>,
    ) -> Result<Vec<Option<StoredInput>>, StoreError> {
        self.store.find_by_key(session, keys).await
    }

    async fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError> {
        self.store.input(session, number).await
    }

    async fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError> {
        self.store.inputs(session, after, limit).await
    }

    async fn receipt(&self, session: &SessionId, run: u64, boundary: u64) -> Result<Option<StoredReceipt>, StoreError> {
        self.store.receipt(session, run, boundary).await
    }

    async fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        self.store.sessions(after, limit).await
    }

    fn statistics(&self) -> StoreStatistics {
        self.store.statistics()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.store.close().await
    }
}
