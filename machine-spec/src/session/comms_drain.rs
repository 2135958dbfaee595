//! The task that drains the session's inbox of messages from peers.
//!
//! Every task has a number of its own, so that the late exit of an old one cannot be taken for that of its successor. A
//! task that is no longer wanted is told to end, and until it says that it has there is no other. Retiring, stopping,
//! destroying and giving up the session end it, and so does the owner of the ingress who lets go. Nothing survives the
//! process; a reset leaves the task alone.

crate::region! {
    /// One task that drains the inbox.
    epoch DrainId;

    /// How a drain came to its end.
    enum DrainExit {
        /// It is not wanted any more.
        Clean,
        /// It broke off and is to be spawned again.
        Respawnable,
    }

    /// The inbox is to be drained.
    input SpawnDrain { drain: DrainId }
    /// The drain is at work.
    input NotifyDrainStarted { drain: DrainId }
    /// The drain has ended.
    input NotifyDrainExited { drain: DrainId, exit: DrainExit }
    /// The drain is to end.
    input AbortDrain { drain: DrainId }

    /// Start the drain.
    effect StartDrain { drain: DrainId }
    /// Tell the drain to end; it answers with its exit.
    effect InterruptDrain { drain: DrainId }
    /// Tell whoever waits for the end of the drain.
    effect DrainEnded { drain: DrainId }

    /// The task that drains the inbox.
    region comms_drain {
        phases {
            /// There is none, and none is wanted.
            initial Inactive,
            /// It is about to start.
            Starting { drain: DrainId },
            /// It is at work.
            Running { drain: DrainId },
            /// It was told to end.
            Stopping { drain: DrainId },
            /// It broke off; one is wanted.
            Respawnable,
        }
        /// The latest drain.
        field last_drain: DrainId = DrainId::ZERO;

        on SpawnDrain { drain } from Inactive | Respawnable to Starting { drain } {
            require "the drain is newer than every earlier one": drain > self.last_drain;
            require "somebody owns the ingress": !peer_ingress.is(Unowned);
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the task of the drain before was joined": drain_task.is(Joined);
            require "the session takes input": takes_input(lifecycle.phase);
            set last_drain = drain;
            emit StartDrain { drain };
        }
        on NotifyDrainStarted { drain } from Starting { .. } to Running { drain } {
            require "the drain is the current one": drain == self.last_drain;
            require "its task was started": drain_task.is(Open);
        }
        on NotifyDrainExited { drain, exit } {
            require "the drain is the current one": drain == self.last_drain;
            require "the task of the drain was joined": drain_task.is(Joined);

            from Starting { .. } | Running { .. } to Respawnable {
                require "it is to be spawned again": exit == DrainExit::Respawnable;
                emit DrainEnded { drain };
            }
            from Starting { .. } | Running { .. } to Inactive {
                require "it is not wanted any more": exit == DrainExit::Clean;
                emit DrainEnded { drain };
            }
            from Stopping { .. } to Inactive { emit DrainEnded { drain }; }
        }
        on AbortDrain { drain } {
            require "the drain is the current one": drain == self.last_drain;

            from Starting { .. } | Running { .. } to Stopping { drain } { emit InterruptDrain { drain }; }
            from Respawnable to Inactive;
        }

        on ReleaseSessionIngress | ReleaseMobIngress | Retire | Stop | Destroy | Unregister {
            from Starting { drain } | Running { drain } to Stopping { drain } { emit InterruptDrain { drain }; }
            from Inactive | Respawnable to Inactive;
            ignore from Stopping { .. };
        }
        on FinishUnregister {
            from Stopping { drain } to Inactive { emit DrainEnded { drain }; }
            ignore from Inactive | Starting { .. } | Running { .. } | Respawnable;
        }
        on Recover from any to Inactive;
    }

    invariant "a drain at work has an owner": comms_drain.is(Starting | Running | Respawnable) =>
        !peer_ingress.is(Unowned);
    invariant "a drain at work feeds a session that takes input":
        comms_drain.is(Starting | Running | Respawnable) => registration.is(Queuing | Attaching | Active)
        && takes_input(lifecycle.phase);
    invariant "the current drain is the latest": !matches!(comms_drain.phase,
        Starting { drain } | Running { drain } | Stopping { drain } if drain != comms_drain.last_drain);
    always "a drain is over only when its task was joined":
        comms_drain.is(Starting | Running | Stopping) && next.comms_drain.is(Inactive | Respawnable) =>
        next.drain_task.is(Joined);
    always "a drain starts when the one before has ended": next.comms_drain.last_drain != comms_drain.last_drain =>
        comms_drain.is(Inactive | Respawnable) && next.comms_drain.last_drain > comms_drain.last_drain;
    reachable "a drain is spawned again":
        comms_drain.is(Running) && comms_drain.last_drain == DrainId::ZERO.fresh().fresh();
    possible "a drain can end": !comms_drain.is(Inactive) => comms_drain.is(Inactive);
}
