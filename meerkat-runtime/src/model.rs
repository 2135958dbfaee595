//! The host's side of a change of the model.

use std::sync::Arc;

use async_trait::async_trait;
use machine_spec::session::{Capability, HostStep, ReconfigurationId};

use crate::SessionId;

/// A model, by the host's name, and what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The model.
    pub model: Arc<str>,
    /// What it can do.
    pub capability: Capability,
}

/// What the host does to change the model of a session. One call at a time per session, on a task of its own, and never
/// while a run is current, [`resolve_capability`](Self::resolve_capability) excepted.
///
/// A call that takes longer than
/// [`RuntimeOptions::model_step_timeout_ms`](crate::RuntimeOptions::model_step_timeout_ms), or whose change ends
/// meanwhile because the executor goes away, is dropped at its next await, and joined before another call begins. It
/// must not block its thread. A panic counts as a failure.
#[async_trait]
pub trait ModelHost: Send + Sync + 'static {
    /// Looks up what the model can do. The executor is not touched.
    ///
    /// # Errors
    ///
    /// If that is unknown: the change ends, and nothing has changed.
    async fn resolve_capability(&self, session: &SessionId, model: &str) -> Result<Capability, ModelHostError>;

    /// Gives the executor the new identity.
    ///
    /// # Errors
    ///
    /// If it did not, or not all of it: the current identity is restored.
    async fn apply_identity(&self, session: &SessionId, identity: &ModelIdentity) -> Result<(), ModelHostError>;

    /// Shows the executor the tools of the new identity.
    ///
    /// # Errors
    ///
    /// If it did not, or not all of them: the current identity is restored.
    async fn apply_visibility(&self, session: &SessionId, identity: &ModelIdentity) -> Result<(), ModelHostError>;

    /// Keeps the new identity wherever the host keeps it besides. The last thing before the change is committed; the
    /// session's own store has the identity in any case.
    ///
    /// # Errors
    ///
    /// If it was not kept: the current identity is restored.
    async fn persist(&self, _session: &SessionId, _identity: &ModelIdentity) -> Result<(), ModelHostError> {
        Ok(())
    }

    /// Gives the executor, and whatever else the calls before have changed, the current identity back, with its tools.
    /// Without a current identity: that which the executor was bound with.
    ///
    /// # Errors
    ///
    /// If it did not. Then the session runs nothing until a later try succeeds, or the executor goes.
    async fn restore(&self, session: &SessionId, current: Option<&ModelIdentity>) -> Result<(), ModelHostError>;
}

/// Why the host did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ModelHostError {
    /// What went wrong, in the host's words.
    pub message: Arc<str>,
    /// How it came out.
    pub kind: ModelHostErrorKind,
}

/// How it came out that the host did not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelHostErrorKind {
    /// The host said so.
    Failed,
    /// The host panicked.
    Panicked,
    /// The host did not answer in time.
    TimedOut,
    /// There is no host to ask.
    Missing,
}

impl ModelHostError {
    /// The host could not do it.
    #[must_use]
    pub fn failed(message: impl Into<Arc<str>>) -> Self {
        Self { message: message.into(), kind: ModelHostErrorKind::Failed }
    }

    pub(crate) fn of(message: &str, kind: ModelHostErrorKind) -> Self {
        Self { message: message.into(), kind }
    }

    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            ModelHostErrorKind::Failed => "model_host.failed",
            ModelHostErrorKind::Panicked => "model_host.panicked",
            ModelHostErrorKind::TimedOut => "model_host.timed_out",
            ModelHostErrorKind::Missing => "model_host.missing",
        }
    }
}

/// How a change of the model ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the model may not have changed"]
pub enum Reconfigured {
    /// The session runs with the new identity.
    Committed {
        /// The new identity.
        identity: ModelIdentity,
    },
    /// The host does not know what the model can do. The executor was not touched.
    Unresolved {
        /// What the host said.
        failure: Option<ModelHostError>,
    },
    /// A step failed, and the executor has the current identity back.
    RolledBack {
        /// What the host said.
        failure: Option<ModelHostError>,
    },
    /// A step failed, and the executor could not be given the current identity back. The session runs nothing until
    /// [`Model::retry_restore`](crate::Model::retry_restore) succeeds, or the executor goes.
    Astray {
        /// What the host said to the latest try.
        failure: Option<ModelHostError>,
    },
    /// The change was given up, or the executor went away.
    Abandoned,
}

/// Which live transport the session's model allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealtimeTransport {
    /// The model can hold a realtime attachment.
    Capable,
    /// It cannot.
    Incapable,
    /// It is not known which model the session has: as if it could not.
    Unresolved,
}

impl RealtimeTransport {
    /// Whether a realtime attachment may be opened. Not as long as that is unknown.
    #[must_use]
    pub fn is_capable(self) -> bool {
        self == Self::Capable
    }
}

/// What the host is to do now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HostAsk {
    Resolve { change: ReconfigurationId, model: Arc<str> },
    Take { change: ReconfigurationId, step: HostStep, identity: Option<ModelIdentity> },
}

/// What the host said to that.
#[derive(Debug)]
pub(crate) enum HostAnswer {
    Resolved(Capability),
    Done,
}

impl HostAsk {
    /// Asks the host.
    pub(crate) async fn put_to(self, host: &dyn ModelHost, session: &SessionId) -> Result<HostAnswer, ModelHostError> {
        let identity = match self {
            Self::Resolve { model, .. } => {
                return host.resolve_capability(session, &model).await.map(HostAnswer::Resolved);
            }
            Self::Take { step: HostStep::Restore, identity, .. } => {
                return host.restore(session, identity.as_ref()).await.map(|()| HostAnswer::Done);
            }
            Self::Take { step, identity, .. } => identity.map(|identity| (step, identity)),
        };
        match identity {
            Some((HostStep::Visibility, identity)) => {
                host.apply_visibility(session, &identity).await?;
                host.persist(session, &identity).await?;
            }
            Some((_, identity)) => host.apply_identity(session, &identity).await?,
            None => return Err(ModelHostError::of("nothing is proposed", ModelHostErrorKind::Missing)),
        }
        Ok(HostAnswer::Done)
    }
}
