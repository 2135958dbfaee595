//! What a host needs of a session before it attaches an executor.

use std::sync::Arc;

use machine_spec::session::Incarnation;

use crate::cell::Cell;
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
    newcomer: Newcomer,
}

/// Whoever registers a session first, until the session is kept. Dropping it gives the session up again.
#[derive(Debug)]
pub(crate) struct Newcomer(Option<Arc<Cell>>);

impl Newcomer {
    /// `new`: the session was not registered before.
    pub(crate) fn new(cell: &Arc<Cell>, new: bool) -> Self {
        Self(new.then(|| Arc::clone(cell)))
    }

    pub(crate) fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            // A registration that has ended already needs no undoing.
            cell.push(Command::Relinquish);
        }
    }
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
        self.newcomer.keep();
        self.handle
    }
}

impl MeerkatMachine {
    /// Registers the session, if it is not registered, and gives all that a host needs before it attaches an executor:
    /// see [`Bindings`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let bindings = machine.prepare_bindings(&id).await?;
    /// assert_eq!(bindings.recovery().waiting, 0);
    /// let handle = bindings.keep();
    /// assert_eq!(handle.session(), &id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`register_session`](Self::register_session).
    pub async fn prepare_bindings(&self, id: &SessionId) -> Result<Bindings, RuntimeError> {
        let events = self.subscribe();
        let (handle, newcomer) = self.enter(id).await?;
        let recovery = handle.recovery().await?;
        Ok(Bindings { handle, events, recovery, newcomer })
    }
}
