//! Which peer may supervise a session.

use std::sync::Arc;

use machine_spec::session::SupervisorEpoch;

use crate::RuntimeError;
use crate::cell::Cell;

/// The supervisor of a session. Reached by [`SessionHandle::supervisor`](crate::SessionHandle::supervisor).
///
/// A supervisor is a peer that the host has published trust in. The host hears
/// [`PublishSupervisorTrust`](crate::MeerkatMachineEffect::PublishSupervisorTrust) and
/// [`RevokeSupervisorTrust`](crate::MeerkatMachineEffect::RevokeSupervisorTrust), and acknowledges what came of them
/// under the epoch of the binding. A late acknowledgement of an older binding is refused.
///
/// ```
/// # use meerkat_runtime::{MeerkatMachine, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let machine = MeerkatMachine::ephemeral();
/// # let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// let epoch = handle.supervisor().bind("lead").await?;
/// assert_eq!(handle.supervisor().authorize("lead").await.unwrap_err().code(), "peers.not_supervisor");
/// handle.supervisor().trust_published(epoch).await?;
/// assert_eq!(handle.supervisor().authorize("lead").await?, epoch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Supervisor<'handle> {
    cell: &'handle Arc<Cell>,
}

/// Who is bound as the supervisor. Survives the process, the registration, a stop and a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisorBinding {
    /// The peer.
    pub peer: Arc<str>,
    /// The binding.
    pub epoch: SupervisorEpoch,
    /// How far trust in it is.
    pub trust: SupervisorTrust,
}

/// How far trust in a supervisor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisorTrust {
    /// It is being published: the peer may not supervise yet.
    Publishing,
    /// The peer may supervise.
    Published,
    /// It is being revoked: the peer may not supervise any more.
    Revoking,
    /// Publishing or revoking failed, or its process is gone: it may be there or not. Bind the peer again, or revoke.
    Uncertain,
}

impl<'handle> Supervisor<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Stages the binding of a peer. The one that is bound may be bound again, under the newer epoch.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let epoch = handle.supervisor().bind("lead").await?;
    /// handle.supervisor().trust_published(epoch).await?;
    /// handle.supervisor().revoke(epoch).await?;
    /// handle.supervisor().trust_revoked(epoch).await?;
    /// assert!(handle.supervisor().binding().await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If another peer is bound, trust is being published or revoked, the name is not valid, or the session is destroyed
    /// or being unregistered.
    pub async fn bind(&self, peer: impl Into<Arc<str>>) -> Result<SupervisorEpoch, RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.bind_supervisor(&peer)).await
    }

    /// The binding under which the peer may supervise the session now.
    ///
    /// # Errors
    ///
    /// If it may not.
    pub async fn authorize(&self, peer: impl Into<Arc<str>>) -> Result<SupervisorEpoch, RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.authorize_supervisor(&peer)).await
    }

    /// Stages the end of the binding: from now on the peer may not supervise the session.
    ///
    /// # Errors
    ///
    /// If the binding is not the latest, is being revoked already, or the session is being unregistered.
    pub async fn revoke(&self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.revoke_supervisor(epoch)).await
    }

    /// Trust in the supervisor is published.
    ///
    /// # Errors
    ///
    /// If the binding is not the latest, or does not wait for this.
    pub async fn trust_published(&self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.trust_published(epoch)).await
    }

    /// Trust in the supervisor could not be published; it may be there or not.
    ///
    /// # Errors
    ///
    /// As [`trust_published`](Self::trust_published).
    pub async fn publish_failed(&self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.publish_failed(epoch)).await
    }

    /// Trust in the supervisor is revoked.
    ///
    /// # Errors
    ///
    /// As [`trust_published`](Self::trust_published).
    pub async fn trust_revoked(&self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.trust_revoked(epoch)).await
    }

    /// Trust in the supervisor could not be revoked; it may be there or not.
    ///
    /// # Errors
    ///
    /// As [`trust_published`](Self::trust_published).
    pub async fn revoke_failed(&self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.revoke_failed(epoch)).await
    }

    /// Who is bound; none if nobody is, and no trust is published.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn binding(&self) -> Result<Option<SupervisorBinding>, RuntimeError> {
        self.cell.call(|core| Ok(core.supervisor_binding())).await
    }
}
