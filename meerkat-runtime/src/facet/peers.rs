//! Who takes in what peers send, which peers are trusted, and what becomes of their envelopes.

use std::collections::BTreeSet;
use std::sync::Arc;

use machine_spec::session::{EnvelopeHandling, EnvelopeId, OverlayEpoch, PeerProjectionId};

use crate::cell::Cell;
use crate::environment::Counters;
use crate::{InputId, MeerkatMachine, RuntimeError, SessionId, Submission};

/// A session and its peers. Reached by [`SessionHandle::peers`](crate::SessionHandle::peers).
///
/// What a peer sends becomes an input of the session in the step that takes its envelope in. A silent intent becomes one
/// that neither wakes the session nor starts a run: it waits for the next.
///
/// ```
/// # use meerkat_runtime::{Envelope, EnvelopeId, EnvelopeIntent, IngressChange, InputStatus, MeerkatMachine, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// handle.peers().update_ingress(IngressChange::AttachSession).await?;
/// handle.peers().set_silent_intents(["gossip"]).await?;
/// let gossip = EnvelopeIntent::Message("gossip".into());
/// let envelope = Envelope::new(EnvelopeId::from_number(1), gossip, "did you hear?");
/// let receipt = handle.peers().accept_envelope(envelope).await?;
/// let input = receipt.input.expect("gossip is kept");
/// assert!(matches!(handle.input_state(input).await?, InputStatus::Waiting { wakes: false, .. }));
/// // Now it is in the store, and may leave the inbox.
/// handle.peers().settle_envelope(EnvelopeId::from_number(1)).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Peers<'handle> {
    cell: &'handle Arc<Cell>,
}

/// What is to happen to the ingress: the part of a session that takes in what its peers send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressChange {
    /// The session is to own it.
    AttachSession,
    /// The mob with this name is to own it.
    AttachMob(Arc<str>),
    /// The session lets go.
    DetachSession,
    /// The mob with this name lets go.
    DetachMob(Arc<str>),
}

/// Who takes in what peers send to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressOwner {
    /// The session itself.
    Session,
    /// The mob with this name.
    Mob(Arc<str>),
}

/// What came of a change of the ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressUpdate {
    /// It was made.
    Changed {
        /// Who owned the ingress before.
        from: Option<IngressOwner>,
    },
    /// It was so already.
    Unchanged,
    /// Nothing changed: a session neither takes the ingress away from its mob nor lets go of it for the mob.
    KeptByMob {
        /// The mob.
        mob: Arc<str>,
    },
}

/// A message of a peer, as it lies in the host's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub(crate) number: EnvelopeId,
    pub(crate) intent: EnvelopeIntent,
    pub(crate) text: Arc<str>,
}

/// What a peer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeIntent {
    /// It says something, with an intent of this name.
    Message(Arc<str>),
    /// It asks something, with an intent of this name.
    Request(Arc<str>),
    /// It answers, or has failed to.
    Response,
    /// It is still at an answer.
    Progress,
    /// The mob has added a peer.
    PeerAdded,
    /// The mob has retired a peer.
    PeerRetired,
    /// The mob has cut a peer off.
    PeerUnwired,
    /// It supervises the session.
    Supervision,
}

/// What the session does with an envelope that it took in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeReceipt {
    /// What is to be done with it. An envelope that rewires or supervises is for the host to carry out.
    pub handling: EnvelopeHandling,
    /// The input that it became.
    pub input: Option<InputId>,
}

/// Which peers the session trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerProjection {
    /// The number of this projection.
    pub projected: PeerProjectionId,
    /// Whether the host's comms trust these peers, and no others.
    pub confirmed: bool,
    /// The session's own name among its peers.
    pub local: Option<Arc<str>>,
    /// The peers that the host trusts.
    pub direct: BTreeSet<Arc<str>>,
    /// The peers that the mob trusts.
    pub overlay: BTreeSet<Arc<str>>,
    /// The epoch of the mob's overlay; zero if there was none.
    pub overlay_epoch: OverlayEpoch,
}

impl PeerProjection {
    /// Every peer that is trusted.
    pub fn trusted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.direct.union(&self.overlay)
    }
}

