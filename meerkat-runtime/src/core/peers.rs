//! Who takes in what peers send, which peers are trusted, and what becomes of their envelopes.

use std::collections::BTreeSet;
use std::sync::Arc;

use machine_spec::session::{
    EnvelopeHandling, EnvelopeId, IntentId, MeerkatMachineInput as Input, MeerkatMachineMutator,
    MeerkatMachinePhase as Phase, MeerkatMachineRejection as Rejection, MobId, OverlayEpoch, PeerEnvelopePhase, PeerId,
    PeerIngressPhase, PeerIntent, PeerProjectionId,
};

use super::{Core, NameKind};
use crate::facet::{
    Envelope, EnvelopeIntent, EnvelopeReceipt, IngressChange, IngressOwner, IngressUpdate, PeerProjection,
};
use crate::{PeerRefusal, RuntimeError, Submission};

/// No name has this number, so no intent under it is ever silent.
const UNNAMED: u64 = 0;

impl Core {
    pub(super) fn intern_peer(&mut self, name: &str) -> Result<PeerId, RuntimeError> {
        self.intern(NameKind::Peer, name).map(PeerId::from_number)
    }

    /// The peer with this name, or one that the machine never heard of.
    pub(super) fn known_peer(&self, name: &str) -> PeerId {
        PeerId::from_number(self.names().number(NameKind::Peer, name).unwrap_or(UNNAMED))
    }

    /// None never holds for a peer that the machine has.
    pub(super) fn peer_name(&self, peer: PeerId) -> Option<Arc<str>> {
        self.names().name(NameKind::Peer, peer.number()).cloned()
    }

    /// Who takes in what peers send; none if nobody does.
    pub(crate) fn ingress_owner(&self) -> Option<IngressOwner> {
        match self.state().peer_ingress().phase() {
            PeerIngressPhase::Unowned => None,
            PeerIngressPhase::Session => Some(IngressOwner::Session),
            PeerIngressPhase::Mob { mob } => {
                self.names().name(NameKind::Mob, mob.number()).cloned().map(IngressOwner::Mob)
            }
        }
    }

    /// What is so already is no refusal, and neither is a session's claim to what its mob has.
    pub(crate) fn change_ingress(&mut self, change: &IngressChange) -> Result<IngressUpdate, RuntimeError> {
        let input = match change {
            IngressChange::AttachSession => Input::ClaimSessionIngress,
            IngressChange::AttachMob(mob) => Input::ClaimMobIngress { mob: self.intern_mob(mob)? },
            IngressChange::DetachSession => Input::ReleaseSessionIngress,
            IngressChange::DetachMob(mob) => Input::ReleaseMobIngress { mob: self.known_mob(mob) },
        };
        let owner = self.ingress_owner();
        match (self.authority.can_apply(&input), &input, &owner) {
            (Ok(()), ..) => self.request(input).map(|()| IngressUpdate::Changed { from: owner }),
            (
                Err(Rejection::Phase { .. }),
                Input::ClaimSessionIngress | Input::ReleaseSessionIngress,
                Some(IngressOwner::Mob(mob)),
            ) => Ok(IngressUpdate::KeptByMob { mob: Arc::clone(mob) }),
            (Err(rejection @ Rejection::Phase { phase: Phase::PeerIngressMob, .. }), ..) => {
                let same = matches!((change, &owner), (IngressChange::AttachMob(wanted), Some(IngressOwner::Mob(mob))) if wanted == mob);
                if same { Ok(IngressUpdate::Unchanged) } else { Err(self.refusal(&input, rejection)) }
            }
            (Err(Rejection::Phase { phase: Phase::PeerIngressSession | Phase::PeerIngressUnowned, .. }), ..) => {
                Ok(IngressUpdate::Unchanged)
            }
            (Err(rejection), ..) => Err(self.refusal(&input, rejection)),
        }
    }

    fn intern_mob(&mut self, name: &str) -> Result<MobId, RuntimeError> {
        self.intern(NameKind::Mob, name).map(MobId::from_number)
    }

    fn known_mob(&self, name: &str) -> MobId {
        MobId::from_number(self.names().number(NameKind::Mob, name).unwrap_or(UNNAMED))
    }

    /// The intents that wake nobody, in the order in which they were named first.
    pub(crate) fn silent_intents(&self) -> Vec<Arc<str>> {
        let name = |intent: IntentId| self.names().name(NameKind::Intent, intent.number()).cloned();
        self.state().silent_intents().intents().iter().filter_map(name).collect()
    }

    /// Replaces the set as a whole. Names come first: they alone can be refused in the midst of it.
    pub(crate) fn set_silent_intents(&mut self, wanted: &[Arc<str>]) -> Result<(), RuntimeError> {
        let numbers: Result<BTreeSet<u64>, _> = wanted.iter().map(|name| self.intern(NameKind::Intent, name)).collect();
        let wanted = numbers?;
        let current: BTreeSet<u64> = self.state().silent_intents().intents().iter().map(IntentId::number).collect();
        for &intent in current.difference(&wanted) {
            self.request(Input::UnsilenceIntent { intent: IntentId::from_number(intent) })?;
        }
        for &intent in wanted.difference(&current) {
            self.request(Input::SilenceIntent { intent: IntentId::from_number(intent) })?;
        }
        Ok(())
    }

    pub(crate) fn set_local_endpoint(&mut self, name: &str) -> Result<(), RuntimeError> {
        let peer = self.intern_peer(name)?;
        self.request(Input::SetLocalEndpoint { peer })
    }

