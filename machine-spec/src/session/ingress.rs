//! Every input from admission until it is forgotten.

crate::region! {
    /// The admission number of an input: the order of admission, and its name.
    epoch InputId;

    /// Where an admitted input waits.
    enum Lane {
        /// For a run of its own, in order of admission.
        Queue,
        /// Ahead of the queue; joins the current run at its next boundary.
        Steer,
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

    fn abandoned(reason: AbandonReason) -> Settlement { Settlement::Abandoned { reason } }

    /// Why nothing will run an input whose run ended short of completion; nothing if it is tried again.
    fn gives_up(outcome: RunOutcome, ending: Then, exhausted: bool) -> Option<AbandonReason> {
        match outcome {
            RunOutcome::Cancelled => Some(AbandonReason::Cancelled),
            RunOutcome::Failed { retry: false } => Some(AbandonReason::Failed),
            RunOutcome::Failed { retry: true } if exhausted => Some(AbandonReason::AttemptsExhausted),
            _ => match ending {
                Then::Attach | Then::Retire => None,
                Then::Stop => Some(AbandonReason::Stopped),
                Then::Destroy => Some(AbandonReason::Destroyed),
            },
        }
    }

    /// A host's input is taken in. One that does not wake waits until another calls for a run, and runs in its order.
    input Admit { incarnation: Incarnation, input: InputId, lane: Lane, wakes: bool }
    /// The host calls for everything that waits.
    input Wake { incarnation: Incarnation }
    /// An input that waits is to start a run.
    input WakeInput { input: InputId }
    /// A waiting input is given up by a later one.
    input Supersede { input: InputId, by: InputId }
    /// A waiting input becomes part of an earlier one.
    input Coalesce { input: InputId, into: InputId }
    /// A waiting input is settled without having been run.
    input Abandon { input: InputId, reason: AbandonReason }
    /// A settled input leaves the machine's memory.
    input Forget { input: InputId }

    /// Tell whoever waits for the input.
    effect InputSettled { input: InputId, settlement: Settlement }

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
            emit InputSettled { input, settlement: abandoned(reason) };
        }
        on Forget { input } at input from Consumed | Abandoned { .. } | Superseded { .. } | Coalesced { .. } remove;

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
            let ending: Then = if let Running { then, .. } = lifecycle.phase { then } else { Then::Attach };
            let limit: u32 = admission.attempt_limit;

            from Applied { .. } to Consumed {
                require "the run completed": outcome == RunOutcome::Completed;
                emit InputSettled { input: self.key, settlement: Settlement::Consumed };
            }
            from Staged { .. } | Applied { .. } to Queued { wakes: true } {
                require "the input is tried again":
                    outcome != RunOutcome::Completed && gives_up(outcome, ending, self.attempts >= limit).is_none();
                set attempts = if outcome == RunOutcome::Interrupted { self.attempts - 1 } else { self.attempts };
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason } {
                require "the run did not complete": outcome != RunOutcome::Completed;
                require "nothing will run the input":
                    let Some(reason) = gives_up(outcome, ending, self.attempts >= limit);
                emit InputSettled { input: self.key, settlement: abandoned(reason) };
            }
        }
        on Recover each in_run {
            let ending: Then = if let Running { then, .. } = lifecycle.phase { then } else { Then::Attach };
            let lost: RunOutcome = RunOutcome::Failed { retry: true };
            let limit: u32 = admission.attempt_limit;

            from Staged { .. } | Applied { .. } to Queued { wakes: true } {
                require "the input is tried again": gives_up(lost, ending, self.attempts >= limit).is_none();
            }
            from Staged { .. } | Applied { .. } to Abandoned { reason } {
                require "nothing will run the input": let Some(reason) = gives_up(lost, ending, self.attempts >= limit);
                emit InputSettled { input: self.key, settlement: abandoned(reason) };
            }
        }
        on Stop each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Stopped } {
            emit InputSettled { input: self.key, settlement: abandoned(AbandonReason::Stopped) };
        }
        on Reset each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Reset } {
            emit InputSettled { input: self.key, settlement: abandoned(AbandonReason::Reset) };
        }
        on Destroy each waiting from Queued { .. } to Abandoned { reason: AbandonReason::Destroyed } {
            emit InputSettled { input: self.key, settlement: abandoned(AbandonReason::Destroyed) };
        }
    }
    invariant "an input that has used an attempt wakes": ingress.all(|i|
        i.attempts == 0 || !matches!(i.phase, Queued { wakes: false }));
    always "a run starts because an input calls for it, or because the session drains":
        !lifecycle.is(Running) && next.lifecycle.is(Running) => !ingress.waking.is_empty() || lifecycle.is(Retired);
    always "the queue is taken in its order, whether or not an input wakes": ingress.all(|i|
        !(i.is(Queued) && i.lane == Lane::Queue && next.ingress.get(i.key).is_some_and(|later| later.is(Staged)))
        || ingress.waiting.first() == Some(i.key));
    invariant "a staged or applied input belongs to the current run": ingress.all(|i| !matches!(i.phase,
        Staged { run } | Applied { run } if !matches!(lifecycle.phase, Running { run: current, .. } if current == run)));
    invariant "a staged input has used an attempt": ingress.all(|i| !i.is(Staged | Applied) || i.attempts > 0);
    invariant "every tracked input was admitted, under a number of its own": ingress.all(|i| i.key <= admission.last_input);
    always "a final input phase is final": ingress.all(|i| i.is(Queued | Staged | Applied)
        || next.ingress.get(i.key).is_none_or(|later| later.phase == i.phase));
    always "an input number is given once": next.ingress.all(|i| ingress.contains_key(i.key) || i.key > admission.last_input);
    always "an input leaves the machine only when it is settled":
        ingress.all(|i| next.ingress.contains_key(i.key) || !i.is(Queued | Staged | Applied));
    always "an input keeps its lane": ingress.all(|i| next.ingress.get(i.key).is_none_or(|later| later.lane == i.lane));
    always "an attempt is given back only when the session is given up": ingress.all(|i|
        next.ingress.get(i.key).is_none_or(|later| later.attempts >= i.attempts || registration.is(Draining)));
    reachable "an input is consumed at its second attempt": ingress.any(|i| i.is(Consumed) && i.attempts == 2);
    reachable "a steering input joins a run": ingress.in_run.len() == 2;
    possible "every input can be settled": true => ingress.waiting.is_empty() && ingress.in_run.is_empty();
    leads_to "what a run was given is settled or waits again": !ingress.in_run.is_empty() => ingress.in_run.is_empty();
}
