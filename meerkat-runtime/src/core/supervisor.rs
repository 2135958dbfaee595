//! Which peer may supervise the session.

use machine_spec::session::{MeerkatMachineInput as Input, SupervisorEpoch, SupervisorPhase};

use super::Core;
use crate::facet::{SupervisorBinding, SupervisorTrust};
use crate::{PeerRefusal, RuntimeError};

impl Core {
    pub(crate) fn bind_supervisor(&mut self, name: &str) -> Result<SupervisorEpoch, RuntimeError> {
        let peer = self.intern_peer(name)?;
        let epoch = self.fresh(self.state().supervisor().last_epoch())?;
        self.request(Input::BindSupervisor { peer, epoch })?;
        Ok(epoch)
    }

    /// Whether the peer may supervise the session now, and under which binding.
    pub(crate) fn authorize_supervisor(&self, name: &str) -> Result<SupervisorEpoch, RuntimeError> {
        match self.state().supervisor().phase() {
            SupervisorPhase::Bound { peer } if peer == self.known_peer(name) => {
                Ok(self.state().supervisor().last_epoch())
            }
            _ => Err(self.refuse_peers(PeerRefusal::NotSupervisor)),
        }
    }

    pub(crate) fn revoke_supervisor(&mut self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.request(Input::RevokeSupervisor { epoch })
    }

    pub(crate) fn trust_published(&mut self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.request(Input::ConfirmTrust { epoch })
    }

    pub(crate) fn publish_failed(&mut self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.request(Input::FailTrust { epoch })
    }

    pub(crate) fn trust_revoked(&mut self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.request(Input::ConfirmRevocation { epoch })
    }

    pub(crate) fn revoke_failed(&mut self, epoch: SupervisorEpoch) -> Result<(), RuntimeError> {
        self.request(Input::FailRevocation { epoch })
    }

    pub(crate) fn supervisor_binding(&self) -> Option<SupervisorBinding> {
        let (peer, trust) = match self.state().supervisor().phase() {
            SupervisorPhase::Unbound => return None,
            SupervisorPhase::Publishing { peer } => (peer, SupervisorTrust::Publishing),
            SupervisorPhase::Bound { peer } => (peer, SupervisorTrust::Published),
            SupervisorPhase::Revoking { peer } => (peer, SupervisorTrust::Revoking),
            SupervisorPhase::Uncertain { peer } => (peer, SupervisorTrust::Uncertain),
        };
        let epoch = self.state().supervisor().last_epoch();
        Some(SupervisorBinding { peer: self.peer_name(peer)?, epoch, trust })
    }
}
