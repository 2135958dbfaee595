//! The live transport: whether it is wanted, who holds it, and what goes on over it.

use std::sync::Arc;

use machine_spec::session::{
    ContextWatermark, ProductTurn, ProductTurnEnding, ProductTurnPhase, ProjectionPhase, RealtimeAuthority,
};

use crate::RuntimeError;
use crate::cell::Cell;

/// Whether the host wants the session to have a live transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RealtimeIntent {
    /// It does.
    Present,
    /// It does not: a transport that is bound is let go of.
    Absent,
}

/// What who holds a live transport says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RealtimeSignal {
    /// It carries.
    Ready,
    /// It does not carry yet, or no longer.
    NotReady,
}

/// How the live transport of a session is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RealtimeAttachmentStatus {
    /// None is wanted.
    Unattached,
    /// One is wanted, and none is bound.
    IntentPresentUnbound,
    /// One is bound, and does not carry.
    BindingNotReady {
        /// Who holds it.
        authority: RealtimeAuthority,
    },
    /// One is bound, and carries.
    BindingReady {
        /// Who holds it.
        authority: RealtimeAuthority,
    },
    /// One is bound in place of another, and does not carry yet.
    ReplacementPending {
        /// Who holds it.
        authority: RealtimeAuthority,
    },
    /// One is wanted, and the last was lost.
    ReattachRequired,
}

/// How much of the session's context the live transport knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// Whether that is all of it, and if not, when it is told the rest.
    pub phase: ProjectionPhase,
    /// How far the context has grown.
    pub watermark: ContextWatermark,
    /// How far the live transport knows it.
    pub frontier: ContextWatermark,
}

/// The live transport of a session. Reached by [`SessionHandle::realtime`](crate::SessionHandle::realtime).
///
/// Every binding has an authority of its own, and only who holds the latest may speak for the transport: what an earlier
/// holder says is refused with the code `realtime.authority_stale` and changes nothing. The host opens and releases
/// transports as the effects `OpenRealtime` and `ReleaseRealtime` among the
/// [events](crate::RuntimeEventKind::Effect) ask for.
///
/// Time is the host's: the effect `AwaitReconnect` asks it to call
/// [`retry_realtime_reconnect_cycle`](Self::retry_realtime_reconnect_cycle) at a moment on its own clock.
///
/// A binding ends with the executor, and in a crash. That a transport is wanted outlives both, and authorities are never
/// used twice.
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{Capability, CoreExecutor, ExecutorError, ModelIdentity, Run, RunControl, RunOutput};
/// # use meerkat_runtime::{MeerkatMachine, RealtimeAttachmentStatus, RealtimeIntent, RealtimeSignal, SessionId};
/// # struct Silent;
/// # #[async_trait]
/// # impl CoreExecutor for Silent {
/// #     async fn execute(&self, _run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
/// #         Ok(RunOutput::empty())
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let id = SessionId::new("voice")?;
/// let capability = Capability { realtime: true, vision: false, image_tool_results: false };
/// let handle = machine.register_session(&id).await?;
/// handle.model().declare(ModelIdentity { model: "spoken".into(), capability }).await?;
/// handle.attach(Arc::new(Silent)).await?;
/// let realtime = handle.realtime();
/// realtime.project_realtime_attachment_intent(RealtimeIntent::Present).await?;
/// let first = realtime.attach_live().await?;
/// realtime.publish_realtime_attachment_signal(first, RealtimeSignal::Ready).await?;
/// let exchange = realtime.begin_product_turn(first).await?;
/// realtime.start_product_output(exchange).await?;
///
/// let second = realtime.replace_realtime_attachment().await?;
/// let refused = realtime.publish_realtime_attachment_signal(first, RealtimeSignal::Ready).await.unwrap_err();
/// assert_eq!(refused.code(), "realtime.authority_stale");
/// let status = realtime.realtime_attachment_status().await?;
/// assert_eq!(status, RealtimeAttachmentStatus::ReplacementPending { authority: second });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Realtime<'handle> {
    pub(super) cell: &'handle Arc<Cell>,
}

