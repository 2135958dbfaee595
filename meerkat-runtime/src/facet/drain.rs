//! The task that drains a session's inbox.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use machine_spec::session::{CommsDrainPhase, DrainExit, DrainId};
use tokio_util::sync::CancellationToken;

use crate::cell::Cell;
use crate::{MeerkatMachine, RuntimeError, SessionHandle, SessionId};

/// The host's part of a drain: takes envelopes out of the inbox and gives them to the session.
#[async_trait]
pub trait CommsDrain: Send + Sync + 'static {
    /// Drains the inbox until the control's cancellation is cancelled, or nothing is left to do. It runs on a task of
    /// its own, which the session joins. One that goes on for longer than the grace behind its cancellation is aborted;
    /// one that panics is to be spawned again.
    async fn drain(&self, control: DrainControl) -> DrainExit;
}

/// What a drain has in its hand.
#[derive(Clone)]
pub struct DrainControl {
    handle: SessionHandle,
    drain: DrainId,
    cancellation: CancellationToken,
}

impl DrainControl {
    pub(crate) fn new(handle: SessionHandle, drain: DrainId, cancellation: CancellationToken) -> Self {
        Self { handle, drain, cancellation }
    }

    /// The session whose inbox it is. A drain that waits for its own end, or for its session's, waits until it is
    /// aborted.
    #[must_use]
    pub fn handle(&self) -> &SessionHandle {
        &self.handle
    }

    /// The drain.
    #[must_use]
    pub fn drain(&self) -> DrainId {
        self.drain
    }

    /// Cancelled when the drain is to end.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

impl fmt::Debug for DrainControl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = formatter.debug_struct("DrainControl");
        output.field("handle", &self.handle).field("drain", &self.drain).finish_non_exhaustive()
    }
}

/// The drain of a session's inbox: one task at a time, which the session owns and joins. Reached by
/// [`SessionHandle::drain`](crate::SessionHandle::drain).
///
/// A drain is told to end when its session is retired, stopped, destroyed or unregistered, and when the owner of the
/// ingress lets go. Stopping, destroying and unregistering a session wait for that end. No drain outlives its process.
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{IngressChange, MeerkatMachine, SessionId};
/// use meerkat_runtime::{CommsDrain, DrainControl, DrainExit};
///
/// struct Patient;
///
/// #[async_trait]
/// impl CommsDrain for Patient {
///     async fn drain(&self, control: DrainControl) -> DrainExit {
///         control.cancellation().cancelled().await;
///         DrainExit::Clean
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let machine = MeerkatMachine::ephemeral();
/// # let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// handle.peers().update_ingress(IngressChange::AttachSession).await?;
/// let drain = handle.drain().spawn(Arc::new(Patient)).await?;
/// assert_eq!(handle.drain().abort(drain).await?, DrainExit::Clean);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Drain<'handle> {
    cell: &'handle Arc<Cell>,
}

impl<'handle> Drain<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Starts a drain on a task of its own, and gives its number.
    ///
    /// # Errors
    ///
    /// If nobody owns the ingress, there is a drain that has not ended, or the session takes no input.
    pub async fn spawn(&self, drain: Arc<dyn CommsDrain>) -> Result<DrainId, RuntimeError> {
        self.cell.call_owner(move |owner| owner.spawn_drain(drain)).await
    }

    /// Says that the drain is over, and how, before its task says so: what is left of the task is told to end. When this
    /// returns, the task may still be there; [`wait`](Self::wait) for its end.
    ///
    /// # Errors
    ///
    /// If the drain has ended, or there is a later one.
    pub async fn notify_exited(&self, drain: DrainId, exit: DrainExit) -> Result<(), RuntimeError> {
        let cell = Arc::clone(self.cell);
        self.cell.call_owner(move |owner| owner.declare_drain_exited(&cell, drain, exit)).await
    }

    /// Tells the drain to end, and waits until its task was joined. One that broke off is not wanted any more. A drain
    /// that has ended is answered at once.
    ///
    /// # Errors
    ///
    /// If there is a later drain, or the registration ends meanwhile.
    pub async fn abort(&self, drain: DrainId) -> Result<DrainExit, RuntimeError> {
        let (reply, end) = self.cell.promise();
        self.cell.call_owner(move |owner| owner.abort_drain(drain, reply)).await?;
        end.await
    }

    /// Waits until the drain's task was joined, and tells how it ended. Told once per call.
    ///
    /// # Errors
    ///
    /// If there is a later drain, or the registration ends meanwhile.
    pub async fn wait(&self, drain: DrainId) -> Result<DrainExit, RuntimeError> {
        let (reply, end) = self.cell.promise();
        self.cell.call_owner(move |owner| owner.watch_drain(drain, reply)).await?;
        end.await
    }

    /// How far the drain is.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn phase(&self) -> Result<CommsDrainPhase, RuntimeError> {
        self.cell.call(|core| Ok(core.state().comms_drain().phase())).await
    }
}

