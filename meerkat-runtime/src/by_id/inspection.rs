//! Questions by session id.

use crate::{
    ActiveInput, BoundaryReceipt, InputId, InputStatus, MeerkatMachine, RunId, RuntimeError, RuntimeState, SessionId,
    machine,
};

impl MeerkatMachine {
    /// What the session is doing.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// assert_eq!(machine.runtime_state(&id).await?, RuntimeState::Idle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered.
    pub async fn runtime_state(&self, id: &SessionId) -> Result<RuntimeState, RuntimeError> {
        Ok(self.status(id).await?.state)
    }

    /// As [`SessionHandle::input_state`](crate::SessionHandle::input_state).
    ///
    /// ```
    /// # use meerkat_runtime::{InputStatus, MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// let receipt = machine.accept_input(&id, Submission::prompt("later")).await?;
    /// let status = machine.input_state(&id, receipt.input).await?;
    /// assert!(matches!(status, InputStatus::Waiting { attempts: 0, wakes: true, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn input_state(&self, id: &SessionId, input: InputId) -> Result<InputStatus, RuntimeError> {
        self.find(id)?.input_state(input).await
    }

    /// As [`SessionHandle::list_active_inputs`](crate::SessionHandle::list_active_inputs).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// let first = machine.accept_input(&id, Submission::prompt("a")).await?.input;
    /// let second = machine.accept_input(&id, Submission::prompt("b")).await?.input;
    /// let behind = machine.list_active_inputs(&id, Some(first), 10).await?;
    /// assert_eq!((behind.len(), behind[0].input), (1, second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn list_active_inputs(
        &self,
        id: &SessionId,
        after: Option<InputId>,
        limit: usize,
    ) -> Result<Vec<ActiveInput>, RuntimeError> {
        self.find(id)?.list_active_inputs(after, limit).await
    }

    /// The receipt of a boundary; none if the run has not reached it, or if later receipts have replaced it. The session
    /// need not be registered.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use async_trait::async_trait;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{MeerkatMachine, RunId, SessionId, Submission};
    /// # struct Echo;
    /// # #[async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.ensure_session_with_executor(&id, Arc::new(Echo)).await?;
    /// let (receipt, done) = machine.accept_input_with_completion(&id, Submission::prompt("a")).await?;
    /// done.await;
    /// let boundary = machine.load_boundary_receipt(&id, RunId::from_number(1), 1).await?;
    /// assert_eq!(boundary.expect("the run has completed").inputs, [receipt.input]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn load_boundary_receipt(
        &self,
        id: &SessionId,
        run: RunId,
        boundary: u64,
    ) -> Result<Option<BoundaryReceipt>, RuntimeError> {
        machine::load_boundary_receipt(self.environment(), id, run, boundary).await
    }
}
