//! Which peer may supervise the session.
//!
//! A supervisor is one that the host has published trust in. Publishing and revoking are the host's work, acknowledged
//! under the epoch of the binding in the very phase that waits for it. Where such work failed or its process died, the
//! trust may be there or not: nobody is taken for the supervisor until it was revoked or published anew. A binding
//! survives the process, the registration, stop and reset; destroying the session revokes it.

crate::region! {
    /// A peer of the session.
    id PeerId;
    /// One binding of a supervisor.
    epoch SupervisorEpoch;

    /// A peer is to supervise the session. The one who does may be bound again, under a newer epoch.
    input BindSupervisor { peer: PeerId, epoch: SupervisorEpoch }
    /// The supervisor's trust is published.
    input ConfirmTrust { epoch: SupervisorEpoch }
    /// The supervisor's trust could not be published.
    input FailTrust { epoch: SupervisorEpoch }
    /// The supervisor is not to supervise the session any more.
    input RevokeSupervisor { epoch: SupervisorEpoch }
    /// The supervisor's trust is revoked.
    input ConfirmRevocation { epoch: SupervisorEpoch }
    /// The supervisor's trust could not be revoked.
    input FailRevocation { epoch: SupervisorEpoch }

    /// Publish trust in the supervisor.
    effect PublishSupervisorTrust { peer: PeerId, epoch: SupervisorEpoch }
    /// Revoke the trust in the supervisor.
    effect RevokeSupervisorTrust { peer: PeerId, epoch: SupervisorEpoch }

    /// Which peer may supervise the session.
    region supervisor {
        phases {
            /// None, and no trust is published.
            initial Unbound,
            /// None yet: trust is being published.
            Publishing { peer: PeerId },
            /// This one.
            Bound { peer: PeerId },
            /// None any more: trust is being revoked.
            Revoking { peer: PeerId },
            /// None: trust may be published or not.
            Uncertain { peer: PeerId },
        }
        /// The latest binding; in every phase but the first it is the current one.
        field last_epoch: SupervisorEpoch = SupervisorEpoch::ZERO;

        on BindSupervisor { peer, epoch } {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the session is not destroyed":
                !matches!(lifecycle.phase, Destroyed | Running { then: Then::Destroy, .. });
            require "the epoch is newer than every earlier one": epoch > self.last_epoch;

            from Unbound to Publishing { peer } {
                set last_epoch = epoch;
                emit PublishSupervisorTrust { peer, epoch };
            }
            from Bound { peer: bound } | Uncertain { peer: bound } to Publishing { peer } {
                require "the peer is the one that was bound": peer == bound;
                set last_epoch = epoch;
                emit PublishSupervisorTrust { peer, epoch };
            }
        }
        on ConfirmTrust { epoch } from Publishing { peer } to Bound { peer } {
            require "the epoch is the current one": epoch == self.last_epoch;
        }
        on FailTrust { epoch } from Publishing { peer } to Uncertain { peer } {
            require "the epoch is the current one": epoch == self.last_epoch;
        }
        on RevokeSupervisor { epoch }
            from Publishing { peer } | Bound { peer } | Uncertain { peer } to Revoking { peer }
        {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the epoch is the current one": epoch == self.last_epoch;
            emit RevokeSupervisorTrust { peer, epoch };
        }
        on ConfirmRevocation { epoch } from Revoking { .. } to Unbound {
            require "the epoch is the current one": epoch == self.last_epoch;
        }
        on FailRevocation { epoch } from Revoking { peer } to Uncertain { peer } {
            require "the epoch is the current one": epoch == self.last_epoch;
        }

        on Destroy {
            from Publishing { peer } | Bound { peer } | Uncertain { peer } to Revoking { peer } {
                emit RevokeSupervisorTrust { peer, epoch: self.last_epoch };
            }
            ignore from Unbound | Revoking { .. };
        }
        on FinishUnregister | Recover {
            from Publishing { peer } | Revoking { peer } to Uncertain { peer };
            ignore from Unbound | Bound { .. } | Uncertain { .. };
        }
    }

    invariant "a destroyed session has no supervisor": lifecycle.is(Destroyed) => !supervisor.is(Publishing | Bound);
    invariant "trust changes hands in a process": supervisor.is(Publishing | Revoking) => !registration.is(Absent);
    always "a supervisor is bound only by what was published": !supervisor.is(Bound) && next.supervisor.is(Bound) =>
        supervisor.is(Publishing) && next.supervisor.last_epoch == supervisor.last_epoch;
    always "trust that may be there is revoked before it is forgotten":
        !supervisor.is(Unbound) && next.supervisor.is(Unbound) => supervisor.is(Revoking);
    always "a supervisor is never replaced by another peer": !matches!(supervisor.phase,
        Publishing { peer } | Bound { peer } | Revoking { peer } | Uncertain { peer }
            if matches!(next.supervisor.phase, Publishing { peer: later } | Bound { peer: later }
                | Revoking { peer: later } | Uncertain { peer: later } if later != peer));
    always "supervisor epochs never go back": next.supervisor.last_epoch >= supervisor.last_epoch;
    possible "a supervisor can be let go of":
        !supervisor.is(Unbound) && registration.is(Queuing | Attaching | Active) => supervisor.is(Unbound);
}
