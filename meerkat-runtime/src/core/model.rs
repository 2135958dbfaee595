//! The session's model, its changes, and other models for some runs or a single piece of work.

use std::sync::Arc;

use machine_spec::session::{
    HostStep, Identity, ImageOperationId, ImageOperationPhase, MeerkatMachineInput as Input, ModelId, Proposal,
    ReconfigurationId, ReconfigurationPhase, RoutingPhase, RunId, SwitchId, SwitchOutcome,
};

use super::{Core, Remains};
use crate::model::{HostAnswer, HostAsk};
use crate::{ModelError, ModelHostError, ModelIdentity, NameKind, RealtimeTransport, RuntimeError};

impl Core {
    fn model_id(&mut self, name: &str) -> Result<ModelId, RuntimeError> {
        Ok(ModelId::from_number(self.intern(NameKind::Model, name)?))
    }

    pub(crate) fn model_name(&self, model: ModelId) -> Option<Arc<str>> {
        self.names().name(NameKind::Model, model.number()).cloned()
    }

    fn named(&self, identity: Identity) -> Option<ModelIdentity> {
        Some(ModelIdentity { model: self.model_name(identity.model)?, capability: identity.capability })
    }

    pub(crate) fn current_model(&self) -> Option<ModelIdentity> {
        self.named(self.state().identity().current()?)
    }

    /// Unknown is as good as incapable, but can be told apart.
    pub(crate) fn realtime_transport(&self) -> RealtimeTransport {
        match self.state().identity().current() {
            Some(identity) if identity.capability.realtime => RealtimeTransport::Capable,
            Some(_) => RealtimeTransport::Incapable,
            None => RealtimeTransport::Unresolved,
        }
    }

    pub(crate) fn declare_model(&mut self, declared: &ModelIdentity) -> Result<(), RuntimeError> {
        let model = self.model_id(&declared.model)?;
        self.request(Input::DeclareIdentity { declared: Identity { model, capability: declared.capability } })
    }

    pub(crate) fn begin_reconfiguration(&mut self, model: &str) -> Result<ReconfigurationId, RuntimeError> {
        let change = self.fresh(self.state().reconfiguration().last_change())?;
        let model = self.model_id(model)?;
        self.request(Input::BeginReconfiguration { change, model })?;
        Ok(change)
    }

    pub(crate) fn abandon_reconfiguration(&mut self) -> Result<(), RuntimeError> {
        self.request(Input::AbandonReconfiguration { change: self.state().reconfiguration().last_change() })
    }

    pub(crate) fn retry_restore(&mut self) -> Result<ReconfigurationId, RuntimeError> {
        let change = self.state().reconfiguration().last_change();
        self.request(Input::RetryRestore { change })?;
        Ok(change)
    }

    /// What the host is to do now.
    pub(crate) fn host_ask(&self) -> Option<HostAsk> {
        let identity = self.state().identity();
        let change = self.state().reconfiguration().last_change();
        match (self.state().reconfiguration().phase(), identity.proposal()) {
            (ReconfigurationPhase::Resolving, Proposal::Model { model }) => {
                Some(HostAsk::Resolve { change, model: self.model_name(model)? })
            }
            (ReconfigurationPhase::Applying { step: HostStep::Restore }, _) => {
                Some(HostAsk::Take { change, step: HostStep::Restore, identity: self.current_model() })
            }
            (ReconfigurationPhase::Applying { step }, Proposal::Resolved { identity }) => {
                Some(HostAsk::Take { change, step, identity: self.named(identity) })
            }
            _ => None,
        }
    }

    /// The change whose executor could not be restored.
    pub(crate) fn astray(&self) -> Option<ReconfigurationId> {
        let reconfiguration = self.state().reconfiguration();
        (reconfiguration.phase() == ReconfigurationPhase::Astray).then(|| reconfiguration.last_change())
    }

    /// What the host said. It comes too late if the change has ended meanwhile.
    pub(crate) fn take_host_answer(&mut self, ask: &HostAsk, answer: &Result<HostAnswer, ModelHostError>) {
        let input = match (ask, answer) {
            (HostAsk::Resolve { change, .. }, Ok(HostAnswer::Resolved(capability))) => {
                Input::FinishResolution { change: *change, capability: *capability }
            }
            (HostAsk::Resolve { change, .. }, _) => Input::FailResolution { change: *change },
            (HostAsk::Take { change, step, .. }, Ok(_)) => Input::FinishHostStep { change: *change, step: *step },
            (HostAsk::Take { change, step, .. }, Err(_)) => Input::FailHostStep { change: *change, step: *step },
        };
        drop(self.request(input));
    }

    /// The model that the run which has just started goes to, if it is not the session's own.
    pub(super) fn route_run(&mut self, run: RunId) -> Option<Arc<str>> {
        let RoutingPhase::Active { model, .. } = self.state().routing().phase() else { return None };
        self.insist(Input::RouteRun { run }, &Remains::default());
        self.model_name(model)
    }

    pub(crate) fn request_switch(&mut self, model: &str, turns: u32) -> Result<SwitchId, RuntimeError> {
        let request = self.fresh(self.state().routing().last_request())?;
        let model = self.model_id(model)?;
        self.request(Input::RequestSwitch { request, model, turns })?;
        Ok(request)
    }

    /// Takes a decision about a switch.
    pub(crate) fn decide_switch(&mut self, decision: Input) -> Result<(), RuntimeError> {
        self.request(decision)
    }

    pub(crate) fn switch_outcome(&self, request: SwitchId) -> Option<SwitchOutcome> {
        self.state().routing().outcomes().get(request).copied()
    }

    pub(crate) fn request_image(&mut self, operation: ImageOperationId, model: &str) -> Result<(), RuntimeError> {
        let model = self.model_id(model)?;
        self.request(Input::RequestImageOperation { operation, model })
    }

    /// Takes a report of an image operation.
    pub(crate) fn report_image(&mut self, report: Input) -> Result<(), RuntimeError> {
        self.request(report)
    }

    /// Gives an image operation its model.
    pub(crate) fn begin_image(&mut self, operation: ImageOperationId) -> Result<Arc<str>, RuntimeError> {
        let unknown = || RuntimeError::from(ModelError::ImageUnknown { session: self.session.clone(), operation });
        let model = self.state().image_operation().get(operation).map(|image| image.model()).ok_or_else(unknown)?;
        let model = self.model_name(model).ok_or_else(unknown)?;
        self.request(Input::BeginImageOperation { operation })?;
        Ok(model)
    }

    pub(crate) fn image_phase(&self, operation: ImageOperationId) -> Option<ImageOperationPhase> {
        Some(self.state().image_operation().get(operation)?.phase())
    }
}
