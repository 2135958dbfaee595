//! The runtime that a host embeds.

mod attachment;
mod inspection;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use machine_spec::session::{Incarnation, RunId};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub use self::attachment::Attachment;
use crate::bindings::Newcomer;
use crate::cell::Cell;
use crate::command::Command;
use crate::environment::Environment;
use crate::registry::Registry;
use crate::store::{MemoryStore, RuntimeStore};
use crate::{
    BoundaryReceipt, Ending, InProgress, RuntimeError, RuntimeOptions, SessionHandle, SessionId, SessionStatus,
    ShutdownReport, UnregisterReport, owner,
};

/// Hosts sessions. Cloning it is cheap and gives the same runtime.
///
/// End it with [`shutdown`](Self::shutdown). Dropping the last clone instead is like a crash, except that nothing is left
/// running: runs are aborted, completions become ready, and the store has everything that was acknowledged.
#[derive(Clone)]
pub struct MeerkatMachine {
    inner: Arc<Inner>,
}

struct Inner {
    environment: Arc<Environment>,
    registry: Arc<Registry>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.environment.dropped.cancel();
        for cell in self.registry.shut_down() {
            // Owner tasks see that the runtime was dropped; only who rests must be told.
            if !cell.is_working() {
                drop(cell.leave());
            }
        }
    }
}

impl MeerkatMachine {
    /// A runtime whose sessions live as long as it does.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self::persistent(Arc::new(MemoryStore::new()))
    }

    /// A runtime whose sessions live as long as the store.
    #[must_use]
    pub fn persistent(store: Arc<dyn RuntimeStore>) -> Self {
        Self::build(store, RuntimeOptions::default())
    }

    /// A new runtime on the same store with other limits. Choose them before the first session is registered.
    #[must_use]
    pub fn with_options(self, options: RuntimeOptions) -> Self {
        Self::build(Arc::clone(&self.inner.environment.store), options)
    }

    fn build(store: Arc<dyn RuntimeStore>, options: RuntimeOptions) -> Self {
        let environment = Arc::new(Environment::new(store, options));
        Self { inner: Arc::new(Inner { environment, registry: Arc::default() }) }
    }

    /// The limits.
    #[must_use]
    pub fn options(&self) -> &RuntimeOptions {
        &self.inner.environment.options
    }

    /// Takes the session, recovering it if the store has it. If it is registered already, gives a handle to that
    /// registration; if it is being unregistered, waits for that first. A dropped future leaves no registration behind that
    /// nobody else asked for.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// handle.accept_input(Submission::prompt("waits for an executor")).await?;
    /// let same = machine.register_session(&id).await?;
    /// assert_eq!(same.incarnation(), handle.incarnation());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails, the stored session cannot be recovered, the session is destroyed, or the runtime is shut
    /// down.
    pub async fn register_session(&self, id: &SessionId) -> Result<SessionHandle, RuntimeError> {
        let (handle, mut newcomer) = self.enter(id).await?;
        newcomer.keep();
        Ok(handle)
    }

    /// Registers the session. If it was not registered before, that is undone unless it is kept.
    pub(crate) async fn enter(&self, id: &SessionId) -> Result<(SessionHandle, Newcomer), RuntimeError> {
        self.inner.environment.settle_in()?;
        loop {
            let (cell, new) = self.inner.registry.enter(id, &self.inner.environment)?;
            if new {
                self.inner.environment.spawn(owner::open(Arc::clone(&cell)));
            }
            cell.add_registrant();
            let newcomer = Newcomer::new(&cell, new);
            match greet(&cell).await {
                // That registration ended without an answer, and the registry has forgotten it: this is a new try.
                None => {}
                Some(greeting) => return greeting.map(|_| (SessionHandle::new(cell), newcomer)),
            }
        }
    }

    /// A handle to the registration that the session has now, for one call.
    pub(crate) fn find(&self, id: &SessionId) -> Result<SessionHandle, RuntimeError> {
        self.inner.registry.find(id).map(SessionHandle::new)
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    /// Gives the session up: it takes no more input, its run is told to end and is joined, completions are told, and
    /// nothing of it is left in this process. What it accepted waits in the store. Goes on if the future is dropped.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId, Submission};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.accept_input(&id, Submission::prompt("later")).await?;
    /// let report = machine.unregister_session(&id).await?;
    /// assert_eq!(report.waiting, 1);
    /// assert!(!machine.contains_session(&id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered, or the store fails meanwhile.
    pub async fn unregister_session(&self, id: &SessionId) -> Result<UnregisterReport, RuntimeError> {
        unregister(&self.inner.registry.find(id)?).await
    }

    /// [`unregister_session`](Self::unregister_session), as far as it gets in this time. It goes on by itself in either
    /// case.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use meerkat_runtime::{Ending, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// match machine.unregister_session_within(&id, Duration::from_secs(1)).await? {
    ///     Ending::Done(report) => assert_eq!(report.waiting, 0),
    ///     Ending::InProgress(rest) => drop(rest.await?),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`unregister_session`](Self::unregister_session).
    pub async fn unregister_session_within(
        &self,
        id: &SessionId,
        patience: Duration,
    ) -> Result<Ending<UnregisterReport>, RuntimeError> {
        unregister(&self.inner.registry.find(id)?).within(patience).await
    }

    /// Gives the session up if this registration of it is still the current one.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let first = machine.register_session(&id).await?.incarnation();
    /// machine.unregister_session_by_incarnation(&id, first).await?;
    /// machine.register_session(&id).await?;
    /// let refused = machine.unregister_session_by_incarnation(&id, first).await.unwrap_err();
    /// assert_eq!(refused.code(), "runtime.session_gone");
    /// assert!(machine.contains_session(&id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the session is not registered, or under another incarnation, or the store fails meanwhile.
    pub async fn unregister_session_by_incarnation(
        &self,
        id: &SessionId,
        incarnation: Incarnation,
    ) -> Result<UnregisterReport, RuntimeError> {
        let cell = self.inner.registry.find(id)?;
        match greet(&cell).await {
            Some(Ok(current)) if current != incarnation => Err(RuntimeError::SessionGone { session: id.clone() }),
            // The letter goes to the cell of this incarnation and to no later one.
            _ => unregister(&cell).await,
        }
    }

    /// Gives all sessions up at once. Runs may go on until the deadline; those that do are told to end then, and aborted
    /// after their grace. When this returns, nothing of this runtime is left running, and every later call is refused.
    ///
    /// Goes on if the future is dropped; another call awaits the rest.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// use std::time::Duration;
    ///
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// let report = machine.shutdown(Duration::from_secs(1)).await;
    /// assert_eq!((report.drained, report.failed.len()), (1, 0));
    /// assert_eq!(machine.register_session(&id).await.unwrap_err().code(), "runtime.shut_down");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        // A deadline beyond the end of time is one in the far future.
        let far = || Instant::now() + Duration::from_secs(60 * 60 * 24 * 365);
        let interrupt_at = Instant::now().checked_add(deadline).unwrap_or_else(far);
        let leave = |cell: Arc<Cell>| {
            let (reply, answer) = oneshot::channel();
            cell.push(Command::Unregister { interrupt_at, reply });
            (cell, answer)
        };
        let leaving: Vec<_> = self.inner.registry.shut_down().into_iter().map(leave).collect();
        let mut report = ShutdownReport::default();
        for (cell, answer) in leaving {
            match answer.await {
                Ok(Ok(left)) if left.interrupted.is_some() => report.interrupted.push(left.session),
                // Somebody else gave it up at the same time, or it was never opened.
                Ok(Ok(_)) | Err(_) => report.drained += 1,
                Ok(Err(error)) => report.failed.push((cell.session().clone(), error)),
            }
        }
        self.inner.environment.tracker.close();
        self.inner.environment.tracker.wait().await;
        report
    }
}

