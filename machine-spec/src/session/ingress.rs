//! Every input from admission until it is forgotten.

use crate::region;

region! {
    /// Every input from admission until it is forgotten.
    keyed region ingress[InputId] {
        phases {
            /// It waits in its lane: for a run, or, if it does not wake, for another input or the host to call for one.
            Queued { wakes: bool },
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

        /// The waiting inputs that steer. While there is none, every waiting input is in the queue.
        select steer = Queued { .. } where self.lane == Lane::Steer;
        select waiting = Queued { .. };
        select waking = Queued { wakes: true };
        select in_run = Staged { .. } | Applied { .. };
        pub select settled = Consumed | Abandoned { .. } | Superseded { .. } | Coalesced { .. };

        on Admit { input, lane, wakes } create input to Queued { wakes } { set lane = lane; }
        on Wake each waiting from Queued { .. } to Queued { wakes: true };
        on WakeInput { input } at input from Queued { .. } to Queued { wakes: true };

        on Supersede { input, by } at input from Queued { .. } to Superseded { by } {
            require "the later input waits": ingress.waiting.contains(by) && by > input;
            emit InputSettled { input, settlement: Settlement::Superseded { by } };
        }
        on Coalesce { input, into } at input from Queued { .. } to Coalesced { into } {
            require "the earlier input waits": ingress.waiting.contains(into) && into < input;
            require "the earlier input wakes if this one does":
                ingress.waking.contains(into) || !ingress.waking.contains(input);
            emit InputSettled { input, settlement: Settlement::Coalesced { into } };
        }
        on Abandon { input, reason } at input from Queued { .. } to Abandoned { reason } {
            emit InputSettled { input, settlement: Settlement::Abandoned { reason } };
        }
        on Forget { input } at input
            from Consumed | Abandoned { .. } | Superseded { .. } | Coalesced { .. } remove;

        on StartRun { run, input } at input from Queued { .. } to Staged { run } {
            require "the input is next": ingress.steer.first() == Some(input)
                || (ingress.steer.is_empty() && ingress.waiting.first() == Some(input));
            require "an input that waits calls for a run, or the session drains":
                !ingress.waking.is_empty() || lifecycle.is(Retired);
            set attempts = self.attempts + 1;
        }
        on JoinRun { run, input } at input from Queued { .. } to Staged { run } {
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

            from Applied { .. } to Consumed {
                require "the run completed": outcome == RunOutcome::Completed;
                emit InputSettled { input: self.key, settlement: Settlement::Consumed };
            }
            from Staged { .. } | Applied { .. } to Queued { wakes: true } {
                require "the input is tried again": fate(outcome, ending, self.attempts >= limit) == Fate::Queued;
                set attempts = if outcome == RunOutcome::Interrupted { self.attempts - 1 } else { self.attempts };
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason } {
                require "nothing will run the input":
                    let Fate::Abandoned { reason } = fate(outcome, ending, self.attempts >= limit);
                emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason } };
            }
        }
        on Recover each in_run {
            let limit: u32 = admission.attempt_limit;
            let ending: Then = if let Running { then, .. } = lifecycle.phase { then } else { Then::Attach };
            let lost: RunOutcome = RunOutcome::Failed { retry: true };

            from Staged { .. } | Applied { .. } to Queued { wakes: true } {
                require "the input is tried again": fate(lost, ending, self.attempts >= limit) == Fate::Queued;
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason } {
                require "nothing will run the input":
                    let Fate::Abandoned { reason } = fate(lost, ending, self.attempts >= limit);
                emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason } };
            }
        }
        on Stop each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Stopped } {
            emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason: AbandonReason::Stopped } };
        }
        on Reset each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Reset } {
            emit InputSettled { input: self.key, settlement: Settlement::Abandoned { reason: AbandonReason::Reset } };
        }
        on Destroy each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Destroyed } {
            emit InputSettled {
                input: self.key,
                settlement: Settlement::Abandoned { reason: AbandonReason::Destroyed },
            };
        }
    }
    invariant "an input that has used an attempt wakes": ingress.all(|i|
        i.attempts == 0 || !matches!(i.phase, Queued { wakes: false }));
    always "a run starts because an input calls for it, or because the session drains":
        !lifecycle.is(Running) && next.lifecycle.is(Running) => !ingress.waking.is_empty() || lifecycle.is(Retired);
    always "the queue is taken in its order, whether or not an input wakes": ingress.all(|i|
        !(i.is(Queued) && i.lane == Lane::Queue && next.ingress.get(i.key).is_some_and(|later| later.is(Staged)))
        || ingress.waiting.first() == Some(i.key));
}
