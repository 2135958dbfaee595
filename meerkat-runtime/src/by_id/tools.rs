//! Calls about tools by session id.

use std::sync::Arc;

use crate::{DeferredTool, FilterRule, MeerkatMachine, RuntimeError, SessionId, ToolRevision};

impl MeerkatMachine {
    /// As [`Tools::stage_persistent_filter`](crate::Tools::stage_persistent_filter).
    ///
    /// ```
    /// # use meerkat_runtime::{FilterRule, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// let revision = machine.stage_persistent_filter(&id, FilterRule::Hide, ["search"]).await?;
    /// assert_eq!(handle.tools().visibility().await?.staged, Some(revision), "the next boundary brings it into force");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// # use meerkat_runtime::{DeferredTool, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// let search = DeferredTool::new("search", "catalogue");
    /// let refused = machine.request_deferred_tools(&id, [search.clone()]).await.unwrap_err();
    /// assert_eq!(refused.code(), "tools.not_offered");
    /// handle.tools().offer_deferred_tools([search.clone()]).await?;
    /// machine.request_deferred_tools(&id, [search]).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// # use meerkat_runtime::{FilterRule, MeerkatMachine, SessionId};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("mail")?);
    /// let handle = machine.register_session(&id).await?;
    /// let old = machine.stage_persistent_filter(&id, FilterRule::Show, ["delete"]).await?;
    /// let new = machine.stage_persistent_filter(&id, FilterRule::Show, ["write"]).await?;
    /// let stale = machine.publish_committed_visible_set(&id, old).await.unwrap_err();
    /// assert_eq!(stale.code(), "tools.revision_stale");
    /// machine.publish_committed_visible_set(&id, new).await?;
    /// assert_eq!(handle.tools().visibility().await?.exceptions, ["write".into()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
}
