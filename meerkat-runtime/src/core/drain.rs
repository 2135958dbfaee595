//! The task that drains the session's inbox, as far as the machine knows it.

use machine_spec::session::{
    CommsDrainPhase, DrainExit, DrainId, MeerkatMachineGuard as Guard, MeerkatMachineInput as Input,
    MeerkatMachineMutator, MeerkatMachinePhase as Phase, MeerkatMachineRejection as Rejection,
};

use super::{Core, Remains};
use crate::{PeerRefusal, RuntimeError};

impl Core {
    pub(crate) fn spawn_drain(&mut self) -> Result<DrainId, RuntimeError> {
        let drain = self.fresh(self.state().comms_drain().last_drain())?;
        self.request(Input::SpawnDrain { drain })?;
        self.insist(Input::OpenDrain { drain }, &Remains::default());
        Ok(drain)
    }

    pub(crate) fn drain_started(&mut self, drain: DrainId) -> Result<(), RuntimeError> {
        self.request(Input::NotifyDrainStarted { drain })
    }

    /// Whether the end of the drain would be news, once its task has ended.
    pub(crate) fn check_drain_exit(&self, drain: DrainId, exit: DrainExit) -> Result<(), RuntimeError> {
        let exited = Input::NotifyDrainExited { drain, exit };
        match self.authority.can_apply(&exited) {
            Err(Rejection::Guard { guard: Guard::TheTaskOfTheDrainWasJoined, .. }) => Ok(()),
            judged => judged.map_err(|rejection| self.refusal(&exited, rejection)),
        }
    }

    /// The task of the drain was joined.
    pub(crate) fn drain_exited(&mut self, drain: DrainId, exit: DrainExit) {
        self.insist(Input::JoinDrain { drain }, &Remains::default());
        self.insist(Input::NotifyDrainExited { drain, exit }, &Remains::default());
    }

    /// The drain is to end. One that has ended, or is about to, is as its caller wants it.
    pub(crate) fn abort_drain(&mut self, drain: DrainId) -> Result<(), RuntimeError> {
        let abort = Input::AbortDrain { drain };
        match self.authority.can_apply(&abort) {
            Err(Rejection::Phase { phase: Phase::CommsDrainStopping | Phase::CommsDrainInactive, .. }) => {
                self.drain_end(drain).map(drop)
            }
            _ => self.request(abort),
        }
    }

    /// How the latest drain ended, if it has.
    pub(crate) fn drain_end(&self, drain: DrainId) -> Result<Option<DrainExit>, RuntimeError> {
        let region = self.state().comms_drain();
        if drain != region.last_drain() || drain == DrainId::ZERO {
            return Err(self.refuse_peers(PeerRefusal::DrainNotCurrent { drain }));
        }
        Ok(self.latest_drain_end())
    }

    /// How the latest drain ended; none if it is still there.
    pub(super) fn latest_drain_end(&self) -> Option<DrainExit> {
        match self.state().comms_drain().phase() {
            CommsDrainPhase::Inactive => Some(DrainExit::Clean),
            CommsDrainPhase::Respawnable => Some(DrainExit::Respawnable),
            CommsDrainPhase::Starting { .. } | CommsDrainPhase::Running { .. } | CommsDrainPhase::Stopping { .. } => {
                None
            }
        }
    }
}
