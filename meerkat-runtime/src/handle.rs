//! One registration of one session, in the host's hand.

use std::fmt;
use std::sync::Arc;

use machine_spec::session::{CancelPoint, Incarnation, InputId, RunId};

use crate::cell::Cell;
use crate::command::Command;
use crate::{
    AttachError, Completion, CoreExecutor, InputStatus, Receipt, RuntimeError, SessionId, SessionStatus, Submission,
    codec, machine,
};

/// A session under one registration. Cloning it is cheap. It keeps neither the session registered nor the runtime alive:
/// once the registration has ended, every call is refused with [`RuntimeError::SessionGone`].
///
/// All calls may be dropped at any time. A call that was dropped may have had its effect, as a whole.
#[derive(Clone)]
pub struct SessionHandle {
    cell: Arc<Cell>,
    incarnation: Incarnation,
}

impl SessionHandle {
    pub(crate) fn new(cell: Arc<Cell>, incarnation: Incarnation) -> Self {
        Self { cell, incarnation }
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        self.cell.session()
    }

    /// The registration.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Gives the session an input. When this returns, the input is in the store.
    ///
    /// # Errors
    ///
    /// If the submission breaks a limit, its idempotency key belongs to another input, the input that it relates to
    /// does not wait any more, or the session takes no input. After [`RuntimeError::Store`] the input may or may not be
    /// in the store; an idempotency key makes the next try safe.
    pub async fn accept_input(&self, submission: Submission) -> Result<Receipt, RuntimeError> {
        self.accept(submission, false).await.map(|(receipt, _)| receipt)
    }

    /// Gives the session an input, and a future that tells what became of it.
    ///
    /// # Errors
    ///
    /// As [`accept_input`](Self::accept_input).
    pub async fn accept_input_with_completion(
        &self,
        submission: Submission,
    ) -> Result<(Receipt, Completion), RuntimeError> {
        match self.accept(submission, true).await? {
            (receipt, Some(completion)) => Ok((receipt, completion)),
            (_, None) => Err(self.cell.gone()),
        }
    }

    async fn accept(
        &self,
        submission: Submission,
        completion: bool,
    ) -> Result<(Receipt, Option<Completion>), RuntimeError> {
        submission.check(&self.cell.environment().options)?;
        self.cell.ask(|reply| Command::Accept { submission, completion, reply }).await
    }

    /// Takes a waiting input back.
    ///
    /// # Errors
    ///
    /// If the input does not wait: a run has it, it is settled, or there is no such input.
    pub async fn withdraw(&self, input: InputId) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Withdraw { input, reply }).await
    }

    /// Where an input is.
    ///
    /// # Errors
    ///
    /// If the session never had such an input, or the store fails.
    pub async fn input_status(&self, input: InputId) -> Result<InputStatus, RuntimeError> {
        let tracked = self.cell.ask(|reply| Command::InputStatus { input, reply }).await?;
        if let Some(status) = tracked {
            return Ok(status);
        }
        let session = || self.session().clone();
        let stored = self.cell.environment().store.input(self.session(), input.number()).await;
        let stored = stored.map_err(|source| RuntimeError::Store { session: session(), source: Arc::new(source) })?;
        let outcome = stored.and_then(|stored| stored.outcome);
        let Some(outcome) = outcome else { return Err(RuntimeError::InputUnknown { session: session(), input }) };
        codec::decode_outcome(&outcome).map(InputStatus::Settled).map_err(|source| RuntimeError::OutcomeUnreadable {
            session: session(),
            input,
            source: Arc::new(source),
        })
    }

    /// Binds an executor. Inputs that wait start to run. A dropped future leaves the session without this executor.
    ///
    /// # Errors
    ///
    /// If the session has an executor, or takes none. The executor comes back.
    pub async fn attach(&self, executor: Arc<dyn CoreExecutor>) -> Result<(), AttachError> {
        let bound = Arc::clone(&executor);
        match self.cell.ask(|reply| Command::BeginAttach { executor: bound, reply }).await {
            Ok(claim) => {
                claim.keep();
                Ok(())
            }
            Err(source) => Err(AttachError { executor, source }),
        }
    }

    /// Lets go of the executor. Inputs wait for the next one.
    ///
    /// # Errors
    ///
    /// If the session has no executor, or a run is current.
    pub async fn detach(&self) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Detach { reply }).await
    }

    /// Ends the run at its next boundary. Its inputs are abandoned.
    ///
    /// # Errors
    ///
    /// If that run is not the current one: the next run is never hit by a late cancel.
    pub async fn cancel_after_boundary(&self, run: RunId) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Cancel { run, point: CancelPoint::Boundary, reply }).await
    }

    /// Ends the run now: its cancellation token is cancelled, and after the grace its task is aborted.
    ///
    /// # Errors
    ///
    /// If that run is not the current one.
    pub async fn cancel_now(&self, run: RunId) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Cancel { run, point: CancelPoint::Now, reply }).await
    }

    /// Takes no new input from now on; what waits is still run.
    ///
    /// # Errors
    ///
    /// If the session is stopped, destroyed or ending.
    pub async fn retire(&self) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Retire { reply }).await
    }

    /// Abandons what waits, ends the current run and lets go of the executor. When this returns, nothing runs. Attaching
    /// an executor starts the session again.
    ///
    /// # Errors
    ///
    /// If the session is destroyed, or its destruction has begun.
    pub async fn stop(&self) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Stop { reply }).await
    }

    /// Abandons what waits, and lets a retired or stopped session take input again.
    ///
    /// # Errors
    ///
    /// If a run is current, or the session is destroyed.
    pub async fn reset(&self) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Reset { reply }).await
    }

    /// Ends the session for good, its current run first. When this returns, nothing runs. It stays registered, as a
    /// destroyed session, until it is unregistered.
    ///
    /// # Errors
    ///
    /// If the session is destroyed already.
    pub async fn destroy(&self) -> Result<(), RuntimeError> {
        self.cell.ask(|reply| Command::Destroy { reply }).await
    }

    /// What the session is doing.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn status(&self) -> Result<SessionStatus, RuntimeError> {
        machine::status(&self.cell).await
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = formatter.debug_struct("SessionHandle");
        output.field("session", self.session()).field("incarnation", &self.incarnation).finish()
    }
}
