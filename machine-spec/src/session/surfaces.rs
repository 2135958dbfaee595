//! Tools outside of the process: what is connected, what is about to change, and the calls in flight.

crate::region! {
    /// An external tool surface, by the number that the host's name for it has in this session.
    id SurfaceId;
    /// A call to a surface.
    id SurfaceCallId;
    /// One operation on a surface. What comes of an earlier operation is refused.
    epoch SurfaceLineage;

    /// What is to become of a surface at the next boundary.
    enum SurfaceChange {
        /// It is connected.
        Add,
        /// It is let go of, once its calls have ended.
        Remove,
        /// It is connected anew.
        Reload,
    }

    /// How a surface is let go of.
    enum SurfaceClosing {
        /// No call was in flight.
        Clean,
        /// Calls in flight are lost.
        Forced,
    }

    /// A surface becomes known.
    input RegisterSurface { surface: SurfaceId }
    /// A change of a surface waits for the next boundary.
    input StageSurface { surface: SurfaceId, change: SurfaceChange }
    /// The staged change of a surface is made, at a boundary.
    input ApplySurface { surface: SurfaceId }
    /// The surface is connected.
    input SurfaceReady { surface: SurfaceId, lineage: SurfaceLineage }
    /// The surface could not be connected.
    input SurfaceFailed { surface: SurfaceId, lineage: SurfaceLineage }
    /// A call to the surface begins.
    input StartSurfaceCall { surface: SurfaceId, call: SurfaceCallId }
    /// A call to the surface has ended.
    input FinishSurfaceCall { surface: SurfaceId, call: SurfaceCallId }
    /// The surface has waited for its calls as long as it may.
    input ExpireSurface { surface: SurfaceId, lineage: SurfaceLineage }

    /// Connect the surface, in place of an earlier connection if there is one.
    effect ConnectSurface { surface: SurfaceId, lineage: SurfaceLineage }
    /// Wait for the calls of the surface, and say when they have taken too long.
    effect DrainSurface { surface: SurfaceId, lineage: SurfaceLineage }
    /// Let go of what was connected up to this lineage; perhaps an earlier process has connected it.
    effect CloseSurface { surface: SurfaceId, lineage: SurfaceLineage, closing: SurfaceClosing }

    fn closing(calls: u64) -> SurfaceClosing { if calls == 0 { SurfaceClosing::Clean } else { SurfaceClosing::Forced } }

    /// The external tool surfaces. A surface that was registered stays known; hosts have few.
    keyed region surfaces[SurfaceId] {
        phases {
            /// Not connected.
            Closed,
            /// Being connected.
            Connecting,
            /// Open to calls.
            Active,
            /// Open to calls, and being connected anew.
            Reloading,
            /// Waiting for its last calls.
            Draining,
        }
        /// What is staged for the next boundary.
        field staged: Option<SurfaceChange> = None;
        /// The latest operation.
        field lineage: SurfaceLineage = SurfaceLineage::ZERO;
        /// The calls in flight.
        field calls: Set<SurfaceCallId> = Set::new();

        /// The surfaces to which a boundary does something.
        pub select changing = Closed | Connecting | Active | Reloading where self.staged.is_some();
        select open = Connecting | Active | Reloading | Draining;
        select visible = Active | Reloading;

        on RegisterSurface { surface } create surface to Closed {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
        }
        on StageSurface { surface, change } at surface {
            from Closed | Draining stay {
                require "it is to be added, or its addition is taken back": change == SurfaceChange::Add
                    || change == SurfaceChange::Remove && self.staged.is_some();
                set staged = if change == SurfaceChange::Add { Some(change) } else { None };
            }
            from Connecting | Active | Reloading stay {
                require "it is to be removed, or its removal is taken back": change == SurfaceChange::Remove
                    || change == SurfaceChange::Add && self.staged == Some(SurfaceChange::Remove);
                set staged = if change == SurfaceChange::Remove { Some(change) } else { None };
            }
            from Active stay {
                require "it is to be reloaded": change == SurfaceChange::Reload;
                set staged = Some(change);
            }
        }
        on ApplySurface { surface } at surface {
            require "an executor is bound, and the session goes on": goes_on(registration.phase, lifecycle.phase);
            require "a change is staged": let Some(change) = self.staged;

            from Closed to Connecting {
                set staged = None;
                set lineage = self.lineage.fresh();
                emit ConnectSurface { surface, lineage: next.lineage };
            }
            from Active to Reloading {
                require "it is reloaded": change == SurfaceChange::Reload;
                set staged = None;
                set lineage = self.lineage.fresh();
                emit ConnectSurface { surface, lineage: next.lineage };
            }
            from Connecting | Active | Reloading to Closed {
                require "it is removed, and no call is in flight":
                    change == SurfaceChange::Remove && self.calls.is_empty();
                set staged = None;
                emit CloseSurface { surface, lineage: self.lineage, closing: SurfaceClosing::Clean };
            }
            from Active | Reloading to Draining {
                require "it is removed, and a call is in flight":
                    change == SurfaceChange::Remove && !self.calls.is_empty();
                set staged = None;
                set lineage = self.lineage.fresh();
                emit DrainSurface { surface, lineage: next.lineage };
            }
        }
        on SurfaceReady { surface, lineage } at surface from Connecting | Reloading to Active {
            require "it is the latest operation": lineage == self.lineage;
        }
        on SurfaceFailed { surface, lineage } at surface {
            require "it is the latest operation": lineage == self.lineage;

            from Connecting to Closed { set staged = None; }
            from Reloading to Active;
        }

        on StartSurfaceCall { surface, call } at surface from Active | Reloading stay {
            require "the call is not in flight": !self.calls.contains(call);
            insert call into calls;
        }
        on FinishSurfaceCall { surface, call } at surface {
            require "the call is in flight": self.calls.contains(call);

            from Active | Reloading stay { remove call from calls; }
            from Draining stay {
                require "others are in flight": self.calls.len() > 1;
                remove call from calls;
            }
            from Draining to Closed {
                require "it is the last": self.calls.len() == 1;
                remove call from calls;
                emit CloseSurface { surface, lineage: self.lineage, closing: SurfaceClosing::Clean };
            }
        }
        on ExpireSurface { surface, lineage } at surface from Draining to Closed {
            require "it is the latest operation": lineage == self.lineage;
            set calls = Set::new();
            emit CloseSurface { surface, lineage, closing: SurfaceClosing::Forced };
        }

        on Detach | Stop | Destroy | FinishUnregister | Recover each open from any except Closed to Closed {
            set staged = reconnected(self.phase, self.staged);
            set calls = Set::new();
            emit CloseSurface { surface: self.key, lineage: self.lineage, closing: closing(self.calls.len()) };
        }
    }

    /// What is staged for a surface that was let go of together with the executor: it is wanted, unless it was not.
    fn reconnected(phase: SurfacesPhase, staged: Option<SurfaceChange>) -> Option<SurfaceChange> {
        match staged {
            Some(SurfaceChange::Remove) => None,
            _ if matches!(phase, SurfacesPhase::Draining) => staged,
            _ => Some(SurfaceChange::Add),
        }
    }

    invariant "what is staged for a surface can be done": surfaces.all(|surface| match surface.staged {
        None => true,
        Some(SurfaceChange::Add) => surface.is(Closed | Draining),
        Some(SurfaceChange::Reload) => surface.is(Active),
        Some(SurfaceChange::Remove) => surface.is(Connecting | Active | Reloading),
    });
    invariant "a surface that is not open has no call in flight":
        surfaces.all(|surface| surface.is(Active | Reloading | Draining) || surface.calls.is_empty());
    invariant "a surface that drains has a call in flight":
        surfaces.all(|surface| !surface.is(Draining) || !surface.calls.is_empty());
    invariant "an open surface has an executor": !surfaces.open.is_empty() => registration.is(Active | Draining);
    invariant "an open surface has a lineage":
        surfaces.open.all(|open| surfaces.get(open).is_some_and(|surface| surface.lineage > SurfaceLineage::ZERO));
    always "a lineage never goes back": surfaces.all(|surface|
        next.surfaces.get(surface.key).is_some_and(|later| later.lineage >= surface.lineage));
    always "a surface that drains takes no call": surfaces.all(|surface| !surface.is(Draining)
        || next.surfaces.get(surface.key).is_some_and(|later| later.calls.is_subset(&surface.calls)));
    reachable "a reload leaves calls alone": surfaces.any(|surface| surface.is(Reloading) && !surface.calls.is_empty());
    possible "a surface that drains can be let go of": surfaces.any(|surface| surface.is(Draining)) =>
        surfaces.all(|surface| !surface.is(Draining));
}
