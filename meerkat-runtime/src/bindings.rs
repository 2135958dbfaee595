//! What a host needs of a session before it attaches an executor.

use std::sync::Arc;

use machine_spec::session::Incarnation;

use crate::command::Command;
use crate::{
    AttachError, CoreExecutor, EventStream, InterruptHandle, MeerkatMachine, RecoveryReport, RuntimeError,
    SessionHandle, SessionId,
};

/// A registered session in preparation: look at what was recovered, install what runs need, then
/// [`attach`](Self::attach) an executor or [`keep`](Self::keep) the session without one. Dropping it gives the session up
/// again, unless it was registered before or somebody else has registered it meanwhile.
///
/// ```
/// use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
/// use meerkat_runtime::{MeerkatMachine, SessionId};
/// # struct Echo;
/// # #[async_trait]
/// # impl CoreExecutor for Echo {
/// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
/// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
/// let bindings = machine.prepare_bindings(&id).await?;
/// assert!(bindings.recovery().quarantined.is_empty());
/// let handle = bindings.attach(Arc::new(Echo)).await?;
/// assert!(machine.session_has_executor(&id).await?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it gives the session up again"]
pub struct Bindings {
    handle: SessionHandle,
    events: EventStream,
    recovery: RecoveryReport,
    /// This preparation registered the session, and nobody has kept it yet.
    to_undo: bool,
}

impl Bindings {
    /// The session.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        self.handle.session()
    }

    /// The registration.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.handle.incarnation()
    }

    /// The session's handle. It outlives the preparation, and is stale once that was dropped and undone.
    #[must_use]
    pub fn handle(&self) -> &SessionHandle {
        &self.handle
    }

    /// The events of the whole runtime since just before the session was registered.
    pub fn events(&mut self) -> &mut EventStream {
        &mut self.events
    }

    /// What the registration found in the store.
    #[must_use]
    pub fn recovery(&self) -> &RecoveryReport {
        &self.recovery
    }

    /// Has the host's own interrupt called whenever a run is told to end.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn install_interrupt_handle(&self, handle: Arc<dyn InterruptHandle>) -> Result<(), RuntimeError> {
        self.handle.install_interrupt_handle(handle).await
    }

    /// Attaches an executor, and keeps the session. If that fails, or its future is dropped, the preparation is dropped.
    ///
    /// # Errors
    ///
    /// As [`SessionHandle::attach`].
    pub async fn attach(self, executor: Arc<dyn CoreExecutor>) -> Result<SessionHandle, AttachError> {
        self.handle.attach(executor).await?;
        Ok(self.keep())
    }

    /// Keeps the session registered.
    pub fn keep(mut self) -> SessionHandle {
        self.to_undo = false;
        self.handle.clone()
    }
}

impl Drop for Bindings {
    fn drop(&mut self) {
        if self.to_undo {
            // A registration that has ended already needs no undoing.
            self.handle.cell().push(Command::Relinquish);
        }
    }
}

impl MeerkatMachine {
    /// Registers the session, if it is not registered, and gives all that a host needs before it attaches an executor:
    /// see [`Bindings`].
    ///
    /// # Errors
    ///
    /// As [`register_session`](Self::register_session).
    pub async fn prepare_bindings(&self, id: &SessionId) -> Result<Bindings, RuntimeError> {
        let events = self.subscribe();
        let (handle, to_undo) = self.enter(id).await?;
        let mut bindings = Bindings { handle, events, recovery: RecoveryReport::default(), to_undo };
        bindings.recovery = bindings.handle.recovery().await?;
        Ok(bindings)
    }
}
