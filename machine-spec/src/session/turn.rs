//! What the current run is doing, as far as its executor reports it.

crate::region! {
    /// A model call of a turn. Every attempt has a number of its own, so what comes late is not taken for something new.
    epoch ModelCall;

    /// What a turn does with its inputs.
    enum Primitive {
        /// They are said to the model, which answers.
        Conversation,
        /// They are appended to the conversation, and nobody answers.
        Append,
        /// They become context for later turns, and nobody answers.
        Context,
    }

    /// Why a turn failed.
    enum TurnFailure {
        /// Another attempt would fail as well.
        Fatal,
        /// The model failed as often as the turn lets it.
        ModelExhausted,
        /// What was extracted was invalid as often as the turn lets it.
        ExtractionExhausted,
    }

    /// A limit that a turn ran into.
    enum TurnLimit {
        /// The number of model calls.
        Calls,
        /// What it may cost.
        Budget,
        /// How long it may take.
        Time,
    }

    /// How a turn ended.
    enum TurnEnd {
        /// It did what it was for.
        Completed,
        /// It cannot go on.
        Failed { failure: TurnFailure },
        /// It was told to end, and did.
        Cancelled,
        /// It may not go on; what it has done so far may count.
        Limited { limit: TurnLimit },
    }

    /// The executor begins to report. A run whose executor never does has no turn.
    input BeginTurn { run: RunId, primitive: Primitive, attempt_limit: u32 }
    /// The conversation has the inputs.
    input ApplyPrimitive { run: RunId }
    /// The model asked for tools.
    input CallTools { run: RunId, call: ModelCall, tools: u32 }
    /// A tool returned.
    input ReturnTool { run: RunId }
    /// Behind its boundary the turn calls the model again.
    input ContinueTurn { run: RunId }
    /// The model has answered or the tools have returned: the turn is at its boundary.
    input EnterBoundary { run: RunId }
    /// At its boundary the turn is done.
    input CompleteTurn { run: RunId }
    /// At its boundary the turn only has its result extracted.
    input BeginExtraction { run: RunId }
    /// What was extracted is valid.
    input AcceptExtraction { run: RunId, call: ModelCall }
    /// What was extracted is not valid.
    input RejectExtraction { run: RunId, call: ModelCall }
    /// A model call failed in a way that another one may get over.
    input FailModelCall { run: RunId, call: ModelCall }
    /// The time before another attempt is over.
    input RetryModelCall { run: RunId, call: ModelCall }
    /// The turn failed for good.
    input FailTurn { run: RunId }
    /// The turn ran into a limit.
    input LimitTurn { run: RunId, limit: TurnLimit }
    /// The executor saw that it is to end, and has nothing more to do.
    input ObserveCancellation { run: RunId }

    /// Wait, and try the failed call again.
    effect RetryModel { run: RunId, failed: ModelCall, failures: u32 }
    /// Extract once more.
    effect RepeatExtraction { run: RunId, call: ModelCall, failures: u32 }
    /// Tell whoever follows the run how its turn ended.
    effect TurnEnded { run: RunId, end: TurnEnd }
    /// Tell whoever follows the run that it ended in the midst of its turn.
    effect TurnBroken { run: RunId }

    /// What the current run is doing, if its executor reports it.
    keyed region turn[RunId] {
        phases {
            /// The inputs are brought into the conversation.
            Applying,
            /// The model is called.
            CallingModel,
            /// A model call failed, and the time before the next has begun.
            Retrying,
            /// Tools are called; so many have not returned.
            UsingTools { pending: u32 },
            /// The turn waits for operations.
            AwaitingOperations { wait: WaitId },
            /// What joins is taken in; then the turn continues or completes.
            AtBoundary,
            /// The result is extracted from the conversation.
            Extracting,
            /// The turn has ended.
            final Ended { end: TurnEnd },
        }
        /// What it does with its inputs.
        field primitive: Primitive;
        /// How often a model call or an extraction may be tried.
        field attempt_limit: u32;
        /// The latest model call.
        field call: ModelCall = ModelCall::ZERO;
        /// How often it failed in a row.
        field failures: u32 = 0;

        select known = Applying | CallingModel | Retrying | UsingTools { .. } | AwaitingOperations { .. } | AtBoundary
            | Extracting | Ended { .. };

        on BeginTurn { run, primitive, attempt_limit } create run to Applying {
            require "the run is the current one": matches!(lifecycle.phase, Running { run: current, .. } if run == current);
            require "the run was not told to end now": !ends_now(lifecycle.phase);
            require "a model call has at least one attempt": attempt_limit > 0;
            set primitive = primitive;
            set attempt_limit = attempt_limit;
        }
        on ApplyPrimitive { run } at run {
            from Applying to CallingModel {
                require "the model is to answer": self.primitive == Primitive::Conversation;
                require "the run was not told to end now": !ends_now(lifecycle.phase);
                set call = self.call.fresh();
            }
            from Applying to Ended { end: TurnEnd::Completed } {
                require "nobody is to answer": self.primitive != Primitive::Conversation;
                emit TurnEnded { run, end: TurnEnd::Completed };
            }
        }

        on CallTools { run, call, tools } at run from CallingModel to UsingTools { pending: tools } {
            require "the call is the latest one": call == self.call;
            require "at least one tool is called": tools > 0;
            require "the run was not told to end now": !ends_now(lifecycle.phase);
            set failures = 0;
        }
        on ReturnTool { run } at run from UsingTools { pending } to UsingTools { pending: pending - 1 } {
            require "a tool has not returned": pending > 0;
        }
        on EnterBarrier { run, wait } at run from UsingTools { pending: 0 } to AwaitingOperations { wait } {
            require "the wait is sealed": waits.get(wait).is_some_and(|w| w.is(Waiting | Satisfied));
        }
        on PassBarrier { run, wait } at run from AwaitingOperations { wait: awaited } to UsingTools { pending: 0 } {
            require "the wait is the one that the turn waits with": wait == awaited;
            require "every operation has ended": waits.get(wait).is_some_and(|w| w.is(Satisfied));
        }
        on EnterBoundary { run } at run from CallingModel | UsingTools { pending: 0 } to AtBoundary { set failures = 0; }
        on ContinueTurn { run } at run from AtBoundary to CallingModel {
            require "the run may go on": matches!(lifecycle.phase, Running { cancel: None, .. });
            set call = self.call.fresh();
        }
        on CompleteTurn { run } at run from AtBoundary to Ended { end: TurnEnd::Completed } {
            emit TurnEnded { run, end: TurnEnd::Completed };
        }
        on BeginExtraction { run } at run from AtBoundary to Extracting {
            require "the run may go on": matches!(lifecycle.phase, Running { cancel: None, .. });
            set call = self.call.fresh();
        }
        on AcceptExtraction { run, call } at run from Extracting to Ended { end: TurnEnd::Completed } {
            require "the call is the latest one": call == self.call;
            emit TurnEnded { run, end: TurnEnd::Completed };
        }
        on RejectExtraction { run, call } at run {
            require "the call is the latest one": call == self.call;
            let failures = self.failures + 1;
            let end = TurnEnd::Failed { failure: TurnFailure::ExtractionExhausted };

            from Extracting stay {
                require "an attempt is left": failures < self.attempt_limit;
                require "the run was not told to end now": !ends_now(lifecycle.phase);
                set call = self.call.fresh();
                set failures = failures;
                emit RepeatExtraction { run, call: next.call, failures };
            }
            from Extracting to Ended { end } {
                require "no attempt is left": failures >= self.attempt_limit;
                emit TurnEnded { run, end };
            }
        }
        on FailModelCall { run, call } at run {
            require "the call is the latest one": call == self.call;
            let failures = self.failures + 1;
            let end = TurnEnd::Failed { failure: TurnFailure::ModelExhausted };

            from CallingModel to Retrying {
                require "an attempt is left": failures < self.attempt_limit;
                set failures = failures;
                emit RetryModel { run, failed: call, failures };
            }
            from CallingModel to Ended { end } {
                require "no attempt is left": failures >= self.attempt_limit;
                emit TurnEnded { run, end };
            }
        }
        on RetryModelCall { run, call } at run from Retrying to CallingModel {
            require "the call is the latest one": call == self.call;
            require "the run was not told to end now": !ends_now(lifecycle.phase);
            set call = self.call.fresh();
        }
        on FailTurn { run } at run from any to Ended { end: TurnEnd::Failed { failure: TurnFailure::Fatal } } {
            emit TurnEnded { run, end: TurnEnd::Failed { failure: TurnFailure::Fatal } };
        }
        on LimitTurn { run, limit } at run from any to Ended { end: TurnEnd::Limited { limit } } {
            emit TurnEnded { run, end: TurnEnd::Limited { limit } };
        }
        on ObserveCancellation { run } at run from any to Ended { end: TurnEnd::Cancelled } {
            require "the run was told to end, or the process gives the session up":
                matches!(lifecycle.phase, Running { cancel: Some(_), .. }) || registration.is(Draining);
            emit TurnEnded { run, end: TurnEnd::Cancelled };
        }
        on ConcludeTurn { run, outcome } at run {
            from Ended { end } remove { require "the run ends as its turn did": agrees(end, outcome); }
            from any remove {
                require "a run completes only after its turn": outcome != RunOutcome::Completed;
                emit TurnBroken { run };
            }
        }
        on FinishRun | Recover each known {
            from any remove { emit TurnBroken { run: self.key }; }
            from Ended { .. } remove;
        }
    }

    invariant "only the current run has a turn":
        turn.all(|t| matches!(lifecycle.phase, Running { run, .. } if run == t.key));
    invariant "a turn has failed less often than it may": turn.all(|t| t.failures < t.attempt_limit);
    invariant "only a conversation calls the model": turn.all(|t|
        t.primitive == Primitive::Conversation || (t.call == ModelCall::ZERO && t.is(Applying | Ended)));
    always "how a turn ended is never overwritten": turn.all(|t| !t.is(Ended)
        || next.turn.get(t.key).is_none_or(|later| later.phase == t.phase));
    always "a turn that is to end now begins nothing": ends_now(lifecycle.phase) =>
        next.turn.all(|later| turn.get(later.key).is_some_and(|t| later.call == t.call));
    always "a turn that is to end does not go on behind its boundary": matches!(lifecycle.phase, Running { cancel: Some(_), .. }) =>
        turn.all(|t| !t.is(AtBoundary) || next.turn.get(t.key).is_none_or(|later| later.is(AtBoundary | Ended)));
    always "a turn keeps what it is, and its calls never go back": turn.all(|t| next.turn.get(t.key).is_none_or(|later|
        later.primitive == t.primitive && later.attempt_limit == t.attempt_limit && later.call >= t.call));
    reachable "a model call is tried again": turn.any(|t| t.is(CallingModel) && t.failures > 0);
    reachable "an extraction is tried again": turn.any(|t| t.is(Extracting) && t.failures > 0);
    possible "every turn can end": turn.any(|t| !t.is(Ended)) => turn.all(|t| t.is(Ended));
}
