//! The live transport: who holds it, changes of the topology, attempts to attach it anew, and what goes on over it.

use machine_spec::session::{
    ContextWatermark, Link, MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachinePhase as Phase,
    MeerkatMachineRejection as Rejection, Moment, ProductTurn, ProductTurnEnding, RealtimeAuthority, RealtimePhase,
    ReconnectPhase, ReconnectPolicy, TopologyEpoch,
};

use super::Core;
use crate::{
    ProjectionStatus, RealtimeAttachmentStatus, RealtimeIntent, RealtimeRefusal, RealtimeSignal, RuntimeError,
    TopologyStep,
};

impl Core {
    pub(crate) fn want_realtime(&mut self, intent: RealtimeIntent) -> Result<(), RuntimeError> {
        self.request(match intent {
            RealtimeIntent::Present => Input::WantRealtime,
            RealtimeIntent::Absent => Input::UnwantRealtime,
        })
    }

    pub(crate) fn attach_live(&mut self) -> Result<RealtimeAuthority, RuntimeError> {
        self.request(Input::BeginRealtime)?;
        Ok(self.state().realtime().authority())
    }

    pub(crate) fn replace_realtime(&mut self) -> Result<RealtimeAuthority, RuntimeError> {
        self.request(Input::ReplaceRealtime)?;
        Ok(self.state().realtime().authority())
    }

    pub(crate) fn detach_live(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::DetachRealtime)
    }

    pub(crate) fn require_reattach(&mut self, authority: Option<RealtimeAuthority>) -> Result<(), RuntimeError> {
        self.request(match authority {
            Some(authority) => Input::RequireReattachFor { authority },
            None => Input::RequireReattach,
        })
    }

    pub(crate) fn publish_realtime(
        &mut self,
        authority: RealtimeAuthority,
        signal: RealtimeSignal,
    ) -> Result<(), RuntimeError> {
        self.request(match signal {
            RealtimeSignal::Ready => Input::PublishRealtimeReady { authority },
            RealtimeSignal::NotReady => Input::PublishRealtimeNotReady { authority },
        })
    }

    pub(crate) fn realtime_authority(&self) -> Option<RealtimeAuthority> {
        match self.state().realtime().phase() {
            RealtimePhase::Bound { authority, .. } => Some(authority),
            _ => None,
        }
    }

    pub(crate) fn realtime_status(&self) -> RealtimeAttachmentStatus {
        match self.state().realtime().phase() {
            RealtimePhase::Unattached => RealtimeAttachmentStatus::Unattached,
            RealtimePhase::Wanted => RealtimeAttachmentStatus::IntentPresentUnbound,
            RealtimePhase::ReattachRequired => RealtimeAttachmentStatus::ReattachRequired,
            RealtimePhase::Bound { authority, link } => match link {
                Link::Opening => RealtimeAttachmentStatus::BindingNotReady { authority },
                Link::Ready => RealtimeAttachmentStatus::BindingReady { authority },
                Link::Replacing => RealtimeAttachmentStatus::ReplacementPending { authority },
            },
        }
    }

    pub(crate) fn set_reconnect_policy(&mut self, policy: ReconnectPolicy) -> Result<(), RuntimeError> {
        self.request(Input::SetReconnectPolicy { policy })
    }

    pub(crate) fn begin_reconnect(&mut self, deadline: Moment) -> Result<(), RuntimeError> {
        self.request(Input::BeginReconnect { deadline })
    }

    pub(crate) fn schedule_reconnect(&mut self, retry_at: Moment) -> Result<ReconnectPhase, RuntimeError> {
        self.request(Input::ScheduleReconnect { retry_at })?;
        Ok(self.state().reconnect().phase())
    }

    pub(crate) fn retry_reconnect(&mut self, now: Moment) -> Result<ReconnectPhase, RuntimeError> {
        self.request(Input::RetryReconnect { now })?;
        Ok(self.state().reconnect().phase())
    }

    pub(crate) fn exhaust_reconnect(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::ExhaustReconnect)
    }

    pub(crate) fn clear_reconnect(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::ClearReconnect)
    }

    pub(crate) fn begin_topology(&mut self) -> Result<TopologyEpoch, RuntimeError> {
        self.request(Input::BeginTopology)?;
        Ok(self.state().topology().latest())
    }

    pub(crate) fn advance_topology(&mut self, topology: TopologyEpoch, step: TopologyStep) -> Result<(), RuntimeError> {
        self.request(match step {
            TopologyStep::Detach => Input::DetachTopology { topology },
            TopologyStep::ApplyIdentity => Input::ApplyTopologyIdentity { topology },
            TopologyStep::ApplyVisibility => Input::ApplyTopologyVisibility { topology },
        })
    }

    pub(crate) fn complete_topology(&mut self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.request(Input::CompleteTopology { topology })
    }

    pub(crate) fn abort_topology(&mut self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.request(Input::AbortTopology { topology })
    }

    pub(crate) fn fail_topology(&mut self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.request(Input::FailTopology { topology })
    }

    pub(crate) fn begin_product_turn(&mut self, authority: RealtimeAuthority) -> Result<ProductTurn, RuntimeError> {
        let exchange = self.fresh(self.state().product_turn().latest())?;
        self.request(Input::BeginProductTurn { authority, exchange })?;
        Ok(exchange)
    }

    pub(crate) fn start_product_output(&mut self, exchange: ProductTurn) -> Result<(), RuntimeError> {
        self.request(Input::StartProductOutput { exchange })
    }

    pub(crate) fn end_product_turn(
        &mut self,
        exchange: ProductTurn,
        ending: ProductTurnEnding,
    ) -> Result<(), RuntimeError> {
        self.request(Input::EndProductTurn { exchange, ending })
    }

    pub(crate) fn advance_context(&mut self, watermark: ContextWatermark) -> Result<ProjectionStatus, RuntimeError> {
        self.request(Input::AdvanceContext { watermark })?;
        Ok(self.projection_status())
    }

    pub(crate) fn refresh_projection(
        &mut self,
        authority: RealtimeAuthority,
        frontier: ContextWatermark,
    ) -> Result<ProjectionStatus, RuntimeError> {
        self.request(Input::RefreshProjection { authority, frontier })?;
        Ok(self.projection_status())
    }

    pub(crate) fn projection_status(&self) -> ProjectionStatus {
        let projection = self.state().projection();
        ProjectionStatus {
            phase: projection.phase(),
            watermark: projection.watermark(),
            frontier: projection.frontier(),
        }
    }

    /// Why a call about the live transport was refused, in its own terms.
    pub(super) fn realtime_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let reason = match rejection {
            _ if holder_claimed(input).is_some_and(|authority| self.realtime_authority() != Some(authority)) => {
                RealtimeRefusal::AuthorityStale
            }
            Rejection::Guard { guard, .. } => guard_refusal(input, guard)?,
            Rejection::Phase { phase, .. } => phase_refusal(input, phase)?,
            _ => return None,
        };
        Some(RuntimeError::Realtime { session: self.session.clone(), reason })
    }
}

