//! The peers that the session trusts, and whether its process has been told.
//!
//! A peer is trusted because the host says so (direct) or because the mob does (overlay). An overlay is staged peer by
//! peer and takes the place of the one before as a whole; it is newer than that one. After every change the host is
//! asked to project both sets into its comms, under a new number, so that only an answer to the latest counts. Both sets
//! survive everything; the process's own endpoint, an overlay that was not committed and what was projected do not
//! survive the registration.

crate::region! {
    /// One overlay of a mob.
    epoch OverlayEpoch;
    /// One projection of the trusted peers.
    epoch PeerProjectionId;

    /// The session is reached under this name.
    input SetLocalEndpoint { peer: PeerId }
    /// The host trusts a peer.
    input AddDirectPeer { peer: PeerId }
    /// The host trusts a peer no more.
    input RemoveDirectPeer { peer: PeerId }
    /// A mob begins to stage an overlay. One that was staged before and not committed is dropped.
    input BeginOverlay { epoch: OverlayEpoch }
    /// A peer belongs to the staged overlay.
    input StageOverlayPeer { epoch: OverlayEpoch, peer: PeerId }
    /// The staged overlay takes the place of the one before.
    input CommitOverlay { epoch: OverlayEpoch }
    /// The host's comms trust what they were told to.
    input ConfirmPeerProjection { projected: PeerProjectionId }

    /// Make the host's comms trust the direct peers and those of the overlay, and no others.
    effect ProjectPeers { projected: PeerProjectionId }

    /// The peers that the session trusts.
    region endpoints {
        phases {
            /// No peer was ever trusted.
            initial Unused,
            /// The host's comms are still to be told.
            Stale,
            /// The host's comms trust these peers.
            Projected,
        }
        /// The session's own name among its peers.
        field local: Option<PeerId> = None;
        /// The peers that the host trusts.
        field direct: Set<PeerId> = Set::new();
        /// The peers that the mob trusts.
        field overlay: Set<PeerId> = Set::new();
        /// The peers of the overlay that is being staged.
        field staged: Set<PeerId> = Set::new();
        /// The overlay in force.
        field overlay_epoch: OverlayEpoch = OverlayEpoch::ZERO;
        /// The overlay that is being staged, if it is newer than the one in force.
        field staged_epoch: OverlayEpoch = OverlayEpoch::ZERO;
        /// The latest projection.
        field last_projection: PeerProjectionId = PeerProjectionId::ZERO;

        on SetLocalEndpoint { peer } from any stay {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the name is not that of a peer":
                !self.direct.contains(peer) && !self.overlay.contains(peer) && !self.staged.contains(peer);
            set local = Some(peer);
        }
        on AddDirectPeer { peer } from any to Stale {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the peer is not the session itself": self.local != Some(peer);
            require "the peer is new": !self.direct.contains(peer);
            insert peer into direct;
            set last_projection = self.last_projection.fresh();
            emit ProjectPeers { projected: next.last_projection };
        }
        on RemoveDirectPeer { peer } from any to Stale {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the peer is known": self.direct.contains(peer);
            remove peer from direct;
            set last_projection = self.last_projection.fresh();
            emit ProjectPeers { projected: next.last_projection };
        }
        on BeginOverlay { epoch } from any stay {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the overlay is newer than every earlier one": epoch > self.staged_epoch;
            set staged_epoch = epoch;
            set staged = Set::new();
        }
        on StageOverlayPeer { epoch, peer } from any stay {
            require "the overlay is being staged": epoch == self.staged_epoch && epoch > self.overlay_epoch;
            require "the peer is not the session itself": self.local != Some(peer);
            require "the peer is new": !self.staged.contains(peer);
            insert peer into staged;
        }
        on CommitOverlay { epoch } from any to Stale {
            require "the overlay is being staged": epoch == self.staged_epoch && epoch > self.overlay_epoch;
            set overlay_epoch = epoch;
            set overlay = self.staged;
            set staged = Set::new();
            set last_projection = self.last_projection.fresh();
            emit ProjectPeers { projected: next.last_projection };
        }
        on ConfirmPeerProjection { projected } from Stale to Projected {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the projection is the latest": projected == self.last_projection;
        }

        on Register {
            from Stale stay { emit ProjectPeers { projected: self.last_projection }; }
            ignore from Unused | Projected;
        }
        on FinishUnregister | Recover {
            from Unused | Stale stay {
                set local = None;
                set staged = Set::new();
                set staged_epoch = self.overlay_epoch;
            }
            from Projected to Stale {
                set local = None;
                set staged = Set::new();
                set staged_epoch = self.overlay_epoch;
            }
        }
    }

    invariant "a session does not trust itself as a peer": !endpoints.local.is_some_and(|peer|
        endpoints.direct.contains(peer) || endpoints.overlay.contains(peer) || endpoints.staged.contains(peer));
    invariant "peers are staged only for a newer overlay": !endpoints.staged.is_empty() =>
        endpoints.staged_epoch > endpoints.overlay_epoch;
    invariant "the staged overlay is not older than the one in force": endpoints.staged_epoch >= endpoints.overlay_epoch;
    invariant "a process that is gone trusts nobody":
        registration.is(Absent) => !endpoints.is(Projected) && endpoints.local.is_none();
    always "an overlay is replaced by a newer one only": next.endpoints.overlay != endpoints.overlay =>
        next.endpoints.overlay_epoch > endpoints.overlay_epoch && next.endpoints.overlay == endpoints.staged;
    always "comms are told of every change of trust":
        next.endpoints.direct != endpoints.direct || next.endpoints.overlay != endpoints.overlay =>
        next.endpoints.is(Stale) && next.endpoints.last_projection > endpoints.last_projection;
    always "overlays and projections never go back": next.endpoints.overlay_epoch >= endpoints.overlay_epoch
        && next.endpoints.last_projection >= endpoints.last_projection;
    reachable "a peer is trusted by the host and by the mob":
        endpoints.direct.any(|peer| endpoints.overlay.contains(peer)) && endpoints.is(Projected);
    possible "comms can catch up": endpoints.is(Stale) && registration.is(Queuing | Attaching | Active) =>
        endpoints.is(Projected);
}
