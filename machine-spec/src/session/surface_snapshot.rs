//! Whether the executor's picture of the surfaces is the latest.

crate::region! {
    /// One picture of the surfaces that are open to calls.
    epoch SnapshotEpoch;

    /// The executor has taken in the surfaces of this epoch.
    input AlignSurfaces { epoch: SnapshotEpoch }

    /// Have the executor take in the surfaces anew.
    effect RefreshSurfaces { epoch: SnapshotEpoch }

    /// Whether the executor's picture of the surfaces is the latest.
    region surface_snapshot {
        phases {
            /// It is to be taken in anew.
            initial Stale,
            /// It is the latest.
            Aligned,
        }
        /// The latest epoch.
        field epoch: SnapshotEpoch = SnapshotEpoch::ZERO;

        on SurfaceReady from any to Stale {
            set epoch = self.epoch.fresh();
            emit RefreshSurfaces { epoch: next.epoch };
        }
        on ApplySurface { surface } {
            let hides = surfaces.visible.contains(surface)
                && surfaces.get(surface).is_some_and(|one| one.staged == Some(SurfaceChange::Remove));

            from any to Stale {
                require "a surface is hidden": hides;
                set epoch = self.epoch.fresh();
                emit RefreshSurfaces { epoch: next.epoch };
            }
            from any stay { require "no surface is hidden": !hides; }
        }
        on AlignSurfaces { epoch } from Stale to Aligned { require "the epoch is the latest": epoch == self.epoch; }
        on Detach | Stop | Destroy | FinishUnregister | Recover from any to Stale;
    }

    always "an aligned picture stays so only while it is right":
        surface_snapshot.is(Aligned) && next.surface_snapshot.is(Aligned) =>
        next.surfaces.visible.is_subset(&surfaces.visible) && surfaces.visible.is_subset(&next.surfaces.visible);
    always "an epoch of surfaces never goes back": next.surface_snapshot.epoch >= surface_snapshot.epoch;
    possible "the surfaces can be taken in": surface_snapshot.is(Stale) => surface_snapshot.is(Aligned);
}