    pub(crate) fn add_direct_peer(&mut self, name: &str) -> Result<PeerProjectionId, RuntimeError> {
        let peer = self.intern_peer(name)?;
        self.request(Input::AddDirectPeer { peer })?;
        Ok(self.state().endpoints().last_projection())
    }

    pub(crate) fn remove_direct_peer(&mut self, name: &str) -> Result<PeerProjectionId, RuntimeError> {
        self.request(Input::RemoveDirectPeer { peer: self.known_peer(name) })?;
        Ok(self.state().endpoints().last_projection())
    }

    /// Stages and commits an overlay in one step. Once it is begun nothing may be refused any more.
    pub(crate) fn apply_overlay(
        &mut self,
        epoch: OverlayEpoch,
        names: &[Arc<str>],
    ) -> Result<PeerProjectionId, RuntimeError> {
        self.would_accept(&Input::BeginOverlay { epoch })?;
        let peers: Result<BTreeSet<u64>, _> = names.iter().map(|name| self.intern(NameKind::Peer, name)).collect();
        let peers = peers?;
        if self.state().endpoints().local().is_some_and(|local| peers.contains(&local.number())) {
            return Err(self.refuse_peers(PeerRefusal::PeerIsSelf));
        }
        self.request(Input::BeginOverlay { epoch })?;
        for peer in peers.into_iter().map(PeerId::from_number) {
            self.request(Input::StageOverlayPeer { epoch, peer })?;
        }
        self.request(Input::CommitOverlay { epoch })?;
        Ok(self.state().endpoints().last_projection())
    }

    pub(crate) fn confirm_projection(&mut self, projected: PeerProjectionId) -> Result<(), RuntimeError> {
        self.request(Input::ConfirmPeerProjection { projected })
    }

    pub(crate) fn peer_projection(&self) -> PeerProjection {
        let endpoints = self.state().endpoints();
        let names = |peers: &machine_spec::Set<PeerId>| peers.iter().filter_map(|peer| self.peer_name(peer)).collect();
        PeerProjection {
            projected: endpoints.last_projection(),
            confirmed: endpoints.phase() == machine_spec::session::EndpointsPhase::Projected,
            local: endpoints.local().and_then(|peer| self.peer_name(peer)),
            direct: names(endpoints.direct()),
            overlay: names(endpoints.overlay()),
            overlay_epoch: endpoints.overlay_epoch(),
        }
    }

    /// Takes an envelope in, and what it says as an input of the session, in one step. The machine decides what it is;
    /// only whether there is room for an input is asked first.
    pub(crate) fn accept_envelope(&mut self, envelope: &Envelope) -> Result<EnvelopeReceipt, RuntimeError> {
        let intent = self.peer_intent(&envelope.intent);
        let receive = Input::ReceiveEnvelope { envelope: envelope.number, intent };
        self.would_accept(&receive)?;
        if envelope.intent.may_be_admitted()
            && let Some(refusal) = self.takes_no_input()
        {
            return Err(refusal);
        }
        self.request(receive)?;
        let handling = self.handling_of(envelope.number)?;
        let submission = Submission::prompt(Arc::clone(&envelope.text));
        let submission = match handling {
            EnvelopeHandling::Admit { lane } => submission.lane(lane),
            EnvelopeHandling::Record => submission.without_wake(),
            EnvelopeHandling::Rewire | EnvelopeHandling::Supervise => {
                return Ok(EnvelopeReceipt { handling, input: None });
            }
        };
        let accepted = self.accept(&submission, None)?;
        Ok(EnvelopeReceipt { handling, input: Some(accepted.receipt.input) })
    }

    fn handling_of(&self, envelope: EnvelopeId) -> Result<EnvelopeHandling, RuntimeError> {
        match self.state().peer_envelope().get(envelope).map(|envelope| envelope.phase()) {
            Some(PeerEnvelopePhase::Waiting { treatment, .. }) => Ok(treatment),
            None => Err(self.refuse_peers(PeerRefusal::EnvelopeUnknown)),
        }
    }

    /// Peers choose what their intents are called, so they get no numbers: an intent without one is not silent.
    fn peer_intent(&self, intent: &EnvelopeIntent) -> PeerIntent {
        let number = |name| IntentId::from_number(self.names().number(NameKind::Intent, name).unwrap_or(UNNAMED));
        match intent {
            EnvelopeIntent::Message(intent) => PeerIntent::Message { intent: number(intent) },
            EnvelopeIntent::Request(intent) => PeerIntent::Request { intent: number(intent) },
            EnvelopeIntent::Response => PeerIntent::Response,
            EnvelopeIntent::Progress => PeerIntent::Progress,
            EnvelopeIntent::PeerAdded => PeerIntent::PeerAdded,
            EnvelopeIntent::PeerRetired => PeerIntent::PeerRetired,
            EnvelopeIntent::PeerUnwired => PeerIntent::PeerUnwired,
            EnvelopeIntent::Supervision => PeerIntent::Supervision,
        }
    }

    pub(crate) fn settle_envelope(&mut self, envelope: EnvelopeId) -> Result<(), RuntimeError> {
        self.request(Input::SettleEnvelope { envelope })
    }

    /// The envelopes that were taken in and not settled, in the order of their numbers.
    pub(crate) fn open_envelopes(&self) -> Vec<EnvelopeId> {
        self.state().peer_envelope().waiting().iter().collect()
    }
}
