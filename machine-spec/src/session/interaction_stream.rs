//! The streams over which somebody follows an interaction.
//!
//! A stream is reserved, attached to by its reader, and ends in one way. Readers are in this process: streams are closed
//! with the registration and with the process, and when the session is stopped, reset or destroyed.

crate::region! {
    /// A stream. Never used twice.
    id StreamId;

    /// How a stream ended.
    enum StreamEnd {
        /// All was said.
        Completed,
        /// Nobody attached in time.
        Expired,
        /// It was closed before all was said.
        ClosedEarly,
    }

    /// A stream is kept for a reader.
    input ReserveStream { stream: StreamId }
    /// The reader is there.
    input AttachStream { stream: StreamId }
    /// All was said.
    input CompleteStream { stream: StreamId }
    /// The reader did not come.
    input ExpireStream { stream: StreamId }
    /// The stream ends before all was said.
    input CloseStream { stream: StreamId }
    /// Everybody who cares for the end was told.
    input ForgetStream { stream: StreamId }

    /// Close the stream, and say how it ended.
    effect StreamEnded { stream: StreamId, end: StreamEnd }

    /// Every stream from its reservation until it is forgotten.
    keyed region interaction_stream[StreamId] {
        phases {
            /// It waits for its reader.
            Reserved,
            /// Its reader follows.
            Attached,
            /// It is over.
            final Ended { end: StreamEnd },
        }
        select open = Reserved | Attached;

        on ReserveStream { stream } create stream to Reserved {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
        }
        on AttachStream { stream } at stream from Reserved to Attached;
        on CompleteStream { stream } at stream from Attached to Ended { end: StreamEnd::Completed } {
            emit StreamEnded { stream, end: StreamEnd::Completed };
        }
        on ExpireStream { stream } at stream from Reserved to Ended { end: StreamEnd::Expired } {
            emit StreamEnded { stream, end: StreamEnd::Expired };
        }
        on CloseStream { stream } at stream from Reserved | Attached to Ended { end: StreamEnd::ClosedEarly } {
            emit StreamEnded { stream, end: StreamEnd::ClosedEarly };
        }
        on ForgetStream { stream } at stream from Ended { .. } remove;

        on Stop | Reset | Destroy | FinishUnregister | Recover each open from Reserved | Attached
            to Ended { end: StreamEnd::ClosedEarly }
        { emit StreamEnded { stream: self.key, end: StreamEnd::ClosedEarly }; }
    }

    invariant "an open stream has a process that feeds it": registration.is(Absent) => interaction_stream.open.is_empty();
    always "a stream ends once": interaction_stream.all(|s| !s.is(Ended)
        || next.interaction_stream.get(s.key).is_none_or(|later| later.phase == s.phase));
    always "a stream completes only for its reader": next.interaction_stream.all(|s|
        !matches!(s.phase, Ended { end: StreamEnd::Completed })
            || interaction_stream.get(s.key).is_some_and(|e| !e.is(Reserved)));
    always "a stream with a reader does not expire": interaction_stream.all(|s| !s.is(Attached)
        || next.interaction_stream.get(s.key).is_none_or(|later|
            !matches!(later.phase, Ended { end: StreamEnd::Expired })));
    possible "every stream can end": true => interaction_stream.open.is_empty();
}
