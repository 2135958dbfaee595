//! The task of a drain as this process has it: from the step that has it started until it was joined.
//!
//! Nobody else may have the session before its task was joined. It is a region of its own, apart from what is wanted of
//! the drain, so that the core can be checked without the peers.

crate::region! {
    /// The task of the drain is about to be started.
    input OpenDrain { drain: DrainId }
    /// The task of the drain has ended and was joined.
    input JoinDrain { drain: DrainId }

    /// The task that drains the inbox, as this process has it.
    region drain_task {
        phases {
            /// There is none.
            initial Joined,
            /// There is this one.
            Open { drain: DrainId },
        }

        on OpenDrain { drain } from Joined to Open { drain } {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the drain has a number": drain > DrainId::ZERO;
        }
        on JoinDrain { drain } from Open { drain: open } to Joined {
            require "the task is that of this drain": drain == open;
        }
        on FinishUnregister from Joined stay;
        on Recover from any to Joined;
    }

    invariant "a process that is gone has no task": registration.is(Absent) => drain_task.is(Joined);
    possible "the task of a drain can be joined": true => drain_task.is(Joined);
}
