//! Tools outside of the process: surfaces and the calls to them.

use std::sync::Arc;

use machine_spec::session::{SnapshotEpoch, SurfaceCallId, SurfaceChange, SurfaceId, SurfaceLineage, SurfacesPhase};

use crate::RuntimeError;
use crate::cell::Cell;

/// How a surface is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurfaceStatus {
    /// The surface.
    pub surface: SurfaceId,
    /// The name that it was registered under.
    pub name: Arc<str>,
    /// Whether it is connected.
    pub phase: SurfacesPhase,
    /// The change that waits for the next boundary.
    pub staged: Option<SurfaceChange>,
    /// The latest operation on it.
    pub lineage: SurfaceLineage,
    /// How many calls are in flight.
    pub calls: u64,
}

/// The surfaces that are open to calls, as an executor takes them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurfaceSnapshot {
    /// Which picture it is.
    pub epoch: SnapshotEpoch,
    /// Whether the executor has taken it in.
    pub aligned: bool,
    /// The surfaces that are open to calls.
    pub open: Vec<SurfaceId>,
}

/// The external tool surfaces and tool servers of a session. Reached by
/// [`SessionHandle::surfaces`](crate::SessionHandle::surfaces).
///
/// A staged change of a surface is made when a run starts or reaches a boundary. What is to be done about it the host
/// hears as an effect among the [events](crate::RuntimeEventKind::Effect), and reports what came of it under the lineage
/// in the effect: a report on an earlier operation is refused and changes nothing. Servers are connected as soon as an
/// executor is bound.
///
/// Time is the host's: the effect `DrainSurface` asks it to wait for the calls of a surface as long as it likes, and to
/// call [`expire`](Self::expire) then.
///
/// With the executor, connections and calls end; so they do in a crash. What was connected is wanted again, and is
/// connected when the next run starts.
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{CoreExecutor, ExecutorError, Run, RunControl, RunOutput, Submission, SurfacesPhase};
/// # use meerkat_runtime::{MeerkatMachine, ServersPhase, SessionId, SurfaceCallId, SurfaceChange};
/// # struct Silent;
/// # #[async_trait]
/// # impl CoreExecutor for Silent {
/// #     async fn execute(&self, _run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
/// #         Ok(RunOutput::empty())
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let id = SessionId::new("coder")?;
/// let attachment = machine.ensure_session_with_executor(&id, Arc::new(Silent)).await?;
/// let surfaces = attachment.handle().surfaces();
/// let browser = surfaces.register("browser").await?;
/// surfaces.stage(browser, SurfaceChange::Add).await?;
/// let (_, done) = attachment.handle().accept_input_with_completion(Submission::prompt("look")).await?;
/// done.await;
/// let connecting = surfaces.status(browser).await?;
/// surfaces.ready(browser, connecting.lineage).await?;
/// surfaces.call_started(browser, SurfaceCallId::from_number(1)).await?;
/// surfaces.call_finished(browser, SurfaceCallId::from_number(1)).await?;
/// assert_eq!(surfaces.status(browser).await?.phase, SurfacesPhase::Active);
///
/// let files = surfaces.add_server("files").await?;
/// let connection = surfaces.server_status(files).await?.connection;
/// surfaces.server_connected(files, connection).await?;
/// assert_eq!(surfaces.server_status(files).await?.phase, ServersPhase::Connected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Surfaces<'handle> {
    pub(super) cell: &'handle Arc<Cell>,
}

impl<'handle> Surfaces<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// Makes a surface known, and tells its number. One that is known stays as it is.
    ///
    /// # Errors
    ///
    /// If the name is none, the session has as many names of surfaces as it may, or the session is destroyed.
    pub async fn register(&self, name: impl Into<Arc<str>>) -> Result<SurfaceId, RuntimeError> {
        let name = name.into();
        self.cell.call(move |core| core.register_surface(&name)).await
    }

    /// Stages a change for the next boundary. The opposite of what is staged takes it back.
    ///
    /// # Errors
    ///
    /// If the surface is not registered, or the change does not fit it: what is connected cannot be added, what is not
    /// cannot be removed, and what is not open to calls cannot be reloaded.
    pub async fn stage(&self, surface: SurfaceId, change: SurfaceChange) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.stage_surface(surface, change)).await
    }

    /// The surface is connected, as the operation with this lineage asked for.
    ///
    /// # Errors
    ///
    /// If the surface is not registered, or that is not its current operation: then let go of the connection.
    pub async fn ready(&self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.surface_ready(surface, lineage)).await
    }

    /// The surface could not be connected. One that was to be reloaded keeps its earlier connection.
    ///
    /// # Errors
    ///
    /// If the surface is not registered, or that is not its current operation.
    pub async fn failed(&self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.surface_failed(surface, lineage)).await
    }

    /// A call to the surface begins. Its number is the caller's, and its own while the call is in flight.
    ///
    /// # Errors
    ///
    /// If the surface is not registered or not open to calls, or the call is in flight already.
    pub async fn call_started(&self, surface: SurfaceId, call: SurfaceCallId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.start_surface_call(surface, call)).await
    }

    /// A call to the surface has ended. The last one of a surface that is to be removed lets it go.
    ///
    /// # Errors
    ///
    /// If the surface is not registered, or the call is not in flight: then drop its answer.
    pub async fn call_finished(&self, surface: SurfaceId, call: SurfaceCallId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.finish_surface_call(surface, call)).await
    }

    /// The surface has waited for its calls as long as it may: it is let go of, and they are lost.
    ///
    /// # Errors
    ///
    /// If the surface is not registered, or does not wait under this lineage: it is too late, and there is nothing to
    /// do.
    pub async fn expire(&self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.expire_surface(surface, lineage)).await
    }

    /// The surfaces that are open to calls, for an executor to take in.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn snapshot(&self) -> Result<SurfaceSnapshot, RuntimeError> {
        self.cell.call(|core| Ok(core.surface_snapshot())).await
    }

    /// The executor has taken in the surfaces as the picture of this epoch shows them.
    ///
    /// # Errors
    ///
    /// If there is a newer picture, or this one was taken in before.
    pub async fn align(&self, epoch: SnapshotEpoch) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.align_surfaces(epoch)).await
    }

    /// How a surface is doing.
    ///
    /// # Errors
    ///
    /// If the surface is not registered.
    pub async fn status(&self, surface: SurfaceId) -> Result<SurfaceStatus, RuntimeError> {
        self.cell.call(move |core| core.surface_status(surface)).await
    }

    /// Every surface that was registered.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn list(&self) -> Result<Vec<SurfaceStatus>, RuntimeError> {
        self.cell.call(|core| core.list_surfaces()).await
    }
}
