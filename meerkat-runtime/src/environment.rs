//! What all sessions of one runtime share.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::RuntimeStore;
use crate::{RuntimeError, RuntimeEvent, RuntimeOptions};

pub(crate) struct Environment {
    pub(crate) store: Arc<dyn RuntimeStore>,
    pub(crate) options: RuntimeOptions,
    pub(crate) events: broadcast::Sender<RuntimeEvent>,
    pub(crate) counters: Counters,
    /// Every owner task, so that a shutdown can await them.
    pub(crate) tracker: TaskTracker,
    /// Cancelled when the runtime is dropped without a shutdown.
    pub(crate) dropped: CancellationToken,
    tokio: OnceLock<Handle>,
}

/// Sums over all sessions.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) accepted: AtomicU64,
    pub(crate) settled: AtomicU64,
    pub(crate) runs: AtomicU64,
    pub(crate) steps: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}

impl Environment {
    pub(crate) fn new(store: Arc<dyn RuntimeStore>, options: RuntimeOptions) -> Self {
        // The channel needs room for one event at least.
        let (events, _) = broadcast::channel(options.event_capacity.max(1));
        Self {
            store,
            options,
            events,
            counters: Counters::default(),
            tracker: TaskTracker::new(),
            dropped: CancellationToken::new(),
            tokio: OnceLock::new(),
        }
    }

    /// Remembers the tokio runtime that the caller runs on, for all sessions. Later calls may come from anywhere, a
    /// destructor on a foreign thread included.
    pub(crate) fn settle_in(&self) -> Result<(), RuntimeError> {
        if self.tokio.get().is_none() {
            let handle = Handle::try_current().map_err(|_| RuntimeError::NoTokio)?;
            self.tokio.get_or_init(|| handle);
        }
        Ok(())
    }

    /// Runs an owner task. No session exists before `settle_in`, so there is always a tokio runtime.
    pub(crate) fn spawn(&self, owner: impl Future<Output = ()> + Send + 'static) {
        if let Some(handle) = self.tokio.get() {
            // The tracker awaits it: see `MeerkatMachine::shutdown`.
            drop(self.tracker.spawn_on(owner, handle));
        }
    }

    /// Runs a task that its owner joins. A shutdown awaits it as well.
    pub(crate) fn spawn_joined(&self, task: impl Future<Output = ()> + Send + 'static) -> Option<JoinHandle<()>> {
        Some(self.tracker.spawn_on(task, self.tokio.get()?))
    }

    /// How long a run may take that was told to end.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.options.cancel_grace_ms)
    }

    pub(crate) fn announce(&self, event: impl FnOnce() -> RuntimeEvent) {
        if self.events.receiver_count() > 0 {
            // An error says that the last subscriber has just gone.
            drop(self.events.send(event()));
        }
    }
}
