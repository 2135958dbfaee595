//! From the machine's rejections of what concerns peers to the caller's errors.

use machine_spec::session::{
    DrainId, Lane, MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachinePhase as Phase,
    MeerkatMachineRejection as Rejection, SupervisorEpoch,
};

use super::Core;
use crate::{InputId, PeerRefusal, RuntimeError};

impl Core {
    /// The error for a refusal that this code knows of.
    pub(super) fn refuse_peers(&self, reason: PeerRefusal) -> RuntimeError {
        RuntimeError::Peers { session: self.session.clone(), reason }
    }

    /// What a rejection means, if it is one of a region for peers.
    pub(super) fn peer_refusal(&self, input: &Input, rejection: &Rejection) -> Option<RuntimeError> {
        let reason = match *rejection {
            Rejection::Guard { guard, .. } => self.refused_by_guard(input, guard),
            Rejection::Phase { phase, .. } => self.refused_by_phase(input, phase),
            Rejection::NoInstance { .. } => unknown(input),
            Rejection::InstanceExists { .. } => taken(input),
            Rejection::Overflow { .. } => None,
            #[allow(unreachable_patterns, reason = "a machine may have rejections of other kinds")]
            _ => None,
        };
        reason.map(|reason| self.refuse_peers(reason))
    }

    /// Why the session takes no input, in the words of admission.
    pub(super) fn takes_no_input(&self) -> Option<RuntimeError> {
        let input = self.state().admission().last_input();
        let admit =
            Input::Admit { incarnation: self.incarnation(), input: next(input), lane: Lane::Queue, wakes: true };
        self.would_accept(&admit).err()
    }

