//! The model of a session.

use std::sync::Arc;

use machine_spec::session::{
    ImageOperationId, ImageOperationPhase, MeerkatMachineInput as Input, SwitchId, SwitchOutcome,
};

use crate::cell::Cell;
use crate::{ModelHost, ModelIdentity, RealtimeTransport, Reconfigured, RuntimeError};

/// The model that a session runs with, its changes, and other models for some runs or a single piece of work. Reached by
/// [`SessionHandle::model`](crate::SessionHandle::model).
///
/// No run starts while the host changes a bound executor; what waits runs afterwards. A change is committed in one step
/// of the journal, so a crash leaves the old identity or the new one.
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{Capability, CoreExecutor, ExecutorError, MeerkatMachine, ModelHost, ModelHostError};
/// # use meerkat_runtime::{ModelIdentity, Reconfigured, Run, RunControl, RunOutput, SessionId};
/// struct Catalogue;
///
/// #[async_trait]
/// impl ModelHost for Catalogue {
///     async fn resolve_capability(&self, _: &SessionId, model: &str) -> Result<Capability, ModelHostError> {
///         Ok(Capability { realtime: model == "live", vision: true, image_tool_results: false })
///     }
///     async fn apply_identity(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
///         Ok(())
///     }
///     async fn apply_visibility(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
///         Ok(())
///     }
///     async fn restore(&self, _: &SessionId, _: Option<&ModelIdentity>) -> Result<(), ModelHostError> {
///         Ok(())
///     }
/// }
/// # struct Echo;
/// # #[async_trait]
/// # impl CoreExecutor for Echo {
/// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
/// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let attachment = machine.ensure_session_with_executor(&SessionId::new("voice")?, Arc::new(Echo)).await?;
/// let model = attachment.handle().model();
/// assert!(!model.realtime_transport().await?.is_capable(), "nobody knows yet");
/// model.set_session_llm_reconfigure_host(Arc::new(Catalogue)).await?;
/// assert!(matches!(model.reconfigure("live").await?, Reconfigured::Committed { .. }));
/// assert_eq!(&*model.identity().await?.expect("it is known now").model, "live");
/// assert!(model.realtime_transport().await?.is_capable());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Every method fails if the registration has ended; what else may be wrong is said in
/// [`ModelError`](crate::ModelError).
#[derive(Debug)]
pub struct Model<'handle> {
    cell: &'handle Arc<Cell>,
}

