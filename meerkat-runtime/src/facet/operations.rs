//! The operations of a session: work that goes on beside its runs.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use machine_spec::session::{
    EndSequence, MeerkatMachineInput as Input, OperationEnd, OperationId, OperationKind, OperationResult,
    OperationsPhase, WaitId,
};
use tokio::sync::oneshot;

use crate::cell::Cell;
use crate::{InterruptCause, RuntimeError};

/// An operation and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationStatus {
    /// The operation.
    pub operation: OperationId,
    /// Where it is.
    pub phase: OperationsPhase,
}

/// An operation that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedOperation {
    /// The place of its end among the ends. What ended in one step has one place.
    pub sequence: EndSequence,
    /// The operation.
    pub operation: OperationId,
    /// How it ended.
    pub end: OperationEnd,
}

/// The operations of a session: work beside its runs, from its registration until its end is collected. Reached by
/// [`SessionHandle::operations`](crate::SessionHandle::operations).
///
/// The host does the work and reports it. Every report is in the journal before anybody is told. An operation whose
/// process or session ends is terminated with a reason, and stays until it is collected. At most
/// [`RuntimeOptions::operation_limit`](crate::RuntimeOptions::operation_limit) operations of a session live at a time.
///
/// ```
/// # use meerkat_runtime::{EndSequence, MeerkatMachine, OperationEnd, OperationKind, OperationResult, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let handle = machine.register_session(&SessionId::new("builder")?).await?;
/// let operations = handle.operations();
/// let operation = operations.register(OperationKind::Tool).await?;
/// operations.start(operation).await?;
/// let wait = operations.wait_all([operation]).await?;
/// operations.finish(operation, OperationResult::Completed).await?;
/// wait.await?;
/// let feed = operations.completed_since(EndSequence::ZERO, 10).await?;
/// assert_eq!(feed[0].operation, operation);
/// let end = operations.collect(operation).await?;
/// assert_eq!(end, OperationEnd::Finished { result: OperationResult::Completed });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Every method fails if the registration has ended; what else may be wrong is said in
/// [`OperationError`](crate::OperationError).
#[derive(Debug)]
pub struct Operations<'handle> {
    cell: &'handle Arc<Cell>,
}

#[allow(clippy::missing_errors_doc, reason = "the type says it once for all")]
impl<'handle> Operations<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Registers an operation that is being prepared. Refused while as many live as may, and in a session that is
    /// stopped, destroyed or ending.
    pub async fn register(&self, kind: OperationKind) -> Result<OperationId, RuntimeError> {
        self.cell.call(move |core| core.register_operation(kind)).await
    }

    async fn report(&self, report: Input) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.report_operation(report)).await
    }

    /// The operation is prepared, and works.
    pub async fn start(&self, operation: OperationId) -> Result<(), RuntimeError> {
        self.report(Input::StartOperation { operation }).await
    }

    /// The peer that the operation is can be spoken to. Only for a member.
    pub async fn peer_ready(&self, operation: OperationId) -> Result<(), RuntimeError> {
        self.report(Input::MarkPeerReady { operation }).await
    }

    /// The operation got on.
    pub async fn progress(&self, operation: OperationId) -> Result<(), RuntimeError> {
        self.report(Input::ReportProgress { operation }).await
    }

    /// The operation is to wind down. Whoever does it learns that from the session's events.
    pub async fn retire(&self, operation: OperationId) -> Result<(), RuntimeError> {
        self.report(Input::RetireOperation { operation }).await
    }

    /// The operation ended by itself. The first end counts.
    pub async fn finish(&self, operation: OperationId, result: OperationResult) -> Result<(), RuntimeError> {
        self.report(Input::FinishOperation { operation, result }).await
    }

    /// Takes notice of an end: the operation is forgotten.
    pub async fn collect(&self, operation: OperationId) -> Result<OperationEnd, RuntimeError> {
        self.cell.call(move |core| core.collect_operation(operation)).await
    }

    /// Where an operation is.
    pub async fn snapshot(&self, operation: OperationId) -> Result<OperationStatus, RuntimeError> {
        self.cell
            .call(move |core| core.operation_status(operation).ok_or_else(|| core.unknown_operation(operation)))
            .await
    }

    /// Up to `limit` operations that are not collected, the oldest first. The last of one page is where the next begins.
    pub async fn list(&self, after: Option<OperationId>, limit: usize) -> Result<Vec<OperationStatus>, RuntimeError> {
        self.cell.call(move |core| Ok(core.list_operations(after, limit))).await
    }

    /// A future of the operation's end. Whoever comes late finds it ready.
    pub async fn watch(&self, operation: OperationId) -> Result<Following<OperationEnd>, RuntimeError> {
        self.cell.call_owner(move |owner| owner.follow_operation(operation)).await
    }

    /// A future of the moment at which all of them have ended; no operations have ended already. Any number of waits may
    /// be open at once.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, OperationKind, OperationResult, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let operations = handle.operations();
    /// let first = operations.register(OperationKind::Tool).await?;
    /// let second = operations.register(OperationKind::Tool).await?;
    /// let wait = operations.wait_all([first, second]).await?;
    /// operations.finish(first, OperationResult::Failed).await?;
    /// operations.finish(second, OperationResult::Aborted).await?;
    /// wait.await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait_all(
        &self,
        operations: impl IntoIterator<Item = OperationId>,
    ) -> Result<OperationWait, RuntimeError> {
        let operations: BTreeSet<_> = operations.into_iter().collect();
        let cell = Arc::clone(self.cell);
        self.cell.call_owner(move |owner| owner.wait_all(&cell, &operations)).await
    }

    /// The ends behind a place that are not collected, in their order: `limit` of them, at least one. Ends that happened
    /// in one step have one place and stay together, so there may be more. The place of the last one is where the next
    /// page begins; begin with [`EndSequence::ZERO`].
    ///
    /// No end is ever put at a place in front of one that was told, so pages miss nothing and repeat nothing.
    ///
    /// ```
    /// # use meerkat_runtime::{EndSequence, MeerkatMachine, OperationKind, OperationResult, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let operations = handle.ops_lifecycle_registry();
    /// let mut cursor = EndSequence::ZERO;
    /// for _ in 0..2 {
    ///     let operation = operations.register(OperationKind::Tool).await?;
    ///     operations.finish(operation, OperationResult::Aborted).await?;
    ///     let ended = operations.completed_since(cursor, 10).await?;
    ///     assert_eq!((ended.len(), ended[0].operation), (1, operation), "nothing is told twice");
    ///     cursor = ended[0].sequence;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn completed_since(&self, since: EndSequence, limit: usize) -> Result<Vec<EndedOperation>, RuntimeError> {
        self.cell.call(move |core| Ok(core.completed_since(since, limit))).await
    }

    /// Waits until there is an end behind the place, and tells a place that has one. It costs nothing meanwhile.
    ///
    /// ```
    /// # use meerkat_runtime::{EndSequence, MeerkatMachine, OperationKind, OperationResult, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let operations = handle.operations();
    /// let operation = operations.register(OperationKind::Tool).await?;
    /// operations.finish(operation, OperationResult::Aborted).await?;
    /// let reached = operations.wait_for_advance(EndSequence::ZERO).await?;
    /// assert_eq!(operations.completed_since(EndSequence::ZERO, 10).await?[0].sequence, reached);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait_for_advance(&self, since: EndSequence) -> Result<EndSequence, RuntimeError> {
        let following = self.cell.call_owner(move |owner| Ok(owner.follow_ends(since))).await?;
        following.await.map_err(|_| self.cell.gone())
    }
}