impl<'handle> Realtime<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Says whether a live transport is wanted. Saying it twice changes nothing.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn project_realtime_attachment_intent(&self, intent: RealtimeIntent) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.want_realtime(intent)).await
    }

    /// Binds a live transport, and tells under which authority. The session's model decides whether it may: see
    /// [`Model::realtime_transport`](crate::Model::realtime_transport).
    ///
    /// # Errors
    ///
    /// If none is wanted, one is bound, no executor is bound, the session is ending, its model is not known to hold a
    /// live transport, or the live topology is being changed.
    pub async fn attach_live(&self) -> Result<RealtimeAuthority, RuntimeError> {
        self.cell.call(|core| core.attach_live()).await
    }

    /// Binds a live transport in place of the one that is bound, and tells under which authority.
    ///
    /// # Errors
    ///
    /// If none is bound, the session is ending, its model is not known to hold a live transport, or the live topology is
    /// being changed.
    pub async fn replace_realtime_attachment(&self) -> Result<RealtimeAuthority, RuntimeError> {
        self.cell.call(|core| core.replace_realtime()).await
    }

    /// Who holds the live transport; none if none is bound.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn current_realtime_attachment_authority(&self) -> Result<Option<RealtimeAuthority>, RuntimeError> {
        self.cell.call(|core| Ok(core.realtime_authority())).await
    }

    /// Lets go of the live transport. It is still wanted.
    ///
    /// # Errors
    ///
    /// If none is bound.
    pub async fn detach_live(&self) -> Result<(), RuntimeError> {
        self.cell.call(|core| core.detach_live()).await
    }

    /// The live transport is lost, whoever holds it.
    ///
    /// # Errors
    ///
    /// If none is bound.
    pub async fn require_realtime_attachment_reattach(&self) -> Result<(), RuntimeError> {
        self.cell.call(|core| core.require_reattach(None)).await
    }

    /// The live transport of this authority is lost.
    ///
    /// # Errors
    ///
    /// If this authority does not hold the live transport; another that does is not hit.
    pub async fn require_realtime_attachment_reattach_for_authority(
        &self,
        authority: RealtimeAuthority,
    ) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.require_reattach(Some(authority))).await
    }

    /// Says whether the live transport carries. Once it does, the attempts to attach it anew are over.
    ///
    /// # Errors
    ///
    /// If this authority does not hold the live transport, or the live topology is being changed.
    pub async fn publish_realtime_attachment_signal(
        &self,
        authority: RealtimeAuthority,
        signal: RealtimeSignal,
    ) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.publish_realtime(authority, signal)).await
    }

    /// How the live transport is doing.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn realtime_attachment_status(&self) -> Result<RealtimeAttachmentStatus, RuntimeError> {
        self.cell.call(|core| Ok(core.realtime_status())).await
    }

    /// The user has said something over the live transport. Tells the number of the exchange that begins.
    ///
    /// # Errors
    ///
    /// If this authority does not hold the live transport, or an exchange goes on.
    pub async fn begin_product_turn(&self, authority: RealtimeAuthority) -> Result<ProductTurn, RuntimeError> {
        self.cell.call(move |core| core.begin_product_turn(authority)).await
    }

    /// The answer begins.
    ///
    /// # Errors
    ///
    /// If the exchange is not the latest, is over, or its answer has begun.
    pub async fn start_product_output(&self, exchange: ProductTurn) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.start_product_output(exchange)).await
    }

    /// The exchange ends. An answer that is interrupted is cut off: the effect `CutProductOutput` asks for it.
    ///
    /// # Errors
    ///
    /// If the exchange is not the latest, or is over.
    pub async fn end_product_turn(&self, exchange: ProductTurn, ending: ProductTurnEnding) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.end_product_turn(exchange, ending)).await
    }

    /// How far the exchange is that goes on over the live transport.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn product_turn(&self) -> Result<ProductTurnPhase, RuntimeError> {
        self.cell.call(|core| Ok(core.state().product_turn().phase())).await
    }

    /// The context of the session has grown up to here. A live transport that is bound is told the rest: at once, or
    /// when the exchange has ended.
    ///
    /// # Errors
    ///
    /// If the context had grown so far before.
    pub async fn advance_context(&self, watermark: ContextWatermark) -> Result<ProjectionStatus, RuntimeError> {
        self.cell.call(move |core| core.advance_context(watermark)).await
    }

    /// The live transport of this authority knows the context up to here.
    ///
    /// # Errors
    ///
    /// If this authority does not hold the live transport, it knew as much before, or the context has not grown so far.
    pub async fn refresh_projection(
        &self,
        authority: RealtimeAuthority,
        frontier: ContextWatermark,
    ) -> Result<ProjectionStatus, RuntimeError> {
        self.cell.call(move |core| core.refresh_projection(authority, frontier)).await
    }

    /// How much of the context the live transport knows.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn projection(&self) -> Result<ProjectionStatus, RuntimeError> {
        self.cell.call(|core| Ok(core.projection_status())).await
    }
}