impl fmt::Debug for MeerkatMachine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MeerkatMachine").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

/// The registration behind a cell; none if it ends without an answer.
async fn greet(cell: &Arc<Cell>) -> Option<Result<Incarnation, RuntimeError>> {
    if let Some(greeting) = cell.peek(|owner| owner.core().greeting()) {
        return Some(greeting);
    }
    let (reply, answer) = oneshot::channel();
    cell.push(Command::Greet { reply });
    answer.await.ok()
}

fn unregister(cell: &Arc<Cell>) -> InProgress<UnregisterReport> {
    cell.ask(|reply| Command::Unregister { interrupt_at: Instant::now(), reply })
}

pub(crate) async fn status(cell: &Arc<Cell>) -> Result<SessionStatus, RuntimeError> {
    let resting = cell.peek(|owner| SessionStatus::of(cell.session(), owner.core().state()));
    match resting {
        Some(status) => Ok(status),
        None => cell.call(|core| Ok(SessionStatus::of(core.session(), core.state()))).await,
    }
}

pub(crate) async fn load_boundary_receipt(
    environment: &Environment,
    session: &SessionId,
    run: RunId,
    boundary: u64,
) -> Result<Option<BoundaryReceipt>, RuntimeError> {
    let stored = environment.store.receipt(session, run.number(), boundary).await;
    let failed = |source| RuntimeError::Store { session: session.clone(), source: Arc::new(source) };
    Ok(stored.map_err(failed)?.map(BoundaryReceipt::of))
}