#[allow(clippy::missing_errors_doc, reason = "the type says it once for all")]
impl<'handle> Model<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Says who changes the model of this session, in place of whoever did. A call that is under way goes on.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{Capability, MeerkatMachine, ModelHost, ModelHostError, ModelIdentity, SessionId};
    /// # struct Catalogue;
    /// # #[async_trait::async_trait]
    /// # impl ModelHost for Catalogue {
    /// #     async fn resolve_capability(&self, _: &SessionId, _: &str) -> Result<Capability, ModelHostError> {
    /// #         Err(ModelHostError::failed("no such model"))
    /// #     }
    /// #     async fn apply_identity(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// #     async fn apply_visibility(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// #     async fn restore(&self, _: &SessionId, _: Option<&ModelIdentity>) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// handle.model().set_session_llm_reconfigure_host(Arc::new(Catalogue)).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn set_session_llm_reconfigure_host(&self, host: Arc<dyn ModelHost>) -> Result<(), RuntimeError> {
        self.cell
            .call_owner(move |owner| {
                owner.set_model_host(host);
                Ok(())
            })
            .await
    }

    /// Says with which model the next executor is bound. Refused while one is bound: then [`reconfigure`](Self::reconfigure).
    pub async fn declare(&self, identity: ModelIdentity) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.declare_model(&identity)).await
    }

    /// The model that the session runs with and what it can do; none until the host has said so.
    pub async fn identity(&self) -> Result<Option<ModelIdentity>, RuntimeError> {
        self.cell.call(|core| Ok(core.current_model())).await
    }

    /// Whether the session's model can hold a realtime attachment: to be asked before one is wanted.
    ///
    /// ```
    /// # use meerkat_runtime::{Capability, MeerkatMachine, ModelIdentity, RealtimeTransport, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # let handle = machine.register_session(&id).await?;
    /// assert_eq!(handle.model().realtime_transport().await?, RealtimeTransport::Unresolved);
    /// let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// assert_eq!(handle.model().realtime_transport().await?, RealtimeTransport::Capable);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn realtime_transport(&self) -> Result<RealtimeTransport, RuntimeError> {
        self.cell.call(|core| Ok(core.realtime_transport())).await
    }

    /// Changes the model of the bound executor, and tells how that ended. It waits for the end of a current run. Dropping
    /// the call takes nothing back.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, MeerkatMachine, ModelHost, ModelHostError, ModelIdentity, Reconfigured, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # struct Catalogue;
    /// # #[async_trait::async_trait]
    /// # impl ModelHost for Catalogue {
    /// #     async fn resolve_capability(&self, _: &SessionId, _: &str) -> Result<Capability, ModelHostError> {
    /// #         Err(ModelHostError::failed("no such model"))
    /// #     }
    /// #     async fn apply_identity(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// #     async fn apply_visibility(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// #     async fn restore(&self, _: &SessionId, _: Option<&ModelIdentity>) -> Result<(), ModelHostError> {
    /// #         Ok(())
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// # machine.ensure_session_with_executor(&id, Arc::new(Echo)).await?;
    /// # let handle = machine.register_session(&id).await?;
    /// handle.model().set_session_llm_reconfigure_host(Arc::new(Catalogue)).await?;
    /// let outcome = handle.model().reconfigure("unheard-of").await?;
    /// assert!(matches!(outcome, Reconfigured::Unresolved { failure: Some(_) }), "the executor was not touched");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn reconfigure(&self, model: impl Into<Arc<str>>) -> Result<Reconfigured, RuntimeError> {
        let model = model.into();
        let outcome = self.cell.call_owner(move |owner| owner.reconfigure(&model)).await?;
        outcome.await.map_err(|_| self.cell.gone())
    }

    /// Gives a change up that has not touched the executor yet.
    pub async fn abandon(&self) -> Result<(), RuntimeError> {
        self.cell.call(|core| core.abandon_reconfiguration()).await
    }

    /// Tries once more to give an executor that is [`Astray`](Reconfigured::Astray) its identity back.
    pub async fn retry_restore(&self) -> Result<Reconfigured, RuntimeError> {
        let outcome = self.cell.call_owner(|owner| owner.retry_restore()).await?;
        outcome.await.map_err(|_| self.cell.gone())
    }

    /// Asks for another model for the next runs, as many as `turns` says. Whoever approves learns it from the session's
    /// events; a run that takes a turn has the model in [`Run::model`](crate::Run::model).
    pub async fn request_switch(&self, model: impl Into<Arc<str>>, turns: u32) -> Result<SwitchId, RuntimeError> {
        let model = model.into();
        self.cell.call(move |core| core.request_switch(&model, turns)).await
    }

    async fn decide(&self, decision: Input) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.decide_switch(decision)).await
    }

    /// Approves a switch: it begins with the next run.
    pub async fn grant_switch(&self, request: SwitchId) -> Result<(), RuntimeError> {
        self.decide(Input::GrantSwitch { request }).await
    }

    /// Does not approve a switch.
    pub async fn deny_switch(&self, request: SwitchId) -> Result<(), RuntimeError> {
        self.decide(Input::DenySwitch { request }).await
    }

    /// Ends a switch before its turns are used up: the session's own model is back with the next run.
    pub async fn restore(&self, request: SwitchId) -> Result<(), RuntimeError> {
        self.decide(Input::CancelSwitch { request }).await
    }

    /// How a switch ended; none if it has not, or was forgotten.
    pub async fn switch_outcome(&self, request: SwitchId) -> Result<Option<SwitchOutcome>, RuntimeError> {
        self.cell.call(move |core| Ok(core.switch_outcome(request))).await
    }

    /// Everybody who waited for the end of the switch knows it: its outcome is forgotten.
    pub async fn forget_switch(&self, request: SwitchId) -> Result<(), RuntimeError> {
        self.decide(Input::ForgetSwitch { request }).await
    }

    /// Asks for another model for one piece of work. The number is the host's own, and never used twice.
    pub async fn request_image(
        &self,
        operation: ImageOperationId,
        model: impl Into<Arc<str>>,
    ) -> Result<(), RuntimeError> {
        let model = model.into();
        self.cell.call(move |core| core.request_image(operation, &model)).await
    }

    async fn report_image(&self, report: Input) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.report_image(report)).await
    }

    /// Approves an image operation.
    pub async fn grant_image(&self, operation: ImageOperationId) -> Result<(), RuntimeError> {
        self.report_image(Input::GrantImageOperation { operation }).await
    }

    /// Does not approve an image operation.
    pub async fn deny_image(&self, operation: ImageOperationId) -> Result<(), RuntimeError> {
        self.report_image(Input::DenyImageOperation { operation }).await
    }

    /// Begins an approved image operation, and gives the model that it has until it ends. One at a time has its model.
    pub async fn begin_image(&self, operation: ImageOperationId) -> Result<Arc<str>, RuntimeError> {
        self.cell.call(move |core| core.begin_image(operation)).await
    }

    /// The image operation is over; `completed` says whether there is an image.
    pub async fn finish_image(&self, operation: ImageOperationId, completed: bool) -> Result<(), RuntimeError> {
        self.report_image(Input::FinishImageOperation { operation, completed }).await
    }

    /// Gives an image operation up.
    pub async fn cancel_image(&self, operation: ImageOperationId) -> Result<(), RuntimeError> {
        self.report_image(Input::CancelImageOperation { operation }).await
    }

    /// Where an image operation is; none if there is none.
    pub async fn image(&self, operation: ImageOperationId) -> Result<Option<ImageOperationPhase>, RuntimeError> {
        self.cell.call(move |core| Ok(core.image_phase(operation))).await
    }

    /// Everybody who waited for the end of the image operation knows it: it is forgotten.
    pub async fn forget_image(&self, operation: ImageOperationId) -> Result<(), RuntimeError> {
        self.report_image(Input::ForgetImageOperation { operation }).await
    }
}
