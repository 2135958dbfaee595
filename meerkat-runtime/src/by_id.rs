//! Calls by session id: for hosts that keep no handles. Each finds the registration that the session has at the time of
//! the call, and never hits another one.

mod inspection;
mod realtime;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use machine_spec::session::{CancelPoint, RunId};

use crate::{
    Completion, EndReport, Ending, InterruptHandle, MeerkatMachine, Receipt, RecoveryReport, RecycleReport,
    ResetReport, RetireReport, RuntimeError, SessionHandle, SessionId, Submission,
};

impl MeerkatMachine {
    /// As [`SessionHandle::accept_input`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// let first = machine.accept_input(&id, Submission::prompt("a").idempotency_key("one")).await?;
    /// let again = machine.accept_input(&id, Submission::prompt("a").idempotency_key("one")).await?;
    /// assert_eq!(first.input, again.input, "it was taken in once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn accept_input(&self, id: &SessionId, submission: Submission) -> Result<Receipt, RuntimeError> {
        self.find(id)?.accept_input(submission).await
    }

    /// As [`SessionHandle::accept_input_with_completion`].
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
    /// machine.ensure_session_with_executor(&id, Arc::new(Echo)).await?;
    /// let (_, done) = machine.accept_input_with_completion(&id, Submission::prompt("hello")).await?;
    /// assert_eq!(done.await, InputOutcome::Consumed { output: RunOutput::text("hello") });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn accept_input_with_completion(
        &self,
        id: &SessionId,
        submission: Submission,
    ) -> Result<(Receipt, Completion), RuntimeError> {
        self.find(id)?.accept_input_with_completion(submission).await
    }

    /// Gives the session an input that starts no run by itself. It runs in its order: as soon as an input that waits
    /// wakes, when the host calls for it with [`SessionHandle::wake`], or when the session is retired.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("notes")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input_without_wake(&id, Submission::prompt("for later")).await?;
    /// assert_eq!(machine.list_active_inputs(&id, None, 10).await?.len(), 1);
    /// assert_eq!(machine.runtime_state(&id).await?, RuntimeState::Idle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SessionHandle::accept_input`], and if the session is not registered.
    pub async fn accept_input_without_wake(
        &self,
        id: &SessionId,
        submission: Submission,
    ) -> Result<Receipt, RuntimeError> {
        self.find(id)?.accept_input_without_wake(submission).await
    }

    /// Ends the run that is current now at its next boundary, and tells which one that is. Its inputs are abandoned. If
    /// it ends by itself before the cancel is there, the next run is not hit.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("idle")?);
    /// machine.register_session(&id).await?;
    /// assert_eq!(machine.cancel_after_boundary(&id).await.unwrap_err().code(), "runtime.not_running");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered, no run is current, or it ended meanwhile.
    pub async fn cancel_after_boundary(&self, id: &SessionId) -> Result<RunId, RuntimeError> {
        self.find(id)?.cancel_current(CancelPoint::Boundary).await
    }

    /// Ends the run that is current now at once, and tells which one that is: its cancellation token is cancelled, the
    /// host's interrupt handle called, and after the grace its task aborted.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use async_trait::async_trait;
    /// # use meerkat_runtime::{AbandonReason, CoreExecutor, ExecutorError, InputOutcome, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// struct Patient;
    ///
    /// #[async_trait]
    /// impl CoreExecutor for Patient {
    ///     async fn execute(&self, _run: Run, control: RunControl) -> Result<RunOutput, ExecutorError> {
    ///         control.cancellation().cancelled().await;
    ///         Err(ExecutorError::cancelled())
    ///     }
    /// }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.ensure_session_with_executor(&id, Arc::new(Patient)).await?;
    /// let (_, outcome) = machine.accept_input_with_completion(&id, Submission::prompt("a")).await?;
    /// let run = machine.hard_cancel_current_run(&id).await?;
    /// assert_eq!(run.number(), 1);
    /// assert!(matches!(outcome.await, InputOutcome::Abandoned { reason: AbandonReason::Cancelled, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`cancel_after_boundary`](Self::cancel_after_boundary).
    pub async fn hard_cancel_current_run(&self, id: &SessionId) -> Result<RunId, RuntimeError> {
        self.find(id)?.cancel_current(CancelPoint::Now).await
    }

    /// Has the host's own interrupt called whenever a run of this registration is told to end. The session need not have
    /// an executor yet. It takes the place of an earlier one.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{InterruptHandle, MeerkatMachine, RunId, SessionId};
    /// struct Silent;
    ///
    /// impl InterruptHandle for Silent {
    ///     fn interrupt(&self, _session: &SessionId, _run: RunId) {}
    /// }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.install_prepared_session_interrupt_handle(&id, Arc::new(Silent)).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered.
    pub async fn install_prepared_session_interrupt_handle(
        &self,
        id: &SessionId,
        handle: Arc<dyn InterruptHandle>,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.install_interrupt_handle(handle).await
    }

    /// As [`SessionHandle::stop`]: when this returns, nothing runs.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.ensure_session_with_executor(&id, Arc::new(Echo)).await?;
    /// let report = machine.stop_runtime_executor(&id).await?;
    /// assert_eq!(report.interrupted, None);
    /// assert_eq!(machine.runtime_state(&id).await?, RuntimeState::Stopped);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn stop_runtime_executor(&self, id: &SessionId) -> Result<EndReport, RuntimeError> {
        self.find(id)?.stop().await
    }

    /// As [`SessionHandle::stop_within`]: tells the truth about how far it got.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use meerkat_runtime::{Ending, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("idle")?);
    /// machine.register_session(&id).await?;
    /// let ending = machine.stop_runtime_executor_within(&id, Duration::from_secs(1)).await?;
    /// assert!(matches!(ending, Ending::Done(report) if report.interrupted.is_none()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn stop_runtime_executor_within(
        &self,
        id: &SessionId,
        patience: Duration,
    ) -> Result<Ending<EndReport>, RuntimeError> {
        self.find(id)?.stop_within(patience).await
    }

    /// As [`SessionHandle::retire`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("the last one")).await?;
    /// assert_eq!(machine.retire(&id).await?.draining, 1);
    /// let refused = machine.accept_input(&id, Submission::prompt("too late")).await.unwrap_err();
    /// assert_eq!(refused.code(), "runtime.retired");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn retire(&self, id: &SessionId) -> Result<RetireReport, RuntimeError> {
        self.find(id)?.retire().await
    }

    /// As [`SessionHandle::recycle`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("a")).await?;
    /// assert_eq!(machine.retire(&id).await?.draining, 1);
    /// assert!(machine.accept_input(&id, Submission::prompt("b")).await.is_err());
    /// assert_eq!(machine.recycle(&id).await?.kept, 1);
    /// machine.accept_input(&id, Submission::prompt("b")).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn recycle(&self, id: &SessionId) -> Result<RecycleReport, RuntimeError> {
        self.find(id)?.recycle().await
    }

    /// As [`SessionHandle::reset`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("a")).await?;
    /// machine.retire(&id).await?;
    /// assert_eq!(machine.reset(&id).await?.abandoned, 1);
    /// assert_eq!(machine.runtime_state(&id).await?, RuntimeState::Idle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn reset(&self, id: &SessionId) -> Result<ResetReport, RuntimeError> {
        self.find(id)?.reset().await
    }

    /// As [`SessionHandle::destroy`]: when this returns, nothing runs.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RuntimeState, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("a")).await?;
    /// assert_eq!(machine.destroy(&id).await?.abandoned, 1);
    /// assert_eq!(machine.runtime_state(&id).await?, RuntimeState::Destroyed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn destroy(&self, id: &SessionId) -> Result<EndReport, RuntimeError> {
        self.find(id)?.destroy().await
    }

    /// As [`SessionHandle::destroy_within`].
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn destroy_within(&self, id: &SessionId, patience: Duration) -> Result<Ending<EndReport>, RuntimeError> {
        self.find(id)?.destroy_within(patience).await
    }

    /// Takes the session anew from the store, as a new process would, and tells what was found there. A registration
    /// that it has here is given up in good order first; its executor and its handles go with it.
    ///
    /// What an earlier registration found is told by [`SessionHandle::recovery`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let stale = machine.register_session(&id).await?;
    /// stale.accept_input(Submission::prompt("a")).await?;
    /// let (fresh, report) = machine.recover(&id).await?;
    /// assert_eq!((report.waiting, report.quarantined.len()), (1, 0));
    /// assert!(fresh.incarnation() > stale.incarnation());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`register_session`](Self::register_session).
    pub async fn recover(&self, id: &SessionId) -> Result<(SessionHandle, RecoveryReport), RuntimeError> {
        match self.unregister_session(id).await {
            // However the old registration ended, it has ended, and the store says what there is.
            Ok(_)
            | Err(
                RuntimeError::SessionUnknown { .. }
                | RuntimeError::SessionGone { .. }
                | RuntimeError::Store { .. }
                | RuntimeError::Defect { .. }
                | RuntimeError::HalfDone { .. },
            ) => {}
            Err(error) => return Err(error),
        }
        let handle = self.register_session(id).await?;
        let report = handle.recovery().await?;
        Ok((handle, report))
    }
}
