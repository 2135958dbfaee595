//! The steps in which a live session gets another model.

crate::region! {
    /// One change of the live topology. The steps of an earlier one are refused.
    epoch TopologyEpoch;

    /// A change begins. It takes over from one that did not end.
    input BeginTopology;
    /// The live transport is let go of for the change.
    input DetachTopology { topology: TopologyEpoch }
    /// The session has the new model.
    input ApplyTopologyIdentity { topology: TopologyEpoch }
    /// The session has the tools for the new model.
    input ApplyTopologyVisibility { topology: TopologyEpoch }
    /// The change is complete.
    input CompleteTopology { topology: TopologyEpoch }
    /// The change ends before anything was changed.
    input AbortTopology { topology: TopologyEpoch }
    /// The change ends half made. The live transport is to be attached anew.
    input FailTopology { topology: TopologyEpoch }

    /// A change of the live topology. While there is one, no live transport is opened and none is said to carry.
    region topology {
        phases {
            /// There is none.
            initial Idle,
            /// It has begun; nothing is changed.
            Begun,
            /// The live transport is let go of.
            Detached,
            /// The session has the new model.
            IdentityApplied,
            /// The session has the tools for it.
            VisibilityApplied,
        }
        /// The latest change.
        field latest: TopologyEpoch = TopologyEpoch::ZERO;

        on BeginTopology from any to Begun {
            require "an executor is bound, and the session goes on": goes_on(registration.phase, lifecycle.phase);
            set latest = self.latest.fresh();
        }
        on DetachTopology { topology: change } from Begun to Detached {
            require "the change is the latest": change == self.latest;
            require "no run is current": !lifecycle.is(Running);
        }
        on ApplyTopologyIdentity { topology: change } from Detached to IdentityApplied {
            require "the change is the latest": change == self.latest;
        }
        on ApplyTopologyVisibility { topology: change } from IdentityApplied to VisibilityApplied {
            require "the change is the latest": change == self.latest;
        }
        on CompleteTopology { topology: change } from VisibilityApplied to Idle {
            require "the change is the latest": change == self.latest;
        }
        on AbortTopology { topology: change } from Begun to Idle {
            require "the change is the latest": change == self.latest;
        }
        on FailTopology { topology: change } from Detached | IdentityApplied | VisibilityApplied to Idle {
            require "the change is the latest": change == self.latest;
        }
        on Detach | Stop | Destroy | FinishUnregister | Recover from any to Idle;
    }

    invariant "a change that has let go of the live transport has none":
        topology.is(Detached | IdentityApplied | VisibilityApplied) => !realtime.is(Bound);
    always "a change of the topology never goes back": next.topology.latest >= topology.latest;
    always "no live transport is opened while the topology is being changed":
        !topology.is(Idle) => next.realtime.authority == realtime.authority;
    always "no live transport is said to carry while the topology is being changed":
        !topology.is(Idle) && matches!(next.realtime.phase, Bound { link: Link::Ready, .. }) =>
        matches!(realtime.phase, Bound { link: Link::Ready, .. });
    reachable "a change of the topology is all but complete": topology.is(VisibilityApplied);
    possible "a change of the topology can end": !topology.is(Idle) => topology.is(Idle);
}
