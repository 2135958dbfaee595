//! Who takes in what peers send to the session.
//!
//! A session takes it in by itself until its mob does; a mob is never followed by the session without having let go.
//! Ownership ends with the registration and with the process; stop, reset and destroy leave it alone.

crate::region! {
    /// A mob: a group of sessions that is run together.
    id MobId;

    /// The session takes in what its peers send.
    input ClaimSessionIngress;
    /// The mob takes in what the session's peers send.
    input ClaimMobIngress { mob: MobId }
    /// The session lets go.
    input ReleaseSessionIngress;
    /// The mob lets go.
    input ReleaseMobIngress { mob: MobId }

    /// Who takes in what peers send to the session.
    region peer_ingress {
        phases {
            /// Nobody.
            initial Unowned,
            /// The session.
            Session,
            /// Its mob.
            Mob { mob: MobId },
        }

        on ClaimSessionIngress from Unowned to Session {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
        }
        on ClaimMobIngress { mob } from Unowned | Session to Mob { mob } {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
        }
        on ReleaseSessionIngress from Session to Unowned;
        on ReleaseMobIngress { mob } from Mob { mob: owner } to Unowned {
            require "the mob is the owner": mob == owner;
        }
        on FinishUnregister | Recover from any to Unowned;
    }

    invariant "ingress is owned in a process": !peer_ingress.is(Unowned) => !registration.is(Absent);
    always "a mob's ingress never becomes the session's": peer_ingress.is(Mob) => !next.peer_ingress.is(Session);
    always "a mob's ingress never becomes another mob's":
        peer_ingress.is(Mob) && next.peer_ingress.is(Mob) => next.peer_ingress.phase == peer_ingress.phase;
    reachable "a mob takes over from the session": peer_ingress.is(Mob);
    possible "ingress can be let go of": !peer_ingress.is(Unowned) => peer_ingress.is(Unowned);
}
