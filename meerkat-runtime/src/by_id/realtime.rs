//! Calls about the live transport by session id.

use crate::{
    MeerkatMachine, Moment, RealtimeAttachmentStatus, RealtimeAuthority, RealtimeIntent, RealtimeSignal,
    ReconnectPhase, RuntimeError, SessionId,
};

impl MeerkatMachine {
    /// As [`Realtime::project_realtime_attachment_intent`](crate::Realtime::project_realtime_attachment_intent).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// let status = machine.realtime_attachment_status(&id).await?;
    /// assert_eq!(status, RealtimeAttachmentStatus::IntentPresentUnbound);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn project_realtime_attachment_intent(
        &self,
        id: &SessionId,
        intent: RealtimeIntent,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().project_realtime_attachment_intent(intent).await
    }

    /// As [`Realtime::attach_live`](crate::Realtime::attach_live).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// assert!(handle.model().realtime_transport().await?.is_capable());
    /// let authority = machine.attach_live(&id).await?;
    /// assert_eq!(machine.current_realtime_attachment_authority(&id).await?, Some(authority));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn attach_live(&self, id: &SessionId) -> Result<RealtimeAuthority, RuntimeError> {
        self.find(id)?.realtime().attach_live().await
    }

    /// As [`Realtime::replace_realtime_attachment`](crate::Realtime::replace_realtime_attachment).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// let first = machine.attach_live(&id).await?;
    /// let second = machine.replace_realtime_attachment(&id).await?;
    /// assert!(second > first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn replace_realtime_attachment(&self, id: &SessionId) -> Result<RealtimeAuthority, RuntimeError> {
        self.find(id)?.realtime().replace_realtime_attachment().await
    }

    /// As [`Realtime::current_realtime_attachment_authority`](crate::Realtime::current_realtime_attachment_authority).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// assert_eq!(machine.current_realtime_attachment_authority(&id).await?, None);
    /// let authority = machine.attach_live(&id).await?;
    /// assert_eq!(machine.current_realtime_attachment_authority(&id).await?, Some(authority));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn current_realtime_attachment_authority(
        &self,
        id: &SessionId,
    ) -> Result<Option<RealtimeAuthority>, RuntimeError> {
        self.find(id)?.realtime().current_realtime_attachment_authority().await
    }

    /// As [`Realtime::detach_live`](crate::Realtime::detach_live).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// machine.attach_live(&id).await?;
    /// machine.detach_live(&id).await?;
    /// let status = machine.realtime_attachment_status(&id).await?;
    /// assert_eq!(status, RealtimeAttachmentStatus::IntentPresentUnbound, "it is wanted as before");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn detach_live(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().detach_live().await
    }

    /// As [`Realtime::require_realtime_attachment_reattach`](crate::Realtime::require_realtime_attachment_reattach).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// machine.attach_live(&id).await?;
    /// machine.require_realtime_attachment_reattach(&id).await?;
    /// let status = machine.realtime_attachment_status(&id).await?;
    /// assert_eq!(status, RealtimeAttachmentStatus::ReattachRequired);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn require_realtime_attachment_reattach(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().require_realtime_attachment_reattach().await
    }

    /// As [`Realtime::require_realtime_attachment_reattach_for_authority`](crate::Realtime::require_realtime_attachment_reattach_for_authority).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// let first = machine.attach_live(&id).await?;
    /// let second = machine.replace_realtime_attachment(&id).await?;
    /// let stale = machine.require_realtime_attachment_reattach_for_authority(&id, first).await.unwrap_err();
    /// assert_eq!(stale.code(), "realtime.authority_stale");
    /// machine.require_realtime_attachment_reattach_for_authority(&id, second).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn require_realtime_attachment_reattach_for_authority(
        &self,
        id: &SessionId,
        authority: RealtimeAuthority,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().require_realtime_attachment_reattach_for_authority(authority).await
    }

    /// As [`Realtime::publish_realtime_attachment_signal`](crate::Realtime::publish_realtime_attachment_signal).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, RealtimeSignal, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// let authority = machine.attach_live(&id).await?;
    /// machine.publish_realtime_attachment_signal(&id, authority, RealtimeSignal::Ready).await?;
    /// let status = machine.realtime_attachment_status(&id).await?;
    /// assert_eq!(status, RealtimeAttachmentStatus::BindingReady { authority });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn publish_realtime_attachment_signal(
        &self,
        id: &SessionId,
        authority: RealtimeAuthority,
        signal: RealtimeSignal,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().publish_realtime_attachment_signal(authority, signal).await
    }

    /// As [`Realtime::realtime_attachment_status`](crate::Realtime::realtime_attachment_status).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput};
    /// # use meerkat_runtime::{Capability, ModelIdentity};
    /// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, SessionId};
    /// # struct Echo;
    /// # #[async_trait::async_trait]
    /// # impl CoreExecutor for Echo {
    /// #     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
    /// #         Ok(RunOutput::text(&*run.inputs[0].prompt))
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("voice")?);
    /// # let capability = Capability { realtime: true, vision: false, image_tool_results: false };
    /// # let handle = machine.register_session(&id).await?;
    /// # handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
    /// # handle.attach(Arc::new(Echo)).await?;
    /// # machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await?;
    /// let authority = machine.attach_live(&id).await?;
    /// let status = machine.realtime_attachment_status(&id).await?;
    /// assert_eq!(status, RealtimeAttachmentStatus::BindingNotReady { authority });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn realtime_attachment_status(&self, id: &SessionId) -> Result<RealtimeAttachmentStatus, RuntimeError> {
        self.find(id)?.realtime().realtime_attachment_status().await
    }

    /// As [`Realtime::begin_realtime_reconnect_cycle`](crate::Realtime::begin_realtime_reconnect_cycle).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, Moment, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.begin_realtime_reconnect_cycle(&id, Moment::from_number(30_000)).await?;
    /// let twice = machine.begin_realtime_reconnect_cycle(&id, Moment::from_number(30_000)).await.unwrap_err();
    /// assert_eq!(twice.code(), "realtime.reconnect_in_progress");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn begin_realtime_reconnect_cycle(&self, id: &SessionId, deadline: Moment) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().begin_realtime_reconnect_cycle(deadline).await
    }

    /// As [`Realtime::schedule_realtime_reconnect_cycle`](crate::Realtime::schedule_realtime_reconnect_cycle).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, Moment, ReconnectPhase, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// machine.register_session(&id).await?;
    /// machine.begin_realtime_reconnect_cycle(&id, Moment::from_number(30_000)).await?;
    /// let next = machine.schedule_realtime_reconnect_cycle(&id, Moment::from_number(1_000)).await?;
    /// assert!(matches!(next, ReconnectPhase::Waiting { failures: 1, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn schedule_realtime_reconnect_cycle(
        &self,
        id: &SessionId,
        retry_at: Moment,
    ) -> Result<ReconnectPhase, RuntimeError> {
        self.find(id)?.realtime().schedule_realtime_reconnect_cycle(retry_at).await
    }

    /// As [`Realtime::exhaust_realtime_reconnect_cycle`](crate::Realtime::exhaust_realtime_reconnect_cycle).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, Moment, ReconnectPhase, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// machine.begin_realtime_reconnect_cycle(&id, Moment::from_number(30_000)).await?;
    /// machine.exhaust_realtime_reconnect_cycle(&id).await?;
    /// assert_eq!(handle.realtime().realtime_reconnect_status().await?, ReconnectPhase::Exhausted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn exhaust_realtime_reconnect_cycle(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().exhaust_realtime_reconnect_cycle().await
    }

    /// As [`Realtime::clear_realtime_reconnect_cycle`](crate::Realtime::clear_realtime_reconnect_cycle).
    ///
    /// ```
    /// # use meerkat_runtime::{MeerkatMachine, Moment, ReconnectPhase, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// machine.begin_realtime_reconnect_cycle(&id, Moment::from_number(30_000)).await?;
    /// machine.clear_realtime_reconnect_cycle(&id).await?;
    /// assert_eq!(handle.realtime().realtime_reconnect_status().await?, ReconnectPhase::Idle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn clear_realtime_reconnect_cycle(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().clear_realtime_reconnect_cycle().await
    }
}