/// Whoever tells a [`Following`].
pub(crate) type Teller<T> = oneshot::Sender<Result<T, InterruptCause>>;

/// The process stopped following a session's operations before there was something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody here follows the operations any longer; register the session again and look at them there")]
pub struct FollowingInterrupted {
    /// Why.
    pub cause: InterruptCause,
}

impl FollowingInterrupted {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "operation.following_interrupted"
    }
}

/// Becomes ready when what it follows has happened, or when nobody here follows it any longer. Dropping it changes
/// nothing.
#[derive(Debug)]
#[must_use = "await it to hear of the end"]
pub struct Following<T>(oneshot::Receiver<Result<T, InterruptCause>>);

impl<T> Following<T> {
    pub(crate) fn new(told: oneshot::Receiver<Result<T, InterruptCause>>) -> Self {
        Self(told)
    }
}

impl<T> Future for Following<T> {
    type Output = Result<T, FollowingInterrupted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Whoever tells is gone with the runtime.
        let told = Pin::new(&mut self.0).poll(context);
        told.map(|told| {
            told.unwrap_or(Err(InterruptCause::RuntimeDropped)).map_err(|cause| FollowingInterrupted { cause })
        })
    }
}

/// A wait for operations: becomes ready once, when all of them have ended, or when nobody here follows them any longer.
/// Dropping it, before or afterwards, closes the wait. Await a reference to it in order to keep it.
#[derive(Debug)]
#[must_use = "await it to hear of the end; dropping it closes the wait"]
pub struct OperationWait {
    cell: Arc<Cell>,
    wait: WaitId,
    told: Following<()>,
}

impl OperationWait {
    pub(crate) fn new(cell: Arc<Cell>, wait: WaitId, told: Following<()>) -> Self {
        Self { cell, wait, told }
    }

    /// The wait's number.
    #[must_use]
    pub fn id(&self) -> WaitId {
        self.wait
    }
}

impl Future for OperationWait {
    type Output = Result<(), FollowingInterrupted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.told).poll(context)
    }
}

impl Drop for OperationWait {
    fn drop(&mut self) {
        let wait = self.wait;
        // There is nothing to await: a wait of a registration that has ended is closed.
        drop(self.cell.call_owner(move |owner| {
            owner.close_wait(wait);
            Ok(())
        }));
    }
}
