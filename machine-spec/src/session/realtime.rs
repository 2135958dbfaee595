//! The live transport of a session: whether it is wanted, and who holds it.

crate::region! {
    /// One binding of a live transport. Only who holds the latest may speak for it.
    epoch RealtimeAuthority;

    /// How a live transport is doing.
    enum Link {
        /// It does not carry yet, or no longer.
        Opening,
        /// It carries.
        Ready,
        /// It does not carry yet, and takes the place of another.
        Replacing,
    }

    /// A live transport is wanted.
    input WantRealtime;
    /// No live transport is wanted.
    input UnwantRealtime;
    /// A live transport is opened.
    input BeginRealtime;
    /// The live transport is opened anew.
    input ReplaceRealtime;
    /// The live transport is let go of. It is still wanted.
    input DetachRealtime;
    /// The live transport is lost.
    input RequireReattach;
    /// The live transport is lost, says who holds it.
    input RequireReattachFor { authority: RealtimeAuthority }
    /// The live transport carries, says who holds it.
    input PublishRealtimeReady { authority: RealtimeAuthority }
    /// The live transport does not carry, says who holds it.
    input PublishRealtimeNotReady { authority: RealtimeAuthority }

    /// Open a live transport, in place of an earlier one if there is one.
    effect OpenRealtime { authority: RealtimeAuthority }
    /// Let go of the live transport; perhaps an earlier process has opened it.
    effect ReleaseRealtime { authority: RealtimeAuthority }

    /// Whether an authority is the one under which a live transport is bound.
    fn holds_realtime(realtime: RealtimePhase, authority: RealtimeAuthority) -> bool {
        matches!(realtime, RealtimePhase::Bound { authority: bound, .. } if bound == authority)
    }

    /// Whether the session's model can hold a live transport. Not as long as it is unknown.
    fn can_hold_realtime(current: Option<Identity>) -> bool { current.is_some_and(|one| one.capability.realtime) }

    /// The live transport. Its phase is its status.
    region realtime {
        phases {
            /// None is wanted.
            initial Unattached,
            /// One is wanted, and none is bound.
            Wanted,
            /// One is bound.
            Bound { authority: RealtimeAuthority, link: Link },
            /// One is wanted, and the last was lost.
            ReattachRequired,
        }
        /// The latest binding.
        field authority: RealtimeAuthority = RealtimeAuthority::ZERO;

        on WantRealtime {
            from Unattached to Wanted;
            ignore from any except Unattached;
        }
        on UnwantRealtime {
            from Bound { .. } to Unattached { emit ReleaseRealtime { authority: self.authority }; }
            from Wanted | ReattachRequired to Unattached;
            ignore from Unattached;
        }
        on BeginRealtime from Wanted | ReattachRequired
            to Bound { authority: self.authority.fresh(), link: Link::Opening }
        {
            require "an executor is bound, and the session goes on": goes_on(registration.phase, lifecycle.phase);
            require "the model can hold a live transport": can_hold_realtime(identity.current);
            require "the topology is not being changed": topology.is(Idle);
            set authority = self.authority.fresh();
            emit OpenRealtime { authority: next.authority };
        }
        on ReplaceRealtime from Bound { .. }
            to Bound { authority: self.authority.fresh(), link: Link::Replacing }
        {
            require "an executor is bound, and the session goes on": goes_on(registration.phase, lifecycle.phase);
            require "the model can hold a live transport": can_hold_realtime(identity.current);
            require "the topology is not being changed": topology.is(Idle);
            set authority = self.authority.fresh();
            emit OpenRealtime { authority: next.authority };
        }
        on PublishRealtimeReady { authority } from Bound { authority: bound, .. }
            to Bound { authority, link: Link::Ready }
        {
            require "the authority is the one that is bound": authority == bound;
            require "the topology is not being changed": topology.is(Idle);
        }
        on PublishRealtimeNotReady { authority } from Bound { authority: bound, link }
            to Bound { authority, link: if link == Link::Ready { Link::Opening } else { link } }
        {
            require "the authority is the one that is bound": authority == bound;
            require "the topology is not being changed": topology.is(Idle);
        }
        on RequireReattachFor { authority } from Bound { authority: bound, .. } to ReattachRequired {
            require "the authority is the one that is bound": authority == bound;
            emit ReleaseRealtime { authority };
        }
        on RequireReattach from Bound { .. } to ReattachRequired { emit ReleaseRealtime { authority: self.authority }; }
        on DetachRealtime from Bound { .. } to Wanted { emit ReleaseRealtime { authority: self.authority }; }

        on DetachTopology {
            from Bound { .. } to Wanted { emit ReleaseRealtime { authority: self.authority }; }
            ignore from Unattached | Wanted | ReattachRequired;
        }
        on FailTopology {
            from Wanted to ReattachRequired;
            ignore from Unattached | ReattachRequired;
        }

        on Detach | Stop | Destroy | FinishUnregister | Recover {
            from Bound { .. } to Wanted { emit ReleaseRealtime { authority: self.authority }; }
            from ReattachRequired to Wanted;
            ignore from Unattached | Wanted;
        }
    }

    invariant "who holds the live transport holds the latest authority":
        !matches!(realtime.phase, Bound { authority, .. } if authority != realtime.authority);
    invariant "a live transport has an executor": realtime.is(Bound) => registration.is(Active | Draining);
    always "an authority never goes back": next.realtime.authority >= realtime.authority;
    always "every live transport has an authority of its own": !realtime.is(Bound) && next.realtime.is(Bound) =>
        next.realtime.authority > realtime.authority;
    reachable "a live transport that replaces another carries":
        matches!(realtime.phase, Bound { link: Link::Ready, authority } if authority > RealtimeAuthority::ZERO.fresh());
    possible "a live transport can be let go of": realtime.is(Bound) => realtime.is(Wanted);
    possible "no live transport need be wanted": !realtime.is(Unattached) => realtime.is(Unattached);
}
