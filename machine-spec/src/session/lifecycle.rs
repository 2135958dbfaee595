//! Whether the session takes input, and whether a run is current.

crate::region! {
    /// One execution of staged inputs. Never used twice, so a late cancel cannot hit the next run.
    epoch RunId;

    /// When a cancelled run ends.
    enum CancelPoint {
        /// At its next boundary.
        Boundary,
        /// At once.
        Now,
    }

    /// What a session becomes when its run ends.
    enum Then {
        /// It waits for the next input.
        Attach,
        /// It takes no new input and drains what waits.
        Retire,
        /// It stops.
        Stop,
        /// It is destroyed.
        Destroy,
    }

    /// How a run ended.
    enum RunOutcome {
        /// Its inputs are done with.
        Completed,
        /// Its inputs are tried again if that is asked for and attempts are left.
        Failed { retry: bool },
        /// It ended because it was cancelled.
        Cancelled,
        /// It ended because the process gives the session up. That uses up no attempt.
        Interrupted,
    }

    /// Whether a run may end like this after its turn has ended like that. What was limited may count or not.
    fn agrees(end: TurnEnd, outcome: RunOutcome) -> bool {
        match end {
            TurnEnd::Completed => outcome == RunOutcome::Completed,
            TurnEnd::Failed { failure: TurnFailure::Fatal } => outcome == RunOutcome::Failed { retry: false },
            TurnEnd::Failed { .. } => matches!(outcome, RunOutcome::Failed { .. }),
            TurnEnd::Cancelled => matches!(outcome, RunOutcome::Cancelled | RunOutcome::Interrupted),
            TurnEnd::Limited { .. } => matches!(outcome, RunOutcome::Completed | RunOutcome::Failed { retry: false }),
        }
    }

    /// The session takes input while a process holds it.
    fn takes_input(lifecycle: LifecyclePhase) -> bool {
        matches!(lifecycle, LifecyclePhase::Idle | LifecyclePhase::Attached | LifecyclePhase::Running { then: Then::Attach, .. })
    }

    /// The session ends with its current run.
    fn ends(lifecycle: LifecyclePhase) -> bool {
        matches!(lifecycle, LifecyclePhase::Running { then: Then::Stop | Then::Destroy, .. })
    }

    /// An executor is bound, and what is opened for it now need not be let go of at once.
    fn goes_on(registration: RegistrationPhase, lifecycle: LifecyclePhase) -> bool {
        matches!(registration, RegistrationPhase::Active { .. }) && !ends(lifecycle)
    }

    /// The current run was told to end now.
    fn ends_now(lifecycle: LifecyclePhase) -> bool {
        matches!(lifecycle, LifecyclePhase::Running { cancel: Some(CancelPoint::Now), .. })
    }

    /// A run begins with the input that is next.
    input StartRun { run: RunId, input: InputId }
    /// A steering input joins the current run.
    input JoinRun { run: RunId, input: InputId }
    /// The run has taken in what was staged for it.
    input ReachBoundary { run: RunId }
    /// The current run is to end early.
    input CancelRun { run: RunId, point: CancelPoint }
    /// The run is about to end like this, and its turn with it. To be offered in front of `FinishRun`.
    input ConcludeTurn { run: RunId, outcome: RunOutcome }
    /// The current run has ended.
    input FinishRun { run: RunId, outcome: RunOutcome }

    /// No new input; what waits is drained.
    input Retire { incarnation: Incarnation }
    /// A retired session takes input again. What waits is kept.
    input Recycle { incarnation: Incarnation }
    /// The session ends until an executor is bound again.
    input Stop { incarnation: Incarnation }
    /// What waits is abandoned, and the session starts anew.
    input Reset { incarnation: Incarnation }
    /// The session ends for good.
    input Destroy { incarnation: Incarnation }

    /// Start the executor on the inputs staged for the run.
    effect StartExecutor { run: RunId }
    /// Tell the executor to go on behind its boundary.
    effect ContinueRun { run: RunId }
    /// Tell the executor to end its run now.
    effect InterruptRun { run: RunId }

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
        on StartRun { run } from Attached | Retired
            to Running { run, cancel: None, then: if self.is(Retired) { Then::Retire } else { Then::Attach } }
        {
            require "the run is newer than every earlier one": run > self.last_run;
            set last_run = run;
            emit StartExecutor { run };
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
            { emit InterruptRun { run }; }
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
            { emit InterruptRun { run }; }
            ignore from Running { then: Then::Destroy, .. };
        }
    }

    invariant "the current run is the latest":
        !matches!(lifecycle.phase, Running { run, .. } if run != lifecycle.last_run);
    invariant "a session that ends with its run was told to end it": ends(lifecycle.phase) => ends_now(lifecycle.phase);
    always "runs never go back": next.lifecycle.last_run >= lifecycle.last_run;
    always "a destroyed session stays destroyed": lifecycle.is(Destroyed) => next.lifecycle.is(Destroyed);
    always "what a run was told is not taken back": next.lifecycle.is(Running) =>
        (ends_now(next.lifecycle.phase) || !ends_now(lifecycle.phase))
        && (ends(next.lifecycle.phase) || !ends(lifecycle.phase));
    always "a retired session drains, whoever holds it": lifecycle.is(Retired)
        && next.registration.phase != registration.phase => next.lifecycle.is(Retired | Stopped | Destroyed);
    possible "a current run can end": lifecycle.is(Running) => !lifecycle.is(Running);
    leads_to "a stop request ends in Stopped, or in Destroyed if that is asked for as well":
        matches!(lifecycle.phase, Running { then: Then::Stop, .. }) => lifecycle.is(Stopped | Destroyed);
}
