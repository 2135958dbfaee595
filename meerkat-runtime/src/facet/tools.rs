//! Which tools runs may see.

use std::sync::Arc;

use machine_spec::session::{FilterRule, ToolId, ToolRevision};

use crate::RuntimeError;
use crate::cell::Cell;

/// A tool that is hidden until a run asks for it, and who offers it and vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeferredTool {
    /// The name of the tool.
    pub tool: Arc<str>,
    /// The name of who offers it.
    pub authority: Arc<str>,
}

impl DeferredTool {
    /// A tool and who offers it.
    pub fn new(tool: impl Into<Arc<str>>, authority: impl Into<Arc<str>>) -> Self {
        Self { tool: tool.into(), authority: authority.into() }
    }
}

/// Which tools are visible, and what waits for the next boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolVisibility {
    /// The revision in force. Equal revisions mean equal visible tools.
    pub revision: ToolRevision,
    /// What the filter in force says of tools that are no exception.
    pub rule: FilterRule,
    /// The names of its exceptions.
    pub exceptions: Vec<Arc<str>>,
    /// The names of the deferred tools that are visible.
    pub loaded: Vec<Arc<str>>,
    /// The names of the deferred tools that are offered and hidden.
    pub offered: Vec<Arc<str>>,
    /// The revision that waits for a boundary, if one does.
    pub staged: Option<ToolRevision>,
}

/// Which tools the runs of a session may see. Reached by [`SessionHandle::tools`](crate::SessionHandle::tools).
///
/// What is staged comes into force when a run starts or reaches a boundary, or at once with
/// [`publish_committed_visible_set`](Self::publish_committed_visible_set) while no run is current. It is durable, and the
/// same whether it was staged before an executor was attached or after.
///
/// ```
/// # use meerkat_runtime::{DeferredTool, FilterRule, MeerkatMachine, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// let tools = handle.tools();
/// tools.stage_persistent_filter(FilterRule::Show, ["delete"]).await?;
/// let search = DeferredTool::new("search", "catalogue");
/// tools.offer_deferred_tools([search.clone()]).await?;
/// let revision = tools.request_deferred_tools([search]).await?;
/// tools.publish_committed_visible_set(revision).await?;
/// let visible = tools.visibility().await?;
/// assert_eq!((visible.exceptions, visible.loaded), (vec!["delete".into()], vec!["search".into()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tools<'handle> {
    cell: &'handle Arc<Cell>,
}

impl<'handle> Tools<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Stages a filter in place of the one staged before: what `rule` says holds for all tools but the exceptions, and
    /// the opposite for those. Tells the revision that will bring it into force.
    ///
    /// # Errors
    ///
    /// If a name is none, the session has as many names of tools as it may, or the session is destroyed.
    pub async fn stage_persistent_filter<N: Into<Arc<str>>>(
        &self,
        rule: FilterRule,
        exceptions: impl IntoIterator<Item = N>,
    ) -> Result<ToolRevision, RuntimeError> {
        let exceptions: Vec<Arc<str>> = exceptions.into_iter().map(Into::into).collect();
        self.cell.call(move |core| core.stage_filter(rule, &exceptions)).await
    }

    /// Offers tools that runs may ask for, all of them or none. A tool that its authority offers already counts as done.
    /// Offering does not make a tool visible.
    ///
    /// # Errors
    ///
    /// If another authority offers one of the tools, one was retracted and is visible until the next boundary, a name is
    /// none, the session has as many names as it may, or the session is destroyed.
    pub async fn offer_deferred_tools(
        &self,
        offers: impl IntoIterator<Item = DeferredTool>,
    ) -> Result<Vec<ToolId>, RuntimeError> {
        let offers: Vec<DeferredTool> = offers.into_iter().collect();
        self.cell.call(move |core| core.offer_tools(&offers)).await
    }

    /// Asks for offered tools in one step, all of them or none, and tells the revision that will make them visible. A
    /// tool that was asked for already counts as done.
    ///
    /// # Errors
    ///
    /// If one of the tools is not offered, is offered by another authority or was retracted, or the session is destroyed.
    pub async fn request_deferred_tools(
        &self,
        requests: impl IntoIterator<Item = DeferredTool>,
    ) -> Result<ToolRevision, RuntimeError> {
        let requests: Vec<DeferredTool> = requests.into_iter().collect();
        self.cell.call(move |core| core.request_tools(&requests)).await
    }

    /// Takes an offer back. A tool that is visible stays so until the next boundary. Tells the revision behind it.
    ///
    /// # Errors
    ///
    /// If the tool is not offered, is offered by another authority or was retracted, or the session is destroyed.
    pub async fn retract_deferred_tool(&self, offer: DeferredTool) -> Result<ToolRevision, RuntimeError> {
        self.cell.call(move |core| core.retract_tool(&offer)).await
    }

    /// Brings what is staged into force now, while no run is current.
    ///
    /// # Errors
    ///
    /// If the revision is not the latest, nothing is staged, or a run is current: its next boundary does it then.
    pub async fn publish_committed_visible_set(&self, revision: ToolRevision) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.publish_tools(revision)).await
    }

    /// What is visible, and what waits for the next boundary.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn visibility(&self) -> Result<ToolVisibility, RuntimeError> {
        self.cell.call(|core| Ok(core.tool_visibility())).await
    }
}
