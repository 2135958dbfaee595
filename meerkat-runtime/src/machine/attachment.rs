//! A session with its executor, in one call.

use std::fmt;
use std::sync::Arc;

use crate::{AttachError, CoreExecutor, MeerkatMachine, RuntimeError, SessionHandle, SessionId};

/// What came of attaching an executor.
pub enum Attachment {
    /// The executor is bound.
    Attached {
        /// The session.
        handle: SessionHandle,
    },
    /// The session has an executor, or somebody else is about to attach one.
    AlreadyAttached {
        /// The session.
        handle: SessionHandle,
        /// The executor that was not needed.
        executor: Arc<dyn CoreExecutor>,
    },
}

impl Attachment {
    /// The session, whoever attached its executor.
    #[must_use]
    pub fn handle(&self) -> &SessionHandle {
        match self {
            Self::Attached { handle } | Self::AlreadyAttached { handle, .. } => handle,
        }
    }

    /// Whether this call bound its executor.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        matches!(self, Self::Attached { .. })
    }
}

impl MeerkatMachine {
    /// Registers the session if it is not registered, and attaches the executor if it has none. A dropped future leaves
    /// the session without this executor.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Attachment, MeerkatMachine, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let attachment = machine.ensure_session_with_executor(&id, Arc::new(Echo)).await?;
    /// assert!(attachment.is_attached());
    /// match machine.ensure_session_with_executor(&id, Arc::new(Echo)).await? {
    ///     Attachment::Attached { .. } => unreachable!("the session has an executor"),
    ///     Attachment::AlreadyAttached { executor, .. } => drop(executor),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session cannot be registered, or takes no executor. The executor comes back with the error.
    pub async fn ensure_session_with_executor(
        &self,
        id: &SessionId,
        executor: Arc<dyn CoreExecutor>,
    ) -> Result<Attachment, AttachError> {
        let handle = match self.register_session(id).await {
            Ok(handle) => handle,
            Err(source) => return Err(AttachError { executor, source }),
        };
        match handle.attach(executor).await {
            Ok(()) => Ok(Attachment::Attached { handle }),
            Err(AttachError { executor, source: RuntimeError::ExecutorBound { .. } }) => {
                Ok(Attachment::AlreadyAttached { handle, executor })
            }
            Err(error) => Err(error),
        }
    }

    /// The same as [`ensure_session_with_executor`](Self::ensure_session_with_executor), under its other name.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{InputOutcome, MeerkatMachine, SessionId, Submission};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let attachment = machine.register_session_with_executor(&id, Arc::new(Echo)).await?;
    /// let (_, done) = attachment.handle().accept_input_with_completion(Submission::prompt("hello")).await?;
    /// assert_eq!(done.await, InputOutcome::Consumed { output: RunOutput::text("hello") });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn register_session_with_executor(
        &self,
        id: &SessionId,
        executor: Arc<dyn CoreExecutor>,
    ) -> Result<Attachment, AttachError> {
        self.ensure_session_with_executor(id, executor).await
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_attached() { "Attached" } else { "AlreadyAttached" };
        formatter.debug_struct(name).field("handle", self.handle()).finish_non_exhaustive()
    }
}