impl Envelope {
    /// An envelope. The number is the inbox's own for it; it may be used again once the envelope was settled.
    pub fn new(number: EnvelopeId, intent: EnvelopeIntent, text: impl Into<Arc<str>>) -> Self {
        Self { number, intent, text: text.into() }
    }
}

impl EnvelopeIntent {
    /// Whether it may become an input.
    pub(crate) fn may_be_admitted(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Request(_) | Self::Response | Self::Progress)
    }
}

fn names<N: Into<Arc<str>>>(names: impl IntoIterator<Item = N>) -> Vec<Arc<str>> {
    names.into_iter().map(Into::into).collect()
}

impl<'handle> Peers<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Changes who takes in what peers send. When the owner lets go, a drain that is at work is told to end.
    ///
    /// # Errors
    ///
    /// If another mob is the owner, the mob has no valid name, or the session is being unregistered.
    pub async fn update_ingress(&self, change: IngressChange) -> Result<IngressUpdate, RuntimeError> {
        self.cell.call(move |core| core.change_ingress(&change)).await
    }

    /// Who takes in what peers send; none if nobody does.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn ingress_owner(&self) -> Result<Option<IngressOwner>, RuntimeError> {
        self.cell.call(|core| Ok(core.ingress_owner())).await
    }

    /// Whether somebody takes in what peers send.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn has_comms(&self) -> Result<bool, RuntimeError> {
        Ok(self.ingress_owner().await?.is_some())
    }

    /// Replaces the set of intents that neither wake the session nor start a run, as a whole. It survives everything.
    ///
    /// # Errors
    ///
    /// If a name is empty or too long, there are too many, or the session is being unregistered. The set is then as it
    /// was.
    pub async fn set_silent_intents<N: Into<Arc<str>>>(
        &self,
        intents: impl IntoIterator<Item = N>,
    ) -> Result<(), RuntimeError> {
        let intents = names(intents);
        self.cell.call(move |core| core.set_silent_intents(&intents)).await
    }

    /// The silent intents, in the order in which they were named first.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn silent_intents(&self) -> Result<Vec<Arc<str>>, RuntimeError> {
        self.cell.call(|core| Ok(core.silent_intents())).await
    }

    /// Names the session among its peers, for this registration.
    ///
    /// # Errors
    ///
    /// If a peer has the name, it is no valid name, or the session is being unregistered.
    pub async fn set_local(&self, name: impl Into<Arc<str>>) -> Result<(), RuntimeError> {
        let name = name.into();
        self.cell.call(move |core| core.set_local_endpoint(&name)).await
    }

    /// Trusts a peer. The host hears [`ProjectPeers`](crate::MeerkatMachineEffect::ProjectPeers) and confirms that
    /// projection once its comms trust the peer.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let projected = handle.peers().add_direct("lead").await?;
    /// assert!(!handle.peers().projection().await?.confirmed);
    /// // The host's comms trust the peer now.
    /// handle.peers().confirm_projection(projected).await?;
    /// assert!(handle.peers().projection().await?.confirmed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the peer is a direct peer already, is the session itself, has no valid name, or the session is being
    /// unregistered.
    pub async fn add_direct(&self, peer: impl Into<Arc<str>>) -> Result<PeerProjectionId, RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.add_direct_peer(&peer)).await
    }

    /// Trusts a peer no more, as far as the host is concerned: the mob may still.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// handle.peers().add_direct("lead").await?;
    /// handle.peers().remove_direct("lead").await?;
    /// let twice = handle.peers().remove_direct("lead").await.unwrap_err();
    /// assert_eq!(twice.code(), "peers.peer_unknown");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the peer is no direct peer, or the session is being unregistered.
    pub async fn remove_direct(&self, peer: impl Into<Arc<str>>) -> Result<PeerProjectionId, RuntimeError> {
        let peer = peer.into();
        self.cell.call(move |core| core.remove_direct_peer(&peer)).await
    }

    /// Replaces the peers that the mob trusts, as a whole. The epoch is the mob's and grows with every overlay.
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, OverlayEpoch, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// let peers = handle.peers();
    /// peers.apply_overlay(OverlayEpoch::from_number(2), ["scout", "cook"]).await?;
    /// let stale = peers.apply_overlay(OverlayEpoch::from_number(1), ["scout"]).await.unwrap_err();
    /// assert_eq!(stale.code(), "peers.overlay_stale");
    /// assert_eq!(peers.projection().await?.overlay.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the epoch is not greater than that of the latest overlay, the session itself is among the peers, a name is
    /// not valid, or the session is being unregistered.
    pub async fn apply_overlay<N: Into<Arc<str>>>(
        &self,
        epoch: OverlayEpoch,
        peers: impl IntoIterator<Item = N>,
    ) -> Result<PeerProjectionId, RuntimeError> {
        let peers = names(peers);
        self.cell.call(move |core| core.apply_overlay(epoch, &peers)).await
    }

    /// Which peers the session trusts.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn projection(&self) -> Result<PeerProjection, RuntimeError> {
        self.cell.call(|core| Ok(core.peer_projection())).await
    }

    /// The host's comms trust the peers of this projection, and no others.
    ///
    /// # Errors
    ///
    /// If there is a later projection, or this one was confirmed already.
    pub async fn confirm_projection(&self, projected: PeerProjectionId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.confirm_projection(projected)).await
    }

    /// Takes an envelope in. When this returns, the session's machine has decided what it is, and what it says is an
    /// input of the session, if it is to be one. Take it out of the inbox then, and settle it.
    ///
    /// # Errors
    ///
    /// If it was taken in already, its text is too long, or the session takes no input.
    pub async fn accept_envelope(&self, envelope: Envelope) -> Result<EnvelopeReceipt, RuntimeError> {
        Submission::prompt(Arc::clone(&envelope.text)).check(&self.cell.environment().options)?;
        let cell = Arc::clone(self.cell);
        let accept = move |owner: &mut crate::owner::Owner| {
            let receipt = owner.core_mut().transact(|core| core.accept_envelope(&envelope))?;
            if receipt.input.is_some() {
                Counters::add(&cell.environment().counters.accepted, 1);
            }
            Ok(receipt)
        };
        self.cell.call_owner(accept).await
    }

    /// The envelope has left the inbox, and what it asks for was done.
    ///
    /// # Errors
    ///
    /// If there is no such envelope: it was settled, or the session was stopped, reset or destroyed meanwhile.
    pub async fn settle_envelope(&self, envelope: EnvelopeId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.settle_envelope(envelope)).await
    }

    /// The envelopes that were taken in and not settled. After a crash, those that are not in the inbox any more are to
    /// be settled.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn open_envelopes(&self) -> Result<Vec<EnvelopeId>, RuntimeError> {
        self.cell.call(|core| Ok(core.open_envelopes())).await
    }
}

