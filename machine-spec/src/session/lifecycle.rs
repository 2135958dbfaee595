//! Whether the session takes input, and whether a run is current.

use crate::region;

region! {
    /// Whether the session takes input, and whether a run is current.
    region lifecycle {
        phases {
            /// Nothing runs, and nothing could: no executor is bound.
            initial Idle,
            /// An executor is bound and waits for input.
            Attached,
            /// A run is current: no other phase has one.
            Running { run: RunId, cancel: Option<CancelPoint>, then: Then },
            /// No new input; what waits is drained.
            Retired,
            /// Nothing waits and nothing runs until an executor is bound again.
            Stopped,
            /// The end.
            final Destroyed,
        }
        /// The latest run.
        field last_run: RunId = RunId::ZERO;

        on Register from Idle | Retired | Stopped stay;
        on Recover {
            from Idle | Attached | Running { then: Then::Attach, .. } to Idle;
            from Retired | Running { then: Then::Retire, .. } to Retired;
            from Stopped | Running { then: Then::Stop, .. } to Stopped;
            from Running { then: Then::Destroy, .. } to Destroyed;
            ignore from Destroyed;
        }
        on BeginAttach from Idle | Retired | Stopped stay;
        on FinishAttach {
            from Idle | Stopped to Attached;
            from Retired stay;
        }
        on Detach {
            from Attached to Idle;
            from Retired stay;
        }
        on FinishUnregister {
            from Idle | Attached to Idle;
            from Retired | Stopped stay;
            ignore from Destroyed;
        }

        on Wake from Idle | Attached | Running { then: Then::Attach | Then::Retire, .. } | Retired stay;
        on Admit from Idle | Attached | Running { then: Then::Attach, .. } stay;
        on StartRun { run } {
            require "the run is newer than every earlier one": run > self.last_run;

            from Attached to Running { run, cancel: None, then: Then::Attach } {
                set last_run = run;
                emit StartExecutor { run };
            }
            from Retired to Running { run, cancel: None, then: Then::Retire } {
                set last_run = run;
                emit StartExecutor { run };
            }
        }
        on JoinRun { run } from Running { run: current, cancel: None, .. } stay {
            require "the run is the current one": run == current;
        }
        on ReachBoundary { run } {
            require "the run is the current one": matches!(self.phase, Running { run: current, .. } if run == current);

            from Running { cancel: None, .. } stay { emit ContinueRun { run }; }
            from Running { cancel: Some(_), .. } stay { emit InterruptRun { run }; }
        }
        on CancelRun { run, point } {
            require "the run is the current one": matches!(self.phase, Running { run: current, .. } if run == current);

            from Running { cancel: None, then, .. } to Running { run, cancel: Some(point), then } {
                require "the run may go on to its boundary": point == CancelPoint::Boundary;
            }
            from Running { cancel: None | Some(CancelPoint::Boundary), then, .. }
                to Running { run, cancel: Some(point), then }
            {
                require "the run may not go on": point == CancelPoint::Now;
                emit InterruptRun { run };
            }
            ignore from Running { cancel: Some(CancelPoint::Boundary), .. } {
                require "the run may go on to its boundary": point == CancelPoint::Boundary;
            }
            ignore from Running { cancel: Some(CancelPoint::Now), .. };
        }
        on FinishRun { run, outcome } {
            require "the run is the current one": matches!(self.phase, Running { run: current, .. } if run == current);
            require "only a cancelled run ends as cancelled":
                outcome != RunOutcome::Cancelled || matches!(self.phase, Running { cancel: Some(_), .. });
            require "a run is interrupted only when the session is given up":
                outcome != RunOutcome::Interrupted || registration.is(Draining);

            from Running { then: Then::Attach, .. } to Attached;
            from Running { then: Then::Retire, .. } to Retired;
            from Running { then: Then::Stop, .. } to Stopped;
            from Running { then: Then::Destroy, .. } to Destroyed;
        }

        on Retire {
            from Idle | Attached to Retired;
            from Running { run, cancel, then: Then::Attach } to Running { run, cancel, then: Then::Retire };
            ignore from Retired | Running { then: Then::Retire, .. };
        }
        on Recycle {
            from Retired to Idle { require "no executor is bound": !registration.is(Active); }
            from Retired to Attached { require "an executor is bound": registration.is(Active); }
            ignore from Idle | Attached;
        }
        on Stop {
            from Idle | Attached | Retired to Stopped;
            from Running { run, then: Then::Attach | Then::Retire, .. }
                to Running { run, cancel: Some(CancelPoint::Now), then: Then::Stop }
            {
                emit InterruptRun { run };
            }
            ignore from Stopped | Running { then: Then::Stop, .. };
        }
        on Reset {
            from Idle | Attached stay;
            from Retired | Stopped to Idle { require "no executor is bound": !registration.is(Active); }
            from Retired to Attached { require "an executor is bound": registration.is(Active); }
        }
        on Destroy {
            from Idle | Attached | Retired | Stopped to Destroyed;
            from Running { run, then: Then::Attach | Then::Retire | Then::Stop, .. }
                to Running { run, cancel: Some(CancelPoint::Now), then: Then::Destroy }
            {
                emit InterruptRun { run };
            }
            ignore from Running { then: Then::Destroy, .. };
        }
    }
}
