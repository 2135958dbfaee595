//! Attempts to attach a lost live transport anew, and changes of the live topology.

use machine_spec::session::{Moment, ReconnectPhase, ReconnectPolicy, TopologyEpoch, TopologyPhase};

use super::realtime::Realtime;
use crate::RuntimeError;

/// One step of a change of the live topology, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopologyStep {
    /// The live transport is let go of. No run may be current.
    Detach,
    /// The session has the new model.
    ApplyIdentity,
    /// The session has the tools for the new model.
    ApplyVisibility,
}

impl Realtime<'_> {
    /// Says how often a lost live transport is attached anew. Attempts that are being made go on under this policy.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn set_realtime_reconnect_policy(&self, policy: ReconnectPolicy) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.set_reconnect_policy(policy)).await
    }

    /// The attempts begin with the first one, and end at this moment of the host's clock, in milliseconds.
    ///
    /// # Errors
    ///
    /// If the policy allows none, or attempts are being made.
    pub async fn begin_realtime_reconnect_cycle(&self, deadline: Moment) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.begin_reconnect(deadline)).await
    }

    /// The attempt failed. The next is to be made at this moment, if the policy and the deadline allow one: the answer
    /// tells. The effect `AwaitReconnect` asks the host to wait for it.
    ///
    /// # Errors
    ///
    /// If no attempt is being made.
    pub async fn schedule_realtime_reconnect_cycle(&self, retry_at: Moment) -> Result<ReconnectPhase, RuntimeError> {
        self.cell.call(move |core| core.schedule_reconnect(retry_at)).await
    }

    /// It is this moment now: the attempt that was scheduled is made, or the deadline has passed; the answer tells.
    ///
    /// # Errors
    ///
    /// If no attempt is scheduled, or it is too early.
    pub async fn retry_realtime_reconnect_cycle(&self, now: Moment) -> Result<ReconnectPhase, RuntimeError> {
        self.cell.call(move |core| core.retry_reconnect(now)).await
    }

    /// There is to be no further attempt.
    ///
    /// # Errors
    ///
    /// If no attempts are being made.
    pub async fn exhaust_realtime_reconnect_cycle(&self) -> Result<(), RuntimeError> {
        self.cell.call(|core| core.exhaust_reconnect()).await
    }

    /// The attempts are forgotten.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub async fn clear_realtime_reconnect_cycle(&self) -> Result<(), RuntimeError> {
        self.cell.call(|core| core.clear_reconnect()).await
    }

    /// How far the attempts are.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn realtime_reconnect_status(&self) -> Result<ReconnectPhase, RuntimeError> {
        self.cell.call(|core| Ok(core.state().reconnect().phase())).await
    }

    /// Begins a change of the live topology, and tells its number. It takes over from one that did not end. Until it
    /// ends, no live transport is bound and none is said to carry.
    ///
    /// # Errors
    ///
    /// If no executor is bound, or the session is ending.
    pub async fn begin_live_topology_reconfiguration(&self) -> Result<TopologyEpoch, RuntimeError> {
        self.cell.call(|core| core.begin_topology()).await
    }

    /// The change has done this step.
    ///
    /// # Errors
    ///
    /// If another change has taken over, this one is not at that step, or a run is current and the live transport is to
    /// be let go of.
    pub async fn advance_live_topology_reconfiguration(
        &self,
        topology: TopologyEpoch,
        step: TopologyStep,
    ) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.advance_topology(topology, step)).await
    }

    /// The change is complete. A live transport that was let go of is still wanted.
    ///
    /// # Errors
    ///
    /// If another change has taken over, or this one has steps left.
    pub async fn complete_live_topology_reconfiguration(&self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.complete_topology(topology)).await
    }

    /// The change ends before anything was changed.
    ///
    /// # Errors
    ///
    /// If another change has taken over, or something was changed: then it fails.
    pub async fn abort_live_topology_reconfiguration(&self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.abort_topology(topology)).await
    }

    /// The change ends half made. A live transport that is wanted is to be attached anew.
    ///
    /// # Errors
    ///
    /// If another change has taken over, or nothing was changed: then it is aborted.
    pub async fn fail_live_topology_reconfiguration(&self, topology: TopologyEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.fail_topology(topology)).await
    }

    /// How far the change of the live topology is.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn live_topology_status(&self) -> Result<TopologyPhase, RuntimeError> {
        self.cell.call(|core| Ok(core.state().topology().phase())).await
    }
}
