//! Calls about tools and the live transport by session id.

use std::sync::Arc;

use crate::{
    DeferredTool, FilterRule, MeerkatMachine, Moment, RealtimeAttachmentStatus, RealtimeAuthority, RealtimeIntent,
    RealtimeSignal, ReconnectPhase, RuntimeError, SessionId, ToolRevision,
};

impl MeerkatMachine {
    /// As [`Tools::stage_persistent_filter`](crate::Tools::stage_persistent_filter).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn stage_persistent_filter<N: Into<Arc<str>>>(
        &self,
        id: &SessionId,
        rule: FilterRule,
        exceptions: impl IntoIterator<Item = N>,
    ) -> Result<ToolRevision, RuntimeError> {
        self.find(id)?.tools().stage_persistent_filter(rule, exceptions).await
    }

    /// As [`Tools::request_deferred_tools`](crate::Tools::request_deferred_tools).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn request_deferred_tools(
        &self,
        id: &SessionId,
        requests: impl IntoIterator<Item = DeferredTool>,
    ) -> Result<ToolRevision, RuntimeError> {
        self.find(id)?.tools().request_deferred_tools(requests).await
    }

    /// As [`Tools::publish_committed_visible_set`](crate::Tools::publish_committed_visible_set).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn publish_committed_visible_set(
        &self,
        id: &SessionId,
        revision: ToolRevision,
    ) -> Result<(), RuntimeError> {
        self.find(id)?.tools().publish_committed_visible_set(revision).await
    }

    /// As [`Realtime::project_realtime_attachment_intent`](crate::Realtime::project_realtime_attachment_intent).
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
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn attach_live(&self, id: &SessionId) -> Result<RealtimeAuthority, RuntimeError> {
        self.find(id)?.realtime().attach_live().await
    }

    /// As [`Realtime::replace_realtime_attachment`](crate::Realtime::replace_realtime_attachment).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn replace_realtime_attachment(&self, id: &SessionId) -> Result<RealtimeAuthority, RuntimeError> {
        self.find(id)?.realtime().replace_realtime_attachment().await
    }

    /// As [`Realtime::current_realtime_attachment_authority`](crate::Realtime::current_realtime_attachment_authority).
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
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn detach_live(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().detach_live().await
    }

    /// As [`Realtime::require_realtime_attachment_reattach`](crate::Realtime::require_realtime_attachment_reattach).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn require_realtime_attachment_reattach(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().require_realtime_attachment_reattach().await
    }

    /// As [`Realtime::require_realtime_attachment_reattach_for_authority`](crate::Realtime::require_realtime_attachment_reattach_for_authority).
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
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn realtime_attachment_status(&self, id: &SessionId) -> Result<RealtimeAttachmentStatus, RuntimeError> {
        self.find(id)?.realtime().realtime_attachment_status().await
    }

    /// As [`Realtime::begin_realtime_reconnect_cycle`](crate::Realtime::begin_realtime_reconnect_cycle).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn begin_realtime_reconnect_cycle(&self, id: &SessionId, deadline: Moment) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().begin_realtime_reconnect_cycle(deadline).await
    }

    /// As [`Realtime::schedule_realtime_reconnect_cycle`](crate::Realtime::schedule_realtime_reconnect_cycle).
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
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn exhaust_realtime_reconnect_cycle(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().exhaust_realtime_reconnect_cycle().await
    }

    /// As [`Realtime::clear_realtime_reconnect_cycle`](crate::Realtime::clear_realtime_reconnect_cycle).
    ///
    /// # Errors
    ///
    /// The same, and if the session is not registered.
    pub async fn clear_realtime_reconnect_cycle(&self, id: &SessionId) -> Result<(), RuntimeError> {
        self.find(id)?.realtime().clear_realtime_reconnect_cycle().await
    }
}