impl MeerkatMachine {
    /// As [`Peers::set_silent_intents`].
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// machine.set_session_silent_intents(&id, ["gossip", "weather"]).await?;
    /// machine.set_session_silent_intents(&id, ["gossip"]).await?;
    /// assert_eq!(handle.peers().silent_intents().await?, ["gossip".into()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn set_session_silent_intents<N: Into<Arc<str>>>(
        &self,
        id: &SessionId,
        intents: impl IntoIterator<Item = N>,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.peers().set_silent_intents(intents).await
    }

    /// As [`Peers::has_comms`].
    ///
    /// ```
    /// # use meerkat_runtime::{IngressChange, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// assert!(!machine.session_has_comms(&id).await?);
    /// machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// assert!(machine.session_has_comms(&id).await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn session_has_comms(&self, id: &SessionId) -> Result<bool, RuntimeError> {
        self.find(id)?.peers().has_comms().await
    }

    /// As [`Peers::update_ingress`].
    ///
    /// ```
    /// # use meerkat_runtime::{IngressChange, IngressOwner, IngressUpdate, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.update_peer_ingress_context(&id, IngressChange::AttachSession).await?;
    /// let update = machine.update_peer_ingress_context(&id, IngressChange::AttachMob("crew".into())).await?;
    /// assert_eq!(update, IngressUpdate::Changed { from: Some(IngressOwner::Session) });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn update_peer_ingress_context(
        &self,
        id: &SessionId,
        change: IngressChange,
    ) -> Result<IngressUpdate, RuntimeError> {
        self.find(id)?.peers().update_ingress(change).await
    }

    /// As [`Peers::ingress_owner`].
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn peer_ingress_owner(&self, id: &SessionId) -> Result<Option<IngressOwner>, RuntimeError> {
        self.find(id)?.peers().ingress_owner().await
    }
}
