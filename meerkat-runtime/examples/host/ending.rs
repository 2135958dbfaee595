//! Why the host ends before its work does.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// What made the host end early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The user asked for it.
    Interrupted,
    /// Nobody reads what it writes.
    Unheard,
    /// The agent cannot be started.
    NoAgent {
        /// Why.
        message: String,
    },
    /// The store does not work any more.
    StoreFailed {
        /// Why.
        message: String,
    },
}

/// Whether the host is to end early, and the first reason for it. Cloning it gives the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    asked: CancellationToken,
    reason: OnceLock<Reason>,
}

impl Ending {
    /// Asks the host to end. Only the first reason counts.
    pub(crate) fn ask(&self, reason: Reason) {
        self.0.reason.get_or_init(|| reason);
        self.0.asked.cancel();
    }

    /// Is ready when the host was asked to end.
    pub(crate) async fn asked(&self) {
        self.0.asked.cancelled().await;
    }

    /// The first reason.
    pub(crate) fn reason(&self) -> Option<&Reason> {
        self.0.reason.get()
    }
}
