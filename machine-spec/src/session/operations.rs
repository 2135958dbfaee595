//! Work that goes on beside the runs, from its beginning until its end was taken notice of.

crate::region! {
    /// The number of an operation: the order of beginning, and its name.
    epoch OperationId;
    /// Where an operation's end has its place among the ends. What ends in one step ends at one place.
    epoch EndSequence;

    /// What works.
    enum OperationKind {
        /// A tool that a run does not wait for.
        Tool,
        /// An agent of its own, a peer of this session.
        Member,
    }

    /// How an operation ended by itself.
    enum OperationResult {
        /// It did what it was for.
        Completed,
        /// It wound down because it was asked to.
        Retired,
        /// It failed.
        Failed,
        /// It was cancelled.
        Cancelled,
        /// It was given up before it worked.
        Aborted,
    }

    /// Why an operation ended with its session.
    enum TerminationCause {
        /// The process that did it is gone.
        ProcessLost,
        /// The process has given the session up.
        Unregistered,
        /// The session was stopped.
        Stopped,
        /// The session was reset.
        Reset,
        /// The session was destroyed.
        Destroyed,
    }

    /// How an operation ended.
    enum OperationEnd {
        /// By itself.
        Finished { result: OperationResult },
        /// With its session.
        Terminated { cause: TerminationCause },
    }

    /// An operation begins to be prepared.
    input RegisterOperation { operation: OperationId, kind: OperationKind }
    /// An operation is prepared, and works.
    input StartOperation { operation: OperationId }
    /// The peer that an operation is can be spoken to.
    input MarkPeerReady { operation: OperationId }
    /// An operation got on.
    input ReportProgress { operation: OperationId }
    /// An operation is to wind down.
    input RetireOperation { operation: OperationId }
    /// An operation ended by itself.
    input FinishOperation { operation: OperationId, result: OperationResult }
    /// The end of an operation was taken notice of, and it leaves the machine's memory.
    input CollectOperation { operation: OperationId }

    /// Tell whoever follows the operation that its peer can be spoken to.
    effect OperationPeerReady { operation: OperationId }
    /// Tell whoever follows the operation how often it got on.
    effect OperationProgressed { operation: OperationId, progress: u64 }
    /// Tell the operation to wind down.
    effect WindDownOperation { operation: OperationId }
    /// Tell whoever follows the operation; if the session ended it, tell the operation too.
    effect OperationEnded { operation: OperationId, end: OperationEnd, sequence: EndSequence }

    /// Every operation until its end is collected.
    keyed region operations[OperationId] {
        phases {
            /// It is being prepared.
            Provisioning { kind: OperationKind },
            /// It works. It got on so often; if it is a peer, that can be spoken to or not yet.
            Running { kind: OperationKind, peer_ready: bool, progress: u64 },
            /// It winds down.
            Retiring,
            /// It has ended.
            final Ended { end: OperationEnd, sequence: EndSequence },
        }
        select live = Provisioning { .. } | Running { .. } | Retiring;
        /// What is to be collected, the oldest operation first.
        select ended = Ended { .. };

        on RegisterOperation { operation, kind } create operation to Provisioning { kind };
        on StartOperation { operation } at operation
            from Provisioning { kind } to Running { kind, peer_ready: false, progress: 0 };
        on MarkPeerReady { operation } at operation
            from Running { kind, peer_ready: false, progress } to Running { kind, peer_ready: true, progress }
        {
            require "the operation is a peer": kind == OperationKind::Member;
            emit OperationPeerReady { operation };
        }
        on ReportProgress { operation } at operation
            from Running { kind, peer_ready, progress } to Running { kind, peer_ready, progress: progress + 1 }
        { emit OperationProgressed { operation, progress: progress + 1 }; }
        on RetireOperation { operation } at operation from Running { .. } to Retiring {
            emit WindDownOperation { operation };
        }

        on FinishOperation { operation, result } at operation {
            let end = OperationEnd::Finished { result };
            let sequence = operation_numbers.sequence;

            from Provisioning { .. } to Ended { end, sequence } {
                require "what never worked fails or is given up":
                    !matches!(result, OperationResult::Completed | OperationResult::Retired);
                emit OperationEnded { operation, end, sequence };
            }
            from Running { .. } to Ended { end, sequence } {
                require "what works neither was given up nor wound down":
                    !matches!(result, OperationResult::Aborted | OperationResult::Retired);
                emit OperationEnded { operation, end, sequence };
            }
            from Retiring to Ended { end, sequence } {
                require "what winds down was not given up": result != OperationResult::Aborted;
                emit OperationEnded { operation, end, sequence };
            }
        }
        on CollectOperation { operation } at operation from Ended { .. } remove;

        on Recover each live {
            let sequence: EndSequence = operation_numbers.sequence;
            let end: OperationEnd = OperationEnd::Terminated { cause: TerminationCause::ProcessLost };
            from any to Ended { end, sequence } { emit OperationEnded { operation: self.key, end, sequence }; }
        }
        on FinishUnregister each live {
            let sequence: EndSequence = operation_numbers.sequence;
            let end: OperationEnd = OperationEnd::Terminated { cause: TerminationCause::Unregistered };
            from any to Ended { end, sequence } { emit OperationEnded { operation: self.key, end, sequence }; }
        }
        on Stop each live {
            let sequence: EndSequence = operation_numbers.sequence;
            let end: OperationEnd = OperationEnd::Terminated { cause: TerminationCause::Stopped };
            from any to Ended { end, sequence } { emit OperationEnded { operation: self.key, end, sequence }; }
        }
        on Reset each live {
            let sequence: EndSequence = operation_numbers.sequence;
            let end: OperationEnd = OperationEnd::Terminated { cause: TerminationCause::Reset };
            from any to Ended { end, sequence } { emit OperationEnded { operation: self.key, end, sequence }; }
        }
        on Destroy each live {
            let sequence: EndSequence = operation_numbers.sequence;
            let end: OperationEnd = OperationEnd::Terminated { cause: TerminationCause::Destroyed };
            from any to Ended { end, sequence } { emit OperationEnded { operation: self.key, end, sequence }; }
        }
    }

    invariant "every operation has a number of its own": operations.all(|o| o.key <= operation_numbers.last_operation);
    invariant "only a member is a peer":
        operations.all(|o| !matches!(o.phase, Running { kind: OperationKind::Tool, peer_ready: true, .. }));
    invariant "an end lies behind nothing that is to come": operations.all(|o|
        !matches!(o.phase, Ended { sequence, .. } if sequence > operation_numbers.sequence));
    invariant "nothing works for a session that is not held, or has ended, or ends with its run":
        registration.is(Absent) || lifecycle.is(Stopped | Destroyed) || ends(lifecycle.phase) => operations.live.is_empty();

    always "how an operation ended is never overwritten": operations.all(|o| !o.is(Ended)
        || next.operations.get(o.key).is_none_or(|later| later.phase == o.phase));
    always "an operation is forgotten only after its end": operations.all(|o| o.is(Ended) || next.operations.contains_key(o.key));
    always "an operation number is given once":
        next.operations.all(|o| operations.contains_key(o.key) || o.key > operation_numbers.last_operation);
    always "progress and readiness never go back": operations.all(|o| match o.phase {
        Running { kind, peer_ready, progress } => next.operations.get(o.key).is_none_or(|later| match later.phase {
            Running { kind: same, peer_ready: ready, progress: on } => kind == same && on >= progress && (ready || !peer_ready),
            _ => !later.is(Provisioning),
        }),
        _ => true,
    });
    always "later ends have later places": next.operations.all(|o| !matches!(o.phase, Ended { sequence, .. }
        if operations.get(o.key).is_some_and(|before| !before.is(Ended))
            && operations.any(|other| matches!(other.phase, Ended { sequence: earlier, .. } if earlier >= sequence))));
    always "only what worked completes": operations.all(|o| !o.is(Provisioning)
        || next.operations.get(o.key).is_none_or(|later|
        !matches!(later.phase, Ended { end: OperationEnd::Finished { result }, .. }
            if matches!(result, OperationResult::Completed | OperationResult::Retired))));
    always "only what wound down is retired": operations.all(|o| !o.is(Running)
        || next.operations.get(o.key).is_none_or(|later|
        !matches!(later.phase, Ended { end: OperationEnd::Finished { result }, .. }
            if matches!(result, OperationResult::Retired | OperationResult::Aborted))));

    possible "what lives can end": !operations.live.is_empty() => operations.live.is_empty();
    possible "what has ended can be forgotten": !operations.ended.is_empty() => operations.ended.is_empty();
}
