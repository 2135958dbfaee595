//! Sessions in one SQLite file.
//!
//! One thread per store owns the only connection; nothing else touches the file, not even another process. Callers send
//! it requests and wait without blocking their own thread. The design is for one process with many sessions: commits of
//! all sessions that wait at the same time share one wait for the disk.

mod fault;
mod known;
mod open;
mod read;
mod schema;
mod step;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use self::read::Reader;
use self::writer::{Counters, Request, Waiting, Writer, answer};
use super::{Commit, RuntimeStore, StoreError, StoreStatistics, StoredInput, StoredReceipt, StoredSession};
use crate::SessionId;

/// How to open a [`SqliteStore`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// The size that the main file may reach; commits that need more fail with [`StoreError::DiskFull`]. A file that is
    /// larger already keeps its size. The log beside it comes on top, mostly up to 64 MiB.
    pub max_bytes: Option<u64>,
}

impl SqliteOptions {
    /// Sets the size that the main file may reach.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = Some(max_bytes);
        self
    }
}

/// A store in a SQLite file, durable at each commit (write-ahead log, `synchronous = FULL`).
///
/// Dropping it does what [`close`](RuntimeStore::close) does: it blocks until what was asked is written and the file is
/// free, which takes as long as the disk takes. The thread it waits for never waits for an async runtime, so this cannot
/// hang one; still, async code does better to close first, which waits without blocking.
#[derive(Debug)]
pub struct SqliteStore {
    /// None only while the store is dropped.
    requests: Option<mpsc::UnboundedSender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    closed: AtomicBool,
    counters: Arc<Counters>,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the store in this file, or makes one if there is no file or an empty one.
    ///
    /// # Errors
    ///
    /// If the file is something else or a newer program's store, is in use, cannot be written, is damaged, or has no
    /// directory or no room. Nothing that is not a store is changed.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        let path = open::absolute(path.as_ref())?;
        let counters = Arc::new(Counters::default());
        let (sender, requests) = mpsc::unbounded_channel();
        let (reply, opened) = oneshot::channel();
        let (file, counted) = (path.clone(), Arc::clone(&counters));
        let thread = std::thread::Builder::new().name("meerkat-store".to_owned());
        let thread = thread.spawn(move || match open::open(&file, &options) {
            Ok(connection) => {
                answer(reply, Ok(()));
                Writer::new(connection, file, counted).serve(requests);
            }
            Err(error) => answer(reply, Err(error)),
        });
        let thread = thread.map_err(|error| backend(&path, error))?;
        let closed = AtomicBool::new(false);
        let store = Self { requests: Some(sender), thread: Mutex::new(Some(thread)), closed, counters, path };
        store.wait(opened).await?;
        Ok(store)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Request::Read(Box::new(move |reader| answer(reply, read(reader)))))?;
        self.wait(answered).await
    }

    fn send(&self, request: Request) -> Result<(), StoreError> {
        let sent = self.requests.as_ref().is_some_and(|requests| requests.send(request).is_ok());
        if sent { Ok(()) } else { Err(self.gone()) }
    }

    async fn wait<T>(&self, answered: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
        answered.await.unwrap_or_else(|_| Err(self.gone()))
    }

    /// The thread does not take requests any more: it was closed, or it panicked.
    fn gone(&self) -> StoreError {
        if self.closed.load(Ordering::Acquire) {
            return StoreError::Closed;
        }
        backend(&self.path, "the thread that writes the store has ended")
    }

    /// Waits for the end of the thread. Once it has no requests left to take, that is a matter of microseconds.
    fn join(&self) {
        // The handle is taken in one step: a panic elsewhere cannot leave it half taken.
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!(path = %self.path.display(), "the thread that writes the store panicked");
        }
    }
}

fn backend(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Backend { place: path.display().to_string(), source: source.into() }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.requests = None;
        self.join();
    }
}

#[async_trait]
impl RuntimeStore for SqliteStore {
    async fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let session = session.clone();
        self.read(move |reader| reader.load(&session)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Request::Commit(Waiting { commit, reply }))?;
        self.wait(answered).await
    }

    async fn find_by_key(
        &self,
        session: &SessionId,
        keys: Vec<Arc<str>>,
    ) -> Result<Vec<Option<StoredInput>>, StoreError> {
        let session = session.clone();
        self.read(move |reader| reader.find_by_key(&session, &keys)).await
    }

    async fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError> {
        let session = session.clone();
        self.read(move |reader| reader.input(&session, number)).await
    }

    async fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError> {
        let session = session.clone();
        self.read(move |reader| reader.inputs(&session, after, limit)).await
    }

    async fn receipt(&self, session: &SessionId, run: u64, boundary: u64) -> Result<Option<StoredReceipt>, StoreError> {
        let session = session.clone();
        self.read(move |reader| reader.receipt(&session, run, boundary)).await
    }

    async fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        let after = after.cloned();
        self.read(move |reader| reader.sessions(after.as_ref(), limit)).await
    }

    fn statistics(&self) -> StoreStatistics {
        self.counters.statistics()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.closed.store(true, Ordering::Release);
        let (reply, answered) = oneshot::channel();
        let closed = match self.send(Request::Close(reply)) {
            Ok(()) => self.wait(answered).await,
            Err(error) => Err(error),
        };
        self.join();
        match closed {
            // Somebody else closed it, which is what was asked for.
            Err(StoreError::Closed) => Ok(()),
            closed => closed,
        }
    }
}
