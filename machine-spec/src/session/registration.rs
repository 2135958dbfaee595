//! Which process and which executor hold the session.

crate::region! {
    /// One registration of the session in one process. Every handle carries it.
    epoch Incarnation;
    /// One binding of an executor. Releasing a binding takes the fence that made it.
    epoch Fence;

    /// A process takes the session.
    input Register { incarnation: Incarnation, attempt_limit: u32, waiting_limit: u64 }
    /// The process that held the session is gone.
    input Recover;
    /// An executor is about to be bound.
    input BeginAttach { incarnation: Incarnation, fence: Fence }
    /// The executor is bound.
    input FinishAttach { fence: Fence }
    /// The executor that was about to be bound is not.
    input AbandonAttach { fence: Fence }
    /// A bound executor goes away.
    input Detach { fence: Fence }
    /// The process gives the session up: no more input, no more runs.
    input Unregister { incarnation: Incarnation }
    /// The process has given the session up.
    input FinishUnregister { incarnation: Incarnation }

    /// Let go of the executor bound under the fence.
    effect ReleaseExecutor { fence: Fence }

    /// Which process and which executor hold the session.
    region registration {
        phases {
            /// No process holds it.
            initial Absent,
            /// A process holds it; inputs wait for an executor.
            Queuing,
            /// An executor is being bound.
            Attaching { fence: Fence },
            /// An executor is bound.
            Active { fence: Fence },
            /// The process is giving it up.
            Draining,
        }
        /// The latest registration.
        field incarnation: Incarnation = Incarnation::ZERO;
        /// The latest binding.
        field fence: Fence = Fence::ZERO;

        on Register { incarnation } from Absent to Queuing {
            require "the incarnation is newer than every earlier one": incarnation > self.incarnation;
            set incarnation = incarnation;
        }
        on Recover from any to Absent;

        on BeginAttach { incarnation, fence } from Queuing to Attaching { fence } {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
            require "the fence is newer than every earlier one": fence > self.fence;
            set fence = fence;
        }
        on FinishAttach { fence } from Attaching { fence: claimed } to Active { fence } {
            require "the fence is the one that was claimed": fence == claimed;
        }
        on AbandonAttach { fence } from Attaching { fence: claimed } to Queuing {
            require "the fence is the one that was claimed": fence == claimed;
        }
        on Detach { fence } from Active { fence: bound } to Queuing {
            require "the fence is the one that is bound": fence == bound;
            emit ReleaseExecutor { fence };
        }

        on Unregister { incarnation } from Queuing | Attaching { .. } | Active { .. } to Draining {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
        }
        on FinishUnregister { incarnation } from Draining to Absent {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
            emit ReleaseExecutor { fence: self.fence };
        }

        on Admit | Wake | Retire | Recycle | Reset { incarnation } from Queuing | Attaching { .. } | Active { .. } stay {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
        }
        on StartRun | JoinRun from Active { .. } stay;

        on Stop | Destroy { incarnation } {
            require "the handle is of the current incarnation": incarnation == self.incarnation;

            from Queuing stay;
            from Attaching { .. } to Queuing;
            from Active { fence } to Queuing {
                require "no run is current": !lifecycle.is(Running);
                emit ReleaseExecutor { fence };
            }
            from Active { .. } stay { require "a run is current": lifecycle.is(Running); }
        }
        on FinishRun {
            from Active { fence } to Queuing {
                require "the session ends with this run": ends(lifecycle.phase);
                emit ReleaseExecutor { fence };
            }
            from Active { .. } stay { require "the session outlives this run": !ends(lifecycle.phase); }
            from Draining stay;
        }
    }

    invariant "whoever is bound or being bound holds the latest fence": !matches!(registration.phase,
        Attaching { fence } | Active { fence } if fence != registration.fence);
    always "incarnations and fences never go back":
        next.registration.incarnation >= registration.incarnation && next.registration.fence >= registration.fence;
    always "a session is registered when nobody holds it, and an executor claimed when none is bound":
        (next.registration.incarnation == registration.incarnation || registration.is(Absent))
        && (next.registration.fence == registration.fence || registration.is(Queuing));
    always "a session that is given up is not taken back": registration.is(Draining) => next.registration.is(Draining | Absent);
    possible "a process can give the session up": !registration.is(Absent) => registration.is(Absent);
}