/// The authority in whose name the caller speaks.
fn holder_claimed(input: &Input) -> Option<RealtimeAuthority> {
    match *input {
        Input::RequireReattachFor { authority }
        | Input::PublishRealtimeReady { authority }
        | Input::PublishRealtimeNotReady { authority }
        | Input::BeginProductTurn { authority, .. }
        | Input::RefreshProjection { authority, .. } => Some(authority),
        _ => None,
    }
}

fn guard_refusal(input: &Input, guard: Guard) -> Option<RealtimeRefusal> {
    Some(match (guard, input) {
        (Guard::TheModelCanHoldALiveTransport, _) => RealtimeRefusal::ModelIncapable,
        (Guard::TheTopologyIsNotBeingChanged, _) => RealtimeRefusal::TopologyInProgress,
        (
            Guard::TheChangeIsTheLatest,
            Input::DetachTopology { .. }
            | Input::ApplyTopologyIdentity { .. }
            | Input::ApplyTopologyVisibility { .. }
            | Input::CompleteTopology { .. }
            | Input::AbortTopology { .. }
            | Input::FailTopology { .. },
        ) => RealtimeRefusal::TopologyStale,
        (Guard::ThePolicyAllowsIt, Input::BeginReconnect { .. }) => RealtimeRefusal::ReconnectForbidden,
        (Guard::ItIsTime, Input::RetryReconnect { .. }) => RealtimeRefusal::RetryTooEarly,
        (Guard::TheExchangeIsTheLatest, _) => RealtimeRefusal::ExchangeStale,
        (Guard::TheContextGrows, _) => RealtimeRefusal::ContextNotGrown,
        (_, Input::RefreshProjection { .. }) => RealtimeRefusal::FrontierUnfit,
        _ => return None,
    })
}

/// A phase says less than a guard: what the caller has to do depends on the call.
fn phase_refusal(input: &Input, phase: Phase) -> Option<RealtimeRefusal> {
    let unbound = matches!(phase, Phase::RealtimeUnattached | Phase::RealtimeWanted | Phase::RealtimeReattachRequired);
    Some(match input {
        Input::BeginRealtime if phase == Phase::RealtimeUnattached => RealtimeRefusal::NotWanted,
        Input::BeginRealtime if phase == Phase::RealtimeBound => RealtimeRefusal::Bound,
        Input::ReplaceRealtime | Input::DetachRealtime | Input::RequireReattach if unbound => RealtimeRefusal::NotBound,
        Input::BeginReconnect { .. } => RealtimeRefusal::ReconnectInProgress,
        Input::ScheduleReconnect { .. }
        | Input::RetryReconnect { .. }
        | Input::ExhaustReconnect
        | Input::ClearReconnect => RealtimeRefusal::ReconnectOutOfOrder,
        Input::DetachTopology { .. }
        | Input::ApplyTopologyIdentity { .. }
        | Input::ApplyTopologyVisibility { .. }
        | Input::CompleteTopology { .. }
        | Input::AbortTopology { .. }
        | Input::FailTopology { .. } => RealtimeRefusal::TopologyOutOfOrder,
        Input::BeginProductTurn { .. } => RealtimeRefusal::ExchangeGoesOn,
        Input::StartProductOutput { .. } | Input::EndProductTurn { .. } => RealtimeRefusal::ExchangeOutOfOrder,
        Input::RefreshProjection { .. } => RealtimeRefusal::FrontierUnfit,
        _ => return None,
    })
}
