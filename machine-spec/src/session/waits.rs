//! Waits for operations: each for a set of them, any number at once.

crate::region! {
    /// The number of a wait.
    epoch WaitId;

    /// Somebody is going to wait for operations.
    input OpenWait { wait: WaitId }
    /// The wait is for this operation too. One that has ended already is not waited for.
    input AddToWait { wait: WaitId, operation: OperationId }
    /// The wait is for what was added, and for nothing more.
    input SealWait { wait: WaitId }
    /// Whoever waited has been told, or waits no longer.
    input CloseWait { wait: WaitId }
    /// The turn goes on only when what the wait is for has ended.
    input EnterBarrier { run: RunId, wait: WaitId }
    /// What the wait was for has ended, and the turn goes on.
    input PassBarrier { run: RunId, wait: WaitId }

    /// Tell whoever waits: every operation of the wait has ended.
    effect WaitSatisfied { wait: WaitId }

    /// Every wait until it is closed.
    keyed region waits[WaitId] {
        phases {
            /// Operations are added.
            Gathering,
            /// At least one operation has not ended.
            Waiting,
            /// All have ended.
            Satisfied,
        }
        /// The operations that have not ended.
        field pending: Set<OperationId> = Set::new();

        select open = Gathering | Waiting;
        select known = Gathering | Waiting | Satisfied;

        on OpenWait { wait } create wait to Gathering;
        on AddToWait { wait, operation } at wait {
            require "the operation is known": operations.contains_key(operation);

            from Gathering stay {
                require "the operation has not ended": operations.live.contains(operation);
                insert operation into pending;
            }
            ignore from Gathering { require "the operation has ended": !operations.live.contains(operation); }
        }
        on SealWait { wait } at wait {
            from Gathering to Waiting { require "an operation has not ended": !self.pending.is_empty(); }
            from Gathering to Satisfied {
                require "every operation has ended": self.pending.is_empty();
                emit WaitSatisfied { wait };
            }
        }
        on FinishOperation { operation } each open {
            from Waiting to Satisfied {
                require "the operation is the last": self.pending.len() == 1 && self.pending.contains(operation);
                remove operation from pending;
                emit WaitSatisfied { wait: self.key };
            }
            from Gathering | Waiting stay {
                require "something else is waited for, or may be":
                    self.is(Gathering) || self.pending.len() > 1 || !self.pending.contains(operation);
                remove operation from pending;
            }
        }
        on CloseWait { wait } at wait from any remove;

        on Stop | Reset | Destroy each open {
            from Gathering stay { set pending = Set::new(); }
            from Waiting to Satisfied {
                set pending = Set::new();
                emit WaitSatisfied { wait: self.key };
            }
        }
        on FinishUnregister | Recover each known from any remove;
    }

    invariant "what is waited for has not ended": waits.all(|w| w.pending.all(|operation| operations.live.contains(operation)));
    invariant "a wait is satisfied when nothing is left of it, and only then":
        waits.all(|w| w.is(Gathering) || w.is(Satisfied) == w.pending.is_empty());
    invariant "every wait has a number of its own": waits.all(|w| w.key <= operation_numbers.last_wait);
    invariant "nobody waits with a process that is gone": registration.is(Absent) => waits.is_empty();
    always "a wait number is given once": next.waits.all(|w| waits.contains_key(w.key) || w.key > operation_numbers.last_wait);
    always "a sealed wait is for nothing more": waits.all(|w| w.is(Gathering)
        || next.waits.get(w.key).is_none_or(|later| w.pending.all(|operation| later.pending.contains(operation)
            || !next.operations.live.contains(operation)) && !later.is(Gathering)));
    always "a satisfied wait stays satisfied": waits.all(|w| !w.is(Satisfied)
        || next.waits.get(w.key).is_none_or(|later| later.is(Satisfied)));
    always "a turn goes on from its barrier only when every operation has ended": turn.all(|t|
        !matches!(t.phase, AwaitingOperations { wait } if !waits.get(wait).is_some_and(|w| w.is(Satisfied)))
        || next.turn.get(t.key).is_none_or(|later| !later.is(UsingTools)));
    reachable "a turn waits at its barrier": turn.any(|t| t.is(AwaitingOperations));
    possible "every wait can be satisfied": waits.any(|w| w.is(Waiting)) => waits.all(|w| w.is(Satisfied));
}
