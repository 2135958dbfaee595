//! Tools outside of the process: surfaces, and the executor's picture of them.

use std::sync::Arc;

use machine_spec::session::{
    MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachineMutator,
    MeerkatMachineRejection as Rejection, SnapshotEpoch, SurfaceCallId, SurfaceChange, SurfaceId, SurfaceLineage,
    SurfaceSnapshotPhase, SurfacesPhase,
};

use super::{Core, NameKind, Remains};
use crate::{RuntimeError, SurfaceSnapshot, SurfaceStatus, SurfacesRefusal};

impl Core {
    /// Makes a surface known; one that is known stays as it is.
    pub(crate) fn register_surface(&mut self, name: &str) -> Result<SurfaceId, RuntimeError> {
        let surface = SurfaceId::from_number(self.intern(NameKind::Surface, name)?);
        if self.state().surfaces().get(surface).is_none() {
            self.request(Input::RegisterSurface { surface })?;
        }
        Ok(surface)
    }

    pub(crate) fn stage_surface(&mut self, surface: SurfaceId, change: SurfaceChange) -> Result<(), RuntimeError> {
        self.request(Input::StageSurface { surface, change })
    }

    /// Makes every staged change, in the step of the boundary that it waited for. A session that ends with its current
    /// run makes none.
    pub(super) fn apply_surfaces(&mut self) {
        let changing: Vec<SurfaceId> = self.state().surfaces().changing().iter().collect();
        for surface in changing {
            let apply = Input::ApplySurface { surface };
            if self.authority.can_apply(&apply).is_ok() {
                self.insist(apply, &Remains::default());
            }
        }
    }

    pub(crate) fn surface_ready(&mut self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.request(Input::SurfaceReady { surface, lineage })
    }

    pub(crate) fn surface_failed(&mut self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.request(Input::SurfaceFailed { surface, lineage })
    }

    pub(crate) fn start_surface_call(&mut self, surface: SurfaceId, call: SurfaceCallId) -> Result<(), RuntimeError> {
        self.request(Input::StartSurfaceCall { surface, call })
    }

    pub(crate) fn finish_surface_call(&mut self, surface: SurfaceId, call: SurfaceCallId) -> Result<(), RuntimeError> {
        self.request(Input::FinishSurfaceCall { surface, call })
    }

    pub(crate) fn expire_surface(&mut self, surface: SurfaceId, lineage: SurfaceLineage) -> Result<(), RuntimeError> {
        self.request(Input::ExpireSurface { surface, lineage })
    }

    pub(crate) fn align_surfaces(&mut self, epoch: SnapshotEpoch) -> Result<(), RuntimeError> {
        self.request(Input::AlignSurfaces { epoch })
    }

    pub(crate) fn surface_status(&self, surface: SurfaceId) -> Result<SurfaceStatus, RuntimeError> {
        let known = || self.surfaces_refused(SurfacesRefusal::Unknown);
        let instance = self.state().surfaces().get(surface).ok_or_else(known)?;
        Ok(SurfaceStatus {
            surface,
            name: self.names.name(NameKind::Surface, surface.number()).map(Arc::clone).unwrap_or_default(),
            phase: instance.phase(),
            staged: instance.staged(),
            lineage: instance.lineage(),
            calls: instance.calls().len(),
        })
    }

    pub(crate) fn list_surfaces(&self) -> Result<Vec<SurfaceStatus>, RuntimeError> {
        self.state().surfaces().iter().map(|surface| self.surface_status(surface.key())).collect()
    }

    pub(crate) fn surface_snapshot(&self) -> SurfaceSnapshot {
        let is_open = |phase| matches!(phase, SurfacesPhase::Active | SurfacesPhase::Reloading);
        let open = self.state().surfaces().iter().filter(|surface| is_open(surface.phase()));
        SurfaceSnapshot {
            epoch: self.state().surface_snapshot().epoch(),
            aligned: self.state().surface_snapshot().phase() == SurfaceSnapshotPhase::Aligned,
            open: open.map(|surface| surface.key()).collect(),
        }
    }

    fn surfaces_refused(&self, reason: SurfacesRefusal) -> RuntimeError {
        RuntimeError::Surfaces { session: self.session.clone(), reason }
    }

    /// Why a call about a surface was refused, in its own terms.
    pub(super) fn surfaces_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let about_one = matches!(
            input,
            Input::StageSurface { .. }
                | Input::SurfaceReady { .. }
                | Input::SurfaceFailed { .. }
                | Input::StartSurfaceCall { .. }
                | Input::FinishSurfaceCall { .. }
                | Input::ExpireSurface { .. }
        );
        let reason = match (input, rejection) {
            (_, Rejection::NoInstance { .. }) if about_one => SurfacesRefusal::Unknown,
            (Input::StageSurface { .. }, _) => SurfacesRefusal::ChangeUnfit,
            (Input::AlignSurfaces { epoch }, _) if *epoch == self.state().surface_snapshot().epoch() => {
                SurfacesRefusal::AlignedAlready
            }
            (Input::AlignSurfaces { .. }, _) => SurfacesRefusal::PictureStale,
            (_, Rejection::Guard { guard: Guard::ItIsTheLatestOperation, .. }) => SurfacesRefusal::OperationStale,
            (_, Rejection::Guard { guard: Guard::TheCallIsNotInFlight, .. }) => SurfacesRefusal::CallInFlight,
            (_, Rejection::Guard { guard: Guard::TheCallIsInFlight, .. }) => SurfacesRefusal::CallNotInFlight,
            (Input::StartSurfaceCall { .. }, Rejection::Phase { .. }) => SurfacesRefusal::NotOpen,
            (Input::FinishSurfaceCall { .. }, Rejection::Phase { .. }) => SurfacesRefusal::CallNotInFlight,
            (_, Rejection::Phase { .. }) if about_one => SurfacesRefusal::OperationStale,
            _ => return None,
        };
        Some(self.surfaces_refused(reason))
    }
}
