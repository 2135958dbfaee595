//! What runs the turns of a session for the host.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use machine_spec::session::{Incarnation, InputId, Lane, RunId};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::SessionId;
use crate::cell::Cell;
use crate::command::Command;

/// Runs the turns of a session: one at a time per session, any number at once over all sessions.
///
/// ```
/// use async_trait::async_trait;
/// use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
///
/// struct Echo;
///
/// #[async_trait]
/// impl CoreExecutor for Echo {
///     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
///         Ok(RunOutput::text(&*run.inputs[0].prompt))
///     }
/// }
/// ```
#[async_trait]
pub trait CoreExecutor: Send + Sync + 'static {
    /// Executes one run, on a task of its own. A panic counts as a failure that may be tried again.
    ///
    /// A run may be executed more than once: after a failure, and after a crash. [`RunInput::attempt`] tells.
    ///
    /// # Errors
    ///
    /// Says what went wrong and whether to try the inputs again, up to the attempt limit. After a cancel was asked for,
    /// every error ends the run as cancelled.
    async fn execute(&self, run: Run, control: RunControl) -> Result<RunOutput, ExecutorError>;
}

/// The host's own way to interrupt a run, beside the run's cancellation token: to kill a process, or to close a
/// connection that the executor is blocked on.
///
/// ```
/// use meerkat_runtime::{InterruptHandle, RunId, SessionId};
///
/// struct Pager;
///
/// impl InterruptHandle for Pager {
///     fn interrupt(&self, session: &SessionId, run: RunId) {
///         println!("run {} of {session} is to end", run.number());
///     }
/// }
/// ```
pub trait InterruptHandle: Send + Sync + 'static {
    /// The run was told to end now. Called at most once per run, on a task of its own and under no lock; the run's end
    /// waits for its return, so it must not block. A panic is logged and changes nothing.
    fn interrupt(&self, session: &SessionId, run: RunId);
}

/// One execution of staged inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The session.
    pub session: SessionId,
    /// The registration that the run belongs to.
    pub incarnation: Incarnation,
    /// The run's number, never used twice in a session.
    pub run: RunId,
    /// What to run, in order of admission; at least one.
    pub inputs: Vec<RunInput>,
}

/// One input of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInput {
    /// Its number.
    pub input: InputId,
    /// Where it waited.
    pub lane: Lane,
    /// Its text.
    pub prompt: Arc<str>,
    /// The host's name for it.
    pub idempotency_key: Option<Arc<str>>,
    /// 1 for the first run that has it, 2 for the second.
    pub attempt: u32,
    /// Later inputs that became part of it, in order of admission.
    pub coalesced: Vec<CoalescedInput>,
}

/// An input that became part of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoalescedInput {
    /// Its number.
    pub input: InputId,
    /// Its text.
    pub prompt: Arc<str>,
}

/// What a run returned.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunOutput(Arc<str>);

impl RunOutput {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Nothing but the fact that the run completed.
    #[must_use]
    pub fn empty() -> Self {
        Self::text("")
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunOutput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Why a run did not complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExecutorError {
    /// What went wrong, in the executor's words. It becomes the detail of an abandoned input.
    pub message: Arc<str>,
    /// Whether the inputs are worth another run. The attempt limit holds all the same.
    pub retry: bool,
    /// How the run ended.
    pub kind: ExecutorErrorKind,
}

/// How a run ended that did not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutorErrorKind {
    /// The executor said so.
    Failed,
    /// The executor ended early because it was told to, or says so.
    Cancelled,
    /// The executor panicked.
    Panicked,
    /// The executor did not end in the time it was given, and its task was aborted.
    Aborted,
    /// The executor ended without having taken in what joined at a boundary.
    BoundaryLost,
}

impl ExecutorError {
    /// A failure that another run may get over.
    #[must_use]
    pub fn retryable(message: impl Into<Arc<str>>) -> Self {
        Self { message: message.into(), retry: true, kind: ExecutorErrorKind::Failed }
    }

    /// A failure that every further run would repeat.
    #[must_use]
    pub fn fatal(message: impl Into<Arc<str>>) -> Self {
        Self { message: message.into(), retry: false, kind: ExecutorErrorKind::Failed }
    }

    /// The run ended early because it was told to. From a run that nobody cancelled it is a failure to try again.
    #[must_use]
    pub fn cancelled() -> Self {
        Self { message: "the run was cancelled".into(), retry: true, kind: ExecutorErrorKind::Cancelled }
    }

    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            ExecutorErrorKind::Failed => "executor.failed",
            ExecutorErrorKind::Cancelled => "executor.cancelled",
            ExecutorErrorKind::Panicked => "executor.panicked",
            ExecutorErrorKind::Aborted => "executor.aborted",
            ExecutorErrorKind::BoundaryLost => "executor.boundary_lost",
        }
    }
}

/// What an executor does at a boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Go on.
    Continue {
        /// Inputs that joined the run, in order of admission; often none.
        joined: Vec<RunInput>,
    },
    /// End the run now, with [`ExecutorError::cancelled`].
    Interrupt,
}

/// The executor's side of a run.
#[derive(Debug)]
pub struct RunControl {
    cell: Arc<Cell>,
    run: RunId,
    shared: Arc<RunShared>,
}

/// What the session and the executor share during a run.
#[derive(Debug, Default)]
pub(crate) struct RunShared {
    pub(crate) cancellation: CancellationToken,
    /// Joined inputs wait here until a boundary returns them. A boundary that is dropped half-way loses nothing.
    joined: Mutex<Vec<RunInput>>,
}

impl RunShared {
    /// Nothing panics while it is held, so it is whole even when it is poisoned.
    fn joined(&self) -> MutexGuard<'_, Vec<RunInput>> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn hand_over(&self, mut inputs: Vec<RunInput>) {
        self.joined().append(&mut inputs);
    }

    pub(crate) fn has_undelivered(&self) -> bool {
        !self.joined().is_empty()
    }
}

impl RunControl {
    pub(crate) fn new(cell: Arc<Cell>, run: RunId, shared: Arc<RunShared>) -> Self {
        Self { cell, run, shared }
    }

    /// Is cancelled when the run is to end now. Select on it wherever the executor waits.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.shared.cancellation
    }

    /// A place where the run may be steered or ended: what the run has taken in so far becomes durable, inputs from the
    /// steering lane join, and a cancel that waited for this takes effect.
    ///
    /// A call that was dropped before it was ready loses nothing: the next one returns what joined. A run that ends
    /// with joined inputs it never took in counts as failed, and its inputs run again.
    pub async fn boundary(&mut self) -> Boundary {
        let (reply, reached) = oneshot::channel();
        let sent = self.cell.push(Command::Boundary { run: self.run, reply });
        if !sent {
            return Boundary::Interrupt;
        }
        let reached = tokio::select! {
            biased;
            () = self.shared.cancellation.cancelled() => false,
            told = reached => told.is_ok(),
        };
        if !reached || self.shared.cancellation.is_cancelled() {
            return Boundary::Interrupt;
        }
        Boundary::Continue { joined: std::mem::take(&mut *self.shared.joined()) }
    }
}