    fn refused_by_guard(&self, input: &Input, guard: Guard) -> Option<PeerRefusal> {
        Some(match guard {
            Guard::SomebodyOwnsTheIngress => PeerRefusal::IngressUnowned,
            Guard::TheMobIsTheOwner => PeerRefusal::IngressOfAnotherMob,
            Guard::TheDrainIsTheCurrentOne => PeerRefusal::DrainNotCurrent { drain: drain_of(input)? },
            Guard::TheEpochIsTheCurrentOne => self.stale_supervisor(supervisor_epoch_of(input)?)?,
            Guard::ThePeerIsTheOneThatWasBound => PeerRefusal::SupervisorOther,
            Guard::TheNameIsNotThatOfAPeer | Guard::ThePeerIsNotTheSessionItself => PeerRefusal::PeerIsSelf,
            Guard::ThePeerIsNew => PeerRefusal::PeerKnown,
            Guard::ThePeerIsKnown => PeerRefusal::PeerUnknown,
            Guard::TheOverlayIsNewerThanEveryEarlierOne => {
                PeerRefusal::OverlayStale { current: self.state().endpoints().staged_epoch() }
            }
            Guard::TheProjectionIsTheLatest => self.projection_not_awaited(),
            Guard::ThePeerIsTheOneThatWasAsked => PeerRefusal::RequestOfAnotherPeer,
            Guard::NothingWasHeardSince => match *input {
                Input::TimeOutRequest { request, .. } => {
                    let request = self.state().outbound_request().get(request)?;
                    PeerRefusal::RequestHeardOf { progress: request.progress() }
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    fn refused_by_phase(&self, input: &Input, phase: Phase) -> Option<PeerRefusal> {
        Some(match (input, phase) {
            (Input::ClaimMobIngress { .. }, Phase::PeerIngressMob) => PeerRefusal::IngressOfAnotherMob,
            (
                Input::SpawnDrain { .. },
                Phase::CommsDrainStarting | Phase::CommsDrainRunning | Phase::CommsDrainStopping,
            ) => PeerRefusal::DrainPresent { drain: self.state().comms_drain().last_drain() },
            (
                Input::NotifyDrainStarted { drain }
                | Input::NotifyDrainExited { drain, .. }
                | Input::AbortDrain { drain },
                _,
            ) => PeerRefusal::DrainNotCurrent { drain: *drain },
            (Input::BindSupervisor { .. }, Phase::SupervisorPublishing | Phase::SupervisorRevoking) => {
                PeerRefusal::SupervisorChanging
            }
            (Input::RevokeSupervisor { .. }, Phase::SupervisorUnbound) => PeerRefusal::SupervisorUnbound,
            (Input::RevokeSupervisor { epoch }, Phase::SupervisorRevoking) => {
                self.stale_supervisor(*epoch).unwrap_or(PeerRefusal::SupervisorChanging)
            }
            (
                Input::ConfirmTrust { epoch }
                | Input::FailTrust { epoch }
                | Input::ConfirmRevocation { epoch }
                | Input::FailRevocation { epoch },
                _,
            ) => self.stale_supervisor(*epoch).unwrap_or(PeerRefusal::AcknowledgementUnexpected),
            (Input::ConfirmPeerProjection { .. }, _) => self.projection_not_awaited(),
            (Input::ReplyToRequest { .. }, _) => PeerRefusal::RequestAnswered,
            (Input::ForgetReply { .. }, _) => PeerRefusal::RequestUnanswered,
            (Input::CompleteStream { .. }, Phase::InteractionStreamReserved) => PeerRefusal::StreamWithoutReader,
            (Input::AttachStream { .. } | Input::ExpireStream { .. }, Phase::InteractionStreamAttached) => {
                PeerRefusal::StreamHasReader
            }
            _ => return None,
        })
    }

    fn stale_supervisor(&self, epoch: SupervisorEpoch) -> Option<PeerRefusal> {
        let current = self.state().supervisor().last_epoch();
        (epoch != current).then_some(PeerRefusal::SupervisorEpochStale { current })
    }

    fn projection_not_awaited(&self) -> PeerRefusal {
        PeerRefusal::ProjectionNotAwaited { latest: self.state().endpoints().last_projection() }
    }
}

fn next(input: InputId) -> InputId {
    InputId::from_number(input.number().saturating_add(1))
}

fn drain_of(input: &Input) -> Option<DrainId> {
    match *input {
        Input::NotifyDrainStarted { drain } | Input::NotifyDrainExited { drain, .. } | Input::AbortDrain { drain } => {
            Some(drain)
        }
        _ => None,
    }
}

fn supervisor_epoch_of(input: &Input) -> Option<SupervisorEpoch> {
    match *input {
        Input::ConfirmTrust { epoch }
        | Input::FailTrust { epoch }
        | Input::RevokeSupervisor { epoch }
        | Input::ConfirmRevocation { epoch }
        | Input::FailRevocation { epoch } => Some(epoch),
        _ => None,
    }
}

/// There is nothing under the key of the input.
fn unknown(input: &Input) -> Option<PeerRefusal> {
    Some(match input {
        Input::ProgressRequest { .. }
        | Input::FinishRequest { .. }
        | Input::TimeOutRequest { .. }
        | Input::ReplyToRequest { .. }
        | Input::ForgetReply { .. } => PeerRefusal::RequestUnknown,
        Input::AttachStream { .. }
        | Input::CompleteStream { .. }
        | Input::ExpireStream { .. }
        | Input::CloseStream { .. } => PeerRefusal::StreamUnknown,
        Input::SettleEnvelope { .. } => PeerRefusal::EnvelopeUnknown,
        _ => return None,
    })
}

/// There is something under the key of the input already.
fn taken(input: &Input) -> Option<PeerRefusal> {
    Some(match input {
        Input::SendRequest { .. } | Input::ReceiveRequest { .. } => PeerRefusal::RequestExists,
        Input::ReserveStream { .. } => PeerRefusal::StreamExists,
        Input::ReceiveEnvelope { .. } => PeerRefusal::EnvelopeTaken,
        _ => return None,
    })
}
