//! One registration of one session, in the host's hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use machine_spec::session::{CancelPoint, Incarnation, InputId, RunId};

use crate::cell::Cell;
use crate::command::Command;
use crate::facet::{Model, Names, Operations, Realtime, Surfaces, Tools};
use crate::{
    ActiveInput, AttachError, BoundaryReceipt, Completion, CoreExecutor, EndReport, Ending, InputOutcome, InputStatus,
    InterruptHandle, Receipt, RecoveryReport, RecycleReport, ResetReport, RetireReport, RuntimeError, SessionId,
    SessionStatus, Submission, codec, machine,
};

/// A session under one registration. Cloning it is cheap. It keeps neither the session registered nor the runtime alive:
/// once the registration has ended, every call is refused with [`RuntimeError::SessionGone`].
///
/// All calls may be dropped at any time. A call that was dropped may have had its effect, as a whole.
#[derive(Clone)]
pub struct SessionHandle {
    pub(crate) cell: Arc<Cell>,
}

impl SessionHandle {
    pub(crate) fn new(cell: Arc<Cell>) -> Self {
        Self { cell }
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        self.cell.session()
    }

    /// The registration.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.cell.incarnation()
    }

    /// The session's names for tools, servers, models and whatever else the machine has numbers for.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        Names::new(&self.cell)
    }

    /// Which tools the session's runs may see.
    #[must_use]
    pub fn tools(&self) -> Tools<'_> {
        Tools::new(&self.cell)
    }

    /// The session's tools outside of the process: surfaces and servers.
    #[must_use]
    pub fn surfaces(&self) -> Surfaces<'_> {
        Surfaces::new(&self.cell)
    }

    /// The session's live transport.
    #[must_use]
    pub fn realtime(&self) -> Realtime<'_> {
        Realtime::new(&self.cell)
    }

    /// The session's operations: work that goes on beside its runs.
    #[must_use]
    pub fn operations(&self) -> Operations<'_> {
        Operations::new(&self.cell)
    }

    /// The same as [`operations`](Self::operations), under its other name: the durable registry of operations, and the
    /// feed of their ends.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, OperationKind, OperationsPhase, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// let operation = handle.ops_lifecycle_registry().register(OperationKind::Member).await?;
    /// let phase = handle.ops_lifecycle_registry().snapshot(operation).await?.phase;
    /// assert_eq!(phase, OperationsPhase::Provisioning { kind: OperationKind::Member });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ops_lifecycle_registry(&self) -> Operations<'_> {
        self.operations()
    }

    /// The session's model, and other models for some of its runs.
    #[must_use]
    pub fn model(&self) -> Model<'_> {
        Model::new(&self.cell)
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

    /// Gives the session an input that starts no run by itself: [`accept_input`](Self::accept_input) with
    /// [`Submission::without_wake`].
    ///
    /// # Errors
    ///
    /// As [`accept_input`](Self::accept_input).
    pub async fn accept_input_without_wake(&self, submission: Submission) -> Result<Receipt, RuntimeError> {
        self.accept_input(submission.without_wake()).await
    }

    /// Calls for everything that waits now, and tells how many inputs of it did not wake by themselves.
    ///
    /// ```
    /// # use meerkat_runtime::{InputStatus, MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let machine = MeerkatMachine::ephemeral();
    /// let handle = machine.register_session(&SessionId::new("notes")?).await?;
    /// let receipt = handle.accept_input_without_wake(Submission::prompt("no hurry")).await?;
    /// assert!(matches!(handle.input_state(receipt.input).await?, InputStatus::Waiting { wakes: false, .. }));
    /// assert_eq!(handle.wake().await?, 1);
    /// assert!(matches!(handle.input_state(receipt.input).await?, InputStatus::Waiting { wakes: true, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is stopped, destroyed or about to be.
    pub async fn wake(&self) -> Result<u64, RuntimeError> {
        self.cell.call(|core| core.wake()).await
    }

    /// Takes a waiting input back.
    ///
    /// # Errors
    ///
    /// If the input does not wait: a run has it, it is settled, or there is no such input.
    pub async fn withdraw(&self, input: InputId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.withdraw(input)).await
    }

    /// Where an input is.
    ///
    /// # Errors
    ///
    /// If the session never had such an input, or the store fails.
    pub async fn input_state(&self, input: InputId) -> Result<InputStatus, RuntimeError> {
        match self.cell.call(move |core| Ok(core.input_status(input))).await? {
            Some(status) => Ok(status),
            None => self.settled(input).await.map(InputStatus::Settled),
        }
    }

    /// A future of what becomes of an input that was accepted before, by this process or an earlier one.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::store::MemoryStore;
    /// # use meerkat_runtime::{AbandonReason, InputOutcome, MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (store, id) = (MemoryStore::new(), SessionId::new("mail")?);
    /// let before = MeerkatMachine::persistent(Arc::new(store.clone()));
    /// let input = before.register_session(&id).await?.accept_input(Submission::prompt("hello")).await?.input;
    /// drop(before);
    /// let after = MeerkatMachine::persistent(Arc::new(store.reopen()));
    /// let handle = after.register_session(&id).await?;
    /// let completion = handle.completion(input).await?;
    /// handle.withdraw(input).await?;
    /// assert_eq!(completion.await, InputOutcome::Abandoned { reason: AbandonReason::Withdrawn, detail: None });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session never had such an input, or the store fails.
    pub async fn completion(&self, input: InputId) -> Result<Completion, RuntimeError> {
        match self.cell.call_owner(move |owner| Ok(owner.completion(input))).await? {
            Some(completion) => Ok(completion),
            None => self.settled(input).await.map(Completion::ready),
        }
    }

    /// What the store says of an input that the session does not follow any more.
    async fn settled(&self, input: InputId) -> Result<InputOutcome, RuntimeError> {
        let session = || self.session().clone();
        let stored = self.cell.environment().store.input(self.session(), input.number()).await;
        let stored = stored.map_err(|source| RuntimeError::Store { session: session(), source: Arc::new(source) })?;
        let outcome = stored.and_then(|stored| stored.outcome);
        let Some(outcome) = outcome else { return Err(RuntimeError::InputUnknown { session: session(), input }) };
        codec::decode_outcome(&outcome).map_err(|source| RuntimeError::OutcomeUnreadable {
            session: session(),
            input,
            source: Arc::new(source),
        })
    }

    /// Up to `limit` inputs that are not settled, in order of admission, from the first one after `after`.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let machine = MeerkatMachine::ephemeral();
    /// let handle = machine.register_session(&SessionId::new("mail")?).await?;
    /// for text in ["a", "b", "c"] {
    ///     handle.accept_input(Submission::prompt(text)).await?;
    /// }
    /// let page = handle.list_active_inputs(None, 2).await?;
    /// let rest = handle.list_active_inputs(page.last().map(|last| last.input), 2).await?;
    /// assert_eq!((page.len(), rest.len()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn list_active_inputs(
        &self,
        after: Option<InputId>,
        limit: usize,
    ) -> Result<Vec<ActiveInput>, RuntimeError> {
        self.cell.call(move |core| Ok(core.active_inputs(after, limit))).await
    }

    /// The receipt of a boundary; none if the run has not reached it, or if later receipts have replaced it.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn load_boundary_receipt(
        &self,
        run: RunId,
        boundary: u64,
    ) -> Result<Option<BoundaryReceipt>, RuntimeError> {
        machine::load_boundary_receipt(self.cell.environment(), self.session(), run, boundary).await
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
        self.cell.call(|core| core.detach()).await
    }

    /// Has the host's own interrupt called whenever a run of this registration is told to end. It takes the place of an
    /// earlier one. The session need not have an executor yet.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn install_interrupt_handle(&self, handle: Arc<dyn InterruptHandle>) -> Result<(), RuntimeError> {
        let install = move |owner: &mut crate::owner::Owner| {
            owner.set_interrupt_handle(handle);
            Ok(())
        };
        self.cell.call_owner(install).await
    }

    /// The run that is current now, if one is.
    #[must_use]
    pub fn current_run(&self) -> Option<RunId> {
        self.cell.current_run()
    }

    /// Ends the run at its next boundary. Its inputs are abandoned.
    ///
    /// # Errors
    ///
    /// If that run is not the current one: the next run is never hit by a late cancel.
    pub async fn cancel_after_boundary(&self, run: RunId) -> Result<(), RuntimeError> {
        self.cancel(run, CancelPoint::Boundary).await
    }

    /// Ends the run now: its cancellation token is cancelled, and after the grace its task is aborted.
    ///
    /// # Errors
    ///
    /// If that run is not the current one.
    pub async fn cancel_now(&self, run: RunId) -> Result<(), RuntimeError> {
        self.cancel(run, CancelPoint::Now).await
    }

    async fn cancel(&self, run: RunId, point: CancelPoint) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.cancel_run(run, point)).await
    }

    /// The run that is current at the time of the call: the cancel is for that one and for no later one.
    pub(crate) async fn cancel_current(&self, point: CancelPoint) -> Result<RunId, RuntimeError> {
        let not_running = || RuntimeError::NotRunning { session: self.session().clone() };
        let run = self.current_run().ok_or_else(not_running)?;
        self.cancel(run, point).await.map(|()| run)
    }

    /// Takes no new input from now on; what waits is still run.
    ///
    /// # Errors
    ///
    /// If the session is stopped, destroyed or ending.
    pub async fn retire(&self) -> Result<RetireReport, RuntimeError> {
        self.cell.call(|core| core.retire()).await
    }

    /// Lets a retired session take input again. What waits is kept. A session that is not retired stays as it is.
    ///
    /// # Errors
    ///
    /// If a run is current, or the session is stopped or destroyed.
    pub async fn recycle(&self) -> Result<RecycleReport, RuntimeError> {
        self.cell.call(|core| core.recycle()).await
    }

    /// Abandons what waits, ends the current run and lets go of the executor. When this returns, nothing runs. Attaching
    /// an executor starts the session again.
    ///
    /// A run that ignores its cancellation is aborted after the grace, so this takes longer only if an executor blocks
    /// its thread. [`stop_within`](Self::stop_within) waits no longer than its caller likes.
    ///
    /// # Errors
    ///
    /// If the session is destroyed, or its destruction has begun.
    pub async fn stop(&self) -> Result<EndReport, RuntimeError> {
        self.cell.ask(|reply| Command::Stop { reply }).await
    }

    /// [`stop`](Self::stop), as far as it gets in this time. It goes on by itself in either case.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop).
    pub async fn stop_within(&self, patience: Duration) -> Result<Ending<EndReport>, RuntimeError> {
        self.cell.ask(|reply| Command::Stop { reply }).within(patience).await
    }

    /// Abandons what waits, and lets a retired or stopped session take input again.
    ///
    /// # Errors
    ///
    /// If a run is current, or the session is destroyed.
    pub async fn reset(&self) -> Result<ResetReport, RuntimeError> {
        self.cell.call(|core| core.reset()).await
    }

    /// Ends the session for good, its current run first. When this returns, nothing runs. It stays registered, as a
    /// destroyed session, until it is unregistered.
    ///
    /// # Errors
    ///
    /// If the session is destroyed already.
    pub async fn destroy(&self) -> Result<EndReport, RuntimeError> {
        self.cell.ask(|reply| Command::Destroy { reply }).await
    }

    /// [`destroy`](Self::destroy), as far as it gets in this time. It goes on by itself in either case.
    ///
    /// # Errors
    ///
    /// As [`destroy`](Self::destroy).
    pub async fn destroy_within(&self, patience: Duration) -> Result<Ending<EndReport>, RuntimeError> {
        self.cell.ask(|reply| Command::Destroy { reply }).within(patience).await
    }

    /// What this registration found in the store, and what it did about it.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn recovery(&self) -> Result<RecoveryReport, RuntimeError> {
        self.cell.call_owner(|owner| Ok(owner.recovery())).await
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
        output.field("session", self.session()).field("incarnation", &self.incarnation()).finish()
    }
}
