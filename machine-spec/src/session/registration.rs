//! Which process and which executor hold the session.

use crate::region;

region! {
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
                require "the session ends with this run":
                    matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. });
                emit ReleaseExecutor { fence };
            }
            from Active { .. } stay {
                require "the session outlives this run":
                    matches!(lifecycle.phase, Running { then: Then::Attach | Then::Retire, .. });
            }
            from Draining stay;
        }
    }
}
