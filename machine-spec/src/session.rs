//! The session machine: what may happen to one agent session, and when.
//!
//! Four regions. `registration` says which process and which executor hold the session; `lifecycle` whether it takes
//! input and whether a run is current; `admission` numbers the inputs; `ingress` follows each of them until it is
//! settled. An input of the machine that several regions know is one step of all of them, or of none.
//!
//! Ids are admission numbers, run numbers and fences that only grow, so that nothing can be mistaken for something
//! older: a late callback carries a number that is no longer current and is rejected.

use crate::machine;

machine! {
    /// One agent session, from its first registration to its destruction.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub machine Meerkat;

    /// One registration of the session in one process. Every handle carries it.
    epoch Incarnation;
    /// One binding of an executor. Releasing a binding takes the fence that made it.
    epoch Fence;
    /// One execution of staged inputs. Never used twice, so a late cancel cannot hit the next run.
    epoch RunId;
    /// The admission number of an input: the order of admission, and its name.
    epoch InputId;

    /// Where an admitted input waits.
    enum Lane {
        /// For a run of its own, in order of admission.
        Queue,
        /// Ahead of the queue; joins the current run at its next boundary.
        Steer,
    }

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
    }

    /// Why an input was settled without having been consumed.
    enum AbandonReason {
        /// The host took it back before it was staged.
        Withdrawn,
        /// Its run was cancelled.
        Cancelled,
        /// Its run failed for good.
        Failed,
        /// Its runs failed as often as the attempt limit allows.
        AttemptsExhausted,
        /// The session was stopped.
        Stopped,
        /// The session was reset.
        Reset,
        /// The session was destroyed.
        Destroyed,
        /// Its stored content can no longer be read.
        Unreadable,
    }

    /// What became of an input.
    enum Settlement {
        /// A run completed with it.
        Consumed,
        /// Nothing will run it.
        Abandoned { reason: AbandonReason },
        /// A later input took its place.
        Superseded { by: InputId },
        /// It runs as part of an earlier input.
        Coalesced { into: InputId },
    }

    /// A process takes the session.
    input Register { incarnation: Incarnation, attempt_limit: u32 }
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

    /// A host's input is taken in.
    input Admit { incarnation: Incarnation, input: InputId, lane: Lane }
    /// A waiting input is given up by a later one.
    input Supersede { input: InputId, by: InputId }
    /// A waiting input becomes part of an earlier one.
    input Coalesce { input: InputId, into: InputId }
    /// A waiting input is settled without having been run.
    input Abandon { input: InputId, reason: AbandonReason }
    /// A settled input leaves the machine's memory.
    input Forget { input: InputId }

    /// A run begins with the input that is next.
    input StartRun { run: RunId, input: InputId }
    /// A steering input joins the current run.
    input JoinRun { run: RunId, input: InputId }
    /// The run has taken in what was staged for it.
    input ReachBoundary { run: RunId }
    /// The current run is to end early.
    input CancelRun { run: RunId, point: CancelPoint }
    /// The current run has ended.
    input FinishRun { run: RunId, outcome: RunOutcome }

    /// No new input; what waits is drained.
    input Retire { incarnation: Incarnation }
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
    /// Let go of the executor bound under the fence.
    effect ReleaseExecutor { fence: Fence }
    /// Tell whoever waits for the input.
    effect InputSettled { input: InputId, settlement: Settlement }

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

        on Admit { incarnation } from Queuing | Attaching { .. } | Active { .. } stay {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
        }
        on StartRun from Active { .. } stay;
        on JoinRun from Active { .. } stay;

        on Retire { incarnation } from Queuing | Attaching { .. } | Active { .. } stay {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
        }
        on Reset { incarnation } from Queuing | Attaching { .. } | Active { .. } stay {
            require "the handle is of the current incarnation": incarnation == self.incarnation;
        }
        on Stop { incarnation } {
            require "the handle is of the current incarnation": incarnation == self.incarnation;

            from Queuing stay;
            from Attaching { .. } to Queuing;
            from Active { fence } to Queuing {
                require "no run is current": !lifecycle.is(Running);
                emit ReleaseExecutor { fence };
            }
            from Active { .. } stay { require "a run is current": lifecycle.is(Running); }
        }
        on Destroy { incarnation } {
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

    /// Numbers the inputs.
    region admission {
        /// The latest input taken in.
        field last_input: InputId = InputId::ZERO;
        /// How often an input may be staged for a run.
        field attempt_limit: u32 = 1;

        on Register { attempt_limit } stay {
            require "an input has at least one attempt": attempt_limit > 0;
            set attempt_limit = attempt_limit;
        }
        on Admit { input } stay {
            require "the input is newer than every earlier one": input > self.last_input;
            set last_input = input;
        }
    }

    /// Every input from admission until it is forgotten.
    keyed region ingress[InputId] {
        phases {
            /// It waits in its lane.
            Queued,
            /// It is handed to the run.
            Staged { run: RunId },
            /// The run has taken it in at a boundary.
            Applied { run: RunId },
            /// A run completed with it.
            final Consumed,
            /// Nothing will run it.
            final Abandoned { reason: AbandonReason },
            /// A later input took its place.
            final Superseded { by: InputId },
            /// It runs as part of an earlier input.
            final Coalesced { into: InputId },
        }
        /// Where it waits.
        field lane: Lane;
        /// How often it was staged.
        field attempts: u32 = 0;

        select queue = Queued where self.lane == Lane::Queue;
        select steer = Queued where self.lane == Lane::Steer;
        select waiting = Queued;
        select in_run = Staged { .. } | Applied { .. };
        select settled = Consumed | Abandoned { .. } | Superseded { .. } | Coalesced { .. };

        on Admit { input, lane } create input to Queued { set lane = lane; }

        on Supersede { input, by } at input from Queued to Superseded { by } {
            require "the later input waits": ingress.waiting.contains(by) && by > input;
            emit InputSettled { input, settlement: Settlement::Superseded { by } };
        }
        on Coalesce { input, into } at input from Queued to Coalesced { into } {
            require "the earlier input waits": ingress.waiting.contains(into) && into < input;
            emit InputSettled { input, settlement: Settlement::Coalesced { into } };
        }
        on Abandon { input, reason } at input from Queued to Abandoned { reason } {
            emit InputSettled { input, settlement: Settlement::Abandoned { reason } };
        }
        on Forget { input } at input
            from Consumed | Abandoned { .. } | Superseded { .. } | Coalesced { .. } remove;

        on StartRun { run, input } at input from Queued to Staged { run } {
            require "the input is next": ingress.steer.first() == Some(input)
                || (ingress.steer.is_empty() && ingress.queue.first() == Some(input));
            set attempts = self.attempts + 1;
        }
        on JoinRun { run, input } at input from Queued to Staged { run } {
            require "the input is the first that steers": ingress.steer.first() == Some(input);
            set attempts = self.attempts + 1;
        }
        on ReachBoundary each in_run {
            from Staged { run } to Applied { run };
            ignore from Applied { .. };
        }
        on FinishRun { outcome } each in_run {
            let limit: u32 = admission.attempt_limit;
            let ending: Then = if let Running { then, .. } = lifecycle.phase { then } else { Then::Attach };
            let lasting: bool = ending == Then::Attach || ending == Then::Retire;

            from Applied { .. } to Consumed {
                require "the run completed": outcome == RunOutcome::Completed;
                emit InputSettled { input: self.key, settlement: Settlement::Consumed };
            }
            from Staged { .. } | Applied { .. } to Queued {
                require "the run is tried again": outcome == RunOutcome::Failed { retry: true };
                require "the session outlives this run": lasting;
                require "attempts are left": self.attempts < limit;
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason: AbandonReason::AttemptsExhausted } {
                require "the run is tried again": outcome == RunOutcome::Failed { retry: true };
                require "no attempts are left": self.attempts >= limit;
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned { reason: AbandonReason::AttemptsExhausted },
                };
            }
            from Staged { .. } | Applied { .. }
                to Abandoned { reason: if ending == Then::Stop { AbandonReason::Stopped } else { AbandonReason::Destroyed } }
            {
                require "the run is tried again": outcome == RunOutcome::Failed { retry: true };
                require "the session ends with this run": !lasting;
                require "attempts are left": self.attempts < limit;
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned {
                        reason: if ending == Then::Stop { AbandonReason::Stopped } else { AbandonReason::Destroyed },
                    },
                };
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason: AbandonReason::Failed } {
                require "the run failed for good": outcome == RunOutcome::Failed { retry: false };
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned { reason: AbandonReason::Failed },
                };
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason: AbandonReason::Cancelled } {
                require "the run was cancelled": outcome == RunOutcome::Cancelled;
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned { reason: AbandonReason::Cancelled },
                };
            }
        }
        on Recover each in_run {
            let limit: u32 = admission.attempt_limit;
            let ending: Then = if let Running { then, .. } = lifecycle.phase { then } else { Then::Attach };
            let lasting: bool = ending == Then::Attach || ending == Then::Retire;

            from Staged { .. } | Applied { .. } to Queued {
                require "the session outlives this run": lasting;
                require "attempts are left": self.attempts < limit;
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason: AbandonReason::AttemptsExhausted } {
                require "no attempts are left": self.attempts >= limit;
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned { reason: AbandonReason::AttemptsExhausted },
                };
            }
            from Staged { .. } | Applied { .. }
                to Abandoned { reason: if ending == Then::Stop { AbandonReason::Stopped } else { AbandonReason::Destroyed } }
            {
                require "the session ends with this run": !lasting;
                require "attempts are left": self.attempts < limit;
                emit InputSettled {
                    input: self.key,
                    settlement: Settlement::Abandoned {
                        reason: if ending == Then::Stop { AbandonReason::Stopped } else { AbandonReason::Destroyed },
                    },
                };
            }
        }
        on Stop each waiting from Queued to Abandoned { reason: AbandonReason::Stopped } {
            emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason: AbandonReason::Stopped } };
        }
        on Reset each waiting from Queued to Abandoned { reason: AbandonReason::Reset } {
            emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason: AbandonReason::Reset } };
        }
        on Destroy each waiting from Queued to Abandoned { reason: AbandonReason::Destroyed } {
            emit InputSettled {
                input: self.key,
                settlement: Settlement::Abandoned { reason: AbandonReason::Destroyed },
            };
        }
    }

    invariant "a staged or applied input belongs to the current run": ingress.all(|i| match i.phase {
        Staged { run } | Applied { run } => matches!(lifecycle.phase, Running { run: current, .. } if current == run),
        _ => true,
    });
    invariant "a run is current if and only if the session is running": lifecycle.is(Running) == !ingress.in_run.is_empty();
    invariant "a staged input has used an attempt": ingress.all(|i| !i.is(Staged | Applied) || i.attempts > 0);
    invariant "every tracked input was admitted, under a number of its own": ingress.all(|i| i.key <= admission.last_input);
    invariant "the current run is the latest": lifecycle.is(Running) =>
        matches!(lifecycle.phase, Running { run, .. } if run == lifecycle.last_run);
    invariant "whoever is bound or being bound holds the latest fence": match registration.phase {
        Attaching { fence } | Active { fence } => fence == registration.fence,
        _ => true,
    };
    invariant "an attached session has an executor": lifecycle.is(Attached) => registration.is(Active | Draining);
    invariant "a running session has an executor": lifecycle.is(Running) => registration.is(Active | Draining);
    invariant "an idle, stopped or destroyed session has no executor":
        lifecycle.is(Idle | Stopped | Destroyed) => !registration.is(Active);
    invariant "nothing waits in a stopped or destroyed session":
        lifecycle.is(Stopped | Destroyed) => ingress.waiting.is_empty();
    invariant "nothing waits in a session that ends with its run":
        matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. }) => ingress.waiting.is_empty();
    invariant "a session that ends with its run was told to end it":
        matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. }) =>
        matches!(lifecycle.phase, Running { cancel: Some(CancelPoint::Now), .. });
    invariant "an input has at least one attempt": admission.attempt_limit > 0;

    always "a final input phase is final": ingress.all(|i| i.is(Queued | Staged | Applied)
        || next.ingress.get(i.key).is_none_or(|later| later.phase == i.phase));
    always "an input number is given once": next.ingress.all(|i| ingress.contains_key(i.key) || i.key > admission.last_input);
    always "an input leaves the machine only when it is settled":
        ingress.all(|i| next.ingress.contains_key(i.key) || !i.is(Queued | Staged | Applied));
    always "an input keeps its lane and never loses an attempt": ingress.all(|i|
        next.ingress.get(i.key).is_none_or(|later| later.lane == i.lane && later.attempts >= i.attempts));
    always "a run starts only while an executor is bound":
        !lifecycle.is(Running) && next.lifecycle.is(Running) => registration.is(Active);
    always "nothing is admitted and nothing starts while the session drains": registration.is(Draining) =>
        next.admission.last_input == admission.last_input && next.lifecycle.last_run == lifecycle.last_run;
    always "a retired session takes no input": lifecycle.is(Retired) => next.admission.last_input == admission.last_input;
    always "a run is given up only when it has ended": lifecycle.is(Running) && !next.lifecycle.is(Running) =>
        next.ingress.in_run.is_empty();
    always "incarnations, fences, runs and inputs never go back": next.registration.incarnation >= registration.incarnation
        && next.registration.fence >= registration.fence
        && next.lifecycle.last_run >= lifecycle.last_run
        && next.admission.last_input >= admission.last_input;
    always "a destroyed session stays destroyed": lifecycle.is(Destroyed) => next.lifecycle.is(Destroyed);

    reachable "an input is consumed at its second attempt": ingress.any(|i| i.is(Consumed) && i.attempts == 2);
    reachable "a steering input joins a run": ingress.in_run.len() == 2;
    reachable "a retired session runs what waited": matches!(lifecycle.phase, Running { then: Then::Retire, .. });
    reachable "a run outlives the registration's end": lifecycle.is(Running) && registration.is(Draining);

    possible "a retired session can drain": lifecycle.is(Retired) => ingress.waiting.is_empty() && ingress.in_run.is_empty();
    possible "a current run can end": lifecycle.is(Running) => !lifecycle.is(Running);
    possible "a process can give the session up": !registration.is(Absent) => registration.is(Absent);
    possible "every input can be settled": true => ingress.waiting.is_empty() && ingress.in_run.is_empty();
}
