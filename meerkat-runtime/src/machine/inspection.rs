//! What a runtime tells of itself and its sessions.

use std::sync::atomic::{AtomicU64, Ordering};

use super::status;
use crate::{
    EventStream, MeerkatMachine, RegistrationState, RuntimeError, RuntimeStatistics, SessionId, SessionStatus,
};

impl MeerkatMachine {
    /// Whether the session is registered here.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// assert!(!machine.contains_session(&id));
    /// machine.register_session(&id).await?;
    /// assert!(machine.contains_session(&id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contains_session(&self, id: &SessionId) -> bool {
        self.inner.registry.find(id).is_ok()
    }

    /// Whether the session has an executor that runs its inputs: false while one is still being attached.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// assert!(!machine.session_has_executor(&id).await?);
    /// handle.attach(Arc::new(Echo)).await?;
    /// assert!(machine.session_has_executor(&id).await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered.
    pub async fn session_has_executor(&self, id: &SessionId) -> Result<bool, RuntimeError> {
        Ok(self.status(id).await?.registration == RegistrationState::Active)
    }

    /// What the session is doing.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("later")).await?;
    /// let status = machine.status(&id).await?;
    /// assert_eq!((status.state, status.waiting, status.run), (RuntimeState::Idle, 1, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered.
    pub async fn status(&self, id: &SessionId) -> Result<SessionStatus, RuntimeError> {
        status(&self.inner.registry.find(id)?).await
    }

    /// Up to `limit` registered sessions in ascending order, from the first one after `after`.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let machine = MeerkatMachine::ephemeral();
    /// let (a, b) = (SessionId::new("a")?, SessionId::new("b")?);
    /// machine.register_session(&b).await?;
    /// machine.register_session(&a).await?;
    /// assert_eq!(machine.sessions(None, 10), [a.clone(), b.clone()]);
    /// assert_eq!(machine.sessions(Some(&a), 10), [b]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Vec<SessionId> {
        self.inner.registry.page(after, limit)
    }

    /// Every event from now on.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeEventKind, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let mut events = machine.subscribe();
    /// machine.register_session(&id).await?;
    /// let event = events.next().await.expect("the runtime is there")?;
    /// assert_eq!((&event.session, event.kind), (&id, RuntimeEventKind::Registered));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> EventStream {
        EventStream(self.inner.environment.events.subscribe())
    }

    /// What this runtime did so far.
    #[must_use]
    pub fn statistics(&self) -> RuntimeStatistics {
        let counters = &self.inner.environment.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RuntimeStatistics {
            sessions: self.inner.registry.len(),
            accepted: read(&counters.accepted),
            settled: read(&counters.settled),
            runs: read(&counters.runs),
            steps: read(&counters.steps),
            commits: read(&counters.commits),
            failures: read(&counters.failures),
        }
    }
}