impl MeerkatMachine {
    /// As [`Drain::spawn`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CommsDrain, DrainControl, DrainExit, IngressChange, MeerkatMachine, SessionId};
    /// struct Waits;
    ///
    /// #[async_trait::async_trait]
    /// impl CommsDrain for Waits {
    ///     async fn drain(&self, control: DrainControl) -> DrainExit {
    ///         control.cancellation().cancelled().await;
    ///         DrainExit::Clean
    ///     }
    /// }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # machine.register_session(&id).await?;
    /// # machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// let drain = machine.spawn_comms_drain(&id, Arc::new(Waits)).await?;
    /// let twice = machine.spawn_comms_drain(&id, Arc::new(Waits)).await.unwrap_err();
    /// assert_eq!(twice.code(), "peers.drain_present");
    /// # machine.abort_comms_drain(&id, drain).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn spawn_comms_drain(&self, id: &SessionId, drain: Arc<dyn CommsDrain>) -> Result<DrainId, RuntimeError> {
        self.find(id)?.drain().spawn(drain).await
    }

    /// As [`Drain::notify_exited`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CommsDrain, DrainControl, DrainExit, IngressChange, MeerkatMachine, SessionId};
    /// # struct Waits;
    /// #
    /// # #[async_trait::async_trait]
    /// # impl CommsDrain for Waits {
    /// #     async fn drain(&self, control: DrainControl) -> DrainExit {
    /// #         control.cancellation().cancelled().await;
    /// #         DrainExit::Clean
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # machine.register_session(&id).await?;
    /// # machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// let drain = machine.spawn_comms_drain(&id, Arc::new(Waits)).await?;
    /// machine.notify_comms_drain_exited(&id, drain, DrainExit::Respawnable).await?;
    /// assert_eq!(machine.wait_comms_drain(&id, drain).await?, DrainExit::Respawnable);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn notify_comms_drain_exited(
        &self,
        id: &SessionId,
        drain: DrainId,
        exit: DrainExit,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.drain().notify_exited(drain, exit).await
    }

    /// As [`Drain::abort`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CommsDrain, DrainControl, DrainExit, IngressChange, MeerkatMachine, SessionId};
    /// # struct Waits;
    /// #
    /// # #[async_trait::async_trait]
    /// # impl CommsDrain for Waits {
    /// #     async fn drain(&self, control: DrainControl) -> DrainExit {
    /// #         control.cancellation().cancelled().await;
    /// #         DrainExit::Clean
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # machine.register_session(&id).await?;
    /// # machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// let drain = machine.spawn_comms_drain(&id, Arc::new(Waits)).await?;
    /// assert_eq!(machine.abort_comms_drain(&id, drain).await?, DrainExit::Clean);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn abort_comms_drain(&self, id: &SessionId, drain: DrainId) -> Result<DrainExit, RuntimeError> {
        self.find(id)?.drain().abort(drain).await
    }

    /// As [`Drain::wait`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CommsDrain, DrainControl, DrainExit, IngressChange, MeerkatMachine, SessionId};
    /// # struct Waits;
    /// #
    /// # #[async_trait::async_trait]
    /// # impl CommsDrain for Waits {
    /// #     async fn drain(&self, control: DrainControl) -> DrainExit {
    /// #         control.cancellation().cancelled().await;
    /// #         DrainExit::Clean
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # machine.register_session(&id).await?;
    /// # machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// let drain = machine.spawn_comms_drain(&id, Arc::new(Waits)).await?;
    /// let handle = machine.register_session(&id).await?;
    /// handle.retire().await?;
    /// assert_eq!(machine.wait_comms_drain(&id, drain).await?, DrainExit::Clean, "a retired session takes nothing in");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn wait_comms_drain(&self, id: &SessionId, drain: DrainId) -> Result<DrainExit, RuntimeError> {
        self.find(id)?.drain().wait(drain).await
    }
}
